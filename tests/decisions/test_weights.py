"""PrevalenceWeights: each class keeps its total weight, and the weights reach the classifier."""

from __future__ import annotations

import imblearn.over_sampling
import numpy as np
import pytest
from logistic import logistic_table
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

import poise
from poise import SMOTE, RandomOverSampler, RandomUnderSampler
from poise.core.errors import (
    InputError,
    UnsupportedTypeError,
    VanishingClassWarning,
)
from poise.decisions import PrevalenceWeights, ResampledClassifier

LR = LogisticRegression()


X, Y = logistic_table(3000)


def test_every_class_weighs_what_it_weighed() -> None:
    for resampler in (
        SMOTE(random_state=0),
        RandomUnderSampler(random_state=0),
        poise.SMOTETomek(random_state=0),
    ):
        for given in (None, np.random.RandomState(0).uniform(1, 2, len(Y))):
            sampler = PrevalenceWeights(resampler)
            _, y_new = sampler.fit_resample(X, Y, sample_weight=given)
            np.testing.assert_allclose(
                np.bincount(y_new, sampler.sample_weight_), np.bincount(Y, given)
            )


def test_weights_keep_probabilities_right_on_average() -> None:
    for model in (
        ResampledClassifier(PrevalenceWeights(SMOTE(random_state=0)), LR, calibrate=None),
        poise.make_pipeline(PrevalenceWeights(SMOTE(random_state=0)), LR),
        poise.make_pipeline(
            PrevalenceWeights(SMOTE(random_state=0)), StandardScaler(), poise.TomekLinks(), LR
        ),
    ):
        p = model.fit(X, Y).predict_proba(X)[:, 1]
        assert p.mean() == pytest.approx(Y.mean(), rel=0.15)


def test_weights_reach_only_who_takes_them() -> None:
    weights = PrevalenceWeights(SMOTE(random_state=0))
    for model in (
        poise.make_pipeline(weights, KNeighborsClassifier()),
        ResampledClassifier(weights, KNeighborsClassifier()),
    ):
        with pytest.raises(UnsupportedTypeError, match="takes no sample_weight, which Prevalence"):
            model.fit(X, Y)
    with pytest.raises(InputError, match="Give it to the sampler instead"):
        poise.make_pipeline(weights, LR).fit(
            X, Y, logisticregression__sample_weight=np.ones(len(Y))
        )
    model = poise.make_pipeline(weights, LR)
    model.fit(X, Y, prevalenceweights__sample_weight=np.where(Y == 1, 9.0, 1.0))
    assert model.predict_proba(X)[:, 1].mean() == pytest.approx(0.5, abs=0.1)


def test_a_class_that_vanishes_cannot_weigh() -> None:
    gone = poise.FunctionSampler(func=lambda X, y: (X[y == 0], y[y == 0]))
    with pytest.warns(VanishingClassWarning, match="Class 1 has no rows left"):
        PrevalenceWeights(gone).fit_resample(X, Y)
    with pytest.raises(
        InputError, match="No row of class 1 with a weight above 0 is left after FunctionSampler"
    ):
        ResampledClassifier(gone, GaussianNB()).fit(X, Y)


def test_a_plan_of_an_earlier_fit_is_not_kept() -> None:
    sampler = PrevalenceWeights(RandomOverSampler(random_state=0))
    X, y = np.arange(8.0).reshape(8, 1), np.array([0, 0, 0, 0, 0, 1, 1, 1])
    sampler.fit_resample(X, y)
    assert len(sampler.plan_) == 10
    sampler.set_params(resampler=imblearn.over_sampling.RandomOverSampler(random_state=0))
    sampler.fit_resample(X, y)
    assert not hasattr(sampler, "plan_")


def test_groups_reach_the_sampler_inside() -> None:
    rng = np.random.default_rng(0)
    X, y, groups = rng.normal(size=(60, 2)), np.repeat([0, 1], [40, 20]), np.arange(60) % 2
    weights = PrevalenceWeights(SMOTE(within_groups=True, random_state=0))
    expected = SMOTE(within_groups=True, random_state=0).fit_resample(X, y, groups=groups)[0]
    np.testing.assert_array_equal(weights.fit_resample(X, y, groups=groups)[0], expected)
    model = ResampledClassifier(weights, LogisticRegression()).fit(X, y, groups=groups)
    assert model.predict(X).shape == (60,)
    assert poise.make_pipeline(weights, LogisticRegression()).fit(X, y, groups=groups)
    assert len(PrevalenceWeights(SMOTE()).fit(X, y).sample_weight_) == 80


def test_groups_do_not_reach_a_sampler_that_has_no_use_for_them() -> None:
    X, y = np.arange(10.0)[:, None], np.repeat([0, 1], [7, 3])
    weights = PrevalenceWeights(imblearn.over_sampling.RandomOverSampler(random_state=0))
    X_new, _ = weights.fit_resample(X, y, groups=np.arange(10) % 2)
    assert len(X_new) == 14
