"""Tables: the one door between the user's object and columns of numbers.

What comes in as an array, a sparse matrix, a list of rows, or a pandas, polars or pyarrow frame
(see `poise.core.frames`) goes out as the same kind, with the same names, order and dtypes. Rows
that stay are taken from the user's own object; only made rows are built.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from numbers import Real
from typing import Any, Protocol, TypeAlias, cast

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core import checks, frames
from poise.core.columns import Array
from poise.core.errors import InputError, UnsupportedTypeError, listed
from poise.core.plan import Plan

Matrix: TypeAlias = Any  # ndarray of shape (n, d), float64 or float32, or csr_array of float64


class Table(Protocol):
    """What the rest of Poise knows of the user's table.

    `names` is None where the container has no column names. `numbers` holds the values as
    floats, for searching; reading it refuses what is no finite number.
    """

    @property
    def n_rows(self) -> int: ...
    @property
    def n_columns(self) -> int: ...
    @property
    def names(self) -> list[Any] | None: ...
    @property
    def numbers(self) -> Matrix: ...

    def known_numbers(self) -> tuple[list[Any], Matrix]:
        """Return the columns that are numbers, by name or position, NaN where a value is missing."""
        ...

    def made_numbers(self, plan: Plan) -> Matrix:
        """Return what a plan makes as float64, after the cast to the columns' dtypes."""
        ...

    def output(self, plan: Plan) -> Any:
        """Return the user's kind of table for a plan."""
        ...


def read_table(X: Any, asker: str) -> Table:
    """Wrap the user's table, whatever its kind.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    asker : str
        Name of the method that reads it, for messages.

    Raises
    ------
    InputError
        For a table without rows or columns, with repeated column names, or not two-dimensional.
    UnsupportedTypeError
        For lazy frames, single columns, and objects that are no table.
    """
    table = _wrapped(X, asker)
    if table.n_rows == 0 or table.n_columns == 0:
        raise InputError(
            f"X is empty: found array with {table.n_rows} sample(s) and {table.n_columns} "
            "feature(s) while a minimum of 1 is required. Check the file or the filter that it "
            "came from."
        )
    return table


def _wrapped(X: Any, asker: str) -> Table:
    if isinstance(X, np.ma.MaskedArray):
        raise UnsupportedTypeError("X is a masked array. Pass X.filled(numpy.nan) instead.")
    if sp.issparse(X):
        return SparseTable(X, asker)
    if isinstance(X, np.ndarray):
        return _array_table(X, asker)
    if isinstance(X, list | tuple):
        cells = _cells_of(X) if X else np.empty((0, 0), dtype=object)
        _refuse_other_shapes(cells)
        return ItemTable(cells, X, asker)
    frame = frames.read_frame(X)
    if frame is not None:
        return frames.FrameTable(frame, asker)
    if type(X).__name__ == "RecordBatch":
        raise UnsupportedTypeError("X is a RecordBatch. Pass pyarrow.Table.from_batches([X]).")
    if hasattr(X, "__array__"):
        return _array_table(np.asarray(X), asker)
    raise UnsupportedTypeError(
        f"X is a {type(X).__name__}, which is no table. Pass a numpy array, a scipy sparse "
        "matrix, a list of rows, or a pandas, polars or pyarrow frame."
    )


def _array_table(X: Array, asker: str) -> Table:
    if isinstance(X, np.matrix):
        raise UnsupportedTypeError("np.matrix is not supported. Pass numpy.asarray(X) instead.")
    if X.dtype.names is not None:
        raise UnsupportedTypeError(
            "X is a structured array. Pass a frame, for example pandas.DataFrame(X)."
        )
    _refuse_other_shapes(X)
    if X.dtype.kind == "c":
        raise InputError("Complex data not supported: X holds complex numbers.")
    return ItemTable(X, X, asker) if X.dtype == object else ArrayTable(X, asker)


_WAYS_OUT = {
    0: "Pass a table with a row for each label.",
    1: "Reshape your data: X.reshape(-1, 1) makes it a single column, X.reshape(1, -1) a single row.",
}


def _refuse_other_shapes(X: Any) -> None:
    if X.ndim != 2:
        other = "Reshape your data: X.reshape(len(X), -1) makes it one row each."
        raise InputError(
            f"Expected 2D array, got {X.ndim}D array instead as X. {_WAYS_OUT.get(X.ndim, other)}"
        )


