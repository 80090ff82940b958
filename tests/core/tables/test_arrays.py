"""Arrays, lists of rows and sparse matrices keep their types."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import scipy.sparse as sp
from one_column import NUMBERS, N, Y, segments, smote

from poise.core.tables.read import read_table
from poise.over_sampling import SMOTE


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


def test_the_numbers_of_items_are_their_columns_of_numbers() -> None:
    rows = [["a", 1, None, True], ["b", None, 2.5, False]]
    names, values = read_table(rows).known_numbers()
    assert names == [1, 2, 3]
    np.testing.assert_array_equal(values, [[1.0, np.nan, 1.0], [np.nan, 2.5, 0.0]])


def test_dates_among_items_may_be_missing() -> None:
    day = dt.date(2026, 1, 1)
    rows = [[day + dt.timedelta(days=100 * i)] for i in range(12)] + [[None]]
    X_new, _ = SMOTE(k_neighbors=2, random_state=0).fit_resample(rows, [0] * 9 + [1] * 4)
    assert X_new[:13] == rows
    new = [row[0] for row in X_new[13:]]
    assert all(item is None or isinstance(item, dt.date) for item in new)
    known = [item for item in new if item is not None]
    assert set(known) - {row[0] for row in rows}  # blended
    assert all(rows[9][0] <= item <= rows[11][0] for item in known)


def test_repeated_entries_of_a_sparse_matrix_are_added_in_a_copy() -> None:
    """Of row 0, the two entries of column 0 are 1 and 2."""
    parts = [1.0, 5.0, 2.0, 4.0], [0, 1, 0, 0], [0, 3, 4]
    matrix = sp.csr_matrix(parts, shape=(2, 2))
    values = read_table(matrix).blocks[0].cells.values
    assert values.has_canonical_format
    assert values.toarray().tolist() == [[3.0, 5.0], [4.0, 0.0]]
    assert matrix.data.tolist() == parts[0]
