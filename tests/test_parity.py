"""The same random seed gives the same rows as imbalanced-learn with RandomState(seed)."""

from __future__ import annotations

from typing import Any

import imblearn.combine
import imblearn.datasets
import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
import pytest
import scipy.sparse as sp
from imblearn.base import BaseSampler
from sklearn.datasets import make_classification

import poise

SEED = 11
PAIRS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "random-over": (poise.RandomOverSampler, imblearn.over_sampling.RandomOverSampler, {}),
    "random-over, shrinkage": (
        poise.RandomOverSampler,
        imblearn.over_sampling.RandomOverSampler,
        {"shrinkage": 0.6},
    ),
    "smote": (poise.SMOTE, imblearn.over_sampling.SMOTE, {}),
    "smote, k=3": (poise.SMOTE, imblearn.over_sampling.SMOTE, {"k_neighbors": 3}),
    "borderline-1": (poise.BorderlineSMOTE, imblearn.over_sampling.BorderlineSMOTE, {}),
    "borderline-2": (
        poise.BorderlineSMOTE,
        imblearn.over_sampling.BorderlineSMOTE,
        {"kind": "borderline-2"},
    ),
    "random-under": (poise.RandomUnderSampler, imblearn.under_sampling.RandomUnderSampler, {}),
    "random-under, replacement": (
        poise.RandomUnderSampler,
        imblearn.under_sampling.RandomUnderSampler,
        {"replacement": True},
    ),
    "tomek-links": (poise.TomekLinks, imblearn.under_sampling.TomekLinks, {}),
    "tomek-links, all": (
        poise.TomekLinks,
        imblearn.under_sampling.TomekLinks,
        {"sampling_strategy": "all"},
    ),
    "enn": (
        poise.EditedNearestNeighbours,
        imblearn.under_sampling.EditedNearestNeighbours,
        {"sampling_strategy": "all"},
    ),
    "smote-tomek": (poise.SMOTETomek, imblearn.combine.SMOTETomek, {}),
    "smote-enn": (poise.SMOTEENN, imblearn.combine.SMOTEENN, {}),
}
ENN_MODE = {"kind_sel": "mode", "sampling_strategy": "all"}


def table(n_columns: int, n_classes: int, dtype: str = "f8") -> tuple[np.ndarray, np.ndarray]:
    shares = {2: [0.85], 3: [0.6, 0.28]}[n_classes]
    X, y = make_classification(
        n_samples=400,
        n_features=n_columns,
        n_informative=2,
        n_redundant=0,
        n_classes=n_classes,
        n_clusters_per_class=1,
        weights=shares,
        class_sep=0.7 if n_columns <= 20 else 1.8,
        random_state=3,
    )
    return X.astype(dtype), y


def both(name: str, more: dict[str, Any] | None = None) -> tuple[Any, BaseSampler]:
    ours, theirs, parameters = PAIRS[name]
    parameters = parameters | (more or {})
    if "random_state" not in ours().get_params():
        return ours(**parameters), theirs(**parameters)
    state = np.random.RandomState(SEED)
    return ours(random_state=SEED, **parameters), theirs(random_state=state, **parameters)


def multiset(X: Any, y: Any) -> tuple[np.ndarray, list[Any]]:
    """Return rows and labels, sorted."""
    values = X.toarray() if sp.issparse(X) else np.asarray(X)
    labels = np.asarray(y)
    keys = [*values.T[::-1], np.unique(labels, return_inverse=True)[1]]
    order = np.lexsort(keys)
    return values[order], labels[order].tolist()


def resampled(sampler: Any, X: Any, y: Any) -> tuple[np.ndarray, list[Any]]:
    return multiset(*sampler.fit_resample(X, y))


def assert_same_rows(ours: Any, theirs: Any, X: Any, y: Any, rtol: float = 1e-7) -> None:
    mine, other = resampled(ours, X, y), resampled(theirs, X, y)
    assert mine[1] == other[1]
    np.testing.assert_allclose(mine[0], other[0], rtol=rtol, atol=1e-300 if rtol else 0)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("n_columns", [2, 7, 20, 60])
@pytest.mark.parametrize("name", PAIRS)
def test_same_rows_in_float64(name: str, n_columns: int, n_classes: int) -> None:
    assert_same_rows(*both(name), *table(n_columns, n_classes))


@pytest.mark.parametrize("n_columns", [2, 20])
@pytest.mark.parametrize("name", PAIRS)
def test_same_rows_in_float32_to_the_last_bit(name: str, n_columns: int) -> None:
    ours, theirs = both(name)
    X, y = table(n_columns, 3, "f4")
    if "shrinkage" in name:  # imbalanced-learn returns float64, from float32 deviations
        mine, other = resampled(ours, X, y), resampled(theirs, X, y)
        assert mine[0].dtype == np.float32
        np.testing.assert_allclose(mine[0], other[0], rtol=1e-5, atol=1e-6)
    else:
        assert_same_rows(ours, theirs, X, y, rtol=0)


