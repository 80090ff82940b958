"""Rows that are hard to classify are removed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from overlapping import table
from sklearn.linear_model import LogisticRegression

from poise.core.errors import InputError
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
