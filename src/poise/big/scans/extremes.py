"""What all rows look like: rows that show the range of every column, and exact sums.

`Reader` reads blocks in the terms of rows that are at hand, so that numbers, codes of categories and
times are those of one table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.big.scans.scan import (
    Batches,
    blocks_of_rows,
    int64,
    plain,
    stacked,
)
from poise.core import checks
from poise.core.blocks import Matrix, searched
from poise.core.kinds import Declared
from poise.core.moments import Moments, moments_of
from poise.core.problem import UnitDeviations, labels_as_searched
from poise.core.tables import read_table


@dataclass(frozen=True, eq=False)
class Anchors:
    """Yields rows that show the range of every column, its gaps, and two of its categories.

    A part of a table that holds these rows has the same columns with weight, the same first time
    and the same gaps as the whole. What it yields of what it yielded is what it would yield of all.

    Attributes
    ----------
    features : tuple of str
    """

    features: tuple[str, ...]

    def __call__(self, batches: Batches) -> Batches:
        kept: pa.Table | None = None
        for batch in batches:
            table = pa.Table.from_batches([batch])
            if table.num_rows:
                kept = self.of(table if kept is None else stacked([kept, table]))
        if kept is not None:
            yield from kept.combine_chunks().to_batches()

    def of(self, table: pa.Table) -> pa.Table:
        """Return the rows of a table that show its ranges."""
        rows: set[int] = set()
        for name in self.features:
            rows |= ends_of(table[name])
        return table.take(sorted(rows)) if rows else table.slice(0, 1)


def ends_of(column: pa.ChunkedArray) -> set[int]:
    """Return where a column has its lowest value, its highest, one that is no number, and none."""
    column = plain(column)
    if pa.types.is_duration(column.type):
        column = column.cast(pa.int64())  # of which Arrow finds the ends
    rows = set()
    if column.null_count:
        rows.add(pc.index(pc.is_null(column), True).as_py())
    if pa.types.is_floating(column.type):
        is_nan = pc.is_nan(column).fill_null(fill_value=False)
        if pc.any(is_nan).as_py():
            rows.add(pc.index(is_nan, True).as_py())
    if column.null_count < len(column):
        ends = _ends(column)
        rows |= {pc.index(column, end).as_py() for end in ends if end.is_valid}
    return {row for row in rows if row >= 0}


def _ends(column: pa.ChunkedArray) -> list[pa.Scalar]:
    try:
        found = pc.min_max(column)
        return [found["min"], found["max"]]
    except pa.ArrowNotImplementedError:
        return []  # a kind that has no order is refused when it is read


@dataclass(frozen=True, eq=False)
class SumMoments:
    """Yields the exact moments of the numeric columns, a row a column.

    Attributes
    ----------
    reader : Reader
    """

    reader: Reader
    block_rows: int

    found = pa.schema(
        [("column", pa.int64()), *((n, pa.string()) for n in ("count", "sum", "squares"))]
    )

    def __call__(self, batches: Batches) -> Batches:
        total = None
        for block in blocks_of_rows(batches, self.block_rows):
            part = self.reader.moments(block)
            total = part if total is None else total + part
        if total is not None:
            texts = [
                pa.array(list(map(str, part))) for part in (total.counts, total.sums, total.squares)
            ]
            columns = [int64(range(len(total.counts))), *texts]
            yield pa.record_batch(columns, schema=self.found)


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads rows as they are searched, in the terms of the points that they are searched for.

    Attributes
    ----------
    points : pyarrow.Table
        Features alone.
    declared : Declared
    asker : str
        Name of the method, for messages.
    scale : ndarray of shape (n_numbers,), float64, or None
        What numbers are divided by.
    """

    points: pa.Table
    declared: Declared
    asker: str
    scale: NDArray[np.float64] | None = None

    @cached_property
    def n_categorical(self) -> int:
        """How many of the last columns are codes of categories."""
        # Of all points: a column whose values are all missing is one of categories.
        blocks = read_table(self.points, self.declared).blocks
        return sum(len(block.positions) for block in blocks if block.kind == "categorical")

    def read(self, tables: Sequence[pa.Table]) -> list[Matrix]:
        """Return the points, then some tables, in one numbering of categories and one origin of times."""
        features = self.points.column_names
        parts = [self.points, *(table.select(features) for table in tables)]
        table = read_table(stacked(parts), self.declared)
        values, n_categorical = searched(table.blocks)
        checks.refuse_infinite(self.asker, values, labels_as_searched(table))
        if self.scale is not None:
            n_numbers = values.shape[1] - n_categorical
            scaled = UnitDeviations(self.scale).transform(values[:, :n_numbers])
            values = np.column_stack([scaled, values[:, n_numbers:]]) if n_categorical else scaled
        return np.split(values, np.cumsum([part.num_rows for part in parts])[:-1])

    def moments(self, table: pa.Table) -> Moments:
        """Return the moments of a table's numbers."""
        values = self.read([table])[1]
        return moments_of(values[:, : values.shape[1] - self.n_categorical])
