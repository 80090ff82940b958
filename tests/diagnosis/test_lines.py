"""Rows exactly between two others of their class are found, in a table and across a split."""

from __future__ import annotations

import numpy as np
import pytest
from interpolated import OTHERS, REAL, made_from

from poise.diagnosis._evidence import read_parts
from poise.diagnosis._grain import grain_of
from poise.diagnosis._lines import (
    NO_COLUMNS,
    _between,
    _shared_categories,
    deviations,
    lines_across,
    lines_in,
    nearest_in_both_units,
    usable,
)


def test_columns_with_more_than_a_tenth_missing_are_left_out() -> None:
    numbers = np.zeros((20, 2))
    numbers[:2, 0], numbers[:3, 1] = np.nan, np.nan
    columns, is_known = usable(numbers, NO_COLUMNS)
    assert columns.tolist() == [0]
    assert np.flatnonzero(~is_known).tolist() == [0, 1]
    assert usable(np.zeros((20, 3)), np.array([1]))[0].tolist() == [0, 2]


def test_a_class_of_nineteen_rows_is_too_small() -> None:
    X = np.random.RandomState(0).normal(size=(60, 4))
    read = read_parts(X, np.arange(60) < 19, "X", "y")
    found = lines_in(read, 1)
    assert found.inconclusive == (
        "too few",
        "Class True has 19 rows, too few to search for lines.",
    )
    assert (found.n_found, found.n_examined, found.n_rows) == (0, 0, 19)


# Twenty rows of three columns, the fewest that are searched, and a row between two of them.
TWENTY = np.random.RandomState(0).normal(size=(20, 3))
ONE_MORE = np.vstack([TWENTY, TWENTY[3] + 0.25 * (TWENTY[7] - TWENTY[3])])


def test_a_row_between_two_others_of_twenty_is_found() -> None:
    found = lines_in(read_parts(ONE_MORE, np.ones(21), "X", "y"), 0)
    assert found.inconclusive is None
    assert (found.n_found, found.n_examined, found.n_rows) == (1, 21, 21)
    assert found.line.rows.tolist() == [20]
    assert {int(found.line.first[0]), int(found.line.second[0])} == {3, 7}
    assert lines_in(read_parts(TWENTY, np.ones(20), "X", "y"), 0).n_examined == 20


def test_a_test_row_on_a_line_with_two_of_twenty_training_rows_is_found() -> None:
    found = lines_across(read_parts(ONE_MORE, np.ones(21), "X", "y"), 0, 20)
    assert (found.n_found, found.n_examined, found.n_rows) == (1, 1, 21)
    assert found.line.rows.tolist() == [20]
    assert {int(found.line.first[0]), int(found.line.second[0])} == {3, 7}


def test_a_test_row_beyond_its_parent_is_on_a_line_too() -> None:
    beyond = np.vstack([TWENTY, TWENTY[3] + 2.0 * (TWENTY[7] - TWENTY[3])])
    assert lines_across(read_parts(beyond, np.ones(21), "X", "y"), 0, 20).n_found == 1


@pytest.mark.parametrize(
    ("n_train", "n_columns", "why"),
    [
        (19, 3, "19 training rows and 2 test rows, too few"),
        (21, 3, "21 training rows and 0 test rows, too few"),
        (20, 2, "2 independent numeric columns"),
    ],
)
def test_too_few_rows_or_columns_of_a_split_give_no_verdict(
    n_train: int, n_columns: int, why: str
) -> None:
    read = read_parts(ONE_MORE[:, :n_columns], np.ones(21), "X", "y")
    inconclusive = lines_across(read, 0, n_train).inconclusive
    assert inconclusive is not None
    assert why in inconclusive.reason


