"""Cells are written as they are, quoted only where they have to be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from poise.core.errors import FileError, InputError
from poise.core.files.csv_writing import cells_of, check_csv_types, write_csv
from poise.core.files.dialect import Dialect


def chunked(*cells: str) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(cells, pa.string())])


def test_a_cell_is_quoted_only_if_it_has_to_be(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    cells = {"a": chunked("x", "y,z", ""), "b c": chunked('say "no"', "1;2", "l\nm")}
    write_csv(cells, path, Dialect())
    assert path.read_text() == 'a,b c\nx,"say ""no"""\n"y,z",1;2\n,"l\nm"\n'
    write_csv({"a": chunked("", "x")}, path, Dialect())
    assert path.read_text() == 'a\n""\nx\n'


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_the_separator_of_the_dialect_is_used(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "t.csv"
    write_csv(
        {"a": chunked("x,y"), "b": chunked(f"1{separator}2")}, path, Dialect("utf-8", separator)
    )
    assert path.read_text() == f'a{separator}b\nx,y{separator}"1{separator}2"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_the_encoding_and_the_lines_before_the_header_are_kept(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "t.csv"
    write_csv({"a": chunked("é")}, path, Dialect(encoding, ";", ("sep=;\n",)))
    assert path.read_bytes() == "sep=;\na\né\n".encode(encoding)


def test_a_file_that_ends_in_gz_is_compressed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    write_csv({"a": chunked("x")}, path, Dialect())
    assert gzip.decompress(path.read_bytes()) == b"a\nx\n"


def test_a_character_that_the_encoding_lacks_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="'中' cannot be written in the encoding cp1252"):
        write_csv({"a": chunked("中")}, tmp_path / "t.csv", Dialect("cp1252"))


def test_values_of_other_files_become_cells() -> None:
    values = pa.chunked_array([[1.5, None]])
    assert cells_of(values).to_pylist() == ["1.5", ""]
    coded = pa.chunked_array([pa.array(["x", None]).dictionary_encode()])
    assert cells_of(coded).to_pylist() == ["x", ""]


@pytest.mark.parametrize("column", [pa.array([[1]]), pa.array([{"b": 1}]), pa.array([b"x"])])
def test_nested_and_binary_columns_are_refused(column: pa.Array) -> None:
    with pytest.raises(InputError, match="column 'a' holds values of type.*--drop"):
        check_csv_types(pa.table({"a": column}))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "UTF_8_SIG", "utf-16", "UTF16", "utf-32"])
def test_the_mark_of_the_order_of_bytes_stands_once(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    write_csv({"a": chunked("\u00e9")}, path, Dialect(encoding, newline="\r\n"))
    assert path.read_bytes().decode(encoding) == "a\r\n\u00e9\r\n"
