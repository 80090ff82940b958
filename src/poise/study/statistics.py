"""Judging differences over folds that overlap: intervals, tests, and what could be seen at all.

The values of an arm in different folds are not independent: they share most of their training rows.
Nadeau and Bengio (2003) correct the variance of their mean for it; the usual tests do not, and find
differences where there are none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm, t

Floats = NDArray[np.float64]

N_FOLDS = 5
_SMALL = 10_000  # rows; below, folds are cheap, and repeats say more
_ENOUGH_OTHERS = 10_000  # rows to tune on; with more, a threshold hardly varies

BETTER, WORSE, EQUAL, UNDECIDED = "better", "worse", "practically equal", "undecided"


def default_repeats(n_rows: int) -> int:
    """Return how often the folds of a table are repeated by default."""
    return 5 if n_rows < _SMALL else 2


class Estimate(NamedTuple):
    """A mean over folds.

    Attributes
    ----------
    mean, low, high : float
    p_value : float
        Of the mean being 0; NaN where it cannot be told.
    """

    mean: float
    low: float
    high: float
    p_value: float


def corrected_t(
    values: Floats, ratio: float, confidence: float = 0.95, step: float = 0.0
) -> Estimate:
    """Return the mean over folds with the interval and test of the corrected resampled t.

    Parameters
    ----------
    values : ndarray of shape (n_folds,)
        One a fold; NaN where there is none.
    ratio : float
        Rows tested on over rows trained on, in a fold.
    confidence : float
    step : float
        What a single event moves a value by, where it moves in steps. A few folds can agree by luck
        then; the variance is never taken below that of rounding to such steps.

    Returns
    -------
    Estimate

    References
    ----------
    .. [1] Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning
       52, 239-281.

    Examples
    --------
    >>> found = corrected_t(np.array([0.01, 0.03, 0.02, 0.02]), ratio=1 / 4)
    >>> round(found.mean, 3), round(found.low, 3), round(found.high, 3)
    (0.02, 0.002, 0.038)
    """
    known = values[np.isfinite(values)]
    n = len(known)
    if n < 2:
        mean = float(known[0]) if n else float("nan")
        return Estimate(mean, -np.inf, np.inf, float("nan"))
    mean, variance = float(known.mean()), float(known.var(ddof=1))
    error = np.sqrt(max(variance, step**2 / 12) * (1 / n + ratio))
    if error == 0:
        return Estimate(mean, mean, mean, 1.0 if mean == 0 else 0.0)
    half = float(t.ppf((1 + confidence) / 2, n - 1) * error)
    return Estimate(mean, mean - half, mean + half, float(2 * t.sf(abs(mean) / error, n - 1)))


def holm(p_values: Floats) -> Floats:
    """Return p-values adjusted so that no false alarm in the whole family has a chance above theirs.

    Parameters
    ----------
    p_values : ndarray of shape (n,)
        NaN counts as not tested.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    adjusted = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return adjusted


def verdict(difference: Estimate, adjusted_p: float, width: float, alpha: float = 0.05) -> str:
    """Return what a difference means, more being better.

    Parameters
    ----------
    difference : Estimate
    adjusted_p : float
    width : float
        Differences up to this size do not matter.
    alpha : float

    Examples
    --------
    >>> verdict(Estimate(0.03, 0.01, 0.05, 0.001), 0.01, width=0.01)
    'better'
    >>> verdict(Estimate(0.0, -0.005, 0.005, 0.9), 1.0, width=0.01)
    'practically equal'
    """
    if -width <= difference.low and difference.high <= width:
        return EQUAL
    if adjusted_p < alpha:
        return BETTER if difference.mean > 0 else WORSE
    return UNDECIDED


@dataclass(frozen=True)
class Design:
    """What decides how small a difference can be seen.

    Attributes
    ----------
    n_rows, n_events : int
    n_folds : int
        Over all repeats.
    n_test, n_train : float
        Rows in a fold's parts, on average.
    """

    n_rows: int
    n_events: int
    n_folds: int
    n_test: float
    n_train: float

    @property
    def ratio(self) -> float:
        """Rows tested on over rows trained on."""
        return self.n_test / self.n_train


def smallest_difference(
    design: Design,
    metric: Callable[[NDArray[np.bool_], Floats, NDArray[np.bool_], Floats], float],
    *,
    auc: float = 0.8,
    power: float = 0.8,
    alpha: float = 0.05,
    n_draws: int = 400,
    seed: int = 0,
) -> float:
    """Return the difference between two models that these folds would find, before any is fitted.

    Two models of the same skill that err independently are imagined, their scores normal in both
    classes; how much a fold's difference then varies is drawn. Models that are alike, as approaches
    around one estimator are, vary less, so smaller differences show too: this is a bound.

    Parameters
    ----------
    design : Design
    metric : callable
        From events and probabilities of a fold, and those of the other folds, to a value.
    auc : float, default=0.8
        The skill imagined.
    power : float, default=0.8
        Chance with which it would be found.
    alpha : float, default=0.05
    n_draws : int, default=400
    seed : int, default=0
    """
    rng = np.random.RandomState(seed)
    n_test = max(round(design.n_test), 2)
    n_events = max(round(design.n_test * design.n_events / design.n_rows), 1)
    is_event = np.arange(n_test) < n_events
    n_others = min(round(design.n_train), _ENOUGH_OTHERS)
    is_event_of_others = np.arange(n_others) < n_others * design.n_events / design.n_rows
    away = np.sqrt(2) * norm.ppf(auc)
    # The right probability of a score z that is normal around 0 and `away`.
    odds = np.log(n_events / max(n_test - n_events, 1))
    differences = []
    for _ in range(n_draws):
        values = []
        for _ in range(2):
            given = []
            for events in (is_event, is_event_of_others):
                z = rng.standard_normal(len(events)) + away * events
                given += [events, expit(odds + away * z - away**2 / 2)]
            values.append(metric(*given))
        differences.append(values[0] - values[1])
    variance = float(np.nanvar(differences, ddof=1))
    error = np.sqrt(variance * (1 / design.n_folds + design.ratio))
    freedom = design.n_folds - 1
    return float((t.ppf(1 - alpha / 2, freedom) + t.ppf(power, freedom)) * error)
