"""Plots of a comparison: rows, limits, and the steps of a gain."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from poise.report.comparison import Bar, draw_by_ratio, draw_curves, draw_forest, draw_gain

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def test_intervals_with_one_label_share_a_row() -> None:
    bars = [Bar("smote", v, 0.1, 0.0, 0.2) for v in ("tuned", "at 0.5")]
    axes = draw_forest([*bars, Bar("random-over", "tuned", 0.0, -0.1, 0.1)], 0.01, "F1", 0.5)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["smote", "random-over"]
    assert axes.get_xlim() == (-0.5, 0.5)


def test_the_parts_of_a_gain_are_annotated_with_their_signs() -> None:
    axes = draw_gain(0.5, {"threshold": 0.2, "ranking": -0.1}, 0.6, "F1")
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["+0.200", "-0.100", "0.500", "0.600"]


def test_ticks_are_at_the_shares_of_the_changes() -> None:
    bars = [Bar("smote", share, 0.1, 0.0, 0.2) for share in ("1.0", "0.5")]
    assert draw_by_ratio(bars, 0.01, "F1").get_xticks().tolist() == [0.5, 1.0]


def test_the_first_curve_is_the_thickest() -> None:
    axes = draw_curves({"a": ([0, 1], [0, 1]), "b": ([0, 1], [1, 0])}, ("x", "y"), "Curves")
    first, second = axes.get_lines()
    assert first.get_linewidth() > second.get_linewidth()
