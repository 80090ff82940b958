"""Read the user's table and target; all tables enter Poise through this module.

A table is an array, a sparse matrix, a list of rows, or a pandas, polars or pyarrow frame (see
`poise.core.tables.frames`). The output has the same type, names, column order and dtypes. Kept rows
are taken from the user's object; only new rows are built.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import scipy.sparse as sp

from poise.core.errors import InputError, UnsupportedTypeError, listed
from poise.core.plan.values import Array
from poise.core.tables.arrays import ArrayTable, ItemTable, SparseTable, n_columns_of
from poise.core.tables.carried import (
    CarryingTable,
    declared_without,
    read_carried,
    without_carried,
)
from poise.core.tables.columns import column_label
from poise.core.tables.declared import AS_READ, Declared, position_of
from poise.core.tables.frames import FrameTable, read_column, read_frame, read_texts
from poise.core.tables.labels import Labels, encode, encode_texts
from poise.core.tables.table import Table


def read_table(X: Any, declared: Declared = AS_READ, time: Any = None) -> Table:
    """Read a table of any supported type.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    declared : Declared
        The column kinds that the user declared.
    time : optional
        Name or position of the column with the time of each row; other values are ignored.

    Raises
    ------
    InputError
        If the table is empty, has repeated column names, or is not two-dimensional.
    UnsupportedTypeError
        If X is a lazy frame, a single column, or not a table.
    """
    table = _wrapped(X, declared, None)
    if table.n_rows == 0 or table.n_columns == 0:
        shape = f"(shape=({table.n_rows}, {table.n_columns}))"
        found = "0 sample(s)" if table.n_rows == 0 else "0 feature(s)"
        raise InputError(
            f"X is empty: found array with {found} {shape} while a minimum of 1 is required. Check "
            "the file or the filter that it came from."
        )
    position = (
        position_of(time, table.names, table.n_columns, "time") if is_name(time, table) else None
    )
    if declared.carried:
        return _carrying(X, table, declared, position)
    return table if position is None else _wrapped(X, declared, position)


def _carrying(X: Any, table: Table, declared: Declared, time_column: int | None) -> Table:
    """Return a table with carried columns."""
    names, n_columns = table.names, table.n_columns
    carried = read_carried(declared.carried, names, n_columns)
    if time_column in carried:
        raise InputError(
            f"carry_columns names {column_label(time_column, names)}, which is time=: a new row has the latest time of the "
            "rows that it depends on. Leave it out of carry_columns."
        )
    positions = np.setdiff1d(np.arange(n_columns), list(carried))
    others = without_carried(X, positions)
    own = declared_without(declared, positions, names, n_columns)
    place = None if time_column is None else int(np.searchsorted(positions, time_column))
    return CarryingTable(X, _wrapped(others, own, place), positions, carried, names)


def text_names(table: Table) -> Array | None:
    """Return the column names of a table as scikit-learn's `feature_names_in_`; None unless all are text."""
    names = table.names
    if not names or not all(isinstance(name, str) for name in names):
        return None
    return np.array(names, dtype=object)


def is_name(time: Any, table: Table) -> bool:
    """Return whether `time` names a column of the table (otherwise it is an array of times)."""
    if isinstance(time, tuple):
        return table.names is not None and time in table.names
    return isinstance(time, str | int | np.integer)


def _wrapped(X: Any, declared: Declared, time_column: int | None) -> Table:
    if isinstance(X, np.ma.MaskedArray):
        raise UnsupportedTypeError("X is a masked array. Pass X.filled(numpy.nan) instead.")
    if sp.issparse(X):
        check_two_dimensional(X)
        check_not_complex(X)
        return SparseTable(X, declared, time_column)
    if isinstance(X, np.ndarray):
        return _array_table(X, declared, time_column)
    if isinstance(X, list | tuple):
        cells = array_of_rows(X) if X else np.empty((0, 0), dtype=object)
        if cells.ndim == 1:
            raise InputError(
                f"Expected 2D array, got 1D array instead as X: a list whose rows are single values, such as {X[0]!r}. "
                "Reshape your data: [[value] for value in X] makes it a single column."
            )
        check_two_dimensional(cells)
        return ItemTable(cells, X, declared, time_column)
    frame = read_frame(X)
    if frame is not None:
        return FrameTable(frame, declared, time_column)
    if type(X).__name__ == "RecordBatch":
        raise UnsupportedTypeError("X is a RecordBatch. Pass pyarrow.Table.from_batches([X]).")
    if hasattr(X, "__array__"):
        return _array_table(np.asarray(X), declared, time_column)
    if isinstance(X, str | Path):
        raise UnsupportedTypeError(
            f"X is {str(X)!r:.200}, the name of a file and not a table. Read the file first, for example with "
            f"pandas.read_csv({str(X)!r:.200})."
        )
    raise UnsupportedTypeError(
        f"X is a {type(X).__name__}, which is not a table. Pass a numpy array, a scipy sparse "
        "matrix, a list of rows, or a pandas, polars or pyarrow frame."
    )


