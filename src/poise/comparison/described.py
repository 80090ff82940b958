"""What is described without a test: calibration, stability, and recall by kind of event."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from poise.comparison.class_described import decisions_between_classes
from poise.comparison.metrics import HALF, METRICS, TUNED, Decision, Key
from poise.comparison.run import Runs
from poise.comparison.scored_fold import (
    AS_TRAINED,
    CORRECTED,
    DecisionSettings,
    ScoredFold,
    probabilities_of,
    scored_fold,
)
from poise.comparison.scores import Events
from poise.core.plan.recipes import Ids
from poise.decisions import shift_prior
from poise.decisions._curves import ThresholdCurve
from poise.metrics import calibration_fit
from poise.study.event_table import Floats
from poise.study.influence import counted
from poise.study.minority_kinds import KINDS

DECISIONS = {name: metric for name, metric in METRICS.items() if isinstance(metric, Decision)}
# Each is computed over all rows of a repeat together, because one fold has too few events.
DESCRIBED = (
    "in_the_large",
    "slope",
    "instability",
    "recall",
    "precision",
    *(f"{what}_by_{name}" for what in ("recall", "precision", "threshold") for name in DECISIONS),
    *(f"recall_{kind}" for kind in KINDS),
)


def described(runs: Runs, settings: DecisionSettings, kinds: NDArray[np.str_]) -> dict[Key, Floats]:
    """Return instability, what decisions find, recall by kind and calibration of each arm.

    Parameters
    ----------
    runs : Runs
    settings : DecisionSettings
    kinds : ndarray of shape (n_rows,)
        The kind of each event; "" for other rows.
    """
    decisions = (
        decisions_between_classes(runs, settings)
        if runs.rows.several
        else decisions_of(runs, settings, kinds)
    )
    return instability_of(runs) | decisions | calibration_of(runs)


def _repeats(runs: Runs) -> list[int]:
    """Return the numbers of the repeats of which folds were run."""
    return sorted({fold.repeat for fold in runs.folds})


def instability_of(runs: Runs) -> dict[Key, Floats]:
    """Return the mean difference between an arm's probabilities for a row in two successive repeats.

    Each repeat scores a row with another fit, on other rows of the same table.
    """
    found: dict[Key, Floats] = {}
    repeats = _repeats(runs)
    if len(repeats) < 2:
        return found
    for estimator, approach in runs.arms:
        each = (len(runs.rows.several),) if runs.rows.several else ()
        p = np.full((len(repeats), runs.rows.n_rows, *each), np.nan)
        for fold in runs.folds:
            arm = runs.results[estimator, approach, fold.number]
            if not arm.status and arm.is_probability:
                p[repeats.index(fold.repeat), fold.test] = arm.scores
        steps = np.abs(np.diff(p, axis=0))
        if np.isfinite(steps).any():
            key = Key(estimator, approach, AS_TRAINED, None, "instability")
            found[key] = np.array([float(np.nanmean(steps))])
    return found


def decisions_of(
    runs: Runs, settings: DecisionSettings, kinds: NDArray[np.str_]
) -> dict[Key, Floats]:
    """Return recall and precision at 0.5 and at each tuned threshold, the threshold, and the recall by kind of event.

    The recall of safe, borderline, rare and outlying events is at the threshold tuned for F1. The threshold is the
    median over folds, of probabilities that are corrected for the true share of events. The precision by "recall at precision" is below the one that was
    asked for where the threshold, chosen on other folds, promised too much.
    """
    found: dict[Key, Floats] = {}
    for estimator, approach in runs.arms:
        for (prior, threshold, name), value in _of_arm(
            runs, estimator, approach, settings, kinds
        ).items():
            if np.isfinite(value):
                found[Key(estimator, approach, prior, threshold, name)] = np.array([value])
    return found


def _of_arm(
    runs: Runs, estimator: str, approach: str, settings: DecisionSettings, kinds: NDArray[np.str_]
) -> dict[tuple[str | None, str | None, str], float]:
    """Return what the decisions of one arm find, by prior, threshold and name."""
    found: dict[tuple[str | None, str | None, str], float] = {}
    decided = _decided_by(runs, estimator, approach, settings)
    for name, (rows, is_alert, threshold) in decided.items():
        weights = runs.rows.weights_of(rows)
        shares = _shares_of(runs.rows.is_event[rows], is_alert, weights)
        if name == HALF:
            found |= {(AS_TRAINED, HALF, what): share for what, share in shares.items()}
            continue
        found |= {(None, TUNED, f"{what}_by_{name}"): share for what, share in shares.items()}
        if HALF in decided:  # there are probabilities
            found[None, TUNED, f"threshold_by_{name}"] = threshold
        if name == "f1":
            for kind in KINDS:
                is_kind = kinds[rows] == kind
                if is_kind.any():
                    hits = _shares_of(is_kind, is_alert & is_kind, weights)
                    found[None, TUNED, f"recall_{kind}"] = hits["recall"]
    return found


def _corrected(threshold: float, trained: Any, prior: Any) -> float:
    """Return the threshold of corrected probabilities that decides like one of probabilities as trained."""
    if trained == prior or not 0 < threshold < 1 or not 0 < trained < 1:
        return threshold
    return float(shift_prior([threshold], trained, prior)[0])


class _Decided(NamedTuple):
    """The rows tested in any fold, whether each was an alert, and the median threshold."""

    rows: Ids
    is_alert: Events
    threshold: float


def _decided_by(
    runs: Runs, estimator: str, approach: str, settings: DecisionSettings
) -> dict[str, _Decided]:
    """Return the decisions of an arm at 0.5, and at the threshold tuned for each metric."""
    parts: dict[str, list[tuple[Ids, Events, float]]] = {}
    for fold in runs.folds:
        scored = scored_fold(runs, estimator, approach, fold, settings)
        if scored is None:
            continue
        trained = runs.results[estimator, approach, fold.number].trained_prior
        prior = runs.rows.prior_of(fold.train)
        for name, threshold, scores in _thresholds_in(scored):
            corrected = _corrected(threshold, trained, prior)
            parts.setdefault(name, []).append((fold.test, scores >= threshold, corrected))
    found = {}
    for name, of_folds in parts.items():
        rows, alerts, thresholds = zip(*of_folds, strict=True)
        found[name] = _Decided(
            np.concatenate(rows), np.concatenate(alerts), float(np.median(thresholds))
        )
    return found


def _thresholds_in(scored: ScoredFold) -> Iterator[tuple[str, float, Floats]]:
    """Yield names of thresholds, the thresholds, and the scores that they are compared with."""
    if AS_TRAINED in scored.probabilities:
        yield HALF, 0.5, scored.probabilities[AS_TRAINED]
    if scored.tuning is None:
        return
    curve, scores = cast("tuple[ThresholdCurve, Floats]", scored.tuning)
    for name, metric in DECISIONS.items():
        if scored.settings.costs is not None or not metric.needs_costs:
            yield name, metric.best_threshold(curve, scored.settings), scores


def _shares_of(is_event: Events, is_alert: Events, weights: Floats | None) -> dict[str, float]:
    """Return recall, and precision if there is an alert."""
    n = counted(is_event, is_alert, weights)
    shares = {"recall": (n.tp, n.tp + n.fn), "precision": (n.tp, n.tp + n.fp)}
    return {name: part / whole for name, (part, whole) in shares.items() if whole > 0}


def calibration_of(runs: Runs) -> dict[Key, Floats]:
    """Return the average bias (calibration in the large) and the calibration slope of each arm, per repeat.

    Of several classes, they are those of the rarest one.
    """
    found: dict[Key, Floats] = {}
    repeats = _repeats(runs)
    for estimator, approach in runs.arms:
        for place, repeat in enumerate(repeats):
            for prior, (rows, p) in _by_prior(runs, estimator, approach, repeat).items():
                events, weights = runs.rows.is_event[rows], runs.rows.weights_of(rows)
                of_event = runs.rows.scores_of_event(p)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", RuntimeWarning)
                    fit = calibration_fit(events, of_event, sample_weight=weights, pos_label=True)
                for name, value in (("in_the_large", fit.in_the_large), ("slope", fit.slope)):
                    key = Key(estimator, approach, prior, None, name)
                    found.setdefault(key, np.full(len(repeats), np.nan))[place] = value
    return found


def _by_prior(
    runs: Runs, estimator: str, approach: str, repeat: int
) -> dict[str, tuple[Ids, Floats]]:
    """Return the test rows of all folds of a repeat and their probabilities, by prior."""
    folds = [
        (fold, runs.results[estimator, approach, fold.number])
        for fold in runs.folds
        if fold.repeat == repeat
    ]
    folds = [(fold, arm) for fold, arm in folds if not arm.status and arm.is_probability]
    if not folds:
        return {}
    rows = np.concatenate([fold.test for fold, _ in folds])
    by_fold = [probabilities_of(arm, runs.rows.prior_of(fold.train)) for fold, arm in folds]
    found = {AS_TRAINED: (rows, np.concatenate([arm.scores for _, arm in folds]))}
    if any(CORRECTED in p for p in by_fold):
        corrected = [p.get(CORRECTED, p[AS_TRAINED]) for p in by_fold]
        found[CORRECTED] = (rows, np.concatenate(corrected))
    return found
