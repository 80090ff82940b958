"""Blocks: the columns of one kind and dtype, for neighbour search and for making new rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.plan.recipes import Ids
from poise.core.plan.values import Array, Cells
from poise.core.tables.columns import Column
from poise.core.tables.kinds import Kind

Matrix: TypeAlias = Any  # ndarray of shape (n, d), float64 or float32, or csr_array of float64
_ROWS_AT_ONCE = 4096  # no mutant: speed alone
COPIED_FROM_DONOR: frozenset[Kind] = frozenset({"bool", "categorical"})


@dataclass(frozen=True, eq=False)
class Block:
    """Columns of one kind and dtype.

    Attributes
    ----------
    kind : Kind
    positions : ndarray of shape (d,), intp
        Positions of the columns in the table.
    cells : Cells
        Numbers in their own dtype; ticks (int64) of times; ranks of ordered categories; codes (int32,
        -1 if missing) of categories. Whole numbers held as floats and declared integer are int64.
    ticks_per_day : float
        Number of ticks per day; for times.
    is_declared : bool
        Whether the user declared the kind.
    times : ndarray of shape (n,), or None
        The time of each row as a number, in the block of the time column; None in other blocks. A new
        row has the latest time of the rows that it depends on.
    """

    kind: Kind
    positions: Ids
    cells: Cells
    ticks_per_day: float = 1.0
    is_declared: bool = False
    times: Array | None = None

    @property
    def is_copied_from_donor(self) -> bool:
        """Whether each value of a new row is copied from an input row."""
        return self.kind in COPIED_FROM_DONOR or self.times is not None

    def numbers(self, values: Any, missing: NDArray[np.bool_] | None) -> Any:
        """Return values of this block as numbers for the neighbour search; NaN if missing."""
        if self.kind == "time":
            # Unsigned 64-bit, so that nanosecond times 300 years apart do not overflow.
            since = values.view(np.uint64) - np.asarray(self._first_ticks).view(np.uint64)
            values = since / self.ticks_per_day
        if missing is None:
            return values
        return np.where(missing, np.nan, values)

    @property
    def _first_ticks(self) -> Any:
        values, missing = self.cells
        if missing is None:
            return values.min(axis=0)
        return np.where(missing, np.iinfo(values.dtype).max, values).min(axis=0)

    @property
    def codes(self) -> NDArray[np.int32]:
        """Category codes of shape (n, d); in other columns 0. A missing value is -1."""
        values, missing = self.cells
        if self.kind == "categorical":
            return np.asarray(values)
        return np.zeros(values.shape, np.int32) if missing is None else -missing.astype(np.int32)


def blocks_of(columns: Sequence[Column]) -> tuple[Block, ...]:
    """Group columns into blocks of one kind and dtype."""
    groups: dict[Any, list[int]] = {}
    for position, column in enumerate(columns):
        kind, values, missing, ticks, is_declared, times = column
        key = kind, values.dtype, missing is None, ticks, is_declared, times is None
        groups.setdefault(key, []).append(position)
    return tuple(_block_of(columns, positions) for positions in groups.values())


def _block_of(columns: Sequence[Column], positions: list[int]) -> Block:
    first = columns[positions[0]]
    values = np.column_stack([columns[p].values for p in positions])
    parts = [columns[p].missing for p in positions]
    missing = None if first.missing is None else np.column_stack(parts)  # type: ignore[arg-type]  # none is None
    cells = Cells(values, missing)
    rest = first.ticks_per_day, first.is_declared, first.times
    return Block(first.kind, np.array(positions), cells, *rest)


def is_plain_block(blocks: Sequence[Block]) -> bool:
    """Return whether a table is a single block of numbers whose only missing values are NaN."""
    only = blocks[0]
    is_computed = only.kind in ("continuous", "integer") and only.times is None
    return len(blocks) == 1 and is_computed and only.cells.missing is None


def searched(blocks: Sequence[Block]) -> tuple[Matrix, int]:
    """Return all rows for the neighbour search: numbers, then category codes; NaN if missing.

    Returns
    -------
    values : ndarray or csr_array of shape (n, d)
        The columns of numbers in table order, then the columns of category codes.
    n_categorical : int
        Number of columns of category codes.
    """
    if is_plain_block(blocks):
        return as_floats(blocks[0].cells.values), 0
    return side_by_side(blocks, [block.cells for block in blocks])


def labels_as_searched(blocks: Sequence[Block], labels: Sequence[str]) -> list[str]:
    """Return column labels in the order of `searched`: numbers, then category codes."""
    is_code = {int(p): b.kind == "categorical" for b in blocks for p in b.positions}
    order = sorted(is_code, key=lambda position: (is_code[position], position))
    return [labels[position] for position in order]


def as_floats(values: Any) -> Any:
    """Return numbers as floats for the neighbour search."""
    if sp.issparse(values):
        return values.astype(np.float64)
    # float32 is not converted here: the search widens the rows that it needs.
    is_float = values.dtype in (np.float32, np.float64) and values.dtype.isnative
    return values if is_float else values.astype(np.float64)


def side_by_side(blocks: Sequence[Block], cells: Sequence[Cells]) -> tuple[Matrix, int]:
    """Join the cells of blocks into one matrix for the neighbour search.

    Returns
    -------
    values : ndarray of shape (n, d), float64
        Numbers, then category codes; NaN if missing.
    n_categorical : int
        Number of columns of category codes.
    """
    positions = np.concatenate([block.positions for block in blocks])
    is_code = np.repeat(
        [block.kind == "categorical" for block in blocks], [len(b.positions) for b in blocks]
    )
    places = np.empty(len(positions), dtype=np.intp)
    places[np.lexsort((positions, is_code))] = np.arange(len(positions))
    n_rows, start = len(cells[0].values), 0
    out = np.empty((n_rows, len(positions)))
    for block, (values, missing) in zip(blocks, cells, strict=True):
        own = places[start : start + len(block.positions)]
        start += len(own)
        is_run = bool((np.diff(own) == 1).all())
        columns = slice(int(own[0]), int(own[0]) + len(own)) if is_run else own
        whole = values if block.kind == "categorical" else block.numbers(values, missing)
        # In blocks of rows, which stay in the cache.
        for first in range(0, n_rows, _ROWS_AT_ONCE):
            rows = slice(first, first + _ROWS_AT_ONCE)
            part = whole[rows]
            if block.kind == "categorical" and (part < 0).any():
                part = np.where(part < 0, np.nan, part)
            out[rows, columns] = part
    return out, int(is_code.sum())
