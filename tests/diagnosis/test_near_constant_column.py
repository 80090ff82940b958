"""near-constant-column: columns that hardly vary."""

from __future__ import annotations

import numpy as np
import pandas as pd

from poise.diagnosis._columns import near_constant_column
from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table


def seen(**columns):
    return near_constant_column(
        Examined(read_event_table(pd.DataFrame(columns), np.arange(1000) < 100, pos_label=True))
    )


def test_a_constant_is_an_issue_and_a_nearly_constant_column_a_tip() -> None:
    x = np.arange(1000.0)
    assert seen(x=x).status == "passed"
    assert seen(x=x, near=x > 995).status == "tip"
    found = seen(x=x, always="same", near=x > 995)
    assert found.status == "issue"
    assert set(found.evidence["columns"]) == {"column 'always'", "column 'near'"}


def test_all_rows_but_one_are_not_all_rows() -> None:
    x, y = np.arange(40_000) < 1, np.arange(40_000) < 100
    found = near_constant_column(Examined(read_event_table(x[:, np.newaxis], y, pos_label=True)))
    assert (found.status, found.message) == (
        "tip",
        "column 0 has the same value in all but 1 of 40,000 rows.",
    )
    assert "has the same value in every row." in seen(x=np.ones(1000)).message


def test_a_column_without_values_is_constant() -> None:
    assert seen(x=np.arange(1000.0), gone=np.full(1000, np.nan)).status == "issue"
