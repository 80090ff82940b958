"""A table of three columns of numbers, and the errors of its variants, shared by the tests of core."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from poise.core.errors import InputError, UnsupportedTypeError
from poise.over_sampling import SMOTE

X = np.random.RandomState(0).randn(40, 3)
y = np.repeat([0, 1], [30, 10])
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])


def with_values(value: Any, rows: list[int], column: str = "b") -> pd.DataFrame:
    frame = FRAME.copy()
    frame.loc[rows, column] = value
    return frame


def error_of(X: Any, y: Any = y, sampler: Any = None) -> str:
    with pytest.raises((InputError, UnsupportedTypeError)) as error:
        (sampler or SMOTE()).fit_resample(X, y)
    return str(error.value)
