"""Files are read with their types, and written completely or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from poise.core.errors import FileError, InputError, UnsupportedTypeError
from poise.core.files.dialect import CsvOptions
from poise.core.files.formats import format_of, read_table_file, write_table

TABLE = pa.table({"a": [1, 2], "b": ["x", None]})


@pytest.mark.parametrize(
    "name", ["t.csv", "t.tsv", "t.csv.gz", "t.parquet", "t.pq", "t.arrow", "t.feather", "t.ipc"]
)
def test_a_table_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    write_table(TABLE, tmp_path / name)
    assert read_table_file(tmp_path / name).whole.equals(TABLE)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("t.xlsx", "ends in '.xlsx'"),
        ("t.txt.gz", "ends in '.txt.gz'"),
        ("t", "has no ending"),
        ("t.parq", "Did you mean '.parquet'"),
    ],
)
def test_an_unknown_extension_raises_with_the_known_ones(name: str, words: str) -> None:
    with pytest.raises(UnsupportedTypeError, match=words):
        format_of(Path(name))


def test_the_last_endings_of_a_name_count() -> None:
    assert format_of(Path("v1.2.csv.gz")) == "csv"
    assert format_of(Path("v1.csv.PARQUET")) == "parquet"


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "t.csv"
    folder.mkdir()
    for call in (format_of, read_table_file):
        with pytest.raises(FileError, match="^'[^']*' is a folder. Pass the path of a file in it"):
            call(folder)


def test_a_table_does_not_change_with_the_file_that_it_was_read_from(tmp_path: Path) -> None:
    path = tmp_path / "t.arrow"
    feather.write_feather(TABLE, str(path), compression="uncompressed")
    read = read_table_file(path).table
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
    assert read.equals(TABLE)


def test_files_that_cannot_be_read_raise_with_the_reason(tmp_path: Path) -> None:
    for name in ("none.csv", "none/t.csv"):
        with pytest.raises(FileError, match="There is no file"):
            read_table_file(tmp_path / name)
    (tmp_path / "fraud.csv").write_bytes(b"a,\xe4\n1,2\n")
    with pytest.raises(FileError, match="Did you mean 'fraud.csv'"):
        read_table_file(tmp_path / "frauds.csv")
    with pytest.raises(FileError, match="^'[^']*' is not text in the encoding utf-8"):
        read_table_file(tmp_path / "fraud.csv", CsvOptions(encoding="utf-8"))
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(FileError, match="cannot be read as parquet.*Is it complete"):
        read_table_file(tmp_path / "broken.parquet")
    (tmp_path / "empty.csv").write_text("a,b\n")
    with pytest.raises(InputError, match="2 columns and no rows"):
        read_table_file(tmp_path / "empty.csv")


def test_a_message_with_the_reason_of_another_package_has_one_full_stop(tmp_path: Path) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(FileError) as error:
        read_table_file(tmp_path / "broken.parquet")
    assert ".." not in str(error.value)
    assert ". Is it complete" in str(error.value)


def test_the_index_of_a_pandas_frame_is_not_a_column_of_the_table(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.Index([7, 9], name="row"))
    frame.to_parquet(tmp_path / "t.parquet")
    read = read_table_file(tmp_path / "t.parquet")
    assert read.table.column_names == ["a"]
    assert read.index == ("row",)
    frame.reset_index().to_parquet(tmp_path / "u.parquet")
    assert read_table_file(tmp_path / "u.parquet").table.column_names == ["row", "a"]


def test_an_index_that_was_left_out_is_not_looked_for(tmp_path: Path) -> None:
    for index in (pd.Index([7, 9], name="row"), pd.RangeIndex(2)):
        table = pa.Table.from_pandas(pd.DataFrame({"a": [1, 2]}, index=index)).select(["a"])
        write_table(table, tmp_path / "t.parquet")
        read = read_table_file(tmp_path / "t.parquet")
        assert (read.index, read.table.column_names) == ((), ["a"])


def test_options_for_csv_files_are_refused_for_others(tmp_path: Path) -> None:
    write_table(TABLE, tmp_path / "t.parquet")
    with pytest.raises(InputError, match="is a parquet file, which has no separators"):
        read_table_file(tmp_path / "t.parquet", CsvOptions(decimal=","))


def test_paths_that_cannot_be_opened_raise_an_error_with_words(tmp_path: Path) -> None:
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    for path in (loop, tmp_path / f"{'x' * 300}.csv"):
        with pytest.raises(FileError, match="cannot be read"):
            read_table_file(path)


def test_what_csv_cannot_hold_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"column 'l' holds values of type list.*Write a .parquet"):
        write_table(pa.table({"l": [[1]]}), tmp_path / "t.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_pipe_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    os.mkfifo(path)
    with pytest.raises(FileError, match="is a pipe or a device"):
        read_table_file(path)


@pytest.mark.parametrize(
    "metadata", ["{broken", '{"index_columns": 5}', "[1]", '{"index_columns": [1]}']
)
def test_metadata_of_pandas_that_is_damaged_names_no_index(tmp_path: Path, metadata: str) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(TABLE.replace_schema_metadata({"pandas": metadata}), path)
    assert read_table_file(path).index == ()
