"""enough-rows: with enough rows of the event, a small share is not a problem."""

from __future__ import annotations

import numpy as np

from poise.diagnosis._examined import Examined
from poise.diagnosis._rows import enough_rows
from poise.study.event_table import read_event_table


def seen(n_events: int, d: int):
    X = np.random.RandomState(0).normal(size=(20_000, d))
    return enough_rows(Examined(read_event_table(X, np.arange(20_000) < n_events, pos_label=True)))


def test_twenty_per_column_and_two_hundred_in_all_are_enough() -> None:
    assert seen(200, 5).status == "passed"
    assert "not a problem in itself" in seen(200, 5).message
    assert seen(199, 5).status == "tip"
    assert seen(200, 20).status == "tip"
    assert "collect 200 more" in seen(200, 20).advice
