"""Under-samplers equal imbalanced-learn, and raise on impossible requests."""

from __future__ import annotations

from typing import Any

import imblearn.under_sampling
import numpy as np
import pandas as pd
import pytest
from overlapping import table
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

import poise.under_sampling
from poise.core.errors import InputError, ParameterError, TooFewRowsError, UnsupportedTypeError
from poise.under_sampling import (
    AllKNN,
    ClusterCentroids,
    CondensedNearestNeighbour,
    EditedNearestNeighbours,
    InstanceHardnessThreshold,
    NearMiss,
    NeighbourhoodCleaningRule,
    OneSidedSelection,
    RandomUnderSampler,
    RepeatedEditedNearestNeighbours,
)

SAME_ROWS = {
    "renn": (RepeatedEditedNearestNeighbours, {}),
    "renn, k=5": (RepeatedEditedNearestNeighbours, {"n_neighbors": 5}),
    "renn, two passes": (RepeatedEditedNearestNeighbours, {"max_iter": 2}),
    "all-knn": (AllKNN, {"n_neighbors": 5}),
    "all-knn, allow": (AllKNN, {"allow_minority": True}),
    "oss": (OneSidedSelection, {"random_state": 3}),
    "near-miss 1": (NearMiss, {"version": 1}),
    "near-miss 2": (NearMiss, {"version": 2, "n_neighbors": 5}),
    "near-miss 3": (NearMiss, {"version": 3, "n_neighbors_ver3": 20}),
}


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("n_columns", [4, 20])
@pytest.mark.parametrize("name", SAME_ROWS)
def test_the_rows_equal_those_of_imbalanced_learn(
    name: str, n_columns: int, n_classes: int
) -> None:
    kind, given = SAME_ROWS[name]
    if name == "all-knn, allow" and n_classes == 3:
        pytest.skip("imbalanced-learn chooses the classes to clean again in each pass")
    X, y = table(n_classes, n_columns)
    theirs = getattr(imblearn.under_sampling, kind.__name__)
    state = {"random_state": np.random.RandomState(3)} if "random_state" in given else {}
    mine = kind(**given).fit_resample(X, y)[0]
    other = theirs(**(given | state)).fit_resample(X, y)[0]
    assert sorted(map(tuple, mine)) == sorted(map(tuple, other))


@pytest.mark.parametrize(
    ("sampler", "error", "words"),
    [
        (InstanceHardnessThreshold(SVC()), UnsupportedTypeError, "CalibratedClassifierCV"),
        (InstanceHardnessThreshold(cv=200), TooFewRowsError, "cv=200 rows in every class"),
        (InstanceHardnessThreshold(LogisticRegression()), InputError, "needs every value"),
        (NearMiss(n_neighbors=100), TooFewRowsError, "NearMiss needs at least"),
        (ClusterCentroids(estimator=LogisticRegression()), UnsupportedTypeError, "n_clusters"),
        (ClusterCentroids(), InputError, "needs every value"),
    ],
)
def test_impossible_requests_raise(sampler: Any, error: type[Exception], words: str) -> None:
    X, y = table()
    if "every value" in words:
        X[3, 1] = np.nan
    with pytest.raises(error, match=words):
        sampler.fit_resample(X, y)


@pytest.mark.parametrize("name", poise.under_sampling.__all__)
@pytest.mark.parametrize("labels", [["no", "yes", "maybe"], [-1, 0, 1]])
def test_labels_are_only_names(name: str, labels: list[Any]) -> None:
    X, y = table(3)
    kind = getattr(poise.under_sampling, name)
    given = {"random_state": 0} if "random_state" in kind().get_params() else {}
    if name == "InstanceHardnessThreshold":
        given["estimator"] = LogisticRegression()
    order = np.argsort(np.argsort(np.array(labels)))
    plain = kind(**given).fit_resample(X, order[y])[0]
    np.testing.assert_array_equal(kind(**given).fit_resample(X, np.array(labels)[y])[0], plain)


