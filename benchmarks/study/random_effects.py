"""Mean gains over origins of tables, with the spread between origins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.stats import norm, t

Floats = NDArray[np.float64]
_LEAST_VARIANCE = 0.01  # an error of a tenth of a margin


class Pooled(NamedTuple):
    """A mean over origins.

    Attributes
    ----------
    mean, low, high : float
        The mean gain, or a slope, with its 95 % interval (Knapp and Hartung).
    spread : float
        Standard deviation between origins.
    error : float
        Standard error of the mean.
    n : int
        Number of origins.
    """

    mean: float
    low: float
    high: float
    spread: float
    error: float
    n: int

    def chance_above(self, value: float) -> float:
        """Return the probability that the gain on a new origin is above a value."""
        return float(norm.sf(value, self.mean, np.hypot(self.spread, self.error)))


def by_origin(
    gains: ArrayLike, errors: ArrayLike, origins: ArrayLike
) -> tuple[Floats, Floats, list[str]]:
    """Return the mean gain of each origin's tables, with its variance."""
    names, place, counts = np.unique(np.asarray(origins), return_inverse=True, return_counts=True)
    y = np.bincount(place, np.asarray(gains, dtype=float)) / counts
    v = np.bincount(place, np.asarray(errors, dtype=float) ** 2) / counts**2
    return y, v, names.tolist()


def pooled(y: Floats, v: Floats, x: Floats | None = None) -> Pooled:
    """Return the mean of a random-effects model, or the slope on a covariate.

    The variance between origins has the greatest restricted likelihood; the interval is that of Knapp and Hartung.
    Errors below a tenth of a margin count as a tenth: where two approaches decide alike on every row of a table, its
    error is 0, which says nothing about other tables, and it would outweigh all of them.

    Parameters
    ----------
    y, v : ndarray of shape (n,)
        Estimates and their variances, in margins.
    x : ndarray of shape (n,), optional

    References
    ----------
    .. [1] Knapp, G. and Hartung, J. (2003). Improved tests for a random effects meta-regression with a single
       covariate. Statistics in Medicine 22, 2693-2710. doi:10.1002/sim.1482

    Examples
    --------
    >>> found = pooled(np.array([1.0, 3.0, 2.0, 2.0]), np.full(4, 0.01))
    >>> round(found.mean, 3), round(found.high, 1)
    (2.0, 3.3)
    """
    design = np.ones((len(y), 1)) if x is None else np.column_stack([np.ones(len(y)), x])
    v = np.maximum(v, _LEAST_VARIANCE)
    largest = float(np.var(y)) * 4 + _LEAST_VARIANCE

    def loss(spread: float) -> float:
        w = 1 / (v + spread**2)
        information = design.T @ (design * w[:, None])
        rest = y - design @ np.linalg.solve(information, design.T @ (w * y))
        return float(
            np.log(v + spread**2).sum() + np.linalg.slogdet(information)[1] + (w * rest**2).sum()
        )

    found = minimize_scalar(loss, bounds=(0, np.sqrt(largest)), method="bounded")
    spread = 0.0 if loss(0.0) <= found.fun else float(found.x)
    w = 1 / (v + spread**2)
    inverse = np.linalg.inv(design.T @ (design * w[:, None]))
    estimate = inverse @ (design.T @ (w * y))
    rest = y - design @ estimate
    freedom = len(y) - design.shape[1]
    # Not smaller than without the factor, as is advised where estimates vary less than by chance.
    factor = max(float((w * rest**2).sum() / freedom), 1.0)
    error = float(np.sqrt(factor * inverse[-1, -1]))
    half = float(t.ppf(0.975, freedom)) * error
    mean = float(estimate[-1])
    return Pooled(mean, mean - half, mean + half, spread, error, len(y))
