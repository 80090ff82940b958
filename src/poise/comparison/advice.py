"""The advice: what the differences mean, in plain sentences."""

from __future__ import annotations

import numpy as np

from poise.comparison.approaches import AS_IS
from poise.comparison.metrics import TUNED, Key
from poise.comparison.scored_fold import AS_TRAINED, CORRECTED
from poise.comparison.verdicts import Difference, Verdicts, is_settled
from poise.study.effect_prior import mixture_after
from poise.study.statistics import BETTER, EQUAL, NO_GAIN, OPEN, WORSE, flat_verdict

_LIKELY = 0.5  # the least probability of a gain worth having with which an approach is advised
_PROBABLY = 0.8
_LONGEST = 400  # characters of a message
_MOST_NAMED = 6  # classes in a sentence
_FOR_COST = "for the lowest expected cost"
_MOST_TIMES = 256  # as many events; what they do not settle is not worth settling


def advice_of(result: Verdicts) -> list[str]:
    """Return sentences, the most important first."""
    sentences = _headline(result)
    no_model = _on_no_model(result)
    sentences[:1] = no_model or [*sentences[:1], *_on_found(result)]
    for estimator in result.estimators:
        sentences += _on_threshold(result, estimator)
    sentences += _on_probabilities(result)
    sentences += _on_estimators(result)
    sentences += _on_failures(result)
    return sentences + list(result.facts.get("warnings", []))


def in_primary(result: Verdicts) -> list[Difference]:
    """Return the differences that the headline looks at: the primary metric, like compared with like."""
    return [
        d
        for d in result.differences
        if d.key.metric == result.primary.name and result.is_fair(d.key) and d.key.approach != AS_IS
    ]


# The headline


def _headline(result: Verdicts) -> list[str]:
    found, bases = in_primary(result), _baselines(result)
    if not found:
        what = "only" if bases else "not even"
        return [f"Nothing can be compared: {what} the unchanged rows have scores."]
    best = _best_gain(result, found, bases)
    if best is not None:
        return [*_on_gain(result, best), *_on_rest(result, found)]
    return [
        *_on_staying(result, found, bases),
        *_on_help_elsewhere(result, found, bases),
        *_on_rest(result, found),
    ]


def _best_gain(
    result: Verdicts, found: list[Difference], bases: dict[str, float]
) -> Difference | None:
    """Return the gain that is advised; None where the unchanged rows are as good."""
    at_least = result.primary.sign * bases[_leader(result, bases)] if bases else -np.inf
    ahead = [d for d in found if _is_advised(result, d) and _expected(result, d) > at_least]
    return max(ahead, key=lambda d: _expected(result, d), default=None)


def recommended_arm(result: Verdicts) -> tuple[str, str] | None:
    """Return the estimator and the approach that the headline advises; None if nothing has scores."""
    bases = _baselines(result)
    best = _best_gain(result, in_primary(result), bases)
    if best is not None:
        return best.key.estimator, best.key.approach
    return (_leader(result, bases), AS_IS) if bases else None


def _on_no_model(result: Verdicts) -> list[str]:
    """Return that no setup pays, where the same decision for every row costs less than each of them."""
    trivial, bases = result.facts.get("trivial_cost"), _baselines(result)
    if result.primary.name != "cost" or trivial is None or not bases:
        return []
    costs = [*bases.values(), *(-_expected(result, d) for d in in_primary(result))]
    if min(costs) < trivial:
        return []
    return [
        (
            f"At these costs no setup pays: the same decision for every row costs {trivial:.4g} per row, and the best setup "
            f"{min(costs):.4g}. Look at the costs, or collect columns that tell more about the {'classes' if result.classes else 'event'}."
        )
    ]


