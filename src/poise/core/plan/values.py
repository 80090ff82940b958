"""Cells: values of some columns and where they are missing; blend them into new values."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Array = NDArray[Any]

# float64 holds every whole number up to this one.
LARGEST_EXACT = 1 << 53


class Cells(NamedTuple):
    """Values of some columns, with a mask of missing values.

    Attributes
    ----------
    values : ndarray of shape (n, d), or csr_array
    missing : ndarray of shape (n, d), bool, or None
        True if a value is missing. None if no value is missing; NaN in float columns is missing too.
    """

    values: Any
    missing: NDArray[np.bool_] | None = None

    def take(self, rows: Any) -> Cells:
        """Return some of the rows."""
        missing = None if self.missing is None else rows_at(self.missing, rows)
        return Cells(rows_at(self.values, rows), missing)


def rows_at(values: Any, rows: Any) -> Any:
    """Return some rows of an array or a sparse array, given by number, mask or slice.

    Examples
    --------
    >>> rows_at(np.array([[1, 2], [3, 4]]), np.array([1, 1])).tolist()
    [[3, 4], [3, 4]]
    """
    is_numbered = isinstance(rows, np.ndarray) and rows.dtype.kind == "i"
    if is_numbered and isinstance(values, np.ndarray):
        # Up to ten times as fast as indexing where rows are short.
        return values.take(rows, axis=0)
    return values[rows]


def concat_arrays(parts: list[Any]) -> Any:
    """Concatenate arrays, or sparse arrays, along the rows."""
    if len(parts) == 1:
        return parts[0]
    if sp.issparse(parts[0]):
        return sp.csr_array(sp.vstack(parts, format="csr"))
    return np.concatenate(parts)


def concat_cells(parts: list[Cells]) -> Cells:
    """Concatenate cells along the rows."""
    values = concat_arrays([part.values for part in parts])
    if all(part.missing is None for part in parts):
        return Cells(values)
    missing = [np.zeros(p.values.shape, bool) if p.missing is None else p.missing for p in parts]
    return Cells(values, np.concatenate(missing))


def blend(
    seed: Array, partner: Array, gap: NDArray[np.float64], reach: NDArray[np.float64] | None
) -> Array:
    """Return the values at the position `gap` on the segments from `seed` to `partner`.

    Parameters
    ----------
    seed, partner : ndarray of shape (m,) or (m, d)
        Values of the seed rows and of their partners, in one dtype. If the seed value is NaN, the
        result is NaN; if only the partner is NaN, the result is the seed value.
    gap : ndarray of shape (m,), float64
        0 is the seed row, 1 the partner; a negative gap extrapolates. A flag (bool) is copied from
        the nearer end; at exactly 0.5 from the partner.
    reach : ndarray of shape (m,), float64, or None
        The part of the segment that the gap refers to; None means 1.

    Returns
    -------
    ndarray of the shape and dtype of `seed`
    """
    gap = _as_column(gap, seed.ndim)
    effective = gap if reach is None else gap * _as_column(reach, seed.ndim)
    if seed.dtype.kind == "b":
        return np.where(effective < 0.5, seed, partner)
    if seed.dtype.kind in "iu":
        return _blend_integers(seed, partner, gap, reach)
    with np.errstate(over="ignore", invalid="ignore"):
        values = seed + gap * _difference(seed, partner, reach)
        if not np.isfinite(values).all():
            # partner - seed overflows: compute the same point without the difference.
            safe = (1 - effective) * seed + effective * partner
            values = np.where(np.isfinite(values), values, safe)
            values = np.where(np.isnan(partner), seed, values)
            largest = np.finfo(values.dtype).max  # of a point beyond it, the nearest that there is
            is_beyond = np.isinf(values) & np.isfinite(seed) & np.isfinite(partner)
            values = np.where(is_beyond, np.copysign(largest, values), values)
    return to_dtype(values, seed.dtype)


def _blend_integers(
    seed: Array, partner: Array, gap: NDArray[np.float64], reach: NDArray[np.float64] | None
) -> Array:
    seed_64 = seed.astype(np.float64)
    values = to_dtype(seed_64 + gap * _difference(seed_64, partner, reach), seed.dtype)
    if seed.dtype.itemsize == 8:
        # Time ticks are often too large for float64, so only differences are converted to float.
        largest = np.maximum(np.abs(seed_64), np.abs(partner.astype(np.float64)))
        is_large = largest >= LARGEST_EXACT  # no mutant: at 2**53 both ways are exact
        if is_large.any():
            effective = gap if reach is None else gap * _as_column(reach, seed.ndim)
            values = np.where(is_large, _moved(seed, partner, effective), values)
    # Rounding of large numbers must not move a new value outside its parents.
    low, high = np.minimum(seed, partner), np.maximum(seed, partner)
    return np.where(gap >= 0, np.clip(values, low, high), values)


def _moved(seed: Array, partner: Array, gap: NDArray[np.float64]) -> Array:
    return whole_moved(seed, gap * whole_difference(partner, seed))


def whole_difference(values: Array, start: Array) -> NDArray[np.float64]:
    """Return values - start of whole numbers, whose own dtype may not hold their differences.

    Examples
    --------
    >>> whole_difference(np.array([10, 200], np.uint8), np.uint8(100)).tolist()
    [-90.0, 100.0]
    """
    ends, starts = _bits(values), _bits(start)
    up, down = (ends - starts).astype(np.float64), (starts - ends).astype(np.float64)
    return np.where(values >= start, up, -down)


def whole_moved(start: Array, step: NDArray[np.float64]) -> Array:
    """Return start + step of whole numbers, rounded, and no further than the range of the dtype.

    Examples
    --------
    >>> whole_moved(np.array([10, 10], np.uint8), np.array([-3.2, 300.0])).tolist()
    [7, 255]
    """
    bounds, bits = np.iinfo(start.dtype), _bits(start)
    # Just below 2**64, so that the cast cannot overflow.
    size = np.rint(np.abs(step)).clip(0, 2.0**64 - 2048).astype(np.uint64)
    lowest, highest = (_bits(np.array(end, start.dtype)) for end in (bounds.min, bounds.max))
    up = bits + np.minimum(size, highest - bits)
    down = bits - np.minimum(size, bits - lowest)
    return np.where(step >= 0, up, down).view(_widest(start)).astype(start.dtype)


def _bits(values: Array) -> NDArray[np.uint64]:
    """Return whole numbers as unsigned ones of 64 bits, whose differences are right modulo 2**64."""
    return np.asarray(values).astype(_widest(values)).view(np.uint64)


def _widest(values: Array) -> type[np.int64 | np.uint64]:
    return np.int64 if values.dtype.kind == "i" else np.uint64


def _difference(seed: Array, partner: Array, reach: NDArray[np.float64] | None) -> Array:
    # As in imbalanced-learn, the difference has the precision of the column; float32 rows then
    # agree to the last bit.
    difference = partner - seed
    if reach is not None:
        difference *= _as_column(reach, seed.ndim)
    return difference


def _as_column(per_row: NDArray[np.float64], ndim: int) -> NDArray[np.float64]:
    return per_row if ndim == 1 else per_row[:, np.newaxis]


def to_dtype(values: NDArray[np.float64], dtype: np.dtype[Any]) -> Array:
    """Cast new values to the dtype of a column, clipped to its range; integers are rounded.

    Examples
    --------
    >>> to_dtype(np.array([0.5, 1.5, -3.0, 300.0]), np.dtype("uint8"))
    array([  0,   2,   0, 255], dtype=uint8)
    """
    if dtype.kind == "b":
        return values >= 0.5
    if dtype.kind not in "iu":
        return _floats(values, dtype)
    bounds = np.iinfo(dtype)
    return np.rint(values).clip(float(bounds.min), _largest_float(bounds)).astype(dtype)


def _floats(values: NDArray[np.float64], dtype: np.dtype[Any]) -> Array:
    with np.errstate(over="ignore"):
        cast = values.astype(dtype, copy=False)
    if (
        cast.dtype == values.dtype  # no mutant: speed alone
        or dtype.kind != "f"
        or not np.isinf(cast).any()
    ):
        return cast
    limit = float(np.finfo(dtype).max)
    return np.where(np.isinf(values), values, values.clip(-limit, limit)).astype(dtype)


def _largest_float(bounds: np.iinfo[Any]) -> float:
    # float(2**63 - 1) is 2**63, which overflows in the cast back.
    return float(np.nextafter(float(bounds.max), 0)) if bounds.bits == 64 else float(bounds.max)
