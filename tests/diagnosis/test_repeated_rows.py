"""repeated-rows: equal rows within a class."""

from __future__ import annotations

import numpy as np
import pytest

from poise.core.neighbors.equal_rows import equal_groups
from poise.diagnosis._examined import Examined
from poise.diagnosis._rows import repeated_rows
from poise.study.event_table import read_event_table


def seen(X, y):
    return repeated_rows(Examined(read_event_table(X, y, pos_label=True)))


def test_equal_rows_of_one_class_count_and_those_of_both_do_not() -> None:
    X, y = np.arange(200.0)[:, np.newaxis] / 7, np.arange(200) < 50
    assert seen(X, y).status == "passed"
    X[60] = X[3]  # of both classes: a contradiction
    assert seen(X, y).status == "passed"
    X[4] = X[5]
    found = seen(X, y)
    assert found.status == "tip"
    assert found.evidence["rows"] == [4, 5]
    X[10:30] = 7.0
    assert seen(X, y).status == "issue"


@pytest.mark.parametrize("n_columns", [1, 2, 7])
def test_groups_are_those_of_numpy(n_columns: int) -> None:
    rng = np.random.RandomState(0)
    values = rng.randint(3, size=(300, n_columns)).astype(float)
    values[rng.uniform(size=values.shape) < 0.1] = np.nan
    values[rng.uniform(size=values.shape) < 0.1] *= -0.0
    codes = np.unique(np.nan_to_num(values, nan=9.0) + 0.0, axis=0, return_inverse=True)[1].reshape(
        -1
    )
    groups = equal_groups(values)
    assert len(set(zip(codes.tolist(), groups.tolist(), strict=True))) == codes.max() + 1
    assert groups.max() == codes.max()
