"""The free space of a disk, and the size of a row on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from poise.big.storage.disk import free_bytes, row_bytes_on_disk
from poise.big.storage.source import open_source


def test_a_folder_to_be_made_is_on_the_disk_of_the_nearest_that_exists(tmp_path: Path) -> None:
    free = free_bytes(tmp_path / "not" / "there" / "yet")
    assert abs(free - shutil.disk_usage(tmp_path).free) < 10**9


def test_a_row_is_as_large_as_in_compressed_files(tmp_path: Path) -> None:
    same, random = pa.table({"x": ["town"] * 50_000}), pa.table({"x": np.random.rand(50_000)})
    sizes = [row_bytes_on_disk(open_source(t), t.slice(0, 4000), 50_000) for t in (same, random)]
    assert sizes[0] < 0.5
    assert 7 < sizes[1] < 12


def test_a_row_is_not_larger_than_in_the_files_of_the_source(tmp_path: Path) -> None:
    table = pa.table({"x": [f"town {i % 3000}" for i in range(60_000)]})
    pq.write_table(table, tmp_path / "t.parquet")
    source, sample = open_source(tmp_path / "t.parquet"), table.slice(0, 4000)
    of_files = (tmp_path / "t.parquet").stat().st_size / 60_000
    assert row_bytes_on_disk(source, sample, 60_000) == of_files
    assert row_bytes_on_disk(open_source(table), sample, 60_000) > of_files


def test_a_type_that_parquet_does_not_have_has_a_size_too() -> None:
    ends = pa.array([3, 5], pa.int32())
    table = pa.table({"y": pa.RunEndEncodedArray.from_arrays(ends, ["a", "b"])})
    assert row_bytes_on_disk(open_source(pa.table({"y": [1]})), table, 5) > 0
