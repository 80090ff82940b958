"""Borderline-SMOTE starts from rows whose neighbours are mostly, but not all, of other classes."""

from __future__ import annotations

import numpy as np
import pytest

from poise.core.errors import NothingToDoWarning, ParameterError, TooFewRowsError
from poise.core.neighbors.index import Index
from poise.core.sampling.draws import SeedNeighborPairs, draw, neighbors_in, shortened
from poise.over_sampling import BorderlineSMOTE
from poise.over_sampling._borderline_smote import is_in_danger
from poise.testing import oracle

rng = np.random.RandomState(2)
X = np.concatenate([rng.randn(60, 3), rng.randn(25, 3) + 1.2])
y = np.repeat(["no", "yes"], [60, 25])


def test_danger_is_at_least_half_but_not_all_enemies() -> None:
    enemies = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]])
    assert is_in_danger(enemies == 1).tolist() == [False, False, True, True, False]


def test_danger_of_an_odd_number_needs_more_than_half() -> None:
    enemies = np.array([[1, 0, 0], [1, 1, 0]])
    assert is_in_danger(enemies == 1).tolist() == [False, True]


@pytest.mark.parametrize("kind", ["borderline-1", "borderline-2"])
def test_seed_rows_are_rows_in_danger_of_the_class_that_grows(kind: str) -> None:
    sampler = BorderlineSMOTE(kind=kind, random_state=0, m_neighbors=6)
    lineage = sampler.fit(X, y).plan_.lineage()
    seeds = lineage.seed[lineage.origin == "blended"]
    around = oracle.nearest_others(X, 6)
    n_enemies = (y[around] != y[:, None]).sum(axis=1)
    assert ((n_enemies[seeds] >= 3) & (n_enemies[seeds] < 6) & (y[seeds] == "yes")).all()


def test_borderline_1_takes_partners_from_the_class_and_2_from_all_rows() -> None:
    partners = {}
    for kind in ("borderline-1", "borderline-2"):
        lineage = BorderlineSMOTE(kind=kind, random_state=0).fit(X, y).plan_.lineage()
        partners[kind] = set(y[lineage.partner[lineage.partner >= 0]].tolist())
    assert partners == {"borderline-1": {"yes"}, "borderline-2": {"yes", "no"}}


def test_borderline_2_moves_at_most_half_of_the_segment_toward_an_enemy() -> None:
    lineage = BorderlineSMOTE(kind="borderline-2", random_state=0).fit(X, y).plan_.lineage()
    new = lineage.origin == "blended"
    to_enemy = y[lineage.partner[new]] == "no"
    assert lineage.gap[new][to_enemy].max() < 0.5
    assert lineage.gap[new][~to_enemy].max() > 0.5


def test_only_segments_toward_enemies_are_shortened() -> None:
    pairs = SeedNeighborPairs(np.arange(60), neighbors_in(Index(X[:60]), 2), 2)
    segments = draw(pairs, 40, np.random.RandomState(0))
    is_enemy = np.arange(40) % 2 == 0
    parts = np.random.RandomState(0).uniform(0.0, 0.5, is_enemy.sum())
    reach = shortened(segments, is_enemy, parts).reach
    assert reach is not None
    assert (reach[~is_enemy] == 1).all()
    assert (reach[is_enemy] < 0.5).all()


def test_a_class_without_rows_in_danger_stays_and_a_warning_names_the_reason() -> None:
    apart = np.concatenate([X[:60], X[60:] + 100])
    with pytest.warns(NothingToDoWarning, match="adds no rows to class 'yes': none of its rows"):
        X_new, y_new = BorderlineSMOTE().fit_resample(apart, y)
    np.testing.assert_array_equal(X_new, apart)
    np.testing.assert_array_equal(y_new, y)


def test_a_table_smaller_than_m_raises() -> None:
    with pytest.raises(TooFewRowsError, match="m_neighbors=100 rows; the table has 85"):
        BorderlineSMOTE(m_neighbors=100).fit_resample(X, y)


def test_an_unknown_kind_raises() -> None:
    with pytest.raises(ParameterError, match="borderline-3"):
        BorderlineSMOTE(kind="borderline-3").fit_resample(X, y)
