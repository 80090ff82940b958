"""Infer the kinds of columns from their values, for files in which the dtype says little."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from poise.core.plan.values import LARGEST_EXACT, Array
from poise.core.tables.blocks import Block
from poise.core.tables.read import read_table
from poise.core.types import ColumnKind


def infer_column_kinds(X: Any) -> dict[Any, ColumnKind]:
    """Return the kinds of columns that their values show and their dtypes do not.

    A column of floats that are all whole numbers is "integer" (missing cells turn integers into floats in
    every CSV file), and a column of two whole numbers is "bool": its new values are one of the two.
    Columns whose dtype already says their kind are left out.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        The table. It is not modified. Columns of a sparse matrix are left out.

    Returns
    -------
    dict of column name (position in an array) to {"integer", "bool"}
        For the parameter `column_kinds` of samplers and of `poise.compare`.

    Raises
    ------
    InputError
        If the table cannot be read.

    See Also
    --------
    poise.SMOTE : Treats a column of floats as continuous unless `column_kinds` says otherwise.

    Examples
    --------
    >>> import pandas as pd, poise
    >>> X = pd.DataFrame({"age": [31.0, None, 44.0, 58.0], "smokes": [0, 1, 1, 0], "bmi": [22.5, 31, 27.1, 25]})
    >>> poise.infer_column_kinds(X)
    {'age': 'integer', 'smokes': 'bool'}
    """
    if sp.issparse(X):
        return {}
    table = read_table(X)
    found = {
        int(position): kind
        for block in table.blocks
        if block.kind in ("continuous", "integer")
        for position, kind in zip(block.positions, _kinds(block), strict=True)
        if kind is not None
    }
    names = range(table.n_columns) if table.names is None else table.names
    return {names[position]: found[position] for position in sorted(found)}


def _kinds(block: Block) -> list[ColumnKind | None]:
    values, missing = block.cells
    known = [
        column if missing is None else column[~missing[:, j]]
        for j, column in enumerate(np.asarray(values).T)
    ]
    return [_kind_of(column, is_float=block.kind == "continuous") for column in known]


def _kind_of(values: Array, *, is_float: bool) -> ColumnKind | None:
    """Return "bool" for two whole numbers, "integer" for other floats that are whole, else None."""
    if is_float:
        values = values[~np.isnan(values)]
        is_whole = np.isfinite(values) & (np.abs(values) <= LARGEST_EXACT)
        if not (is_whole & (values == np.rint(values))).all():
            return None
    if not len(values):
        return None
    low, high = values.min(), values.max()
    if low != high and ((values == low) | (values == high)).all():
        return "bool"
    return "integer" if is_float else None
