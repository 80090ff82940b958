"""Metrics of alerts: precision among the k highest scores, and net benefit at a threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from poise.core.errors import InputError
from poise.core.numbers import is_number, is_whole
from poise.metrics._events import read_probabilities, read_scores


def precision_at_k(y_true: ArrayLike, scores: ArrayLike, k: int, *, pos_label: Any = None) -> float:
    """Return the share of events among the k rows with the highest scores.

    The event is the class of interest.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        Labels of two classes.
    scores : array-like of shape (n_rows,)
        Probabilities or decision values, on any scale.
    k : int
        Number of rows, from 1 to n_rows.
    pos_label : label, optional
        Label of the event; by default that of the class with the fewest rows in `y_true`, and of two equal
        ones the label that sorts last. Pass it where each call gets other rows, as in folds.

    Returns
    -------
    float
        From 0 to 1. If several rows have the k-th highest score, the mean over all choices among
        them, so that the order of the rows does not matter.

    Raises
    ------
    InputError
        If k is out of range, or there are more than two classes.

    Notes
    -----
    Cost: O(n).

    Examples
    --------
    >>> precision_at_k([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1], k=2)
    0.5
    >>> precision_at_k([1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], k=2)
    0.25
    """
    is_event, given, _, _, _ = read_scores(y_true, scores, None, pos_label)
    if not is_whole(k) or not 1 <= k <= len(given):
        raise InputError(
            f"k={k!r} must be a whole number from 1 to {len(given)}, the number of rows."
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
    """Return the net benefit of alerts at a threshold: true alerts per row minus weighted false ones.

    Every row whose probability is at least the threshold t gets an alert. A false alert counts
    t / (1 - t) times as much as a true one: this ratio of costs to benefits is what makes t the
    best threshold. Without any alert the net benefit is 0.

    Parameters
    ----------
    y_true, proba, sample_weight, pos_label
        See `calibration_fit`.
    threshold : float
        At least 0, and below 1.

    Returns
    -------
    float
        In true alerts per row; at most the share of events.

    Raises
    ------
    InputError
        If the threshold or a probability is out of range, or there are more than two classes.

    References
    ----------
    .. [1] Vickers, A. J. and Elkin, E. B. (2006). Decision curve analysis: a novel method for
       evaluating prediction models. Medical Decision Making 26, 565-574.
       doi:10.1177/0272989X06295361

    Examples
    --------
    >>> net_benefit([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], threshold=0.5)
    0.0
    >>> net_benefit([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], threshold=0.2)
    0.4375
    """
    is_event, p, w, _, _ = read_probabilities(y_true, proba, sample_weight, pos_label)
    if not (is_number(threshold) and 0 <= threshold < 1):
        raise InputError(f"threshold={threshold!r} must be at least 0 and below 1.")
    is_alert = p >= threshold
    found, false = w @ (is_alert & is_event), w @ (is_alert & ~is_event)
    return float((found - false * threshold / (1 - threshold)) / w.sum())
