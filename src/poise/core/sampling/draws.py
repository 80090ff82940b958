"""Draw new rows between seed rows and their neighbours, all at once or in pieces.

A method describes what may be drawn: seed-neighbour pairs, or rows to copy. Only `draw_piece` turns
random numbers into new rows, so the order of the random draws is defined in one place, and the same
random seed gives the same rows.

numpy's legacy generator gives the same numbers in one draw of n as in several draws that add up to
n. The pieces are therefore equal to the rows of a single draw, in whatever order they are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import MethodError
from poise.core.neighbors.index import Index
from poise.core.plan.recipes import Copy, Ids, Segment, Vote
from poise.core.plan.values import rows_at
from poise.core.sampling.allocation import by_shares
from poise.core.sampling.problem import Problem
from poise.core.types import NeighborEstimator

NeighborsOf: TypeAlias = Callable[[Ids], Ids]
GapsOf: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]
Drawn: TypeAlias = Copy | Segment | Vote
_Stream: TypeAlias = np.random.RandomState


@dataclass(frozen=True, eq=False)
class SeedNeighborPairs:
    """Seed-neighbour pairs between which new rows of a class are interpolated.

    Attributes
    ----------
    seeds : ndarray of shape (n_seeds,), intp
        The seed rows: distinct rows of the table from which new rows start.
    neighbors_of : callable
        Function from seed rows of shape (q,) to their neighbours of shape (q, k), nearest first, both
        as row numbers of the table; -1 if a seed row has fewer than k neighbours. A seed row without
        neighbours is repeated.
    k : int
        Number of neighbours.
    is_voted : bool
        Whether the neighbours vote on categories. The seed row votes for each absent neighbour.
    shares : ndarray of shape (n_seeds,), float64, or None
        Seed rows get new rows in proportion to these; None gives all the same probability.
    is_enemy : ndarray of shape (n_rows,), bool, or None
        Rows of the table that are enemies (rows of another class). New rows lie in the half of the
        segment that is farther from an enemy.
    gaps_of : callable or None
        From numbers drawn uniformly from [0, 1) to gaps, element by element; None uses them as gaps.
    gap_ends : pair of ndarray of shape (n_seeds, k), float64, or None
        Smallest and largest gap of each pair, between which the gaps are spread; None for 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.base import SeedNeighborPairs, draw
    >>> neighbors = np.array([[1, 2], [0, 2], [1, 0]])
    >>> pairs = SeedNeighborPairs(np.arange(3), lambda rows: neighbors[rows], k=2)
    >>> made = draw(pairs, 4, np.random.RandomState(0))
    >>> made.seed.tolist(), made.partner.tolist()
    ([2, 2, 0, 1], [1, 0, 1, 2])
    """

    seeds: Ids
    neighbors_of: NeighborsOf
    k: int
    is_voted: bool = False
    shares: NDArray[np.float64] | None = None
    is_enemy: NDArray[np.bool_] | None = None
    gaps_of: GapsOf | None = None
    gap_ends: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    @property
    def n_choices(self) -> int:
        """Number of outcomes of the first draw: pairs, or neighbours if `shares` is given."""
        return self.k if self.shares is not None else len(self.seeds) * self.k

    def chosen(self, choice: Ids, start: int, n_total: int) -> tuple[Ids, Ids]:
        """Return for each draw the position of the seed row, and of the partner among its neighbours.

        Parameters
        ----------
        choice : ndarray of shape (m,), intp
            Numbers below `n_choices`.
        start, n_total : int
            Position of the first of these new rows among all `n_total` new rows of the class.
        """
        if self.shares is None:
            position = choice // self.k
            return position, choice - position * self.k
        ends = np.cumsum(by_shares(n_total, self.shares))
        return np.searchsorted(ends, np.arange(start, start + len(choice)), side="right"), choice

    def rows_between(self, position: Ids, column: Ids, gap: NDArray[np.float64]) -> Segment | Vote:
        """Return new rows between seed rows and their neighbours; only seed rows that occur are searched.

        Parameters
        ----------
        position, column : ndarray of shape (m,), intp
            Position of the seed row in `seeds`, and of the partner among its neighbours.
        gap : ndarray of shape (m,), float64
            Position on the segment: 0 is the seed row, 1 the partner.
        """
        is_drawn = np.zeros(len(self.seeds), dtype=bool)
        is_drawn[position] = True
        ballot = (np.cumsum(is_drawn) - 1)[position]
        drawn = self.seeds[is_drawn]
        neighbors = np.asarray(self.neighbors_of(drawn))
        if neighbors.shape != (len(drawn), self.k) or neighbors.dtype.kind not in "iu":
            raise MethodError(
                f"neighbors_of returned an array of shape {neighbors.shape} and dtype {neighbors.dtype} for "
                f"{len(drawn)} seed rows and k={self.k}. Return row numbers of shape ({len(drawn)}, {self.k})."
            )
        is_there = neighbors >= 0
        if not is_there.all():
            neighbors = np.where(is_there, neighbors, drawn[:, np.newaxis])
            column = column % np.maximum(is_there.sum(axis=1), 1)[ballot]
        if self.gap_ends is not None:
            low, high = (ends[position, column] for ends in self.gap_ends)
            gap = low + gap * (high - low)
        partner = np.take(neighbors, ballot * neighbors.shape[1] + column)
        segment = Segment(drawn[ballot], partner, gap)
        return Vote(segment, neighbors, ballot) if self.is_voted else segment


def checked_pairs(pairs: Any, problem: Problem, code: int) -> SeedNeighborPairs | None:
    """Return what `pairs` returned for a class, if its arrays fit each other and its seed rows are of the class."""
    codes = problem.labels.codes
    where = f"{problem.method_name}.pairs returned, for class {problem.labels.classes[code]!r},"
    if pairs is None:
        return None
    if not isinstance(pairs, SeedNeighborPairs):
        raise MethodError(
            f"{where} a {type(pairs).__name__}. Return poise.base.SeedNeighborPairs, or None if the class cannot grow."
        )
    seeds = np.asarray(pairs.seeds)
    is_whole = seeds.ndim == 1 and len(seeds) and seeds.dtype.kind in "iu"
    if not is_whole or seeds.min() < 0 or seeds.max() >= len(codes):
        raise MethodError(
            f"{where} seeds of shape {seeds.shape} and dtype {seeds.dtype}. Return row numbers of the table, at least "
            "one, such as problem.labels.members(code)."
        )
    if (codes[seeds] != code).any():
        raise MethodError(
            f"{where} seed rows of other classes. Number rows in the table, not in the class: choose among "
            "problem.labels.members(code)."
        )
    if not isinstance(pairs.k, int | np.integer) or pairs.k < 1:
        raise MethodError(
            f"{where} k={pairs.k!r}. Return the number of neighbours of each seed row."
        )
    shares = np.ones(len(seeds)) if pairs.shares is None else np.asarray(pairs.shares)
    is_share = shares.shape == seeds.shape and np.isfinite(shares).all()
    if not is_share or (shares < 0).any() or not shares.any():
        raise MethodError(
            f"{where} shares of shape {shares.shape} for {len(seeds)} seed rows, or shares that are negative, "
            "not finite or all 0. Return one finite share per seed row, not all of them 0."
        )
    _check_options(pairs, len(codes), where)
    return pairs


def _check_options(pairs: SeedNeighborPairs, n_rows: int, where: str) -> None:
    """Raise MethodError if the mask of enemies or the ends of gaps do not fit the rows."""
    enemies = np.empty(n_rows, bool) if pairs.is_enemy is None else np.asarray(pairs.is_enemy)
    if enemies.shape != (n_rows,) or enemies.dtype != bool:
        raise MethodError(
            f"{where} is_enemy of shape {enemies.shape} and dtype {enemies.dtype}. Return a boolean mask of shape "
            f"({n_rows},), True for rows of other classes."
        )
    ends_of = () if pairs.gap_ends is None else pairs.gap_ends
    shape = len(pairs.seeds), pairs.k
    if len(ends_of) not in (0, 2) or any(
        np.shape(ends) != shape or not np.isfinite(ends).all() for ends in ends_of
    ):
        raise MethodError(
            f"{where} gap_ends of shapes {[np.shape(ends) for ends in ends_of]}, or ends that are not finite. Return "
            f"two arrays of shape {shape}, of the smallest and the largest gaps."
        )


@dataclass(frozen=True, eq=False)
class Copies:
    """Rows of a class that may be copied.

    Attributes
    ----------
    members : ndarray of intp
    """

    members: Ids

    @property
    def n_choices(self) -> int:
        """Number of outcomes of a random draw."""
        return len(self.members)


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of the new rows of a class, before they are drawn.

    Attributes
    ----------
    start : int
        Number of new rows of the class before this piece.
    n_rows : int
    choices, gaps, reaches : RandomState
        Generators in their state before the draws of pairs, of gaps and of shortened segments; the
        same generator if all rows are drawn at once.
    """

    start: int
    n_rows: int
    choices: _Stream
    gaps: _Stream | NDArray[np.float64] | None = None
    reaches: _Stream | None = None


