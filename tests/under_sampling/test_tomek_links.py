"""Tomek links equal those of the slow oracle."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from mixtures import a_mixture, as_rows, removed

from poise.core.errors import TooFewRowsError
from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import measure_of
from poise.core.neighbors.tomek import in_links
from poise.core.sampling.problem import Problem
from poise.core.sampling.space import read_space
from poise.core.tables.labels import encode
from poise.core.tables.read import read_table
from poise.testing import oracle
from poise.under_sampling import TomekLinks


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


def test_two_rows_can_be_a_link_and_one_cannot() -> None:
    problem = Problem(encode(np.array([0])), read_space(read_table(np.eye(1))))
    with pytest.raises(TooFewRowsError, match="needs at least 2 rows; the table has 1"):
        TomekLinks().remove(problem, [0], np.random.RandomState(0))
    assert TomekLinks(sampling_strategy=[]).fit([[0.0], [1.0]], [0, 1]).plan_.n_rows == 2
