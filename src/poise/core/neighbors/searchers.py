"""Searchers: the native kernel for dense rows, sparse rows, and the user's neighbour object."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from poise import native
from poise.core.errors import InputError
from poise.core.neighbors.measure import Measure
from poise.core.plan.recipes import Ids
from poise.core.tables.blocks import Matrix
from poise.core.types import NeighborEstimator


class Neighbors(NamedTuple):
    """Neighbours of each query, nearest first.

    Attributes
    ----------
    rows : ndarray of shape (n_queries, k), intp
        -1 if there are fewer than k: rows without a common known column are not neighbours.
    distances : ndarray of shape (n_queries, k), float64
        Squared Euclidean distances, or what the user's neighbour object returned.
    """

    rows: Ids
    distances: NDArray[np.float64]


class Picked(NamedTuple):
    """Some rows of dense values, by number, which the native kernel reads where they are.

    Attributes
    ----------
    weighted : C-contiguous ndarray of shape (n, d), float64
        The columns that have weight in the measure.
    rows : ndarray of intp
    """

    weighted: NDArray[np.float64]
    rows: Ids


class Searcher(Protocol):
    """Finds the nearest rows in a set of rows."""

    def nearest(self, points: Matrix, k: int, own: Ids | None) -> Neighbors:
        """Return the k nearest rows of each point, without the row `own` of the point itself."""
        ...


def check_nothing_missing(measure: Measure) -> None:
    """Raise InputError if a user's neighbour object would get missing values."""
    if measure.is_partial:
        raise InputError(
            "A neighbour object finds neighbours among rows without missing values; this table has "
            "missing values. Pass a number of neighbours instead."
        )


class NativeSearcher:
    """Searches dense rows with the native kernel.

    Points are an array, or `Picked` from one.

    Parameters
    ----------
    values : ndarray of shape (n, d), or Picked
        The rows to search in.
    measure : Measure
    threads : int
    """

    def __init__(self, values: Matrix | Picked, measure: Measure, threads: int) -> None:
        self._measure = measure
        weighted, picked = self._weighted(values)
        self._tree = native.Tree(
            weighted,
            threads,
            picked=picked,
            n_nominal=measure.n_categorical,
            mismatch=measure.mismatch,
            is_partial=measure.is_partial,
        )

    def _weighted(self, points: Matrix | Picked) -> tuple[Matrix, Ids | None]:
        """Return columns that have weight, and which of their rows are meant; None for all."""
        return points if isinstance(points, Picked) else (self._measure.of(points), None)

    def nearest(self, points: Matrix, k: int, own: Ids | None) -> Neighbors:
        rows, distances = self._tree.nearest(self._measure.of(points), k, own)
        return Neighbors(rows, distances)

    def kth_within(
        self, points: Matrix | Picked, radii: NDArray[np.float64], k: int
    ) -> NDArray[np.float64]:
        """Return the squared distance to the k-th nearest row of each point within its squared radius.

        NaN where there is none.
        """
        queries, picked = self._weighted(points)
        return self._tree.kth_within(queries, k, radii, picked=picked)

    def kth_nearby(self, points: Matrix | Picked, k: int, own: Ids | None) -> NDArray[np.float64]:
        """Return a squared distance that the k-th nearest row of each point does not exceed, after a look at few rows.

        Infinity where these are too few.
        """
        queries, picked = self._weighted(points)
        found = self._tree.kth_near(queries, k, own, picked=picked)
        found[np.isnan(found)] = np.inf
        return found

    def count_within(
        self, points: Matrix | Picked, radii: NDArray[np.float64], stop: int, own: Ids | None
    ) -> Ids:
        """Return the number of rows strictly nearer to each point than its squared radius.

        Counting ends at `stop`.
        """
        queries, picked = self._weighted(points)
        return self._tree.count_within(queries, radii, stop, own, picked=picked)


