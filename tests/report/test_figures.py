"""Axes and SVG: one plot is always the same text, in the text colour of the page."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from poise.core.errors import InputError, MissingDependencyError
from poise.report import before_after, comparison, curves, diagnosis
from poise.report.figures import COLOURS, INK, axes_or_new, pyplot, svg_of

mpl.use("Agg")


def draw(axes: Any) -> None:
    axes.plot([0, 1], [0, 1])
    axes.set_title("A title")


def test_svg_is_reproducible_and_takes_the_text_colour_of_the_page() -> None:
    svg = svg_of(draw, (3, 2), "Rows & events")
    assert svg == svg_of(draw, (3, 2), "Rows & events")
    assert svg.startswith('<svg role="img" aria-label="Rows &amp; events"')
    assert (
        'fill="currentColor"' in svg.partition(">")[0]
    )  # for what has no colour: it would be black
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


HOSTILE = (
    "US$ to CA$",
    r"$\\foo$",
    r"a\\$b$",
    "_private",
    "__",
    "<script>alert(1)</script>",
    "a & b",
    "%d {} \\",
    "#000000",
    "-->",
)


def calls(name: str) -> dict[str, Callable[[Any], Any]]:
    """Return a call of each drawing function, with a name wherever a text goes."""
    x = np.linspace(0, 1, 5)
    bars = [comparison.Bar(name, variant, 0.1, 0.0, 0.2) for variant in ("0.5", "1.0")]
    by_name = [comparison.Bar("smote", name, 0.1, 0.0, 0.2)]
    points = np.random.RandomState(0).rand(6, 2)
    picture = before_after.BeforeAfter(
        points,
        np.array([0, 0, 0, 1, 1, 1]),
        np.array(["kept", "new", "removed"] * 2),
        np.empty((0, 2, 2)),
        [name, "other"],
        {(fate, code): 1 for fate in ("kept", "new", "removed") for code in (0, 1)},
        (name, name),
    )
    kinds = {"points": points, "kind": ["other"] * 6, "counts": {}, "axes": [name, name]}
    parts = {name: 0.1}
    return {
        "draw": lambda axes: before_after.draw(picture, name, axes),
        "draw_forest": lambda axes: comparison.draw_forest([*bars, *by_name], 0.1, name, 1, axes),
        "draw_gain": lambda axes: comparison.draw_gain(0.5, parts, 0.6, name, axes),
        "draw_by_ratio": lambda axes: comparison.draw_by_ratio(bars, 0.1, name, axes),
        "draw_curves": lambda axes: comparison.draw_curves(
            {name: (x, x)}, (name, name), name, axes=axes
        ),
        "draw_lines": lambda axes: curves.draw_lines(x, {name: x}, (name, name), name, axes),
        "draw_reliability": lambda axes: curves.draw_reliability(x, x, x, x, x, axes),
        "draw_kinds": lambda axes: diagnosis.draw_kinds(kinds, axes),
        "draw_confusions": lambda axes: diagnosis.draw_confusions(
            {"classes": [name, "b"], "shares": [[0.5, 0.5], [0.1, 0.9]]}, axes
        ),
    }


# How often each function shows the name.
TIMES = {
    "draw": 1
    + 4
    + 4,  # the title, two labels of two panels, one class before and three fates after
    "draw_forest": 3,
    "draw_gain": 2,
    "draw_by_ratio": 2,
    "draw_curves": 4,
    "draw_lines": 4,
    "draw_reliability": 0,
    "draw_kinds": 2,
    "draw_confusions": 2,
}


def test_every_drawing_function_is_called_with_hostile_names() -> None:
    modules = (before_after, comparison, curves, diagnosis)
    drawing = {
        name
        for module in modules
        for name, function in vars(module).items()
        if name.startswith("draw") and function.__module__ == module.__name__
    }
    assert drawing == set(calls("")) == set(TIMES)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("function", TIMES)
def test_names_are_shown_as_they_are(function: str, name: str) -> None:
    n_panels = 2 if function == "draw" else 1
    svg = svg_of(calls(name)[function], (9, 4), "picture", n_panels)
    texts = [html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]
    n_shown = sum(name.strip() in " ".join(text.split()) for text in texts)
    if function == "draw_gain":  # its names are broken into lines
        texts = " ".join(" ".join(texts).split())
        n_shown = texts.count(" ".join(name.split()))
    assert n_shown == TIMES[function]
    assert "<script>" not in svg


def test_half_a_character_is_drawn_as_a_blank() -> None:
    assert "a b" in svg_of(calls("a\udcffb")["draw_curves"], (4, 3), "picture")


def test_points_of_lines_are_written_to_a_tenth_of_a_pixel() -> None:
    def draw(axes: Any) -> None:
        axes.plot(np.linspace(0, 1, 50), np.linspace(0, 1, 50) ** 2, label="0.123456")
        axes.legend()

    drawn = svg_of(draw, (3, 3), "a curve")
    paths = re.findall(r' d="([^"]*)"', drawn)
    assert paths
    assert not any(re.search(r"\.\d\d", path) or "\n" in path for path in paths)
    assert "0.123456" in drawn
    assert "DejaVu" not in drawn
