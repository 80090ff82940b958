"""SMOTE-N makes rows of categories; each value is the most frequent among near rows."""

from __future__ import annotations

import imblearn.over_sampling
import numpy as np
import pytest
from towns import CATEGORIES, FRAME, Y, votes_of

from poise.core.errors import TooFewRowsError
from poise.core.neighbors.value_difference import (
    _by_comparing_all,
    class_shares,
    nearest_by_value_difference,
)
from poise.over_sampling import SMOTEN


def test_every_value_is_the_most_frequent_among_the_row_and_its_neighbours() -> None:
    frame = FRAME[CATEGORIES]
    sampler = SMOTEN(random_state=0)
    X_new, _ = sampler.fit_resample(frame, Y)
    for column in CATEGORIES:
        for made, votes in zip(X_new[column][300:], votes_of(sampler.plan_, column), strict=True):
            assert votes[made] == max(votes.values())


def test_counts_equal_those_of_imbalanced_learn() -> None:
    frame = FRAME[CATEGORIES]
    ours = SMOTEN(random_state=0).fit_resample(frame, Y)[1]
    theirs = imblearn.over_sampling.SMOTEN(random_state=0).fit_resample(frame, Y)[1]
    assert np.bincount(ours).tolist() == np.bincount(theirs).tolist()


def test_numbers_are_treated_as_categories() -> None:
    X = np.column_stack([np.arange(40) % 3, np.arange(40) % 5]) / 4
    X_new, _ = SMOTEN(random_state=0).fit_resample(X, np.repeat([0, 1], [28, 12]))
    assert set(X_new[:, 0]) <= set(X[28:, 0])


def slow_distance(codes: np.ndarray, y: np.ndarray, a: int, b: int) -> float:
    """Squared value difference, as defined in the paper."""
    total, n_known = 0.0, 0
    for j in range(codes.shape[1]):
        left, right = codes[a, j], codes[b, j]
        if np.isnan(left) or np.isnan(right):
            continue
        n_known += 1
        difference = 0.0
        for label in np.unique(y):
            shares = [np.mean(y[codes[:, j] == value] == label) for value in (left, right)]
            difference += abs(shares[0] - shares[1])
        total += difference**2
    return total * codes.shape[1] / n_known if n_known else np.inf


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("share_missing", [0.0, 0.2])
def test_neighbours_equal_those_of_the_slow_distance(n_classes: int, share_missing: float) -> None:
    rng = np.random.RandomState(n_classes)
    codes = rng.randint(0, 4, size=(60, 3)).astype(float)
    codes[rng.uniform(size=codes.shape) < share_missing] = np.nan
    y = rng.randint(0, n_classes, 60)
    shares = class_shares(codes, y, n_classes)
    rows = np.arange(0, 60, 7)
    for found in (
        nearest_by_value_difference(codes, shares, rows, 5),
        _by_comparing_all(codes, shares, rows, 5),
    ):
        for row, distances in zip(rows.tolist(), found.distances, strict=True):
            every = sorted(slow_distance(codes, y, row, b) for b in range(60) if b != row)
            np.testing.assert_allclose(distances, every[:5], atol=1e-12)
        assert not (found.rows == rows[:, np.newaxis]).any()


def test_a_class_of_too_few_rows_raises() -> None:
    y = np.repeat([0, 1], [296, 4])
    with pytest.raises(TooFewRowsError, match="k_neighbors=5.*has 4. Pass k_neighbors=3 or less"):
        SMOTEN().fit_resample(FRAME[CATEGORIES], y)


def test_a_tie_is_decided_by_the_seed_row() -> None:
    X = [["a"]] * 4 + [["b"], ["c"]]
    sampler = SMOTEN(k_neighbors=1, random_state=0)
    X_new, _ = sampler.fit_resample(X, [0, 0, 0, 0, 1, 1])
    seeds = sampler.plan_.lineage().seed[6:]
    assert X_new[6:] == [X[seed] for seed in seeds]


def test_every_row_of_a_class_can_be_a_seed_row_and_votes_on_the_others() -> None:
    X = [["a"], ["b"], ["c"], *[["d"]] * 30]
    sampler = SMOTEN(k_neighbors=2, random_state=0).fit(X, [1] * 3 + [0] * 30)
    vote = sampler.plan_.made[0]
    assert {tuple(sorted(voters)) for voters in vote.voters.tolist()} == {(0, 1, 2)}
    assert set(sampler.plan_.lineage().seed[33:].tolist()) == {0, 1, 2}


def test_a_value_missing_in_the_seed_row_is_missing_in_the_new_row() -> None:
    frame = FRAME[CATEGORIES].mask(FRAME["a"] < 0)
    sampler = SMOTEN(random_state=0)
    X_new, _ = sampler.fit_resample(frame, Y)
    seeds = sampler.plan_.lineage().seed
    assert X_new["town"].isna().tolist() == frame["town"].iloc[seeds].isna().tolist()
