"""MGS draws from the normal distribution of a neighbourhood."""

from __future__ import annotations

import numpy as np
import pandas as pd
from overlapping import X, Y

from poise.over_sampling import (
    MGS,
)


def test_new_rows_have_the_mean_and_covariance_of_the_neighbourhood() -> None:
    rare = X[Y == 1][:6]
    values = np.concatenate([rare, X[Y == 0]])
    labels = np.repeat([1, 0], [6, len(values) - 6])
    sampler = MGS(sampling_strategy={1: 40_006}, random_state=0)
    new = sampler.fit_resample(values, labels)[0][len(values) :]
    # With five neighbours, the distribution of every seed row is that of all six rows.
    np.testing.assert_allclose(new.mean(axis=0), rare.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(np.cov(new.T), np.cov(rare.T, bias=True), atol=0.06)


def test_weights_are_those_of_normal_draws_around_the_mean() -> None:
    """A new row is the mean of k + 1 rows and the sum of their offsets times normal numbers."""
    values = np.array([[0.0], [1.0], [3.0], [40.0], [41.0], [42.0], [43.0]])
    sampler = MGS(k_neighbors=2, sampling_strategy={1: 5}, random_state=0)
    new = sampler.fit_resample(values, [1] * 3 + [0] * 4)[0][7:, 0]
    draws = np.random.RandomState(0)
    seeds, z = draws.randint(0, 3, size=2), draws.standard_normal((2, 3))
    around = np.array([[0.0, 1.0, 3.0], [1.0, 0.0, 3.0], [3.0, 1.0, 0.0]])[seeds]
    expected = [
        np.mean(a) + (n * (a - np.mean(a))).sum() / np.sqrt(3)
        for a, n in zip(around, z, strict=True)
    ]
    np.testing.assert_allclose(new, expected)


def test_new_values_of_an_ordered_column_are_between_those_of_the_class() -> None:
    order = pd.CategoricalDtype(["none", "low", "mid", "high", "extreme"], ordered=True)
    size = pd.Series(np.array(["low", "mid", "high"])[np.arange(400) % 3], dtype=order)
    frame = pd.DataFrame({"a": 100 * X[:, 0], "size": size})
    new = MGS(random_state=0).fit_resample(frame, Y)[0]["size"].iloc[400:]
    assert set(new) == {"low", "mid", "high"}


def test_every_row_of_a_class_can_be_a_seed_row() -> None:
    sampler = MGS(sampling_strategy={1: 1000}, random_state=0).fit(X, Y)
    seeds = set(sampler.plan_.lineage().seed[len(X) :].tolist())
    assert seeds == set(np.flatnonzero(Y == 1).tolist())
