"""Influences are derivatives: each is compared with what more weight on a row does to scikit-learn's metric."""

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    matthews_corrcoef,
    recall_score,
    roc_auc_score,
)

from poise.study import influence
from poise.study.influence import (
    of_alerts,
    of_average_precision,
    of_losses,
    of_roc_auc,
)

STEP = 1e-5


def g_mean(y, alerts, sample_weight):
    return np.sqrt(
        recall_score(y, alerts, sample_weight=sample_weight)
        * recall_score(~y, ~alerts, sample_weight=sample_weight)
    )


OF_ALERTS = {
    "f1": f1_score,
    "recall": recall_score,
    "balanced_accuracy": balanced_accuracy_score,
    "g_mean": g_mean,
    "mcc": matthews_corrcoef,
}


def table(seed, n=60, *, ties=False):
    rng = np.random.default_rng(seed)
    y = rng.random(n) < 0.3
    scores = y + rng.standard_normal(n)
    return y, np.round(scores) if ties else scores


def slopes(metric, y, values, weights=None):
    """Return the change of a metric by the weight of each row, times that weight."""
    weights = np.ones(len(y)) if weights is None else weights
    found = []
    for row in range(len(y)):
        ends = []
        for side in (1, -1):
            weight = weights.copy()
            weight[row] += side * STEP
            ends.append(metric(y, values, sample_weight=weight))
        found.append((ends[0] - ends[1]) / (2 * STEP))
    return weights * np.array(found)


@pytest.mark.parametrize("name", OF_ALERTS)
@pytest.mark.parametrize("seed", range(3))
def test_influences_on_metrics_of_alerts_are_derivatives(name, seed):
    y, scores = table(seed)
    found = of_alerts(getattr(influence, name))(y, scores > 0.4)
    assert found.value == pytest.approx(OF_ALERTS[name](y, scores > 0.4, sample_weight=np.ones(60)))
    np.testing.assert_allclose(found.of_row, slopes(OF_ALERTS[name], y, scores > 0.4), atol=1e-8)
    assert found.of_row.sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_influences_on_average_precision_are_derivatives(seed, ties):
    y, scores = table(seed, ties=ties)
    found = of_average_precision(y, scores)
    assert found.value == pytest.approx(average_precision_score(y, scores))
    np.testing.assert_allclose(found.of_row, slopes(average_precision_score, y, scores), atol=1e-8)


@pytest.mark.parametrize("ties", [False, True])
def test_influences_on_roc_auc_are_derivatives_in_each_class(ties):
    y, scores = table(0, ties=ties)
    found = of_roc_auc(y, scores)
    expected = slopes(roc_auc_score, y, scores)
    assert found.value == pytest.approx(roc_auc_score(y, scores))
    for side in (y, ~y):
        factor = np.sqrt(side.sum() / (side.sum() - 1))  # of the variance of a mean
        np.testing.assert_allclose(found.of_row[side], factor * expected[side], atol=1e-8)


def test_influences_on_losses_are_derivatives():
    y, scores = table(0)
    p = 1 / (1 + np.exp(-scores))
    found = of_losses((y - p) ** 2)
    assert found.value == pytest.approx(brier_score_loss(y, p))
    np.testing.assert_allclose(found.of_row, slopes(brier_score_loss, y, p), atol=1e-8)


@pytest.mark.parametrize("name", OF_ALERTS)
def test_no_alert_and_no_event_give_no_nan(name):
    y, _ = table(0)
    for events, alerts in (
        (y, np.zeros(60, bool)),
        (np.zeros(60, bool), y),
        (y, np.ones(60, bool)),
    ):
        found = of_alerts(getattr(influence, name))(events, alerts)
        assert np.isfinite(found.value)
        assert np.isfinite(found.of_row).all()


def test_the_sum_of_squares_is_the_variance_over_samples():
    """The standard error is that of new samples, within the error of 400 of them."""
    values, errors = {}, {}
    for seed in range(400):
        y, scores = table(seed, 300)
        found = {
            "roc_auc": of_roc_auc(y, scores),
            "average_precision": of_average_precision(y, scores),
            "f1": of_alerts(influence.f1)(y, scores > 0.4),
            "mcc": of_alerts(influence.mcc)(y, scores > 0.4),
        }
        for name, one in found.items():
            values.setdefault(name, []).append(one.value)
            errors.setdefault(name, []).append((one.of_row**2).sum())
    for name, of_samples in values.items():
        assert np.sqrt(np.mean(errors[name])) == pytest.approx(np.std(of_samples), rel=0.15)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_influences_of_rows_with_weights_are_derivatives_too(seed, ties):
    y, scores = table(seed, ties=ties)
    weights = np.random.default_rng(seed).uniform(0.1, 3, 60)
    p = 1 / (1 + np.exp(-scores))
    for name, metric in OF_ALERTS.items():
        found = of_alerts(getattr(influence, name))(y, scores > 0.4, weights)
        assert found.value == pytest.approx(metric(y, scores > 0.4, sample_weight=weights))
        expected = slopes(metric, y, scores > 0.4, weights)
        np.testing.assert_allclose(found.of_row, expected, atol=1e-7)
    losses = of_losses((y - p) ** 2, weights)
    assert losses.value == pytest.approx(brier_score_loss(y, p, sample_weight=weights))
    np.testing.assert_allclose(losses.of_row, slopes(brier_score_loss, y, p, weights), atol=1e-7)
    ranked = of_average_precision(y, scores, weights)
    assert ranked.value == pytest.approx(average_precision_score(y, scores, sample_weight=weights))
    expected = slopes(average_precision_score, y, scores, weights)
    np.testing.assert_allclose(ranked.of_row, expected, atol=1e-7)
    auc = of_roc_auc(y, scores, weights)
    assert auc.value == pytest.approx(roc_auc_score(y, scores, sample_weight=weights))
    expected = slopes(roc_auc_score, y, scores, weights)
    for side in (y, ~y):
        factor = np.sqrt(side.sum() / (side.sum() - 1))
        np.testing.assert_allclose(auc.of_row[side], factor * expected[side], atol=1e-7)


def test_rows_of_no_weight_have_no_influence():
    y, scores = table(0)
    weights = np.where(scores > np.quantile(scores, 0.9), 0.0, 1.0)
    kept = weights > 0
    for function in (of_average_precision, of_roc_auc):
        found, expected = function(y, scores, weights), function(y[kept], scores[kept])
        assert found.value == pytest.approx(expected.value)
        assert (found.of_row[~kept] == 0).all()
