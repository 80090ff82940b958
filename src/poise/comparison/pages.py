"""From a comparison to pages: plain data for the report, for notebooks and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from poise.comparison.advice import advice_of, recommended_arm
from poise.comparison.approaches import AS_IS
from poise.comparison.class_metrics import LARGEST, MOST_CLASSES
from poise.comparison.metrics import HALF, TUNED, Key
from poise.comparison.pictures import (
    Drawing,
    best_at_half,
    by_ratio,
    forest,
    gain,
    is_drawn_by_ratio,
    precision_recall,
    reliability,
    thresholds,
)
from poise.comparison.scored_fold import AS_TRAINED, CORRECTED
from poise.comparison.verdicts import Difference, Verdicts
from poise.core.types import ComparedMetric
from poise.report.before_after import BeforeAfter, draw
from poise.report.figures import svg_of
from poise.report.markdown import escaped, table
from poise.report.page import rendered
from poise.study.minority_kinds import KINDS

_BY_RATIO: tuple[ComparedMetric, ...] = ("average_precision", "f1", "log_loss")
_FORESTS = ("average_precision", "roc_auc", "f1", "log_loss")
_DECIDED = ("better", "worse", "open")  # verdicts that are coloured
_MOST_VERDICTS = 300
_VERDICT_COLUMNS = (
    "metric",
    "estimator",
    "approach",
    "threshold, prior",
    "value",
    "baseline",
    "gain in these data",
    "95 % interval",
    "p",
    "expected gain",
    "95 % interval",
    "P(gain)",
    "P(equal)",
    "P(loss)",
    "verdict",
)

Column = tuple[str, tuple[str | None, str | None, str]]  # title; prior, threshold, metric

_ARM_COLUMNS: tuple[Column, ...] = (
    ("ROC AUC", (None, None, "roc_auc")),
    ("PR AUC", (None, None, "average_precision")),
    ("log loss", (AS_TRAINED, None, "log_loss")),
    ("log loss, corrected", (CORRECTED, None, "log_loss")),
    ("average bias", (AS_TRAINED, None, "in_the_large")),
    ("slope", (AS_TRAINED, None, "slope")),
    ("F1 at 0.5", (AS_TRAINED, HALF, "f1")),
    ("F1 tuned", (None, TUNED, "f1")),
    ("MCC tuned", (None, TUNED, "mcc")),
    ("recall at precision", (None, TUNED, "recall_at_precision")),
    ("precision reached", (None, TUNED, "precision_by_recall_at_precision")),
    *((f"recall, {kind}", (None, TUNED, f"recall_{kind}")) for kind in KINDS),
    ("instability", (AS_TRAINED, None, "instability")),
    ("fit seconds", (None, None, "fit_seconds")),
)
_ARM_COLUMNS_OF_CLASSES: tuple[Column, ...] = (
    ("macro ROC AUC", (None, None, "roc_auc")),
    ("macro PR AUC", (None, None, "average_precision")),
    ("log loss", (AS_TRAINED, None, "log_loss")),
    ("log loss, corrected", (CORRECTED, None, "log_loss")),
    ("macro F1, untuned", (AS_TRAINED, LARGEST, "f1")),
    ("macro F1, tuned", (None, TUNED, "f1")),
    ("MCC, tuned", (None, TUNED, "mcc")),
    ("balanced accuracy, tuned", (None, TUNED, "balanced_accuracy")),
    ("instability", (AS_TRAINED, None, "instability")),
    ("fit seconds", (None, None, "fit_seconds")),
)
_MATRIX_COLUMNS_OF_CLASSES: tuple[Column, ...] = (
    ("macro PR AUC", (None, None, "average_precision")),
    ("macro ROC AUC", (None, None, "roc_auc")),
    ("macro F1, tuned", (None, TUNED, "f1")),
    ("MCC, tuned", (None, TUNED, "mcc")),
    ("macro F1, untuned", (AS_TRAINED, LARGEST, "f1")),
    ("log loss", (AS_TRAINED, None, "log_loss")),
    ("log loss, corrected", (CORRECTED, None, "log_loss")),
)
_MATRIX_COLUMNS: tuple[Column, ...] = (
    ("PR AUC", (None, None, "average_precision")),
    ("ROC AUC", (None, None, "roc_auc")),
    ("F1, tuned", (None, TUNED, "f1")),
    ("MCC, tuned", (None, TUNED, "mcc")),
    ("F1 at 0.5", (AS_TRAINED, HALF, "f1")),
    ("log loss", (AS_TRAINED, None, "log_loss")),
    ("log loss, corrected", (CORRECTED, None, "log_loss")),
)
_CURVES = (
    (
        "pr",
        precision_recall,
        "Precision and recall",
        "Scores of the test rows of the first repeat.",
    ),
    (
        "reliability",
        reliability,
        "Reliability",
        "Probabilities as trained, in ten bins of equal size; the dashed line is perfect.",
    ),
)
_FOUND_COLUMNS = (
    "estimator",
    "approach",
    "found at 0.5",
    "false at 0.5",
    "found, tuned",
    "false, tuned",
    "threshold",
)
_FOUND_COLUMNS_OF_CLASSES = (
    "estimator",
    "approach",
    "class",
    "found, untuned",
    "false, untuned",
    "found, tuned",
    "false, tuned",
    "threshold",
)
# What a reader sees when the pointer rests on the title of a column.
_MEANINGS = {
    "average bias": (
        "Calibration in the large: by how much the log odds are too low (above 0) or too high (below 0), "
        "on average. -1.7 means that the predicted odds are 5 to 6 times too high."
    ),
    "slope": (
        "Calibration slope: 1 is right; below 1 the probabilities are too extreme, above 1 too cautious."
    ),
    "log loss": "Log loss. For models that say 0 or 1, probabilities are clipped to half a row of a fold away from these.",
    "log loss, corrected": "Log loss after correcting the probabilities for the true share of events.",
    "recall at precision": "Share of events found at the lowest threshold with the precision asked for, on other folds.",
    "precision reached": "Share of events among those alerts. Below what was asked for, the recall is too good to be true.",
    "instability": "Mean difference between two refits in the probability of the same row.",
    "recall, safe": "Recall of events with 4 or 5 events among their 5 nearest neighbours.",
    "recall, borderline": "Recall of events with both classes around them, and not safe, rare or outlying.",
    "recall, rare": "Recall of events that, with one other, lie among rows of the other class.",
    "recall, outlier": "Recall of events with no event among their 5 nearest neighbours.",
}


# The report


def page_of(result: Verdicts) -> str:
    """Return the report as one page of HTML."""
    facts = result.facts
    of_what = f"{facts['n_events']:,} events among {facts['n_rows']:,} rows"
    if result.classes:
        of_what = f"{facts['n_rows']:,} rows of {len(result.classes)} classes"
    context = {
        "title": f"{len(result.status)} setups compared on {of_what}",
        "advice": advice_of(result),
        "found_names": _FOUND_COLUMNS_OF_CLASSES if result.classes else _FOUND_COLUMNS,
        "found": _found_rows(result),
        "classes": [
            (label, f"{share:.2%}")
            for label, share in zip(result.classes, facts["class_shares"], strict=True)
        ],
        "tuned_for": result.metrics[result.decides_by].title,
        "decides_by": result.decides_by,
        "first": _first_figures(result),
        "facts": _facts_of_page(facts),
        "columns": [(kind, ", ".join(names)) for kind, names in facts["columns"].items()],
        "settings": [
            (what, name, text)
            for what in ("approaches", "estimators")
            for name, text in facts[what].items()
        ],
        "scatter": _scatter(result),
        "features": [(name, f"{weight:+.3f}") for name, weight in result.pictures["features"]],
        "diagnosis": {"findings": result.pictures.get("diagnosis", []), "picture": None},
        "forests": _forests(result),
        "verdict_names": _VERDICT_COLUMNS,
        "matrix_names": ("estimator", "approach", *(name for name, _ in _matrix_columns(result))),
        "matrix": _matrix_rows(result),
        "verdicts": _verdict_rows(result, _shown(result)),
        "n_verdicts": len(result.differences),
        "arm_names": _arm_names(result),
        "meanings": _MEANINGS,
        "arms": _arm_rows(result),
        "ratios": _ratio_figures(result),
        "curves": _curve_figures(result),
        "gains": _gain_figures(result),
        "run": _run_rows(result),
        "status": [(*arm, "; ".join(notes)) for arm, notes in result.status.items() if notes],
    }
    return rendered("comparison.html", context)


def _facts_of_page(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "n_rows": f"{facts['n_rows']:,}",
        "n_columns": f"{facts['n_columns']:,}",
        "n_categorical": facts["n_categorical"],
        "n_events": f"{facts['n_events']:,}",
        "share": f"{facts['n_events'] / facts['n_rows']:.2%}",
        "event": facts["event"],
        "n_plain_events": facts["n_events"],
        "n_others": facts["n_rows"] - facts["n_events"],
    }


# Figures


def _figure(
    drawing: Drawing, size: tuple[float, float], label: str, caption: str
) -> dict[str, str]:
    return {"svg": svg_of(drawing, size, label), "caption": caption}


def _scatter(result: Verdicts) -> dict[str, str] | None:
    """Return the picture of the table before and after an approach that makes rows."""
    found = result.pictures.get("scatter")
    if found is None:
        return None
    picture = BeforeAfter(
        points=np.array(found["points"]),
        label=np.array(found["label"]),
        fate=np.array(found["fate"]),
        segments=np.empty((0, 2, 2)),
        classes=found["classes"],
        counts={(fate, code): n for fate, code, n in found["counts"]},
        axes=(found["axes"][0], found["axes"][1]),
    )
    approach, n_drawn = found["approach"], len(picture.label)
    total = sum(picture.counts.values())
    few = "" if n_drawn == total else f" {n_drawn:,} of {total:,} rows are drawn."
    label = f"Before and after {approach}"
    return {
        "svg": svg_of(lambda panels: draw(picture, approach, panels), (9, 4.4), label, 2),
        "caption": f"The rows before and after {approach}.{few}",
    }


def _first_figures(result: Verdicts) -> list[dict[str, str]]:
    """Return what one would look at first: gains in the primary metric, and what each threshold gives."""
    primary = result.primary.name
    forests = [_forest(result, primary)] if _forest_labels(result, primary) else []
    arm = recommended_arm(result)
    if arm is None or not any(name == arm[0] for name, *_ in result.pictures["threshold"]):
        return forests
    title = result.metrics[result.pictures["threshold_metric"]].title
    by_threshold = _figure(
        thresholds(result, arm[0]),
        (4.8, 3.8),
        f"{title} by threshold with {arm[0]}",
        f"{title} by threshold, {arm[0]}: where each approach decides best, by probabilities as trained. Resampling moves the best threshold; a tuned one follows it.",
    )
    return [*forests, by_threshold]


def _forests(result: Verdicts) -> list[dict[str, str]]:
    """Return the gains in other metrics than the primary one."""
    names = [name for name in _FORESTS if name != result.primary.name]
    return [_forest(result, metric) for metric in names if _forest_labels(result, metric)]


def _forest_labels(result: Verdicts, metric: str) -> set[tuple[Any, ...]]:
    return {
        d.key[:2]
        for d in result.differences
        if d.key.metric == metric
        and d.key.approach != AS_IS
        and not is_drawn_by_ratio(result, d.key.approach)
    }


def _forest(result: Verdicts, metric: str) -> dict[str, str]:
    title, margin = result.metrics[metric].title, result.margin_of(result.metrics[metric])
    smallest = result.smallest_differences.get(metric)
    detectable = (
        ""
        if smallest is None or not np.isfinite(smallest)
        else f" By these data alone, a difference of {smallest:.3f} would be found four times in five."
    )
    return _figure(
        forest(result, metric),
        (5.6, 1.2 + 0.27 * len(_forest_labels(result, metric))),
        f"Differences in {title}",
        f"{title}: differences of up to {margin:.3g} do not matter.{detectable}",
    )


def _drawn_estimators(result: Verdicts) -> list[str]:
    """Return the estimators with curves of their own: of many the advised one alone, so that a page stays small."""
    arm = recommended_arm(result)
    return result.estimators if len(result.estimators) < 3 or arm is None else [arm[0]]


def _curve_figures(result: Verdicts) -> list[dict[str, str]]:
    return [
        _figure(drawing(result, estimator), (4.8, 3.8), f"{title} with {estimator}", caption)
        for estimator in _drawn_estimators(result)
        for kind, drawing, title, caption in _CURVES
        if any(name == estimator for name, *_ in result.pictures[kind])
    ]


def _ratio_figures(result: Verdicts) -> list[dict[str, str]]:
    if not result.facts.get("shares"):
        return []
    return [
        _figure(
            by_ratio(result, estimator, metric),
            (4.8, 3.4),
            f"{result.metrics[metric].title} by share of the changes, with {estimator}",
            f"{result.metrics[metric].title}, {estimator}.",
        )
        for estimator in result.estimators
        for metric in _by_ratio_of(result)
        if any(point[0] == estimator for point in result.by_ratio(metric))
    ]


def _by_ratio_of(result: Verdicts) -> list[Any]:
    """Return the metrics that are drawn by share, the primary one first; alone where there are many pictures."""
    found = list(dict.fromkeys([result.primary.name, *_BY_RATIO]))
    return found if len(result.estimators) < 3 else found[:1]


def _gain_figures(result: Verdicts) -> list[dict[str, str]]:
    return [
        _figure(
            gain(result, estimator, approach, "f1"),
            (4.6, 3.4),
            f"Gain of {approach} with {estimator}",
            _caption_of_gain(result, estimator, approach),
        )
        for estimator, approach in best_at_half(result, "f1")
        if estimator in _drawn_estimators(result)
    ]


def _caption_of_gain(result: Verdicts, estimator: str, approach: str) -> str:
    """Return which approach is shown, and the value of the unchanged rows beside its own."""
    value, at_base = (
        result.mean(Key(estimator, name, AS_TRAINED, result.untuned, "f1"))
        for name in (approach, AS_IS)
    )
    highest = "macro F1 for the largest probability" if result.classes else "F1 at 0.5"
    return (
        f"Of the approaches with {estimator}, {approach} has the highest {highest} ({value:.3f}); the "
        f"unchanged rows have {at_base:.3f}."
    )


# Tables


def _found_rows(result: Verdicts) -> list[dict[str, Any]]:
    """Return how many of 100 events each setup finds, and how many of 100 alarms are false; the advised one is marked.

    With several classes there is a row for each, of the advised setup and of the unchanged rows.
    """
    advised, rows = recommended_arm(result), []
    labels: list[str | None] = [*result.classes] or [None]
    if len(labels) > MOST_CLASSES:
        labels = [result.facts["event"]]
    arms = [arm for arm in result.status if labels == [None] or arm == advised or arm[1] == AS_IS]
    for arm, label in product(arms, labels):
        found = result.found(arm, label)
        shares = (
            found.recall_at_half,
            1 - found.precision_at_half,
            found.recall,
            1 - found.precision,
        )
        cells = ["" if np.isnan(share) else f"{100 * share:.0f}" for share in shares]
        at = "" if np.isnan(found.threshold) else f"{found.threshold:.3g}"
        if any(note.startswith(("failed", "not applicable")) for note in result.status[arm]):
            cells[0] = cells[0] or "failed"
        of_class = [] if label is None else [label]
        rows.append({"cells": [*arm, *of_class, *cells, at], "is_advised": arm == advised})
    return rows


def _shown(result: Verdicts) -> list[Difference]:
    """Return the comparisons of a page, the primary metric first; of very many, those of like with like."""
    found = sorted(result.differences, key=lambda d: d.key.metric != result.primary.name)
    if len(found) <= _MOST_VERDICTS:
        return found
    fair = [d for d in found if result.is_fair(d.key) and d.key.approach != AS_IS]
    return fair[: _MOST_VERDICTS // 2]


def _verdict_rows(result: Verdicts, found: Sequence[Difference]) -> list[dict[str, Any]]:
    rows = []
    for d in found:
        cells = [
            result.metrics[d.key.metric].title,
            d.key.estimator,
            d.key.approach,
            ", ".join(part for part in (d.key.threshold, d.key.prior) if part),
            f"{d.value:.4f}",
            f"{d.baseline:.4f}",
            f"{d.estimate.mean:+.4f}",
            f"{d.estimate.low:+.4f} to {d.estimate.high:+.4f}",
            "" if np.isnan(d.adjusted_p) else f"{d.adjusted_p:.3f}",
            f"{d.posterior.mean:+.4f}",
            f"{d.posterior.low:+.4f} to {d.posterior.high:+.4f}",
            *(f"{p:.2f}" for p in (d.posterior.gain, d.posterior.equal, d.posterior.loss)),
        ]
        rows.append({"cells": cells, "verdict": d.verdict, "mark": _mark(d)})
    return rows


def _mark(d: Difference | None) -> str:
    """Return the style of a verdict; "" for those that are not coloured."""
    return d.verdict if d is not None and d.verdict in _DECIDED else ""


def _matrix_rows(result: Verdicts) -> list[list[dict[str, str]]]:
    """Return one row per arm, with the gain and the verdict in each of a few metrics."""
    by_key = {d.key: d for d in result.differences}
    rows = []
    for estimator, approach in result.status:
        if approach == AS_IS:
            continue
        found = [
            by_key.get(Key(estimator, approach, *parts)) for _, parts in _matrix_columns(result)
        ]
        texts = ["" if d is None else f"{d.posterior.mean:+.3f} {d.verdict}" for d in found]
        cells = [{"text": name, "mark": ""} for name in (estimator, approach)]
        rows.append(
            cells + [{"text": t, "mark": _mark(d)} for t, d in zip(texts, found, strict=True)]
        )
    return rows


def _arm_columns(result: Verdicts) -> tuple[Column, ...]:
    return _led(result, _ARM_COLUMNS_OF_CLASSES if result.classes else _ARM_COLUMNS)


def _matrix_columns(result: Verdicts) -> tuple[Column, ...]:
    return _led(result, _MATRIX_COLUMNS_OF_CLASSES if result.classes else _MATRIX_COLUMNS)


def _led(result: Verdicts, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return columns with the primary metric first, and the cost after it if there are costs."""
    names = [result.primary.name]
    if result.facts["costs"] is not None and names[0] != "cost":
        names.append("cost")
    known = {parts: title for title, parts in columns}
    first = []
    for name in names:
        metric = result.metrics[name]
        parts = (*metric.baseline, name)
        tuned = f", {TUNED}" if metric.baseline[1] == TUNED else ""
        first.append((known.get(parts, f"{metric.title}{tuned}"), parts))
    return (*first, *(column for column in columns if column not in first))


