"""Carried columns: columns of a table that are neither searched nor blended, such as identifiers and names."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, Literal, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import InputError, listed, nearest_name
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.plan.values import Array
from poise.core.tables.arrays import take_sparse
from poise.core.tables.blocks import Block
from poise.core.tables.columns import column_label, is_missing_item
from poise.core.tables.declared import Declared, position_of
from poise.core.tables.frames import (
    column_at,
    column_names,
    frame_with_columns,
    is_nullable,
    read_column,
    take_columns_of_frame,
    take_rows,
)
from poise.core.tables.replaced import holds_missing, put_values, with_missing
from poise.core.tables.table import Table

# What new rows get in a carried column; a whole number is the first of their values.
How: TypeAlias = Literal["seed", "missing", "new", "negative"] | int
HOW = ("seed", "missing", "new", "negative")
_LARGEST_START = 10**18
_MADE = re.compile(r"new-([0-9]{1,18})")


def read_carried(
    given: Any, names: Sequence[Any] | None, n_columns: int, parameter: str = "carry_columns"
) -> dict[int, How]:
    """Return what new rows get in each carried column, by column position.

    Parameters
    ----------
    given : mapping of column to what new rows get, list of columns, or None
        Columns by name or position; those of a list get the value of the seed row.
    names : sequence or None
        Column names of the table; None if it has none.
    n_columns : int
    parameter : str
        Name of the argument for messages.

    Raises
    ------
    UnknownNameError
        If a column does not exist.
    InputError
        If a column is given twice, is to get something unknown, or no column is left.

    Examples
    --------
    >>> read_carried({"id": "new", "name": "seed"}, ["age", "id", "name"], 3)
    {1: 'new', 2: 'seed'}
    """
    if isinstance(given, str):
        raise InputError(f"{parameter}={given!r} is a name. Pass a list of names: [{given!r}].")
    wanted = given if isinstance(given, Mapping) else dict.fromkeys(given or (), "seed")
    carried: dict[int, How] = {}
    for column, how in wanted.items():
        position = position_of(column, names, n_columns, parameter)
        if position in carried:
            raise InputError(f"{parameter} names column {column!r} twice. Leave one of them out.")
        carried[position] = checked_how(column, how, parameter)
    if len(carried) == n_columns:
        raise InputError(
            f"{parameter} names all {n_columns} columns, so that none is left to search or blend. Leave a column out "
            "of it, or use RandomOverSampler on row numbers."
        )
    return carried


def checked_how(column: Any, how: Any, parameter: str = "carry_columns") -> How:
    """Return what new rows get in a carried column, or raise InputError."""
    is_start = isinstance(how, Integral) and not isinstance(how, bool)
    if is_start and 0 <= int(how) < _LARGEST_START:
        return int(how)
    if isinstance(how, str) and how in HOW:
        return how  # type: ignore[return-value]  # one of the literals
    raise InputError(
        f"{parameter} gives column {column!r} {how!r}; it can be {listed(HOW)}, or a whole number, the first of the "
        f"new values.{nearest_name(how, HOW)}"
    )


def carried_with_id(X: Any, name: Any, carried: Any) -> dict[Any, Any]:
    """Return carried columns together with the column that identifies rows, which gets new values.

    Parameters
    ----------
    X : table
    name : str
        The column that identifies rows.
    carried : mapping, list or None
        Other carried columns; it may say which new values the ids get.

    Raises
    ------
    InputError
        If an id is missing or is in several rows, or new rows would have ids of real ones.
    """
    given = carried if isinstance(carried, Mapping) else dict.fromkeys(carried or (), "seed")
    check_new_ids(name, checked_how(name, given.get(name, "new")))
    names = None if isinstance(X, np.ndarray | list | tuple) or sp.issparse(X) else column_names(X)
    n_columns = n_columns_of(X) if names is None else len(names)
    column = _column(X, position_of(name, names, n_columns, "id"))
    counts = Counter(_items(column))
    n_missing = sum(n for item, n in counts.items() if is_missing_item(item))
    repeated = [item for item, n in counts.items() if n > 1 and not is_missing_item(item)]
    if n_missing:
        raise InputError(
            f"Column {name!r} identifies rows, and is missing in {n_missing:,} of them. Fill it, or name another column."
        )
    if repeated:
        raise InputError(
            f"Column {name!r} identifies rows, and {len(repeated):,} of its values are in several rows: {listed(repeated)}. "
            "Drop the repeated rows, or carry the column along with carry_columns (--carry)."
        )
    return {name: "new", **given}


def check_new_ids(name: Any, how: How) -> None:
    """Raise InputError if new rows would have the ids of their seed rows."""
    if how == "seed":
        raise InputError(
            f"Column {name!r} identifies rows, and carry_columns gives new rows the ids of their seed rows. Pass 'missing', "
            "'negative' or a first number, or leave out id."
        )


@dataclass(frozen=True, eq=False)
class CarryingTable:
    """A table with carried columns: the others are a table by themselves.

    Attributes
    ----------
    X
        The object of the user.
    features : Table
        The columns that are not carried.
    positions : ndarray of intp
        Their positions in X.
    carried : dict of int to How
        What new rows get in each carried column, by its position in X.
    names : sequence or None
        Names of all columns of X.
    """

    X: Any
    features: Table
    positions: Ids
    carried: dict[int, How]
    names: Sequence[Any] | None

    @property
    def n_rows(self) -> int:
        return self.features.n_rows

    @property
    def n_columns(self) -> int:
        return len(self.positions) + len(self.carried)

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(
            replace(block, positions=self.positions[block.positions])
            for block in self.features.blocks
        )

    @property
    def times(self) -> Array | None:
        return self.features.times

    def known_numbers(self) -> tuple[list[Any], Any]:
        return self.features.known_numbers()

    def output(self, plan: Plan) -> Any:
        columns = {
            position: self._column(position, how, plan) for position, how in self.carried.items()
        }
        return _assembled(self.X, self.features.output(plan), self.positions, columns)

    def _column(self, position: int, how: How, plan: Plan) -> Any:
        if sp.issparse(self.X) and how != "seed":
            raise InputError(
                f"carry_columns gives column {position} {how!r}, and in a sparse matrix new rows can only have the value of "
                "their seed row. Pass 'seed', or a frame as X."
            )
        column, label = _column(self.X, position), column_label(position, self.names)
        can_be_missing = holds_missing(column) and is_nullable(self.X, position)
        return column_of_output(label, column, how, plan, can_be_missing=can_be_missing)


def without_carried(X: Any, positions: Ids) -> Any:
    """Return the columns of a table that are not carried; of an object array, a list of its rows."""
    if sp.issparse(X):
        return take_sparse(X.T, positions).T
    if isinstance(X, list | tuple):
        return [type(row)(row[j] for j in positions) for row in X]
    if isinstance(X, np.ndarray):
        some = X[:, positions]
        return some.tolist() if some.dtype == object else some
    return take_columns_of_frame(X, positions)


def declared_without(
    declared: Declared, positions: Ids, names: Sequence[Any] | None, n_columns: int
) -> Declared:
    """Return the column kinds that the user declared for the columns that are not carried."""
    kinds = declared.by_position(names, n_columns)
    keys = range(len(positions)) if names is None else [names[j] for j in positions]
    known = {key: kinds[j] for key, j in zip(keys, positions.tolist(), strict=True) if j in kinds}
    return Declared(kinds=known or None)


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
    if _items(_taken(out, np.flatnonzero(is_new))) != values.tolist():
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
    known = [item for item in _items(column) if not is_missing_item(item)]
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


def _items(column: Any) -> list[Any]:
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


def n_columns_of(X: Any) -> int:
    """Return the number of columns of an array, a sparse matrix or a list of rows."""
    return len(X[0]) if isinstance(X, list | tuple) else int(X.shape[1])


def _column(X: Any, position: int) -> Any:
    if isinstance(X, list | tuple):
        return [row[position] for row in X]
    if isinstance(X, np.ndarray):
        return X[:, position]
    if sp.issparse(X):
        return sp.csc_array(X)[:, [position]]
    return column_at(X, position)


def _assembled(X: Any, features: Any, positions: Ids, columns: dict[int, Any]) -> Any:
    """Return output rows in the container of X, with all columns at their places."""
    if sp.issparse(X):
        order = np.argsort(np.concatenate([positions, list(columns)]))
        whole = sp.hstack([features, *columns.values()], format="csc")[:, order]
        return type(X)(whole.asformat(features.format).astype(X.dtype, copy=False))
    if isinstance(X, list | tuple):
        return type(X)(map(type(X[0]), _rows(features, positions, columns)))
    if isinstance(X, np.ndarray):
        n_columns = len(positions) + len(columns)
        out = np.empty((len(features), n_columns), dtype=X.dtype)
        out[:, positions] = np.array(features, dtype=object) if X.dtype == object else features
        for position, values in columns.items():
            out[:, position] = values
        return out
    return frame_with_columns(X, features, columns)


def _rows(features: Any, positions: Ids, columns: dict[int, Any]) -> list[list[Any]]:
    places = {int(j): i for i, j in enumerate(positions)}
    return [
        [
            row[places[j]] if j in places else columns[j][i]
            for j in range(len(places) + len(columns))
        ]
        for i, row in enumerate(features)
    ]
