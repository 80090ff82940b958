"""Kinds of minority rows are those of Napierala and Stefanowski."""

from __future__ import annotations

import numpy as np

from poise.core.neighbors.index import Index
from poise.study.minority_kinds import KINDS, kinds_of
from poise.testing import oracle


def test_kinds_follow_from_the_neighbours() -> None:
    rng = np.random.RandomState(0)
    X = np.concatenate([rng.randn(150, 2), rng.randn(40, 2) + 1.2])
    is_member = np.arange(190) >= 150
    around = oracle.nearest_others(X, 5)
    friends = {row: set(around[row][is_member[around[row]]]) for row in range(190)}
    found = kinds_of(Index(X), is_member)
    for row, kind in zip(range(150, 190), found, strict=True):
        n = len(friends[row])
        expected = ["outlier", None, "borderline", "borderline", "safe", "safe"][n]
        if n == 1:
            (only,) = friends[row]
            expected = "rare" if not friends[only] - {row} else "borderline"
        assert KINDS[kind] == expected
    assert set(found) == {0, 1, 2, 3}


def test_a_table_of_few_rows_has_few_neighbours() -> None:
    assert [
        KINDS[k] for k in kinds_of(Index(np.arange(3.0)[:, None]), np.array([True, True, False]))
    ] == [
        "rare",
        "rare",
    ]


def test_five_rows_are_around_where_there_are_so_many() -> None:
    X = np.arange(6.0)[:, None]
    found = kinds_of(Index(X), np.array([True, True, False, False, False, False]))
    assert [KINDS[kind] for kind in found] == ["rare", "rare"]
