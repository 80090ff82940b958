"""Moments: exact sums over rows, equal to the last bit for every order and grouping of the rows.

Values are split into whole numbers and powers of two, and whole numbers are added exactly. The
standard deviation of a column is therefore the same if its rows are added at once, in blocks, or on
many machines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.tables.blocks import Matrix

_ROWS_AT_ONCE = 1 << 16  # no mutant: sums of products of two 18-bit digits stay below 2**53
_DIGIT = 18
_MASK = (1 << _DIGIT) - 1
# Powers of two that turn the smallest float, and its square, into a whole number.
_SHIFT = 1200  # no mutant: any shift beyond the exponents is exact
_SQUARE_SHIFT = 2 * _SHIFT


@dataclass(frozen=True)
class Moments:
    """Exact count, sum and sum of squares of the values of each column.

    Attributes
    ----------
    counts, sums, squares : tuple of int
        One entry per column. Sums are in units of 2**-1200, squares in units of 2**-2400.

    Examples
    --------
    >>> first, second = moments_of(np.array([[1.0], [2.0]])), moments_of(np.array([[6.0]]))
    >>> (first + second).deviations()
    array([2.1602469])
    """

    counts: tuple[int, ...]
    sums: tuple[int, ...]
    squares: tuple[int, ...]

    def __add__(self, other: Moments) -> Moments:
        return Moments(
            _added(self.counts, other.counts),
            _added(self.sums, other.sums),
            _added(self.squares, other.squares),
        )

    def deviations(self) -> NDArray[np.float64]:
        """Return the standard deviation (divisor n) of each column; NaN if all values are missing."""
        every = zip(self.counts, self.sums, self.squares, strict=True)
        return np.array([_deviation(n, total, squares) for n, total, squares in every])


def scale_of(moments: Moments) -> NDArray[np.float64]:
    """Return the divisor that gives each column a standard deviation of one; 1 for constant columns.

    Examples
    --------
    >>> scale_of(moments_of(np.array([[1.0, 5.0], [3.0, 5.0]])))
    array([1., 1.])
    """
    deviations = moments.deviations()
    return np.where(np.isfinite(deviations) & (deviations > 0), deviations, 1.0)


def moments_of(values: Matrix) -> Moments:
    """Return the moments of the columns; NaN is a missing value.

    Parameters
    ----------
    values : ndarray or sparse array of shape (n, d)
        Without infinite values.

    Notes
    -----
    O(n d).
    """
    if sp.issparse(values):
        by_column = sp.csc_array(values)
        parts = np.split(by_column.data, by_column.indptr[1:-1])
        columns = [(values.shape[0], *_of_column(part)[1:]) for part in parts]
    else:
        columns = [_of_column(values[:, j]) for j in range(values.shape[1])]
    counts, sums, squares = zip(*columns, strict=True) if columns else ((), (), ())
    return Moments(counts, sums, squares)


def _added(left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(left, right, strict=True))


def _of_column(column: NDArray[np.floating]) -> tuple[int, int, int]:
    n, total, squares = 0, 0, 0
    for start in range(0, len(column), _ROWS_AT_ONCE):
        part = np.asarray(column[start : start + _ROWS_AT_ONCE], dtype=np.float64)
        known = part[~np.isnan(part)]
        n += len(known)
        total, squares = _with_part(known, total, squares)
    return n, total, squares


def _with_part(values: NDArray[np.float64], total: int, squares: int) -> tuple[int, int]:
    if not len(values):
        return total, squares
    fractions, exponents = np.frexp(values)
    whole = (fractions * 2.0**53).astype(np.int64)
    # whole = high * 2**36 + middle * 2**18 + low; only high carries the sign
    digits = [whole >> 2 * _DIGIT, (whole >> _DIGIT) & _MASK, whole & _MASK]
    high, middle, low = (digit.astype(np.float64) for digit in digits)
    least = int(exponents.min())
    bins = exponents - least

    def added(weights: NDArray[np.float64]) -> list[int]:
        return [int(x) for x in np.bincount(bins, weights).tolist()]

    sums = zip(added(high), added(middle), added(low), strict=True)
    products = zip(
        added(high * high),
        added(high * middle),
        added(2 * high * low + middle * middle),
        added(middle * low),
        added(low * low),
        strict=True,
    )
    for i, (of_high, of_middle, of_low) in enumerate(sums):
        exponent = least + i - 53
        whole_sum = (of_high << 2 * _DIGIT) + (of_middle << _DIGIT) + of_low
        total += whole_sum << (_SHIFT + exponent)
    for i, (hh, hm, hl_mm, ml, ll) in enumerate(products):
        exponent = 2 * (least + i - 53)
        square = (hh << 4 * _DIGIT) + (hm << 3 * _DIGIT + 1) + (hl_mm << 2 * _DIGIT)
        square += (ml << _DIGIT + 1) + ll
        squares += square << (_SQUARE_SHIFT + exponent)
    return total, squares


def _deviation(n: int, total: int, squares: int) -> float:
    if not n:
        return math.nan
    variance = n * squares - total * total  # in units of 2**-2400 / n**2
    # An even power of two brings the quotient near 1, so that it neither overflows nor vanishes.
    shift = (variance.bit_length() - (n * n).bit_length()) // 2
    whole = variance << -2 * shift if shift < 0 else variance
    quotient = whole / ((n * n) << max(2 * shift, 0))
    return math.ldexp(math.sqrt(quotient), shift - _SHIFT)
