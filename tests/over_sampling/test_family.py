"""ADASYN, SVM-, k-means and safe-level SMOTE, MGS and ROSE: what is special to each."""

from __future__ import annotations

from typing import Any

import imblearn.over_sampling
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import make_blobs, make_classification
from sklearn.linear_model import LogisticRegression

import poise
from poise import Proportion
from poise.core.allocation import by_shares
from poise.core.errors import InputError, NothingToDoWarning, UnsupportedTypeError
from poise.core.segments import between_neighbors
from poise.over_sampling import ADASYN, MGS, ROSE, SVMSMOTE, KMeansSMOTE, SafeLevelSMOTE
from poise.over_sampling._safe_level_smote import safe_gaps
from poise.testing import oracle

KINDS = [ADASYN, MGS, ROSE, SVMSMOTE, KMeansSMOTE, SafeLevelSMOTE]


def table(n_classes: int = 2, n_columns: int = 5) -> tuple[np.ndarray, np.ndarray]:
    return make_classification(
        n_samples=400,
        n_features=n_columns,
        n_informative=3,
        n_redundant=0,
        n_classes=n_classes,
        n_clusters_per_class=1,
        weights=[0.8] if n_classes == 2 else [0.6, 0.3],
        class_sep=0.6,
        random_state=1,
    )


X, Y = table()


def sampler_of(kind: Any) -> Any:
    more = {"cluster_balance_threshold": 0.05} if kind is KMeansSMOTE else {}
    return kind(random_state=0, **more)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_counts_are_exact(kind: Any, n_classes: int) -> None:
    values, labels = table(n_classes)
    y_new = sampler_of(kind).fit_resample(values, labels)[1]
    assert set(np.bincount(y_new)) == {np.bincount(labels).max()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("labels", [["no", "yes", "maybe"], [-1, 0, 1]])
def test_labels_are_names_alone(kind: Any, labels: list[Any]) -> None:
    values, codes = table(3)
    order = np.argsort(np.argsort(np.array(labels)))
    plain = sampler_of(kind).fit_resample(values, order[codes])[0]
    named = sampler_of(kind).fit_resample(values, np.array(labels)[codes])[0]
    np.testing.assert_array_equal(named, plain)


@pytest.mark.parametrize("n_columns", [5, 20])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_svm_smotes_rows_are_imbalanced_learns(n_classes: int, n_columns: int) -> None:
    values, labels = table(n_classes, n_columns)
    ours = SVMSMOTE(random_state=5).fit_resample(values, labels)[0]
    state = np.random.RandomState(5)
    theirs = imblearn.over_sampling.SVMSMOTE(random_state=state).fit_resample(values, labels)[0]
    np.testing.assert_allclose(np.sort(ours, axis=0), np.sort(theirs, axis=0), rtol=1e-7)


def test_svm_smote_makes_all_rows_where_one_kind_is_lacking() -> None:
    far = np.concatenate([X[Y == 0], X[Y == 1] + 30])
    labels = np.repeat([0, 1], np.bincount(Y))
    sampler = SVMSMOTE(random_state=0)
    y_new = sampler.fit_resample(far, labels)[1]
    assert len(set(np.bincount(y_new))) == 1
    gaps = sampler.plan_.lineage().gap[len(labels) :]
    assert ((gaps <= 0) & (gaps >= -0.5)).all()  # from safe vectors alone, outward


def test_adasyns_seeds_are_in_proportion_to_their_foes() -> None:
    sampler = ADASYN(random_state=0, sampling_strategy={1: 5000}).fit(X, Y)
    seeds = sampler.plan_.lineage().seed[len(Y) :]
    n_foes = (Y[oracle.nearest_others(X, 5)] != 1).sum(axis=1) * (Y == 1)
    expected = len(seeds) * n_foes / n_foes.sum()
    assert (np.abs(np.bincount(seeds, minlength=len(Y)) - expected) < 1).all()


@pytest.mark.parametrize("kind", [ADASYN, SVMSMOTE, KMeansSMOTE])
def test_a_class_with_nothing_to_do_stays_and_a_warning_says_why(kind: Any) -> None:
    values, labels = X.copy(), Y
    sampler = kind(random_state=0)
    if kind is ADASYN:
        values[Y == 1] += 100
    elif kind is SVMSMOTE:
        values = np.random.RandomState(0).randn(*X.shape)
        labels = np.zeros(len(X), dtype=int)
        labels[[0, 133, 266]] = 1
        sampler.set_params(k_neighbors=2)
    else:
        sampler.set_params(cluster_balance_threshold=1.0, kmeans_estimator=1)
    with pytest.warns(NothingToDoWarning, match=f"{kind.__name__} adds no rows to class 1"):
        X_new, _ = sampler.fit_resample(values, labels)
    np.testing.assert_array_equal(X_new, values)


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 2**31))
def test_safe_gaps_are_the_papers_five_cases(of_seed: int, of_partner: int, seed: int) -> None:
    if of_seed == of_partner == 0:
        return
    u = np.random.RandomState(seed).uniform()
    gap = safe_gaps(np.array([of_seed]), np.array([of_partner]), np.random.RandomState(seed))[0]
    if of_partner == 0:
        assert gap == 0
    elif of_seed >= of_partner:
        assert gap == pytest.approx(u * of_partner / of_seed)
    else:
        assert 1 - of_seed / of_partner <= gap <= 1


