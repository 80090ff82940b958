"""Edited nearest neighbours removes the rows that lose the vote of their neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd
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


@pytest.mark.parametrize("kind", ["all", "mode"])
@pytest.mark.parametrize("share_missing", [0.0, 0.3])
def test_the_rest_of_a_table_is_judged_like_a_table_of_its_own(
    kind: str, share_missing: float
) -> None:
    """Short lists of neighbours run out, by ties and by rows that were removed, and are searched again."""
    for seed in range(80):
        draws = np.random.RandomState(seed)
        n, k = draws.randint(6, 25), draws.randint(1, 4)
        X = draws.randint(0, draws.choice([2, 4, 30]), size=(n, 2)).astype(float)
        X[draws.rand(n, 2) < share_missing] = np.nan
        y = np.append([0, 1], draws.randint(0, 3, size=n - 2))
        problem = Problem(encode(y), read_space(read_table(X)))
        judge = Judge(problem, np.arange(n), k, n_spare=draws.randint(0, 3))
        for share_left in (1.0, 0.7, 0.5):
            judge.is_there &= draws.rand(n) < share_left
            left = np.flatnonzero(judge.is_there)
            if len(left) > k:
                expected = left[oracle.edited_out(X[left], y[left], k, kind)]
                assert sorted(judge.lost(k, kind).tolist()) == expected.tolist(), seed


def test_neighbours_of_the_rest_are_measured_like_those_of_the_whole_table() -> None:
    """Two categories are as far apart as a typical deviation in the whole table, not in the rest."""
    draws = np.random.RandomState(0)
    numbers, town = np.sort(draws.randn(60)) ** 3, draws.choice(["u", "v"], 60)
    frame = pd.DataFrame({"a": numbers, "town": town})
    plain = pd.DataFrame({"a": numbers, "town": numbers.std() * (town == "u")})
    y = draws.randint(0, 2, size=60)
    judges = [
        Judge(Problem(encode(y), read_space(read_table(table))), np.arange(60), 3)
        for table in (frame, plain)
    ]
    for judge in judges:
        judge.is_there[50:] = False
    assert judges[0].lost(3, "all").tolist() == judges[1].lost(3, "all").tolist()
