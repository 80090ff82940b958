"""The rest of the SMOTE family, ProWSyn, MGS and ROSE: what is special to each."""

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
from poise.core.errors import InputError, NothingToDoWarning, TooFewRowsError, UnsupportedTypeError
from poise.core.sampling.allocation import by_shares
from poise.over_sampling import (
    ADASYN,
    MGS,
    ROSE,
    SVMSMOTE,
    KMeansSMOTE,
    PolynomFitSMOTE,
    ProWSyn,
    SafeLevelSMOTE,
)
from poise.over_sampling._polynom_fit_smote import even_steps
from poise.over_sampling._safe_level_smote import safe_gaps
from poise.testing import oracle

KINDS = [ADASYN, MGS, ROSE, SVMSMOTE, KMeansSMOTE, PolynomFitSMOTE, ProWSyn, SafeLevelSMOTE]


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
    n_enemies = (Y[oracle.nearest_others(X, 5)] != 1).sum(axis=1) * (Y == 1)
    expected = len(seeds) * n_enemies / n_enemies.sum()
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


@given(st.integers(1, 40), st.integers(0, 200))
def test_steps_are_even_and_go_round(n_lines: int, n_rows: int) -> None:
    line, gap = even_steps(n_lines, n_rows, np.random.RandomState(0))
    on_line = np.bincount(line, minlength=n_lines)
    assert len(line) == n_rows
    assert on_line.max() - on_line.min() <= 1
    for number in range(n_lines):
        expected = np.arange(1, on_line[number] + 1) / (on_line[number] + 1)
        np.testing.assert_allclose(gap[line == number], expected)


def test_a_star_leads_to_the_mean_of_the_class() -> None:
    rare = X[Y == 1]
    sampler = PolynomFitSMOTE(random_state=0, sampling_strategy={1: 4 * len(rare)})
    new = sampler.fit_resample(X, Y)[0][len(Y) :]
    steps = np.array([1, 2, 3])[:, None] / 4
    expected = [row + steps * (rare.mean(axis=0) - row) for row in rare]
    np.testing.assert_allclose(new, np.concatenate(expected))
    assert len(sampler.plan_) == len(Y) + len(new)  # the mean itself is not put out
    assert (np.diff(sampler.plan_.parents()[len(Y) :].indptr) == len(rare)).all()


def test_a_mesh_joins_each_two_rows_once_and_a_bus_each_row_to_the_next() -> None:
    for n in (5, 6):
        values = np.arange(30.0)[:, None] / 7
        labels = np.repeat([0, 1], [30 - n, n])
        n_pairs = n * (n - 1) // 2
        mesh = PolynomFitSMOTE(topology="mesh", random_state=0, sampling_strategy={1: n + n_pairs})
        lineage = mesh.fit(values, labels).plan_.lineage()
        pairs = {frozenset(p) for p in zip(lineage.seed[30:], lineage.partner[30:], strict=True)}
        assert len(pairs) == n_pairs
        assert (lineage.gap[30:] == 0.5).all()
        bus = PolynomFitSMOTE(topology="bus", random_state=0, sampling_strategy={1: n + 2 * n - 2})
        lineage = bus.fit(values, labels).plan_.lineage()
        assert (lineage.partner[30:] == lineage.seed[30:] + 1).all()
        np.testing.assert_allclose(lineage.gap[30:], np.tile([1 / 3, 2 / 3], n - 1))


def test_a_star_takes_mixed_columns_with_gaps() -> None:
    frame = pd.DataFrame(X, columns=list("abcde"))
    frame["a"] = frame["a"].mask(np.arange(len(X)) % 7 == 0)
    frame["town"] = np.where(np.arange(len(X)) % 2, "Rome", "Oslo")
    sampler = PolynomFitSMOTE(random_state=0)
    new = sampler.fit_resample(frame, Y)[0].iloc[len(Y) :]
    seeds = frame.iloc[sampler.plan_.source[len(Y) :]]
    assert new["town"].tolist() == seeds["town"].tolist()
    assert new["a"].isna().tolist() == seeds["a"].isna().tolist()


def test_one_row_makes_no_line() -> None:
    with pytest.raises(TooFewRowsError, match="needs two rows .* class 1 has 1. Use RandomOver"):
        PolynomFitSMOTE().fit([[0.0], [1.0], [2.0]], [0, 0, 1])


def slow_levels(rare: np.ndarray, enemies: np.ndarray, k: int, n_levels: int) -> np.ndarray:
    level, left = np.full(len(rare), n_levels), list(range(len(rare)))
    for number in range(1, n_levels):
        near = set()
        for enemy in enemies:
            near |= set(
                sorted(left, key=lambda row: ((rare[row] - enemy) ** 2).sum())[:k]
            )  # used at once
        level[list(near)] = number
        left = [row for row in left if row not in near]
    return level


def test_prowsyns_weights_fall_by_level_and_partners_are_of_the_same() -> None:
    sampler = ProWSyn(k_neighbors=2, n_levels=3, theta=0.7, random_state=0)
    sampler.set_params(sampling_strategy={1: 3000})
    lineage = sampler.fit(X, Y).plan_.lineage()
    seeds, partners = lineage.seed[len(Y) :], lineage.partner[len(Y) :]
    level = np.zeros(len(Y), dtype=int)
    level[Y == 1] = slow_levels(X[Y == 1], X[Y == 0], 2, 3)
    assert set(level) == {0, 1, 2, 3}
    assert (level[seeds] == level[partners]).all()
    assert (seeds != partners).all()
    weight = np.where(Y == 1, np.exp(-0.7 * (level - 1)), 0)
    expected = len(seeds) * weight / weight.sum()
    assert (np.abs(np.bincount(seeds, minlength=len(Y)) - expected) < 1).all()


def test_levels_of_one_row_give_none_and_a_large_theta_is_no_division_by_zero() -> None:
    values = np.array([[0.0], [0.1], [0.2], [0.3], [1.0], [2.0], [3.0], [4.0]])
    labels = np.repeat([0, 1], [4, 4])
    sampler = ProWSyn(
        k_neighbors=1, n_levels=2, theta=1e6, sampling_strategy={1: 9}, random_state=0
    )
    lineage = sampler.fit(values, labels).plan_.lineage()
    assert set(lineage.seed[8:]) <= {5, 6, 7}
    sampler.set_params(n_levels=5)
    with pytest.warns(NothingToDoWarning, match="none of its 4 levels has two rows"):
        sampler.fit(values, labels)


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
