"""Results compared with their manifest: files, rows and content."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from big_tables import numbers

from poise import TomekLinks, big
from poise.core.errors import FileError, UnsupportedTypeError


@pytest.fixture
def result(source: Path, tmp_path: Path) -> Any:
    return big.resample(source, TomekLinks(), target="y", id="id", extra=(), out=tmp_path / "out")


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[50] ^= 1
    path.write_bytes(data)


HARMS: list[tuple[Callable[[Path], object], str, str]] = [
    (lambda path: path.unlink(), "missing", "'part-00001.parquet' is missing"),
    (lambda path: pq.write_table(numbers(7), path), "rows", "has 7 rows, and had"),
    (lambda path: path.write_bytes(b"PAR1"), "unreadable", "cannot be read as Parquet"),
    (lambda path: pq.write_table(pq.read_table(path), path), "size", "bytes, and had"),
    (flip_a_byte, "content", "has other content"),
    (
        lambda path: pq.write_table(numbers(7), path.parent / "x.parquet"),
        "added",
        "'x.parquet' is not in the manifest",
    ),
]


@pytest.mark.parametrize(("harm", "problem", "words"), HARMS, ids=[h[1] for h in HARMS])
def test_each_kind_of_difference_is_found(
    harm: Callable[[Path], object], problem: str, words: str, result: Any
) -> None:
    assert result.check().is_whole
    harm(result.out / "part-00001.parquet")
    found = result.check()
    assert [each.problem for each in found.differences] == [problem]
    assert words in str(found.differences[0])
    assert "is not whole: 1 of its files is not as in the manifest" in str(found)
    if problem != "content":  # `reader` reads no content of files that were written for the result
        with pytest.raises(FileError, match="is not as it was written"):
            result.reader()


def test_a_check_is_json(result: Any) -> None:
    (result.out / "part-00001.parquet").unlink()
    found = json.loads(json.dumps(result.check().to_dict()))
    assert found["is_whole"] is False
    assert found["differences"][0]["file"] == "part-00001.parquet"
    assert found["rows"] == sum(result.counts_after.values())


def test_files_of_other_programs_are_no_data(result: Any) -> None:
    (result.out / "_SUCCESS").touch()
    (result.out / ".crc").touch()
    assert result.check().is_whole


def test_only_results_can_be_checked(source: Path) -> None:
    with pytest.raises(FileError, match="holds no manifest .* not a complete result"):
        big.check(source)
    with pytest.raises(FileError, match="holds no manifest"):
        big.check(source / "none")
    with pytest.raises(UnsupportedTypeError, match="is not in a folder"):
        big.resample(source, TomekLinks(), target="y", id="id", extra=()).check()


def test_hidden_parquet_files_are_found_because_readers_take_them(result: Any) -> None:
    made = next(result.out.glob("part-*.parquet"))
    for name in ("_x.parquet", ".y.parquet"):
        (result.out / name).write_bytes(made.read_bytes())
    (result.out / "_SUCCESS").touch()
    found = result.check().differences
    assert [(each.file, each.problem) for each in found] == [
        (".y.parquet", "added"),
        ("_x.parquet", "added"),
    ]


def test_a_result_is_replaced_only_if_nothing_else_is_in_its_folder(
    source: Path, tmp_path: Path
) -> None:
    run = partial(big.resample, source, TomekLinks(), target="y", id="id", out=tmp_path / "out")
    out = run().out
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileError, match="also holds 'notes.txt', which poise.big has not written"):
        run(if_exists="replace")
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
    (out / "notes.txt").rename(tmp_path / "notes.txt")
    assert run(if_exists="replace").check().is_whole


def test_a_result_with_other_content_of_the_same_size_is_not_kept(
    source: Path, tmp_path: Path
) -> None:
    run = partial(big.resample, source, TomekLinks(), target="y", id="id", out=tmp_path / "out")
    every = run(links="copy").out.glob("part-*.parquet")
    path = max(every, key=lambda file: file.stat().st_size)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(FileError, match="has other content.*if_exists='replace'"):
        run(if_exists="skip")
