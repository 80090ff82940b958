"""Threshold policies: from which probability on a row is an alert.

A policy is a small value. `threshold(y_true, proba)` is its choice for given rows, best out-of-fold
ones; `classifier(estimator)` is scikit-learn's own classifier that decides so.
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

_NOBODY = float(np.nextafter(1.0, 2.0))  # where not even a certain row is an alert
# What scikit-learn tries: even steps in the log-odds, since rare events have small probabilities.
GRID = expit(np.arange(-9.2, 9.25, 0.05))


@dataclass(frozen=True)
class FixedThreshold:
    """The same threshold whatever the rows; 0.5 is what classifiers do by themselves.

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
        if not 0 <= self.value <= _NOBODY:
            raise InputError(f"value={self.value!r} must lie in 0 to 1.")

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
        """Return scikit-learn's classifier of a fixed threshold.

        Parameters
        ----------
        estimator : classifier with `predict_proba`
        **parameters
            Of ``sklearn.model_selection.FixedThresholdClassifier``, such as `pos_label`.
        """
        return FixedThresholdClassifier(
            estimator, threshold=self.value, response_method="predict_proba", **parameters
        )


@dataclass(frozen=True)
class CostThreshold:
    """The threshold at which both decisions cost the same: Elkan's closed form.

    It is right where probabilities are right: correct them first (`shift_prior`).

    Parameters
    ----------
    costs : CostMatrix
        Of two classes, the same for all rows.

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
                "costs.decide(model.predict_proba(X)), the costs being those of the rows of X."
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
        """Return scikit-learn's classifier of that threshold; see `FixedThreshold.classifier`."""
        costs = self.costs
        if "pos_label" in parameters:
            costs = costs.for_event(parameters["pos_label"])
        return FixedThreshold(float(costs.threshold)).classifier(estimator, **parameters)


class _Tuned:
    """What policies share that look for the best threshold."""

    def value_of(self, curve: ThresholdCurve) -> NDArray[np.float64]:
        """Return how good each threshold is."""
        raise NotImplementedError

    def threshold(
        self,
        y_true: ArrayLike,
        proba: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        pos_label: Any = None,
    ) -> float:
        """Return the best threshold for these rows; the highest of equally good ones.

        Parameters
        ----------
        y_true, proba : array-like of shape (n_rows,)
            Labels, and probabilities of the event that the model did not learn from them.
        sample_weight : array-like of shape (n_rows,), optional
        pos_label : label, optional
            The event; by default 1, or the later of two labels in sorted order.
        """
        curve = threshold_curve(y_true, proba, sample_weight=sample_weight, pos_label=pos_label)
        return float(curve.threshold[self.value_of(curve).argmax()])

    def score(self, y_true: ArrayLike, y_pred: ArrayLike, *, pos_label: Any = None) -> float:
        """Return how good decisions are; more is better.

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
            Of ``sklearn.model_selection.TunedThresholdClassifierCV``, such as `cv` or `n_jobs`. By
            default thresholds are tried in even steps of 0.05 in the log-odds.
        """
        given = {"thresholds": GRID, "response_method": "predict_proba"} | parameters
        return TunedThresholdClassifierCV(estimator, scoring=make_scorer(self.score), **given)


@dataclass(frozen=True)
class TunedThreshold(_Tuned):
    """The threshold of the highest value of a metric.

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
                message = " Alone, that is best for nobody or for everybody; see RecallAtPrecision."
            raise UnknownNameError(
                f"A threshold can be tuned for {listed(known, 6)}, not for {self.metric!r}.{message}"
                f"{nearest_name(self.metric, known)}"
            )

    def __str__(self) -> str:
        return f"tuned for {self.metric}"

    def value_of(self, curve: ThresholdCurve) -> NDArray[np.float64]:
        """Return the metric at each threshold."""
        return metric_of_counts(self.metric, curve.tp, curve.fp, curve.fn, curve.tn)


@dataclass(frozen=True)
class RecallAtPrecision(_Tuned):
    """The threshold that finds most events among those of a precision that is high enough.

    Parameters
    ----------
    precision : float
        The least share of alerts that must be right. Where no threshold reaches it, there are no alerts.

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
        """Return the recall where precision is high enough, below 0 where it is not; 0 without alerts."""
        precision, recall = curve.metric("precision"), curve.metric("recall")
        # Well below what any recall is worth, so that no fold can buy the lack of another.
        worth = np.where(precision >= self.precision, recall, precision - self.precision - 1)
        return np.where(curve.tp + curve.fp > 0, worth, 0.0)


@dataclass(frozen=True)
class AlertBudget(_Tuned):
    """The threshold that gives as many alerts as can be looked at, and no more.

    The labels do not matter: the rows of the highest probabilities are the alerts.

    Parameters
    ----------
    alerts : int
        The most there may be ...
    rows : int
        ... among so many rows: k of a batch, or alerts a day of the rows of a day.

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
                f"alerts={self.alerts!r} must be from 1 to rows={self.rows!r}: so many alerts of so many "
                "rows."
            )

    def __str__(self) -> str:
        return f"{self.alerts} alerts in {self.rows} rows"

    def value_of(self, curve: ThresholdCurve) -> NDArray[np.float64]:
        """Return the share of alerts where it is within the budget, else by how much it is not."""
        share, most = curve.metric("alerts"), self.alerts / self.rows
        return np.where(share <= most * (1 + 1e-12), share, most - share)
