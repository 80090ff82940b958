"""Calibration in the large: factors of the odds with which mean probabilities equal the shares of the classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poise_inference import times_factors

Floats = NDArray[np.float64]
_STEPS = 100  # no mutant: Newton's method needs about five
_EXACT = 1e-10  # of means of probabilities
_FARTHEST = 50.0  # log-odds; no mutant: beyond them, means no longer change
_LONGEST = 4.0  # log-odds of a step
_QUADRATIC = (
    1e-9  # no mutant: of the loss, where whole steps are right and rounding hides what they gain
)


def odds_factors(predicted: Floats, weights: Floats, shares: Floats) -> Floats | None:
    """Return the factor of each class with which mean probabilities equal given shares; that of the first is 1.

    With two classes the logarithm of the second factor is the shift of the intercept of a logistic recalibration
    with slope 1. The factors minimise a convex function, the log loss averaged over classes by their
    shares, so there is one solution at most; Newton's method finds it.

    Parameters
    ----------
    predicted : ndarray of shape (n_rows, n_classes)
        Probabilities, which add up to 1 in each row.
    weights : ndarray of shape (n_rows,)
    shares : ndarray of shape (n_classes,)
        Above 0, with a sum of 1.

    Returns
    -------
    ndarray of shape (n_classes,), or None
        None if no factors give these means, because too many probabilities are 0 or 1.

    Examples
    --------
    >>> predicted = np.array([[0.5, 0.5], [0.8, 0.2]])
    >>> factors = odds_factors(predicted, np.ones(2), np.array([0.9, 0.1]))
    >>> times_factors(predicted, factors).mean(axis=0).round(6)
    array([0.9, 0.1])
    """
    weights = weights / weights.sum()
    logs = np.zeros(len(shares))

    def loss(logs: Floats) -> float:
        return float(weights @ np.log(predicted @ np.exp(logs)) - shares @ logs)

    for _ in range(_STEPS):
        found = times_factors(predicted, np.exp(logs))
        means = weights @ found
        slope = (means - shares)[1:]
        if np.abs(slope).max() <= _EXACT:
            return np.exp(logs)
        bend = (np.diag(means) - (found * weights[:, np.newaxis]).T @ found)[1:, 1:]
        step = np.append(0.0, np.linalg.lstsq(bend, slope, rcond=None)[0])
        step *= min(1.0, _LONGEST / max(np.abs(step).max(), _EXACT))
        decrease, before = float(slope @ step[1:]), loss(logs)
        while decrease > _QUADRATIC and loss(logs - step) > before - decrease / 4:
            step, decrease = step / 2, decrease / 2
        logs = logs - step
        if np.abs(logs).max() > _FARTHEST:
            return None
    return None
