"""What all pictures share: colours that are apart for all readers, and axes to draw on."""

from __future__ import annotations

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
