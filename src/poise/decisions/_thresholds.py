"""Threshold policies: the probability from which a row is an alert.

A policy is a small immutable object. `threshold(y_true, proba)` returns its threshold for given rows,
ideally with out-of-fold probabilities; `classifier(estimator)` returns a classifier that uses the policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta, binom

from poise.core.errors import (
    CannotTellWarning,
    InputError,
    UnknownNameError,
    listed,
    nearest_name,
    warn,
)
from poise.core.numbers import is_number, some_weights_of
from poise.core.sampling.constructors import names_parameters
from poise.core.saved import PickledWithVersion
from poise.core.tables.labels import encode
from poise.core.tables.read import read_target
from poise.core.types import Classifier, Folds, TunedMetric, choices
from poise.decisions._class_thresholds import class_thresholds
from poise.decisions._costs import CostMatrix, read_costs
from poise.decisions._curves import (
    COUNT_METRICS,
    ThresholdCurve,
    metric_of_counts,
    threshold_curve,
)
from poise.decisions._priors import read_columns
from poise.decisions._threshold_classifier import Policy, ThresholdClassifier
from poise.metrics._confusion import CLASS_METRICS
from poise.metrics._events import event_of

_NO_ALERTS = float(np.nextafter(1.0, 2.0))  # above every probability: no row is an alert
_N_STARTS = 5  # of the tests of thresholds; more find a threshold more often, and each is stricter


@dataclass(frozen=True, kw_only=True)
class _Policy(PickledWithVersion):
    """Base of policies.

    Parameters
    ----------
    pos_label : label, optional
        Label of the event; by default that of the class with the fewest rows, and of two equal ones the one
        that sorts last.
    """

    pos_label: Any = None

    # Whether the threshold is found on labelled rows; whether it is right only for right probabilities.
    needs_rows: ClassVar[bool] = True
    needs_right_probabilities: ClassVar[bool] = False

    def for_labels(self, labels: list[Any], event: Any) -> Self:
        """Return the policy for a target with these labels.

        Parameters
        ----------
        labels : list
            The labels that occur, sorted.
        event : label

        Raises
        ------
        InputError
            If the policy cannot decide between them.
        """
        if len(labels) != 2:
            raise InputError(
                f"{type(self).__name__} decides between an event and all other rows; y has {len(labels)} classes, "
                f"{listed(labels)}. Pass y == {event!r}, or CostThreshold with the costs of all classes."
            )
        return self

    def classifier(
        self,
        estimator: Classifier,
        *,
        pos_label: Any = None,
        cv: Folds = 5,
        n_jobs: int | None = None,
    ) -> ThresholdClassifier:
        """Return a classifier that decides by this policy.

        Parameters
        ----------
        estimator : classifier with `predict_proba`
        pos_label, cv, n_jobs
            See `ThresholdClassifier`.
        """
        own = cast("Policy", self)  # each subclass has a threshold
        return ThresholdClassifier(own, estimator, pos_label=pos_label, cv=cv, n_jobs=n_jobs)


@names_parameters
@dataclass(frozen=True)
class FixedThreshold(_Policy):
    """The same threshold for all data; classifiers use 0.5 by default.

    Of several classes, 0.5 decides for the largest probability.

    Parameters
    ----------
    value : float, default=0.5
    pos_label : label, optional
        Label of the event; by default that of the rarest class.

    Examples
    --------
    >>> str(FixedThreshold())
    'threshold 0.5'
    """

    value: float = 0.5

    needs_rows: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not (isinstance(self.value, Real) and 0 <= self.value <= _NO_ALERTS):
            raise InputError(f"value={self.value!r} must be a probability from 0 to 1.")

    def __str__(self) -> str:
        return f"threshold {self.value:g}"

    def for_labels(self, labels: list[Any], event: Any) -> Self:
        """Return the policy for a target with these labels, or raise InputError; of more than two, for 0.5 alone."""
        if len(labels) > 2 and self.value == 0.5 and self.pos_label is None:
            return self
        return super().for_labels(labels, event)

    def threshold(
        self,
        y_true: Any,  # noqa: ARG002  # as every policy
        proba: Any,  # noqa: ARG002  # as above
        *,
        sample_weight: Any = None,  # noqa: ARG002  # as above
        pos_label: Any = None,  # noqa: ARG002  # as above
    ) -> float:
        """Return the threshold, whatever the rows are."""
        return self.value


@names_parameters
@dataclass(frozen=True, init=False)
class CostThreshold(_Policy):
    """The decision with the lowest expected cost: of two classes, by Elkan's threshold.

    It is optimal only if the probabilities are right: correct them first (`shift_prior`,
    `ResampledClassifier`). Its classifier decides between several classes, too, if their costs are given.

    Parameters
    ----------
    costs : CostMatrix or pair of float
        Costs of the classes, the same for all rows; a pair is what a false alarm and a missed event cost.
    pos_label : label, optional
        Label of the event; by default that of the rarest class.

    Examples
    --------
    >>> policy = CostThreshold((1, 9))
    >>> str(policy)
    'by cost (0.1)'
    """

    costs: CostMatrix

    needs_rows: ClassVar[bool] = False
    needs_right_probabilities: ClassVar[bool] = True

    def __init__(
        self, costs: CostMatrix | Sequence[float] | NDArray[Any], *, pos_label: Any = None
    ) -> None:
        object.__setattr__(self, "costs", _costs_of_classes(costs))
        object.__setattr__(self, "pos_label", pos_label)

    def __str__(self) -> str:
        n_classes = len(self.costs.costs)
        what = f"{self.costs.threshold:.3g}" if n_classes == 2 else f"of {n_classes} classes"
        return f"by cost ({what})"

    def for_labels(self, labels: list[Any], event: Any) -> Self:
        """Return the policy with the costs of these labels, or raise if they are of others."""
        return replace(self, costs=self.costs.for_labels(labels, event))

    def threshold(
        self,
        y_true: Any,
        proba: Any,  # noqa: ARG002  # as every policy
        *,
        sample_weight: Any = None,  # noqa: ARG002  # as above
        pos_label: Any = None,
    ) -> float:
        """Return the threshold of the event.

        Parameters
        ----------
        y_true : array-like of shape (n_rows,) or None
            Labels, of which the rarest is the event if no `pos_label` is given.
        proba, sample_weight
            Not used.
        pos_label : label, optional
        """
        known = () if y_true is None else encode(read_target(y_true)).classes
        event = _event_in(y_true, pos_label, self.pos_label, self.costs.event)
        if event is None and self.costs.classes is not None:
            raise InputError(
                f"The costs have the classes {listed(self.costs.classes.tolist())}, and no event. Pass pos_label= or y_true."
            )
        return float(CostMatrix(self.costs.of_event(known, event)).threshold)


def _costs_of_classes(costs: Any) -> CostMatrix:
    """Return costs that are the same for every row, or raise InputError."""
    found = read_costs(costs)
    if found.costs.ndim != 2:
        raise InputError(
            "These costs differ from row to row, and so does the threshold. Decide with "
            "costs.decide(p, classes=model.classes_, pos_label=event), p the probabilities of the event, with one cost "
            "matrix per row."
        )
    return found


def _event_in(y_true: Any, *pos_labels: Any) -> Any:
    """Return the first label that was passed, or else the rarest in `y_true`."""
    pos_label = next((label for label in pos_labels if label is not None), None)
    if y_true is None:
        return pos_label
    return event_of(encode(read_target(y_true)), pos_label)


@dataclass(frozen=True)
class _Tuned(_Policy):
    """Base of policies that search for the best threshold."""

    costs: ClassVar[CostMatrix | None] = None

    def for_labels(self, labels: list[Any], event: Any) -> Self:
        """Return the policy for a target with these labels, or raise InputError; see `FixedThreshold.for_labels`."""
        if len(labels) == 2 or self._value_of_classes is None:
            return super().for_labels(labels, event)
        if self.pos_label is not None:
            raise InputError(
                f"pos_label={self.pos_label!r} names an event, and thresholds of {len(labels)} classes are tuned for all of them. Leave "
                f"it out, or pass y == {self.pos_label!r}."
            )
        return self

    @property
    def _value_of_classes(self) -> Any:
        """From confusion matrices of several classes to values, of which more is better; None where they are of an event alone."""
        return None

    def class_thresholds(
        self, y_true: ArrayLike, proba: ArrayLike, *, sample_weight: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return a threshold for each of several classes; decisions are for the largest ratio of probability to threshold.

        Parameters
        ----------
        y_true : array-like of shape (n_rows,)
        proba : array-like of shape (n_rows, n_classes)
            Held-out probabilities, the classes sorted.
        sample_weight : array-like of shape (n_rows,), optional

        Returns
        -------
        ndarray of shape (n_classes,)
            With the sum 1.

        Raises
        ------
        InputError
            If the policy does not decide between several classes, or `proba` has another number of columns.
        """
        known = encode(read_target(y_true))
        columns = read_columns(proba)
        own = self.for_labels(list(known.classes), known.classes[-1])
        value_of = own._value_of_classes  # noqa: SLF001  # of its own class
        if value_of is None:  # two classes and a metric of an event alone
            super().for_labels([*known.classes, None], known.classes[-1])
        if columns.shape != (len(known.codes), len(known.classes)):
            raise InputError(
                f"proba has the shape {columns.shape}; y_true has {len(known.codes)} rows of {len(known.classes)} classes. "
                "Pass a column of probabilities for each class that occurs, in sorted order."
            )
        weights = None
        if sample_weight is not None:
            weights = some_weights_of(sample_weight, len(known.codes))
        return class_thresholds(known.codes, columns, value_of, weights)

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
            Label of the event; by default that of the policy, or else that of the rarest class in `y_true`.
        """
        event = _event_in(y_true, pos_label, self.pos_label)
        curve = threshold_curve(
            y_true, proba, costs=self.costs, sample_weight=sample_weight, pos_label=event
        )
        return float(curve.threshold[self.value_of(curve).argmax()])


@names_parameters
@dataclass(frozen=True)
class TunedThreshold(_Tuned):
    """The threshold with the highest value of a metric; with several classes, a threshold for each of them.

    Of several classes, F1 and recall are means over the classes ("macro"), and decisions are for the class with the
    largest ratio of probability to threshold.

    The value on the rows that it was tuned on is better than on new rows, the more so the fewer events there are;
    `poise.compare` reports values of rows that the threshold was not tuned on.

    Parameters
    ----------
    metric : str, default="f1"
        "f1", "mcc", "balanced_accuracy", "g_mean", "youden" (of two classes alone) or "accuracy".
    pos_label : label, optional
        Label of the event; by default that of the rarest class.

    Examples
    --------
    >>> policy = TunedThreshold("f1")
    >>> str(policy), policy.threshold([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.9])
    ('tuned for f1', 0.25)
    """

    metric: TunedMetric = "f1"

    def __post_init__(self) -> None:
        known = choices(TunedMetric)
        if not isinstance(self.metric, str) or self.metric not in known:
            message = ""
            if isinstance(self.metric, str) and self.metric in COUNT_METRICS:
                message = " Alone, it is best with no alerts or with alerts for all rows; see RecallAtPrecision."
            raise UnknownNameError(
                f"metric={self.metric!r} cannot be tuned for; a threshold can be tuned for {listed(known, limit=None)}.{message}"
                f"{nearest_name(self.metric, known)}"
            )

    def __str__(self) -> str:
        return f"tuned for {self.metric}"

    @property
    def _value_of_classes(self) -> Any:
        return CLASS_METRICS.get(self.metric)

    def value_of(self, curve: ThresholdCurve) -> NDArray[np.float64]:
        """Return the metric at each threshold."""
        return metric_of_counts(self.metric, curve.tp, curve.fp, curve.fn, curve.tn)


@names_parameters
@dataclass(frozen=True, init=False)
class LowestCost(_Tuned):
    """The threshold with the lowest mean cost on labelled rows; with several classes, a threshold for each of them.

    Unlike `CostThreshold`, it does not need calibrated probabilities, but it needs enough labelled events.

    Parameters
    ----------
    costs : CostMatrix or pair of float
        Costs of the classes, the same for all rows; a pair is what a false alarm and a missed event cost.
    pos_label : label, optional
        Label of the event; by default that of the rarest class.

    Examples
    --------
    >>> policy = LowestCost((1, 9))
    >>> str(policy), policy.threshold([0, 0, 1, 1], [0.1, 0.3, 0.2, 0.9])
    ('lowest cost', 0.15...)
    """

    costs: CostMatrix  # type: ignore[misc]  # that of the base is of policies without costs

    def __init__(
        self, costs: CostMatrix | Sequence[float] | NDArray[Any], *, pos_label: Any = None
    ) -> None:
        object.__setattr__(self, "costs", _costs_of_classes(costs))
        object.__setattr__(self, "pos_label", pos_label)

    def __str__(self) -> str:
        return "lowest cost"

    @property
    def _value_of_classes(self) -> Any:
        costs = self.costs.costs
        return lambda n: -(n * costs).sum(axis=(-2, -1)) / n.sum(axis=(-2, -1))

    def for_labels(self, labels: list[Any], event: Any) -> Self:
        """Return the policy with the costs of these labels, or raise if they are of others."""
        super().for_labels(labels, event)
        return replace(self, costs=self.costs.for_labels(labels, event))

    def value_of(self, curve: ThresholdCurve) -> NDArray[np.float64]:
        """Return the mean cost at each threshold, as a negative number."""
        return -np.asarray(curve.cost)


@names_parameters
@dataclass(frozen=True)
class RecallAtPrecision(_Tuned):
    """The threshold with the highest recall among those with at least a given precision.

    Parameters
    ----------
    precision : float
        The lowest share of alerts that must be true events.
    confidence : float, optional
        Probability with which the precision on new rows is at least as high. By default, the precision on
        the given rows counts, and on new rows it is lower about half of the time.
    pos_label : label, optional
        Label of the event; by default that of the rarest class.

    Notes
    -----
    With `confidence`, a threshold qualifies if the one-sided Clopper-Pearson bound of its precision is high
    enough. Thresholds are tested in an order that does not depend on the labels, from five starting points
    downwards until one fails, each start with a fifth of the error probability, so that the choice among
    thresholds does not weaken the bound.

    References
    ----------
    .. [1] Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated
       in the case of the binomial. Biometrika 26, 404-413.
       doi:10.1093/biomet/26.4.404
    .. [2] Angelopoulos, A. N. et al. (2025). Learn then test: calibrating predictive algorithms to achieve
       risk control. Annals of Applied Statistics 19, 1641-1662.
       doi:10.48550/arXiv.2110.01052

    Examples
    --------
    >>> policy = RecallAtPrecision(0.6, pos_label=1)
    >>> str(policy), policy.threshold([0, 1, 0, 1, 1], [0.1, 0.2, 0.6, 0.7, 0.9])
    ('recall at precision >= 0.6', 0.15...)
    """

    precision: float
    confidence: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if not (isinstance(self.precision, Real) and 0 < self.precision <= 1):
            raise InputError(f"precision={self.precision!r} must be above 0 and at most 1.")
        if self.confidence is not None and self.precision == 1:
            raise InputError(
                "No number of rows shows that every alert on new rows is right. Pass a precision below 1, or no confidence."
            )
        if self.confidence is not None and not (
            isinstance(self.confidence, Real) and 0 < self.confidence < 1
        ):
            raise InputError(f"confidence={self.confidence!r} must be between 0 and 1, or None.")

    def __str__(self) -> str:
        sure = "" if self.confidence is None else f" with confidence {self.confidence:g}"
        return f"recall at precision >= {self.precision:g}{sure}"

    def value_of(self, curve: ThresholdCurve) -> NDArray[np.float64]:
        """Return the recall if precision is high enough, else a value below 0; 0 without alerts."""
        precision, recall = curve.metric("precision"), curve.metric("recall")
        worth = np.where(precision >= self.precision, recall, precision - self.precision - 1)
        return np.where(curve.tp + curve.fp > 0, worth, 0.0)

    def threshold(
        self,
        y_true: ArrayLike,
        proba: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        pos_label: Any = None,
    ) -> float:
        """Return the threshold with the highest recall; the highest one if several have it.

        Parameters
        ----------
        y_true, proba : array-like of shape (n_rows,)
            Labels, and held-out probabilities of the event.
        sample_weight : array-like of shape (n_rows,), optional
        pos_label : label, optional
            Label of the event; by default that of the policy, or else that of the rarest class in `y_true`.

        Raises
        ------
        InputError
            If no threshold qualifies. The message has the highest precision that was reached.
        """
        if self.confidence is not None and sample_weight is not None:
            raise InputError(
                "confidence= counts rows, so it cannot be used with sample_weight. Leave one of them out."
            )
        event = _event_in(y_true, pos_label, self.pos_label)
        curve = threshold_curve(y_true, proba, sample_weight=sample_weight, pos_label=event)
        n_alerts = curve.tp + curve.fp
        is_enough = curve.metric("precision") >= self.precision  # 0 without alerts
        if self.confidence is not None:
            is_enough &= self._is_certain(curve.tp, n_alerts, (1 - self.confidence) / _N_STARTS)
        if not is_enough.any():
            raise self._no_threshold(curve)
        return float(curve.threshold[np.where(is_enough, curve.tp, -1.0).argmax()])

    def _is_certain(
        self, n_right: NDArray[np.float64], n_alerts: NDArray[np.float64], error: float
    ) -> NDArray[np.bool_]:
        """Return the thresholds whose precision is high enough, with the error probability of each start."""
        # The probability of as many right alerts if the precision were just too low.
        is_rejected = binom.sf(n_right - 1, n_alerts, self.precision) <= error
        fewest = np.log(error) / np.log(self.precision)
        certain = np.zeros(len(n_alerts), dtype=bool)
        for start in np.ceil(fewest) * 2.0 ** np.arange(_N_STARTS):
            first = int(np.searchsorted(n_alerts, start))
            certain[first:] |= np.logical_and.accumulate(is_rejected[first:])
        return certain

    def _no_threshold(self, curve: ThresholdCurve) -> InputError:
        precision = curve.metric("precision")
        best = int(np.flatnonzero(precision == precision.max())[-1])
        sure = bound = ""
        if self.confidence is not None:
            n_alerts = curve.tp + curve.fp
            error = (1 - self.confidence) / _N_STARTS
            bounds = np.nan_to_num(beta.ppf(error, curve.tp, n_alerts - curve.tp + 1))
            sure = f" with confidence {self.confidence:g}"
            bound = f"; what is certain is {bounds.max():.3g} at most"
        return InputError(
            f"No threshold has a precision of {self.precision:g}{sure} on these {curve.fn[0] + curve.tn[0]:,.0f} "
            f"rows: the highest is {precision[best]:.3g}, with {curve.tp[best] + curve.fp[best]:,.0f} alerts{bound}. Pass a "
            "lower precision" + (", a lower confidence or more rows." if sure else ".")
        )


@names_parameters
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
    pos_label : label, optional
        Label of the event; by default that of the rarest class.

    Examples
    --------
    >>> policy = AlertBudget(1, rows=4)
    >>> str(policy), policy.threshold([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
    ('1 alert in 4 rows', 0.75)
    """

    alerts: int
    rows: int

    def __post_init__(self) -> None:
        for name, given in (("alerts", self.alerts), ("rows", self.rows)):
            if not is_number(given):
                raise InputError(f"{name}={given!r} must be a number of rows.")
        if not 0 < self.alerts <= self.rows:
            raise InputError(
                f"alerts={self.alerts!r} must be from 1 to rows={self.rows!r}: the number of alerts among that number "
                "of rows."
            )

    def __str__(self) -> str:
        return f"{self.alerts} alert{'s' if self.alerts > 1 else ''} in {self.rows} rows"

    def value_of(self, curve: ThresholdCurve) -> NDArray[np.float64]:
        """Return the share of alerts if it is within the budget, else the excess as a negative number."""
        share, most = curve.metric("alerts"), self.alerts / self.rows
        value = np.where(share <= most * (1 + 1e-12), share, most - share)
        if value.max() <= 0:
            warn(
                f"No row becomes an alert: {share[share > 0].min():.2%} of the rows share the highest probability, and the "
                f"budget is {self}. Use a classifier whose probabilities differ, such as boosting, or allow more alerts.",
                CannotTellWarning,
            )
        return value
