"""Before and after a comparison: how likely each gain was on other tables, and how likely it is on this one.

Gains are in margins here: a gain of 1 is just worth having, one of -1 just a loss that matters.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import (
    ndtr,
    ndtri,
)  # `scipy.stats.norm` takes ten times as long for a few numbers
from scipy.stats import norm

from poise.study.statistics import Measured

Floats = NDArray[np.float64]

# A prior is a mixture of normal distributions around one location: many gains are near it, and a few far away.
SPREADS = np.array([0.3, 1.0, 3.0, 9.0])
SHARES = np.array([0.35, 0.35, 0.2, 0.1])
_USUAL_SCALE = 0.7
_LEAST_ERROR = 0.1
_LARGEST = 1e9  # instead of an infinite error
OF_HARD_TABLES = 0.75  # power of the error; benchmarks/study/prior.py --powers
_MOST_TIMES = 10.0  # the error of a table in typical ones, or its inverse
_ORIGINS_OF_ZERO = 10  # how many origins without any gain a location is averaged with
SCALES = np.exp(np.linspace(np.log(0.03), np.log(50), 75))


class Prior(NamedTuple):
    """How gains are distributed over tables: sum of shares times N(location, (scale * spread)^2).

    Attributes
    ----------
    location, scale : float
        In margins.
    """

    location: float = 0.0
    scale: float = _USUAL_SCALE


class FittedPrior(NamedTuple):
    """A prior with the error that gains had on the tables that it was learnt from.

    Attributes
    ----------
    prior : Prior
        That of a table on which gains are measured with the typical error.
    typical_error : float
        The median, in margins.
    fit : float
        The penalised log-likelihood, each origin counting once.
    """

    prior: Prior
    typical_error: float
    fit: float = 0.0

    def of_table(self, error: float) -> Prior:
        """Return the prior of a table on which a gain is measured with some error, in margins.

        Where classes overlap much, gains and losses are larger, and so are errors; on easy tables both are small.
        The scale is proportional to the error to the power of 0.75 ([1]_, with that power between its 0 and 1).

        References
        ----------
        .. [1] Stephens, M. (2017). False discovery rates: a new deal. Biostatistics 18, 275-294.
           doi:10.1093/biostatistics/kxw041
        """
        return self.prior._replace(
            scale=float(self.prior.scale * _relative(error, self.typical_error))
        )


def _relative(errors: ArrayLike, typical: float, power: float = OF_HARD_TABLES) -> Any:
    """Return what the scales of tables are in that of a typical one."""
    times = np.maximum(errors, _LEAST_ERROR) / typical
    return np.clip(times, 1 / _MOST_TIMES, _MOST_TIMES) ** power


class Posterior(NamedTuple):
    """How likely each gain is, after the data.

    Attributes
    ----------
    gain, equal, loss : float
        Probabilities of a gain above the margin, of a difference within it, and of a loss beyond it.
    mean, low, high : float
        The expected gain, and the ends of its 95 % interval.
    regret_of_staying, regret_of_switching : float
        What is lost on average by keeping the rows as they are, and by using the approach, in those cases in
        which the other is better.
    """

    gain: float
    equal: float
    loss: float
    mean: float
    low: float
    high: float
    regret_of_staying: float
    regret_of_switching: float


def posterior_of(
    gain: float, error: float, margin: float, prior: Prior, unit: float | None = None
) -> Posterior:
    """Return what a measured gain says about the expected gain, given gains on other tables.

    Parameters
    ----------
    gain, error : float
        The estimate and its standard error, in the unit of the metric.
    margin : float
        Differences up to this size do not matter.
    prior : Prior
    unit : float, optional
        The margin that the prior was learnt with; by default the same one.

    Returns
    -------
    Posterior
        In the unit of the metric.

    References
    ----------
    .. [1] Stephens, M. (2017). False discovery rates: a new deal. Biostatistics 18, 275-294.
       doi:10.1093/biostatistics/kxw041

    Examples
    --------
    >>> found = posterior_of(0.05, 0.02, margin=0.02, prior=Prior(0.0, 0.7))
    >>> round(found.gain, 2), round(found.mean, 3)
    (0.6, 0.029)
    """
    unit = margin if unit is None else unit
    found = mixture_after(gain / unit, error / unit, prior)
    weight, means, deviations = found
    above, below = map(float, found.beyond(margin / unit))
    z = means / deviations
    staying = float(weight @ (means * ndtr(z) + deviations * _density(z)))
    mean = float(weight @ means)
    low, high = (_quantile(weight, means, deviations, p) for p in (0.025, 0.975))
    return Posterior(
        above,
        max(1 - above - below, 0.0),
        below,
        *(float(value * unit) for value in (mean, low, high, staying, staying - mean)),
    )


class Mixture(NamedTuple):
    """Normal distributions with their weights, along the last axis.

    Attributes
    ----------
    weight, means, deviations : ndarray of shape (..., n_parts)
    """

    weight: Floats
    means: Floats
    deviations: Floats

    def beyond(self, margin: float) -> tuple[Any, Any]:
        """Return the probabilities of a gain above the margin, and of a loss beyond it."""
        above = ndtr((self.means - margin) / self.deviations)
        below = ndtr((-margin - self.means) / self.deviations)
        return (self.weight * above).sum(axis=-1), (self.weight * below).sum(axis=-1)


def mixture_after(gain: ArrayLike, error: float, prior: Prior) -> Mixture:
    """Return the posterior of an expected gain, or of several that are measured with one error, in margins."""
    x = np.asarray(gain, dtype=float)[..., None]
    variance = min(error, _LARGEST) ** 2
    spread = (prior.scale * SPREADS) ** 2
    total = spread + variance
    deviation = np.sqrt(total)
    density = SHARES * _density((x - prior.location) / deviation) / deviation
    # So far from the prior that no part explains it: the widest one is left.
    is_far = density.sum(axis=-1, keepdims=True) == 0
    density = np.where(is_far, np.arange(len(SPREADS)) == SPREADS.argmax(), density)
    weight = density / density.sum(axis=-1, keepdims=True)
    if variance == 0:
        return Mixture(weight, x + np.zeros(len(SPREADS)), np.full(len(SPREADS), 1e-12))
    kept = spread / total
    return Mixture(weight, prior.location + kept * (x - prior.location), np.sqrt(kept * variance))


def flat_posterior(gain: Measured, margin: float) -> Posterior:
    """Return what a measured gain says if every gain is as likely beforehand.

    Examples
    --------
    >>> found = flat_posterior(Measured(0.02, 0.01, 50.0, "rows"), margin=0.02)
    >>> round(found.gain, 2), round(found.loss, 4)
    (0.5, 0.0001)
    """
    estimate = gain.estimate()
    above, below = gain.chance_above(margin), 1 - gain.chance_above(-margin)
    error = min(gain.normal_error, _LARGEST)
    staying = max(gain.mean, 0.0)
    if error > 0:
        z = gain.mean / error
        staying = gain.mean * ndtr(z) + error * _density(z)
    if not np.isfinite(gain.error):
        staying = float("nan")
    return Posterior(
        above,
        max(1 - above - below, 0.0),
        below,
        gain.mean,
        estimate.low,
        estimate.high,
        float(staying),
        float(staying - gain.mean),
    )


def _density(z: Any) -> Any:
    """Return the density of the standard normal distribution."""
    return np.exp(-np.square(z) / 2) / np.sqrt(2 * np.pi)


def _quantile(weight: Floats, means: Floats, deviations: Floats, p: float) -> float:
    """Return a quantile of a mixture of normal distributions."""
    ends = means + deviations * ndtri(p)
    if np.ptp(ends) < 1e-9:
        return float(ends[0])
    return float(brentq(lambda x: weight @ ndtr((x - means) / deviations) - p, *_range(ends)))


def _range(ends: Floats) -> tuple[float, float]:
    return float(ends.min()) - 1e-9, float(ends.max()) + 1e-9


def fit_prior(
    gains: ArrayLike,
    errors: ArrayLike,
    origins: ArrayLike,
    *,
    overstated: float = 1.0,
    power: float = OF_HARD_TABLES,
) -> FittedPrior:
    """Return the prior that gains on other tables have, each origin counting once.

    The location is the median over origins, drawn towards 0 as by ten origins without a gain; the scale has the
    greatest penalised likelihood, its logarithm being N(log 0.7, 1) beforehand. Errors below a tenth of a margin count
    as a tenth: those of 0, of approaches that decide alike on every row of a table, would outweigh all others.

    Parameters
    ----------
    gains, errors : array-like of shape (n_tables,)
        In margins.
    origins : array-like of shape (n_tables,)
    overstated : float
        How many times as large as they are the errors are given. What is taken for noise cannot be taken for differences
        between tables, so errors that are too large give a scale that is too small.
    power : float
        Of the error, that the scale is proportional to.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> gains = rng.normal(-1, 0.5, 100)
    >>> found = fit_prior(gains, np.full(100, 0.01), np.arange(100))
    >>> round(found.prior.location, 1), 0.1 < found.prior.scale < 1
    (-0.9, True)
    """
    x, given = np.asarray(gains, dtype=float), np.asarray(errors, dtype=float)
    v = np.maximum(given / overstated, _LEAST_ERROR) ** 2
    _, place, counts = np.unique(np.asarray(origins), return_inverse=True, return_counts=True)
    n = len(counts)
    medians = [np.median(x[place == one]) for one in range(n)]
    location = float(np.median(medians)) * n / (n + _ORIGINS_OF_ZERO)
    weight = 1 / counts[place]
    typical = float(np.median(np.maximum(given, _LEAST_ERROR)))
    relative = _relative(given, typical, power)[:, None]
    deviation = np.sqrt((SCALES[:, None, None] * SPREADS * relative) ** 2 + v[:, None])
    likelihood = norm.pdf(x[:, None], location, deviation) @ SHARES
    fit = np.log(likelihood + 1e-300) @ weight - 0.5 * np.log(SCALES / _USUAL_SCALE) ** 2
    best = int(fit.argmax())
    return FittedPrior(Prior(location, float(SCALES[best])), typical, float(fit[best]))
