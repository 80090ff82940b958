"""unscaled-columns: a column whose unit alone decides which rows are neighbours."""

from __future__ import annotations

import numpy as np

from poise.diagnosis._examined import Examined
from poise.diagnosis._geometry import unscaled_columns
from poise.study.event_table import read_event_table


def test_a_column_in_small_units_is_named_and_standard_units_pass() -> None:
    rng = np.random.RandomState(0)
    X, y = rng.normal(size=(300, 4)), np.arange(300) < 60
    assert unscaled_columns(Examined(read_event_table(X, y, pos_label=True))).status == "passed"
    X[:, 2] *= 1000
    found = unscaled_columns(Examined(read_event_table(X, y, pos_label=True)))
    assert found.status == "issue"
    assert found.evidence["column"] == "column 2"
    assert 'neighbor_space="standard"' in found.advice


def test_the_check_does_not_apply_to_a_single_column() -> None:
    X, y = np.arange(30.0)[:, np.newaxis], np.arange(30) < 9
    assert (
        unscaled_columns(Examined(read_event_table(X, y, pos_label=True))).status
        == "not applicable"
    )
