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
    as_numbers,
    column_position,
    concat_rows,
    frame_from_columns,
    in_container_of,
    in_types_of,
    join_target,
    join_target_columns,
    signature_of,
    split_target,
    values_of,
)


def test_an_unknown_library_raises_with_the_most_similar_name() -> None:
    with pytest.raises(InputError, match="Did you mean 'polars'"):
        frame_from_columns({"a": X[:, 0]}, "polar")


def test_without_any_library_the_error_names_to_dict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poise.core.tables.convert.BACKENDS", ("nolibrary",))
    with pytest.raises(
        MissingDependencyError, match="^None of pandas, polars and pyarrow.*to_dict"
    ):
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
    with pytest.raises(UnknownNameError, match="no column 'aa'"):
        split_target(FRAME, "aa")
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


MAKERS = [lambda frame: frame, pl.from_pandas, pa.Table.from_pandas]


def test_a_table_of_numbers_becomes_an_array_or_a_sparse_matrix() -> None:
    for sparse in (sp.csr_array(X), sp.csc_matrix(X)):
        assert as_numbers(sparse) is sparse
    assert as_numbers(sp.coo_array(X)).format == "csr"
    assert as_numbers(X) is X
    for table in (X.tolist(), X.astype(object), *(make(FRAME) for make in MAKERS)):
        found = as_numbers(table)
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, X)


def test_a_table_with_text_and_a_single_column_stay_what_they_are() -> None:
    mixed = FRAME.assign(town="Rome")
    for table in (mixed, pl.from_pandas(mixed), mixed.to_numpy(), np.array([1, 2], dtype=object)):
        assert as_numbers(table) is table


def test_values_take_the_container_of_another_table() -> None:
    values = np.array([[1.4, 2.6]])
    assert in_container_of([[0.0, 0.0]], values) == [[1.4, 2.6]]
    assert in_container_of(X, values) is values
    assert in_container_of(sp.csr_array(X), values) is values
    sparse = sp.csr_array(values)
    assert in_container_of([[0.0, 0.0]], sparse) is sparse
    like = pd.DataFrame({"n": [1, 2], "x": [0.5, 0.5]})
    for make in MAKERS:
        for given in (values, sparse):
            found = in_container_of(make(like), given)
            assert type(found) is type(make(like))
            assert values_of(found) == [(1, 2.6)]


def test_rows_are_tuples_and_items_of_a_column_are_values() -> None:
    for make in MAKERS:
        assert values_of(make(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}))) == [(1, "x"), (2, "y")]
    assert values_of(pd.Series([1, 2])) == [1, 2]
    assert values_of(pa.array([1, 2])) == [1, 2]
    assert values_of(X) is None


def test_a_signature_holds_names_dtypes_and_levels_of_the_index() -> None:
    assert signature_of(FRAME)[1:3] == (FRAME.dtypes.to_dict(), 1)
    assert signature_of(FRAME["a"])[1:3] == (("a", np.dtype(float)), 1)
    polars = pl.from_pandas(FRAME)
    assert signature_of(polars) == (pl.DataFrame, None, polars.schema)
    assert signature_of(polars["a"]) == (pl.Series, "a", None)
    assert signature_of(pa.array([1])) == (pa.Int64Array, None, pa.int64())


def test_whole_numbers_beside_fractions_become_floats() -> None:
    whole, half = {"a": [1, 2], "s": ["x", "y"]}, {"a": [0.5, 1.5], "s": ["z", "x"]}
    for make in (pd.DataFrame, pl.DataFrame, pa.table):
        both = concat_rows(make(whole), make(half), ("first", "second"))
        assert values_of(both) == [(1.0, "x"), (2.0, "y"), (0.5, "z"), (1.5, "x")]


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (FRAME, X, "^first is a DataFrame and second a ndarray. Pass two frames"),
        (FRAME, FRAME[["a"]], "^first and second have different columns: 'b', 'c'"),
        (FRAME, pl.from_pandas(FRAME), "^first and second are frames of other libraries"),
        (
            pl.DataFrame({"a": [1], "t": ["x"]}),
            pl.DataFrame({"a": [2], "t": [True]}),
            r"^first and second cannot be concatenated \(columns 't' have different types\)",
        ),
        (X, X[0], "2"),
    ],
)
def test_the_error_of_a_concatenation_names_both_tables(
    first: Any, second: Any, words: str
) -> None:
    with pytest.raises((InputError, UnsupportedTypeError), match=words):
        concat_rows(first, second, ("first", "second"))


