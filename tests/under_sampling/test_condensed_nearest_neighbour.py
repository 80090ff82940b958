"""A condensed class still classifies its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from overlapping import table
from sklearn.neighbors import KNeighborsClassifier

from poise.core.errors import TooFewRowsError
from poise.under_sampling import (
    CondensedNearestNeighbour,
    OneSidedSelection,
)
from poise.under_sampling._condensed_nearest_neighbour import ranks


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_condensed_class_still_classifies_all_of_its_rows(k: int) -> None:
    X, y = table(seed=4)
    sampler = CondensedNearestNeighbour(n_neighbors=k, random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    assert (y_new == 0).sum() < (y == 0).sum() / 2
    left_out = np.setdiff1d(np.flatnonzero(y == 0), sampler.sample_indices_)
    votes = KNeighborsClassifier(k).fit(X_new, y_new).predict_proba(X[left_out])
    assert (votes[:, 0] >= 0.5).all()


def test_a_starting_row_drawn_twice_is_returned_once() -> None:
    X, y = table()
    for sampler in (CondensedNearestNeighbour, OneSidedSelection):
        kept = sampler(n_seeds_S=200, random_state=0).fit(X, y).sample_indices_
        assert len(set(kept.tolist())) == len(kept)


def test_a_vote_is_decided_by_two_ranks() -> None:
    found = [(ranks(k).own, ranks(k).enemy) for k in range(1, 6)]
    assert found == [(1, 1), (1, 2), (2, 2), (2, 3), (3, 3)]


@pytest.mark.parametrize("method", [CondensedNearestNeighbour, OneSidedSelection])
def test_more_voters_than_the_first_vote_has_rows_are_refused(method: type) -> None:
    X, y = np.random.RandomState(0).rand(60, 2), np.repeat([0, 1], [42, 18])
    reason = "n_neighbors=20 rows vote: .* class, 1, which has 18, .* Pass n_neighbors=19 or less"
    with pytest.raises(TooFewRowsError, match=reason):
        method(n_neighbors=20, random_state=0).fit(X, y)
    assert set(method(n_neighbors=19, random_state=0).fit_resample(X, y)[1]) == {0, 1}


@pytest.mark.parametrize("kind", [CondensedNearestNeighbour, OneSidedSelection])
def test_a_row_as_near_to_its_own_class_as_to_an_enemy_is_not_needed(kind: Any) -> None:
    X = np.array([[0.0], [2.0], [-2.0], [4.0], [4.5]])
    for seed in range(8):
        start = np.random.RandomState(seed).randint(0, 3)
        kept = kind(random_state=seed).fit(X, [0, 0, 0, 1, 1]).sample_indices_
        if start == 0:
            assert kept.tolist() == [0, 3, 4]


def test_the_first_row_can_join_the_store() -> None:
    X = np.array([[0.0], [10.0], [11.0], [12.0], [0.5], [0.7]])
    for seed in range(5):
        sampler = CondensedNearestNeighbour(random_state=seed)
        assert 0 in sampler.fit(X, [0, 0, 0, 0, 1, 1]).sample_indices_
