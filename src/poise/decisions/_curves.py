"""Curves of probabilities and thresholds, as numbers, frames and plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.numbers import is_whole
from poise.core.saved import PickledWithVersion
from poise.core.tables.convert import frame_from_columns
from poise.core.tables.labels import encode
from poise.core.tables.read import read_target
from poise.core.types import Backend, Bins, CountMetric
from poise.decisions._costs import CostMatrix, read_costs
from poise.metrics._events import read_probabilities
from poise.metrics._probability import probability_bins
from poise.report.curves import draw_lines, draw_reliability

Floats = NDArray[np.float64]
_MOST_POINTS = 10**6  # no mutant: memory alone


@dataclass(frozen=True, eq=False, repr=False)
class ReliabilityCurve(PickledWithVersion):
    """Shares of events against predicted probabilities, with one entry per bin that has rows.

    Attributes
    ----------
    predicted : ndarray
        Mean predicted probability.
    observed : ndarray
        Share of events.
    low, high : ndarray
        Ends of the confidence interval of `observed`.
    weight : ndarray
        Number of rows, or their total weight.
    pos_label : label
        The event.

    Examples
    --------
    >>> from poise.decisions import reliability_curve
    >>> curve = reliability_curve([0, 0, 0, 1, 0, 1], [0.1, 0.1, 0.1, 0.1, 0.8, 0.8])
    >>> for share, weight in zip(curve.observed, curve.weight):
    ...     print(f"{share:.2f} of {weight:.0f} rows")
    0.25 of 4 rows
    0.50 of 2 rows
    """

    predicted: Floats
    observed: Floats
    low: Floats
    high: Floats
    weight: Floats
    pos_label: Any = None

    def __repr__(self) -> str:
        return f"<ReliabilityCurve of the event {self.pos_label!r}: {len(self.predicted)} bins>"

    def to_dict(self) -> dict[str, Floats]:
        """Return the columns by name."""
        return _columns_of(self)

    def frame(self, backend: Backend | None = None) -> Any:
        """Return the bins as a frame: pandas, polars or pyarrow, if `backend` names one."""
        return frame_from_columns(self.to_dict(), backend)

    def plot(self, axes: Any = None) -> Any:
        """Draw the curve with its intervals, on new axes if none are given."""
        return draw_reliability(**self.to_dict(), axes=axes)


def _columns_of(curve: Any) -> dict[str, Floats]:
    """Return the arrays of a curve by name."""
    names = [part.name for part in fields(curve) if part.name != "pos_label"]
    return {name: getattr(curve, name) for name in names}


def reliability_curve(
    y_true: ArrayLike,
    proba: ArrayLike,
    *,
    n_bins: int = 10,
    strategy: Bins = "quantile",
    confidence: float = 0.95,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
) -> ReliabilityCurve:
    """Compare predicted probabilities with the observed share of events, in bins.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        Labels of two classes.
    proba : array-like of shape (n_rows,)
        Probabilities of the event.
    n_bins : int, default=10
        Largest number of bins; rows with equal probabilities share a bin.
    strategy : {"quantile", "uniform"}, default="quantile"
        Bins of equal weight ("quantile") or of equal width ("uniform").
    confidence : float, default=0.95
        Confidence level of each single interval (Wilson's).
    sample_weight : array-like of shape (n_rows,), optional
    pos_label : label, optional
        Label of the event; by default that of the class with the fewest rows in `y_true`, and of two equal
        ones the label that sorts last. Pass it where each call gets other rows, as in folds.

    Returns
    -------
    ReliabilityCurve

    Raises
    ------
    InputError
        If probabilities are outside 0 to 1, or there are not two classes.

    Examples
    --------
    >>> curve = reliability_curve([0, 0, 0, 1, 0, 1], [0.1, 0.1, 0.1, 0.1, 0.8, 0.8])
    >>> curve.predicted.tolist(), curve.observed.tolist()
    ([0.1, 0.8], [0.25, 0.5])
    >>> curve.low.round(2).tolist(), curve.high.round(2).tolist()
    ([0.05, 0.09], [0.7, 0.91])
    """
    if not (isinstance(confidence, Real) and 0 < confidence < 1):
        raise InputError(f"confidence={confidence!r} must be between 0 and 1, such as 0.95.")
    is_event, p, w, _, event = read_probabilities(y_true, proba, sample_weight, pos_label)
    bins = probability_bins(p, w, n_bins, strategy)
    weight, squares = (np.bincount(bins, of_row, n_bins).astype(float) for of_row in (w, w * w))
    used = weight > 0
    observed = np.bincount(bins, w * is_event, n_bins)[used] / weight[used]
    predicted = np.bincount(bins, w * p, n_bins)[used] / weight[used]
    low, high = wilson_interval(observed, weight[used] ** 2 / squares[used], confidence)
    return ReliabilityCurve(predicted, observed, low, high, weight[used], event)


def wilson_interval(share: Floats, n: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return the ends of Wilson's interval for shares of n rows each.

    Parameters
    ----------
    share, n : ndarray of shape (n_shares,)
    confidence : float

    Returns
    -------
    low, high : ndarray of shape (n_shares,)
    """
    z = norm.ppf((1 + confidence) / 2)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # Beyond 0 and 1 by rounding alone.
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)  # no mutant: as above


