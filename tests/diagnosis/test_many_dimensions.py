"""many-dimensions: k-NN predicts the event for every row in many columns, and not in few."""

from __future__ import annotations

import numpy as np

from poise import SMOTE, diagnose
from poise.diagnosis._examined import Examined
from poise.diagnosis._geometry import _predicted_variance, many_dimensions
from poise.study.event_table import read_event_table


def seen(n_columns: int, n_events: int = 50):
    rng = np.random.RandomState(0)
    y = np.arange(500) < n_events
    return many_dimensions(
        Examined(read_event_table(rng.normal(size=(500, n_columns)), y, pos_label=True))
    )


def test_many_columns_are_an_issue_and_few_are_not() -> None:
    assert seen(100).status == "issue"
    assert seen(100).evidence["predicted_event_under_null"] > 0.9
    assert seen(3).status == "passed"


def test_the_predicted_variance_of_new_rows_is_the_measured_one() -> None:
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(600, 8)), np.arange(600) < 200
    table = Examined(read_event_table(X, y, pos_label=True))
    made = SMOTE(random_state=0, sampling_strategy={True: 30_000}).fit_resample(
        table.rows.standard, y
    )[0][600:]
    real = table.rows.standard[:200]
    assert abs(_predicted_variance(table) - (made.var(axis=0) / real.var(axis=0)).mean()) < 0.02


def test_five_rows_of_the_event_are_too_few() -> None:
    assert seen(3, n_events=5).status == "not applicable"


def test_repeated_rows_and_constant_columns_do_no_harm() -> None:
    X = np.repeat(np.arange(40.0)[:, np.newaxis], 3, axis=1) // 8
    X[:, 1] = 1.0
    found = diagnose(X, np.arange(40) < 12, pos_label=True)["many-dimensions"]
    assert found.status in ("passed", "tip")


def test_tables_with_few_missing_values_are_checked() -> None:
    rng = np.random.RandomState(0)
    y = np.arange(600) < 54
    for row in (0, 3, 540):  # among the rows that are trained on, or that are tested
        X = rng.normal(size=(600, 2))
        X[row, 1] = np.nan
        found = many_dimensions(Examined(read_event_table(X, y, pos_label=True)))
        assert found.status == "passed"
