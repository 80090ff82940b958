"""Column kinds, and how the values of a new row are made for each kind.

==================  ================================  ============================================
kind                neighbours                        new value
==================  ================================  ============================================
continuous          as numbers                        seed + gap * (partner - seed), cast back
integer             as numbers                        the same, rounded half to even
bool                as numbers                        the nearer parent's
ordered             by rank                           rank blended, rounded
time                as days since the column's start  ticks blended, rounded
categorical         equal or not                      the nearer parent's, all such columns together
==================  ================================  ============================================

A new value is missing exactly where the seed's is; where only the partner's is, it is the seed's.
Everything here works on plain arrays.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Array = NDArray[Any]
Kind: TypeAlias = Literal["continuous", "integer", "bool", "ordered", "time", "categorical"]

# float64 holds every whole number up to here.
_EXACT = 1 << 53


class Cells(NamedTuple):
    """Values of some columns, and where they are missing.

    Attributes
    ----------
    values : ndarray of shape (n, d), or csr_array
    missing : ndarray of shape (n, d), bool, or None
        None where no value is missing, but for NaN among floats.
    """

    values: Any
    missing: NDArray[np.bool_] | None = None

    def take(self, rows: Any) -> Cells:
        """Return some of the rows."""
        return Cells(self.values[rows], None if self.missing is None else self.missing[rows])


def stacked(parts: list[Any]) -> Any:
    """Return arrays or sparse arrays one below the other."""
    if len(parts) == 1:
        return parts[0]
    if sp.issparse(parts[0]):
        return sp.csr_array(sp.vstack(parts, format="csr"))
    return np.concatenate(parts)


def stacked_cells(parts: list[Cells]) -> Cells:
    """Return cells one below the other."""
    values = stacked([part.values for part in parts])
    if all(part.missing is None for part in parts):
        return Cells(values)
    gaps = [np.zeros(p.values.shape, bool) if p.missing is None else p.missing for p in parts]
    return Cells(values, np.concatenate(gaps))


def blend(
    seed: Array, partner: Array, gap: NDArray[np.float64], reach: NDArray[np.float64] | None
) -> Array:
    """Return rows on the segments from `seed` to `partner`.

    Parameters
    ----------
    seed, partner : ndarray of shape (m,) or (m, d)
        Values of one dtype. Floats may be NaN: the result is NaN where the seed is, and the seed
        where only the partner is.
    gap : ndarray of shape (m,), float64
        0 is the seed, 1 the partner; a negative gap extrapolates.
    reach : ndarray of shape (m,), float64, or None
        A first shrinking of the difference, None for none.

    Returns
    -------
    ndarray of the shape and dtype of `seed`
    """
    gap = _as_column(gap, seed.ndim)
    whole = gap if reach is None else gap * _as_column(reach, seed.ndim)
    if seed.dtype.kind == "b":
        return np.where(whole < 0.5, seed, partner)
    if seed.dtype.kind in "iu":
        return _blend_integers(seed, partner, gap, reach)
    with np.errstate(over="ignore", invalid="ignore"):
        values = seed + gap * _difference(seed, partner, reach)
        if not np.isfinite(values).all():
            # A difference that overflows: the same point, without it.
            safe = (1 - whole) * seed + whole * partner
            values = np.where(np.isfinite(values), values, safe)
            values = np.where(np.isnan(partner), seed, values)
    return to_dtype(values, seed.dtype)


def _blend_integers(
    seed: Array, partner: Array, gap: NDArray[np.float64], reach: NDArray[np.float64] | None
) -> Array:
    seed_64 = seed.astype(np.float64)
    values = to_dtype(seed_64 + gap * _difference(seed_64, partner, reach), seed.dtype)
    if seed.dtype.itemsize == 8:
        # Ticks of times are often too large for float64; only their difference is put in floats.
        is_large = (np.abs(seed_64) >= _EXACT) | (np.abs(partner.astype(np.float64)) >= _EXACT)
        if is_large.any():
            whole = gap if reach is None else gap * _as_column(reach, seed.ndim)
            values = np.where(is_large, _moved(seed, partner, whole), values)
    # A new value stays between its parents, whatever rounding does to large ones.
    low, high = np.minimum(seed, partner), np.maximum(seed, partner)
    return np.where(gap >= 0, np.clip(values, low, high), values)


def _moved(seed: Array, partner: Array, gap: NDArray[np.float64]) -> Array:
    """Return large whole numbers moved toward others; in 64 bits without sign nothing overflows."""
    is_up = partner >= seed
    up, down = (
        partner.view(np.uint64) - seed.view(np.uint64),
        seed.view(np.uint64) - partner.view(np.uint64),
    )
    distance = np.where(is_up, up, down)
    # A float just below 2**64, so that the cast back cannot overflow.
    step = (
        np.rint(np.abs(gap) * distance.astype(np.float64)).clip(0, 2.0**64 - 2048).astype(np.uint64)
    )
    toward = is_up == (gap >= 0)
    start = seed.view(np.uint64)
    return np.where(toward, start + step, start - step).view(seed.dtype)


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


def codes_of(values: Any) -> NDArray[np.int32]:
    """Return a number for each value, equal exactly where the values are; -1 where missing.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Of any dtype; objects must be hashable.

    Raises
    ------
    TypeError
        For objects that cannot be hashed.

    Examples
    --------
    >>> codes_of(np.array(["b", None, "a", "b"], dtype=object)).tolist()
    [0, -1, 1, 0]
    """
    if values.dtype.kind not in "OT":
        is_missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)
        if values.dtype.kind in "mM":
            is_missing = np.isnat(values)
        codes = np.unique(values, return_inverse=True)[1].astype(np.int32)
        return np.where(is_missing, np.int32(-1), codes)
    known: dict[Any, int] = {}
    return np.fromiter(
        (
            -1 if is_missing_item(item) else known.setdefault(item, len(known))
            for item in values.tolist()
        ),
        dtype=np.int32,
        count=len(values),
    )


def is_missing_item(item: object) -> bool:
    """Tell whether a Python object stands for a missing value: None, NaN, NaT or NA."""
    if item is None:
        return True
    try:
        return bool(item != item)  # noqa: PLR0124  # NaN and NaT are what differs from itself
    except (TypeError, ValueError, ArithmeticError):
        # pandas.NA refuses to say, and so does a signalling NaN; arrays say it for each item.
        return type(item).__name__ in ("NAType", "Decimal")
