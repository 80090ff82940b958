"""Lines of each class are judged by those of the largest class."""

from __future__ import annotations

import numpy as np
import pytest

from poise.diagnosis._collinear import grain_of
from poise.diagnosis._evidence import INTERPOLATED, read_parts
from poise.diagnosis._lines import (
    LineSearch,
    _around,
    _between,
    _deviations,
    _power,
    _usable,
    judged_by_the_largest,
    lines_across,
    lines_in,
)


def search(n_found: int, n_rows: int, power: float = 1.0) -> LineSearch:
    return LineSearch(None, f"{n_found} rows", n_found, n_rows, n_rows, power=power)


def verdict_on(small: LineSearch, natural: int = 0) -> str:
    evidence = judged_by_the_largest([search(natural, 1000), small], INTERPOLATED, "as made")
    return evidence[1].verdict


@pytest.mark.parametrize(("n_rows", "verdict"), [(1100, "interpolated"), (1101, "cannot tell")])
def test_a_class_larger_than_the_largest_was_not_over_sampled(n_rows: int, verdict: str) -> None:
    assert verdict_on(search(200, n_rows)) == verdict


@pytest.mark.parametrize(
    ("n_found", "verdict"),
    [(4, "clean"), (5, "cannot tell"), (14, "cannot tell"), (15, "interpolated")],
)
def test_shares_of_5_and_15_percent_separate_the_verdicts(n_found: int, verdict: str) -> None:
    assert verdict_on(search(n_found, 100)) == verdict


def test_twice_the_natural_share_is_needed() -> None:
    assert verdict_on(search(39, 100), natural=200) == "cannot tell"
    assert verdict_on(search(40, 100), natural=200) == "interpolated"


def test_three_rows_on_lines_are_enough_and_two_never_are() -> None:
    assert verdict_on(search(2, 12)) == "clean"
    assert verdict_on(search(3, 12)) == "interpolated"


def test_a_search_that_finds_less_than_half_of_artificial_rows_gives_no_verdict() -> None:
    assert verdict_on(search(0, 100, power=0.49)) == "cannot tell"
    assert verdict_on(search(0, 100, power=0.5)) == "clean"


def test_columns_with_more_than_a_tenth_missing_are_left_out() -> None:
    numbers = np.zeros((20, 2))
    numbers[:2, 0], numbers[:3, 1] = np.nan, np.nan
    columns, is_known = _usable(numbers)
    assert columns.tolist() == [0]
    assert np.flatnonzero(~is_known).tolist() == [0, 1]


def test_a_class_of_eleven_rows_is_too_small() -> None:
    X = np.random.RandomState(0).normal(size=(40, 4))
    read = read_parts(X, np.arange(40) < 11, "X", "y")
    found = lines_in(read, 1)
    assert found.inconclusive == (
        "too few",
        "Class True has 11 rows, too few to search for lines.",
    )
    assert (found.n_found, found.n_examined, found.n_rows) == (0, 0, 0)


# Twelve rows of three columns, the fewest that are searched, and a row between two of them.
TWELVE = np.random.RandomState(0).normal(size=(12, 3))
THIRTEEN = np.vstack([TWELVE, TWELVE[3] + 0.25 * (TWELVE[7] - TWELVE[3])])


def test_a_row_between_two_others_of_twelve_is_found() -> None:
    found = lines_in(read_parts(THIRTEEN, np.ones(13), "X", "y"), 0)
    assert found.inconclusive is None
    assert (found.n_found, found.n_examined, found.n_rows) == (1, 13, 13)
    assert found.line.rows.tolist() == [12]
    assert {int(found.line.first[0]), int(found.line.second[0])} == {3, 7}
    assert lines_in(read_parts(TWELVE, np.ones(12), "X", "y"), 0).n_examined == 12


def test_a_test_row_on_a_line_with_two_of_twelve_training_rows_is_found() -> None:
    found = lines_across(read_parts(THIRTEEN, np.ones(13), "X", "y"), 0, 12)
    assert (found.n_found, found.n_examined, found.n_rows) == (1, 1, 13)
    assert found.line.rows.tolist() == [12]
    assert {int(found.line.first[0]), int(found.line.second[0])} == {3, 7}


def test_a_test_row_beyond_its_parent_is_on_a_line_too() -> None:
    beyond = np.vstack([TWELVE, TWELVE[3] + 2.0 * (TWELVE[7] - TWELVE[3])])
    assert lines_across(read_parts(beyond, np.ones(13), "X", "y"), 0, 12).n_found == 1


@pytest.mark.parametrize(
    ("n_train", "n_columns", "why"),
    [
        (11, 3, "11 training rows and 2 test rows, too few"),
        (13, 3, "13 training rows and 0 test rows, too few"),
        (12, 2, "2 independent numeric columns"),
    ],
)
def test_too_few_rows_or_columns_of_a_split_give_no_verdict(
    n_train: int, n_columns: int, why: str
) -> None:
    read = read_parts(THIRTEEN[:, :n_columns], np.ones(13), "X", "y")
    inconclusive = lines_across(read, 0, n_train).inconclusive
    assert inconclusive is not None
    assert why in inconclusive.reason


def test_rows_around_a_point_are_near_in_raw_and_in_standard_units() -> None:
    # The second column decides in raw units; in standard units the first one does.
    values = np.array([[0.0, 0.0], [1.0, 300.0], [2.0, 100.0], [9.0, 200.0]])
    assert _around(values)[0].tolist() == [2, 3, 1, 2, 1, 3]
    assert _around(values, np.array([[0.0, 10.0]])).tolist() == [[0, 2, 3, 1, 0, 2, 1, 3]]


def test_parents_hidden_by_the_rows_made_around_them_are_found_by_a_second_search() -> None:
    rng = np.random.RandomState(0)
    real, pair = rng.normal(size=(20, 4)), rng.uniform(size=(100, 20)).argsort(axis=1)
    made = real[pair[:, 0]] + rng.uniform(size=(100, 1)) * (real[pair[:, 1]] - real[pair[:, 0]])
    values = np.vstack([real, made])
    line = _between(values, grain_of(values))
    first, second = values[line.first], values[line.second]
    on_line = first + line.gap[:, np.newaxis] * (second - first)
    np.testing.assert_allclose(on_line, values[line.rows], atol=1e-9)
    assert sorted(line.rows.tolist()) == list(range(20, 120))


def test_the_power_is_1_for_exact_values_and_0_for_coarse_ones() -> None:
    rows = np.random.RandomState(0).normal(size=(40, 4))
    assert 0.9 < _power(rows) <= 1.0
    assert _power(np.round(3 * rows)) == 0.0
    assert np.isnan(_power(rows[:11]))
    assert _power(rows[:12]) > 0.9


def test_a_constant_column_has_the_unit_one() -> None:
    assert _deviations(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist() == [1.0, 1.0]
    assert _deviations(np.array([[1.0], [1.5]])).tolist() == [0.25]
