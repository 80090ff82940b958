"""Neighbours: the k nearest *other* rows, exact, ordered by (distance, row number).

The one seam between methods and search. The squared distance of two rows is the sum over the
columns, in order, of the squared difference, in float64 and without fused multiply-add; `Measure`
says what categories and missing values add. Dense rows are searched by the native kernel. Sparse rows get a shortlist from products of matrices,
which is put in order by that distance and proved: where a row outside it could still belong, the
search for that query is repeated with a longer list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from poise import native
from poise.core.blocks import Matrix
from poise.core.errors import InputError
from poise.core.moments import Moments, moments_of
from poise.core.recipes import Ids
from poise.core.threads import usable_threads

_PAIRS_AT_ONCE = 1 << 22
_MEGABYTES = 128  # of distances at once, while shortlists of sparse rows are made
_EPSILON = float(np.finfo(np.float64).eps)


class Neighbors(NamedTuple):
    """Neighbours of each query, nearest first.

    Attributes
    ----------
    rows : ndarray of shape (n_queries, k), intp
        -1 where there are no more: rows that know no column in common are no neighbours.
    distances : ndarray of shape (n_queries, k), float64
        Squared Euclidean distances, or what the user's neighbour object returned.
    """

    rows: Ids
    distances: NDArray[np.float64]


class Measure(NamedTuple):
    """What the distance of two rows is made of.

    Numbers add their squared difference, categories that differ a cost: the squared median of the
    numeric columns' standard deviations (Chawla et al. 2002, section 6.1), 1 where there are none.
    Where values are missing, only the columns that both rows know count, and the sum is scaled up
    to all. Columns that tell no rows apart (constant, one category, all missing) have no weight.

    Attributes
    ----------
    columns : ndarray of intp, or None
        Those with weight; None for all.
    n_categorical : int
        How many of these are categories; they are the last ones.
    mismatch : float
    is_partial : bool
        Whether values may be missing.
    """

    columns: Ids | None = None
    n_categorical: int = 0
    mismatch: float = 0.0
    is_partial: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether rows are numbers alone, without gaps."""
        return self.n_categorical == 0 and not self.is_partial

    def of(self, values: Matrix) -> Matrix:
        """Return the columns that have weight; a constant where none has."""
        if self.columns is None:
            return values
        return values[:, self.columns] if len(self.columns) else np.zeros((len(values), 1))


def measure_of(values: Matrix, n_categorical: int, mismatch: float | None = None) -> Measure:
    """Return the measure that these rows suggest.

    Parameters
    ----------
    values : ndarray or csr_array of shape (n, d)
        Numbers, then codes of categories; NaN where missing.
    n_categorical : int
    mismatch : float, optional
        The cost of categories that differ, where it is that of more rows than these.

    Examples
    --------
    >>> measure_of(np.array([[0.0, 0.0], [2.0, 1.0], [4.0, 1.0]]), 1).mismatch
    2.6666666666666665
    """
    if sp.issparse(values):
        return Measure()
    with np.errstate(over="ignore", invalid="ignore"):
        is_partial = bool(np.isnan(values.sum())) and bool(np.isnan(values).any())
    if not n_categorical and not is_partial:
        return Measure()
    n_numbers = values.shape[1] - n_categorical
    low, high = (end.reduce(values, axis=0) for end in (np.fmin, np.fmax))
    columns = np.flatnonzero(high > low)
    n_weighty = int((columns >= n_numbers).sum())
    if mismatch is None:
        mismatch = cost_of_mismatch(moments_of(values[:, :n_numbers])) if n_weighty else 0.0
    return Measure(columns, n_weighty, mismatch, is_partial)


def cost_of_mismatch(numbers: Moments) -> float:
    """Return what two categories that differ cost, from the moments of the numeric columns."""
    deviations = numbers.deviations()
    deviations = deviations[np.isfinite(deviations)]
    varying = deviations[deviations > 0]
    if not len(varying):
        return 1.0
    # Where most numbers are constant, categories must not count for nothing.
    median = float(np.median(deviations)) or float(np.median(varying))
    return median**2


