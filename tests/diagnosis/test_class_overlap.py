"""class-overlap: how well the event can be told, on rows that were not learnt from."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from poise.diagnosis._examined import Examined, auc_gain, auc_with_interval
from poise.diagnosis._geometry import class_overlap
from poise.study.event_table import read_event_table


def seen(away: float, n_events: int = 80):
    rng = np.random.RandomState(0)
    y = np.arange(600) < n_events
    X = rng.normal(size=(600, 3))
    X[y, 0] += away
    return class_overlap(Examined(read_event_table(X, y, pos_label=True)))


@pytest.mark.parametrize(("away", "status"), [(0.4, "issue"), (1.9, "passed"), (5.0, "tip")])
def test_what_is_told_follows_the_distance_of_the_classes(away: float, status: str) -> None:
    found = seen(away)
    assert found.status == status
    assert found.evidence["low"] <= found.evidence["auc"] <= found.evidence["high"]


def test_too_few_rows_are_not_learnt_from() -> None:
    assert seen(1.0, n_events=9).status == "not applicable"


def test_the_area_is_that_of_scikit_learn_with_ties_and_its_interval_covers() -> None:
    rng = np.random.RandomState(0)
    n_inside = 0
    for _ in range(200):
        y = np.arange(150) < 40
        scores = np.round(rng.normal(size=150) + 1.0 * y, 1)
        auc, low, high = auc_with_interval(y, scores)
        assert auc == pytest.approx(roc_auc_score(y, scores))
        n_inside += low <= 0.7602 <= high  # the normal distribution of 1 / sqrt(2)
    assert n_inside >= 182  # 95 % of 200, but for luck
    assert auc_gain(y, scores, scores) == (0.0, 0.0, 0.0)