@dataclass(frozen=True, eq=False, repr=False)
class ThresholdCurve(PickledWithVersion):
    """Counts of right and wrong decisions for each threshold, with the fewest alerts first.

    A row is an alert if its probability is at least the threshold.

    Attributes
    ----------
    threshold : ndarray
        Decreasing; halfway between the two probabilities that it separates.
    tp, fp, fn, tn : ndarray
        True and false alerts, missed events, and other rows without an alert: numbers of rows, or
            weights.
    cost : ndarray or None
        Mean cost per row, if costs were given.
    pos_label : label
        The event.

    Examples
    --------
    >>> from poise.decisions import threshold_curve
    >>> curve = threshold_curve([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    >>> curve.tp.tolist(), curve.fp.tolist()
    ([0.0, 1.0, 1.0, 2.0, 2.0], [0.0, 0.0, 1.0, 1.0, 2.0])
    >>> curve.metric("precision").round(2).tolist()
    [0.0, 1.0, 0.5, 0.67, 0.5]
    """

    threshold: Floats
    tp: Floats
    fp: Floats
    fn: Floats
    tn: Floats
    cost: Floats | None = field(default=None)
    pos_label: Any = None

    def __repr__(self) -> str:
        return f"<ThresholdCurve of the event {self.pos_label!r}: {len(self.threshold)} thresholds>"

    def metric(self, name: CountMetric) -> Floats:
        """Return a metric at each threshold, 0 where it is undefined.

        Parameters
        ----------
        name : str
            "precision", "recall", "specificity", "alerts" (the share of alerts), "accuracy",
            "balanced_accuracy", "f1", "mcc", "g_mean" or "youden".

        Raises
        ------
        UnknownNameError
        """
        if name not in COUNT_METRICS:
            raise UnknownNameError(
                f"There is no metric {name!r} of a threshold; the metrics are {listed(COUNT_METRICS, limit=None)}."
                f"{nearest_name(name, COUNT_METRICS)}"
            )
        return metric_of_counts(name, self.tp, self.fp, self.fn, self.tn)

    def to_dict(self) -> dict[str, Floats]:
        """Return threshold, precision, recall, share of alerts, F1 and, if costs were given, cost."""
        names: tuple[CountMetric, ...] = ("precision", "recall", "alerts", "f1")
        columns = {"threshold": self.threshold} | {name: self.metric(name) for name in names}
        return columns if self.cost is None else columns | {"cost": self.cost}

    def frame(self, backend: Backend | None = None) -> Any:
        """Return the columns as a frame of a library that is installed."""
        return frame_from_columns(self.to_dict(), backend)

    def plot(self, axes: Any = None) -> Any:
        """Draw precision, recall, F1 and the share of alerts, or the cost, against the threshold."""
        columns = self.to_dict()
        shown = ("precision", "recall", "f1", "alerts") if self.cost is None else ("cost",)
        return draw_lines(
            self.threshold[
                1:
            ],  # without the first threshold, which gives no alerts and no precision
            {name: columns[name][1:] for name in shown},
            ("threshold", "share" if self.cost is None else "mean cost per row"),
            "Effect of the threshold",
            axes,
        )