def _arm_names(result: Verdicts) -> tuple[str, ...]:
    return ("estimator", "approach", *(name for name, _ in _arm_columns(result)))


def _arm_rows(result: Verdicts) -> list[list[str]]:
    rows = []
    for estimator, approach in result.status:
        values = [
            result.mean(Key(estimator, approach, *parts)) for _, parts in _arm_columns(result)
        ]
        rows.append([estimator, approach, *("" if np.isnan(v) else f"{v:.3f}" for v in values)])
    return rows


def _run_rows(result: Verdicts) -> list[tuple[str, str]]:
    facts = result.facts
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    margins = ", ".join(
        f"{result.metrics[name].title} {margin:.3g}" for name, margin in facts["margins"].items()
    )
    return [
        (
            "folds",
            f"{facts['folds']}; {facts['n_folds']} of {facts['n_planned']} run, {facts['seconds']} s",
        ),
        ("random state", str(facts["random_state"])),
        *_costs_in_words(result),
        *(
            [("precision", f"at least {facts['precision']:g}, for recall at precision")]
            if "recall_at_precision" in facts["margins"]
            else []
        ),
        *([("left out", ", ".join(facts["left_out"]))] if facts["left_out"] else []),
        *([("constraints", "; ".join(facts["constraints"]))] if facts["constraints"] else []),
        *(
            [("weights", "of rows, in fits, thresholds and metrics")]
            if facts["has_weights"]
            else []
        ),
        (
            "thresholds",
            (
                "tuned: the best threshold for the pooled scores of the other folds of the repeat, so the "
                "threshold of a fold is chosen without its rows"
            ),
        ),
        ("primary metric", result.primary.title),
        ("errors", _errors_in_words(result)),
        ("effect prior", _prior_in_words(result)),
        ("differences that do not matter", f"up to {margins}"),
        ("versions", versions),
    ]


