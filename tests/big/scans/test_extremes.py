"""Extreme rows, exact sums, and rows that are read together with points."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from poise.big.scans.classes import RowsOfClasses
from poise.big.scans.extremes import ExtremeRows, LoadRows, Reader, SumMoments, total_moments
from poise.core.errors import InputError
from poise.core.tables.declared import Declared

TABLE = pa.table(
    {
        "x": [3.0, 1.0, None, 9.0, float("nan"), 5.0],
        "c": ["b", "a", "b", None, "a", "b"],
    }
)


def extreme_rows(in_range: ExtremeRows) -> pa.Table:
    """Return what is found in a pass over parts of the table, in which no other rows are wanted."""
    kernel = LoadRows(RowsOfClasses("c", pa.array([], pa.string())), in_range)
    return pa.Table.from_batches(kernel(iter(TABLE.to_batches(max_chunksize=2))))


def test_extreme_rows_hold_minimum_maximum_nan_and_missing() -> None:
    in_range = ExtremeRows(("x",))
    found = extreme_rows(in_range)
    assert repr(found["x"].to_pylist()) == "[1.0, None, 9.0, nan]"
    # Selecting again from what was selected gives the same.
    assert repr(in_range.select(found)["x"].to_pylist()) == "[1.0, None, 9.0, nan]"


def test_extreme_rows_hold_two_categories_and_a_missing_one() -> None:
    found = ExtremeRows(("c",)).select(TABLE)
    assert found["c"].to_pylist() == ["b", "a", None]


def test_more_rows_than_neighbours_are_found_where_there_are_so_many() -> None:
    in_range = ExtremeRows(("x",), at_least=5)
    found = extreme_rows(in_range)
    assert repr(found["x"].to_pylist()) == "[3.0, 1.0, None, 9.0, nan]"
    assert ExtremeRows(("x",), at_least=9).select(TABLE).num_rows == 6


def test_wanted_rows_and_extreme_rows_are_found_in_one_pass() -> None:
    kernel = LoadRows(RowsOfClasses("c", pa.array(["b"])), ExtremeRows(("x",)))
    found = pa.Table.from_batches(kernel(iter(TABLE.to_batches(max_chunksize=2))))
    wanted = TABLE.filter(pc.equal(TABLE["c"], "b"))
    assert found.slice(0, wanted.num_rows).equals(wanted)
    extreme = found.slice(wanted.num_rows)
    assert repr(extreme["x"].to_pylist()) == "[1.0, None, 9.0, nan]"


def test_rows_are_read_with_the_categories_of_the_points() -> None:
    points = pa.table({"c": ["b", "a"], "x": [1.0, 2.0]})
    reader = Reader(points, Declared(), "SMOTE")
    assert reader.n_categorical == 1
    of_points, rows = reader.read([pa.table({"c": ["a", "z"], "x": [2.0, 7.0]})])
    assert rows[0].tolist() == of_points[1].tolist()
    assert rows[1, 1] not in of_points[:, 1]


def test_infinite_values_name_the_method() -> None:
    reader = Reader(pa.table({"x": [1.0]}), Declared(), "TomekLinks")
    with pytest.raises(InputError, match=r"TomekLinks .*'x'"):
        reader.read([pa.table({"x": [float("inf")]})])


def test_sums_are_exact_however_rows_are_grouped() -> None:
    values = np.random.RandomState(0).lognormal(0, 20, size=100)
    table = pa.table({"x": values})
    kernel = SumMoments(Reader(table.slice(0, 1), Declared(), "SMOTE"), block_rows=7)
    parts = [table.slice(0, 40), table.slice(40)]
    found = pa.concat_tables(
        pa.Table.from_batches(kernel(iter(part.to_batches()))) for part in parts
    )
    split = total_moments(found.to_pydict())
    together = total_moments(pa.Table.from_batches(kernel(iter(table.to_batches()))).to_pydict())
    assert split == together
    assert split.counts == (100,)
    assert Fraction(split.sums[0]) != 0
