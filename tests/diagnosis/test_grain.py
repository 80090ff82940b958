"""The resolution of columns decides what counts as exact, and how rows were rounded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification

from poise.diagnosis import _grain
from poise.diagnosis._grain import (
    Grain,
    _common_divisor,
    _grid_of,
    _last_place,
    grain_of,
    roundings,
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
    monkeypatch.setattr(_grain, "_FEW_DIFFERENCES", 2)
    # The shortest difference, 0.5, fits 5.1 neither 10 nor 11 times; the mean step 0.51 fits it 10 times.
    known = np.cumsum([0.0, 0.5, 0.52, 5.1, 51.0])
    assert _grid_of(known, 0.025) == pytest.approx(0.51)
    assert _grid_of(np.append(known, known[-1] + 5.355), 0.025) == 0.025  # 10.5 steps


def test_the_grid_of_many_values_is_that_of_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_grain, "_MOST_VALUES", 10)
    assert _grid_of(np.arange(100.0), 1e-9) == 1.0


def test_sums_of_columns_and_constants_are_not_independent_columns() -> None:
    table = np.column_stack([X[:, 0], X[:, 1], X[:, 0] + X[:, 1], np.ones(800)])
    assert len(grain_of(table).columns) == 2
    assert len(grain_of(np.column_stack([X[:, 0], X[:, 0] + 5])).columns) == 1
    assert len(grain_of(np.ones((5, 2))).columns) == 0


def test_columns_of_other_units_are_independent() -> None:
    assert grain_of(X[:, :2] * [1e-4, 1e4]).columns.tolist() == [0, 1]


def test_whole_numbers_are_rounded_cut_off_or_rounded_with_their_parents() -> None:
    low, high = zip(
        *roundings(Grain(np.arange(1), np.array([2.0]), np.ones(1), np.array([True]))), strict=True
    )
    assert np.concatenate(low) == pytest.approx([-1.0, 0.0, -2.5], abs=1e-5)
    assert np.concatenate(high) == pytest.approx([1.0, 2.0, 2.5], abs=1e-5)
    assert len(roundings(Grain(np.arange(1), np.array([2.0]), np.ones(1), np.array([False])))) == 1


def test_rounding_of_differences_does_not_hide_their_divisor() -> None:
    # 1.9999999 % 1 is almost 1, which is a rounding error as well as almost 0 is.
    assert _common_divisor(np.array([1.0, 1.9999999, 7.0]), 2e-7) == 1.0
