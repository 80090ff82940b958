"""Rows that are not cells of a table: images, sequences, texts, file names; and their embedding.

They can be taken, repeated and, where they are arrays of numbers, blended. Neighbours are searched in an
embedding, a table of numbers with one row for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
import scipy.sparse as sp

from poise.core.errors import InputError, PoiseError, listed
from poise.core.plan.plan import Plan
from poise.core.plan.values import Array
from poise.core.tables.aligned import applied, check_not_masked, seeds_of
from poise.core.tables.blocks import Block, Matrix
from poise.core.tables.convert import as_numbers
from poise.core.tables.declared import AS_READ, Declared
from poise.core.tables.frames import read_column
from poise.core.tables.read import check_same_length, is_name, length, read_table
from poise.core.tables.table import Table
from poise.core.types import RowsOf, choices


@dataclass(frozen=True, eq=False)
class AnyRows:
    """An array, a list or a column whose entries are the rows, whatever they hold.

    Attributes
    ----------
    rows : ndarray of shape (n_rows, ...), list, tuple or column
    """

    rows: Any
    names: None = None

    @cached_property
    def n_rows(self) -> int:
        return length(self.rows)

    @property
    def n_columns(self) -> int:
        """The length of the second axis, as in scikit-learn; 1 if there is none."""
        shape: tuple[int, ...] = getattr(self.rows, "shape", (self.n_rows,))
        return int(shape[1]) if len(shape) > 1 else 1

    @property
    def blocks(self) -> tuple[Block, ...]:
        raise_not_columns(self.rows)

    @property
    def times(self) -> Array | None:
        return None

    def known_numbers(self) -> tuple[list[Any], Matrix]:
        raise_not_columns(self.rows)

    def output(self, plan: Plan) -> Any:
        return (
            seeds_of(self.rows, plan) if plan.only_originals else applied(self.rows, plan, "blend")
        )


def raise_not_columns(X: Any) -> NoReturn:
    """Raise InputError for rows that have no columns in which neighbours could be searched."""
    dimensions = n_dimensions(X)
    others = (
        "; or reshape: X.reshape(X.shape[0], -1) makes it one row each; or use RandomOverSampler (without shrinkage) or "
        "RandomUnderSampler, which search none."
    )
    raise InputError(
        f"Expected 2D array, got {dimensions}D array instead as X. Pass embedding=E, an array with a row of numbers for "
        f"each row of X, in which neighbours are searched{others if dimensions > 2 else '.'}"
    )


def is_list_of_texts(X: Any) -> bool:
    """Return whether X is a list or an array of texts instead of a table."""
    if isinstance(X, np.ndarray):
        return X.ndim == 1 and X.dtype.kind == "U"
    return isinstance(X, list | tuple) and bool(X) and isinstance(X[0], str)


def n_dimensions(X: Any) -> int:
    """Return the number of dimensions of an array, or of a list of lists or arrays; 0 of a single value.

    Examples
    --------
    >>> n_dimensions(np.zeros((2, 3, 3))), n_dimensions([[1, 2], [3, 4]]), n_dimensions(["a", "b"])
    (3, 2, 1)
    """
    if isinstance(X, list | tuple):
        return 1 + (n_dimensions(X[0]) if X else 0)
    return len(getattr(X, "shape", ()))


def read_rows(
    X: Any, declared: Declared = AS_READ, time: Any = None, constraints: Any = None
) -> Table:
    """Read a table of any supported type, or other rows as they are.

    Parameters
    ----------
    X, declared, time
        As in `read_table`.
    constraints : list of constraints, optional
        Rules about columns, which only a table has.

    Raises
    ------
    InputError
        If X is empty, or a parameter names columns of an X that has no columns.
    """
    if _has_columns(X):
        return read_table(X, declared, time)
    check_not_masked("X", X)
    rows = AnyRows(X)
    if not rows.n_rows:
        raise InputError(
            "X is empty: found array with 0 sample(s) while a minimum of 1 is required."
        )
    named = {
        "time": time if is_name(time, rows) else None,
        "carry_columns": declared.carried or None,
        "column_kinds": declared.kinds or None,
        "constraints": constraints or None,
        "categorical_features": None if declared.categorical_is("auto") else declared.categorical,
    }
    for parameter, value in named.items():
        if value is not None:
            raise InputError(
                f"{parameter}={value!r} names columns, and X, with {n_dimensions(X)} dimensions, has none. Leave it out"
                + (", or pass an array with the time of each row." if parameter == "time" else ".")
            )
    return rows


def _has_columns(X: Any) -> bool:
    """Return whether rows are those of a table: sparse, a frame, a 2-D array, or lists of equal lengths."""
    if isinstance(X, list | tuple):
        is_row = all(
            isinstance(row, list | tuple | np.ndarray) and len(np.shape(row)) == 1 for row in X
        )
        return is_row and len({len(row) for row in X}) == 1
    return len(X.shape) == 2 if hasattr(X, "shape") else read_column(X) is None


def read_embedding(embedding: Any, n_rows: int) -> Table:
    """Read an embedding: a row of finite numbers for each row of X.

    Parameters
    ----------
    embedding : array-like, sparse matrix or frame of shape (n_rows, d)
    n_rows : int
        Number of rows of X.

    Raises
    ------
    InputError
        If the shape is another, or a value is not a finite number.
    """
    if hasattr(embedding, "fit"):
        raise InputError(
            f"embedding={embedding!r:.200} is an estimator. Pass what its transform(X) returns, or the transformer itself as the "
            "parameter neighbor_space= of the sampler."
        )
    check_not_masked("embedding", embedding)
    try:
        n_entries, values = length(embedding), as_numbers(embedding)
    except PoiseError as error:
        raise InputError(
            f"embedding is a {type(embedding).__name__} and not a table of numbers ({str(error).rstrip('.')}). Pass an array of shape (n_rows, d), "
            "such as numpy.stack(embedding) of a column of lists."
        ) from error
    check_same_length("embedding", n_entries, n_rows)
    shape: tuple[int, ...] = np.shape(values)
    dtype = getattr(values, "dtype", np.dtype(object))
    if len(shape) != 2 or not shape[1] or dtype.kind not in "fiub":
        raise InputError(
            f"embedding has the shape {shape} and the type {dtype}. Pass an array of numbers of shape (n_rows, d), for "
            "example what a network computes in its last layer but one."
        )
    _check_finite_embedding(values)
    return read_table(values)


def _check_finite_embedding(values: Any) -> None:
    numbers: Array = values.data if sp.issparse(values) else values
    if np.isfinite(numbers).all():
        return
    bad = sp.coo_array(values) if sp.issparse(values) else values
    rows = (
        bad.row[~np.isfinite(bad.data)]
        if sp.issparse(bad)
        else np.flatnonzero(~np.isfinite(bad).all(axis=1))
    )
    rows = np.unique(rows)
    raise InputError(
        f"embedding must be finite; {len(rows)} of its rows are not, the first row {int(rows[0])}. Check what computes it, "
        "or drop these rows from X, y and embedding."
    )


def compares_categories(declared: Declared) -> bool:
    """Return whether all columns are declared categories, which an embedding does not have."""
    return declared.categorical_is("all")


def check_rows_of(rows: Any, embedding: Any, declared: Declared) -> None:
    """Raise InputError unless `rows` of `fit_resample` is a choice, and there is an embedding that can be used."""
    if embedding is not None and compares_categories(declared):
        raise InputError(
            "categorical_features='all' compares rows by their categories, and an embedding holds numbers. Use "
            "poise.over_sampling.SMOTE, or leave embedding out."
        )
    if rows is None:
        return
    if not isinstance(rows, str) or rows not in choices(RowsOf):
        raise InputError(f"rows={rows!r:.200} is not known; it can be {listed(choices(RowsOf))}.")
    if embedding is None:
        raise InputError(
            f"rows={rows!r} says how rows of X follow an embedding, and there is none. Pass embedding=, an array with a "
            "row of numbers for each row of X, or leave rows out."
        )
