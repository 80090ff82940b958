"""Metrics: each one is registered once, and then has values, intervals and verdicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from poise.comparison import Comparison
from poise.comparison.gains import gains_of
from poise.comparison.metrics import (
    METRICS,
    Decision,
    Effort,
    Key,
    Metric,
    Probability,
    Ranking,
    known_metric,
)
from poise.comparison.run import Runs
from poise.comparison.scored_fold import DecisionSettings
from poise.core.errors import UnknownNameError
from poise.core.types import GainVerdict, choices
from poise.decisions import CostMatrix

FAMILIES = (Ranking, Probability, Decision, Effort)
VERDICTS = set(choices(GainVerdict))


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_complete(name: str) -> None:
    metric = METRICS[name]
    assert metric.name == name
    assert metric.title
    assert isinstance(metric, FAMILIES)
    assert metric.sign in (1, -1)
    assert metric.width > 0
    assert np.isfinite(metric.width) == metric.has_verdict


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_finite_values_for_every_arm(name: str, result: Comparison) -> None:
    keys = [key for key in result.values if key.metric == name]
    assert {(key.estimator, key.approach) for key in keys} == set(result.status)
    for key in keys:
        assert np.isfinite(result.values[key]).all()
    assert {(key.prior, key.threshold) for key in keys} >= {METRICS[name].baseline}


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_intervals_and_a_verdict_if_its_family_has(
    name: str, result: Comparison
) -> None:
    intervals = result.intervals(name)
    assert intervals.keys() == result.status.keys()
    assert all(estimate.low < estimate.high for estimate in intervals.values())
    found = [d for d in result.differences if d.key.metric == name]
    if not METRICS[name].has_verdict:
        assert not found
        return
    compared = {(d.key.estimator, d.key.approach) for d in found}
    assert compared >= {arm for arm in result.status if arm[1] != "as-is"}
    assert {d.verdict for d in found} <= VERDICTS
    assert all(np.isfinite([d.estimate.low, d.estimate.high]).all() for d in found)


def partial_auc(is_event: Any, scores: Any, weights: Any = None) -> float:
    return float(roc_auc_score(is_event, scores, max_fpr=0.2))


def test_one_entry_is_all_that_a_new_metric_needs(
    runs: Runs, result: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = Ranking("partial_roc_auc", "partial ROC AUC", 0.01, partial_auc)
    monkeypatch.setitem(METRICS, "partial_roc_auc", new)
    gains = gains_of(runs, DecisionSettings())
    facts = result.facts | {"margins": result.facts["margins"] | {new.name: 0.01}}
    found = replace(
        result,
        facts=facts,
        values=gains.by_fold,
        by_repeat=gains.by_repeat,
        gains=gains.gains,
        status={arm: [] for arm in runs.arms},
    ).judged(primary_metric=new.name)
    assert set(found.intervals("partial_roc_auc")) == set(runs.arms)
    verdicts = {d.key.approach: d.verdict for d in found.differences if d.key.metric == new.name}
    assert set(verdicts) == {"class-weights", "smote"}
    assert found.advice[0]


def test_a_metric_without_a_family_does_not_run(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(METRICS, "half", Metric("half", "half", 0.01, partial_auc))
    with pytest.raises(NotImplementedError):
        gains_of(runs, DecisionSettings())


def test_costs_are_scored_only_if_they_are_given(runs: Runs) -> None:
    assert not any(key.metric == "cost" for key in gains_of(runs, DecisionSettings()).by_fold)
    costs = CostMatrix.of_two(false_positive=1, false_negative=4)
    found = gains_of(runs, DecisionSettings(costs=costs)).by_fold
    thresholds = {key.threshold for key in found if key.metric == "cost"}
    assert thresholds == {"tuned", "0.5", "by cost"}


def test_precision_decides_what_recall_counts(runs: Runs) -> None:
    key = Key("logistic", "smote", None, "tuned", "recall_at_precision")
    low, high = (gains_of(runs, DecisionSettings(precision=p)).by_fold[key] for p in (0.2, 0.9))
    assert low.mean() > high.mean()


def test_a_metric_that_is_not_there_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'roc_auc'"):
        known_metric("roc_acu", METRICS)
