"""Columns are read as what their cells mean, with a note where that may surprise."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from poise.core.errors import FileError, InputError
from poise.core.files.csv_column import CsvColumn
from poise.core.files.csv_reading import column_of
from poise.core.files.dialect import CsvOptions
from poise.core.files.formats import FileTable, read_table_file


def column(*cells: str, separator: str = ",", **options: object) -> CsvColumn:
    texts = pa.chunked_array([pa.array(cells, pa.string())])
    return column_of("a", texts, CsvOptions(**options), separator)


def file(tmp_path: Path, text: str, **options: object) -> FileTable:
    path = tmp_path / "t.csv"
    path.write_text(text)
    return read_table_file(path, CsvOptions(**options))


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", ""], "integer", [1, None]),
        (["true", "FALSE", "NA"], "bool", [True, False, None]),
        ([" 1.5", "2 "], "number", [1.5, 2.0]),
        (["x", "NA", ""], "text", ["x", "NA", None]),
        (["", ""], "empty", [None, None]),
        (["NA", "?"], "text", ["NA", "?"]),
        (["00501", "NA"], "identifier", ["00501", None]),
        (["1,5", "-"], "number", [1.5, None]),
    ],
)
def test_missing_marks_count_where_the_other_cells_have_a_kind(cells, kind: str, values) -> None:
    read = column(*cells)
    assert read.kind == kind
    assert read.values.to_pylist() == values
    assert read.texts.to_pylist() == cells


def test_cells_that_were_read_as_missing_are_noted_and_written_again() -> None:
    read = column("1", "NA", "?", "?")
    assert read.notes == ("column 'a': 3 cells '?', 'NA' read as missing",)
    assert read.missing_text == "?"
    assert read.cells(pa.array([2, None]), pa.array([0, 0])).to_pylist() == ["2", "?"]
    assert column("1", "NA").notes == ("column 'a': 1 cell 'NA' read as missing",)
    assert column("1", "NA", "NA").notes == ("column 'a': 2 cells 'NA' read as missing",)


def test_the_marks_of_the_user_count_in_text_too() -> None:
    read = column("x", "none", missing=("none",))
    assert read.values.to_pylist() == ["x", None]
    assert read.missing_text == "none"
    assert column("none", "x", missing=("none",)).missing_text == "none"
    assert column("x", "y", missing=("none",)).missing_text == ""


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        (
            ["1"] * 97 + ["x", "y", "x"],
            "97% of cells look like numbers, read as text; the others are 'x', 'y'",
        ),
        (["1"] * 99 + ["x"], "99% of cells look like numbers"),
        (["1"] * 1999 + ["x"], "99.9% of cells look like numbers"),
        (["1"] * 16 + list("abcd"), "80% of cells .* the others are 'a', 'b', 'c' and 1 more"),
        (["5%", "7%"], "all cells look like numbers, such as 5%, read as text"),
        (["1.5", "(2.5)"], "all cells look like numbers, such as .2.5., read as text"),
        (["1\u00a0234,5", "2\u202f345,5"], "all cells look like numbers"),
        (["01/02/2024", "03/04/2024"], "look like dates, read as text.*--dates day-first"),
        (["01.02.2024", "31.02.2024"], "look like dates.*not days of the calendar"),
        (["2024/01/31"], "look like dates, read as text; pass --dates with their format"),
        (["01/31/24"], "look like dates, read as text; pass --dates with their format"),
        (["31 Jan 2024"], "look like dates, read as text; pass --dates with their format"),
        (["2024-01-31 10:00 PST"], "look like dates, read as text; pass --dates with"),
        (["2024-01-31"] * 9 + ["0000-00-00"], "90% of cells look like dates.*--na '0000-00-00'"),
    ],
)
def test_text_that_looks_like_something_else_is_noted(cells: list[str], note: str) -> None:
    read = column(*cells)
    assert read.kind == "text"
    with pytest.raises(InputError, match=note):
        raise InputError(read.notes[0])


def test_ordinary_text_has_no_note() -> None:
    assert column("1", "2", "3", "x", "y").notes == ()
    assert column("007", "010").notes == ()


def test_other_columns_decide_how_an_open_number_is_read(tmp_path: Path) -> None:
    german = file(tmp_path, 'a\tb\n"1,234"\t1,5\n"2,345"\t2,25\n')
    assert german.table["a"].to_pylist() == [1.234, 2.345]
    english = file(tmp_path, 'a;b\n"1,234";1.5\n"2,345";2.25\n')
    assert english.table["a"].to_pylist() == [1234, 2345]
    assert english.csv.notes == []
    alone = file(tmp_path, "a;b\n1,234;x\n2,345;y\n")
    assert alone.table["a"].to_pylist() == [1.234, 2.345]
    assert "pass --decimal '.'" in alone.csv.notes[0]


def test_points_are_between_thousands_where_other_columns_have_decimal_commas(
    tmp_path: Path,
) -> None:
    german = file(tmp_path, "a;b\n1.100;0,5\n2.345;1,25\n")
    assert german.table["a"].to_pylist() == [1100, 2345]
    for text in (
        "a;b\n1.100;0.55\n2.345;1.2\n",
        "a;b\n0.998;0,5\n2.345;1,25\n",
        "a;b\n1.100;x\n2;y\n",
    ):
        assert file(tmp_path, text).table["a"][0].as_py() < 2


def test_a_cell_may_be_larger_than_a_block(tmp_path: Path) -> None:
    long = "line\n" * 600_000
    read = file(tmp_path, f'a,b\n1,"{long}"\n2,y\n')
    assert read.table["b"].to_pylist() == [long, "y"]


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="several columns named 'a'. Rename them"):
        file(tmp_path, "a,b,a\n1,2,3\n")


def test_line_feeds_quotes_and_separators_are_parts_of_cells(tmp_path: Path) -> None:
    read = file(tmp_path, 'a,b\n"x\ny","say ""no"", please"\n')
    assert read.table.to_pylist() == [{"a": "x\ny", "b": 'say "no", please'}]


@pytest.mark.parametrize("text", ["", "\n", "a,b", "a,b\n", "sep=;\n", "# c\n"])
def test_a_file_without_rows_is_called_empty(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"t.csv' is empty: it has"):
        file(tmp_path, text)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,2,3", "row 4 of the file has 3 cells and the header has 2: '1,2,3'"),
        ("# total", "row 4 of the file has 1 cell and the header has 2: '# total'"),
    ],
)
def test_a_row_of_another_length_is_named(tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(FileError, match=words):
        file(tmp_path, f"# c\na,b\n1,2\n{row}\n")


def test_a_byte_that_is_not_text_is_named_with_its_line(tmp_path: Path) -> None:
    for encoding in ("utf-8", "ascii"):
        path = tmp_path / "t.csv"
        path.write_bytes(b"a,b\n" * 400_000 + b"\xe4,1\n")
        with pytest.raises(FileError, match="line 400,001 holds the byte 0xe4"):
            read_table_file(path, CsvOptions(encoding=encoding))


@pytest.mark.parametrize("encoding", ["UTF_8_SIG", "utf-16", "UTF16", "utf-32"])
def test_an_encoding_may_have_any_of_its_names(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n\u00e9,2\n", encoding=encoding)
    read = read_table_file(path, CsvOptions(encoding=encoding))
    assert read.table.to_pylist() == [{"a": "\u00e9", "b": 2}]


def test_text_that_the_user_wants_has_no_note_on_dates() -> None:
    assert column("2024/01/31", dates="none").notes == ()
    assert column("v10.2.13", "v1.0.2").notes == ()


def test_a_format_of_dates_that_fits_no_column_is_noted(tmp_path: Path) -> None:
    read = file(tmp_path, "a,b\n1,2024-01-31\n", dates="%d.%m.%Y")
    assert read.csv is not None
    assert "no column holds dates of the format '%d.%m.%Y'" in read.csv.notes[-1]


@pytest.mark.parametrize(
    "cells",
    [
        ["a", "b", " c"],
        ["1", "x", "NA"],
        ["1.234,5", "2,5", "?"],
        ["1,234", "2,345"],
        ["03.04.2024", "13.04.2024", "-"],
        ["1/2/2024", "3/4/2024"],
        ["2024-01-05", "2024-13-05"],
        ["12 kg", "13", "14", "15", "16", "17"],
        ["true", "False", "n/a"],
        ["007", "12"],
        ["10:00", "11:30"],
    ],
)
def test_cells_that_are_repeated_are_read_as_they_are_alone(cells: list[str]) -> None:
    alone, repeated = (
        column_of("c", pa.chunked_array([pa.array(items)]), CsvOptions(), ";")
        for items in (cells, cells * 100)
    )
    assert repeated.kind == alone.kind
    assert repeated.values.type == alone.values.type
    assert repeated.values.to_pylist() == alone.values.to_pylist() * 100
    assert repeated.layout == alone.layout
    assert repeated.missing_text == alone.missing_text
    assert len(repeated.notes) == len(alone.notes)
