"""Neighbours: the k nearest *other* rows, exact, ordered by (distance, row number).

The one seam between methods and search. The squared distance of two rows is the sum over the
columns, in order, of the squared difference, in float64 and without fused multiply-add. A
shortlist may be found in any way; it is put in order by that distance, and it is proved: where
a row outside it could still belong, the search for that query is repeated with a longer list.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol, cast

import joblib
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.spatial import KDTree
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from poise.core.errors import InputError
from poise.core.recipes import Ids
from poise.core.tables import Matrix

# Above this many columns a tree no longer skips enough rows to beat a product of matrices.
_MOST_COLUMNS_FOR_A_TREE = 15
_PAIRS_AT_ONCE = 1 << 22
_PAIRS_WORTH_A_THREAD = 1 << 12
_LARGEST_SAFE = 1e150
_NO_BOUND = np.array([np.inf])
_EPSILON = float(np.finfo(np.float64).eps)


class Neighbors(NamedTuple):
    """Neighbours of each query, nearest first.

    Attributes
    ----------
    rows : ndarray of shape (n_queries, k), intp
    distances : ndarray of shape (n_queries, k), float64
        Squared Euclidean distances, or what the user's neighbour object returned.
    """

    rows: Ids
    distances: NDArray[np.float64]


class NeighborEstimator(Protocol):
    """What a user's own neighbour object must have, such as `sklearn.neighbors.NearestNeighbors`."""

    n_neighbors: int

    def fit(self, X: Any) -> Any: ...
    def kneighbors(self, X: Any, n_neighbors: int) -> Any: ...


def count_of(neighbors: int | NeighborEstimator) -> int:
    """Return how many others are meant: `NearestNeighbors(n_neighbors=5)` is five, as 5 is.

    Examples
    --------
    >>> count_of(NearestNeighbors(n_neighbors=5))
    5
    """
    return int(neighbors if isinstance(neighbors, int | np.integer) else neighbors.n_neighbors)


def estimator_of(neighbors: int | NeighborEstimator) -> NeighborEstimator | None:
    """Return the user's neighbour object, None for a plain count."""
    return None if isinstance(neighbors, int | np.integer) else neighbors


def usable_threads(n_jobs: int | None) -> int:
    """Return the threads to use: all that the process may use for None, 1 in a joblib worker."""
    if n_jobs == 0:
        raise InputError("n_jobs=0 means no work at all. Pass None for all cores, or 1 or more.")
    available = joblib.cpu_count()
    limit = os.environ.get("OMP_NUM_THREADS", "")
    if limit.isdigit() and int(limit):
        available = min(available, int(limit))
    if n_jobs is None:
        backend, _ = joblib.parallel.get_active_backend()
        return 1 if backend.nesting_level else available
    return n_jobs if n_jobs > 0 else max(1, joblib.cpu_count() + 1 + n_jobs)


