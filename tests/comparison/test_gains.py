"""Gains of arms against what is computed from their scores by hand."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from poise.comparison.gains import gains_of
from poise.comparison.metrics import Key
from poise.comparison.scored_fold import DecisionSettings
from poise.study.influence import of_roc_auc

BASE = Key("logistic", "as-is", None, None, "roc_auc")


def key(approach, metric, threshold=None):
    return Key("logistic", approach, None, threshold, metric)


@pytest.fixture(scope="module")
def found(runs):
    return gains_of(runs, DecisionSettings())


def scores_of(runs, approach, repeat):
    """Return the score and the fold of each row in a repeat."""
    scores, number = np.empty(runs.rows.n_rows), np.empty(runs.rows.n_rows, int)
    for fold in runs.folds:
        if fold.repeat == repeat:
            scores[fold.test] = runs.results["logistic", approach, fold.number].scores
            number[fold.test] = fold.number
    return scores, number


def test_average_precision_is_of_all_rows_of_a_repeat(runs, found):
    for repeat in range(2):
        scores, _ = scores_of(runs, "smote", repeat)
        expected = average_precision_score(runs.rows.is_event, scores)
        assert found.by_repeat[key("smote", "average_precision")][repeat] == pytest.approx(expected)


def test_roc_auc_is_the_mean_over_folds(runs, found):
    y = runs.rows.is_event
    for repeat in range(2):
        scores, number = scores_of(runs, "smote", repeat)
        by_fold = [roc_auc_score(y[number == n], scores[number == n]) for n in np.unique(number)]
        assert found.by_repeat[key("smote", "roc_auc")][repeat] == pytest.approx(np.mean(by_fold))


def test_decisions_are_counted_over_all_rows_of_a_repeat(runs, found):
    for repeat in range(2):
        scores, _ = scores_of(runs, "as-is", repeat)
        at_half = Key("logistic", "as-is", "as trained", "0.5", "f1")
        expected = f1_score(runs.rows.is_event, scores >= 0.5)
        assert found.by_repeat[at_half][repeat] == pytest.approx(expected)


def test_a_gain_is_the_difference_to_the_baseline_and_has_the_variance_of_its_rows(runs, found):
    y, gain = runs.rows.is_event, found.gains[key("smote", "roc_auc")]
    expected = found.by_repeat[key("smote", "roc_auc")] - found.by_repeat[BASE]
    assert gain.by_repeat == pytest.approx(expected)
    change = np.zeros(len(y))
    for repeat in range(2):
        for approach, sign in (("smote", 1), ("as-is", -1)):
            scores, number = scores_of(runs, approach, repeat)
            for n in np.unique(number):
                rows = number == n
                of_row = of_roc_auc(y[rows], scores[rows]).of_row
                change[rows] += sign * of_row / 2 / len(np.unique(number))
    for side in (y, ~y):
        change[side] -= change[side].mean()
    assert gain.row_variance == pytest.approx((change**2).sum())
    assert BASE not in found.gains


def test_lower_losses_are_gains(found):
    loss = Key("logistic", "smote", "as trained", None, "log_loss")
    base = Key("logistic", "as-is", "as trained", None, "log_loss")
    expected = found.by_repeat[base] - found.by_repeat[loss]
    assert found.gains[loss].by_repeat == pytest.approx(expected)
    assert found.gains[loss].by_fold == pytest.approx(found.by_fold[base] - found.by_fold[loss])


def test_identical_decisions_have_no_error(runs):
    same = dict(runs.results)
    for fold in runs.folds:
        same["logistic", "smote", fold.number] = same["logistic", "as-is", fold.number]
    found = gains_of(replace(runs, results=same), DecisionSettings())
    for metric, threshold in (("f1", "tuned"), ("roc_auc", None)):
        gain = found.gains[key("smote", metric, threshold)]
        assert (gain.mean, gain.row_variance, gain.likeness) == (0, 0, 1)


def test_folds_that_failed_are_left_out_of_both(runs):
    results = dict(runs.results)
    failed = results["logistic", "smote", 0]
    results["logistic", "smote", 0] = type(failed)(np.empty(0), status="failed")
    found = gains_of(replace(runs, results=results), DecisionSettings())
    gain = found.gains[key("smote", "average_precision")]
    assert np.isnan(gain.by_fold[0])
    assert gain.weights[0] < gain.weights[1]
    rows = np.concatenate([fold.test for fold in runs.folds[1:] if fold.repeat == 0])
    y = runs.rows.is_event[rows]
    ends = [
        average_precision_score(y, scores_of(runs, approach, 0)[0][rows])
        for approach in ("smote", "as-is")
    ]
    assert gain.by_repeat[0] == pytest.approx(ends[0] - ends[1])


def test_likeness_is_of_the_ranks_of_two_arms_in_every_metric(runs, found):
    likeness = {gain.likeness for key, gain in found.gains.items() if key.approach == "smote"}
    assert len(likeness) == 1
    y = runs.rows.is_event
    influences = []
    for approach in ("smote", "as-is"):
        of_row = np.zeros(len(y))
        for repeat in range(2):
            scores, number = scores_of(runs, approach, repeat)
            for n in np.unique(number):
                rows = number == n
                of_row[rows] += of_roc_auc(y[rows], scores[rows]).of_row
        influences.append(of_row)
    assert likeness.pop() == pytest.approx(np.corrcoef(influences)[0, 1])
    other_threshold = found.gains[Key("logistic", "as-is", "as trained", "0.5", "f1")]
    assert other_threshold.likeness == pytest.approx(1)
