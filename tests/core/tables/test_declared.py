"""Kinds of columns are declared by name, position or mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mixed_table import FRAME, Y
from one_column import smote

from poise.combine import SMOTETomek
from poise.core.errors import (
    InputError,
    UnknownNameError,
)
from poise.core.tables.declared import Declared
from poise.over_sampling import SMOTE

N_FEW = 21
Y_FEW = np.repeat([0, 1], [14, 7])
NUMBERS = np.random.RandomState(0).randn(N_FEW)


def test_declared_kinds_reach_the_steps_that_the_user_passed() -> None:
    X = np.column_stack([np.arange(N_FEW) * 1.0, NUMBERS])
    sampler = SMOTETomek(smote=smote(), column_kinds={0: "integer"})
    X_new, _ = sampler.fit_resample(X, Y_FEW)
    assert (X_new[:, 0] % 1 == 0).all()


@pytest.mark.parametrize(
    "features", [["code"], [1], np.array([False, True]), [np.True_ & False, True]]
)
def test_a_column_is_declared_categorical_by_name_position_or_mask(features: Any) -> None:
    X = FRAME[["income"]].assign(code=np.tile([10, 20, 90], 100))
    X_new, _ = SMOTE(categorical_features=features, random_state=0).fit_resample(X, Y)
    assert set(X_new["code"]) == {10, 20, 90}


def test_kinds_can_be_declared_for_arrays_and_lists() -> None:
    X = np.column_stack([FRAME["income"], np.tile([10.5, 20.5, 90.5], 100)])
    for rows in (X, X.tolist(), X.astype(object)):
        X_new, _ = SMOTE(categorical_features=[1], random_state=0).fit_resample(rows, Y)
        assert {row[1] for row in list(X_new)} == {10.5, 20.5, 90.5}


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"column_kinds": {"incom": "integer"}}, "Did you mean 'income'"),
        ({"column_kinds": {"income": "number"}}, "'continuous', 'integer', 'bool', 'categorical'"),
        ({"column_kinds": {"income": "integer"}}, "'income' is 'integer', but it holds"),
        ({"column_kinds": {"age": "continuous"}}, "holds no fractions"),
        ({"column_kinds": {"town": "integer"}}, "Convert it to numbers first"),
        ({"column_kinds": {99: "integer"}}, "does not have"),
        ({"categorical_features": "town"}, r"such as \['town'\]"),
        ({"categorical_features": [True, False]}, "a mask of 2 columns; X has 12"),
        ({"categorical_features": ["age"], "column_kinds": {"age": "integer"}}, "one of them"),
        ({"neighbor_space": "standrad"}, "'raw', 'standard', 'robust'"),
    ],
)
def test_invalid_declarations_raise_with_the_reason(parameters: Any, words: str) -> None:
    with pytest.raises((InputError, UnknownNameError), match=words):
        SMOTE(**parameters).fit_resample(FRAME, Y)


def test_a_declaration_goes_before_another_one_unless_it_says_auto() -> None:
    other = Declared(["a"], {"b": "integer", "c": "bool"})
    assert Declared("auto").over(other) == other
    assert Declared("all").over(other) == Declared("all", other.kinds)
    assert Declared(["b"], {"c": "integer"}).over(other) == Declared(
        ["b"], {"b": "integer", "c": "integer"}
    )
    assert Declared().over(Declared()).kinds is None


def test_one_column_may_be_named_once() -> None:
    kinds = Declared("auto", {0: "categorical", -3: "continuous"})
    with pytest.raises(InputError, match="column_kinds names one column as 0 and as -3"):
        kinds.by_position(None, 3)
    with pytest.raises(InputError, match="as 'a' and as 0"):
        Declared("auto", {"a": "integer", 0: "integer"}).by_position(["a", "b"], 2)
