"""Convert: build frames from columns, join and split the target, concatenate tables."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw
import narwhals.stable.v2.dependencies as nw_dependencies
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import (
    InputError,
    MissingDependencyError,
    UnknownNameError,
    UnsupportedTypeError,
    listed,
    nearest_name,
)
from poise.core.plan.values import Array
from poise.core.tables.frames import (
    as_chunked,
    column_names,
    frame_of_arrays,
    read_frame,
    series_values,
)
from poise.core.tables.items import fits_floats, floats_of_items
from poise.core.tables.read import array_of_rows, check_not_swapped, check_two_dimensional
from poise.core.tables.series import is_number, is_pandas_like, with_nan
from poise.core.types import Backend, choices

BACKENDS = choices(Backend)


def as_numbers(X: Any) -> Any:
    """Return a table of numbers as an array, or a sparse matrix in CSR or CSC; other tables unchanged.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    """
    if sp.issparse(X):
        return X if X.format in ("csr", "csc") else X.tocsr()
    frame = None if isinstance(X, np.ndarray | list | tuple) else read_frame(X)
    if frame is not None:
        are_numbers = all(map(is_number, frame.iter_columns()))
        return np.column_stack([*map(with_nan, frame.iter_columns())]) if are_numbers else X
    array = array_of_rows(X) if isinstance(X, list | tuple) else np.asarray(X)
    if array.dtype != object:
        return array
    are_numbers = array.ndim == 2 and all(map(fits_floats, array.T))
    return floats_of_items(array) if are_numbers else X


def in_container_of(like: Any, values: Any) -> Any:
    """Return a two-dimensional array or sparse matrix in the container of another table.

    Parameters
    ----------
    like : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    values : ndarray or sparse matrix of shape (m, n_columns)

    Returns
    -------
    frame, list or the values
        A frame has the column names and dtypes of `like`; whole numbers are rounded.
    """
    frame = None if isinstance(like, np.ndarray | list) or sp.issparse(like) else read_frame(like)
    if frame is None:
        return values.tolist() if isinstance(like, list) and not sp.issparse(values) else values
    dense = values.toarray() if sp.issparse(values) else np.asarray(values)
    return frame_of_arrays(frame, dense)


def values_of(native: Any) -> list[Any] | None:
    """Return the rows of a native frame or column as Python values; None for other objects."""
    known = nw.from_native(as_chunked(native), pass_through=True, allow_series=True)
    if isinstance(known, nw.DataFrame):
        return list(zip(*[column.to_list() for column in known.iter_columns()], strict=True))
    return known.to_list() if isinstance(known, nw.Series) else None


def signature_of(native: Any) -> tuple[Any, ...]:
    """Return what resampling must not change in a frame or column: library, names and dtypes."""
    if is_pandas_like(native):
        dtypes = native.dtypes
        of_columns = dtypes.to_dict() if hasattr(dtypes, "to_dict") else (native.name, dtypes)
        return type(native), of_columns, native.index.nlevels, native.index.dtype
    named = getattr(native, "name", None)
    return type(native), named, getattr(native, "schema", None) or getattr(native, "type", None)


def in_types_of(X: Any, like: Any) -> Any:
    """Return a frame with some of its columns in the types that they have in another frame; others as they are.

    Converted are columns without any value, which have whatever type a library gives them, times of another unit or
    time zone, and columns that are ordered categories (or of an Enum) in the other frame.

    Parameters
    ----------
    X : frame or other table
        Tables of other kinds are returned as they are.
    like : frame

    Returns
    -------
    frame
    """
    frame, other = read_frame(X), read_frame(like)
    if frame is None or other is None or frame.implementation != other.implementation:
        return X
    if is_pandas_like(X):
        return _in_pandas_types_of(X, like)
    changes = []
    for name, dtype in other.schema.items():
        if name in frame.columns and frame.schema[name] != dtype:
            own = frame.schema[name]
            if frame[name].null_count() == len(frame):
                changes.append(nw.lit(None, dtype=dtype).alias(name))
            elif isinstance(dtype, nw.Enum):
                text = nw.col(name).cast(nw.String)
                changes.append(
                    nw.when(text.is_in(dtype.categories)).then(text).cast(dtype).alias(name)
                )
            elif _are_alike(own, dtype):
                changes.append(nw.col(name).cast(dtype))
    return frame.with_columns(*changes).to_native() if changes else X


def _in_pandas_types_of(X: Any, like: Any) -> Any:
    nullable = {"b": "boolean", "i": "Float64", "u": "Float64"}
    of_X, of_like = (nw.from_native(table, eager_only=True).schema for table in (X, like))
    changes = {}
    for name in like.columns:
        if name not in X.columns or X[name].dtype == like[name].dtype:
            continue
        own, wanted = X[name], like[name].dtype
        if own.isna().all():
            changes[name] = own.astype(nullable.get(wanted.kind, wanted))
        elif getattr(wanted, "ordered", False) or _are_alike(of_X[name], of_like[name]):
            changes[name] = own.astype(wanted)
    if not changes:
        return X
    X = X.copy()
    for name, values in changes.items():
        X[name] = values
    return X


def _are_alike(one: Any, other: Any) -> bool:
    """Tell whether two types of narwhals are of times that both have a time zone, or both none."""
    are_times = isinstance(one, nw.Datetime) and isinstance(other, nw.Datetime)
    return are_times and (one.time_zone is None) == (other.time_zone is None)


def concat_frames(first: Any, second: Any, names: tuple[str, str]) -> Any:
    """Concatenate the rows of two frames, matching columns by name; None for other objects.

    Raises
    ------
    InputError
        If the columns differ in names, or are numbers in only one of the frames.
    UnsupportedTypeError
        If only one object is a frame, or the frames are from different libraries.
    """
    above, below = (read_frame(part) for part in (first, second))
    if above is None and below is None:
        return None
    if above is None or below is None:
        raise UnsupportedTypeError(
            f"{names[0]} is a {type(first).__name__} and {names[1]} a {type(second).__name__}. Pass two frames, "
            "or two arrays."
        )
    if set(above.columns) != set(below.columns):
        only_in_one = listed(sorted(map(str, set(above.columns) ^ set(below.columns))))
        raise InputError(
            f"{names[0]} and {names[1]} have different columns: {only_in_one} are in one of them only. "
            "Select the same columns in both."
        )
    if above.implementation != below.implementation:
        raise UnsupportedTypeError(
            f"{names[0]} and {names[1]} are frames of other libraries. Convert one of them."
        )
    below = below[:, [below.columns.index(c) for c in above.columns]]
    types = list(zip(above.columns, above.schema.values(), below.schema.values(), strict=True))
    mixed = [c for c, a, b in types if a.is_numeric() != b.is_numeric()]
    if mixed:
        raise InputError(
            f"{names[0]} and {names[1]} have columns that are numbers in one of them only: {listed(mixed)}. "
            "Convert them to one type."
        )
    unlike = [c for c, a, b in types if a != b]
    # Integers in one frame and floats in the other are both converted to floats.
    numeric = [c for c, a, b in types if a != b and a.is_numeric() and isinstance(c, str)]
    floats = [nw.col(*numeric).cast(nw.Float64)] if numeric else []
    try:
        both = [part.with_columns(*floats).to_native() for part in (above, below)]
        return nw.concat([nw.from_native(part) for part in both], how="vertical").to_native()
    except Exception as error:
        raise InputError(
            f"{names[0]} and {names[1]} cannot be concatenated (columns {listed(unlike)} have different "
            f"types): {error}"
        ) from error


def frame_from_columns(columns: Mapping[str, Array], backend: Backend | None = None) -> Any:
    """Build a frame from columns with an installed library.

    Parameters
    ----------
    columns : mapping of str to ndarray of shape (n,)
    backend : {"pandas", "polars", "pyarrow"}, optional
        By default the first of these that is installed.

    Raises
    ------
    MissingDependencyError
        If `backend`, or without it all of the three libraries, is not installed.
    InputError
        If the name of the backend is unknown.
    """
    if backend is not None:
        _check_known(backend)
    for name in BACKENDS if backend is None else (backend,):
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue
        return nw.from_dict(dict(columns), backend=library).to_native()
    raise MissingDependencyError(
        f"{backend or 'None of pandas, polars and pyarrow'} is not installed. Install one "
        "(pip install pandas), or call .to_dict(), which needs none of them."
    )


def _check_known(backend: str) -> None:
    if backend not in BACKENDS:
        raise InputError(
            f"backend={backend!r} is not known; it can be {listed(BACKENDS)}."
            f"{nearest_name(backend, BACKENDS)}"
        )


def column_position(frame: Any, name: Any, use: str = "to be the target") -> int:
    """Return the position of a column in a native frame.

    Parameters
    ----------
    frame : frame
    name : str
    use : str
        What the column is for, in messages.

    Raises
    ------
    UnknownNameError
        If the column does not exist; the message suggests the most similar name.
    UnsupportedTypeError
        If the table has no column names.
    """
    if read_frame(frame) is None:
        raise UnsupportedTypeError(
            f"target={name!r} names a column, which a {type(frame).__name__} does not have. Pass X "
            "and y separately, or a pandas, polars or pyarrow frame."
        )
    names = column_names(frame)
    if name not in names:
        raise UnknownNameError(
            f"There is no column {name!r} {use}; the columns are {listed(names)}."
            f"{nearest_name(name, names)}"
        )
    return names.index(name)


def split_target(frame: Any, target: Any, use: str = "to be the target") -> tuple[Any, Any]:
    """Return a frame without one column, and this column; an unknown name raises as in `column_position`."""
    column_position(frame, target, use)
    if is_pandas_like(frame):
        return frame.drop(columns=[target]), frame[target]
    known = nw.from_native(frame, eager_only=True)
    return known.drop(target).to_native(), known[target].to_native()


def have_one_index(X: Any, values: Any, name: str = "y", beside: str = "X") -> bool:
    """Return whether a table and a column are objects of pandas whose rows have the same index labels.

    Parameters
    ----------
    X, values
        The objects of the user.
    name, beside : str
        Names of `values` and of `X` for messages.

    Raises
    ------
    InputError
        If they have the same labels in different orders: neither pairing is sure to be right.
    """
    is_frame, is_column = (
        nw_dependencies.is_pandas_like_dataframe,
        nw_dependencies.is_pandas_like_series,
    )
    if not all(is_frame(item) or is_column(item) for item in (X, values)):
        return False
    index, other = X.index, values.index
    if index.equals(other):
        return True
    codes = index.append(other).factorize()[0]
    own, others = codes[: len(index)], codes[len(index) :]
    if np.array_equal(np.sort(own), np.sort(others)):
        raise InputError(
            f"{beside} and {name} have the same index in different orders. Pass {name}.loc[{beside}.index] to pair them by their index, or "
            f"{name}.to_numpy() to pair them by position."
        )
    return False


def check_one_order(X: Any, **beside: Any) -> None:
    """Raise InputError if a column of pandas has the index labels of X in another order, or X and y are swapped.

    Parameters
    ----------
    X : table
    **beside : column, array or None
        Labels, weights, groups or times of its rows, by their name for messages.
    """
    if "y" in beside:
        check_not_swapped(X, beside["y"])
    for name, values in beside.items():
        have_one_index(X, values, name)


def labels_once(X: Any, y: Any, target: Any) -> tuple[Any, Any]:
    """Return a table and its labels, which are y or the column `target` of the table.

    Raises
    ------
    InputError
        If there are both, or neither.
    UnsupportedTypeError
        If `target` is not a name, or the table has no column names.
    UnknownNameError
        If the column does not exist.
    """
    if (y is None) == (target is None):
        raise InputError(
            "Pass the labels once: either as y, or as target=, the name of their column in X."
        )
    if target is None:
        have_one_index(X, y)  # raises for the same index in different orders
        return X, y
    if hasattr(target, "__len__") and not isinstance(target, str | tuple):
        raise UnsupportedTypeError(
            "target must be the name of one column of X. Pass an array of labels as y."
        )
    return split_target(X, target)


def join_target(
    X: Any, y: Any, name: Any = None, position: int | None = None, backend: Backend | None = None
) -> Any:
    """Join a table and its labels into one frame.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n, d)
    y : array-like of shape (n,)
    name : optional
        Name of the target column; by default the name of y, or "target".
    position : int, optional
        Position of the target column; by default the last.
    backend : {"pandas", "polars", "pyarrow"}, optional
        By default the library of X, or the first that is installed.
    """
    y, name = _named(X, y, name)
    if read_frame(X) is None:
        return frame_from_columns(join_target_columns(X, y, name), backend)
    whole = _with_column(X, y, name, len(column_names(X)) if position is None else position)
    return whole if backend is None else _converted(whole, backend)


def join_target_columns(X: Any, y: Any, name: Any = None) -> dict[Any, Array]:
    """Return a table and its labels as a dict of columns, with the target last."""
    y, name = _named(X, y, name)
    return _columns_of(X) | {name: np.asarray(y)}


def _columns_of(X: Any) -> dict[Any, Array]:
    frame = read_frame(X)
    if frame is not None:
        arrays = [column.to_numpy() for column in frame.iter_columns()]
        return dict(zip(column_names(X), arrays, strict=True))
    values = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
    return {f"x{j}": values[:, j] for j in range(values.shape[1])}


def _named(X: Any, y: Any, name: Any) -> tuple[Any, Any]:
    """Return the target as one column, and its name; raise InputError if X has this name already."""
    y, own_name = _one_column(y)
    name = next((n for n in (name, own_name) if n is not None), "target")
    n_columns = X.shape[1] if hasattr(X, "shape") else len(X[0])
    known = column_names(X) if read_frame(X) is not None else [f"x{j}" for j in range(n_columns)]
    if name in known:
        raise InputError(
            f"X has a column named {name!r} already, which the target would replace. Rename it, or "
            "join X and y under another name."
        )
    return y, name


def _one_column(y: Any) -> tuple[Any, Any]:
    """Return the target as one column, and its name or None."""
    if getattr(y, "ndim", 1) == 1 and len(getattr(y, "shape", (0,))) == 1:
        return y, getattr(y, "name", None)
    if y.shape[1] != 1:
        raise InputError(
            f"y has {y.shape[1]} columns; only a target of one column can be joined to X. Join X and y "
            "yourself."
        )
    if isinstance(y, np.ndarray):
        return y[:, 0], None
    name = column_names(y)[0]
    return y[name], name


def _converted(native: Any, backend: str) -> Any:
    _check_known(backend)
    if is_pandas_like(native) and backend != "pandas":
        native = native.reset_index(drop=True)  # other libraries would turn the index into a column
    frame = nw.from_native(native, eager_only=True)
    try:
        if backend == "pandas":
            return frame.to_pandas()
        return frame.to_polars() if backend == "polars" else frame.to_arrow()
    except ImportError as error:
        raise MissingDependencyError(
            f"{backend}, or a package that it needs, is not installed: {error}. Install it."
        ) from error


def _with_column(X: Any, y: Any, name: Any, position: int) -> Any:
    if is_pandas_like(X):
        whole = X.copy(deep=False)
        whole.insert(position, name, y.array if hasattr(y, "array") else np.asarray(y))
        return whole
    frame = nw.from_native(X, eager_only=True)
    order = [*frame.columns[:position], name, *frame.columns[position:]]
    column = nw.from_native(y, series_only=True, pass_through=True)
    if not isinstance(column, nw.Series) or column.implementation is not frame.implementation:
        values = y if isinstance(y, list | np.ndarray) else np.asarray(y)
        column = nw.new_series(name, values, backend=nw.get_native_namespace(frame))
    return frame.with_columns(column.alias(name)).select(order).to_native()


def _array_of(part: Any, name: str) -> NDArray[Any]:
    if np.ma.isMaskedArray(part):
        raise UnsupportedTypeError(
            f"{name} is a masked array. Pass {name}.filled(numpy.nan) instead."
        )
    found = np.asarray(part)
    if not found.ndim:
        raise UnsupportedTypeError(f"{name} is a {type(part).__name__}, which is not a table.")
    return found


def with_columns(frame: Any, columns: Mapping[str, list[Any]]) -> Any:
    """Return a frame of pandas, polars or pyarrow with more columns; None is missing.

    Raises
    ------
    InputError
        If it has a column of such a name.
    """
    there = set(column_names(frame) or ())
    for name in columns:
        if name in there:
            raise InputError(
                f"The table has a column {name!r}, which is to be added. Rename it before resampling."
            )
    library = nw.get_native_namespace(frame)
    if is_pandas_like(frame):  # its own arrays hold whole numbers beside missing values
        return frame.assign(**{name: library.array(values) for name, values in columns.items()})
    series = [nw.new_series(name, values, backend=library) for name, values in columns.items()]
    return nw.from_native(frame).with_columns(*series).to_native()


def values_in(X: Any) -> tuple[Any, list[Any]]:
    """Return the form of a table, and its values: an array, or the columns of a frame."""
    frame = read_frame(X)
    if frame is None:
        return X.dtype, [X]
    return str(signature_of(X)), list(map(series_values, frame.iter_columns()))


def concat_rows(first: Any, second: Any, names: tuple[str, str]) -> Any:
    """Concatenate the rows of two tables; the columns of frames are matched by name.

    Parameters
    ----------
    first, second : array-like or frame
    names : (str, str)
        Names of the tables for messages.

    Raises
    ------
    InputError
        If their columns differ.
    UnsupportedTypeError
        If a table is sparse, or only one of them is a frame.
    """
    if sp.issparse(first) or sp.issparse(second):
        raise UnsupportedTypeError(
            f"{names[0]} or {names[1]} is a sparse matrix. Pass dense columns: X[:, columns].toarray()."
        )
    stacked = concat_frames(first, second, names)
    if stacked is not None:
        return stacked
    parts = [
        array_of_rows(part) if isinstance(part, list | tuple) else _array_of(part, name)
        for part, name in zip((first, second), names, strict=True)
    ]
    for part in parts:
        check_two_dimensional(part)
    if parts[0].shape[1] != parts[1].shape[1]:
        raise InputError(
            f"{names[0]} has {parts[0].shape[1]} columns and {names[1]} has {parts[1].shape[1]}; they must have "
            "the same columns."
        )
    return np.concatenate(parts)
