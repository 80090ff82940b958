"""Tables without column names: numpy arrays, lists of rows, sparse matrices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.exceptions import DataConversionWarning

from poise.core.errors import InputError, warn
from poise.core.plan.making import assembly_of, made_cells
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.plan.values import Array, Cells, rows_at
from poise.core.tables.blocks import Block, blocks_of, is_plain_block
from poise.core.tables.columns import (
    column_label,
    column_of_array,
    time_column,
    times_in,
)
from poise.core.tables.declared import AS_READ, Declared
from poise.core.tables.items import (
    are_decimals,
    as_items,
    column_of_items,
    fits_floats,
    floats_of_items,
    typed_items,
)
from poise.core.tables.kinds import Kind, kind_of_dtype
from poise.core.tables.made import MadeColumn, made_columns


@dataclass(frozen=True, eq=False)
class ArrayTable:
    """A two-dimensional numpy array.

    Attributes
    ----------
    array : ndarray of shape (n, d)
    declared : Declared
    time_column : int or None
        Position of the column with the time of each row, if there is one.
    """

    array: Array
    declared: Declared = AS_READ
    time_column: int | None = None
    names: None = None

    @property
    def n_rows(self) -> int:
        return self.array.shape[0]

    @property
    def n_columns(self) -> int:
        return self.array.shape[1]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        kinds = self.declared.by_position(None, self.n_columns)
        own = kind_of_dtype(self.array.dtype)
        if not kinds and self.time_column is None and own in ("continuous", "integer", "bool"):
            return (Block(own, np.arange(self.n_columns), Cells(self.array)),)
        columns = [
            column_of_array(column_label(j, None), self.array[:, j], kinds.get(j))
            for j in range(self.n_columns)
        ]
        return blocks_of(time_column(columns, self.time_column, self.times))

    @cached_property
    def times(self) -> Array | None:
        if self.time_column is None:
            return None
        return times_in(column_of_array("time", self.array[:, self.time_column]))

    def known_numbers(self) -> tuple[list[Any], NDArray[np.float64]]:
        is_number = self.array.dtype.kind in "fbiu"
        values = self.array if is_number else np.empty((self.n_rows, 0))
        return list(range(values.shape[1])), values.astype(np.float64)

    def output(self, plan: Plan) -> Array:
        if plan.only_originals:
            return np.asarray(rows_at(self.array, plan.source))
        out = np.empty((len(plan), self.n_columns), dtype=self.array.dtype)
        if plan.appends_all:
            out[: self.n_rows] = self.array
            self._put_made(plan, out[self.n_rows :])
            return out
        taken, made, order = assembly_of(plan)
        # With mode="clip" numpy writes directly into the output; all rows are within bounds.
        np.take(self.array, taken, axis=0, out=out[: len(taken)], mode="clip")
        every = np.empty((plan.n_made, self.n_columns), dtype=self.array.dtype)
        self._put_made(plan, every)
        out[len(taken) :] = rows_at(every, made)
        return out if order is None else np.asarray(rows_at(out, order))

    def _put_made(self, plan: Plan, out: Array) -> None:
        if is_plain_block(self.blocks):
            made_cells(plan, [self.blocks[0].cells], out=[out])
            return
        for position, made in made_columns(self.blocks, plan).items():
            if made.donors is not None:
                out[:, position] = self.array[made.donors, position]
            elif made.missing is None:
                out[:, position] = as_times(made.values, self.array.dtype)
            else:
                own = self.array[plan.made_source, position]
                out[:, position] = np.where(
                    made.missing, own, as_times(made.values, self.array.dtype)
                )


def as_times(values: Any, dtype: np.dtype[Any]) -> Array:
    """Convert ticks to the times of a dtype; return other values unchanged."""
    return values.astype(np.int64).astype(dtype) if dtype.kind in "mM" else values


@dataclass(frozen=True, eq=False)
class ItemTable:
    """Cells that are Python objects, in an object array or a list of rows; each column has a type.

    An object array of numbers comes back as float64.

    Attributes
    ----------
    cells : ndarray of shape (n, d), object
    rows : list, tuple or ndarray
        The user's object; the output has the same type.
    declared : Declared
    time_column : int or None
    """

    cells: Array
    rows: Any
    declared: Declared = AS_READ
    time_column: int | None = None
    names: None = None

    @property
    def n_rows(self) -> int:
        return self.cells.shape[0]

    @property
    def n_columns(self) -> int:
        return self.cells.shape[1]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        kinds = self.declared.by_position(None, self.n_columns)
        columns = [
            column_of_items(column_label(j, None), self.cells[:, j], kinds.get(j))
            for j in range(self.n_columns)
        ]
        return blocks_of(time_column(columns, self.time_column, self.times))

    @cached_property
    def times(self) -> Array | None:
        if self.time_column is None:
            return None
        return times_in(column_of_items("time", self.cells[:, self.time_column], None))

    @property
    def decimals(self) -> frozenset[int]:
        """Positions of the columns of Python's decimals."""
        return frozenset(j for j in range(self.n_columns) if are_decimals(self.cells[:, j]))

    def known_numbers(self) -> tuple[list[Any], NDArray[np.float64]]:
        known = {}
        for j in range(self.n_columns):
            values, missing = typed_items(self.cells[:, j])
            if values.dtype.kind in "fbiu":
                known[j] = np.where(missing, np.nan, values.astype(np.float64))
        return list(known), np.column_stack([*known.values(), np.empty((self.n_rows, 0))])

    def output(self, plan: Plan) -> Any:
        taken, made, order = assembly_of(plan)
        columns = made_columns(self.blocks, plan) if len(made) else {}
        every = [self._items(columns[j], plan, j) for j in sorted(columns)]
        if isinstance(self.rows, np.ndarray):
            out = np.empty((len(plan), self.n_columns), dtype=object)
            out[: len(taken)] = self.cells[taken]
            for j, items in enumerate(every):
                out[len(taken) :, j] = items[made]
            out = out if order is None else out[order]
            return floats_of_items(out) if self._fits_floats else out
        new: Any = map(list, zip(*[items[made].tolist() for items in every], strict=True))
        new = map(tuple, new) if isinstance(self.rows[0], tuple) else new
        rows = [*(self.rows[i] for i in taken.tolist()), *new]
        ordered = rows if order is None else [rows[i] for i in order.tolist()]
        return tuple(ordered) if isinstance(self.rows, tuple) else ordered

    @cached_property
    def _fits_floats(self) -> bool:
        return all(fits_floats(self.cells[:, j]) for j in range(self.n_columns))

    def _items(self, made: MadeColumn, plan: Plan, position: int) -> Array:
        """Return made values as Python objects; a missing value is the same object as in the seed row."""
        if made.donors is not None:
            return np.asarray(self.cells[made.donors, position])
        items = np.empty(plan.n_made, dtype=object)
        old = self.cells[:, position]
        items[:] = as_items(made.values, old)
        if made.missing is not None:
            items[made.missing] = old[plan.made_source][made.missing]
        return items