@pytest.mark.parametrize("labels", [["no", "yes", "maybe"], [-1, 1, 0], [True, False, True]])
@pytest.mark.parametrize("name", PAIRS)
def test_same_rows_for_labels_of_any_kind(name: str, labels: list[Any]) -> None:
    X, y = table(5, 2 if isinstance(labels[0], bool) else 3)
    assert_same_rows(*both(name), X, np.array(labels)[y])


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csc_matrix, sp.csr_array])
@pytest.mark.parametrize("name", PAIRS)
def test_same_rows_for_sparse_as_for_dense(name: str, kind: Any) -> None:
    X, y = table(6, 3)
    X[np.abs(X) < 0.6] = 0.0
    rng = np.random.RandomState(0)
    X[:, 0] = rng.randn(len(X))  # no two rows are equally distant
    ours, theirs = both(name)
    mine = resampled(ours, kind(X), y)
    other = resampled(theirs, X, y)  # Borderline-2 of imbalanced-learn raises on sparse tables
    assert mine[1] == other[1]
    np.testing.assert_allclose(mine[0], other[0], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("n_columns", [2, 20])
def test_enn_by_vote_removes_the_same_rows_if_no_vote_is_even(n_columns: int) -> None:
    X, y = table(n_columns, 2)
    ours = poise.EditedNearestNeighbours(**ENN_MODE)
    theirs = imblearn.under_sampling.EditedNearestNeighbours(**ENN_MODE)
    assert_same_rows(ours, theirs, X, y)


def test_enn_by_vote_accepts_text_labels() -> None:
    X, y = table(4, 2)
    as_text = np.array(["no", "yes"])[y]
    mine = poise.EditedNearestNeighbours(**ENN_MODE).fit(X, as_text).sample_indices_
    other = poise.EditedNearestNeighbours(**ENN_MODE).fit(X, y).sample_indices_
    np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize(
    "strategy",
    ["auto", "minority", "not minority", "not majority", "all", {0: 300, 2: 150}],
)
@pytest.mark.parametrize("name", ["random-over", "smote", "borderline-2", "smote-tomek"])
def test_same_rows_for_every_strategy_of_over_samplers(name: str, strategy: Any) -> None:
    assert_same_rows(*both(name, {"sampling_strategy": strategy}), *table(5, 3))


@pytest.mark.parametrize(
    "strategy", ["auto", "majority", "not minority", "not majority", "all", {0: 40, 1: 20}]
)
def test_same_rows_for_every_strategy_of_under_samplers(strategy: Any) -> None:
    assert_same_rows(*both("random-under", {"sampling_strategy": strategy}), *table(5, 3))


@pytest.mark.parametrize("strategy", ["majority", [1, 2], "not majority"])
@pytest.mark.parametrize("name", ["tomek-links", "enn"])
def test_same_rows_for_every_strategy_of_cleaners(name: str, strategy: Any) -> None:
    ours, theirs = both(name, {"sampling_strategy": strategy})
    assert_same_rows(ours, theirs, *table(5, 3))


@pytest.mark.parametrize("ratio", [0.25, 0.5, 1.0, np.float64(0.75)])
@pytest.mark.parametrize("name", ["random-over", "smote", "random-under", "smote-enn"])
def test_same_rows_for_ratios(name: str, ratio: float) -> None:
    assert_same_rows(*both(name, {"sampling_strategy": ratio}), *table(5, 2))


def test_a_ratio_is_not_truncated_by_its_last_bit() -> None:
    # 0.29 * 100 is 28.999999999999996
    y = np.repeat([0, 1], [100, 20])
    X = np.arange(120.0).reshape(-1, 1)
    sampler = poise.RandomOverSampler(sampling_strategy=0.29)
    assert (sampler.fit_resample(X, y)[1] == 1).sum() == 29


def test_a_shared_random_state_continues_from_fit_to_fit() -> None:
    X, y = table(3, 2)
    mine, other = np.random.RandomState(1), np.random.RandomState(1)
    for _ in range(2):
        assert_same_rows(
            poise.SMOTE(random_state=mine),
            imblearn.over_sampling.SMOTE(random_state=other),
            X,
            y,
        )


def test_an_int_random_state_agrees_if_one_class_grows_in_one_batch() -> None:
    X, y = table(3, 2)
    assert_same_rows(
        poise.SMOTE(random_state=4), imblearn.over_sampling.SMOTE(random_state=4), X, y
    )


def test_make_imbalance_keeps_the_same_rows() -> None:
    X, y = table(3, 3)
    wanted = {0: 50, 2: 10}
    other = imblearn.datasets.make_imbalance(X, y, sampling_strategy=wanted, random_state=2)
    mine = poise.datasets.make_imbalance(X, y, sampling_strategy=wanted, random_state=2)
    np.testing.assert_array_equal(multiset(*mine)[0], multiset(*other)[0])
