"""Rows that are equal in every column."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.plan.recipes import Ids
from poise.core.tables.blocks import Matrix

# One bit pattern for every missing value.
_MISSING = np.uint64(0x7FF8_0000_0000_0000)  # no mutant: any missing value
_FACTOR = np.uint64(0x9E37_79B9_7F4A_7C15)  # no mutant: any large odd number


def equal_groups(values: Matrix) -> Ids:
    """Return a group number for each row; rows are in the same group if all their values are equal.

    Missing values are equal to each other.

    Parameters
    ----------
    values : ndarray of shape (n, d), float64, or csr_array

    Returns
    -------
    ndarray of shape (n,), intp
        Group numbers from 0 on, in no particular order.

    Notes
    -----
    O(n d + n log n): rows are sorted by a 64-bit digest, and rows with the same digest compared.

    Examples
    --------
    >>> equal_groups(np.array([[1.0, np.nan], [2.0, 0.0], [1.0, np.nan], [2.0, -0.0]])).tolist()
    [0, 1, 0, 1]
    """
    if sp.issparse(values):
        return _equal_sparse(values)
    bits = _bits_of(values)
    digest = np.zeros(len(bits), dtype=np.uint64)
    for column in bits.T:  # multiply and mix, so that swapped columns give another digest
        digest = (digest ^ column) * _FACTOR
        digest ^= digest >> np.uint64(29)  # no mutant: any mixing will do
    order = np.argsort(digest, kind="stable")
    ordered = digest[order]
    is_start = np.ones(len(order), dtype=bool)
    is_start[1:] = ordered[1:] != ordered[:-1]
    alike = np.flatnonzero(~is_start)
    if (
        bits[order[alike]] != bits[order[alike - 1]]
    ).any():  # two different rows have the same digest
        _, groups = np.unique(bits, axis=0, return_inverse=True)
        return np.asarray(groups.ravel(), dtype=np.intp)
    first = np.minimum.reduceat(order, np.flatnonzero(is_start)) if len(order) else order
    of_row = np.empty(len(order), dtype=np.intp)
    of_row[order] = first[np.cumsum(is_start) - 1]
    return np.unique(of_row, return_inverse=True)[1].ravel()


def first_of_each(values: Matrix) -> Ids:
    """Return the first row of each group of equal rows, in ascending order.

    Examples
    --------
    >>> first_of_each(np.array([[2.0], [1.0], [2.0], [1.0]])).tolist()
    [0, 1]
    """
    return np.sort(np.unique(equal_groups(values), return_index=True)[1])


def _equal_sparse(values: Matrix) -> Ids:
    # Equal rows have equal weighted sums, so they are adjacent after sorting by these sums.
    shape = values.shape[1], 2  # no mutant: more sums order the rows as well
    weights = np.random.default_rng(0).standard_normal(shape)  # no mutant: any weights
    order = np.lexsort((values @ weights).T)
    step = sp.csr_array(abs(values[order[1:]] - values[order[:-1]]))
    is_new = np.r_[True, np.asarray(step.sum(axis=1)).ravel() > 0]
    groups = np.empty(len(order), dtype=np.intp)
    groups[order] = np.cumsum(is_new) - 1
    return groups


def _bits_of(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    plain = np.ascontiguousarray(values, dtype=np.float64) + 0.0  # -0.0 is 0.0
    bits = plain.view(np.uint64).copy()
    bits[np.isnan(plain)] = _MISSING
    return bits
