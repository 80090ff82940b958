"""The metrics of a comparison, one object each: how they are scored, judged and shown.

To add a metric, add one entry to `METRICS`, and one to `poise.comparison.class_metrics` if it has a form for several
classes. It is then in `values`, in `intervals`, and, unless it is an `Effort`, in `differences` with an interval and a
verdict, and a possible `primary_metric`, which the headline and the sentence on estimators are about. The sentence on
thresholds is about `Verdicts.decides_by`, that on probabilities about "log_loss".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, cast

import numpy as np

from poise.comparison.scored_fold import AS_TRAINED, DecisionSettings, ScoredFold
from poise.comparison.scores import (
    Events,
    average_precision,
    brier_score,
    log_loss,
    log_losses,
    roc_auc,
    score_of_alerts,
    squared_errors,
)
from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.types import CountMetric, TunedMetric
from poise.decisions import CostMatrix, RecallAtPrecision, TunedThreshold
from poise.decisions._curves import ThresholdCurve
from poise.study import influence
from poise.study.event_table import Floats
from poise.study.influence import Cells, Influence, of_alerts
from poise.study.parameters import read_number

_LEAST_MARGIN = 1e-12
HALF, TUNED, BY_COST = "0.5", "tuned", "by cost"

Facts = Mapping[str, Any]
Outcome = tuple[str | None, str | None, Any]  # prior, threshold, scores, probabilities or alerts


class Key(NamedTuple):
    """What a value belongs to.

    Attributes
    ----------
    estimator, approach : str
    prior : {"as trained", "corrected"} or None
        Of the probabilities; None for rankings and tuned thresholds, which do not depend on it.
    threshold : {"0.5", "tuned", "by cost", "largest probability"} or None
        None for metrics that need no threshold. With several classes, untuned decisions are by the largest probability.
    metric : str
    """

    estimator: str
    approach: str
    prior: str | None
    threshold: str | None
    metric: str

    @property
    def value(self) -> str:
        """What is computed, without the arm, such as "f1 tuned"."""
        return " ".join(part for part in (self.metric, self.prior, self.threshold) if part)


@dataclass(frozen=True)
class Metric:
    """A metric: how it is scored, and how its differences are judged. Use one of the four families.

    Attributes
    ----------
    name, title : str
    width : float
        Half the region of practical equivalence: smaller differences do not matter.
    score : callable
        What it is given depends on the family.
    sign : {1, -1}
        1 if higher is better, -1 if lower is.
    unit : callable
        From the facts of a comparison to what `width` is a fraction of.
    influence : callable, optional
        From what `score` is given to the value with the influence of each row. Without it, errors are those of the
        corrected resampled t-test.
    scorer : str
        Name of scikit-learn's scorer, if it is another one.
    """

    name: str
    title: str
    width: float
    score: Callable[..., float]
    sign: int = 1
    unit: Callable[[Facts], float] = lambda facts: 1.0  # noqa: ARG005  # one signature
    influence: Callable[..., Influence] | None = None
    scorer: str = ""

    family: ClassVar[str]
    # Prior and threshold of the baseline; other arms are compared fairly at the same ones.
    baseline: ClassVar[tuple[str | None, str | None]] = (None, None)
    has_verdict: ClassVar[bool] = True

    def usual_margin(self, facts: Facts) -> float:
        """Return how large a difference may be on a table without mattering, unless the user says otherwise."""
        return float(self.width * self.unit(facts))

    def outcomes(self, fold: ScoredFold) -> Iterator[Outcome]:
        """Yield (prior, threshold, what the metric is computed from) for one arm in one fold."""
        raise NotImplementedError

    def value_of(self, fold: ScoredFold, outcome: Any) -> float:
        """Return the value in a fold for one of its outcomes."""
        return self.score(fold.truth, outcome, fold.weights)

    def influence_of(
        self,
        is_event: Events,
        outcome: Any,
        settings: DecisionSettings,  # noqa: ARG002  # one signature
        weights: Floats | None,
    ) -> Influence:
        """Return the value for rows of several folds, with the influence of each of them."""
        return self.influence(is_event, outcome, weights)  # type: ignore[misc]  # asked only where there is one


@dataclass(frozen=True)
class Ranking(Metric):
    """A metric of the order of the rows: `score(is_event, scores, weights)`; weights are None if all rows count alike.

    Attributes
    ----------
    is_mean_of_folds : bool
        Whether the value of a repeat is the mean over its folds; otherwise that of all its rows in one order.
    """

    is_mean_of_folds: bool = False

    family: ClassVar[str] = "ranking"

    def outcomes(self, fold: ScoredFold) -> Iterator[Outcome]:
        """Yield the scores; nothing if the fold lacks a class."""
        if fold.has_every_class:
            yield None, None, fold.scores


@dataclass(frozen=True)
class Probability(Metric):
    """A metric of probabilities, as trained and corrected: `score(is_event, p, weights)`."""

    family: ClassVar[str] = "probability"
    baseline: ClassVar[tuple[str | None, str | None]] = (AS_TRAINED, None)

    def outcomes(self, fold: ScoredFold) -> Iterator[Outcome]:
        """Yield the probabilities for each prior."""
        for prior, p in fold.probabilities.items():
            yield prior, None, p


@dataclass(frozen=True)
class Decision(Metric):
    """A metric of alerts, at fixed thresholds and a tuned one: `score(is_event, is_alert, settings, weights)`.

    Attributes
    ----------
    worth : callable
        `worth(curve, settings)` returns how good each threshold of a curve is; the best one is used.
    fixed : callable
        `fixed(settings)` returns the thresholds that are not tuned, by name.
    needs_costs : bool
        Whether it is left out when no costs are given.
    must_reach : bool
        Whether the threshold has to reach something, a precision, so that the choice of the threshold is a large part
        of the error; see `poise.comparison.rechosen`.
    """

    worth: Callable[[ThresholdCurve, DecisionSettings], Floats] = lambda curve, settings: curve.tp  # noqa: ARG005  # one signature
    fixed: Callable[[DecisionSettings], Mapping[str, float]] = lambda settings: {HALF: 0.5}  # noqa: ARG005  # one signature
    needs_costs: bool = False
    must_reach: bool = False

    family: ClassVar[str] = "decision"
    baseline: ClassVar[tuple[str | None, str | None]] = (None, TUNED)

    def best_threshold(self, curve: ThresholdCurve, settings: DecisionSettings) -> float:
        """Return the threshold that is best for a curve."""
        return float(curve.threshold[self.worth(curve, settings).argmax()])

    def outcomes(self, fold: ScoredFold) -> Iterator[Outcome]:
        """Yield the alerts at the tuned threshold, then at each fixed threshold for each prior."""
        if self.needs_costs and fold.settings.costs is None:
            return
        if fold.tuning is not None:
            curve, scores = cast("tuple[ThresholdCurve, Floats]", fold.tuning)
            yield None, TUNED, scores >= self.best_threshold(curve, fold.settings)
        for prior, p in fold.probabilities.items():
            for name, threshold in self.fixed(fold.settings).items():
                yield prior, name, p >= threshold

    def value_of(self, fold: ScoredFold, outcome: Any) -> float:
        """Return the value in a fold for some alerts."""
        return self.score(fold.truth, outcome, fold.settings, fold.weights)

    def influence_of(
        self, is_event: Events, outcome: Any, settings: DecisionSettings, weights: Floats | None
    ) -> Influence:
        """Return the value for rows of several folds, with the influence of each of them."""
        return self.influence(is_event, outcome, settings, weights)  # type: ignore[misc]  # as above


@dataclass(frozen=True)
class Effort(Metric):
    """What an arm costs to fit: `score(seconds)`. It is reported without a verdict."""

    family: ClassVar[str] = "effort"
    has_verdict: ClassVar[bool] = False

    def outcomes(self, fold: ScoredFold) -> Iterator[Outcome]:
        """Yield the seconds."""
        yield None, None, fold.seconds

    def value_of(self, fold: ScoredFold, outcome: Any) -> float:  # noqa: ARG002  # one signature
        """Return the seconds."""
        return self.score(outcome)


def _alerts(name: CountMetric) -> Callable[..., float]:
    """Return the score of alerts by a metric of `poise.decisions`."""
    return lambda is_event, is_alert, _, weights: score_of_alerts(name, is_event, is_alert, weights)


def _influence_by(
    with_derivatives: Callable[[Cells], tuple[float, Cells]],
) -> Callable[..., Influence]:
    """Return the influence of rows on a metric of the counts of alerts."""
    of_rows = of_alerts(with_derivatives)
    return lambda is_event, is_alert, _, weights: of_rows(is_event, is_alert, weights)


def _of_counts(
    name: TunedMetric,
    title: str,
    with_derivatives: Callable[[Cells], tuple[float, Cells]],
    scorer: str = "",
) -> Decision:
    """Return a metric of `poise.decisions`, its threshold tuned for itself."""
    return Decision(
        name,
        title,
        0.02,
        _alerts(name),
        influence=_influence_by(with_derivatives),
        worth=lambda curve, _: TunedThreshold(name).value_of(curve),
        scorer=scorer,
    )


def _mean_cost(
    is_event: Events, is_alert: Events, settings: DecisionSettings, weights: Floats | None
) -> float:
    return costs_of(settings).mean(is_event.astype(int), is_alert.astype(int), weights)


def _influence_on_cost(
    is_event: Events, is_alert: Events, settings: DecisionSettings, weights: Floats | None
) -> Influence:
    costs = costs_of(settings).costs
    return influence.of_losses(costs[is_event.astype(int), is_alert.astype(int)], weights)


def _thresholds_of_costs(settings: DecisionSettings) -> dict[str, float]:
    return {HALF: 0.5, BY_COST: costs_of(settings).threshold}


def costs_of(settings: DecisionSettings) -> CostMatrix:
    """Return the costs; metrics with `needs_costs` are left out without them."""
    if settings.costs is None:
        raise InputError("costs=None: a metric of costs needs a CostMatrix.")
    return settings.costs


def _cheapness(curve: ThresholdCurve, _: DecisionSettings) -> Floats:
    return -curve.cost  # type: ignore[operator]  # there are costs, as above


def prevalence_of(facts: Facts) -> float:
    """Return the share of events among the rows, by weight if rows have weights."""
    return float(facts.get("share", facts["n_events"] / facts["n_rows"]))


def _brier_of_prevalence(facts: Facts) -> float:
    prevalence = prevalence_of(facts)
    return float(prevalence * (1 - prevalence))


def _log_loss_of_prevalence(facts: Facts) -> float:
    prevalence = prevalence_of(facts)
    return float(-prevalence * np.log(prevalence) - (1 - prevalence) * np.log1p(-prevalence))


# Widths of Brier score, log loss and cost are fractions of the score of one constant prediction.
METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Effort("fit_seconds", "fit seconds", np.inf, lambda seconds: seconds, -1),
        Ranking(
            "roc_auc",
            "ROC AUC",
            0.01,
            roc_auc,
            influence=influence.of_roc_auc,
            is_mean_of_folds=True,
        ),
        Ranking(
            "average_precision",
            "PR AUC",
            0.02,
            average_precision,
            influence=influence.of_average_precision,
        ),
        Probability(
            "brier",
            "Brier score",
            0.02,
            brier_score,
            -1,
            _brier_of_prevalence,
            scorer="neg_brier_score",
            influence=lambda is_event, p, weights: influence.of_losses(
                squared_errors(is_event, p), weights
            ),
        ),
        Probability(
            "log_loss",
            "log loss",
            0.02,
            log_loss,
            -1,
            _log_loss_of_prevalence,
            scorer="neg_log_loss",
            influence=lambda is_event, p, weights: influence.of_losses(
                log_losses(is_event, p), weights
            ),
        ),
        _of_counts("f1", "F1", influence.f1),
        _of_counts("mcc", "MCC", influence.mcc, "matthews_corrcoef"),
        _of_counts("balanced_accuracy", "balanced accuracy", influence.balanced_accuracy),
        _of_counts("g_mean", "G-mean", influence.g_mean),
        Decision(
            "recall_at_precision",
            "recall at precision",
            0.03,
            _alerts("recall"),
            worth=lambda curve, settings: RecallAtPrecision(settings.precision).value_of(curve),
            fixed=lambda _: {},
            must_reach=True,
            influence=_influence_by(influence.recall),
        ),
        Decision(
            "cost",
            "cost per row",
            0.02,
            _mean_cost,
            -1,
            lambda facts: facts.get("cost_range") or 1.0,
            worth=_cheapness,
            fixed=_thresholds_of_costs,
            needs_costs=True,
            influence=_influence_on_cost,
        ),
    )
}


def primary(name: str | None, metrics: Mapping[str, Metric], *, has_costs: bool) -> str:
    """Return the metric that the headline is about, from the name that the user gave.

    Raises
    ------
    InputError
        If it has no verdict, or needs costs that are not there.
    UnknownNameError
    """
    if name is None:
        return "cost" if has_costs else "average_precision"
    if isinstance(name, str) and name in METRICS and name not in metrics:
        raise InputError(
            f"primary_metric={name!r} is a metric of an event against the rest. Name the event, pos_label=, or pass one of "
            f"{_with_verdict(metrics)}."
        )
    metric = _by_any_name(name, metrics)
    if not metric.has_verdict:
        raise InputError(
            f"primary_metric={name!r} has no verdict. Pass one of {_with_verdict(metrics)}."
        )
    if metric.name == "cost" and not has_costs:
        raise InputError(
            "primary_metric='cost' needs to know what wrong decisions cost. Pass costs=(1, 20), say, for a false alarm and a missed "
            "event; for several classes a CostMatrix."
        )
    return metric.name


def margins(given: Any, facts: Facts, metrics: Mapping[str, Metric]) -> dict[str, float]:
    """Return what counts as equal in each metric, in its unit: the defaults, replaced by what the user gave."""
    usual = {
        metric.name: metric.usual_margin(facts) for metric in metrics.values() if metric.has_verdict
    }
    return usual | named_margins(given or {}, metrics)


def named_margins(given: Any, metrics: Mapping[str, Metric]) -> dict[str, float]:
    """Return margins by the names of metrics here.

    Raises
    ------
    InputError, UnknownNameError
        If they are not a dictionary of metrics and numbers above 0.
    """
    if not isinstance(given, Mapping):
        raise InputError(
            f"equivalence_margin={given!r} must be a dictionary of metrics and numbers, such as "
            "{'average_precision': 0.01}."
        )
    found = {}
    for name, value in given.items():
        metric = _by_any_name(name, metrics)
        if not metric.has_verdict:
            raise InputError(f"{name!r} has no verdict. Pass margins of {_with_verdict(metrics)}.")
        found[metric.name] = _number_to_store(
            f"equivalence_margin[{name!r}]", value, "a number above 0, in the unit of the metric"
        )
    return found


def _by_any_name(name: Any, metrics: Mapping[str, Metric]) -> Metric:
    """Return a metric by its name here, or that of scikit-learn's scorer."""
    by_scorer = {metric.scorer: metric.name for metric in metrics.values() if metric.scorer}
    return known_metric(by_scorer.get(str(name), str(name)), metrics)


def _number_to_store(name: str, value: Any, what: str) -> float:
    """Return a number above 0 that can be stored and divided by."""
    number = read_number(name, value, what)
    if not _LEAST_MARGIN <= number <= 1 / _LEAST_MARGIN:
        raise InputError(
            f"{name}={value!r} must be from {_LEAST_MARGIN:g} to {1 / _LEAST_MARGIN:g}."
        )
    return number


def _with_verdict(metrics: Mapping[str, Metric]) -> str:
    return listed([name for name, metric in metrics.items() if metric.has_verdict], limit=None)


def known_metric(name: str, metrics: Mapping[str, Metric]) -> Metric:
    """Return a metric by its name, or raise UnknownNameError."""
    if name not in metrics:
        raise UnknownNameError(
            f"There is no metric {name!r}; there are {listed(metrics, limit=None)}.{nearest_name(name, metrics)}"
        )
    return metrics[name]
