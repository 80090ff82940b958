"""The column kinds that the user declared, by name or position of the column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, cast

import numpy as np

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.tables.kinds import Kind
from poise.core.types import ColumnKind, choices

# "ordered" and "time" cannot be declared, because their dtype must define an order or a unit.
DECLARED = choices(ColumnKind)


@dataclass(frozen=True)
class Declared:
    """The column kinds that the user declared.

    Attributes
    ----------
    categorical : "auto", or list of names or positions, or mask
        Columns to treat as categorical, whatever their dtype.
    kinds : mapping of name or position to kind, or None
        Kinds of other columns.
    carried : mapping of name or position to what new rows get, list of names or positions, or None
        Columns that are neither searched nor blended; see `poise.core.tables.carried`.
    """

    categorical: Any = "auto"
    kinds: Mapping[Any, str] | None = None
    carried: Any = None

    def over(self, other: Declared) -> Declared:
        """Combine two declarations; this one has priority for columns that both declare."""
        categorical = other.categorical if self.categorical_is("auto") else self.categorical
        kinds = {**(other.kinds or {}), **(self.kinds or {})}
        return Declared(categorical, kinds or None, _both(self.carried, other.carried))

    def categorical_is(self, word: str) -> bool:
        """Return whether the categorical columns are given by this word, "auto" or "all", and not by name."""
        return isinstance(self.categorical, str) and self.categorical == word

    def by_position(self, names: Sequence[Any] | None, n_columns: int) -> dict[int, Kind]:
        """Return the declared kinds by column position.

        Raises
        ------
        UnknownNameError
            If a column does not exist.
        InputError
            If a kind does not exist, or a column has two kinds.
        """
        kinds: dict[int, Kind] = {}
        for column in _categorical_columns(self.categorical, n_columns):
            kinds[position_of(column, names, n_columns, "categorical_features")] = "categorical"
        named: dict[int, Any] = {}
        for column, kind in (self.kinds or {}).items():
            position = position_of(column, names, n_columns, "column_kinds")
            if named.setdefault(position, column) != column:
                raise InputError(
                    f"column_kinds names one column as {named[position]!r} and as {column!r}. Leave one of them out."
                )
            if kind not in DECLARED:
                raise InputError(
                    f"column_kinds gives column {column!r} the kind {kind!r}; it can be "
                    f"{listed(DECLARED)}.{nearest_name(kind, DECLARED)}"
                )
            if kinds.get(position, kind) != kind:
                raise InputError(
                    f"column {column!r} is in categorical_features and is {kind!r} in "
                    "column_kinds. Leave it out of one of them."
                )
            kinds[position] = cast("Kind", kind)
        return kinds


AS_READ = Declared()


def carried_by_name(given: Any) -> dict[Any, Any]:
    """Return what new rows get in each carried column; those of a list get the value of the seed row."""
    return dict(given) if isinstance(given, Mapping) else dict.fromkeys(given or (), "seed")


def _both(one: Any, two: Any) -> Any:
    """Return the carried columns of two declarations, or raise InputError if they contradict each other."""
    first, second = carried_by_name(one), carried_by_name(two)
    unlike = [column for column in first if second.get(column, first[column]) != first[column]]
    if unlike:
        column = unlike[0]
        raise InputError(
            f"carry_columns of one step gives column {column!r} {first[column]!r}, and that of another {second[column]!r}. "
            "Give both the same, or leave it out of one of them."
        )
    return {**first, **second} or None


def _categorical_columns(given: Any, n_columns: int) -> list[Any]:
    if given is None or (isinstance(given, str) and given == "auto"):
        return []
    if isinstance(given, str) and given == "all":
        return list(range(n_columns))
    if isinstance(given, str):
        raise InputError(
            f"categorical_features={given!r} is not valid. Pass 'auto', 'all', a list of names or "
            f"positions such as [{given!r}], or a mask with one bool per column."
        )
    columns = np.asarray(given, dtype=object).ravel().tolist()
    if columns and all(isinstance(column, bool | np.bool_) for column in columns):
        if len(columns) != n_columns:
            raise InputError(
                f"categorical_features is a mask of {len(columns)} columns; X has {n_columns}. Pass one "
                "bool per column."
            )
        return np.flatnonzero(columns).tolist()
    return columns


def position_of(column: Any, names: Sequence[Any] | None, n_columns: int, parameter: str) -> int:
    """Return the position of a column given by name or by position."""
    if names is not None and column in names:
        return list(names).index(column)
    is_number = isinstance(column, Integral) and not isinstance(column, bool)
    if is_number and -n_columns <= int(column) < n_columns:
        return int(column) % n_columns
    known = names if names is not None and not is_number else range(n_columns)
    raise UnknownNameError(
        f"{parameter} names a column {column!r} that X does not have; its columns are "
        f"{listed(known)}.{nearest_name(column, known)}"
    )
