"""What all pictures share: colours that are apart for all readers, and axes to draw on."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import Any

from poise.core.errors import InputError, MissingDependencyError

# Okabe and Ito's colours, apart for colour-blind readers, ordered to be apart in lightness too.
COLOURS = ("#0072B2", "#E69F00", "#000000", "#56B4E9", "#D55E00", "#009E73", "#CC79A7", "#F0E442")


def pyplot() -> Any:
    """Return matplotlib's pyplot, which loads when a picture is asked for."""
    try:
        from matplotlib import pyplot as plt  # noqa: PLC0415  # loads when a picture is asked for
    except ImportError:
        raise MissingDependencyError(
            'A picture needs matplotlib. Install it with: pip install "poise[plot]"'
        ) from None
    return plt


def axes_or_new(axes: Any) -> Any:
    """Return the axes given, or those of a new figure."""
    if axes is None:
        return pyplot().subplots(figsize=(5.5, 4.5), layout="constrained")[1]
    if not hasattr(axes, "plot"):
        raise InputError(f"{axes!r} is no matplotlib Axes; pass one, such as plt.subplots()[1].")
    return axes


# What is drawn in this colour takes that of the page's text, light or dark.
INK = "#010203"


def svg_of(
    draw: Callable[[Any], Any], size: tuple[float, float], message: str, n_panels: int = 1
) -> str:
    """Return a picture as SVG for a page: its text is text, its ink that of the page.

    Parameters
    ----------
    draw : callable
        It is given axes, or an array of them where there are several.
    size : (float, float)
        Width and height in inches.
    message : str
        What a screen reader says of it.
    n_panels : int
        Side by side, with the same scales.
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
    drawn = (
        drawn[drawn.index("<svg") :].replace(INK, "currentColor").replace("#000000", "currentColor")
    )
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r"\n\s*", "\n", drawn)  # indents are a fifth of it
    return drawn.replace("<svg", f'<svg role="img" aria-label="{html.escape(message)}"', 1)
