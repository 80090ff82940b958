"""From a comparison to plain data for pictures and pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from poise.comparison.advice import fair
from poise.comparison.approaches import AS_IS
from poise.comparison.metrics import (
    AS_TRAINED,
    CORRECTED,
    DECISION,
    HALF,
    METRICS,
    NO_PRIOR,
    NO_THRESHOLD,
    TUNED,
    Key,
    known_metric,
)
from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.minority_kinds import KINDS
from poise.report.before_after import BeforeAfter, draw
from poise.report.comparison import Bar, draw_by_ratio, draw_curves, draw_forest, draw_gain
from poise.report.figures import svg_of
from poise.report.page import rendered

if TYPE_CHECKING:
    from poise.comparison.result import Comparison, Difference

_KINDS = ("forest", "gain", "ratio", "pr", "reliability", "threshold")
_BY_RATIO = ("average_precision", "f1", "log_loss")
_FORESTS = ("average_precision", "roc_auc", "f1", "log_loss")
_VERDICT_NAMES = (
    "metric",
    "estimator",
    "approach",
    "threshold, prior",
    "value",
    "baseline",
    "gain",
    "p",
    "95 % interval",
    "verdict",
)
_ARM_COLUMNS = (
    ("ROC AUC", (NO_PRIOR, NO_THRESHOLD, "roc_auc")),
    ("PR AUC", (NO_PRIOR, NO_THRESHOLD, "average_precision")),
    ("log loss", (AS_TRAINED, NO_THRESHOLD, "log_loss")),
    ("corrected", (CORRECTED, NO_THRESHOLD, "log_loss")),
    ("in the large", (AS_TRAINED, NO_THRESHOLD, "in_the_large")),
    ("slope", (AS_TRAINED, NO_THRESHOLD, "slope")),
    ("F1 at 0.5", (AS_TRAINED, HALF, "f1")),
    ("F1 tuned", (NO_PRIOR, TUNED, "f1")),
    ("MCC tuned", (NO_PRIOR, TUNED, "mcc")),
    ("recall at precision", (NO_PRIOR, TUNED, "recall_at_precision")),
    *((f"recall, {kind}", (NO_PRIOR, TUNED, f"recall_{kind}")) for kind in KINDS),
    ("instability", (AS_TRAINED, NO_THRESHOLD, "instability")),
    ("fit seconds", (NO_PRIOR, NO_THRESHOLD, "fit_seconds")),
)

_MATRIX = (
    ("PR AUC", (NO_PRIOR, NO_THRESHOLD, "average_precision")),
    ("ROC AUC", (NO_PRIOR, NO_THRESHOLD, "roc_auc")),
    ("F1, tuned", (NO_PRIOR, TUNED, "f1")),
    ("MCC, tuned", (NO_PRIOR, TUNED, "mcc")),
    ("F1 at 0.5", (AS_TRAINED, HALF, "f1")),
    ("log loss", (AS_TRAINED, NO_THRESHOLD, "log_loss")),
    ("log loss, corrected", (CORRECTED, NO_THRESHOLD, "log_loss")),
)


# Pictures


def drawn(result: Comparison, kind: str, metric: str | None, axes: Any) -> Any:
    """Draw one picture; see `Comparison.plot`."""
    if kind not in _KINDS:
        raise UnknownNameError(
            f"There is no picture {kind!r}; there are {listed(_KINDS)}.{nearest_name(kind, _KINDS)}"
        )
    if kind == "forest":
        return _forest(result, metric or "average_precision")(axes)
    if kind == "gain":
        found = _best_at_half(result, metric or "f1")
        if not found:
            raise InputError("No approach has decisions at 0.5, so there is no gain to split.")
        return _gain(result, *found[0], metric or "f1")(axes)
    learner = result.learners[0]
    if kind == "ratio":
        return _by_ratio(result, learner, metric or "average_precision")(axes)
    drawer = {"pr": _pr, "reliability": _reliability, "threshold": _thresholds}[kind]
    return drawer(result, learner)(axes)


def _forest(result: Comparison, metric: str) -> Callable[[Any], Any]:
    title = known_metric(metric).title
    found = [d for d in result.differences if d.key.metric == metric and d.key.approach != AS_IS]
    found = [d for d in found if not _is_drawn_by_ratio(result, d.key.approach)]
    if METRICS[metric].family == DECISION:
        found = [d for d in found if d.key.prior != CORRECTED]
    bars = [
        Bar(
            f"{d.key.approach}, {d.key.learner}",
            _variant(d),
            d.estimate.mean,
            d.estimate.low,
            d.estimate.high,
        )
        for d in sorted(
            found, key=lambda d: (result.learners.index(d.key.learner), d.key.threshold != TUNED)
        )
    ]
    if not bars:
        raise InputError(f"There are no differences in {metric}.")
    # A wild interval must not press all others together.
    reach = np.array([max(abs(bar.low), abs(bar.high)) for bar in bars])
    limits = (
        float(np.quantile(reach[np.isfinite(reach)], 0.9) * 1.3)
        if np.isfinite(reach).any()
        else None
    )
    width = result.width_of(METRICS[metric])
    return lambda axes: draw_forest(bars, width, title, limits, axes)


def _variant(d: Difference) -> str:
    if d.key.threshold:
        return f"threshold {d.key.threshold}" if d.key.threshold != TUNED else TUNED
    return f"prior {d.key.prior}" if d.key.prior == CORRECTED else d.key.prior


def _gain(result: Comparison, learner: str, approach: str, metric: str) -> Callable[[Any], Any]:
    parts = result.gain(learner, approach, metric)
    total = parts.pop("gain")
    start = result.mean(Key(learner, AS_IS, AS_TRAINED, HALF, metric))
    title = f"{METRICS[metric].title}: {approach}, {learner}"
    return lambda axes: draw_gain(start, parts, start + total, title, axes)


def _by_ratio(result: Comparison, learner: str, metric: str) -> Callable[[Any], Any]:
    bars = [
        Bar(whole, f"{share:g}", gain, low, high)
        for name, whole, share, gain, low, high in result.by_ratio(metric)
        if name == learner
    ]
    if not bars:
        raise InputError(
            "No approach was compared at several shares. Pass ratios=[0.25, 0.5] to poise.compare."
        )
    title = f"{METRICS[metric].title} by how much is done, {learner}"
    width = result.width_of(METRICS[metric])
    return lambda axes: draw_by_ratio(bars, width, title, axes)


def _best_at_half(result: Comparison, metric: str) -> list[tuple[str, str]]:
    """Return for each estimator the approach of the highest value at 0.5."""
    found = []
    for learner in result.learners:
        values = {
            approach: result.mean(Key(learner, approach, AS_TRAINED, HALF, metric))
            for approach in result.approaches
            if approach != AS_IS
        }
        values = {
            name: v
            for name, v in values.items()
            if np.isfinite(v)
            and np.isfinite(result.mean(Key(learner, name, NO_PRIOR, TUNED, metric)))
        }
        if values and np.isfinite(result.mean(Key(learner, AS_IS, NO_PRIOR, TUNED, metric))):
            found.append((learner, max(values, key=lambda name: values[name])))
    return found


def _is_drawn_by_ratio(result: Comparison, approach: str) -> bool:
    """Tell whether an approach is a share of another one that was compared: it has a picture of its own."""
    whole, _ = result.facts.get("shares", {}).get(approach, ("", 1.0))
    return whole in result.approaches


def _whole_curves(result: Comparison, kind: str, learner: str) -> list[Any]:
    return [
        rest
        for name, *rest in result.curves[kind]
        if name == learner and not _is_drawn_by_ratio(result, rest[0])
    ]


def _pr(result: Comparison, learner: str) -> Callable[[Any], Any]:
    curves = {a: (x, y) for a, x, y in _whole_curves(result, "pr", learner)}
    return lambda axes: draw_curves(
        curves, ("recall", "precision"), f"Precision and recall, {learner}", axes=axes
    )


def _reliability(result: Comparison, learner: str) -> Callable[[Any], Any]:
    curves = {
        a: (columns["predicted"], columns["observed"])
        for a, columns in _whole_curves(result, "reliability", learner)
    }
    return lambda axes: draw_curves(
        curves,
        ("probability said", "share of events"),
        f"Reliability, {learner}",
        diagonal=True,
        axes=axes,
    )


def _thresholds(result: Comparison, learner: str) -> Callable[[Any], Any]:
    curves = {a: (x, y) for a, x, y in _whole_curves(result, "threshold", learner)}
    return lambda axes: draw_curves(
        curves, ("threshold", "F1"), f"F1 by threshold, {learner}", axes=axes
    )


# Pages


def page_of(result: Comparison) -> str:
    """Return the report as one page of HTML."""
    facts = result.facts
    n_arms = len({d.key[:2] for d in result.differences if d.key.approach != AS_IS})
    context = {
        "title": f"{n_arms} ways to treat {facts['n_events']:,} events among {facts['n_rows']:,} rows",
        "advice": result.advice,
        "facts": {
            "n_rows": f"{facts['n_rows']:,}",
            "n_columns": f"{facts['n_columns']:,}",
            "n_events": f"{facts['n_events']:,}",
            "share": f"{facts['n_events'] / facts['n_rows']:.2%}",
            "event": facts["event"],
            "n_plain_events": facts["n_events"],
            "n_others": facts["n_rows"] - facts["n_events"],
        },
        "scatter": _scatter(result),
        "diagnosis": {"findings": result.curves.get("diagnosis", []), "picture": None},
        "forests": _forests(result),
        "verdict_names": _VERDICT_NAMES,
        "matrix_names": ("estimator", "approach", *(name for name, _ in _MATRIX)),
        "matrix": _matrix_rows(result),
        "verdicts": _verdict_rows(result.differences),
        "arm_names": ("estimator", "approach", *(name for name, _ in _ARM_COLUMNS)),
        "arms": _arm_rows(result),
        "ratios": _ratio_figures(result),
        "curves": _curve_figures(result),
        "gains": [
            {
                "svg": svg_of(
                    _gain(result, learner, approach, "f1"),
                    (4.6, 3.4),
                    f"Gain of {approach} with {learner}",
                ),
                "caption": f"{approach} has the highest F1 at 0.5 with {learner}.",
            }
            for learner, approach in _best_at_half(result, "f1")
        ],
        "run": _run_rows(result),
        "status": [
            (learner, approach, "; ".join(notes))
            for (learner, approach), notes in result.status.items()
            if notes
        ],
    }
    return rendered("comparison.html", context)


def _scatter(result: Comparison) -> dict[str, str] | None:
    """Return the picture of the table before and after an approach that makes rows."""
    found = result.curves.get("scatter")
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
    approach = found["approach"]
    total = sum(picture.counts.values())
    few = (
        ""
        if len(picture.label) == total
        else f" {len(picture.label):,} of {total:,} rows are drawn."
    )
    return {
        "svg": svg_of(
            lambda panels: draw(picture, approach, panels),
            (9, 4.4),
            f"Before and after {approach}",
            2,
        ),
        "caption": f"The rows before, and what {approach} makes of them.{few}",
    }


def _forests(result: Comparison) -> list[dict[str, str]]:
    figures = []
    for metric in _FORESTS:
        labels = {
            d.key[:2]
            for d in result.differences
            if d.key.metric == metric and not _is_drawn_by_ratio(result, d.key.approach)
        }
        if not labels:
            continue
        title = METRICS[metric].title
        width = result.width_of(METRICS[metric])
        smallest = result.smallest.get(metric)
        told = (
            ""
            if smallest is None
            else (
                f" Before anything was fitted: unlike models would have to differ by {smallest:.3f} to be told apart "
                "four times in five; models that are alike show smaller differences."
            )
        )
        figures.append(
            {
                "svg": svg_of(
                    _forest(result, metric),
                    (5.6, 1.2 + 0.27 * len(labels)),
                    f"Differences in {title}",
                ),
                "caption": f"{title}: up to {width:.3g} either way does not matter.{told}",
            }
        )
    return figures


def _verdict_rows(found: Sequence[Difference]) -> list[dict[str, Any]]:
    rows = []
    for d in found:
        e = d.estimate
        terms = ", ".join(part for part in (d.key.threshold, d.key.prior) if part)
        cells = [
            METRICS[d.key.metric].title,
            d.key.learner,
            d.key.approach,
            terms,
            f"{d.value:.4f}",
            f"{d.baseline:.4f}",
            f"{e.mean:+.4f}",
            "" if np.isnan(d.adjusted_p) else f"{d.adjusted_p:.3f}",
            f"{e.low:+.4f} to {e.high:+.4f}",
        ]
        mark = d.verdict if d.verdict in ("better", "worse") else ""
        rows.append({"cells": cells, "verdict": d.verdict, "mark": mark})
    return rows


def _matrix_rows(result: Comparison) -> list[list[dict[str, str]]]:
    """Return a row an arm, with the gain and the verdict in each of a few metrics."""
    by_key = {d.key: d for d in result.differences}
    rows = []
    for learner, approach in result.status:
        if approach == AS_IS:
            continue
        cells = [{"text": learner, "mark": ""}, {"text": approach, "mark": ""}]
        for _, parts in _MATRIX:
            d = by_key.get(Key(learner, approach, *parts))
            text = "" if d is None else f"{d.estimate.mean:+.3f} {d.verdict}"
            is_told = d is not None and d.verdict in ("better", "worse")
            cells.append({"text": text, "mark": d.verdict if d is not None and is_told else ""})
        rows.append(cells)
    return rows


def _arm_rows(result: Comparison) -> list[list[str]]:
    rows = []
    for learner, approach in result.status:
        values = [result.mean(Key(learner, approach, *parts)) for _, parts in _ARM_COLUMNS]
        rows.append([learner, approach, *("" if np.isnan(v) else f"{v:.3f}" for v in values)])
    return rows


def _curve_figures(result: Comparison) -> list[dict[str, str]]:
    figures = []
    for learner in result.learners:
        if any(name == learner for name, *_ in result.curves["pr"]):
            svg = svg_of(_pr(result, learner), (4.8, 3.8), f"Precision and recall with {learner}")
            figures.append({"svg": svg, "caption": "Out-of-fold scores of the first repeat."})
        if any(name == learner for name, *_ in result.curves["reliability"]):
            svg = svg_of(_reliability(result, learner), (4.8, 3.8), f"Reliability with {learner}")
            caption = (
                "Probabilities as trained, ten bins of equal size; the dashed line is perfect."
            )
            figures.append({"svg": svg, "caption": caption})
        if any(name == learner for name, *_ in result.curves["threshold"]):
            svg = svg_of(
                _thresholds(result, learner), (4.8, 3.8), f"F1 by threshold with {learner}"
            )
            caption = "Where each arm decides best. Resampling moves the peak; a tuned threshold follows it."
            figures.append({"svg": svg, "caption": caption})
    return figures


def _ratio_figures(result: Comparison) -> list[dict[str, str]]:
    if not result.facts.get("shares"):
        return []
    return [
        {
            "svg": svg_of(
                _by_ratio(result, learner, metric),
                (4.8, 3.4),
                f"{METRICS[metric].title} by how much is done, with {learner}",
            ),
            "caption": f"{METRICS[metric].title}, {learner}.",
        }
        for learner in result.learners
        for metric in _BY_RATIO
        if any(point[0] == learner for point in result.by_ratio(metric))
    ]


def _run_rows(result: Comparison) -> list[tuple[str, str]]:
    facts = result.facts
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    widths = ", ".join(
        f"{METRICS[name].title} {width:g}" for name, width in facts["widths"].items()
    )
    return [
        (
            "folds",
            f"{facts['folds']}; {facts['n_folds']} of {facts['n_planned']} done, {facts['seconds']} s",
        ),
        ("seed", str(facts["random_state"])),
        ("estimators", ", ".join(result.learners)),
        ("approaches", ", ".join(result.approaches)),
        (
            "thresholds",
            (
                "tuned: the best of the pooled scores of the other folds of the repeat, so a fold is scored at a "
                "threshold that was chosen without it"
            ),
        ),
        (
            "statistics",
            "corrected resampled t (Nadeau and Bengio 2003), Holm over all comparisons in a metric",
        ),
        (
            "practical equivalence",
            f"{widths}; those of Brier score, log loss and cost are parts of the score of saying the same of all rows",
        ),
        ("versions", versions),
    ]


def markdown_of(result: Comparison) -> str:
    """Return advice and fair verdicts as Markdown."""
    facts = result.facts
    lines = [
        f"# {facts['n_events']:,} rows of {facts['event']} among {facts['n_rows']:,}",
        "",
        *(f"- {sentence}" for sentence in result.advice),
        "",
        f"| {' | '.join(_VERDICT_NAMES)} |",
        f"|{'---|' * len(_VERDICT_NAMES)}",
    ]
    lines += [
        f"| {' | '.join([*row['cells'], row['verdict']])} |" for row in _verdict_rows(fair(result))
    ]
    lines += ["", *(f"{name}: {value}  " for name, value in _run_rows(result))]
    return "\n".join(lines) + "\n"


def short_html_of(result: Comparison) -> str:
    """Return what a notebook shows: the advice, and the arms."""
    context = {
        "advice": result.advice,
        "arm_names": ("estimator", "approach", *(name for name, _ in _ARM_COLUMNS)),
        "arms": _arm_rows(result),
    }
    return rendered("notebook.html", context)
