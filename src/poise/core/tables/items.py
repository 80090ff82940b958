"""Columns of Python objects: read as a dtype where all items have one, and written back as objects."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError
from poise.core.plan.values import LARGEST_EXACT, Array
from poise.core.tables.columns import Column, column_of_array, is_missing_item
from poise.core.tables.kinds import Kind

_TIMES = {date, datetime}


def as_items(values: Any, like: Array) -> list[Any]:
    """Return made values as Python objects of the same type as the items of the column."""
    kinds = {type(item) for item in like.tolist() if not is_missing_item(item)}
    if values.dtype.kind == "i" and kinds <= _TIMES and kinds:
        values = values.view(f"M8[{'D' if kinds == {date} else 'us'}]")
    items = values.tolist()
    if kinds == {Decimal}:
        return [Decimal(repr(item)) for item in items]
    if kinds == {Fraction}:
        return [Fraction(item) for item in items]
    if kinds == {float}:
        return [float(item) for item in items]
    if kinds == {int} and values.dtype.kind == "f":
        return [int(item) if item == item else item for item in items]  # noqa: PLR0124  # NaN
    return items


def column_of_items(name: str, cells: Array, declared: Kind | None) -> Column:
    """Read a column of Python objects: numbers, flags and dates by their type, others as categories.

    Parameters
    ----------
    name : str
        Name of the column for messages.
    cells : ndarray of shape (n,), object
    declared : Kind, optional
        The kind that the user declared.
    """
    try:
        values, missing = typed_items(cells)
    except OverflowError:
        raise InputError(
            f"{name} holds whole numbers beyond 1e308, which no float can hold. Scale it, or change the unit."
        ) from None
    if values.dtype.kind == "O" and any(isinstance(item, complex) for item in cells.tolist()):
        raise InputError(f"{name}: Complex data not supported. Pass real and imaginary parts.")
    if declared == "categorical" or values.dtype.kind == "O":
        kind: Kind = "categorical" if declared is None else declared
        return column_of_array(name, cells, kind)
    if values.dtype.kind == "M":
        return column_of_array(name, values, declared)
    return column_of_array(name, values, declared, missing if missing.any() else None)


def typed_items(cells: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return a column of Python numbers or dates in a numpy dtype, and a mask of missing values.

    Columns of other objects are returned unchanged.
    """
    items = cells.tolist()
    missing = np.array([is_missing_item(item) for item in items], dtype=bool)
    known = [
        item for item, is_missing in zip(items, missing.tolist(), strict=True) if not is_missing
    ]
    kinds = {type(item) for item in known}
    if known and kinds in ({date}, {datetime}) and all(_is_plain_time(item) for item in known):
        unit: Literal["D", "us"] = "D" if kinds == {date} else "us"
        fill: Any = np.datetime64("NaT", unit)
        filled = [
            fill if is_missing else item for item, is_missing in zip(items, missing, strict=True)
        ]
        return np.array(filled, dtype=f"M8[{unit}]"), missing
    if not known or not all(isinstance(item, Real | Decimal | np.bool_) for item in known):
        return cells, missing
    if all(isinstance(item, bool | np.bool_) for item in known):
        fill = False  # no mutant: missing items are masked
    else:
        is_whole = all(isinstance(item, Integral) for item in known)
        fill = 0 if is_whole else np.nan  # no mutant: missing items are masked
    filled = [fill if is_missing else item for item, is_missing in zip(items, missing, strict=True)]
    values = np.array(filled)
    return (values if values.dtype.kind in "fbiu" else np.array(filled, dtype=np.float64)), missing


def are_decimals(cells: Array) -> bool:
    """Return whether a column of Python objects holds decimals.

    Examples
    --------
    >>> are_decimals(np.array([None, Decimal("0.1")], dtype=object))
    True
    """
    return any(isinstance(item, Decimal) for item in cells.tolist())


def _is_plain_time(item: Any) -> bool:
    return getattr(item, "tzinfo", None) is None


def fits_floats(cells: Array) -> bool:
    """Return whether a column of Python objects holds only missing values and numbers that fit float64.

    Whole numbers above 2**53 do not: neighbours of theirs would become equal.
    """
    if any(
        isinstance(item, Integral) and abs(int(item)) > LARGEST_EXACT for item in cells.tolist()
    ):
        return False
    values, missing = typed_items(cells)
    return values.dtype.kind in "fbiu" or bool(missing.all())


def floats_of_items(cells: Array) -> NDArray[np.float64]:
    """Return an object array of numbers as float64; NaN if missing.

    Examples
    --------
    >>> floats_of_items(np.array([1, True, None], dtype=object))
    array([ 1.,  1., nan])
    """
    is_missing = np.array([is_missing_item(item) for item in cells.ravel().tolist()], dtype=bool)
    return np.where(is_missing.reshape(cells.shape), np.nan, cells).astype(np.float64)
