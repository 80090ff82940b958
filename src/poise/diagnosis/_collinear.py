"""Search for rows that lie exactly on the line between two others: the trace of interpolation.

A row that SMOTE made lies on a straight line with both of its parents, to the last digits. Real rows do
not, unless values are so coarse that it happens by chance; the probability of that is computed for each
row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from poise.core.plan.recipes import Ids

Floats = NDArray[np.float64]

_EXACT = 1e-9  # rounding error of arithmetic, in units of a column's deviation
_COUNTABLE = 0.05  # of a step: if a value is further from a whole step, the column is not on a grid
_STRAIGHT = 0.03  # largest distance of the cosine from that of a straight line, for candidates
_CHANCE = 0.01  # probability that a row is on a line with some pair around it by chance
_CELLS_AT_ONCE = 1 << 24  # no mutant: memory alone
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
    """

    columns: Ids
    step: Floats
    spread: Floats


class Line(NamedTuple):
    """Rows that are on a line with two others, with one entry for each row found.

    Attributes
    ----------
    rows : ndarray of intp
        Positions among the points.
    first, second : ndarray of intp
        The two rows on the same line.
    gap : ndarray of float64
        Position on the line, from the first row (0) to the second (1); below 0 or above 1 if both are on
        one side.
    """

    rows: Ids
    first: Ids
    second: Ids
    gap: Floats


NO_LINE = Line(*(np.empty(0, dtype=np.intp),) * 3, np.empty(0))


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
    step = np.array([_step_of(values[:, j]) for j in range(values.shape[1])])
    # A sum of rounded columns differs from them by rounding alone, so it does not count as a column.
    return Grain(varying[_independent(values[:, varying] / spread[varying])], step, spread)


def _step_of(column: Floats) -> float:
    """Return the resolution of a column: the step of its grid, or the last decimal place."""
    known = np.unique(column)
    return max(_grid_of(known, _EXACT * float(column.std())), _last_place(known))


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


def on_a_line(points: Floats, values: Floats, around: Ids, grain: Grain, *, within: bool) -> Line:
    """Return the points that are on a line with two of the rows around them, beyond chance.

    Parameters
    ----------
    points : ndarray of shape (m, d)
    values : ndarray of shape (n, d)
        Rows among which the lines are sought.
    around : ndarray of shape (m, k), intp
        Candidates for each point, as positions in `values`; -1 for none.
    grain : Grain
    within : bool
        Whether the point must be between the two rows; if not, it may also be an end of the line.

    Returns
    -------
    Line

    Notes
    -----
    O(m k^2 d).
    """
    points, values = points[:, grain.columns], values[:, grain.columns]
    step, spread = grain.step[grain.columns], grain.spread[grain.columns]
    k = around.shape[1]
    allowed = np.log(_CHANCE) - np.log(k * (k - 1) / 2 + 1)
    at_once = max(1, _CELLS_AT_ONCE // max(k * max(k, points.shape[1]), 1))  # no mutant: memory
    found: list[Line] = []
    for start in range(0, len(points), at_once):
        part = slice(start, start + at_once)
        some = _of_part(points[part], values, around[part], step, spread, allowed, within=within)
        found.append(some._replace(rows=some.rows + start))
    if not found:
        return NO_LINE
    return Line(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _of_part(
    points: Floats,
    values: Floats,
    around: Ids,
    step: Floats,
    spread: Floats,
    allowed: float,
    *,
    within: bool,
) -> Line:
    away = values[around] - points[:, np.newaxis]
    scaled = away / spread
    length = np.sqrt((scaled**2).sum(axis=2))
    is_apart = (around >= 0) & (length > 0)
    units = scaled / np.where(is_apart, length, 1)[:, :, np.newaxis]  # no mutant: else 0
    units[~is_apart] = 0
    cosine = units @ units.transpose(0, 2, 1)
    is_straight = cosine < _STRAIGHT - 1 if within else np.abs(cosine) > 1 - _STRAIGHT
    is_straight &= np.tri(around.shape[1], k=-1, dtype=bool)  # no mutant: each pair once
    i, a, b = np.nonzero(is_straight)
    is_other = (away[i, a] != away[i, b]).any(axis=1)
    i, a, b = i[is_other], a[is_other], b[is_other]
    is_line, gap, log_chance = _collinear_triples(
        away[i, a], away[i, b], step, _spread_around(away, is_apart)[i]
    )
    # Keep the least likely pair of each point.
    order = np.lexsort((log_chance, i))
    order = order[(is_line & (log_chance < allowed))[order]]
    best = order[np.flatnonzero(np.diff(i[order], prepend=-1))]  # no mutant: any number below 0
    return Line(i[best], around[i[best], a[best]], around[i[best], b[best]], gap[best])


def _spread_around(away: Floats, is_apart: NDArray[np.bool_]) -> Floats:
    """Return the range of the rows around each point, for each column."""
    low = np.where(is_apart[:, :, np.newaxis], away, np.inf).min(axis=1, initial=0)
    high = np.where(is_apart[:, :, np.newaxis], away, -np.inf).max(axis=1, initial=0)
    return np.asarray(high - low)


def _equally_far(along: Floats) -> NDArray[np.bool_]:
    """Return the columns in which two ends differ by as much as in another: one may follow from the other."""
    far = np.abs(along)
    order = np.argsort(far, axis=1)
    ordered = np.take_along_axis(far, order, axis=1)
    is_same = np.zeros(far.shape, dtype=bool)
    is_same[:, 1:] = np.diff(ordered, axis=1) <= 1e-9 * ordered[:, 1:]
    found = np.empty_like(is_same)
    np.put_along_axis(found, order, is_same, axis=1)
    return found


def _collinear_triples(
    to_a: Floats, to_b: Floats, step: Floats, spread: Floats
) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Return whether triples are on lines, the position, and the log of the probability that it is chance.

    The column in which the ends are most steps apart gives the position of the middle row; each other
    column in which they differ is independent evidence.
    """
    if not len(to_a):
        return np.empty(0, dtype=bool), np.empty(0), np.empty(0)
    along = to_b - to_a
    steps_apart = np.abs(along) / step
    leading = steps_apart.argmax(axis=1)
    rows = np.arange(len(along))
    gap = -to_a[rows, leading] / along[rows, leading]
    off = np.abs(to_a + gap[:, np.newaxis] * along)
    # All three values of a column are rounded; beyond the ends of a segment the error grows.
    reach = np.maximum(1.0, np.abs(gap))[:, np.newaxis]
    is_line = (off <= 1.25 * step * reach).all(axis=1)
    is_evidence = steps_apart > 4
    is_evidence &= ~_equally_far(along)
    is_evidence[rows, leading] = False
    with np.errstate(divide="ignore"):
        chance = np.minimum(1.0, 2.5 * step * reach / np.maximum(spread, step))
    return is_line, gap, np.where(is_evidence, np.log(chance), 0.0).sum(axis=1)
