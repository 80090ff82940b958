"""Tomek links are found with few searches."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.neighbors import NearestNeighbors

from poise.core.neighbors.index import Index
from poise.core.neighbors.tomek import in_links
from poise.under_sampling import TomekLinks


def test_tomek_searches_at_most_twice_for_each_row_outside_the_largest_class(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.RandomState(0)
    y = np.repeat([0, 1], [970, 30])
    asked = []
    nearest = Index.nearest_others
    monkeypatch.setattr(
        Index, "nearest_others", lambda self, rows, k: asked.append(rows) or nearest(self, rows, k)
    )
    TomekLinks().fit(rng.randn(1000, 2), y)
    searched = np.unique(np.concatenate(asked))
    assert len(searched) <= 2 * 30


def test_the_first_row_can_be_linked() -> None:
    index, codes = Index(np.array([[0.0], [0.1], [5.0], [5.5], [6.2]])), np.array([0, 1, 0, 0, 0])
    assert in_links(index, codes).tolist() == [True, True, False, False, False]


def test_rows_with_a_single_neighbour_can_be_linked() -> None:
    """Rows 0 and 1 share a filled column with each other only."""
    X = np.array([[0.0, np.nan], [0.1, np.nan], [np.nan, 5.0], [np.nan, 6.0]])
    kept = TomekLinks().fit(X, [1, 0, 0, 0]).sample_indices_
    assert kept.tolist() == [0, 2, 3]


def test_rows_without_neighbours_are_in_no_link() -> None:
    """Row 1 and the last one share a filled column with no other row."""
    X = np.array([[0, 7, 7], [7, 5, 7], [1, 7, 7], [1.1, 7, 7], [7, 7, 7]])
    known = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 0, 0], [0, 0, 1]])
    X = np.where(known, X, np.nan)
    kept = TomekLinks(sampling_strategy="all").fit(X, [0, 1, 1, 0, 0]).sample_indices_
    assert kept.tolist() == [0, 1, 4]


def test_two_rows_of_two_classes_are_a_link() -> None:
    assert in_links(Index(np.array([[0.0], [1.0]])), np.array([0, 1])).tolist() == [True, True]


def test_a_row_is_linked_with_each_of_two_rows_that_are_equally_near() -> None:
    index, codes = Index(np.array([[0.0], [1.0], [-1.0], [5.0], [5.5]])), np.array([1, 0, 0, 0, 0])
    assert in_links(index, codes).tolist() == [True, True, True, False, False]


def test_rows_that_agree_where_both_are_known_are_linked() -> None:
    values = np.array([[0.0, np.nan], [0.0, 1.0], [5.0, 5.0], [6.0, 6.0]])
    linked = in_links(Index(values), np.array([1, 0, 0, 0]))
    assert linked.tolist() == [True, True, False, False]


def test_equal_rows_are_linked_if_they_are_unlike() -> None:
    values = np.array([[0.0], [0.0], [0.0], [5.0], [5.0], [9.0]])
    for index in (Index(values), Index(sp.csr_array(values))):
        linked = in_links(index, np.array([0, 1, 0, 2, 2, 0]))
        assert linked.tolist() == [True, True, True, False, False, False]


def test_two_rows_are_a_link_for_a_neighbour_object_too() -> None:
    index = Index(np.array([[0.0], [1.0]]), 0, NearestNeighbors())
    assert in_links(index, np.array([0, 1])).tolist() == [True, True]