@dataclass(frozen=True, eq=False)
class ArrayTable:
    """A two-dimensional numpy array of numbers, or of a dtype that only random methods take."""

    array: Array
    asker: str
    names: None = None

    @property
    def n_rows(self) -> int:
        return self.array.shape[0]

    @property
    def n_columns(self) -> int:
        return self.array.shape[1]

    @cached_property
    def _block(self) -> Array:
        if self.array.dtype.kind not in "fbiu":
            checks.refuse_no_number(self.asker, "X", f"values of type {self.array.dtype}")
        return self.array

    @cached_property
    def numbers(self) -> NDArray[np.floating]:
        # Single precision stays as it is: a search widens the rows that it needs.
        is_float = self._block.dtype in (np.float32, np.float64) and self._block.dtype.isnative
        values = self._block if is_float else self._block.astype(np.float64)
        checks.refuse_not_finite(self.asker, values, _numbered(range(self.n_columns)))
        return values

    def known_numbers(self) -> tuple[list[Any], NDArray[np.float64]]:
        is_number = self.array.dtype.kind in "fbiu"
        values = self.array if is_number else np.empty((self.n_rows, 0))
        return list(range(values.shape[1])), values.astype(np.float64)

    def made_numbers(self, plan: Plan) -> NDArray[np.floating]:
        return plan.evaluate([self._block])[0].astype(self.numbers.dtype, copy=False)

    def output(self, plan: Plan) -> Array:
        if plan.only_originals:
            return self.array[plan.source]
        out = np.empty((len(plan), self.n_columns), dtype=self.array.dtype)
        if plan.appends_all:
            out[: self.n_rows] = self.array
            plan.evaluate([self._block], out=[out[self.n_rows :]])
            return out
        taken, made, order = plan.split()
        # mode="clip" lets take write straight into the output; the rows are all within bounds.
        np.take(self.array, taken, axis=0, out=out[: len(taken)], mode="clip")
        out[len(taken) :] = plan.evaluate([self._block])[0][made]
        return out if order is None else out[order]


def _numbered(columns: Any) -> list[str]:
    return [f"column {j}" for j in columns]


@dataclass(frozen=True, eq=False)
class ItemTable:
    """Cells that are Python objects: an object array, or a list of rows. Each column is typed.

    Attributes
    ----------
    cells : ndarray of shape (n, d), object
    rows : list, tuple or ndarray
        The user's own object; the same kind comes back.
    """

    cells: Array
    rows: Any
    asker: str
    names: None = None

    @property
    def n_rows(self) -> int:
        return self.cells.shape[0]

    @property
    def n_columns(self) -> int:
        return self.cells.shape[1]

    @cached_property
    def _columns(self) -> list[Array]:
        columns = [_typed(self.cells[:, j]) for j in range(self.n_columns)]
        for j, column in enumerate(columns):
            if column is None:
                example = next(v for v in self.cells[:, j].tolist() if not _is_number(v))
                checks.refuse_no_number(self.asker, f"column {j}", f"{example!r}")
        return cast("list[Array]", columns)

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        values = np.column_stack(self._columns).astype(np.float64)
        checks.refuse_not_finite(self.asker, values, _numbered(range(self.n_columns)))
        return values

    def known_numbers(self) -> tuple[list[Any], NDArray[np.float64]]:
        columns = {j: _typed(self.cells[:, j]) for j in range(self.n_columns)}
        known = {j: column.astype(float) for j, column in columns.items() if column is not None}
        return list(known), np.column_stack([*known.values(), np.empty((self.n_rows, 0))])

    def made_numbers(self, plan: Plan) -> NDArray[np.float64]:
        return np.column_stack(plan.evaluate_columns(self._columns)).astype(np.float64)

    def output(self, plan: Plan) -> Any:
        if plan.only_originals:
            return take(self.rows, plan)
        taken, made, order = plan.split()
        columns = [column[made].tolist() for column in plan.evaluate_columns(self._columns)]
        if isinstance(self.rows, np.ndarray):
            out = np.empty((len(plan), self.n_columns), dtype=object)
            out[: len(taken)] = self.cells[taken]
            for j, column in enumerate(columns):
                out[len(taken) :, j] = column
            return out if order is None else out[order]
        new: Any = map(list, zip(*columns, strict=True))
        new = map(tuple, new) if isinstance(self.rows[0], tuple) else new
        rows = [*(self.rows[i] for i in taken.tolist()), *new]
        return type(self.rows)(rows if order is None else [rows[i] for i in order.tolist()])


def _is_number(value: object) -> bool:
    return value is None or isinstance(value, Real | Decimal | np.bool_)


def _typed(cells: Array) -> Array | None:
    """Return a column of Python numbers in their own dtype, None where a cell is no number."""
    values = cells.tolist()
    if not all(map(_is_number, values)):
        return None
    column = np.array(values)
    return column if column.dtype.kind in "fbiu" else np.array(values, dtype=np.float64)


def _cells_of(rows: Any) -> Array:
    """Return a list of rows as an object array of shape (n, d)."""
    try:
        cells = np.array(rows, dtype=object)
    except ValueError:
        cells = np.empty(0, dtype=object)
    if cells.ndim < 2 and len({np.size(row) for row in rows}) > 1:
        lengths = listed(sorted({np.size(row) for row in rows}))
        raise InputError(
            f"X is a list whose rows have different lengths ({lengths}); every row needs a value "
            "for every column."
        )
    return cells


