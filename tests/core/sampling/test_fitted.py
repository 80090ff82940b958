"""Fitted attributes that users of imbalanced-learn read are there after a fit, for every method."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.svm import SVC

import poise
from poise import (
    SMOTE,
    SMOTEENN,
    SMOTEN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    ClusterCentroids,
    CondensedNearestNeighbour,
    InstanceHardnessThreshold,
    KMeansSMOTE,
    NearMiss,
    NeighbourhoodCleaningRule,
    OneSidedSelection,
    RandomOverSampler,
    RepeatedEditedNearestNeighbours,
    SMOTETomek,
)
from poise.core.errors import InputError
from poise.core.sampling.fitted import neighbors_in_class, neighbors_object

rng = np.random.RandomState(0)
y = np.array(["a"] * 60 + ["b"] * 25 + ["c"] * 15)
X = rng.randn(100, 3) + 1.2 * (y == "b")[:, None] + 0.7 * (y == "c")[:, None]
FRAME = pd.DataFrame(X, columns=["u", "v", "w"]).assign(
    t=rng.choice(["p", "q", "r"], 100), s=rng.choice(["p", "q"], 100)
)


@pytest.mark.parametrize(
    ("sampler", "numbers"),
    [
        (SMOTE(k_neighbors=4), {"nn_k_": 5}),
        (SMOTENC(["t"], k_neighbors=3), {"nn_k_": 4}),
        (SMOTEN(k_neighbors=3), {"nn_k_": 4}),
        (poise.ADASYN(n_neighbors=6), {"nn_": 7}),
        (BorderlineSMOTE(), {"nn_k_": 6, "nn_m_": 11}),
        (SVMSMOTE(m_neighbors=8), {"nn_k_": 6, "nn_m_": 9}),
        (KMeansSMOTE(kmeans_estimator=1, cluster_balance_threshold=0), {"nn_k_": 3}),
        (poise.EditedNearestNeighbours(), {"nn_": 4}),
        (RepeatedEditedNearestNeighbours(max_iter=1), {"nn_": 4}),
        (poise.AllKNN(), {"nn_": 4}),
        (NeighbourhoodCleaningRule(), {"nn_": 4}),
        (NearMiss(version=3), {"nn_": 4, "nn_ver3_": 4}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_neighbour_objects_have_one_neighbour_more_for_the_row_itself(
    sampler: Any, numbers: dict[str, int]
) -> None:
    table = FRAME if isinstance(sampler, SMOTENC | SMOTEN) else X
    fitted = clone(sampler).fit(table, y)
    for name, n_neighbors in numbers.items():
        found = getattr(fitted, name)
        assert isinstance(found, NearestNeighbors)
        assert found.n_neighbors == n_neighbors
    own = NearestNeighbors(n_neighbors=3, metric="manhattan")
    given = {name: own for name in sampler.get_params() if name.endswith("_neighbors")}
    fitted = clone(sampler).set_params(**given).fit(table, y)
    for name in [name for name in numbers if name != "nn_ver3_"]:
        assert getattr(fitted, name).metric == "manhattan"
        assert getattr(fitted, name) is not own


def test_the_neighbour_object_of_smote_searches_the_last_class_that_grew() -> None:
    for table in (X, sp.csr_array(X)):
        smote = SMOTE(random_state=0).fit(table, y)
        rows = smote.nn_k_.kneighbors(X[y == "c"][:4], return_distance=False)
        assert rows[:, 0].tolist() == [0, 1, 2, 3]
    with pytest.raises(Exception, match="not fitted"):
        SMOTE().fit(FRAME, y).nn_k_.kneighbors(X[:2])
    nothing = SMOTE(sampling_strategy={"a": 60}).fit(X, y)
    assert nothing.nn_k_.n_neighbors == 6
    assert neighbors_object(2).n_neighbors == 3


def test_a_table_with_missing_values_leaves_the_neighbour_object_unfitted() -> None:
    with_gaps = np.where(rng.rand(*X.shape) < 0.05, np.nan, X)
    smote = SMOTE(random_state=0).fit(with_gaps, y)
    assert not hasattr(smote.nn_k_, "n_samples_fit_")
    assert neighbors_in_class.__doc__


def test_a_pickle_holds_no_rows_of_the_table() -> None:
    smote = pickle.loads(pickle.dumps(SMOTE(random_state=0).fit(X, y)))
    assert not hasattr(smote, "nn_k_")
    assert smote.plan_.n_rows == 100
    condensed = CondensedNearestNeighbour(random_state=0).fit(X, y)
    assert len(condensed.estimators_) == 2
    assert not hasattr(pickle.loads(pickle.dumps(condensed)), "estimators_")


def test_shrinkage_is_known_for_each_class_that_grows() -> None:
    assert RandomOverSampler().fit(X, y).shrinkage_ is None
    assert RandomOverSampler(shrinkage=0.5).fit(X, y).shrinkage_ == {"b": 0.5, "c": 0.5}
    own = RandomOverSampler(shrinkage={"b": 0.1, "c": 2}).fit(X, y)
    assert own.shrinkage_ == {"b": 0.1, "c": 2.0}


def test_rows_in_danger_are_known_by_class() -> None:
    first = BorderlineSMOTE(random_state=0).fit(X, y)
    second = BorderlineSMOTE(kind="borderline-2", random_state=0).fit(X, y)
    assert set(first.in_danger_indices) == {"b", "c"}
    for label, rows in first.in_danger_indices.items():
        assert (y[rows] == label).all()
        np.testing.assert_array_equal(rows, second.in_danger_indices[label])
    seeds = first.plan_.lineage().seed[100:]
    assert set(seeds) <= set(np.concatenate(list(first.in_danger_indices.values())))
    apart = np.concatenate([X[:20], X[:10] + 100])
    with pytest.warns(poise.exceptions.NothingToDoWarning):
        assert not BorderlineSMOTE().fit(apart, [0] * 20 + [1] * 10).in_danger_indices


def test_smotenc_knows_its_columns_and_the_median_deviation_of_each_class() -> None:
    sampler = SMOTENC(["t", "s"], random_state=0).fit(FRAME, y)
    assert sampler.categorical_features_.tolist() == [3, 4]
    assert sampler.continuous_features_.tolist() == [0, 1, 2]
    assert set(sampler.median_std_) == {"b", "c"}
    expected = float(np.median(X[y == "c"].std(axis=0)))
    assert sampler.median_std_["c"] == pytest.approx(expected)
    assert SMOTENC().fit(FRAME, y).categorical_features_.tolist() == [3, 4]


def test_estimators_inside_methods_are_known() -> None:
    assert isinstance(SVMSMOTE(random_state=0).fit(X, y).svm_estimator_, SVC)
    linear = SVMSMOTE(svm_estimator=SVC(kernel="linear")).fit(X, y)
    assert linear.svm_estimator_.kernel == "linear"
    clusters = (
        KMeansSMOTE(kmeans_estimator=1, cluster_balance_threshold=0).fit(X, y).kmeans_estimator_
    )
    assert isinstance(clusters, MiniBatchKMeans)
    assert clusters.cluster_centers_.shape == (1, 3)
    hard = InstanceHardnessThreshold(LogisticRegression(), random_state=0).fit(X, y)
    assert isinstance(hard.estimator_, LogisticRegression)
    centroids = ClusterCentroids(random_state=0).fit(X, y)
    assert isinstance(centroids.estimator_, KMeans)
    assert centroids.voting_ == "soft"
    assert ClusterCentroids(random_state=0).fit(sp.csr_array(X), y).voting_ == "hard"
    assert NeighbourhoodCleaningRule().fit(X, y).classes_to_clean_ == ["a", "b"]
    assert RepeatedEditedNearestNeighbours(max_iter=1).fit(X, y).n_iter_ == 1


@pytest.mark.parametrize("sampler", [CondensedNearestNeighbour, OneSidedSelection])
def test_condensing_keeps_one_classifier_for_each_class_that_it_reduces(sampler: Any) -> None:
    fitted = sampler(random_state=0).fit(X, y)
    assert [model.classes_.tolist() for model in fitted.estimators_] == [["a", "c"], ["b", "c"]]
    if sampler is CondensedNearestNeighbour:
        for model, label in zip(fitted.estimators_, "ab", strict=True):
            of_class = np.isin(y, [label, "c"])
            assert (model.predict(X[of_class]) == y[of_class]).mean() == 1
    as_object = sampler(n_neighbors=KNeighborsClassifier(3), random_state=0).fit(X, y)
    as_number = sampler(n_neighbors=3, random_state=0).fit(X, y)
    np.testing.assert_array_equal(as_object.sample_indices_, as_number.sample_indices_)
    with pytest.raises(InputError, match="metric or weights of its own"):
        sampler(n_neighbors=KNeighborsClassifier(3, metric="manhattan")).fit(X, y)
    assert not hasattr(sampler(random_state=0).fit(FRAME, y).estimators_[0], "classes_")


def test_the_steps_of_combined_samplers_are_known() -> None:
    tomek = SMOTETomek(smote=SMOTE(k_neighbors=3), n_jobs=1, random_state=0).fit(X, y)
    assert tomek.smote_.k_neighbors == 3
    assert tomek.smote_.sampling_strategy_ == {"b": 35, "c": 45}
    assert tomek.tomek_.n_jobs == 1
    assert set(tomek.tomek_.sampling_strategy_) == {"a", "b", "c"}
    enn = SMOTEENN(random_state=0).fit(X, y)
    assert isinstance(enn.enn_, poise.EditedNearestNeighbours)
    assert enn.enn_.sampling_strategy == "all"
    assert not hasattr(enn, "nn_k_")


# Neighbour objects of the user


@pytest.mark.parametrize("version", [1, 2, 3])
def test_near_miss_with_a_neighbour_object_is_that_with_a_number(version: int) -> None:
    for metric in ("euclidean", "manhattan"):
        own = NearestNeighbors(n_neighbors=3, metric=metric)
        fitted = NearMiss(version=version, n_neighbors=own, n_neighbors_ver3=own).fit(X, y)
        number = NearMiss(version=version).fit(X, y)
        is_same = np.array_equal(fitted.sample_indices_, number.sample_indices_)
        assert is_same == (metric == "euclidean")
        counts = pd.Series(y[fitted.sample_indices_]).value_counts()
        assert counts.tolist() == [15, 15, 15]


@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(random_state=0),
        SMOTENC(["t", "s"], random_state=0),
        BorderlineSMOTE(random_state=0),
        NearMiss(),
        NearMiss(version=2),
        poise.EditedNearestNeighbours(),
    ],
    ids=lambda sampler: type(sampler).__name__,
)
def test_neighbour_objects_search_mixed_tables_with_the_distance_of_the_exact_search(
    sampler: Any,
) -> None:
    exact = clone(sampler).fit(FRAME, y)
    given = {}
    for name in sampler.get_params():
        if name.endswith("_neighbors"):
            given[name] = NearestNeighbors(n_neighbors=getattr(sampler, name), algorithm="brute")
    by_object = clone(sampler).set_params(**given).fit(FRAME, y)
    for mine, other in zip(by_object.plan_.lineage(), exact.plan_.lineage(), strict=True):
        np.testing.assert_array_equal(mine, other)


def test_smoten_gives_a_neighbour_object_the_distances_of_all_pairs() -> None:
    of_text = FRAME[["t", "s"]].assign(z=rng.choice(list("abcdef"), 100))

    class Seen(NearestNeighbors):  # type: ignore[misc]
        def fit(self, distances: Any, _: Any = None) -> Any:
            sizes.append((self.metric, distances.shape))
            return super().fit(distances)

    sizes: list[Any] = []
    sampler = SMOTEN(k_neighbors=Seen(n_neighbors=5), random_state=0)
    X_new, y_new = sampler.fit_resample(of_text, y)
    assert sizes == [("precomputed", (25, 25)), ("precomputed", (15, 15))]
    assert len(X_new) == len(y_new) == 180
    with pytest.raises(InputError, match="missing values"):
        sampler.fit(of_text.mask(rng.rand(100, 3) < 0.1), y)


def test_nothing_of_an_earlier_fit_stays() -> None:
    sampler = SVMSMOTE(random_state=0).fit(X, y)
    assert hasattr(sampler, "svm_estimator_")
    sampler.set_params(sampling_strategy={"a": 60}).fit(X, y)
    assert not hasattr(sampler, "svm_estimator_")
    near = NearMiss(version=3).fit(X, y)
    assert not hasattr(near.set_params(version=1).fit(X, y), "nn_ver3_")


def test_a_fit_that_fails_sets_nothing() -> None:
    own = pd.Series(np.arange(100) % 4, np.arange(100))
    frame, labels = pd.DataFrame(X), pd.Series(y)
    sampler = SMOTE(random_state=0)
    with pytest.raises(
        InputError, match=r"X and groups have the same index.*groups.loc\[X.index\]"
    ):
        sampler.fit_resample(frame, labels, groups=own[::-1])
    assert [name for name in vars(sampler) if name.endswith("_")] == []


def test_a_pickle_holds_no_support_vectors() -> None:
    sampler = SVMSMOTE(random_state=0).fit(X, y)
    stored = pickle.dumps(sampler)
    assert not any(row.tobytes() in stored for row in X)


def test_a_neighbour_object_need_not_be_an_estimator_of_scikit_learn() -> None:
    class Own:
        n_neighbors = 4

    own: Any = Own()
    found = neighbors_object(own)
    assert isinstance(found, Own)
    assert found is not own