def threshold_curve(
    y_true: ArrayLike,
    proba: ArrayLike,
    *,
    costs: CostMatrix | Sequence[float] | NDArray[Any] | None = None,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
) -> ThresholdCurve:
    """Compute alerts, precision, recall and cost for every threshold.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        Labels of two classes.
    proba : array-like of shape (n_rows,)
        Probabilities of the event.
    costs : CostMatrix or pair of float, optional
        Costs of the two classes.
    sample_weight : array-like of shape (n_rows,), optional
    pos_label : label, optional
        Label of the event; by default that of the class with the fewest rows in `y_true`, and of two equal
        ones the label that sorts last. Pass it where each call gets other rows, as in folds.

    Returns
    -------
    ThresholdCurve

    Raises
    ------
    InputError
        If probabilities are outside 0 to 1, or there are not two classes.

    Notes
    -----
    O(n log n).

    Examples
    --------
    >>> curve = threshold_curve([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    >>> curve.threshold.round(2).tolist()
    [1.0, 0.75, 0.5, 0.25, 0.0]
    >>> curve.metric("recall").tolist()
    [0.0, 0.5, 0.5, 1.0, 1.0]
    """
    is_event, p, w, used, event = read_probabilities(y_true, proba, sample_weight, pos_label)
    tp, fp, scores = counts_by_score(is_event, p, w)
    between = (scores[:-1] + scores[1:]) / 2
    # If there is no number between two neighbouring floats, the upper one separates them.
    between = np.where(between > scores[1:], between, scores[:-1])
    no_alerts = np.nextafter(max(scores[0], np.nextafter(1.0, 0.0)), np.inf)
    threshold = np.concatenate([[no_alerts], between, [0.0]])
    tp, fp = (np.concatenate([[0.0], part]) for part in (tp, fp))
    # Differences of sums of weights can be negative by rounding.
    fn, tn = (np.maximum(part, 0) for part in (w @ is_event - tp, w @ ~is_event - fp))
    cost = None
    if costs is not None:
        costs = read_costs(costs)
        known = encode(read_target(y_true))
        by_event = costs.of_event(known.classes, event)
        cost = _cost_at_each(by_event, used, is_event, p, w, scores)
    return ThresholdCurve(threshold, tp, fp, fn, tn, cost, event)


