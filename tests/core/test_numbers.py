"""Numbers, arrays of numbers and row weights are refused under the name of their argument."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from poise.core.errors import InputError
from poise.core.numbers import floats_of, is_number, is_whole, some_weights_of, weights_of


@pytest.mark.parametrize("value", [1, 0.5, np.float32(0.5), np.int64(3)])
def test_a_finite_number_is_one(value: Any) -> None:
    assert is_number(value)


@pytest.mark.parametrize("value", [None, "1", True, float("nan"), float("inf"), 10**400, [1]])
def test_other_values_are_no_finite_number(value: Any) -> None:
    assert not is_number(value)


def test_whole_numbers_are_of_integer_types() -> None:
    assert [is_whole(value) for value in (3, np.int8(3), 3.0, True, "3")] == [True, True] + [
        False
    ] * 3


@pytest.mark.parametrize(
    "values",
    [
        [1, 2],
        (1.0, 2.0),
        np.array([1, 2], dtype="f4"),
        np.array([1, 2], dtype=object),
        [Decimal(1), Decimal(2)],
        pd.Series([1, 2]),
        pl.Series([1, 2]),
    ],
)
def test_numbers_in_any_container_are_floats(values: Any) -> None:
    found = floats_of("x", values)
    assert found.dtype == np.float64
    assert found.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (["a"], "text"),
        (["1", 2.0], "text"),
        (np.array(["a"], dtype=object), "text"),
        ([1j], "complex numbers"),
        (np.array(["2020"], "M8[D]"), "dates"),
        ([[1], [1, 2]], "rows of different lengths"),
        ([object()] * 99, "a list"),
        ([10**400], "whole numbers that no float can hold"),
    ],
)
def test_what_is_no_number_is_named(values: Any, what: str) -> None:
    with pytest.raises(InputError, match=f"costs must hold numbers; it holds {what}"):
        floats_of("costs", values)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([1.0, -1.0, 2.0], "finite numbers of 0 or more; that of row 1 is -1.0"),
        ([1.0, 1.0, np.nan], "that of row 2 is nan"),
        ([np.inf, 1.0, 1.0], "that of row 0 is inf"),
        ([1.0, 1.0], r"shape \(2,\); there are 3 rows"),
        (1.0, r"shape \(\); there are 3 rows"),
        (np.ones((3, 2)), r"shape \(3, 2\)"),
        (["a"] * 3, "must hold numbers; it holds text"),
    ],
)
def test_weights_are_one_finite_number_of_0_or_more_per_row(values: Any, reason: str) -> None:
    with pytest.raises(InputError, match=f"^sample_weight .*{reason}"):
        weights_of(values, 3)


def test_weights_of_one_column_are_taken() -> None:
    assert weights_of(np.ones((3, 1)), 3).shape == (3,)


def test_weights_may_be_all_zero_only_where_nothing_is_divided_by_them() -> None:
    assert weights_of([0, 0], 2).tolist() == [0, 0]
    with pytest.raises(InputError, match="sample_weight is zero for all rows"):
        some_weights_of([0, 0], 2)
