"""Functions as samplers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from poise import SMOTE, FunctionSampler, make_pipeline
from poise.combine import Chain
from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.plan.plan import Plan
from poise.pipeline import is_sampler

X, y = make_classification(n_samples=300, weights=[0.85], n_features=6, random_state=1)


@pytest.mark.parametrize(
    "make", [np.asarray, sp.csr_array, pd.DataFrame, lambda rows: rows.tolist()]
)
def test_a_function_that_returns_rows_keeps_the_users_container(make: Any) -> None:
    sampler = FunctionSampler(lambda X, y: np.flatnonzero(y == 1))
    X_new, y_new = sampler.fit_resample(make(X), y)
    assert type(X_new) is type(make(X))
    assert (y_new == 1).all()
    assert sampler.sample_indices_.tolist() == np.flatnonzero(y == 1).tolist()


def test_a_function_may_return_a_mask_a_plan_or_the_table() -> None:
    mask = FunctionSampler(lambda X, y: y == 1).fit_resample(X, y)[0]
    plan = FunctionSampler(lambda X, y: Plan.taking(len(y), np.flatnonzero(y == 1)))
    np.testing.assert_array_equal(plan.fit_resample(X, y)[0], mask)
    bare = FunctionSampler(lambda X, y, n: (X[:n], y[:n]), kw_args={"n": 7})
    assert len(bare.fit_resample(X, y)[0]) == 7
    with pytest.raises(AttributeError, match="Let it return row numbers or a Plan"):
        bare.plan_  # noqa: B018  # it raises
    assert FunctionSampler().fit_resample(X, y)[0] is X


def test_a_function_is_a_step_of_a_pipeline_and_a_chain() -> None:
    half = FunctionSampler(lambda X, y: np.arange(0, len(y), 2))
    assert is_sampler(half)
    model = make_pipeline(half, LogisticRegression()).fit(X, y)
    assert len(model.plan_) == 150
    assert len(Chain(half, SMOTE(random_state=0)).fit_resample(X, y)[0]) > 150


@pytest.mark.parametrize(
    ("sampler", "table", "words"),
    [
        (FunctionSampler(lambda X, y: "rows"), X, "it returned str"),
        (FunctionSampler(lambda X, y: [999]), X, "row numbers outside"),
        (FunctionSampler(), X[:5], "X has 5 rows"),
    ],
)
def test_invalid_results_and_tables_of_a_function_raise(
    sampler: Any, table: Any, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        sampler.fit_resample(table, y)


def test_a_target_of_numbers_is_resampled_as_well() -> None:
    rng = np.random.RandomState(0)
    X, target = rng.normal(size=(100, 2)), rng.normal(size=100)
    sampler = FunctionSampler(lambda X, y: np.flatnonzero(np.abs(y) < 1))
    X_new, y_new = sampler.fit_resample(X, target)
    assert y_new.tolist() == target[np.abs(target) < 1].tolist()
    assert len(X_new) == len(y_new)


def test_a_sparse_table_is_refused_where_the_function_takes_none() -> None:
    with pytest.raises(UnsupportedTypeError, match="accept_sparse=False"):
        FunctionSampler(accept_sparse=False).fit_resample(sp.csr_array(X), y)
