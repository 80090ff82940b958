"""The native kernel: exact nearest neighbours in a k-d tree or among sparse rows, and blending of rows.

Its functions accept and return arrays. They raise ValueError or TypeError for shapes, dtypes, row numbers
and missing values with which memory could not be read or written safely. `poise.core.neighbors` and
`poise.core.plan.recipes` call it; README.md in this folder describes how it works.
"""

from __future__ import annotations

import os

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise import _wheels

try:
    from poise.native import _kernel
except ImportError as error:  # built for another Python, or for another C++ library
    raise _wheels.kernel_error(f"The one that is there does not load: {error}.") from error

RowNumbers = NDArray[np.int64]
Floats = NDArray[np.float64]

_ALL = (1 << 63) - 1
_FEW = 4  # leaves that `kth_near` looks at

# Set to one of `paths()` to use another instruction set than the fastest of this machine.
_PATH_VARIABLE = "POISE_NATIVE_PATH"


def paths() -> list[str]:
    """Return the names of the instruction sets that this machine can run, slowest first."""
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
    """Write new rows on the segments from seed rows to partners into `out`.

    Parameters
    ----------
    values, out : C-contiguous ndarray of shape (n_rows, d) and (m, d), both float32 or float64
    seeds, partners : ndarray of shape (m,), int64
        Row numbers in `values` of the seed rows and of their partners.
    gaps : ndarray of shape (m,), float64
        Positions on the segments: 0 is the seed row, 1 the partner.
    reaches : ndarray of shape (m,), float64, or None
        The part of each segment that its gap refers to; None means 1.
    n_threads : int
    """
    _kernel.blend(values, seeds, partners, gaps, reaches, out, n_threads)


def blend_sparse(
    values: sp.csr_array,
    seeds: RowNumbers,
    partners: RowNumbers,
    gaps: Floats,
    reaches: Floats | None,
) -> sp.csr_array:
    """Return new sparse rows on the segments from seed rows to partners.

    Parameters
    ----------
    values : csr_array of shape (n_rows, d), float32 or float64
    seeds, partners, gaps, reaches
        As for `blend`.

    Returns
    -------
    csr_array of shape (m, d)
        Of the dtype of `values`, without stored zeros.
    """
    starts, columns, entries = _entries(values)
    lengths = np.diff(starts)
    most = int(lengths[seeds].sum() + lengths[partners].sum())
    out = (
        np.empty(len(seeds) + 1, np.int64),
        np.empty(most, np.int64),
        np.empty(most, entries.dtype),
    )
    n_entries = _kernel.blend_sparse(
        starts, columns, entries, values.shape[1], seeds, partners, gaps, reaches, *out
    )
    for part in out[1:]:
        part.resize(n_entries, refcheck=False)
    small = values.indices.dtype if n_entries <= np.iinfo(values.indices.dtype).max else np.int64
    made = out[2], *(part.astype(small, copy=False) for part in (out[1], out[0]))
    return sp.csr_array(made, shape=(len(seeds), values.shape[1]))


def _entries(rows: sp.csr_array) -> tuple[RowNumbers, RowNumbers, NDArray[np.floating]]:
    """Return where each row starts, and the columns and values of its entries, by column."""
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    starts, columns = (np.ascontiguousarray(part, np.int64) for part in (rows.indptr, rows.indices))
    return starts, columns, np.ascontiguousarray(rows.data)


def _wide(values: NDArray[np.floating]) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float64)


