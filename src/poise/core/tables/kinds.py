"""Column kinds: inferred from the dtype, or declared by the user.

==================  ================================  ============================================
kind                neighbours                        new value
==================  ================================  ============================================
continuous          as numbers                        seed + gap * (partner - seed), cast back
integer             as numbers                        the same, rounded as numpy does
bool                as numbers                        that of the nearer parent
ordered             by rank                           rank blended, rounded
time                as days since the first time      blended; whole days apart, whole days (hours, ...)
categorical         equal or not                      all such columns from the nearer parent
==================  ================================  ============================================

The parents of a new row are its seed row and its partner. A new value is missing exactly if the value
of the seed row is; if only the value of the partner is missing, it is the value of the seed row.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from poise.core.errors import InputError
from poise.core.plan.values import LARGEST_EXACT, Array

Kind: TypeAlias = Literal["continuous", "integer", "bool", "ordered", "time", "categorical"]


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
