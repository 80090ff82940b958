"""Judging: scores become values, fold by fold, and a result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from poise.comparison import Comparison
from poise.comparison.gains import gains_of
from poise.comparison.metrics import Key
from poise.comparison.run import Runs
from poise.comparison.scored_fold import DecisionSettings
from poise.comparison.scores import roc_auc
from poise.comparison.store import ArmFold


def test_a_value_is_the_score_of_the_test_rows_of_its_fold(runs: Runs) -> None:
    values = gains_of(runs, DecisionSettings()).by_fold[
        Key("logistic", "smote", None, None, "roc_auc")
    ]
    for fold, value in zip(runs.folds, values, strict=True):
        scores = runs.results["logistic", "smote", fold.number].scores
        assert value == roc_auc(runs.rows.is_event[fold.test], scores)


def test_a_fold_that_failed_is_nan_and_the_others_stay(runs: Runs) -> None:
    failed = {("logistic", "smote", 0): ArmFold(np.empty(0), status="ValueError: no")}
    values = gains_of(replace(runs, results=runs.results | failed), DecisionSettings()).by_fold
    found = values[Key("logistic", "smote", None, None, "roc_auc")]
    assert np.isnan(found[0])
    assert np.isfinite(found[1:]).all()


def test_a_result_says_how_many_folds_were_run_and_how_long_it_took(result: Comparison) -> None:
    assert result.facts["n_folds"] == result.facts["n_planned"] == 10
    assert result.facts["seconds"] >= 0
    assert set(result.pictures) == {
        *("scatter", "pr", "reliability", "threshold", "threshold_metric", "diagnosis", "features")
    }
    assert set(result.described)
