"""Confusion matrices of several classes, and the metrics that are computed from them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def confusion(
    true: NDArray[np.intp], decided: NDArray[np.intp], n_classes: int, weights: Floats | None = None
) -> Floats:
    """Return the number of rows, or their weight, by true class and by decision.

    Examples
    --------
    >>> confusion(np.array([0, 1, 2, 2]), np.array([0, 1, 1, 2]), 3).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 1.0]]
    """
    found = np.bincount(true * n_classes + decided, weights, n_classes**2)
    return found.reshape(n_classes, n_classes).astype(np.float64)


def _recalls(n: Floats) -> Floats:
    return _divided(_diagonal(n), n.sum(axis=-1))


def _f1(n: Floats) -> Floats:
    both = n.sum(axis=-1) + n.sum(axis=-2)
    return _divided(2 * _diagonal(n), both).mean(axis=-1)


def _mcc(n: Floats) -> Floats:
    """Return the correlation of classes and decisions (Gorodkin)."""
    shares = n / n.sum(axis=(-2, -1), keepdims=True)
    of_true, of_decided = shares.sum(axis=-1), shares.sum(axis=-2)
    covariance = _diagonal(shares).sum(axis=-1) - (of_true * of_decided).sum(axis=-1)
    both = (1 - (of_true**2).sum(axis=-1)) * (1 - (of_decided**2).sum(axis=-1))
    return _divided(covariance, np.sqrt(np.maximum(both, 0.0)))


# From confusion matrices, in the last two axes, to values. Recall and F1 are means over the classes ("macro").
CLASS_METRICS: dict[str, Callable[[Floats], Floats]] = {
    "f1": _f1,
    "mcc": _mcc,
    "balanced_accuracy": lambda n: _recalls(n).mean(axis=-1),
    "g_mean": lambda n: np.prod(_recalls(n), axis=-1) ** (1 / n.shape[-1]),
    "accuracy": lambda n: _divided(_diagonal(n).sum(axis=-1), n.sum(axis=(-2, -1))),
}


def _diagonal(n: Floats) -> Floats:
    return np.diagonal(n, axis1=-2, axis2=-1)


def _divided(part: Floats, whole: Floats) -> Floats:
    """Return quotients, 0 where the divisor is 0."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
