"""Draw new rows between rows and their neighbours, all at once or in pieces.

A method states what may be drawn as data: seed-neighbour pairs, or rows to copy. `draw_piece` alone
turns random numbers into new rows, so the order of the draws (same seed, same rows) is defined once.

The legacy generator gives the same numbers in one draw of n as in several draws that add up to n.
Pieces are therefore the rows that a single draw would have made, wherever and whenever they are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from poise.core.neighbors.index import Index
from poise.core.neighbors.searchers import NeighborEstimator
from poise.core.plan.recipes import Copy, Ids, Segment, Vote
from poise.core.sampling.allocation import by_shares
from poise.core.sampling.problem import Problem

NeighborsOf: TypeAlias = Callable[[Ids], Ids]
_Stream: TypeAlias = np.random.RandomState


@dataclass(frozen=True, eq=False)
class SeedNeighborPairs:
    """Seed-neighbour pairs between which new rows of a class are interpolated.

    Attributes
    ----------
    seeds : ndarray of shape (n_seeds,), intp
        Distinct rows of the table.
    neighbors_of : callable
        From seeds of shape (q,) to their neighbours of shape (q, k), nearest first, both as rows of
        the table; -1 where a seed has fewer than k neighbours. A seed without neighbours is repeated.
    k : int
    is_voted : bool
        Whether the neighbours vote on categories. A missing neighbour's vote is the seed's.
    shares : ndarray of shape (n_seeds,), float64, or None
        Seeds get new rows in proportion to these; None draws every seed with the same probability.
    is_enemy : ndarray of shape (n_rows,), bool, or None
        Rows of the table that new rows approach by at most half of the segment.
    """

    seeds: Ids
    neighbors_of: NeighborsOf
    k: int
    is_voted: bool = False
    shares: NDArray[np.float64] | None = None
    is_enemy: NDArray[np.bool_] | None = None

    @property
    def n_choices(self) -> int:
        """Number of outcomes of the first draw: pairs, or neighbours where seeds have shares."""
        return self.k if self.shares is not None else len(self.seeds) * self.k

    def chosen(self, choice: Ids, start: int, n_total: int) -> tuple[Ids, Ids]:
        """Return for each draw the position of its seed, and which neighbour is the partner.

        Parameters
        ----------
        choice : ndarray of shape (m,), intp
            Numbers below `n_choices`.
        start, n_total : int
            Number of the first of these new rows, among all new rows of the class.
        """
        if self.shares is None:
            position = choice // self.k
            return position, choice - position * self.k
        ends = np.cumsum(by_shares(n_total, self.shares))
        return np.searchsorted(ends, np.arange(start, start + len(choice)), side="right"), choice

    def rows_between(self, position: Ids, column: Ids, gap: NDArray[np.float64]) -> Segment | Vote:
        """Return new rows between seeds and their neighbours. Only seeds that occur are searched.

        Parameters
        ----------
        position, column : ndarray of shape (m,), intp
            Which seed each row starts from, and which of its neighbours is the partner.
        gap : ndarray of shape (m,), float64
            Position on the segment: 0 is the seed, 1 the partner.
        """
        is_drawn = np.zeros(len(self.seeds), dtype=bool)
        is_drawn[position] = True
        ballot = (np.cumsum(is_drawn) - 1)[position]
        drawn = self.seeds[is_drawn]
        neighbors = self.neighbors_of(drawn)
        is_there = neighbors >= 0
        if not is_there.all():
            neighbors = np.where(is_there, neighbors, drawn[:, np.newaxis])
            column = column % np.maximum(is_there.sum(axis=1), 1)[ballot]
        partner = np.take(neighbors, ballot * neighbors.shape[1] + column)
        segment = Segment(drawn[ballot], partner, gap)
        return Vote(segment, neighbors, ballot) if self.is_voted else segment


@dataclass(frozen=True, eq=False)
class Copies:
    """Rows of a class that may be drawn again.

    Attributes
    ----------
    members : ndarray of intp
    """

    members: Ids

    @property
    def n_choices(self) -> int:
        """Number of outcomes of a draw."""
        return len(self.members)


@dataclass(frozen=True, eq=False)
class Piece:
    """Some of the new rows of a class, before they are drawn.

    Attributes
    ----------
    start : int
        Number of new rows of the class before these.
    n_rows : int
    choices, gaps, reaches : RandomState
        Generators in their state before the draws of pairs, of gaps and of shortened segments; one
        and the same where all rows are drawn at once.
    """

    start: int
    n_rows: int
    choices: _Stream
    gaps: _Stream | None = None
    reaches: _Stream | None = None


@overload
def draw(source: Copies, n_rows: int, rng: np.random.RandomState) -> Copy: ...
@overload
def draw(source: SeedNeighborPairs, n_rows: int, rng: np.random.RandomState) -> Segment | Vote: ...
def draw(
    source: SeedNeighborPairs | Copies, n_rows: int, rng: np.random.RandomState
) -> Copy | Segment | Vote:
    """Draw new rows.

    Parameters
    ----------
    source : SeedNeighborPairs or Copies
    n_rows : int
    rng : RandomState
        Draws all pairs, then all gaps, then the lengths of segments that lead to enemies.

    Returns
    -------
    Copy, Segment or Vote
        In rows of the table.
    """
    return draw_piece(source, Piece(0, n_rows, rng, rng, rng), n_rows)


def draw_piece(
    source: SeedNeighborPairs | Copies, piece: Piece, n_total: int
) -> Copy | Segment | Vote:
    """Draw one piece of the `n_total` new rows of a class; its generators move on."""
    choice = piece.choices.randint(0, source.n_choices, size=piece.n_rows)
    if isinstance(source, Copies):
        return Copy(source.members[choice])
    made = _between(source, piece, choice, n_total)
    if source.is_enemy is None or piece.reaches is None:
        return made
    is_enemy = source.is_enemy[segment_of(made).partner]
    return shortened(made, is_enemy, piece.reaches.uniform(0.0, 0.5, size=int(is_enemy.sum())))


def _between(pairs: SeedNeighborPairs, piece: Piece, choice: Ids, n_total: int) -> Segment | Vote:
    assert piece.gaps is not None  # noqa: S101  # only copies are drawn without gaps
    position, column = pairs.chosen(choice, piece.start, n_total)
    return pairs.rows_between(position, column, piece.gaps.uniform(size=piece.n_rows))


def pieces_of(
    source: SeedNeighborPairs | Copies, n_rows: int, rng: np.random.RandomState, piece_rows: int
) -> tuple[Piece, ...]:
    """Return the pieces of `draw(source, n_rows, rng)`, and move `rng` past all of them.

    Only generator states are kept. With enemies the pairs are drawn once here, to count those that
    lead to an enemy.

    Parameters
    ----------
    source : SeedNeighborPairs or Copies
    n_rows : int
    rng : RandomState
    piece_rows : int
        Rows per piece; the last one may have fewer.
    """
    starts = list(range(0, n_rows, piece_rows))
    sizes = [min(piece_rows, n_rows - start) for start in starts]
    choices = _states_before(rng, sizes, lambda size: rng.randint(0, source.n_choices, size=size))
    if isinstance(source, Copies):
        return tuple(map(Piece, starts, sizes, choices))
    gaps = _states_before(rng, sizes, lambda size: rng.uniform(size=size))
    pieces = tuple(map(Piece, starts, sizes, choices, gaps))
    if source.is_enemy is None:
        return pieces
    n_enemies = [
        int(source.is_enemy[segment_of(drawn_again(source, piece, n_rows)).partner].sum())
        for piece in pieces
    ]
    reaches = _states_before(rng, n_enemies, lambda size: rng.uniform(0.0, 0.5, size=size))
    return tuple(replace(p, reaches=stream) for p, stream in zip(pieces, reaches, strict=True))


def drawn_again(
    source: SeedNeighborPairs | Copies, piece: Piece, n_total: int
) -> Copy | Segment | Vote:
    """Draw a piece and leave its generators as they are, so that it can be drawn again."""
    return draw_piece(source, deepcopy(piece), n_total)


def _states_before(
    rng: _Stream, sizes: Sequence[int], draw_numbers: Callable[[int], object]
) -> list[_Stream]:
    """Return the generator as it is before each of several draws, and make these."""
    states = []
    for size in sizes:
        states.append(deepcopy(rng))
        draw_numbers(size)
    return states


def shortened(
    made: Vote | Segment, is_enemy: NDArray[np.bool_], reach: NDArray[np.float64]
) -> Vote | Segment:
    """Return rows of which those that lead to an enemy use only a part of their segment.

    Parameters
    ----------
    made : Vote or Segment
    is_enemy : ndarray of shape (m,), bool
    reach : ndarray of shape (n_enemies,), float64
        The part of the segment that is used.
    """
    segment = segment_of(made)
    reaches = np.ones(len(segment))
    reaches[is_enemy] = reach
    short = Segment(segment.seed, segment.partner, segment.gap, reaches)
    return Vote(short, made.voters, made.ballot) if isinstance(made, Vote) else short


def segment_of(made: Copy | Segment | Vote) -> Segment:
    """Return new rows without the votes on their categories."""
    segment = made.segment if isinstance(made, Vote) else made
    assert isinstance(segment, Segment)  # noqa: S101  # pairs make nothing else
    return segment


def concat_segments(parts: Sequence[Segment]) -> Segment:
    """Return several runs of new rows as one."""
    fields = ([getattr(part, name) for part in parts] for name in ("seed", "partner", "gap"))
    return Segment(*map(np.concatenate, fields))


@dataclass(frozen=True, eq=False)
class KnownNeighbors:
    """Neighbours that have been searched already, as `SeedNeighborPairs` asks for them.

    Attributes
    ----------
    seeds : ndarray of shape (n_seeds,), intp
        Rows of the table, ascending.
    neighbors : ndarray of shape (n_seeds, k), intp
    """

    seeds: Ids
    neighbors: Ids

    def __call__(self, rows: Ids) -> Ids:
        """Return the neighbours of some of the seeds."""
        return self.neighbors[np.searchsorted(self.seeds, rows)]


def searched_once(pairs: SeedNeighborPairs) -> SeedNeighborPairs:
    """Return pairs whose neighbours are searched now, for all seeds."""
    seeds = np.sort(pairs.seeds)
    return replace(pairs, neighbors_of=KnownNeighbors(seeds, pairs.neighbors_of(seeds)))


def in_class(
    problem: Problem, code: int, k: int, estimator: NeighborEstimator | None = None
) -> NeighborsOf:
    """Return the function from rows of a class to their k nearest others of the class."""
    return among(problem, problem.labels.members(code), k, estimator)


def among(
    problem: Problem, rows: Ids | None, k: int, estimator: NeighborEstimator | None = None
) -> NeighborsOf:
    """Return the function from rows to their k nearest others among some rows (None for all).

    What goes in and comes out are rows of the table. With groups, neighbours are of the same group.
    """
    groups = problem.groups
    if groups is not None and rows is not None:
        groups = groups[rows]
    neighbors_of = neighbors_in(problem.index_of(rows, estimator), k, groups)
    if rows is None:
        return neighbors_of

    def of_table(asked: Ids) -> Ids:
        found = neighbors_of(np.searchsorted(rows, asked))
        return np.where(found >= 0, rows[found], -1)

    return of_table


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
