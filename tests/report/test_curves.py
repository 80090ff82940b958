"""Plots of curves: their limits, and thinning of long curves."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from poise.report.curves import _rounded_up, draw_lines, draw_reliability

mpl.use("Agg")


@pytest.mark.parametrize(("value", "limit"), [(0.04, 0.05), (0.05, 0.1), (0.5, 0.55), (0.99, 1.0)])
def test_the_limit_of_an_axis_of_shares_is_a_multiple_of_a_twentieth(
    value: float, limit: float
) -> None:
    assert _rounded_up(value) == pytest.approx(limit)


def test_a_long_curve_is_drawn_with_2000_points_and_both_ends() -> None:
    x = np.arange(10_000.0)
    (line,) = draw_lines(x, {"a": x}, ("x", "y"), "Title").get_lines()
    assert (len(line.get_xdata()), line.get_xdata()[0], line.get_xdata()[-1]) == (2000, 0, 9999)
    plt.close("all")


def test_a_reliability_plot_counts_rows_and_bins() -> None:
    half = np.array([0.5])
    axes = draw_reliability(half, half, half - 0.1, half + 0.1, np.array([1200.0]))
    assert axes.get_title() == "Reliability (1,200 rows in 1 bins)"
    plt.close("all")
