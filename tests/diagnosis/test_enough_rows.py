"""enough-rows: a learning curve says whether more rows would help."""

from __future__ import annotations

import numpy as np

from poise.diagnosis._examined import Examined
from poise.diagnosis._rows import enough_rows
from poise.study.event_table import read_event_table


def seen(n_events: int, away: float, d: int = 30):
    rng = np.random.RandomState(0)
    y = np.arange(4000) < n_events
    X = rng.normal(size=(4000, d))
    X[y] += away
    return enough_rows(Examined(read_event_table(X, y, pos_label=True)))


def test_a_curve_that_still_rises_asks_for_more_rows() -> None:
    found = seen(60, 0.25)
    assert found.status == "tip"
    assert found.evidence["low"] > 0
    assert "more real rows of the event would help" in found.advice


def test_a_flat_curve_and_separated_classes_pass() -> None:
    assert seen(1500, 0.25, d=2).status == "passed"
    apart = seen(60, 1.5)
    assert apart.status == "passed"
    assert "well separated" in apart.message
    assert seen(9, 1.0).status == "not applicable"
