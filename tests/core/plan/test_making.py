"""Making new rows needs little memory beside the input and the output."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from poise import SMOTE


@pytest.mark.parametrize("dtype", ["f8", "f4"])
def test_smote_takes_at_most_a_quarter_more_than_its_input_and_output(dtype: str) -> None:
    X = np.random.RandomState(0).randn(20_000, 40).astype(dtype)
    y = np.repeat([0, 1], [18_000, 2_000])
    tracemalloc.start()
    X_new, y_new = SMOTE(random_state=0, n_jobs=1).fit_resample(X, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    made = X_new.nbytes + y_new.nbytes
    assert peak - made < 0.25 * (X.nbytes + y.nbytes + made)