def _array_table(X: Array, declared: Declared, time_column: int | None) -> Table:
    if isinstance(X, np.matrix):
        raise UnsupportedTypeError("np.matrix is not supported. Pass numpy.asarray(X) instead.")
    if X.dtype.names is not None:
        raise UnsupportedTypeError(
            "X is a structured array. Pass a frame, for example pandas.DataFrame(X)."
        )
    check_two_dimensional(X)
    check_not_complex(X)
    if X.dtype == object:
        return ItemTable(X, X, declared, time_column)
    return ArrayTable(X, declared, time_column)


_REMEDIES = {
    0: "Pass a table with a row for each label.",
    1: "Reshape your data: X.reshape(-1, 1) makes it a single column, X.reshape(1, -1) a single row.",
}


def check_not_complex(X: Any) -> None:
    """Raise InputError for an array or sparse matrix of complex numbers."""
    if X.dtype.kind == "c":
        raise InputError(
            "Complex data not supported: X holds complex numbers. Pass their real and imaginary parts as columns."
        )


def check_two_dimensional(X: Any) -> None:
    """Raise InputError unless an array has two dimensions."""
    if X.ndim != 2:
        other = "Reshape your data: X.reshape(X.shape[0], -1) makes it one row each."
        raise InputError(
            f"Expected 2D array, got {X.ndim}D array instead as X. {_REMEDIES.get(X.ndim, other)}"
        )


def array_of_rows(rows: Any) -> Array:
    """Convert a list of rows to an object array of shape (n, d)."""
    try:
        cells = np.array(rows, dtype=object)
    except ValueError:
        cells = np.empty(0, dtype=object)  # no mutant: any array of one dimension
    lengths = {np.array(row, dtype=object).size for row in rows} if cells.ndim < 2 else set()
    if len(lengths) > 1:
        raise InputError(
            f"X is a list whose rows have different lengths ({listed(sorted(lengths))}); every row needs a value "
            "for every column."
        )
    return cells


def read_target(y: Any, name: str = "y") -> Array:
    """Read a target as an array of shape (n,) or (n, c); missing values are None or NaN.

    Parameters
    ----------
    y : array-like
    name : str
        The argument, for messages.

    Raises
    ------
    InputError
        If y is None, or a list whose items have different lengths.
    UnsupportedTypeError
        If y is not a column.
    """
    if y is None:
        raise InputError(f"Balancing requires {name} to be passed, but the target {name} is None.")
    if isinstance(y, np.ma.MaskedArray):
        raise UnsupportedTypeError(
            f"{name} is a masked array, whose mask would be lost. Pass {name}.filled(...) instead."
        )
    if sp.issparse(y):
        return cast("Array", y.toarray())
    if isinstance(y, np.ndarray):
        if y.ndim == 0 or y.dtype.names is not None or isinstance(y, np.matrix):
            raise UnsupportedTypeError(
                f"{name} is a {type(y).__name__} of shape {y.shape} and type {y.dtype}; it must be an "
                "array with one label per row."
            )
        return y
    if isinstance(y, list | tuple):
        return array_of_items(list(y), name)
    if isinstance(y, str):
        raise UnsupportedTypeError(
            f"{name} is the text {y!r}. Pass one label per row; to name a column of X, pass target={y!r} "
            "where there is such a parameter, else X[...] as y."
        )
    values = read_column(y)
    if values is not None:
        return values
    if hasattr(y, "__array__"):
        return np.asarray(y)
    raise UnsupportedTypeError(
        f"{name} is a {type(y).__name__}. Pass one label per row: an array, a list, or a column of a "
        "pandas, polars or pyarrow frame."
    )


def read_labels(y: Any) -> Labels:
    """Read a target and encode it; see `read_target` and `encode`."""
    texts = None if isinstance(y, np.ndarray | list | tuple | str) or y is None else read_texts(y)
    return encode(read_target(y)) if texts is None else encode_texts(*texts)


def array_of_items(items: list[Any], name: str = "y") -> Array:
    """Convert a list of labels to an array, without changing their types."""
    try:
        array = np.array(items)
    except ValueError:
        raise InputError(
            f"{name} is a list whose items have different lengths. Pass one {'label' if name == 'y' else 'value'} per row."
        ) from None
    # numpy would convert a mixture such as [1, "a"] to strings.
    is_text = array.dtype.kind in "US" and array.ndim == 1
    return np.array(items, dtype=object) if is_text else array


def length(values: Any) -> int:
    """Return the number of entries of a container."""
    try:
        if hasattr(values, "shape"):
            return int(values.shape[0])
        return len(values) if hasattr(values, "__len__") else len(np.asarray(values))
    except (TypeError, IndexError):
        raise UnsupportedTypeError(
            f"{values!r} is not an array. Pass an array with one entry per row of X."
        ) from None


def check_same_length(name: str, n_entries: int, n_rows: int) -> None:
    """Raise InputError unless an array has one entry per row of X."""
    if n_entries != n_rows:
        raise InputError(
            f"Found input variables with inconsistent numbers of samples: X has {n_rows} rows and "
            f"{name} has {n_entries}. They must describe the same rows."
        )


def check_not_swapped(X: Any, y: Any) -> None:
    """Raise InputError if y is a table of several columns, and X a single column."""
    if n_columns_of(X) == 0 and n_columns_of(y) > 1:
        raise InputError(
            f"y looks like the table (it has {n_columns_of(y)} columns) and X like the labels (it has one): swapped? "
            "Pass the table first."
        )
