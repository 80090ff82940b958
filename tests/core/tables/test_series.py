"""Columns of every library are read, and new values have the dtype of their column."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from one_column import NUMBERS, N, Y, segments, smote

import poise
from poise.core.errors import InputError
from poise.over_sampling import SMOTENC, RandomOverSampler


def ordered(items: list[str], categories: list[str]) -> Any:
    codes = pa.array([categories.index(item) for item in items], pa.int8())
    return pa.DictionaryArray.from_arrays(codes, pa.array(categories), ordered=True)


def test_times_far_apart_do_not_overflow() -> None:
    days = ["2000-01-01"] * 14 + ["1677-09-22", "2020-01-01", "2262-01-01", "1900-01-01"]
    values = np.array([*days, "1677-09-23", "1677-09-24", "2262-01-02"], dtype="M8[ns]")
    new, (seed, partner, gap) = segments(values, k_neighbors=6, sampling_strategy={1: 60})
    start, end = (values[rows].astype("M8[s]").astype(float) for rows in (seed, partner))
    # The parents are whole days apart, and so is the new row: half a day is rounded at most.
    np.testing.assert_allclose(
        new.astype("M8[s]").astype(float), start + gap * (end - start), atol=43_200
    )


def test_a_nan_among_arrows_categories_is_missing() -> None:
    frame = pa.table({"n": NUMBERS, "c": [1.5, float("nan"), 2.5] * 7})
    sampler = SMOTENC(categorical_features=["c"], k_neighbors=3, random_state=0)
    X_new, _ = sampler.fit_resample(frame, Y)
    made = np.isnan(X_new["c"].to_numpy())
    assert made.tolist() == np.isnan(frame["c"].to_numpy()[sampler.plan_.source]).tolist()


@pytest.mark.parametrize("index", [pa.int8(), pa.uint32()])
def test_dictionaries_of_any_index_with_missing_categories_are_read(index: Any) -> None:
    codes = pa.array([0, 1, 2, None, 2, 0, 1] * 3, index)
    column = pa.DictionaryArray.from_arrays(codes, pa.array(["a", None, "b"]))
    frame = pa.table({"n": NUMBERS, "c": column})
    sampler = smote()
    X_new, _ = sampler.fit_resample(frame, Y)
    seeds = [column[int(row)].as_py() is None for row in sampler.plan_.source]
    assert [item is None for item in X_new["c"].to_pylist()] == seeds


def test_a_polars_categorical_goes_through_arrow() -> None:
    column = pl.Series(["x", "y", None] * 7, dtype=pl.Categorical)
    frame = pl.DataFrame({"n": NUMBERS, "c": column}).to_arrow()
    assert smote().fit_resample(frame, Y)[0].schema == frame.schema


def test_ordered_dictionaries_keep_their_order() -> None:
    column = ordered(["hi", "lo", "mid"] * 7, ["lo", "mid", "hi"])
    X_new, _ = smote().fit_resample(pa.table({"n": NUMBERS, "c": column}), Y)
    assert all(chunk.dictionary.to_pylist() == ["lo", "mid", "hi"] for chunk in X_new["c"].chunks)
    mixed = pa.chunked_array(
        [ordered(["lo", "hi"] * 7, ["lo", "hi"]), ordered(["lo"] * 7, ["lo", "mid", "hi"])]
    )
    with pytest.raises(InputError, match="'c' has chunks whose ordered categories differ"):
        smote().fit_resample(pa.table({"n": NUMBERS, "c": mixed}), Y)


def test_date64_stays_whole_days_in_arrow_and_pandas() -> None:
    days = pa.array([dt.date(2020, 1, 1) + dt.timedelta(31 * i) for i in range(N)], pa.date64())
    frame = pa.table({"d": days})
    X_new, _ = smote().fit_resample(frame, Y)
    X_new.validate(full=True)
    held = frame.to_pandas(types_mapper=pd.ArrowDtype)
    other, _ = smote().fit_resample(held, Y)
    assert other["d"].tolist() == X_new["d"].to_pylist()


def test_columns_that_pyarrow_cannot_take_rows_from_raise() -> None:
    frame = pa.table({"n": NUMBERS, "s": pa.array(["a"] * N, pa.string_view())})
    for sampler in (smote(), RandomOverSampler()):
        with pytest.raises(InputError, match="'s' holds values of type string_view.*Cast it"):
            sampler.fit_resample(frame, Y)


def test_a_categorical_column_without_categories_is_kept() -> None:
    empty = pd.DataFrame(
        {"a": NUMBERS, "b": pd.Categorical([None] * N, categories=[], ordered=True)}
    )
    X_new, _ = smote().fit_resample(empty, Y)
    assert X_new.dtypes.equals(empty.dtypes)


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64()])
@pytest.mark.parametrize("hole", [[], [None]])
def test_whole_numbers_that_floats_round_are_read(kind: pa.DataType, hole: list[None]) -> None:
    numbers = [*([2**62 + 2**12 * i for i in range(N - len(hole))]), *hole]
    table = pa.table({"a": pa.array(numbers, kind), "y": Y})
    made = poise.resample(table, target="y", method="random-over").frame()
    assert made.schema == table.schema
    assert made["a"].slice(0, N).to_pylist() == numbers
