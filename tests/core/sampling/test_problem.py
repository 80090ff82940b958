"""The input of a method is checked, and whole numbers held as floats warn."""

from __future__ import annotations

import numpy as np
import pytest
from mixed_table import FRAME, Y

from poise.core.errors import InputError, WholeNumbersWarning
from poise.over_sampling import SMOTE


def test_whole_numbers_held_as_floats_warn_once_with_the_remedy() -> None:
    X = FRAME[["income"]].assign(count=FRAME["age"].astype(float))
    with pytest.warns(
        WholeNumbersWarning, match="'count'.*column_kinds={'count': 'integer'}"
    ) as seen:
        SMOTE(random_state=0).fit_resample(X, Y)
    assert len(seen) == 1
    SMOTE(column_kinds={"count": "continuous"}).fit_resample(X, Y)  # no warning


def test_infinity_raises_with_its_column_beside_missing_values_and_text() -> None:
    X = FRAME.assign(score=FRAME["score"].where(FRAME.index != 3, np.inf))
    with pytest.raises(InputError, match=r"infinity is in column 'score' \(1 row\)"):
        SMOTE().fit_resample(X, Y)
