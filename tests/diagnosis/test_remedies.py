"""Alternatives to resampling: what the check of class weights reports."""

from __future__ import annotations

import numpy as np

from poise.diagnosis._examined import Examined
from poise.diagnosis._remedies import class_weights
from poise.study.event_table import read_event_table


def test_the_gain_lies_in_its_interval_and_the_share_of_events_is_exact() -> None:
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(400, 2)), np.arange(400) < 50
    X[y] += 1
    found = class_weights(Examined(read_event_table(X, y, pos_label=True)))
    assert found.evidence["low"] <= found.evidence["gain_in_auc"] <= found.evidence["high"]
    assert found.evidence["prevalence"] == 0.125
    assert found.message.endswith("Choosing a threshold is cheaper.")
