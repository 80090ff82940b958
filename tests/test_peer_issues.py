"""Faults that the R package themis found in its own code (issues 235 to 263): one test each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.neighbors import NearestNeighbors

import poise
from poise.core.errors import InputError, NothingToDoWarning
from poise.core.sampling.draws import SeedNeighborPairs, draw
from poise.testing import oracle

X, Y = make_classification(
    n_samples=300,
    n_features=4,
    n_informative=3,
    n_redundant=0,
    weights=[0.8],
    class_sep=0.6,
    random_state=1,
)


def test_235_danger_is_most_but_not_all_enemies() -> None:
    lineage = poise.BorderlineSMOTE(random_state=0, m_neighbors=6).fit(X, Y).plan_.lineage()
    n_enemies = (Y[oracle.nearest_others(X, 6)] == 0).sum(axis=1)
    assert set(n_enemies[lineage.seed[len(Y) :]]) <= {3, 4, 5}


def test_236_near_miss_keeps_the_rows_that_it_ranked() -> None:
    kept = poise.NearMiss().fit(X, Y).sample_indices_
    rare = X[Y == 1]
    distances = np.sqrt(((X[:, None] - rare) ** 2).sum(axis=2))
    score = np.sort(distances, axis=1)[:, :3].mean(axis=1)
    common = np.flatnonzero(Y == 0)
    best = common[np.argsort(score[common], kind="stable")][: len(rare)]
    assert sorted(kept[Y[kept] == 0].tolist()) == sorted(best.tolist())


@pytest.mark.parametrize("name", ["near-miss", "random-under", "smote"])
def test_238_an_unused_category_of_the_target_removes_no_rows(name: str) -> None:
    y = pd.Series(pd.Categorical(np.array(["a", "b"])[Y], categories=["a", "b", "never"]))
    y_new = poise.resample(X, y, method=name).y
    assert y_new.value_counts()[["a", "b"]].min() > 0


def test_239_a_row_with_a_single_enemy_near_gets_its_share() -> None:
    sampler = poise.ADASYN(random_state=0, sampling_strategy={1: 5000}).fit(X, Y)
    n_enemies = (Y[oracle.nearest_others(X, 5)] == 0).sum(axis=1) * (Y == 1)
    seeds = np.bincount(sampler.plan_.lineage().seed[len(Y) :], minlength=len(Y))
    assert (n_enemies == 1).any()
    assert (seeds[n_enemies == 1] > 0).all()


def test_240_separated_classes_warn_and_do_not_crash() -> None:
    apart = X + 100 * Y[:, None]
    with pytest.warns(NothingToDoWarning, match="ADASYN adds no rows"):
        X_new, _ = poise.ADASYN(random_state=0).fit_resample(apart, Y)
    np.testing.assert_array_equal(X_new, apart)


def test_241_the_neighbours_of_the_seed_row_vote_not_those_of_the_partner() -> None:
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["town"] = np.random.RandomState(0).choice(["Oslo", "Rome", "Wien"], len(Y))
    sampler = poise.SMOTENC(random_state=0, k_neighbors=5, neighbor_space="standard")
    new = sampler.fit_resample(frame, Y)[0].iloc[len(Y) :]
    for vote, town in zip(sampler.plan_.made[0].ballot, new["town"], strict=True):
        voters = frame["town"].iloc[sampler.plan_.made[0].voters[vote]]
        assert town in voters.mode().tolist()


def test_242_borderline_2_starts_from_the_class_that_grows() -> None:
    lineage = poise.BorderlineSMOTE(kind="borderline-2", random_state=0).fit(X, Y).plan_.lineage()
    assert set(Y[lineage.seed[len(Y) :]]) == {1}


def test_243_a_missing_weight_is_refused_with_its_row() -> None:
    row = np.flatnonzero(Y)[0]
    weights = np.where(np.arange(len(Y)) == row, np.nan, 1.0)
    with pytest.raises(InputError, match=f"that of row {row} is nan"):
        poise.SMOTE(random_state=0).fit_resample(X, Y, sample_weight=weights)


def test_244_cosine_neighbours_are_those_of_the_cosine() -> None:
    k_neighbors = NearestNeighbors(n_neighbors=3, metric="cosine", algorithm="brute")
    sampler = poise.SMOTE(k_neighbors=k_neighbors, random_state=0).fit(X, Y)
    lineage = sampler.plan_.lineage()
    rare = np.flatnonzero(Y)
    unit = X[rare] / np.linalg.norm(X[rare], axis=1, keepdims=True)
    likeness = unit @ unit.T
    np.fill_diagonal(likeness, -np.inf)
    three = rare[np.argsort(-likeness, axis=1)[:, :3]]
    for seed, partner in zip(lineage.seed[len(Y) :], lineage.partner[len(Y) :], strict=True):
        assert partner in three[np.searchsorted(rare, seed)]


def test_245_a_row_of_one_candidate_gets_that_partner() -> None:
    pairs = SeedNeighborPairs(np.array([4]), lambda rows: np.array([[7]] * len(rows)), 1)
    made = draw(pairs, 5, np.random.RandomState(0))
    assert set(made.partner.tolist()) == {7}


def test_247_a_row_is_not_its_own_neighbour_but_its_duplicate_is() -> None:
    twins = np.concatenate([X[Y == 0], np.repeat(X[Y == 1][:3], 2, axis=0)])
    labels = np.repeat([0, 1], [len(twins) - 6, 6])
    lineage = poise.SMOTE(k_neighbors=1, random_state=0).fit(twins, labels).plan_.lineage()
    seeds, partners = lineage.seed[len(labels) :], lineage.partner[len(labels) :]
    assert (seeds != partners).all()
    np.testing.assert_array_equal(twins[seeds], twins[partners])


def test_248_a_ratio_loses_no_row_to_rounding() -> None:
    values, labels = np.arange(128.0)[:, None], np.repeat([0, 1], [100, 28])
    sampler = poise.RandomOverSampler(sampling_strategy=0.29, random_state=0)  # .29 * 100 < 29
    assert (sampler.fit_resample(values, labels)[1] == 1).sum() == 29


def test_250_one_sided_selection_equals_its_paper() -> None:
    sampler = poise.OneSidedSelection(random_state=3).fit(X, Y)
    common, rare = np.flatnonzero(Y == 0), np.flatnonzero(Y == 1)
    seed = common[np.random.RandomState(3).randint(len(common))]
    store = np.append(rare, seed)
    nearest = store[((X[:, None] - X[store]) ** 2).sum(axis=2).argmin(axis=1)]
    is_kept = (Y == 1) | (Y[nearest] == 1)
    is_kept[seed] = True
    kept = np.flatnonzero(is_kept)
    linked = oracle.in_tomek_links(X[kept], Y[kept]) & (Y[kept] == 0)
    assert sampler.sample_indices_.tolist() == kept[~linked].tolist()


def test_262_tomek_links_lose_one_row_unless_both_are_requested() -> None:
    values, labels = np.array([[0.0], [1.0], [1.1], [5.0], [9.0], [9.1]]), [0, 0, 1, 0, 1, 1]
    assert len(poise.TomekLinks(sampling_strategy=[0]).fit_resample(values, labels)[0]) == 5
    assert len(poise.TomekLinks(sampling_strategy="all").fit_resample(values, labels)[0]) == 4


def test_263_a_class_that_is_large_enough_is_left_alone() -> None:
    labels = np.repeat([0, 1, 2], [150, 100, 50])
    sampler = poise.RandomOverSampler(sampling_strategy={1: 100, 2: 120}, random_state=0)
    sampler.fit(X, labels)
    assert np.bincount(labels[sampler.plan_.source]).tolist() == [150, 100, 120]
