"""Random over-sampling copies rows, exactly or with noise of a known scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from overlapping import X as WIDE
from overlapping import Y as TARGET

from poise.core.errors import (
    InputError,
    ParameterError,
)
from poise.over_sampling import (
    ROSE,
    RandomOverSampler,
)

X = np.random.RandomState(0).randn(30, 2) * [1.0, 100.0]
y = np.repeat([0, 1], [24, 6])


def test_new_rows_are_rows_of_the_class() -> None:
    sampler = RandomOverSampler(random_state=0)
    X_new, _ = sampler.fit_resample(X, y)
    assert (sampler.sample_indices_[30:] >= 24).all()
    np.testing.assert_array_equal(X_new, X[sampler.sample_indices_])


def test_any_table_is_accepted() -> None:
    frame = pd.DataFrame({"text": ["a", None] * 15, "day": pd.date_range("2026", periods=30)})
    X_new, _ = RandomOverSampler(random_state=0).fit_resample(frame, y)
    assert len(X_new) == 48
    assert X_new.dtypes.equals(frame.dtypes)


def test_the_scale_of_the_noise_is_silvermans_rule_for_the_table() -> None:
    many = np.random.RandomState(1).randn(6000, 2) * [1.0, 100.0]
    labels = np.repeat([0, 1], [5000, 1000])
    sampler = RandomOverSampler(shrinkage=2.0, random_state=0)
    X_new, _ = sampler.fit_resample(many, labels)
    noise = X_new[6000:] - many[sampler.plan_.source[6000:]]
    bandwidth = 2.0 * (4 / ((2 + 2) * 6000)) ** (1 / 6)
    np.testing.assert_allclose(noise.std(axis=0), bandwidth * many[5000:].std(axis=0), rtol=0.05)
    assert not hasattr(sampler, "sample_indices_")


def test_a_shrinkage_of_0_adds_no_noise() -> None:
    plain = RandomOverSampler(random_state=0, sampling_strategy={1: 7}).fit_resample(X, y)[0]
    noisy = RandomOverSampler(random_state=0, sampling_strategy={1: 7}, shrinkage=0)
    np.testing.assert_array_equal(noisy.fit_resample(X, y)[0], plain)


def test_noise_is_the_same_in_sparse_and_dense_tables() -> None:
    sampler = RandomOverSampler(shrinkage=0.5, random_state=0)
    dense, sparse = sampler.fit_resample(X, y)[0], sampler.fit_resample(sp.csc_array(X), y)[0]
    np.testing.assert_allclose(sparse.toarray(), dense, rtol=1e-12)


def test_each_column_of_a_frame_gets_its_own_noise() -> None:
    wide = np.random.RandomState(0).randn(30, 4) * [1.0, 1e4, 1.0, 1e4]
    frame = pd.DataFrame(wide, columns=list("abcd")).astype({"b": "float32", "d": "int64"})
    sampler = RandomOverSampler(shrinkage=1.0, random_state=0)
    of_frame, _ = sampler.fit_resample(frame, y)
    of_array, _ = sampler.fit_resample(frame.to_numpy(dtype=float), y)
    np.testing.assert_allclose(of_frame.to_numpy(dtype=float), of_array, atol=0.6)


def test_the_weight_of_a_noisy_copy_is_that_of_its_source() -> None:
    sampler = RandomOverSampler(shrinkage=1.0, random_state=0)
    sampler.fit_resample(X * 1e4, y, sample_weight=np.arange(30.0))
    np.testing.assert_array_equal(sampler.aligned_["sample_weight"], sampler.plan_.source)


def test_shrinkage_by_class_needs_every_class_that_grows() -> None:
    labels = np.repeat([0, 1, 2], [15, 9, 6])
    sampler = RandomOverSampler(shrinkage={1: 0.5})
    with pytest.raises(InputError, match="no factor for class 2.*it has 1"):
        sampler.fit_resample(X, labels)
    sampler.set_params(shrinkage={1: 0.5, 2: 0.0}).fit_resample(X, labels)


@pytest.mark.parametrize(("shrinkage", "words"), [(-1, "shrinkage"), ({1: -2}, "0 or more")])
def test_negative_shrinkage_raises(shrinkage: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        RandomOverSampler(shrinkage=shrinkage).fit_resample(X, y)


def test_noise_needs_numbers() -> None:
    with pytest.raises(InputError, match="column 0 holds text"):
        RandomOverSampler(shrinkage=1).fit_resample(np.full((30, 1), "a", dtype=object), y)


def test_an_invalid_random_state_raises() -> None:
    with pytest.raises(ParameterError, match="random_state"):
        RandomOverSampler(random_state="seven").fit_resample(X, y)


def test_without_random_state_every_call_draws_differently() -> None:
    first, second = (RandomOverSampler().fit(X, y).sample_indices_ for _ in range(2))
    assert first.tolist() != second.tolist()


def test_the_noise_of_rose_has_the_bandwidth_of_the_class() -> None:
    sampler = ROSE(random_state=0, sampling_strategy={1: 40_000})
    new = sampler.fit_resample(WIDE, TARGET)[0][len(TARGET) :]
    noise = new - WIDE[sampler.plan_.source[len(TARGET) :]]
    rare = WIDE[TARGET == 1]
    n, d = rare.shape
    bandwidth = (4 / ((d + 2) * n)) ** (1 / (d + 4)) * rare.std(axis=0, ddof=1)
    np.testing.assert_allclose(noise.std(axis=0), bandwidth, rtol=0.02)


def test_the_scale_of_rose_is_silvermans_rule_on_the_sample_deviation() -> None:
    for n in (2, 3):
        labels = np.repeat([0, 1], [30 - n, n])
        recipe = ROSE(shrinkage=2.0, random_state=0).fit(X, labels).plan_.made[0]
        bandwidth = (4 / ((2 + 2) * n)) ** (1 / (2 + 4)) * X[30 - n :].std(axis=0, ddof=1)
        np.testing.assert_allclose(recipe.scale, 2.0 * bandwidth, rtol=1e-12)
