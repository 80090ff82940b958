"""The status of each arm, and the points that are drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.metrics import f1_score

from poise.comparison.approaches import read_approaches
from poise.comparison.run import Runs
from poise.comparison.status_and_curves import before_and_after, curves_of, status_of
from poise.comparison.store import ArmFold


def with_smote(runs: Runs, arm: ArmFold, n_folds: int) -> Runs:
    results = {("logistic", "smote", number): arm for number in range(n_folds)}
    return replace(runs, results=runs.results | results)


def test_an_arm_without_trouble_has_no_notes(runs: Runs) -> None:
    assert status_of(runs) == {arm: [] for arm in runs.arms}


def test_failures_are_counted_and_what_does_not_apply_is_not_a_failure(runs: Runs) -> None:
    failed = ArmFold(np.empty(0), status="ValueError: no rows")
    arm = ("logistic", "smote")
    assert status_of(with_smote(runs, failed, 2))[arm] == [
        "failed in 2 of 6 folds: ValueError: no rows"
    ]
    meant = ArmFold(np.empty(0), status="not applicable: no class_weight")
    assert status_of(with_smote(runs, meant, 6))[arm] == ["not applicable: no class_weight"]


def test_a_warning_of_several_folds_is_reported_once(runs: Runs) -> None:
    arm = replace(runs.results["logistic", "smote", 0], notes=("UserWarning: slow",))
    found = status_of(with_smote(runs, arm, 3))["logistic", "smote"]
    assert found == ["warned: UserWarning: slow"]


def test_curves_are_of_the_first_repeat(runs: Runs) -> None:
    found = curves_of(runs)
    assert [name for _, name, *_ in found["pr"]] == ["as-is", "class-weights", "smote"]
    folds = runs.folds[:3]
    events = np.concatenate([runs.rows.is_event[fold.test] for fold in folds])
    p = np.concatenate([runs.results["logistic", "smote", f.number].scores for f in folds])
    (curve,) = ((x, y) for _, name, x, y in found["threshold"] if name == "smote")
    at_half = curve[1][curve[0].index(0.5)]
    assert at_half == round(f1_score(events, p >= 0.5), 4)


def test_the_first_approach_that_makes_rows_is_drawn_before_and_after(runs: Runs) -> None:
    approaches = read_approaches(["random-under", "smote"], [0.5])
    found = before_and_after(runs.rows, approaches, 0)
    assert found is not None
    assert found["approach"] == "smote"
    assert sum(n for fate, _, n in found["counts"] if fate == "new") > 0
    assert before_and_after(runs.rows, read_approaches(["random-under"]), 0) is None
