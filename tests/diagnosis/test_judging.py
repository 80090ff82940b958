"""Rows on lines are judged by those of another class, by chance, and by what the search would find."""

from __future__ import annotations

import numpy as np
import pytest
from interpolated import OTHERS, REAL, changed, made_from

from poise.diagnosis._evidence import INTERPOLATED, read_parts
from poise.diagnosis._judging import (
    _is_beyond,
    _not_beyond,
    _of_largest,
    judged_by_others,
)
from poise.diagnosis._lines import LineSearch, is_clearly_larger, lines_in
from poise.diagnosis._sensitivity import Sensitivity

CERTAIN = Sensitivity(1.0, 0.1, (0.1, 0.2))


def search(n_found: int, n_rows: int) -> LineSearch:
    return LineSearch(None, f"{n_found} rows", n_found, n_rows, n_rows)


def is_beyond(small: LineSearch, natural: int = 0) -> bool:
    return _is_beyond(small, search(natural, 1000))


def verdict_on(small: LineSearch, natural: int = 0, tested: Sensitivity = CERTAIN) -> str:
    return _not_beyond(small, search(natural, 1000), tested).verdict


def test_a_class_larger_than_the_largest_was_not_over_sampled() -> None:
    assert is_beyond(search(200, 1100))
    assert not is_beyond(search(200, 1101))
    assert not is_clearly_larger(np.array([1000, 1100]), 1)
    assert is_clearly_larger(np.array([1000, 1101]), 1)


def test_fifteen_percent_of_the_rows_are_too_many() -> None:
    assert not is_beyond(search(149, 1000))
    assert is_beyond(search(150, 1000))


def test_twice_the_natural_share_is_needed() -> None:
    assert not is_beyond(search(399, 900), natural=222)
    assert not is_beyond(search(443, 1000), natural=222)
    assert is_beyond(search(510, 1000), natural=222)


def test_few_rows_on_lines_in_a_small_class_can_be_chance() -> None:
    assert not is_beyond(search(11, 12))
    assert is_beyond(search(12, 12))
    # At a rate of one in ten: 12 of 50 happen by chance three times in a thousand, 16 of 50 once in a hundred thousand.
    assert not is_beyond(search(12, 50), natural=50)
    assert is_beyond(search(16, 50), natural=50)


def test_a_class_without_another_one_to_compare_it_with_is_not_accused() -> None:
    assert not _is_beyond(search(100, 100), None)


@pytest.mark.parametrize(
    ("n_found", "natural", "verdict"),
    [(49, 0, "clean"), (50, 0, "cannot tell"), (50, 25, "clean"), (2, 0, "clean")],
)
def test_five_percent_are_suspicious_if_the_others_have_less_than_half_of_that(
    n_found: int, natural: int, verdict: str
) -> None:
    assert verdict_on(search(n_found, 1000), natural) == verdict


@pytest.mark.parametrize(
    ("tested", "verdict", "why"),
    [
        (
            Sensitivity(0.9, 0.4, (0.5, 1.0)),
            "clean",
            "at most 40% of the class can be interpolated",
        ),
        (
            Sensitivity(0.9, 0.5, (0.5, 1.0)),
            "clean",
            "(50% if one column was replaced by its logarithm or ranks afterwards, 100%",
        ),
        (Sensitivity(0.1, 0.51, (0.1, 0.1)), "cannot tell", "too coarse"),
        (Sensitivity(0.9, 0.1, (0.51, 0.1)), "cannot tell", "if one column was changed afterwards"),
    ],
)
def test_a_class_of_which_more_than_half_can_be_made_is_not_clean(
    tested: Sensitivity, verdict: str, why: str
) -> None:
    found = _not_beyond(search(0, 100), search(0, 1000), tested)
    assert found.verdict == verdict
    assert why in found.reason


def test_a_largest_class_with_many_rows_on_lines_cannot_judge_others() -> None:
    assert _of_largest(search(149, 1000)).verdict == "clean"
    assert _of_largest(search(150, 1000)).verdict == "cannot tell"


@pytest.mark.parametrize("columns", [[], [2], [1, 4]])
def test_one_or_two_columns_changed_afterwards_are_found_and_named(columns: list[int]) -> None:
    table = changed(np.vstack([OTHERS, REAL, made_from(REAL, 90)]), columns)
    read = read_parts(table, np.repeat([0, 1], 120), "X", "y")
    judged = judged_by_others(
        lambda code, left_out: lines_in(read, code, left_out), read, INTERPOLATED, "as made"
    )
    verdicts = {evidence.verdict: evidence.reason for evidence in judged.evidence}
    assert INTERPOLATED in verdicts
    for column in columns:
        assert f"column {column}" in verdicts[INTERPOLATED]
    assert (" are left out" in verdicts[INTERPOLATED]) == (len(columns) == 2)
    assert ("changed afterwards" in verdicts[INTERPOLATED]) == bool(columns)
    assert len(judged.lines[1].rows) > 70


@pytest.mark.parametrize(("n_small", "verdict"), [(10, "too few"), (11, "cannot tell")])
def test_a_class_too_small_to_search_matters_if_it_may_have_been_over_sampled(
    n_small: int, verdict: str
) -> None:
    rng = np.random.RandomState(0)
    y = np.repeat([0, 1], [20, n_small])
    read = read_parts(rng.normal(size=(len(y), 5)), y, "X", "y")
    judged = judged_by_others(
        lambda code, left_out: lines_in(read, code, left_out), read, INTERPOLATED, "as made"
    )
    small = [one for one in judged.evidence if f"Class 1 has {n_small} rows, too few" in one.reason]
    assert [one.verdict for one in small] == [verdict]
