"""date-like-column: dates by type, by calendar and by seconds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from poise.diagnosis._columns import date_like_column
from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table

DAYS = pd.date_range("2024-01-15", periods=200)


@pytest.mark.parametrize(
    "dates",
    [DAYS, DAYS.strftime("%Y%m%d").astype(int), DAYS.astype("datetime64[s]").astype("int64")],
    ids=["type", "calendar", "seconds"],
)
def test_dates_are_found_and_the_advice_names_the_column(dates) -> None:
    table = pd.DataFrame({"x": np.arange(200.0), "day": dates})
    found = date_like_column(Examined(read_event_table(table, np.arange(200) < 30, pos_label=True)))
    assert found.status == "issue"
    assert found.evidence["columns"] == ["column 'day'"]
    assert "time='day'" in found.advice


def test_years_and_large_numbers_are_not_dates() -> None:
    rng = np.random.RandomState(0)
    table = pd.DataFrame(
        {"year": rng.randint(1950, 2020, 200), "pay": rng.randint(10**6, 10**8, 200)}
    )
    assert (
        date_like_column(
            Examined(read_event_table(table, np.arange(200) < 30, pos_label=True))
        ).status
        == "passed"
    )


def test_days_since_a_first_one_are_times_if_rows_are_in_their_order() -> None:
    rng = np.random.RandomState(0)
    y = np.arange(600) < 60
    days = np.sort(rng.randint(0, 90, 600))
    table = pd.DataFrame({"x": rng.normal(size=600), "day": days})
    found = date_like_column(Examined(read_event_table(table, y, pos_label=True)))
    assert found.status == "issue"
    assert list(found.evidence["columns"]) == ["column 'day'"]
    for other in (rng.permutation(days), np.arange(600), np.sort(rng.randint(0, 5, 600))):
        table["day"] = other
        found = date_like_column(Examined(read_event_table(table, y, pos_label=True)))
        assert found.status == "passed", other