class Tree:
    """A k-d tree of rows in which neighbours are searched.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns), float64
        Finite values, or NaN with `is_partial`; copied.
    n_threads : int
    picked : ndarray of shape (n,), int64, optional
        The rows of `values` that are searched, by number: the tree is that of `values[picked]`, which is not
        copied first. All rows by default.
    n_nominal : int
        Number of columns of category codes (whole numbers), which come last.
    mismatch : float
        What two different categories add to a squared distance.
    is_partial : bool
        Whether values of rows or queries may be missing (NaN). Distances then use the columns known in
        both rows, scaled up to all columns. Rows without a common known column are not neighbours; a
        result with fewer than k neighbours ends in -1 and infinity.
    """

    def __init__(
        self,
        values: Floats,
        n_threads: int,
        *,
        picked: RowNumbers | None = None,
        n_nominal: int = 0,
        mismatch: float = 0.0,
        is_partial: bool = False,
    ) -> None:
        path = os.environ.get(_PATH_VARIABLE, "")
        self._index = _kernel.Index(
            _wide(values), n_threads, n_nominal, mismatch, is_partial, path, picked
        )
        self._n_threads = n_threads

    def nearest(
        self,
        queries: Floats,
        k: int,
        excluded: RowNumbers | None = None,
        radii: Floats | None = None,
    ) -> tuple[RowNumbers, Floats]:
        """Return the k nearest rows, ordered by (distance, row number), and the squared distances.

        Parameters
        ----------
        queries : ndarray of shape (n_queries, n_columns), float64
        k : int
            At most the number of rows that are not excluded.
        excluded : ndarray of shape (n_queries,), int64, optional
            A row to leave out for each query; -1 for none.
        radii : ndarray of shape (n_queries,), float64, optional
            Rows beyond this squared distance are left out: a result ends in -1 and infinity.

        Returns
        -------
        rows : ndarray of shape (n_queries, k), int64
        distances : ndarray of shape (n_queries, k), float64
        """
        rows = np.empty((len(queries), k), dtype=np.int64)
        distances = np.empty((len(queries), k))
        queries = _wide(queries)
        self._index.nearest(queries, excluded, radii, rows, distances, _ALL, self._n_threads)
        return rows, distances

    def kth_within(
        self,
        queries: Floats,
        k: int,
        radii: Floats,
        excluded: RowNumbers | None = None,
        *,
        picked: RowNumbers | None = None,
    ) -> Floats:
        """Return the squared distance of the k-th row of `nearest`, NaN where there are fewer.

        With `picked`, the queries are `queries[picked]`, which is not copied first.
        """
        return self._kth(queries, k, excluded, radii, picked, most_leaves=_ALL)

    def kth_near(
        self,
        queries: Floats,
        k: int,
        excluded: RowNumbers | None = None,
        *,
        picked: RowNumbers | None = None,
    ) -> Floats:
        """Return the squared distance of the k-th nearest row of a few leaves near each query.

        It is at least that of the k-th row of `nearest`; NaN where these leaves have fewer rows. The
        parameters are those of `kth_within`.
        """
        return self._kth(queries, k, excluded, None, picked, most_leaves=_FEW)

    def _kth(
        self,
        queries: Floats,
        k: int,
        excluded: RowNumbers | None,
        radii: Floats | None,
        picked: RowNumbers | None,
        *,
        most_leaves: int,
    ) -> Floats:
        distances = np.empty(len(queries if picked is None else picked))
        self._index.kth(
            _wide(queries), k, excluded, radii, distances, most_leaves, self._n_threads, picked
        )
        return distances

    def count_within(
        self,
        queries: Floats,
        radii: Floats,
        stop: int,
        excluded: RowNumbers | None = None,
        *,
        picked: RowNumbers | None = None,
    ) -> RowNumbers:
        """Return the number of rows strictly nearer to each query than its squared radius.

        Counting ends at `stop`; the other parameters are those of `kth_within`.
        """
        counts = np.empty(len(queries if picked is None else picked), dtype=np.int64)
        self._index.count_within(
            _wide(queries), excluded, radii, stop, counts, self._n_threads, picked
        )
        return counts


def _wide_entries(rows: sp.csr_array) -> tuple[RowNumbers, RowNumbers, Floats]:
    starts, columns, values = _entries(rows)
    return starts, columns, _wide(values)


class SparseIndex:
    """An inverted index of sparse rows in which neighbours are searched.

    Parameters
    ----------
    values : csr_array of shape (n_rows, n_columns), float64
        Finite values; copied.
    n_threads : int
    """

    def __init__(self, values: sp.csr_array, n_threads: int) -> None:
        self._index = _kernel.SparseIndex(*_wide_entries(values), values.shape[1])
        self._n_threads = n_threads

    def nearest(
        self, queries: sp.csr_array, k: int, excluded: RowNumbers | None = None
    ) -> tuple[RowNumbers, Floats]:
        """Return the k nearest rows, ordered by (distance, row number), and the squared distances.

        The parameters and results are those of `Tree.nearest`, with queries as a csr_array.
        """
        rows = np.empty((queries.shape[0], k), dtype=np.int64)
        distances = np.empty((queries.shape[0], k))
        self._index.nearest(*_wide_entries(queries), excluded, rows, distances, self._n_threads)
        return rows, distances
