"""NearMiss keeps the rows whose mean distance to the smallest class is small."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from overlapping import table
from sklearn.neighbors import NearestNeighbors

from poise.core.errors import TooFewRowsError
from poise.under_sampling import (
    NearMiss,
)


def test_near_miss_3_adds_candidates_until_there_are_enough() -> None:
    X, y = table()
    y_new = NearMiss(version=3, n_neighbors_ver3=1).fit_resample(X, y)[1]
    assert np.bincount(y_new).tolist() == [(y == 1).sum()] * 2


def test_the_block_size_does_not_change_near_miss_2(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_rows_without_a_filled_column_in_common_are_not_far() -> None:
    """Row 0 shares a column with one of the two rare rows only; its distance to the other is unknown."""
    X = np.array([[0.0, np.nan], [0.9, 0.9], [1.5, 1.5], [1.6, 1.6], [0.4, np.nan], [np.nan, 0.4]])
    y = np.array([0, 0, 0, 0, 1, 1])
    kept = NearMiss(sampling_strategy={0: 1}, version=2, n_neighbors=2).fit(X, y).sample_indices_
    assert kept[y[kept] == 0].tolist() == [0]


def test_sparse_tables_keep_the_same_rows_in_every_version() -> None:
    cells = np.where(
        np.random.RandomState(0).rand(90, 4) < 0.4, 0.0, np.random.RandomState(1).randn(90, 4)
    )
    labels = np.repeat([0, 1], [70, 20])
    for version in (1, 2, 3):
        dense = NearMiss(version=version).fit(cells, labels)
        for kind in (sp.csr_matrix, sp.csc_array):
            sparse = NearMiss(version=version).fit(kind(cells), labels)
            np.testing.assert_array_equal(sparse.sample_indices_, dense.sample_indices_)


def test_more_neighbours_than_the_smallest_class_has_rows_are_refused_by_its_name() -> None:
    X, y = np.random.RandomState(0).rand(60, 2), np.repeat([0, 1], [42, 18])
    reason = (
        "at least n_neighbors=1000 rows in the smallest class; class 1 has 18. Pass n_neighbors=18"
    )
    with pytest.raises(TooFewRowsError, match=reason):
        NearMiss(n_neighbors=1000).fit(X, y)


def test_the_smallest_class_has_a_row_for_each_neighbour() -> None:
    X, y = np.arange(12.0)[:, None], np.repeat([0, 1], [10, 2])
    with pytest.raises(TooFewRowsError, match="needs at least n_neighbors=3 rows .* has 2"):
        NearMiss(n_neighbors=3).fit(X, y)
    assert len(NearMiss(n_neighbors=2).fit(X, y).sample_indices_) == 4


def test_the_smallest_class_itself_keeps_its_first_rows() -> None:
    X, y = table()
    kept = NearMiss(sampling_strategy={0: 20, 1: 5}).fit(X, y).sample_indices_
    assert kept[y[kept] == 1].tolist() == np.flatnonzero(y == 1)[:5].tolist()


def test_a_neighbour_object_measures_the_farthest_rows_alike() -> None:
    X, y = table()
    plain = NearMiss(version=2, n_neighbors=3).fit(X, y).sample_indices_
    mine = NearMiss(version=2, n_neighbors=NearestNeighbors(n_neighbors=3)).fit(X, y)
    assert mine.sample_indices_.tolist() == plain.tolist()


@pytest.mark.parametrize(("n_rows", "expected"), [(2, [1.0, 11.0]), (3, [1.0, 5.0, 6.0])])
def test_near_miss_3_takes_the_farthest_of_few_candidates(
    n_rows: int, expected: list[float]
) -> None:
    """One neighbour of each rare row gives the candidates 1 and 11, two add 5 and 6, but not 20."""
    X = np.array([[0.0], [10.0], [1.0], [11.0], [5.0], [6.0], [20.0]])
    y = np.array([1, 1, 0, 0, 0, 0, 0])
    sampler = NearMiss(version=3, n_neighbors=1, n_neighbors_ver3=1, sampling_strategy={0: n_rows})
    kept = sampler.fit(X, y).sample_indices_
    assert sorted(X[kept[y[kept] == 0], 0].tolist()) == expected
