"""The advice: what the differences mean, in plain sentences."""

from __future__ import annotations

import numpy as np

from poise.comparison.approaches import AS_IS
from poise.comparison.metrics import HALF, METRICS, TUNED, Key
from poise.comparison.scored_fold import AS_TRAINED, CORRECTED
from poise.comparison.verdicts import Difference, Verdicts
from poise.study.statistics import BETTER, EQUAL, UNDECIDED, WORSE


def advice_of(result: Verdicts) -> list[str]:
    """Return sentences, the most important first."""
    sentences = [_headline(result)]
    for estimator in result.estimators:
        sentences += _on_threshold(result, estimator)
    sentences += _on_probabilities(result)
    sentences += _on_estimators(result)
    sentences += _on_failures(result)
    return sentences + list(result.facts.get("warnings", []))


def fair(result: Verdicts) -> list[Difference]:
    """Return the differences that the headline looks at: rankings, and decisions tuned against tuned."""
    return [
        d
        for d in result.differences
        if METRICS[d.key.metric].feeds_headline and result.is_fair(d.key)
    ]


def _headline(result: Verdicts) -> str:
    found = [d for d in fair(result) if d.key.approach != AS_IS]
    gains = [d for d in found if d.verdict == BETTER]
    ahead = [d for d in gains if _is_ahead_of_all(result, d)]
    if ahead:
        return _on_gains(result, ahead, _n_arms(found))
    if gains:
        return _on_gains_behind(result, gains)
    if not found:
        known = _baselines(result, Key("", AS_IS, None, None, "roc_auc"))
        return f"Nothing can be compared: {'only' if known else 'not even'} the unchanged rows have scores."
    if sum(d.verdict == UNDECIDED for d in found) > len(found) / 2:
        return _on_undecided(found)
    return f"Leave the rows as they are and tune the threshold: {_on_no_gain(found)}."


def _is_ahead_of_all(result: Verdicts, d: Difference) -> bool:
    """Tell whether an arm is also better than every other estimator on the unchanged rows."""
    sign = METRICS[d.key.metric].sign
    others = _baselines(result, d.key).values()
    return all(sign * d.value > sign * other for other in others)


def _baselines(result: Verdicts, key: Key) -> dict[str, float]:
    """Return the value of the unchanged rows for each estimator that has one."""
    values = {
        estimator: result.mean(result.baseline_of(key._replace(estimator=estimator)))
        for estimator in result.estimators
    }
    return {estimator: value for estimator, value in values.items() if np.isfinite(value)}


def _best(result: Verdicts, gains: list[Difference]) -> Difference:
    """Return the largest gain, in units of what matters in its metric."""
    return max(gains, key=lambda d: d.estimate.mean / result.width_of(METRICS[d.key.metric]))


def _on_gains(result: Verdicts, gains: list[Difference], n_arms: int) -> str:
    best = _best(result, gains)
    n_better = _n_arms(gains)
    more = (
        f" {n_better} of {n_arms} setups are better in at least one metric." if n_better > 1 else ""
    )
    return (
        f"Use {best.key.approach} with {best.key.estimator}: {METRICS[best.key.metric].title} goes from "
        f"{best.baseline:.3f} to {best.value:.3f} ({_interval(best)}), compared with the unchanged rows "
        f"and their threshold tuned.{more}"
    )


def _on_gains_behind(result: Verdicts, gains: list[Difference]) -> str:
    """Return the advice when approaches help only estimators that another one beats anyway."""
    best = _best(result, gains)
    metric = METRICS[best.key.metric]
    baselines = _baselines(result, best.key)
    leader = max(baselines, key=lambda name: metric.sign * baselines[name])
    helped = ", ".join(dict.fromkeys(d.key.estimator for d in gains))
    return (
        f"Leave the rows as they are, use {leader} and tune its threshold. Approaches help {helped} "
        f"({best.key.approach} takes {metric.title} of {best.key.estimator} from {best.baseline:.3f} to "
        f"{best.value:.3f}), but {leader} is better on the unchanged rows ({baselines[leader]:.3f})."
    )


def _on_undecided(found: list[Difference]) -> str:
    in_pr_auc = [d for d in found if d.key.metric == "average_precision"]
    half = np.median([(d.estimate.high - d.estimate.low) / 2 for d in in_pr_auc or found])
    where = "PR AUC" if in_pr_auc else "the metrics"
    if np.isinf(half):
        return "Leave the rows as they are and tune the threshold. One fold alone cannot show that another approach is better."
    return (
        "Leave the rows as they are and tune the threshold. No approach is shown to be better, but "
        f"differences of up to about {half:.3f} in {where} cannot be excluded with these data; more rows "
        "of the event would narrow this."
    )


