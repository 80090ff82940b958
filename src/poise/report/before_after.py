"""A table before and after resampling, as points in two dimensions, and a plot of them.

`BeforeAfter` holds the numbers, and `draw` draws them. Classes differ in colour, lightness and marker, new
rows are hollow, and removed rows are crosses, so the plot can be read without colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import InputError
from poise.core.saved import PickledWithVersion
from poise.core.tables.convert import frame_from_columns
from poise.core.types import Backend
from poise.report.figures import COLOURS, MANY_POINTS, draw_legend, pyplot, shown

_MARKERS = ("o", "^", "s", "D", "v", "P", "*", "X")
_BEFORE, _AFTER = 0, 1


@dataclass(frozen=True, eq=False)
class BeforeAfter(PickledWithVersion):
    """Rows as points in two dimensions, with one entry per drawn row.

    Attributes
    ----------
    points : ndarray of shape (n_points, 2)
    label : ndarray of shape (n_points,), int
        Class of the row, as a position in `classes`.
    fate : ndarray of shape (n_points,), str
        "kept", "removed" or "new".
    segments : ndarray of shape (n_segments, 2, 2)
        Seed row and partner of each blended row, as points.
    classes : sequence of str
    counts : dict
        Number of rows by (fate, class position), including rows that are not drawn.
    axes : tuple of two str
        Titles of the two axes.

    Examples
    --------
    >>> from poise import SMOTE
    >>> from poise.plot import before_after_data
    >>> X = [[0.0, 0.0], [1.0, 1.0], [2.0, 1.0], [5.0, 5.0], [6.0, 5.0]]
    >>> smote = SMOTE(k_neighbors=1, random_state=0)
    >>> X_new, y_new = smote.fit_resample(X, [0, 0, 0, 1, 1])
    >>> picture = before_after_data(X, [0, 0, 0, 1, 1], X_new, smote.plan_)
    >>> picture.count(1, "kept"), picture.count(1, "new")
    (2, 1)
    """

    points: NDArray[np.float64]
    label: NDArray[np.intp]
    fate: NDArray[np.str_]
    segments: NDArray[np.float64]
    classes: Sequence[str]
    counts: dict[tuple[str, int], int]
    axes: tuple[str, str]

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """Return the points as columns: both coordinates, the class and the fate."""
        names = np.array(self.classes)[self.label]
        return {
            self.axes[0]: self.points[:, 0],
            self.axes[1]: self.points[:, 1],
            "class": names,
            "fate": self.fate,
        }

    def frame(self, backend: Backend | None = None) -> Any:
        """Return the points as a frame: pandas, polars or pyarrow, if `backend` names one."""
        return frame_from_columns(self.to_dict(), backend)

    def count(self, label: int, *fates: str) -> int:
        """Return the number of rows of a class with any of these fates."""
        return sum(self.counts.get((fate, label), 0) for fate in fates)

    def note(self, *fates: str) -> str:
        """Return a note with the number of rows drawn, or an empty string if all rows are drawn."""
        drawn = int(np.isin(self.fate, fates).sum())
        total = sum(count for (fate, _), count in self.counts.items() if fate in fates)
        return f"{drawn:,} of {total:,} rows drawn" if drawn < total else ""


def draw(picture: BeforeAfter, title: str, axes: Any = None) -> Any:
    """Draw the table before and after resampling.

    Parameters
    ----------
    picture : BeforeAfter
    title : str
        Name of the sampler, for the title of the second panel.
    axes : sequence of two matplotlib Axes, optional
        By default a new figure is made.

    Returns
    -------
    ndarray of two matplotlib.axes.Axes

    Examples
    --------
    >>> from poise import SMOTE
    >>> from poise.plot import before_after_data, draw
    >>> X = [[0.0, 0.0], [1.0, 1.0], [2.0, 1.0], [5.0, 5.0], [6.0, 5.0]]
    >>> smote = SMOTE(k_neighbors=1, random_state=0)
    >>> X_new, y_new = smote.fit_resample(X, [0, 0, 0, 1, 1])
    >>> picture = before_after_data(X, [0, 0, 0, 1, 1], X_new, smote.plan_)
    >>> before, after = draw(picture, "SMOTE")
    >>> after.get_title()
    'After SMOTE'
    """
    if axes is None:
        _, axes = pyplot().subplots(
            1, 2, figsize=(11, 5.5), sharex=True, sharey=True, layout="constrained"
        )
    axes = np.atleast_1d(np.asarray(axes, dtype=object)).ravel()
    if len(axes) != 2 or not all(hasattr(panel, "scatter") for panel in axes):
        raise InputError("axes must be two matplotlib Axes, such as plt.subplots(1, 2)[1].")
    _draw_panel(axes[_BEFORE], picture, "Before", {"kept": True, "removed": True})
    if len(picture.segments):
        _draw_segments(axes[_AFTER], picture.segments)
    _draw_panel(axes[_AFTER], picture, shown(f"After {title}"), {"kept": True, "new": False})
    _draw_removed(axes[_AFTER], picture)
    notes = picture.note("kept", "removed"), picture.note("kept", "new")
    for panel, note in zip(axes, notes, strict=True):
        _finish(panel, picture, note)
    return axes


def _style(rank: int) -> tuple[str, str]:
    # Markers shift by one after each round of colours, so that 64 classes differ.
    return COLOURS[rank % len(COLOURS)], _MARKERS[(rank + rank // len(COLOURS)) % len(_MARKERS)]


def _by_size(picture: BeforeAfter) -> list[int]:
    """Return the classes from the largest to the smallest, so that rare classes are drawn on top."""
    labels = range(len(picture.classes))
    return sorted(labels, key=lambda label: -picture.count(label, "kept", "removed"))


def _draw_panel(panel: Any, picture: BeforeAfter, title: str, fates: dict[str, bool]) -> None:
    is_before = "removed" in fates
    for rank, label in enumerate(_by_size(picture)):
        colour, marker = _style(rank)
        groups = [tuple(fates)] if is_before else [(fate,) for fate in fates]
        for group in groups:
            chosen = np.isin(picture.fate, group) & (picture.label == label)
            total = picture.count(label, *group)
            if not total:
                continue
            is_new = group == ("new",)
            message = picture.classes[label] + ("" if is_before else f", {group[0]}")
            panel.scatter(
                *picture.points[chosen].T,
                s=26 if is_new else 22,
                marker=marker,
                facecolors="none" if is_new else colour,
                edgecolors=colour if is_new else "white",
                linewidths=1.0 if is_new else 0.4,
                alpha=0.95,
                rasterized=len(picture.label) > MANY_POINTS,
                label=shown(f"{message} ({total:,})"),
            )
    panel.set_title(title)


def _draw_removed(panel: Any, picture: BeforeAfter) -> None:
    # A few crosses are drawn on top; many would hide the rows that are kept.
    is_few = 5 * (picture.fate == "removed").sum() < (picture.fate == "kept").sum()
    for rank, label in enumerate(_by_size(picture)):
        total = picture.count(label, "removed")
        chosen = (picture.fate == "removed") & (picture.label == label)
        if total:
            panel.scatter(
                *picture.points[chosen].T,
                s=34 if is_few else 24,
                marker="x" if rank % 2 == 0 else "+",
                c="#000000" if is_few else "#8a8a8a",
                linewidths=1.3 if is_few else 0.9,
                zorder=3 if is_few else 0.8,
                label=shown(f"{picture.classes[label]}, removed ({total:,})"),
            )


def _draw_segments(panel: Any, segments: NDArray[np.float64]) -> None:
    from matplotlib.collections import LineCollection  # noqa: PLC0415  # as above

    lines = LineCollection(list(segments), colors="#555555", linewidths=0.6, alpha=0.8, zorder=1.5)
    panel.add_collection(lines)


def _finish(panel: Any, picture: BeforeAfter, note: str) -> None:
    panel.set_xlabel(shown(picture.axes[0]))
    panel.set_ylabel(shown(picture.axes[1]))
    # Below the panel, where no point can be hidden.
    draw_legend(panel, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, fontsize="small")
    panel.spines[["top", "right"]].set_visible(False)
    if note:
        panel.set_title(f"{panel.get_title()}\n", pad=2)
        panel.text(
            0.5,
            1.01,
            note,
            transform=panel.transAxes,
            ha="center",
            fontsize="small",
            color="#555555",
        )
