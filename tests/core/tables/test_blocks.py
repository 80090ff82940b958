"""Columns of one kind and dtype are searched together."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from poise.core.tables.blocks import searched
from poise.core.tables.read import read_table
from poise.over_sampling import SMOTE, SMOTENC

N, M = 300, 80  # rows, of which of the smaller class


def table(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """A table of every kind, with missing values in all but one column."""
    rng = np.random.RandomState(seed)
    y = rng.permutation(np.repeat(["no", "yes"], [N - M, M]))
    shift = np.where(y == "yes", 1.0, 0.0)

    def with_missing(values: Any, share: float = 0.15) -> Any:
        return values.mask(rng.uniform(size=N) < share)

    day = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.randint(0, 9000, N), "h"))
    frame = pd.DataFrame(
        {
            "income": rng.gamma(2.0, 10.0, N) + 5 * shift,
            "score": with_missing(pd.Series(rng.randn(N) + shift)),
            "age": rng.randint(18, 90, N),
            "visits": with_missing(pd.Series(rng.poisson(3, N), dtype="Int16")),
            "vip": rng.uniform(size=N) < 0.2,
            "seen": with_missing(pd.Series(rng.uniform(size=N) < 0.4, dtype="boolean")),
            "town": with_missing(
                pd.Series(rng.choice(["Rome", "Oslo", "Bern"], N, p=[0.8, 0.15, 0.05]))
            ),
            "shop": pd.Categorical(rng.choice(list("abc"), N), categories=list("abcd")),
            "size": pd.Categorical(
                rng.choice(["s", "m", "l"], N), categories=["s", "m", "l", "xl"], ordered=True
            ),
            "day": with_missing(day.astype("datetime64[us]")),
            "when": day.dt.tz_localize("Europe/Rome", nonexistent="shift_forward", ambiguous=True),
            "wait": pd.Series(pd.to_timedelta(rng.randint(0, 900, N), "s")),
        }
    )
    return frame, y


FRAME, Y = table()


def test_times_are_searched_as_days_whatever_their_unit() -> None:
    days = pd.Series(
        pd.to_datetime(["2026-01-01", "2026-01-02 12:00", "2026-01-05"], format="mixed")
    )
    for unit in ("s", "ms", "us", "ns"):
        X = pd.DataFrame({"day": days.astype(f"datetime64[{unit}]"), "x": [0.5, 1.0, 2.0]})
        whole, _ = searched(read_table(X).blocks)
        assert whole[:, 0].tolist() == [0.0, 1.5, 4.0]
    clock = pa.table(
        {"at": pa.array([dt.time(6), dt.time(18), None], pa.time32("s")), "x": [1.5, 2, 3]}
    )
    whole, _ = searched(read_table(clock).blocks)
    assert whole[:2, 0].tolist() == [0.0, 0.5]


def test_tables_of_only_categories_are_resampled() -> None:
    X = FRAME[["town", "shop"]].astype(object)
    for sampler in (SMOTE(random_state=0), SMOTENC(random_state=0)):
        assert sampler.fit_resample(X, Y)[0].shape == (2 * (N - M), 2)
