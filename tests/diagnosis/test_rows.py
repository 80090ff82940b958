"""Numbers of rows and repeated rows: the thresholds of their checks."""

from __future__ import annotations

import numpy as np
import pytest

from poise.diagnosis._examined import Examined
from poise.diagnosis._rows import contradictory_rows, repeated_rows, too_few_rows
from poise.study.event_table import read_event_table


def examined(X: np.ndarray, n_events: int) -> Examined:
    return Examined(read_event_table(X, np.arange(len(X)) < n_events, pos_label=True))


@pytest.mark.parametrize(("n_equal", "status"), [(4, "tip"), (5, "issue")])
def test_contradictions_in_5_percent_of_the_event_are_an_issue(n_equal: int, status: str) -> None:
    values = np.arange(200.0)[:, np.newaxis]
    values[100 : 100 + n_equal] = values[:n_equal]
    assert contradictory_rows(examined(values, 100)).status == status


@pytest.mark.parametrize(("n_equal", "status"), [(4, "tip"), (5, "issue")])
def test_equal_rows_in_5_percent_of_a_class_are_an_issue(n_equal: int, status: str) -> None:
    values = np.arange(200.0)[:, np.newaxis]
    values[100 : 100 + n_equal] = 7.5
    assert repeated_rows(examined(values, 100)).status == status


@pytest.mark.parametrize(("n_events", "status"), [(24, "tip"), (25, "passed")])
def test_four_times_k_rows_in_the_folds_are_enough_for_smote(n_events: int, status: str) -> None:
    assert too_few_rows(examined(np.arange(100.0)[:, np.newaxis], n_events)).status == status
