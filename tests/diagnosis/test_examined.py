"""Quantities that several checks share: repeated rows, samples for classifiers, and the AUC."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from poise.diagnosis._examined import Examined, auc_gain, auc_with_interval
from poise.study.event_table import read_event_table


def examined(X: np.ndarray, n_events: int) -> Examined:
    return Examined(read_event_table(X, np.arange(len(X)) < n_events, pos_label=True))


def test_equal_rows_of_both_classes_contradict_and_those_of_one_repeat() -> None:
    values = np.arange(20.0)[:, np.newaxis]
    values[[1, 12]] = 50.0
    values[[15, 16]] = 60.0
    table = examined(values, 10)
    assert np.flatnonzero(table.is_contradictory).tolist() == [1, 12]
    assert np.flatnonzero(table.is_repeated).tolist() == [15, 16]


@pytest.mark.parametrize(
    ("n_events", "is_enough"), [(9, False), (10, True), (90, True), (91, False)]
)
def test_ten_rows_of_each_class_are_enough_for_five_folds(n_events: int, is_enough) -> None:
    assert examined(np.zeros((100, 1)), n_events).can_be_learnt == is_enough


def test_classifiers_see_a_sample_with_at_least_1000_rows_of_each_class() -> None:
    learnt = examined(np.zeros((40_000, 1)), 1500).learnt
    assert (learnt.n_events, learnt.n_rows) == (1000, 1000 + 19_250)


def test_the_auc_is_that_of_scikit_learn_with_ties_and_its_interval_covers() -> None:
    rng = np.random.RandomState(0)
    n_inside = 0
    for _ in range(200):
        y = np.arange(150) < 40
        scores = np.round(rng.normal(size=150) + 1.0 * y, 1)
        auc, low, high = auc_with_interval(y, scores)
        assert auc == pytest.approx(roc_auc_score(y, scores))
        n_inside += low <= 0.7602 <= high  # the normal distribution of 1 / sqrt(2)
    assert n_inside >= 182  # 95 % of 200, less three standard errors
    assert auc_gain(y, scores, scores) == (0.0, 0.0, 0.0)
