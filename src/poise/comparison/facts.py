"""Facts about a comparison that are known before anything is fitted: its design, its scales and versions."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from poise.comparison.approaches import Approach
from poise.comparison.folds import Fold
from poise.comparison.metrics import METRICS
from poise.decisions import CostMatrix
from poise.study.event_table import EventTable
from poise.study.statistics import Design


def design_of(rows: EventTable, folds: Sequence[Fold]) -> Design:
    """Return the numbers of rows, events and folds, on which the size of detectable differences depends."""
    n_test, n_train = (
        float(np.mean([len(part) for part in parts]))
        for parts in zip(*((fold.test, fold.train) for fold in folds), strict=True)
    )
    return Design(rows.n_rows, rows.n_events, len(folds), n_test, n_train)


def facts_of_metrics(rows: EventTable, costs: CostMatrix | None, design: Design) -> dict[str, Any]:
    """Return what scales of metrics depend on.

    "trivial_cost" is the cost of the better constant decision.
    """
    facts = {
        "events_a_fold": design.n_test * design.n_events / design.n_rows,
        "widths": {name: m.width for name, m in METRICS.items() if np.isfinite(m.width)},
        "trivial_cost": None,
    }
    if costs is not None:
        y = rows.is_event.astype(int)
        constant = [costs.mean(y, np.full(rows.n_rows, decision)) for decision in (0, 1)]
        facts["trivial_cost"] = min(constant)
    return facts


def facts_of_plan(approaches: Sequence[Approach], design: Design) -> dict[str, Any]:
    """Return the planned folds, the shares of approaches, and the installed versions."""
    return {
        "n_planned": design.n_folds,
        "ratio": design.ratio,
        "shares": {one.name: [one.parent, one.share] for one in approaches if one.parent},
        "versions": {name: version(name) for name in ("poise", "scikit-learn", "numpy")}
        | {"python": platform.python_version()},
    }
