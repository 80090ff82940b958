"""ProWSyn weights rows by how near the other class is."""

from __future__ import annotations

import numpy as np
import pytest
from overlapping import X, Y

from poise.core.errors import NothingToDoWarning
from poise.over_sampling import (
    ProWSyn,
)


def slow_levels(rare: np.ndarray, enemies: np.ndarray, k: int, n_levels: int) -> np.ndarray:
    level, left = np.full(len(rare), n_levels), list(range(len(rare)))
    for number in range(1, n_levels):
        near = set()
        for enemy in enemies:
            near |= set(
                sorted(left, key=lambda row: ((rare[row] - enemy) ** 2).sum())[:k]
            )  # used at once
        level[list(near)] = number
        left = [row for row in left if row not in near]
    return level


def test_weights_fall_by_level_and_partners_are_of_the_same_level() -> None:
    sampler = ProWSyn(k_neighbors=2, n_levels=3, theta=0.7, random_state=0)
    sampler.set_params(sampling_strategy={1: 3000})
    lineage = sampler.fit(X, Y).plan_.lineage()
    seeds, partners = lineage.seed[len(Y) :], lineage.partner[len(Y) :]
    level = np.zeros(len(Y), dtype=int)
    level[Y == 1] = slow_levels(X[Y == 1], X[Y == 0], 2, 3)
    assert set(level) == {0, 1, 2, 3}
    assert (level[seeds] == level[partners]).all()
    assert (seeds != partners).all()
    weight = np.where(Y == 1, np.exp(-0.7 * (level - 1)), 0)
    expected = len(seeds) * weight / weight.sum()
    assert (np.abs(np.bincount(seeds, minlength=len(Y)) - expected) < 1).all()


def test_the_partner_is_a_drawn_number_of_places_after_the_seed_row() -> None:
    values = np.array([[0.0], [0.1], [0.2], [0.3], [0.4], [0.5], [1.0], [2.0], [3.0]])
    labels = np.repeat([0, 1], [6, 3])
    lineage = ProWSyn(n_levels=1, random_state=0).fit(values, labels).plan_.lineage()
    places = np.random.RandomState(0).randint(1, 3, size=3)
    assert lineage.seed[9:].tolist() == [6, 7, 8]
    assert (lineage.partner[9:] == 6 + (np.arange(3) + places) % 3).all()


def test_levels_of_one_row_are_not_used_and_a_large_theta_works() -> None:
    values = np.array([[0.0], [0.1], [0.2], [0.3], [1.0], [2.0], [3.0], [4.0]])
    labels = np.repeat([0, 1], [4, 4])
    sampler = ProWSyn(
        k_neighbors=1, n_levels=2, theta=1e6, sampling_strategy={1: 9}, random_state=0
    )
    lineage = sampler.fit(values, labels).plan_.lineage()
    assert set(lineage.seed[8:]) <= {5, 6, 7}
    two = ProWSyn(k_neighbors=1, n_levels=3, sampling_strategy={1: 9}, random_state=0)
    lineage = two.fit(values, labels).plan_.lineage()
    assert set(zip(lineage.seed[8:], lineage.partner[8:], strict=True)) == {(6, 7), (7, 6)}
    sampler.set_params(n_levels=5)
    with pytest.warns(NothingToDoWarning, match="none of its 4 levels has two rows"):
        sampler.fit(values, labels)
