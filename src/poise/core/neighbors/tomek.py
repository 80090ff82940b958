"""Tomek links: pairs of rows of different classes that have no third row nearer to either."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.neighbors.equal_rows import equal_groups
from poise.core.neighbors.index import Index
from poise.core.neighbors.outvoted import (
    ClassIndexes,
    can_count,
    have_enemy_at_zero_distance,
    outvoted,
)
from poise.core.plan.recipes import Ids

Mask = NDArray[np.bool_]


def in_links(index: Index, codes: Ids) -> Mask:
    """Return a mask of the rows that belong to a Tomek link.

    Parameters
    ----------
    index : Index
        All rows.
    codes : ndarray of shape (n,), intp
        Class of each row.

    Returns
    -------
    ndarray of shape (n,), bool

    References
    ----------
    .. [1] Tomek, I. (1976). Two modifications of CNN. IEEE Transactions on Systems, Man, and
       Cybernetics 6, 769-772.
       doi:10.1109/TSMC.1976.4309452
    """
    first, linked = _candidates(index, codes)
    found = index.nearest_others(first, min(2, len(codes) - 1))
    nearest, second = found.distances[:, 0], found.distances[:, -1]
    is_coincident = nearest == 0
    coincident = first[is_coincident]
    if linked is None and index.measure.is_partial:
        linked = have_enemy_at_zero_distance(ClassIndexes(index, codes), coincident)
    elif linked is None:
        linked = np.zeros(len(codes), dtype=bool)
        linked[_coincident_unlike(index, codes, coincident)] = True

    is_apart = ~is_coincident & (found.rows[:, 0] >= 0)
    has_second = found.distances.shape[1] > 1  # no mutant: a tie with itself gives the same pair
    is_tied = is_apart & (second == nearest) & has_second
    is_single = is_apart & ~is_tied
    tied = _pairs_with_nearest(index, first[is_tied])
    left = np.concatenate([first[is_single], tied[0]])
    right = np.concatenate([found.rows[is_single, 0], tied[1]])
    distance = np.concatenate([nearest[is_single], tied[2]])
    is_unlike = codes[left] != codes[right]
    left, right, distance = left[is_unlike], right[is_unlike], distance[is_unlike]
    ends, position = np.unique(right, return_inverse=True)
    if len(ends):
        mutual = index.nearest_others(ends, 1).distances[:, 0][position] == distance
        linked[left[mutual]] = linked[right[mutual]] = True
    return linked


def _candidates(index: Index, codes: Ids) -> tuple[Ids, Mask | None]:
    """Return the rows outside the largest class that may be in a link, and which rows are at distance 0 from an enemy.

    The second is None if it is not known yet. Indexes of the classes are gone when this returns.
    """
    of_classes = ClassIndexes(index, codes)
    first = np.flatnonzero(codes != np.bincount(codes).argmax())
    if not can_count(index, len(of_classes.classes)):
        return first, None
    # A row in a link has no row of its class nearer than its nearest enemy.
    first = outvoted(of_classes, first, rank=1, wanted=1)
    is_partial = index.measure.is_partial
    return first, have_enemy_at_zero_distance(of_classes, first) if is_partial else None


def _pairs_with_nearest(index: Index, rows: Ids) -> tuple[Ids, Ids, Any]:
    """Return all pairs of a row and one of its nearest other rows (several on a tie), with the distance."""
    parts = [(rows[:0], rows[:0], np.empty(0))]
    for positions, found in index.nearest_others_with_ties(rows, 1):
        query, column = np.nonzero(found.distances == found.distances[:, :1])
        pairs = rows[positions][query], found.rows[query, column], found.distances[query, column]
        parts.append(pairs)
    left, right, distance = zip(*parts, strict=True)
    return np.concatenate(left), np.concatenate(right), np.concatenate(distance)


def _coincident_unlike(index: Index, codes: Ids, rows: Ids) -> Ids:
    """Return the rows that have the same values as a row of another class.

    `rows` holds the rows outside the largest class that coincide with another row.
    """
    if not len(rows):
        return rows
    candidates = np.arange(index.n_rows)
    if not sp.issparse(index.values):
        values = index.measure.of(index.values)
        # Compare complete rows only if they have the same value in the first column.
        first = values[:, 0]
        candidates = np.flatnonzero(np.isin(first, first[rows]))
        places = equal_groups(values[candidates])
    else:
        places = equal_groups(index.values)
    is_there = np.isin(places, places[np.searchsorted(candidates, rows)])
    at_a_place, place = candidates[is_there], places[is_there]
    code = codes[at_a_place]
    lowest = np.full(len(places), len(codes))
    highest = np.full(len(places), -1)  # no mutant: any number below 0
    np.minimum.at(lowest, place, code)
    np.maximum.at(highest, place, code)
    return at_a_place[(lowest < highest)[place]]
