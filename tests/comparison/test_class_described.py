"""What decisions between several classes find, beside the decisions themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.metrics import precision_score, recall_score

from poise.comparison.approaches import read_approaches
from poise.comparison.class_described import decisions_between_classes
from poise.comparison.class_metrics import LARGEST
from poise.comparison.estimators import read_estimators
from poise.comparison.folds import make_folds
from poise.comparison.metrics import Key
from poise.comparison.run import run
from poise.comparison.scored_fold import DecisionSettings
from poise.decisions import CostMatrix
from poise.study.event_table import read_event_table

COSTS = CostMatrix([[0, 1, 1], [3, 0, 3], [9, 9, 0]], [0, 1, 2])


@pytest.fixture(scope="module")
def runs() -> Any:
    X, y = make_classification(
        300, 6, n_informative=4, n_classes=3, weights=[0.6, 0.28], random_state=0
    )
    rows = read_event_table(X, np.array(["a", "b", "c"])[y], or_several=True)
    return run(
        rows,
        make_folds(rows, 3, 1, None, None, 0),
        read_approaches(["smote"]),
        read_estimators(["logistic"], rows),
        n_jobs=1,
        report=None,
        time_budget=None,
        resume=None,
    )


@pytest.mark.parametrize("approach", ["as-is", "smote"])
def test_recall_and_precision_are_those_of_the_decisions(runs: Any, approach: str) -> None:
    found = decisions_between_classes(runs, DecisionSettings(costs=COSTS))
    rows = np.concatenate([fold.test for fold in runs.folds])
    of_folds = [runs.results["logistic", approach, fold.number] for fold in runs.folds]
    decided = np.concatenate([arm.scores.argmax(axis=1) for arm in of_folds])
    true = runs.rows.codes[rows]
    for what, score in (("recall", recall_score), ("precision", precision_score)):
        for label, expected in zip("abc", score(true, decided, average=None), strict=True):
            key = Key("logistic", approach, "as trained", LARGEST, f"{what} of {label}")
            assert found[key] == pytest.approx(expected)


@pytest.mark.parametrize("approach", ["as-is", "smote"])
def test_thresholds_have_the_sum_one_and_costs_have_none(runs: Any, approach: str) -> None:
    found = decisions_between_classes(runs, DecisionSettings(costs=COSTS))
    for name in ("f1", "mcc", "balanced_accuracy", "g_mean"):
        keys = [
            Key("logistic", approach, None, "tuned", f"threshold_by_{name} of {c}") for c in "abc"
        ]
        assert sum(float(found[key][0]) for key in keys) == pytest.approx(1)
    by_cost = Key("logistic", approach, None, "by cost", "recall_by_cost of c")
    untuned = Key("logistic", approach, "as trained", LARGEST, "recall of c")
    assert found[by_cost] >= (found[untuned] if approach == "as-is" else 0)
    assert not any(key.metric.startswith("threshold_by_cost") for key in found)
    without = decisions_between_classes(runs, DecisionSettings())
    assert not any("by_cost" in key.metric for key in without)