def _on_unknown(result: Verdicts, found: list[Difference]) -> list[str]:
    """Return which setups the reference study does not have, where that leaves a gain open."""
    if result.is_flat:
        return []
    unknown = [
        f"{d.key.approach} with {d.key.estimator}"
        for d in found
        if d.verdict == OPEN and d.estimate.mean > 0 and not result.prior_of(d.key)[1]
    ]
    if not unknown:
        return []
    which = ", ".join(unknown[:3]) + (f" and {len(unknown) - 3} more" if len(unknown) > 3 else "")
    return [
        (
            f"The reference study knows no gains in {result.primary.title} of {which}, so they are taken to be as rare as others. "
            'effect_prior="flat" judges them by these data alone.'
        )
    ]


def _on_rest(result: Verdicts, found: list[Difference]) -> list[str]:
    """Return what stands below the headline, whatever it says."""
    return [
        *_on_costs(result),
        *_on_precision(result),
        *_on_open(result, found),
        *_on_unknown(result, found),
        *_on_these_data(result, found),
    ]


def _on_precision(result: Verdicts) -> list[str]:
    """Return the precision that was reached where the headline is about recall at a precision."""
    if result.primary.name != "recall_at_precision":
        return []
    asked = result.facts["precision"]
    reached = {
        estimator: result.mean(
            Key(estimator, AS_IS, None, TUNED, "precision_by_recall_at_precision")
        )
        for estimator in result.estimators
    }
    known = [f"{value:.2f} ({name})" for name, value in reached.items() if np.isfinite(value)]
    if not known:
        return []
    return [
        f"On the unchanged rows, a precision of {asked:g} was asked for, and {', '.join(known)} reached."
    ]


def _on_these_data(result: Verdicts, found: list[Difference]) -> list[str]:
    """Return how many comparisons these data alone would leave open."""
    if result.is_flat:
        return []
    margin = result.margin_of(result.primary)
    alone = [flat_verdict(result.measured(d.key), d.adjusted_p, margin) for d in found]
    n_more = alone.count(OPEN) - [d.verdict for d in found].count(OPEN)
    if n_more <= 0:
        return []
    if len(found) == 1:
        return [
            "These data alone would leave this comparison open; what is known of such gains on other tables settles it."
        ]
    return [
        (
            f"These data alone would leave {alone.count(OPEN)} of {len(found)} comparisons open; what is known of such gains "
            f"on other tables settles {n_more} of them."
        )
    ]


def _expected(result: Verdicts, d: Difference) -> float:
    """Return the expected value of an arm; higher is better."""
    return result.primary.sign * d.baseline + d.posterior.mean


def _is_advised(result: Verdicts, d: Difference) -> bool:
    """Tell whether an approach is worth using: without a prior only if it is shown to be better.

    What other tables show is not enough where the gain in these data is a loss.
    """
    if result.is_flat:
        return d.verdict == BETTER
    return min(d.posterior.mean, d.estimate.mean) > 0 and d.posterior.gain >= _LIKELY


def _baselines(result: Verdicts) -> dict[str, float]:
    """Return the primary metric on the unchanged rows for each estimator that has it."""
    metric = result.primary
    values = {
        estimator: result.mean(Key(estimator, AS_IS, *metric.baseline, metric.name))
        for estimator in result.estimators
    }
    return {estimator: value for estimator, value in values.items() if np.isfinite(value)}


def _leader(result: Verdicts, bases: dict[str, float]) -> str:
    """Return the estimator that is best on the unchanged rows."""
    return max(bases, key=lambda name: result.primary.sign * bases[name])


def _on_gain(result: Verdicts, d: Difference) -> list[str]:
    sign, found, title = result.primary.sign, d.posterior, result.primary.title
    name, threshold = result.decides_by, ""
    at = result.found(d.key[:2]).threshold
    if result.classes:
        threshold = f" and a threshold for each class (tuned for {result.metrics[name].title})"
        if name == "cost":
            threshold = f", deciding {_FOR_COST}"
    elif 0 < at < 1:
        threshold = f" and a threshold of {at:.2g} (tuned for {result.metrics[name].title})"
    return [
        (
            f"Use {d.key.approach} with {d.key.estimator}{threshold}: that it improves {title} enough to matter (by more "
            f"than {_number(result.margin_of(result.primary))}) has {_a_probability(found.gain)}."
        ),
        (
            f"{title} is expected to go from {d.baseline:.3f} to {d.baseline + sign * found.mean:.3f}, compared with the "
            f"unchanged rows and their threshold tuned; {_intervals(result, d)}."
        ),
    ]


