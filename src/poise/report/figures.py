"""Shared by all plots: colours, axes to draw on, and conversion to SVG."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import Any

from poise.core.errors import InputError, MissingDependencyError

# Okabe and Ito's colours, distinct for colour-blind readers, ordered so that lightness differs too.
COLOURS = ("#0072B2", "#E69F00", "#000000", "#56B4E9", "#D55E00", "#009E73", "#CC79A7", "#F0E442")

MANY_POINTS = 500  # above this number, points are drawn as pixels to keep the page small


def pyplot() -> Any:
    """Return matplotlib's pyplot, or raise an error that says how to install it."""
    try:
        from matplotlib import pyplot as plt  # noqa: PLC0415  # loads only when a plot is drawn
    except ImportError:
        raise MissingDependencyError(
            'A plot needs matplotlib. Install it with: pip install "poise[plot]"'
        ) from None
    return plt


def axes_or_new(axes: Any) -> Any:
    """Return `axes`, or axes of a new figure if it is None."""
    if axes is None:
        return pyplot().subplots(figsize=(5.5, 4.5), layout="constrained")[1]
    if not hasattr(axes, "plot"):
        raise InputError(f"{axes!r} is not a matplotlib Axes. Pass one, such as plt.subplots()[1].")
    return axes


_KEPT = " "  # before a label that matplotlib would leave out of a legend


def shown(text: str) -> str:
    """Return a text of the user that matplotlib shows as it is: not as a formula, and in every legend."""
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+", " ", text).replace("$", r"\$")
    return plain if plain and not plain.startswith("_") else f"{_KEPT}{plain}"


def draw_legend(axes: Any, **style: Any) -> None:
    """Draw the legend of axes whose labels come from `shown`."""
    for text in axes.legend(frameon=False, **style).get_texts():
        text.set_text(text.get_text().removeprefix(_KEPT))


# Lines and text in this colour are shown in the text colour of the page, light or dark.
INK = "#010203"


def _short(path: str) -> str:
    """Return a path with its coordinates rounded to 0.1, on one line: digits are half of the size of a page."""
    rounded = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number.group()):.1f}", path)
    return " ".join(rounded.replace(".0 ", " ").split())


def svg_of(
    draw: Callable[[Any], Any], size: tuple[float, float], message: str, n_panels: int = 1
) -> str:
    """Return a plot as SVG for a page, with its text as text and in the text colour of the page.

    Parameters
    ----------
    draw : callable
        Draws on the axes that it is called with, or on an array of axes if there are several panels.
    size : (float, float)
        Width and height in inches.
    message : str
        Text for screen readers.
    n_panels : int
        Number of panels side by side, with the same scales.

    Returns
    -------
    str
    """
    inks = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
    look = dict.fromkeys(inks, INK) | {
        "svg.fonttype": "none",
        "svg.hashsalt": message,
        "font.size": 9,
    }
    plt = pyplot()
    with plt.rc_context(look):
        figure, axes = plt.subplots(
            1, n_panels, figsize=size, layout="constrained", sharex=True, sharey=True
        )
        try:
            draw(axes)
            for panel in (figure, *figure.axes):
                panel.patch.set_alpha(0)
            text = io.StringIO()
            figure.savefig(text, format="svg", dpi=60, metadata={"Date": None, "Creator": None})
        finally:
            plt.close(figure)
    drawn = text.getvalue()
    # In styles and attributes only: a label may be the name of a colour.
    drawn = re.sub(
        rf"(?<=[\" ])({INK}|#000000)(?=[\";])", "currentColor", drawn[drawn.index("<svg") :]
    )
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r"\n\s*", "\n", drawn)  # indentation is a fifth of the size
    drawn = re.sub(r'(?<= d=")[^"]*', lambda path: _short(path.group()), drawn)
    # Ids that nothing refers to, which would stand on a page several times; rotations by nothing; long coordinates.
    drawn = re.sub(r' id="[a-zA-Z]+[a-zA-Z0-9.]*_\d+"', "", drawn)
    drawn = re.sub(r' transform="rotate\(-?0 [^"]*\)"', "", drawn)
    drawn = re.sub(r'(?<= [xy]=")-?[\d.]+', lambda number: f"{float(number.group()):.1f}", drawn)
    # The same fonts stand at each text, and most readers have none of them.
    drawn = re.sub(r"(?<=font-family: )'DejaVu Sans'[^;\"]*", "sans-serif", drawn)
    # Black is what is drawn without a colour, and would not be seen on a dark page.
    label = html.escape(message)
    return drawn.replace("<svg", f'<svg role="img" aria-label="{label}" fill="currentColor"', 1)
