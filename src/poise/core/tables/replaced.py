"""Columns in which the values of some rows are replaced: by missing values, or by others of their type."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError
from poise.core.plan.values import Array
from poise.core.tables.frames import as_chunked
from poise.core.tables.series import is_pandas_like

_MISSING: dict[str, Any] = {"f": np.nan, "c": np.nan, "O": None, "M": "NaT", "m": "NaT"}


def with_missing(values: Any, is_missing: NDArray[np.bool_]) -> Any:
    """Return a frame, column, array or list in which the values of some rows are missing.

    Raises
    ------
    InputError
        If the dtype of an array cannot hold missing values.
    """
    if is_pandas_like(values):
        out = values.copy()
        return (
            out.mask(is_missing)
            if out.ndim == 1
            else out.apply(lambda column: column.mask(is_missing))
        )
    if isinstance(values, list | tuple):
        pairs = zip(values, is_missing, strict=True)
        return type(values)(_none_like(item) if is_gone else item for item, is_gone in pairs)
    known = nw.from_native(as_chunked(values), pass_through=True, allow_series=True)
    if isinstance(known, nw.Series):
        return _series_with_missing(known, is_missing).to_native()
    if isinstance(known, nw.DataFrame):
        columns = [_series_with_missing(column, is_missing) for column in known.iter_columns()]
        return known.with_columns(*columns).to_native()
    out = np.array(values)
    if out.dtype.kind not in _MISSING:
        raise InputError(
            f"An array of {out.dtype} cannot hold missing values. Convert it to float or object first, "
            "or use how='seed'."
        )
    out[is_missing] = _MISSING[out.dtype.kind]
    return out


def _none_like(item: Any) -> Any:
    return type(item)([None] * len(item)) if isinstance(item, list | tuple) else None


def _series_with_missing(column: Any, is_missing: NDArray[np.bool_]) -> Any:
    library = nw.get_native_namespace(column)
    if column.implementation.is_pyarrow():  # of every type, also those that narwhals does not know
        rows = library.array(np.arange(len(column)), mask=is_missing)
        taken = column.to_native().take(rows)
        return nw.from_native(taken, series_only=True).alias(column.name)
    nothing = nw.new_series(column.name, [None] * len(column), column.dtype, backend=library)
    is_known = nw.new_series("is_known", ~is_missing, nw.Boolean, backend=library)
    return column.zip_with(is_known, nothing)


def holds_missing(column: Any) -> bool:
    """Return whether the type of an array, list or column of a frame can hold missing values.

    Examples
    --------
    >>> holds_missing(np.zeros(2)), holds_missing(np.zeros(2, dtype=int)), holds_missing([1, 2])
    (True, False, True)
    """
    dtype = getattr(column, "dtype", None)
    if isinstance(column, np.ndarray) or (isinstance(dtype, np.dtype) and is_pandas_like(column)):
        return dtype.kind in _MISSING  # type: ignore[union-attr]  # an array has one
    return True


def put_values(column: Any, rows: NDArray[np.bool_], values: Array) -> Any:
    """Return a column, array or list with the values of some rows replaced.

    Raises
    ------
    TypeError, ValueError, OverflowError
        If its type cannot hold them.
    """
    if isinstance(column, list):
        new = iter(values.tolist())
        return [next(new) if is_put else item for item, is_put in zip(column, rows, strict=True)]
    if isinstance(column, np.ndarray):
        out = column.copy()
        out[rows] = values
        return out
    if is_pandas_like(column):
        out = column.copy()
        out.iloc[np.flatnonzero(rows)] = values
        return out
    known = nw.from_native(as_chunked(column), series_only=True)
    put: Any = values.tolist()
    if known.implementation.is_pyarrow():  # narwhals 2.0 does not convert them to the column's type
        array = nw.get_native_namespace(known).array(put, type=known.to_native().type)
        put = nw.from_native(as_chunked(array), series_only=True)
    return known.scatter(np.flatnonzero(rows).tolist(), put).to_native()
