"""Moments are exact: the same in every order and grouping of the rows."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp

from poise.core.neighbors.moments import moments_of, scale_of


def awkward_values() -> np.ndarray:
    rng = np.random.RandomState(0)
    wide = rng.randn(3000, 4) * 10.0 ** rng.randint(-30, 30, size=(3000, 4))
    wide[::7, 1] = np.nan
    wide[:, 2] = 1e9 + rng.rand(3000)
    wide[:5, 3] = [0.0, -0.0, 5e-324, 2.0**53, -1.0]
    return wide


def test_sums_and_squares_equal_those_of_exact_fractions() -> None:
    values = awkward_values()[:300]
    found = moments_of(values)
    for j in range(values.shape[1]):
        known = [Fraction(x) for x in values[~np.isnan(values[:, j]), j].tolist()]
        assert found.counts[j] == len(known)
        assert Fraction(found.sums[j], 1 << 1200) == sum(known)
        assert Fraction(found.squares[j], 1 << 2400) == sum(x * x for x in known)


def test_parts_in_any_order_add_up_to_the_same_number() -> None:
    values = awkward_values()
    mixed = values[np.random.RandomState(1).permutation(len(values))]
    parts = [moments_of(part) for part in np.array_split(mixed, 13)]
    total = parts[0]
    for part in parts[1:]:
        total = part + total
    assert total == moments_of(values)


def test_blocks_of_one_column_are_added_exactly() -> None:
    column = np.full((200_000, 1), 2.0**53 - 1)
    found = moments_of(column)
    assert Fraction(found.squares[0], 1 << 2400) == 200_000 * (2**53 - 1) ** 2
    assert found.deviations() == [0.0]


def test_deviations_are_those_of_numpy() -> None:
    values = awkward_values()[:, 1:3]
    assert moments_of(values).deviations() == pytest.approx(np.nanstd(values, axis=0), rel=1e-6)


def test_the_deviation_of_no_values_is_nan() -> None:
    assert np.isnan(moments_of(np.array([[np.nan]])).deviations()).all()


@pytest.mark.parametrize("size", [1e300, 1e-300, 5e-324])
def test_the_deviation_of_numbers_whose_squares_are_no_floats_is_exact(size: float) -> None:
    assert moments_of(np.array([[size], [-size]])).deviations() == [size]


def test_moments_of_sparse_rows_are_those_of_dense_rows() -> None:
    values = np.random.RandomState(0).randn(300, 5) * (np.random.RandomState(1).rand(300, 5) < 0.2)
    assert moments_of(sp.csr_array(values)) == moments_of(values)


def test_columns_are_divided_by_their_deviation_unless_it_is_0_or_unknown() -> None:
    values = np.array([[1.0, 0.0, 5.0, np.nan], [5.0, 1.0, 5.0, np.nan]])
    assert scale_of(moments_of(values)).tolist() == [2.0, 0.5, 1.0, 1.0]
