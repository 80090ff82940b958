"""Frames of every library come back with their index, names and dtypes."""

from __future__ import annotations

import numpy as np
import pandas as pd

import poise

N = 21
Y = np.repeat([0, 1], [14, 7])
NUMBERS = np.random.RandomState(0).randn(N)


def test_an_arrow_frame_of_a_pandas_table_has_no_column_more() -> None:
    frame = pd.DataFrame({"a": NUMBERS, "label": Y})
    result = poise.resample(frame, target="label", k_neighbors=2)
    assert result.frame("pyarrow").column_names == ["a", "label"]