def _on_staying(result: Verdicts, found: list[Difference], bases: dict[str, float]) -> list[str]:
    """Return the advice to leave the rows, with what the best approach could give at most."""
    leader = _leader(result, bases)
    which = f", use {leader}" if len(bases) > 1 else ""
    advice = f"Leave the rows as they are{which} and {_threshold_to_use(result, leader)}"
    own = [d for d in found if d.key.estimator == leader]
    if not own:
        return [f"{advice}. No approach has scores with {leader}."]
    best = max(own, key=lambda d: d.posterior.mean)
    margin, title = result.margin_of(result.primary), result.primary.title
    is_best = (
        f"{best.key.approach}, the best of {len(own)} approaches,"
        if len(own) > 1
        else best.key.approach
    )
    return [
        (
            f"{advice}: that {is_best} improves {title} enough to matter (by more than {_number(margin)}) "
            f"{_how_sure(result, best)}."
        ),
        (
            f"{best.key.approach} with {leader}: {_signed(best.posterior.mean, margin)} in {title} is expected, and at most "
            f"{_signed(best.posterior.high, margin)} (upper end of the 95 % interval){_verdicts_of(own)}."
        ),
    ]


def _how_sure(result: Verdicts, d: Difference) -> str:
    """Return how likely a gain is; without a prior, that it is not significant."""
    if result.is_flat:
        return f"is not shown (p = {d.adjusted_p:.2g} after Holm's correction)"
    return f"has {_a_probability(d.posterior.gain)}"


def _threshold_to_use(result: Verdicts, estimator: str) -> str:
    """Return what to do with the threshold of the unchanged rows: move it only where that is better than 0.5."""
    name = result.decides_by
    at = result.found((estimator, AS_IS)).threshold
    if result.classes:
        return _class_thresholds_to_use(result, estimator)
    if not np.isfinite(at):
        return "tune the threshold"
    if keeps_half(result, estimator):
        return (
            f"keep the threshold of 0.5 (tuning it for {result.metrics[name].title} gains nothing)"
        )
    if not 0 < at < 1:
        what = "every row" if at <= 0 else "no row"
        return f"raise an alarm for {what} (which is best for {result.metrics[name].title})"
    return f"move the threshold to {at:.2g} (tuned for {result.metrics[name].title})"


def _class_thresholds_to_use(result: Verdicts, estimator: str) -> str:
    """Return what to do with the thresholds of several classes on the unchanged rows."""
    if result.decides_by == "cost":
        return f"decide {_FOR_COST}"
    title = result.metrics[result.decides_by].title
    if not np.isfinite(_at_both(result, estimator, AS_IS)).any():
        return "wrap it in sklearn.calibration.CalibratedClassifierCV, because it has no probabilities to decide by"
    if keeps_half(result, estimator):
        return f"decide for the largest probability (tuning thresholds for {title} gains nothing)"
    return f"tune a threshold for each class (for {title})"


def keeps_half(result: Verdicts, estimator: str) -> bool:
    """Tell whether untuned decisions are as good as those at a tuned threshold on the unchanged rows."""
    if result.classes and result.decides_by == "cost":
        return False
    half, tuned = _at_both(result, estimator, AS_IS)
    return result.metrics[result.decides_by].sign * (tuned - half) <= 0


def _at_both(result: Verdicts, estimator: str, approach: str) -> tuple[float, float]:
    """Return the metric that thresholds are tuned for, of untuned decisions and at the tuned threshold."""
    name = result.decides_by
    half = result.mean(Key(estimator, approach, AS_TRAINED, result.untuned, name))
    return half, result.mean(Key(estimator, approach, *result.metrics[name].baseline, name))


