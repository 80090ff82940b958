"""Statistics of differences over overlapping folds: intervals, tests and verdicts.

The values of different folds are not independent, because the folds share most of their training
rows. Nadeau and Bengio (2003) correct the variance of the mean for this. The usual tests do not, and
report differences between equally good models.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from poise.core.types import GainVerdict

Floats = NDArray[np.float64]
Basis: TypeAlias = Literal["rows", "folds", "both"]

N_FOLDS = 5
_SMALL = 10_000  # no mutant: rows; smaller tables are fast to fit, and need more repeats

BETTER: Final = "better"
WORSE: Final = "worse"
EQUAL: Final = "practically equal"
NO_GAIN: Final = "no gain worth having"
OPEN: Final = "open"


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
    basis : {"rows", "folds", "both"}
        Whether the error is of rows and repeats, of the corrected resampled t-test, or of both.
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

    @property
    def normal_error(self) -> float:
        """The standard deviation of a normal distribution with the same 95 % interval."""
        return float(self.error * t.ppf(0.975, self.freedom) / norm.ppf(0.975))

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


def flat_verdict(
    gain: Measured, adjusted_p: float, margin: float, alpha: float = 0.05
) -> GainVerdict:
    """Return the verdict on a gain without a prior.

    Practically equal: two one-sided tests reject a difference as large as the margin (the interval of confidence
    1 - 2 alpha lies within it). Better, worse: Holm's p-value is below alpha. No gain worth having: the one-sided
    upper end of the interval is below the margin.

    Parameters
    ----------
    gain : Measured
    adjusted_p : float
        The p-value after `holm`.
    margin : float
        Differences up to this size do not matter in practice.
    alpha : float
        Significance level.

    References
    ----------
    .. [1] Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach for
       assessing the equivalence of average bioavailability. Journal of Pharmacokinetics and Biopharmaceutics 15,
       657-680. doi:10.1007/BF01068419

    Examples
    --------
    >>> flat_verdict(Measured(0.03, 0.01, 24.0, "rows"), 0.01, margin=0.01)
    'better'
    >>> flat_verdict(Measured(0.0, 0.002, 24.0, "rows"), 1.0, margin=0.01)
    'practically equal'
    >>> flat_verdict(Measured(-0.01, 0.01, 24.0, "rows"), 1.0, margin=0.01)
    'no gain worth having'
    """
    sided = gain.estimate(1 - 2 * alpha)
    if -margin <= sided.low and sided.high <= margin:
        return EQUAL
    if adjusted_p < alpha:
        return BETTER if gain.mean > 0 else WORSE
    return NO_GAIN if sided.high < margin else OPEN
