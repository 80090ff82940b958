"""class-weights: how class weights change the ranking."""

from __future__ import annotations

import numpy as np

from poise.diagnosis._examined import Examined
from poise.diagnosis._remedies import class_weights
from poise.study.event_table import read_event_table


def seen(n: int, n_events: int):
    rng = np.random.RandomState(0)
    y = np.arange(n) < n_events
    X = rng.normal(size=(n, 3))
    X[y] += 1
    return class_weights(Examined(read_event_table(X, y, pos_label=True)))


def test_weights_do_not_change_the_ranking_of_two_clouds() -> None:
    found = seen(1000, 150)
    assert found.status == "passed"
    assert abs(found.evidence["gain_in_auc"]) < 0.005


def test_a_very_rare_event_should_be_judged_by_its_highest_scores() -> None:
    found = seen(15_000, 120)
    assert found.status == "tip"
    assert "AlertBudget" in found.advice


def test_nine_rows_are_too_few_to_train_on() -> None:
    assert seen(100, 9).status == "not applicable"
