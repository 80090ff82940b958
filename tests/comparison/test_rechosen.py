"""Thresholds in samples of the rows are those of the decision rule on the sampled rows."""

import numpy as np
import pytest

from poise.comparison.gains import gains_of
from poise.comparison.metrics import Key
from poise.comparison.rechosen import drawn_weights, recall_in_draws, thresholds_in_draws
from poise.comparison.scored_fold import DecisionSettings
from poise.decisions import RecallAtPrecision

KEY = Key("logistic", "smote", None, "tuned", "recall_at_precision")


@pytest.mark.parametrize("precision", [0.3, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("ties", [False, True])
def test_a_threshold_is_that_of_the_rule_on_the_sampled_rows(precision, ties):
    rng = np.random.default_rng(0)
    y = rng.random(80) < 0.3
    scores = 1 / (1 + np.exp(-(y + rng.standard_normal(80))))
    scores = np.round(scores, 1) if ties else scores
    weights = drawn_weights(y, None, 1)[:, :20]
    found = thresholds_in_draws(y, scores, precision, weights)
    for draw in range(20):
        rows = np.repeat(np.arange(80), weights[:, draw].astype(int))
        rule = RecallAtPrecision(precision, pos_label=True)
        expected = scores[rows] >= rule.threshold(y[rows], scores[rows])
        np.testing.assert_array_equal(scores[rows] >= found[draw], expected)


def test_without_sampling_it_is_the_recall_of_the_comparison(runs):
    found = gains_of(runs, DecisionSettings(precision=0.4))
    once = np.ones((runs.rows.n_rows, 1), dtype=np.float32)
    recall = recall_in_draws(
        runs, ("logistic", "smote"), range(len(runs.folds)), 0.4, once, is_ordered=False
    )
    assert recall == pytest.approx(found.by_repeat[KEY].mean())


def test_the_error_is_larger_than_that_of_fixed_thresholds(runs):
    """The choice of the threshold is in every fold the same, so folds alone do not show its error."""
    found = gains_of(runs, DecisionSettings(precision=0.4)).gains[KEY]
    weights = drawn_weights(runs.rows.is_event, None, 0)
    draws = [
        recall_in_draws(runs, ("logistic", name), range(6), 0.4, weights, is_ordered=False)
        for name in ("smote", "as-is")
    ]
    assert found.row_variance == pytest.approx((draws[0] - draws[1]).var(ddof=1))


def test_samples_keep_the_classes_and_groups_stay_whole():
    y = np.arange(100) < 30
    weights = drawn_weights(y, None, 0)
    assert (weights[y].sum(axis=0) == 30).all()
    assert (weights.sum(axis=0) == 100).all()
    groups = np.arange(100) // 5
    by_group = drawn_weights(y, groups, 0).reshape(20, 5, -1)
    assert (by_group == by_group[:, :1]).all()
    assert (by_group[:, 0].sum(axis=0) == 20).all()
    assert drawn_weights(np.arange(50_000) < 9, None, 0).shape == (50_000, 80)


def test_no_event_means_no_alert():
    none = thresholds_in_draws(np.zeros(3, bool), np.arange(3.0), 0.5, np.ones((3, 2)))
    assert np.isinf(none).all()
    empty = thresholds_in_draws(np.zeros(0, bool), np.zeros(0), 0.5, np.ones((0, 2)))
    assert np.isinf(empty).all()
