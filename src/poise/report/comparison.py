"""Plots of a comparison, from plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from poise.report.figures import COLOURS, axes_or_new, draw_legend, shown

_MARKERS = ("o", "D", "s")


class Bar(NamedTuple):
    """One interval of a forest plot.

    Attributes
    ----------
    label : str
        Label of the row; intervals with the same label share a row.
    variant : str
    mean, low, high : float
    outer : (float, float) or None
        Ends of a second interval, drawn thin.
    """

    label: str
    variant: str
    mean: float
    low: float
    high: float
    outer: tuple[float, float] | None = None


def draw_forest(
    bars: Sequence[Bar], width: float, title: str, limits: float | None = None, axes: Any = None
) -> Any:
    """Draw differences with their intervals, one row per setup; right of zero is better.

    Parameters
    ----------
    bars : sequence of Bar
    width : float
        Half the width of the shaded region of differences that do not matter.
    title : str
    limits : float, optional
        Differences beyond this, on either side, are cut off.
    axes : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = axes_or_new(axes)
    labels = list(dict.fromkeys(bar.label for bar in bars))
    variants = list(dict.fromkeys(bar.variant for bar in bars))
    axes.axvspan(-width, width, color="#888888", alpha=0.18, linewidth=0)
    axes.axvline(0, color="#888888", linewidth=1)
    for number, variant in enumerate(variants):
        own = [bar for bar in bars if bar.variant == variant]
        shift = (number - (len(variants) - 1) / 2) * 0.26
        places = np.array([labels.index(bar.label) for bar in own]) + shift
        means = np.array([bar.mean for bar in own])
        ends = np.array([[bar.mean - bar.low, bar.high - bar.mean] for bar in own]).T
        for place, bar in zip(places, own, strict=True):
            if bar.outer is not None and np.isfinite(bar.outer).all():
                axes.plot(bar.outer, (place, place), color="#888888", linewidth=0.7, zorder=1)
        axes.errorbar(
            means,
            places,
            xerr=np.where(np.isfinite(ends), ends, 0),
            fmt=_MARKERS[number % len(_MARKERS)],
            color=COLOURS[number % len(COLOURS)],
            markerfacecolor="none" if number else COLOURS[0],
            markersize=5,
            elinewidth=1.8,
            label=shown(variant) if variant else None,
        )
    axes.set_yticks(range(len(labels)), map(shown, labels))
    axes.set_ylim(len(labels) - 0.5, -0.5)
    if limits is not None:
        axes.set_xlim(-limits, limits)
        _mark_cut_ends(axes, limits)
    axes.set_xlabel("difference to the unchanged rows\nworse  ←      →  better")
    axes.set_title(shown(title))
    if any(variants):
        draw_legend(axes, fontsize="small", loc="best")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    return axes


def _mark_cut_ends(axes: Any, limits: float) -> None:
    """Put an arrow where a line goes on beyond the ends of the axis."""
    lines = [(line.get_xdata(), line.get_ydata()) for line in axes.lines]
    bars = [
        segment.T
        for drawn in axes.collections
        if hasattr(drawn, "get_segments")
        for segment in drawn.get_segments()
    ]
    level = [(xs, ys[0]) for xs, ys in [*lines, *bars] if len(xs) == 2 and ys[0] == ys[1]]
    for marker, sign in (("<", -1), (">", 1)):
        places = sorted({float(y) for xs, y in level if (sign * np.asarray(xs)).max() > limits})
        if places:
            ends = [sign * limits] * len(places)
            axes.plot(ends, places, marker, color="#888888", markersize=5, clip_on=False)


