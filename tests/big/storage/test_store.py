"""The store of an unfinished run: units and scans by their key, whole or as if not there."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from poise.big.storage.store import Store, StoredFile, Unit

GOOD = {"name": "a", "folder": "", "rows": 1, "bytes": 4, "digest": "", "classes": [1, 0]}
BAD_UNITS = [
    "",
    "[" * 100_000,
    "5",
    "{}",
    '{"files": [], "n_read": "1"}',
    '{"files": 3, "n_read": 1}',
    '{"files": [{"x": 1}], "n_read": 1}',
]
BAD_UNITS += [
    json.dumps({"files": [{**GOOD, name: value}], "n_read": 1})
    for name in ("name", "rows", "bytes", "classes")
    for value in ("1", None, -1, [None])
]


@pytest.mark.parametrize("text", BAD_UNITS, ids=lambda text: text[:80])
def test_a_damaged_record_of_a_unit_is_as_if_it_were_not_there(text: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"rows")
    (tmp_path / "_unit-k.json").write_text(json.dumps({"files": [GOOD], "n_read": 1}))
    assert Store(tmp_path).unit("k") is not None
    (tmp_path / "_unit-k.json").write_text(text, encoding="utf-8")
    assert Store(tmp_path).unit("k") is None


def test_a_file_that_fails_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(ZeroDivisionError), store.file("a") as path:
        path.write_text("half")
        1 / 0  # noqa: B018  # fails on purpose
    assert list(tmp_path.iterdir()) == []


def test_the_result_of_a_scan_has_its_key_and_its_schema(tmp_path: Path) -> None:
    store, table = Store(tmp_path), pa.table({"x": [1, 2]})
    assert store.n_scans == 0
    store.add_table("a" * 40, table)
    assert store.n_scans == 1
    assert store.table("a" * 40, table.schema) == table
    assert store.table("b" * 40, table.schema) is None
    assert store.table("a" * 40, pa.schema([("x", pa.int32())])) is None


def test_only_written_files_count_as_space(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (tmp_path / "k-0.parquet").write_bytes(b"12345")
    (tmp_path / "source").write_bytes(b"123")
    (tmp_path / "k-1.parquet").hardlink_to(tmp_path / "source")
    (tmp_path / "k-2.parquet").symlink_to(tmp_path / "source")
    (tmp_path / "_writing-k-3.parquet").write_bytes(b"1")
    assert store.n_bytes == 5


def test_a_unit_is_read_as_it_was_stored(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (tmp_path / "k-0.parquet").write_bytes(b"12345")
    file = StoredFile("k-0.parquet", "day=1", 2, 5, "0" * 64, [1, 1], "hard link", "/a", 7)
    store.add_unit("k", Unit((file,), 3))
    assert store.unit("k") == Unit((file,), 3)
    assert store.n_units == 1


@pytest.mark.parametrize("text", ["", "[]", "5", '{"a": 1}', '{"a": [1, 2]}', '{"a": ["x", 2, 3]}'])
def test_damaged_digests_of_sources_are_computed_again(text: str, tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add_sources({"a": (1, 2, "x")})
    assert store.sources() == {"a": (1, 2, "x")}
    (tmp_path / "_sources.json").write_text(text, encoding="utf-8")
    assert store.sources() == {}