@pytest.mark.parametrize("kind", [EditedNearestNeighbours, RepeatedEditedNearestNeighbours, AllKNN])
def test_without_a_class_to_clean_all_rows_are_kept(kind: Any) -> None:
    X, y = table()
    assert len(kind(sampling_strategy=[]).fit_resample(X, y)[0]) == len(y)


DEFAULTS = {
    AllKNN: {"n_neighbors": 3, "allow_minority": False},
    CondensedNearestNeighbour: {"n_neighbors": 1, "n_seeds_S": 1},
    EditedNearestNeighbours: {"n_neighbors": 3},
    InstanceHardnessThreshold: {"cv": 5},
    NearMiss: {"version": 1, "n_neighbors": 3, "n_neighbors_ver3": 3},
    NeighbourhoodCleaningRule: {"n_neighbors": 3, "threshold_cleaning": 0.5},
    OneSidedSelection: {"n_neighbors": 1, "n_seeds_S": 1},
    RandomUnderSampler: {"replacement": False},
    RepeatedEditedNearestNeighbours: {"n_neighbors": 3, "max_iter": 100},
}


@pytest.mark.parametrize("kind", DEFAULTS)
def test_numbers_have_the_documented_defaults(kind: Any) -> None:
    given = kind().fit(*table()).get_params()
    assert {name: given[name] for name in DEFAULTS[kind]} == DEFAULTS[kind]


@pytest.mark.parametrize(
    ("kind", "name", "allowed", "refused"),
    [
        (ClusterCentroids, "estimator", [None, KMeans()], ["kmeans"]),
        (InstanceHardnessThreshold, "estimator", [None, LogisticRegression()], ["logistic"]),
        (InstanceHardnessThreshold, "cv", [2], [1]),
        (NearMiss, "version", [1, 2, 3], [0, 4]),
        (NeighbourhoodCleaningRule, "threshold_cleaning", [0.1], [0, np.inf]),
    ],
)
def test_parameters_are_checked_up_to_the_ends_of_their_ranges(
    kind: Any, name: str, allowed: list[Any], refused: list[Any]
) -> None:
    for value in allowed:
        kind(**{name: value}).fit(*table())
    for value in refused:
        with pytest.raises(ParameterError, match=f"'{name}' parameter of {kind.__name__} must be"):
            kind(**{name: value}).fit(*table())


@pytest.mark.parametrize(
    "kind", [AllKNN, NeighbourhoodCleaningRule, RepeatedEditedNearestNeighbours]
)
def test_a_table_needs_more_rows_than_neighbours(kind: Any) -> None:
    with pytest.raises(
        TooFewRowsError, match=f"{kind.__name__} needs more than n_neighbors=3 rows"
    ):
        kind().fit([[0.0], [1.0], [2.0]], [0, 0, 1])


@pytest.mark.parametrize(
    "sampler",
    [
        CondensedNearestNeighbour(random_state=0),
        OneSidedSelection(n_seeds_S=3, random_state=0),
        NearMiss(version=1),
        NearMiss(version=3),
    ],
    ids=str,
)
def test_a_category_counts_as_much_as_the_numbers_of_all_rows_vary(sampler: Any) -> None:
    """Two categories are as far apart as a typical deviation of the numbers, which the small class lacks."""
    draws = np.random.RandomState(0)
    y = np.repeat([0, 1], [90, 30])
    numbers, town = draws.randn(120, 2) * np.where(y == 1, 9.0, 1.0)[:, None], draws.rand(120) < 0.5
    frame = pd.DataFrame(numbers, columns=["a", "b"])
    apart = np.median(numbers.std(axis=0))
    mixed = sampler.fit(frame.assign(town=np.where(town, "Rome", "Oslo")), y).sample_indices_
    plain = sampler.fit(frame.assign(town=apart * town), y).sample_indices_
    assert mixed.tolist() == plain.tolist()
