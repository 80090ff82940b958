"""The native kernel: exact neighbours from a k-d tree scanned in float32, decided in float64.

Arrays in, arrays out; only shapes are checked. `poise.core.neighbors`
searches and `poise.core.recipes` blends with it; nothing else calls it.
See README.md beside this file for how it works.
"""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from poise.native import _kernel

RowNumbers = NDArray[np.int64]
Floats = NDArray[np.float64]

# Set to one of `paths()` to use another instruction path than the best that the machine has.
_PATH_VARIABLE = "POISE_NATIVE_PATH"


def paths() -> list[str]:
    """Return the instruction paths that this machine can run, the slowest first."""
    return _kernel.paths()


def blend(
    values: NDArray[np.floating],
    seeds: RowNumbers,
    partners: RowNumbers,
    gaps: Floats,
    reaches: Floats | None,
    out: NDArray[np.floating],
    n_threads: int,
) -> None:
    """Write rows on the segments from seeds to partners into `out`.

    Parameters
    ----------
    values, out : C-contiguous ndarray of shape (n_rows, d) and (m, d), both float32 or float64
    seeds, partners : ndarray of shape (m,), int64
    gaps : ndarray of shape (m,), float64
        Positions on the segments, from 0 at the seed to 1 at the partner.
    reaches : ndarray of shape (m,), float64, or None
        The part of each segment on which its gap lies; None for all of it.
    n_threads : int
    """
    _kernel.blend(values, seeds, partners, gaps, reaches, out, n_threads)


def _wide(values: NDArray[np.floating]) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64)


class Tree:
    """Rows among which neighbours are searched.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns), float64
        Finite values, or NaN with `is_partial`; copied.
    n_threads : int
    n_nominal : int
        How many of the last columns hold categories, as whole numbers.
    mismatch : float
        What two different categories add to a squared distance.
    is_partial : bool
        Whether values, of rows or of queries, may be missing (NaN). Distances are then over the
        columns that both rows know, scaled up to all columns. Rows that know no column in common
        are not neighbours; an answer with fewer than k neighbours ends in -1 and infinity.
    """

    def __init__(
        self,
        values: Floats,
        n_threads: int,
        *,
        n_nominal: int = 0,
        mismatch: float = 0.0,
        is_partial: bool = False,
    ) -> None:
        path = os.environ.get(_PATH_VARIABLE, "")
        self._index = _kernel.Index(_wide(values), n_threads, n_nominal, mismatch, is_partial, path)
        self._n_threads = n_threads

    def nearest(
        self, queries: Floats, k: int, excluded: RowNumbers | None = None
    ) -> tuple[RowNumbers, Floats]:
        """Return the k nearest rows by (distance, row number), and the squared distances.

        Parameters
        ----------
        queries : ndarray of shape (n_queries, n_columns), float64
        k : int
            At most the number of rows that are not excluded.
        excluded : ndarray of shape (n_queries,), int64, optional
            A row that is not a neighbour of the query; -1 for none.
        """
        rows = np.empty((len(queries), k), dtype=np.int64)
        distances = np.empty((len(queries), k))
        queries = _wide(queries)
        self._index.nearest(queries, excluded, rows, distances, self._n_threads)
        return rows, distances

    def count_within(
        self, queries: Floats, radii: Floats, stop: int, excluded: RowNumbers | None = None
    ) -> RowNumbers:
        """Return the number of rows strictly nearer than each radius (squared), at most `stop`."""
        counts = np.empty(len(queries), dtype=np.int64)
        queries = _wide(queries)
        self._index.count_within(queries, excluded, radii, stop, counts, self._n_threads)
        return counts
