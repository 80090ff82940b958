"""Forensic checks: synthetic rows and leaks are found, real tables pass, and doubts have a reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import poise
from poise.core.errors import CannotTellWarning, InputError, UnsupportedTypeError
from poise.datasets import load_abalone, load_german
from poise.diagnosis._forensics import LeakError, assert_no_leak, check_split, find_synthetic

X, Y = make_classification(800, n_features=8, weights=[0.9], random_state=0)
SAMPLERS = [poise.SMOTE, poise.BorderlineSMOTE, poise.ADASYN]


def as_made(X: Any) -> Any:
    return X


def standardised(X: Any) -> Any:
    return StandardScaler().fit_transform(X)


def rounded(X: Any) -> Any:
    return X.round(4)


@pytest.mark.parametrize("state", [as_made, standardised, rounded, np.float32])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_synthetic_rows_are_found_with_their_parents(sampler: Any, state: Any) -> None:
    fitted = sampler(random_state=0)
    X_new, y_new = fitted.fit_resample(X, Y)
    found = find_synthetic(state(X_new), y_new)
    is_new = fitted.plan_.is_new
    assert found.verdict == "interpolated"
    assert found.is_synthetic[is_new].mean() >= 0.8
    assert not found.is_synthetic[~is_new].any()
    rows = found.rows
    on_line = X_new[rows["first"]] + rows["gap"][:, None] * (
        X_new[rows["second"]] - X_new[rows["first"]]
    )
    np.testing.assert_allclose(on_line, X_new[rows["row"]], atol=2e-3)


def test_untouched_tables_are_not_flagged() -> None:
    assert find_synthetic(X, Y).verdict == "clean"
    for data in (load_abalone(), load_german()):
        table = data.frame("pandas")
        y = table.pop(data.target)
        assert find_synthetic(table, y).verdict in ("clean", "cannot tell")


def test_copies_are_found_with_the_row_that_they_repeat() -> None:
    sampler = poise.RandomOverSampler(random_state=0)
    X_new, y_new = sampler.fit_resample(X, Y)
    found = find_synthetic(X_new, y_new)
    assert found.verdict == "copied"
    assert found.is_synthetic.tolist() == sampler.plan_.is_new.tolist()
    assert (X_new[found.rows["first"]] == X_new[found.rows["row"]]).all()
    assert set(found.rows["how"]) == {"copy"}


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (X[:, :2], "2 independent numeric columns"),
        (np.random.RandomState(0).randint(6, size=(800, 4)), "too coarse"),
        (
            pd.DataFrame({"a": list("xyzw") * 200, "b": list("pq") * 400}),
            "0 independent numeric columns",
        ),
        (
            np.column_stack([X[:, 0], 2 * X[:, 0], X[:, 1], X[:, 0] - X[:, 1]]),
            "2 independent numeric columns",
        ),
    ],
    ids=["two columns", "whole numbers", "categories", "sums of two"],
)
def test_a_verdict_of_cannot_tell_has_a_reason(table: Any, why: str) -> None:
    found = find_synthetic(table, Y)
    assert found.verdict == "cannot tell"
    assert any(why in reason for reason in found.reasons)


def test_natural_repeats_are_not_copies() -> None:
    few = np.random.RandomState(0).randint(2, size=(800, 3)).astype(float)
    found = find_synthetic(few, Y)
    assert found.verdict == "cannot tell"
    assert any("by nature" in reason for reason in found.reasons)


def test_columns_computed_from_each_other_are_not_lines() -> None:
    # Lengths whose area, ink and darkness are the same number, as in scanned pages.
    rng = np.random.RandomState(0)
    length = rng.randint(1, 90, size=(800, 1)).astype(float)
    table = np.hstack(
        [length, length, length + rng.randint(2, size=(800, 1)), 1 / length, X[:, :1] > 0]
    )
    assert find_synthetic(table, Y).verdict != "interpolated"


@pytest.mark.parametrize("d", [3, 10, 30])
@pytest.mark.parametrize("ratio", [0.3, 1.0])
def test_splits_after_smote_are_leaks_and_honest_splits_pass(d: int, ratio: float) -> None:
    points, y = make_classification(
        700, n_features=d, n_informative=3, n_redundant=0, weights=[0.9], random_state=1
    )
    split: dict[str, Any] = {"test_size": 0.3, "random_state": 0}
    made = poise.SMOTE(sampling_strategy=ratio, random_state=0).fit_resample(points, y)
    X_train, X_test, y_train, y_test = train_test_split(*made, stratify=made[1], **split)
    leak = check_split(X_train, y_train, X_test, y_test)
    assert leak.is_leak
    assert set(leak.rows["class"].tolist()) == {1}
    X_train, X_test, y_train, y_test = train_test_split(points, y, stratify=y, **split)
    resampled = poise.SMOTE(random_state=0).fit_resample(X_train, y_train)
    assert check_split(*resampled, X_test, y_test).verdict == "clean"


def test_copies_made_before_the_split_are_leaks_and_later_ones_are_not() -> None:
    made = poise.RandomOverSampler(random_state=0).fit_resample(X, Y)
    X_train, X_test, y_train, y_test = train_test_split(*made, random_state=0)
    found = check_split(X_train, y_train, X_test, y_test)
    assert found.is_leak
    rows = found.rows
    assert (X_test[rows["row"]] == X_train[rows["first"]]).all()
    X_train, X_test, y_train, y_test = train_test_split(X, Y, random_state=0)
    copied = poise.RandomOverSampler(random_state=0).fit_resample(X_train, y_train)
    assert not check_split(*copied, X_test, y_test).is_leak


def test_rows_in_both_parts_are_a_leak_of_any_class() -> None:
    assert check_split(X[:600], Y[:600], X[500:], Y[500:]).is_leak


def test_natural_repeats_are_not_a_leak() -> None:
    rng = np.random.RandomState(0)
    few = rng.randint(3, size=(900, 5)).astype(float)
    y = (np.arange(900) % 9 == 0).astype(int)
    found = check_split(few[:600], y[:600], few[600:], y[600:])
    assert found.verdict == "cannot tell"
    assert any("by nature" in reason for reason in found.reasons)


def test_a_line_in_time_is_not_a_leak() -> None:
    t = np.arange(900.0)
    table = np.column_stack([t, 3 * t + 1, 7 - t, np.sin(t), X[:1].repeat(900, 0)[:, 0]])
    y = (np.arange(900) % 9 == 0).astype(int)
    assert not check_split(table[::2], y[::2], table[1::2], y[1::2]).is_leak


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, np.asarray, np.ndarray.tolist])
def test_columns_are_matched_by_name_in_every_container(kind: Any) -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    order = np.random.RandomState(0).permutation(len(y))
    train, test = order[:900], order[900:]
    frame = pd.DataFrame(made, columns=list("abcdefgh")).assign(town="hill")
    parts = [made[train], made[test]]
    if kind in (pd.DataFrame, pl.DataFrame):
        reversed_columns = frame.iloc[test][frame.columns[::-1]]
        parts = [kind(frame.iloc[train].to_dict("list")), kind(reversed_columns.to_dict("list"))]
    else:
        parts = [kind(part) for part in parts]
    assert check_split(parts[0], y[train], parts[1], y[test]).is_leak


def test_the_assertion_says_what_to_do() -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    X_train, X_test, y_train, y_test = train_test_split(made, y, random_state=0)
    with pytest.raises(LeakError, match=r"on a line with two training rows.*Split first"):
        assert_no_leak(X_train, y_train, X_test, y_test)
    assert issubclass(LeakError, AssertionError)
    with pytest.warns(CannotTellWarning, match="Cannot tell whether the split leaks"):
        assert_no_leak(X_train[:, :2], y_train, X_test[:, :2], y_test)
    X_train, X_test, y_train, y_test = train_test_split(X, Y, random_state=0)
    assert_no_leak(X_train, y_train, X_test, y_test)


def test_invalid_tables_and_labels_raise_an_error() -> None:
    with pytest.raises(UnsupportedTypeError, match="sparse"):
        find_synthetic(sp.csr_array(X), Y)
    with pytest.raises(InputError, match="infinite"):
        find_synthetic(np.where(X > 2, np.inf, X), Y)
    with pytest.raises(InputError, match=r"X_train has 8 columns and X_test has 3"):
        check_split(X, Y, X[:, :3], Y)
    with pytest.raises(InputError, match=r"other columns: 'b', 'c' are in one of them only"):
        check_split(
            pd.DataFrame({"a": [1.0], "b": [1.0]}), [0], pd.DataFrame({"a": [1.0], "c": [1.0]}), [0]
        )
    with pytest.raises(UnsupportedTypeError, match="Pass two frames"):
        check_split(pd.DataFrame(X), Y, X, Y)
    with pytest.raises(InputError, match="y_test"):
        check_split(X, Y, X, Y[:5])


@pytest.mark.parametrize("digits", [5, 8])
def test_values_written_with_few_digits_are_found_too(digits: int) -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    written = np.array([[float(f"{value:.{digits}g}") for value in row] for row in made])
    assert find_synthetic(written, y).verdict == "interpolated"


def test_a_row_number_does_not_hide_what_was_made() -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    assert find_synthetic(np.column_stack([np.arange(len(y)), made]), y).verdict == "interpolated"


def test_lines_of_the_largest_class_are_natural() -> None:
    # Sensors read every fifth minute and filled in between: nine tenths are the largest class.
    rng = np.random.RandomState(1)
    read = pd.DataFrame(rng.normal(size=(200, 5)), index=range(0, 1000, 5))
    filled = read.reindex(range(1000)).interpolate().to_numpy()
    y = (np.arange(1000) % 10 == 0).astype(int)
    assert find_synthetic(filled, y).verdict == "cannot tell"
    parts = train_test_split(filled, y, random_state=0, stratify=y)
    assert check_split(parts[0], parts[2], parts[1], parts[3]).verdict == "cannot tell"


def test_blank_forms_and_natural_tenfold_rows_are_not_copies() -> None:
    rng = np.random.RandomState(0)
    forms, y = rng.normal(size=(1000, 5)), (np.arange(1000) < 100).astype(int)
    forms[:60] = 0.0
    assert find_synthetic(forms, y).verdict != "copied"
    parts = train_test_split(forms, y, random_state=0, stratify=y)
    assert not check_split(parts[0], parts[2], parts[1], parts[3]).is_leak
    tenfold = np.vstack(
        [rng.normal(size=(100, 5)), np.repeat(rng.normal(size=(90, 5)), 10, axis=0)]
    )
    assert find_synthetic(tenfold, y).verdict != "copied"


def test_frames_with_numbers_for_names_and_one_hot_labels() -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    order = np.random.RandomState(0).permutation(len(y))
    train, test = order[:900], order[900:]
    frame, one_hot = pd.DataFrame(made), np.eye(2)[y]
    found = check_split(frame.iloc[train], one_hot[train], frame.iloc[test], one_hot[test])
    assert found.is_leak


def test_parts_that_do_not_match_raise_an_error() -> None:
    frame = pd.DataFrame(X, columns=list("abcdefgh"))
    with pytest.raises(InputError, match="numbers in one of them only: 'a'"):
        check_split(frame, Y, frame.astype({"a": str}), Y)
    with pytest.raises(UnsupportedTypeError, match="frames of other libraries"):
        check_split(frame, Y, pl.from_pandas(frame), Y)
    with pytest.raises(InputError, match="X_test has no rows"):
        check_split(X, Y, X[:0], Y[:0])
    with pytest.raises(InputError, match="y_test: y has 1 missing label"):
        check_split(X, Y, X[:3], [0.0, 1.0, np.nan])
    with pytest.raises(InputError, match="values as large as 1e\\+200"):
        find_synthetic(np.where(X > 2, 1e200, X), Y)


def test_a_table_too_small_to_examine_is_not_clean() -> None:
    found = find_synthetic(np.arange(12.0).reshape(4, 3), [0, 0, 1, 1])
    assert found.verdict == "cannot tell"
    assert "too few" in found.reasons[0]


def test_coarse_data_give_no_warnings_of_arithmetic() -> None:
    rng = np.random.RandomState(0)
    counts, y = rng.poisson(3, size=(300, 5)), np.arange(300) < 60
    assert check_split(counts[::2], y[::2], counts[1::2], y[1::2]).verdict in (
        "cannot tell",
        "clean",
    )


@pytest.mark.parametrize("table", [np.asarray, pd.DataFrame, pl.DataFrame, np.ndarray.tolist])
def test_the_order_of_scikit_learn_is_named(table: Any) -> None:
    column = {pd.DataFrame: pd.Series, pl.DataFrame: pl.Series}.get(table, table)
    X_train, X_test, y_train, y_test = train_test_split(X, Y, random_state=0)
    parts = table(X_train), table(X_test), column(y_train), column(y_test)
    for check in (check_split, assert_no_leak):
        with pytest.raises(InputError, match="the order is X_train, y_train, X_test, y_test"):
            check(*parts)
    with pytest.raises(InputError, match="y looks like the table"):
        find_synthetic(column(y_train), table(X_train))
