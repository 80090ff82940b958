"""The kinds that values show and dtypes do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp

import poise
from poise.core.errors import InputError

COLUMNS = {
    "whole": [1.0, 2.0, None, 4.0],
    "flag": [0.0, 1.0, 1.0, None],
    "two": [3, 7, 7, 3],
    "counts": [1, 2, 3, 4],
    "real": [0.5, 1.0, 2.0, 3.0],
    "same": [5, 5, 5, 5],
    "word": ["a", "b", "a", "b"],
    "truth": [True, False, True, False],
}
EXPECTED = {"whole": "integer", "flag": "bool", "two": "bool"}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_every_container_shows_the_same_kinds(make) -> None:
    assert poise.infer_column_kinds(make(COLUMNS)) == EXPECTED


def test_columns_without_names_are_positions() -> None:
    X = np.array([[1.0, 0.5], [2.0, 1.5], [np.nan, 2.5], [3.0, 3.5]])
    assert poise.infer_column_kinds(X) == {0: "integer"}
    assert poise.infer_column_kinds(sp.csr_array(X)) == {}


@pytest.mark.parametrize(
    "values", [[1.0, np.inf, 2.0], [np.nan, np.nan, np.nan], [0.0, 2.0**60, 1.0], [0.5, 1.5, 0.5]]
)
def test_what_is_not_whole_or_cannot_be_known_to_be_is_left_out(values: list[float]) -> None:
    assert poise.infer_column_kinds(pd.DataFrame({"a": values})) == {}


def test_whole_numbers_are_known_up_to_the_largest_exact_one() -> None:
    assert poise.infer_column_kinds(pd.DataFrame({"a": [0.0, 1.0, -(2.0**53)]})) == {"a": "integer"}
    assert poise.infer_column_kinds(pd.DataFrame({"a": [0.0, 1.0, 2.0**53 + 2]})) == {}


def test_the_kinds_are_those_that_samplers_accept() -> None:
    rng = np.random.RandomState(0)
    X = pd.DataFrame(
        {"age": rng.randint(20, 60, 40) * 1.0, "flag": rng.randint(0, 2, 40), "x": rng.rand(40)}
    )
    kinds = poise.infer_column_kinds(X)
    assert kinds == {"age": "integer", "flag": "bool"}
    X_new, _ = poise.SMOTE(random_state=0, column_kinds=kinds).fit_resample(X, [0] * 30 + [1] * 10)
    assert (X_new["age"] == X_new["age"].round()).all()
    assert set(X_new["flag"]) == {0, 1}


def test_a_column_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(InputError, match="column 'l'"):
        poise.infer_column_kinds(pa.table({"l": [[1], [2]]}))
