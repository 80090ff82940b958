"""Magnitudes: the power of two that keeps squared differences from overflowing or vanishing.

The square of a number above 1e154 overflows, and that of one below 1e-162 is 0. Multiplying a whole table
by a power of two is exact, so that distances keep their order and their ties. Tables of ordinary
magnitudes are left as they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.plan.recipes import Ids
from poise.core.tables.blocks import Matrix

# Exponents of differences whose squares neither overflow in a sum of millions, nor lose digits.
_LARGEST, _SMALLEST = 480, -440
# The largest exponent that a number itself may have after scaling.
_LARGEST_NUMBER = 1000  # no mutant: any exponent up to 1023 will do
_LARGEST_SQUARE, _SMALLEST_SQUARE = 2.0 ** (2 * _LARGEST), 2.0 ** (2 * _SMALLEST)


class Spans(NamedTuple):
    """The smallest and the largest known value of each column; NaN if all values are missing.

    Attributes
    ----------
    columns : ndarray of shape (d,), intp
        Positions of the columns; those of a sparse matrix that store nothing are left out.
    low, high : ndarray of shape (d,), float64
    """

    columns: Ids
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def are_finite(self) -> bool:
        """Whether no value is infinite."""
        return not (np.isinf(self.low) | np.isinf(self.high)).any()


class Scaling(NamedTuple):
    """The power of two by which all numbers of a table are multiplied before neighbours are searched.

    Attributes
    ----------
    exponent : int
        0 if the numbers are searched as they are.
    too_different : (int, int) or None
        Two columns, one with so much larger differences than the other that no power of two saves the
        squares of both.
    """

    exponent: int = 0
    too_different: tuple[int, int] | None = None


UNCHANGED = Scaling()


def are_ordinary(values: Matrix) -> bool:
    """Return whether all values are known and finite, and their squares can be summed as they are.

    Parameters
    ----------
    values : ndarray or csr_array of shape (n, d), float64 or float32

    Notes
    -----
    One pass: a sum of squares per column.

    Examples
    --------
    >>> are_ordinary(np.array([[0.0, 1e-9], [0.0, 1e9]])), are_ordinary(np.array([[1e200], [0.0]]))
    (True, False)
    """
    numbers = values.data if sp.issparse(values) else values
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if numbers.dtype == np.float32:  # the search widens them, and their squares fit
            return bool(np.isfinite(numbers.sum()))
        if numbers.ndim == 1:
            size = np.abs(numbers)
            least = size.min(where=size > 0, initial=1.0)
            return bool(size.max(initial=0.0) < 2.0**_LARGEST and least >= 2.0**_SMALLEST)
        squares = np.einsum("ij,ij->j", numbers, numbers)
    if not (squares <= _LARGEST_SQUARE).all():
        return False
    is_small = squares < _SMALLEST_SQUARE
    return not (is_small.any() and numbers[:, is_small].any())


def spans_of(values: Matrix) -> Spans:
    """Return the span of each column of numbers.

    Examples
    --------
    >>> spans_of(np.array([[1.0, np.nan], [3.0, 5.0]])).high
    array([3., 5.])
    """
    if sp.issparse(values):
        return _spans_of_sparse(values)
    low, high = (end.reduce(values, axis=0, dtype=np.float64) for end in (np.fmin, np.fmax))
    return Spans(np.arange(values.shape[1]), low, high)


def _spans_of_sparse(values: Matrix) -> Spans:
    order = np.argsort(values.indices, kind="stable")
    columns, starts, counts = np.unique(
        values.indices[order], return_index=True, return_counts=True
    )
    low, high = (
        end.reduceat(values.data[order], starts) if len(starts) else np.empty(0)
        for end in (np.minimum, np.maximum)
    )
    is_full = counts == values.shape[0]
    low, high = (
        np.where(is_full, low, np.minimum(low, 0)),
        np.where(is_full, high, np.maximum(high, 0)),
    )
    return Spans(columns.astype(np.intp), low, high)


def scaling_of(spans: Spans) -> Scaling:
    """Return the power of two for numbers with these spans.

    Examples
    --------
    >>> scaling_of(spans_of(np.array([[0.0], [1.0]])))
    Scaling(exponent=0, too_different=None)
    >>> scaling_of(spans_of(np.array([[0.0], [2.0**664]])))
    Scaling(exponent=-664, too_different=None)
    """
    half = spans.high / 2 - spans.low / 2  # a difference of the ends could overflow
    varying = np.flatnonzero(half > 0)
    if not len(varying):
        return UNCHANGED
    exponents = np.frexp(half[varying])[1]
    widest, narrowest = int(exponents.max()), int(exponents.min())
    largest = np.fmax(np.abs(spans.low), np.abs(spans.high)).max(where=half >= 0, initial=0.0)
    room = _LARGEST_NUMBER - int(np.frexp(largest)[1])
    # As they are; to a largest difference of about 1; as large as possible.
    for exponent in (0, min(-widest, room), min(_LARGEST - widest, room)):
        if widest + exponent <= _LARGEST and narrowest + exponent >= _SMALLEST:
            return Scaling(exponent)
    ends = spans.columns[varying[[exponents.argmax(), exponents.argmin()]]]
    return Scaling(0, (int(ends[0]), int(ends[1])))


def scaled(values: Matrix, n_numbers: int, exponent: int) -> Matrix:
    """Return rows whose first columns, the numbers, are multiplied by a power of two.

    Examples
    --------
    >>> scaled(np.array([[1.0, 3.0]]), 1, 4)
    array([[16.,  3.]])
    """
    moved = values.astype(np.float64)
    if sp.issparse(moved):
        moved.data = np.ldexp(moved.data, exponent)
    else:
        moved[:, :n_numbers] = np.ldexp(moved[:, :n_numbers], exponent)
    return moved
