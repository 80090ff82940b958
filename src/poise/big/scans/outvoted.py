"""Scans for rows that their nearest neighbours outvote: candidates, then a check of each candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

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


class _Candidates(NamedTuple):
    """Rows that may be outvoted.

    Attributes
    ----------
    rows : pyarrow.Table
    counts : ndarray of intp
        Rows of their class that are nearer than the radius, as far as rows were read.
    radii : ndarray of float64
        The (squared) distance of the `rank`-th nearest enemy.
    """

    rows: pa.Table
    counts: Ids
    radii: NDArray[np.float64]

    def only(self, is_left: NDArray[np.bool_]) -> _Candidates:
        """Return some of the candidates."""
        left = np.flatnonzero(is_left)
        return _Candidates(self.rows.take(left), self.counts[left], self.radii[left])

    def and_others(self, others: _Candidates) -> _Candidates:
        """Return these candidates and others."""
        return _Candidates(
            concat_tables([self.rows, others.rows]).combine_chunks(),
            np.concatenate([self.counts, others.counts]),
            np.concatenate([self.radii, others.radii]),
        )


def _joined(parts: Sequence[_Candidates], most_rows: int) -> list[_Candidates]:
    """Join neighbouring parts as long as they have no more rows together, and leave out empty ones."""
    joined: list[_Candidates] = []
    for part in parts:
        if joined and joined[-1].rows.num_rows + part.rows.num_rows <= most_rows:
            joined[-1] = joined[-1].and_others(part)
        elif part.rows.num_rows:
            joined.append(part)
    return joined


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
    block_rows : int
        Rows to process at once: of the source, and of the candidates.
    most_bytes : int
        Size of all candidates.
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
        kept: list[_Candidates] = []
        for block in blocks_of_classes(batches, self.target, self.labels, self.block_rows):
            left = [self._not_yet_safe(candidates, block) for candidates in kept]
            kept = _joined([*left, self._new_candidates(block)], self.block_rows)
            n_bytes = sum(candidates.rows.nbytes for candidates in kept)
            if n_bytes > self.most_bytes:
                n_kept = sum(candidates.rows.num_rows for candidates in kept)
                raise DoesNotFitError(
                    f"{self.reader.method_name} has to keep {n_kept:,} candidates for removal in memory, and the "
                    f"{format_bytes(self.most_bytes)} for them are used up. Pass twice the memory, or sample the rows "
                    "with RandomUnderSampler first."
                )
        for candidates in kept:
            yield from candidates.rows.combine_chunks().to_batches()

    def _not_yet_safe(self, candidates: _Candidates, block: pa.Table) -> _Candidates:
        """Return the candidates with too few near rows, among those read so far and a block."""
        _, earlier, values = self.reader.read([candidates.rows, block])
        nearer = self._index(values).count_within(earlier, candidates.radii, self.wanted)
        counts = candidates.counts + nearer
        return candidates._replace(counts=counts).only(counts < self.wanted)

    def _new_candidates(self, block: pa.Table) -> _Candidates:
        """Return the rows of a block with too few near rows in it."""
        points, values = self.reader.read([block])
        radii, has_enemy = self.reach(points, values)
        rows = np.arange(len(values))
        counts = self._index(values).count_within(values, radii, self.wanted, rows)
        is_new = counts < self.wanted
        if self.needs_enemy:
            is_new &= has_enemy
        return _Candidates(block, counts, radii).only(is_new)

    def _index(self, values: Matrix) -> Index:
        return Index(values, self.reader.n_categorical, None, self.measure)

    def radii_of(self, candidates: pa.Table) -> NDArray[np.float64]:
        """Return the (squared) distance of each candidate's `rank`-th nearest enemy."""
        starts = range(0, candidates.num_rows, self.block_rows)
        parts = (candidates.slice(start, self.block_rows) for start in starts)
        found = [self.reach(*self.reader.read([part]))[0] for part in parts]
        return np.concatenate([np.zeros(0), *found])

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
        Rows to process at once: of the source, and of the candidates.
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
            undecided = np.flatnonzero(counts < self.wanted)
            for start in range(0, len(undecided), self.block_rows):
                some = undecided[start : start + self.block_rows]
                counts[some] += self._nearer(block, some)
        found = np.flatnonzero(counts)
        columns = {"candidate": found, "nearer": counts[found]}
        yield pa.RecordBatch.from_pydict(columns, schema=self.found)

    def _nearer(self, block: pa.Table, some: Ids) -> Ids:
        """Return how many rows of a block are nearer to some of the candidates than their radii."""
        candidates = self.candidates.take(some)
        _, points, values = self.reader.read([candidates, block])
        index = Index(values, self.reader.n_categorical, None, self.measure)
        own = positions_in(candidates[self.key], one_array(block[self.key]))
        return index.count_within(points, self.radii[some], self.wanted, own)
