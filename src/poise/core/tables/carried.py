"""Carried columns: columns of a table that are neither searched nor blended, such as identifiers and names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
import scipy.sparse as sp

from poise.core.errors import InputError, listed, nearest_name
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.plan.values import Array
from poise.core.tables.arrays import n_columns_of, take_sparse
from poise.core.tables.blocks import Block
from poise.core.tables.columns import column_label, is_missing_item
from poise.core.tables.declared import Declared, carried_by_name, position_of
from poise.core.tables.frames import (
    column_at,
    column_names,
    frame_with_columns,
    is_nullable,
    take_columns_of_frame,
)
from poise.core.tables.keys import How, column_of_output, items_of
from poise.core.tables.replaced import holds_missing
from poise.core.tables.table import Table
from poise.core.types import Carried, choices

HOW = choices(Carried)
_LARGEST_START = 10**18


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
    carried: dict[int, How] = {}
    for column, how in carried_by_name(given).items():
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
    given = carried_by_name(carried)
    check_new_ids(name, checked_how(name, given.get(name, "new")))
    names = None if isinstance(X, np.ndarray | list | tuple) or sp.issparse(X) else column_names(X)
    n_columns = n_columns_of(X) if names is None else len(names)
    column = column_in(X, position_of(name, names, n_columns, "id"))
    counts = Counter(items_of(column))
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

    @cached_property
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
        return _assembled(
            self.X, self.features.output(plan.in_columns(self.positions)), self.positions, columns
        )

    def _column(self, position: int, how: How, plan: Plan) -> Any:
        if sp.issparse(self.X) and how != "seed":
            raise InputError(
                f"carry_columns gives column {position} {how!r}, and in a sparse matrix new rows can only have the value of "
                "their seed row. Pass 'seed', or a frame as X."
            )
        column, label = column_in(self.X, position), column_label(position, self.names)
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


def column_in(X: Any, position: int) -> Any:
    """Return a column of a table as it is: of a list of rows a list, of a sparse matrix a matrix."""
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
