"""Frames of every library keep their index, names and dtypes."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from one_column import NUMBERS, Y

import poise
from poise import SMOTE
from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.tables.frames import (
    as_chunked,
    as_frame,
    labels_of_new_rows,
    read_column,
    read_column_alone,
    read_frame,
    take_columns_of_frame,
)
from poise.core.tables.read import read_table


def test_an_arrow_frame_of_a_pandas_table_has_no_index_column() -> None:
    frame = pd.DataFrame({"a": NUMBERS, "label": Y})
    result = poise.resample(frame, target="label", k_neighbors=2)
    assert result.frame("pyarrow").column_names == ["a", "label"]


X = np.random.RandomState(0).randn(40, 3)
y = np.repeat([0, 1], [30, 10])
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.RangeIndex(40), [40, 41]),
        (pd.Index(list(range(100, 140)), name="id"), [140, 141]),
        (pd.Index(list(range(40)), dtype=object), [40, 41]),
        (pd.Index(np.arange(86, 126, dtype="i1")), [126, 127]),
        (pd.Index([f"p{i}" for i in range(40)], name="id"), ["new-0", "new-1"]),
        (pd.Index([f"new-{i}" for i in range(40)]), ["new-40", "new-41"]),
    ],
)
def test_new_rows_get_new_index_labels(index: pd.Index, expected: list[Any]) -> None:
    frame, labels = FRAME.set_axis(index), pd.Series(y, index=index)
    sampler = SMOTE(sampling_strategy={1: 12}, random_state=0)
    X_new, y_new = sampler.fit_resample(frame, labels)
    assert X_new.index[:40].equals(index)
    assert X_new.index[40:].tolist() == expected
    assert X_new.index.equals(y_new.index)
    assert X_new.index.name == index.name
    assert X_new.index.dtype == index.dtype


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("2026", periods=40),
        pd.MultiIndex.from_product([range(20), list("ab")]),
        pd.Index(np.arange(40) / 2),
        pd.CategoricalIndex(["u", "v"] * 20),
    ],
)
def test_any_other_index_repeats_the_label_of_the_seed_row(index: pd.Index) -> None:
    sampler = SMOTE(random_state=0)
    X_new, _ = sampler.fit_resample(FRAME.set_axis(index), pd.Series(y, index))
    assert X_new.index.equals(index.take(sampler.plan_.source))


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.Index(np.arange(88, 128, dtype="i1")), list(range(128, 130))),
        (pd.Index(np.arange(87, 127, dtype="i1")), [127, 128]),
        (pd.Index(np.arange(2**63 - 40, 2**63, dtype="i8")), None),
    ],
)
def test_index_labels_get_a_wider_dtype_or_repeat_that_of_the_seed_row(index, expected) -> None:
    sampler = SMOTE(sampling_strategy={1: 12}, random_state=0)
    X_new, _ = sampler.fit_resample(FRAME.set_axis(index), pd.Series(y, index))
    new = X_new.index[40:].tolist()
    assert new == (expected or index.take(sampler.plan_.source[40:]).tolist())


def test_a_frame_whose_attributes_cannot_be_set_is_resampled() -> None:
    class NoSetter(pd.DataFrame):
        def __setattr__(self, name: str, value: Any) -> None:
            if name == "attrs":
                raise AttributeError(name)
            super().__setattr__(name, value)

        @property
        def _constructor(self) -> type:
            return NoSetter

    X_new, _ = SMOTE(random_state=0).fit_resample(NoSetter(FRAME), y)
    assert len(X_new) == 60


def test_a_list_of_pandas_times_is_a_column_also_if_it_has_only_one() -> None:
    column = read_column_alone([pd.Timestamp("2026-01-02")])
    assert column is not None
    assert column.kind == "time"
    assert read_column_alone(pd.DataFrame({"t": [1.5]})).values.tolist() == [1.5]
    assert read_column_alone(pd.DataFrame({"t": [1.5], "u": [2.5]})) is None
    assert read_column_alone([]) is None
    assert read_column_alone(np.zeros((2, 2))) is None


@pytest.mark.parametrize("make", [lambda f: f, pl.from_pandas, pa.Table.from_pandas])
def test_only_columns_of_numbers_are_known_as_numbers(make: Any) -> None:
    names, values = read_table(make(FRAME.assign(town="Rome"))).known_numbers()
    assert names == ["a", "b", "c"]
    np.testing.assert_array_equal(values, X)
    assert read_table(make(FRAME.assign(town="Rome")[["town"]])).known_numbers()[1].shape == (40, 0)


def test_repeated_names_are_refused_in_every_way_of_reading() -> None:
    twice = pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"])
    arrow = pa.table([[1], [2], [3]], names=["a", "b", "a"])
    for read in (read_frame, as_frame):
        for frame in (twice, arrow):
            with pytest.raises(InputError, match="more than one column named 'a'; column names"):
                read(frame)


@pytest.mark.parametrize("column", [pd.Series([1, 2]), pl.Series([1, 2]), pa.array([1, 2])])
def test_a_column_is_read_as_one(column: Any) -> None:
    assert (read_column(column) == [1, 2]).all()
    frame = as_frame(column)
    assert frame is not None
    assert frame.shape == (2, 1)
    if not isinstance(column, pa.Array):
        with pytest.raises(UnsupportedTypeError, match="X is a single column. Pass a frame"):
            read_frame(column)


def test_what_is_neither_a_frame_nor_a_column_is_not_read() -> None:
    for read in (read_frame, read_column, as_frame):
        assert read(np.array([1, 2])) is None
    assert take_columns_of_frame(X, np.array([0])) is None
    assert as_chunked([1, 2]) == [1, 2]
    assert as_chunked(pa.array([1, 2])).to_pylist() == [1, 2]


@pytest.mark.parametrize("make", [lambda f: f, pl.from_pandas, pa.Table.from_pandas])
def test_columns_are_taken_by_position(make: Any) -> None:
    taken = read_frame(take_columns_of_frame(make(FRAME), np.array([2, 0])))
    assert taken is not None
    assert taken.columns == ["c", "a"]
    assert taken.to_numpy().tolist() == X[:, [2, 0]].tolist()


def test_values_are_items_where_an_array_has_no_place_for_missing_ones() -> None:
    for series, items in (
        (pl.Series([1, None]), [1, None]),
        (pl.Series([True, None]), [True, None]),
        (pl.Series(["a", "b"], dtype=pl.Categorical), ["a", "b"]),
        (pl.Series([date(2026, 1, 2)]), [date(2026, 1, 2)]),
    ):
        values = read_column(series)
        assert values is not None
        assert (values.dtype, values.tolist()) == (np.dtype(object), items)
    whole, floats = read_column(pl.Series([1, 2])), read_column(pl.Series([1.5, None]))
    assert whole is not None
    assert floats is not None
    assert (whole.dtype, floats.dtype) == (np.dtype(np.int64), np.dtype(np.float64))
    assert np.isnan(floats[1])


def test_labels_of_new_rows_are_free_ones_as_long_as_there_are_some() -> None:
    largest = np.array([3, 2**63 - 3])
    found = labels_of_new_rows(largest, 2)
    assert found is not None
    assert found.tolist() == [2**63 - 2, 2**63 - 1]
    assert labels_of_new_rows(largest, 3) is None
    words = np.array(["new-0", "a"], dtype=object)
    found = labels_of_new_rows(words, 2)
    assert found is not None
    assert found.tolist() == ["new-1", "new-2"]
    assert labels_of_new_rows(words, 0) is None
    assert labels_of_new_rows(np.array([0.5]), 2) is None


def test_the_index_of_a_pandas_frame_in_a_pyarrow_table_is_refused() -> None:
    frame = pd.DataFrame({"a": np.arange(20) * 0.3}, index=pd.Index(np.arange(20) * 7, name="row"))
    table = pa.Table.from_pandas(frame)
    with pytest.raises(InputError, match=r"'row' of the pyarrow table is the index.*drop_columns"):
        SMOTE(random_state=0).fit_resample(table, [0] * 14 + [1] * 6)
    X, _ = SMOTE(random_state=0).fit_resample(table.drop_columns(["row"]), [0] * 14 + [1] * 6)
    assert X.column_names == ["a"]
    numbered = pa.Table.from_pandas(frame.reset_index())
    assert SMOTE(random_state=0).fit_resample(numbered, [0] * 14 + [1] * 6)[0].num_rows == 28


@pytest.mark.parametrize("metadata", [b"{broken", b'{"index_columns": 5}', b"[1]"])
def test_metadata_that_pandas_has_not_written_is_no_error(metadata: bytes) -> None:
    table = pa.table({"a": np.arange(20) * 0.3}).replace_schema_metadata({b"pandas": metadata})
    X, _ = SMOTE(random_state=0).fit_resample(table, [0] * 14 + [1] * 6)
    assert X.num_rows == 28


def test_rows_that_are_all_kept_are_not_those_of_the_user() -> None:
    frame = FRAME.assign(text=["u", "v"] * 20, flag=pd.array([True, False] * 20, dtype="boolean"))
    before = frame.copy(deep=True)
    out, _ = SMOTE(k_neighbors=2, random_state=0).fit_resample(frame, y)
    assert not np.shares_memory(out["a"].to_numpy(), frame["a"].to_numpy())
    out.iloc[0, :3] = 0.0
    out.loc[0, ["text", "flag"]] = ["w", False]
    pd.testing.assert_frame_equal(frame, before)