class UserSearcher:
    """Searches with the user's neighbour object; only a row itself is removed from its neighbours.

    The object gets categories as columns of numbers whose Euclidean distances are those of the measure.
    """

    def __init__(self, values: Any, estimator: NeighborEstimator, measure: Measure) -> None:
        self._measure, self._n_rows = measure, values.shape[0]
        codes = _codes(values, measure)
        self._n_categories = [int(column.max()) + 1 for column in codes.T]
        self._index = clone(estimator, safe=False)
        self._index.fit(self._encoded(values))

    def _encoded(self, rows: Matrix) -> Matrix:
        if self._measure.is_plain:
            return rows
        numbers = self._measure.of(rows)
        codes = _codes(rows, self._measure)
        # Two rows with different categories differ in two columns, by the root of half the cost.
        height = np.sqrt(self._measure.mismatch / 2)
        columns = [numbers[:, : numbers.shape[1] - codes.shape[1]]]
        for n, column in zip(self._n_categories, codes.T, strict=True):
            # Categories that no row of the index has share the last column.
            place = np.minimum(column, n).astype(np.intp)
            columns.append(height * np.eye(n + 1)[place])
        return np.column_stack(columns)

    def nearest(self, points: Matrix, k: int, own: Ids | None) -> Neighbors:
        length = k if own is None else k + 1
        found = self._index.kneighbors(self._encoded(points), n_neighbors=length)
        distances, rows = self._checked(found, (points.shape[0], length))
        return _in_order(rows, distances, own, k)

    def _checked(self, found: Any, shape: tuple[int, int]) -> tuple[NDArray[np.float64], Ids]:
        """Return the distances and row numbers of an answer; InputError if it is none."""
        try:
            distances, rows = (np.asarray(part) for part in found)
        except (TypeError, ValueError):
            raise self._wrong(f"{type(found).__name__}, not two arrays") from None
        for part, what in ((distances, "distances"), (rows, "row numbers")):
            if part.shape != shape:
                raise self._wrong(f"{what} of shape {part.shape} where {shape} was asked for")
        if rows.dtype.kind not in "iu":
            raise self._wrong(f"row numbers of type {rows.dtype}; they must be whole numbers")
        if rows.size and not (rows.min() >= 0 and rows.max() < self._n_rows):
            ends = f"{rows.min()} to {rows.max()}"
            raise self._wrong(f"row numbers {ends}; it was fitted on rows 0 to {self._n_rows - 1}")
        if distances.dtype.kind not in "fiu":
            raise self._wrong(f"distances of type {distances.dtype}; they must be numbers")
        return distances.astype(np.float64), rows.astype(np.intp)

    def _wrong(self, what: str) -> InputError:
        return InputError(
            f"The neighbour object {self._index!r} returned {what}. Its kneighbors(X, n_neighbors) must return "
            "distances and row numbers, as sklearn.neighbors.NearestNeighbors does; or pass a number."
        )


def _codes(rows: Matrix, measure: Measure) -> Any:
    """Return the columns of category codes that have weight, without those of numbers."""
    if measure.is_plain:
        return np.empty((0, 0))
    weighted = measure.of(rows)
    return weighted[:, weighted.shape[1] - measure.n_categorical :]


class SparseSearcher:
    """Searches sparse rows with the native kernel.

    Parameters
    ----------
    values : csr_array of shape (n, d)
    threads : int
    """

    def __init__(self, values: Any, threads: int) -> None:
        self._index = native.SparseIndex(values, threads)

    def nearest(self, points: Matrix, k: int, own: Ids | None) -> Neighbors:
        return Neighbors(*self._index.nearest(points, k, own))


def _in_order(rows: Ids, distances: NDArray[np.float64], own: Ids | None, k: int) -> Neighbors:
    """Return the first k rows by (distance, row number), without the own row of each query."""
    if own is not None:
        # NaN is sorted last, after infinite distances.
        distances = np.where(rows == own[:, np.newaxis], np.nan, distances)
    order = np.lexsort((rows, distances), axis=-1)[:, :k]
    return Neighbors(
        np.take_along_axis(rows, order, axis=1), np.take_along_axis(distances, order, axis=1)
    )


_PAIRS_AT_ONCE = 1 << 22  # no mutant: memory alone


def in_parts(waiting: Ids, length: int) -> list[Ids]:
    """Split queries into parts, so that each part has a bounded number of pairs with `length` rows."""
    n_parts = -(-len(waiting) * length // _PAIRS_AT_ONCE)
    return np.array_split(waiting, min(n_parts, len(waiting)))
