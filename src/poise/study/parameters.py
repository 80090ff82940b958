"""Parameters of `poise.compare` and `poise.diagnose`, checked before work begins."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from poise.core.errors import InputError, PoiseError, UnknownNameError, nearest_name
from poise.core.tables.columns import is_missing_item
from poise.core.tables.labels import encode_groups
from poise.core.tables.read import check_same_length, read_target
from poise.core.types import choices

_MOST_JOBS = 1 << 15  # more than any machine has cores


def read_count(name: str, value: Any, least: int, example: int) -> int:
    """Return a whole number of Python or numpy as an int.

    Raises
    ------
    InputError
        If it is something else, or too small.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise InputError(
            f"{name}={value!r} must be a whole number of at least {least}, such as {name}={example}."
        )
    if value < least:
        raise InputError(
            f"{name}={value} is too few. Pass {least} or more, such as {name}={example}."
        )
    return int(value)


def read_number(name: str, value: Any, what: str, *, most: float = math.inf) -> float:
    """Return a number above 0 and up to `most` as a float; `what` says in messages what it must be.

    Raises
    ------
    InputError
        If it is something else.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not 0 < value <= most:
        raise InputError(f"{name}={value!r} must be {what}.")
    return float(value)


def check_choice(name: str, value: Any, allowed: Any) -> None:
    """Raise UnknownNameError unless a value is one of the choices of a type."""
    known = choices(allowed)
    if not isinstance(value, str) or value not in known:
        raise UnknownNameError(
            f"{name}={value!r} is unknown; it must be {' or '.join(map(repr, known))}.{nearest_name(value, known)}"
        )


def read_n_jobs(n_jobs: Any) -> int | None:
    """Return `n_jobs` as an int or None.

    Raises
    ------
    InputError
        If it is 0, larger than any machine allows, or not a whole number.
    """
    if n_jobs is None:
        return None
    is_whole = isinstance(n_jobs, Integral) and not isinstance(n_jobs, bool)
    if not is_whole or n_jobs == 0 or abs(n_jobs) > _MOST_JOBS:
        raise InputError(
            f"n_jobs={n_jobs!r} must be None for all cores, a whole number from 1 to {_MOST_JOBS}, or a negative one "
            "that counts down from all cores, such as -1."
        )
    return int(n_jobs)


def check_labelling(pos_label: Any, column_kinds: Any) -> None:
    """Raise InputError for several labels instead of one, or kinds of columns that are not a dictionary."""
    if hasattr(pos_label, "__len__") and not isinstance(pos_label, str | bytes | tuple):
        raise InputError(
            f"pos_label={pos_label!r:.100} must be a single label, that of the event; all other rows are the rest."
        )
    if column_kinds is not None and not isinstance(column_kinds, Mapping):
        raise InputError(
            f"column_kinds={column_kinds!r} must be a dict of kinds by column, such as {{'age': 'integer'}}."
        )


def check_path(name: str, path: Any) -> None:
    """Raise InputError unless this is the path of a file, or None."""
    if path is None or (isinstance(path, str | os.PathLike) and "\0" not in os.fspath(path)):
        return
    raise InputError(f"{name}={path!r} must be the path of a file, such as {name}='folds.jsonl'.")


def read_groups(groups: Any, n_rows: int) -> Any:
    """Return the group of each row as an array of shape (n_rows,).

    Raises
    ------
    InputError
        If a group is missing, or there is not one group per row.
    """
    try:
        values = read_target(groups)
    except PoiseError as error:
        raise InputError(
            f"groups={groups!r:.100} must hold one group per row: an array, a list, or a column of a frame, such as "
            "X['customer']."
        ) from error
    check_same_length("groups", len(values), n_rows)
    encode_groups(values)  # it must have one column, of values that can be compared
    values = values.ravel()
    missing = [row for row, group in enumerate(values.tolist()) if is_missing_item(group)]
    if missing:
        raise InputError(
            f"groups has {len(missing)} missing value{'s' if len(missing) > 1 else ''}, the first in row {missing[0]} "
            "(counted from 0). Give each of these rows a group, such as one of its own."
        )
    try:
        np.unique(values)
    except TypeError:
        raise InputError(
            "groups mixes values that have no order, such as numbers and text. Make them one type, for example all "
            "strings."
        ) from None
    return values
