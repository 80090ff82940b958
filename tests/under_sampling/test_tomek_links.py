"""Tomek links equal those of the slow oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import measure_of
from poise.core.neighbors.tomek import in_links
from poise.core.sampling.resampler import Cleaner
from poise.testing import oracle
from poise.under_sampling import TomekLinks


def removed(sampler: Cleaner, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    gone = np.ones(len(y), dtype=bool)
    gone[sampler.fit(X, y).sample_indices_] = False
    return gone


def a_mixture(seed: int) -> tuple[np.ndarray, list[int]]:
    """Numbers and two columns of categories, with missing values; coarse, so that distances tie."""
    draws = np.random.RandomState(seed)
    values = np.column_stack(
        [draws.randint(0, 4, size=(60, 2)) * 0.5, draws.randint(0, 3, size=(60, 2))]
    ).astype(float)
    values[draws.uniform(size=values.shape) < 0.15] = np.nan
    return values, draws.randint(0, 3, 60).tolist()


def as_rows(values: np.ndarray) -> list[list[Any]]:
    return [
        [None if np.isnan(v) else (v if j < 2 else f"c{v:g}") for j, v in enumerate(row)]
        for row in values.tolist()
    ]


def test_equal_rows_of_different_classes_are_a_link_also_if_there_are_three() -> None:
    X = np.array([[0.0], [0.0], [0.0], [5.0], [6.0]])
    assert in_links(Index(X), np.array([0, 1, 0, 0, 1])).tolist() == [True, True, True, True, True]


def test_negative_zero_equals_zero() -> None:
    X = np.array([[0.0, 1.0], [-0.0, 1.0], [9.0, 9.0], [9.5, 9.0]])
    y = np.array([0, 1, 0, 0])
    assert in_links(Index(X), y).tolist() == [True, True, False, False]
    assert in_links(Index(sp.csr_array(X)), y).tolist() == [True, True, False, False]


def test_only_rows_of_the_requested_classes_are_removed() -> None:
    X, y = np.array([[0.0], [1.0], [1.1], [5.0], [5.1]]), np.array(["a", "a", "b", "a", "a"])
    assert removed(TomekLinks(), X, y).tolist() == [False, True, False, False, False]
    both = removed(TomekLinks(sampling_strategy="all"), X[:4], np.array(["a", "a", "b", "b"]))
    assert both.tolist() == [False, True, True, False]


@pytest.mark.filterwarnings("ignore::poise.core.errors.VanishingClassWarning")
@pytest.mark.parametrize("seed", range(6))
def test_links_of_mixed_columns_equal_the_oracle(seed: int) -> None:
    values, labels = a_mixture(seed)
    mismatch = measure_of(values, 2).mismatch
    expected = oracle.in_tomek_links(values, labels, n_nominal=2, mismatch=mismatch)
    sampler = TomekLinks(sampling_strategy="all").fit(as_rows(values), labels)
    np.testing.assert_array_equal(sampler.sample_indices_, np.flatnonzero(~expected))