def counts_by_score(
    is_event: NDArray[np.bool_], scores: Floats, weights: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Return the weight of events and of other rows at or above each distinct score, and these scores.

    Parameters
    ----------
    is_event : ndarray of shape (n_rows,), bool
    scores : ndarray of shape (n_rows,)
    weights : ndarray of shape (n_rows,), optional
        By default 1 for each row.

    Returns
    -------
    events, others, scores : ndarray of shape (n_distinct,), float64
        Highest score first.
    """
    order = np.argsort(scores, kind="stable")[::-1]
    falling = scores[order]
    last = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)
    if weights is None:
        events = np.cumsum(is_event[order], dtype=np.float64)[last]
        return events, 1.0 + last - events, falling[last]
    w, is_event = weights[order], is_event[order]
    return np.cumsum(w * is_event)[last], np.cumsum(w * ~is_event)[last], falling[last]


def _cost_at_each(
    costs: Floats,
    used: NDArray[np.bool_],
    is_event: NDArray[np.bool_],
    p: Floats,
    w: Floats,
    scores: Floats,
) -> Floats:
    """Return the mean cost per row at each threshold, from no alerts to alerts for all rows."""
    if costs.shape not in ((2, 2), (len(used), 2, 2)):
        raise InputError(
            f"costs has the shape {costs.shape}; for {len(used)} rows of two classes it must be "
            f"(2, 2) or ({len(used)}, 2, 2)."
        )
    of_row = np.broadcast_to(costs, (len(used), 2, 2))[used]
    rows, true = np.arange(len(p)), is_event.astype(np.intp)
    silent, alert = of_row[rows, true, 0], of_row[rows, true, 1]
    place = np.searchsorted(-scores, -p)
    change = np.bincount(place, w * (alert - silent), len(scores))
    return (w @ silent + np.concatenate([[0.0], np.cumsum(change)])) / w.sum()


def _divided(part: Floats, whole: Floats) -> Floats:
    """Return a quotient, 0 where it is undefined."""
    return np.divide(part, whole, out=np.zeros_like(part, dtype=float), where=whole > 0)


def _precision(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:  # noqa: ARG001  # one signature
    return _divided(tp, tp + fp)


def _recall(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:  # noqa: ARG001  # as above
    return _divided(tp, tp + fn)


def _specificity(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:  # noqa: ARG001  # as above
    return _divided(tn, tn + fp)


def _mcc(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
    # Roots before the product, which could overflow.
    whole = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
    return _divided(tp * tn - fp * fn, whole)


COUNT_METRICS: dict[CountMetric, Any] = {
    "precision": _precision,
    "recall": _recall,
    "specificity": _specificity,
    "alerts": lambda tp, fp, fn, tn: _divided(tp + fp, tp + fp + fn + tn),
    "accuracy": lambda tp, fp, fn, tn: _divided(tp + tn, tp + fp + fn + tn),
    "balanced_accuracy": lambda *counts: (_recall(*counts) + _specificity(*counts)) / 2,
    "f1": lambda tp, fp, fn, tn: _divided(2 * tp, 2 * tp + fp + fn),  # noqa: ARG005  # one signature
    "mcc": _mcc,
    "g_mean": lambda *counts: np.sqrt(_recall(*counts) * _specificity(*counts)),
    "youden": lambda *counts: _recall(*counts) + _specificity(*counts) - 1,
}


def metric_of_counts(name: CountMetric, tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
    """Return a metric of `COUNT_METRICS` for arrays of counts."""
    found: Floats = COUNT_METRICS[name](tp, fp, fn, tn)
    return found


@dataclass(frozen=True, eq=False, repr=False)
class CostCurve(PickledWithVersion):
    """The lowest expected cost of any threshold, for every balance of class shares and costs.

    Attributes
    ----------
    balance : ndarray
        Share of events times the cost of a miss, divided by the sum of this product and the same product
        for false alerts: 0 if only false alerts matter, 1 if only misses do.
    cost : ndarray
        Expected cost at the best threshold, as a fraction of the largest possible cost.
    threshold : ndarray
        The best threshold.
    trivial : ndarray
        Expected cost of the better of two rules: alerts for all rows, or no alerts.
    pos_label : label
        The event.

    Examples
    --------
    >>> from poise.decisions import cost_curve
    >>> curve = cost_curve([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], n_points=5)
    >>> curve.balance.tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    >>> curve.trivial.tolist()
    [0.0, 0.25, 0.5, 0.25, 0.0]
    >>> curve.cost.tolist()
    [0.0, 0.125, 0.25, 0.125, 0.0]
    """

    balance: Floats
    cost: Floats
    threshold: Floats
    trivial: Floats
    pos_label: Any = None

    def __repr__(self) -> str:
        return f"<CostCurve of the event {self.pos_label!r}: {len(self.balance)} balances>"

    def to_dict(self) -> dict[str, Floats]:
        """Return the columns by name."""
        return _columns_of(self)

    def frame(self, backend: Backend | None = None) -> Any:
        """Return the columns as a frame of a library that is installed."""
        return frame_from_columns(self.to_dict(), backend)

    def plot(self, axes: Any = None) -> Any:
        """Draw the lowest cost, and that of the better trivial rule."""
        return draw_lines(
            self.balance,
            {"best threshold": self.cost, "alerts for all or none": self.trivial},
            ("balance of classes and costs (1: only misses matter)", "expected cost (1: largest)"),
            "Cost curve",
            axes,
        )


def cost_curve(
    y_true: ArrayLike,
    proba: ArrayLike,
    *,
    n_points: int = 101,
    sample_weight: ArrayLike | None = None,
    pos_label: Any = None,
) -> CostCurve:
    """Return the lowest cost that a model reaches, for every share of events and every pair of costs.

    Parameters
    ----------
    y_true, proba, sample_weight, pos_label
        See `threshold_curve`.
    n_points : int, default=101
        Number of balances, evenly spaced from 0 to 1.

    Returns
    -------
    CostCurve

    Raises
    ------
    InputError
        If probabilities are outside 0 to 1, or a class has no rows.

    References
    ----------
    .. [1] Drummond, C. and Holte, R. C. (2006). Cost curves: an improved method for visualizing
       classifier performance. Machine Learning 65, 95-130.
       doi:10.1007/s10994-006-8199-5

    Examples
    --------
    >>> curve = cost_curve([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], n_points=5)
    >>> curve.cost.tolist()
    [0.0, 0.125, 0.25, 0.125, 0.0]
    """
    curve = threshold_curve(y_true, proba, sample_weight=sample_weight, pos_label=pos_label)
    if not (curve.tp[-1] and curve.fp[-1]):
        raise InputError(
            "A cost curve needs rows of both classes, but y_true has only one class. Check y_true and sample_weight."
        )
    missed, false = curve.fn / curve.tp[-1], curve.fp / curve.fp[-1]
    if not is_whole(n_points) or not 1 <= n_points <= _MOST_POINTS:
        raise InputError(
            f"n_points={n_points!r} must be a whole number from 1 to {_MOST_POINTS:,}."
        )
    balance = np.linspace(0.0, 1.0, n_points)
    best = np.array([int((missed * b + false * (1 - b)).argmin()) for b in balance])
    cost = missed[best] * balance + false[best] * (1 - balance)
    trivial = np.minimum(balance, 1 - balance)
    return CostCurve(balance, cost, curve.threshold[best], trivial, curve.pos_label)
