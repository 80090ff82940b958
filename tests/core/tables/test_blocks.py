"""Columns of one kind and dtype are searched together."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
from mixed_table import FRAME, M, N, Y

from poise.core.tables.blocks import as_floats, labels_as_searched, searched
from poise.core.tables.read import read_table
from poise.over_sampling import SMOTE, SMOTENC


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


def test_numbers_are_searched_as_native_floats() -> None:
    for dtype, expected in (("i4", "f8"), (">f8", "f8"), ("f4", "f4"), ("f8", "f8"), ("?", "f8")):
        found = as_floats(np.array([0, 1], dtype=dtype))
        assert found.dtype == np.dtype(expected)


def test_a_column_of_times_is_searched_from_its_first_time_and_may_be_empty() -> None:
    X = pa.table(
        {
            "at": pa.array([dt.time(18), None, dt.time(12)], pa.time32("s")),
            "never": pa.array([None] * 3, pa.time32("s")).cast(pa.time32("s")),
        }
    )
    whole, _ = searched(read_table(X).blocks)
    np.testing.assert_array_equal(whole[:, 0], [0.25, np.nan, 0.0])


def test_tables_of_several_kinds_are_joined_as_their_columns_one_by_one() -> None:
    rng, n_rows = np.random.RandomState(0), 10_000
    frame = pd.DataFrame(
        {
            "b": rng.choice(list("xyz"), n_rows),
            "n": rng.randint(-5, 5, n_rows),
            "a": rng.choice(list("uv"), n_rows),
            "f": rng.rand(n_rows),
            "m": rng.randint(0, 9, n_rows),
            "h": pd.array(rng.randint(0, 9, n_rows), dtype="Int64"),
            "c": rng.choice(list("st"), n_rows),
        }
    )
    frame.loc[rng.rand(n_rows) < 0.1, ["a", "h"]] = None
    whole, n_categorical = searched(read_table(frame).blocks)
    assert n_categorical == 3
    assert labels_as_searched(read_table(frame).blocks, list(frame)) == list("nfmhbac")
    for place, name in enumerate("nfmhbac"):
        column = frame[name]
        is_text = name in "bac"
        numbers = pd.Series(column.factorize()[0]).where(column.notna()) if is_text else column
        np.testing.assert_array_equal(whole[:, place], numbers.astype(float))
