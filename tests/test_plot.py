"""Plots before and after resampling: points, counts and legends, readable without colours."""

from __future__ import annotations

from typing import Any

import imblearn.over_sampling
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from poise import SMOTE, RandomUnderSampler, SMOTETomek, plot
from poise.core.errors import InputError, UnknownNameError, UnsupportedTypeError
from poise.datasets import load_hypothyroid, load_page_blocks

mpl.use("Agg")

rng = np.random.RandomState(0)
X = rng.randn(120, 2)
y = np.repeat(["no", "yes"], [90, 30])
X[90:] += 1


def data_of(X: Any, y: Any, sampler: Any, **more: Any) -> plot.BeforeAfter:
    X_new, _ = sampler.fit_resample(X, y)
    return plot.before_after_data(X, y, X_new, sampler.plan_, **more)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def test_each_row_is_either_kept_removed_or_new() -> None:
    sampler = SMOTETomek(random_state=0)
    picture = data_of(X, y, sampler)
    n_new = int(sampler.plan_.is_new.sum())
    n_kept = len(sampler.plan_) - n_new
    assert dict(zip(*np.unique(picture.fate, return_counts=True), strict=True)) == {
        "kept": n_kept,
        "new": n_new,
        "removed": 120 - n_kept,
    }
    assert sum(picture.counts.values()) == 120 + n_new
    assert picture.note("kept", "removed") == ""


def test_two_columns_are_drawn_unchanged() -> None:
    picture = data_of(pd.DataFrame(X, columns=["age", "pay"]), y, RandomUnderSampler())
    assert picture.axes == ("age", "pay")
    drawn = {tuple(point) for point in picture.points}
    assert drawn == {tuple(row) for row in X}


def test_more_columns_are_projected_and_the_axes_give_their_share() -> None:
    X_many, labels = load_page_blocks().X_y()
    picture = data_of(X_many, labels, RandomUnderSampler(random_state=0))
    assert picture.axes == ("principal component 1 (41%)", "principal component 2 (17%)")
    assert picture.note("kept", "removed") == "1,587 of 5,472 rows drawn"


def test_columns_can_be_chosen_by_name_or_position() -> None:
    frame = pd.DataFrame(rng.randn(120, 3), columns=["a", "b", "c"])
    assert data_of(frame, y, SMOTE(), columns=["c", "a"]).axes == ("c", "a")
    numbered = frame.set_axis([5, 7, 9], axis=1)
    assert data_of(numbered, y, SMOTE(), columns=[5, 7]).axes == ("column 5", "column 7")
    assert data_of(frame.to_numpy(), y, SMOTE(), columns=[2, 0]).axes == ("column 2", "column 0")


def test_a_table_with_text_and_missing_values_is_drawn_by_its_numbers() -> None:
    X_mixed, labels = load_hypothyroid().X_y("polars")
    picture = data_of(X_mixed, labels, RandomUnderSampler(random_state=0))
    assert np.isfinite(picture.points).all()


def test_sparse_tables_are_drawn() -> None:
    assert len(data_of(sp.csr_array(X), y, SMOTE()).points) == 180


def test_segments_run_from_seed_to_partner_through_the_new_row() -> None:
    sampler = SMOTE(random_state=0)
    picture = data_of(X, y, sampler, segments=True)
    lineage = sampler.plan_.lineage()
    new = lineage.origin == "blended"
    np.testing.assert_array_equal(picture.segments[:, 0], X[lineage.seed[new]])
    np.testing.assert_array_equal(picture.segments[:, 1], X[lineage.partner[new]])


def test_the_points_have_a_frame() -> None:
    frame = pd.DataFrame(data_of(X, y, SMOTE()).to_dict())
    assert frame.columns.tolist() == ["column 0", "column 1", "class", "fate"]
    assert frame["class"].unique().tolist() == ["no", "yes"]


def test_the_picture_has_two_panels_whose_legends_count() -> None:
    before, after = plot.before_after(X, y, SMOTETomek(random_state=0), segments=True)
    assert (before.get_title(), after.get_title()) == ("Before", "After SMOTETomek")
    legend = [text.get_text() for text in after.get_legend().get_texts()]
    picture = data_of(X, y, SMOTETomek(random_state=0))
    assert f"yes, new ({picture.count(1, 'new')})" in legend
    assert f"no, removed ({picture.count(0, 'removed')})" in legend
    assert [t.get_text() for t in before.get_legend().get_texts()] == ["no (90)", "yes (30)"]


def test_groups_differ_in_marker_or_filling_and_not_in_colour_alone() -> None:
    _, after = plot.before_after(X, y, SMOTETomek(random_state=0))
    looks = {
        (group.get_paths()[0].vertices.tobytes(), len(group.get_facecolors()))
        for group in after.collections
    }
    assert len(looks) == len(after.collections) == 5


def test_axes_can_be_given_and_the_sampler_is_not_fitted() -> None:
    figure, given = plt.subplots(1, 2)
    sampler = SMOTE()
    drawn = plot.before_after(X, y, sampler, axes=given)
    assert drawn[0].figure is figure
    assert not hasattr(sampler, "plan_")


@pytest.mark.parametrize(
    ("table", "more", "words"),
    [
        (X[:, :1], {}, "needs two numeric columns; X has 1"),
        (X, {"columns": [0]}, "must be a list of two column names"),
        (X, {"columns": 5}, "must be a list of two column names"),
        (X, {"axes": 3}, "must be two matplotlib Axes"),
        (X * [1.0, np.nan], {}, "needs two columns with values"),
        (
            pd.DataFrame(X, columns=["age", "pay"]),
            {"columns": ["age", "pya"]},
            "Did you mean 'pay'",
        ),
    ],
)
def test_invalid_tables_and_columns_raise_an_error(
    table: Any, more: dict[str, Any], words: str
) -> None:
    with pytest.raises((InputError, UnknownNameError), match=words):
        plot.before_after(table, y, RandomUnderSampler(), **more)


@pytest.mark.parametrize("sampler", ["smote", SMOTE, imblearn.over_sampling.SMOTE()])
def test_a_sampler_without_a_plan_raises_an_error(sampler: Any) -> None:
    with pytest.raises(UnsupportedTypeError, match="is not a sampler of Poise"):
        plot.before_after(X, y, sampler)


def test_hostile_names_are_drawn() -> None:
    table = pd.DataFrame(X, columns=[r"US$ to CA$", r"$\\foo$"])
    labels = np.where(y == "yes", "_$a$", "$b$")
    before, after = plot.before_after(table, labels, SMOTE(random_state=0))
    before.figure.canvas.draw()
    texts = [text.get_text() for text in after.get_legend().get_texts()]
    assert texts == [r"\$b\$, kept (90)", r"_\$a\$, kept (30)", r"_\$a\$, new (60)"]


@pytest.mark.parametrize("factor", [1e-300, 1e-160, 1e150, 1e250])
def test_the_projection_does_not_depend_on_the_unit(factor: float) -> None:
    wide = np.c_[X, X[:, 0] * X[:, 1]]
    sampler = RandomUnderSampler(random_state=0)
    sampler.fit_resample(wide, y)
    plan = sampler.plan_
    usual, scaled = (
        plot.before_after_data(part, y, plan.apply(part), plan) for part in (wide, wide * factor)
    )
    assert usual.axes == scaled.axes
    np.testing.assert_allclose(np.abs(scaled.points), np.abs(usual.points), atol=1e-9)
