"""Each row gets the probabilities of a classifier that was not fitted on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from poise.core.sampling.held_out import held_out_probabilities
from poise.core.tables.labels import encode

X = np.random.RandomState(0).normal(size=(90, 3))
Y = np.tile(["b", "a", "c"], 30)


@pytest.mark.parametrize("make", [np.asarray, pd.DataFrame], ids=["array", "frame"])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_they_are_those_of_scikit_learn(make: Any, n_jobs: int | None) -> None:
    folds = StratifiedKFold(3, shuffle=True, random_state=1)
    table = make(X)
    found = held_out_probabilities(LogisticRegression(), table, encode(Y), folds, n_jobs)
    expected = cross_val_predict(LogisticRegression(), table, Y, cv=folds, method="predict_proba")
    np.testing.assert_array_equal(found, expected)


def test_class_weights_are_by_the_users_labels() -> None:
    weighted = LogisticRegression(class_weight={"a": 1, "b": 2, "c": 9})
    found = held_out_probabilities(weighted, X, encode(Y), StratifiedKFold(3))
    assert found.mean(axis=0).argmax() == 2
