"""What decisions between several classes find: recall and precision of each class, and its threshold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.comparison.class_metrics import (
    LARGEST,
    MOST_CLASSES,
    ClassCost,
    ClassDecision,
    metrics_for,
)
from poise.comparison.metrics import BY_COST, Key, Metric
from poise.comparison.run import Runs
from poise.comparison.scored_fold import (
    AS_TRAINED,
    DecisionSettings,
    OtherFolds,
    ScoredFold,
    scored_fold,
)
from poise.decisions._class_thresholds import decided_by
from poise.metrics._confusion import confusion
from poise.study.event_table import Floats

_LEAST_SHARE = 1e-12


class _Decided(NamedTuple):
    """Decisions in one fold, or what they add up to over all folds.

    Attributes
    ----------
    name : str
        The metric that thresholds are tuned for, "cost", or how they are made otherwise.
    codes : ndarray of shape (n_rows,)
    thresholds : ndarray of shape (n_classes,) or None
        Of probabilities as trained.
    """

    name: str
    codes: NDArray[np.intp]
    thresholds: Floats | None = None


def decisions_between_classes(runs: Runs, settings: DecisionSettings) -> dict[Key, Floats]:
    """Return recall and precision of each of several classes for every way to decide, and tuned thresholds.

    Thresholds are medians over folds, of probabilities that are corrected for the true shares of the classes, with the
    sum 1. Of more than 20 classes, only the rarest is described.
    """
    rows, found = runs.rows, dict[Key, Floats]()
    metrics = metrics_for(rows.several)
    labels = {str(rows.event): rows.several.index(rows.event)}
    if len(rows.several) <= MOST_CLASSES:
        labels = {str(label): place for place, label in enumerate(rows.several)}
    for estimator, approach in runs.arms:
        matrices, thresholds = _over_folds(runs, estimator, approach, settings)
        for name, n in matrices.items():
            kind = (AS_TRAINED, LARGEST) if name == LARGEST else metrics[name].baseline
            by = "" if name == LARGEST else f"_by_{name}"
            for label, k in labels.items():
                parts = {"recall": n[k].sum(), "precision": n[:, k].sum()}
                values = {what: n[k, k] / whole for what, whole in parts.items() if whole > 0}
                if name in thresholds:
                    values["threshold"] = thresholds[name][k]
                for what, value in values.items():
                    key = Key(estimator, approach, *kind, f"{what}{by} of {label}")
                    found[key] = np.array([float(value)])
    return found


def _over_folds(
    runs: Runs, estimator: str, approach: str, settings: DecisionSettings
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return the confusion matrix of each way to decide over all folds, and its median thresholds if it has some."""
    rows, n_classes = runs.rows, len(runs.rows.several)
    matrices: dict[str, Floats] = {}
    tuned: dict[str, list[Floats]] = {}
    for fold in runs.folds:
        scored = scored_fold(runs, estimator, approach, fold, settings)
        if scored is None:
            continue
        trained = runs.results[estimator, approach, fold.number].trained_prior
        shift = np.array(rows.prior_of(fold.train)) / np.maximum(trained, _LEAST_SHARE)
        for one in _decided_in(scored, metrics_for(rows.several)):
            n = confusion(scored.truth, one.codes, n_classes, scored.weights)
            matrices[one.name] = matrices.get(one.name, np.zeros_like(n)) + n
            if one.thresholds is not None:
                corrected = one.thresholds * shift
                tuned.setdefault(one.name, []).append(corrected / corrected.sum())
    medians = {name: np.median(of_folds, axis=0) for name, of_folds in tuned.items()}
    return matrices, {name: median / median.sum() for name, median in medians.items()}


def _decided_in(scored: ScoredFold, metrics: Mapping[str, Metric]) -> Iterator[_Decided]:
    """Yield the decisions for the largest probability, with tuned thresholds, and for the lowest expected cost."""
    if AS_TRAINED in scored.probabilities:
        yield _Decided(LARGEST, scored.probabilities[AS_TRAINED].argmax(axis=1))
    for metric in metrics.values():
        if isinstance(metric, ClassCost):
            for _, how, codes in metric.outcomes(scored):
                if how == BY_COST:
                    yield _Decided(metric.name, codes)
        elif isinstance(metric, ClassDecision) and isinstance(scored.tuning, OtherFolds):
            thresholds = metric.thresholds_of(scored.tuning)
            yield _Decided(metric.name, decided_by(scored.scores, thresholds), thresholds)
