"""Edited nearest neighbours removes the rows that lose the vote of their neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from poise.testing import oracle
from poise.under_sampling import EditedNearestNeighbours


def test_absent_neighbours_do_not_vote() -> None:
    nan = np.nan
    X = np.array(
        [[0, nan, 1], [nan, 0, nan], [nan, 1, nan], [0, nan, nan], [nan, nan, 5], [2, nan, 4]]
    )
    y = [0, 1, 0, 1, 0, 1]
    expected = oracle.edited_out(X, y, 3, "mode")
    sampler = EditedNearestNeighbours(kind_sel="mode", sampling_strategy="all")
    with pytest.warns() if not (~expected)[np.array(y) == 0].any() else np.errstate():
        kept = sampler.fit(X, y).sample_indices_
    assert kept.tolist() == np.flatnonzero(~expected).tolist()
