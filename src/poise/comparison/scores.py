"""Metrics of one fold as functions of arrays: equal to scikit-learn's, without its checks of the input."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from poise.core.types import CountMetric
from poise.decisions._curves import counts_by_score, metric_of_counts
from poise.study.event_table import Floats
from poise.study.influence import counted

Events = NDArray[np.bool_]

_TINY = float(
    np.finfo(np.float64).eps
)  # log loss clips probabilities to this at least, as scikit-learn does


def roc_auc(is_event: Events, scores: Floats, weights: Floats | None = None) -> float:
    """Return the area under the ROC curve; `weights` here and below are those of the rows.

    Examples
    --------
    >>> roc_auc(np.array([False, True, False, True]), np.array([0.1, 0.4, 0.6, 0.9]))
    0.75
    """
    tp, fp, _ = counts_by_score(is_event, scores, weights)
    # Points on a straight line are left out, as in scikit-learn: sums then agree to the last bit.
    is_corner = np.ones(len(tp), dtype=bool)
    is_corner[1:-1] = (np.diff(tp, 2) != 0) | (np.diff(fp, 2) != 0)
    tpr, fpr = (np.append(0.0, part[is_corner]) / part[-1] for part in (tp, fp))
    return float((np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2.0).sum())


def average_precision(is_event: Events, scores: Floats, weights: Floats | None = None) -> float:
    """Return the mean precision over the steps in which recall rises ("PR AUC").

    Examples
    --------
    >>> average_precision(np.array([False, True, False, True]), np.array([0.1, 0.4, 0.6, 0.9]))
    0.833...
    """
    tp, fp, _ = counts_by_score(is_event, scores, weights)
    with np.errstate(invalid="ignore"):  # rows of no weight with the highest scores
        precision = np.nan_to_num(tp / (tp + fp))
    precision, recall = precision[::-1], np.append((tp / tp[-1])[::-1], 0.0)
    return float(max(0.0, -np.sum(np.diff(recall) * precision)))


def macro(score: Callable[..., float]) -> Callable[..., float]:
    """Return the mean over several classes of a metric of rankings, each class against the rest.

    Examples
    --------
    >>> proba = np.array([[0.6, 0.2, 0.2], [0.1, 0.5, 0.4], [0.3, 0.4, 0.3]])
    >>> macro(roc_auc)(np.array([0, 1, 2]), proba)
    0.833...
    """
    return lambda codes, scores, weights=None: float(
        np.mean([score(codes == k, scores[:, k], weights) for k in range(scores.shape[1])])
    )


def squared_errors(is_event: Events, p: Floats) -> Floats:
    """Return the squared error of each probability."""
    # Over both classes and halved, as scikit-learn does: sums then agree to the last bit.
    other = ~is_event - (1 - p)
    return np.asarray(0.5 * (other**2 + (is_event - p) ** 2))


def brier_score(is_event: Events, p: Floats, weights: Floats | None = None) -> float:
    """Return the mean squared error of probabilities."""
    return float(np.average(squared_errors(is_event, p), weights=weights))


def log_losses(is_event: Events, p: Floats) -> Floats:
    """Return the negative log-likelihood of each probability.

    If some are 0 or 1, all are clipped to at least half a row away from these: such models, as k-NN and unpruned
    trees, would otherwise be judged by the number of rows of which they are wrongly certain.
    """
    least = 0.5 / len(p) if ((p == 0) | (p == 1)).any() else _TINY
    p = np.clip(p, least, 1 - least)
    return np.asarray(-np.log(np.where(is_event, p, 1 - p)))


def log_loss(is_event: Events, p: Floats, weights: Floats | None = None) -> float:
    """Return the mean negative log-likelihood of probabilities; see `log_losses`."""
    return float(np.average(log_losses(is_event, p), weights=weights))


def score_of_alerts(
    name: CountMetric, is_event: Events, is_alert: Events, weights: Floats | None = None
) -> float:
    """Return a metric of decisions by its name in `poise.decisions`.

    Examples
    --------
    >>> score_of_alerts("f1", np.array([True, True, False]), np.array([True, False, False]))
    0.666...
    """
    counts = counted(is_event, is_alert, weights)
    return float(metric_of_counts(name, *(np.array([float(count)]) for count in counts))[0])
