"""Tables: the one door between the user's object and columns of numbers.

What comes in as an array, a sparse matrix, a list of rows, or a pandas, polars or pyarrow frame
(see `poise.core.frames`) goes out as the same kind, with the same names, order and dtypes. Rows
that stay are taken from the user's own object; only made rows are built.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeAlias, cast

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core import checks, frames
from poise.core.columns import Array
from poise.core.errors import InputError, UnsupportedTypeError, listed
from poise.core.plan import Plan

Matrix: TypeAlias = Any  # ndarray of shape (n, d) or csr_array, float64


class Table(Protocol):
    """What the rest of Poise knows of the user's table.

    `names` is None where the container has no column names. `numbers` holds the values as
    float64, for searching; reading it refuses what is no finite number.
    """

    @property
    def n_rows(self) -> int: ...
    @property
    def n_columns(self) -> int: ...
    @property
    def names(self) -> list[Any] | None: ...
    @property
    def numbers(self) -> Matrix: ...

    def known_numbers(self) -> tuple[list[str], Matrix]:
        """Return the columns that are numbers, by name, with NaN where a value is missing."""
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
        return ArrayTable(X, asker)
    if isinstance(X, list | tuple):
        return ListTable(list(X), asker)
    frame = frames.read_frame(X)
    if frame is not None:
        return frames.FrameTable(frame, asker)
    if hasattr(X, "__array__"):
        return ArrayTable(np.asarray(X), asker)
    raise UnsupportedTypeError(
        f"X is a {type(X).__name__}, which is no table. Pass a numpy array, a scipy sparse "
        "matrix, a list of rows, or a pandas, polars or pyarrow frame."
    )


def _refuse_other_shapes(X: Any) -> None:
    if X.ndim == 1:
        way_out = "X.reshape(-1, 1) makes it a single column, X.reshape(1, -1) a single row"
    else:
        way_out = "X.reshape(len(X), -1) makes it one row each"
    if X.ndim != 2:
        raise InputError(
            f"Expected 2D array, got {X.ndim}D array instead as X. Reshape your data: {way_out}."
        )


@dataclass(frozen=True, eq=False)
class ArrayTable:
    """A two-dimensional numpy array of any dtype."""

    array: Array
    asker: str
    names: None = None

    def __post_init__(self) -> None:
        _refuse_other_shapes(self.array)

    @property
    def n_rows(self) -> int:
        return self.array.shape[0]

    @property
    def n_columns(self) -> int:
        return self.array.shape[1]

    @cached_property
    def _block(self) -> Array:
        """The values as numbers, in the user's dtype where that is one of numbers."""
        if self.array.dtype.kind in "fbiu":
            return self.array
        if self.array.dtype.kind == "c":
            raise InputError("Complex data not supported: X holds complex numbers.")
        columns = [_as_floats(self.array[:, j]) for j in range(self.n_columns)]
        for j, column in enumerate(columns):
            if column is None:
                example = next(v for v in self.array[:, j].tolist() if _as_floats([v]) is None)
                checks.refuse_no_number(self.asker, f"column {j}", f"{example!r}")
        return np.column_stack(cast("list[Array]", columns))

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        values = np.ascontiguousarray(self._block, dtype=np.float64)
        checks.refuse_not_finite(self.asker, values, _numbered(range(self.n_columns)))
        return values

    def known_numbers(self) -> tuple[list[str], NDArray[np.float64]]:
        columns = [_as_floats(self.array[:, j]) for j in range(self.n_columns)]
        known = {f"column {j}": column for j, column in enumerate(columns) if column is not None}
        return list(known), np.column_stack([*known.values(), np.empty((self.n_rows, 0))])

    def made_numbers(self, plan: Plan) -> NDArray[np.float64]:
        return plan.evaluate([self._block])[0].astype(np.float64, copy=False)

    def output(self, plan: Plan) -> Array:
        if plan.only_originals:
            return self.array[plan.source]
        taken, made, order = plan.split()
        out = np.empty((len(plan), self.n_columns), dtype=self.array.dtype)
        # mode="clip" lets take write straight into the output; the rows are all within bounds.
        np.take(self.array, taken, axis=0, out=out[: len(taken)], mode="clip")
        out[len(taken) :] = plan.evaluate([self._block])[0][made]
        return out if order is None else out[order]


def _as_floats(column: Any) -> Array | None:
    try:
        return np.array(column, dtype=np.float64)
    except (TypeError, ValueError):
        return None


def _numbered(columns: Any) -> list[str]:
    return [f"column {j}" for j in columns]


@dataclass(frozen=True, eq=False)
class ListTable:
    """A list of rows; a list of rows comes back."""

    rows: list[Any]
    asker: str
    names: None = None

    @property
    def n_rows(self) -> int:
        return len(self.rows)

    @property
    def n_columns(self) -> int:
        return self._table.n_columns

    @cached_property
    def _table(self) -> ArrayTable:
        if not self.rows:
            return ArrayTable(np.empty((0, 0)), self.asker)
        try:
            array = np.array(self.rows)
        except ValueError:
            lengths = {np.size(row) for row in self.rows}
            raise InputError(
                f"X is a list whose rows have different lengths ({listed(sorted(lengths))}); "
                "every row needs a value for every column."
            ) from None
        # numpy would turn a row such as [1, "a"] into strings.
        is_text = array.dtype.kind in "US"
        return ArrayTable(np.array(self.rows, dtype=object) if is_text else array, self.asker)

    @property
    def numbers(self) -> NDArray[np.float64]:
        return self._table.numbers

    def known_numbers(self) -> tuple[list[str], NDArray[np.float64]]:
        return self._table.known_numbers()

    def made_numbers(self, plan: Plan) -> NDArray[np.float64]:
        return self._table.made_numbers(plan)

    def output(self, plan: Plan) -> list[Any]:
        if plan.only_originals:
            return [self.rows[i] for i in plan.source.tolist()]
        return cast("list[Any]", self._table.output(plan).tolist())


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

    def known_numbers(self) -> tuple[list[str], sp.csr_array]:
        return _numbered(range(self.n_columns)), self._block.astype(np.float64)

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
    taken = frames.take_from_frame(values, plan)
    return np.asarray(values)[plan.source] if taken is None else taken


def length(values: Any) -> int:
    """Return the number of entries of a container, by its shape where it has one."""
    return int(values.shape[0]) if hasattr(values, "shape") else len(values)


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
        return plan.apply(np.asarray(values, dtype=np.float64))
    return take(values, plan)
