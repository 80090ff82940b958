"""The advice: what the differences say, in sentences that a manager can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from poise.comparison.approaches import AS_IS
from poise.comparison.metrics import (
    AS_TRAINED,
    CORRECTED,
    DECISION,
    HALF,
    METRICS,
    NO_PRIOR,
    NO_THRESHOLD,
    PROBABILITY,
    RANKING,
    TUNED,
    Key,
)
from poise.core.statistics import BETTER, EQUAL, UNDECIDED, WORSE

if TYPE_CHECKING:
    from poise.comparison.result import Comparison, Difference


def advice_of(result: Comparison) -> list[str]:
    """Return sentences, the most important first."""
    sentences = [_headline(result)]
    for learner in result.learners:
        sentences += _on_threshold(result, learner)
    sentences += _on_probabilities(result)
    sentences += _on_estimators(result)
    sentences += _on_what_is_lacking(result)
    return sentences


def fair(result: Comparison) -> list[Difference]:
    """Return the differences that compare like with like: rankings, and tuned against tuned."""
    return [
        d
        for d in result.differences
        if METRICS[d.key.metric].family == RANKING
        or (METRICS[d.key.metric].family == DECISION and d.key.threshold == TUNED)
    ]


def _headline(result: Comparison) -> str:
    found = [d for d in fair(result) if d.key.approach != AS_IS]
    gains = [d for d in found if d.verdict == BETTER]
    ahead = [d for d in gains if _is_ahead_of_all(result, d)]
    if gains and not ahead:
        return _only_behind(result, gains)
    if gains:
        gains = ahead
        best = max(gains, key=lambda d: d.estimate.mean / result.width_of(METRICS[d.key.metric]))
        metric = METRICS[best.key.metric]
        n_arms = len({(d.key.learner, d.key.approach) for d in gains})
        more = f" {n_arms} of {_n_arms(found)} arms gain somewhere." if n_arms > 1 else ""
        return (
            f"Use {best.key.approach} with {best.key.learner}: {metric.title} goes from "
            f"{best.baseline:.3f} to {best.value:.3f} ({_interval(best)}), against the table as it is "
            f"with its threshold tuned.{more}"
        )
    if not found:
        return "Nothing can be compared: no approach beside the table as it is gave scores."
    undecided = sum(d.verdict == UNDECIDED for d in found)
    verdicts = {d.verdict for d in found}
    if undecided > len(found) / 2:
        open_ones = [d for d in found if d.key.metric == "average_precision"]
        half = np.median([(d.estimate.high - d.estimate.low) / 2 for d in open_ones or found])
        what = "PR AUC" if open_ones else "the metrics"
        return (
            "Leave the rows as they are and tune the threshold. No approach is shown to be better, but "
            f"these data leave differences of up to about {half:.3f} in {what} open; more rows of the "
            "event would tell."
        )
    n = _n_arms(found)
    arms = "the only other arm" if n == 1 else f"the {n} other arms"
    told = f"none of {arms}" if n > 1 else "the only other arm"
    how = f"{told} is {'not ' if n == 1 else ''}better"
    if verdicts == {EQUAL}:
        how = f"{arms} {'are' if n > 1 else 'is'} practically equal to it"
    elif WORSE not in verdicts:
        how = f"{arms} {'are' if n > 1 else 'is'} practically equal to it, or undecided"
    return f"Leave the rows as they are and tune the threshold: {how}."


def _is_ahead_of_all(result: Comparison, d: Difference) -> bool:
    """Tell whether an arm is also better than every other estimator on the rows as they are."""
    sign = METRICS[d.key.metric].sign
    others = [
        result.mean(result.baseline_of(d.key._replace(learner=learner)))
        for learner in result.learners
    ]
    return all(not np.isfinite(other) or sign * d.value > sign * other for other in others)


def _only_behind(result: Comparison, gains: list[Difference]) -> str:
    """Return the advice where approaches help estimators that others beat anyway."""
    best = max(gains, key=lambda d: d.estimate.mean / result.width_of(METRICS[d.key.metric]))
    metric = METRICS[best.key.metric]
    baselines = {
        learner: result.mean(result.baseline_of(best.key._replace(learner=learner)))
        for learner in result.learners
    }
    leader = max(
        (name for name, value in baselines.items() if np.isfinite(value)),
        key=lambda name: metric.sign * baselines[name],
    )
    helped = ", ".join(dict.fromkeys(d.key.learner for d in gains))
    return (
        f"Leave the rows as they are, use {leader} and tune its threshold. Approaches help {helped} "
        f"({best.key.approach} takes {metric.title} of {best.key.learner} from {best.baseline:.3f} to "
        f"{best.value:.3f}), which stays behind {leader} as it is ({baselines[leader]:.3f})."
    )


def _n_arms(found: list[Difference]) -> int:
    return len({(d.key.learner, d.key.approach) for d in found})


def _interval(d: Difference) -> str:
    return f"gain {d.estimate.mean:+.3f}, 95 % interval {d.estimate.low:+.3f} to {d.estimate.high:+.3f}"


def _on_threshold(result: Comparison, learner: str) -> list[str]:
    half = result.mean(Key(learner, AS_IS, AS_TRAINED, HALF, "f1"))
    tuned = result.mean(Key(learner, AS_IS, NO_PRIOR, TUNED, "f1"))
    if not np.isfinite(half + tuned):
        return []
    at_half = {
        name: result.mean(Key(learner, name, AS_TRAINED, HALF, "f1"))
        for name in result.approaches
        if name != AS_IS
    }
    at_half = {name: value for name, value in at_half.items() if np.isfinite(value)}
    text = f"{learner}: rows as they are, F1 is {half:.3f} at 0.5 and {tuned:.3f} with the threshold tuned"
    if at_half:
        best = max(at_half, key=lambda name: at_half[name])
        text += f"; the best approach at 0.5, {best}, has {at_half[best]:.3f}"
    return [text + "."]


def _on_probabilities(result: Comparison) -> list[str]:
    """Return what resampling did to probabilities, and what correction takes back."""
    found = [
        d
        for d in result.differences
        if METRICS[d.key.metric].family == PROBABILITY and d.key.approach != AS_IS
    ]
    raw = [d for d in found if d.key.prior == AS_TRAINED and d.key.metric == "log_loss"]
    mended = [d for d in found if d.key.prior == CORRECTED and d.key.metric == "log_loss"]
    if not raw:
        return []
    n_worse = sum(d.verdict == WORSE for d in raw)
    n_left = sum(d.verdict == WORSE for d in mended)
    if not n_worse:
        return []
    return [
        (
            f"Probabilities: {n_worse} of {len(raw)} arms make them worse (log loss); with the prior corrected, "
            f"{n_left} of {len(mended)} still are. Use poise.decisions.ResampledClassifier where you resample."
        )
    ]


def _on_estimators(result: Comparison) -> list[str]:
    values = {
        learner: result.mean(Key(learner, AS_IS, NO_PRIOR, NO_THRESHOLD, "average_precision"))
        for learner in result.learners
    }
    values = {learner: value for learner, value in values.items() if np.isfinite(value)}
    if len(values) < 2:
        return []
    best, worst = (pick(values, key=lambda name: values[name]) for pick in (max, min))
    if values[best] - values[worst] < METRICS["average_precision"].width:
        return []
    return [
        (
            f"The choice of estimator moves PR AUC from {values[worst]:.3f} ({worst}) to "
            f"{values[best]:.3f} ({best}), rows as they are."
        )
    ]


def _on_what_is_lacking(result: Comparison) -> list[str]:
    failed = [
        f"{approach} with {learner}"
        for (learner, approach), notes in result.status.items()
        if any(note.startswith("failed") for note in notes)
    ]
    sentences = []
    if failed:
        shown = ", ".join(failed[:3]) + (f" and {len(failed) - 3} more" if len(failed) > 3 else "")
        sentences.append(f"Failed in some folds: {shown}; see the status.")
    if result.facts["n_folds"] < result.facts["n_planned"]:
        sentences.append(
            f"Only {result.facts['n_folds']} of {result.facts['n_planned']} folds were done, so "
            "intervals are wider than they would be."
        )
    return sentences + list(result.facts.get("warnings", []))