def _on_found(result: Verdicts) -> list[str]:
    """Return how many events the advised setup finds, and how many of its alarms are false."""
    arm = recommended_arm(result)
    if arm is None or not in_primary(result):
        return []
    estimator, approach = arm
    if result.classes:
        return _on_found_classes(result, arm)
    found = result.found(arm)
    half = (found.recall_at_half, found.precision_at_half)
    if approach == AS_IS and found.recall_at_half == 0 and keeps_half(result, estimator):
        return ["On held-out rows, it finds none of the events."]
    if approach == AS_IS and np.isfinite(half).all() and keeps_half(result, estimator):
        return [f"On held-out rows, it finds {_in_words(*half, ' of 100 events')}."]
    if not np.isfinite(found.recall + found.precision):
        return []
    which = "the unchanged rows" if approach == AS_IS else approach
    tuned = _in_words(found.recall, found.precision, " of 100 events at its tuned threshold")
    text = f"On held-out rows, {estimator} with {which} finds {tuned}"
    if found.recall_at_half == 0:
        text += "; at 0.5 it finds none"
    elif np.isfinite(half).all():
        text += f"; at 0.5 it finds {_in_words(*half, '')}"
    return [f"{text}."]


def _on_found_classes(result: Verdicts, arm: tuple[str, str]) -> list[str]:
    """Return how many rows of each of several classes the advised setup finds; of many classes those of the rarest."""
    estimator, approach = arm
    labels, rarest = result.classes, ""
    if len(labels) > _MOST_NAMED:
        rarest = f" (the rarest of {len(labels)} classes)"
        labels = [result.facts["event"]]
    found = {label: result.found(arm, label) for label in labels}
    if not np.isfinite([one.recall + one.recall_at_half for one in found.values()]).all():
        return []
    untuned = approach == AS_IS and keeps_half(result, estimator)
    own, other = ("recall_at_half", "recall") if untuned else ("recall", "recall_at_half")
    means = {"recall": _tuned_in_words(result), "recall_at_half": "for the largest probability"}
    which = "the unchanged rows" if approach == AS_IS else approach
    first = _in_row(
        [f"{_of_100(getattr(one, own))} of class {name}{rarest}" for name, one in found.items()]
    )
    second = _in_row([_of_100(getattr(one, other)) for one in found.values()])
    return [
        f"On held-out rows, {estimator} with {which}, deciding {means[own]}, finds of 100 rows each: {first}; {means[other]}: {second}."
    ]


def _tuned_in_words(result: Verdicts) -> str:
    """Return how decisions between several classes are made that are not for the largest probability."""
    return _FOR_COST if result.decides_by == "cost" else "with tuned thresholds"


