"""ADASYN adds most rows where the other class is near."""

from __future__ import annotations

import numpy as np
from overlapping import X, Y

from poise.over_sampling import (
    ADASYN,
)
from poise.testing import oracle


def test_the_number_of_new_rows_is_proportional_to_the_number_of_enemies() -> None:
    sampler = ADASYN(random_state=0, sampling_strategy={1: 5000}).fit(X, Y)
    seeds = sampler.plan_.lineage().seed[len(Y) :]
    n_enemies = (Y[oracle.nearest_others(X, 5)] != 1).sum(axis=1) * (Y == 1)
    expected = len(seeds) * n_enemies / n_enemies.sum()
    assert (np.abs(np.bincount(seeds, minlength=len(Y)) - expected) < 1).all()
