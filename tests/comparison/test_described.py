"""What is described: instability, recall by kind of event, and calibration."""

from __future__ import annotations

import numpy as np
import pytest

from poise.comparison import Comparison
from poise.comparison.described import DESCRIBED, described
from poise.comparison.metrics import Key
from poise.comparison.run import Runs
from poise.comparison.scored_fold import DecisionSettings
from poise.metrics import calibration_fit
from poise.study.minority_kinds import KINDS, kinds_of


def test_recall_differs_by_kind_of_event_and_instability_by_approach(result: Comparison) -> None:
    arm = ("logistic", "as-is")
    kinds = {
        k.metric: v[0] for k, v in result.described.items() if k[:2] == arm and "recall" in k.metric
    }
    assert kinds["recall_safe"] > kinds["recall_outlier"]
    moved = [
        result.mean(Key("logistic", a, "as trained", None, "instability"))
        for a in ("as-is", "random-under")
    ]
    assert 0 < moved[0] < moved[1] < 0.5


def test_everything_that_is_described_is_named(runs: Runs) -> None:
    kinds = np.full(runs.rows.n_rows, "", dtype="<U10")
    of_events = kinds_of(runs.rows.standard_index, runs.rows.is_event)
    kinds[runs.rows.is_event] = np.array(KINDS)[of_events]
    found = described(runs, DecisionSettings(), kinds)
    present = {f"recall_{KINDS[kind]}" for kind in of_events}
    assert {key.metric for key in found} == present | {
        "in_the_large",
        "slope",
        "instability",
        "precision_reached",
    }
    assert {key.metric for key in found} <= set(DESCRIBED)


def test_calibration_is_of_all_rows_of_a_repeat(runs: Runs) -> None:
    found = described(runs, DecisionSettings(), np.full(runs.rows.n_rows, ""))
    folds = [fold for fold in runs.folds if fold.repeat == 1]
    p = np.concatenate([runs.results["logistic", "smote", f.number].scores for f in folds])
    events = np.concatenate([runs.rows.is_event[f.test] for f in folds])
    slope = found[Key("logistic", "smote", "as trained", None, "slope")]
    assert slope[1] == calibration_fit(events, p).slope


def test_the_precision_that_is_reached_is_that_of_the_alerts(runs: Runs) -> None:
    low, high = (
        described(runs, DecisionSettings(precision=p), np.full(runs.rows.n_rows, ""))[
            Key("logistic", "smote", None, "tuned", "precision_reached")
        ][0]
        for p in (0.3, 0.8)
    )
    assert 0.2 < low < high
    assert low == pytest.approx(0.3, abs=0.1)
