"""Space: the units in which neighbours are searched, fitted once on all input rows.

The units are those of the table ("raw"), "standard", "robust", or the output of a transformer.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import clone
from sklearn.preprocessing import RobustScaler

from poise.core.errors import InputError, listed
from poise.core.neighbors.magnitudes import (
    UNCHANGED,
    Scaling,
    are_ordinary,
    scaled,
    scaling_of,
    spans_of,
)
from poise.core.neighbors.moments import moments_of, scale_of
from poise.core.plan.constraints import Rules
from poise.core.plan.making import assembly_of
from poise.core.plan.plan import Plan
from poise.core.plan.values import concat_arrays
from poise.core.sampling.checks import check_complete, check_finite, raise_too_different
from poise.core.tables.blocks import Block, Matrix, labels_as_searched, searched
from poise.core.tables.columns import column_label
from poise.core.tables.made import searched_made
from poise.core.tables.table import Table
from poise.core.types import SpaceName, choices

SPACES = choices(SpaceName)


class UnitDeviations:
    """The transformer of the space "standard": divide each column by its exact standard deviation.

    Parameters
    ----------
    scale : ndarray of shape (n_numbers,), float64, optional
        Standard deviations; by default those of the rows on which it is fitted.
    """

    def __init__(self, scale: NDArray[np.float64] | None = None) -> None:
        self._scale = np.ones(0) if scale is None else scale

    def fit(self, numbers: Matrix) -> UnitDeviations:
        """Return the transformer fitted on these rows."""
        return UnitDeviations(scale_of(moments_of(numbers)))

    def transform(self, numbers: Matrix) -> Matrix:
        """Return rows in standard units."""
        with np.errstate(over="ignore"):
            if not sp.issparse(numbers):
                return numbers.astype(np.float64) / self._scale
            moved = numbers.astype(np.float64)
            moved.data = moved.data / self._scale[moved.indices]
            return moved


@dataclass(frozen=True, eq=False)
class Space:
    """The input rows as numbers and category codes, and the units in which neighbours are searched.

    Attributes
    ----------
    blocks : tuple of Block
    names : sequence
        Column names of the table, or positions if it has no names.
    labels : sequence of str
        Name of each column for messages, such as "column 'age'".
    raw : ndarray or csr_array of shape (n_rows, d)
        The input rows in the units of the table: numbers, then category codes; NaN if missing.
    n_categorical : int
        Number of columns of category codes, which come last.
    units : str or transformer
        "raw", "standard", "robust", or the user's transformer, which is not fitted.
    transformer : transformer or None
        Fitted on the numbers of `raw`; None if they are not transformed.
    scale : ndarray of shape (n_numbers,), float64, or None
        Standard deviations of a larger table of which these rows are a part.
    mismatch : float or None
        Cost of two different categories in that larger table, as a squared distance.
    scaling : Scaling
        The power of two by which the numbers of `raw` are multiplied before neighbours are searched.
    rules : Rules or None
        What new rows keep.
    """

    blocks: tuple[Block, ...]
    names: Sequence[Any]
    labels: Sequence[str]
    raw: Matrix
    n_categorical: int
    units: Any = "raw"
    transformer: Any = None
    scale: NDArray[np.float64] | None = None
    mismatch: float | None = None
    scaling: Scaling = UNCHANGED
    rules: Rules | None = None

    def in_units(self, units: Any) -> Space:
        """Return the same rows with other units."""
        if _is_raw(units):
            return replace(self, units=units, transformer=None)
        if self.scale is not None:
            return replace(self, units=units, transformer=UnitDeviations(self.scale))
        rows = self.moderate(self.raw, "RobustScaler") if _is_robust(units) else self.raw
        fitted = _fitted(units, rows, self.n_categorical)
        return replace(self, units=units, transformer=fitted)

    def rows_after(self, done: Plan | None) -> Matrix:
        """Return the output rows of a plan in the units of the table; the input rows if it is None."""
        if done is None:
            return self.raw
        # Made rows are searched as they will be in the output, after the cast to the column dtypes.
        done = done.keeping(self.rules)
        taken, made, order = assembly_of(done)
        rows = concat_arrays([self.raw[taken], searched_made(self.blocks, done)[made]])
        return rows if order is None else rows[order]

    def moved(self, rows: Matrix, method_name: str) -> Matrix:
        """Return rows in the units of the space.

        Raises
        ------
        InputError
            If the transformer fails or returns infinite values.
        """
        if self.transformer is None:
            return self.moderate(rows, method_name)
        if _is_robust(self.units):
            rows = self.moderate(rows, method_name)
        n_numbers = rows.shape[1] - self.n_categorical
        moved = _transformed(self.transformer, rows[:, :n_numbers], self.units)
        if not are_ordinary(moved):
            _check_moved(moved, self.units, method_name)
        if not self.n_categorical:
            return moved
        dense = moved.toarray() if sp.issparse(moved) else moved
        return np.column_stack([dense, rows[:, n_numbers:]])

    def moderate(self, rows: Matrix, method_name: str) -> Matrix:
        """Return rows whose squared differences neither overflow nor vanish.

        Rows of ordinary magnitudes are returned as they are; the numbers of others are multiplied by a
        power of two, the same one for all rows of the table.

        Raises
        ------
        InputError
            If the columns have such different magnitudes that no power of two will do.
        """
        if self.scaling.too_different is not None:
            raise_too_different(
                method_name, self.raw, self.labels_as_searched, *self.scaling.too_different
            )
        if not self.scaling.exponent:
            return rows
        return scaled(rows, rows.shape[1] - self.n_categorical, self.scaling.exponent)

    @property
    def labels_as_searched(self) -> list[str]:
        """Name of each column of `raw` for messages."""
        return labels_as_searched(self.blocks, self.labels)


def read_space(
    table: Table,
    method_name: str = "This method",
    units: Any = "raw",
    scale: NDArray[np.float64] | None = None,
    mismatch: float | None = None,
) -> Space:
    """Read the columns of a table and return its space.

    Parameters
    ----------
    table : Table
    method_name : str
        Name of the method for messages.
    units, scale, mismatch
        See `Space`.

    Raises
    ------
    InputError
        If a column cannot be searched, a number is infinite, or a sparse matrix has missing values.
    """
    is_raw = _is_raw(units)  # an unknown name raises before the columns are read
    names: Sequence[Any] = table.names if table.names is not None else range(table.n_columns)
    labels = labels_of(table)
    blocks = table.blocks
    raw, n_categorical = searched(blocks)
    scaling = UNCHANGED
    if not are_ordinary(raw):
        columns = labels_as_searched(blocks, labels)
        scaling = _checked_scaling(raw, n_categorical, method_name, columns)
    space = Space(
        blocks, names, labels, raw, n_categorical, scale=scale, mismatch=mismatch, scaling=scaling
    )
    return space if is_raw else space.in_units(units)


def _checked_scaling(
    raw: Matrix, n_categorical: int, method_name: str, columns: Sequence[str]
) -> Scaling:
    spans = spans_of(raw[:, : raw.shape[1] - n_categorical])
    if not spans.are_finite:
        check_finite(method_name, raw, columns)
    if sp.issparse(raw):
        check_complete(method_name, raw, columns)
    return UNCHANGED if raw.dtype == np.float32 else scaling_of(spans)


def _check_moved(moved: Matrix, units: Any, method_name: str) -> None:
    columns = [f"column {j} of neighbor_space" for j in range(moved.shape[1])]
    check_finite(method_name, moved, columns)
    is_standard = isinstance(units, str) and units == "standard"  # numbers of about unit size
    if not is_standard and scaling_of(spans_of(moved)) != UNCHANGED:
        raise InputError(
            f"neighbor_space={units!r} returns numbers whose squared differences overflow or vanish. Change the unit "
            "of the columns, or pass neighbor_space='standard'."
        )


class ColumnLabels(Sequence[str]):
    """The name of each column for messages, made when it is read: a hashed matrix may have 10**9 columns.

    Parameters
    ----------
    names : sequence or None
    n_columns : int
    """

    def __init__(self, names: Sequence[Any] | None, n_columns: int) -> None:
        self._names, self._positions = names, range(n_columns)

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, place: Any) -> Any:
        return column_label(self._positions[place], self._names)


def labels_of(table: Table) -> Sequence[str]:
    """Return the name of each column of a table for messages."""
    return ColumnLabels(table.names, table.n_columns)


def _is_robust(units: Any) -> bool:
    return isinstance(units, str) and units == "robust"


def _is_raw(units: Any) -> bool:
    if isinstance(units, str) and units not in SPACES:
        raise InputError(
            f"neighbor_space={units!r} is not known; it can be {listed(SPACES)} or a transformer "
            "of scikit-learn."
        )
    return isinstance(units, str) and units == "raw"


def _fitted(units: Any, values: Matrix, n_categorical: int) -> Any:
    """Return a transformer fitted on the numbers of all rows."""
    # Centring changes no distance, and would make a sparse matrix dense.
    numbers = values[:, : values.shape[1] - n_categorical]
    own = {
        "standard": UnitDeviations(),
        "robust": RobustScaler(with_centering=False),
    }
    if not numbers.shape[1]:
        return None
    if not isinstance(units, str) and (isinstance(units, type) or not hasattr(units, "get_params")):
        raise InputError(
            f"neighbor_space={units!r} must be an instance of a scikit-learn transformer."
        )
    transformer = own[units] if isinstance(units, str) else clone(units)
    with _as_input_error(units):
        # Some transformers change their input in place.
        return transformer.fit(numbers.copy())


def _transformed(transformer: Any, numbers: Matrix, units: Any) -> Matrix:
    with _as_input_error(units), config_context(transform_output="default"):
        moved = transformer.transform(numbers.copy())
    is_table = sp.issparse(moved) or (isinstance(moved, np.ndarray) and moved.ndim == 2)
    if not is_table or moved.shape[0] != numbers.shape[0] or moved.dtype.kind not in "fiub":
        raise InputError(
            f"neighbor_space={units!r} must return numbers, with one row for each row that it gets."
        )
    moved = sp.csr_array(moved) if sp.issparse(moved) else moved
    return moved.astype(np.float64, copy=False)


@contextmanager
def _as_input_error(units: Any) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of columns that are all missing
            yield
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"neighbor_space={units!r} cannot be fitted on the numbers of X: {error} It gets an array of the numeric "
            "columns, in their order: name columns by their position among these."
        ) from error
