"""What a table must hold for a method that computes with its values, and the words when not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError

_ANY_TABLE = (
    "or use RandomOverSampler (without shrinkage) or RandomUnderSampler, which take any table"
)
_SHOWN = 5


def refuse_gaps(asker: str, gaps: Sequence[str]) -> None:
    """Raise for columns with missing values, each told as text."""
    if gaps:
        raise InputError(
            f"{asker} needs every value; missing values (NaN) are in {_told(gaps)}. Fill them in, "
            "for example with sklearn.impute.SimpleImputer as an earlier step of the same "
            f"pipeline, drop these rows, {_ANY_TABLE}."
        )


def refuse_no_number(asker: str, column: str, what: str, more: Sequence[str] = ()) -> None:
    """Raise for a column that holds no numbers, and name the others like it."""
    also = f", and so do {_told(more)}" if more else ""
    raise InputError(
        f"{asker} needs numbers; {column} holds {what}{also}. Leave such columns out, encode them "
        f"first (for text, sklearn.preprocessing.OneHotEncoder), {_ANY_TABLE}."
    )


def refuse_not_finite(asker: str, values: NDArray[Any], columns: Sequence[str]) -> None:
    """Raise where a column of floats holds NaN or infinity.

    Parameters
    ----------
    asker : str
        Name of the method that needs the numbers.
    values : ndarray of shape (n, d), float64
    columns : sequence of str
        What to call each column.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(values.sum()):
            return
    n_missing = np.isnan(values).sum(axis=0)
    refuse_gaps(
        asker, [counted(columns[j], n_missing[j]) for j in np.flatnonzero(n_missing).tolist()]
    )
    n_infinite = np.isinf(values).sum(axis=0)
    infinite = [counted(columns[j], n_infinite[j]) for j in np.flatnonzero(n_infinite).tolist()]
    if infinite:
        raise InputError(
            f"{asker} needs finite values; infinity is in {_told(infinite)}. Replace it by the "
            "largest value that makes sense, or drop these rows."
        )


def counted(column: str, n_rows: int) -> str:
    """Return a column with a number of rows as text.

    Examples
    --------
    >>> counted("column 'age'", 1)
    "column 'age' (1 row)"
    """
    return f"{column} ({n_rows} row{'s' if n_rows != 1 else ''})"


def _told(columns: Sequence[str]) -> str:
    more = len(columns) - _SHOWN
    shown = ", ".join(columns[:_SHOWN])
    return f"{shown} and {more} more columns" if more > 0 else shown