def test_rows_around_a_point_are_near_in_raw_and_in_standard_units() -> None:
    # The second column decides in raw units; in standard units the first one does.
    values = np.array([[0.0, 0.0], [1.0, 300.0], [2.0, 100.0], [9.0, 200.0]])
    assert sorted(nearest_in_both_units(values)[0].tolist()) == [1, 2, 3]
    assert sorted(nearest_in_both_units(values, np.array([[0.0, 10.0]]))[0].tolist()) == [
        0,
        1,
        2,
        3,
    ]


def test_each_row_around_a_point_is_named_once() -> None:
    values = np.random.RandomState(0).normal(size=(100, 2)) * [1.0, 50.0]
    around = nearest_in_both_units(values)
    for row in around.tolist():
        known = [one for one in row if one >= 0]
        assert len(set(known)) == len(known) >= 60
        assert row[len(known) :] == [-1] * (len(row) - len(known))


def test_parents_hidden_by_the_rows_made_around_them_are_found_by_a_second_search() -> None:
    rng = np.random.RandomState(0)
    real, pair = rng.normal(size=(20, 4)), rng.uniform(size=(100, 20)).argsort(axis=1)
    made = real[pair[:, 0]] + rng.uniform(size=(100, 1)) * (real[pair[:, 1]] - real[pair[:, 0]])
    values = np.vstack([real, made])
    line = _between(values, np.empty((120, 0)), grain_of(values), np.arange(120))
    first, second = values[line.first], values[line.second]
    on_line = first + line.gap[:, np.newaxis] * (second - first)
    np.testing.assert_allclose(on_line, values[line.rows], atol=1e-9)
    assert sorted(line.rows.tolist()) == list(range(20, 120))


def test_a_test_row_that_equals_a_training_row_is_on_no_line() -> None:
    # It would be an end of each segment that starts at its twin.
    train = np.vstack([REAL, made_from(REAL, 60)])
    read = read_parts(np.vstack([train, REAL[:10], OTHERS[:10]]), np.ones(110), "X", "y")
    found = lines_across(read, 0, 90)
    assert (found.n_found, found.n_examined) == (0, 10)
    only = lines_across(read_parts(np.vstack([train, REAL[:10]]), np.ones(100), "X", "y"), 0, 90)
    assert only.inconclusive is not None
    assert "All 10 test rows of class 1.0 repeat a training row" in only.inconclusive.reason


def test_categories_shared_with_a_row_around_are_a_sign() -> None:
    values = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    around = np.array([[0, 1, 2, -1]])
    # Two of three rows have the first category, and two the second; one of three has both.
    expected = 2 * np.log(3 / 4) + np.log(3)
    assert _shared_categories(np.array([[0.0, 0.0]]), values, around) == pytest.approx(
        [min(expected, 0)]
    )
    assert _shared_categories(np.array([[1.0, 1.0]]), values, around).tolist() == [0.0]
    assert _shared_categories(np.empty((1, 0)), values[:, :0], around).tolist() == [0.0]


def test_a_largest_class_is_examined_in_a_sample() -> None:
    rng = np.random.RandomState(0)
    read = read_parts(rng.normal(size=(700, 4)), np.arange(700) < 100, "X", "y")
    assert lines_in(read, 0).n_examined == 300
    assert "of 300 examined rows of class False" in lines_in(read, 0).message
    assert lines_in(read, 1).n_examined == 100


def test_a_constant_column_has_the_unit_one() -> None:
    assert deviations(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist() == [1.0, 1.0]
    assert deviations(np.array([[1.0], [1.5]])).tolist() == [0.25]


def test_a_made_row_needs_both_parents_in_the_training_part() -> None:
    train, test = made_from(REAL, 60), made_from(REAL, 20) + 1
    across = lines_across(read_parts(np.vstack([train, test]), np.ones(80), "X", "y"), 0, 60).part
    assert across is not None
    assert across.both_kept == 0.75**2
    within = lines_in(read_parts(train, np.ones(60), "X", "y"), 0).part
    assert within is not None
    assert within.both_kept == 1.0
