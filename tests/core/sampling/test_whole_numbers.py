"""Columns of whole numbers that are held as floats warn."""

from __future__ import annotations

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from mixed_table import FRAME, Y

from poise.core.errors import WholeNumbersWarning
from poise.over_sampling import SMOTE, RandomOverSampler


def test_whole_numbers_held_as_floats_warn_once_with_the_remedy() -> None:
    X = FRAME[["income"]].assign(count=FRAME["age"].astype(float))
    with pytest.warns(
        WholeNumbersWarning, match=r"'count'.*column_kinds=poise.infer_column_kinds\(X\)"
    ) as seen:
        SMOTE(random_state=0).fit_resample(X, Y)
    assert len(seen) == 1
    SMOTE(column_kinds={"count": "continuous"}).fit_resample(X, Y)  # no warning


def test_a_column_without_values_has_no_whole_numbers() -> None:
    table = np.column_stack([np.linspace(0, 1, 20), np.full(20, np.nan)])
    RandomOverSampler(random_state=0).fit(table, np.repeat([0, 1], [15, 5]))
    SMOTE(k_neighbors=2, random_state=0).fit(table, np.repeat([0, 1], [15, 5]))


def test_an_array_has_no_columns_to_declare_and_gets_no_warning() -> None:
    counts = np.column_stack([np.arange(20.0) % 7, np.arange(20.0)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        SMOTE(random_state=0).fit_resample(counts, [0] * 12 + [1] * 8)


def test_numbers_that_can_have_no_fractions_give_no_warning() -> None:
    # From 2**53 on, all floats are whole; -2 sorts below and is as large as any other.
    y = np.repeat([0, 1], [15, 5])
    sampler = SMOTE(k_neighbors=2, random_state=0)
    for first in (2.0**53, 2.0**60, -(2.0**54)):
        sampler.fit(pd.DataFrame({"a": first * (1 + np.arange(20.0) % 2)}), y)
    with pytest.warns(WholeNumbersWarning):
        sampler.fit(pd.DataFrame({"a": np.where(np.arange(20) < 2, 2.0**53 - 1, 2.0**53)}), y)


def test_decimals_that_are_whole_numbers_warn() -> None:
    # Rows are made as floats, and decimals with places get fractions.
    items = [Decimal(i % 7) for i in range(20)]
    X = pa.table({"price": pa.array(items, pa.decimal128(9, 2))})
    with pytest.warns(WholeNumbersWarning, match="'price'"):
        SMOTE(k_neighbors=2, random_state=0).fit(X, np.repeat([0, 1], [15, 5]))


def test_all_columns_of_whole_numbers_are_in_one_warning() -> None:
    y, numbers = np.repeat([0, 1], [15, 5]), np.arange(20.0)
    cells = np.column_stack([numbers % 3, np.full(20, 7.0), numbers / 3, numbers % 5])
    table = pd.DataFrame(cells)
    with pytest.warns(WholeNumbersWarning) as seen:
        SMOTE(k_neighbors=2, random_state=0).fit(table, y)
    assert str(seen[0].message).startswith(
        "Columns 0, 3 hold whole numbers as floats, and stay continuous"
    )
    with pytest.warns(WholeNumbersWarning) as seen:
        SMOTE(k_neighbors=2, random_state=0).fit(table.iloc[:, :3], y)
    assert str(seen[0].message).startswith(
        "Column 0 holds whole numbers as floats, and stays continuous"
    )
