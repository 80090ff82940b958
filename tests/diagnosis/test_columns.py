"""Single columns: what counts as a row number, a date or a leak."""

from __future__ import annotations

import numpy as np

from poise.diagnosis._columns import (
    identifier_column,
    joined,
    leaking_column,
)
from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table


def examined(X: np.ndarray, n_events: int) -> Examined:
    return Examined(read_event_table(X, np.arange(len(X)) < n_events, pos_label=True))


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
