"""Repeated editing, condensing, NearMiss and the others: their rules, slowly, and parity."""

from __future__ import annotations

from typing import Any

import imblearn.under_sampling
import numpy as np
import pytest
from sklearn.cluster import MiniBatchKMeans
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.svm import SVC

import poise.under_sampling
from poise.core.errors import InputError, TooFewRowsError, UnsupportedTypeError
from poise.testing import oracle
from poise.under_sampling import (
    AllKNN,
    ClusterCentroids,
    CondensedNearestNeighbour,
    EditedNearestNeighbours,
    InstanceHardnessThreshold,
    NearMiss,
    NeighbourhoodCleaningRule,
    OneSidedSelection,
    RepeatedEditedNearestNeighbours,
)


def table(n_classes: int = 2, n_columns: int = 5, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return make_classification(
        n_samples=400,
        n_features=n_columns,
        n_informative=3,
        n_redundant=0,
        n_classes=n_classes,
        n_clusters_per_class=1,
        weights=[0.8] if n_classes == 2 else [0.6, 0.3],
        class_sep=0.6,
        random_state=seed,
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
def test_the_rows_are_imbalanced_learns(name: str, n_columns: int, n_classes: int) -> None:
    kind, given = SAME_ROWS[name]
    if name == "all-knn, allow" and n_classes == 3:
        pytest.skip("which classes are cleaned is decided anew there in each pass")
    X, y = table(n_classes, n_columns)
    theirs = getattr(imblearn.under_sampling, kind.__name__)
    state = {"random_state": np.random.RandomState(3)} if "random_state" in given else {}
    mine = kind(**given).fit_resample(X, y)[0]
    other = theirs(**(given | state)).fit_resample(X, y)[0]
    assert sorted(map(tuple, mine)) == sorted(map(tuple, other))


@pytest.mark.parametrize("kind", ["all", "mode"])
@pytest.mark.parametrize("seed", range(4))
def test_repeated_editing_is_editing_again_and_again(kind: str, seed: int) -> None:
    # Coarse values, so that distances tie and lists run out.
    draws = np.random.RandomState(seed)
    X = draws.randint(0, 9, size=(150, 2)) * 0.5
    y = (draws.uniform(size=150) < 0.25).astype(int)
    sampler = RepeatedEditedNearestNeighbours(kind_sel=kind, n_neighbors=2)
    kept, left = sampler.fit(X, y).sample_indices_, np.arange(150)
    for _ in range(sampler.n_iter_):
        gone = oracle.edited_out(X[left], y[left], 2, kind) & (y[left] == 0)
        left = left[~gone]
    assert kept.tolist() == left.tolist()


def test_all_knn_keeps_the_metric_of_a_neighbour_object() -> None:
    X, y = table()
    plain = AllKNN().fit(X, y).sample_indices_
    mine = AllKNN(n_neighbors=NearestNeighbors(n_neighbors=3, metric="chebyshev"))
    assert mine.fit(X, y).sample_indices_.tolist() != plain.tolist()


def test_editing_stops_when_a_class_has_become_the_smallest() -> None:
    draws = np.random.RandomState(0)
    X = np.concatenate([draws.randn(110, 2), draws.randn(90, 2) + 1.5])
    y = np.repeat([0, 1], [110, 90])
    once = EditedNearestNeighbours().fit(X, y).sample_indices_
    sampler = RepeatedEditedNearestNeighbours().fit(X, y)
    assert (y[once] == 0).sum() < 90
    assert sampler.sample_indices_.tolist() == once.tolist()
    assert sampler.n_iter_ == 1
    stopped = AllKNN(n_neighbors=9).fit(X, y).sample_indices_
    assert len(AllKNN(n_neighbors=9, allow_minority=True).fit(X, y).sample_indices_) < len(stopped)


def test_the_cleaning_rule_is_what_its_words_say() -> None:
    X, y = table()
    kept = NeighbourhoodCleaningRule().fit(X, y).sample_indices_
    nearest = oracle.nearest_others(X, 3)
    is_wrong = (y[nearest] != y[:, None]).sum(axis=1) >= 2
    gone = {row for row in range(400) if y[row] == 0 and is_wrong[row]}
    for rare in np.flatnonzero((y == 1) & is_wrong):
        gone |= {int(row) for row in nearest[rare] if y[row] == 0}
    assert kept.tolist() == [row for row in range(400) if row not in gone]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_a_condensed_class_still_classifies_all_of_its_rows(k: int) -> None:
    X, y = table(seed=4)
    sampler = CondensedNearestNeighbour(n_neighbors=k, random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    assert (y_new == 0).sum() < (y == 0).sum() / 2
    left_out = np.setdiff1d(np.flatnonzero(y == 0), sampler.sample_indices_)
    votes = KNeighborsClassifier(k).fit(X_new, y_new).predict_proba(X[left_out])
    assert (votes[:, 0] >= 0.5).all()


def test_a_seed_drawn_twice_comes_out_once() -> None:
    X, y = table()
    for sampler in (CondensedNearestNeighbour, OneSidedSelection):
        kept = sampler(n_seeds_S=200, random_state=0).fit(X, y).sample_indices_
        assert len(set(kept.tolist())) == len(kept)


def test_near_miss_3_widens_its_view_until_there_are_enough() -> None:
    X, y = table()
    y_new = NearMiss(version=3, n_neighbors_ver3=1).fit_resample(X, y)[1]
    assert np.bincount(y_new).tolist() == [(y == 1).sum()] * 2


def test_near_miss_2_is_the_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = table()
    whole = NearMiss(version=2).fit(X, y).sample_indices_
    monkeypatch.setattr("poise.under_sampling._near_miss._PAIRS_AT_ONCE", 500)
    assert NearMiss(version=2).fit(X, y).sample_indices_.tolist() == whole.tolist()


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_near_miss_2_is_exact_with_duplicates_and_far_from_zero(offset: float) -> None:
    draws = np.random.RandomState(0)
    X = np.concatenate([np.repeat(draws.randn(100, 3), 3, axis=0), draws.randn(60, 3)]) + offset
    y = np.repeat([0, 1], [300, 60])
    kept = NearMiss(version=2, n_neighbors=4).fit(X, y).sample_indices_
    distances = np.sqrt(((X[:300, None] - X[300:]) ** 2).sum(axis=2))
    score = np.sort(distances, axis=1)[:, -4:].mean(axis=1)
    assert kept[y[kept] == 0].tolist() == sorted(np.argsort(score, kind="stable")[:60].tolist())


@pytest.mark.parametrize("labels", [["no", "yes"], [-1, 1], [False, True]])
def test_hardness_is_of_the_class_whatever_its_label(labels: list[Any]) -> None:
    X, y = table()
    sampler = InstanceHardnessThreshold(LogisticRegression(), random_state=0)
    plain = sampler.fit(X, y).sample_indices_
    assert sampler.fit(X, np.array(labels)[y]).sample_indices_.tolist() == plain.tolist()
    assert (y[plain] == 0).sum() == (y == 1).sum()


def test_the_easy_rows_stay() -> None:
    X, y = table()
    kept = InstanceHardnessThreshold(LogisticRegression(), random_state=0).fit(X, y).sample_indices_
    easy = LogisticRegression().fit(X, y).predict_proba(X)[:, 0]
    gone = np.setdiff1d(np.flatnonzero(y == 0), kept)
    assert easy[kept[y[kept] == 0]].mean() > easy[gone].mean()


@pytest.mark.parametrize(
    ("sampler", "error", "words"),
    [
        (InstanceHardnessThreshold(SVC()), UnsupportedTypeError, "CalibratedClassifierCV"),
        (InstanceHardnessThreshold(cv=200), TooFewRowsError, "cv=200 rows in every class"),
        (InstanceHardnessThreshold(LogisticRegression()), InputError, "needs every value"),
        (NearMiss(n_neighbors=100), TooFewRowsError, "NearMiss needs more than"),
        (ClusterCentroids(estimator=LogisticRegression()), UnsupportedTypeError, "n_clusters"),
        (ClusterCentroids(), InputError, "needs every value"),
    ],
)
def test_what_cannot_be_done_is_told(sampler: Any, error: type[Exception], words: str) -> None:
    X, y = table()
    if "every value" in words:
        X[3, 1] = np.nan
    with pytest.raises(error, match=words):
        sampler.fit_resample(X, y)


def test_means_are_those_of_the_members_and_know_them() -> None:
    X, y = table()
    sampler = ClusterCentroids(random_state=0)
    X_new, y_new = sampler.fit_resample(X, y)
    depends = sampler.plan_.parents().toarray()
    new = np.flatnonzero(sampler.plan_.is_new)
    assert len(new) == (y == 1).sum()
    assert (y_new[new] == 0).all()
    for row in new:
        np.testing.assert_allclose(X_new[row], X[depends[row]].mean(axis=0))
    # Every row of the class is in one mean.
    assert (depends[new].sum(axis=0) == (y == 0)).all()
    assert set(sampler.plan_.lineage().origin[new]) == {"averaged"}


def test_hard_votes_are_rows_and_as_many_as_asked_even_among_duplicates() -> None:
    X, y = table()
    X[y == 0] = np.round(X[y == 0])
    sampler = ClusterCentroids(voting="hard", estimator=MiniBatchKMeans(), random_state=0)
    with np.errstate(all="ignore"):
        y_new = sampler.fit_resample(X, y)[1]
    assert np.bincount(y_new).tolist() == [(y == 1).sum()] * 2
    assert len(set(sampler.sample_indices_.tolist())) == len(y_new)


@pytest.mark.parametrize("name", poise.under_sampling.__all__)
@pytest.mark.parametrize("labels", [["no", "yes", "maybe"], [-1, 0, 1]])
def test_labels_are_names_alone(name: str, labels: list[Any]) -> None:
    X, y = table(3)
    kind = getattr(poise.under_sampling, name)
    given = {"random_state": 0} if "random_state" in kind().get_params() else {}
    if name == "InstanceHardnessThreshold":
        given["estimator"] = LogisticRegression()
    order = np.argsort(np.argsort(np.array(labels)))
    plain = kind(**given).fit_resample(X, order[y])[0]
    np.testing.assert_array_equal(kind(**given).fit_resample(X, np.array(labels)[y])[0], plain)


@pytest.mark.parametrize("kind", [EditedNearestNeighbours, RepeatedEditedNearestNeighbours, AllKNN])
def test_where_no_class_is_to_be_cleaned_all_rows_stay(kind: Any) -> None:
    X, y = table()
    assert len(kind(sampling_strategy=[]).fit_resample(X, y)[0]) == len(y)
