"""one-hot-columns: columns of which each row has exactly one 1."""

from __future__ import annotations

import numpy as np
import pandas as pd
from ordinary import BASE, seen

from poise.diagnosis import _related
from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table


def test_one_hot_columns_are_named_with_their_rule() -> None:
    dummies = pd.get_dummies(BASE["town"], prefix="town").astype(float)
    found = seen(_related.one_hot_columns, pd.concat([BASE[["a"]], dummies], axis=1))
    assert found.status == "tip"
    assert found.evidence["groups"] == [list(dummies)]
    assert "OneHot(['town_a'" in found.advice


def test_rows_without_columns_are_left_alone() -> None:
    images, y = np.random.RandomState(0).normal(size=(60, 2, 3)), np.arange(60) < 20
    rows = read_event_table(images, y, embedding=images.reshape(60, 6))
    assert _related.one_hot_columns(Examined(rows)).status == "not applicable"
