"""Edited neighbours: rows that disagree with their neighbours are removed, once or repeatedly."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from mixtures import a_mixture, as_rows, removed
from overlapping import table
from sklearn.neighbors import NearestNeighbors

from poise.core.errors import (
    ParameterError,
    TooFewRowsError,
)
from poise.core.neighbors.measure import measure_of
from poise.core.tables.labels import encode
from poise.testing import oracle
from poise.under_sampling import (
    AllKNN,
    EditedNearestNeighbours,
    RepeatedEditedNearestNeighbours,
)
from poise.under_sampling._edited_nearest_neighbours import VoteRule, has_reversed_majority


@pytest.mark.parametrize("kind", ["all", "mode"])
@pytest.mark.parametrize("seed", range(4))
def test_repeated_editing_equals_editing_in_a_loop(kind: str, seed: int) -> None:
    # Coarse values, so that distances tie and lists of neighbours run out.
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


def test_edited_neighbours_use_the_metric_and_count_of_a_neighbour_object() -> None:
    rng = np.random.RandomState(0)
    X, y = rng.randn(80, 3) * [1, 10, 1], rng.randint(0, 2, size=80)
    distances = np.abs(X[:, None] - X).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1)[:, :4]
    mine = NearestNeighbors(n_neighbors=4, metric="manhattan")
    sampler = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=mine)
    np.testing.assert_array_equal(removed(sampler, X, y), (y[nearest] != y[:, None]).any(axis=1))


@pytest.mark.filterwarnings("ignore::poise.core.errors.VanishingClassWarning")
@pytest.mark.parametrize("kind", ["all", "mode"])
@pytest.mark.parametrize("seed", range(6))
def test_rows_edited_from_mixed_columns_equal_the_oracle(seed: int, kind: str) -> None:
    values, labels = a_mixture(seed)
    mismatch = measure_of(values, 2).mismatch
    expected = oracle.edited_out(values, labels, 3, kind, n_nominal=2, mismatch=mismatch)
    enn = EditedNearestNeighbours(kind_sel=kind, sampling_strategy="all")
    sampler = enn.fit(as_rows(values), labels)
    np.testing.assert_array_equal(sampler.sample_indices_, np.flatnonzero(~expected))


def test_a_table_smaller_than_k_raises() -> None:
    with pytest.raises(TooFewRowsError, match="n_neighbors=3 rows; the table has 3. Pass n_neigh"):
        EditedNearestNeighbours().fit_resample(np.eye(3), [0, 0, 1])


def test_an_unknown_kind_raises() -> None:
    with pytest.raises(ParameterError, match="kind_sel"):
        EditedNearestNeighbours(kind_sel="some").fit_resample(np.eye(5), [0, 0, 0, 1, 1])


@pytest.mark.parametrize(
    ("kind", "k", "expected"),
    [
        ("all", 3, {"k": 3, "rank": 1, "wanted": 3, "is_exact": True}),
        ("mode", 3, {"k": 3, "rank": 2, "wanted": 2, "is_exact": False}),
        ("mode", 4, {"k": 4, "rank": 3, "wanted": 2, "is_exact": False}),
    ],
)
def test_a_vote_is_a_rank_and_a_number_of_nearer_rows(kind: str, k: int, expected: Any) -> None:
    assert EditedNearestNeighbours(n_neighbors=k, kind_sel=kind).rule == VoteRule(**expected)


def test_a_majority_is_reversed_if_a_class_is_empty_or_smaller_than_the_smallest_was() -> None:
    problem: Any = SimpleNamespace(labels=encode(np.array([0, 0, 0, 1, 1])))
    for is_there, is_reversed, is_gone in (
        ([1, 1, 1, 1, 1], False, False),
        ([1, 1, 0, 1, 1], False, False),
        ([1, 0, 0, 1, 1], True, False),
        ([1, 1, 1, 1, 0], False, False),
        ([1, 1, 1, 0, 0], True, True),
    ):
        mask = np.array(is_there, dtype=bool)
        assert has_reversed_majority(problem, mask) == is_reversed
        assert has_reversed_majority(problem, mask, may_be_smallest=True) == is_gone
