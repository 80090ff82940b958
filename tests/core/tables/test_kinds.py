"""Kinds of columns are inferred from dtypes and can be declared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from mixed_table import FRAME, N, Y
from one_column import smote

from poise.combine import SMOTETomek
from poise.core.errors import (
    InputError,
    UnknownNameError,
)
from poise.over_sampling import SMOTE

N_FEW = 21
Y_FEW = np.repeat([0, 1], [14, 7])
NUMBERS = np.random.RandomState(0).randn(N_FEW)


@pytest.mark.parametrize("value", [np.inf, -np.inf, 2.0**63, 1e300])
def test_floats_too_large_to_be_whole_numbers_raise(value: float) -> None:
    values = np.where(np.arange(N_FEW) == 3, value, 1.0).reshape(-1, 1)
    with pytest.raises(InputError, match="column 0 is 'integer', but it holds"):
        smote(column_kinds={0: "integer"}).fit_resample(values, Y_FEW)


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


def test_a_flag_held_as_a_number_keeps_its_rate_when_declared() -> None:
    X = FRAME[["income"]].assign(flag=(FRAME["vip"]).astype(int))
    sampler = SMOTE(column_kinds={"flag": "bool"}, random_state=0)
    X_new, _ = sampler.fit_resample(X, Y)
    lineage = sampler.plan_.lineage()
    nearer = np.where(lineage.gap[N:] < 0.5, lineage.seed[N:], lineage.partner[N:])
    assert X_new["flag"][N:].tolist() == X["flag"].iloc[nearer].tolist()


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
