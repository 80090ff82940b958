"""A threshold for each of several classes, with which decisions are best."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.metrics._confusion import confusion
from poise_inference import over_thresholds

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

_N_CANDIDATES = 100  # values that are tried for one threshold
_MOST_ROUNDS = 5
_LEAST = 1e-100  # threshold; and 1 / _LEAST is the largest limit
_ROUNDING = 1e-9


def decided_by(proba: Floats, thresholds: Floats) -> Codes:
    """Return the class with the largest ratio of probability to threshold; on a tie the first one, as scikit-learn.

    Parameters
    ----------
    proba : ndarray of shape (n_rows, n_classes)
    thresholds : ndarray of shape (n_classes,)

    Examples
    --------
    >>> decided_by(np.array([[0.6, 0.3, 0.1], [0.4, 0.3, 0.3]]), np.array([0.5, 0.3, 0.2])).tolist()
    [0, 2]
    """
    return np.asarray(over_thresholds(proba, thresholds), dtype=np.intp)


def class_thresholds(
    codes: Codes,
    proba: Floats,
    value_of: Callable[[Floats], Floats],
    weights: Floats | None = None,
) -> Floats:
    """Return the threshold of each class with which decisions have the highest value.

    The search starts from equal thresholds or from the shares of the classes, whichever are better, and changes one
    threshold at a time for as long as that helps. What it finds is never worse than its start.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,), intp
        True classes.
    proba : ndarray of shape (n_rows, n_classes)
    value_of : callable
        From confusion matrices of shape (n, n_classes, n_classes) to their values; more is better.
    weights : ndarray of shape (n_rows,), optional

    Returns
    -------
    ndarray of shape (n_classes,)
        Above 0, with the sum 1.

    Notes
    -----
    O(rounds * n_classes * (n log n + 100 n_classes^2)), with at most five rounds.

    Examples
    --------
    >>> from poise.metrics._confusion import CLASS_METRICS
    >>> codes, proba = np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4]])
    >>> class_thresholds(codes, proba, CLASS_METRICS["f1"]).round(2).tolist()
    [0.67, 0.33]
    """
    n_classes = proba.shape[1]
    shares = np.bincount(codes, weights, n_classes)
    starts = [np.full(n_classes, 1 / n_classes), _normalized(np.maximum(shares, _LEAST))]
    values = [_value(codes, proba, start, value_of, weights) for start in starts]
    best = int(np.argmax(values))
    thresholds, value = starts[best], values[best]
    for _ in range(_MOST_ROUNDS):
        before = value
        for one in np.argsort(shares, kind="stable"):  # the rarest class first
            thresholds, value = _improved(
                codes, proba, thresholds, value, int(one), value_of, weights
            )
        if value <= before:
            break
    return thresholds


def _value(
    codes: Codes, proba: Floats, thresholds: Floats, value_of: Any, weights: Floats | None
) -> float:
    n = confusion(codes, decided_by(proba, thresholds), proba.shape[1], weights)
    return float(value_of(n[None])[0])


def _improved(
    codes: Codes,
    proba: Floats,
    thresholds: Floats,
    value: float,
    one: int,
    value_of: Any,
    weights: Floats | None,
) -> tuple[Floats, float]:
    """Return the thresholds with the best one for a class, and their value; unchanged where nothing is better."""
    n_classes = proba.shape[1]
    ratios = proba / thresholds
    ratios[:, one] = -1.0
    rival = ratios.argmax(axis=1)
    largest = ratios[np.arange(len(rival)), rival]
    # Up to which threshold a row is decided for the class.
    limit = proba[:, one] / np.maximum(largest, _LEAST)
    candidates = _between(limit[limit > 0])
    if not len(candidates):
        return thresholds, value
    # A row belongs to the class for the candidates up to its limit, and else to its rival.
    place = np.searchsorted(candidates, limit, side="right")
    size = n_classes**2
    whole = np.bincount(codes * n_classes + rival, weights, size).astype(float)
    n_places = len(candidates) + 1
    gained = np.bincount(place * size + codes * n_classes + one, weights, n_places * size)
    lost = np.bincount(place * size + codes * n_classes + rival, weights, n_places * size)
    moved = (gained - lost).reshape(n_places, size)
    of_each = np.maximum(whole + np.cumsum(moved[::-1], axis=0)[::-1][1:], 0.0)  # no -1e-17
    changed = thresholds.copy()
    changed[one] = candidates[int(np.argmax(value_of(of_each.reshape(-1, n_classes, n_classes))))]
    changed = _normalized(changed)
    # Rounding can decide a tie the other way.
    reached = _value(codes, proba, changed, value_of, weights)
    return (changed, reached) if reached > value else (thresholds, value)


def _normalized(thresholds: Floats) -> Floats:
    """Return thresholds with the sum 1, none of them 0."""
    found = np.maximum(thresholds / thresholds.max(), _LEAST)
    return np.asarray(found / found.sum())


def _between(limits: Floats) -> Floats:
    """Return values between neighbouring limits, at most 100 of them, and one below and above all."""
    if not len(limits):
        return limits
    distinct = np.unique(np.clip(limits, _LEAST, 1 / _LEAST))
    distinct = distinct[np.append(True, distinct[1:] > distinct[:-1] * (1 + _ROUNDING))]
    if len(distinct) > _N_CANDIDATES:
        few = np.linspace(0, len(distinct) - 1, _N_CANDIDATES).astype(np.intp)
        distinct = distinct[few]
    middles = np.sqrt(distinct[1:]) * np.sqrt(distinct[:-1])
    return np.concatenate([distinct[:1] / 2, middles, distinct[-1:] * 2])
