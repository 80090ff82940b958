"""Rows that can be reconstructed from the rows that were made from them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from poise.core.neighbors.index import Index
from poise.core.plan.recipes import Ids
from poise.diagnosis._collinear import on_a_line
from poise.diagnosis._grain import Grain, grain_of
from poise.diagnosis._lines import FEWEST_COLUMNS, deviations, nearest_in_both_units
from poise.study.event_table import Floats

_N_LINES_AROUND = 30  # no mutant: speed alone
_PARALLEL = 1e-6  # squared sine of the angle of two lines that do not meet
_ROUNDING = 1e-6  # error of a point where two lines meet, in units of a column's deviation
_MOST_ROWS = 20_000  # no mutant: speed alone


class Meeting(NamedTuple):
    """Points where two lines meet, and how far each may be from the exact point, for each column."""

    points: Floats
    tolerance: Floats


def recovered_rows(real: Floats, made: Floats) -> tuple[NDArray[np.bool_], float] | None:
    """Return which real rows an attacker can reconstruct who has the made rows alone.

    Rows made by SMOTE from the same pair of rows are on one line, and lines of one row meet in it. Three made
    rows show a line; where two lines meet there is a real row.

    Parameters
    ----------
    real, made : ndarray of shape (n, d) and (m, d), float64
        Real and made rows of a class, without missing values.

    Returns
    -------
    is_recovered : ndarray of shape (n,), bool
    precision : float
        Share of the attacker's guesses that are real rows; NaN if there are none.
        None instead of both if there are fewer than three independent columns: any two lines meet then.

    Notes
    -----
    O(m k^2 d), with k between 50 and 120 rows around each.

    References
    ----------
    .. [1] Ganev, G. et al. (2026). SMOTE and Mirrors: exposing privacy leakage from synthetic minority
       oversampling. ICLR. arXiv:2510.15083.
       doi:10.48550/arXiv.2510.15083

    Examples
    --------
    >>> from poise import SMOTE
    >>> rng = np.random.RandomState(0)
    >>> X, y = rng.normal(size=(330, 5)), np.arange(330) < 30
    >>> X_new, y_new = SMOTE(random_state=0).fit_resample(X, y)
    >>> is_recovered, precision = recovered_rows(X[:30], X_new[330:])
    >>> int(is_recovered.sum()), precision
    (25, 1.0)
    """
    made = made[:_MOST_ROWS]
    if not len(made):
        return None
    grain = grain_of(made)
    if len(grain.columns) < FEWEST_COLUMNS:
        return None
    is_met, is_right = _near(real, _meetings(made, grain))
    return is_met, float(is_right.mean()) if len(is_right) else float("nan")


def _meetings(made: Floats, grain: Grain) -> Meeting:
    """Return the points where two lines of at least three made rows each meet."""
    start, end = _lines_of(made, grain)
    if len(start) < 2:
        return Meeting(made[:0], made[:0])
    unit = grain.spread
    middle = (made[start] + made[end]) / 2 / unit
    other = Index(middle).nearest_others(
        np.arange(len(start)), min(_N_LINES_AROUND, len(start) - 1)
    )
    one, two = np.repeat(np.arange(len(start)), other.rows.shape[1]), other.rows.ravel()
    one, two = one[one < two], two[one < two]  # each pair once; -1 is none
    along = [(made[end[line]] - made[start[line]]) / unit for line in (one, two)]
    between = (made[start[two]] - made[start[one]]) / unit
    # Where the two lines are nearest to each other: the normal equations of two unknown positions.
    aa, ab, bb = ((along[i] * along[j]).sum(axis=1) for i, j in ((0, 0), (0, 1), (1, 1)))
    ad, bd = ((part * between).sum(axis=1) for part in along)
    sine = aa * bb - ab**2
    is_crossing = sine > _PARALLEL * aa * bb
    sine = np.where(is_crossing, sine, 1.0)
    of_one, of_two = (bb * ad - ab * bd) / sine, (ab * ad - aa * bd) / sine
    first = made[start[one]] + of_one[:, np.newaxis] * along[0] * unit
    second = made[start[two]] + of_two[:, np.newaxis] * along[1] * unit
    reach = np.maximum(1.0, np.maximum(np.abs(of_one), np.abs(of_two)))[:, np.newaxis]
    tolerance = reach * (1.25 * grain.step + _ROUNDING * unit)
    kept = is_crossing & (np.abs(first - second) <= tolerance).all(axis=1)
    return Meeting((first[kept] + second[kept]) / 2, tolerance[kept])


def _lines_of(made: Floats, grain: Grain) -> tuple[Ids, Ids]:
    """Return the two rows at the ends of each line that at least three made rows are on."""
    found = on_a_line(made, made, nearest_in_both_units(made), grain, within=True)
    rows, ends = np.tile(found.rows, 2), np.concatenate([found.first, found.second])
    links = sp.coo_array((np.ones(len(rows)), (rows, ends)), shape=(len(made), len(made)))
    _, line = connected_components(links, directed=False)
    # The ends are those of the longest triple.
    length = (((made[found.first] - made[found.second]) / grain.spread) ** 2).sum(axis=1)
    order = np.lexsort((-length, line[found.rows]))
    best = order[np.flatnonzero(np.diff(line[found.rows][order], prepend=-1))]
    return found.first[best], found.second[best]


def _near(real: Floats, found: Meeting) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which real rows are where lines meet, and which of these points are real rows."""
    is_near = np.zeros(len(real), dtype=bool)
    if not len(found.points):
        return is_near, np.empty(0, dtype=bool)
    unit = deviations(real)
    nearest = Index(real / unit).nearest(found.points / unit, 1).rows[:, 0]
    is_real = np.asarray((np.abs(real[nearest] - found.points) <= found.tolerance).all(axis=1))
    is_near[nearest[is_real]] = True
    return is_near, is_real
