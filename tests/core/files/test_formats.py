"""Files are read with their types, and written completely or not at all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from poise.core.errors import FileError, InputError, UnsupportedTypeError
from poise.core.files.formats import delimiter_of, format_of, read_file, write_file

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


def test_a_message_with_the_reason_of_another_package_has_one_full_stop(tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(FileError) as error:
        read_file(tmp_path / "broken.parquet")
    assert ".." not in str(error.value)
    assert ". Is it complete" in str(error.value)