@overload
def draw(source: Copies, n_rows: int, rng: np.random.RandomState) -> Copy: ...
@overload
def draw(source: SeedNeighborPairs, n_rows: int, rng: np.random.RandomState) -> Segment | Vote: ...
def draw(source: SeedNeighborPairs | Copies, n_rows: int, rng: np.random.RandomState) -> Drawn:
    """Draw new rows of a class.

    Parameters
    ----------
    source : SeedNeighborPairs or Copies
    n_rows : int
    rng : RandomState
        Draws all pairs, then all gaps, then the lengths of segments that lead to enemies.

    Returns
    -------
    Copy, Segment or Vote
        With row numbers of the table.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.base import Plan, SeedNeighborPairs, draw
    >>> neighbors = np.array([[1], [0]])
    >>> pairs = SeedNeighborPairs(np.array([0, 1]), lambda rows: neighbors[rows], k=1)
    >>> new = draw(pairs, 2, np.random.RandomState(0))
    >>> Plan(2, (new,)).apply(np.array([10.0, 20.0])).round(1).tolist()
    [10.0, 20.0, 17.2, 14.0]
    """
    return draw_piece(source, Piece(0, n_rows, rng, rng, rng), n_rows)


# The three draws of new rows, in this order: of pairs (or rows to copy), of gaps, and of the parts of
# segments that lead to enemies. Rows are the same as long as these three stay the same.


