"""Numbers are read in the notation of the file, and digits that are names stay text."""

from __future__ import annotations

import pyarrow as pa
import pytest

from poise.core.files.csv_column import CsvColumn
from poise.core.files.csv_numbers import are_names, local_numbers, plain_numbers
from poise.core.files.dialect import CsvOptions


def read(*cells: str | None, separator: str = ",", **options: str) -> CsvColumn | None:
    column = pa.chunked_array([pa.array(cells, pa.string())])
    given = CsvOptions(**options)
    plain = plain_numbers("a", column, column, given)
    return plain or local_numbers("a", column, column, given, separator)


@pytest.mark.parametrize(
    "cell",
    ["00501", "-01", "0x1F", "12345678901234567", "10000000000000000", "1E5", "+4912345", "007"],
)
def test_digits_that_are_names_stay_text(cell: str) -> None:
    column = read(cell, "12")
    assert column.kind == "identifier"
    assert column.values.to_pylist() == [cell, "12"]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "-2", None], [1, -2, None]),
        (["1.50", "0.1"], [1.5, 0.1]),
        (["1E5", "0.5"], [1e5, 0.5]),
        (["1e-05", "1e+16"], [1e-5, 1e16]),
        (["+4", "-3"], [4.0, -3.0]),
        (["+0.5", "1"], [0.5, 1.0]),
        (["0.30000000000000004", "nan"], [0.1 + 0.2, None]),
        (["1.", ".5"], [1.0, 0.5]),
        (["0", "10"], [0, 10]),
        (["-0", "5"], [0, 5]),
        (["1234567890123456", "0.5"], [1234567890123456.0, 0.5]),
        (["1234567890123456", "1"], [1234567890123456, 1]),
    ],
)
def test_numbers_are_numbers(cells: list[str | None], values: list[float | None]) -> None:
    assert read(*cells).values.to_pylist() == values


@pytest.mark.parametrize(
    ("cells", "values", "decimal", "thousands"),
    [
        (["1,5", "-0,25"], [1.5, -0.25], ",", "."),
        (["1.234,5", "7"], [1234.5, 7.0], ",", "."),
        (["1,234.5", "7"], [1234.5, 7.0], ".", ","),
        (["1,234,567", "7"], [1234567, 7], ".", ","),
        (["1.234.567", "1"], [1234567, 1], ",", "."),
        ([",5", "1,5e3"], [0.5, 1500.0], ",", "."),
    ],
)
def test_local_notations_are_found(cells, values, decimal: str, thousands: str) -> None:
    column = read(*cells)
    assert column.values.to_pylist() == values
    assert tuple(column.numbers) == (decimal, thousands)
    assert column.kind == ("integer" if isinstance(values[0], int) else "number")
    assert not column.is_open


def test_a_comma_before_three_digits_is_open_and_the_separator_decides() -> None:
    beside_commas = read("1,234", "5,678", separator=",")
    assert beside_commas.values.to_pylist() == [1234, 5678]
    assert "1,234 is read as 1234; pass --decimal ','" in beside_commas.notes[0]
    beside_semicolons = read("1,234", "5,678", separator=";")
    assert beside_semicolons.values.to_pylist() == [1.234, 5.678]
    assert beside_semicolons.is_open


def test_what_the_user_says_decides() -> None:
    assert read("1,234", separator=",", decimal=",").values.to_pylist() == [1.234]
    assert read("1.234", decimal=",").values.to_pylist() == [1234]
    assert read("1 234,5", decimal=",", thousands=" ").values.to_pylist() == [1234.5]
    assert read("1'234.5", thousands="'").values.to_pylist() == [1234.5]
    assert read("1.5", decimal=",") is None


@pytest.mark.parametrize("cell", ["1,2,3", "12,34.5", "abc", "1.2.3", "5%", "--1"])
def test_what_is_not_a_number_is_none(cell: str) -> None:
    assert read(cell, "1") is None


def test_one_code_makes_a_column_of_names() -> None:
    assert read("007", "1,5").kind == "identifier"
    assert read("007", "1.5").kind == "identifier"
    assert read("1E5", None).kind == "identifier"
    assert not are_names(pa.chunked_array([["1e5", "-1e-5"]]))


def test_the_character_between_thousands_decides_without_the_one_before_fractions() -> None:
    column = read("1.100", "2.250", thousands=".")
    assert column is not None
    assert column.values.to_pylist() == [1100, 2250]
    assert (
        plain_numbers("a", pa.array(["1.100"]), pa.array(["1.100"]), CsvOptions(thousands="."))
        is None
    )