def distances_between(points: Matrix, values: Matrix, measure: Measure) -> NDArray[np.float64]:
    """Return the squared distance of every point to every row, as a search would have it.

    Parameters
    ----------
    points, values : ndarray or csr_array of shape (p, d) and (n, d)
    measure : Measure

    Returns
    -------
    ndarray of shape (p, n)
        Infinite where there is no column in common.

    Examples
    --------
    >>> distances_between(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]]), Measure())
    array([[25.]])
    """
    points, values = (_dense(measure.of(rows)) for rows in (points, values))
    n_columns = points.shape[1]
    if measure.is_plain and len(points) == 1:
        # Added down the columns, one after the other, as below.
        difference = values.T - points.T
        with np.errstate(over="ignore", under="ignore"):
            return np.add.reduce(difference * difference, axis=0)[np.newaxis]
    total = np.zeros((len(points), len(values)))
    n_different, n_common = np.zeros_like(total), np.zeros_like(total)
    with np.errstate(over="ignore", under="ignore"):
        for j in range(n_columns):  # in order, so that the last bit is that of a search
            difference = points[:, [j]] - values[:, j]
            if measure.is_partial:
                n_common += ~np.isnan(difference)
                difference = np.nan_to_num(difference, nan=0.0, posinf=np.inf, neginf=-np.inf)
            if j < n_columns - measure.n_categorical:
                total += difference * difference
            else:
                n_different += difference != 0
    if measure.n_categorical:
        total += n_different * measure.mismatch
    if not measure.is_partial:
        return total
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(n_common < n_columns, total * (n_columns / n_common), total)
    return np.where(n_common > 0, scaled, np.inf)


def _dense(rows: Matrix) -> NDArray[np.float64]:
    return np.asarray(rows.toarray() if sp.issparse(rows) else rows, dtype=np.float64)


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
    if isinstance(neighbors, int | np.integer):
        return int(neighbors)
    count = getattr(neighbors, "n_neighbors", None)
    if isinstance(neighbors, type) or not isinstance(count, int | np.integer) or count < 1:
        raise InputError(
            f"{neighbors!r} must be an instance whose n_neighbors is 1 or more (it is {count!r}), "
            "such as sklearn.neighbors.NearestNeighbors(n_neighbors=5). Or pass a number."
        )
    return int(count)


def estimator_of(neighbors: int | NeighborEstimator) -> NeighborEstimator | None:
    """Return the user's neighbour object, None for a plain count."""
    return None if isinstance(neighbors, int | np.integer) else neighbors


class Searcher(Protocol):
    """One way of finding the nearest rows of a set."""

    def nearest(self, points: Matrix, k: int, own: Ids | None) -> Neighbors:
        """Return the k nearest rows of points, without each point's own row."""
        ...


