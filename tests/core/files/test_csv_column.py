"""New values are written as the cells beside them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pyarrow as pa
import pytest

from poise.core.files.csv_column import CsvColumn, NumberFormat
from poise.core.files.csv_reading import column_of
from poise.core.files.dialect import CsvOptions


def column(*cells: str, dates: str | None = None) -> CsvColumn:
    texts = pa.chunked_array([pa.array(cells, pa.string())])
    return column_of("a", texts, CsvOptions(dates=dates), ";")


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "value", "written"),
    [
        (["1", "2"], 7, "7"),
        (["1.50", "2"], 0.25, "0.25"),
        (["1,5", "2"], 0.25, "0,25"),
        (["1.234,5", "2"], 1234567.25, "1234567,25"),
        (["yes", "no"], "yes", "yes"),
        (["007", "010"], "007", "007"),
        (["True", "False"], False, "False"),
        (["True", "False"], True, "True"),
        (["FALSE", "FALSE"], True, "true"),
        (["TRUE", "TRUE"], False, "false"),
        (["2024-02-01"], date(2024, 3, 4), "2024-03-04"),
        (["31.12.2024"], date(2024, 3, 4), "04.03.2024"),
        (["12/31/2024"], date(2024, 3, 4), "03/04/2024"),
        (["31.12.2024 10:00"], moment(2024, 3, 4, 5, 6), "04.03.2024 05:06"),
        (["2024-02-01 10:00"], moment(2024, 3, 4, 5, 6), "2024-03-04 05:06"),
        (["2024-02-01T10:00:00"], moment(2024, 3, 4, 5, 6, 7), "2024-03-04T05:06:07"),
        (["2024-02-01", "2024-02-01T10:00:00"], moment(2024, 3, 4), "2024-03-04T00:00:00"),
        (["10:00:00"], time(5, 6, 7), "05:06:07"),
        (["10:00"], time(5, 6), "05:06"),
    ],
)
def test_values_are_written_in_the_notation_of_the_column(cells, value, written: str) -> None:
    read = column(*cells)
    naive = value.replace(tzinfo=None) if isinstance(value, datetime) else value
    values = pa.array([naive, None], read.values.type)
    assert read.cells(values, pa.array([0, 0])).to_pylist() == [written, ""]


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        (["2024-01-01T00:00:00+02:00"], "2024-03-04T07:06:07+02:00"),
        (["2024-01-01 00:00:00-0530"], "2024-03-03 23:36:07-0530"),
        (["2024-01-01T00:00:00Z"], "2024-03-04T05:06:07Z"),
        (["2024-01-01T00:00:00+02:00", "2024-01-01T00:00:00+01:00"], "2024-03-04T07:06:07+02:00"),
    ],
)
def test_an_instant_is_written_at_the_offset_of_its_seed_row(cells, written: str) -> None:
    read = column(*cells)
    values = pa.array([moment(2024, 3, 4, 5, 6, 7)], read.values.type)
    assert read.cells(values, pa.array([0])).to_pylist() == [written]


def test_a_column_is_described_in_words() -> None:
    texts = pa.chunked_array([["1"]])
    full = CsvColumn("a", texts, texts, "number", NumberFormat(",", "."), "%d", "?")
    assert full.described() == "number (decimal ',', thousands '.', %d, missing '?')"
    assert CsvColumn("a", texts, texts, "text").described() == "text"


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        ("1.0", 1.0),
        ("+1.50", 1.5),
        ("-0.50", -0.5),
        ("1,0", 1.0),
        ("1e0", 1.0),
        (" 7", 7),
        ("TRUE", True),
    ],
)
def test_a_value_that_the_column_holds_is_written_as_it_was_read(cells: str, value: object) -> None:
    other = (
        "false"
        if value is True
        else "-3"
        if cells.startswith(("+", " "))
        else "0,5"
        if "," in cells
        else "0.25"
    )
    read = column(cells, other)
    values = pa.array([value, None], read.values.type)
    assert read.cells(values, pa.array([0, 0])).to_pylist() == [cells, ""]


def test_an_offset_in_hours_is_that_of_new_cells() -> None:
    read = column("2024-01-01 00:00:00+02", "2024-01-01 05:00:00+02")
    assert read.notes == ()
    values = pa.array([moment(2024, 3, 4, 5, 6, 7)], read.values.type)
    assert read.cells(values, pa.array([0])).to_pylist() == ["2024-03-04 07:06:07+02"]


def test_fractions_of_a_second_have_the_digits_of_the_column() -> None:
    read = column("2024-01-01 00:00:00.125", "2024-01-01 05:00:00.500")
    values = pa.array([moment(2024, 3, 4, 5, 6, 7, 250_000).replace(tzinfo=None)], read.values.type)
    assert read.cells(values, pa.array([0])).to_pylist() == ["2024-03-04 05:06:07.250"]
