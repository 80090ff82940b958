"""Scans for rows that their neighbours would not vote for: suspects, and who saves them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from poise.big.memory import in_words
from poise.big.scans.classes import blocks_of_classes
from poise.big.scans.extremes import Reader
from poise.big.scans.scan import (
    Batches,
    array_of,
    codes_in,
    int64,
    stacked,
)
from poise.core.blocks import Matrix
from poise.core.errors import DoesNotFitError
from poise.core.neighbors import Index, Measure
from poise.core.recipes import Ids


@dataclass(frozen=True, eq=False)
class Suspects:
    """Yields the rows of a class that its own rows near by may not save from being outvoted.

    A row is saved when `wanted` rows of its class are strictly nearer than its `rank`-th nearest
    foe. Rows that are saved by those seen are dropped as blocks go by; the others are suspects.

    Attributes
    ----------
    reader : Reader
        Its points hold all foes.
    measure : Measure
    target, key : str
    labels : pyarrow.Array
        The one class.
    foes : ndarray of intp
        Which of the points are foes.
    rank, wanted : int
    needs_foe : bool
        Whether a row with fewer foes than `rank` is safe.
    block_rows, most_bytes : int
    """

    reader: Reader
    measure: Measure
    target: str
    key: str
    labels: pa.Array
    foes: Ids
    rank: int
    wanted: int
    needs_foe: bool
    block_rows: int
    most_bytes: int

    def __call__(self, batches: Batches) -> Batches:
        suspects: pa.Table | None = None
        counts, radii = np.zeros(0, dtype=np.int64), np.zeros(0)
        for block in blocks_of_classes(batches, self.target, self.labels, self.block_rows):
            before = [] if suspects is None else [suspects]
            points, *earlier, values = self.reader.read([*before, block])
            index = Index(values, self.reader.n_categorical, None, self.measure)
            if suspects is not None:
                counts = counts + index.count_within(earlier[0], radii, self.wanted)
            reach, has_foe = self.reach(points, values)
            own = index.count_within(values, reach, self.wanted, np.arange(len(values)))
            is_new = own < self.wanted
            if self.needs_foe:
                is_new &= has_foe
            is_left = counts < self.wanted
            new = block.take(np.flatnonzero(is_new))
            suspects = (
                new if suspects is None else stacked([suspects.filter(pa.array(is_left)), new])
            )
            counts = np.concatenate([counts[is_left], own[is_new]])
            radii = np.concatenate([radii[is_left], reach[is_new]])
            if suspects.nbytes > self.most_bytes:
                raise DoesNotFitError(
                    f"{self.reader.asker} holds {suspects.num_rows:,} rows that may have to go when the "
                    f"{in_words(self.most_bytes)} for them are used. Pass twice the memory, or take a part of the "
                    "rows first, with RandomUnderSampler."
                )
        if suspects is not None:
            yield from suspects.combine_chunks().to_batches()

    def reach(
        self, points: Matrix, values: Matrix
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the (squared) distance of each row's `rank`-th nearest foe, and whether it has one."""
        foes = Index(points[self.foes], self.reader.n_categorical, None, self.measure)
        if foes.n_rows < self.rank:
            return np.full(len(values), np.inf), np.zeros(len(values), dtype=bool)
        rows, distances = foes.nearest(values, self.rank)
        return np.ascontiguousarray(distances[:, -1]), rows[:, -1] >= 0


@dataclass(frozen=True, eq=False)
class Recount:
    """Yields how many rows of a class are strictly nearer to suspects than a distance each.

    Attributes
    ----------
    reader : Reader
    suspects : pyarrow.Table
    measure : Measure
    target, key : str
    labels : pyarrow.Array
    radii : ndarray of shape (n_suspects,), float64
    wanted : int
        No more are counted.
    block_rows : int
    """

    reader: Reader
    suspects: pa.Table
    measure: Measure
    target: str
    key: str
    labels: pa.Array
    radii: NDArray[np.float64]
    wanted: int
    block_rows: int

    found = pa.schema([("suspect", pa.int64()), ("nearer", pa.int64())])

    def __call__(self, batches: Batches) -> Batches:
        counts = np.zeros(len(self.radii), dtype=np.int64)
        for block in blocks_of_classes(batches, self.target, self.labels, self.block_rows):
            _, points, values = self.reader.read([self.suspects, block])
            left = np.flatnonzero(counts < self.wanted)
            index = Index(values, self.reader.n_categorical, None, self.measure)
            own = codes_in(self.suspects[self.key], array_of(block[self.key]))[left]
            counts[left] += index.count_within(points[left], self.radii[left], self.wanted, own)
        some = np.flatnonzero(counts)
        yield pa.record_batch([int64(some), int64(counts[some])], schema=self.found)
