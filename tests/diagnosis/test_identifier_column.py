"""identifier-column: columns that name rows, not measurements."""

from __future__ import annotations

import numpy as np
import pandas as pd

from poise.diagnosis._columns import identifier_column
from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table


def test_row_numbers_and_codes_are_identifiers_and_measurements_are_not() -> None:
    rng = np.random.RandomState(0)
    table = pd.DataFrame(
        {
            "number": 5000 + np.arange(200),
            "code": [f"row {i}" for i in range(200)],
            "money": rng.randint(0, 10_000_000, size=200),
            "length": rng.normal(size=200),
            "town": rng.choice(["a", "b"], size=200),
        }
    )
    found = identifier_column(
        Examined(read_event_table(table, np.arange(200) < 40, pos_label=True))
    )
    assert found.status == "issue"
    assert found.evidence["columns"] == ["column 'number'", "column 'code'"]
    assert "carry_columns=['number', 'code']" in found.advice


def test_a_table_of_measurements_passes() -> None:
    X = np.random.RandomState(0).normal(size=(100, 2))
    assert (
        identifier_column(Examined(read_event_table(X, np.arange(100) < 40, pos_label=True))).status
        == "passed"
    )
