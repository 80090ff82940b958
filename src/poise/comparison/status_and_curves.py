"""What a comparison reports beside its values: the status of each arm, and points to draw."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from poise.comparison.approaches import Approach
from poise.comparison.run import Runs
from poise.comparison.scores import score_of_alerts
from poise.comparison.store import ArmFold
from poise.core.sampling.resampler import Resampler
from poise.decisions import CostMatrix, reliability_curve
from poise.pipeline import stays_within_groups
from poise.plot import before_after_data
from poise.report.before_after import BeforeAfter
from poise.study.event_table import EventTable, Floats
from poise.study.models import encoder, new_logistic, prepared_sampler

_CURVE_POINTS = 60
_SCATTER_POINTS = 2000
_N_FEATURES = 20


def status_of(runs: Runs) -> dict[tuple[str, str], list[str]]:
    """Return failures and warnings of each arm."""
    return {
        (estimator, approach): _notes_on(
            [runs.results[estimator, approach, fold.number] for fold in runs.folds]
        )
        for estimator, approach in runs.arms
    }


def _notes_on(folds: Sequence[ArmFold]) -> list[str]:
    """Return what is reported of one arm from its folds."""
    failures = [fold.status for fold in folds if fold.status]
    notes = []
    if failures and failures[0].startswith("not applicable"):
        notes.append(failures[0])
    elif failures:
        notes.append(f"failed in {len(failures)} of {len(folds)} folds: {failures[0]}")
    if any(not fold.status and not fold.is_probability for fold in folds):
        notes.append("no probabilities: only rankings and tuned decisions are compared")
    distinct = dict.fromkeys(note for fold in folds for note in fold.notes)
    return notes + [f"warned: {note}"[:300] for note in distinct]


def pictures_of(
    runs: Runs,
    approaches: Sequence[Approach],
    random_seed: int,
    metric: str,
    costs: CostMatrix | None,
) -> dict[str, Any]:
    """Return the points of curves, and of the table before and after resampling."""
    found = curves_of(runs, metric, costs)
    if runs.rows.is_sparse:
        return found | {"scatter": None, "features": largest_weights(runs.rows)}
    return found | {"scatter": before_and_after(runs.rows, approaches, random_seed), "features": []}


def largest_weights(rows: EventTable) -> list[list[Any]]:
    """Return the columns with the largest weights in a logistic regression on all rows, and these weights.

    Weights are of columns divided by their largest absolute value; above 0, a column speaks for the event.
    """
    X = encoder(rows).fit_transform(rows.numbers)
    model = new_logistic().fit(X, rows.is_event, sample_weight=rows.weights)
    weights = model.coef_[0]
    largest = np.argsort(-np.abs(weights), kind="stable")[:_N_FEATURES]
    return [[rows.names[column], round(float(weights[column]), 3)] for column in largest]


def before_and_after(
    rows: EventTable, approaches: Sequence[Approach], random_seed: int
) -> dict[str, Any] | None:
    """Return the table before and after the first approach that makes rows, as points in two dimensions."""
    for approach in sorted(approaches, key=lambda one: -one.share):
        if not isinstance(approach.sampler, Resampler) or rows.numbers.shape[1] < 2:
            continue
        with warnings.catch_warnings(), contextlib.suppress(Exception):
            warnings.simplefilter("ignore")
            # If this fails, the status of its arms says why.
            sampler = prepared_sampler(
                approach.sampler, rows, as_given=False, random_seed=random_seed
            )
            along = {"groups": rows.groups} if stays_within_groups(sampler) else {}
            X_new, _ = sampler.fit_resample(rows.numbers, rows.labels, **along)
            picture = before_after_data(rows.numbers, rows.labels, X_new, sampler.plan_)
            if (picture.fate == "new").any() and not sampler.plan_.only_originals:
                return _thinned(picture) | {"approach": approach.name}
    return None


def _thinned(picture: BeforeAfter) -> dict[str, Any]:
    few = np.unique(np.linspace(0, len(picture.label) - 1, _SCATTER_POINTS).astype(int))
    return {
        "points": picture.points[few].round(3).tolist(),
        "label": picture.label[few].tolist(),
        "fate": picture.fate[few].tolist(),
        "classes": list(picture.classes),
        "counts": [[fate, code, n] for (fate, code), n in picture.counts.items()],
        "axes": list(picture.axes),
    }


def curves_of(runs: Runs, metric: str = "f1", costs: CostMatrix | None = None) -> dict[str, Any]:
    """Return points of precision-recall, reliability and threshold curves, from the first repeat's folds.

    Threshold curves are of a metric of decisions, or "cost"; with several classes there are none, and the others are of
    the rarest class.
    """
    found: dict[str, Any] = {"pr": [], "reliability": [], "threshold": []}
    found["threshold_metric"] = metric
    for estimator, approach in runs.arms:
        folds = [
            (fold, runs.results[estimator, approach, fold.number])
            for fold in runs.folds
            if fold.repeat == 0
        ]
        folds = [(fold, arm) for fold, arm in folds if not arm.status]
        if not folds:
            continue
        rows = np.concatenate([fold.test for fold, _ in folds])
        events, weights = runs.rows.is_event[rows], runs.rows.weights_of(rows)
        scores = runs.rows.scores_of_event(np.concatenate([arm.scores for _, arm in folds]))
        found["pr"].append([estimator, approach, *_recall_and_precision(events, scores, weights)])
        if all(arm.is_probability for _, arm in folds):
            if not runs.rows.several:
                found["threshold"].append(
                    [estimator, approach, *_by_threshold(events, scores, weights, metric, costs)]
                )
            curve = reliability_curve(events, scores, sample_weight=weights, pos_label=True)
            columns = {name: part.round(5).tolist() for name, part in curve.to_dict().items()}
            found["reliability"].append([estimator, approach, columns])
    return found


def _recall_and_precision(
    events: NDArray[np.bool_], scores: Floats, weights: Floats | None
) -> tuple[list[float], list[float]]:
    """Return a precision-recall curve at evenly spaced recalls."""
    precision, recall, _ = precision_recall_curve(events, scores, sample_weight=weights)
    # Recall falls along the curve. Evenly spaced thresholds would miss the rows with the highest scores.
    few = np.searchsorted(-recall, -np.linspace(1, 0, _CURVE_POINTS)).clip(0, len(recall) - 1)
    return recall[few].round(4).tolist(), precision[few].round(4).tolist()


def _by_threshold(
    events: NDArray[np.bool_],
    p: Floats,
    weights: Floats | None,
    metric: Any,
    costs: CostMatrix | None,
) -> tuple[list[float], list[float]]:
    """Return a metric of decisions, or the cost per row, at evenly spaced thresholds."""
    thresholds = np.linspace(0, 1, _CURVE_POINTS + 1)
    values = [
        score_of_alerts(metric, events, p >= threshold, weights)
        if metric != "cost" or costs is None
        else costs.mean(events.astype(int), (p >= threshold).astype(int), weights)
        for threshold in thresholds
    ]
    return thresholds.round(4).tolist(), [float(f"{value:.4g}") for value in values]
