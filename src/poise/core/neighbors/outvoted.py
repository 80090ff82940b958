"""Rows that their nearest neighbours outvote, by counts: no list of neighbours is needed."""

from __future__ import annotations

from functools import cache

import numpy as np

from poise.core.neighbors.index import Index
from poise.core.plan.recipes import Ids
from poise.core.plan.values import rows_at

# Every class has a tree of its own, through which the rows of all other classes walk.
_MOST_CLASSES = 4  # no mutant: speed alone


def can_count(index: Index, n_classes: int) -> bool:
    """Return whether `outvoted` works for an index, and is faster than lists of neighbours."""
    return index.is_native and n_classes <= _MOST_CLASSES


def outvoted(index: Index, codes: Ids, rows: Ids, rank: int, wanted: int) -> Ids:
    """Return the rows that have fewer than `wanted` rows of their class nearer than their `rank`-th enemy.

    An enemy is a row of another class. A row with fewer enemies than `rank` is not among them.

    Parameters
    ----------
    index : Index
        All rows; one that is native.
    codes : ndarray of shape (n,), intp
        Class of each row.
    rows : ndarray of intp
        The rows to test, in ascending order.
    rank, wanted : int
        A rank above 1 needs two classes.

    Notes
    -----
    A few rows of its class near a row bound the distance within which an enemy can matter, and most rows
    have none within it. For the others, rows of their class are counted up to `wanted`. Cost: less
    than one search for the `wanted` nearest rows.
    """

    @cache
    def members_of(code: int) -> Ids:
        return np.flatnonzero(codes == code)

    @cache
    def index_of(code: int) -> Index:
        values = rows_at(index.values, members_of(code))
        return Index(values, index.n_categorical, None, index.measure)

    others = np.unique(codes).tolist()
    found = []
    for own in np.unique(codes[rows]).tolist():
        tested = rows[codes[rows] == own]
        points = rows_at(index.values, tested)
        places = np.searchsorted(members_of(own), tested)
        radii = index_of(own).kth_nearby(points, wanted, places)
        is_near = np.zeros(len(tested), dtype=bool)
        for other in others:
            if other != own and len(members_of(other)) >= rank:
                distances = index_of(other).kth_within(points, radii, rank)
                is_near |= ~np.isnan(distances)
                radii = np.fmin(radii, distances)
        left = np.flatnonzero(is_near)
        nearer = index_of(own).count_within(points[left], radii[left], wanted, places[left])
        found.append(tested[left[nearer < wanted]])
    return np.sort(np.concatenate([rows[:0], *found]))
