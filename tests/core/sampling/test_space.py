"""Neighbours are searched in raw, standard or robust units, or where a transformer puts the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from poise.core.errors import InputError
from poise.over_sampling import SMOTE

N = 21
Y = np.repeat([0, 1], [14, 7])
NUMBERS = np.random.RandomState(0).randn(N)


def smote(**parameters: Any) -> SMOTE:
    return SMOTE(**({"k_neighbors": 2, "random_state": 0} | parameters))


def test_a_transformer_cannot_write_into_the_users_table() -> None:
    X = np.random.RandomState(1).randn(N, 3) * 10
    before = X.copy()
    X_new, _ = smote(neighbor_space=StandardScaler(copy=False)).fit_resample(X, Y)
    np.testing.assert_array_equal(X, before)
    assert np.abs(X_new[N:]).max() > 3


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_scikit_learns_output_setting_changes_nothing(output: str) -> None:
    frame = pd.DataFrame({"a": NUMBERS, "b": 2 * NUMBERS[::-1]})
    plain = smote(neighbor_space="standard").fit_resample(frame, Y)[0]
    with sklearn.config_context(transform_output=output):
        pd.testing.assert_frame_equal(
            smote(neighbor_space="standard").fit_resample(frame, Y)[0], plain
        )


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (StandardScaler, "must be an instance"),
        (FunctionTransformer(lambda X: X[:3]), "one row for each row"),
        (FunctionTransformer(lambda X: X.tolist()), "must return numbers"),
        (FunctionTransformer(lambda X: X / 0), "finite values"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_space_that_is_none_is_told(space: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        smote(neighbor_space=space).fit_resample(np.abs(NUMBERS).reshape(-1, 1), Y)


def test_a_space_may_be_sparse_beside_categories() -> None:
    frame = pd.DataFrame({"a": np.arange(N) % 4, "c": list("xyz") * 7})
    assert len(smote(neighbor_space=OneHotEncoder()).fit_resample(frame, Y)[0]) == 28
