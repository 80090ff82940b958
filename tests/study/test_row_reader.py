"""New rows are read like the table that they belong to, whatever holds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from poise.core.errors import InputError, UnsupportedTypeError
from poise.study.event_table import EventTable, read_event_table
from poise.study.row_reader import RowReader

N = 60
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "number": RNG.standard_normal(N),
        "whole": RNG.integers(0, 9, N),
        "text": RNG.choice(["b", "a", "c"], N),
        "flag": RNG.random(N) < 0.5,
        "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 99, N), "D"),
        "code": pd.Categorical(RNG.choice([3, 5], N)),
        "rank": pd.Categorical(RNG.choice(["low", "high"], N), ["low", "high"], ordered=True),
        "empty": np.full(N, np.nan),
    }
).mask(RNG.random((N, 8)) < 0.1)
TABLE["code"] = TABLE["code"].astype("category")
Y = (np.arange(N) < 15).astype(int)


def read(X: Any, **given: Any) -> tuple[EventTable, RowReader]:
    rows = read_event_table(X, Y, **given)
    return rows, RowReader.of(rows)


@pytest.mark.parametrize("convert", [lambda t: t, pl.from_pandas], ids=["pandas", "polars"])
def test_rows_of_the_table_are_read_as_they_were(convert: Any) -> None:
    table = convert(TABLE.drop(columns="code"))
    rows, reader = read(table)
    some = np.array([3, 40, 59])
    found = reader.numbers_of(rows.take(some, as_given=True))
    np.testing.assert_array_equal(found, rows.numbers[some])
    assert len(reader.numbers) < 12


def test_categories_of_numbers_stay_categories() -> None:
    rows, reader = read(TABLE)
    new = TABLE.iloc[[5, 6]].assign(code=pd.Categorical([5, 7]))
    place = rows.names.index("column 'code'")
    code = dict(zip(TABLE["code"], rows.numbers[:, place], strict=True))
    assert reader.numbers_of(new)[:, place].tolist() == [code[5], 2]


def test_new_categories_have_the_next_code_and_missing_values_stay_missing() -> None:
    rows, reader = read(TABLE)
    place = rows.names.index("column 'text'")
    code = dict(zip(TABLE["text"], rows.numbers[:, place], strict=True))
    new = TABLE.iloc[:4].assign(text=["z", "c", None, "y"])
    np.testing.assert_array_equal(reader.numbers_of(new)[:, place], [3, code["c"], np.nan, 3])


def test_times_count_from_the_first_of_the_table() -> None:
    rows, reader = read(TABLE)
    place = rows.names.index("column 'when'")
    new = TABLE.iloc[:1].assign(when=TABLE["when"].min() - pd.Timedelta(days=2))
    assert reader.numbers_of(new)[0, place] == -2


def test_columns_are_matched_by_name_and_empty_ones_stay_constant() -> None:
    rows, reader = read(TABLE)
    new = TABLE.iloc[[7, 8]].assign(empty=[1.0, 2.0])[list(TABLE.columns[::-1])]
    np.testing.assert_array_equal(reader.numbers_of(new), rows.numbers[[7, 8]])


def test_arrays_and_declared_kinds() -> None:
    X = np.column_stack([RNG.integers(0, 3, N), RNG.standard_normal(N)])
    rows, reader = read(X, column_kinds={0: "categorical"})
    assert rows.categorical == [1]
    np.testing.assert_array_equal(reader.numbers_of(X[[9, 2]]), rows.numbers[[9, 2]])
    assert reader.numbers_of(X[[9, 2]].tolist()).shape == (2, 2)


def test_other_columns_are_refused() -> None:
    _, reader = read(TABLE)
    with pytest.raises(InputError, match="'whole' are in one of them only"):
        reader.numbers_of(TABLE.drop(columns="whole"))
    with pytest.raises(InputError, match="numbers in one of them only: 'number'"):
        reader.numbers_of(TABLE.iloc[:2].assign(number=["x", "y"]))
    with pytest.raises(InputError, match="other kinds of columns"):
        reader.numbers_of(TABLE.iloc[:2].assign(rank=["low", "other"]))
    with pytest.raises(UnsupportedTypeError, match="Pass two frames"):
        reader.numbers_of(TABLE.to_numpy())
