"""What the search for lines would find in a class if some of its rows were interpolated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, rankdata

from poise.core.neighbors.index import Index
from poise.core.plan.recipes import Ids
from poise.diagnosis._collinear import Line, on_a_line
from poise.diagnosis._grain import grain_of
from poise.diagnosis._lines import (
    FEWEST_SEARCHED,
    NO_COLUMNS,
    LineSearch,
    Part,
    deviations,
    nearest_in_both_units,
)
from poise.study.event_table import Floats

# Over-sampling makes at least as many rows as there are, if classes differ twofold. A class of which more rows
# may be interpolated is not clean.
MOST_MADE = 0.5
_SURENESS = 0.99  # of the bound on this share
_N_ARTIFICIAL = 100  # no mutant: the size of a simulation
_MOST_EXAMINED = 2000  # no mutant: speed alone
_N_CHANGED = 2  # columns that may have been changed after rows were made
_SAMPLES = ((60, 60), (400, 200))  # no mutant: rows of a class and artificial rows, speed alone
_NEARLY = 0.5  # share of the rows nearly on lines; natural shares reach 0.4
_OFTEN = 0.2  # share of the rows nearly on lines that are off in a changed column


class Sensitivity(NamedTuple):
    """What the searches would find in a class if rows of it were interpolated.

    Attributes
    ----------
    power : float
        Share of artificial interpolated rows that are found.
    most_made : float
        The largest share of the class that can be interpolated, as few rows were found.
    most_changed : tuple of two floats
        The same for rows of which one column, or two, were changed afterwards.
    """

    power: float
    most_made: float
    most_changed: tuple[float, float]


def sensitivity(one: LineSearch) -> Sensitivity:
    """Measure what the searches find of artificial interpolated rows."""
    assert one.part is not None  # noqa: S101  # for mypy: a search that is conclusive has one
    real = one.part.values[~one.part.is_made]
    if len(real) < FEWEST_SEARCHED:
        return Sensitivity(float("nan"), 1.0, (1.0, 1.0))
    power = _power(real, 0, _N_ARTIFICIAL) * one.part.both_kept
    most_made = _upper(one.n_found, one.n_examined, power)
    if most_made > MOST_MADE:
        return Sensitivity(power, most_made, (1.0, 1.0))
    changed = [_most_changed(one, real, n_changed) for n_changed in (1, _N_CHANGED)]
    return Sensitivity(power, most_made, (changed[0], changed[1]))


def _most_changed(one: LineSearch, real: Floats, n_changed: int) -> float:
    """Return the largest share of the class that can be interpolated rows with some changed columns."""
    assert one.part is not None  # noqa: S101  # for mypy: a search that is conclusive has one
    most = 1.0
    for n_rows, n_artificial in _SAMPLES:
        power = _power(real, n_changed, n_artificial) * one.part.both_kept
        if power > 0:
            n_found = len(_nearly_on_lines(one.part, n_rows, n_changed).rows)
            most = _upper(n_found, min(n_rows, one.n_examined), power)
        if most <= MOST_MADE or n_rows >= one.n_examined:
            break
    return most


def _upper(n_found: int, n: int, power: float) -> float:
    """Return the largest share of made rows of which so few are found in one of a hundred cases (Clopper-Pearson)."""
    most = float(beta.ppf(_SURENESS, n_found + 1, n - n_found)) if n_found < n else 1.0
    return min(most / power, 1.0) if power > 0 else 1.0


def changed_columns(one: LineSearch) -> Ids:
    """Return the columns in which rows are off the lines that they are on in all others."""
    assert one.part is not None  # noqa: S101  # for mypy: a search that is conclusive has one
    n_rows = _SAMPLES[0][0]
    line = _nearly_on_lines(one.part, n_rows, _N_CHANGED)
    if len(line.rows) < _NEARLY * min(n_rows, one.n_examined):
        return NO_COLUMNS
    how_often = line.is_off.mean(axis=0)
    most = np.argsort(-how_often, kind="stable")[:_N_CHANGED]
    return np.sort(most[how_often[most] >= _OFTEN])


def _nearly_on_lines(part: Part, n_rows: int, n_changed: int) -> Line:
    """Return which of some rows are between two others in all columns except at most this number."""
    rng = np.random.RandomState(0)  # no mutant: any draw will do
    some = np.sort(rng.permutation(len(part.points))[:n_rows])
    around = nearest_in_both_units(part.values, None if part.is_one_table else part.points)
    return on_a_line(
        part.points[some],
        part.values,
        around[some],
        grain_of(part.values),
        within=True,
        n_changed=n_changed,
    )


def _are_decimals(values: Floats) -> NDArray[np.bool_]:
    """Return the columns whose values have at most six decimals."""
    millionths = values * 1e6
    return np.asarray((np.abs(millionths - np.rint(millionths)) < 1e-3).all(axis=0))


def _power(real: Floats, n_changed: int, n_artificial: int) -> float:
    """Return the share of artificial interpolated rows that the search finds among the real rows of a class.

    The columns with the most different values are replaced by their ranks if some were changed.
    """
    rng = np.random.RandomState(0)  # no mutant: any draw will do
    base = real[np.sort(rng.permutation(len(real))[:_MOST_EXAMINED])]
    index = Index(base / deviations(base))
    around = index.nearest_others(np.arange(len(base)), 5)  # no mutant: any few neighbours
    seed = rng.randint(len(base), size=n_artificial)
    partner = around.rows[seed, rng.randint(around.rows.shape[1], size=n_artificial)]
    artificial = base[seed] + rng.uniform(size=(n_artificial, 1)) * (base[partner] - base[seed])
    # Samplers round columns of whole numbers, whose unit may have been changed afterwards.
    grain = grain_of(base)
    step = np.where(grain.step > 0, grain.step, 1.0)  # a constant column has none
    on_grid = base[0] + np.rint((artificial - base[0]) / step) * step
    is_whole = (base == np.rint(base)).all(axis=0)
    is_rounded = is_whole | (grain.is_grid & ~_are_decimals(base))
    artificial = np.where(is_rounded, on_grid, artificial)
    whole = np.concatenate([base, artificial])
    n_different = [len(np.unique(column)) for column in base.T]
    for j in np.argsort(n_different)[len(n_different) - n_changed :]:
        whole[:, j] = rankdata(whole[:, j])
    points, around_points = whole[len(base) :], nearest_in_both_units(whole)[len(base) :]
    grain = grain_of(whole)
    line = on_a_line(points, whole, around_points, grain, within=True, n_changed=n_changed)
    return len(line.rows) / n_artificial
