"""Scans for rows that their nearest neighbours outvote: candidates, then a check of each candidate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from poise.big.scans.arrow import concat_tables, one_array, positions_in
from poise.big.scans.classes import blocks_of_classes
from poise.big.scans.extremes import Reader
from poise.big.scans.scan import Batches
from poise.core.errors import DoesNotFitError
from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import Measure
from poise.core.plan.recipes import Ids
from poise.core.progress import format_bytes
from poise.core.tables.blocks import Matrix


@dataclass(frozen=True, eq=False)
class OutvotedCandidates:
    """Yields the rows of a class that may be outvoted: candidates for removal.

    A row is safe if `wanted` rows of its class are strictly nearer than its `rank`-th nearest enemy.
    Rows are read block by block; those that are safe by the rows read so far are dropped.

    Attributes
    ----------
    reader : Reader
        Its points contain all enemies.
    measure : Measure
    target, key : str
    labels : pyarrow.Array
        The class, as an array of one label.
    enemies : ndarray of intp
        Positions of the enemies among the points.
    rank, wanted : int
    needs_enemy : bool
        Whether a row with fewer enemies than `rank` is safe.
    block_rows, most_bytes : int
    """

    reader: Reader
    measure: Measure
    target: str
    key: str
    labels: pa.Array
    enemies: Ids
    rank: int
    wanted: int
    needs_enemy: bool
    block_rows: int
    most_bytes: int

    def __call__(self, batches: Batches) -> Batches:
        candidates: pa.Table | None = None
        counts, radii = np.zeros(0, dtype=np.int64), np.zeros(0)
        for block in blocks_of_classes(batches, self.target, self.labels, self.block_rows):
            before = [] if candidates is None else [candidates]
            points, *earlier, values = self.reader.read([*before, block])
            index = Index(values, self.reader.n_categorical, None, self.measure)
            if candidates is not None:
                counts = counts + index.count_within(earlier[0], radii, self.wanted)
            reach, has_enemy = self.reach(points, values)
            own = index.count_within(values, reach, self.wanted, np.arange(len(values)))
            is_new = own < self.wanted
            if self.needs_enemy:
                is_new &= has_enemy
            is_left = counts < self.wanted
            new = block.take(np.flatnonzero(is_new))
            candidates = (
                new
                if candidates is None
                else concat_tables([candidates.filter(pa.array(is_left)), new])
            )
            counts = np.concatenate([counts[is_left], own[is_new]])
            radii = np.concatenate([radii[is_left], reach[is_new]])
            if candidates.nbytes > self.most_bytes:
                raise DoesNotFitError(
                    f"{self.reader.method_name} has to keep {candidates.num_rows:,} candidates for removal in memory, "
                    f"and the {format_bytes(self.most_bytes)} for them are used up. Pass twice the memory, or "
                    "sample the rows with RandomUnderSampler first."
                )
        if candidates is not None:
            yield from candidates.combine_chunks().to_batches()

    def reach(
        self, points: Matrix, values: Matrix
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the (squared) distance of each row's `rank`-th nearest enemy, and whether it has one."""
        enemies = Index(points[self.enemies], self.reader.n_categorical, None, self.measure)
        if enemies.n_rows < self.rank:
            return np.full(len(values), np.inf), np.zeros(len(values), dtype=bool)
        rows, distances = enemies.nearest(values, self.rank)
        return np.ascontiguousarray(distances[:, -1]), rows[:, -1] >= 0


@dataclass(frozen=True, eq=False)
class CountCloserRows:
    """Yields the number of rows of a class that are strictly nearer to each candidate than its radius.

    Attributes
    ----------
    reader : Reader
    candidates : pyarrow.Table
    measure : Measure
    target, key : str
    labels : pyarrow.Array
    radii : ndarray of shape (n_candidates,), float64
    wanted : int
        Counting stops at this number.
    block_rows : int
    """

    reader: Reader
    candidates: pa.Table
    measure: Measure
    target: str
    key: str
    labels: pa.Array
    radii: NDArray[np.float64]
    wanted: int
    block_rows: int

    found: ClassVar[pa.Schema] = pa.schema([("candidate", pa.int64()), ("nearer", pa.int64())])

    def __call__(self, batches: Batches) -> Batches:
        counts = np.zeros(len(self.radii), dtype=np.int64)
        for block in blocks_of_classes(batches, self.target, self.labels, self.block_rows):
            _, points, values = self.reader.read([self.candidates, block])
            left = np.flatnonzero(counts < self.wanted)
            index = Index(values, self.reader.n_categorical, None, self.measure)
            own = positions_in(self.candidates[self.key], one_array(block[self.key]))[left]
            counts[left] += index.count_within(points[left], self.radii[left], self.wanted, own)
        some = np.flatnonzero(counts)
        columns = {"candidate": some, "nearer": counts[some]}
        yield pa.RecordBatch.from_pydict(columns, schema=self.found)
