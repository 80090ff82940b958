"""The resolution of the columns of a table, and how rows are rounded when they are made."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from poise.core.plan.recipes import Ids

Floats = NDArray[np.float64]

_EXACT = 1e-9  # rounding error of arithmetic, in units of a column's deviation
_COUNTABLE = 0.05  # of a step: if a value is further from a whole step, the column is not on a grid
_MOST_VALUES = 20_000  # no mutant: speed alone
_FEW_DIFFERENCES = 200  # no mutant: speed alone


class Grain(NamedTuple):
    """Resolution of the columns of a table.

    Attributes
    ----------
    columns : ndarray of intp
        Linearly independent columns.
    step : ndarray of shape (n_columns,), float64
        Resolution of each column: how far a value may be off a line and still count as on it.
    spread : ndarray of shape (n_columns,), float64
        Standard deviation of each column, 1 for constant ones.
    is_grid : ndarray of shape (n_columns,), bool
        Whether all values are whole numbers of steps apart.
    """

    columns: Ids
    step: Floats
    spread: Floats
    is_grid: NDArray[np.bool_]


def grain_of(values: Floats) -> Grain:
    """Return the resolution of each column of a table.

    Parameters
    ----------
    values : ndarray of shape (n, d)
        Finite numbers.

    Examples
    --------
    >>> rng = np.random.RandomState(0)
    >>> x = rng.normal(size=(50, 2))
    >>> grain = grain_of(np.column_stack([x, x[:, 0] * 2, np.round(x[:, 1] * 100)]))
    >>> grain.columns.tolist(), bool(grain.step[3] > 0.9)
    ([0, 1, 3], True)
    """
    varying = np.flatnonzero(values.max(axis=0) > values.min(axis=0))
    spread = np.ones(values.shape[1])
    spread[varying] = values[:, varying].std(axis=0)
    steps = [_step_of(values[:, j]) for j in range(values.shape[1])]
    step = np.array([step for step, _ in steps])
    is_grid = np.array([is_grid for _, is_grid in steps], dtype=bool)
    # A sum of rounded columns differs from them by rounding alone, so it does not count as a column.
    return Grain(varying[_independent(values[:, varying] / spread[varying])], step, spread, is_grid)


def _step_of(column: Floats) -> tuple[float, bool]:
    """Return the resolution of a column: the step of its grid, or the last decimal place."""
    known = np.unique(column)
    exact = _EXACT * float(column.std())
    grid = _grid_of(known, exact)
    return max(grid, _last_place(known)), grid > exact


def _grid_of(known: Floats, exact: float) -> float:
    """Return the step of the grid that sorted values are on, or `exact` if they are not on a grid."""
    if len(known) > _MOST_VALUES:  # no mutant: speed alone
        start = len(known) // 2 - _MOST_VALUES // 2  # no mutant: any part will do
        known = known[start : start + _MOST_VALUES]
    differences = np.diff(known)
    differences = differences[differences > exact]  # no mutant: a step as small is `exact` below
    if not len(differences):
        return exact
    step = _common_divisor(np.sort(differences)[:_FEW_DIFFERENCES], exact)
    if step <= 10 * exact:
        return exact
    # Short differences estimate the step well enough to count how often it fits into longer ones.
    for reach in (10, 1e3, 1e5, 1e7):  # no mutant: any growing reaches will do
        near = differences[differences < reach * step]
        parts = np.rint(near / step)
        if (np.abs(near / step - parts) > _COUNTABLE).any():
            return exact
        step = float(near.sum() / parts.sum()) if len(near) else step
    return step


def _last_place(known: Floats) -> float:
    """Return the last decimal place of the largest value if all have few significant digits, else 0."""
    known = known[known != 0]
    with np.errstate(over="ignore"):
        if (known == known.astype(np.float32)).all():
            return float(np.finfo(np.float32).eps * np.abs(known).max(initial=0))
    size = np.floor(np.log10(np.abs(known)))
    for digits in range(3, 13):
        place = 10.0 ** (size - digits + 1)
        parts = known / place
        if (np.abs(parts - np.rint(parts)) < 1e-3).all():
            return float(place.max())
    return 0.0


def _common_divisor(differences: Floats, exact: float) -> float:
    """Return the greatest common divisor of all differences, up to rounding (Euclid's algorithm)."""
    step = float(differences[0])
    for difference in differences[1:].tolist():
        long, short = difference, step
        while short > exact:  # no mutant: a tolerance of rounding
            rest = long % short
            long, short = short, min(rest, short - rest)
        step = long
    return step


def _independent(standard: Floats) -> Ids:
    """Return linearly independent columns, by a pivoted QR decomposition."""
    if not standard.shape[1]:
        return np.empty(0, dtype=np.intp)
    n_rows = len(standard)
    some = np.linspace(0, n_rows - 1, min(n_rows, 2000))  # no mutant: any rows will do
    few = standard[some.astype(np.intp)]
    few = few - few.mean(axis=0)
    _, r, order = scipy.linalg.qr(few, mode="economic", pivoting=True)
    size = np.abs(np.diag(r))
    is_independent = size > 1e-6 * max(size[0], 1e-300)  # no mutant: a tolerance of rounding
    return np.sort(order[: len(size)][is_independent])


class Rounding(NamedTuple):
    """How far a point may be from the exact position on a line, for each column, if it was rounded.

    Attributes
    ----------
    low, high : ndarray of shape (n_columns,), float64
        Smallest and largest distance from the point to the exact position.
    """

    low: Floats
    high: Floats


def roundings(grain: Grain) -> list[Rounding]:
    """Return the ways in which the digits of interpolated rows were lost: rounded, cut off, or all rows rounded."""
    everything = Rounding(-1.25 * grain.step, 1.25 * grain.step)
    if not grain.is_grid.any():
        return [everything]
    # Samplers round the new row alone, because its parents are whole; a cast to integers cuts digits off.
    slack = 1e-6  # no mutant: a tolerance of rounding
    half = np.where(grain.is_grid, 0.5 + slack, 1.25) * grain.step
    low = np.where(grain.is_grid, slack, 1.25) * grain.step
    high = np.where(grain.is_grid, 1 - slack, 1.25) * grain.step
    return [Rounding(-half, half), Rounding(-low, high), everything]
