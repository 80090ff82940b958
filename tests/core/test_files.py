"""Files are read with their types, and written completely or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

from poise.core.errors import FileError, InputError, UnsupportedTypeError
from poise.core.files import delimiter_of, format_of, read_file, write_file, written, written_aside

TABLE = pa.table({"a": [1, 2], "b": ["x", None]})


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.pq", "t.arrow", "t.feather", "t.ipc"])
def test_a_table_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    write_file(TABLE, tmp_path / name)
    assert read_file(tmp_path / name).equals(TABLE)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("name", "words"),
    [("t.xlsx", "ends in '.xlsx'"), ("t", "has no ending"), ("t.parq", "Did you mean '.parquet'")],
)
def test_an_unknown_extension_raises_with_the_known_ones(name: str, words: str) -> None:
    with pytest.raises(UnsupportedTypeError, match=words):
        format_of(Path(name))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_most_frequent_one_outside_quotes(
    delimiter: str, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(delimiter.join(["a", '"b,,;;||"', "c"]) + "\n")
    assert delimiter_of(path) == delimiter


def test_numbers_with_leading_zeros_or_too_many_digits_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("zip,id,n\n00501,12345678901234567890,7\n")
    assert read_file(path).to_pylist() == [{"zip": "00501", "id": "12345678901234567890", "n": 7}]


def test_an_empty_text_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\nx,\n,y\n")
    assert read_file(path).to_pylist() == [{"a": "x", "b": None}, {"a": None, "b": "y"}]


def test_files_that_cannot_be_read_raise_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no file"):
        read_file(tmp_path / "none.csv")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(FileError, match="cannot be read as parquet.*Is it complete"):
        read_file(tmp_path / "broken.parquet")
    (tmp_path / "empty.csv").write_text("a,b\n")
    with pytest.raises(InputError, match="2 columns and no rows"):
        read_file(tmp_path / "empty.csv")


def test_a_failure_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    written("old", path)
    with pytest.raises(ZeroDivisionError), written_aside(path) as aside:
        aside.write_text("half")
        _ = 1 / 0
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_symbolic_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    written("new", link)
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_missing_folder_raises(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no folder.*Create it first"):
        written("text", tmp_path / "none" / "t.txt")
    with pytest.raises(FileError, match="is a folder"):
        written("text", tmp_path)


def test_a_written_file_has_the_usual_permissions_and_the_mask_stays(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        with written_aside(tmp_path / "a.txt") as aside:
            aside.write_text("text")
        assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(mask)


def test_a_message_with_the_reason_of_another_package_has_one_full_stop(tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(FileError) as error:
        read_file(tmp_path / "broken.parquet")
    assert ".." not in str(error.value)
    assert ". Is it complete" in str(error.value)
