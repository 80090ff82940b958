"""Tomorrow's file is read as today's: kinds, formats of numbers and dates, and errors that name the cell."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from poise.core.errors import InputError
from poise.core.files.csv_again import column_again, description_of
from poise.core.files.csv_reading import column_of
from poise.core.files.dialect import CsvOptions
from poise.core.files.formats import read_file_again, read_table_file

# Cells of a column, and cells of tomorrow that alone would be read as another kind.
COLUMNS = {
    "identifier": (["00501", "10001"], ["12345", ""], ["12345", None]),
    "text": (["a", "12"], ["7", "NA"], ["7", "NA"]),
    "number": (["1,5", "2,25"], ["3", "1.234", ""], [3.0, None, None]),
    "thousands": (["1.234,5", "7,0"], ["1.234", "?"], [1234.0, None]),
    "integer": (["1", "-2"], ["3.5", " 4 "], [3.5, 4.0]),
    "bool": (["true", "false"], ["true", "NA"], [True, None]),
    "date": (["31.12.2024", "1.2.2024"], ["1.2.2024", ""], ["2024-02-01", None]),
    "iso date": (["2024-12-31"], ["2025-01-02"], ["2025-01-02"]),
    "datetime": (["31/12/2024 10:30"], ["01/02/2024 09:00"], ["2024-02-01 09:00:00"]),
    "time": (["10:30:00"], ["09:15:00"], ["09:15:00"]),
    "empty": (["", ""], ["", ""], [None, None]),
}


def cells(texts: list[str]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, pa.string())])


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_keep_their_kind(name: str) -> None:
    first, later, expected = COLUMNS[name]
    column = column_of("c", cells(first), CsvOptions(), ";")
    if name == "number":
        later, expected = later[:1], expected[:1]
    found = column_again("c", cells(later), description_of(column))
    values = found.values.to_pylist()
    assert [
        None if v is None else (str(v) if isinstance(expected[0], str) else v) for v in values
    ] == expected
    assert found.kind == column.kind


@pytest.mark.parametrize(
    ("first", "later", "message"),
    [
        (["1", "2"], ["3", "many"], "Column 'c' was read as integer .* 'many' cannot be read so"),
        (["1.234,5", "2,5"], ["12.34"], "'12.34' cannot be read so"),
        (["31.12.2024"], ["31.02.2024"], "pass --na '31.02.2024'"),
        (["true", "false"], ["maybe"], "'maybe'"),
        (["10:30:00"], ["2024-01-01"], "'2024-01-01'"),
    ],
)
def test_cells_of_another_kind_are_named(first: list[str], later: list[str], message: str) -> None:
    description = description_of(column_of("c", cells(first), CsvOptions(), ";"))
    with pytest.raises(InputError, match=message):
        column_again("c", cells(later), description)
    assert column_again("c", cells(later), description, tuple(later[-1:])).values.null_count == 1


def test_a_column_without_values_has_the_type_of_its_kind() -> None:
    for name, kind in {"date": pa.date32(), "bool": pa.bool_(), "integer": pa.float64()}.items():
        first, _, _ = COLUMNS[name]
        description = description_of(column_of("c", cells(first), CsvOptions(), ";"))
        found = column_again("c", cells(["", "NA"]), description).values
        assert found.type == kind
        assert found.null_count == 2


def test_files_are_read_again_by_the_names_of_their_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("code;x\n007;1,5\n010;2,5\n")
    (tmp_path / "b.csv").write_text("new;x;code\n1;4;12\n2;;13\n")
    first = read_table_file(tmp_path / "a.csv")
    described = {column.name: description_of(column) for column in first.csv.columns}
    again = read_file_again(tmp_path / "b.csv", CsvOptions(separator=";"), described)
    assert again.table.to_pydict() == {"new": [1, 2], "x": [4.0, None], "code": ["12", "13"]}
