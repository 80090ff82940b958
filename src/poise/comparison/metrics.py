"""From scores to values: every metric of every arm in every fold."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from poise.comparison.run import ArmFold, Runs, pooled
from poise.core.errors import UnknownNameError, listed, nearest_name
from poise.core.minority_kinds import KINDS, kinds_of
from poise.core.rows import Floats
from poise.decisions import CostMatrix, RecallAtPrecision, TunedThreshold, shift_prior
from poise.decisions._curves import metric_of_counts, threshold_curve
from poise.metrics import calibration_fit

Events = NDArray[np.bool_]

RANKING, PROBABILITY, DECISION, EFFORT = "ranking", "probability", "decision", "effort"
AS_TRAINED, CORRECTED, NO_PRIOR = "as trained", "corrected", ""
HALF, TUNED, BY_COST, NO_THRESHOLD = "0.5", "tuned", "by cost", ""


@dataclass(frozen=True)
class Metric:
    """A figure of merit.

    Attributes
    ----------
    name, title : str
    family : str
    sign : int
        1 where more is better, -1 where less is.
    width : float
        Differences up to this do not matter: the region of practical equivalence.
    """

    name: str
    title: str
    family: str
    sign: int
    width: float


# Scores of probabilities have widths in parts of the score of saying the prevalence for all.
METRICS = {
    metric.name: metric
    for metric in (
        Metric("roc_auc", "ROC AUC", RANKING, 1, 0.01),
        Metric("average_precision", "PR AUC", RANKING, 1, 0.02),
        Metric("brier", "Brier score", PROBABILITY, -1, 0.02),
        Metric("log_loss", "log loss", PROBABILITY, -1, 0.02),
        Metric("f1", "F1", DECISION, 1, 0.02),
        Metric("mcc", "MCC", DECISION, 1, 0.02),
        Metric("balanced_accuracy", "balanced accuracy", DECISION, 1, 0.02),
        Metric("g_mean", "G-mean", DECISION, 1, 0.02),
        Metric("recall_at_precision", "recall at precision", DECISION, 1, 0.03),
        Metric("cost", "cost a row", DECISION, -1, 0.02),
        Metric("fit_seconds", "fit seconds", EFFORT, -1, np.inf),
    )
}


def known_metric(name: str) -> Metric:
    """Return a metric by its name, or raise UnknownNameError."""
    if name not in METRICS:
        raise UnknownNameError(
            f"There is no metric {name!r}; there are {listed(METRICS, 20)}.{nearest_name(name, METRICS)}"
        )
    return METRICS[name]


COUNTED = ("f1", "mcc", "balanced_accuracy", "g_mean")
# Of all rows of a repeat together: too few events in a fold.
DESCRIBED = ("in_the_large", "slope", "instability", *(f"recall_{kind}" for kind in KINDS))


class Key(NamedTuple):
    """What a value is of."""

    learner: str
    approach: str
    prior: str
    threshold: str
    metric: str


@dataclass(frozen=True)
class Terms:
    """On what terms decisions are judged.

    Attributes
    ----------
    precision : float
        The least that "recall at precision" asks for.
    costs : CostMatrix or None
        Of (not the event, the event), the same for all rows.
    is_ordered : bool
        Whether folds walk forward in time.
    """

    precision: float
    costs: CostMatrix | None
    is_ordered: bool


def values_of(runs: Runs, terms: Terms) -> dict[Key, Floats]:
    """Return the value of each metric in each fold; NaN where there is none.

    Returns
    -------
    dict of Key to ndarray of shape (n_folds,)
    """
    found: dict[Key, Floats] = {}
    for place, fold in enumerate(runs.folds):
        y = runs.rows.is_event[fold.test]
        here = float(runs.rows.is_event[fold.train].mean())
        for learner in runs.learners:
            for approach in runs.approaches:
                arm = runs.results[learner, approach, fold.number]
                if arm.status:
                    continue
                other = pooled(runs, learner, approach, fold, is_ordered=terms.is_ordered)
                for key, value in _values(arm, y, here, other, terms):
                    full = Key(learner, approach, *key)
                    found.setdefault(full, np.full(len(runs.folds), np.nan))[place] = value
    return found


def _values(
    arm: ArmFold, y: Events, here: float, other: tuple[Events, Floats], terms: Terms
) -> Iterator[tuple[tuple[str, str, str], float]]:
    """Yield ((prior, threshold, metric), value) for one arm in one fold."""
    yield (NO_PRIOR, NO_THRESHOLD, "fit_seconds"), arm.seconds
    if y.any() and not y.all():
        yield (NO_PRIOR, NO_THRESHOLD, "roc_auc"), float(roc_auc_score(y, arm.scores))
        yield (
            (NO_PRIOR, NO_THRESHOLD, "average_precision"),
            float(average_precision_score(y, arm.scores)),
        )
    if arm.is_probability:
        yield from _of_probabilities(AS_TRAINED, arm.scores, y, terms)
        if arm.trained_prior != here:
            p = corrected(arm.scores, arm.trained_prior, here)
            yield from _of_probabilities(CORRECTED, p, y, terms)
    yield from _at_tuned(arm.scores, y, other, terms)


def corrected(p: Floats, trained: float, here: float) -> Floats:
    """Return probabilities for the shares of the training part, before it was resampled."""
    return shift_prior(p, trained, here) if 0 < trained < 1 else p


def _of_probabilities(
    prior: str, p: Floats, y: Events, terms: Terms
) -> Iterator[tuple[tuple[str, str, str], float]]:
    yield (prior, NO_THRESHOLD, "brier"), float(brier_score_loss(y, p))
    yield (prior, NO_THRESHOLD, "log_loss"), float(log_loss(y, p, labels=[False, True]))
    yield from _decided(prior, HALF, p >= 0.5, y, COUNTED)
    if terms.costs is not None:
        yield (prior, HALF, "cost"), terms.costs.mean(y.astype(int), (p >= 0.5).astype(int))
        by_cost = (p >= terms.costs.threshold).astype(int)
        yield (prior, BY_COST, "cost"), terms.costs.mean(y.astype(int), by_cost)


def _decided(
    prior: str, threshold: str, alert: Events, y: Events, names: tuple[str, ...]
) -> Iterator[tuple[tuple[str, str, str], float]]:
    for name in names:
        yield (prior, threshold, name), of_decisions(name, y, alert)


def of_decisions(name: str, y: Events, alert: Events) -> float:
    """Return a metric of decisions."""
    pairs = ((alert, y), (alert, ~y), (~alert, y), (~alert, ~y))
    return float(metric_of_counts(name, *(np.array([float((a & b).sum())]) for a, b in pairs))[0])


def _at_tuned(
    scores: Floats, y: Events, other: tuple[Events, Floats], terms: Terms
) -> Iterator[tuple[tuple[str, str, str], float]]:
    """Yield values at the thresholds that are best for the other folds, one a metric."""
    events, given = other
    if not events.any() or events.all():
        return
    given, scores = _in_unit(given, scores)
    curve = threshold_curve(events, given, costs=terms.costs)
    for name in COUNTED:
        best = curve.threshold[TunedThreshold(name).value_of(curve).argmax()]
        yield from _decided(NO_PRIOR, TUNED, scores >= best, y, (name,))
    careful = curve.threshold[RecallAtPrecision(terms.precision).value_of(curve).argmax()]
    found = (scores >= careful) & y
    yield (NO_PRIOR, TUNED, "recall_at_precision"), float(found.sum() / max(y.sum(), 1))
    if terms.costs is not None and curve.cost is not None:
        alert = scores >= curve.threshold[curve.cost.argmin()]
        yield (NO_PRIOR, TUNED, "cost"), terms.costs.mean(y.astype(int), alert.astype(int))


def _in_unit(given: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """Return decision values moved into 0 to 1, in their order; probabilities as they are."""
    low, high = min(given.min(), scores.min()), max(given.max(), scores.max())
    if low >= 0 and high <= 1:
        return given, scores
    span = high - low or 1.0
    return (given - low) / span, (scores - low) / span


def described(runs: Runs) -> dict[Key, Floats]:
    """Return calibration in the large and slope of each arm, one value a repeat."""
    found: dict[Key, Floats] = {}
    repeats = sorted({fold.repeat for fold in runs.folds})
    for learner in runs.learners:
        for approach in runs.approaches:
            for place, repeat in enumerate(repeats):
                for prior, (events, p) in _of_repeat(runs, learner, approach, repeat).items():
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore", RuntimeWarning)
                        fit = calibration_fit(events, p, pos_label=True)
                    for name, value in (("in_the_large", fit.in_the_large), ("slope", fit.slope)):
                        key = Key(learner, approach, prior, NO_THRESHOLD, name)
                        found.setdefault(key, np.full(len(repeats), np.nan))[place] = value
    return found


def instability_of(runs: Runs) -> dict[Key, Floats]:
    """Return by how much an arm's probability for a row differs between two repeats, on average.

    Each repeat scores a row by another fit, on other rows of the same table.
    """
    found: dict[Key, Floats] = {}
    repeats = sorted({fold.repeat for fold in runs.folds})
    if len(repeats) < 2:
        return found
    for learner in runs.learners:
        for approach in runs.approaches:
            said = np.full((len(repeats), runs.rows.n_rows), np.nan)
            for fold in runs.folds:
                arm = runs.results[learner, approach, fold.number]
                if not arm.status and arm.is_probability:
                    said[repeats.index(fold.repeat), fold.test] = arm.scores
            steps = np.abs(np.diff(said, axis=0))
            if np.isfinite(steps).any():
                key = Key(learner, approach, AS_TRAINED, NO_THRESHOLD, "instability")
                found[key] = np.array([float(np.nanmean(steps))])
    return found


def recall_by_kind(runs: Runs, terms: Terms) -> dict[Key, Floats]:
    """Return the recall of safe, borderline, rare and outlying events, at the threshold tuned for F1."""
    known = np.full(runs.rows.n_rows, -1)
    known[runs.rows.is_event] = kinds_of(runs.rows.standard_index, runs.rows.is_event)
    found: dict[Key, Floats] = {}
    for learner in runs.learners:
        for approach in runs.approaches:
            hits, counts = np.zeros(len(KINDS)), np.zeros(len(KINDS))
            for fold in runs.folds:
                arm = runs.results[learner, approach, fold.number]
                other = pooled(runs, learner, approach, fold, is_ordered=terms.is_ordered)
                if arm.status or not other[0].any() or other[0].all():
                    continue
                moved, scores = _in_unit(other[1], arm.scores)
                alert = scores >= TunedThreshold("f1").threshold(other[0], moved, pos_label=True)
                of_kind = known[fold.test]
                is_event = of_kind >= 0
                counts += np.bincount(of_kind[is_event], minlength=len(KINDS))
                hits += np.bincount(of_kind[is_event], alert[is_event], len(KINDS))
            for kind, n_hits, n in zip(KINDS, hits, counts, strict=True):
                if n:
                    key = Key(learner, approach, NO_PRIOR, TUNED, f"recall_{kind}")
                    found[key] = np.array([n_hits / n])
    return found


def _of_repeat(
    runs: Runs, learner: str, approach: str, repeat: int
) -> dict[str, tuple[Events, Floats]]:
    """Return events and probabilities of a repeat's folds together, by prior."""
    events: list[Events] = []
    by_prior: dict[str, list[Floats]] = {AS_TRAINED: [], CORRECTED: []}
    is_moved = False
    for fold in runs.folds:
        arm = runs.results[learner, approach, fold.number]
        if fold.repeat != repeat or arm.status or not arm.is_probability:
            continue
        events.append(runs.rows.is_event[fold.test])
        here = float(runs.rows.is_event[fold.train].mean())
        by_prior[AS_TRAINED].append(arm.scores)
        by_prior[CORRECTED].append(corrected(arm.scores, arm.trained_prior, here))
        is_moved = is_moved or arm.trained_prior != here
    told = [AS_TRAINED, CORRECTED] if is_moved else [AS_TRAINED]
    if not events:
        return {}
    return {prior: (np.concatenate(events), np.concatenate(by_prior[prior])) for prior in told}


def of_scores(name: str) -> Callable[[Events, Floats, Events, Floats], float]:
    """Return a metric as a function of a fold's events and probabilities, and those of the other folds.

    Decisions are at the threshold that is best for the other folds.
    """
    plain = {
        "roc_auc": roc_auc_score,
        "average_precision": average_precision_score,
        "brier": brier_score_loss,
        "log_loss": log_loss,
    }
    if name in plain:
        return lambda y, p, _, __: float(plain[name](y, p))

    def at_tuned(y: Events, p: Floats, others: Events, p_others: Floats) -> float:
        return of_decisions(name, y, p >= TunedThreshold(name).threshold(others, p_others))

    return at_tuned