def _in_row(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _in_words(recall: float, precision: float, of_what: str) -> str:
    return f"{_of_100(recall)}{of_what}, and {_of_100(1 - precision)} of 100 alarms are false"


def _of_100(share: float) -> str:
    return f"{100 * share:.0f}"


def _signed(value: float, margin: float) -> str:
    """Return a gain or a loss with the digits that matter beside the margin."""
    digits = max(3, 1 - int(np.floor(np.log10(margin))))
    text = f"{abs(value):.{digits}f}"
    return "no change" if not float(text) else f"a {'gain' if value > 0 else 'loss'} of {text}"


def _verdicts_of(found: list[Difference]) -> str:
    """Return what is said of all approaches together, if it is one thing."""
    verdicts = {d.verdict for d in found}
    if verdicts == {EQUAL}:
        return "; all are practically equal to the unchanged rows" if len(found) > 1 else ""
    if verdicts <= {EQUAL, WORSE, NO_GAIN}:
        return "; no approach gives a gain worth having" if len(found) > 1 else ""
    return ""


def _on_help_elsewhere(
    result: Verdicts, found: list[Difference], bases: dict[str, float]
) -> list[str]:
    """Return which estimators an approach helps, although another one is better as it is."""
    leader = _leader(result, bases)
    helped = [d for d in found if _is_advised(result, d) and d.key.estimator != leader]
    if not helped:
        return []
    best = max(helped, key=lambda d: d.posterior.mean)
    names = ", ".join(dict.fromkeys(d.key.estimator for d in helped))
    after = best.baseline + result.primary.sign * best.posterior.mean
    return [
        (
            f"Approaches help {names} ({best.key.approach} takes {result.primary.title} of {best.key.estimator} from "
            f"{best.baseline:.3f} to {after:.3f}), but {leader} is better on the unchanged rows ({bases[leader]:.3f})."
        )
    ]


def _on_costs(result: Verdicts) -> list[str]:
    """Return what a row costs as things are, and by the best decision that is the same for every row."""
    trivial = result.facts.get("trivial_cost")
    bases = _baselines(result)
    if result.primary.name != "cost" or trivial is None or not bases:
        return []
    leader = _leader(result, bases)
    how = f", made {_FOR_COST}," if result.classes else " at its tuned threshold"
    return [
        (
            f"On the unchanged rows, decisions of {leader}{how} cost {bases[leader]:.4g} per row; the "
            f"same decision for every row costs {trivial:.4g}."
        )
    ]


def _on_open(result: Verdicts, found: list[Difference]) -> list[str]:
    """Return about how many more events would settle the comparisons that are open."""
    left = [d for d in found if d.verdict == OPEN]
    if not left:
        return []
    times = [times_to_settle(result, d) for d in left]
    are = "is" if len(left) == 1 else "are"
    n_open = f"{len(left)} of {len(found)} comparisons in {result.primary.title} {are} open"
    if len(found) == 1:
        n_open = f"The comparison in {result.primary.title} is open"
    known = [one for one in times if one is not None]
    if not known:
        return [
            f"{n_open}, and more {'rows' if result.classes else 'events'} of this kind would hardly settle {'them' if len(left) > 1 else 'it'}."
        ]
    which = "them" if len(known) == len(left) else f"{len(known)} of them"
    settles = f"would probably settle {which if len(left) > 1 else 'it'}"
    if result.classes:  # the errors of all classes count
        least, most = (f"{pick(known):.2g}" for pick in (min, max))
        times_as_large = least if least == most else f"{least} to {most}"
        return [f"{n_open}; a table {times_as_large} times as large {settles}."]
    n_events = result.facts["n_events"]
    low, high = (_rounded((pick(known) - 1) * n_events) for pick in (min, max))
    more = f"about {low:,} to {high:,}" if high >= 2 * low else f"about {high:,}"
    return [f"{n_open}; {more} more events ({n_events:,} now) {settles}."]


def times_to_settle(result: Verdicts, d: Difference) -> float | None:
    """Return how many times as many events would probably settle an open comparison; None if 256 times would not.

    The variance is in inverse proportion to the events. Without a prior, the gain is taken to be the measured one; with
    one, gains are drawn from the posterior, and four of five must be settled.
    """
    gain = result.measured(d.key)
    if not np.isfinite(gain.error):
        return None
    times = 1.25
    while times <= _MOST_TIMES:
        if result.is_flat:
            later = gain._replace(error=gain.error / np.sqrt(times))
            factor = d.adjusted_p / max(d.estimate.p_value, 1e-300)  # Holm's
            p_value = min(later.estimate().p_value * factor, 1.0)
            is_settled = flat_verdict(later, p_value, result.margin_of(result.primary)) != OPEN
        else:
            is_settled = _share_settled(result, d, times) >= _PROBABLY
        if is_settled:
            return times
        times *= 1.25
    return None


def _share_settled(result: Verdicts, d: Difference, times: float) -> float:
    """Return the share of 200 draws from the posterior that `times` as many events settle."""
    metric, (prior, _) = result.metrics[d.key.metric], result.prior_of(d.key)
    unit, gain = result.unit_of(metric), result.measured(d.key)
    rng = np.random.RandomState(0)
    now = mixture_after(gain.mean / unit, gain.normal_error / unit, prior)
    part = rng.choice(len(now.weight), 200, p=now.weight)
    true = now.means[part] + now.deviations[part] * rng.standard_normal(200)
    error = gain.normal_error / unit / np.sqrt(times)
    later = true + error * rng.standard_normal(200)
    found = mixture_after(later, error, prior)
    return float(is_settled(*found.beyond(result.margin_of(metric) / unit)).mean())


def _rounded(number: float) -> int:
    """Return a number with one or two significant digits."""
    digits = 10 ** max(int(np.floor(np.log10(max(number, 1)))) - 1, 0)
    return int(np.ceil(number / digits) * digits)


def _a_probability(probability: float) -> str:
    if probability < 0.005:
        return "a probability below 1 %"
    if probability > 0.995:
        return "a probability above 99 %"
    return f"a probability of {100 * probability:.0f} %"


def _number(value: float) -> str:
    return f"{value:.3g}"


def _intervals(result: Verdicts, d: Difference) -> str:
    own = f"95 % interval of the gain {d.estimate.low:+.3f} to {d.estimate.high:+.3f}"
    if result.is_flat:
        return own
    return (
        f"95 % interval of the gain {d.posterior.low:+.3f} to {d.posterior.high:+.3f}, from these data alone "
        f"{d.estimate.low:+.3f} to {d.estimate.high:+.3f}"
    )


# What stands below it


def _on_threshold(result: Verdicts, estimator: str) -> list[str]:
    """Return what tuning the threshold alone gives, beside the best approach at 0.5."""
    half, tuned = _at_both(result, estimator, AS_IS)
    if not np.isfinite(half + tuned):
        return []
    metric = result.metrics[result.decides_by]
    at_half = {
        name: _at_both(result, estimator, name)[0] for name in result.approaches if name != AS_IS
    }
    at_half = {name: value for name, value in at_half.items() if np.isfinite(value)}
    means = ("at a threshold of 0.5", "at a tuned one", "at 0.5")
    if result.classes:
        means = (
            "for the largest probability",
            _tuned_in_words(result),
            "for the largest probability",
        )
    text = f"{estimator}: {metric.title} on the unchanged rows is {half:.3f} {means[0]} and {tuned:.3f} {means[1]}"
    if at_half:
        best = max(at_half, key=lambda name: metric.sign * at_half[name])
        text += f"; the best approach {means[2]}, {best}, has {at_half[best]:.3f}"
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
            f"for the true {'shares of the classes' if result.classes else 'share of events'}, {n_left} of {n_corrected} still are. If you resample, use "
            "the setups of unfitted(), or poise.decisions.ResampledClassifier."
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
    values, sign = _baselines(result), result.primary.sign
    if len(values) < 2:
        return []
    best, worst = (pick(values, key=lambda name: sign * values[name]) for pick in (max, min))
    if abs(values[best] - values[worst]) < result.margin_of(result.primary):
        return []
    return [
        (
            f"The choice of estimator changes {result.primary.title} from {values[worst]:.3f} ({worst}) to "
            f"{values[best]:.3f} ({best}), on the unchanged rows."
        )
    ]


def _on_failures(result: Verdicts) -> list[str]:
    """Return which arms failed, and how many folds were not run."""
    failed = [
        f"{approach} with {estimator} {note}"
        for (estimator, approach), notes in result.status.items()
        for note in notes
        if note.startswith("failed")
    ]
    sentences = []
    if failed:
        more = f" {len(failed) - 1} more failed; see the status." if len(failed) > 1 else ""
        sentences.append(f"{failed[0][:_LONGEST].rstrip('.')}.{more}")
    n_folds, n_planned = result.facts["n_folds"], result.facts["n_planned"]
    if n_folds < n_planned:
        sentences.append(
            f"Only {n_folds} of {n_planned} folds were run, so intervals are wider than they would be."
        )
    return sentences
