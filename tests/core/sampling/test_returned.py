"""A slip in a method of one's own is an error that names it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise.base import Cleaner, Copy, OverSampler, Plan, UnderSampler
from poise.core.errors import MethodError

X = np.arange(10.0).reshape(-1, 1) / 4
Y = np.repeat(["no", "yes"], [7, 3])


def over(returned: Any) -> OverSampler:
    class Own(OverSampler):
        needs = "rows"

        def grow(self, problem: Any, code: int, n_rows: int, rng: Any) -> Any:
            return returned

    return Own()


def under(returned: Any) -> UnderSampler:
    class Own(UnderSampler):
        needs = "rows"

        def keeper(self, problem: Any, rng: Any) -> Any:
            return lambda code, n_rows: returned

    return Own()


def cleaner(returned: Any) -> Cleaner:
    class Own(Cleaner):
        needs = "rows"

        def remove(self, problem: Any, codes: Any, rng: Any) -> Any:
            return returned

    return Own()


@pytest.mark.parametrize(
    ("sampler", "words"),
    [
        (over([7, 8, 9, 9]), "Own.grow returned a list for class 'yes'. Return a recipe"),
        (over(Copy(np.array([7, 8]))), "returned 2 new rows for class 'yes', but 4 were asked for"),
        (
            over(Copy(np.array([0, 1, 2, 3]))),
            "seed rows are of other classes. Number rows in the table",
        ),
        (over(Plan(3)), "returned a plan for 3 rows; the table has 10"),
        (over(Plan(10, (), [7, 8, 9, 9])), "output has rows of the table, for class 'yes'"),
        (under([[0], [1, 2]]), "Own.keeper returned an array of shape .0, 0.* for class 'no'"),
        (under(np.array([0, 1])), "Own.keeper returned an array of shape .2,.*exactly 3 rows"),
        (under(np.ones(3)), "dtype float64 for class 'no'. Return the numbers of exactly 3"),
        (under(np.array([0, 1, 8])), "returned rows that are not of class 'no'"),
        (under(np.array([0, 1, 10])), "returned rows that are not of class 'no'"),
        (
            cleaner(np.array([0, 1])),
            "Own.remove returned .2,. of dtype int64. Return a boolean mask",
        ),
        (cleaner([True] * 10), "returned list of dtype None. Return a boolean mask"),
        (
            cleaner(np.ones(10, bool)),
            "removes 3 rows of classes that are not to be cleaned, such as 'yes'",
        ),
    ],
)
def test_what_a_method_returns_is_checked(sampler: Any, words: str) -> None:
    with pytest.raises(MethodError, match=words):
        sampler.fit_resample(X, Y)


def test_a_keeper_is_a_function() -> None:
    class Own(UnderSampler):
        needs = "rows"

        def keeper(self, problem: Any, rng: Any) -> Any:
            return np.arange(3)

    with pytest.raises(MethodError, match="Own.keeper returned a ndarray. Return a function"):
        Own().fit_resample(X, Y)


def test_a_class_may_stay_as_it_is() -> None:
    assert len(over(None).fit_resample(X, Y)[0]) == 10


@pytest.mark.parametrize("outside", [-1, 10])
def test_a_recipe_of_rows_outside_the_table_is_refused(outside: int) -> None:
    # Row -1 would be the last row, which is of the class.
    with pytest.raises(ValueError, match="outside"):
        over(Copy(np.array([7, 8, 9, outside]))).fit_resample(X, Y)
