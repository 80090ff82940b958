"""Read new rows into the numbers and category codes of a table that was read before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError
from poise.core.plan.recipes import Ids
from poise.core.tables.columns import column_label
from poise.core.tables.convert import concat_rows, in_types_of
from poise.core.tables.declared import Declared
from poise.core.tables.kinds import Kind
from poise.core.tables.read import read_table
from poise.study.event_table import EventTable, Floats, numbers_in

NUMBERS: frozenset[Kind] = frozenset({"continuous", "integer", "bool"})


@dataclass(frozen=True, eq=False)
class RowReader:
    """Reads new rows with the category codes of a table, by reading them together with a few of its rows.

    Attributes
    ----------
    sample : object
        Rows of the table that the user passed: one of each category, and one with each time.
    numbers : ndarray of shape (n_sample, n_columns), float64
        Their numbers and category codes in the table.
    n_numbers : int
        Number of columns of `numbers` that are not category codes; they come first.
    time_columns : tuple of int
    kinds : dict of str to str
        The kind of each column of `numbers`, by its name for messages.
    declared : Declared
        The column kinds that the user declared, and the columns that were read as categories.
    """

    sample: Any
    numbers: Floats
    n_numbers: int
    time_columns: tuple[int, ...]
    kinds: dict[str, Kind]
    declared: Declared

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
        was_empty = np.isnan(of_sample).all(axis=0) & ~np.isnan(self.numbers).any(axis=0)
        found[:, was_empty] = 0.0
        for place in self.time_columns:
            row = int(np.isfinite(of_sample[:, place]).argmax())
            found[:, place] += self.numbers[row, place] - of_sample[row, place]
        for place in range(self.n_numbers, numbers.shape[1]):
            found[:, place] = _recoded(found[:, place], of_sample[:, place], self.numbers[:, place])
        return found

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
    """Return the first row, the first of each category, and the first with each time."""
    found = [np.zeros(1, dtype=np.intp)]
    for place in rows.categorical:
        codes = rows.numbers[:, place]
        known = np.flatnonzero(~np.isnan(codes))
        found.append(known[np.unique(codes[known], return_index=True)[1]])
    found += [np.flatnonzero(~np.isnan(rows.numbers[:, place]))[:1] for place in rows.time_columns]
    return np.unique(np.concatenate(found))


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
