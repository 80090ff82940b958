"""Scans for the extreme rows of every column and for exact sums; reading rows beside others.

`Reader` reads rows together with given points, so that all share one numbering of categories and one
origin of times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.big.scans.arrow import blocks_of_rows, comparable, concat_tables
from poise.big.scans.scan import Batches, Kernel
from poise.core.neighbors.moments import Moments, moments_of
from poise.core.sampling.space import read_space
from poise.core.tables.blocks import Matrix
from poise.core.tables.declared import Declared
from poise.core.tables.read import read_table

_SUMS = ("count", "sum", "squares")


@dataclass(frozen=True, eq=False)
class ExtremeRows:
    """Selects rows with the extreme values of every column, a missing value, and two categories.

    A part of a table that contains these rows has the same constant columns, the same first time and
    the same columns with missing values as the full table. What was selected from parts of a table may be
    selected from again: that gives the extreme rows of all rows.

    Attributes
    ----------
    features : tuple of str
    at_least : int
        Number of rows to select, or all rows of a smaller table: the first rows are added.
    """

    features: tuple[str, ...]
    at_least: int = 1

    def with_batch(self, kept: pa.Table | None, batch: pa.RecordBatch) -> pa.Table | None:
        """Return the extreme rows of those kept so far and a batch."""
        if not batch.num_rows:
            return kept
        table = pa.Table.from_batches([batch])
        return self.select(table if kept is None else concat_tables([kept, table]))

    def select(self, table: pa.Table) -> pa.Table:
        """Return the rows of a table that hold its extreme values."""
        rows: set[int] = set()
        for name in self.features:
            rows |= positions_of_extremes(table[name])
        others = (row for row in range(table.num_rows) if row not in rows)
        rows |= set(islice(others, max(self.at_least - len(rows), 0)))
        return table.take(sorted(rows))


@dataclass(frozen=True, eq=False)
class LoadRows:
    """Yields the rows of some classes and, in the same pass, the extreme rows of the table.

    Attributes
    ----------
    wanted : Kernel
        Yields the rows of these classes.
    in_range : ExtremeRows
    """

    wanted: Kernel
    in_range: ExtremeRows

    def __call__(self, batches: Batches) -> Batches:
        kept: pa.Table | None = None
        for batch in batches:
            yield from self.wanted(iter([batch]))
            kept = self.in_range.with_batch(kept, batch)
        if kept is not None:
            yield from kept.combine_chunks().to_batches()


def positions_of_extremes(column: pa.ChunkedArray) -> set[int]:
    """Return positions of a column's lowest value, highest value, NaN, and missing value."""
    column = comparable(column)
    if pa.types.is_duration(column.type):
        column = column.cast(pa.int64())  # Arrow has no minimum of durations
    rows = set()
    if column.null_count:
        rows.add(pc.index(pc.is_null(column), True).as_py())
    if pa.types.is_floating(column.type):
        is_nan = pc.is_nan(column).fill_null(fill_value=False)
        if pc.any(is_nan).as_py():
            rows.add(pc.index(is_nan, True).as_py())
    if column.null_count < len(column):
        ends = _min_and_max(column)
        rows |= {pc.index(column, end).as_py() for end in ends if end.is_valid}
    return {row for row in rows if row >= 0}


def _min_and_max(column: pa.ChunkedArray) -> list[pa.Scalar]:
    try:
        found = pc.min_max(column)
        return [found["min"], found["max"]]
    except pa.ArrowNotImplementedError:
        return []  # the type is rejected when the column is read


@dataclass(frozen=True, eq=False)
class SumMoments:
    """Yields the exact moments of the numeric columns: one row per column.

    Attributes
    ----------
    reader : Reader
    block_rows : int
        Rows to process at once.
    """

    reader: Reader
    block_rows: int

    found: ClassVar[pa.Schema] = pa.schema(
        [("column", pa.int64()), *((name, pa.string()) for name in _SUMS)]
    )

    def __call__(self, batches: Batches) -> Batches:
        total = None
        for block in blocks_of_rows(batches, self.block_rows):
            part = self.reader.moments(block)
            total = part if total is None else total + part
        if total is not None:
            sums = (total.counts, total.sums, total.squares)
            texts = dict(zip(_SUMS, (list(map(str, part)) for part in sums), strict=True))
            columns = {"column": range(len(total.counts)), **texts}
            yield pa.RecordBatch.from_pydict(columns, schema=self.found)


def total_moments(found: Mapping[str, Sequence[Any]]) -> Moments:
    """Return the moments of all rows from those that several calls of `SumMoments` yielded."""
    n_columns = max(found["column"], default=-1) + 1
    sums = [[0] * n_columns for _ in _SUMS]
    for total, name in zip(sums, _SUMS, strict=True):
        for column, text in zip(found["column"], found[name], strict=True):
            total[column] += int(text)
    return Moments(*(tuple(total) for total in sums))


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads rows as numbers to be searched, together with the points whose neighbours are searched.

    Attributes
    ----------
    points : pyarrow.Table
        Features only.
    declared : Declared
    method_name : str
        Name of the sampler, for error messages.
    scale : ndarray of shape (n_numbers,), float64, or None
        Divisor of each numeric column.
    """

    points: pa.Table
    declared: Declared
    method_name: str
    scale: NDArray[np.float64] | None = None

    @cached_property
    def n_categorical(self) -> int:
        """Number of columns that hold codes of categories; they are the last ones."""
        # From all points, because a column without any value is read as categories.
        blocks = read_table(self.points, self.declared).blocks
        return sum(len(block.positions) for block in blocks if block.kind == "categorical")

    def read(self, tables: Sequence[pa.Table]) -> list[Matrix]:
        """Return the points and then the tables, with one numbering of categories and origin of times."""
        features = self.points.column_names
        parts = [self.points, *(table.select(features) for table in tables)]
        table = read_table(concat_tables(parts), self.declared)
        units = "raw" if self.scale is None else "standard"
        space = read_space(table, self.method_name, units, self.scale)
        values = space.moved(space.raw, self.method_name)
        return np.split(values, np.cumsum([part.num_rows for part in parts])[:-1])

    def moments(self, table: pa.Table) -> Moments:
        """Return the moments of the numeric columns of a table."""
        values = self.read([table])[1]
        return moments_of(values[:, : values.shape[1] - self.n_categorical])
