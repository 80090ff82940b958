"""ADASYN adds most rows where the other class is near."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import make_classification

from poise.over_sampling import (
    ADASYN,
)
from poise.testing import oracle


def table(n_classes: int = 2, n_columns: int = 5) -> tuple[np.ndarray, np.ndarray]:
    return make_classification(
        n_samples=400,
        n_features=n_columns,
        n_informative=3,
        n_redundant=0,
        n_classes=n_classes,
        n_clusters_per_class=1,
        weights=[0.8] if n_classes == 2 else [0.6, 0.3],
        class_sep=0.6,
        random_state=1,
    )


X, Y = table()


def test_the_number_of_new_rows_is_proportional_to_the_number_of_enemies() -> None:
    sampler = ADASYN(random_state=0, sampling_strategy={1: 5000}).fit(X, Y)
    seeds = sampler.plan_.lineage().seed[len(Y) :]
    n_enemies = (Y[oracle.nearest_others(X, 5)] != 1).sum(axis=1) * (Y == 1)
    expected = len(seeds) * n_enemies / n_enemies.sum()
    assert (np.abs(np.bincount(seeds, minlength=len(Y)) - expected) < 1).all()
