"""The base classes read a table, make a plan, and apply it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from three_columns import FRAME, X, error_of, with_values, y

from poise.core.errors import MethodError, ParameterError, VanishingClassWarning
from poise.core.plan.plan import Plan
from poise.core.sampling.resampler import Resampler, drawn_once, mask_of, plan_of_kept
from poise.core.tables.labels import encode
from poise.over_sampling import SMOTE, SVMSMOTE, BorderlineSMOTE, RandomOverSampler


def test_a_failed_fit_changes_nothing() -> None:
    frame = with_values(np.inf, [3])
    before = frame.copy()
    error_of(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_the_fitted_attributes_of_an_earlier_fit_are_removed() -> None:
    sampler = SMOTE(random_state=0).fit(FRAME, y)
    assert sampler.feature_names_in_.tolist() == ["a", "b", "c"]
    assert not hasattr(sampler.fit(X, y), "feature_names_in_")


def test_a_plan_of_kept_rows_keeps_all_rows_of_other_classes() -> None:
    plan = plan_of_kept(encode(y), {0: 2}, lambda code, n: np.arange(n))
    assert plan.order.tolist() == [0, 1, *range(30, 40)]


def test_a_class_that_loses_all_rows_is_named_in_a_warning() -> None:
    with pytest.warns(
        VanishingClassWarning, match="Class 1 loses all of its 10 rows. Leave it out"
    ):
        plan_of_kept(encode(y), {1: 0}, lambda code, n: np.arange(n))


def test_many_classes_that_lose_all_rows_are_one_warning() -> None:
    labels = encode(np.repeat([f"class {i}" for i in range(40)], 3))
    with pytest.warns(
        VanishingClassWarning, match="and 34 more lose all of their 117 rows"
    ) as seen:
        plan_of_kept(labels, dict.fromkeys(range(39), 0), lambda code, n: np.arange(n))
    assert len(seen) == 1


def test_a_mask_is_true_for_its_rows_only() -> None:
    assert mask_of(np.array([2, 0]), 4).tolist() == [True, False, True, False]


def test_rows_drawn_once_have_no_repeats() -> None:
    drawn = drawn_once(np.arange(5, 25), 20, np.random.RandomState(0))
    assert sorted(drawn) == list(range(5, 25))


def test_partners_and_gaps_outside_the_default_are_declared() -> None:
    assert (SMOTE().partners, SMOTE().gap_range) == ("own class", (0.0, 1.0))
    assert BorderlineSMOTE(kind="borderline-1").partners == "own class"
    assert BorderlineSMOTE(kind="borderline-2").partners == "any class"
    assert SVMSMOTE(out_step=0.25).gap_range == (-0.25, 1.0)


@pytest.mark.parametrize(
    ("returned", "words"),
    [(Plan(3), "a plan for 3 rows; the table has 40"), (None, "a NoneType; the table has 40")],
)
def test_a_plan_of_another_table_names_the_method(returned: Any, words: str) -> None:
    class Own(Resampler):
        """Makes its plan itself."""

        def make_plan(self, problem: Any, rng: Any) -> Any:
            return returned, {}

    with pytest.raises(MethodError, match=f"Own.make_plan returned {words}"):
        Own().fit_resample(X, y)


def test_fit_checks_the_parameters_too() -> None:
    with pytest.raises(ParameterError, match="'k_neighbors' parameter"):
        SMOTE(k_neighbors=-1).fit(np.arange(20.0).reshape(-1, 1), np.repeat([0, 1], [15, 5]))


def test_seeds_are_whole_numbers_of_32_bits() -> None:
    X, y = np.arange(20.0).reshape(-1, 1), np.repeat([0, 1], [15, 5])
    assert len(RandomOverSampler(random_state=2**32 - 1).fit_resample(X, y)[0]) == 30
    with pytest.raises(ParameterError, match=r"in the range \[0, 4294967295\]"):
        RandomOverSampler(random_state=2**32).fit(X, y)
