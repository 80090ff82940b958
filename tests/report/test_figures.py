"""Axes and SVG: one plot is always the same text, in the text colour of the page."""

from __future__ import annotations

import sys
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

from poise.core.errors import InputError, MissingDependencyError
from poise.report.figures import COLOURS, INK, axes_or_new, pyplot, svg_of

mpl.use("Agg")


def draw(axes: Any) -> None:
    axes.plot([0, 1], [0, 1])
    axes.set_title("A title")


def test_svg_is_reproducible_and_takes_the_text_colour_of_the_page() -> None:
    svg = svg_of(draw, (3, 2), "Rows & events")
    assert svg == svg_of(draw, (3, 2), "Rows & events")
    assert svg.startswith('<svg role="img" aria-label="Rows &amp; events"')
    assert "currentColor" in svg
    assert INK not in svg
    assert ">A title<" in svg


def test_a_figure_for_svg_is_closed() -> None:
    svg_of(draw, (3, 2), "Plot")
    assert plt.get_fignums() == []


def test_given_axes_are_used_and_other_objects_raise_an_error() -> None:
    axes = plt.subplots()[1]
    assert axes_or_new(axes) is axes
    plt.close("all")
    with pytest.raises(InputError, match="3 is not a matplotlib Axes"):
        axes_or_new(3)


def test_all_colours_differ() -> None:
    assert len(set(COLOURS)) == 8


def test_a_plot_without_matplotlib_raises_an_error_with_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "poise\[plot\]"'):
        pyplot()
