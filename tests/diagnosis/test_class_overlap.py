"""class-overlap: how well classifiers separate the event on held-out rows."""

from __future__ import annotations

import numpy as np
import pytest

from poise.diagnosis._examined import Examined
from poise.diagnosis._geometry import class_overlap
from poise.study.event_table import read_event_table


def seen(away: float, n_events: int = 80):
    rng = np.random.RandomState(0)
    y = np.arange(600) < n_events
    X = rng.normal(size=(600, 3))
    X[y, 0] += away
    return class_overlap(Examined(read_event_table(X, y, pos_label=True)))


@pytest.mark.parametrize(("away", "status"), [(0.1, "issue"), (1.9, "passed"), (5.0, "tip")])
def test_the_status_follows_the_distance_between_the_classes(away: float, status: str) -> None:
    found = seen(away)
    assert found.status == status
    assert found.evidence["low"] <= found.evidence["auc"] <= found.evidence["high"]


def test_new_rows_among_the_other_class_are_an_issue_where_no_classifier_separates_it() -> None:
    rng = np.random.RandomState(0)
    y = np.arange(3000) < 100
    X = rng.normal(size=(3000, 2))
    X[y, 0] += 0.7
    found = class_overlap(Examined(read_event_table(X, y, pos_label=True)))
    assert found.evidence["high"] > 0.7
    assert found.evidence["new_rows_among_others"] > 1 / 3
    assert found.status == "issue"


def test_nine_rows_are_too_few_to_train_on() -> None:
    assert seen(1.0, n_events=9).status == "not applicable"
