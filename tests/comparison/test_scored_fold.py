"""A scored fold: probabilities by prior, and the other folds that tune its thresholds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from poise.comparison.run import Runs
from poise.comparison.scored_fold import (
    DecisionSettings,
    other_folds,
    probabilities_of,
    scored_fold,
    to_unit_interval,
)
from poise.comparison.store import ArmFold
from poise.decisions import shift_prior


def test_probabilities_are_corrected_only_if_resampling_changed_the_share_of_events() -> None:
    p = np.array([0.2, 0.7])
    assert list(probabilities_of(ArmFold(p, trained_prior=0.1), 0.1)) == ["as trained"]
    found = probabilities_of(ArmFold(p, trained_prior=0.5), 0.1)
    np.testing.assert_array_equal(found["corrected"], shift_prior(p, 0.5, 0.1))
    assert probabilities_of(ArmFold(p, is_probability=False, trained_prior=0.5), 0.1) == {}


def test_a_sampler_that_leaves_one_class_gets_no_correction() -> None:
    p = np.array([1.0, 1.0])
    found = probabilities_of(ArmFold(p, trained_prior=1.0), 0.1)
    np.testing.assert_array_equal(found["corrected"], p)


def test_thresholds_are_tuned_on_the_other_folds_of_the_repeat(runs: Runs) -> None:
    fold = runs.folds[4]
    rows, scores = other_folds(runs, "logistic", "smote", fold, is_ordered=False)
    others = [runs.folds[3], runs.folds[5]]
    expected = [runs.results["logistic", "smote", other.number].scores for other in others]
    np.testing.assert_array_equal(scores, np.concatenate(expected))
    np.testing.assert_array_equal(rows, np.concatenate([other.test for other in others]))


def test_in_time_only_earlier_folds_tune(runs: Runs) -> None:
    first, second, _ = runs.folds[:3]
    assert len(other_folds(runs, "logistic", "smote", first, is_ordered=True)[0]) == 0
    assert len(other_folds(runs, "logistic", "smote", second, is_ordered=True)[0]) == len(
        first.test
    )
    scored = scored_fold(runs, "logistic", "smote", first, DecisionSettings(is_ordered=True))
    assert scored is not None
    assert scored.tuning is None


def test_where_test_parts_overlap_a_threshold_is_never_tuned_on_the_folds_own_rows(
    runs: Runs,
) -> None:
    first, second = runs.folds[:2]
    overlapping = replace(second, test=np.concatenate([second.test, first.test[:10]]))
    arm = runs.results["logistic", "smote", second.number]
    longer = replace(arm, scores=np.concatenate([arm.scores, np.full(10, 9.0)]))
    results = runs.results | {("logistic", "smote", second.number): longer}
    both = replace(runs, folds=[first, overlapping], results=results)
    _, scores = other_folds(both, "logistic", "smote", first, is_ordered=False)
    assert len(scores) == len(second.test)
    assert scores.max() < 9


def test_an_arm_that_failed_has_no_scores(runs: Runs) -> None:
    fold = runs.folds[0]
    failed = {("logistic", "smote", fold.number): ArmFold(np.empty(0), status="ValueError: no")}
    broken = replace(runs, results=runs.results | failed)
    assert scored_fold(broken, "logistic", "smote", fold, DecisionSettings()) is None


@pytest.mark.parametrize("low", [-3.0, 0.0])
def test_decision_values_keep_their_order_between_0_and_1(low: float) -> None:
    others, own = to_unit_interval(np.array([low, 5.0]), np.array([1.0, 2.0, 4.0]))
    assert 0 <= others.min() <= others.max() <= 1
    assert (np.diff(own) > 0).all()
    p = np.array([0.2, 0.8])
    assert to_unit_interval(p, p)[0] is p
