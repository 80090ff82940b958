"""Files that differ in the types of their columns are one table, without loss."""

from __future__ import annotations

import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from big_tables import assert_same_rows, in_memory, numbers

from poise import SMOTE, TomekLinks, big
from poise.big.storage.source import open_source
from poise.big.storage.widening import common_type
from poise.core.errors import InputError, WiderTypeWarning


@pytest.mark.parametrize(
    ("one", "two", "wide"),
    [
        (pa.int32(), pa.int64(), pa.int64()),
        (pa.uint8(), pa.uint32(), pa.uint32()),
        (pa.int8(), pa.uint8(), pa.int16()),
        (pa.int64(), pa.uint32(), pa.int64()),
        (pa.int64(), pa.uint64(), None),
        (pa.float16(), pa.float64(), pa.float64()),
        (pa.int16(), pa.float32(), pa.float32()),
        (pa.int32(), pa.float32(), pa.float64()),
        (pa.int64(), pa.float64(), None),
        (pa.string(), pa.large_string(), pa.large_string()),
        (pa.string(), pa.dictionary(pa.int8(), pa.string()), pa.string()),
        (
            pa.dictionary(pa.int8(), pa.string()),
            pa.dictionary(pa.int32(), pa.string()),
            pa.string(),
        ),
        (pa.dictionary(pa.int8(), pa.string(), ordered=True), pa.string(), None),
        (pa.binary(), pa.large_binary(), pa.large_binary()),
        (pa.null(), pa.date32(), pa.date32()),
        (pa.timestamp("s"), pa.timestamp("us"), pa.timestamp("us")),
        (pa.timestamp("s", "UTC"), pa.timestamp("us"), None),
        (pa.decimal128(6, 2), pa.decimal128(5, 4), pa.decimal128(8, 4)),
        (pa.decimal128(38, 2), pa.decimal128(5, 4), None),
        (pa.bool_(), pa.int8(), None),
        (pa.string(), pa.int64(), None),
        (pa.list_(pa.int8()), pa.list_(pa.int64()), None),
    ],
)
def test_the_type_that_holds_both_is_found_in_either_order(one: Any, two: Any, wide: Any) -> None:
    assert common_type(one, two) == common_type(two, one) == wide


def drifted(folder: Path) -> tuple[Path, pa.Table]:
    """Write files whose columns differ, and return the folder with the table that they are."""
    table = numbers(900).append_column("town", pa.array(["a", "b", None] * 300))
    table = table.append_column("cost", pa.array([Decimal(i) / 4 for i in range(900)]))
    table = table.append_column("late", pa.array([None] * 600 + list(range(300)), pa.int64()))
    table = table.append_column("empty", pa.array([None] * 300 + ["u", "v"] * 300))
    folder.mkdir()
    first, second, third = (table.slice(start, 300) for start in (0, 300, 600))
    first = first.drop_columns(["late"])
    first = first.set_column(first.column_names.index("empty"), "empty", pa.nulls(300))
    first = first.set_column(0, "id", first["id"].cast(pa.int16()))
    second = second.drop_columns(["late"])
    town = second["town"].combine_chunks().dictionary_encode()
    second = second.set_column(second.column_names.index("town"), "town", town)
    second = second.select(second.column_names[::-1])
    third = third.set_column(1, "x0", third["x0"].cast(pa.float64()))
    third = third.set_column(5, "y", third["y"].cast(pa.int32()))
    for name, part in zip("abc", (first, second, third), strict=True):
        pq.write_table(part, folder / f"{name}.parquet")
    return folder, table


@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), TomekLinks()], ids=repr)
def test_a_run_over_drifted_files_gives_the_rows_of_one_table(sampler: Any, tmp_path: Path) -> None:
    source, table = drifted(tmp_path / "in")
    with pytest.warns(WiderTypeWarning) as found:
        result = big.resample(
            source,
            sampler,
            target="y",
            id="id",
            extra=(),
            out=tmp_path / "out",
            carry_columns={"late": "seed"},
        )
    assert len(found) == 1
    message = str(found[0].message)
    for words in ("in 5 columns", "'id' is int16 and int64, read as int64", "'late' is missing in"):
        assert words in message
    out = result.reader().read_all()
    sampler = sampler.set_params(carry_columns=["late"])
    expected = in_memory(sampler, table, "y", "id")
    assert_same_rows(out.select(expected.column_names).cast(expected.schema), expected)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = pq.read_table(tmp_path / "out")
    assert again.num_rows == out.num_rows


def test_types_without_a_common_one_are_refused_with_both_files(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1], "y": [0]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": ["1"], "y": [0]}), tmp_path / "b.parquet")
    with pytest.raises(
        InputError, match=r"'x' is string in '.*b.parquet' and int64 in '.*a.parquet'"
    ):
        open_source(tmp_path)


def test_a_pass_over_a_column_that_a_file_lacks(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": np.arange(5.0), "y": [0] * 5}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"y": [1] * 3}), tmp_path / "b.parquet")
    with pytest.warns(WiderTypeWarning, match="'x' is missing in '.*b.parquet'"):
        source = open_source(tmp_path)
    found = [batch for part in range(2) for batch in source.batches(part, ["x"])]
    assert pa.Table.from_batches(found)["x"].to_pylist() == [
        0.0,
        1.0,
        2.0,
        3.0,
        4.0,
        None,
        None,
        None,
    ]
