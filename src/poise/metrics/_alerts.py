"""What alerts are worth: precision among the first k, and net benefit at a threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from poise.core.errors import InputError
from poise.metrics._events import read_probabilities, read_scores


def precision_at_k(y_true: ArrayLike, scores: ArrayLike, k: int, *, pos_label: Any = None) -> float:
    """Return the share of events among the k rows of the highest scores.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        Labels of two classes.
    scores : array-like of shape (n_rows,)
        Probabilities or decision values; any scale.
    k : int
        From 1 to the number of rows.
    pos_label : label, optional
        The event; by default 1, or the later of two labels in sorted order.

    Returns
    -------
    float
        Where rows tie at the k-th score, what a random choice among them gives on average, so that
        the order of rows does not matter.

    Raises
    ------
    InputError
        For a k that is not there, and other than two classes.

    Notes
    -----
    O(n).

    Examples
    --------
    >>> precision_at_k([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1], k=2)
    0.5
    >>> precision_at_k([1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], k=2)
    0.25
    """
    is_event, given, _, _ = read_scores(y_true, scores, None, pos_label)
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not 1 <= k <= len(given):
        raise InputError(
            f"k={k!r} must be a whole number from 1 to {len(given)}, the rows there are."
        )
    last = np.partition(given, len(given) - k)[len(given) - k]
    above, tied = given > last, given == last
    found = is_event[above].sum() + (k - above.sum()) * is_event[tied].mean()
    return float(found / k)


def net_benefit(
    y_true: ArrayLike,
    proba: ArrayLike,
    threshold: float,
    *,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
) -> float:
    """Return true alerts a row, less false ones, each at the price that the threshold implies.

    Who acts from probability t on holds a false alert to cost t / (1 - t) of what a true one gains.
    To act on nobody has net benefit 0.

    Parameters
    ----------
    y_true, proba, sample_weight, pos_label
        See `calibration_fit`.
    threshold : float
        In 0 to 1, without 1.

    Returns
    -------
    float

    Raises
    ------
    InputError
        For a threshold or probabilities out of range, and other than two classes.

    References
    ----------
    .. [1] Vickers, A. J. and Elkin, E. B. (2006). Decision curve analysis: a novel method for
       evaluating prediction models. Medical Decision Making 26, 565-574.

    Examples
    --------
    >>> net_benefit([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], threshold=0.5)
    0.0
    >>> net_benefit([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], threshold=0.2)
    0.4375
    """
    is_event, p, w, _ = read_probabilities(y_true, proba, sample_weight, pos_label)
    if not 0 <= threshold < 1:
        raise InputError(f"threshold={threshold!r} must lie in 0 to 1, without 1.")
    is_alert = p >= threshold
    found, false = w @ (is_alert & is_event), w @ (is_alert & ~is_event)
    return float((found - false * threshold / (1 - threshold)) / w.sum())
