"""Neighbours are other rows, exact, ordered by (distance, row number): checked against the slow reference."""

from __future__ import annotations

import numpy as np
import pytest
from exact_search import assert_as_the_oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from poise.core.neighbors.index import Index
from poise.core.threads import thread_limit
from poise.testing import oracle

rng = np.random.RandomState(0)
TABLES = {
    "plain": rng.randn(60, 3),
    "many columns": rng.randn(60, 30),
    "duplicates": rng.randint(0, 2, size=(60, 3)).astype(float),
    "duplicates in many columns": np.repeat(rng.randn(12, 20), 5, axis=0),
    "all the same": np.ones((20, 2)),
    "a constant column": np.column_stack([rng.randn(60), np.full(60, 7.0)]),
    "far from zero": 1e8 + rng.randn(60, 3),
    "far from zero in many columns": 1e8 + rng.randn(60, 25),
    "a grid": np.argwhere(np.ones((6, 6))).astype(float),
    "tiny": rng.randn(40, 3) * 1e-160,
    "denormal": rng.randn(40, 2) * 1e-310,
    "huge": rng.randn(40, 2) * 1e200,
    "two rows": rng.randn(2, 3),
}


@pytest.mark.parametrize("name", TABLES)
def test_neighbours_and_distances_equal_the_reference_to_the_last_bit(name: str) -> None:
    X = TABLES[name]
    for k in {1, 5, len(X) - 1}:
        assert_as_the_oracle(X, min(k, len(X) - 1))


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.float64,
        st.tuples(st.integers(2, 25), st.integers(1, 18)),
        elements=st.sampled_from([0.0, -0.0, 1.0, 2.0, 0.1, 1e-9, 1e8, -3.5]),
    ),
    st.integers(1, 24),
)
def test_any_table_of_few_values_has_the_neighbours_of_the_reference(X: np.ndarray, k: int) -> None:
    assert_as_the_oracle(X, min(k, len(X) - 1))


def test_points_from_outside_may_be_at_distance_zero() -> None:
    X = TABLES["plain"]
    found = Index(X).nearest(X[[4, 9]], 2)
    assert found.rows[:, 0].tolist() == [4, 9]
    assert found.distances[:, 0].tolist() == [0.0, 0.0]


def test_some_rows_can_be_searched_alone_and_in_any_order() -> None:
    index = Index(TABLES["plain"])
    every = index.nearest_others(np.arange(60), 3).rows
    np.testing.assert_array_equal(index.nearest_others(np.array([7, 3]), 3).rows, every[[7, 3]])


@pytest.mark.parametrize("name", ["plain", "duplicates", "a grid", "all the same"])
@pytest.mark.parametrize("k", [1, 3])
def test_lists_with_ties_hold_all_rows_at_the_kth_distance(name: str, k: int) -> None:
    X = TABLES[name]
    seen = []
    for positions, found in Index(X).nearest_others_with_ties(np.arange(len(X)), k):
        for position, rows, distances in zip(positions, found.rows, found.distances, strict=True):
            others = oracle.others_by_distance(X, position)
            tied = {row for distance, row in others if distance <= others[k - 1][0]}
            assert tied <= set(rows.tolist())
            assert distances[k - 1] == others[k - 1][0]
            seen.append(position)
    assert sorted(seen) == list(range(len(X)))


@pytest.mark.parametrize("n_columns", [3, 30])
def test_threads_do_not_change_the_answer(n_columns: int) -> None:
    X = np.random.RandomState(1).randn(3000, n_columns)
    answers = []
    for n_jobs in (1, 2, None):
        with thread_limit(n_jobs):
            answers.append(Index(X).nearest_others(np.arange(3000), 5).rows)
    np.testing.assert_array_equal(answers[0], answers[1])
    np.testing.assert_array_equal(answers[0], answers[2])


def test_a_list_with_ties_holds_no_more_than_all_other_rows() -> None:
    X = np.array([[0.0], [1.0], [-1.0]])
    ((_, found),) = Index(X).nearest_others_with_ties(np.array([0]), 1)
    assert found.rows.tolist() == [[1, 2]]
    ties = np.array(
        [[0.0], [1.0], [1.5], [2.0], [-2.0], [2.0], [9.0]]
    )  # three of them in third place
    ((_, found),) = Index(ties).nearest_others_with_ties(np.array([0]), 3)
    assert found.rows[0, :5].tolist() == [1, 2, 3, 4, 5]
    ((_, found),) = Index(X[:2]).nearest_with_ties(np.array([[0.5]]), 1)
    assert found.rows.tolist() == [[0, 1]]


def test_the_kth_distance_is_infinite_if_there_are_fewer_other_rows() -> None:
    index = Index(np.array([[0.0], [1.0], [3.0]]))
    assert index.kth_distances(np.arange(3), 1).tolist() == [1.0, 1.0, 4.0]
    assert index.kth_distances(np.arange(3), 2).tolist() == [9.0, 4.0, 9.0]
    assert index.kth_distances(np.arange(3), 3).tolist() == [np.inf] * 3


def test_all_rows_as_far_as_the_kth_are_listed() -> None:
    index = Index(np.array([[0.0], [1.0], [2.0], [-2.0], [2.0], *[[9.0]] * 20]))
    ((rows, found),) = index.nearest_others_with_ties(np.array([0]), 2)
    assert rows.tolist() == [0]
    assert (found.distances[0] <= 4).sum() == 4
