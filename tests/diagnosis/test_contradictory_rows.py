"""contradictory-rows: rows equal in every column, of both classes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from poise.diagnosis._examined import Examined
from poise.diagnosis._rows import contradictory_rows
from poise.study.event_table import read_event_table


def seen(X, y):
    return contradictory_rows(Examined(read_event_table(X, y, pos_label=True)))


def test_they_are_counted_and_listed_with_missing_values_and_text_as_values() -> None:
    table = pd.DataFrame(
        {
            "a": [1.0, np.nan, np.nan, 2.0, 3.0, 4.0, *range(10, 40)],
            "b": [*"xyyzzz", *"x" * 30],
        }
    )
    y = np.arange(36) < 2
    found = seen(table, y)
    assert found.status == "issue"
    assert found.evidence["rows"] == [1, 2]
    assert found.evidence["share_of_events"] == 0.5


def test_few_contradictory_rows_are_a_tip_and_none_passes() -> None:
    X, y = np.arange(200.0)[:, np.newaxis] / 7, np.arange(200) < 50
    assert seen(X, y).status == "passed"
    X[60] = X[3]
    assert seen(X, y).status == "tip"
