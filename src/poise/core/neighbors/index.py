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
from typing import cast

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import InputError
from poise.core.neighbors.measure import Measure, measure_of
from poise.core.neighbors.searchers import (
    NativeSearcher,
    NeighborEstimator,
    Neighbors,
    Searcher,
    SparseSearcher,
    UserSearcher,
    check_plain_numbers,
    in_parts,
)
from poise.core.plan.recipes import Ids
from poise.core.tables.blocks import Matrix
from poise.core.threads import usable_threads


def count_of(neighbors: int | NeighborEstimator) -> int:
    """Return how many others are meant: `NearestNeighbors(n_neighbors=5)` is five, as 5 is.

    Examples
    --------
    >>> from sklearn.neighbors import NearestNeighbors
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
            for part in in_parts(waiting, length):
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
        return cast("NativeSearcher", self._searcher).count_within(points, radii, stop, own)

    @cached_property
    def _searcher(self) -> Searcher:
        threads = usable_threads()
        if self.estimator is not None:
            check_plain_numbers(self.measure)
            return UserSearcher(self.values, self.estimator)
        if sp.issparse(self.values):
            return SparseSearcher(self.values, threads)
        return NativeSearcher(self.measure.of(self.values), self.measure, threads)
