"""Plots of curves of probabilities and thresholds, from plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.report.figures import COLOURS, axes_or_new, draw_legend, shown

Floats = NDArray[np.float64]
_DASHES = ("-", "--", ":", "-.")
_MOST_POINTS = 2000


def draw_reliability(
    predicted: Floats, observed: Floats, low: Floats, high: Floats, weight: Floats, axes: Any = None
) -> Any:
    """Draw observed shares of events against mean predicted probabilities, with intervals and the diagonal.

    Parameters
    ----------
    predicted, observed, low, high, weight : ndarray of shape (n_bins,)
    axes : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = axes_or_new(axes)
    axes.plot([0, 1], [0, 1], color="#888888", linewidth=1, linestyle="--", label="perfect")
    bars = np.abs(np.stack([observed - low, high - observed]))
    axes.errorbar(
        predicted,
        observed,
        yerr=bars,
        color=COLOURS[0],
        linewidth=1.4,
        elinewidth=1,
        capsize=2.5,
        marker="o",
        markersize=4,
        label="observed, with interval",
    )
    end = _rounded_up(max(predicted.max(), high.max()))
    axes.set(xlim=(0, end), ylim=(0, end), xlabel="predicted probability", ylabel="share of events")
    axes.set_title(f"Reliability ({weight.sum():,.0f} rows in {len(weight)} bins)")
    return _finished(axes)


def draw_lines(
    x: Floats, lines: dict[str, Floats], labels: tuple[str, str], title: str, axes: Any = None
) -> Any:
    """Draw several curves over the same x, each with its own colour and dashes.

    Parameters
    ----------
    x : ndarray of shape (n,)
    lines : dict of name to ndarray of shape (n,)
    labels : (str, str)
        Labels of the two axes.
    title : str
    axes : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = axes_or_new(axes)
    few = np.unique(np.linspace(0, len(x) - 1, min(len(x), _MOST_POINTS)).astype(np.intp))
    for number, (name, values) in enumerate(lines.items()):
        axes.plot(
            x[few],
            values[few],
            color=COLOURS[number % len(COLOURS)],
            linestyle=_DASHES[number % len(_DASHES)],
            linewidth=1.6,
            label=shown(name),
        )
    axes.set(xlabel=shown(labels[0]), ylabel=shown(labels[1]))
    axes.set_title(shown(title))
    return _finished(axes)


def _rounded_up(value: float) -> float:
    """Return the upper limit for an axis of shares, at most 1."""
    return float(min(1.0, np.ceil(value * 1.05 * 20) / 20))


def _finished(axes: Any) -> Any:
    draw_legend(axes, fontsize="small")
    axes.spines[["top", "right"]].set_visible(False)
    return axes
