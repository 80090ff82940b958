"""The distance between two rows: numbers, categories and missing values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.neighbors.moments import Moments, moments_of
from poise.core.plan.recipes import Ids
from poise.core.tables.blocks import Matrix


class Measure(NamedTuple):
    """The parts of the squared distance between two rows.

    Each column of numbers adds its squared difference. Two different categories add a fixed cost:
    the squared median of the standard deviations of the columns of numbers (Chawla et al. 2002,
    section 6.1), or 1 if there are no such columns. If values are missing, only the columns known in
    both rows count, and the sum is scaled up to all columns. Constant and all-missing columns have
    no weight.

    Attributes
    ----------
    columns : ndarray of intp, or None
        The columns that have weight; None for all columns.
    n_categorical : int
        Number of columns of category codes among these, which come last.
    mismatch : float
        Cost of two different categories, as a squared distance.
    is_partial : bool
        Whether values may be missing.
    """

    columns: Ids | None = None
    n_categorical: int = 0
    mismatch: float = 0.0
    is_partial: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether all columns are numbers without missing values."""
        return self.n_categorical == 0 and not self.is_partial

    def of(self, values: Matrix) -> Matrix:
        """Return the columns that have weight, or one constant column if none has."""
        if self.columns is None:
            return values
        if len(self.columns):
            return values[:, self.columns]
        return np.zeros((len(values), 1))  # no mutant: any number of constant columns


def measure_of(values: Matrix, n_categorical: int, mismatch: float | None = None) -> Measure:
    """Return the distance measure computed from these rows.

    Parameters
    ----------
    values : ndarray or csr_array of shape (n, d)
        Columns of numbers, then columns of category codes; NaN marks a missing value.
    n_categorical : int
        Number of columns of category codes, which come last.
    mismatch : float, optional
        Cost of two different categories; by default computed from these rows.

    Examples
    --------
    >>> measure_of(np.array([[0.0, 0.0], [2.0, 1.0], [4.0, 1.0]]), 1).mismatch
    2.6666666666666665
    """
    if sp.issparse(values):
        return Measure()
    with np.errstate(over="ignore", invalid="ignore"):
        is_partial = bool(np.isnan(values.sum())) and bool(np.isnan(values).any())
    if not n_categorical and not is_partial:
        return Measure()
    n_numbers = values.shape[1] - n_categorical
    low, high = (end.reduce(values, axis=0) for end in (np.fmin, np.fmax))
    columns = np.flatnonzero(high > low)
    n_weighty = int((columns >= n_numbers).sum())
    if mismatch is None:
        mismatch = cost_of_mismatch(moments_of(values[:, :n_numbers])) if n_weighty else 0.0
    return Measure(columns, n_weighty, mismatch, is_partial)


def cost_of_mismatch(numbers: Moments) -> float:
    """Return the cost of two different categories from the moments of the columns of numbers."""
    deviations = numbers.deviations()
    deviations = deviations[np.isfinite(deviations)]
    varying = deviations[deviations > 0]
    if not len(varying):
        return 1.0
    # If most columns are constant, the median is 0, and categories would not count at all.
    median = float(np.median(deviations)) or float(np.median(varying))
    return median**2


def distances_between(points: Matrix, values: Matrix, measure: Measure) -> NDArray[np.float64]:
    """Return the squared distance of each point to each row, equal to the last bit to a search.

    Parameters
    ----------
    points, values : ndarray or csr_array of shape (p, d) and (n, d)
    measure : Measure

    Returns
    -------
    ndarray of shape (p, n)
        Infinity if no column is known in both rows.

    Examples
    --------
    >>> distances_between(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]]), Measure())
    array([[25.]])
    """
    points, values = (_dense(measure.of(rows)) for rows in (points, values))
    n_columns = points.shape[1]
    if measure.is_plain and len(points) == 1:  # no mutant: the same sums, added faster
        # np.add.reduce along the first axis adds column after column, as the loop below does.
        difference = values.T - points.T
        with np.errstate(over="ignore", under="ignore"):
            return np.add.reduce(difference * difference, axis=0)[np.newaxis]
    total = np.zeros((len(points), len(values)))
    n_different, n_common = np.zeros_like(total), np.zeros_like(total)
    with np.errstate(over="ignore", under="ignore"):
        for j in range(n_columns):  # in order, so that the last bit equals that of a search
            difference = points[:, [j]] - values[:, j]
            if measure.is_partial:
                n_common += ~np.isnan(difference)
                difference = np.nan_to_num(difference, nan=0.0, posinf=np.inf, neginf=-np.inf)
            if j < n_columns - measure.n_categorical:
                total += difference * difference
            else:
                n_different += difference != 0
    if measure.n_categorical:
        total += n_different * measure.mismatch
    if not measure.is_partial:
        return total
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = total * (n_columns / n_common)
    return np.where(n_common > 0, scaled, np.inf)


def _dense(rows: Matrix) -> NDArray[np.float64]:
    return np.asarray(rows.toarray() if sp.issparse(rows) else rows, dtype=np.float64)
