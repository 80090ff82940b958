"""Arrow columns: comparable values, joined dictionaries, order by key."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poise import (
    TomekLinks,
    big,
)
from poise.big.scans.arrow import (
    blocks_of_rows,
    cast_column,
    check_row_count,
    comparable,
    concat_tables,
    is_among,
    joinable,
    largest_number,
    positions_in,
    sorted_unique,
)
from poise.core.errors import (
    InputError,
)

X20, Y20 = np.random.RandomState(0).rand(20), [0] * 14 + [1] * 6


def ordered(order: list[str], indices: list[int]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array(indices, pa.int8()), pa.array(order), ordered=True
    )


def test_ordered_categories_of_two_orders_are_refused(tmp_path: Path) -> None:
    for number, order in enumerate([["lo", "mid", "hi"], ["hi", "lo", "mid"]]):
        size = ordered(order, [i % 3 for i in range(20)])
        pq.write_table(pa.table({"x": X20, "size": size, "y": Y20}), tmp_path / f"{number}.parquet")
    with pytest.raises(
        InputError, match="'size' holds ordered categories, whose order is not the same"
    ):
        big.resample(str(tmp_path), TomekLinks(), target="y")


def test_blocks_have_the_rows_of_the_batches_in_order() -> None:
    table = pa.table({"x": range(7)})
    blocks = blocks_of_rows(iter(table.to_batches(max_chunksize=2)), 3)
    assert [block["x"].to_pylist() for block in blocks] == [[0, 1, 2], [3, 4, 5], [6]]


def test_comparable_values_have_no_dictionary_and_no_minus_zero() -> None:
    column = pa.array([0.0, -0.0, None]).dictionary_encode()
    found = comparable(column)
    assert found.type == pa.float64()
    assert repr(found.to_pylist()) == "[0.0, 0.0, None]"
    assert comparable(pa.array(np.ones(1, np.float16))).to_pylist() == [1.0]


def test_positions_are_minus_one_for_other_values() -> None:
    assert positions_in(pa.array(["b", "c", None, "a"]), pa.array(["a", "b"])).tolist() == [
        1,
        -1,
        -1,
        0,
    ]


def test_batches_with_different_dictionaries_can_be_joined() -> None:
    kind = pa.dictionary(pa.int8(), pa.string())
    parts = [pa.array([value, "z"]).dictionary_encode().cast(kind) for value in "ab"]
    batches = [joinable(pa.record_batch([part], names=["c"])) for part in parts]
    table = concat_tables([pa.Table.from_batches([batch]) for batch in batches])
    assert table["c"].to_pylist() == ["a", "z", "b", "z"]
    assert table["c"].type.index_type == pa.int32()
    assert cast_column(table["c"], kind).type == kind


def test_rows_are_sorted_and_each_key_kept_once() -> None:
    rows = pa.table({"id": [3, 1, 3, 2], "x": [30, 10, 30, 20]})
    assert sorted_unique(rows, "id").to_pydict() == {"id": [1, 2, 3], "x": [10, 20, 30]}
    assert is_among(rows, rows.slice(0, 1), "id").tolist() == [True, False, True, False]


def test_the_largest_number_of_ids() -> None:
    assert largest_number(pa.array([3, None, 7])) == 7
    assert largest_number(pa.array([2**64 - 1], pa.uint64())) == 2**63 - 1
    assert largest_number(pa.array(["new-7", "new-12", "new-x", "old-99"])) == 12
    assert largest_number(pa.array(["a"])) == largest_number(pa.array([], pa.int64())) == -1


def test_a_wrong_number_of_rows_says_why() -> None:
    check_row_count(5, 5, "Class 1")
    with pytest.raises(
        InputError, match="Class 1: 5 rows were expected and 6 found.*same value in"
    ):
        check_row_count(5, 6, "Class 1")
