"""From a comparison to pictures: the numbers of each, chosen here and drawn in `poise.report`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from poise.comparison.approaches import AS_IS
from poise.comparison.metrics import HALF, TUNED, Key, known_metric
from poise.comparison.scored_fold import AS_TRAINED, CORRECTED
from poise.comparison.verdicts import Difference, Verdicts
from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.types import ComparedMetric, Picture, choices
from poise.report.comparison import Bar, draw_by_ratio, draw_curves, draw_forest, draw_gain

Drawing = Callable[[Any], Any]  # from axes, or None, to axes

KINDS = choices(Picture)


def drawn(result: Verdicts, kind: Picture, metric: ComparedMetric | None, axes: Any) -> Any:
    """Draw one picture; see `Comparison.plot`."""
    if kind not in KINDS:
        raise UnknownNameError(
            f"There is no picture {kind!r}; there are {listed(KINDS)}.{nearest_name(kind, KINDS)}"
        )
    if kind == "forest":
        return forest(result, metric or result.primary.name)(axes)
    if kind == "gain":
        found = best_at_half(result, metric or "f1")
        if not found:
            raise InputError(
                f"No approach has decisions in {metric or 'f1'} without a tuned threshold, so its gain has no parts."
            )
        return gain(result, *found[0], metric or "f1")(axes)
    estimator = result.estimators[0]
    if kind == "threshold" and result.classes:
        raise InputError(
            "Curves by threshold are of two classes, and several have one threshold each. Pass pos_label= to poise.compare."
        )
    if kind == "ratio":
        return by_ratio(result, estimator, metric or cast("ComparedMetric", result.primary.name))(
            axes
        )
    drawing = {"pr": precision_recall, "reliability": reliability, "threshold": thresholds}[kind]
    return drawing(result, estimator)(axes)


def forest(result: Verdicts, metric: str) -> Drawing:
    """Return the picture of all differences in a metric, with their intervals."""
    title = known_metric(metric, result.metrics).title
    found = [d for d in result.differences if d.key.metric == metric and d.key.approach != AS_IS]
    found = [d for d in found if not is_drawn_by_ratio(result, d.key.approach)]
    if result.metrics[metric].family == "decision":
        found = [d for d in found if d.key.prior != CORRECTED]
    place = result.estimators.index
    found.sort(key=lambda d: (place(d.key.estimator), d.key.threshold != TUNED))
    if not found:
        raise InputError(f"There are no differences in {metric}.")
    bars = [
        Bar(
            f"{d.key.approach}, {d.key.estimator}",
            _variant(d),
            d.posterior.mean,
            d.posterior.low,
            d.posterior.high,
            None if result.is_flat else (d.estimate.low, d.estimate.high),
        )
        for d in found
    ]
    width = result.margin_of(result.metrics[metric])
    return lambda axes: draw_forest(bars, width, title, _limits(bars), axes)


def _limits(bars: list[Bar]) -> float | None:
    """Return where to cut the axis, so that one wide interval does not squeeze all others."""
    reach = np.array([max(abs(bar.low), abs(bar.high)) for bar in bars])
    reach = reach[np.isfinite(reach)]
    return float(np.quantile(reach, 0.9) * 1.3) if len(reach) else None


def _variant(d: Difference) -> str:
    if d.key.threshold is not None:
        return f"threshold {HALF}" if d.key.threshold == HALF else d.key.threshold
    return f"prior {d.key.prior}" if d.key.prior == CORRECTED else d.key.prior or ""


def gain(result: Verdicts, estimator: str, approach: str, metric: str) -> Drawing:
    """Return the picture of where an approach's gain at 0.5 comes from."""
    parts = result.gain(estimator, approach, metric)
    total = parts.pop("gain")
    start = result.mean(Key(estimator, AS_IS, AS_TRAINED, result.untuned, metric))
    title = f"{result.metrics[metric].title}: {approach}, {estimator}"
    return lambda axes: draw_gain(start, parts, start + total, title, axes)


def best_at_half(result: Verdicts, metric: str) -> list[tuple[str, str]]:
    """Return (estimator, approach) for each estimator: the approach with the highest value at 0.5."""
    found = []
    for estimator in result.estimators:
        values = {
            approach: result.mean(Key(estimator, approach, AS_TRAINED, result.untuned, metric))
            for approach in result.approaches
            if _has_tuned(result, estimator, approach, metric)
        }
        values = {name: value for name, value in values.items() if np.isfinite(value)}
        values.pop(AS_IS, None)
        if values and _has_tuned(result, estimator, AS_IS, metric):
            found.append((estimator, max(values, key=lambda name: values[name])))
    return found


def _has_tuned(result: Verdicts, estimator: str, approach: str, metric: str) -> bool:
    return bool(
        np.isfinite(result.mean(Key(estimator, approach, *result.metrics[metric].baseline, metric)))
    )


def by_ratio(result: Verdicts, estimator: str, metric: ComparedMetric) -> Drawing:
    """Return the picture of the gain by the share of an approach's changes."""
    bars = [
        Bar(parent, f"{share:g}", gain, low, high)
        for name, parent, share, gain, low, high in result.by_ratio(metric)
        if name == estimator
    ]
    if not bars:
        raise InputError(
            "No approach was compared at several shares. Pass ratios=[0.25, 0.5] to poise.compare."
        )
    title = f"{result.metrics[metric].title} by share of the changes, {estimator}"
    width = result.margin_of(result.metrics[metric])
    return lambda axes: draw_by_ratio(bars, width, title, axes)


def is_drawn_by_ratio(result: Verdicts, approach: str) -> bool:
    """Tell whether an approach is a share of another compared one: shares have a picture of their own."""
    parent, _ = result.facts.get("shares", {}).get(approach, (None, 1.0))
    return parent in result.approaches


def _curves(result: Verdicts, kind: str, estimator: str) -> list[Any]:
    return [
        rest
        for name, *rest in result.pictures[kind]
        if name == estimator and not is_drawn_by_ratio(result, rest[0])
    ]


def precision_recall(result: Verdicts, estimator: str) -> Drawing:
    """Return the picture of precision against recall."""
    curves = {a: (x, y) for a, x, y in _curves(result, "pr", estimator)}
    return lambda axes: draw_curves(
        curves,
        ("recall", "precision"),
        f"Precision and recall{_of_rarest(result)}, {estimator}",
        axes=axes,
    )


def reliability(result: Verdicts, estimator: str) -> Drawing:
    """Return the picture of observed shares against predicted probabilities."""
    curves = {
        a: (columns["predicted"], columns["observed"])
        for a, columns in _curves(result, "reliability", estimator)
    }
    return lambda axes: draw_curves(
        curves,
        ("predicted probability", "share of events"),
        f"Reliability{_of_rarest(result)}, {estimator}",
        diagonal=True,
        axes=axes,
    )


def _of_rarest(result: Verdicts) -> str:
    return f" of {result.facts['event']}" if result.classes else ""


def thresholds(result: Verdicts, estimator: str) -> Drawing:
    """Return the picture of F1, or of the cost per row, against the threshold."""
    curves = {a: (x, y) for a, x, y in _curves(result, "threshold", estimator)}
    title = result.metrics[result.pictures["threshold_metric"]].title
    return lambda axes: draw_curves(
        curves, ("threshold", title), f"{title} by threshold, {estimator}", axes=axes
    )
