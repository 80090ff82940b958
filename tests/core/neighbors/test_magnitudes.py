"""The power of two that keeps squared differences from overflowing or vanishing."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from poise.core.neighbors.magnitudes import (
    Scaling,
    are_ordinary,
    scaled,
    scaling_of,
    spans_of,
)


@pytest.mark.parametrize("largest", [1e150, 1e200, 1.7e308])
def test_a_table_with_a_value_whose_square_may_overflow_is_not_ordinary(largest: float) -> None:
    values = np.array([[0.0, 1.0], [largest, 2.0]])
    assert not are_ordinary(values)
    assert not are_ordinary(sp.csr_array(values))


def test_a_column_of_small_numbers_beside_ordinary_ones_is_seen() -> None:
    values = np.array([[0.0, 1.0], [1e-200, 2.0]])
    assert not are_ordinary(values)
    assert not are_ordinary(sp.csr_array(values))


def test_zeros_and_single_precision_are_ordinary() -> None:
    assert are_ordinary(np.zeros((3, 2)))
    assert are_ordinary(np.array([[1e30], [1e-30]], dtype=np.float32))
    assert are_ordinary(sp.csr_array((3, 2)))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_missing_and_infinite_values_are_not_ordinary(bad: float, dtype: type) -> None:
    assert not are_ordinary(np.array([[bad], [1.0]], dtype=dtype))


def test_spans_of_a_sparse_matrix_count_the_zeros_that_it_does_not_store() -> None:
    values = sp.csr_array(np.array([[0.0, 0.0, 2.0], [0.0, 5.0, 3.0]]))
    columns, low, high = spans_of(values)
    assert columns.tolist() == [1, 2]
    assert low.tolist() == [0.0, 2.0]
    assert high.tolist() == [5.0, 3.0]


def test_a_zero_that_is_not_stored_is_the_highest_of_numbers_below_it() -> None:
    _, low, high = spans_of(sp.csr_array(np.array([[0.0], [-5.0]])))
    assert (low.tolist(), high.tolist()) == ([-5.0], [0.0])


def test_constant_and_missing_columns_do_not_decide_the_power() -> None:
    values = np.array([[1e200, np.nan, 0.0], [1e200, np.nan, 1.0]])
    assert scaling_of(spans_of(values)) == Scaling()


def test_numbers_of_one_magnitude_are_brought_to_about_one() -> None:
    for power in (-1000, -664, 664, 1000):
        assert scaling_of(spans_of(np.array([[0.0], [2.0**power]]))).exponent == -power


def test_a_column_of_small_numbers_beside_ordinary_ones_is_saved_by_a_large_power() -> None:
    values = np.array([[0.0, 0.0], [1.0, 2.0**-664]])
    moved = scaled(values, 2, scaling_of(spans_of(values)).exponent)
    assert are_ordinary(moved)
    assert np.array_equal(moved / moved[1, 0], values)


def test_a_constant_column_does_not_overflow_by_scaling() -> None:
    values = np.array([[1e200, 0.0], [1e200, 1e-200]])
    exponent = scaling_of(spans_of(values)).exponent
    assert np.isfinite(scaled(values, 2, exponent)).all()


def test_the_largest_and_the_smallest_differences_that_can_be_searched_go_together() -> None:
    values = np.array([[0.0, 0.0], [2.0**480, 2.0**-440]])
    assert scaling_of(spans_of(values)) == Scaling()
    for factors in ([2.0, 1.0], [1.0, 0.5]):
        assert scaling_of(spans_of(values * factors)).too_different == (0, 1)


def test_two_columns_that_no_power_saves_are_named_by_position() -> None:
    values = np.array([[0.0, 0.0, 0.0], [1e-300, 1.0, 1e300]])
    assert scaling_of(spans_of(values)) == Scaling(0, (2, 0))


def test_category_codes_are_not_multiplied() -> None:
    assert scaled(np.array([[1.0, 3.0]]), 1, -1).tolist() == [[0.5, 3.0]]
    assert scaled(sp.csr_array([[1.0, 3.0]]), 2, 1).toarray().tolist() == [[2.0, 6.0]]