@dataclass(frozen=True, eq=False)
class Index:
    """A set of rows to find neighbours in.

    Parameters
    ----------
    values : ndarray or csr_array of shape (n, d), float64
        Numbers, then codes of categories; NaN where missing.
    n_categorical : int
        How many of the last columns are codes.
    estimator : NeighborEstimator, optional
        The user's own neighbour object, cloned and fitted here; by default exact search.
    measure_of_all : Measure, optional
        By default these rows' own.
    """

    values: Matrix
    n_categorical: int = 0
    estimator: NeighborEstimator | None = None
    measure_of_all: Measure | None = None

    @cached_property
    def measure(self) -> Measure:
        """What a distance is made of."""
        return self.measure_of_all or measure_of(self.values, self.n_categorical)

    @property
    def n_rows(self) -> int:
        return int(self.values.shape[0])

    def nearest_others(self, rows: Ids, k: int) -> Neighbors:
        """Return the k nearest other rows of rows of the set; k is below the set's size."""
        return self._searcher.nearest(self.values[rows], k, rows)

    def nearest(self, points: Matrix, k: int, own: Ids | None = None) -> Neighbors:
        """Return the k nearest rows of points; k is at most the set's size, less one with `own`.

        Parameters
        ----------
        points : ndarray or csr_array of shape (q, d)
        k : int
        own : ndarray of shape (q,), intp, optional
            A row of the set that is the point itself, and no neighbour of it; -1 for none.
        """
        return self._searcher.nearest(points, k, own)

    def nearest_others_with_ties(self, rows: Ids, k: int) -> Iterator[tuple[Ids, Neighbors]]:
        """Yield the neighbours of rows of the set; see `nearest_with_ties`."""
        return self.nearest_with_ties(self.values[rows], k, rows)

    def nearest_with_ties(
        self, points: Matrix, k: int, own: Ids | None = None
    ) -> Iterator[tuple[Ids, Neighbors]]:
        """Yield neighbours in groups of points, long enough to hold all that tie with the k-th.

        Yields
        ------
        positions : ndarray of intp
            Which of the points the group holds.
        neighbors : Neighbors
            At least k for each; the list ends beyond the k-th distance, or with the last row.
        """
        most = self.n_rows - (own is not None)
        waiting, length = np.arange(points.shape[0]), min(k + 1, most)
        while len(waiting):
            unfinished = [waiting[:0]]
            for part in _parts(waiting, length):
                found = self.nearest(points[part], length, None if own is None else own[part])
                ends = found.distances[:, -1] > found.distances[:, k - 1]
                ends |= length == most
                if ends.any():
                    yield part[ends], Neighbors(found.rows[ends], found.distances[ends])
                unfinished.append(part[~ends])
            waiting, length = np.concatenate(unfinished), min(2 * length, most)

    def kth_distances(self, rows: Ids, k: int) -> NDArray[np.float64]:
        """Return the distance of the k-th nearest other of rows of the set; infinity where there are fewer."""
        if self.n_rows - 1 < k:
            return np.full(len(rows), np.inf)
        return np.ascontiguousarray(self.nearest_others(rows, k).distances[:, -1])

    def count_within(
        self, points: Matrix, radii: NDArray[np.float64], stop: int, own: Ids | None = None
    ) -> Ids:
        """Return how many rows are strictly nearer to points than a (squared) radius each, up to `stop`.

        Of dense rows, and without a neighbour object of the user's.
        """
        return cast("_NativeSearcher", self._searcher).count_within(points, radii, stop, own)

    @cached_property
    def _searcher(self) -> Searcher:
        threads = usable_threads()
        if self.estimator is not None:
            _refuse_mixtures(self.measure)
            return _UserSearcher(self.values, self.estimator)
        if sp.issparse(self.values):
            return _SparseSearcher(self.values, threads)
        return _NativeSearcher(self.values, self.measure, threads)


def _refuse_mixtures(measure: Measure) -> None:
    if not measure.is_plain:
        raise InputError(
            "A neighbour object of your own finds neighbours among numbers alone; this table has "
            "categories or missing values. Pass a number of neighbours instead."
        )


