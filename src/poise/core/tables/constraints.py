"""Constraints of a table: names to positions, the check of real rows, and one-hot columns that are found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import InputError, OneHotWarning, warn
from poise.core.plan.constraints import (
    Constraint,
    Mask,
    OneHot,
    Rules,
    broken_by,
    column_of,
)
from poise.core.plan.recipes import Ids
from poise.core.plan.values import Array
from poise.core.tables.aligned import take
from poise.core.tables.arrays import ItemTable
from poise.core.tables.blocks import Block
from poise.core.tables.carried import CarryingTable, column_in
from poise.core.tables.columns import column_label, is_missing_item
from poise.core.tables.declared import position_of
from poise.core.tables.frames import FrameTable
from poise.core.tables.keys import items_of
from poise.core.tables.table import Table

LISTED = 5
# In fewer rows, columns can look one-hot by chance.
_LEAST_ROWS = 20
_FEW = 64
_NUMBERS = ("continuous", "integer")
_FLAGS = ("bool", "categorical")


def check_constraints(given: Any) -> tuple[Constraint, ...]:
    """Return constraints that are rules, or raise InputError."""
    rules = tuple(given or ())
    for rule in rules:
        if not isinstance(rule, Constraint):
            raise InputError(
                f"constraints holds {rule!r:.100}. Pass rules of poise.constraints: Sum, LessEqual, OneHot or Between."
            )
    return rules


def read_rules(
    given: Sequence[Constraint], table: Table, X: Any, *, checks_rows: bool = True
) -> Rules | None:
    """Return the rules of a table by column position; None without any.

    Parameters
    ----------
    given : sequence of Constraint
        About columns by name or position.
    table : Table
        X as it was read.
    X : table
    checks_rows : bool
        Whether to check that the rows of the table keep the rules.

    Raises
    ------
    UnknownNameError
        If a column does not exist.
    InputError
        If a column is not of numbers (of OneHot: all of numbers, or all of flags or categories) or is
        carried, a rule names it twice, or a row breaks a rule.
    """
    if not given:
        return None
    kinds = {int(position): block for block in table.blocks for position in block.positions}
    decimals = decimals_of(table)
    rules = []
    for rule in given:
        places = {
            column: position_of(column, table.names, table.n_columns, "constraints")
            for column in rule.columns
        }
        _check_kinds(rule, {c: kinds.get(position) for c, position in places.items()})
        for column, position in places.items():
            if position in decimals:
                raise InputError(
                    f"{rule!r:.200} names column {column!r}, which holds decimals; new ones are rounded after the repair. "
                    "Cast the column to floats, or to whole numbers of its smallest unit, such as cents."
                )
        moved = rule.at(places)
        rules.append(moved)
        if checks_rows:
            _check_real_rows(rule, moved, table, X)
    return Rules(tuple(rules), table.n_columns)


def decimals_of(table: Any) -> frozenset[int]:
    """Return the positions of the columns of decimals, of Arrow's type or Python's."""
    if isinstance(table, CarryingTable):
        own = decimals_of(table.features)
        return frozenset(int(table.positions[place]) for place in own)
    return table.decimals if isinstance(table, FrameTable | ItemTable) else frozenset()


def _check_kinds(rule: Constraint, blocks: Mapping[Any, Block | None]) -> None:
    """Raise InputError unless the columns of a rule, given with their blocks, are of kinds that it can be about."""
    for column, block in blocks.items():
        if block is None:
            raise InputError(
                f"{rule!r:.200} names column {column!r}, which is in carry_columns, and carried columns are not blended. "
                "Leave it out of one of them."
            )
        allowed = (*_NUMBERS, *_FLAGS) if isinstance(rule, OneHot) else _NUMBERS
        if block.times is not None or block.kind not in allowed:
            what = "the time of each row" if block.times is not None else f"of kind {block.kind!r}"
            raise InputError(
                f"{rule!r:.200} names column {column!r}, which is {what}. OneHot is about columns of numbers, flags or "
                "categories without an order, and the other rules about numbers. Leave the rule out, or convert the column to numbers."
            )
    flags = [c for c, block in blocks.items() if block is not None and block.kind in _FLAGS]
    others = [column for column in blocks if column not in flags]
    if flags and others:
        raise InputError(
            f"{rule!r:.200} names column {flags[0]!r}, of flags or categories, and column {others[0]!r}, of numbers. Give "
            f"all its columns one dtype, or declare them alike, as in column_kinds={{{others[0]!r}: 'bool'}}."
        )


def _check_real_rows(rule: Constraint, moved: Constraint, table: Table, X: Any) -> None:
    """Raise InputError if a row of the table itself breaks a rule."""
    n_broken, shown = rows_that_break(moved, table, X)
    if n_broken:
        raise_broken(rule, n_broken, [f"row {row} ({values})" for row, values in shown])


def rows_that_break(rule: Constraint, table: Table, X: Any) -> tuple[int, list[tuple[int, str]]]:
    """Return how many rows of a table break a rule about positions, and the first ones with their values."""
    values, missing = {}, {}
    blocks = {int(position): block for block in table.blocks for position in block.positions}
    for position in rule.columns:
        block = blocks[position]
        if block.kind == "categorical":  # its cells are codes
            values[position], missing[position] = _items_in(X, position)
        else:
            place = int(np.flatnonzero(block.positions == position)[0])
            values[position], missing[position] = column_of(block.cells, place)
    rows = np.flatnonzero(broken_by(rule, values, missing))
    return len(rows), [(row, _shown(row, values, table.names)) for row in rows[:LISTED].tolist()]


def _items_in(X: Any, position: int, rows: Ids | None = None) -> tuple[Array, Mask]:
    """Return the values of a column, in some rows, as Python objects (None if missing), and where they are missing."""
    column = column_in(X, position)
    column = column.toarray().ravel() if sp.issparse(column) else column
    items = items_of(column if rows is None else take(column, rows))
    missing = np.array([is_missing_item(item) for item in items], dtype=bool)
    values = np.empty(len(items), dtype=object)
    values[:] = items
    values[missing] = None  # pandas.NA cannot be compared
    return values, missing


def raise_broken(rule: Constraint, n_rows: int, shown: Sequence[str]) -> NoReturn:
    """Raise InputError for rows of X that break a rule; some of them are shown."""
    more = f" and {n_rows - len(shown):,} more" if n_rows > len(shown) else ""
    is_about_flags = isinstance(rule, OneHot)
    text = " OneHot is about 0 and 1, or False and True; text is neither." if is_about_flags else ""
    raise InputError(
        f"{rule!r:.200} is broken by {n_rows:,} row{'' if n_rows == 1 else 's'} of X: {'; '.join(shown)}{more}. New rows can "
        f"keep only rules that X keeps. Correct or drop these rows, or change the rule.{text}"
    )


def _shown(row: int, values: dict[int, Array], names: Sequence[Any] | None) -> str:
    return ", ".join(
        f"{column_label(position, names)} is {column[[row]].tolist()[0]!r}"
        for position, column in list(values.items())[:LISTED]
    )


def warn_of_one_hot(
    found: Sequence[Sequence[int]], names: Sequence[Any] | None, *, are_copied: bool = False
) -> None:
    """Warn about groups of columns, as `one_hot_in` and `one_hot_copied_in` find them, if there are any."""
    if not found:
        return
    named = [[p if names is None else names[p] for p in positions] for positions in found]
    are_many = len(named) > 1
    rules = ", ".join(f"OneHot({columns!r})" for columns in named)
    what = "flags or categories" if are_copied else "columns"
    harm = (
        "new rows may get them from several rows, and so no 1 or two"
        if are_copied
        else "blended rows get other values there"
    )
    way_out = (
        ""
        if are_copied
        else f", or column_kinds={{{named[0][0]!r}: 'continuous', ...}} where blended values are right"
    )
    warn(
        f"{len(named)} group{'s' if are_many else ''} of {what} {'look' if are_many else 'looks'} one-hot encoded (each row has exactly "
        f"one 1), and {harm}. Pass constraints=[{rules}] from poise.constraints to keep them so{way_out}.",
        OneHotWarning,
    )


class _Flags(NamedTuple):
    """A column of 0 and 1: where it is 1, and where it is missing."""

    ones: Mask
    missing: Mask


def one_hot_in(blocks: Sequence[Block], rules: Rules | None = None) -> list[list[int]]:
    """Return groups of neighbouring columns of the numbers 0 and 1, by position, of which each row has exactly one 1.

    Columns are tried in table order; the first group that is complete is taken, and the next one begins
    after it. Columns of rules or of a declared kind, sparse matrices, and tables of fewer than 20 rows are left alone.
    """
    candidates: dict[int, _Flags] = {}
    for block in blocks:
        values = block.cells.values
        is_plain = isinstance(values, np.ndarray) and block.cells.missing is None
        is_number = block.kind in _NUMBERS and not block.is_declared and block.times is None
        if not (is_plain and is_number):
            continue
        few, known = values[:_FEW], np.zeros(len(values), dtype=bool)
        for place in np.flatnonzero(((few == 0) | (few == 1)).all(axis=0)).tolist():
            column = values[:, place]
            if ((column == 0) | (column == 1)).all():
                candidates[int(block.positions[place])] = _Flags(column == 1, known)
    return _groups_in(candidates, rules)


def one_hot_copied_in(
    blocks: Sequence[Block], X: Any, rules: Rules | None = None, *, votes: bool
) -> list[list[int]]:
    """Return such groups among the flags and categories that a new row may get from several rows.

    These are flags with missing values, and the categories of a method that votes on each of them. A row
    that lacks a value of a group may have no 1.
    """
    candidates: dict[int, _Flags] = {}
    whole: set[int] = set()  # flags that are copied together unless one beside them lacks a value
    for block in blocks:
        for place, position in enumerate(block.positions.tolist()):
            if block.kind == "bool" and block.times is None:
                values, missing = column_of(block.cells, place)
                candidates[position] = _Flags((values == 1) & ~missing, missing)
                whole |= set() if missing.any() else {position}
            elif block.kind == "categorical" and votes:
                codes = block.codes[:, place]
                one = _code_of_one(codes, X, position)
                if one is not None:
                    candidates[position] = _Flags(codes == one, codes < 0)
    return [group for group in _groups_in(candidates, rules) if not whole.issuperset(group)]


def _code_of_one(codes: NDArray[np.int32], X: Any, position: int) -> int | None:
    """Return the code of the value 1 in a column of the values 0 and 1; None for any other column."""
    if codes.max(initial=-1) != 1:
        return None
    rows = np.array([np.flatnonzero(codes == code)[0] for code in (0, 1)])
    values = _items_in(X, position, rows)[0]
    is_one = [bool(value == 1) for value in values]
    return is_one.index(True) if is_one != [bool(value == 0) for value in values] else None


def _groups_in(candidates: Mapping[int, _Flags], rules: Rules | None) -> list[list[int]]:
    ruled = {column for rule in (rules.rules if rules else ()) for column in rule.columns}
    free = {p: c for p, c in candidates.items() if p not in ruled and c.ones.any()}
    found: list[list[int]] = []
    after = -1
    for start in sorted(free):
        if start <= after:
            continue
        group = _group_from(start, free)
        if group:
            found.append(group)
            after = group[-1]
    return found


def _group_from(start: int, candidates: Mapping[int, _Flags]) -> list[int]:
    """Return the columns from this one on that are one-hot together, or an empty list."""
    seen, missing = (mask.copy() for mask in candidates[start])
    position = start + 1
    while position in candidates and not (seen & candidates[position].ones).any():
        seen |= candidates[position].ones
        missing |= candidates[position].missing
        position += 1
        if (seen | missing).all() and np.count_nonzero(~missing) >= _LEAST_ROWS:
            return list(range(start, position))
    return []