def _on_no_gain(found: list[Difference]) -> str:
    n = _n_arms(found)
    verdicts = {d.verdict for d in found}
    others = "the only other setup is" if n == 1 else f"the {n} other setups are"
    if verdicts == {EQUAL}:
        return f"{others} practically equal to it"
    if WORSE not in verdicts:
        return f"{others} practically equal to it, or undecided"
    return f"{others} not better" if n == 1 else f"none of the {n} other setups is better"


def _n_arms(found: list[Difference]) -> int:
    return len({(d.key.estimator, d.key.approach) for d in found})


def _interval(d: Difference) -> str:
    return f"gain {d.estimate.mean:+.3f}, 95 % interval {d.estimate.low:+.3f} to {d.estimate.high:+.3f}"


def _on_threshold(result: Verdicts, estimator: str) -> list[str]:
    """Return what tuning the threshold alone gives, beside the best approach at 0.5."""
    half = result.mean(Key(estimator, AS_IS, AS_TRAINED, HALF, "f1"))
    tuned = result.mean(Key(estimator, AS_IS, None, TUNED, "f1"))
    if not np.isfinite(half + tuned):
        return []
    at_half = {
        name: result.mean(Key(estimator, name, AS_TRAINED, HALF, "f1"))
        for name in result.approaches
        if name != AS_IS
    }
    at_half = {name: value for name, value in at_half.items() if np.isfinite(value)}
    text = (
        f"{estimator}: F1 on the unchanged rows is {half:.3f} at a threshold of 0.5 and {tuned:.3f} at a "
        "tuned one"
    )
    if at_half:
        best = max(at_half, key=lambda name: at_half[name])
        text += f"; the best approach at 0.5, {best}, has {at_half[best]:.3f}"
    return [text + "."]


def _on_probabilities(result: Verdicts) -> list[str]:
    """Return how many arms make probabilities worse, before and after the correction of the prior."""
    n_worse, n_raw = _n_worse_in_log_loss(result, AS_TRAINED)
    n_left, n_corrected = _n_worse_in_log_loss(result, CORRECTED)
    if not n_worse:
        return []
    return [
        (
            f"Probabilities: {n_worse} of {n_raw} setups make them worse (log loss). After correcting them "
            f"for the true share of events, {n_left} of {n_corrected} still are. If you resample, use "
            "poise.decisions.ResampledClassifier."
        )
    ]


def _n_worse_in_log_loss(result: Verdicts, prior: str) -> tuple[int, int]:
    """Return how many arms are worse than the unchanged rows, and how many are compared."""
    verdicts = [
        d.verdict
        for d in result.differences
        if d.key.metric == "log_loss" and d.key.prior == prior and d.key.approach != AS_IS
    ]
    return verdicts.count(WORSE), len(verdicts)


def _on_estimators(result: Verdicts) -> list[str]:
    """Return how much the estimator matters, if it does."""
    values = _baselines(result, Key("", AS_IS, None, None, "average_precision"))
    if len(values) < 2:
        return []
    best, worst = (pick(values, key=lambda name: values[name]) for pick in (max, min))
    if values[best] - values[worst] < METRICS["average_precision"].width:
        return []
    return [
        (
            f"The choice of estimator changes PR AUC from {values[worst]:.3f} ({worst}) to "
            f"{values[best]:.3f} ({best}), on the unchanged rows."
        )
    ]


def _on_failures(result: Verdicts) -> list[str]:
    """Return which arms failed, and how many folds were not run."""
    failed = [
        f"{approach} with {estimator}"
        for (estimator, approach), notes in result.status.items()
        if any(note.startswith("failed") for note in notes)
    ]
    sentences = []
    if failed:
        shown = ", ".join(failed[:3]) + (f" and {len(failed) - 3} more" if len(failed) > 3 else "")
        sentences.append(f"Failed in some folds: {shown}; see the status.")
    n_folds, n_planned = result.facts["n_folds"], result.facts["n_planned"]
    if n_folds < n_planned:
        sentences.append(
            f"Only {n_folds} of {n_planned} folds were run, so intervals are wider than they would be."
        )
    return sentences
