"""Parameters of compare and diagnose: numbers of numpy are numbers, and errors say what to pass."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from poise.core.errors import InputError
from poise.study.parameters import (
    check_labelling,
    check_path,
    read_count,
    read_groups,
    read_n_jobs,
    read_number,
)


def test_whole_numbers_come_back_as_ints() -> None:
    assert type(read_count("cv", np.int64(3), 2, 5)) is int
    with pytest.raises(InputError, match="cv=1 is too few. Pass 2 or more, such as cv=5"):
        read_count("cv", np.int64(1), 2, 5)
    with pytest.raises(InputError, match=r"cv=2.5 must be a whole number of at least 2, such as"):
        read_count("cv", 2.5, 2, 5)


def test_numbers_come_back_as_floats() -> None:
    assert type(read_number("precision", np.float32(0.5), "a number", most=1)) is float
    for wrong in (0, 2, True, "1", None, float("nan")):
        with pytest.raises(InputError, match="must be a number up to 1"):
            read_number("precision", wrong, "a number up to 1", most=1)


def test_numbers_of_jobs() -> None:
    assert [read_n_jobs(n) for n in (None, 1, -1, np.int64(4))] == [None, 1, -1, 4]
    for wrong in (0, 1.0, True, "2", 1 << 70, -(1 << 70)):
        with pytest.raises(InputError, match="must be None for all cores, a whole number from 1"):
            read_n_jobs(wrong)


def test_one_label_is_a_label_whatever_its_type() -> None:
    for label in ("yes", 1, None, b"x", ("a", 1), np.int64(1), pd.Timestamp("2026-01-01")):
        check_labelling(label, None)
    with pytest.raises(InputError, match="must be a single label"):
        check_labelling(["yes"], None)


def test_kinds_of_columns_are_a_dictionary() -> None:
    check_labelling(None, {"a": "integer"})
    with pytest.raises(InputError, match="must be a dict of kinds by column, such as"):
        check_labelling(None, ["integer"])


def test_a_path_is_text_or_a_path() -> None:
    for path in (None, "r", Path("r")):
        check_path("resume", path)
    for path in (5, b"r", "a\0b"):
        with pytest.raises(InputError, match="must be the path of a file"):
            check_path("resume", path)


def test_groups_are_an_array_of_one_per_row() -> None:
    groups = ["b", "a", "b"]
    for given in (groups, np.array(groups), pd.Series(groups), pl.Series(groups)):
        assert read_groups(given, 3).tolist() == groups


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ("customer", "such as X"),
        ([1, 2], "groups has 2"),
        ([1.0, np.nan, np.nan], "2 missing values, the first in row 1"),
        (["a", None, "b"], "1 missing value, the first in row 1"),
        (pd.Series(["a", pd.NA, "b"]), "1 missing value, the first in row 1"),
        ([1, "a", 2], "groups mixes values"),
        ([[1, 2]] * 3, "one group per row"),
    ],
)
def test_groups_that_cannot_be_used_are_errors(groups: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_groups(groups, 3)
