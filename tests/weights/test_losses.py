"""Logit adjustment and the focal loss: by hand, and derivatives against differences."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, softmax
from sklearn.metrics import log_loss

from poise.core.errors import InputError, ParameterError
from poise.decisions import class_prior, shift_prior
from poise.weights import FocalObjective, logit_adjustment

GAMMAS = st.floats(0, 5)
LOGITS = st.lists(st.floats(-8, 8), min_size=1, max_size=20)


def test_logit_adjustment_is_that_of_menon() -> None:
    shares = np.array([0.7, 0.2, 0.1])
    np.testing.assert_allclose(logit_adjustment(shares), np.log(shares))
    np.testing.assert_allclose(logit_adjustment(shares, 0.5), np.log(shares) / 2)
    assert logit_adjustment(shares, 0).tolist() == [0, 0, 0]
    np.testing.assert_allclose(logit_adjustment(0.1), np.log([0.9, 0.1]))
    by_label = {"b": 0.1, "a": 0.9}
    np.testing.assert_allclose(logit_adjustment(by_label), np.log([0.9, 0.1]))
    np.testing.assert_allclose(logit_adjustment(pd.Series(by_label)), np.log([0.9, 0.1]))


def test_subtracting_it_is_shifting_the_prior_to_equal_shares() -> None:
    prior = class_prior([0] * 6 + [1] * 3 + [2])
    logits = np.random.default_rng(0).normal(size=(5, 3))
    found = softmax(logits - logit_adjustment(prior), axis=1)
    even = dict.fromkeys(prior, 1 / 3)
    np.testing.assert_allclose(found, shift_prior(softmax(logits, axis=1), prior, even))


@pytest.mark.parametrize(
    ("prior", "words"),
    [
        ([0.5, 0.6], "must hold shares above 0 that add up to 1"),
        ([1.0, 0.0], "above 0.*leave out classes without rows"),
        ([np.nan, 0.5], "must hold shares"),
        ("a", "prior must hold numbers"),
        ({"a": 0.5, 1: 0.5}, "cannot be sorted"),
    ],
)
def test_wrong_shares_are_named(prior: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        logit_adjustment(prior)
    with pytest.raises(ParameterError, match="'tau' parameter of logit_adjustment"):
        logit_adjustment([0.5, 0.5], -1)


def test_the_focal_loss_is_that_of_lin_by_hand() -> None:
    p = expit(0.4)
    found = FocalObjective(2, alpha=0.25).loss([1, 0], [0.4, 0.4])
    np.testing.assert_allclose(
        found, [-0.25 * (1 - p) ** 2 * np.log(p), -0.75 * p**2 * np.log(1 - p)]
    )


def test_without_focus_it_is_the_log_loss() -> None:
    y, logits = [0, 1, 1, 0], np.array([-1.0, 0.5, 2.0, 0.3])
    focal = FocalObjective(gamma=0)
    assert focal.loss(y, logits).mean() == pytest.approx(log_loss(y, expit(logits)))
    gradient, hessian = focal(y, logits)
    np.testing.assert_allclose(gradient, expit(logits) - y)
    np.testing.assert_allclose(hessian, expit(logits) * expit(-logits))


@given(gamma=GAMMAS, logits=LOGITS, seed=st.integers(0, 9))
def test_derivatives_of_two_classes_are_those_of_differences(
    gamma: float, logits: list[float], seed: int
) -> None:
    rng, z = np.random.default_rng(seed), np.array(logits)
    y, focal, step = rng.integers(0, 2, len(z)), FocalObjective(gamma, alpha=0.3), 1e-4
    slope = (focal.loss(y, z + step) - focal.loss(y, z - step)) / (2 * step)
    np.testing.assert_allclose(focal.gradient(y, z), slope, rtol=1e-5, atol=1e-6)
    bend = (focal.gradient(y, z + step) - focal.gradient(y, z - step)) / (2 * step)
    np.testing.assert_allclose(focal.hessian(y, z), bend, rtol=1e-5, atol=1e-6)


@given(gamma=GAMMAS, seed=st.integers(0, 99))
def test_derivatives_of_several_classes_are_those_of_differences(gamma: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    z, y, step = rng.normal(size=(8, 3)) * 3, rng.integers(0, 3, 8), 1e-4
    focal = FocalObjective(gamma, alpha=[0.2, 1.0, 3.0])
    for column in range(3):
        away = np.zeros(3)
        away[column] = step
        slope = (focal.loss(y, z + away) - focal.loss(y, z - away)) / (2 * step)
        np.testing.assert_allclose(focal.gradient(y, z)[:, column], slope, rtol=1e-5, atol=1e-6)
        ends = (focal.gradient(y, z + away), focal.gradient(y, z - away))
        bend = (ends[0] - ends[1])[:, column] / (2 * step)
        np.testing.assert_allclose(focal.hessian(y, z)[:, column], bend, rtol=1e-5, atol=1e-6)


@given(gamma=GAMMAS, z=st.floats(-30, 30))
def test_two_logits_of_which_one_is_0_are_one(gamma: float, z: float) -> None:
    focal = FocalObjective(gamma)
    for y in (0, 1):
        one, two = focal.loss([y], [z]), focal.loss([y], [[0, z]])
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-300)
        for name in ("gradient", "hessian"):
            one = getattr(focal, name)([y], [z])
            np.testing.assert_allclose(
                one, getattr(focal, name)([y], [[0, z]])[:, 1], rtol=1e-6, atol=1e-14
            )


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_logits_far_out_stay_finite(gamma: float) -> None:
    far = np.array([-1e6, -800.0, -40.0, 40.0, 800.0, 1e6])
    for y in (0, 1):
        for z in (far, np.column_stack([far, -far, far / 2])):
            gradient, hessian = FocalObjective(gamma)(np.full(6, y), z)
            assert np.isfinite(gradient).all()
            assert np.isfinite(hessian).all()
            assert (hessian > 0).all()


def test_weights_multiply_and_negative_hessians_become_tiny() -> None:
    focal = FocalObjective(2)
    y, z = [1, 0], np.array([-4.0, 0.2])
    assert focal.hessian(y, z)[0] < 0
    gradient, hessian = focal(y, z)
    assert hessian[0] == pytest.approx(1e-16)
    weighted = focal(y, z, sample_weight=[2, 3])
    np.testing.assert_allclose(weighted[0], gradient * [2, 3])
    np.testing.assert_allclose(weighted[1], hessian * [2, 3])
    several = focal([2, 0], np.eye(2, 3), np.array([2, 3]))
    np.testing.assert_allclose(several[0], focal([2, 0], np.eye(2, 3))[0] * [[2], [3]])


def test_it_is_pickled_with_a_model() -> None:
    focal = FocalObjective(1.5, alpha=0.3)
    assert pickle.loads(pickle.dumps(focal)) == focal


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: FocalObjective(-1), "gamma=-1 must be a finite number"),
        (lambda: FocalObjective("a"), "gamma='a' must be"),
        (lambda: FocalObjective(alpha=1.0), "alpha=1.0 must be above 0 and below 1"),
        (lambda: FocalObjective(alpha=[1, -1]), "alpha=.* must hold a finite number of 0 or more"),
        (lambda: FocalObjective(alpha=[]), "alpha="),
        (lambda: FocalObjective(gama=2), "no parameter 'gama'. Did you mean 'gamma'"),
        (
            lambda: FocalObjective(alpha=[1, 2, 3]).loss([0, 1], [0, 1]),
            "has 3 weights; there are 2",
        ),
        (lambda: FocalObjective().loss([0, 2], [0, 1]), "from 0 to 1.*row 1 has 2.*LabelEncoder"),
        (lambda: FocalObjective().loss([0, 1], [0]), "y_true has the shape"),
        (lambda: FocalObjective()(["a"], [0]), "y_true must hold numbers"),
    ],
)
def test_wrong_arguments_are_named(make: Any, words: str) -> None:
    with pytest.raises((InputError, ParameterError), match=words):
        make()
