"""Tomek links are found with few searches."""

from __future__ import annotations

import numpy as np
import pytest

from poise.core.neighbors.index import Index
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
