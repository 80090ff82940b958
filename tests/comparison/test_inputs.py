"""The setup: what is read before anything is fitted, and what the diagnosis warns of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from poise import compare
from poise.comparison.inputs import read_inputs
from poise.core.errors import InputError
from poise.study.minority_kinds import KINDS, kinds_of


def test_suspicious_columns_are_warned_of(X: Any, y: Any, quick: dict[str, Any]) -> None:
    table = pd.DataFrame(X, columns=list("abcde"))
    table["always"] = 1.0
    table["closed"] = np.where(y == 1, "yes", "no")
    table["amount"] = y + np.random.RandomState(0).uniform(0, 0.5, 400)
    table["id"] = [f"row {i}" for i in range(400)]
    found = compare(table, y, **quick | {"cv": 2, "approaches": ["as-is"]})
    warning, on_identifiers = found.facts["warnings"]
    assert on_identifiers.startswith("'id' looks like identifiers of rows")
    assert warning.startswith("column 'amount' and column 'closed' separate the classes alone")
    seen = {finding["name"]: finding["status"] for finding in found.pictures["diagnosis"]}
    assert seen["identifier-column"] == seen["near-constant-column"] == "issue"
    assert "class-overlap" not in seen  # the comparison itself tells


def setup_of(X: Any, y: Any, **given: Any) -> Any:
    usual = {"approaches": ["smote"], "estimators": ["logistic"], "ratios": [0.5], "cv": 5}
    usual |= {"n_repeats": 1, "groups": None, "time": None, "costs": None, "precision": 0.5}
    usual |= {"pos_label": None, "column_kinds": None, "random_state": 0}
    usual |= {"carry_columns": None, "constraints": None, "embedding": None, "sample_weight": None}
    usual |= {"primary_metric": None, "equivalence_margin": None, "effect_prior": "reference"}
    return read_inputs(X, y, **usual | given)


def test_the_facts_of_a_table_are_known_before_anything_is_fitted(X: Any, y: Any) -> None:
    table = pd.DataFrame(X, columns=list("abcde")).assign(town=np.tile(["Rome", "Oslo"], 200))
    facts = setup_of(table, y).facts
    assert (facts["n_rows"], facts["n_columns"], facts["n_categorical"]) == (400, 6, 1)
    assert facts["n_events"] == int(y.sum())
    assert facts["folds"] == "1 x 5 folds, stratified"
    assert facts["shares"] == {"smote@0.5": ["smote", 0.5]}
    assert facts["ratio"] == 0.25


def test_kinds_of_events_are_those_of_their_neighbours(X: Any, y: Any) -> None:
    setup = setup_of(X, y)
    rows = setup.rows
    expected = np.array(KINDS)[kinds_of(rows.standard_index, rows.is_event)]
    assert np.array_equal(setup.kinds[rows.is_event], expected)
    assert set(setup.kinds[~rows.is_event]) == {""}


def test_time_makes_thresholds_depend_on_earlier_folds_only(X: Any, y: Any) -> None:
    assert setup_of(X, y, time=np.arange(400)).settings.is_ordered
    assert not setup_of(X, y).settings.is_ordered
    assert setup_of(X, y, time=np.arange(400), groups=np.arange(400)).settings.is_ordered


@pytest.mark.parametrize(
    "labels",
    [
        [date(2020, 1, 1), date(2020, 1, 2)],
        [b"no", b"yes"],
        [2**70, 2**71],
        [Decimal(1), Decimal(2)],
    ],
)
def test_labels_that_no_classifier_takes_are_refused_before_anything_is_fitted(
    X: Any, y: Any, labels: list[Any]
) -> None:
    with pytest.raises(InputError, match="which classifiers of scikit-learn do not take"):
        setup_of(X, [labels[code] for code in y])
