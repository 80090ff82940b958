"""Columns of Python objects have the kind of their items, in every container."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from poise import SMOTE, EditedNearestNeighbours, RandomUnderSampler
from poise.core.errors import InputError
from poise.core.tables.items import (
    as_items,
    column_of_items,
    fits_floats,
    floats_of_items,
    typed_items,
)

rng = np.random.RandomState(0)
NUMBERS = rng.randn(60, 3)
y = np.repeat([0, 1], [45, 15])
FIRST = dt.date(2026, 1, 1)
COLUMNS: dict[str, list[Any]] = {
    "whole": list(range(60)),
    "float": NUMBERS[:, 0].tolist(),
    "flag": [True, False, False] * 20,
    "gaps": [None if i % 7 == 0 else i / 3 for i in range(60)],
    "decimal": [Decimal(i) / 4 for i in range(60)],
    "fraction": [Fraction(i, 3) for i in range(60)],
    "date": [FIRST + dt.timedelta(i) for i in range(60)],
    "mixture": [1, "a"] * 30,
}


def as_objects(container: str, columns: dict[str, list[Any]]) -> Any:
    if container == "polars":
        return pl.DataFrame({name: pl.Series(v, dtype=pl.Object) for name, v in columns.items()})
    if container == "pandas":
        return pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in columns.items()})
    rows = list(map(list, zip(*columns.values(), strict=True)))
    return rows if container == "list" else np.array(rows, dtype=object)


def rows_of(table: Any) -> list[list[Any]]:
    if isinstance(table, pl.DataFrame):
        return [list(row) for row in table.rows()]
    return table if isinstance(table, list) else np.asarray(table).tolist()


@pytest.mark.parametrize("container", ["array", "list", "pandas", "polars"])
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), EditedNearestNeighbours()])
def test_objects_that_are_numbers_are_numbers_in_every_container(
    container: str, sampler: Any
) -> None:
    expected, _ = sampler.fit_resample(NUMBERS, y)
    columns = {f"c{j}": NUMBERS[:, j].tolist() for j in range(3)}
    X_new, _ = sampler.fit_resample(as_objects(container, columns), y)
    np.testing.assert_array_equal(np.array(rows_of(X_new), dtype=float), expected)


@pytest.mark.parametrize("container", ["pandas", "polars", "array"])
def test_columns_of_objects_have_one_meaning_and_keep_the_types_of_their_items(
    container: str,
) -> None:
    as_list, _ = SMOTE(random_state=0).fit_resample(as_objects("list", COLUMNS), y)
    X_new, _ = SMOTE(random_state=0).fit_resample(as_objects(container, COLUMNS), y)
    for row, other in zip(rows_of(X_new), as_list, strict=True):
        missing = pd.isna(np.array(row, dtype=object)).tolist()
        assert missing == pd.isna(np.array(other, dtype=object)).tolist()
        known = [(a, b) for a, b, gap in zip(row, other, missing, strict=True) if not gap]
        assert all(a == b and type(a) is type(b) for a, b in known)


def test_an_object_column_of_a_frame_stays_an_object_column() -> None:
    X_new, _ = SMOTE(random_state=0).fit_resample(as_objects("pandas", COLUMNS), y)
    assert [dtype.kind for dtype in X_new.dtypes] == ["O"] * len(COLUMNS)


@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), RandomUnderSampler(random_state=0)])
def test_an_object_array_of_numbers_comes_back_as_floats(sampler: Any) -> None:
    names = ["whole", "float", "flag", "gaps"]
    array = as_objects("array", {name: COLUMNS[name] for name in names})
    X_new, _ = sampler.fit_resample(array, y)
    assert X_new.dtype == np.float64
    assert np.isnan(X_new[:, 3]).any()
    assert not np.isnan(X_new[:, :3]).any()
    assert set(X_new[:, 2]) == {0.0, 1.0}
    assert (X_new[:, 0] == np.rint(X_new[:, 0])).all()
    array[5, 0] = 2**60 + 1
    assert sampler.fit_resample(array, y)[0].dtype == object
    array[5, 0] = "x"
    assert sampler.fit_resample(array, y)[0].dtype == object


def test_items_get_one_dtype_and_a_mask() -> None:
    values, missing = typed_items(np.array([1, None, 3], dtype=object))
    assert values.dtype.kind == "i"
    assert missing.tolist() == [False, True, False]
    items = np.array(["a", None], dtype=object)
    assert typed_items(items)[0] is items
    assert np.isnan(floats_of_items(np.array([[pd.NA, 1]], dtype=object))).tolist() == [
        [True, False]
    ]


def test_flags_stay_flags_beside_missing_values() -> None:
    assert typed_items(np.array([True, None, np.False_], dtype=object))[0].dtype == bool


def test_missing_whole_numbers_are_masked() -> None:
    column = column_of_items("a", np.array([1, None, 3], dtype=object), None)
    assert column.missing is not None
    assert column.missing.tolist() == [False, True, False]


def test_a_declared_kind_holds_for_objects() -> None:
    # As float64, two of these numbers would be equal.
    numbers = np.array([2**53, 2**53 + 1, 0.5], dtype=object)
    assert len(set(column_of_items("a", numbers, "categorical").values.tolist())) == 3
    with pytest.raises(InputError):
        column_of_items("a", np.array(["x", "y"], dtype=object), "continuous")


def test_whole_numbers_up_to_2_to_the_53_fit_floats() -> None:
    assert fits_floats(np.array([-(2**53), 2**53], dtype=object))
    assert not fits_floats(np.array([2**53 + 1], dtype=object))


def test_made_values_have_the_type_of_the_items() -> None:
    times = np.array([FIRST, dt.datetime.fromisoformat("2026-01-02"), None], dtype=object)
    assert as_items(np.array([86_400_000_000]), times) == [dt.datetime.fromisoformat("1970-01-02")]
    assert as_items(np.array([0.5]), np.array([True, 2.5], dtype=object)) == [0.5]


def test_whole_numbers_beyond_floats_are_refused_with_the_column() -> None:
    X = np.array([[10**400 + i] for i in range(60)], dtype=object)
    with pytest.raises(
        InputError, match="column 0 holds whole numbers beyond 1e308, .* change the unit"
    ):
        SMOTE().fit_resample(X, [0] * 42 + [1] * 18)
