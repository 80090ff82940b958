"""sum-of-columns: totals and their parts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from ordinary import BASE, Y, seen

import poise.constraints
from poise.diagnosis import _related
from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table


def test_totals_are_named_with_their_parts() -> None:
    table = BASE.assign(total=BASE["a"] + BASE["b"] + BASE["count"])
    found = seen(_related.sum_of_columns, table)
    assert found.status == "tip"
    assert found.evidence["sums"] == [{"total": "total", "parts": ["a", "b", "count"]}]
    assert "constraints=[Sum('total', ['a', 'b', 'count'])]" in found.advice
    rule = poise.constraints.Sum("total", ["a", "b", "count"])
    poise.SMOTE(constraints=[rule], random_state=0).fit_resample(table, Y)
    assert seen(_related.sum_of_columns, BASE[["a", "b"]]).status == "not applicable"


def test_a_sum_that_does_not_hold_in_every_row_is_not_named() -> None:
    rng = np.random.RandomState(0)
    table = pd.DataFrame(rng.normal(size=(5000, 3)), columns=["a", "b", "c"])
    table["total"] = table["a"] + table["b"]
    is_event = np.arange(5000) < 500
    for row, status in ((None, "tip"), (1234, "passed")):
        if row is not None:
            table.loc[row, "total"] += 1
        rows = read_event_table(table, is_event, pos_label=True)
        assert _related.sum_of_columns(Examined(rows)).status == status
