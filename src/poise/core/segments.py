"""Drawing new rows between a row and one of its neighbours: what the SMOTE family shares.

A method says which ways there are, as data (`Ways`, `Copies`); its new rows are drawn on them, all
at once or a part at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from poise.core.allocation import by_shares
from poise.core.neighbors import Index, NeighborEstimator
from poise.core.problem import Problem
from poise.core.recipes import Copy, Ids, Segment, Vote

NeighborsOf: TypeAlias = Callable[[Ids], Ids]


@dataclass(frozen=True, eq=False)
class Ways:
    """The ways on which the new rows of a class may lie: from seeds to their neighbours.

    Attributes
    ----------
    seeds : ndarray of shape (n_seeds,), intp
        Ascending.
    neighbors_of : callable
        From seeds of shape (q,) to their neighbours of shape (q, k), -1 where there are no more.
    k : int
    rows : ndarray of intp, or None
        The row of the table that each number in `seeds` and their neighbours stands for; None
        where they are rows of the table.
    is_voted : bool
        Whether the neighbours vote on categories.
    shares : ndarray of shape (n_seeds,), float64, or None
        New rows are given to the seeds in proportion; None draws seeds with the same chance.
    is_foe : ndarray of shape (n_rows,), bool, or None
        Rows of the table that no new row comes nearer to than half of the way.
    """

    seeds: Ids
    neighbors_of: NeighborsOf
    k: int
    rows: Ids | None = None
    is_voted: bool = False
    shares: NDArray[np.float64] | None = None
    is_foe: NDArray[np.bool_] | None = None

    def drawn(self, n_rows: int, rng: np.random.RandomState) -> Vote | Segment:
        """Return so many new rows, drawn: which way, then how far, then how much of the way to foes."""
        if self.shares is None:
            position, column = self.split(rng.randint(0, len(self.seeds) * self.k, size=n_rows))
        else:
            position = np.repeat(np.arange(len(self.seeds)), by_shares(n_rows, self.shares))
            column = rng.randint(0, self.k, size=n_rows)
        made = self.on(position, column, rng.uniform(size=n_rows))
        is_foe = self.leads_to_foes(made)
        return (
            made if is_foe is None else shortened(made, is_foe, rng.uniform(0.0, 0.5, is_foe.sum()))
        )

    def split(self, pair: Ids) -> tuple[Ids, Ids]:
        """Return which seed and which of its neighbours each number of a pair is."""
        position = pair // self.k
        return position, pair - position * self.k

    def on(self, position: Ids, column: Ids, gap: NDArray[np.float64]) -> Vote | Segment:
        """Return the rows on given ways, in rows of the table; see `to_neighbors`."""
        return self.of_table(to_neighbors(self.seeds, position, column, gap, self.neighbors_of))

    def of_table(self, voted: Vote) -> Vote | Segment:
        """Return rows between seeds and neighbours as rows of the table, voted where that is asked."""
        made = voted if self.is_voted else voted.segment
        return made if self.rows is None else made.moved(self.rows)

    def leads_to_foes(self, made: Vote | Segment) -> NDArray[np.bool_] | None:
        """Tell which rows are on the way to a foe, None where all ways are walked whole."""
        if self.is_foe is None:
            return None
        return self.is_foe[(made.segment if isinstance(made, Vote) else made).partner]


@dataclass(frozen=True, eq=False)
class Copies:
    """The rows of a class that may be drawn again.

    Attributes
    ----------
    members : ndarray of intp
    """

    members: Ids

    def drawn(self, n_rows: int, rng: np.random.RandomState) -> Copy:
        """Return so many rows, drawn with replacement."""
        return self.of(rng.randint(0, len(self.members), size=n_rows))

    def of(self, position: Ids) -> Copy:
        """Return given ones of the members, counted from 0."""
        return Copy(self.members[position])


def shortened(
    made: Vote | Segment, is_foe: NDArray[np.bool_], parts: NDArray[np.float64]
) -> Vote | Segment:
    """Return rows that go only a part of the way to foes.

    Parameters
    ----------
    made : Vote or Segment
    is_foe : ndarray of shape (m,), bool
    parts : ndarray of shape (n_foes,), float64
    """
    segment = made.segment if isinstance(made, Vote) else made
    reach = np.ones(len(segment))
    reach[is_foe] = parts
    short = Segment(segment.seed, segment.partner, segment.gap, reach)
    return Vote(short, made.voters, made.ballot) if isinstance(made, Vote) else short


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
    ways = Ways(seeds, neighbors_of, k, is_voted=True)
    return cast("Vote", ways.drawn(n_rows, rng))


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
    return toward(drawn, neighbors_of(drawn), ballot, column, gap)


def toward(
    seeds: Ids, neighbors: Ids, position: Ids, column: Ids, gap: NDArray[np.float64]
) -> Vote:
    """Return rows between given seeds and given ones of their neighbours, which are listed.

    Parameters
    ----------
    seeds : ndarray of shape (n_seeds,), intp
    neighbors : ndarray of shape (n_seeds, k), intp
        -1 where there are no more.
    position, column : ndarray of shape (m,), intp
    gap : ndarray of shape (m,), float64
    """
    is_there = neighbors >= 0
    if not is_there.all():
        neighbors = np.where(is_there, neighbors, seeds[:, np.newaxis])
        column = column % np.maximum(is_there.sum(axis=1), 1)[position]
    partner = np.take(neighbors, position * neighbors.shape[1] + column)
    return Vote(Segment(seeds[position], partner, gap), neighbors, position)


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