def draw_gain(
    start: float, parts: Mapping[str, float], end: float, title: str, axes: Any = None
) -> Any:
    """Draw the parts of a gain, as steps from one value to another.

    Parameters
    ----------
    start : float
    parts : mapping of str to float
        Size of each step; the steps add up to ``end - start``.
    end : float
    title : str
    axes : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = axes_or_new(axes)
    names = ["unchanged, 0.5", *parts, "approach, 0.5"]
    at = start
    axes.bar(0, start, color="#888888", width=0.6)
    for place, step in enumerate(parts.values(), start=1):
        colour = COLOURS[0] if step >= 0 else COLOURS[4]
        axes.bar(place, step, bottom=at, color=colour, width=0.6, hatch="" if step >= 0 else "///")
        axes.annotate(
            f"{step:+.3f}", (place, max(at, at + step)), ha="center", va="bottom", fontsize="small"
        )
        at += step
    axes.bar(len(names) - 1, end, color="#888888", width=0.6)
    for place, value in ((0, start), (len(names) - 1, end)):
        axes.annotate(f"{value:.3f}", (place, value), ha="center", va="bottom", fontsize="small")
    axes.set_xticks(range(len(names)), [shown(name).replace(" ", "\n", 1) for name in names])
    axes.set_ylim(0, 1.12 * max(start, end, at, *np.cumsum([start, *parts.values()])))
    axes.set_title(shown(title))
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def draw_by_ratio(bars: Sequence[Bar], width: float, title: str, axes: Any = None) -> Any:
    """Draw differences with their intervals against the share of the changes of each approach.

    Parameters
    ----------
    bars : sequence of Bar
        Labels are approaches, variants shares.
    width : float
        Half the width of the shaded region of differences that do not matter.
    title : str
    axes : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = axes_or_new(axes)
    axes.axhspan(-width, width, color="#888888", alpha=0.18, linewidth=0)
    axes.axhline(0, color="#888888", linewidth=1)
    labels = list(dict.fromkeys(bar.label for bar in bars))
    for number, label in enumerate(labels):
        own = [bar for bar in bars if bar.label == label]
        shift = (number - (len(labels) - 1) / 2) * 0.012
        axes.errorbar(
            [float(bar.variant) + shift for bar in own],
            [bar.mean for bar in own],
            yerr=np.array([[bar.mean - bar.low, bar.high - bar.mean] for bar in own]).T,
            color=COLOURS[number % len(COLOURS)],
            marker=_MARKERS[number % len(_MARKERS)],
            markersize=4,
            linewidth=1.4,
            elinewidth=1,
            label=shown(label),
        )
    axes.set_xticks(sorted({float(bar.variant) for bar in bars}))
    axes.set(
        xlabel="share of the changes", ylabel="gain over the unchanged rows", title=shown(title)
    )
    draw_legend(axes, fontsize="x-small", loc="best")
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _limits(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> tuple[float, float]:
    """Return the ends of the vertical axis: 0 and 1, or for costs what shows their lowest values."""
    values = np.array([value for _, ys in curves.values() for value in ys] or [0.0])
    if values.min() >= 0 and values.max() <= 1:
        return 0, 1.02
    # The cheapest threshold is looked for; what decides alike for every row can be far above.
    lowest = values.min()
    highest = np.median([max(ys) for _, ys in curves.values()])
    return float(min(0.0, lowest)), float(
        min(highest, 5 * lowest if lowest > 0 else highest)
    ) * 1.05


def draw_curves(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    labels: tuple[str, str],
    title: str,
    *,
    diagonal: bool = False,
    axes: Any = None,
) -> Any:
    """Draw several curves, the first one with a thicker line.

    Parameters
    ----------
    curves : mapping of name to (x, y)
    labels : (str, str)
        Labels of the axes.
    title : str
    diagonal : bool
        Whether to draw the diagonal.
    axes : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = axes_or_new(axes)
    if diagonal:
        axes.plot([0, 1], [0, 1], color="#888888", linewidth=1, linestyle="--")
    dashes = ("-", "--", ":", "-.")
    for number, (name, (x, y)) in enumerate(curves.items()):
        axes.plot(
            x,
            y,
            color=COLOURS[number % len(COLOURS)],
            linestyle=dashes[number % len(dashes)],
            linewidth=2.2 if number == 0 else 1.2,
            label=shown(name),
        )
    axes.set(xlabel=shown(labels[0]), ylabel=shown(labels[1]), xlim=(0, 1), ylim=_limits(curves))
    axes.set_title(shown(title))
    draw_legend(axes, fontsize="x-small", loc="best")
    axes.spines[["top", "right"]].set_visible(False)
    return axes
