"""Columns of whole numbers that are held as floats warn."""

from __future__ import annotations

import pytest
from mixed_table import FRAME, Y

from poise.core.errors import WholeNumbersWarning
from poise.over_sampling import SMOTE


def test_whole_numbers_held_as_floats_warn_once_with_the_remedy() -> None:
    X = FRAME[["income"]].assign(count=FRAME["age"].astype(float))
    with pytest.warns(
        WholeNumbersWarning, match="'count'.*column_kinds={'count': 'integer'}"
    ) as seen:
        SMOTE(random_state=0).fit_resample(X, Y)
    assert len(seen) == 1
    SMOTE(column_kinds={"count": "continuous"}).fit_resample(X, Y)  # no warning