def _costs_in_words(result: Verdicts) -> list[tuple[str, str]]:
    """Return what decisions cost, if that is known."""
    costs = result.facts["costs"]
    if costs is None:
        return []
    if result.classes:
        rows = (f"{one}: {row}" for one, row in zip(result.classes, costs, strict=True))
        return [("costs", f"by true class, of each decision: {'; '.join(rows)}")]
    (_, false_alarm), (miss, _) = costs
    return [("costs", f"{false_alarm:g} for a false alarm, {miss:g} for a missed event")]


def _errors_in_words(result: Verdicts) -> str:
    """Return what the errors of gains are computed from."""
    reason = result.facts["with_folds"]
    test = "the corrected resampled t-test (Nadeau and Bengio 2003)"
    of_folds = f"variances of {test} are added where two approaches rank rows differently"
    pooled = (
        "; with two repeats, the spread between them is averaged over the approaches of an estimator"
        if any(gain.n_whole_repeats == 2 for gain in result.gains.values())
        else ""
    )
    n_repeats = max((gain.n_whole_repeats for gain in result.gains.values()), default=1)
    spread = f", and its spread between repeats{pooled}" if n_repeats > 1 else ""
    if n_repeats == 1:
        reason = "there is one repeat"
    if reason:
        of_folds = f"at least those of {test}, because {reason}, and with its variances added where two approaches rank rows differently"
    return (
        f"influences of the rows on each difference{spread}; {of_folds}; p-values "
        "with Holm's correction over the comparisons in a metric at the same kind of threshold"
    )


