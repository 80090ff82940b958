"""Each searcher finds the neighbours of the slow reference implementation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from exact_search import assert_as_the_oracle
from sklearn.neighbors import NearestNeighbors

from poise.core.errors import InputError
from poise.core.neighbors import searchers
from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import measure_of
from poise.core.neighbors.parameter import count_of
from poise.core.neighbors.searchers import Picked
from poise.testing import oracle

rng = np.random.RandomState(0)
TABLES = {
    "plain": rng.randn(60, 3),
    "many columns": rng.randn(60, 30),
    "duplicates": rng.randint(0, 2, size=(60, 3)).astype(float),
    "a grid": np.argwhere(np.ones((6, 6))).astype(float),
}


@pytest.mark.parametrize("name", ["plain", "duplicates", "many columns", "a grid"])
def test_sparse_rows_have_the_same_neighbours(name: str) -> None:
    X = np.where(np.abs(TABLES[name]) < 0.5, 0.0, TABLES[name])
    assert_as_the_oracle(X, 4, Index(sp.csr_array(X)))


@pytest.mark.parametrize("n_categorical", [0, 2])
def test_picked_rows_are_found_as_their_copies(n_categorical: int) -> None:
    X = np.rint(4 * rng.randn(80, 4))
    measure = measure_of(X, n_categorical)
    own, others = np.arange(0, 80, 2), np.arange(1, 80, 3)
    copied, picked = (
        searchers.NativeSearcher(rows, measure, 2) for rows in (X[own], Picked(X, own))
    )
    for points in (X[others], Picked(X, others)):
        radii = picked.kth_nearby(points, 3, None)
        np.testing.assert_array_equal(radii, copied.kth_nearby(X[others], 3, None))
        found = picked.kth_within(points, radii / 2, 1)
        np.testing.assert_array_equal(found, copied.kth_within(X[others], radii / 2, 1))
        found = picked.count_within(points, radii, 5, None)
        np.testing.assert_array_equal(found, copied.count_within(X[others], radii, 5, None))


def test_a_neighbour_object_needs_only_fit_and_kneighbors() -> None:
    class Mine:
        n_neighbors = 3

        def fit(self, X: Any) -> Any:
            self.index = NearestNeighbors().fit(X)
            return self

        def kneighbors(self, X: Any, n_neighbors: int) -> Any:
            return self.index.kneighbors(X, n_neighbors)

    found = Index(TABLES["plain"], estimator=Mine()).nearest_others(np.arange(60), 3).rows
    np.testing.assert_array_equal(found, oracle.nearest_others(TABLES["plain"], 3))


def test_a_search_in_parts_finds_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> dict[int, Any]:
        every = Index(sp.csr_array(TABLES["duplicates"])).nearest_others_with_ties(np.arange(60), 5)
        return {
            place: rows.tolist()
            for places, neighbors in every
            for place, rows in zip(places.tolist(), neighbors.rows, strict=True)
        }

    whole = found()
    monkeypatch.setattr(searchers, "_PAIRS_AT_ONCE", 40)
    assert found() == whole


def test_a_neighbour_object_is_cloned_and_finds_other_rows() -> None:
    X = TABLES["plain"]
    mine = NearestNeighbors(n_neighbors=4, metric="manhattan")
    found = Index(X, estimator=mine).nearest_others(np.arange(60), count_of(mine))
    distances = np.abs(X[:, None] - X).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    np.testing.assert_array_equal(found.rows, np.argsort(distances, axis=1)[:, :4])
    assert not hasattr(mine, "n_samples_fit_")


def test_a_neighbour_object_never_returns_the_row_itself_among_duplicates() -> None:
    X = TABLES["duplicates"]
    found = Index(X, estimator=NearestNeighbors()).nearest_others(np.arange(60), 5)
    assert not (found.rows == np.arange(60)[:, None]).any()


def test_sparse_rows_with_infinite_squared_distances_have_exact_neighbours() -> None:
    X = sp.csr_array(np.array([[1e200, 0.0], [0.0, 1e200], [1e200, 1.0]]))
    found = Index(X).nearest_others(np.array([0]), 2)
    assert found.rows.tolist() == [[2, 1]]
    assert found.distances.tolist() == [[1.0, np.inf]]


def test_a_neighbour_object_gets_no_missing_values() -> None:
    X = np.array([[0.0], [np.nan], [1.0]])
    with pytest.raises(InputError, match="Pass a number of neighbours instead"):
        Index(X, estimator=NearestNeighbors(n_neighbors=1)).nearest_others(np.array([0]), 1)


def test_parts_hold_all_queries_once_and_in_order() -> None:
    parts = searchers.in_parts(np.arange(10), 1 << 21)
    assert len(parts) == 5
    assert np.concatenate(parts).tolist() == list(range(10))


class Answering:
    """A neighbour object that gives the same answer to every question."""

    n_neighbors = 3

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer

    def get_params(self, **_: Any) -> dict[str, Any]:
        return {"answer": self.answer}

    def fit(self, X: Any) -> None: ...

    def kneighbors(self, X: Any, n_neighbors: int) -> Any:
        return self.answer


FOUR = np.zeros((10, 4))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "NoneType, not two arrays"),
        (FOUR, "ndarray, not two arrays"),
        ((FOUR[:, :2], np.zeros((10, 2), int)), r"distances of shape \(10, 2\) where \(10, 4\)"),
        ((FOUR, np.zeros((9, 4), int)), r"row numbers of shape \(9, 4\) where \(10, 4\)"),
        ((FOUR, FOUR), "row numbers of type float64; they must be whole"),
        ((FOUR, np.full((10, 4), "a")), "row numbers of type <U1"),
        ((FOUR, np.full((10, 4), -1)), "row numbers -1 to -1; it was fitted on rows 0 to 9"),
        ((FOUR, np.full((10, 4), 10)), "row numbers 10 to 10; it was fitted on rows 0 to 9"),
        ((np.full((10, 4), "a"), FOUR.astype(int)), "distances of type <U1"),
    ],
)
def test_an_answer_of_a_neighbour_object_that_is_none_is_refused(answer: Any, reason: str) -> None:
    index = Index(rng.randn(10, 2), estimator=Answering(answer))
    with pytest.raises(InputError, match=f"The neighbour object .*Answering.* returned {reason}"):
        index.nearest_others(np.arange(10), 3)


def test_a_neighbour_object_measures_categories_like_the_exact_search() -> None:
    values = np.column_stack([TABLES["plain"], rng.randint(0, 3, 60), rng.randint(0, 2, 60)])
    exact, mine = Index(values, 2), Index(values, 2, NearestNeighbors())
    for k in (4, 59):
        found, expected = (one.nearest_others(np.arange(60), k) for one in (mine, exact))
        np.testing.assert_allclose(found.distances**2, expected.distances)
    new = np.array([[0.0, 0.0, 0.0, 5.0, 1.0]])  # no row has this category
    found, expected = (one.nearest(new, 60) for one in (mine, exact))
    np.testing.assert_allclose(found.distances**2, expected.distances)
