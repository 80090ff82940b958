"""Plot of a diagnosis, from plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from poise.report.figures import COLOURS, MANY_POINTS, axes_or_new, draw_legend, shown

_GREY = "#9a9a9a"
_FEWEST_SHOWN, _HALF = 0.005, 0.5  # shares of a class
_STYLES = {
    "safe": (COLOURS[5], "o"),
    "borderline": (COLOURS[0], "s"),
    "rare": (COLOURS[1], "^"),
    "outlier": (COLOURS[4], "X"),
    "made": (COLOURS[6], "+"),
}


def draw_confusions(confusion: Mapping[str, Any], axes: Any = None) -> Any:
    """Draw the shares of decisions for each class as a table of shades.

    Parameters
    ----------
    confusion : mapping
        "classes", and "shares" of shape (n_classes, n_classes): the rows are true classes, the columns decisions.
    axes : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = axes_or_new(axes)
    names, shares = (
        [shown(str(one)) for one in confusion["classes"]],
        np.asarray(confusion["shares"]),
    )
    places = np.arange(len(names))
    axes.pcolormesh(shares, cmap="Blues", vmin=0, vmax=1, edgecolors="white", linewidth=1)
    for row in places:
        for column in places:
            share = shares[row, column]
            if share >= _FEWEST_SHOWN:
                colour = "white" if share > _HALF else "#1a1a1a"
                axes.text(
                    column + 0.5,
                    row + 0.5,
                    f"{share:.0%}",
                    ha="center",
                    va="center",
                    color=colour,
                    fontsize=7,
                )
    axes.set_xticks(places + 0.5, names, rotation=90, fontsize=8)
    axes.set_yticks(places + 0.5, names, fontsize=8)
    axes.set(xlabel="decided", ylabel="true class")
    axes.invert_yaxis()
    axes.set_aspect("equal")
    return axes


def draw_kinds(picture: Mapping[str, Any], axes: Any = None) -> Any:
    """Draw rows as points, those of the event by their kind.

    Parameters
    ----------
    picture : mapping
        "points" of shape (n, 2); "kind" of each point ("other" for rows that are not of the event, "made"
        for new rows); "counts" by kind, including rows that are not drawn; "axes", the titles of both
        axes; and "title", if it is not that of two classes.
    axes : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = axes_or_new(axes)
    points, kind = np.asarray(picture["points"]), np.asarray(picture["kind"])
    is_many = len(points) > MANY_POINTS
    others = points[kind == "other"]
    axes.scatter(
        *others.T, s=8, color=_GREY, alpha=0.5, linewidths=0, label="other rows", rasterized=is_many
    )
    for name, (colour, marker) in _STYLES.items():
        own = points[kind == name]
        if len(own):
            edges = {} if marker == "+" else {"edgecolors": "white"}
            axes.scatter(
                *own.T,
                s=22,
                color=colour,
                marker=marker,
                linewidths=0.8 if marker == "+" else 0.3,
                label=f"{name} ({picture['counts'][name]:,})",
                rasterized=is_many,
                **edges,
            )
    axes.set(
        xlabel=shown(picture["axes"][0]),
        ylabel=shown(picture["axes"][1]),
        title=shown(picture.get("title", "Rows of the event by kind")),
    )
    draw_legend(axes, fontsize="small", loc="best")
    axes.spines[["top", "right"]].set_visible(False)
    return axes
