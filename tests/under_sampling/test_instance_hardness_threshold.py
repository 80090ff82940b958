"""Rows that are hard to classify are removed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from overlapping import table
from sklearn.linear_model import LogisticRegression

from poise.core.errors import InputError, TooFewRowsError
from poise.under_sampling import (
    InstanceHardnessThreshold,
)


@pytest.mark.parametrize("labels", [["no", "yes"], [-1, 1], [False, True]])
def test_hardness_does_not_depend_on_the_labels(labels: list[Any]) -> None:
    X, y = table()
    sampler = InstanceHardnessThreshold(LogisticRegression(), random_state=0)
    plain = sampler.fit(X, y).sample_indices_
    assert sampler.fit(X, np.array(labels)[y]).sample_indices_.tolist() == plain.tolist()
    assert (y[plain] == 0).sum() == (y == 1).sum()


def test_the_easiest_rows_are_kept() -> None:
    X, y = table()
    kept = InstanceHardnessThreshold(LogisticRegression(), random_state=0).fit(X, y).sample_indices_
    easy = LogisticRegression().fit(X, y).predict_proba(X)[:, 0]
    gone = np.setdiff1d(np.flatnonzero(y == 0), kept)
    assert easy[kept[y[kept] == 0]].mean() > easy[gone].mean()


def test_a_classifier_that_cannot_be_fitted_raises_with_what_can() -> None:
    class Failing(LogisticRegression):  # type: ignore[misc]  # scikit-learn has no type hints
        """Refuses every table."""

        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            raise ValueError("It refuses the table.")

    with pytest.raises(InputError, match="cannot be fitted to the table: .*refuses.*Pass one that"):
        InstanceHardnessThreshold(Failing()).fit_resample(
            np.random.RandomState(0).normal(size=(60, 2)), np.repeat([0, 1], [45, 15])
        )


def test_class_weights_are_by_the_users_labels() -> None:
    X = np.random.RandomState(0).normal(size=(200, 3))
    names = np.repeat(["no", "yes"], [160, 40])
    weighted = LogisticRegression(class_weight={"no": 1, "yes": 5})
    coded = LogisticRegression(class_weight={0: 1, 1: 5})
    by_name = InstanceHardnessThreshold(weighted, random_state=0).fit(X, names)
    by_code = InstanceHardnessThreshold(coded, random_state=0).fit(X, (names == "yes").astype(int))
    assert by_name.sample_indices_.tolist() == by_code.sample_indices_.tolist()


def test_sparse_rows_need_a_classifier_that_takes_them() -> None:
    X, y = table()
    with pytest.raises(InputError, match="estimator=None cannot be fitted to a sparse matrix"):
        InstanceHardnessThreshold().fit(sp.csr_array(X), y)
    sampler = InstanceHardnessThreshold(LogisticRegression(), random_state=0)
    expected = sampler.fit(X, y).sample_indices_.tolist()
    assert sampler.fit(sp.csr_array(X), y).sample_indices_.tolist() == expected


def test_every_class_needs_a_row_in_every_fold() -> None:
    X, y = table()
    for n_rows, words in ((4, "has 4. Pass cv=4 or less"), (1, "has 1. Pass cv=2 or less")):
        rows = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:n_rows]])
        with pytest.raises(TooFewRowsError, match=f"needs cv=5 rows .* class 1 {words}"):
            InstanceHardnessThreshold(LogisticRegression()).fit(X[rows], y[rows])
    rows = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:5]])
    sampler = InstanceHardnessThreshold(LogisticRegression(), random_state=0)
    assert len(sampler.fit(X[rows], y[rows]).sample_indices_) == 10


def test_the_default_classifier_splits_on_categories() -> None:
    X, y = table()
    frame = pd.DataFrame(X).add_prefix("x").assign(town=np.where(np.arange(len(y)) % 3, "u", "v"))
    sampler = InstanceHardnessThreshold(random_state=0).fit(frame, y)
    assert sampler.estimator_.categorical_features == [X.shape[1]]
