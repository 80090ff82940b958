"""Equal rows are found in dense and sparse tables."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from poise.core.neighbors.equal_rows import _FACTOR, equal_groups, first_of_each

rng = np.random.RandomState(0)
VALUES = rng.randint(0, 3, size=(200, 4)) * 0.5


def pairs_of(groups: np.ndarray) -> list[list[bool]]:
    return (groups[:, None] == groups).tolist()


def test_two_rows_are_in_one_group_exactly_if_all_columns_are_equal() -> None:
    expected = (VALUES[:, None] == VALUES).all(axis=2).tolist()
    assert pairs_of(equal_groups(VALUES)) == expected
    assert pairs_of(equal_groups(sp.csr_array(VALUES))) == expected


def test_missing_values_are_equal_and_so_are_zeros_of_either_sign() -> None:
    rows = np.array([[np.nan, 0.0], [np.nan, -0.0], [0.0, np.nan]])
    assert equal_groups(rows).tolist() == [0, 0, 1]


def test_the_first_row_of_each_group_is_the_one_with_the_smallest_number() -> None:
    _, expected = np.unique(VALUES, axis=0, return_index=True)
    assert first_of_each(VALUES).tolist() == sorted(expected.tolist())


def test_tiny_numbers_are_not_equal_to_zero() -> None:
    assert len(set(equal_groups(np.array([[0.0], [1e-300], [2e-300]])).tolist())) == 3


def test_groups_of_sparse_rows_are_counted_from_0() -> None:
    groups = equal_groups(sp.csr_array(np.array([[1.0, 0], [0, 2], [1, 0]])))
    assert sorted(set(groups.tolist())) == [0, 1]


def test_different_rows_of_the_same_digest_are_in_different_groups() -> None:
    first = np.array([1.0, 2.0]).view(np.uint64) * _FACTOR
    first ^= first >> np.uint64(29)  # the digests of the first column
    second = np.array([3.0]).view(np.uint64) ^ first ^ first[0]  # so that those of both are equal
    rows = np.column_stack([[1.0, 2.0], second.view(np.float64)])
    assert rows[0].tolist() == [1.0, 3.0]
    groups = equal_groups(np.concatenate([rows, rows]))
    assert pairs_of(groups) == pairs_of(np.array([0, 1, 0, 1]))


def test_no_rows_are_in_no_group() -> None:
    assert equal_groups(np.empty((0, 2))).tolist() == []
