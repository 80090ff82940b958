"""too-few-rows: fewer rows of the event than SMOTE needs, in the folds too."""

from __future__ import annotations

import numpy as np
import pytest

from poise.diagnosis._examined import Examined
from poise.diagnosis._rows import too_few_rows
from poise.study.event_table import read_event_table


@pytest.mark.parametrize(
    ("n_events", "status", "severity"),
    [
        (4, "issue", "error"),
        (6, "issue", "error"),
        (7, "issue", "error"),
        (8, "tip", "note"),
        (60, "passed", ""),
    ],
)
def test_rows_are_counted_in_the_training_part_of_five_folds(
    n_events: int, status: str, severity: str
) -> None:
    X, y = np.arange(200.0)[:, np.newaxis], np.arange(200) < n_events
    found = too_few_rows(Examined(read_event_table(X, y, pos_label=True)))
    assert (found.status, found.severity) == (status, severity)


def test_the_advice_names_a_k_that_works() -> None:
    for n_events, advice in (
        (1, "Use poise.RandomOverSampler."),
        (2, "Use poise.RandomOverSampler."),
        (3, "Pass k_neighbors=1, or use poise"),
        (4, "Pass k_neighbors=2 or less, or use poise"),
        (5, "Pass k_neighbors=3 or less, or use poise"),
    ):
        X, y = np.arange(50.0)[:, np.newaxis], np.arange(50) < n_events
        found = too_few_rows(Examined(read_event_table(X, y, pos_label=True)))
        assert found.advice.startswith(advice)
        assert found.message.startswith("1 row of" if n_events == 1 else f"{n_events} rows of")
