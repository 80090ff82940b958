"""Nearest neighbours compared with the oracle, shared by the tests of core."""

from __future__ import annotations

import numpy as np

from poise.core.neighbors.index import Index
from poise.testing import oracle


def assert_as_the_oracle(X: np.ndarray, k: int, index: Index | None = None) -> None:
    index = index or Index(X)
    found = index.nearest_others(np.arange(len(X)), k)
    for row in range(len(X)):
        expected = oracle.others_by_distance(X, row)[:k]
        assert found.rows[row].tolist() == [other for _, other in expected]
        assert found.distances[row].tolist() == [distance for distance, _ in expected]
