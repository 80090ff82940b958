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
    times = TABLE["when"].iloc[:2]
    for other in (times.astype(str), times.dt.date, times.dt.tz_localize("UTC")):
        with pytest.raises(
            InputError, match="'when' of X was read as categorical, and as time in fit"
        ):
            reader.numbers_of(TABLE.iloc[:2].assign(when=other))
    with pytest.raises(UnsupportedTypeError, match="Pass two frames"):
        reader.numbers_of(TABLE.to_numpy())


@pytest.mark.parametrize("convert", [lambda t: t, pl.from_pandas], ids=["pandas", "polars"])
def test_a_row_without_values_is_read(convert: Any) -> None:
    rows, reader = read(convert(TABLE.drop(columns=["code", "rank"])))
    names = [name for name in TABLE.columns if name not in ("code", "rank")]
    make = pd.DataFrame if convert is not pl.from_pandas else pl.DataFrame
    found = reader.numbers_of(make([dict.fromkeys(names)]))
    empty = rows.names.index("column 'empty'")
    assert np.isnan(np.delete(found[0], empty)).all()
    assert found[0, empty] == 0


def test_ordered_categories_keep_their_order_however_they_are_written() -> None:
    rows, reader = read(TABLE)
    place = rows.names.index("column 'rank'")
    known = TABLE[TABLE["rank"].notna()].iloc[:6]
    expected = (known["rank"] == "high").astype(float)
    backwards = known["rank"].cat.reorder_categories(["high", "low"])
    used = known["rank"].where(known["rank"] == "high").cat.remove_unused_categories()
    for other in (known["rank"].astype(str), backwards):
        np.testing.assert_array_equal(
            reader.numbers_of(known.assign(rank=other))[:, place], expected
        )
    np.testing.assert_array_equal(
        reader.numbers_of(known.assign(rank=used))[:, place], expected.where(expected == 1)
    )


def test_times_of_another_zone_or_unit_are_the_same_times() -> None:
    when = TABLE["when"].dt.tz_localize("UTC")
    rows, reader = read(TABLE.assign(when=when))
    place = rows.names.index("column 'when'")
    for other in (when.dt.tz_convert("Europe/Paris"), when.dt.as_unit("ms")):
        new = TABLE.assign(when=other).iloc[:20]
        np.testing.assert_array_equal(reader.numbers_of(new)[:, place], rows.numbers[:20, place])


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_lists_of_rows_with_text_are_read(order: list[int]) -> None:
    pairs = [
        [float(v), t] for v, t in zip(RNG.standard_normal(N), np.tile(["a", "b"], N), strict=False)
    ]
    table = [[row[j] for j in order] for row in pairs]
    rows, reader = read(table)
    assert rows.categorical == [1]
    np.testing.assert_array_equal(reader.numbers_of(table), rows.numbers)
