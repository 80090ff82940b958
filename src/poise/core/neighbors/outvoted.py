"""Rows that their nearest neighbours outvote, by counts: no list of neighbours is needed."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from poise.core.neighbors.index import Index
from poise.core.neighbors.searchers import NativeSearcher, Picked
from poise.core.plan.recipes import Ids
from poise.core.threads import usable_threads

# Every class has a tree of its own, through which the rows of all other classes walk.
_MOST_CLASSES = 4  # no mutant: speed alone


def can_count(index: Index, n_classes: int) -> bool:
    """Return whether `outvoted` works for an index, and is faster than lists of neighbours."""
    return index.is_native and n_classes <= _MOST_CLASSES


class ClassIndexes:
    """A search among the rows of each class, made when it is first asked for.

    Parameters
    ----------
    index : Index
        All rows; native.
    codes : ndarray of shape (n,), intp
        Class of each row.
    """

    def __init__(self, index: Index, codes: Ids) -> None:
        self._whole, self.codes = index, codes
        self.classes: list[int] = np.unique(codes).tolist()
        self._members: dict[int, Ids] = {}
        self._searchers: dict[int, NativeSearcher] = {}

    @cached_property
    def _weighted(self) -> NDArray[np.float64]:
        """All rows as the kernel reads them: a copy only of float32, other orders, and columns without weight."""
        return np.ascontiguousarray(self._whole.measure.of(self._whole.values), dtype=np.float64)

    def points(self, rows: Ids) -> Picked:
        """Return some rows, to be searched or to search for: they are not copied."""
        return Picked(self._weighted, rows)

    def members(self, code: int) -> Ids:
        """Return the rows of a class."""
        if code not in self._members:
            self._members[code] = np.flatnonzero(self.codes == code)
        return self._members[code]

    def among(self, rows: Ids) -> NativeSearcher:
        """Return a search among some rows, with the distance measure of all rows."""
        return NativeSearcher(self.points(rows), self._whole.measure, usable_threads())

    def search_in(self, code: int) -> NativeSearcher:
        """Return a search among the rows of a class, with the distance measure of all rows."""
        if code not in self._searchers:
            self._searchers[code] = self.among(self.members(code))
        return self._searchers[code]


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
        own, members = of_classes.search_in(code), of_classes.members(code)
        if len(tested) == len(members):  # no mutant: their numbers need no second copy
            tested = members
        points, places = of_classes.points(tested), np.searchsorted(members, tested)
        radii = own.kth_nearby(points, wanted, places)
        is_near = np.zeros(len(tested), dtype=bool)
        for other in of_classes.classes:
            if other != code and len(of_classes.members(other)) >= rank:
                distances = of_classes.search_in(other).kth_within(points, radii, rank)
                is_near |= ~np.isnan(distances)
                radii = np.fmin(radii, distances)
        tested, radii, places = tested[is_near], radii[is_near], places[is_near]
        nearer = own.count_within(of_classes.points(tested), radii, wanted, places)
        found.append(tested[nearer < wanted])
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
        points, at_zero = of_classes.points(own), np.zeros(len(own))
        for other in of_classes.classes:
            if other != code and len(own):
                has_one[own] |= of_classes.search_in(other).kth_within(points, at_zero, 1) == 0
    found = np.flatnonzero(has_one)
    if len(found):
        # A row of the largest class is at distance 0 from one of these.
        enemies, largest = of_classes.among(found), int(np.bincount(codes).argmax())
        members = of_classes.members(largest)
        at_zero = np.zeros(len(members))
        has_one[members] = enemies.kth_within(of_classes.points(members), at_zero, 1) == 0
    return has_one
