"""The input of a method is checked."""

from __future__ import annotations

import numpy as np
import pytest
from mixed_table import FRAME, Y

from poise.core.errors import InputError
from poise.over_sampling import SMOTE


def test_infinity_raises_with_its_column_beside_missing_values_and_text() -> None:
    X = FRAME.assign(score=FRAME["score"].where(FRAME.index != 3, np.inf))
    with pytest.raises(InputError, match=r"infinity is in column 'score' \(1 row\)"):
        SMOTE().fit_resample(X, Y)
