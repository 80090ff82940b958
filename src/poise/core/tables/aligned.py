"""Apply plans to arrays with one entry per row: weights, groups, times, other columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date
from decimal import Decimal
from numbers import Real
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp

from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.numbers import weights_of
from poise.core.plan.making import latest_parents
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.plan.values import Array, rows_at
from poise.core.tables.arrays import n_columns_of, take_sparse
from poise.core.tables.columns import column_of_array, times_in
from poise.core.tables.convert import have_one_index
from poise.core.tables.frames import (
    FrameTable,
    as_frame,
    library_of,
    only_column,
    read_column_alone,
    take_columns_of_frame,
    take_from_frame,
    take_rows,
)
from poise.core.tables.read import array_of_items, length, read_table
from poise.core.tables.replaced import with_missing
from poise.core.tables.series import is_pandas_like
from poise.core.tables.table import Table


def take(values: Any, rows: Ids) -> Any:
    """Return the entries of some input rows in the same container.

    Parameters
    ----------
    values : array-like, sparse matrix, column or frame with one entry per input row
    rows : ndarray of intp
    """
    if isinstance(values, np.ndarray):
        return rows_at(values, rows)
    if isinstance(values, list | tuple):
        return type(values)(values[i] for i in rows.tolist())
    if sp.issparse(values):
        return take_sparse(values, rows)
    if type(values).__module__.startswith("pandas") and not is_pandas_like(values):
        return values.take(rows)  # an Index or an extension array
    taken = take_rows(values, rows)
    return np.asarray(values)[rows] if taken is None else taken


def take_columns(X: Any, positions: Ids) -> Any:
    """Return some columns of a table in the same container; of a list of rows, an array.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    positions : ndarray of intp
    """
    if sp.issparse(X):
        return take_sparse(X.T, positions).T
    taken = take_columns_of_frame(X, positions)
    return np.asarray(X)[:, positions] if taken is None else taken


def seeds_of(values: Any, plan: Plan) -> Any:
    """Return the entry of the seed row of each output row, in the same container."""
    if is_pandas_like(values):
        return take_from_frame(values, plan)
    return take(values, plan.source)


def number_rows(values: Any) -> Any:
    """Give an object of pandas the index 0, 1, 2, ... in place; return it, and other objects unchanged."""
    if is_pandas_like(values):
        values.index = library_of(values).RangeIndex(len(values))
    return values


def resampled(table: Table, X: Any, y: Any, plan: Plan) -> tuple[Any, Any]:
    """Return the output rows of a plan and their labels, each in its own container.

    The index of a pandas object survives only where X and y have the same one. Otherwise the rows are
    numbered 0, 1, 2, ..., so that columns put beside each other stay aligned. An array of labels of
    shape (n_rows, 1) becomes one of shape (n_output,).

    Parameters
    ----------
    table : Table
        X as it was read.
    X, y
        The objects of the user.
    plan : Plan
    """
    is_column = isinstance(y, np.ndarray) and y.shape[1:] == (1,)
    keeps_index = have_one_index(X, y)
    rows, labels = table.output(plan), seeds_of(y[:, 0] if is_column else y, plan)
    return (rows, labels) if keeps_index else (number_rows(rows), number_rows(labels))


def align_all(given: Mapping[str, Any], X: Any, y: Any, plan: Plan) -> dict[str, Any]:
    """Apply a plan to the arrays that were passed beside X and y, by name; their indexes as in `resampled`."""
    keeps_index = have_one_index(X, y)
    aligned = {}
    for name, values in given.items():
        is_same = have_one_index(X, values, name)
        out = align(values, plan, name)
        aligned[name] = out if is_same and keeps_index else number_rows(out)
    return aligned


def align(values: Any, plan: Plan, name: str) -> Any:
    """Apply a plan to an array that was passed beside X and y.

    `sample_weight` and `embedding` are blended like the rows. `time` is the latest time of the rows that an output row
    depends on. Any other array is repeated from the seed row.
    """
    if name == "time":
        return take(values, latest_parents(plan, times_of(values))[plan.order])
    if name == "sample_weight":
        return applied(weights_of(values, plan.n_rows), plan, "blend")
    if name == "embedding":  # rules are about the columns of X
        return applied(values, plan.keeping(None), "blend")
    return seeds_of(values, plan)


def times_of(values: Any) -> Array:
    """Return when each row was recorded, as numbers.

    Raises
    ------
    InputError
        If a time is missing, is neither a date nor a number, or there are several columns.
    """
    check_not_masked("time", values)
    column = read_column_alone(values)
    return times_in(column or column_of_array("time", _as_times(values)))


def check_not_masked(name: str, values: Any) -> None:
    """Raise UnsupportedTypeError for a masked array, whose mask would be lost."""
    if isinstance(values, np.ma.MaskedArray):
        raise UnsupportedTypeError(
            f"{name} is a masked array, whose mask would be lost. Pass {name}.filled(...) instead."
        )


def _as_times(time: Any) -> Array:
    values = np.asarray(time)
    if values.ndim > 1 and values.shape[1:] != (1,):
        raise InputError(
            f"time must hold one time per row; it has the shape {values.shape}. Pass one column."
        )
    values = values.ravel()
    if values.dtype != object:
        return values
    items = [_in_utc(item) for item in values.tolist()]
    if all(isinstance(item, date) for item in items):
        return np.array(items, dtype="datetime64[us]")
    is_number = all(isinstance(item, Real | Decimal) for item in items)
    return np.array(items, dtype=np.float64) if is_number else values


def _in_utc(item: Any) -> Any:
    if getattr(item, "tzinfo", None) is None or not hasattr(item, "astimezone"):
        return item
    return item.astimezone(UTC).replace(tzinfo=None)


def applied(values: Any, plan: Plan, how: Literal["blend", "seed", "missing"]) -> Any:
    """Apply a plan to an array, list, column or frame; see `Plan.apply`."""
    if how not in ("blend", "seed", "missing"):
        raise InputError(f"how={how!r} is not known; it can be 'blend', 'seed' or 'missing'.")
    if isinstance(values, str | dict | set):
        raise UnsupportedTypeError(
            f"values is a {type(values).__name__}. Pass an array, a list, a column or a frame."
        )
    if length(values) != plan.n_rows:
        raise InputError(
            f"values has {length(values)} entries; the plan is for {plan.n_rows} rows. Pass one entry per row of "
            "the table that the plan was made for."
        )
    if how == "seed":
        return seeds_of(values, plan)
    if how == "blend":
        return _blended(values, plan.without_noise().for_width(_width(values)))
    if sp.issparse(values):
        raise InputError(
            "A sparse matrix holds no missing values. Use how='seed', or pass a frame."
        )
    return with_missing(seeds_of(values, plan), plan.is_new)


def _width(values: Any) -> int | None:
    """Return the number of columns of a table; None for a single column and other arrays."""
    frame = as_frame(values)
    if frame is not None:
        return int(frame.shape[1]) if frame.to_native() is values else None
    return n_columns_of(values) or None


def _blended(values: Any, plan: Plan) -> Any:
    whole = as_frame(values)
    if whole is not None:
        made = FrameTable(whole).output(plan)
        return made if whole.to_native() is values else only_column(made, values)
    is_list = isinstance(values, list | tuple)
    array = array_of_items(list(values), "values") if is_list else values
    array = array if sp.issparse(array) else np.asarray(array)
    if array.ndim == 2:
        return read_table(values if is_list else array).output(plan)
    if is_list and array.ndim == 1:
        # As rows of one item: in an array, numpy would give all items one type.
        return type(values)(item for (item,) in read_table([[v] for v in values]).output(plan))
    block = array.reshape(
        len(array), math.prod(array.shape[1:])
    )  # numpy guesses no width of no rows
    made = read_table(block).output(plan).reshape(len(plan), *array.shape[1:])
    return type(values)(made.tolist()) if is_list else made
