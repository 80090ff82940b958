"""Facts of a comparison: its design, its scales and the installed versions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import poise
from poise.comparison.approaches import read_approaches
from poise.comparison.facts import design_of, facts_of_metrics, facts_of_plan
from poise.comparison.folds import make_folds
from poise.comparison.metrics import METRICS
from poise.decisions import CostMatrix
from poise.study.event_table import EventTable, read_event_table


@pytest.fixture
def rows(X: Any, y: Any) -> EventTable:
    return read_event_table(X, y)


def test_a_design_has_the_mean_sizes_of_the_folds(rows: EventTable) -> None:
    design = design_of(rows, make_folds(rows, 3, 2, None, None, 0))
    assert (design.n_rows, design.n_events, design.n_folds) == (400, rows.n_events, 6)
    assert design.n_test == pytest.approx(400 / 3)
    assert design.ratio == pytest.approx(1 / 2)


def test_the_trivial_cost_is_that_of_the_better_constant_decision(rows: EventTable) -> None:
    design = design_of(rows, make_folds(rows, 4, 1, None, None, 0))
    costs = CostMatrix.of_two(false_positive=1, false_negative=3)
    facts = facts_of_metrics(rows, costs, design)
    assert facts["trivial_cost"] == min(3 * rows.n_events, 400 - rows.n_events) / 400
    assert facts_of_metrics(rows, None, design)["trivial_cost"] is None


def test_every_metric_with_a_verdict_has_a_width(rows: EventTable) -> None:
    design = design_of(rows, make_folds(rows, 4, 1, None, None, 0))
    widths = facts_of_metrics(rows, None, design)["widths"]
    assert set(widths) == {name for name, metric in METRICS.items() if metric.has_verdict}
    assert np.isfinite(list(widths.values())).all()


def test_shares_and_versions_are_kept(rows: EventTable) -> None:
    design = design_of(rows, make_folds(rows, 4, 1, None, None, 0))
    facts = facts_of_plan(read_approaches(["smote"], [0.25]), design)
    assert facts["shares"] == {"smote@0.25": ["smote", 0.25]}
    assert facts["n_planned"] == 4
    assert facts["versions"]["poise"] == poise.__version__
