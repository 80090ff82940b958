"""Column kinds: inferred from the dtype, or declared by the user.

==================  ================================  ============================================
kind                neighbours                        new value
==================  ================================  ============================================
continuous          as numbers                        seed + gap * (partner - seed), cast back
integer             as numbers                        the same, rounded as numpy does
bool                as numbers                        that of the nearer parent
ordered             by rank                           rank blended, rounded
time                as days since the first time      ticks blended, rounded
categorical         equal or not                      all such columns from the nearer parent
==================  ================================  ============================================

The parents of a new row are its seed row and its partner. A new value is missing exactly if the value
of the seed row is; if only the value of the partner is missing, it is the value of the seed row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal, TypeAlias, cast

import numpy as np

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.plan.values import LARGEST_EXACT, Array

Kind: TypeAlias = Literal["continuous", "integer", "bool", "ordered", "time", "categorical"]
# "ordered" and "time" cannot be declared, because their dtype must define an order or a unit.
DECLARED = ("continuous", "integer", "bool", "categorical")


@dataclass(frozen=True)
class Declared:
    """The column kinds that the user declared.

    Attributes
    ----------
    categorical : "auto", or list of names or positions, or mask
        Columns to treat as categorical, whatever their dtype.
    kinds : mapping of name or position to kind, or None
        Kinds of other columns.
    """

    categorical: Any = "auto"
    kinds: Mapping[Any, str] | None = None

    def over(self, other: Declared) -> Declared:
        """Combine two declarations; this one has priority for columns that both declare."""
        is_default = isinstance(self.categorical, str) and self.categorical == "auto"
        categorical = other.categorical if is_default else self.categorical
        kinds = {**(other.kinds or {}), **(self.kinds or {})}
        return Declared(categorical, kinds or None)

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
        for column, kind in (self.kinds or {}).items():
            position = position_of(column, names, n_columns, "column_kinds")
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


def kind_of_dtype(dtype: np.dtype[Any]) -> Kind:
    """Return the column kind of a numpy dtype.

    Examples
    --------
    >>> [kind_of_dtype(np.dtype(name)) for name in ("f4", "u1", "?", "M8[s]", "U3")]
    ['continuous', 'integer', 'bool', 'time', 'categorical']
    """
    kinds: dict[str, Kind] = {"f": "continuous", "b": "bool", "m": "time", "M": "time"}
    return "integer" if dtype.kind in "iu" else kinds.get(dtype.kind, "categorical")


def check_declared_kind(column: str, values: Array, kind: Kind) -> None:
    """Raise InputError if the values of a column do not fit its declared kind."""
    if kind == "categorical":
        return
    if values.dtype.kind not in "fiub":
        raise InputError(
            f"column_kinds says that {column} is {kind!r}, but it holds {values.dtype} values. "
            "Convert it to numbers first, or leave it out of column_kinds."
        )
    if kind == "continuous" and values.dtype.kind in "iu":
        raise InputError(
            f"column_kinds says that {column} is 'continuous', but its dtype {values.dtype} holds "
            "no fractions. Convert it to float first, or leave it out of column_kinds."
        )
    if kind == "continuous" or values.dtype.kind != "f":
        return
    too_large = values[np.abs(values) > LARGEST_EXACT]
    if len(too_large):
        raise InputError(
            f"column_kinds says that {column} is {kind!r}, but it holds {too_large[0]:g}, where floats "
            "cannot hold every whole number. Convert the column to an integer dtype, or replace "
            "such values."
        )
    fractions = values[np.isfinite(values) & (values != np.rint(values))]
    if len(fractions):
        raise InputError(
            f"column_kinds says that {column} is {kind!r}, but it holds {fractions[0]:g}. Round the "
            "column, or leave it out of column_kinds."
        )
