"""Column kinds, and how the values of a new row are made for each kind.

A kind is read from the dtype alone, so it is the same in every container:

======================  ==================================================
continuous (floats)     seed + gap * (partner - seed), cast back
integer, unsigned       the same, rounded half to even, within the dtype
bool                    the nearer parent's value
======================  ==================================================

Everything here works on plain arrays of shape (m,) or (m, d).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def blend(
    seed: Array, partner: Array, gap: NDArray[np.float64], reach: NDArray[np.float64] | None
) -> Array:
    """Return rows on the segments from `seed` to `partner`.

    Parameters
    ----------
    seed, partner : ndarray of shape (m,) or (m, d)
        Values of one dtype.
    gap : ndarray of shape (m,), float64
        0 is the seed, 1 the partner; a negative gap extrapolates.
    reach : ndarray of shape (m,), float64, or None
        A first shrinking of the difference, None for none.

    Returns
    -------
    ndarray of the shape and dtype of `seed`
    """
    gap = _as_column(gap, seed.ndim)
    if seed.dtype.kind == "b":
        whole = gap if reach is None else gap * _as_column(reach, seed.ndim)
        return np.where(whole < 0.5, seed, partner)
    if seed.dtype.kind in "iu":
        seed_64 = seed.astype(np.float64)
        values = to_dtype(seed_64 + gap * _difference(seed_64, partner, reach), seed.dtype)
        return _between_parents(values, seed, partner) if (gap >= 0).all() else values
    with np.errstate(over="ignore", invalid="ignore"):
        values = seed + gap * _difference(seed, partner, reach)
    if not np.isfinite(values).all():
        whole = gap if reach is None else gap * _as_column(reach, seed.ndim)
        # A difference that overflows: the same point, without it.
        safe = (1 - whole) * seed + whole * partner
        values = np.where(np.isfinite(values), values, safe)
    return to_dtype(values, seed.dtype)


def _between_parents(values: Array, seed: Array, partner: Array) -> Array:
    # float64 does not hold every integer above 2**53; a new value stays between its parents.
    return np.clip(values, np.minimum(seed, partner), np.maximum(seed, partner))


def _difference(seed: Array, partner: Array, reach: NDArray[np.float64] | None) -> Array:
    # The difference stays in the column's own precision, as imbalanced-learn has it: float32
    # rows then agree to the last bit.
    difference = partner - seed
    if reach is not None:
        difference *= _as_column(reach, seed.ndim)
    return difference


def _as_column(per_row: NDArray[np.float64], ndim: int) -> NDArray[np.float64]:
    return per_row if ndim == 1 else per_row[:, np.newaxis]


def to_dtype(values: NDArray[np.float64], dtype: np.dtype[Any]) -> Array:
    """Cast made values to a column's dtype: integers rounded and kept within its bounds.

    Examples
    --------
    >>> to_dtype(np.array([0.5, 1.5, -3.0, 300.0]), np.dtype("uint8"))
    array([  0,   2,   0, 255], dtype=uint8)
    """
    if dtype.kind == "b":
        return values >= 0.5
    if dtype.kind not in "iu":
        return values.astype(dtype, copy=False)
    bounds = np.iinfo(dtype)
    return np.rint(values).clip(float(bounds.min), _largest_float(bounds)).astype(dtype)


def _largest_float(bounds: np.iinfo[Any]) -> float:
    # float(2**63 - 1) is 2**63, one too many for the cast back.
    return float(np.nextafter(float(bounds.max), 0)) if bounds.bits == 64 else float(bounds.max)
