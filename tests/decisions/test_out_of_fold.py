"""Probabilities of held-out rows, for any splitter."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold, cross_val_predict

from poise.core.errors import TooFewRowsError
from poise.core.tables.labels import encode
from poise.decisions._out_of_fold import out_of_fold, splits_of

X, Y = make_classification(200, weights=[0.8], random_state=0)
LABELS = encode(np.array(["no", "yes"])[Y])
LR = LogisticRegression()


def test_they_are_those_of_scikit_learn_and_means_over_repeats() -> None:
    splits = splits_of(4, X, LABELS, None, "nothing")
    found = out_of_fold(LR, X, LABELS, {}, splits, None)
    expected = cross_val_predict(LR, X, Y, cv=4, method="predict_proba")
    np.testing.assert_allclose(found, expected)
    repeats = RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0)
    both = splits_of(repeats, X, LABELS, None, "nothing")
    each = [out_of_fold(LR, X, LABELS, {}, part, None) for part in (both[:2], both[2:])]
    np.testing.assert_allclose(out_of_fold(LR, X, LABELS, {}, both, None), np.mean(each, axis=0))


def test_rows_that_are_never_held_out_have_none_and_weights_follow() -> None:
    first = splits_of(StratifiedKFold(4), X, LABELS, None, "nothing")[:1]
    weights = np.where(Y == 1, 5.0, 1.0)
    found = out_of_fold(LR, X, LABELS, {"sample_weight": weights}, first, None)
    train, test = first[0]
    assert np.isnan(found[train]).all()
    model = LogisticRegression().fit(X[train], Y[train], weights[train])
    np.testing.assert_allclose(found[test], model.predict_proba(X[test]))


def test_every_training_part_needs_all_classes() -> None:
    pairs = [(np.flatnonzero(Y == 0), np.flatnonzero(Y == 1))]
    with pytest.raises(TooFewRowsError, match="Class 'yes' has 0 rows.* or wait"):
        splits_of(pairs, X, LABELS, None, "wait")
