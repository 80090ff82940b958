"""Rows on a line with two others, up to rounding and beyond chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification

from poise.diagnosis import _collinear
from poise.diagnosis._collinear import (
    Triples,
    _chance_of_values,
    _equally_far,
    _meeting,
    _spread_around,
    on_a_line,
)
from poise.diagnosis._grain import Grain, Rounding, grain_of

X, _ = make_classification(800, n_features=8, weights=[0.9], random_state=0)


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


def grain_with(step: list[float], *, is_grid: bool = False) -> Grain:
    """Return columns of a step each, of deviation 1."""
    d = len(step)
    return Grain(np.arange(d), np.array(step), np.ones(d), np.full(d, is_grid))


@pytest.mark.parametrize(("step", "n_found"), [(0.0099, 1), (0.0101, 0)])
def test_chance_is_shared_by_all_pairs_around_a_point(step: float, n_found: int) -> None:
    # 3 pairs, and the point counts as one: 0.01 / 4. One column is evidence, with the chance 2.5 * step / 10;
    # the two columns have 10 / step + 20 / step positions, 1.5 times as many as the longer one.
    values = np.array([[-10.0, -5.0], [10.0, 5.0], [1.0, 1.0]])
    around = np.array([[0, 1, 2]])
    grain = grain_with([1.5**-1 * step] * 2)
    line = on_a_line(np.zeros((1, 2)), values, around, grain, within=True)
    assert len(line.rows) == n_found


def test_other_signs_make_a_line_less_likely_by_chance() -> None:
    values, around = np.array([[-10.0, -5.0], [10.0, 5.0], [1.0, 1.0]]), np.array([[0, 1, 2]])
    grain = grain_with([0.01] * 2)
    for log_chance, n_found in ((0.0, 0), (-1.0, 1)):
        line = on_a_line(
            np.zeros((1, 2)), values, around, grain, within=True, log_chance=log_chance
        )
        assert len(line.rows) == n_found


def test_a_coarse_column_of_a_large_unit_hides_no_line() -> None:
    values = np.array([[-1.0, -2.0, -1.0], [1.0, 2.0, -1.0]])
    grain = Grain(
        np.arange(3),
        np.array([1e-9, 1e-9, 1.0]),
        np.array([1.0, 1.0, 1000.0]),
        np.array([False, False, True]),
    )
    line = on_a_line(np.zeros((1, 3)), values, np.array([[0, 1]]), grain, within=True)
    assert line.gap == pytest.approx([0.5])


def test_a_column_changed_afterwards_is_off_the_line() -> None:
    values = np.array([[-1.0, -2.0, -3.5, 4.0], [1.0, 2.0, 3.5, 5.0]])
    for n_changed, n_found in ((0, 0), (1, 1), (2, 1)):
        line = on_a_line(
            np.zeros((1, 4)),
            values,
            np.array([[0, 1]]),
            grain_with([1e-9] * 4),
            within=True,
            n_changed=n_changed,
        )
        assert len(line.rows) == n_found
    assert line.is_off.tolist() == [[False, False, False, True]]
    assert line.gap == pytest.approx([0.5])


@pytest.mark.parametrize("cast", [np.rint, np.floor])
def test_whole_rows_between_whole_parents_are_found_if_rounded_or_cut_off(cast: Any) -> None:
    rng = np.random.RandomState(0)
    real = rng.randint(40, size=(60, 12)).astype(float)
    made = cast(real[:20] + rng.uniform(size=(20, 1)) * (real[20:40] - real[:20]))
    values = np.vstack([real, made])
    grain = grain_of(values)
    assert grain.is_grid.all()
    around = np.tile(np.arange(60), (20, 1))
    line = on_a_line(made, values, around, grain, within=True)
    assert line.rows.tolist() == list(range(20))
    assert not len(on_a_line(real[40:], real, around[:, :40], grain, within=True).rows)


def test_a_missing_neighbour_and_the_point_itself_are_no_ends_of_a_line() -> None:
    values = np.array([[-1.0, -2.0, -3.5], [0.0, 0.0, 0.0], [1.0, 2.0, 3.5]])
    grain = grain_with([1e-9] * 3)
    for around, n_found in (([[0, 2]], 1), ([[0, -1]], 0), ([[0, 1]], 0)):
        line = on_a_line(np.zeros((1, 3)), values, np.array(around), grain, within=True)
        assert len(line.rows) == n_found


def test_no_points_are_on_no_line() -> None:
    line = on_a_line(X[:0], X, np.empty((0, 5), dtype=np.intp), grain_of(X), within=True)
    assert len(line.rows) == len(line.gap) == 0


ALONG = np.array([[40.0, -20.0, 20.0, 5.0, 6.0, 4.0]])
CHANCES = np.array([[0.5, 0.025, 0.05, 0.5, 0.9, 0.05]])
QUARTER = Rounding(np.full(6, -1.25), np.full(6, 1.25))


def triple(gap: float, off: float = 0.0) -> Triples:
    """Return a point at a position between or beyond two rows, off the line in one column."""
    away = np.array([[0.0, 0.0, 0.0, off, 0.0, 0.0]])
    return Triples(away - gap * ALONG, away + (1 - gap) * ALONG, QUARTER, CHANCES)


@pytest.mark.parametrize(
    ("gap", "chances"),
    # One of the two columns of 20 steps follows from the other. Beyond the ends, rounding counts as many times
    # as the segment is long. No chance is above 1.
    [(0.25, [0.025, 0.5, 0.9, 0.05]), (3.0, [0.075, 1.0, 1.0, 0.15])],
)
def test_the_chance_of_a_line_is_the_product_over_the_other_columns(
    gap: float, chances: list[float]
) -> None:
    kept, found, is_off, log_chance = triple(gap).on_lines(
        grain_with([1.0] * 6), within=gap < 1, n_changed=0
    )
    assert kept.tolist() == [0]
    assert found == pytest.approx([gap], abs=0.05)
    assert not is_off.any()
    n_positions = np.abs(ALONG).sum() / 40
    assert log_chance == pytest.approx([np.log(chances).sum() + np.log(n_positions)], abs=0.2)


@pytest.mark.parametrize(("off", "is_line"), [(1.2, True), (3.0, False)])
def test_a_point_on_a_line_is_off_by_rounding_at_most(off: float, is_line) -> None:
    kept, *_ = triple(0.25, off).on_lines(grain_with([1.0] * 6), within=True, n_changed=0)
    assert len(kept) == is_line


def test_a_column_that_may_have_been_changed_is_no_evidence() -> None:
    kept, gap, is_off, log_chance = triple(0.25, 30.0).on_lines(
        grain_with([1.0] * 6), within=True, n_changed=1
    )
    assert kept.tolist() == [0]
    assert gap == pytest.approx([0.25], abs=0.05)
    assert is_off.tolist() == [[False, False, False, True, False, False]]
    n_positions = np.abs(np.delete(ALONG, 3)).sum() / 40
    assert log_chance == pytest.approx(
        [np.log([0.025, 0.9, 0.05]).sum() + np.log(n_positions)], abs=1e-6
    )


def test_no_triples_are_on_no_lines() -> None:
    nothing = np.empty((0, 2))
    quarter = Rounding(np.full(2, -1.25), np.full(2, 1.25))
    for n_changed in (0, 1):
        found = Triples(nothing, nothing, quarter, nothing).on_lines(
            grain_with([1.0] * 2), within=True, n_changed=n_changed
        )
        assert list(map(len, found)) == [0, 0, 0, 0]


def test_intervals_meet_where_most_of_them_do() -> None:
    first = np.array([[0.0, 0.2, 0.5], [0.0, 0.5, -np.inf], [np.inf, 0.1, 0.3]])
    last = np.array([[0.4, 0.3, 0.6], [0.4, 0.9, np.inf], [-np.inf, 0.3, 0.5]])
    assert _meeting(first, last) == pytest.approx([0.25, 0.2, 0.3])


def test_the_chance_of_a_value_is_that_of_the_rows_around_or_of_even_spread() -> None:
    away = np.array([[[0.0, 5.0], [0.0, -5.0], [3.0, 2.0]]])
    window = Rounding(np.full(2, -0.5), np.full(2, 0.5))
    is_apart = np.ones((1, 3), dtype=bool)
    spread = _spread_around(away, is_apart)
    # Two of three rows have the value of the point, which counts as one; values are spread over 10 units.
    assert _chance_of_values(away, is_apart, spread, window) == pytest.approx(
        np.array([[2 / 4, 1 / 10]])
    )


def test_of_columns_equally_far_apart_all_but_one_follow() -> None:
    found = _equally_far(np.array([[1.0, -1.0, 3.0], [1.0, 2.0, 3.0], [0.0, 0.0, 5.0]]))
    assert found.sum(axis=1).tolist() == [1, 0, 1]
    assert not found[:, 2].any()


@pytest.mark.parametrize(("off", "is_line"), [(0.06, True), (0.2, False)])
def test_the_tolerance_grows_with_the_distance_beyond_an_end(off: float, is_line) -> None:
    # Three times as far from the first row as the second row is, so rounding counts three times.
    to_first, to_second = np.array([[-6.0, off - 3.0]]), np.array([[-4.0, off - 2.0]])
    rounding = Rounding(np.full(2, -0.025), np.full(2, 0.025))
    kept, *_ = Triples(to_first, to_second, rounding, np.ones((1, 2))).on_lines(
        grain_with([0.02] * 2), within=False, n_changed=0
    )
    assert len(kept) == is_line


def test_the_spread_around_a_point_is_the_range_of_the_rows_that_are_apart() -> None:
    away = np.array([[[1.0, -2.0], [4.0, 5.0], [-3.0, 9.0]]])
    found = _spread_around(away, np.array([[True, True, False]]))
    assert found.tolist() == [[4.0, 7.0]]  # from 0, the point itself, to the farthest
    assert _spread_around(-away, np.array([[True, True, False]])).tolist() == [[4.0, 7.0]]
    assert _spread_around(away[:, :1], np.array([[True]])).tolist() == [[1.0, 2.0]]
