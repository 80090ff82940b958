"""Rows that their nearest neighbours outvote, by counts: no list of neighbours is needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poise.core.neighbors.index import Index
from poise.core.plan.recipes import Ids
from poise.core.plan.values import rows_at
from poise.core.tables.blocks import Matrix

# Every class has a tree of its own, through which the rows of all other classes walk.
_MOST_CLASSES = 4  # no mutant: speed alone


def can_count(index: Index, n_classes: int) -> bool:
    """Return whether `outvoted` works for an index, and is faster than lists of neighbours."""
    return index.is_native and n_classes <= _MOST_CLASSES


class ClassIndexes:
    """An index of the rows of each class, made when it is first asked for.

    Parameters
    ----------
    index : Index
        All rows.
    codes : ndarray of shape (n,), intp
        Class of each row.
    """

    def __init__(self, index: Index, codes: Ids) -> None:
        self._whole, self.codes = index, codes
        self.classes: list[int] = np.unique(codes).tolist()
        self._members: dict[int, Ids] = {}
        self._indexes: dict[int, Index] = {}

    def values(self, rows: Ids) -> Matrix:
        """Return the values of some rows."""
        return rows_at(self._whole.values, rows)

    def members(self, code: int) -> Ids:
        """Return the rows of a class."""
        if code not in self._members:
            self._members[code] = np.flatnonzero(self.codes == code)
        return self._members[code]

    def among(self, rows: Ids) -> Index:
        """Return an index of some rows, with the distance measure of all rows."""
        return Index(self.values(rows), self._whole.n_categorical, None, self._whole.measure)

    def index_of(self, code: int) -> Index:
        """Return an index of the rows of a class, with the distance measure of all rows."""
        if code not in self._indexes:
            self._indexes[code] = self.among(self.members(code))
        return self._indexes[code]


def outvoted(of_classes: ClassIndexes, rows: Ids, rank: int, wanted: int) -> Ids:
    """Return the rows that have fewer than `wanted` rows of their class nearer than their `rank`-th enemy.

    An enemy is a row of another class. A row with fewer enemies than `rank` is not among them.

    Parameters
    ----------
    of_classes : ClassIndexes
        Of a native index.
    rows : ndarray of intp
        The rows to test, in ascending order.
    rank, wanted : int
        A rank above 1 needs two classes.

    Notes
    -----
    A few rows of its class near a row bound the distance within which an enemy can matter, and most rows
    have none within it. For the others, rows of their class are counted up to `wanted`. Cost: usually
    less than one search for the `wanted` nearest rows; at most one search in each other class and a count.
    """
    found = [rows[:0]]
    for code in of_classes.classes:
        tested = rows[of_classes.codes[rows] == code]
        if not len(tested):
            continue
        own, members = of_classes.index_of(code), of_classes.members(code)
        # If all rows of a class are tested, neither they nor their numbers need a second copy.
        if len(tested) == len(members):
            tested, points = members, own.values
        else:
            points = of_classes.values(tested)
        places = np.searchsorted(members, tested)
        radii = own.kth_nearby(points, wanted, places)
        is_near = np.zeros(len(tested), dtype=bool)
        for other in of_classes.classes:
            if other != code and len(of_classes.members(other)) >= rank:
                distances = of_classes.index_of(other).kth_within(points, radii, rank)
                is_near |= ~np.isnan(distances)
                radii = np.fmin(radii, distances)
        left = np.flatnonzero(is_near)
        if 2 * len(left) > len(tested):  # no mutant: memory alone
            # Instead of a copy of most points: no row is within a radius of 0.
            radii[~is_near] = 0.0
            nearer = own.count_within(points, radii, wanted, places)[left]
        else:
            nearer = own.count_within(points[left], radii[left], wanted, places[left])
        found.append(tested[left[nearer < wanted]])
    return np.sort(np.concatenate(found))


def have_enemy_at_zero_distance(of_classes: ClassIndexes, some: Ids) -> NDArray[np.bool_]:
    """Return a mask of the rows at distance 0 from a row of another class.

    With missing values, rows at distance 0 need not be equal: only columns known in both rows count.

    Parameters
    ----------
    of_classes : ClassIndexes
    some : ndarray of intp
        Rows outside the largest class, with all such rows that may be in the mask.
    """
    codes = of_classes.codes
    has_one = np.zeros(len(codes), dtype=bool)
    for code in of_classes.classes:
        own = some[codes[some] == code]
        points, at_zero = of_classes.values(own), np.zeros(len(own))
        for other in of_classes.classes:
            if other != code and len(own):
                has_one[own] |= of_classes.index_of(other).kth_within(points, at_zero, 1) == 0
    found = np.flatnonzero(has_one)
    if len(found):
        # A row of the largest class is at distance 0 from one of these.
        enemies, largest = of_classes.among(found), int(np.bincount(codes).argmax())
        members = of_classes.members(largest)
        at_zero = np.zeros(len(members))
        has_one[members] = enemies.kth_within(of_classes.values(members), at_zero, 1) == 0
    return has_one
