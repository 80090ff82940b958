"""Column kinds: inferred from the dtype, overridden by the user.

==================  ================================  ============================================
kind                neighbours                        new value
==================  ================================  ============================================
continuous          as numbers                        seed + gap * (partner - seed), cast back
integer             as numbers                        the same, rounded half to even
bool                as numbers                        the nearer parent's
ordered             by rank                           rank blended, rounded
time                as days since the column's start  ticks blended, rounded
categorical         equal or not                      the nearer parent's, all such columns together
==================  ================================  ============================================

A new value is missing exactly where the seed's is; where only the partner's is, it is the seed's.
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
# "ordered" and "time" need a dtype that has an order or a unit, so they cannot be declared.
DECLARED = ("continuous", "integer", "bool", "categorical")


@dataclass(frozen=True)
class Declared:
    """What the user declares.

    Attributes
    ----------
    categorical : "auto", or list of names or positions, or mask
        Columns that are categorical whatever their dtype.
    kinds : mapping of name or position to kind, or None
    """

    categorical: Any = "auto"
    kinds: Mapping[Any, str] | None = None

    def over(self, other: Declared) -> Declared:
        """Return both; where both speak of a column, this one's word counts."""
        is_silent = isinstance(self.categorical, str) and self.categorical == "auto"
        categorical = other.categorical if is_silent else self.categorical
        kinds = {**(other.kinds or {}), **(self.kinds or {})}
        return Declared(categorical, kinds or None)

    def by_position(self, names: Sequence[Any] | None, n_columns: int) -> dict[int, Kind]:
        """Return the kinds that are declared, by position.

        Raises
        ------
        UnknownNameError
            For a column that does not exist.
        InputError
            For a kind that does not exist, or two kinds for one column.
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
            f"categorical_features={given!r} is not understood. Pass 'auto', 'all', a list of names or "
            f"positions such as [{given!r}], or a mask with a bool for each column."
        )
    columns = np.asarray(given, dtype=object).ravel().tolist()
    if columns and all(isinstance(column, bool | np.bool_) for column in columns):
        if len(columns) != n_columns:
            raise InputError(
                f"categorical_features is a mask of {len(columns)} columns; X has {n_columns}."
            )
        return np.flatnonzero(columns).tolist()
    return columns


def position_of(column: Any, names: Sequence[Any] | None, n_columns: int, method_name: str) -> int:
    """Return the position of a column that is given by name or by position."""
    if names is not None and column in names:
        return list(names).index(column)
    is_number = isinstance(column, Integral) and not isinstance(column, bool)
    if is_number and -n_columns <= int(column) < n_columns:
        return int(column) % n_columns
    known = names if names is not None and not is_number else range(n_columns)
    raise UnknownNameError(
        f"{method_name} names a column {column!r} that X does not have; its columns are "
        f"{listed(known)}.{nearest_name(column, known)}"
    )


def kind_of_dtype(dtype: np.dtype[Any]) -> Kind:
    """Return the kind of columns of a numpy dtype.

    Examples
    --------
    >>> [kind_of_dtype(np.dtype(name)) for name in ("f4", "u1", "?", "M8[s]", "U3")]
    ['continuous', 'integer', 'bool', 'time', 'categorical']
    """
    kinds: dict[str, Kind] = {"f": "continuous", "b": "bool", "m": "time", "M": "time"}
    return "integer" if dtype.kind in "iu" else kinds.get(dtype.kind, "categorical")


def check_declared_kind(column: str, values: Array, kind: Kind) -> None:
    """Raise where a column's values cannot be of the kind declared for them."""
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
            "hold no longer every whole number. Convert the column to an integer dtype, or replace "
            "such values."
        )
    fractions = values[np.isfinite(values) & (values != np.rint(values))]
    if len(fractions):
        raise InputError(
            f"column_kinds says that {column} is {kind!r}, but it holds {fractions[0]:g}."
        )
