"""Lines of each class are judged by those of the largest class."""

from __future__ import annotations

import numpy as np
import pytest

from poise.diagnosis._evidence import INTERPOLATED, read_parts
from poise.diagnosis._lines import LineSearch, _deviations, _usable, judged_by_the_largest, lines_in


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
    assert lines_in(read, 1).inconclusive == (
        "too few",
        "Class True has 11 rows, too few to search for lines.",
    )


def test_a_constant_column_has_the_unit_one() -> None:
    assert _deviations(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist() == [1.0, 1.0]
    assert _deviations(np.array([[1.0], [5.0]])).tolist() == [2.0]
