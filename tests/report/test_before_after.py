"""Points before and after resampling: counts, notes and the order of drawing."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from poise.core.errors import InputError
from poise.report.before_after import BeforeAfter, _by_size, _style, draw

mpl.use("Agg")

PICTURE = BeforeAfter(
    points=np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 1.0]]),
    label=np.array([0, 1, 1]),
    fate=np.array(["kept", "new", "removed"]),
    segments=np.empty((0, 2, 2)),
    classes=["no", "yes"],
    counts={("kept", 0): 1, ("new", 1): 1500, ("removed", 1): 1},
    axes=("length", "width"),
)


def test_a_note_gives_the_number_of_drawn_rows_unless_all_are_drawn() -> None:
    assert PICTURE.note("kept", "new") == "2 of 1,501 rows drawn"
    assert PICTURE.note("kept", "removed") == ""


def test_the_order_of_classes_is_by_size_before_resampling() -> None:
    larger = {("kept", 1): 2, ("kept", 0): 1}
    assert _by_size(BeforeAfter(**{**vars(PICTURE), "counts": larger})) == [1, 0]


def test_64_classes_have_different_colours_or_markers() -> None:
    assert len({_style(rank) for rank in range(64)}) == 64


def test_the_legend_after_resampling_names_class_fate_and_number() -> None:
    _, after = draw(PICTURE, "SMOTE")
    labels = after.get_legend_handles_labels()[1]
    assert labels == ["no, kept (1)", "yes, new (1,500)", "yes, removed (1)"]
    plt.close("all")


def test_a_single_axes_raises_an_error() -> None:
    axes = plt.subplots()[1]
    with pytest.raises(InputError, match="two matplotlib Axes"):
        draw(PICTURE, "SMOTE", axes)
    plt.close("all")
