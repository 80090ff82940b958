"""The values of carried columns in new rows: those of their seed rows, missing ones, or new keys."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, Literal, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import InputError
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.plan.values import Array
from poise.core.tables.arrays import take_sparse
from poise.core.tables.columns import is_missing_item
from poise.core.tables.frames import read_column, take_rows
from poise.core.tables.replaced import put_values, with_missing

# What new rows get in a carried column; a whole number is the first of their values.
How: TypeAlias = Literal["seed", "missing", "new", "negative"] | int
_MADE = re.compile(r"new-([0-9]{1,18})")


def column_of_output(label: str, column: Any, how: How, plan: Plan, *, can_be_missing: bool) -> Any:
    """Return the values of a carried column in the output rows of a plan.

    Parameters
    ----------
    label : str
        Name of the column for messages, such as "column 'id'".
    column : column of a frame, ndarray, or list
        Its values in the input rows.
    how : How
        What new rows get: the value of their seed row, a missing value, or a new value: numbers below
        zero, or those from a start on. "new" is a missing value if the column can hold one, and
        otherwise a number below zero.
    plan : Plan
    can_be_missing : bool
        Whether the column can hold missing values.

    Raises
    ------
    InputError
        If the column cannot hold the new values.
    """
    taken, is_new = _taken(column, plan.source), plan.is_new
    if how == "seed" or not is_new.any():
        return taken
    if how == "missing" and not can_be_missing:
        raise InputError(
            f"carry_columns gives {label} missing values in new rows, which its type cannot hold. Convert it to a "
            "type that can, such as Int64 of pandas or float, or pass 'negative', 'seed', or the first new number."
        )
    if how == "missing" or (how == "new" and can_be_missing):
        return _changed(label, taken, "missing values", lambda: with_missing(taken, is_new))
    values = _new_values(label, column, "negative" if how == "new" else how, int(is_new.sum()))
    words = f"the new values {values[0]} to {values[-1]}"
    out = _changed(label, taken, words, lambda: put_values(taken, is_new, values))
    if items_of(_taken(out, np.flatnonzero(is_new))) != values.tolist():
        raise _cannot_hold(label, words, "they would be cut or lost")
    return out


def _changed(label: str, taken: Any, words: str, change: Callable[[], Any]) -> Any:
    """Return a column with new values, or raise InputError if its type cannot hold them."""
    try:
        out = change()
    except Exception as error:
        raise _cannot_hold(
            label, words, str(error)
        ) from error  # each library has errors of its own
    if getattr(out, "dtype", None) != getattr(taken, "dtype", None):
        raise _cannot_hold(label, words, f"it would become {out.dtype}")
    return out


def _cannot_hold(label: str, words: str, reason: str) -> InputError:
    first = reason.strip().partition("\n")[0].rstrip(".")
    return InputError(
        f"{label} cannot hold {words}: {first or 'its type has no such values'}. Convert it to another type, or pass 'seed' "
        "for it in carry_columns."
    )


def _taken(column: Any, rows: Ids) -> Any:
    if isinstance(column, np.ndarray):
        return column[rows]
    if isinstance(column, list):
        return [column[i] for i in rows.tolist()]
    if sp.issparse(column):
        return take_sparse(column, rows)
    return take_rows(column, rows)


def _new_values(label: str, column: Any, how: How, n_new: int) -> Array:
    """Return new values of a column of whole numbers or text."""
    known = [item for item in items_of(column) if not is_missing_item(item)]
    if known and all(isinstance(item, str) for item in known):
        return new_texts(label, largest_made(known), how, n_new)
    if not all(_is_whole(item) for item in known):
        raise InputError(
            f"{label} holds neither whole numbers nor text, so new rows get no new values in it. Pass 'seed' or "
            "'missing' for it in carry_columns."
        )
    ends = (int(min(known)), int(max(known))) if known else (0, -1)
    limits = _limits(column)
    return new_numbers(label, ends, limits, how, n_new)


def new_numbers(
    label: str, ends: tuple[int, int], limits: tuple[int, int], how: How, n_new: int
) -> NDArray[np.int64]:
    """Return numbers for new rows that no row has: below zero, or from a start on.

    Parameters
    ----------
    label : str
    ends : tuple of two ints
        The smallest and the largest number of the column.
    limits : tuple of two ints
        Those that its type can hold.
    how : "negative" or int
        The start is above all numbers of the column.
    n_new : int

    Examples
    --------
    >>> new_numbers("column 'id'", (1, 900), (-2**63, 2**63 - 1), "negative", 3).tolist()
    [-1, -2, -3]
    """
    if how == "negative":
        first = min(ends[0], 0) - 1
        if first - n_new + 1 < limits[0]:
            raise InputError(
                f"{label} cannot hold {n_new:,} numbers below {first + 1} for new rows. Convert it to a wider type with "
                "a sign, such as int64, or pass the first new number."
            )
        return first - np.arange(n_new)
    assert isinstance(how, int)  # noqa: S101  # for mypy: the other words need no numbers
    _check_start(label, how, ends[1])
    if how + n_new - 1 > limits[1]:
        raise InputError(
            f"{label} cannot hold {n_new:,} numbers from {how} on for new rows. Convert it to a wider type, or pass a "
            "smaller start."
        )
    return how + np.arange(n_new)


def new_texts(label: str, largest: int, how: How, n_new: int) -> Array:
    """Return "new-7", "new-8", ... for new rows, from a start above the largest such number on.

    Examples
    --------
    >>> new_texts("column 'id'", -1, 7, 2).tolist()
    ['new-7', 'new-8']
    """
    if not isinstance(how, int):
        raise InputError(
            f"{label} holds text, which has no negative numbers. Pass 'missing', 'seed', or a start such as 0 for "
            "new-0, new-1, ..."
        )
    _check_start(label, how, largest)
    return np.array([f"new-{how + i}" for i in range(n_new)], dtype=object)


def _check_start(label: str, start: int, largest: int) -> None:
    if start <= largest:
        raise InputError(
            f"{label} is to have new values from {start} on, and rows have values up to {largest}. Pass a start that no "
            "row has or can get, or 'negative'."
        )


def largest_made(texts: Sequence[str]) -> int:
    """Return the largest number in texts such as "new-7"; -1 if there is none."""
    found = [int(match[1]) for match in map(_MADE.fullmatch, texts) if match]
    return max(found, default=-1)


def _is_whole(item: Any) -> bool:
    if isinstance(item, bool) or not isinstance(item, Integral | float | np.floating):
        return False
    return math.isfinite(item) and item == int(item)


def items_of(column: Any) -> list[Any]:
    """Return the values of a column, array or list as a list."""
    if isinstance(column, list):
        return column
    values = column if isinstance(column, np.ndarray) else read_column(column)
    return [] if values is None else values.tolist()


def _limits(column: Any) -> tuple[int, int]:
    dtype = getattr(column, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind in "iu":
        return int(np.iinfo(dtype).min), min(int(np.iinfo(dtype).max), 2**63 - 1)
    if isinstance(dtype, np.dtype) and dtype.kind == "f":
        digits = np.finfo(dtype).nmant + 1
        return -(2**digits), 2**digits
    return -(2**63), 2**63 - 1
