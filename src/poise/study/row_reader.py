"""Read new rows into the numbers and category codes of a table that was read before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.plan.recipes import Ids
from poise.core.tables.columns import column_label
from poise.core.tables.convert import concat_rows, in_types_of
from poise.core.tables.declared import Declared
from poise.core.tables.kinds import Kind
from poise.core.tables.read import read_table
from poise.core.tables.series import ordered_categories
from poise.core.tables.table import Table
from poise.study.event_table import EventTable, Floats, numbers_in

NUMBERS: frozenset[Kind] = frozenset({"continuous", "integer", "bool"})


@dataclass(frozen=True, eq=False)
class RowReader:
    """Reads new rows with the category codes of a table, by reading them together with a few of its rows.

    Attributes
    ----------
    sample : object
        Rows of the table that the user passed: one of each category, and the earliest of each time.
    numbers : ndarray of shape (n_sample, n_columns), float64
        Their numbers and category codes in the table.
    n_numbers : int
        Number of columns of `numbers` that are not category codes; they come first.
    time_columns : tuple of int
    kinds : dict of str to str
        The kind of each column of `numbers`, by its name for messages.
    declared : Declared
        The column kinds that the user declared, and the columns that were read as categories.
    columns : tuple
        Name, or else position, of each column of `numbers`.
    """

    sample: Any
    numbers: Floats
    n_numbers: int
    time_columns: tuple[int, ...]
    kinds: dict[str, Kind]
    declared: Declared
    columns: tuple[Any, ...]

    @classmethod
    def of(cls, rows: EventTable) -> RowReader:
        """Return the reader of rows like those of a table."""
        some = _one_of_each(rows)
        kinds = {rows.columns[place]: "categorical" for place in rows.categorical}
        known = rows.declared
        return cls(
            rows.take(some, as_given=True),
            rows.numbers[some],
            rows.n_numbers,
            rows.time_columns,
            dict(zip(rows.names, rows.read_as, strict=True)),
            Declared(known.categorical, {**(known.kinds or {}), **kinds} or None, known.carried),
            rows.columns,
        )

    def numbers_of(self, X: Any) -> Floats:
        """Return new rows as numbers, then category codes; NaN if missing.

        A category that the table did not have gets the code after the last one of its column.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_columns)
            Columns of a frame are matched by name.

        Raises
        ------
        InputError
            If the columns are others, or of other kinds.
        UnsupportedTypeError
            If X is not the same type of table.
        """
        X = in_types_of(X, self.sample)
        both = read_table(concat_rows(self.sample, X, ("the table in fit", "X")), self.declared)
        numbers, kinds = numbers_in(both)
        now = {column_label(position, both.names): kind for position, kind in kinds.items()}
        self._check_kinds(now)
        n = len(self.numbers)
        of_sample, found = numbers[:n], numbers[n:]
        was_empty = self._was_empty(of_sample)
        found[:, was_empty] = 0.0
        for place, position in enumerate(kinds):
            if place in self.time_columns and not was_empty[place]:
                found[:, place] = _days_since(both, position, self._earliest(place))[n:]
        for place in range(self.n_numbers, numbers.shape[1]):
            found[:, place] = _recoded(found[:, place], of_sample[:, place], self.numbers[:, place])
        return found

    def _was_empty(self, of_sample: Floats) -> NDArray[np.bool_]:
        """Return which columns had no value in the table, and are constant there; from the sample as it is read alone."""
        is_gone: NDArray[np.bool_] = np.isnan(of_sample)
        return np.asarray(is_gone.all(axis=0) & ~np.isnan(self.numbers).any(axis=0))

    def _earliest(self, place: int) -> int:
        """Return the row of the sample with the earliest time in a column."""
        return int((self.numbers[:, place] == 0).argmax())

    def for_inference(self, is_used: NDArray[np.bool_] | None = None) -> list[tuple[Any, Any, Any]]:
        """Return what ``poise_inference.read_columns`` needs to read rows as `numbers_of` does.

        Parameters
        ----------
        is_used : ndarray of shape (n_columns,), bool, optional
            Columns of the numbers that are used; the others are read as 0.

        Raises
        ------
        UnsupportedTypeError
            If a column is of a type that is read only by Poise.
        """
        numbers, _ = numbers_in(read_table(self.sample, self.declared))
        is_read = ~self._was_empty(numbers)
        if is_used is not None:
            is_read &= is_used
        return [
            self._read_in_inference(place, name, label) if is_read[place] else (None, None, None)
            for place, (name, label) in enumerate(zip(self.columns, self.kinds, strict=True))
        ]

    def _read_in_inference(self, place: int, name: Any, label: str) -> tuple[Any, Any, Any]:
        kind, numbers = self.kinds[label], self.numbers[:, place]
        if kind in NUMBERS:
            return name, None, None
        if kind == "ordered":
            return name, None, _checked(label, ordered_categories(self.sample, name))
        rows = self.sample if hasattr(self.sample, "columns") else np.asarray(self.sample).T
        cells = np.asarray(rows[name])
        if kind == "time":
            if cells.dtype.kind not in "mM":
                raise UnsupportedTypeError(
                    f"{label} holds times with a time zone, or times of day, which an exported model does not read. Convert it to numbers, "
                    "or to times without a zone, before the comparison."
                )
            return name, cells[self._earliest(place)], None
        is_known = ~np.isnan(numbers)
        value_of = dict(zip(numbers[is_known].tolist(), cells[is_known].tolist(), strict=True))
        return name, None, _checked(label, [value_of[code] for code in sorted(value_of)])

    def _check_kinds(self, now: dict[str, Kind]) -> None:
        """Raise InputError if a column is of another kind than in fit."""
        for name, kind in self.kinds.items():
            are_numbers = {now[name], kind} <= NUMBERS
            if now[name] != kind and not are_numbers:
                raise InputError(
                    f"{name} of X was read as {now[name]}, and as {kind} in fit. Convert it to the type that it had there, such as with "
                    "pandas.to_numeric, pandas.to_datetime or astype."
                )


def _one_of_each(rows: EventTable) -> Ids:
    """Return the first row, the first of each category, and the earliest of each time."""
    found = [np.zeros(1, dtype=np.intp)]
    for place in rows.categorical:
        codes = rows.numbers[:, place]
        known = np.flatnonzero(~np.isnan(codes))
        found.append(known[np.unique(codes[known], return_index=True)[1]])
    found += [np.flatnonzero(rows.numbers[:, place] == 0)[:1] for place in rows.time_columns]
    return np.unique(np.concatenate(found))


def _days_since(table: Table, position: int, row: int) -> Floats:
    """Return a column of times as days since that of a row; NaN if missing."""
    for block in table.blocks:
        if position in block.positions:
            place = block.positions.tolist().index(position)
            values, missing = np.asarray(block.cells.values), block.cells.missing
            days: Floats = (values[:, place] - values[row, place]) / block.ticks_per_day
            return (
                days if missing is None else np.where(np.asarray(missing)[:, place], np.nan, days)
            )
    raise AssertionError(position)  # pragma: no cover


def _checked(label: str, categories: list[Any]) -> list[Any]:
    """Return categories, or raise if a value has no counterpart in a file without Poise."""
    for category in categories:
        if not isinstance(category, str | int | float):
            raise UnsupportedTypeError(
                f"{label} has categories such as {category!r}, a {type(category).__name__}, which an exported model does not read. Convert "
                "the column to text before the comparison."
            )
    return categories


def _recoded(codes: Floats, here: Floats, there: Floats) -> Floats:
    """Return codes in other numbers, which the same rows have there."""
    is_known: NDArray[np.bool_] = ~np.isnan(here) & ~np.isnan(there)
    new = there[is_known].max(initial=-1.0) + 1
    size = int(np.nanmax(np.append(codes, here), initial=0)) + 1
    number_of = np.full(size, new)
    number_of[here[is_known].astype(np.intp)] = there[is_known]
    is_missing = np.isnan(codes)
    found = number_of[np.where(is_missing, 0, codes).astype(np.intp)]
    return np.where(is_missing, np.nan, found)
