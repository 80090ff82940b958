"""What is described: instability, recall by kind of event, and calibration."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_score, recall_score

from poise.comparison import Comparison
from poise.comparison.described import DECISIONS, DESCRIBED, described
from poise.comparison.metrics import Key
from poise.comparison.run import Runs
from poise.comparison.scored_fold import DecisionSettings, scored_fold
from poise.decisions import CostMatrix, shift_prior
from poise.metrics import calibration_fit
from poise.study.minority_kinds import KINDS, kinds_of


def test_recall_differs_by_kind_of_event_and_instability_by_approach(result: Comparison) -> None:
    arm = ("logistic", "as-is")
    kinds = {
        k.metric: v[0]
        for k, v in result.described.items()
        if k[:2] == arm and "recall_" in k.metric
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
    by_metric = {
        f"{what}_by_{name}"
        for what in ("recall", "precision", "threshold")
        for name in DECISIONS
        if name != "cost"  # there are no costs
    }
    names = {"in_the_large", "slope", "instability", "recall", "precision"}
    assert {key.metric for key in found} == present | names | by_metric
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
            Key("logistic", "smote", None, "tuned", "precision_by_recall_at_precision")
        ][0]
        for p in (0.3, 0.8)
    )
    assert 0.2 < low < high
    assert low == pytest.approx(0.3, abs=0.1)


def test_recall_precision_and_threshold_are_those_of_scikit_learn(runs: Runs) -> None:
    costs = CostMatrix.of_two(false_positive=1, false_negative=9)
    found = described(runs, DecisionSettings(costs=costs), np.full(runs.rows.n_rows, ""))

    def value(prior: str | None, threshold: str, name: str) -> float:
        return float(found[Key("logistic", "smote", prior, threshold, name)][0])

    events = np.concatenate([runs.rows.is_event[f.test] for f in runs.folds])
    p = np.concatenate([runs.results["logistic", "smote", f.number].scores for f in runs.folds])
    assert value("as trained", "0.5", "recall") == recall_score(events, p >= 0.5)
    assert value("as trained", "0.5", "precision") == precision_score(events, p >= 0.5)
    for name in ("f1", "cost"):
        alerts, thresholds = [], []
        for fold in runs.folds:
            scored = scored_fold(runs, "logistic", "smote", fold, DecisionSettings(costs=costs))
            assert scored is not None
            assert scored.tuning is not None
            curve, scores = scored.tuning
            worth = curve.metric("f1") if name == "f1" else -np.asarray(curve.cost)
            threshold = curve.threshold[worth.argmax()]
            alerts.append(scores >= threshold)
            trained = runs.results["logistic", "smote", fold.number].trained_prior
            prior = runs.rows.is_event[fold.train].mean()
            thresholds.append(shift_prior([threshold], trained, prior)[0])
        is_alert = np.concatenate(alerts)
        assert value(None, "tuned", f"recall_by_{name}") == recall_score(events, is_alert)
        assert value(None, "tuned", f"precision_by_{name}") == precision_score(events, is_alert)
        assert value(None, "tuned", f"threshold_by_{name}") == np.median(thresholds)
