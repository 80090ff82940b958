"""Columns that name rows, and numbers held as text, are noticed; ordinary columns are not."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import poise
from poise.core.errors import IdentifierWarning, NumbersAsTextWarning
from poise.core.tables.declared import AS_READ, Declared
from poise.core.tables.suspicious import (
    counts_rows,
    identifier_columns,
    is_calendar,
    numbers_as_text,
    warn_of_identifiers,
)

rng = np.random.RandomState(0)
N = 60
Y = np.repeat(["no", "yes"], [45, 15])
IDENTIFIERS = {
    "number": np.arange(N),
    "backward": np.arange(N)[::-1] * 1000,
    "shuffled": rng.permutation(N) + 500,
    "name": [f"person {i}" for i in range(N)],
}
ORDINARY = {
    "income": rng.randint(0, 100_000, N),
    "age": rng.randint(20, 60, N),
    "real": rng.rand(N),
    "sorted_real": np.sort(rng.rand(N)),
    "day": 20_240_101 + np.arange(N) % 28,
    "city": rng.choice(["Rome", "Oslo", "Bonn"], N),
    "when": pd.date_range("2024-01-01", periods=N),
}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_columns_that_name_rows_are_found_in_every_frame(make) -> None:
    assert identifier_columns(make(IDENTIFIERS | ORDINARY)) == list(IDENTIFIERS)
    assert identifier_columns(make({"number": list(range(10))})) == []
    assert identifier_columns(np.arange(N).reshape(-1, 1)) == []


def test_a_column_that_is_mostly_missing_names_nothing() -> None:
    values = np.where(np.arange(N) < 25, np.arange(N), np.nan)
    names = [f"p{i}" if i < 25 else None for i in range(N)]
    assert identifier_columns(pd.DataFrame({"n": values, "s": names})) == []


def test_resample_names_the_remedy() -> None:
    X = pd.DataFrame(IDENTIFIERS | {"a": rng.rand(N)})
    with pytest.warns(
        IdentifierWarning,
        match=r"'number', 'backward'.*carry_columns=\['number', .*X.drop\(columns=...\) \(--drop\)",
    ):
        poise.resample(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        poise.resample(X, Y, method="random-under")
        poise.resample(pd.DataFrame(ORDINARY), Y)


@pytest.mark.parametrize(
    ("values", "is_count"),
    [
        (np.arange(100.0), True),
        (10.0 * np.arange(100), True),  # sorted
        (10.0 * np.random.RandomState(0).permutation(100), False),  # neither sorted nor dense
        (3.0 * np.random.RandomState(0).permutation(100), True),  # dense
        (np.arange(100.0) + 0.5, False),
        (np.arange(100.0) // 2, False),
    ],
)
def test_row_numbers_are_whole_different_and_dense_or_sorted(values: np.ndarray, is_count) -> None:
    assert counts_rows(values) == is_count
    assert not counts_rows(np.empty(0))


def test_the_thirteenth_month_is_not_a_date() -> None:
    days = 20_240_100.0 + np.arange(1, 29)
    assert is_calendar(days)
    assert not is_calendar(np.append(days, 20_241_301.0))


def test_days_and_seconds_are_calendar_numbers() -> None:
    assert is_calendar(20_240_101.0 + np.arange(20))
    assert is_calendar(1_700_000_000.0 + np.arange(20))
    assert not is_calendar(np.arange(20.0))
    assert not is_calendar(20_240_101.0 + np.arange(5))


NUMBERS = {
    "plain": [str(x) for x in rng.rand(N).round(3)],
    "local": [f"-0,{i}" for i in range(N)],
    "whole": [str(i) for i in range(N)],
    "one_word": [*(str(x) for x in rng.rand(N - 1)), "n/a"],
}
TEXTS = {
    "codes": [str(i % 8) for i in range(N)],
    "zip": [f"0{i:04d}" for i in range(N)],
    "word": [f"w{i}" for i in range(N)],
    "half": [str(i) if i % 2 else f"w{i}" for i in range(N)],
    "number": rng.rand(N),
    "blank": [" "] * N,
}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_numbers_as_text_are_found_in_every_frame(make) -> None:
    found = numbers_as_text(make(NUMBERS | TEXTS), AS_READ)
    assert list(found) == list(NUMBERS)
    assert found["plain"] == 1
    assert 0.95 < found["one_word"] < 1


def test_numbers_as_text_are_found_in_arrays_by_position() -> None:
    table = pd.DataFrame(NUMBERS | TEXTS).astype(object).to_numpy()
    assert list(numbers_as_text(table, AS_READ)) == [0, 1, 2, 3]
    assert list(numbers_as_text(table.tolist(), AS_READ)) == [0, 1, 2, 3]


def test_what_the_user_declares_is_not_doubted() -> None:
    frame = pd.DataFrame(NUMBERS)
    assert numbers_as_text(frame.astype("category"), AS_READ) == {}
    assert list(numbers_as_text(frame, Declared(["plain", "local"]))) == ["whole", "one_word"]
    assert list(numbers_as_text(frame, Declared("auto", {"whole": "categorical"}))) == [
        "plain",
        "local",
        "one_word",
    ]


def test_samplers_warn_of_numbers_as_text_and_random_ones_do_not() -> None:
    X = pd.DataFrame({"a": NUMBERS["plain"], "b": rng.rand(N)})
    with pytest.warns(NumbersAsTextWarning, match="Column 'a' is text, but 100% .*to_numeric"):
        poise.SMOTE(random_state=0).fit_resample(X, Y)
    with pytest.warns(NumbersAsTextWarning):
        poise.TomekLinks().fit_resample(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        poise.RandomUnderSampler(random_state=0).fit_resample(X, Y)
        poise.SMOTE(random_state=0, column_kinds={"a": "categorical"}).fit_resample(X, Y)


def test_unsorted_row_numbers_fill_a_third_of_their_range() -> None:
    few = [5.0, *range(5), *range(6, 29)]
    assert counts_rows(np.array([*few, 90.0]))
    assert not counts_rows(np.array([*few, 91.0]))


def test_sorted_row_numbers_differ() -> None:
    tied = np.array([0.0, *(1000.0 * np.arange(39))])
    assert not counts_rows(tied)
    assert not counts_rows(tied[::-1])
    assert counts_rows(tied[1:])
    assert counts_rows(tied[:0:-1])


def test_95_percent_of_different_values_are_nearly_all() -> None:
    assert counts_rows(np.array([*range(38), 0.0, 1.0]))
    assert not counts_rows(np.array([*range(37), 0.0, 1.0, 2.0]))
    for n_same, found in ((2, ["s"]), (3, [])):
        words = [f"p{i}" for i in range(40 - n_same)] + [f"p{i}" for i in range(n_same)]
        assert identifier_columns(pd.DataFrame({"s": words})) == found


def test_a_calendar_has_ten_days_of_which_five_differ() -> None:
    days = 20_240_101.0 + np.arange(10)
    assert is_calendar(days)
    assert not is_calendar(days[:9])
    assert is_calendar(np.repeat(days[:5], 2))
    assert not is_calendar(np.repeat(days[:4], 3))


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ([19_000_101, 21_001_231], [18_991_231, 21_010_101]),
        ([20_240_101, 20_241_231], [20_240_001, 20_241_301]),
        ([20_240_101, 20_240_131], [20_240_100, 20_240_132]),
    ],
)
def test_years_months_and_days_are_within_those_of_a_calendar(
    inside: list[int], outside: list[int]
) -> None:
    days = 20_240_101.0 + np.arange(10)
    assert all(is_calendar(np.append(days, day)) for day in inside)
    assert not any(is_calendar(np.append(days, day)) for day in outside)


def test_seconds_since_1970_are_those_of_this_century() -> None:
    seconds = 1_700_000_000.0 + np.arange(10)
    assert all(is_calendar(np.append(seconds, s)) for s in (946_684_800, 4_102_444_800))
    assert not any(is_calendar(np.append(seconds, s)) for s in (946_684_799, 4_102_444_801))


def test_names_of_rows_are_looked_for_in_20_rows_of_which_half_are_filled() -> None:
    assert identifier_columns(pd.DataFrame({"n": range(20)})) == ["n"]
    assert identifier_columns(pd.DataFrame({"n": range(19)})) == []
    for n_filled, found in ((20, ["n", "s"]), (19, [])):
        numbers = [float(i) if i < n_filled else np.nan for i in range(40)]
        words = [f"p{i}" if i < n_filled else None for i in range(40)]
        assert identifier_columns(pd.DataFrame({"n": numbers, "s": words})) == found


def test_one_column_has_and_two_have() -> None:
    frame = pd.DataFrame({"n": range(20), "m": range(20)})
    with pytest.warns(
        IdentifierWarning, match="^Column 'n' has a different .* Carry it along .* leave it out"
    ):
        warn_of_identifiers(frame[["n"]])
    with pytest.warns(
        IdentifierWarning, match="^Columns 'n', 'm' have .* Carry them along .* leave them out"
    ):
        warn_of_identifiers(frame)


@pytest.mark.parametrize(
    ("cells", "is_found"),
    [
        (["0.5", "1.5", *"23456789"], True),
        (["0.5", "1.5", *"2345678"], False),
        (["0.5", "1", *"23456789"], False),
        (list(map(str, range(20))), True),
        (list(map(str, range(19))), False),
        ([*map(str, range(16)), *"abcd"], True),
        ([*map(str, range(16)), *"abcde"], False),
    ],
)
def test_codes_have_few_values_and_numbers_many(cells: list[str], is_found: bool) -> None:  # noqa: FBT001  # a case
    assert bool(numbers_as_text(pd.DataFrame({"a": cells}), AS_READ)) == is_found
