"""Counts of classes, and rows of classes."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from poise.big.scans.classes import CountClasses, RowsOfClasses, blocks_of_classes
from poise.core.errors import InputError

TABLE = pa.table({"id": [5, 9, None, 2, 7], "x": [1, 2, 3, 4, 5], "y": ["a", "b", "a", "a", "c"]})
FACTS = ("rows", "largest_0", "missing_0", "largest_1", "missing_1")
FOUND = pa.schema([("label", pa.string()), *((name, pa.int64()) for name in FACTS)])


def batches(table: pa.Table = TABLE, n_rows: int = 2) -> Any:
    return iter(table.to_batches(max_chunksize=n_rows))


def test_rows_are_counted_by_class_over_all_batches() -> None:
    found = pa.Table.from_batches(CountClasses("y", ("id", "x"), FOUND)(batches()))
    assert dict(zip(found["label"].to_pylist(), found["rows"].to_pylist(), strict=True)) == {
        "a": 3,
        "b": 1,
        "c": 1,
    }
    assert set(found["largest_0"].to_pylist()) == {9}
    assert found["missing_0"].to_pylist() == [1, 0, 0]
    assert set(found["largest_1"].to_pylist()) == {5}


def test_no_rows_have_no_classes() -> None:
    found = pa.Table.from_batches(CountClasses("y", ("id", "x"), FOUND)(iter([])))
    assert found.num_rows == 0
    assert found.schema.equals(FOUND)


def test_too_many_classes_raise_while_they_are_counted() -> None:
    table = pa.table({"y": list(map(str, range(10_001)))})
    with pytest.raises(InputError, match="more than 10,000 different values: this looks like"):
        list(CountClasses("y", (), FOUND)(batches(table, 5000)))


def test_rows_of_some_classes_come_in_blocks() -> None:
    kernel = RowsOfClasses("y", pa.array(["a", "c"]))
    found = pa.Table.from_batches(kernel(batches()))
    assert found["x"].to_pylist() == [1, 3, 4, 5]
    blocks = blocks_of_classes(batches(), "y", pa.array(["a", "c"]), 3)
    assert [block["x"].to_pylist() for block in blocks] == [[1, 3, 4], [5]]