@dataclass(frozen=True, eq=False)
class Index:
    """A set of rows to find neighbours in.

    Parameters
    ----------
    values : ndarray or csr_array of shape (n, d), float64
        Finite values.
    n_jobs : int or None
    estimator : NeighborEstimator, optional
        The user's own neighbour object, cloned and fitted here; by default exact Euclidean
        search.
    """

    values: Matrix
    n_jobs: int | None = None
    estimator: NeighborEstimator | None = None

    @property
    def n_rows(self) -> int:
        return int(self.values.shape[0])

    def nearest_others(self, rows: Ids, k: int) -> Neighbors:
        """Return the k nearest other rows of rows of the set; k is below the set's size."""
        return self._nearest(self.values[rows], k, rows)

    def nearest(self, points: Matrix, k: int) -> Neighbors:
        """Return the k nearest rows of points from outside the set; k is at most its size."""
        return self._nearest(points, k, None)

    def nearest_others_with_ties(self, rows: Ids, k: int) -> Iterator[tuple[Ids, Neighbors]]:
        """Yield neighbours in groups of queries, long enough to hold all that tie with the k-th.

        Yields
        ------
        positions : ndarray of intp
            Which of `rows` the group holds.
        neighbors : Neighbors
            At least k for each; the list ends beyond the k-th distance, or with the last row.
        """
        waiting, length = np.arange(len(rows)), min(k + 1, self.n_rows - 1)
        while len(waiting):
            unfinished = []
            for part in _parts(waiting, length):
                found = self.nearest_others(rows[part], length)
                ends = found.distances[:, -1] > found.distances[:, k - 1]
                if length == self.n_rows - 1:
                    ends[:] = True
                yield part[ends], Neighbors(found.rows[ends], found.distances[ends])
                unfinished.append(part[~ends])
            waiting, length = np.concatenate(unfinished), min(2 * length, self.n_rows - 1)

    def _nearest(self, points: Matrix, k: int, own: Ids | None) -> Neighbors:
        rows = np.empty((points.shape[0], k), dtype=np.intp)
        distances = np.empty((points.shape[0], k))
        n_own = 0 if own is None else 1
        length = min(k + n_own + (0 if self.estimator else 1), self.n_rows)
        if self.estimator is None and self._can_overflow:
            length = self.n_rows
        waiting = np.arange(points.shape[0])
        while len(waiting):
            unproved = []
            for part in _parts(waiting, length):
                own_part = None if own is None else own[part]
                found, bound = self._shortlist(points[part], length)
                exact = self._distances(points[part], found)
                ordered = _in_order(found.rows, exact, own_part, k)
                rows[part], distances[part] = ordered
                is_proved = ordered.distances[:, -1] < bound
                unproved.append(part[~is_proved])
            if length == self.n_rows or self.estimator is not None:
                break
            waiting = np.concatenate(unproved)
            length = min(2 * length + 8, self.n_rows)
        return Neighbors(rows, distances)

    def _shortlist(self, points: Matrix, length: int) -> tuple[Neighbors, NDArray[np.float64]]:
        """Return near rows, and a lower bound of the squared distance to all other rows."""
        if length == self.n_rows and self.estimator is None:
            everything = np.broadcast_to(np.arange(self.n_rows), (points.shape[0], length))
            return Neighbors(everything, np.empty(0)), _NO_BOUND
        return self._searcher(points, length)

    @cached_property
    def _can_overflow(self) -> bool:
        """Whether squared distances can be infinite, which no shortlist is made for."""
        # Stored values of a sparse array are its data.
        values = self.values.data if sp.issparse(self.values) else self.values
        return bool(values.size and max(values.max(), -values.min()) > _LARGEST_SAFE)

    @cached_property
    def _searcher(self) -> _Searcher:
        threads = usable_threads(self.n_jobs)
        if self.estimator is not None:
            return _UserSearcher(self.values, self.estimator)
        if sp.issparse(self.values) or self.values.shape[1] > _MOST_COLUMNS_FOR_A_TREE:
            return _ProductSearcher(self.values, threads)
        return _TreeSearcher(self.values, threads)

    @cached_property
    def _columns(self) -> NDArray[np.float64]:
        return np.ascontiguousarray(self.values.T)

    def _distances(self, points: Matrix, found: Neighbors) -> NDArray[np.float64]:
        if self.estimator is not None:
            return found.distances
        if sp.issparse(self.values):
            return _sparse_distances(points, self.values, found.rows)
        total = np.zeros(found.rows.shape)
        with np.errstate(over="ignore", under="ignore"):
            for j, column in enumerate(self._columns):
                difference = column[found.rows]
                difference -= points[:, j, np.newaxis]
                difference *= difference
                total += difference
        return total


