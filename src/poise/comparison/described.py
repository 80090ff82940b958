"""What is described without a test: calibration, stability, and recall by kind of event."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from poise.comparison.metrics import TUNED, Key
from poise.comparison.run import Runs
from poise.comparison.scored_fold import (
    AS_TRAINED,
    CORRECTED,
    DecisionSettings,
    probabilities_of,
    scored_fold,
)
from poise.comparison.scores import Events
from poise.core.plan.recipes import Ids
from poise.decisions import RecallAtPrecision, TunedThreshold
from poise.metrics import calibration_fit
from poise.study.event_table import Floats
from poise.study.minority_kinds import KINDS

# Each is computed over all rows of a repeat together, because one fold has too few events.
DESCRIBED = (
    "in_the_large",
    "slope",
    "instability",
    "precision_reached",
    *(f"recall_{kind}" for kind in KINDS),
)


def described(runs: Runs, settings: DecisionSettings, kinds: NDArray[np.str_]) -> dict[Key, Floats]:
    """Return instability, the precision that was reached, recall by kind and calibration of each arm.

    Parameters
    ----------
    runs : Runs
    settings : DecisionSettings
    kinds : ndarray of shape (n_rows,)
        The kind of each event; "" for other rows.
    """
    return instability_of(runs) | decisions_of(runs, settings, kinds) | calibration_of(runs)


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
        p = np.full((len(repeats), runs.rows.n_rows), np.nan)
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
    """Return recall by kind of event and the precision that is reached, each at its tuned threshold.

    The recall of safe, borderline, rare and outlying events is at the threshold tuned for F1. The precision is the
    share of events among the alerts of "recall at precision". It is below the precision that was asked for where the
    threshold, chosen on other folds, promised too much.
    """
    found: dict[Key, Floats] = {}
    for estimator, approach in runs.arms:
        rules = (TunedThreshold("f1"), RecallAtPrecision(settings.precision))
        tested, (best, precise) = _alerts_of(runs, estimator, approach, settings, rules)
        shares = {f"recall_{kind}": best[kinds[tested] == kind] for kind in KINDS}
        shares["precision_reached"] = runs.rows.is_event[tested][precise]
        for name, hits in shares.items():
            if len(hits):
                found[Key(estimator, approach, None, TUNED, name)] = np.array([float(hits.mean())])
    return found


def _alerts_of(
    runs: Runs,
    estimator: str,
    approach: str,
    settings: DecisionSettings,
    rules: Sequence[TunedThreshold | RecallAtPrecision],
) -> tuple[Ids, list[Events]]:
    """Return the rows that were tested in any fold, and whether each was an alert by each rule."""
    tested = [np.empty(0, dtype=np.intp)]
    alerts = [[np.empty(0, dtype=bool)] for _ in rules]
    for fold in runs.folds:
        scored = scored_fold(runs, estimator, approach, fold, settings)
        if scored is not None and scored.tuning is not None:
            curve, scores = scored.tuning
            tested.append(fold.test)
            for rule, by_fold in zip(rules, alerts, strict=True):
                by_fold.append(scores >= curve.threshold[rule.value_of(curve).argmax()])
    return np.concatenate(tested), [np.concatenate(by_fold) for by_fold in alerts]


def calibration_of(runs: Runs) -> dict[Key, Floats]:
    """Return the average bias (calibration in the large) and the calibration slope of each arm, per repeat."""
    found: dict[Key, Floats] = {}
    repeats = _repeats(runs)
    for estimator, approach in runs.arms:
        for place, repeat in enumerate(repeats):
            for prior, (events, p) in _by_prior(runs, estimator, approach, repeat).items():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", RuntimeWarning)
                    fit = calibration_fit(events, p, pos_label=True)
                for name, value in (("in_the_large", fit.in_the_large), ("slope", fit.slope)):
                    key = Key(estimator, approach, prior, None, name)
                    found.setdefault(key, np.full(len(repeats), np.nan))[place] = value
    return found


def _by_prior(
    runs: Runs, estimator: str, approach: str, repeat: int
) -> dict[str, tuple[Events, Floats]]:
    """Return events and probabilities of all folds of a repeat, by prior."""
    folds = [
        (fold, runs.results[estimator, approach, fold.number])
        for fold in runs.folds
        if fold.repeat == repeat
    ]
    folds = [(fold, arm) for fold, arm in folds if not arm.status and arm.is_probability]
    if not folds:
        return {}
    is_event = runs.rows.is_event
    events = np.concatenate([is_event[fold.test] for fold, _ in folds])
    by_fold = [probabilities_of(arm, float(is_event[fold.train].mean())) for fold, arm in folds]
    found = {AS_TRAINED: (events, np.concatenate([arm.scores for _, arm in folds]))}
    if any(CORRECTED in p for p in by_fold):
        corrected = [p.get(CORRECTED, p[AS_TRAINED]) for p in by_fold]
        found[CORRECTED] = (events, np.concatenate(corrected))
    return found