def _choices(rng: _Stream, source: SeedNeighborPairs | Copies, size: int) -> Ids:
    return rng.randint(0, source.n_choices, size=size)


def _uniforms(rng: _Stream, size: int) -> NDArray[np.float64]:
    return rng.uniform(size=size)


def _reaches(rng: _Stream, size: int) -> NDArray[np.float64]:
    return rng.uniform(0.0, 0.5, size=size)


def draw_piece(source: SeedNeighborPairs | Copies, piece: Piece, n_total: int) -> Drawn:
    """Draw one piece of the `n_total` new rows of a class; this advances its generators."""
    choice = _choices(piece.choices, source, piece.n_rows)
    if isinstance(source, Copies):
        return Copy(source.members[choice])
    made = _between(source, piece, choice, n_total)
    if source.is_enemy is None or piece.reaches is None:
        return made
    is_enemy = source.is_enemy[segment_of(made).partner]
    return shortened(made, is_enemy, _reaches(piece.reaches, int(is_enemy.sum())))


def _between(pairs: SeedNeighborPairs, piece: Piece, choice: Ids, n_total: int) -> Segment | Vote:
    position, column = pairs.chosen(choice, piece.start, n_total)
    return pairs.rows_between(position, column, _gaps(pairs, piece))


def _gaps(pairs: SeedNeighborPairs, piece: Piece) -> NDArray[np.float64]:
    assert piece.gaps is not None  # noqa: S101  # only copies have no gaps
    if isinstance(piece.gaps, np.ndarray):
        return piece.gaps
    return gaps_from(_uniforms(piece.gaps, piece.n_rows), pairs.gaps_of)


def gaps_from(uniforms: NDArray[np.float64], gaps_of: GapsOf | None) -> NDArray[np.float64]:
    """Return the gaps that a method makes of uniform numbers.

    Raises
    ------
    MethodError
        If the method returns an array of another shape, or a value that is not a finite number.
    """
    if gaps_of is None:
        return uniforms
    gaps = np.asarray(gaps_of(uniforms.copy()))
    is_number = gaps.dtype.kind in "fiu"
    if gaps.shape != uniforms.shape or not is_number or not np.isfinite(gaps).all():
        raise MethodError(
            f"gaps() returned an array of shape {gaps.shape} for {len(uniforms)} uniform numbers, or values "
            "that are not finite numbers. Return one finite number for each of them."
        )
    return gaps


