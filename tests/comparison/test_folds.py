"""Folds keep groups together and go forward in time; those that cannot be used are left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from poise import compare
from poise.comparison.folds import folds_in_words, make_folds, read_cv, usable
from poise.comparison.metrics import Key
from poise.core.errors import InputError, TooFewRowsError
from poise.study.event_table import read_event_table


def test_groups_stay_together_and_time_goes_forward(X: Any, y: Any, quick: dict[str, Any]) -> None:
    rows = read_event_table(X, y)
    groups = np.repeat(np.arange(100), 4)
    for fold in make_folds(rows, 5, None, groups, None, 0):
        assert not set(groups[fold.train]) & set(groups[fold.test])
    when = np.random.RandomState(0).permutation(400)
    for fold in make_folds(rows, 4, None, None, when, 0):
        assert when[fold.train].max() < when[fold.test].min()
    forward = compare(X, y, **quick, time=when)
    tuned = forward.values[Key("logistic", "as-is", None, "tuned", "f1")]
    assert np.isnan(tuned[0])  # no earlier fold to tune on
    assert np.isfinite(tuned[1:]).all()


def test_a_fold_that_cannot_be_used_is_left_out_with_a_message(
    X: Any, y: Any, quick: dict[str, Any]
) -> None:
    late = y * 250 + np.random.RandomState(0).permutation(400)  # hardly an event before row 250
    found = compare(X, y, **quick, time=late)
    n_done = found.facts["n_folds"]
    messages = [text for text in found.facts["warnings"] if "is left out" in text]
    assert 2 <= n_done < 5
    assert len(messages) == 5 - n_done
    assert messages[0] in found.summary()


def test_every_row_is_tested_once_in_each_repeat(X: Any, y: Any) -> None:
    rows = read_event_table(X, y)
    folds = make_folds(rows, 4, 3, None, None, 0)
    assert [fold.number for fold in folds] == list(range(12))
    for repeat in range(3):
        tested = np.concatenate([fold.test for fold in folds if fold.repeat == repeat])
        assert np.array_equal(np.sort(tested), np.arange(400))
    assert len({fold.random_seed for fold in folds}) == 12


def test_folds_with_too_few_events_are_named(X: Any) -> None:
    rows = read_event_table(X, np.arange(400) < 5)
    with pytest.raises(
        TooFewRowsError, match="Pass cv= with fewer folds, or collect more rows of True"
    ):
        usable(rows, make_folds(rows, 5, 1, None, None, 0))


def test_folds_are_described_in_words(X: Any, y: Any) -> None:
    folds = make_folds(read_event_table(X, y), 4, 3, None, None, 0)
    assert folds_in_words(4, None, None, folds) == "3 x 4 folds, stratified"
    assert folds_in_words(4, [1], None, folds) == "3 x 4 folds, grouped, stratified"
    assert folds_in_words(12, None, [1], folds[:4]) == "1 x 12 folds, forward in time"
    assert folds_in_words(StratifiedKFold(4), None, None, folds) == "12 folds of StratifiedKFold"


def test_repeats_belong_to_a_number_of_folds(X: Any, y: Any) -> None:
    with pytest.raises(InputError, match="a splitter sets its own repeats"):
        make_folds(read_event_table(X, y), StratifiedKFold(3), 2, None, None, 0)


def test_a_cv_that_cannot_be_used_raises() -> None:
    for wrong in ("5", True, 2.5):
        with pytest.raises(InputError, match=r"Pass a number of folds \(cv=5\), a splitter"):
            read_cv(wrong)
    assert read_cv(np.int64(4)) == 4
    splitter, pairs = StratifiedKFold(4), [([0], [1])]
    assert read_cv(splitter) is splitter
    assert read_cv(pairs) is pairs


def test_rows_of_no_weight_do_not_make_a_fold(X: Any, y: Any) -> None:
    rows = read_event_table(X, y)
    folds = make_folds(rows, 5, 1, None, None, 0)
    weights = np.ones(len(y))
    weights[folds[1].test] = np.where(y[folds[1].test] == 1, 0, 1)
    kept, messages = usable(replace(rows, weights=weights), folds)
    assert [fold.number for fold in kept] == [0, 2, 3, 4]
    assert messages[0].startswith("Fold 1 is left out: it would train on ")
    assert "test on 0 of " in messages[0]


def test_with_groups_and_times_folds_train_on_older_rows_of_other_groups() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(400) < 0.3).astype(int)
    groups, time = rng.integers(0, 60, 400), rng.integers(0, 200, 400)
    rows = read_event_table(rng.standard_normal((400, 2)), y)
    folds = make_folds(rows, 4, None, groups, time, 0)
    assert len(folds) == 4
    for fold in folds:
        assert time[fold.train].max() < time[fold.test].min()
        assert not set(groups[fold.train]) & set(groups[fold.test])
        older = np.flatnonzero(time < time[fold.test].min())
        expected = older[~np.isin(groups[older], groups[fold.test])]
        assert fold.train.tolist() == expected.tolist()
    assert folds_in_words(4, groups, time, folds) == "1 x 4 folds, grouped, forward in time"
