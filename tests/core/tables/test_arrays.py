"""Arrays, lists of rows and sparse matrices keep their types."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from poise.over_sampling import SMOTE

N = 21
Y = np.repeat([0, 1], [14, 7])
NUMBERS = np.random.RandomState(0).randn(N)


def smote(**parameters: Any) -> SMOTE:
    return SMOTE(**({"k_neighbors": 2, "random_state": 0} | parameters))


def segments(values: np.ndarray, **parameters: Any) -> tuple[Any, Any]:
    """New rows of one column, and their lineage."""
    sampler = smote(**parameters)
    X_new, _ = sampler.fit_resample(values.reshape(-1, 1), Y)
    return X_new[N:, 0], [part[N:] for part in sampler.plan_.lineage()[1:]]


def test_items_of_lists_keep_their_types() -> None:
    rows = [
        [Decimal(i) / 4, 2**70 + 3 * i, dt.date(2026, 1, 1) + dt.timedelta(i)] for i in range(N)
    ]
    X_new, _ = smote().fit_resample(rows, Y)
    assert [type(item) for item in X_new[-1]] == [Decimal, int, dt.date]
    floats = [[float(i), 0.5 * i] for i in range(N)]
    X_new, _ = smote(column_kinds={0: "integer"}).fit_resample(floats, Y)
    assert {type(row[0]) for row in X_new} == {float}
    assert all(row[0] == int(row[0]) for row in X_new)


def test_times_of_another_byte_order_are_times() -> None:
    values = (np.arange(N) * 86400).astype("M8[s]")
    swapped = values.astype(">M8[s]")
    assert segments(swapped)[0].tolist() == segments(values)[0].tolist()
    sampler = smote()
    sampler.fit_resample(NUMBERS[:, None], Y, time=swapped[::-1])
    assert pd.Series(sampler.carried_["time"].astype("M8[s]")).is_monotonic_increasing


def test_sparse_rows_of_nothing_are_blended() -> None:
    X = sp.csr_array(np.zeros((N, 3)))
    X_new, _ = smote().fit_resample(X, Y)
    assert X_new.shape == (28, 3)
    assert X_new.nnz == 0
