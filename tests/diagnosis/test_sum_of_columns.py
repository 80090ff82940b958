"""sum-of-columns: totals and their parts."""

from __future__ import annotations

from ordinary import BASE, Y, seen

import poise.constraints
from poise.diagnosis import _related


def test_totals_are_named_with_their_parts() -> None:
    table = BASE.assign(total=BASE["a"] + BASE["b"] + BASE["count"])
    found = seen(_related.sum_of_columns, table)
    assert found.status == "tip"
    assert found.evidence["sums"] == [{"total": "total", "parts": ["a", "b", "count"]}]
    assert "constraints=[Sum('total', ['a', 'b', 'count'])]" in found.advice
    rule = poise.constraints.Sum("total", ["a", "b", "count"])
    poise.SMOTE(constraints=[rule], random_state=0).fit_resample(table, Y)
    assert seen(_related.sum_of_columns, BASE[["a", "b"]]).status == "not applicable"
