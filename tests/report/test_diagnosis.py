"""The plot of a diagnosis: one group per kind, with numbers in the legend."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt

from poise.report.diagnosis import draw_kinds

mpl.use("Agg")


def test_the_legend_counts_rows_that_are_not_drawn_too() -> None:
    picture = {
        "points": [[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]],
        "kind": ["other", "safe", "made"],
        "counts": {"other": 900, "safe": 1200, "made": 1},
        "axes": ["length", "width"],
    }
    axes = draw_kinds(picture)
    assert axes.get_legend_handles_labels()[1] == ["other rows", "safe (1,200)", "made (1)"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("length", "width")
    plt.close("all")
