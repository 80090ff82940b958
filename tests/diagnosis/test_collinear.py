"""Rows on a line with two others, and the resolution of columns that decides what counts as exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification

from poise.diagnosis._collinear import (
    _collinear_triples,
    _common_divisor,
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
    assert _last_place(np.array([np.pi, np.e])) == 0.0


def test_sums_of_columns_and_constants_are_not_independent_columns() -> None:
    table = np.column_stack([X[:, 0], X[:, 1], X[:, 0] + X[:, 1], np.ones(800)])
    assert len(grain_of(table).columns) == 2


def test_a_row_between_two_others_has_its_position_and_its_parents() -> None:
    values = X[:100, :5]
    point = values[3] + 0.25 * (values[7] - values[3])
    around = np.arange(100)[np.newaxis]
    line = on_a_line(point[np.newaxis], values, around, grain_of(values), within=True)
    ends = {int(line.first[0]): line.gap[0], int(line.second[0]): 1 - line.gap[0]}
    assert ends == pytest.approx({3: 0.25, 7: 0.75})


def test_no_points_are_on_no_line() -> None:
    line = on_a_line(X[:0], X, np.empty((0, 5), dtype=np.intp), grain_of(X), within=True)
    assert len(line.rows) == len(line.gap) == 0


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


def test_rounding_of_differences_does_not_hide_their_divisor() -> None:
    # 1.9999999 % 1 is almost 1, which is a rounding error as well as almost 0 is.
    assert _common_divisor(np.array([1.0, 1.9999999, 7.0]), 2e-7) == 1.0
