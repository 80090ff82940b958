"""Threshold policies: the probability from which a row is an alert.

A policy is a small immutable object. `threshold(y_true, proba)` returns its threshold for given rows,
ideally with out-of-fold probabilities; `classifier(estimator)` returns a scikit-learn classifier that uses
the policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.metrics import confusion_matrix, make_scorer
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.decisions._costs import CostMatrix
from poise.decisions._curves import (
    COUNT_METRICS,
    ThresholdCurve,
    metric_of_counts,
    threshold_curve,
)
from poise.metrics._events import event_of

_NO_ALERTS = float(np.nextafter(1.0, 2.0))  # above every probability: no row is an alert
# Thresholds that scikit-learn tries: even steps in log-odds, because rare events have small probabilities.
GRID = expit(np.arange(-9.2, 9.25, 0.05))


@dataclass(frozen=True)
class FixedThreshold:
    """The same threshold for all data; classifiers use 0.5 by default.

    Parameters
    ----------
    value : float, default=0.5

    Examples
    --------
    >>> str(FixedThreshold())
    'threshold 0.5'
    """

    value: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.value <= _NO_ALERTS:
            raise InputError(f"value={self.value!r} must be a probability from 0 to 1.")

    def __str__(self) -> str:
        return f"threshold {self.value:g}"

    def threshold(self, y_true: ArrayLike, proba: ArrayLike) -> float:  # noqa: ARG002  # as every policy
        """Return the threshold.

        Parameters
        ----------
        y_true, proba : array-like of shape (n_rows,)
        """
        return self.value

    def classifier(self, estimator: Any, **parameters: Any) -> FixedThresholdClassifier:
        """Return scikit-learn's classifier with this fixed threshold.

        Parameters
        ----------
        estimator : classifier with `predict_proba`
        **parameters
            Parameters of ``sklearn.model_selection.FixedThresholdClassifier``, such as `pos_label`.
        """
        return FixedThresholdClassifier(
            estimator, threshold=self.value, response_method="predict_proba", **parameters
        )


@dataclass(frozen=True)
class CostThreshold:
    """The threshold at which both decisions have the same expected cost (Elkan's formula).

    It is optimal only if the probabilities are right: correct them first (`shift_prior`).

    Parameters
    ----------
    costs : CostMatrix
        Costs of two classes, the same for all rows.

    Examples
    --------
    >>> policy = CostThreshold(CostMatrix.of_two(false_positive=1, false_negative=9))
    >>> str(policy)
    'by cost (0.1)'
    """

    costs: CostMatrix

    def __post_init__(self) -> None:
        if not isinstance(self.costs, CostMatrix):
            raise InputError(
                f"costs={self.costs!r} must be a CostMatrix, such as CostMatrix.of_two()."
            )
        if not isinstance(self.costs.threshold, float):
            raise InputError(
                "These costs differ from row to row, and so does the threshold. Decide with "
                "costs.decide(model.predict_proba(X)), with one cost matrix per row of X."
            )

    def __str__(self) -> str:
        return f"by cost ({self.costs.threshold:.3g})"

    def threshold(self, y_true: ArrayLike, proba: ArrayLike) -> float:  # noqa: ARG002  # as every policy
        """Return the threshold.

        Parameters
        ----------
        y_true, proba : array-like of shape (n_rows,)
        """
        return float(self.costs.threshold)

    def classifier(self, estimator: Any, **parameters: Any) -> FixedThresholdClassifier:
        """Return scikit-learn's classifier with this threshold; see `FixedThreshold.classifier`."""
        costs = self.costs
        if "pos_label" in parameters:
            costs = costs.for_event(parameters["pos_label"])
        return FixedThreshold(float(costs.threshold)).classifier(estimator, **parameters)


class _Tuned:
    """Base class of policies that search for the best threshold."""

    def value_of(self, curve: ThresholdCurve) -> NDArray[np.float64]:
        """Return a score for each threshold; more is better."""
        raise NotImplementedError

    def threshold(
        self,
        y_true: ArrayLike,
        proba: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        pos_label: Any = None,
    ) -> float:
        """Return the best threshold for these rows; the highest one if several are best.

        Parameters
        ----------
        y_true, proba : array-like of shape (n_rows,)
            Labels, and held-out probabilities of the event.
        sample_weight : array-like of shape (n_rows,), optional
        pos_label : label, optional
            Label of the event; by default 1, or the second of two labels in sorted order.
        """
        curve = threshold_curve(y_true, proba, sample_weight=sample_weight, pos_label=pos_label)
        return float(curve.threshold[self.value_of(curve).argmax()])

    def score(self, y_true: ArrayLike, y_pred: ArrayLike, *, pos_label: Any = None) -> float:
        """Return the score of given decisions; more is better.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n_rows,)
        pos_label : label, optional
        """
        true, decided = np.asarray(y_true), np.asarray(y_pred)
        event = event_of(np.unique(np.concatenate([true, decided])).tolist(), pos_label)
        matrix = confusion_matrix(true == event, decided == event, labels=[False, True])
        (tn, fp), (fn, tp) = matrix.astype(np.float64)[:, :, np.newaxis]
        return float(self.value_of(ThresholdCurve(np.zeros(1), tp, fp, fn, tn))[0])

    def classifier(self, estimator: Any, **parameters: Any) -> TunedThresholdClassifierCV:
        """Return scikit-learn's classifier that finds the threshold by cross-validation.

        Parameters
        ----------
        estimator : classifier with `predict_proba`
        **parameters
            Parameters of ``sklearn.model_selection.TunedThresholdClassifierCV``, such as `cv` or `n_jobs`.
            By default, thresholds in even steps of 0.05 in log-odds are tried.
        """
        given = {"thresholds": GRID, "response_method": "predict_proba"} | parameters
        return TunedThresholdClassifierCV(estimator, scoring=make_scorer(self.score), **given)


@dataclass(frozen=True)
class TunedThreshold(_Tuned):
    """The threshold with the highest value of a metric.

    Parameters
    ----------
    metric : str, default="f1"
        "f1", "mcc", "balanced_accuracy", "g_mean", "youden" or "accuracy".

    Examples
    --------
    >>> policy = TunedThreshold("f1")
    >>> str(policy), policy.threshold([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.9])
    ('tuned for f1', 0.25)
    """

    metric: str = "f1"

    def __post_init__(self) -> None:
        known = ("f1", "mcc", "balanced_accuracy", "g_mean", "youden", "accuracy")
        if self.metric not in known:
            message = ""
            if self.metric in COUNT_METRICS:
                message = " Alone, it is best with no alerts or with alerts for all rows; see RecallAtPrecision."
            raise UnknownNameError(
                f"metric={self.metric!r} cannot be tuned for; a threshold can be tuned for {listed(known, limit=None)}.{message}"
                f"{nearest_name(self.metric, known)}"
            )

    def __str__(self) -> str:
        return f"tuned for {self.metric}"

    def value_of(self, curve: ThresholdCurve) -> NDArray[np.float64]:
        """Return the metric at each threshold."""
        return metric_of_counts(self.metric, curve.tp, curve.fp, curve.fn, curve.tn)


@dataclass(frozen=True)
class RecallAtPrecision(_Tuned):
    """The threshold with the highest recall among those with at least a given precision.

    Parameters
    ----------
    precision : float
        The lowest share of alerts that must be true events. If no threshold reaches it, there are no
        alerts.

    Examples
    --------
    >>> policy = RecallAtPrecision(0.6)
    >>> str(policy), policy.threshold([0, 1, 0, 1, 1], [0.1, 0.2, 0.6, 0.7, 0.9])
    ('recall at precision >= 0.6', 0.15...)
    """

    precision: float

    def __post_init__(self) -> None:
        if not 0 < self.precision <= 1:
            raise InputError(f"precision={self.precision!r} must be above 0 and at most 1.")

    def __str__(self) -> str:
        return f"recall at precision >= {self.precision:g}"

    def value_of(self, curve: ThresholdCurve) -> NDArray[np.float64]:
        """Return the recall if precision is high enough, else a value below 0; 0 without alerts."""
        precision, recall = curve.metric("precision"), curve.metric("recall")
        # Far below any recall, so that a good fold cannot compensate for a bad one in their mean.
        worth = np.where(precision >= self.precision, recall, precision - self.precision - 1)
        return np.where(curve.tp + curve.fp > 0, worth, 0.0)


@dataclass(frozen=True)
class AlertBudget(_Tuned):
    """The threshold that gives at most as many alerts as can be handled.

    Labels are ignored: the rows with the highest probabilities are the alerts.

    Parameters
    ----------
    alerts : int
        Largest number of alerts ...
    rows : int
        ... among this number of rows, for example in a batch or in a day.

    Examples
    --------
    >>> policy = AlertBudget(1, rows=4)
    >>> str(policy), policy.threshold([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    ('1 alerts in 4 rows', 0.75)
    """

    alerts: int
    rows: int

    def __post_init__(self) -> None:
        if not 0 < self.alerts <= self.rows:
            raise InputError(
                f"alerts={self.alerts!r} must be from 1 to rows={self.rows!r}: the number of alerts among that number "
                "of rows."
            )

    def __str__(self) -> str:
        return f"{self.alerts} alerts in {self.rows} rows"

    def value_of(self, curve: ThresholdCurve) -> NDArray[np.float64]:
        """Return the share of alerts if it is within the budget, else the excess as a negative number."""
        share, most = curve.metric("alerts"), self.alerts / self.rows
        return np.where(share <= most * (1 + 1e-12), share, most - share)
