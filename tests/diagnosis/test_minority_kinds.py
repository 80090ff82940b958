"""minority-kinds: counts of safe, borderline, rare and outlying rows, and which they are."""

from __future__ import annotations

import numpy as np
import pytest

from poise import diagnose
from poise.datasets import load_abalone
from poise.diagnosis import CHECKS
from poise.study.minority_kinds import KINDS


def test_counts_and_rows_agree() -> None:
    abalone = load_abalone()
    table = abalone.frame("pandas")
    y = table.pop(abalone.target)
    found = diagnose(table, y, mute=["class-overlap", "class-weights"])
    rows = found.row_columns
    counts = {kind: int((rows["kind"] == kind).sum()) for kind in KINDS}
    evidence = found["minority-kinds"].evidence
    assert counts == {kind: evidence[kind] for kind in KINDS}
    assert sum(counts.values()) == found.facts["n_events"]
    assert set(rows["neighbors_of_event"][rows["kind"] == "outlier"].tolist()) == {0}
    assert set(rows["neighbors_of_event"][rows["kind"] == "safe"].tolist()) <= {4, 5}
    assert (rows["neighbors_of_event"][~rows["is_event"]] == -1).all()


@pytest.mark.parametrize(("n_lone", "status"), [(40, "issue"), (0, "passed")])
def test_isolated_rows_that_a_classifier_misses_are_an_issue(n_lone: int, status: str) -> None:
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(600, 2)), np.arange(600) < 60
    X[n_lone:60] += 6
    found = diagnose(X, y, pos_label=True)["minority-kinds"]
    assert found.status == status
    if n_lone:
        assert found.evidence["ranked_lower_by"] > 0.2
        assert "ranks the rare and outlying ones lower" in found.message


def test_rows_that_are_as_isolated_as_chance_makes_them_are_no_issue() -> None:
    """Of a rare event whose labels mean nothing, nearly all rows are outliers: that says nothing about them."""
    rng = np.random.RandomState(0)
    found = diagnose(rng.normal(size=(400, 2)), np.arange(400) < 30, pos_label=True)
    evidence = found["minority-kinds"].evidence
    assert found["minority-kinds"].status == "passed"
    by_chance = (evidence["rare"] + evidence["outlier"]) / 30
    assert abs(evidence["rare_or_outlier_by_chance"] - by_chance) < 0.15
    assert "By chance rows of the event would be as near" in found["minority-kinds"].message


@pytest.mark.parametrize("share", [0.03, 0.1, 0.3])
def test_labels_without_meaning_are_no_issue_and_no_tip(share: float) -> None:
    rng = np.random.RandomState(1)
    muted = [check.code for check, _ in CHECKS if check.name != "minority-kinds"]
    for _ in range(30):
        X, is_event = rng.normal(size=(500, 2)), rng.permutation(500) < 500 * share
        found = diagnose(X, is_event, pos_label=True, mute=muted)
        assert found["minority-kinds"].status == "passed"


def test_nine_rows_of_the_event_have_too_few_neighbours_of_their_kind() -> None:
    rng = np.random.RandomState(0)
    found = diagnose(rng.normal(size=(400, 2)), np.arange(400) < 9, pos_label=True)
    assert found["minority-kinds"].status == "not applicable"
