"""Drawing new rows between a row and one of its neighbours: what the SMOTE family shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from poise.core.neighbors import Index, NeighborEstimator
from poise.core.problem import Problem
from poise.core.recipes import Ids, Segment, Vote

NeighborsOf: TypeAlias = Callable[[Ids], Ids]


def between_neighbors(
    seeds: Ids, neighbors_of: NeighborsOf, k: int, n_rows: int, rng: np.random.RandomState
) -> Vote:
    """Draw rows between seeds and one of each seed's k neighbours, who may vote on categories.

    Only the seeds that were drawn are searched. A seed with fewer than k neighbours has its
    partner among those that it has; one with none is repeated as it is. Where a neighbour is
    lacking, the seed votes in its place.

    Parameters
    ----------
    seeds : ndarray of shape (n_seeds,), intp
        Rows that may be a seed, each with the same chance.
    neighbors_of : callable
        From rows of shape (q,) to their neighbours of shape (q, k), nearest first, -1 where there
        are no more.
    k, n_rows : int
    rng : RandomState
        Draws `n_rows` of n_seeds * k pairs at once, then the gaps.
    """
    pair = rng.randint(0, len(seeds) * k, size=n_rows)
    position = pair // k
    return to_neighbors(
        seeds, position, pair - position * k, rng.uniform(size=n_rows), neighbors_of
    )


def to_neighbors(
    seeds: Ids, position: Ids, column: Ids, gap: NDArray[np.float64], neighbors_of: NeighborsOf
) -> Vote:
    """Return rows between given seeds and given ones of their neighbours; see `between_neighbors`.

    Parameters
    ----------
    seeds : ndarray of shape (n_seeds,), intp
    position : ndarray of shape (m,), intp
        Which of the seeds each row starts from.
    column : ndarray of shape (m,), intp
        Which of the seed's neighbours each row goes to.
    gap : ndarray of shape (m,), float64
    neighbors_of : callable
    """
    is_drawn = np.zeros(len(seeds), dtype=bool)
    is_drawn[position] = True
    ballot = (np.cumsum(is_drawn) - 1)[position]
    drawn = seeds[is_drawn]
    found = neighbors_of(drawn)
    n_found = (found >= 0).sum(axis=1)
    if (n_found < found.shape[1]).any():
        found = np.where(found >= 0, found, drawn[:, np.newaxis])
        column = column % np.maximum(n_found, 1)[ballot]
    return Vote(Segment(seeds[position], found[ballot, column], gap), found, ballot)


def joined(votes: Sequence[Vote]) -> Vote:
    """Return several runs of such rows as one."""
    starts = np.cumsum([0, *(len(vote.voters) for vote in votes[:-1])])
    segments = [vote.segment for vote in votes]
    return Vote(
        Segment(
            *(
                np.concatenate([getattr(s, part) for s in segments])
                for part in ("seed", "partner", "gap")
            )
        ),
        np.concatenate([vote.voters for vote in votes]),
        np.concatenate([vote.ballot + start for vote, start in zip(votes, starts, strict=True)]),
    )


def in_class(
    problem: Problem, code: int, k: int, estimator: NeighborEstimator | None
) -> NeighborsOf:
    """Return the function from a class's rows, counted in it, to their neighbours of the class."""
    members = problem.labels.members(code)
    index = problem.index_of(members, estimator)
    return neighbors_in(index, k, None if problem.groups is None else problem.groups[members])


def neighbors_in(index: Index, k: int, groups: Ids | None = None) -> NeighborsOf:
    """Return the function from rows of an index to their k nearest others, of the same group."""
    if groups is None:
        return lambda rows: index.nearest_others(rows, k).rows
    in_order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[in_order], prepend=groups.min() - 1))
    by_group = {int(groups[part[0]]): part for part in np.split(in_order, starts[1:])}

    def neighbors_of(rows: Ids) -> Ids:
        table = np.full((len(rows), k), -1, dtype=np.intp)
        for group in np.unique(groups[rows]).tolist():
            members, asked = by_group[group], np.flatnonzero(groups[rows] == group)
            n_others = min(k, len(members) - 1)
            if not n_others:
                continue
            inside = Index(
                index.values[members], index.n_categorical, index.estimator, index.measure
            )
            own = np.searchsorted(members, rows[asked])
            found = inside.nearest_others(own, n_others).rows
            table[asked, :n_others] = np.where(found >= 0, members[found], -1)
        return table

    return neighbors_of