@dataclass(frozen=True, eq=False)
class SparseTable:
    """A scipy sparse matrix or array of any format.

    The output has the same class; its format is CSC if that of the input is, and otherwise CSR, from
    which rows can be taken.
    """

    matrix: Any
    declared: Declared = AS_READ
    time_column: int | None = None
    names: None = None

    @property
    def n_rows(self) -> int:
        return int(self.matrix.shape[0])

    @property
    def n_columns(self) -> int:
        return int(self.matrix.shape[1])

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        if self.time_column is not None:
            raise InputError(
                "A sparse matrix cannot hold a column of times. Pass time= as an array, or a frame as X."
            )
        if self._dense is not None:
            return self._dense.blocks
        rows = sp.csr_array(self.matrix)
        if not rows.has_canonical_format:
            # Copy first: the user's matrix may share these arrays and must not be sorted in place.
            rows = rows.copy()
            rows.sum_duplicates()
        kind: Kind = "continuous" if rows.dtype.kind == "f" else "integer"
        return (Block(kind, np.arange(self.n_columns), Cells(rows)),)

    @cached_property
    def _dense(self) -> ArrayTable | None:
        """The table as an array, if columns are declared as categories, flags or whole numbers."""
        kinds = self.declared.by_position(None, self.n_columns)
        if all(kind == "continuous" for kind in kinds.values()):
            return None
        warn(
            "X is sparse and has columns that are declared categorical, integer or bool, so it is converted to a dense "
            "array while it is resampled. Pass an array if it is small.",
            DataConversionWarning,
        )
        return ArrayTable(self.matrix.toarray(), self.declared)

    @property
    def times(self) -> Array | None:
        return None

    def known_numbers(self) -> tuple[list[Any], sp.csr_array]:
        return list(range(self.n_columns)), sp.csr_array(self.matrix).astype(np.float64)

    def output(self, plan: Plan) -> Any:
        if plan.only_originals:
            return take_sparse(self.matrix, plan.source)
        if self._dense is not None:
            return _in_the_format_of(self.matrix, sp.csr_array(self._dense.output(plan)))
        taken, made, order = assembly_of(plan)
        block = self.blocks[0].cells
        new = made_cells(plan, [block])[0].values
        out = sp.vstack([block.values[taken], new[made]], format="csr")
        return _in_the_format_of(self.matrix, out if order is None else out[order])


def take_sparse(matrix: Any, rows: Ids) -> Any:
    """Return some rows of a sparse matrix: in CSC if it is CSC, otherwise in CSR."""
    return _in_the_format_of(matrix, sp.csr_array(matrix)[rows])


def _in_the_format_of(matrix: Any, rows: Any) -> Any:
    is_array, is_csc = isinstance(matrix, sp.sparray), matrix.format == "csc"
    by_rows = sp.csr_array if is_array else sp.csr_matrix
    kind = type(matrix) if matrix.format in ("csr", "csc") else by_rows
    return kind(rows.asformat("csc" if is_csc else "csr").astype(matrix.dtype, copy=False))


def n_columns_of(values: Any) -> int:
    """Return the number of columns of a table or an array; 0 for a column or anything else."""
    if isinstance(values, list | tuple):
        first = values[0] if values else None
        return len(first) if isinstance(first, list | tuple | np.ndarray) else 0
    shape = getattr(values, "shape", ())
    return int(shape[1]) if isinstance(shape, tuple) and len(shape) == 2 else 0
