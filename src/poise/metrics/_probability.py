"""Metrics of predicted probabilities: calibration, and the decomposition of a score."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtr, xlogy
from scipy.stats import binom
from sklearn.isotonic import IsotonicRegression

from poise.core.errors import InputError
from poise.core.sampling.parameters import integer
from poise.core.types import Bins, choices
from poise.metrics._events import Events, Floats, read_probabilities

_EPSILON = float(np.finfo(np.float64).eps)
_ENOUGH_STEPS = 100
_MOST_BINS = 10**6  # no mutant: memory alone
_BINS = integer(1, _MOST_BINS)


class CalibrationFit(NamedTuple):
    """Calibration of probabilities, from a logistic regression on the predicted log-odds.

    Attributes
    ----------
    in_the_large, in_the_large_error : float
        Intercept of the regression with the slope fixed at 1, and its standard error. It is the
        average bias in log-odds: 0 if the probabilities are right on average, below 0 if they are
        too high. For example, -1.7 means that the predicted odds are 5 to 6 times too high.
    slope, slope_error : float
        Slope of the regression, and its standard error. It is 1 if the spread of the log-odds is
        right, and below 1 if the probabilities are too extreme.
    intercept : float
        Intercept of the same regression as the slope.

    Examples
    --------
    >>> from poise.metrics import calibration_fit
    >>> fit = calibration_fit([0, 0, 1, 0, 1, 1], [0.1, 0.1, 0.1, 0.9, 0.9, 0.9])
    >>> round(fit.slope, 3), round(fit.slope_error, 3)  # too extreme, but there are six rows
    (0.315, 0.394)
    """

    in_the_large: float
    in_the_large_error: float
    slope: float
    slope_error: float
    intercept: float


def calibration_fit(
    y_true: ArrayLike,
    proba: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
) -> CalibrationFit:
    """Return calibration in the large and the calibration slope, with their standard errors.

    The event is the class of interest, whose probabilities are passed.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        Labels of two classes.
    proba : array-like of shape (n_rows,)
        Predicted probabilities of the event.
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows; a row of weight 2 counts as two rows.
    pos_label : label, optional
        Label of the event; by default that of the class with the fewest rows in `y_true`, and of two equal
        ones the label that sorts last. Pass it where each call gets other rows, as in folds.

    Returns
    -------
    CalibrationFit
        `in_the_large` is infinite if all rows are of one class, and `slope` is infinite if the
        log-odds separate the classes; the standard error is then NaN. `slope` is NaN if all
        probabilities are equal.

    Raises
    ------
    InputError
        If a probability is outside of 0 to 1, or there are more than two classes.

    Notes
    -----
    Cost: O(n) per iteration of Newton's method. Probabilities of 0 and 1 have infinite log-odds, so
    they are replaced by 2.2e-16 and 1 - 2.2e-16. Such values can dominate the slope: the slope of an
    unpruned decision tree, for example, means little.

    References
    ----------
    .. [1] Cox, D. R. (1958). Two further applications of a model for binary regression. Biometrika
       45, 562-565.
       doi:10.1093/biomet/45.3-4.562
    .. [2] Van Calster, B. et al. (2019). Calibration: the Achilles heel of predictive analytics. BMC
       Medicine 17, 230.
       doi:10.1186/s12916-019-1466-7

    Examples
    --------
    >>> fit = calibration_fit([0, 0, 0, 1], [0.5, 0.5, 0.5, 0.5])
    >>> round(fit.in_the_large, 3)                      # log(1/3): predicted odds 1, true odds 1/3
    -1.099
    """
    events = read_probabilities(y_true, proba, sample_weight, pos_label)
    y, w = events.is_event.astype(np.float64), events.weights
    logits = logit(np.clip(events.scores, _EPSILON, 1 - _EPSILON))
    shares = np.array([w @ y, w @ (1 - y)])
    if not shares.all():
        bias = np.inf if shares[0] else -np.inf
        return CalibrationFit(bias, np.nan, np.nan, np.nan, np.nan)
    ones = np.ones((len(y), 1))
    (large,), (large_error,) = _logistic(ones, logits, y, w)
    lowest, highest = (
        [float(limit(logits[(w > 0) & (y == event)])) for event in (0, 1)]
        for limit in (np.min, np.max)
    )
    if min(lowest) == max(highest):
        return CalibrationFit(large, large_error, np.nan, np.nan, np.nan)
    if highest[0] <= lowest[1] or highest[1] <= lowest[0]:
        steepest = np.inf if highest[0] <= lowest[1] else -np.inf
        return CalibrationFit(large, large_error, steepest, np.nan, np.nan)
    line, errors = _logistic(np.column_stack([ones, logits]), np.zeros(len(y)), y, w)
    intercept, slope = line
    return CalibrationFit(large, large_error, slope, errors[1], intercept)


def _logistic(
    columns: Floats, offset: Floats, y: Floats, w: Floats
) -> tuple[list[float], list[float]]:
    """Return the coefficients of a logistic regression and their standard errors.

    They are found by Newton's method with step halving.

    Parameters
    ----------
    columns : ndarray of shape (n, n_coefficients), float64
    offset : ndarray of shape (n,), float64
        Term of the linear predictor whose coefficient is fixed at 1.
    y, w : ndarray of shape (n,), float64
        Labels 0 or 1, and weights.
    """

    def loss(beta: Floats) -> float:
        z = offset + columns @ beta
        return float(w @ (np.logaddexp(0, z) - y * z))

    beta = np.zeros(columns.shape[1])
    reached = loss(beta)
    for _ in range(_ENOUGH_STEPS):
        p = expit(offset + columns @ beta)
        gradient = columns.T @ (w * (y - p))
        information = (columns * (w * p * (1 - p))[:, np.newaxis]).T @ columns
        step = np.linalg.lstsq(information, gradient, rcond=None)[0]
        tried = loss(beta + step)
        while tried > reached + 1e-12 * abs(reached) and np.abs(step).max() > 0:
            step = step / 2
            tried = loss(beta + step)
        beta, reached = beta + step, tried
        if np.abs(step).max() <= 1e-10 * (1 + np.abs(beta).max()):
            break
    return beta.tolist(), np.sqrt(np.diag(np.linalg.pinv(information))).tolist()


def calibration_in_the_large(
    y_true: ArrayLike,
    proba: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
) -> float:
    """Return the average bias of probabilities in log-odds: 0 is right, below 0 is too high.

    It is the amount that must be added to the predicted log-odds to make them right on average.

    Parameters
    ----------
    y_true, proba, sample_weight, pos_label
        See `calibration_fit`, also for the errors.

    Returns
    -------
    float

    Examples
    --------
    >>> calibration_in_the_large([0, 0, 0, 1], [0.25, 0.25, 0.25, 0.25])
    0.0
    """
    fit = calibration_fit(y_true, proba, sample_weight=sample_weight, pos_label=pos_label)
    return fit.in_the_large


def calibration_slope(
    y_true: ArrayLike,
    proba: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
) -> float:
    """Return the calibration slope: 1 is right, below 1 the probabilities are too extreme.

    It is the factor by which the predicted log-odds must be multiplied.

    Parameters
    ----------
    y_true, proba, sample_weight, pos_label
        See `calibration_fit`, also for the errors.

    Returns
    -------
    float

    Examples
    --------
    >>> round(calibration_slope([0, 0, 1, 0, 1, 1], [0.1, 0.1, 0.1, 0.9, 0.9, 0.9]), 3)
    0.315
    """
    return calibration_fit(y_true, proba, sample_weight=sample_weight, pos_label=pos_label).slope


class ScoreParts(NamedTuple):
    """Decomposition of a mean score: score = miscalibration - discrimination + uncertainty.

    Lower scores are better.

    Attributes
    ----------
    score : float
        The mean score of the probabilities.
    miscalibration : float
        How much lower the score would be after the best increasing transformation of the
        probabilities (their recalibration).
    discrimination : float
        How much lower the score of the recalibrated probabilities is than `uncertainty`.
    uncertainty : float
        The score of predicting the share of events for every row.

    Examples
    --------
    >>> from poise.metrics import brier_score_parts
    >>> parts = brier_score_parts([0, 0, 1, 1], [0.2, 0.2, 0.2, 0.6])
    >>> round(parts.score, 3), round(parts.miscalibration, 3)
    (0.22, 0.053)
    >>> round(parts.miscalibration - parts.discrimination + parts.uncertainty, 3)
    0.22
    """

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


def brier_score_parts(
    y_true: ArrayLike,
    proba: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
) -> ScoreParts:
    """Return the Brier score as miscalibration - discrimination + uncertainty.

    Parameters
    ----------
    y_true, proba, sample_weight, pos_label
        See `calibration_fit`.

    Returns
    -------
    ScoreParts

    Notes
    -----
    Cost: O(n log n). Probabilities are recalibrated by isotonic regression. Therefore no bins need
    to be chosen, the parts add up exactly, and none of them is negative.

    References
    ----------
    .. [1] Dimitriadis, T., Gneiting, T. and Jordan, A. I. (2021). Stable reliability diagrams for
       probabilistic classifiers. PNAS 118, e2016191118.
       doi:10.1073/pnas.2016191118

    Examples
    --------
    >>> parts = brier_score_parts([0, 0, 1, 1], [0.2, 0.2, 0.2, 0.6])
    >>> [round(part, 3) for part in parts]
    [0.22, 0.053, 0.083, 0.25]
    """
    events = read_probabilities(y_true, proba, sample_weight, pos_label)
    return _parts(events, lambda p: (events.is_event - p) ** 2)


def log_loss_parts(
    y_true: ArrayLike,
    proba: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
) -> ScoreParts:
    """Return the log loss as miscalibration - discrimination + uncertainty; see `brier_score_parts`.

    If the predicted probability of an outcome that occurs is 0, the log loss and the miscalibration
    are infinite.

    Parameters
    ----------
    y_true, proba, sample_weight, pos_label
        See `calibration_fit`, also for the errors.

    Returns
    -------
    ScoreParts

    Examples
    --------
    >>> [round(part, 3) for part in log_loss_parts([0, 0, 1, 1], [0.2, 0.2, 0.2, 0.6])]
    [0.642, 0.164, 0.216, 0.693]
    """
    events = read_probabilities(y_true, proba, sample_weight, pos_label)

    def losses(p: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return -(xlogy(events.is_event, p) + xlogy(~events.is_event, 1 - p))

    return _parts(events, losses)


def _parts(events: Events, losses: Any) -> ScoreParts:
    y, p, w = events.is_event.astype(np.float64), events.scores, events.weights
    isotonic = IsotonicRegression(y_min=0, y_max=1)
    recalibrated = isotonic.fit(p, y, sample_weight=w).predict(p)
    mean = np.full(len(y), np.average(y, weights=w))
    score, best, constant = (
        float(np.average(losses(predicted), weights=w)) for predicted in (p, recalibrated, mean)
    )
    return ScoreParts(score, score - best, constant - best, constant)


def probability_bins(p: Floats, weights: Floats, n_bins: int, strategy: Bins) -> NDArray[np.intp]:
    """Return the bin of each probability; equal probabilities share a bin, and bins may be empty.

    Parameters
    ----------
    p, weights : ndarray of shape (n,), float64
        Probabilities and weights of the rows.
    n_bins : int
        Number of bins.
    strategy : {"quantile", "uniform"}
        Bins of equal weight, as far as ties allow, or of equal width.

    Returns
    -------
    ndarray of shape (n,), intp
        From 0 to n_bins - 1.
    """
    if not isinstance(strategy, str) or strategy not in choices(Bins):
        raise InputError(f"strategy={strategy!r} is not known; it can be 'quantile' or 'uniform'.")
    if not _BINS.accepts(n_bins):
        raise InputError(f"n_bins={n_bins!r} must be a whole number from 1 to {_MOST_BINS:,}.")
    if strategy == "uniform":
        return np.minimum((p * n_bins).astype(np.intp), n_bins - 1)
    distinct, place = np.unique(p, return_inverse=True)
    of_value = np.bincount(place, weights, len(distinct))
    middle = np.cumsum(of_value) - of_value / 2
    return np.minimum((middle / weights.sum() * n_bins).astype(np.intp), n_bins - 1)[place]


def expected_calibration_error(
    y_true: ArrayLike,
    proba: ArrayLike,
    *,
    n_bins: int = 15,
    strategy: Bins = "quantile",
    debias: bool = True,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
) -> float:
    """Return the mean difference, over bins, between the mean probability and the share of events.

    Differences are absolute values, weighted by the weight of the bin.

    Parameters
    ----------
    y_true, proba, sample_weight, pos_label
        See `calibration_fit`.
    n_bins : int, default=15
        Number of bins.
    strategy : {"quantile", "uniform"}, default="quantile"
        Bins of equal weight or of equal width.
    debias : bool, default=True
        Whether to subtract the estimated part that is due to chance. Without it, even the error of
        perfect probabilities is above 0 and grows with the number of bins, because differences
        are counted as absolute values.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    InputError
        If a probability is outside of 0 to 1, there are more than two classes, or `n_bins` or
        `strategy` is invalid.

    Notes
    -----
    Cost: O(n log n). The part of a bin that is due to chance is estimated from a normal distribution
    whose mean is the difference in the bin and whose variance is that of a share
    (ȳ (1 - ȳ) / (n - 1)): it is the mean of the absolute value, minus the absolute value of the
    mean. Because the difference is itself an estimate, some of the bias remains: for perfect
    probabilities about 60 percent. For a measure without bins, see `brier_score_parts`.

    References
    ----------
    .. [1] Kumar, A., Liang, P. and Ma, T. (2019). Verified uncertainty calibration. NeurIPS 2019.
       doi:10.48550/arXiv.1909.10155

    Examples
    --------
    >>> y, p = [0, 0, 0, 1, 0, 1, 1, 1], [0.25] * 4 + [0.75] * 4
    >>> expected_calibration_error(y, p, n_bins=2)
    0.0
    >>> expected_calibration_error(y, [0.5] * 4 + [1.0] * 4, n_bins=2, debias=False)
    0.25
    """
    y, p, w, _, _ = read_probabilities(y_true, proba, sample_weight, pos_label)
    bins = probability_bins(p, w, n_bins, strategy)
    weight, squares = np.bincount(bins, w, n_bins), np.bincount(bins, w * w, n_bins)
    is_used = weight > 0
    weight, squares = weight[is_used], squares[is_used]
    share = np.bincount(bins, w * y, n_bins)[is_used] / weight
    distance = share - np.bincount(bins, w * p, n_bins)[is_used] / weight
    error = float(np.average(np.abs(distance), weights=weight))
    if not debias:
        return error
    n_effective = weight**2 / squares
    deviation = np.sqrt(share * (1 - share) / np.maximum(n_effective - 1, 1))
    by_chance = _mean_absolute(distance, deviation) - np.abs(distance)
    return max(error - float(np.average(by_chance, weights=weight)), 0.0)


def _mean_absolute(mean: Floats, deviation: Floats) -> Floats:
    """Return the mean of the absolute value of a normally distributed variable."""
    z = np.divide(mean, deviation, out=np.zeros_like(mean), where=deviation > 0)
    folded = deviation * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) + mean * (1 - 2 * ndtr(-z))
    return np.where(deviation > 0, folded, np.abs(mean))


def excess_calibration_error(
    y_true: ArrayLike,
    proba: ArrayLike,
    *,
    n_bins: int = 15,
    strategy: Bins = "quantile",
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
) -> float:
    """Return the expected calibration error, less its mean for perfect probabilities.

    Unlike `expected_calibration_error`, it is 0 on average if the probabilities are right, whatever the number
    of rows and bins, so that models of different tables can be compared.

    Parameters
    ----------
    y_true, proba, sample_weight, pos_label
        See `calibration_fit`.
    n_bins, strategy
        See `expected_calibration_error`.

    Returns
    -------
    float
        Also below 0 for perfect probabilities.

    Notes
    -----
    Cost: O(n log n). The mean for perfect probabilities is that of a binomial number of events in each bin, by De
    Moivre's formula, so that it holds also where a bin has less than one event.

    Examples
    --------
    >>> y, p = [0, 0, 0, 1, 0, 1, 1, 1], [0.25] * 4 + [0.75] * 4
    >>> round(excess_calibration_error(y, p, n_bins=2), 3)
    -0.158
    """
    y, p, w, _, _ = read_probabilities(y_true, proba, sample_weight, pos_label)
    bins = probability_bins(p, w, n_bins, strategy)
    weight = np.bincount(bins, w, n_bins)
    is_used = weight > 0
    weight = weight[is_used]
    distance = np.abs(np.bincount(bins, w * (y - p), n_bins)[is_used])
    variance = np.bincount(bins, w**2 * p * (1 - p), n_bins)[is_used]
    n = weight**2 / np.bincount(bins, w * w, n_bins)[is_used]
    mean = np.bincount(bins, w * p, n_bins)[is_used] / weight
    # As for n rows of the mean probability, narrowed to the variance of unequal ones.
    of_mean = weight**2 * mean * (1 - mean) / n
    narrower = np.sqrt(np.divide(variance, of_mean, out=np.zeros_like(of_mean), where=of_mean > 0))
    by_chance = narrower * weight / n * _mean_absolute_binomial(n, mean)
    return float((distance - by_chance).sum() / weight.sum())


def _mean_absolute_binomial(n: Floats, p: Floats) -> Floats:
    """Return the mean of the absolute difference of binomial counts from their mean, by De Moivre's formula."""
    n = np.maximum(np.rint(n), 1)
    above = np.floor(n * p) + 1
    found: Floats = 2 * above * (1 - p) * binom.pmf(above, n, p)
    return found
