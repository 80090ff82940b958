"""leaking-column: a column that separates the classes alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from poise.diagnosis._columns import leaking_column
from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table

RNG = np.random.RandomState(0)
Y = np.arange(400) < 60
LEAKS = {
    "above": Y + RNG.uniform(0, 0.5, 400),
    "below": -1.0 * Y + RNG.uniform(0, 0.5, 400),
    "text": np.where(Y, "yes", "no"),
    "missing": np.where(Y, np.nan, RNG.normal(size=400)),
    "of several values": np.where(Y, RNG.choice(["a", "b"], 400), RNG.choice(["c", "d"], 400)),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_every_kind_of_leak_is_found(leak: str) -> None:
    table = pd.DataFrame({"x": RNG.normal(size=400), leak: LEAKS[leak]})
    found = leaking_column(Examined(read_event_table(table, Y, pos_label=True)))
    assert (found.status, found.severity) == ("issue", "warning")
    assert list(found.evidence["columns"]) == [f"column {leak!r}"]


def test_identifiers_and_good_columns_are_not_leaks() -> None:
    table = pd.DataFrame(
        {"good": RNG.normal(size=400) + 2 * Y, "id": [f"row {i}" for i in range(400)]}
    )
    assert leaking_column(Examined(read_event_table(table, Y, pos_label=True))).status == "passed"
