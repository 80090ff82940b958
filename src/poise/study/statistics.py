"""Statistics of differences over overlapping folds: intervals, tests, and detectable differences.

The values of different folds are not independent, because the folds share most of their training
rows. Nadeau and Bengio (2003) correct the variance of the mean for this. The usual tests do not, and
report differences between equally good models.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm, t

from poise.core.types import GainVerdict

Floats = NDArray[np.float64]
Basis: TypeAlias = Literal["rows", "folds"]

N_FOLDS = 5
_SMALL = 10_000  # no mutant: rows; smaller tables are fast to fit, and need more repeats
_ENOUGH_OTHERS = 10_000  # no mutant: rows to tune a threshold on; with more it hardly varies

BETTER: Final = "better"
WORSE: Final = "worse"
EQUAL: Final = "practically equal"
UNDECIDED: Final = "undecided"


def default_repeats(n_rows: int) -> int:
    """Return the default number of repeats of cross-validation for a table."""
    return 5 if n_rows < _SMALL else 2


class Estimate(NamedTuple):
    """A mean over folds with its confidence interval.

    Attributes
    ----------
    mean, low, high : float
        The mean and the ends of the interval.
    p_value : float
        Two-sided p-value of the mean being 0; NaN with fewer than two folds.
    """

    mean: float
    low: float
    high: float
    p_value: float


class Measured(NamedTuple):
    """A gain with its standard error.

    Attributes
    ----------
    mean, error : float
    freedom : float
        Degrees of freedom of the error.
    basis : {"rows", "folds"}
        Whether the error is of rows and repeats, or of the corrected resampled t-test.
    """

    mean: float
    error: float
    freedom: float
    basis: Basis

    def estimate(self, confidence: float = 0.95) -> Estimate:
        """Return the mean with its confidence interval and its p-value."""
        if not np.isfinite(self.error):
            return Estimate(self.mean, -np.inf, np.inf, float("nan"))
        if self.error == 0:
            return Estimate(self.mean, self.mean, self.mean, 1.0 if self.mean == 0 else 0.0)
        half = float(t.ppf((1 + confidence) / 2, self.freedom) * self.error)
        p_value = float(2 * t.sf(abs(self.mean) / self.error, self.freedom))
        return Estimate(self.mean, self.mean - half, self.mean + half, p_value)

    def chance_above(self, value: float) -> float:
        """Return the probability that the gain is above a value, if every gain is as likely beforehand."""
        if self.error == 0:
            return float(self.mean > value)
        return float(t.sf((value - self.mean) / self.error, self.freedom))


def measured_by_folds(values: Floats, ratio: float) -> Measured:
    """Return the mean over folds with the error of the corrected resampled t-test.

    The error is infinite if fewer than two folds have a value.

    Parameters
    ----------
    values : ndarray of shape (n_folds,)
        One value per fold; NaN for a fold without a value.
    ratio : float
        Number of test rows divided by number of training rows in a fold.

    References
    ----------
    .. [1] Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52,
       239-281. doi:10.1023/A:1024068626366
    """
    known = values[np.isfinite(values)]
    n = len(known)
    mean = float(known.mean()) if n else float("nan")
    if n < 2:
        return Measured(mean, float("inf"), 1.0, "folds")
    return Measured(mean, float(np.sqrt(known.var(ddof=1) * (1 / n + ratio))), n - 1.0, "folds")


def corrected_t(values: Floats, ratio: float, confidence: float = 0.95) -> Estimate:
    """Return the mean over folds with the interval and p-value of the corrected resampled t-test.

    Parameters
    ----------
    values, ratio
        See `measured_by_folds`.
    confidence : float
        Confidence level of the interval.

    Examples
    --------
    >>> found = corrected_t(np.array([0.01, 0.03, 0.02, 0.02]), ratio=1 / 4)
    >>> round(found.mean, 3), round(found.low, 3), round(found.high, 3)
    (0.02, 0.002, 0.038)
    """
    return measured_by_folds(values, ratio).estimate(confidence)


def holm(p_values: Floats) -> Floats:
    """Adjust p-values for multiple tests by the method of Holm.

    If all differences with an adjusted p-value below alpha are reported, the probability of one or more
    false alarms is at most alpha.

    Parameters
    ----------
    p_values : ndarray of shape (n,)
        NaN marks a comparison that was not tested.

    Returns
    -------
    ndarray of shape (n,), float64

    References
    ----------
    .. [1] Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian
       Journal of Statistics 6, 65-70.

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


