"""An event table holds numbers, category codes and the event."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from poise.core.errors import InputError, UnsupportedTypeError
from poise.study.event_table import read_event_table

FRAME = pd.DataFrame(
    {
        "town": ["a", "b", "a", "b", "c"],
        "pay": [1.5, 2.5, np.nan, 3.5, 4.5],
        "day": pd.date_range("2026-01-01", periods=5),
        "n": range(5),
        "none": np.nan,
    }
)
Y = ["no", "no", "yes", "no", "no"]


def test_numbers_come_first_and_category_codes_last() -> None:
    table = read_event_table(FRAME, Y)
    names = ["column 'pay'", "column 'day'", "column 'n'", "column 'none'", "column 'town'"]
    assert table.names == names
    assert table.kinds == {2: "integer", 4: "categorical"}
    assert (table.n_numbers, table.categorical, table.time_columns) == (4, [4], (1,))
    assert table.numbers[:, 1].tolist() == [0, 1, 2, 3, 4]


def test_a_column_without_any_value_is_constant() -> None:
    assert read_event_table(FRAME, Y).numbers[:, 3].tolist() == [0.0] * 5


@pytest.mark.parametrize(
    ("y", "event"), [(Y, "yes"), ([1, 1, 1, 0, 0], 0), ([0, 1, 0, 1], 1), ([2, 2, 1, 1], 2)]
)
def test_the_event_is_the_rarest_class_and_of_two_equal_ones_the_later(y: Any, event: Any) -> None:
    table = read_event_table(np.arange(float(len(y))).reshape(-1, 1), y)
    assert table.event == event
    assert table.labels.tolist() == y
    assert table.n_events == y.count(event)


def test_a_label_may_be_the_event() -> None:
    assert read_event_table(FRAME, Y, pos_label="no").n_events == 4


def test_units_are_standard_deviations_and_one_for_codes_and_constants() -> None:
    table = read_event_table(FRAME, Y)
    expected = [np.nanstd(FRAME["pay"]), np.std(range(5)), np.std(range(5)), 1.0, 1.0]
    assert table.units.tolist() == pytest.approx(expected)


def test_rows_are_taken_as_numbers_or_as_the_user_passed_them() -> None:
    table = read_event_table(FRAME, Y)
    assert table.take(np.array([1, 3]), as_given=True).equals(FRAME.iloc[[1, 3]])
    np.testing.assert_array_equal(table.take(np.array([1]), as_given=False), table.numbers[[1]])


def test_cached_arrays_are_not_pickled() -> None:
    table = read_event_table(FRAME, Y)
    assert table.standard_index.n_rows == 5
    again = pickle.loads(pickle.dumps(table))  # a pickle that was just made here
    assert "standard" not in vars(again)
    np.testing.assert_array_equal(again.standard, table.standard)


@pytest.mark.parametrize(
    ("X", "y", "parameters", "words"),
    [
        (FRAME, ["no"] * 5, {}, "all 5 rows are 'no'"),
        (FRAME, list("abcab"), {}, "y has 3 classes"),
        (FRAME, Y, {"pos_label": "maybe"}, "'maybe' is not among the labels 'no', 'yes'"),
        (FRAME, Y[:4], {}, "y has 4"),
        (sp.csr_array(np.eye(5)), Y, {}, "sparse matrix.*Pass X.toarray"),
    ],
)
def test_tables_without_one_event_raise(X: Any, y: Any, parameters: Any, words: str) -> None:
    with pytest.raises((InputError, UnsupportedTypeError), match=words):
        read_event_table(X, y, **parameters)


def test_several_classes_may_count_as_the_rest() -> None:
    table = read_event_table(FRAME, list("aabbc"), or_rest=True)
    assert (table.event, table.other, table.n_events) == ("c", None, 1)


def test_standard_units_are_deviations_of_the_columns_of_numbers() -> None:
    rows = read_event_table([[0.0, 5.0], [8.0, 5.0], [8.0, 5.0], [0.0, 5.0]], [0, 0, 0, 1])
    assert rows.units.tolist() == [4.0, 1.0]
    assert rows.standard.tolist() == [[0.0, 5.0], [2.0, 5.0], [2.0, 5.0], [0.0, 5.0]]
