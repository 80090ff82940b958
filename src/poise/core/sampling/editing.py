"""Edited nearest neighbours: find rows that the vote of their nearest other rows would misclassify.

The rule is applied repeatedly while rows are removed. The neighbours of each row are searched once,
with a few spare ones. A row is searched again only if too many of its listed neighbours have been
removed to decide the vote, including all ties at the k-th distance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError, listed
from poise.core.neighbors.outvoted import ClassIndexes, can_count, outvoted
from poise.core.plan.recipes import Ids
from poise.core.sampling.problem import Problem
from poise.core.sampling.rules import VoteRule
from poise.core.types import NeighborEstimator

Mask = NDArray[np.bool_]


def lost_to_neighbors(
    problem: Problem,
    rows: Ids,
    rule: VoteRule,
    kind: str,
    estimator: NeighborEstimator | None = None,
) -> Ids:
    """Return the rows that lose the vote of their k nearest other rows, once.

    Parameters
    ----------
    problem : Problem
    rows : ndarray of intp
        The rows that may be tested, in ascending order.
    rule : VoteRule
    kind : {"all", "mode"}
        See `Judge.lost`. The rule says the same by counts: of the same rows if `rule.is_exact`, or if there
        are two classes and no missing values.
    estimator : NeighborEstimator or None
        The user's neighbour object; None for exact search.
    """
    index = problem.index_of(None, estimator)
    n_classes = len(problem.labels.classes)
    is_exact = rule.is_exact or (n_classes == 2 and not index.measure.is_partial)
    if is_exact and can_count(index, n_classes):
        return outvoted(ClassIndexes(index, problem.labels.codes), rows, rule.rank, rule.wanted)
    return Judge(problem, rows, rule.k, estimator).lost(rule.k, kind)


class Voters(NamedTuple):
    """The other rows that may vote on each row: all up to the k-th distance, and possibly more.

    Attributes
    ----------
    classes : ndarray of shape (n, length), intp
        Class of each voter; -1 for no voter, since rows without a common known column do not vote.
    distances : ndarray of shape (n, length), float64
        Rows beyond the k-th distance have no vote.
    kth : ndarray of shape (n, 1), float64
        Distance to the k-th nearest other row.
    """

    classes: Ids
    distances: NDArray[np.float64]
    kth: NDArray[np.float64]


class Judge:
    """Finds rows that lose the vote of their nearest other rows among the remaining rows.

    Parameters
    ----------
    problem : Problem
    rows : ndarray of intp
        The rows that may be tested, in ascending order.
    k : int
        The largest number of neighbours that will vote.
    estimator : NeighborEstimator or None
        The user's neighbour object; None for exact search.
    n_spare : int
        Number of neighbours to list beyond those that one vote needs.
    """

    def __init__(
        self,
        problem: Problem,
        rows: Ids,
        k: int,
        estimator: NeighborEstimator | None = None,
        n_spare: int = 0,  # no mutant: speed alone
    ) -> None:
        self._problem = problem
        self._estimator = estimator
        self.rows = rows
        self.is_there: NDArray[np.bool_] = np.ones(problem.n_rows, dtype=bool)
        # No mutant: lists of another length are searched again, or counted by class.
        self._length = min(k + 1 + n_spare, problem.n_rows - 1)  # no mutant: as above
        index = problem.index_of(None, estimator)
        found = index.nearest_others(rows, self._length)
        self._neighbors, self._distances = found.rows.copy(), found.distances.copy()

    def listed(self, rows: Ids, k: int) -> Ids:
        """Return the k nearest neighbours before any row was removed; -1 if there are fewer."""
        return self._neighbors[np.searchsorted(self.rows, rows), :k]

    def lost(self, k: int, kind: str) -> Ids:
        """Return the remaining rows that lose the vote of their k nearest other rows.

        Parameters
        ----------
        k : int
        kind : {"all", "mode"}
            See `has_enemy_too_near` and `is_outvoted`.
        """
        votes = {"all": has_enemy_too_near, "mode": is_outvoted}
        if kind not in votes:
            raise InputError(f"kind={kind!r} is not a vote; it can be {listed(votes)}.")
        has_lost, codes = votes[kind], self._problem.labels.codes
        lost = [
            rows[has_lost(codes[rows], voters, k)]
            for rows, voters in self._voters(np.flatnonzero(self.is_there[self.rows]), k)
        ]
        return np.concatenate([self.rows[:0], *lost])

    def _voters(self, positions: Ids, k: int) -> Iterator[tuple[Ids, Voters]]:
        """Yield remaining rows with their voters; `positions` holds positions in `self.rows`."""
        k = min(k, int(self.is_there.sum()) - 1)  # no mutant: of fewer rows, all vote
        incomplete = ~self._is_complete(positions, k)
        if incomplete.any() and not self.is_there.all():
            self._search_again(positions[incomplete])  # no mutant: faster than counting by class
            incomplete[incomplete] = ~self._is_complete(positions[incomplete], k)
        listed = positions[~incomplete]
        if len(listed):
            yield self.rows[listed], self._from_lists(listed, k)
        if incomplete.any():
            rows = self.rows[positions[incomplete]]
            yield rows, self._by_class(rows, k)

    def _there(self, positions: Ids) -> Mask:
        neighbors = self._neighbors[positions]
        return (neighbors >= 0) & self.is_there[neighbors]

    def _is_complete(self, positions: Ids, k: int) -> Mask:
        """Return a mask of the lists that hold k remaining rows and all ties with the last of them."""
        there, distances = self._there(positions), self._distances[positions]
        ends = self._neighbors[positions, -1] < 0
        kth = _kth_distance(there, distances, k)
        holds_all = there.sum(axis=1) >= int(self.is_there.sum()) - 1
        return ends | holds_all | (distances[:, -1] > kth)

    def _from_lists(self, positions: Ids, k: int) -> Voters:
        there, distances = self._there(positions), self._distances[positions]
        classes = np.where(there, self._problem.labels.codes[self._neighbors[positions]], -1)
        kth = _kth_distance(there, distances, k)[:, np.newaxis]
        return Voters(classes, np.where(there, distances, np.inf), kth)

    def _search_again(self, positions: Ids) -> None:
        left = np.flatnonzero(self.is_there)
        index = self._problem.index_of(left, self._estimator, as_all=True)
        length = min(self._length, len(left) - 1)
        found = index.nearest_others(np.searchsorted(left, self.rows[positions]), length)
        self._neighbors[positions] = -1  # no mutant: any number below 0
        self._distances[positions] = np.inf
        self._neighbors[positions, :length] = np.where(found.rows >= 0, left[found.rows], -1)
        self._distances[positions, :length] = found.distances

    def _by_class(self, rows: Ids, k: int) -> Voters:
        """Return the k nearest rows of each class, since more than k votes of a class never matter."""
        problem, parts = self._problem, []
        for code in range(len(problem.labels.classes)):
            members = problem.labels.members(code)
            members = members[self.is_there[members]]
            distances = np.full((len(rows), k), np.inf)
            parts.append(distances)
            if not len(members):
                continue
            index = problem.index_of(members, self._estimator, as_all=True)
            is_own = problem.labels.codes[rows] == code
            others, enemies = min(k, len(members) - 1), min(k, len(members))
            if others and is_own.any():
                own = np.searchsorted(members, rows[is_own])
                distances[is_own, :others] = index.nearest_others(own, others).distances
            if not is_own.all():
                points = problem.values[rows[~is_own]]
                distances[~is_own, :enemies] = index.nearest(points, enemies).distances
        classes = np.repeat(np.arange(len(parts)), k)
        every = np.concatenate(parts, axis=1)
        kth = np.partition(every, k - 1, axis=1)[:, [k - 1]]
        return Voters(np.broadcast_to(classes, every.shape), every, kth)


def _kth_distance(is_there: Mask, distances: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    """Return the k-th distance among remaining rows; infinity if there are fewer."""
    rank = np.cumsum(is_there, axis=1)
    is_kth = is_there & (rank == k)
    kth = distances[np.arange(len(distances)), is_kth.argmax(axis=1)]
    return np.where(rank[:, -1] >= k, kth, np.inf)


def has_enemy_too_near(own: Ids, voters: Voters, k: int) -> Mask:  # noqa: ARG001  # same parameters as is_outvoted
    """Return a mask of the rows without k rows of their class strictly nearer than the nearest enemy.

    An enemy is a row of another class.

    Parameters
    ----------
    own : ndarray of shape (n,)
        Class of each row.
    voters : Voters
    k : int
    """
    # This holds exactly if there is an enemy among all rows up to the k-th distance.
    is_enemy = (voters.classes != own[:, np.newaxis]) & (voters.classes >= 0)
    return (is_enemy & (voters.distances <= voters.kth)).any(axis=1)


def is_outvoted(own: Ids, voters: Voters, k: int) -> Mask:
    """Return a mask of the rows that another class outvotes among their k nearest rows.

    Equally distant rows are taken in the order that is worst for the row. The parameters are those of
    `has_enemy_too_near`.
    """
    is_there = voters.classes >= 0
    is_sure = is_there & (voters.distances < voters.kth)
    is_tied = is_there & (voters.distances == voters.kth)
    places = k - is_sure.sum(axis=1)
    is_own = voters.classes == own[:, np.newaxis]
    is_enemy = ~is_own & (voters.classes >= 0)
    tied_enemies = (is_tied & is_enemy).sum(axis=1)
    # The worst order gives the open places to enemies first.
    left = np.maximum(places - tied_enemies, 0)
    own_votes = (is_sure & is_own).sum(axis=1) + np.minimum((is_tied & is_own).sum(axis=1), left)
    outvoted = np.zeros(len(own), dtype=bool)
    for enemy in np.unique(voters.classes[voters.classes >= 0]):
        is_of_enemy = (voters.classes == enemy) & is_enemy
        votes = (is_sure & is_of_enemy).sum(axis=1)
        votes += np.minimum((is_tied & is_of_enemy).sum(axis=1), places)
        outvoted |= votes > own_votes
    return outvoted
