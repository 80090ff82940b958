"""Columns: the kind, values, missing values, category codes and times of one column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError
from poise.core.plan.values import Array
from poise.core.tables.kinds import Kind, check_declared_kind, kind_of_dtype


def codes_of(values: Any) -> NDArray[np.int32]:
    """Return a code for each value: equal values have equal codes, missing values have -1.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Any dtype; objects must be hashable.

    Returns
    -------
    ndarray of shape (n,), int32

    Raises
    ------
    TypeError
        If an object is not hashable.

    Examples
    --------
    >>> codes_of(np.array(["b", None, "a", "b"], dtype=object)).tolist()
    [0, -1, 1, 0]
    """
    if values.dtype.kind not in "OT":
        is_missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)
        if values.dtype.kind in "mM":
            is_missing = np.isnat(values)
        codes = np.unique(values, return_inverse=True)[1].astype(np.int32)
        return np.where(is_missing, np.int32(-1), codes)
    known: dict[Any, int] = {}
    return np.fromiter(
        (
            -1 if is_missing_item(item) else known.setdefault(item, len(known))
            for item in values.tolist()
        ),
        dtype=np.int32,
        count=len(values),
    )


def is_missing_item(item: object) -> bool:
    """Return whether a Python object is a missing value: None, NaN, NaT or NA."""
    if item is None:
        return True
    try:
        return bool(item != item)  # noqa: PLR0124  # only NaN and NaT differ from themselves
    except (TypeError, ValueError, ArithmeticError):
        # Comparing pandas.NA or a signalling NaN raises; so does comparing arrays.
        return type(item).__name__ in ("NAType", "Decimal")


class Column(NamedTuple):
    """One column of a table; see `Block` for the attributes."""

    kind: Kind
    values: Array
    missing: NDArray[np.bool_] | None = None
    ticks_per_day: float = 1.0
    is_declared: bool = False
    times: Array | None = None


def column_of_array(
    name: str, values: Array, declared: Kind | None = None, missing: NDArray[np.bool_] | None = None
) -> Column:
    """Convert a numpy array to a column.

    Parameters
    ----------
    name : str
        Name of the column for messages.
    values : ndarray of shape (n,)
    declared : Kind, optional
        The kind that the user declared.
    missing : ndarray of shape (n,), bool, optional
        Mask of missing values; NaN and NaT are missing in any case.

    Raises
    ------
    InputError
        If the values do not fit the declared kind, or cannot be compared.
    """
    kind = declared or kind_of_dtype(values.dtype)
    if declared:
        check_declared_kind(name, values, declared)
    if kind == "categorical":
        codes = _codes(name, values).astype(
            np.int32
        )  # one dtype, so that all categorical columns are in one block
        return Column(kind, codes if missing is None else np.where(missing, np.int32(-1), codes))
    if kind == "time":
        is_missing = np.isnat(values)
        known = values.astype(np.int64)
        ticks = np.where(is_missing, 0, known)  # no mutant: missing ones are masked
        return Column(
            kind, ticks, is_missing if is_missing.any() else None, ticks_per_day(name, values.dtype)
        )
    if kind in ("integer", "bool") and values.dtype.kind == "f":
        is_missing = np.isnan(values) if missing is None else missing | np.isnan(values)
        whole = np.where(is_missing, 0, values).astype(np.int64)
        return Column(kind, whole, is_missing if is_missing.any() else None, is_declared=True)
    return Column(kind, values, missing, is_declared=bool(declared))


def _codes(name: str, values: Array) -> NDArray[np.int32]:
    try:
        return codes_of(values)
    except TypeError:
        raise InputError(
            f"{name} holds values that cannot be compared as categories, such as lists or arrays. "
            "Leave the column out, or split it into several columns."
        ) from None


def ticks_per_day(name: str, dtype: np.dtype[Any]) -> float:
    """Return the number of ticks per day of a numpy time dtype."""
    unit, step = np.datetime_data(dtype)
    try:
        return float(np.timedelta64(1, "D") / np.timedelta64(step, unit))  # type: ignore[call-overload]
    except (TypeError, OverflowError):
        raise InputError(
            f"{name} counts time in {dtype}, a unit with no fixed length in days. Convert it to "
            "datetime64[D] or datetime64[us]."
        ) from None


def times_in(column: Column) -> Array:
    """Return the values of a column as times: later times are larger numbers.

    Raises
    ------
    InputError
        If a time is missing, or is neither a date nor a number.
    """
    times = column.values
    is_nan = times.dtype.kind == "f" and bool(np.isnan(times).any())
    if column.kind == "categorical" or column.missing is not None or is_nan:
        is_missing = column.kind != "categorical"
        what = "missing values" if is_missing else "values that are neither dates nor numbers"
        raise InputError(
            f"time holds {what}; every row needs a date or a number. Convert the column, or drop "
            "these rows."
        )
    return times


def column_label(position: int, names: Sequence[Any] | None) -> str:
    """Return the name of a column for messages."""
    return f"column {position}" if names is None else f"column {names[position]!r}"


def time_column(columns: list[Column], position: int | None, times: Array | None) -> list[Column]:
    """Return the columns with the times set in the time column."""
    return [
        column._replace(times=times) if j == position else column
        for j, column in enumerate(columns)
    ]
