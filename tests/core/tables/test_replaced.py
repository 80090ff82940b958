"""Values of some rows are replaced in the container and the type of a column."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from poise.core.errors import InputError
from poise.core.tables.convert import values_of
from poise.core.tables.replaced import put_values, with_missing

MAKERS = [lambda frame: frame, pl.from_pandas, pa.Table.from_pandas]


def test_an_array_of_integers_cannot_hold_missing_values() -> None:
    with pytest.raises(InputError, match="cannot hold missing values. Convert it to float"):
        with_missing(np.arange(2), np.array([True, False]))


@pytest.mark.parametrize("make", [*MAKERS, lambda frame: frame.to_numpy()])
def test_some_rows_of_a_table_become_missing(make: Any) -> None:
    is_missing = np.array([True, False, True])
    table = make(pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0]}))
    found = with_missing(table, is_missing)
    assert type(found) is type(table)
    known = np.asarray(found.drop_null() if isinstance(found, pa.Table) else found)
    assert known[~np.isnan(known).any(axis=1)].tolist() == [[2.0, 5.0]]


@pytest.mark.parametrize("make", [pd.Series, pl.Series, pa.array, lambda v: pa.chunked_array([v])])
def test_some_items_of_a_column_become_missing(make: Any) -> None:
    found = with_missing(make([1.0, 2.0, 3.0]), np.array([True, False, True]))
    assert pd.Series(values_of(found)).dropna().tolist() == [2.0]


@pytest.mark.parametrize(
    "make", [pd.Series, pl.Series, pa.array, lambda v: pa.chunked_array([v]), np.array, list]
)
def test_some_values_of_a_column_are_replaced(make: Any) -> None:
    values = make([1, 2, 3])
    found = put_values(values, np.array([True, False, True]), np.array([7, 8]))
    assert list(found if isinstance(found, list) else np.asarray(found)) == [7, 2, 8]
    assert list(values if isinstance(values, list) else np.asarray(values)) == [1, 2, 3]
