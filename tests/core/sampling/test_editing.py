"""Edited nearest neighbours removes the rows that lose the vote of their neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from poise.core.errors import InputError
from poise.core.sampling.editing import Judge
from poise.core.sampling.problem import Problem
from poise.core.sampling.space import read_space
from poise.core.tables.labels import encode
from poise.core.tables.read import read_table
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


def test_a_vote_that_does_not_exist_is_not_taken_for_another() -> None:
    problem = Problem(encode(np.array([0, 0, 1])), read_space(read_table(np.eye(3))))
    with pytest.raises(InputError, match="kind='median' is not a vote; it can be 'all', 'mode'"):
        Judge(problem, np.arange(3), 1).lost(1, "median")
