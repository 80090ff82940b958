"""The neighbourhood cleaning rule follows Laurikkala."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification

from poise.testing import oracle
from poise.under_sampling import (
    NeighbourhoodCleaningRule,
)


def table(n_classes: int = 2, n_columns: int = 5, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return make_classification(
        n_samples=400,
        n_features=n_columns,
        n_informative=3,
        n_redundant=0,
        n_classes=n_classes,
        n_clusters_per_class=1,
        weights=[0.8] if n_classes == 2 else [0.6, 0.3],
        class_sep=0.6,
        random_state=seed,
    )


def test_the_cleaning_rule_equals_plain_loops() -> None:
    X, y = table()
    kept = NeighbourhoodCleaningRule().fit(X, y).sample_indices_
    nearest = oracle.nearest_others(X, 3)
    is_wrong = (y[nearest] != y[:, None]).sum(axis=1) >= 2
    gone = {row for row in range(400) if y[row] == 0 and is_wrong[row]}
    for rare in np.flatnonzero((y == 1) & is_wrong):
        gone |= {int(row) for row in nearest[rare] if y[row] == 0}
    assert kept.tolist() == [row for row in range(400) if row not in gone]


@pytest.mark.parametrize(("threshold", "n_kept"), [(2.0, 6), (1.9, 3)])
def test_a_class_of_exactly_the_threshold_loses_no_neighbours(
    threshold: float, n_kept: int
) -> None:
    # Both rows of class 1 are misclassified; class 0 is exactly twice as large.
    X = np.array([[0.0], [1.0], [2.0], [3.1], [1.6], [10.0]])
    rule = NeighbourhoodCleaningRule(threshold_cleaning=threshold)
    assert len(rule.fit_resample(X, [0, 0, 0, 0, 1, 1])[0]) == n_kept
