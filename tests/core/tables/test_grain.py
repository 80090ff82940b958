"""Whole days stay whole days in new rows, and so do hours, minutes and seconds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import poise
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Copy, Mean, Segment
from poise.core.tables.grain import in_grain, steps_of

DAY, HOUR = 86_400, 3_600
rng = np.random.RandomState(0)
N = 60
Y = np.repeat(["no", "yes"], [45, 15])
START = pd.Timestamp("2024-03-01")


def blended(gap: float, *ticks: int) -> list[int]:
    """Return a row on the way from the first time to the second, in seconds."""
    plan = Plan(2, (Segment(np.array([0]), np.array([1]), np.array([gap])),))
    values = np.array(ticks, dtype=np.int64)
    made = np.rint(values[0] + gap * (values[1] - values[0])).astype(np.int64)
    return in_grain(plan, np.array([made]), values, DAY).tolist()


def test_a_row_is_whole_units_from_its_seed_if_its_parents_are_whole_units_apart() -> None:
    assert blended(0.3, 0, 10 * DAY) == [3 * DAY]
    assert blended(0.34, 7, 7 + 10 * DAY) == [7 + 3 * DAY]
    assert blended(0.3, 0, 5 * HOUR) == [2 * HOUR]
    assert blended(0.3, 0, 90 * 60) == [27 * 60]
    assert blended(0.5, 0, 101) == [50]
    assert blended(-0.3, 0, 10 * DAY) == [-3 * DAY]
    assert blended(0.3, 10 * DAY, 0) == [7 * DAY]


def test_half_a_unit_is_rounded_to_even() -> None:
    assert blended(0.5, 0, DAY) == [0]
    assert blended(0.5, 0, 3 * DAY) == [2 * DAY]
    assert blended(0.5, 0, 7 * DAY) == [4 * DAY]
    assert blended(0.5, 0, 9 * DAY) == [4 * DAY]
    assert blended(0.4, 0, DAY) == [0]
    assert blended(0.6, 0, DAY) == [DAY]
    assert blended(0.4, DAY, 0) == [DAY]


def test_units_are_those_that_have_several_ticks() -> None:
    assert steps_of(86_400) == [86_400, 3_600, 60]
    assert steps_of(24) == [24]
    assert steps_of(2 * 86_400) == [2 * 86_400, 2 * 3_600, 2 * 60, 2]
    assert steps_of(1) == steps_of(1 / 7) == []


def test_all_parents_of_a_row_count_also_those_that_are_made() -> None:
    ticks = np.array([0, 10 * DAY, 20 * DAY + HOUR, 4 * DAY], dtype=np.int64)
    first = Segment(np.array([0, 0]), np.array([1, 2]), np.array([0.5, 0.5]))
    second = Segment(np.array([4, 5, 4]), np.array([3, 3, 4]), np.array([0.25, 0.25, 0.0]))
    means = Mean(np.array([0, 0]), np.array([0, 2, 4]), np.array([0, 1, 1, 2]), np.full(4, 0.5))
    plan = Plan(4, (first, second, Copy(np.array([2])), means))
    made = np.full(plan.n_made, 3 * DAY + 5 * HOUR + 7)
    steps = in_grain(plan, made, ticks, DAY)
    assert steps.tolist() == [3 * DAY, 3 * DAY + 5 * HOUR] * 2 + [3 * DAY] + [
        3 * DAY + HOUR,
        3 * DAY,
        3 * DAY + 5 * HOUR,
    ]


DAYS = pd.Series(START + pd.to_timedelta(rng.randint(0, 300, N), "D"))
COLUMNS = {
    "day": (DAYS.astype("datetime64[ns]"), "D"),
    "day_us": (DAYS.astype("datetime64[us]"), "D"),
    "noon": (DAYS + pd.Timedelta("12h"), "D"),
    "zoned": (DAYS.dt.tz_localize("Asia/Kolkata"), "D"),
    "hour": (DAYS + pd.to_timedelta(rng.randint(0, 24, N), "h"), "h"),
    "minute": (DAYS + pd.to_timedelta(rng.randint(0, 1440, N), "min"), "min"),
    "lasting": (pd.Series(pd.to_timedelta(rng.randint(0, 300, N), "D")), "D"),
}


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize("make", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas])
def test_a_column_keeps_its_grain_in_every_frame(make, name: str) -> None:
    column, unit = COLUMNS[name]
    frame = pd.DataFrame({"t": column, "x": rng.rand(N)})
    X, _ = poise.SMOTE(random_state=0).fit_resample(make(frame), Y)
    new = X["t"] if make is pd.DataFrame else X["t"].to_pandas()
    since = (pd.Series(new) - column[0]) / pd.Timedelta(1, unit)
    assert len(since) == 90
    assert (since == since.round()).all()
    assert since[60:].nunique() > 5


def test_missing_times_do_not_count() -> None:
    column = DAYS.where(rng.rand(N) > 0.3)
    X, _ = poise.SMOTE(random_state=0).fit_resample(
        pd.DataFrame({"t": column, "x": rng.rand(N)}), Y
    )
    assert (X["t"].dropna() == X["t"].dropna().dt.normalize()).all()


def test_instants_stay_instants() -> None:
    column = START + pd.to_timedelta(rng.rand(N) * 300, "D")
    X, _ = poise.SMOTE(random_state=0).fit_resample(
        pd.DataFrame({"t": column, "x": rng.rand(N)}), Y
    )
    plan = poise.SMOTE(random_state=0).fit(pd.DataFrame({"t": column, "x": rng.rand(N)}), Y).plan_
    assert len(plan) == 90
    assert (X["t"][60:] != X["t"][60:].dt.floor("s")).any()