def _parts(waiting: Ids, length: int) -> list[Ids]:
    return np.array_split(waiting, -(-len(waiting) * length // _PAIRS_AT_ONCE))


def _in_order(rows: Ids, distances: NDArray[np.float64], own: Ids | None, k: int) -> Neighbors:
    """Return the first k by (distance, row number), without a query's own row."""
    if own is not None:
        # NaN is sorted behind everything, infinite distances included.
        distances = np.where(rows == own[:, np.newaxis], np.nan, distances)
    order = np.lexsort((rows, distances), axis=-1)[:, :k]
    return Neighbors(
        np.take_along_axis(rows, order, axis=1), np.take_along_axis(distances, order, axis=1)
    )


def _sparse_distances(points: Any, values: Any, rows: Ids) -> NDArray[np.float64]:
    n_queries, length = rows.shape
    queries = np.repeat(np.arange(n_queries), length)
    difference = sp.csr_array(points[queries] - values[rows.ravel()])
    difference.sort_indices()
    difference.data *= difference.data
    # A product with ones adds a row's values one after the other, in the order of the columns.
    return cast(
        "NDArray[np.float64]", (difference @ np.ones(difference.shape[1])).reshape(rows.shape)
    )


class _Searcher(Protocol):
    """Finds a shortlist, and how near a row outside it could be in truth."""

    def __call__(self, points: Matrix, length: int) -> tuple[Neighbors, NDArray[np.float64]]: ...


def _lower_bound(found: Neighbors, n_columns: int, error: Any) -> NDArray[np.float64]:
    """Return the least true squared distance of a row outside a list whose own are rounded."""
    relative = 8 * (n_columns + 4) * _EPSILON
    # Squares below the smallest normal number lose their relative precision.
    absolute = n_columns * float(np.finfo(np.float64).tiny)
    return found.distances[:, -1] * (1 - relative) - error - absolute


class _TreeSearcher:
    def __init__(self, values: Any, threads: int) -> None:
        self._tree = KDTree(values)
        self._threads = threads

    def __call__(self, points: Matrix, length: int) -> tuple[Neighbors, NDArray[np.float64]]:
        # Few queries cost less than starting threads.
        workers = self._threads if len(points) * length > _PAIRS_WORTH_A_THREAD else 1
        distances, rows = self._tree.query(points, k=np.arange(1, length + 1), workers=workers)
        with np.errstate(over="ignore", under="ignore"):
            found = Neighbors(rows, np.square(distances))
        return found, _lower_bound(found, self._tree.m, 0.0)


class _ProductSearcher:
    """Distances from products of matrices, on centred values so that little cancels."""

    def __init__(self, values: Any, threads: int) -> None:
        self._centre = 0.0 if sp.issparse(values) else values.mean(axis=0)
        self._index = NearestNeighbors(algorithm="brute").fit(self._centred(values))
        self._largest = float(_squared_norms(self._centred(values)).max())
        self._threads = threads

    def _centred(self, values: Any) -> Any:
        return values if sp.issparse(values) else values - self._centre

    def __call__(self, points: Matrix, length: int) -> tuple[Neighbors, NDArray[np.float64]]:
        centred = self._centred(points)
        is_limited = self._threads < usable_threads(-1)
        with threadpool_limits(self._threads) if is_limited else contextlib.nullcontext():
            distances, rows = self._index.kneighbors(centred, n_neighbors=length)
        found = Neighbors(rows, np.square(distances))
        # |x|^2 - 2xy + |y|^2 is off by rounding of the norms, however near x and y are.
        n_columns = centred.shape[1]
        norms = self._largest + _squared_norms(centred)
        return found, _lower_bound(found, n_columns, 8 * (n_columns + 8) * _EPSILON * norms)


class _UserSearcher:
    def __init__(self, values: Any, estimator: NeighborEstimator) -> None:
        self._index = clone(estimator).fit(values)

    def __call__(self, points: Matrix, length: int) -> tuple[Neighbors, NDArray[np.float64]]:
        distances, rows = self._index.kneighbors(points, n_neighbors=length)
        return Neighbors(np.asarray(rows), np.asarray(distances, dtype=np.float64)), _NO_BOUND


def _squared_norms(values: Any) -> NDArray[np.float64]:
    if sp.issparse(values):
        return np.asarray(values.multiply(values).sum(axis=1)).ravel()
    return cast("NDArray[np.float64]", np.einsum("ij,ij->i", values, values))
