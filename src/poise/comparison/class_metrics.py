"""The metrics of a comparison of several classes: means over the classes, and rankings of each class against the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from poise.comparison.metrics import (
    BY_COST,
    METRICS,
    TUNED,
    Decision,
    Facts,
    Metric,
    Outcome,
    Probability,
    Ranking,
    costs_of,
)
from poise.comparison.scored_fold import (
    AS_TRAINED,
    CORRECTED,
    DecisionSettings,
    OtherFolds,
    ScoredFold,
)
from poise.comparison.scores import average_precision, macro, roc_auc
from poise.decisions._class_thresholds import class_thresholds, decided_by
from poise.metrics._confusion import CLASS_METRICS, confusion
from poise.study import influence
from poise.study.event_table import Floats
from poise.study.influence import Influence

Codes = NDArray[np.intp]

LARGEST = "largest probability"
MOST_CLASSES = 20  # with metrics of their own
_TINY = float(np.finfo(np.float64).eps)


def metrics_for(classes: Sequence[Any]) -> Mapping[str, Metric]:
    """Return the metrics of several classes by name; those of two if there are none."""
    return _of_classes(tuple(map(str, classes))) if classes else METRICS


@dataclass(frozen=True)
class ClassDecision(Decision):
    """A metric of decisions between several classes: `score(codes, decided, settings, weights)`.

    Attributes
    ----------
    of_confusion : callable
        How good the decisions are that confusion matrices count; thresholds of the classes are tuned for it.
    """

    of_confusion: Callable[[Floats], Floats] = CLASS_METRICS["f1"]

    def thresholds_of(self, others: OtherFolds) -> Floats:
        """Return the threshold of each class that is best for the rows of other folds."""
        return class_thresholds(others.codes, others.proba, self.of_confusion, others.weights)

    def outcomes(self, fold: ScoredFold) -> Iterator[Outcome]:
        """Yield the decisions with tuned thresholds, then those for the largest probability for each prior."""
        if isinstance(fold.tuning, OtherFolds):
            yield None, TUNED, decided_by(fold.scores, self.thresholds_of(fold.tuning))
        yield from _for_largest(fold)


@dataclass(frozen=True)
class ClassCost(Decision):
    """The cost of decisions between several classes: `score(codes, decided, settings, weights)`.

    Nothing is tuned: the decision with the lowest expected cost, by corrected probabilities, is as good as thresholds
    that are tuned for as many classes on the same rows, or better.
    """

    baseline: ClassVar[tuple[str | None, str | None]] = (None, BY_COST)

    def outcomes(self, fold: ScoredFold) -> Iterator[Outcome]:
        """Yield the decisions by the lowest expected cost, then those for the largest probability for each prior."""
        if fold.settings.costs is None:
            return
        if fold.probabilities:
            corrected = fold.probabilities.get(CORRECTED, fold.probabilities[AS_TRAINED])
            yield None, BY_COST, fold.settings.costs.decide(corrected)
        yield from _for_largest(fold)


def _for_largest(fold: ScoredFold) -> Iterator[Outcome]:
    """Yield the decisions for the largest probability for each prior."""
    for prior, p in fold.probabilities.items():
        yield prior, LARGEST, p.argmax(axis=1)


def _macro_influence(of_rows: Callable[..., Influence]) -> Callable[..., Influence]:
    """Return the mean of the influences on a metric of rankings, each class against the rest."""

    def found(codes: Codes, scores: Floats, weights: Floats | None) -> Influence:
        of_class = [of_rows(codes == k, scores[:, k], weights) for k in range(scores.shape[1])]
        values, rows = zip(*of_class, strict=True)
        return Influence(float(np.mean(values)), np.mean(rows, axis=0))

    return found


def log_losses_of_classes(codes: Codes, p: Floats) -> Floats:
    """Return the negative log-likelihood of the true class of each row.

    If some of their probabilities are 0, all are at least half a row, as in `poise.comparison.scores.log_losses`.

    Examples
    --------
    >>> log_losses_of_classes(np.array([0, 2]), np.array([[0.5, 0.3, 0.2], [0.1, 0.4, 0.5]])).round(3).tolist()
    [0.693, 0.693]
    """
    own = p[np.arange(len(codes)), codes]
    return np.asarray(-np.log(np.maximum(own, 0.5 / len(p) if (own == 0).any() else _TINY)))


def squared_errors_of_classes(codes: Codes, p: Floats) -> Floats:
    """Return the squared distance between the probabilities and the true class of each row: twice that of two classes.

    Examples
    --------
    >>> squared_errors_of_classes(np.array([0]), np.array([[0.5, 0.3, 0.2]])).round(2).tolist()
    [0.38]
    """
    is_class = np.arange(p.shape[1]) == codes[:, None]
    return np.asarray(((p - is_class) ** 2).sum(axis=1))


def _mean_of(losses: Callable[..., Floats]) -> Callable[..., float]:
    return lambda codes, p, weights: float(np.average(losses(codes, p), weights=weights))


def _influence_of(losses: Callable[..., Floats]) -> Callable[..., Influence]:
    return lambda codes, p, weights: influence.of_losses(losses(codes, p), weights)


def _of_confusion(name: str, title: str, n_classes: int, scorer: str = "") -> ClassDecision:
    """Return a metric of confusion matrices, its thresholds tuned for itself."""
    value_of, of_rows = CLASS_METRICS[name], influence.of_decisions(name)
    return ClassDecision(
        name,
        title,
        0.02,
        lambda codes, decided, _, weights: float(
            value_of(confusion(codes, decided, n_classes, weights))
        ),
        influence=lambda codes, decided, _, weights: of_rows(codes, decided, n_classes, weights),
        of_confusion=value_of,
        scorer=scorer,
    )


def _costs(codes: Codes, decided: Codes, settings: DecisionSettings) -> Floats:
    return np.asarray(costs_of(settings).costs[codes, decided])


def _shares(facts: Facts) -> Floats:
    return np.array(facts["class_shares"])


def _brier_of_shares(facts: Facts) -> float:
    return float(1 - (_shares(facts) ** 2).sum())


def _log_loss_of_shares(facts: Facts) -> float:
    shares = _shares(facts)
    return float(-(shares * np.log(shares)).sum())


@lru_cache(maxsize=8)
def _of_classes(classes: tuple[str, ...]) -> dict[str, Metric]:
    """Return the metrics of some classes by name: the same names as of two where they mean the same."""
    n = len(classes)
    cost = METRICS["cost"]
    found: list[Metric] = [
        METRICS["fit_seconds"],
        Ranking(
            "roc_auc",
            "macro ROC AUC",
            0.01,
            macro(roc_auc),
            influence=_macro_influence(influence.of_roc_auc),
            scorer="roc_auc_ovr",
            is_mean_of_folds=True,
        ),
        Ranking(
            "average_precision",
            "macro PR AUC",
            0.02,
            macro(average_precision),
            influence=_macro_influence(influence.of_average_precision),
        ),
        Probability(
            "brier",
            "Brier score",
            0.02,
            _mean_of(squared_errors_of_classes),
            -1,
            _brier_of_shares,
            scorer="neg_brier_score",
            influence=_influence_of(squared_errors_of_classes),
        ),
        Probability(
            "log_loss",
            "log loss",
            0.02,
            _mean_of(log_losses_of_classes),
            -1,
            _log_loss_of_shares,
            scorer="neg_log_loss",
            influence=_influence_of(log_losses_of_classes),
        ),
        _of_confusion("f1", "macro F1", n, "f1_macro"),
        _of_confusion("mcc", "MCC", n, "matthews_corrcoef"),
        _of_confusion("balanced_accuracy", "balanced accuracy", n),
        _of_confusion("g_mean", "G-mean", n),
        ClassCost(
            "cost",
            cost.title,
            cost.width,
            lambda codes, decided, settings, weights: float(
                np.average(_costs(codes, decided, settings), weights=weights)
            ),
            -1,
            cost.unit,
            needs_costs=True,
            influence=lambda codes, decided, settings, weights: influence.of_losses(
                _costs(codes, decided, settings), weights
            ),
        ),
    ]
    for place, label in enumerate(classes if n <= MOST_CLASSES else ()):
        found += _of_one_class(place, label)
    return {metric.name: metric for metric in found}


def _of_one_class(place: int, label: str) -> list[Metric]:
    """Return the metrics of the ranking of one class against the rest."""

    def of_class(compute: Callable[..., Any]) -> Callable[..., Any]:
        return lambda codes, scores, weights: compute(codes == place, scores[:, place], weights)

    return [
        Ranking(
            f"roc_auc of {label}",
            f"ROC AUC of {label}",
            0.01,
            of_class(roc_auc),
            influence=of_class(influence.of_roc_auc),
            is_mean_of_folds=True,
        ),
        Ranking(
            f"average_precision of {label}",
            f"PR AUC of {label}",
            0.02,
            of_class(average_precision),
            influence=of_class(influence.of_average_precision),
        ),
    ]
