"""The scores of an arm in one fold, prepared for every metric: probabilities by prior, and what tunes thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
    truth : ndarray
        Whether each row of the test part is an event; with several classes, the place of its class.
    scores : ndarray of shape (n_rows,), or (n_rows, n_classes) with several classes
        Probabilities of the event or of the classes, or decision values.
    probabilities : dict of str to ndarray
        By prior: "as trained", and "corrected" if resampling changed the shares of the classes. Empty if the
        estimator has no probabilities.
    tuning : (ThresholdCurve, ndarray), OtherFolds or None
        The threshold curve of the other folds, and `scores` on its scale; with several classes, the rows of the
        other folds. None if the other folds lack a class, or the estimator has no probabilities of several classes.
    seconds : float
        Time for resampling and fitting.
    settings : DecisionSettings
    weights : ndarray or None
        The weight of each row of the test part.
    """

    truth: NDArray[Any]
    scores: Floats
    probabilities: dict[str, Floats]
    tuning: tuple[ThresholdCurve, Floats] | OtherFolds | None
    seconds: float
    settings: DecisionSettings
    weights: Floats | None = None

    @property
    def has_every_class(self) -> bool:
        """Whether the test part has rows of every class."""
        n_classes = 2 if self.scores.ndim == 1 else self.scores.shape[1]
        return len(np.unique(self.truth)) == n_classes


class OtherFolds(NamedTuple):
    """The rows of the other folds of a repeat, which thresholds of several classes are tuned on.

    Attributes
    ----------
    codes : ndarray of shape (n_rows,), intp
    proba : ndarray of shape (n_rows, n_classes)
    weights : ndarray of shape (n_rows,) or None
    """

    codes: NDArray[np.intp]
    proba: Floats
    weights: Floats | None


def scored_fold(
    runs: Runs, estimator: str, approach: str, fold: Fold, settings: DecisionSettings
) -> ScoredFold | None:
    """Return the scores of an arm in one fold; None if it failed."""
    arm = runs.results[estimator, approach, fold.number]
    if arm.status:
        return None
    probabilities = probabilities_of(arm, runs.rows.prior_of(fold.train))
    rows, scores = other_folds(runs, estimator, approach, fold, is_ordered=settings.is_ordered)
    known = runs.rows
    truth, weights = known.truth[rows], known.weights_of(rows)
    tuning: Any
    if not known.several:
        tuning = _tuning(truth, scores, weights, arm.scores, settings)
    else:
        can_tune = arm.is_probability and len(np.unique(truth)) == len(known.several)
        tuning = OtherFolds(truth, scores, weights) if can_tune else None
    truth, weights = known.truth[fold.test], known.weights_of(fold.test)
    return ScoredFold(truth, arm.scores, probabilities, tuning, arm.seconds, settings, weights)


def probabilities_of(arm: ArmFold, prior: float | tuple[float, ...]) -> dict[str, Floats]:
    """Return probabilities as trained, and corrected to the shares of the classes before resampling."""
    if not arm.is_probability:
        return {}
    found = {AS_TRAINED: arm.scores}
    if arm.trained_prior != prior:
        trained = np.array(arm.trained_prior)
        is_possible = bool(((trained > 0) & (trained < 1)).all())
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
    rows = [np.empty(0, dtype=np.intp)]
    scores = [runs.results[estimator, approach, fold.number].scores[:0]]
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