def test_lists_of_rows_are_concatenated() -> None:
    assert concat_rows([[1.0, 2.0]], [[3.0, 4.0]], ("a", "b")).tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_a_table_and_its_labels_are_a_dict_of_columns() -> None:
    expected = {"x0": [1.0], "x1": [2.0], "target": ["no"]}
    for table in (np.array([[1.0, 2.0]]), [[1.0, 2.0]], sp.csr_array([[1.0, 2.0]])):
        found = join_target_columns(table, ["no"])
        assert {name: values.tolist() for name, values in found.items()} == expected
    for make in MAKERS:
        found = join_target_columns(make(FRAME), pd.Series(y, name="label"))
        assert list(found) == ["a", "b", "c", "label"]
        np.testing.assert_array_equal(found["a"], X[:, 0])
    with pytest.raises(InputError, match="has a column named 'x1' already"):
        join_target_columns([[1.0, 2.0]], ["no"], "x1")
    join_target_columns([[1.0, 2.0]], ["no"], "x2")


def test_a_target_of_one_column_may_be_a_table() -> None:
    for target, name in (
        (y[:, None], "target"),
        (pd.DataFrame({"t": y}), "t"),
        (pl.DataFrame({"t": y}), "t"),
    ):
        found = join_target_columns(X, target)
        assert list(found)[-1] == name
        assert found[name].tolist() == y.tolist()
    with pytest.raises(InputError, match="^y has 2 columns; only a target of one column"):
        join_target_columns(X, np.column_stack([y, y]))


@pytest.mark.parametrize("make", MAKERS)
def test_labels_of_any_kind_are_joined_to_a_frame_that_stays_as_it_is(make: Any) -> None:
    frame = make(FRAME)
    for labels in (
        y,
        y.tolist(),
        pd.Series(y, index=np.arange(len(y)) + 7),
        pl.Series(y),
        pa.array(y),
    ):
        whole = join_target(frame, labels, "t", 1)
        assert [*(whole.column_names if isinstance(whole, pa.Table) else whole.columns)] == [
            "a",
            "t",
            "b",
            "c",
        ]
        assert [row[1] for row in values_of(whole) or []] == y.tolist()
    assert signature_of(frame) == signature_of(make(FRAME))


def test_columns_of_an_enum_empty_columns_and_times_get_the_types_of_another_frame():
    like = pl.DataFrame(
        {
            "size": pl.Series(["small", "large"], dtype=pl.Enum(["small", "large"])),
            "n": [1, 2],
            "when": pl.Series([0, 1], dtype=pl.Datetime("us")),
            "zoned": pl.Series([0, 1], dtype=pl.Datetime("us", "UTC")),
        }
    )
    new = pl.DataFrame(
        {
            "size": ["large", "huge", None],
            "n": [None, None, None],
            "when": pl.Series([5, 6, 7], dtype=pl.Datetime("ms")),
            "zoned": pl.Series([5, 6, 7], dtype=pl.Datetime("us")),
        }
    )
    found = in_types_of(new, like)
    assert found["size"].to_list() == ["large", None, None]
    assert found.schema == like.schema | {"zoned": pl.Datetime("us")}
    assert new.schema["size"] == pl.String  # the user's frame is as it was
    assert in_types_of(new, like.to_pandas()) is new
    assert in_types_of([[1]], like) == [[1]]
