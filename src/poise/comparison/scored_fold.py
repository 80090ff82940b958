"""The scores of an arm in one fold, prepared for every metric: probabilities by prior, and what tunes thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poise.comparison.folds import Fold
from poise.comparison.run import Runs
from poise.comparison.scores import Events
from poise.comparison.store import ArmFold
from poise.core.plan.recipes import Ids
from poise.decisions import CostMatrix, shift_prior
from poise.decisions._curves import ThresholdCurve, threshold_curve
from poise.study.event_table import Floats

AS_TRAINED, CORRECTED = "as trained", "corrected"


@dataclass(frozen=True)
class DecisionSettings:
    """How decisions are scored.

    Attributes
    ----------
    precision : float
        The lowest precision allowed by "recall at precision".
    costs : CostMatrix or None
        Costs for (other rows, event), the same for every row.
    is_ordered : bool
        Whether the folds go forward in time, so that thresholds are tuned on earlier folds only.
    """

    precision: float = 0.5
    costs: CostMatrix | None = None
    is_ordered: bool = False


@dataclass(frozen=True, eq=False)
class ScoredFold:
    """What metrics are computed from.

    Attributes
    ----------
    is_event : ndarray of bool
        For the rows of the test part.
    scores : ndarray
        Probabilities of the event, or decision values.
    probabilities : dict of str to ndarray
        By prior: "as trained", and "corrected" if resampling changed the share of events. Empty if the
        estimator has no probabilities.
    tuning : (ThresholdCurve, ndarray) or None
        The threshold curve of the other folds, and `scores` on its scale; None if the other folds hold
        one class only.
    seconds : float
        Time for resampling and fitting.
    settings : DecisionSettings
    weights : ndarray or None
        The weight of each row of the test part.
    """

    is_event: Events
    scores: Floats
    probabilities: dict[str, Floats]
    tuning: tuple[ThresholdCurve, Floats] | None
    seconds: float
    settings: DecisionSettings
    weights: Floats | None = None


def scored_fold(
    runs: Runs, estimator: str, approach: str, fold: Fold, settings: DecisionSettings
) -> ScoredFold | None:
    """Return the scores of an arm in one fold; None if it failed."""
    arm = runs.results[estimator, approach, fold.number]
    if arm.status:
        return None
    prior = runs.rows.share_of_events(fold.train)
    probabilities = probabilities_of(arm, prior)
    rows, scores = other_folds(runs, estimator, approach, fold, is_ordered=settings.is_ordered)
    known = runs.rows
    tuning = _tuning(known.is_event[rows], scores, known.weights_of(rows), arm.scores, settings)
    is_event, weights = known.is_event[fold.test], known.weights_of(fold.test)
    return ScoredFold(is_event, arm.scores, probabilities, tuning, arm.seconds, settings, weights)


def probabilities_of(arm: ArmFold, prior: float) -> dict[str, Floats]:
    """Return probabilities as trained, and corrected to the share of events before resampling."""
    if not arm.is_probability:
        return {}
    found = {AS_TRAINED: arm.scores}
    if arm.trained_prior != prior:
        is_possible = 0 < arm.trained_prior < 1
        found[CORRECTED] = (
            shift_prior(arm.scores, arm.trained_prior, prior) if is_possible else arm.scores
        )
    return found


def other_folds(
    runs: Runs, estimator: str, approach: str, fold: Fold, *, is_ordered: bool
) -> tuple[Ids, Floats]:
    """Return the rows of the other folds of the repeat and their scores, without rows that are tested in this fold.

    If the folds go forward in time, only those of earlier folds.
    """
    rows, scores = [np.empty(0, dtype=np.intp)], [np.empty(0)]
    for other in runs.folds:
        arm = runs.results[estimator, approach, other.number]
        is_later = is_ordered and other.number > fold.number
        if other.repeat != fold.repeat or other.number == fold.number or is_later or arm.status:
            continue
        is_outside = ~np.isin(other.test, fold.test)
        rows.append(other.test[is_outside])
        scores.append(arm.scores[is_outside])
    return np.concatenate(rows), np.concatenate(scores)


def _tuning(
    is_event: Events,
    scores: Floats,
    weights: Floats | None,
    own: Floats,
    settings: DecisionSettings,
) -> tuple[ThresholdCurve, Floats] | None:
    """Return the threshold curve of other folds, and the scores of a fold on its scale."""
    if not is_event.any() or is_event.all():
        return None
    scores, own = to_unit_interval(scores, own)
    curve = threshold_curve(
        is_event, scores, costs=settings.costs, sample_weight=weights, pos_label=True
    )
    return curve, own


def to_unit_interval(scores: Floats, own: Floats) -> tuple[Floats, Floats]:
    """Return decision values moved into 0 to 1, in their order; probabilities unchanged."""
    low, high = min(scores.min(), own.min()), max(scores.max(), own.max())
    if low >= 0 and high <= 1:
        return scores, own
    span = high - low or 1.0
    return (scores - low) / span, (own - low) / span
