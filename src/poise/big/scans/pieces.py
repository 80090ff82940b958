"""The new rows of a class, made in pieces that any worker can draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poise.core.draws import (
    Copies,
    Piece,
    SeedNeighborPairs,
    drawn_again,
    pieces_of,
    searched_once,
)
from poise.core.recipes import Recipe


@dataclass(frozen=True, eq=False)
class Growth:
    """The new rows of a class in pieces.

    Attributes
    ----------
    code : int
    source : SeedNeighborPairs or Copies
        All seeds are searched already.
    pieces : tuple of Piece
    """

    code: int
    source: SeedNeighborPairs | Copies
    pieces: tuple[Piece, ...]

    @property
    def n_rows(self) -> int:
        return sum(piece.n_rows for piece in self.pieces)

    def recipe(self, number: int) -> Recipe:
        """Return how the rows of one piece are made."""
        return drawn_again(self.source, self.pieces[number], self.n_rows)


def grown(
    code: int,
    source: SeedNeighborPairs | Copies,
    n_rows: int,
    rng: np.random.RandomState,
    piece_rows: int,
) -> Growth:
    """Return what `draw(source, n_rows, rng)` would draw, in pieces, and move the generator past it."""
    known = source if isinstance(source, Copies) else searched_once(source)
    return Growth(code, known, pieces_of(known, n_rows, rng, piece_rows))