def test_k_means_smote_stays_inside_its_clusters() -> None:
    centers = [(-10, 0), (0, 0), (10, 0), (0, 20)]
    values, blob = make_blobs([100, 20, 100, 20], centers=centers, random_state=0)
    labels = np.isin(blob, [1, 3]).astype(int)
    sampler = KMeansSMOTE(kmeans_estimator=KMeans(4), random_state=0)
    lineage = sampler.fit(values, labels).plan_.lineage()
    new = lineage.partner >= 0
    assert new.sum() == 160
    assert (blob[lineage.seed[new]] == blob[lineage.partner[new]]).all()


def test_the_mean_of_mgs_and_its_covariance_are_those_of_the_neighbourhood() -> None:
    rare = X[Y == 1][:6]
    values = np.concatenate([X[Y == 0], rare])
    labels = np.repeat([0, 1], [len(values) - 6, 6])
    sampler = MGS(sampling_strategy={1: 40_006}, random_state=0)
    new = sampler.fit_resample(values, labels)[0][len(values) :]
    # With five neighbours every seed's Gaussian is that of all six rows.
    np.testing.assert_allclose(new.mean(axis=0), rare.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(np.cov(new.T), np.cov(rare.T, bias=True), atol=0.06)


def test_roses_noise_has_the_classs_own_bandwidth() -> None:
    sampler = ROSE(random_state=0, sampling_strategy={1: 40_000})
    new = sampler.fit_resample(X, Y)[0][len(Y) :]
    noise = new - X[sampler.plan_.source[len(Y) :]]
    rare = X[Y == 1]
    n, d = rare.shape
    bandwidth = (4 / ((d + 2) * n)) ** (1 / (d + 4)) * rare.std(axis=0, ddof=1)
    np.testing.assert_allclose(noise.std(axis=0), bandwidth, rtol=0.02)


@pytest.mark.parametrize(
    ("sampler", "words"),
    [
        (SVMSMOTE(svm_estimator=LogisticRegression()), "has no support_"),
        (KMeansSMOTE(kmeans_estimator=DBSCAN(eps=1e-9)), "holds no"),
    ],
)
@pytest.mark.filterwarnings("ignore::poise.core.errors.NothingToDoWarning")
def test_estimators_that_do_not_fit_are_told(sampler: Any, words: str) -> None:
    if "support" in words:
        with pytest.raises(UnsupportedTypeError, match=words):
            sampler.fit_resample(X, Y)
    else:
        assert len(sampler.fit_resample(X, Y)[0]) == len(Y)


@pytest.mark.parametrize("kind", [SVMSMOTE, KMeansSMOTE, ROSE])
def test_text_is_refused_where_numbers_are_needed(kind: Any) -> None:
    frame = pd.DataFrame(X).assign(town="Rome")
    frame.columns = frame.columns.astype(str)
    with pytest.raises(InputError, match="column 'town' holds text or categories"):
        kind().fit_resample(frame, Y)


# Shares


@given(st.integers(0, 1000), st.lists(st.floats(0, 100), min_size=1, max_size=9))
def test_shares_add_up_and_are_off_by_less_than_one(n_rows: int, weights: list[float]) -> None:
    if sum(weights) < 1e-6:
        return
    given_weights = np.array(weights)
    whole = by_shares(n_rows, given_weights)
    assert whole.sum() == n_rows
    assert (np.abs(whole - n_rows * given_weights / given_weights.sum()) < 1 + 1e-6).all()


def test_a_proportion_fills_part_of_what_is_lacking() -> None:
    labels = np.repeat(["a", "b", "c"], [100, 40, 21])
    values = np.arange(161).reshape(-1, 1)
    sampler = poise.RandomOverSampler(sampling_strategy=Proportion(0.25), random_state=0)
    sampler.fit(values, labels)
    assert sampler.sampling_strategy_ == {"b": 15, "c": 19}
    assert repr(Proportion(0.25)) == "Proportion(share=0.25)"
    with pytest.raises(InputError, match="from 0 to 1"):
        Proportion(2)


# Fifteen faults that a peer found in its own code, each as a test (those of other methods are with them)


def test_a_class_of_one_row_draws_that_row() -> None:
    y = np.repeat([0, 1], [9, 1])
    X_new, _ = poise.RandomOverSampler(random_state=0).fit_resample(np.arange(10).reshape(-1, 1), y)
    assert (X_new[10:] == 9).all()


def test_an_unused_category_of_the_target_deletes_nothing() -> None:
    y = pd.Series(pd.Categorical(np.array(["a", "b"])[Y], categories=["a", "b", "never"]))
    for name in ("near-miss", "random-under", "smote"):
        y_new = poise.resample(X, y, method=name).y
        assert y_new.value_counts()[["a", "b"]].min() > 0


def test_a_row_of_one_candidate_gets_that_partner() -> None:
    made = between_neighbors(
        np.array([4]), lambda rows: np.array([[7]] * len(rows)), 1, 5, np.random.RandomState(0)
    )
    assert set(made.segment.partner.tolist()) == {7}


def test_near_miss_keeps_the_rows_that_it_ranked() -> None:
    kept = poise.NearMiss().fit(X, Y).sample_indices_
    rare = X[Y == 1]
    distances = np.sqrt(((X[:, None] - rare) ** 2).sum(axis=2))
    score = np.sort(distances, axis=1)[:, :3].mean(axis=1)
    common = np.flatnonzero(Y == 0)
    best = common[np.argsort(score[common], kind="stable")][: len(rare)]
    assert sorted(kept[Y[kept] == 0].tolist()) == sorted(best.tolist())


def test_a_class_that_is_large_enough_is_left_alone() -> None:
    values, labels = table(3)
    counts = np.bincount(labels)
    sampler = poise.RandomOverSampler(sampling_strategy="minority", random_state=0)
    y_new = sampler.fit_resample(values, labels)[1]
    rare = counts.argmin()
    assert np.delete(np.bincount(y_new), rare).tolist() == np.delete(counts, rare).tolist()


def test_tomek_links_lose_one_end_unless_both_are_asked_for() -> None:
    values, labels = np.array([[0.0], [1.0], [1.1], [5.0]]), [0, 0, 1, 0]
    assert len(poise.TomekLinks().fit_resample(values, labels)[0]) == 3
    assert len(poise.TomekLinks(sampling_strategy="majority").fit_resample(values, labels)[0]) == 3