@dataclass(frozen=True, eq=False)
class SparseTable:
    """A scipy sparse matrix or array of any format; the same class and format come back."""

    matrix: Any
    asker: str
    names: None = None

    def __post_init__(self) -> None:
        _refuse_other_shapes(self.matrix)

    @property
    def n_rows(self) -> int:
        return int(self.matrix.shape[0])

    @property
    def n_columns(self) -> int:
        return int(self.matrix.shape[1])

    @cached_property
    def _block(self) -> sp.csr_array:
        rows = sp.csr_array(self.matrix)
        if not rows.has_canonical_format:
            # The user's own matrix may share these arrays, and must not be sorted in place.
            rows = rows.copy()
            rows.sum_duplicates()
        return rows

    @cached_property
    def numbers(self) -> sp.csr_array:
        values = self._block.astype(np.float64)
        bad = np.unique(values.indices[~np.isfinite(values.data)])
        if len(bad):
            checks.refuse_not_finite(self.asker, values[:, bad].toarray(), _numbered(bad))
        return values

    def known_numbers(self) -> tuple[list[Any], sp.csr_array]:
        return list(range(self.n_columns)), self._block.astype(np.float64)

    def made_numbers(self, plan: Plan) -> sp.csr_array:
        return plan.evaluate([self._block])[0].astype(np.float64)

    def output(self, plan: Plan) -> Any:
        if plan.only_originals:
            return take(self.matrix, plan)
        taken, made, order = plan.split()
        new = plan.evaluate([self._block])[0]
        out = sp.vstack([self._block[taken], new[made]], format="csr")
        return _in_the_format_of(self.matrix, out if order is None else out[order])


def _in_the_format_of(matrix: Any, rows: Any) -> Any:
    return type(matrix)(rows.asformat(matrix.format).astype(matrix.dtype, copy=False))


def read_target(y: Any) -> Array:
    """Return a target's values as an array of shape (n,) or (n, c); missing are None or NaN.

    Raises
    ------
    InputError
        For None, and for lists of different lengths.
    UnsupportedTypeError
        For an object that holds no column.
    """
    if y is None:
        raise InputError("Balancing requires y to be passed, but the target y is None.")
    if isinstance(y, np.ma.MaskedArray):
        raise UnsupportedTypeError("y is a masked array, whose mask would be lost. Unmask it.")
    if sp.issparse(y):
        return cast("Array", y.toarray())
    if isinstance(y, np.ndarray):
        if y.ndim == 0 or y.dtype.names is not None or isinstance(y, np.matrix):
            raise UnsupportedTypeError(
                f"y is a {type(y).__name__} of shape {y.shape} and type {y.dtype}; it must be an "
                "array with one label a row."
            )
        return y
    if isinstance(y, list | tuple):
        return _array_of_items(list(y))
    values = frames.read_column(y)
    if values is not None:
        return values
    if hasattr(y, "__array__"):
        return np.asarray(y)
    raise UnsupportedTypeError(
        f"y is a {type(y).__name__}. Pass one label a row: an array, a list, or a column of a "
        "pandas, polars or pyarrow frame."
    )


def _array_of_items(items: list[Any]) -> Array:
    try:
        array = np.array(items)
    except ValueError:
        raise InputError("y is a list whose items have different lengths.") from None
    # numpy would turn the mixture [1, "a"] into strings, and hide it.
    is_text = array.dtype.kind in "US" and array.ndim == 1
    return np.array(items, dtype=object) if is_text else array


def take(values: Any, plan: Plan) -> Any:
    """Return, of the user's own kind, the entry of each output row's seed.

    Parameters
    ----------
    values : array-like, sparse matrix, column or frame with one entry an input row
    plan : Plan
    """
    if isinstance(values, np.ndarray):
        return values[plan.source]
    if isinstance(values, list | tuple):
        return type(values)(values[i] for i in plan.source.tolist())
    if sp.issparse(values):
        return _in_the_format_of(values, sp.csr_array(values)[plan.source])
    if type(values).__module__.startswith("pandas") and not hasattr(values, "iloc"):
        return values.take(plan.source)  # an Index or an extension array
    taken = frames.take_from_frame(values, plan)
    return np.asarray(values)[plan.source] if taken is None else taken


def length(values: Any) -> int:
    """Return the number of entries of a container, by its shape where it has one."""
    try:
        return int(values.shape[0]) if hasattr(values, "shape") else len(values)
    except (TypeError, IndexError):
        raise UnsupportedTypeError(
            f"{values!r} is no array with an entry for each row of X."
        ) from None


def refuse_other_length(name: str, n_entries: int, n_rows: int) -> None:
    """Raise unless an array has an entry for each row of X."""
    if n_entries != n_rows:
        raise InputError(
            f"Found input variables with inconsistent numbers of samples: X has {n_rows} rows and "
            f"{name} has {n_entries}. They must describe the same rows."
        )


def carry(values: Any, plan: Plan, name: str) -> Any:
    """Return an array that goes along with the rows, for the output of a plan.

    Weights (`sample_weight`) are blended as the rows are; anything else is the seed's.
    """
    if name == "sample_weight":
        try:
            return plan.apply(np.asarray(values, dtype=np.float64))
        except (TypeError, ValueError):
            raise InputError("sample_weight must hold one number a row.") from None
    return take(values, plan)
