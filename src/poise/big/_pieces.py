"""New rows that are drawn a piece at a time: where the stream stood before each is all that is kept.

The legacy generator gives the same numbers in one draw of n as in several that add up to n, so that
the pieces are the rows that a single draw would have made, wherever and whenever they are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from poise.core.allocation import by_shares
from poise.core.recipes import Ids, Recipe
from poise.core.segments import Copies, Ways, shortened, toward

_Stream = np.random.RandomState


@dataclass(frozen=True, eq=False)
class Piece:
    """Some of the new rows of a class, before they are drawn.

    Attributes
    ----------
    start : int
        How many of the class's new rows come before.
    n_rows : int
    streams : tuple of RandomState
        As they stand before what is drawn for the piece: ways, gaps, and parts of the way to foes.
    """

    start: int
    n_rows: int
    streams: tuple[_Stream, ...]

    def drawn(self, ways: Ways | Copies, neighbors: Ids | None, ends: Ids | None) -> Recipe:
        """Return how its rows are made; see `Growth`."""
        streams = [deepcopy(stream) for stream in self.streams]
        if isinstance(ways, Copies) or neighbors is None:
            assert isinstance(ways, Copies)  # noqa: S101  # only ways have neighbours
            return ways.of(streams[0].randint(0, len(ways.members), size=self.n_rows))
        if ends is None:
            pairs = streams[0].randint(0, len(ways.seeds) * ways.k, size=self.n_rows)
            position, column = ways.split(pairs)
        else:
            rows = np.arange(self.start, self.start + self.n_rows)
            position = np.searchsorted(ends, rows, side="right")
            column = streams[0].randint(0, ways.k, size=self.n_rows)
        gap = streams[1].uniform(size=self.n_rows)
        made = ways.of_table(toward(ways.seeds, neighbors, position, column, gap))
        is_foe = ways.leads_to_foes(made)
        if is_foe is None or len(streams) < 3:
            return made
        return shortened(made, is_foe, streams[2].uniform(0.0, 0.5, size=int(is_foe.sum())))


@dataclass(frozen=True, eq=False)
class Growth:
    """The new rows of a class in pieces.

    Attributes
    ----------
    code : int
    ways : Ways or Copies
    neighbors : ndarray of shape (n_seeds, k), intp, or None
        Of all seeds; None for copies.
    ends : ndarray of shape (n_seeds,), intp, or None
        With shares: up to which new row each seed is the seed.
    pieces : tuple of Piece
    """

    code: int
    ways: Ways | Copies
    neighbors: Ids | None
    ends: Ids | None
    pieces: tuple[Piece, ...]

    @property
    def n_rows(self) -> int:
        return sum(piece.n_rows for piece in self.pieces)

    def recipe(self, number: int) -> Recipe:
        """Return how the rows of one piece are made."""
        return self.pieces[number].drawn(self.ways, self.neighbors, self.ends)


def grown(code: int, ways: Ways | Copies, n_rows: int, rng: _Stream, piece_rows: int) -> Growth:
    """Return the new rows that `ways.drawn(n_rows, rng)` would draw, in pieces, and move the stream past them.

    Parameters
    ----------
    code : int
    ways : Ways or Copies
        All seeds are searched here, once.
    n_rows : int
    rng : RandomState
    piece_rows : int
    """
    sizes = [min(piece_rows, n_rows - start) for start in range(0, n_rows, piece_rows)]
    starts = np.cumsum([0, *sizes])[:-1].tolist() if sizes else []
    if isinstance(ways, Copies):
        streams = _stands(rng, sizes, len(ways.members))
        return Growth(code, ways, None, None, _pieces(starts, sizes, [streams]))
    neighbors = ways.neighbors_of(ways.seeds)
    ways = replace(ways, neighbors_of=_listed_already)
    n_ways = len(ways.seeds) * ways.k if ways.shares is None else ways.k
    both = [_stands(rng, sizes, n_ways), _stands(rng, sizes, None)]
    ends = None if ways.shares is None else np.cumsum(by_shares(n_rows, ways.shares))
    growth = Growth(code, ways, neighbors, ends, _pieces(starts, sizes, both))
    if ways.is_foe is None:
        return growth
    return replace(growth, pieces=_with_reach(growth, rng))


def _listed_already(rows: Ids) -> Ids:
    raise NotImplementedError(f"the neighbours of {len(rows)} rows are in a table")


def _stands(rng: _Stream, sizes: Sequence[int], high: int | None) -> list[_Stream]:
    """Return the stream as it is before each draw of so many numbers: below `high`, or from 0 to 1."""
    stands = []
    for size in sizes:
        stands.append(deepcopy(rng))
        _ = rng.uniform(size=size) if high is None else rng.randint(0, high, size=size)
    return stands


def _pieces(starts: Sequence[int], sizes: Sequence[int], streams: Any) -> tuple[Piece, ...]:
    return tuple(
        Piece(start, size, tuple(stands))
        for start, size, *stands in zip(starts, sizes, *streams, strict=True)
    )


def _with_reach(growth: Growth, rng: _Stream) -> tuple[Piece, ...]:
    """Return the pieces with the stream that parts of the way to foes are drawn from."""
    pieces = []
    for number, piece in enumerate(growth.pieces):
        is_foe = growth.ways.leads_to_foes(growth.recipe(number))  # type: ignore[union-attr, arg-type]  # ways to foes
        pieces.append(replace(piece, streams=(*piece.streams, deepcopy(rng))))
        rng.uniform(0.0, 0.5, size=int(is_foe.sum()))  # type: ignore[union-attr]  # as above
    return tuple(pieces)
