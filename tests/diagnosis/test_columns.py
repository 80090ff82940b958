"""Single columns: what counts as a row number, a date or a leak."""

from __future__ import annotations

import numpy as np
import pytest

from poise.diagnosis._columns import (
    _is_calendar,
    counts_rows,
    identifier_column,
    joined,
    leaking_column,
)
from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table


def examined(X: np.ndarray, n_events: int) -> Examined:
    return Examined(read_event_table(X, np.arange(len(X)) < n_events, pos_label=True))


@pytest.mark.parametrize(
    ("values", "is_count"),
    [
        (np.arange(100.0), True),
        (10.0 * np.arange(100), True),  # sorted
        (10.0 * np.random.RandomState(0).permutation(100), False),  # neither sorted nor dense
        (3.0 * np.random.RandomState(0).permutation(100), True),  # dense
        (np.arange(100.0) + 0.5, False),
        (np.arange(100.0) // 2, False),
    ],
)
def test_row_numbers_are_whole_different_and_dense_or_sorted(values: np.ndarray, is_count) -> None:
    assert counts_rows(values) == is_count


def test_the_thirteenth_month_is_not_a_date() -> None:
    days = 20_240_100.0 + np.arange(1, 29)
    assert _is_calendar(days)
    assert not _is_calendar(np.append(days, 20_241_301.0))


def test_names_after_the_third_are_counted() -> None:
    assert joined(["a"]) == "a"
    assert joined(["a", "b", "c"]) == "a, b and c"
    assert joined(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"


def test_small_tables_are_not_judged() -> None:
    assert identifier_column(examined(np.arange(19.0)[:, np.newaxis], 9)).status == "not applicable"
    assert leaking_column(examined(np.arange(19.0)[:, np.newaxis], 4)).status == "not applicable"


def test_a_column_in_the_order_of_the_classes_leaks_in_both_directions() -> None:
    for sign in (1.0, -1.0):
        found = leaking_column(examined(sign * np.arange(40.0)[:, np.newaxis], 10))
        assert found.message.startswith("column 0 separates the classes alone (AUC of 1.000")
