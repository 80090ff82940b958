"""The manifest of a result: found where it belongs, and named if it is damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from big_tables import numbers

from poise import TomekLinks, big
from poise.big.storage.manifest import find_manifest, write_manifest
from poise.core.errors import FileError
from poise.core.saved import format_entries


@pytest.fixture
def result(source: Path, tmp_path: Path) -> Any:
    return big.resample(source, TomekLinks(), target="y", id="id", extra=(), out=tmp_path / "out")


def test_a_manifest_is_found_in_the_folder_that_it_describes(tmp_path: Path) -> None:
    schema, place = pa.schema([("x", pa.int64())]), tmp_path / "day=1" / "hour=2"
    place.mkdir(parents=True)
    (tmp_path / "day=0").mkdir()
    path = place / "_manifest.parquet"
    write_manifest(path, {"files": {}, "seed": "\udcff"}, schema, "day=1/hour=2")
    found = find_manifest(tmp_path)
    assert found is not None
    assert found["files"] == {}
    assert find_manifest(tmp_path / "day=1") is None
    assert find_manifest(place) is None
    assert find_manifest(tmp_path / "none") is None
    assert pq.read_table(path).num_rows == 0
    assert pq.read_schema(path).names == ["x"]


def stated(files: Any) -> str:
    return json.dumps({**format_entries("result"), "files": files})


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, *map(stated, [3, {"a": {}}])])
def test_a_damaged_manifest_is_named(text: str, result: Any) -> None:
    path = result.out / "_manifest.parquet"
    with pq.ParquetWriter(path, pa.schema([("x", pa.int64())])) as writer:
        writer.add_key_value_metadata({"poise": text, "poise_folder": "."})
    with pytest.raises(FileError, match=r"The manifest '.*_manifest.parquet' cannot be read: "):
        result.check()
    path.write_bytes(b"cut")
    with pytest.raises(FileError, match=r"The manifest '.*_manifest.parquet' cannot be read: "):
        result.check()


def test_a_manifest_of_others_is_passed_over(source: Path) -> None:
    pq.write_table(numbers(0), source / "_manifest.parquet")
    assert big.explain(source, "smote", target="y", id="id", extra=()).n_rows == 1500
