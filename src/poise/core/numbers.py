"""Numbers that users pass: single ones, arrays and row weights, checked under the name of the argument."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError

_KINDS = {"U": "text", "S": "text", "M": "dates", "m": "durations", "c": "complex numbers"}


def is_number(value: object) -> bool:
    """Return whether a value is one finite number, and not a bool.

    Examples
    --------
    >>> is_number(0.5), is_number(float("nan")), is_number("0.5"), is_number(True)
    (True, False, False, False)
    """
    try:
        return (
            isinstance(value, Real)
            and not isinstance(value, bool)
            and bool(np.isfinite(float(value)))
        )
    except OverflowError:  # of a whole number beyond floats
        return False


def is_whole(value: object) -> bool:
    """Return whether a value is one whole number of an integer type, and not a bool."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def floats_of(name: str, values: Any) -> NDArray[np.float64]:
    """Return numbers as an array of floats, of any shape; they may be NaN or infinite.

    Parameters
    ----------
    name : str
        The argument, for messages.
    values : array-like

    Raises
    ------
    InputError
        If they are not numbers, or rows have different lengths.

    Examples
    --------
    >>> floats_of("proba", ["a"])
    Traceback (most recent call last):
    poise.core.errors.InputError: proba must hold numbers; it holds text. Convert it first.
    """
    try:
        given = np.asarray(values)
        if given.dtype.kind in "fiub":
            return given.astype(np.float64, copy=False)
        if given.dtype.kind == "O":
            items = given.ravel().tolist()
            text = next((item for item in items if isinstance(item, str)), None)
            if text is None:
                return given.astype(np.float64)
        what = _KINDS.get(given.dtype.kind, "text")
    except OverflowError:
        what = "whole numbers that no float can hold"
    except (TypeError, ValueError) as error:
        is_ragged = "inhomogeneous" in str(error)
        what = "rows of different lengths" if is_ragged else _shown(values)
    raise InputError(f"{name} must hold numbers; it holds {what}. Convert it first.")


def _shown(values: Any) -> str:
    text = repr(values)
    return text if len(text) <= 60 else f"a {type(values).__name__}"  # no mutant: a matter of taste


def weights_of(values: Any, n_rows: int, name: str = "sample_weight") -> NDArray[np.float64]:
    """Return row weights as an array of floats.

    Parameters
    ----------
    values : array-like of shape (n_rows,) or (n_rows, 1)
    n_rows : int
    name : str
        The argument, for messages.

    Raises
    ------
    InputError
        Unless there is a finite number of 0 or more for each row.

    Examples
    --------
    >>> weights_of([1, -1], 2)
    Traceback (most recent call last):
    poise.core.errors.InputError: sample_weight must hold finite numbers of 0 or more; that of row 1 is -1.0. Drop or replace it.
    """
    weights = floats_of(name, values)
    if weights.shape not in ((n_rows,), (n_rows, 1)):
        raise InputError(
            f"{name} has the shape {weights.shape}; there are {n_rows} rows. Pass one number for each row."
        )
    weights = weights.reshape(n_rows)
    is_bad = ~(np.isfinite(weights) & (weights >= 0))
    if is_bad.any():
        row = int(is_bad.argmax())
        raise InputError(
            f"{name} must hold finite numbers of 0 or more; that of row {row} is {float(weights[row])}. Drop or replace it."
        )
    return weights


def some_weights_of(values: Any, n_rows: int, name: str = "sample_weight") -> NDArray[np.float64]:
    """Return row weights that are not all 0; see `weights_of`."""
    weights = weights_of(values, n_rows, name)
    if not weights.any():
        raise InputError(
            f"{name} is zero for all rows; at least one must be above 0. Leave it out for equal weights."
        )
    return weights
