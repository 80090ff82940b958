"""minority-kinds: counts of safe, borderline, rare and outlying rows, and which they are."""

from __future__ import annotations

import numpy as np
import pytest

from poise import diagnose
from poise.datasets import load_abalone
from poise.study.minority_kinds import KINDS


def test_counts_and_rows_agree() -> None:
    abalone = load_abalone()
    table = abalone.frame("pandas")
    y = table.pop(abalone.target)
    found = diagnose(table, y, mute=["class-overlap", "class-weights"])
    rows = found.row_columns
    counts = {kind: int((rows["kind"] == kind).sum()) for kind in KINDS}
    assert counts == dict(found["minority-kinds"].evidence)
    assert sum(counts.values()) == found.facts["n_events"]
    assert set(rows["neighbors_of_event"][rows["kind"] == "outlier"].tolist()) == {0}
    assert set(rows["neighbors_of_event"][rows["kind"] == "safe"].tolist()) <= {4, 5}
    assert (rows["neighbors_of_event"][~rows["is_event"]] == -1).all()


@pytest.mark.parametrize(("away", "status"), [(0.0, "issue"), (6.0, "passed")])
def test_isolated_rows_are_an_issue(away: float, status: str) -> None:
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(400, 2)), np.arange(400) < 30
    X[y] += away
    assert diagnose(X, y, pos_label=True)["minority-kinds"].status == status
