"""Dates are read in the order of the file, and local times stay local."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pyarrow as pa
import pytest

from poise.core.files.csv_column import CsvColumn
from poise.core.files.csv_dates import dates
from poise.core.files.csv_reading import column_of
from poise.core.files.dialect import CsvOptions


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)


def read(*cells: str | None, order: str | None = None) -> CsvColumn | None:
    column = pa.chunked_array([pa.array(cells, pa.string())])
    return dates("a", column, column, CsvOptions(dates=order))


@pytest.mark.parametrize(
    ("cells", "values", "layout"),
    [
        (["2024-02-01", None], [date(2024, 2, 1), None], ""),
        (["31.12.2024", "1.2.2023"], [date(2024, 12, 31), date(2023, 2, 1)], "%d.%m.%Y"),
        (["31/12/2024", "1/2/2023"], [date(2024, 12, 31), date(2023, 2, 1)], "%d/%m/%Y"),
        (["12/31/2024", "2/1/2023"], [date(2024, 12, 31), date(2023, 2, 1)], "%m/%d/%Y"),
        (["13/1/2024"], [date(2024, 1, 13)], "%d/%m/%Y"),
        (["1/13/2024"], [date(2024, 1, 13)], "%m/%d/%Y"),
        (["2024-02-01 12:30"], [moment(2024, 2, 1, 12, 30)], ""),
        (["2024-02-01T12:30:05.5"], [moment(2024, 2, 1, 12, 30, 5, 500_000)], ""),
        (["31.12.2024 7:05"], [moment(2024, 12, 31, 7, 5)], "%d.%m.%Y %H:%M"),
        (
            ["31.12.2024 07:05:09", "1.1.2024"],
            [moment(2024, 12, 31, 7, 5, 9), moment(2024, 1, 1)],
            "%d.%m.%Y %H:%M:%S",
        ),
        (["07:05:09"], [time(7, 5, 9)], ""),
        (["07:05"], [time(7, 5)], "%H:%M"),
    ],
)
def test_dates_are_found(cells, values, layout: str) -> None:
    column = read(*cells)
    assert column.values.to_pylist() == values
    assert column.layout == layout


def test_dates_whose_order_the_cells_do_not_show_need_the_user() -> None:
    assert read("01/02/2024", "03/04/2024") is None
    assert read("12/12/2024") is None
    assert read("01/02/2024", order="day-first").values.to_pylist() == [date(2024, 2, 1)]
    assert read("01/02/2024", order="month-first").values.to_pylist() == [date(2024, 1, 2)]
    assert read("2024-01-02", order="none") is None
    assert read("01|02|24", order="%d|%m|%y").values.to_pylist() == [date(2024, 2, 1)]
    assert read("01|02|24 7h", order="%d|%m|%y %Hh").values.to_pylist() == [moment(2024, 2, 1, 7)]
    assert read("2024", order="%d|%m|%y") is None


def test_one_offset_is_the_zone_of_the_column() -> None:
    column = read("2020-01-01T00:00:00+02:00", "2020-01-02T00:00:00+02:00")
    assert column.values.type == pa.timestamp("s", "+02:00")
    assert column.values[0].as_py() == datetime(2019, 12, 31, 22, tzinfo=UTC)
    assert read("2020-01-01T00:00:00Z").values.type.tz == "UTC"


@pytest.mark.parametrize(
    ("offset", "zone"), [("+05:30", "+05:30"), ("-0330", "-03:30"), ("+05", "+05:00")]
)
def test_the_minutes_of_an_offset_are_kept(offset: str, zone: str) -> None:
    assert read(f"2020-01-01T00:00:00{offset}").values.type.tz == zone


def test_several_offsets_are_noted() -> None:
    column = read("2020-01-01T00:00:00+01:00", "2020-07-01T00:00:00+02:00")
    assert column.values.type.tz == "UTC"
    assert "2 offsets" in column.notes[0]


@pytest.mark.parametrize("cell", ["31.13.2024", "2024-02-30", "a", "1.2.24", "25:00"])
def test_what_is_not_a_date_is_none(cell: str) -> None:
    assert read(cell) is None


def test_a_format_of_the_user_comes_before_numbers() -> None:
    def kind(*cells: str, layout: str) -> str:
        texts = pa.chunked_array([pa.array(cells, pa.string())])
        return column_of("a", texts, CsvOptions(dates=layout), ",").kind

    assert kind("20240131", "20241231", layout="%Y%m%d") == "date"
    assert kind("20240131", "20249999", layout="%Y%m%d") == "integer"
    assert kind("2024121", layout="%Y%m%d") == "integer"