def pieces_of(
    source: SeedNeighborPairs | Copies, n_rows: int, rng: np.random.RandomState, piece_rows: int
) -> tuple[Piece, ...]:
    """Split `draw(source, n_rows, rng)` into pieces, and advance `rng` past all of them.

    Only generator states are stored. With enemies the pairs are drawn once here, to count those whose
    partner is an enemy.

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
    choices = _states_before(rng, sizes, lambda size: _choices(rng, source, size))
    if isinstance(source, Copies):
        return tuple(map(Piece, starts, sizes, choices))
    gaps: list[Any] = (
        _states_before(rng, sizes, lambda size: _uniforms(rng, size))  # no mutant: memory alone
        if source.gaps_of is None
        else [gaps_from(_uniforms(rng, size), source.gaps_of) for size in sizes]
    )
    pieces = tuple(map(Piece, starts, sizes, choices, gaps))
    if source.is_enemy is None:
        return pieces
    n_enemies = [
        int(source.is_enemy[segment_of(drawn_again(source, piece, n_rows)).partner].sum())
        for piece in pieces
    ]
    reaches = _states_before(rng, n_enemies, lambda size: _reaches(rng, size))
    return tuple(replace(p, reaches=stream) for p, stream in zip(pieces, reaches, strict=True))


def drawn_again(source: SeedNeighborPairs | Copies, piece: Piece, n_total: int) -> Drawn:
    """Draw a piece with copies of its generators, so that it can be drawn again."""
    return draw_piece(source, deepcopy(piece), n_total)


def _states_before(
    rng: _Stream, sizes: Sequence[int], draw_numbers: Callable[[int], object]
) -> list[_Stream]:
    """Return the state of the generator before each of several draws, and advance it past them."""
    states = []
    for size in sizes:
        states.append(deepcopy(rng))
        draw_numbers(size)
    return states


def shortened(
    made: Vote | Segment, is_enemy: NDArray[np.bool_], reach: NDArray[np.float64]
) -> Vote | Segment:
    """Shorten the segments whose partner is an enemy.

    Parameters
    ----------
    made : Vote or Segment
    is_enemy : ndarray of shape (m,), bool
        Whether the partner of each new row is an enemy.
    reach : ndarray of shape (n_enemies,), float64
        The part of each of these segments that is used.
    """
    segment = segment_of(made)
    reaches = np.ones(len(segment))
    reaches[is_enemy] = reach
    short = Segment(segment.seed, segment.partner, segment.gap, reaches)
    return Vote(short, made.voters, made.ballot) if isinstance(made, Vote) else short


def some_of(made: Drawn, rows: Ids) -> Drawn:
    """Return some of the rows that were drawn, in any order."""
    if isinstance(made, Copy):
        return Copy(made.source[rows])
    segment = segment_of(made)
    reach = None if segment.reach is None else rows_at(segment.reach, rows)
    ends = rows_at(segment.seed, rows), rows_at(segment.partner, rows)
    some = Segment(*ends, rows_at(segment.gap, rows), reach)
    if isinstance(made, Segment):
        return some
    is_used = np.zeros(len(made.voters), dtype=bool)
    is_used[made.ballot[rows]] = True
    return Vote(some, made.voters[is_used], (np.cumsum(is_used) - 1)[made.ballot[rows]])


def concat_drawn(parts: Sequence[Drawn]) -> Drawn:
    """Concatenate rows that were drawn from one source."""
    first = parts[0]
    if isinstance(first, Copy):
        return Copy(np.concatenate([part.seeds for part in parts]))
    segments = [segment_of(part) for part in parts]
    segment = concat_segments(segments)
    if isinstance(first, Segment):
        return segment
    voters, ballots = zip(*((part.voters, part.ballot) for part in parts), strict=True)  # type: ignore[union-attr]  # all are votes
    before = np.cumsum([0, *map(len, voters)])
    ballot = [own + start for own, start in zip(ballots, before, strict=False)]
    return Vote(segment, np.concatenate(voters), np.concatenate(ballot))


def segment_of(made: Drawn) -> Segment:
    """Return the segments of new rows, without votes on categories."""
    segment = made.segment if isinstance(made, Vote) else made
    assert isinstance(segment, Segment)  # noqa: S101  # pairs never make copies
    return segment


def concat_segments(parts: Sequence[Segment]) -> Segment:
    """Concatenate groups of new rows, all of them with shortened segments or none."""
    names = ["seed", "partner", "gap"] + ["reach"] * (parts[0].reach is not None)
    return Segment(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, eq=False)
class KnownNeighbors:
    """Neighbours found earlier, in the form that `SeedNeighborPairs` expects.

    Attributes
    ----------
    seeds : ndarray of shape (n_seeds,), intp
        Rows of the table, in ascending order.
    neighbors : ndarray of shape (n_seeds, k), intp
    """

    seeds: Ids
    neighbors: Ids

    def __call__(self, rows: Ids) -> Ids:
        """Return the neighbours of some of the seed rows."""
        return self.neighbors[np.searchsorted(self.seeds, rows)]


def searched_once(pairs: SeedNeighborPairs) -> SeedNeighborPairs:
    """Search the neighbours of all seed rows now, and return pairs that use them."""
    seeds = np.sort(pairs.seeds)
    return replace(pairs, neighbors_of=KnownNeighbors(seeds, pairs.neighbors_of(seeds)))


def in_class(
    problem: Problem, code: int, k: int, estimator: NeighborEstimator | None = None
) -> NeighborsOf:
    """Return a function from rows of a class to their k nearest other rows of the class.

    See `among` for the parameters.

    Examples
    --------
    >>> from poise.base import SeedNeighborPairs, SmoteFamily, in_class
    >>> class NearestSMOTE(SmoteFamily):
    ...     '''Put new rows between a row and its nearest neighbour.'''
    ...     def pairs(self, problem, code):
    ...         return SeedNeighborPairs(problem.labels.members(code), in_class(problem, code, 1), k=1)
    >>> X, y = [[1.0], [2.0], [3.0], [5.0], [7.0]], [0, 0, 0, 1, 1]
    >>> NearestSMOTE(random_state=0).fit(X, y).plan_.lineage().partner.tolist()
    [-1, -1, -1, -1, -1, 4]
    """
    return among(problem, problem.labels.members(code), k, estimator)


def among(
    problem: Problem, rows: Ids | None, k: int, estimator: NeighborEstimator | None = None
) -> NeighborsOf:
    """Return a function from rows to their k nearest other rows among given rows.

    The function accepts and returns row numbers of the table, of shapes (q,) and (q, k). With groups,
    neighbours are in the same group; -1 if there are fewer than k.

    Parameters
    ----------
    problem : Problem
    rows : ndarray of intp, or None
        The rows in which neighbours are searched, in ascending order; None for all rows.
    k : int
    estimator : NeighborEstimator, optional
        The user's neighbour object; by default exact search.

    Examples
    --------
    >>> from poise.base import SeedNeighborPairs, SmoteFamily, among
    >>> class AnyNeighbor(SmoteFamily):
    ...     '''Put new rows between a row and its nearest row of any class.'''
    ...     looks_at, partners = "all rows", "any class"
    ...     def pairs(self, problem, code):
    ...         return SeedNeighborPairs(problem.labels.members(code), among(problem, None, 1), k=1)
    >>> X, y = [[1.0], [2.0], [5.0], [6.0]], [0, 0, 0, 1]
    >>> AnyNeighbor(random_state=0).fit(X, y).plan_.lineage().partner.tolist()
    [-1, -1, -1, -1, 2, 2]
    """
    groups = problem.groups
    if groups is not None and rows is not None:
        groups = groups[rows]
    neighbors_of = neighbors_in(problem.index_of(rows, estimator), k, groups)
    if rows is None:
        return neighbors_of

    def of_table(queries: Ids) -> Ids:
        found = neighbors_of(np.searchsorted(rows, queries))
        return np.where(found >= 0, rows[found], -1)

    return of_table


def neighbors_in(index: Index, k: int, groups: Ids | None = None) -> NeighborsOf:
    """Return a function from rows of an index to their k nearest other rows in the same group."""
    if groups is None:
        return lambda rows: index.nearest_others(rows, k).rows
    in_order = np.argsort(groups, kind="stable")
    none = groups.min() - 1  # no mutant: any number that is not the first group
    starts = np.flatnonzero(np.diff(groups[in_order], prepend=none))
    by_group = {int(groups[part[0]]): part for part in np.split(in_order, starts[1:])}

    def neighbors_of(rows: Ids) -> Ids:
        table = np.full((len(rows), k), -1, dtype=np.intp)
        for group in np.unique(groups[rows]).tolist():
            members, queries = by_group[group], np.flatnonzero(groups[rows] == group)
            n_others = min(k, len(members) - 1)
            if not n_others:
                continue
            inside = Index(
                rows_at(index.values, members), index.n_categorical, index.estimator, index.measure
            )
            own = np.searchsorted(members, rows[queries])
            found = inside.nearest_others(own, n_others).rows
            is_there = found >= 0
            table[queries, :n_others] = np.where(is_there, members[found], -1)  # no mutant: below 0
        return table

    return neighbors_of
