"""Facts of a comparison: its design, its scales and the installed versions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.naive_bayes import GaussianNB

import poise
from poise import SMOTE
from poise.comparison.approaches import read_approaches
from poise.comparison.estimators import read_estimators
from poise.comparison.facts import facts_of_costs, facts_of_plan, reason_for_folds
from poise.comparison.folds import make_folds
from poise.comparison.metrics import METRICS, margins, primary
from poise.core.errors import InputError, UnknownNameError
from poise.decisions import CostMatrix
from poise.study.event_table import EventTable, read_event_table


@pytest.fixture
def rows(X: Any, y: Any) -> EventTable:
    return read_event_table(X, y)


def test_the_trivial_cost_is_that_of_the_better_constant_decision(rows: EventTable) -> None:
    costs = CostMatrix.of_two(false_positive=1, false_negative=3)
    facts = facts_of_costs(rows, costs)
    assert facts["trivial_cost"] == min(3 * rows.n_events, 400 - rows.n_events) / 400
    assert facts["cost_range"] == facts["trivial_cost"]  # right decisions cost nothing
    assert set(facts_of_costs(rows, None).values()) == {None}
    gains = facts_of_costs(rows, CostMatrix([[0, 1], [5, -20]], [0, 1]))
    perfect = -20 * rows.n_events / 400
    assert (
        gains["trivial_cost"]
        < 0
        < gains["cost_range"]
        == pytest.approx(gains["trivial_cost"] - perfect)
    )


def test_the_plan_is_kept_with_what_the_study_calls_its_arms(rows: EventTable) -> None:
    approaches = read_approaches(["smote", "class-weights", SMOTE(k_neighbors=3)], [0.25])
    estimators = read_estimators(["logistic", GaussianNB(), RandomForestClassifier()], rows)
    facts = facts_of_plan(approaches, estimators, make_folds(rows, 4, 1, None, None, 0))
    assert facts["shares"]["smote@0.25"] == ["smote", 0.25]
    assert facts["methods"] == {
        "as-is": "as-is",
        "smote@0.25": "",
        "smote": "smote",
        "class-weights": "class-weights",
        "SMOTE@0.25": "",
        "SMOTE": "smote",
    }
    assert facts["families"] == {
        "logistic": "logistic",
        "GaussianNB": "",
        "RandomForestClassifier": "forest",
    }
    assert (facts["n_planned"], facts["ratio"]) == (4, pytest.approx(1 / 3))
    assert facts["versions"]["poise"] == poise.__version__


def test_margins_are_the_usual_ones_but_for_those_that_are_given() -> None:
    facts = {"n_rows": 100, "n_events": 10, "cost_range": 3.0}
    found = margins({"neg_brier_score": 0.5, "f1": 0.1}, facts, METRICS)
    assert set(found) == {name for name, metric in METRICS.items() if metric.has_verdict}
    assert (found["brier"], found["f1"], found["roc_auc"]) == (0.5, 0.1, 0.01)
    assert found["cost"] == pytest.approx(0.06)
    entropy = -0.1 * np.log(0.1) - 0.9 * np.log(0.9)
    assert found["log_loss"] == pytest.approx(0.02 * entropy)


@pytest.mark.parametrize(
    "given",
    ["f1", {"f1": 0}, {"f1": "a"}, {"f1": np.inf}, {"f1": 1e-300}, {"fit_seconds": 1}, [0.1]],
)
def test_bad_margins_are_errors(given: object) -> None:
    with pytest.raises(InputError):
        margins(given, {"n_rows": 100, "n_events": 10}, METRICS)


def test_the_primary_metric_has_the_names_of_scikit_learns_scorers() -> None:
    assert primary(None, METRICS, has_costs=False) == "average_precision"
    assert primary(None, METRICS, has_costs=True) == "cost"
    assert primary("neg_log_loss", METRICS, has_costs=False) == "log_loss"
    assert primary("matthews_corrcoef", METRICS, has_costs=False) == "mcc"
    with pytest.raises(UnknownNameError, match="no metric 'f2'"):
        primary("f2", METRICS, has_costs=False)
    with pytest.raises(InputError, match="has no verdict"):
        primary("fit_seconds", METRICS, has_costs=False)
    with pytest.raises(InputError, match="needs to know what wrong decisions cost"):
        primary("cost", METRICS, has_costs=False)


def test_errors_are_those_of_folds_where_rows_are_not_independent() -> None:
    assert reason_for_folds(5, None, None) == ""
    assert reason_for_folds(5, np.arange(100), None) == ""
    assert "99 groups" in reason_for_folds(5, np.arange(200) % 99, None)
    unequal = np.append(np.arange(150), np.zeros(150))
    assert "151 groups" not in reason_for_folds(5, np.arange(300) % 151, None)
    assert "150 groups of unequal sizes (effective number 4)" in reason_for_folds(5, unequal, None)
    assert "time" in reason_for_folds(5, None, np.arange(9))
    assert "splitter" in reason_for_folds(object(), None, None)
