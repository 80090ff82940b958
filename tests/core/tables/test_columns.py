"""One column is a kind, values, and a mask of missing values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from poise.core.errors import InputError
from poise.core.tables.columns import (
    codes_of,
    column_of_array,
    is_missing_item,
    ticks_per_day,
    times_in,
)


@pytest.mark.parametrize(
    "item", [None, np.nan, pd.NA, pd.NaT, Decimal("sNaN"), np.datetime64("NaT", "D")]
)
def test_objects_that_are_missing_values(item: Any) -> None:
    assert is_missing_item(item)


@pytest.mark.parametrize("item", ["", 0, False, [], np.array([np.nan, 1.0]), "nan"])
def test_objects_that_are_not_missing_values(item: Any) -> None:
    assert not is_missing_item(item)


@pytest.mark.parametrize(
    "values",
    [
        np.array([2.0, np.nan, 1.0, 2.0]),
        np.array(["2026-01-02", "NaT", "2026-01-01", "2026-01-02"], dtype="M8[D]"),
        np.array(["b", None, "a", "b"], dtype=object),
    ],
)
def test_equal_values_have_equal_codes_and_missing_ones_have_minus_one(values: Any) -> None:
    codes = codes_of(values)
    assert codes.dtype == np.int32
    assert codes[1] == -1
    assert codes[0] == codes[3] != codes[2]


def test_objects_are_equal_as_python_compares_them() -> None:
    assert codes_of(np.array([1, 1.0, True, "1"], dtype=object)).tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(("dtype", "ticks"), [("M8[D]", 1), ("M8[s]", 86_400), ("m8[12h]", 2)])
def test_ticks_per_day(dtype: str, ticks: int) -> None:
    assert ticks_per_day("column 'a'", np.dtype(dtype)) == ticks


@pytest.mark.parametrize("unit", ["M", "Y"])
def test_months_and_years_have_no_fixed_number_of_days(unit: str) -> None:
    with pytest.raises(InputError, match="column 'a' counts time.*Convert it"):
        ticks_per_day("column 'a'", np.dtype(f"M8[{unit}]"))


def test_floats_declared_integer_become_integers_with_a_mask() -> None:
    column = column_of_array("column 'a'", np.array([1.0, np.nan, 3.0]), "integer")
    assert column.values.tolist() == [1, 0, 3]
    assert column.missing.tolist() == [False, True, False]
    assert column.is_declared


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.array([1.0, np.nan]), "missing values"),
        (np.array(["2026", "NaT"], dtype="M8[D]"), "missing values"),
        (np.array(["a", "b"]), "neither dates nor numbers"),
    ],
)
def test_times_are_complete_dates_or_numbers(values: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        times_in(column_of_array("time", values))
