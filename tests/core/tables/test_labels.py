"""Labels are encoded as whole numbers; invalid labels raise with the reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise.core.errors import InputError, UnknownNameError
from poise.core.tables.labels import Labels, encode, encode_groups
from poise.core.tables.read import read_target


def read(y: Any) -> Labels:
    return encode(read_target(y))


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (["b", "a", "b"], ("a", "b")),
        ([1, 0, 1], (0, 1)),
        (np.array([10**12, -5, 10**12]), (-5, 10**12)),
        (np.array([True, False, True]), (False, True)),
        (np.array([100, -100, 100], dtype=np.int8), (-100, 100)),
        (np.array([2**63, 2**63 - 5, 2**63], dtype=np.uint64), (2**63 - 5, 2**63)),
        (pl.Series([2**70, -1, 2**70], dtype=pl.Int128), (-1, 2**70)),
        (np.array([1.0, 0.0, 1.0]), (0.0, 1.0)),
        (np.array([200, 3, 200], dtype=np.uint8), (3, 200)),
        (np.array(["b", "a", "b"], dtype=object), ("a", "b")),
        (np.array([[1], [0], [1]]), (0, 1)),
        (pd.Series(["b", "a", "b"]), ("a", "b")),
        (pd.Series(["b", "a", "b"], dtype="category"), ("a", "b")),
        (pd.Series([1, 0, 1], dtype="Int64"), (0, 1)),
        (pd.Series([True, False, True], dtype="bool[pyarrow]"), (False, True)),
        (pd.DataFrame({"y": [1, 0, 1]}), (0, 1)),
        (pl.Series(["b", "a", "b"], dtype=pl.Categorical), ("a", "b")),
        (pl.Series(["b", "a", "b"], dtype=pl.Enum(["z", "b", "a"])), ("a", "b")),
        (pa.array(["b", "a", "b"]), ("a", "b")),
        (pa.array(["b", "a", "b"]).dictionary_encode(), ("a", "b")),
        (pa.chunked_array([[1], [0, 1]]), (0, 1)),
    ],
)
def test_codes_follow_the_sorted_labels(y: Any, classes: tuple[Any, ...]) -> None:
    labels = read(y)
    assert labels.classes == classes
    assert [type(label) for label in labels.classes] == [type(label) for label in classes]
    assert labels.codes.tolist() == [1, 0, 1]


def test_one_hot_columns_are_the_classes() -> None:
    labels = read(np.array([[0, 0, 1], [1, 0, 0], [0, 0, 1]]))
    assert labels.classes == (0, 2)
    assert labels.codes.tolist() == [1, 0, 1]


def test_unused_categories_are_not_classes() -> None:
    y = pd.Series(pd.Categorical(["a", "b"], categories=["a", "b", "unused"]))
    assert read(y).classes == ("a", "b")


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=60))
def test_any_integers_have_the_codes_of_numpy_unique(values: list[int]) -> None:
    many = values * 20  # enough rows for the classes not to look like a regression
    labels = encode(np.array(many))
    classes, codes = np.unique(many, return_inverse=True)
    assert labels.classes == tuple(classes.tolist())
    np.testing.assert_array_equal(labels.codes, codes)


def test_members_are_the_rows_of_a_class_in_order() -> None:
    labels = read(["b", "a", "b", "a"])
    assert labels.members(0).tolist() == [1, 3]
    assert labels.members(1).tolist() == [0, 2]
    assert labels.counts_by_label() == {"a": 2, "b": 2}


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (["a", None, "b"], "1 missing label, the first in row 1"),
        (np.array([0.0, np.nan, 1.0]), "1 missing label,"),
        (pd.Series(["a", None, "b"]), "missing"),
        (pd.Series([1, None, 0], dtype="Int64"), "1 missing label, the first in row 1"),
        (pd.Series([1, pd.NA, 0], dtype=object), "missing"),
        (pl.Series([1, None, 0]), "missing"),
        (pa.array([True, None, False]), "missing"),
        (np.array([0.5, 1.0, 2.0]), "looks like regression"),
        (np.arange(400), "400 different values in 400 rows: this looks like an identifier"),
        ([str(i) for i in range(50)], "looks like an identifier. Poise"),
        (np.repeat(np.arange(0, 9000, 90), 5), "looks like regression.*or pass the labels as text"),
        (
            np.repeat(np.arange(-2000.0, 0, 20), 5),
            "100 different values in 500 rows: .* regression",
        ),
        ([1, "a", 1], "types int, str"),
        ([[1, 2], [1]], "different lengths"),
        (np.array([{}, {}], dtype=object), "cannot be labels"),
        (np.array([[1, 1], [0, 1]]), "one-hot"),
        (np.array([[2, 0], [0, 1]]), "one-hot"),
        (np.zeros((2, 2, 2)), "3 dimensions"),
        (np.array([0.0, np.inf, 1.0]), "infinity"),
        (None, "target y is None"),
    ],
)
def test_values_that_cannot_be_labels_raise_with_the_reason(y: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(y)


@pytest.mark.parametrize("width", ["i1", "i2", "i4", "i8", "u1", "u2", "u8"])
def test_narrow_labels_far_apart_do_not_overflow(width: str) -> None:
    bounds = np.iinfo(width)
    ends = [max(bounds.min, -100), min(bounds.max, 300)]
    labels = encode(np.repeat(ends, [700, 300]).astype(width))
    assert labels.counts_by_label() == {ends[0]: 700, ends[1]: 300}


@pytest.mark.parametrize("unit", ["D", "s", "us", "ns"])
def test_dates_are_labels_that_the_user_can_name(unit: str) -> None:
    days = np.array(["2026-01-01", "2026-02-01"], dtype=f"M8[{unit}]")
    labels = read(np.repeat(days, [3, 2]))
    assert labels.code_of(pd.Timestamp("2026-02-01")) == 1 or unit == "D"
    zoned = pd.Series(pd.to_datetime(np.repeat(days, [3, 2])).tz_localize("UTC"))
    assert read(zoned).code_of(pd.Timestamp("2026-02-01", tz="UTC")) == 1


def test_thirty_classes_are_allowed_however_few_the_rows() -> None:
    assert len(encode(np.arange(30)).classes) == 30
    with pytest.raises(InputError, match="31 different values in 31 rows"):
        encode(np.arange(31))


def test_an_unknown_class_raises_with_the_most_similar_name() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'fraud'"):
        read(["fraud", "fine"]).code_of("froud")


@pytest.mark.parametrize(
    "name",
    [
        lambda i: f"species {i:02d}",
        lambda i: i,
        float,
        lambda i: np.datetime64("2026-01-01") + np.timedelta64(i, "D"),
    ],
    ids=["text", "small whole numbers", "floats", "dates"],
)
def test_many_small_classes_are_classes(name: Any) -> None:
    y = np.array([name(i) for i in range(99)])
    assert len(read(np.repeat(y, 8)).classes) == 99
    assert len(read(pd.Series(np.repeat(y, 8)).astype("category")).classes) == 99


def test_the_largest_number_that_is_a_label_in_any_number_is_1000() -> None:
    assert len(encode(np.repeat(np.arange(901, 1001), 5)).classes) == 100
    with pytest.raises(InputError, match="regression"):
        encode(np.repeat(np.arange(902, 1002), 5))


def test_estimators_get_the_users_labels_unless_they_refuse_them() -> None:
    assert read(["b", "a", "b"]).of_rows.tolist() == ["b", "a", "b"]
    assert read(np.array([7, -1, 7])).of_rows.tolist() == [7, -1, 7]
    assert read(np.array([True, False])).of_rows.tolist() == [True, False]
    assert read(np.array(["2026-01-02", "2026-01-01"], dtype="M8[D]")).of_rows.tolist() == [1, 0]


def test_categories_are_labels_however_large_their_numbers() -> None:
    numbers = np.repeat(np.arange(10_000, 10_040), 5)
    assert len(read(pd.Series(numbers).astype("category")).classes) == 40
    with pytest.raises(
        InputError, match="40 different values in 200 rows: this looks like regression"
    ):
        read(pd.Series(numbers))


def test_groups_may_be_a_single_column() -> None:
    assert encode_groups(np.array([["b"], ["a"], ["b"]])).tolist() == [1, 0, 1]
    assert encode_groups(np.array(["b", "a", "b"])).tolist() == [1, 0, 1]
    for shape in ((3, 2), (3, 1, 1)):
        with pytest.raises(InputError, match="one group per row"):
            encode_groups(np.zeros(shape))


def test_one_class_in_ten_rows_is_not_regression() -> None:
    values = np.repeat(np.arange(2000, 2040), 10)
    assert len(encode(values).classes) == 40
    with pytest.raises(InputError, match="regression"):
        encode(values[:-1])


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([1j, 2j], "y has labels of the type complex"),
        ([1, "a"], "y mixes labels of the types int, str"),
    ],
)
def test_labels_without_an_order_are_named_by_their_types(labels: list[Any], words: str) -> None:
    with pytest.raises(InputError, match=f"{words}, which have no order"):
        encode(np.array(labels, dtype=object))
