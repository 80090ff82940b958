"""detectable-difference: what cross-validation on these rows can show."""

from __future__ import annotations

import numpy as np
import pytest

from poise.diagnosis._examined import Examined
from poise.diagnosis._rows import detectable_difference
from poise.study.event_table import read_event_table


def seen(n: int, n_events: int):
    X = np.random.RandomState(0).normal(size=(n, 2))
    return detectable_difference(
        Examined(read_event_table(X, np.arange(n) < n_events, pos_label=True))
    )


def test_more_events_show_smaller_differences() -> None:
    few, many = seen(300, 30), seen(9000, 3000)
    assert few.status == "tip"
    assert many.status == "passed"
    assert few.evidence["logistic"] == pytest.approx(10 * many.evidence["logistic"], rel=0.02)
    assert few.evidence["boosting"] > few.evidence["logistic"]


def test_nine_rows_are_too_few() -> None:
    assert seen(100, 9).status == "not applicable"
