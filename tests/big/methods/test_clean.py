"""Cleaners on rows that are not all in memory."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from poise import (
    EditedNearestNeighbours,
    TomekLinks,
    big,
)
from poise.base import MutualRule, VoteRule
from poise.big.methods.clean import (
    class_to_stream,
)
from poise.core.errors import (
    InputError,
    TooFewRowsError,
    UnsupportedTypeError,
)
from poise.core.tables.labels import Labels

ENN = EditedNearestNeighbours


def test_neighbours_beyond_the_table_are_refused_as_in_memory() -> None:
    table = pa.table({"x": np.arange(6.0), "y": [0, 0, 0, 0, 1, 1]})
    with pytest.raises(
        TooFewRowsError, match="needs more than n_neighbors=6 rows; the table has 6"
    ):
        big.resample(table, ENN(n_neighbors=6), target="y")


def test_rules_say_how_many_votes_save_a_row() -> None:
    assert TomekLinks().rule == MutualRule(k=1, found_per_row=2)
    assert ENN(n_neighbors=3).rule == VoteRule(k=3, rank=1, wanted=3, is_exact=True)
    mode = ENN(n_neighbors=4, kind_sel="mode").rule
    assert mode == VoteRule(k=4, rank=3, wanted=2, is_exact=False)
    assert mode.found_per_row == 8


@pytest.mark.parametrize("call", [big.resample, big.explain])
def test_a_cleaner_whose_rule_is_not_of_its_own_method_is_not_streamed(call: Any) -> None:
    class Changed(ENN):
        """Inherits the rule, and removes other rows."""

        def remove(self, problem: Any, codes: Any, rng: Any) -> Any:
            return ~super().remove(problem, codes, rng)

    table = pa.table({"x": np.arange(8.0), "y": [0, 0, 0, 0, 0, 0, 1, 1]})
    with pytest.raises(UnsupportedTypeError, match=r"Changed cannot be done.*`rule` \(cleaners\)"):
        call(table, Changed(), target="y")


def test_the_largest_class_that_does_not_grow_is_streamed() -> None:
    labels = Labels(np.zeros(0, dtype=np.intp), (0, 1, 2), np.array([5, 9, 7]))
    assert class_to_stream(labels) == 1
    assert class_to_stream(labels, np.array([False, True, False])) == 2
    with pytest.raises(InputError, match="Every class grows.*Leave out at least one class"):
        class_to_stream(labels, np.array([True, True, True]))


def test_links_and_outvoted_rows_of_a_line() -> None:
    x, y = [0.0, 1.0, 1.4, 5.0, 6.0, 8.0], [0, 0, 1, 0, 0, 1]
    table = pa.table({"x": x, "y": y})
    linked = big.resample(table, TomekLinks(sampling_strategy="all"), target="y")
    assert linked.reader().read_all()["x"].to_pylist() == [0.0, 5.0, 6.0, 8.0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        voted = big.resample(table, ENN(n_neighbors=1, sampling_strategy="all"), target="y")
    assert voted.reader().read_all()["x"].to_pylist() == [0.0, 5.0, 6.0]
