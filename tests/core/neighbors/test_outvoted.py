"""Rows that are outvoted, by counts: those of the oracle, whatever is tied, missing, or too large."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp

from poise.core.neighbors.index import Index
from poise.core.neighbors.outvoted import ClassIndexes, can_count, outvoted
from poise.testing import oracle
from poise.under_sampling import EditedNearestNeighbours


def tables() -> list[tuple[int, np.ndarray, np.ndarray]]:
    found = []
    for seed in range(150):
        draws = np.random.RandomState(seed)
        n, n_classes = draws.randint(4, 200), draws.randint(2, 5)
        X = draws.randint(0, draws.choice([2, 4, 30]), size=(n, draws.randint(1, 4))).astype(float)
        if seed % 3 == 0:
            X[draws.rand(*X.shape) < 0.3] = np.nan
        if seed % 7 == 0:
            X *= 1e200  # squared distances are infinite
        found.append((draws.randint(1, 5), X, draws.randint(0, n_classes, size=n)))
    return found


def test_rows_with_an_enemy_among_the_nearest_are_those_of_the_oracle() -> None:
    n_lost = 0
    for seed, (k, X, y) in enumerate(tables()):
        if len(X) <= k or (seed % 3 == 0 and np.isnan(X).all()):
            continue
        with np.errstate(over="ignore"):
            expected = np.flatnonzero(oracle.edited_out(X, y, k, "all"))
        lost = outvoted(ClassIndexes(Index(X, 0), y), np.arange(len(X)), rank=1, wanted=k)
        assert lost.tolist() == expected.tolist(), seed
        n_lost += len(lost)
    assert n_lost > 1000


def test_of_two_classes_the_majority_among_the_nearest_is_that_of_the_oracle() -> None:
    n_lost = 0
    for seed, (k, table, labels) in enumerate(tables()):
        X, y = table[:9], labels[:9]  # the oracle tries all orders of tied rows
        if len(X) <= k or np.isnan(X).any() or len(np.unique(y > 1)) < 2:
            continue
        rule = EditedNearestNeighbours(n_neighbors=k, kind_sel="mode").rule
        expected = np.flatnonzero(oracle.edited_out(X, y > 1, k, "mode"))
        codes = (y > 1).astype(np.intp)
        lost = outvoted(ClassIndexes(Index(X, 0), codes), np.arange(len(X)), rule.rank, rule.wanted)
        assert lost.tolist() == expected.tolist(), seed
        n_lost += len(lost)
    assert n_lost > 100


def test_only_rows_that_are_asked_for_are_tested() -> None:
    X = np.array([[0.0], [0.1], [0.2], [5.0]])
    y = np.array([0, 1, 0, 1])
    for rows, expected in (([0], [0]), ([1, 3], [1, 3]), ([], [])):
        lost = outvoted(
            ClassIndexes(Index(X, 0), y), np.array(rows, dtype=np.intp), rank=1, wanted=1
        )
        assert lost.tolist() == expected


def test_rows_without_an_enemy_stay() -> None:
    X = np.array([[0.0, np.nan], [1.0, np.nan], [np.nan, 3.0]])
    for y, expected in (([0, 0, 1], []), ([0, 1, 1], [0, 1]), ([0, 0, 0], [])):
        lost = outvoted(ClassIndexes(Index(X, 0), np.array(y)), np.arange(3), rank=1, wanted=1)
        assert lost.tolist() == expected


def test_types_and_orders_of_values_change_no_row() -> None:
    draws = np.random.RandomState(0)
    X, y = np.rint(9 * draws.randn(300, 3)), draws.randint(0, 3, size=300)

    def lost(values: np.ndarray, n_categorical: int) -> list[int]:
        of_classes = ClassIndexes(Index(values, n_categorical), y)
        return outvoted(of_classes, np.arange(300), rank=1, wanted=3).tolist()

    for n_categorical in (0, 1):
        expected = lost(X, n_categorical)
        assert lost(X.astype(np.float32), n_categorical) == expected
        assert lost(np.asfortranarray(X), n_categorical) == expected
        # A column without weight may lie between those with weight.
        wide = np.column_stack([X[:, :1], np.zeros(300), X[:, 1:]])
        assert lost(wide, n_categorical) == expected


@pytest.mark.parametrize("share", [0.5, 1.0])  # of the rows that are tested
def test_no_class_is_copied(share: float) -> None:
    draws = np.random.RandomState(0)
    X, y = draws.randn(4000, 50), draws.randint(0, 2, size=4000)
    rows = np.flatnonzero(draws.rand(4000) < share)
    tracemalloc.start()
    try:
        outvoted(ClassIndexes(Index(X, 0), y), rows, rank=1, wanted=3)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < X.nbytes / 3  # the kernel's own memory is not traced


@pytest.mark.parametrize("values", [sp.csr_array(np.eye(4)), np.eye(4)])
def test_where_rows_can_be_counted(values: object) -> None:
    assert can_count(Index(values, 0), 3) == (not sp.issparse(values))
    assert not can_count(Index(values, 0), 5)
