"""Frames are built from columns, joined with the target, and concatenated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from three_columns import FRAME, X, y

from poise.core.errors import (
    InputError,
    MissingDependencyError,
    UnknownNameError,
    UnsupportedTypeError,
)
from poise.core.tables.convert import (
    _converted,
    column_position,
    concat_rows,
    frame_from_columns,
    join_target,
    split_target,
    with_missing,
)


def test_an_unknown_library_raises_with_the_most_similar_name() -> None:
    with pytest.raises(InputError, match="Did you mean 'polars'"):
        frame_from_columns({"a": X[:, 0]}, "polar")


def test_without_any_library_the_error_names_to_dict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poise.core.tables.convert.BACKENDS", ("nolibrary",))
    with pytest.raises(MissingDependencyError, match="to_dict"):
        frame_from_columns({"a": X[:, 0]})


@pytest.mark.parametrize("make", [lambda f: f, pl.from_pandas, pa.Table.from_pandas])
def test_a_target_that_is_split_off_and_joined_is_in_its_place(make: Any) -> None:
    frame = make(FRAME.assign(t=y)[["a", "t", "b"]])
    assert column_position(frame, "t") == 1
    rest, target = split_target(frame, "t")
    again = join_target(rest, target, "t", 1)
    assert again.equals(frame)


def test_an_unknown_target_column_raises_with_the_most_similar_name() -> None:
    with pytest.raises(UnknownNameError, match="no column 'aa'.*Did you mean 'a'"):
        column_position(FRAME, "aa")
    with pytest.raises(UnsupportedTypeError, match="Pass X and y separately"):
        column_position(X, "a")


def test_a_target_name_that_x_has_already_raises() -> None:
    with pytest.raises(InputError, match="has a column named 'a' already"):
        join_target(FRAME, y, "a")


@pytest.mark.parametrize("make", [lambda f: f, pl.from_pandas, pa.Table.from_pandas])
def test_rows_of_frames_are_concatenated_by_column_name(make: Any) -> None:
    both = concat_rows(make(FRAME), make(FRAME[["c", "a", "b"]]), ("first", "second"))
    assert np.asarray(both["a"]).tolist() == 2 * X[:, 0].tolist()


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (FRAME.rename(columns={"c": "d"}), "columns: 'c', 'd'"),
        (FRAME.assign(a="text"), "numbers in one of them only: 'a'"),
        (pl.from_pandas(FRAME), "libraries"),
        (X, "Pass two frames"),
        (sp.csr_array(X), "sparse matrix"),
    ],
)
def test_tables_that_cannot_be_concatenated_raise(second: Any, words: str) -> None:
    with pytest.raises((InputError, UnsupportedTypeError), match=words):
        concat_rows(FRAME, second, ("first", "second"))


def test_arrays_of_different_widths_cannot_be_concatenated() -> None:
    with pytest.raises(InputError, match="first has 3 columns and second has 2"):
        concat_rows(X, X[:, :2], ("first", "second"))


def test_an_array_of_integers_cannot_hold_missing_values() -> None:
    with pytest.raises(InputError, match="cannot hold missing values. Convert it to float"):
        with_missing(np.arange(2), np.array([True, False]))


def test_an_index_stays_in_pandas_and_goes_elsewhere() -> None:
    frame = FRAME.set_index(np.arange(len(FRAME))[::-1])
    assert _converted(frame, "pandas").index.equals(frame.index)
    assert _converted(frame, "polars").columns == list(FRAME.columns)
    assert _converted(frame, "pyarrow").column_names == list(FRAME.columns)


def test_a_frame_is_not_converted_to_an_unknown_library() -> None:
    with pytest.raises(InputError, match="Did you mean 'polars'"):
        _converted(FRAME, "polar")


def test_messages_name_both_tables() -> None:
    numbers, words = pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": ["x"]})
    with pytest.raises(InputError, match="first and second have columns that are numbers in one"):
        concat_rows(numbers, words, ("first", "second"))
    with pytest.raises(UnsupportedTypeError, match="first or second is a sparse matrix"):
        concat_rows(sp.csr_array(np.eye(2)), np.eye(2), ("first", "second"))
