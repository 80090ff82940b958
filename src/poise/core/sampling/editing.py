"""Edited neighbours: which rows their nearest others would not vote for, again and again.

Neighbours of the rows to judge are listed once, a few more than vote. When rows are removed, a row
whose list still holds enough others, and all that tie with the last of them, is judged from it;
only the others are searched again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.core.neighbors.searchers import NeighborEstimator
from poise.core.plan.recipes import Ids
from poise.core.sampling.problem import Problem

Mask = NDArray[np.bool_]


class Voters(NamedTuple):
    """The others that may vote on each row: all up to the k-th distance that can matter.

    Attributes
    ----------
    classes : ndarray of shape (n, length), intp
        -1 where there is nobody: rows that know no column in common do not vote.
    distances : ndarray of shape (n, length), float64
        Those beyond the k-th distance have no vote.
    kth : ndarray of shape (n, 1), float64
        Distance of the k-th nearest other.
    """

    classes: Ids
    distances: NDArray[np.float64]
    kth: NDArray[np.float64]


class Judge:
    """Judges rows by their nearest others among those that are still there.

    Parameters
    ----------
    problem : Problem
    rows : ndarray of intp
        The rows that may be judged, ascending.
    k : int
        The most others that will vote.
    estimator : NeighborEstimator or None
    n_spare : int
        How many neighbours to list beyond what one judgement needs.
    """

    def __init__(
        self,
        problem: Problem,
        rows: Ids,
        k: int,
        estimator: NeighborEstimator | None = None,
        n_spare: int = 0,
    ) -> None:
        self._problem = problem
        self._estimator = estimator
        self.rows = rows
        self.is_there = np.ones(problem.n_rows, dtype=bool)
        self._length = min(k + 1 + n_spare, problem.n_rows - 1)
        index = problem.index_of(None, estimator)
        found = index.nearest_others(rows, self._length)
        self._neighbors, self._distances = found.rows.copy(), found.distances.copy()

    def listed(self, rows: Ids, k: int) -> Ids:
        """Return the first k neighbours of some of the rows, as they were at first; -1 for none."""
        return self._neighbors[np.searchsorted(self.rows, rows), :k]

    def lost(self, k: int, kind: str) -> Ids:
        """Return the rows that are there and lose the vote of their k nearest others.

        Parameters
        ----------
        k : int
        kind : {"all", "mode"}
        """
        has_lost = has_enemy_too_near if kind == "all" else is_outvoted
        codes = self._problem.labels.codes
        lost = [
            rows[has_lost(codes[rows], voters, k)]
            for rows, voters in self._voters(np.flatnonzero(self.is_there[self.rows]), k)
        ]
        return np.concatenate([self.rows[:0], *lost])

    def _voters(self, asked: Ids, k: int) -> Iterator[tuple[Ids, Voters]]:
        """Yield rows that are there with their voters; `asked` counts in the rows to judge."""
        k = min(k, int(self.is_there.sum()) - 1)
        incomplete = ~self._is_complete(asked, k)
        if incomplete.any() and not self.is_there.all():
            self._search_again(asked[incomplete])
            incomplete[incomplete] = ~self._is_complete(asked[incomplete], k)
        listed = asked[~incomplete]
        if len(listed):
            yield self.rows[listed], self._from_lists(listed, k)
        if incomplete.any():
            rows = self.rows[asked[incomplete]]
            yield rows, self._by_class(rows, k)

    def _there(self, asked: Ids) -> Mask:
        neighbors = self._neighbors[asked]
        return (neighbors >= 0) & self.is_there[neighbors]

    def _is_complete(self, asked: Ids, k: int) -> Mask:
        """Tell which lists hold k others that are there, and all that tie with the last."""
        there, distances = self._there(asked), self._distances[asked]
        ends = self._neighbors[asked, -1] < 0
        kth = _kth_distance(there, distances, k)
        holds_all = there.sum(axis=1) >= int(self.is_there.sum()) - 1
        return ends | holds_all | (distances[:, -1] > kth)

    def _from_lists(self, asked: Ids, k: int) -> Voters:
        there, distances = self._there(asked), self._distances[asked]
        classes = np.where(there, self._problem.labels.codes[self._neighbors[asked]], -1)
        kth = _kth_distance(there, distances, k)[:, np.newaxis]
        return Voters(classes, np.where(there, distances, np.inf), kth)

    def _search_again(self, asked: Ids) -> None:
        left = np.flatnonzero(self.is_there)
        index = self._problem.index_of(left, self._estimator, as_all=True)
        length = min(self._length, len(left) - 1)
        found = index.nearest_others(np.searchsorted(left, self.rows[asked]), length)
        self._neighbors[asked] = -1
        self._distances[asked] = np.inf
        self._neighbors[asked, :length] = np.where(found.rows >= 0, left[found.rows], -1)
        self._distances[asked, :length] = found.distances

    def _by_class(self, rows: Ids, k: int) -> Voters:
        """Return the k nearest of every class: of one class, more than k votes never matter."""
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
    """Return the k-th distance among those that are there; infinity where there are fewer."""
    rank = np.cumsum(is_there, axis=1)
    is_kth = is_there & (rank == k)
    kth = distances[np.arange(len(distances)), is_kth.argmax(axis=1)]
    return np.where(rank[:, -1] >= k, kth, np.inf)


def has_enemy_too_near(own: Ids, voters: Voters, k: int) -> Mask:  # noqa: ARG001  # as is_outvoted
    """Tell which rows do not have k of their class strictly nearer than their nearest foe.

    Parameters
    ----------
    own : ndarray of shape (n,)
        Class of each row.
    voters : Voters
    k : int
    """
    # k of the class are nearer exactly when all up to the k-th distance are of the class.
    is_enemy = (voters.classes != own[:, np.newaxis]) & (voters.classes >= 0)
    return (is_enemy & (voters.distances <= voters.kth)).any(axis=1)


def is_outvoted(own: Ids, voters: Voters, k: int) -> Mask:
    """Tell which rows another class outvotes among k, in some order of equally distant rows.

    Takes what `has_enemy_too_near` takes.
    """
    is_there = voters.classes >= 0
    is_sure = is_there & (voters.distances < voters.kth)
    is_tied = is_there & (voters.distances == voters.kth)
    places = k - is_sure.sum(axis=1)
    is_own = voters.classes == own[:, np.newaxis]
    is_enemy = ~is_own & (voters.classes >= 0)
    tied_enemies = (is_tied & is_enemy).sum(axis=1)
    # The order that is worst for a row fills the open places with foes first.
    left = np.maximum(places - tied_enemies, 0)
    own_votes = (is_sure & is_own).sum(axis=1) + np.minimum((is_tied & is_own).sum(axis=1), left)
    outvoted = np.zeros(len(own), dtype=bool)
    for enemy in np.unique(voters.classes[voters.classes >= 0]):
        is_of_enemy = (voters.classes == enemy) & is_enemy
        votes = (is_sure & is_of_enemy).sum(axis=1)
        votes += np.minimum((is_tied & is_of_enemy).sum(axis=1), places)
        outvoted |= votes > own_votes
    return outvoted