def _prior_in_words(result: Verdicts) -> str:
    """Return what is known of gains before the data, and from how many tables."""
    if result.is_flat:
        return (
            "flat: every gain is as likely before the data are seen. Verdicts by two one-sided tests of equivalence, "
            "and by Holm's p-values"
        )
    primary = [key for key in result.gains if key.metric == result.primary.name]
    known = [result.prior_of(key)[1] for key in primary if result.is_fair(key)]
    learnt = [n for n in known if n]
    if not learnt:
        return "reference: gains around 0, because the study has no such setups"
    rest = "" if len(learnt) == len(known) else f"; {len(known) - len(learnt)} setups are not in it"
    return (
        "reference: gains of the same approach and estimator on other tables, of "
        f"{min(learnt)}{f' to {max(learnt)}' if max(learnt) > min(learnt) else ''} origins{rest}. Better, worse and practically equal: a probability of at least 90 %; no gain worth having: "
        "less than 5 % for such a gain"
    )


# Other formats


def markdown_of(result: Verdicts) -> str:
    """Return the advice, and the verdicts that the headline looks at, as Markdown."""
    facts = result.facts
    n_events, n_rows = f"{facts['n_events']:,}", f"{facts['n_rows']:,}"
    found = [d for d in result.differences if result.is_fair(d.key) and d.key.approach != AS_IS]
    rows = [[*row["cells"], row["verdict"]] for row in _verdict_rows(result, found)]
    title = f"{n_events} row{'s' if n_events != '1' else ''} of {escaped(facts['event'])} among {n_rows}"
    if result.classes:
        title = f"{n_rows} rows of {len(result.classes)} classes"
    lines = [
        f"# {title}",
        "",
        *(f"- {escaped(sentence)}" for sentence in advice_of(result)),
        "",
        *table(list(_VERDICT_COLUMNS), rows),
        "",
        *(f"{name}: {escaped(value)}  " for name, value in _run_rows(result)),
    ]
    return "\n".join(lines) + "\n"


def short_html_of(result: Verdicts) -> str:
    """Return what a notebook shows: the advice, and the values of each arm."""
    context = {
        "advice": advice_of(result),
        "arm_names": _arm_names(result),
        "arms": _arm_rows(result),
    }
    return rendered("notebook.html", context)
