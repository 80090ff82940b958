"""Functions as samplers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from poise import SMOTE, FunctionSampler, make_pipeline
from poise.combine import Chain
from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Segment
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


# Of another table: the row behind X would be read.
FAR = Plan(201, (Segment(np.array([0]), np.array([200]), np.array([1.0])),), [0, 201])


@pytest.mark.parametrize(
    ("sampler", "table", "words"),
    [
        (FunctionSampler(lambda X, y: "rows"), X, "it returned str"),
        (FunctionSampler(lambda X, y: [999]), X, "row numbers outside"),
        (FunctionSampler(lambda X, y: None), X, "it returned NoneType"),
        (FunctionSampler(lambda X, y: {0, 1}), X, "it returned set"),
        (FunctionSampler(lambda X, y: [0.5]), X, "rows must be whole numbers"),
        (
            FunctionSampler(lambda X, y: [True]),
            X,
            f"mask has 1 entries; the plan is for {len(X)} rows",
        ),
        (FunctionSampler(lambda X, y: FAR), X, f"a plan for 201 rows; X has {len(X)}"),
        (FunctionSampler(lambda X, y: Plan(3)), X, f"a plan for 3 rows; X has {len(X)}"),
        (FunctionSampler(lambda X, y: (X[:5], y[:7])), X, "returned 5 rows and 7 labels"),
        (
            FunctionSampler(lambda X, y: (X[:5], y[:7]), validate=False),
            X,
            "returned 5 rows and 7 labels",
        ),
        (FunctionSampler(), X[:5], "X has 5 rows"),
        (FunctionSampler(lambda X, y: [0, 1], validate=False), X[:5], "X has 5 rows"),
    ],
)
def test_invalid_results_and_tables_of_a_function_raise(
    sampler: Any, table: Any, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        sampler.fit_resample(table, y)


def test_a_failed_call_leaves_what_was_fitted() -> None:
    sampler = FunctionSampler(lambda X, y: [0, 1]).fit(X, y)
    sampler.func = lambda X, y: [999]
    with pytest.raises(InputError, match="row numbers outside"):
        sampler.fit(X, y)
    assert sampler.plan_.order.tolist() == [0, 1]


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


FRAME = pd.DataFrame(X, index=np.arange(len(X)) + 7).add_prefix("f")
CONTAINERS = [
    X,
    X.tolist(),
    FRAME,
    pl.DataFrame(X),
    sp.csr_array(X),
    sp.coo_matrix(X),
    X.astype(object),
]


@pytest.mark.parametrize("table", CONTAINERS, ids=lambda table: type(table).__name__)
@pytest.mark.parametrize(
    "target",
    [y, y.tolist(), y[:, None], pd.Series(y, name="kind"), np.eye(2, dtype=int)[y]],
    ids=str,
)
def test_a_function_gets_arrays_and_its_rows_come_back_in_the_containers(
    table: Any, target: Any
) -> None:
    def positive(rows: Any, labels: Any) -> Any:
        assert isinstance(rows, np.ndarray) or rows.format == "csr"
        assert isinstance(labels, np.ndarray)
        assert labels.shape == (len(X),)
        is_kept = (
            np.asarray(rows[:, [0]].toarray() if sp.issparse(rows) else rows[:, :1]).ravel() > 0
        )
        return rows[is_kept], labels[is_kept]

    X_new, y_new = FunctionSampler(positive).fit_resample(table, target)
    expected = X[X[:, 0] > 0]
    cells = X_new.toarray() if sp.issparse(X_new) else np.asarray(X_new)
    np.testing.assert_array_equal(cells.astype(float), expected)
    assert len(y_new) == len(expected)
    if isinstance(table, pd.DataFrame):
        assert list(X_new.columns) == list(FRAME.columns)
        joined = pd.concat([X_new, pd.Series(np.ravel(y_new)[: len(X_new)])], axis=1)
        assert not joined.isna().any().any()
    assert type(y_new) is type(target)
    assert np.ndim(y_new) == (2 if np.shape(target)[1:] == (2,) else 1)


def test_a_table_with_text_is_passed_as_it_is() -> None:
    seen: list[Any] = []

    def keep(table: Any, labels: Any) -> Any:
        seen.append((table, labels))
        return table.iloc[:5], labels[:5]

    mixed, labels = FRAME.assign(t="a"), pd.Series(y, FRAME.index)
    X_new, y_new = FunctionSampler(keep).fit_resample(mixed, labels)
    assert seen[0][0] is mixed
    assert seen[0][1] is labels
    assert X_new.equals(mixed.iloc[:5])
    assert y_new.index.equals(X_new.index)
    FunctionSampler(keep, validate=False).fit_resample(FRAME, labels)
    assert seen[1][0] is FRAME


def test_a_function_sampler_knows_its_columns() -> None:
    sampler = FunctionSampler().fit(FRAME, y)
    assert sampler.get_feature_names_out().tolist() == list(FRAME.columns)
