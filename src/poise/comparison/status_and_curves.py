"""What a comparison shows beside its values: status of the arms, and points to draw."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from poise.comparison.approaches import Approach
from poise.comparison.metrics import of_decisions
from poise.comparison.run import Runs
from poise.core.errors import PoiseError
from poise.core.models import prepared_sampler
from poise.core.resampler import Resampler
from poise.core.rows import Floats, Rows
from poise.decisions import reliability_curve
from poise.plot import BeforeAfter, before_after_data

_CURVE_POINTS = 60
_SCATTER_POINTS = 2000


def status_of(runs: Runs) -> dict[tuple[str, str], list[str]]:
    """Return what went wrong, or was warned of, by arm."""
    found: dict[tuple[str, str], list[str]] = {}
    for learner in runs.learners:
        for approach in runs.approaches:
            arms = [runs.results[learner, approach, fold.number] for fold in runs.folds]
            failed = [arm.status for arm in arms if arm.status]
            notes = []
            if failed:
                is_meant = failed[0].startswith("not applicable")
                told = (
                    failed[0]
                    if is_meant
                    else f"failed in {len(failed)} of {len(arms)} folds: {failed[0]}"
                )
                notes.append(told)
            if any(not arm.status and not arm.is_probability for arm in arms):
                notes.append("no probabilities: decisions and rankings alone")
            told_once = dict.fromkeys(note for arm in arms for note in arm.notes)
            notes += [f"warned: {note}"[:300] for note in told_once]
            found[learner, approach] = notes
    return found


def before_and_after(rows: Rows, arms: list[Approach], seed: int) -> dict[str, Any] | None:
    """Return the table before and after the first approach that makes rows, as points of a plane."""
    for approach in sorted(arms, key=lambda arm: -arm.share):
        if not isinstance(approach.sampler, Resampler) or rows.numbers.shape[1] < 2:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                sampler = prepared_sampler(approach.sampler, rows, as_given=False, seed=seed)
                X_new, _ = sampler.fit_resample(rows.numbers, rows.labels)
                picture = before_after_data(rows.numbers, rows.labels, X_new, sampler.plan_)
        except PoiseError:
            continue  # the status of its arms says why
        if (picture.fate == "new").any() and not sampler.plan_.only_originals:
            return _few_points(picture) | {"approach": approach.name}
    return None


def _few_points(picture: BeforeAfter) -> dict[str, Any]:
    few = np.unique(np.linspace(0, len(picture.label) - 1, _SCATTER_POINTS).astype(int))
    return {
        "points": picture.points[few].round(3).tolist(),
        "label": picture.label[few].tolist(),
        "fate": picture.fate[few].tolist(),
        "classes": list(picture.classes),
        "counts": [[fate, code, n] for (fate, code), n in picture.counts.items()],
        "axes": list(picture.axes),
    }


def curves_of(runs: Runs) -> dict[str, Any]:
    """Return points of precision-recall, reliability and threshold curves, from the first repeat's folds."""
    found: dict[str, Any] = {"pr": [], "reliability": [], "threshold": []}
    for learner in runs.learners:
        for approach in runs.approaches:
            arms = [
                (fold, runs.results[learner, approach, fold.number])
                for fold in runs.folds
                if fold.repeat == 0
            ]
            arms = [(fold, arm) for fold, arm in arms if not arm.status]
            if not arms:
                continue
            events = np.concatenate([runs.rows.is_event[fold.test] for fold, _ in arms])
            scores = np.concatenate([arm.scores for _, arm in arms])
            precision, recall, _ = precision_recall_curve(events, scores)
            # Even in recall, which falls: even in thresholds would leave the best alerts out.
            few = np.searchsorted(-recall, -np.linspace(1, 0, _CURVE_POINTS)).clip(
                0, len(recall) - 1
            )
            found["pr"].append(
                [learner, approach, recall[few].round(4).tolist(), precision[few].round(4).tolist()]
            )
            if all(arm.is_probability for _, arm in arms):
                curve = reliability_curve(events, scores, pos_label=True)
                columns = {name: part.round(5).tolist() for name, part in curve.to_dict().items()}
                found["reliability"].append([learner, approach, columns])
                found["threshold"].append([learner, approach, *_f1_by_threshold(events, scores)])
    return found


def _f1_by_threshold(events: NDArray[np.bool_], p: Floats) -> tuple[list[float], list[float]]:
    """Return F1 at even thresholds."""
    thresholds = np.linspace(0, 1, _CURVE_POINTS + 1)
    f1 = [round(of_decisions("f1", events, p >= threshold), 4) for threshold in thresholds]
    return thresholds.round(4).tolist(), f1
