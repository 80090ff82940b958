"""Influence of each row on a metric: what a metric's value would gain if a row had a little more weight.

The sum of squared influences estimates the variance of the value over new samples of rows (the infinitesimal
jackknife), and the influences of two models on the same rows can be subtracted, which gives the variance of
their difference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.metrics._confusion import CLASS_METRICS, confusion

Floats = NDArray[np.float64]
Events = NDArray[np.bool_]


class Influence(NamedTuple):
    """The value of a metric, and the influence of each row on it.

    Attributes
    ----------
    value : float
    of_row : ndarray of shape (n_rows,)
        In the unit of the metric; the sum over all rows is 0.
    """

    value: float
    of_row: Floats


def of_losses(losses: Floats, weights: Floats | None = None) -> Influence:
    """Return the mean of losses that each row has by itself, such as squared errors.

    Here as below, `weights` are those of the rows; by default all are 1.

    Examples
    --------
    >>> of_losses(np.array([0.0, 0.0, 3.0])).of_row.round(2).tolist()
    [-0.33, -0.33, 0.67]
    """
    mean = float(np.average(losses, weights=weights))
    return Influence(mean, _weighed(losses - mean, weights) / _total(weights, len(losses)))


def of_roc_auc(is_event: Events, scores: Floats, weights: Floats | None = None) -> Influence:
    """Return the area under the ROC curve.

    An event's influence is the share of other rows with a lower score, less the mean of these shares, divided by
    the number of events; ties count half. For other rows it is the share of events with a higher score.

    References
    ----------
    .. [1] DeLong, E. R., DeLong, D. M. and Clarke-Pearson, D. L. (1988). Comparing the areas under two or more
       correlated receiver operating characteristic curves. Biometrics 44, 837-845. doi:10.2307/2531595
    .. [2] LeDell, E., Petersen, M. and van der Laan, M. (2015). Computationally efficient confidence intervals for
       cross-validated area under the ROC curve estimates. Electronic Journal of Statistics 9, 1583-1607.
       doi:10.1214/15-EJS1035

    Examples
    --------
    >>> found = of_roc_auc(np.array([True, True, False, False]), np.array([0.9, 0.3, 0.5, 0.1]))
    >>> found.value, found.of_row.round(2).tolist()
    (0.75, [0.18, -0.18, -0.18, 0.18])
    """
    of_row = np.empty(len(scores))
    value = 0.0
    for side, sign in ((is_event, 1), (~is_event, -1)):
        n, own = int(side.sum()), None if weights is None else weights[side]
        others = None if weights is None else weights[~side]
        below = _share_below(scores[side], scores[~side], others)
        share = below if sign == 1 else 1 - below
        value = float(np.average(share, weights=own))
        # The variance of a mean of n shares, estimated with n - 1 degrees of freedom.
        with_freedom = np.sqrt(n / max(n - 1, 1)) / _total(own, n)
        of_row[side] = _weighed(share - value, own) * with_freedom
    return Influence(value, of_row)


def _share_below(scores: Floats, others: Floats, weights: Floats | None) -> Floats:
    """Return the share of other rows with a lower score; equal ones count half."""
    order = np.argsort(others, kind="stable")
    below = np.append(0.0, np.cumsum(np.ones(len(others)) if weights is None else weights[order]))
    ends = (below[np.searchsorted(others[order], scores, side)] for side in ("left", "right"))
    return np.asarray(sum(ends) / (2 * below[-1]))


def _weighed(values: Floats, weights: Floats | None) -> Floats:
    return values if weights is None else values * weights


def _total(weights: Floats | None, n: int) -> float:
    return float(n) if weights is None else float(weights.sum())


def of_average_precision(
    is_event: Events, scores: Floats, weights: Floats | None = None
) -> Influence:
    """Return the average precision: the mean over events of the precision at their score.

    With T events and N rows at or above a score and precision P = T / N there, more weight on row j changes the
    sum of precisions by P - AP at its own score if it is an event, and by (y_j - P) / N for each event at or
    below it.

    Examples
    --------
    >>> found = of_average_precision(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1]))
    >>> round(found.value, 3), found.of_row.round(3).tolist()
    (0.833, [0.139, -0.111, -0.028, 0.0])
    """
    order = np.argsort(-scores, kind="stable")
    w = np.ones(len(order)) if weights is None else weights[order]
    y, ordered = is_event[order].astype(float), scores[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)  # of rows with one score
    of_group = np.searchsorted(last, np.arange(len(ordered)))
    n_above = np.cumsum(w)[last]
    # The weight is 0 above the first row that has one.
    precision = np.cumsum(w * y)[last] / np.where(n_above > 0, n_above, 1.0)
    events = np.bincount(of_group, w * y, len(last))
    n_events = events.sum()
    value = float((events * precision).sum() / n_events)
    # Sums over the groups at or below each row.
    per_row = events / np.where(n_above > 0, n_above, 1.0)
    gained = np.cumsum(per_row[::-1])[::-1][of_group]
    lost = np.cumsum((per_row * precision)[::-1])[::-1][of_group]
    of_row = np.empty(len(scores))
    of_row[order] = w * (y * (precision[of_group] - value) + y * gained - lost) / n_events
    return Influence(value, of_row)


class Cells(NamedTuple):
    """Numbers of rows by event and alert, or what one more row of each kind changes."""

    tp: float
    fp: float
    fn: float
    tn: float


def of_alerts(
    metric: Callable[[Cells], tuple[float, Cells]],
) -> Callable[..., Influence]:
    """Return the function from events and alerts to the influence on a metric of their counts.

    Parameters
    ----------
    metric : callable
        From counts to the value, and to what one more row of each kind changes.

    Examples
    --------
    >>> found = of_alerts(f1)(np.array([True, True, False]), np.array([True, False, False]))
    >>> round(found.value, 3), found.of_row.round(3).tolist()
    (0.667, [0.222, -0.222, 0.0])
    """

    def influence(is_event: Events, is_alert: Events, weights: Floats | None = None) -> Influence:
        value, change = metric(counted(is_event, is_alert, weights))
        of_row = np.where(
            is_event,
            np.where(is_alert, change.tp, change.fn),
            np.where(is_alert, change.fp, change.tn),
        )
        return Influence(value, _weighed(of_row, weights))

    return influence


def counted(is_event: Events, is_alert: Events, weights: Floats | None = None) -> Cells:
    """Return the number of rows, or their weight, by event and alert."""
    parts = (is_event & is_alert, ~is_event & is_alert, is_event & ~is_alert, ~is_event & ~is_alert)
    return Cells(*(_total(None if weights is None else weights[p], int(p.sum())) for p in parts))


def f1(n: Cells) -> tuple[float, Cells]:
    """Return F1 = 2 TP / (2 TP + FP + FN), and its derivatives."""
    total = 2 * n.tp + n.fp + n.fn
    if total == 0:
        return 0.0, Cells(0.0, 0.0, 0.0, 0.0)
    value = 2 * n.tp / total
    return value, Cells((2 - 2 * value) / total, -value / total, -value / total, 0.0)


def recall(n: Cells) -> tuple[float, Cells]:
    """Return the recall TP / (TP + FN), and its derivatives."""
    value, found, missed = _share(n.tp, n.fn)
    return value, Cells(found, 0.0, missed, 0.0)


def balanced_accuracy(n: Cells) -> tuple[float, Cells]:
    """Return the mean of sensitivity and specificity, and its derivatives."""
    sensitivity, found, missed = _share(n.tp, n.fn)
    specificity, passed, raised = _share(n.tn, n.fp)
    return (sensitivity + specificity) / 2, Cells(found / 2, raised / 2, missed / 2, passed / 2)


def g_mean(n: Cells) -> tuple[float, Cells]:
    """Return the geometric mean of sensitivity and specificity, and its derivatives (0 where it is 0)."""
    sensitivity, found, missed = _share(n.tp, n.fn)
    specificity, passed, raised = _share(n.tn, n.fp)
    value = float(np.sqrt(sensitivity * specificity))
    if value == 0:
        return 0.0, Cells(0.0, 0.0, 0.0, 0.0)
    on_events, on_others = specificity / (2 * value), sensitivity / (2 * value)
    return value, Cells(
        on_events * found, on_others * raised, on_events * missed, on_others * passed
    )


def mcc(n: Cells) -> tuple[float, Cells]:
    """Return the correlation of events and alerts (Matthews), and its derivatives (0 where it is undefined).

    With shares y of events and a of alerts, it is the covariance c divided by the square root of v w, where
    v = y (1 - y) and w = a (1 - a). Another row with the pair (Y, A) changes c by (Y - y)(A - a) - c, v by
    (Y - y)^2 - v and w by (A - a)^2 - w, each divided by the number of rows.
    """
    total = sum(n)
    y, a = (n.tp + n.fn) / total, (n.tp + n.fp) / total
    c, v, w = n.tp / total - y * a, y * (1 - y), a * (1 - a)
    if v * w == 0:
        return 0.0, Cells(0.0, 0.0, 0.0, 0.0)
    value = c / np.sqrt(v * w)

    def change(is_event: int, is_alert: int) -> float:
        of_c = (is_event - y) * (is_alert - a) - c
        of_v, of_w = (is_event - y) ** 2 - v, (is_alert - a) ** 2 - w
        return float((of_c / np.sqrt(v * w) - value / 2 * (of_v / v + of_w / w)) / total)

    return float(value), Cells(change(1, 1), change(0, 1), change(1, 0), change(0, 0))


# Several classes: what one more row changes, by its class and its decision, from a confusion matrix.


def of_decisions(name: str) -> Callable[..., Influence]:
    """Return the function from classes and decisions to the influence on a metric of `poise.metrics._confusion`.

    Examples
    --------
    >>> found = of_decisions("balanced_accuracy")(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]), 3)
    >>> round(found.value, 3), found.of_row.round(3).tolist()
    (0.833, [0.0, 0.083, -0.083, 0.0])
    """
    value_of, change_of = CLASS_METRICS[name], _CHANGES[name]

    def influence(
        codes: NDArray[np.intp],
        decided: NDArray[np.intp],
        n_classes: int,
        weights: Floats | None = None,
    ) -> Influence:
        n = confusion(codes, decided, n_classes, weights)
        value = float(value_of(n))
        return Influence(value, _weighed(change_of(n, value)[codes, decided], weights))

    return influence


def _change_of_f1(n: Floats, value: float) -> Floats:  # noqa: ARG001  # one signature
    """F1 of a class is 2 n_kk / (its rows + decisions for it)."""
    per = _inverse(n.sum(axis=1) + n.sum(axis=0))
    lost = 2 * np.diag(n) * per**2
    return np.asarray((2 * np.diag(per) - lost[:, None] - lost[None, :]) / len(n))


def _change_of_recall(n: Floats, value: float) -> Floats:  # noqa: ARG001  # one signature
    return _change_of_recalls(n) / len(n)


def _change_of_g_mean(n: Floats, value: float) -> Floats:
    if value == 0:
        return np.zeros_like(n)
    recalls = np.diag(n) * _inverse(n.sum(axis=1))
    return np.asarray(value / len(n) * _change_of_recalls(n) / recalls[:, None])


def _change_of_recalls(n: Floats) -> Floats:
    """Return what one more row changes of the recall of its own class."""
    per = _inverse(n.sum(axis=1))
    return np.asarray((np.eye(len(n)) - (np.diag(n) * per)[:, None]) * per[:, None])


def _change_of_mcc(n: Floats, value: float) -> Floats:
    """Return the derivatives of c / sqrt(v w), 0 where it is undefined.

    With shares y of classes and a of decisions, c is the share of right decisions less the sum of y a, v = 1 - sum y^2
    and w = 1 - sum a^2. Another row of class i with the decision j changes c by [i = j] - a_i - y_j + sum y a - c, v by
    2 (sum y^2 - y_i) and w by 2 (sum a^2 - a_j), each divided by the number of rows.

    References
    ----------
    .. [1] Gorodkin, J. (2004). Comparing two K-category assignments by a K-category correlation coefficient.
       Computational Biology and Chemistry 28, 367-374. doi:10.1016/j.compbiolchem.2004.09.006
    """
    total = n.sum()
    y, a = n.sum(axis=1) / total, n.sum(axis=0) / total
    c, v, w = np.trace(n) / total - y @ a, 1 - y @ y, 1 - a @ a
    if v * w <= 0:
        return np.zeros_like(n)
    of_c = np.eye(len(n)) - a[:, None] - y[None, :] + y @ a - c
    of_v, of_w = 2 * (y @ y - y)[:, None], 2 * (a @ a - a)[None, :]
    return np.asarray((of_c / np.sqrt(v * w) - value / 2 * (of_v / v + of_w / w)) / total)


def _inverse(whole: Floats) -> Floats:
    return np.divide(1.0, whole, out=np.zeros_like(whole), where=whole > 0)


_CHANGES: dict[str, Callable[[Floats, float], Floats]] = {
    "f1": _change_of_f1,
    "mcc": _change_of_mcc,
    "balanced_accuracy": _change_of_recall,
    "g_mean": _change_of_g_mean,
}


def _share(n: float, n_others: float) -> tuple[float, float, float]:
    """Return n / (n + n_others), and what one more row of either kind changes; 0 without rows."""
    total = n + n_others
    if total == 0:
        return 0.0, 0.0, 0.0
    return n / total, n_others / total**2, -n / total**2
