"""Calibration and the decomposition of scores equal their formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from poise import metrics
from poise.core.errors import InputError

rng = np.random.RandomState(0)
Z = rng.randn(500) - 1.5
P = expit(Z)
Y = (rng.uniform(size=500) < expit(0.6 * Z + 0.4)).astype(int)

ROWS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 10), st.integers(1, 3)), min_size=2, max_size=30
).filter(lambda rows: len({row[0] for row in rows}) == 2)


def test_the_calibration_line_is_a_logistic_regression_on_log_odds() -> None:
    fit = metrics.calibration_fit(Y, P)
    plain = LogisticRegression(C=np.inf, tol=1e-10).fit(Z[:, None], Y)
    assert fit.slope == pytest.approx(plain.coef_[0, 0], abs=1e-5)
    assert fit.intercept == pytest.approx(plain.intercept_[0], abs=1e-5)
    assert expit(Z + fit.in_the_large).mean() == pytest.approx(Y.mean())


def test_standard_errors_cover_the_truth_in_95_of_100_draws() -> None:
    inside = np.zeros(2)
    for seed in range(300):
        z = np.random.RandomState(seed).randn(300)
        y = np.random.RandomState(1000 + seed).uniform(size=300) < expit(0.5 + 0.8 * z)
        # The predicted log-odds are 0.5 too low, and the true slope is 0.8.
        fit = metrics.calibration_fit(y, expit(z), pos_label=True)
        inside[1] += abs(fit.slope - 0.8) < 1.96 * fit.slope_error
        large = metrics.calibration_fit(y, expit(0.8 * z), pos_label=True)
        inside[0] += abs(large.in_the_large - 0.5) < 1.96 * large.in_the_large_error
    assert ((inside / 300 > 0.92) & (inside / 300 < 0.98)).all()


def test_one_class_separated_or_equal_probabilities_give_infinite_or_missing_values() -> None:
    assert metrics.calibration_in_the_large([1, 1], [0.5, 0.5]) == np.inf
    assert metrics.calibration_in_the_large([0, 0], [0.5, 0.5]) == -np.inf
    assert metrics.calibration_slope([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]) == np.inf
    assert np.isnan(metrics.calibration_slope([0, 1], [0.4, 0.4]))
    unpruned = metrics.calibration_fit([0, 1, 0, 1], [0.0, 1.0, 1.0, 0.0])
    assert np.isfinite(unpruned.slope)


@given(ROWS)
def test_the_parts_of_a_score_add_up_and_none_is_below_0(rows: list[Any]) -> None:
    y, tenths, weights = map(np.array, zip(*rows, strict=True))
    p = tenths / 10
    brier = metrics.brier_score_parts(y, p, sample_weight=weights, pos_label=True)
    assert brier.score == pytest.approx(brier_score_loss(y, p, sample_weight=weights))
    inner = np.clip(p, 0.05, 0.95)
    logs = metrics.log_loss_parts(y, inner, sample_weight=weights, pos_label=True)
    assert logs.score == pytest.approx(log_loss(y, inner, sample_weight=weights))
    for parts in (brier, logs):
        assert min(parts[1:]) >= -1e-12
        assert parts.miscalibration - parts.discrimination + parts.uncertainty == pytest.approx(
            parts.score
        )


def test_an_increasing_transformation_changes_only_the_miscalibration() -> None:
    before, after = metrics.brier_score_parts(Y, P), metrics.brier_score_parts(Y, P**3)
    assert after.discrimination == pytest.approx(before.discrimination)
    assert after.miscalibration > before.miscalibration
    assert metrics.log_loss_parts([0, 1], [1.0, 1.0]).miscalibration == np.inf


@given(ROWS)
def test_a_weight_of_w_equals_w_rows(rows: list[Any]) -> None:
    y, tenths, weights = map(np.array, zip(*rows, strict=True))
    p = np.clip(tenths / 10, 0.05, 0.95)
    many = [np.repeat(part, weights) for part in (y, p)]
    for metric, more in [
        (metrics.brier_score_parts, {}),
        (metrics.log_loss_parts, {}),
        (metrics.calibration_in_the_large, {}),
        (metrics.net_benefit, {"threshold": 0.3}),
        (metrics.expected_calibration_error, {"debias": False, "n_bins": 4}),
    ]:
        weighted = metric(y, p, sample_weight=weights, pos_label=True, **more)
        np.testing.assert_allclose(
            weighted, metric(*many, pos_label=True, **more), rtol=1e-5, atol=1e-7
        )


def test_debiasing_lowers_the_calibration_error_of_right_probabilities_only() -> None:
    plain, debiased = [], []
    for seed in range(100):
        draw = np.random.RandomState(seed)
        p = draw.uniform(size=400)
        y = draw.uniform(size=400) < p
        plain.append(metrics.expected_calibration_error(y, p, debias=False, pos_label=True))
        debiased.append(metrics.expected_calibration_error(y, p, pos_label=True))
    assert np.mean(plain) > 0.05
    assert np.mean(debiased) < 0.65 * np.mean(plain)
    wrong = metrics.expected_calibration_error(Y, np.full(500, 0.9))
    assert wrong == pytest.approx(0.9 - Y.mean(), abs=0.01)


def test_equal_probabilities_share_a_bin() -> None:
    p = np.repeat([0.1, 0.1, 0.9], 100)
    y = np.repeat([0, 1, 1], 100)
    # Two bins of .1 would have errors of .1 and .9; the single bin has .4.
    error = metrics.expected_calibration_error(y, p, n_bins=3, debias=False, pos_label=1)
    assert error == pytest.approx((200 * 0.4 + 100 * 0.1) / 300)
    uniform = metrics.expected_calibration_error(
        y, p, n_bins=3, debias=False, strategy="uniform", pos_label=1
    )
    assert uniform == pytest.approx(error)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: metrics.expected_calibration_error([0, 1], [0, 1], strategy="x"), "'quantile'"),
        (lambda: metrics.expected_calibration_error([0, 1], [0, 1], n_bins=0), "n_bins=0"),
    ],
)
def test_invalid_bins_raise(call: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value)


@pytest.mark.parametrize(("n_rows", "shift"), [(200, 0.0), (2000, -1.5), (2000, -4.0), (500, -5.0)])
def test_the_excess_of_the_calibration_error_is_0_on_average_for_right_probabilities(
    n_rows: int, shift: float
) -> None:
    found = []
    for seed in range(300):
        draw = np.random.RandomState(seed)
        p = expit(draw.randn(n_rows) + shift)
        y = draw.uniform(size=n_rows) < p
        found.append(metrics.excess_calibration_error(y, p, pos_label=True))
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(300)
    wrong = metrics.excess_calibration_error(y, np.minimum(2 * p + 0.1, 1), pos_label=True)
    assert wrong > 5 * np.std(found)
