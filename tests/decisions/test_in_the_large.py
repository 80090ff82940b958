"""Factors of the odds with which mean probabilities equal given shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit, logit

from poise.decisions._in_the_large import odds_factors
from poise_inference import times_factors

ONES = np.ones(200)


@given(
    n_classes=st.integers(2, 6),
    seed=st.integers(0, 999),
    spread=st.floats(0.1, 8),
    away=st.floats(0, 4),
)
def test_means_are_the_shares_and_nothing_else_moves(
    n_classes: int, seed: int, spread: float, away: float
) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(200, n_classes)) * spread
    predicted = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    shares = rng.dirichlet(np.ones(n_classes)) * np.exp(-away * np.arange(n_classes))
    shares = (shares + 1e-3) / (shares + 1e-3).sum()
    weights = rng.uniform(0.5, 2, 200)
    factors = odds_factors(predicted, weights, shares)
    found = times_factors(predicted, factors)
    np.testing.assert_allclose(np.average(found, axis=0, weights=weights), shares, atol=1e-9)
    assert factors[0] == 1
    odds = found[:, 1] / found[:, 0]
    np.testing.assert_allclose(odds, predicted[:, 1] / predicted[:, 0] * factors[1], rtol=1e-6)


def test_of_two_classes_it_is_the_shift_of_the_intercept() -> None:
    p = np.random.default_rng(0).beta(1, 3, 200)
    shift = brentq(lambda b: expit(logit(p) + b).mean() - 0.02, -20, 20, xtol=1e-12)
    factors = odds_factors(np.column_stack([1 - p, p]), ONES, np.array([0.98, 0.02]))
    assert np.log(factors[1]) == pytest.approx(shift, abs=1e-7)


def test_right_means_are_left_alone() -> None:
    p = np.random.default_rng(0).dirichlet([5, 2, 1], 200)
    np.testing.assert_allclose(odds_factors(p, ONES, p.mean(axis=0)), 1, rtol=1e-9)
    certain = np.eye(2)[np.arange(200) % 2]
    np.testing.assert_array_equal(odds_factors(certain, ONES, np.array([0.5, 0.5])), 1)


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_means_beyond_certain_rows_have_no_factors(share: float) -> None:
    certain = np.eye(2)[np.arange(200) % 2]
    assert odds_factors(certain, ONES, np.array([1 - share, share])) is None
    partly = certain.copy()
    partly[:20] = [0.4, 0.6]
    assert odds_factors(partly, ONES, np.array([1 - share, share])) is None
    never = np.column_stack([certain * 0.9 + 0.05, np.zeros(200)])
    assert odds_factors(never, ONES, np.array([0.5, 0.4, 0.1])) is None
