"""Arrays, lists of rows and sparse matrices keep their types."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from one_column import NUMBERS, N, Y, segments, smote
from sklearn.exceptions import DataConversionWarning

from poise import SMOTEN, SMOTENC, RandomUnderSampler
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
    assert pd.Series(sampler.aligned_["time"].astype("M8[s]")).is_monotonic_increasing


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


@pytest.mark.parametrize("kind", [sp.csr_matrix, sp.csc_array, sp.coo_array])
def test_a_sparse_matrix_with_declared_categories_is_resampled_as_an_array(kind: Any) -> None:
    rng = np.random.RandomState(0)
    cells = np.where(rng.rand(80, 4) < 0.5, 0.0, np.rint(rng.randn(80, 4) * 2))
    cells[:, 0] = rng.randn(80)
    labels = [0] * 55 + [1] * 25
    for sampler in (SMOTENC([1, 3], random_state=0), SMOTEN(random_state=0)):
        with pytest.warns(DataConversionWarning, match="converted to a dense array"):
            X_new, _ = sampler.fit_resample(kind(cells), labels)
        assert type(X_new) is (kind if kind is not sp.coo_array else sp.csr_array)
        expected, _ = sampler.fit_resample(cells, labels)
        np.testing.assert_array_equal(X_new.toarray(), expected)


def test_a_format_without_rows_comes_back_in_one_that_has_them() -> None:
    cells = np.eye(40)[:, :5] + np.arange(5)
    labels = [0] * 25 + [1] * 15
    for sampler in (SMOTE(random_state=0), RandomUnderSampler(random_state=0)):
        for kind in (sp.coo_matrix, sp.coo_array, sp.dok_array, sp.lil_matrix, sp.bsr_array):
            X_new, _ = sampler.fit_resample(kind(cells), labels)
            assert X_new.format == "csr"
            assert isinstance(X_new, sp.sparray) == issubclass(kind, sp.sparray)
            assert X_new[:10].shape == (10, 5)
        assert sampler.fit_resample(sp.csc_matrix(cells), labels)[0].format == "csc"
