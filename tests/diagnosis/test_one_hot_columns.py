"""one-hot-columns: columns of which each row has exactly one 1."""

from __future__ import annotations

import pandas as pd
from ordinary import BASE, seen

from poise.diagnosis import _related


def test_one_hot_columns_are_named_with_their_rule() -> None:
    dummies = pd.get_dummies(BASE["town"], prefix="town").astype(float)
    found = seen(_related.one_hot_columns, pd.concat([BASE[["a"]], dummies], axis=1))
    assert found.status == "tip"
    assert found.evidence["groups"] == [list(dummies)]
    assert "OneHot(['town_a'" in found.advice