def _parts(waiting: Ids, length: int) -> list[Ids]:
    n_parts = -(-len(waiting) * length // _PAIRS_AT_ONCE)
    return np.array_split(waiting, min(n_parts, len(waiting)))


class _NativeSearcher:
    def __init__(self, values: NDArray[np.float64], measure: Measure, threads: int) -> None:
        self._measure = measure
        self._tree = native.Tree(
            measure.of(values),
            threads,
            n_nominal=measure.n_categorical,
            mismatch=measure.mismatch,
            is_partial=measure.is_partial,
        )

    def nearest(self, points: Matrix, k: int, own: Ids | None) -> Neighbors:
        rows, distances = self._tree.nearest(self._measure.of(points), k, own)
        return Neighbors(rows, distances)

    def count_within(
        self, points: Matrix, radii: NDArray[np.float64], stop: int, own: Ids | None
    ) -> Ids:
        return self._tree.count_within(self._measure.of(points), radii, stop, own)


class _UserSearcher:
    """The user's answer is taken as it is; only a row itself is left out, by its number."""

    def __init__(self, values: Any, estimator: NeighborEstimator) -> None:
        self._index = clone(estimator, safe=False).fit(values)

    def nearest(self, points: Matrix, k: int, own: Ids | None) -> Neighbors:
        length = k if own is None else k + 1
        distances, rows = self._index.kneighbors(points, n_neighbors=length)
        return _in_order(np.asarray(rows), np.asarray(distances, dtype=np.float64), own, k)


class _SparseSearcher:
    """Shortlists from products of sparse matrices, in exact order, each proved or made longer."""

    def __init__(self, values: Any, threads: int) -> None:
        self._values = values
        self._threads = threads
        self._n_rows, self._n_columns = values.shape
        self._cells_a_pair = 1 + 2 * values.nnz // max(1, self._n_rows)
        self._index = NearestNeighbors(algorithm="brute").fit(values)
        with np.errstate(over="ignore"):
            self._largest = float(_squared_norms(values).max())

    def nearest(self, points: Matrix, k: int, own: Ids | None) -> Neighbors:
        rows = np.empty((points.shape[0], k), dtype=np.intp)
        distances = np.empty((points.shape[0], k))
        waiting = np.arange(points.shape[0])
        length = min(k + 2, self._n_rows)
        if not np.isfinite(4 * self._largest):
            length = self._n_rows  # no shortlist is made where squared distances can be infinite
        while len(waiting):
            unproved = []
            for part in _parts(waiting, length * self._cells_a_pair):
                own_part = None if own is None else own[part]
                shortlist, bound = self._shortlist(points[part], length)
                exact = _sparse_distances(points[part], self._values, shortlist)
                found = _in_order(shortlist, exact, own_part, k)
                rows[part], distances[part] = found
                unproved.append(part[~(found.distances[:, -1] < bound)])
            waiting = np.concatenate(unproved)
            if length == self._n_rows:
                break
            length = min(2 * length + 8, self._n_rows)
        return Neighbors(rows, distances)

    def _shortlist(self, points: Matrix, length: int) -> tuple[Ids, NDArray[np.float64]]:
        """Return near rows, and the least that the squared distance of another row can be."""
        n_points = points.shape[0]
        if length == self._n_rows:
            everyone = np.broadcast_to(np.arange(length), (n_points, length))
            return everyone, np.full(n_points, np.inf)
        with threadpool_limits(self._threads), config_context(working_memory=_MEGABYTES):
            distances, rows = self._index.kneighbors(points, n_neighbors=length)
        # |x|^2 - 2xy + |y|^2 is off by rounding of the norms, however near x and y are.
        norms = self._largest + _squared_norms(points)
        error = 8 * (self._n_columns + 8) * _EPSILON * norms + np.finfo(np.float64).tiny
        return rows, np.square(distances[:, -1]) * (1 - 8 * _EPSILON) - error


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
    queries = np.repeat(np.arange(rows.shape[0]), rows.shape[1])
    difference = sp.csr_array(points[queries] - values[rows.ravel()])
    difference.sort_indices()
    with np.errstate(over="ignore", under="ignore"):
        difference.data *= difference.data
    # A product with ones adds a row's values one after the other, in the order of the columns.
    total = difference @ np.ones(difference.shape[1])
    return cast("NDArray[np.float64]", total.reshape(rows.shape))


def _squared_norms(values: Any) -> NDArray[np.float64]:
    return np.asarray(values.multiply(values).sum(axis=1)).ravel()
