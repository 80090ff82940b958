"""What the search for lines would find is measured on artificial rows, also if columns were changed."""

from __future__ import annotations

import numpy as np
import pytest
from interpolated import REAL, changed, made_from

from poise.diagnosis._collinear import none_of
from poise.diagnosis._lines import LineSearch, Part
from poise.diagnosis._sensitivity import _power, _upper, changed_columns, sensitivity


def test_the_bound_on_made_rows_is_that_of_clopper_and_pearson() -> None:
    assert _upper(0, 20, 1.0) == pytest.approx(1 - 0.01 ** (1 / 20))
    assert _upper(0, 20, 0.5) == pytest.approx(2 * (1 - 0.01 ** (1 / 20)))
    assert _upper(20, 20, 0.9) == _upper(0, 20, 0.0) == _upper(0, 2, 0.5) == 1.0


def test_the_power_is_1_for_exact_values_and_0_for_coarse_ones() -> None:
    rows = np.random.RandomState(0).normal(size=(40, 6))
    assert _power(rows, 0, 100) > 0.9
    assert _power(rows, 2, 100) > 0.9
    assert _power(rows[:, :3], 2, 100) == 0.0  # one column is left
    assert _power(np.round(3 * rows[:, :3]), 0, 100) == 0.0
    assert _power(rows[:12], 0, 100) > 0.9


@pytest.mark.filterwarnings("error")
def test_a_constant_column_does_not_hide_artificial_rows() -> None:
    rows = np.random.RandomState(0).normal(size=(40, 5))
    rows[:, 2] = 0.0
    assert _power(rows, 0, 100) > 0.9


def test_three_changed_columns_of_six_are_not_found() -> None:
    table = changed(np.vstack([REAL, made_from(REAL, 90)]), [0, 1, 2])
    part = Part(table, table, np.zeros(120, dtype=bool))
    assert changed_columns(LineSearch(None, "", 0, 120, 120, none_of(6), part)).tolist() == []


def test_what_the_searches_would_find_is_measured_on_the_rows_of_the_class() -> None:
    part = Part(REAL, REAL, np.zeros(30, dtype=bool))
    found = sensitivity(LineSearch(None, "", 0, 30, 30, none_of(6), part))
    assert found.power > 0.9
    assert found.most_made < 0.2
    assert max(found.most_changed) < 0.2
    few = Part(REAL[:19], REAL[:19], np.zeros(19, dtype=bool))
    assert sensitivity(LineSearch(None, "", 0, 19, 19, none_of(6), few))[1:] == (1.0, (1.0, 1.0))


def test_of_three_columns_one_may_have_been_changed_and_two_hide_everything() -> None:
    three = REAL[:, :3]
    part = Part(three, three, np.zeros(30, dtype=bool))
    found = sensitivity(LineSearch(None, "", 0, 30, 30, none_of(3), part))
    assert found.most_changed[0] < 0.5
    assert found.most_changed[1] == 1.0
