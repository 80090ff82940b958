"""Rows on a line with two others, and the resolution of columns that decides what counts as exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification

from poise.diagnosis import _collinear
from poise.diagnosis._collinear import (
    Grain,
    _collinear_triples,
    _common_divisor,
    _equally_far,
    _grid_of,
    _last_place,
    _spread_around,
    grain_of,
    on_a_line,
)

X, _ = make_classification(800, n_features=8, weights=[0.9], random_state=0)


@pytest.mark.parametrize(("columns", "step"), [(np.round(X[:, 0], 2), 0.01), (X[:, 0], 1e-9)])
def test_the_step_of_a_column_is_found_also_after_scaling(columns: Any, step: float) -> None:
    # Most differences are several steps long; the step itself must be inferred.
    for scale in (1.0, 1 / 0.37):
        found = grain_of(scale * columns[:, None]).step[0]
        assert found == pytest.approx(scale * step, rel=0.05) or (step == 1e-9 and found < 1e-8)


def test_a_common_divisor_is_that_of_euclid() -> None:
    assert _common_divisor(np.array([6.0, 10.0, 14.0]), 1e-9) == 2.0
    assert _common_divisor(np.array([6.0, 10.0]), 1e-9) == 2.0


def test_the_last_place_is_that_of_the_largest_value() -> None:
    assert _last_place(np.array([1.23, 45.6])) == pytest.approx(0.1)
    assert _last_place(np.array([0.0, 1.2, 45.0])) == pytest.approx(0.1)
    assert _last_place(np.array([np.pi, np.e])) == 0.0


def test_three_to_twelve_digits_are_few_and_single_precision_has_its_own_last_place() -> None:
    assert _last_place(np.array([1.23456789012])) == pytest.approx(1e-11)
    assert _last_place(np.array([1.234567890123])) == 0.0
    assert _last_place(np.array([0.5, 3.0])) == pytest.approx(3.0 * 2.0**-23)
    assert _last_place(np.array([0.0])) == 0.0


def test_a_grid_is_at_least_ten_times_coarser_than_rounding() -> None:
    known = np.array([0.0, 1.0, 2.0])
    assert _grid_of(known, 0.1) == 0.1
    assert _grid_of(known, 1 / 10.5) == 1.0


def test_short_differences_estimate_the_step_before_it_is_counted_in_longer_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_collinear, "_FEW_DIFFERENCES", 2)
    # The shortest difference, 0.5, fits 5.1 neither 10 nor 11 times; the mean step 0.51 fits it 10 times.
    known = np.cumsum([0.0, 0.5, 0.52, 5.1, 51.0])
    assert _grid_of(known, 0.025) == pytest.approx(0.51)
    assert _grid_of(np.append(known, known[-1] + 5.355), 0.025) == 0.025  # 10.5 steps


def test_the_grid_of_many_values_is_that_of_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_collinear, "_MOST_VALUES", 10)
    assert _grid_of(np.arange(100.0), 1e-9) == 1.0


def test_sums_of_columns_and_constants_are_not_independent_columns() -> None:
    table = np.column_stack([X[:, 0], X[:, 1], X[:, 0] + X[:, 1], np.ones(800)])
    assert len(grain_of(table).columns) == 2
    assert len(grain_of(np.column_stack([X[:, 0], X[:, 0] + 5])).columns) == 1
    assert len(grain_of(np.ones((5, 2))).columns) == 0


def test_columns_of_other_units_are_independent() -> None:
    assert grain_of(X[:, :2] * [1e-4, 1e4]).columns.tolist() == [0, 1]


def test_a_row_between_two_others_has_its_position_and_its_parents() -> None:
    values = X[:100, :5]
    point = values[3] + 0.25 * (values[7] - values[3])
    around = np.arange(100)[np.newaxis]
    line = on_a_line(point[np.newaxis], values, around, grain_of(values), within=True)
    ends = {int(line.first[0]): line.gap[0], int(line.second[0]): 1 - line.gap[0]}
    assert ends == pytest.approx({3: 0.25, 7: 0.75})


def test_points_are_examined_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    values, around = X[:30, :5], np.arange(30)[np.newaxis].repeat(3, axis=0)
    points = values[3:6] + 0.25 * (values[7:10] - values[3:6])
    whole = on_a_line(points, values, around, grain_of(values), within=True)
    monkeypatch.setattr(_collinear, "_CELLS_AT_ONCE", 1)
    in_parts = on_a_line(points, values, around, grain_of(values), within=True)
    assert whole.rows.tolist() == in_parts.rows.tolist() == [0, 1, 2]
    assert whole.first.tolist() == in_parts.first.tolist()


@pytest.mark.parametrize(("step", "n_found"), [(0.0099, 1), (0.0101, 0)])
def test_chance_is_shared_by_all_pairs_around_a_point(step: float, n_found: int) -> None:
    # 3 pairs, and the point counts as one: 0.01 / 4. One column is evidence, with the chance 2.5 * step / 10.
    values = np.array([[-10.0, -5.0], [10.0, 5.0], [1.0, 0.0]])
    grain = Grain(np.arange(2), np.full(2, step), np.ones(2))
    line = on_a_line(np.zeros((1, 2)), values, np.array([[0, 1, 2]]), grain, within=True)
    assert len(line.rows) == n_found


def test_a_coarse_column_of_a_large_unit_hides_no_line() -> None:
    values = np.array([[-1.0, -2.0, -1.0], [1.0, 2.0, -1.0]])
    grain = Grain(np.arange(3), np.array([1e-9, 1e-9, 1.0]), np.array([1.0, 1.0, 1000.0]))
    line = on_a_line(np.zeros((1, 3)), values, np.array([[0, 1]]), grain, within=True)
    assert line.gap.tolist() == [0.5]


def test_a_missing_neighbour_and_the_point_itself_are_no_ends_of_a_line() -> None:
    values = np.array([[-1.0, -2.0, -3.5], [0.0, 0.0, 0.0], [1.0, 2.0, 3.5]])
    grain = Grain(np.arange(3), np.full(3, 1e-9), np.ones(3))
    for around, n_found in (([[0, 2]], 1), ([[0, -1]], 0), ([[0, 1]], 0)):
        line = on_a_line(np.zeros((1, 3)), values, np.array(around), grain, within=True)
        assert len(line.rows) == n_found


def test_no_points_are_on_no_line() -> None:
    line = on_a_line(X[:0], X, np.empty((0, 5), dtype=np.intp), grain_of(X), within=True)
    assert len(line.rows) == len(line.gap) == 0
    nothing = np.empty((0, 2))
    assert list(map(len, _collinear_triples(nothing, nothing, np.ones(2), nothing))) == [0, 0, 0]


ALONG = np.array([[40.0, -20.0, 20.0, 5.0, 6.0, 4.0]])
SPREAD = np.array([[100.0, 50.0, 50.0, 5.0, 0.5, 50.0]])


@pytest.mark.parametrize(
    ("gap", "chances"),
    # One of the two columns of 20 steps follows from the other; 4 steps are no evidence. Beyond the ends,
    # rounding counts as many times as the segment is long. No chance is above 1.
    [(0.25, [2.5 / 50, 2.5 / 5, 1.0]), (3.0, [7.5 / 50, 1.0, 1.0])],
)
def test_the_chance_of_a_line_is_the_product_over_the_other_columns(
    gap: float, chances: list[float]
) -> None:
    found = _collinear_triples(-gap * ALONG, (1 - gap) * ALONG, np.ones(6), SPREAD)
    assert found[0].tolist() == [True]
    assert found[1].tolist() == [gap]
    assert found[2] == pytest.approx([np.log(chances).sum()])


@pytest.mark.parametrize(("off", "is_line"), [(1.25, True), (1.375, False)])
def test_a_point_on_a_line_is_off_by_a_step_and_a_quarter_at_most(off: float, is_line) -> None:
    away = np.array([[0.0, 0.0, 0.0, off, 0.0, 0.0]])
    found = _collinear_triples(away - 0.25 * ALONG, away + 0.75 * ALONG, np.ones(6), SPREAD)
    assert found[0].tolist() == [is_line]


def test_of_columns_equally_far_apart_all_but_one_follow() -> None:
    found = _equally_far(np.array([[1.0, -1.0, 3.0], [1.0, 2.0, 3.0], [0.0, 0.0, 5.0]]))
    assert found.sum(axis=1).tolist() == [1, 0, 1]
    assert not found[:, 2].any()


@pytest.mark.parametrize(("off", "is_line"), [(0.06, True), (0.09, False)])
def test_the_tolerance_grows_with_the_distance_beyond_an_end(off: float, is_line) -> None:
    # Three times as far from the first row as the second row is, so rounding counts three times.
    to_a, to_b = np.array([[-6.0, off - 3.0]]), np.array([[-4.0, off - 2.0]])
    found, gap, _ = _collinear_triples(to_a, to_b, np.full(2, 0.02), np.ones((1, 2)))
    assert gap[0] == pytest.approx(3.0)
    assert found[0] == is_line


def test_the_spread_around_a_point_is_the_range_of_the_rows_that_are_apart() -> None:
    away = np.array([[[1.0, -2.0], [4.0, 5.0], [-3.0, 9.0]]])
    found = _spread_around(away, np.array([[True, True, False]]))
    assert found.tolist() == [[4.0, 7.0]]  # from 0, the point itself, to the farthest
    assert _spread_around(-away, np.array([[True, True, False]])).tolist() == [[4.0, 7.0]]
    assert _spread_around(away[:, :1], np.array([[True]])).tolist() == [[1.0, 2.0]]


def test_rounding_of_differences_does_not_hide_their_divisor() -> None:
    # 1.9999999 % 1 is almost 1, which is a rounding error as well as almost 0 is.
    assert _common_divisor(np.array([1.0, 1.9999999, 7.0]), 2e-7) == 1.0