def verdict(
    difference: Estimate, adjusted_p: float, width: float, alpha: float = 0.05
) -> GainVerdict:
    """Return the verdict on a difference of a metric for which larger values are better.

    Parameters
    ----------
    difference : Estimate
    adjusted_p : float
        The p-value after `holm`.
    width : float
        Differences up to this size do not matter in practice.
    alpha : float
        Significance level.

    Returns
    -------
    {"better", "worse", "practically equal", "undecided"}

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
    """The sizes that determine the smallest detectable difference.

    Attributes
    ----------
    n_rows, n_events : int
    n_folds : int
        Number of folds in all repeats together.
    n_test, n_train : float
        Average number of test rows and training rows per fold.
    """

    n_rows: int
    n_events: int
    n_folds: int
    n_test: float
    n_train: float

    @property
    def ratio(self) -> float:
        """Number of test rows divided by number of training rows."""
        return self.n_test / self.n_train


def smallest_difference(
    design: Design,
    metric: Callable[[NDArray[np.bool_], Floats, NDArray[np.bool_], Floats], float],
    *,
    auc: float = 0.8,
    power: float = 0.8,
    alpha: float = 0.05,
    n_draws: int = 400,
    random_seed: int = 0,
) -> float:
    """Return the smallest difference between two models that these folds can detect.

    No model is fitted. The function simulates two models of the same quality with independent errors
    and normal scores in both classes, and measures how much their difference varies per fold. Similar
    models, such as two approaches with one estimator, vary less, so smaller differences can be detected
    between them: the result is an upper bound.

    Parameters
    ----------
    design : Design
    metric : callable
        Function from the events and probabilities of a fold, and those of the other folds, to the
        value of the metric.
    auc : float, default=0.8
        ROC AUC of the simulated models.
    power : float, default=0.8
        Probability of detecting the difference.
    alpha : float, default=0.05
        Significance level.
    n_draws : int, default=400
        Number of simulated folds.
    random_seed : int, default=0
        The random seed of the simulation.

    Returns
    -------
    float
        In the unit of the metric.
    """
    rng = np.random.RandomState(random_seed)
    n_test = max(round(design.n_test), 2)
    n_events = max(round(design.n_test * design.n_events / design.n_rows), 1)
    is_event = np.arange(n_test) < n_events
    n_others = min(round(design.n_train), _ENOUGH_OTHERS)
    is_event_of_others = np.arange(n_others) < n_others * design.n_events / design.n_rows
    shift = np.sqrt(2) * norm.ppf(auc)
    # Below: the true event probability for a score z with class means 0 and `shift`.
    odds = np.log(n_events / max(n_test - n_events, 1))
    differences = []
    for _ in range(n_draws):
        values = []
        for _ in range(2):
            given = []
            for events in (is_event, is_event_of_others):
                z = rng.standard_normal(len(events)) + shift * events
                given += [events, expit(odds + shift * z - shift**2 / 2)]
            values.append(metric(*given))
        differences.append(values[0] - values[1])
    variance = float(np.nanvar(differences, ddof=1))
    error = np.sqrt(variance * (1 / design.n_folds + design.ratio))
    freedom = design.n_folds - 1
    return float((t.ppf(1 - alpha / 2, freedom) + t.ppf(power, freedom)) * error)
