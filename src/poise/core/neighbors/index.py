"""Index: find the k nearest *other* rows, exactly, ordered by (distance, row number).

All neighbour searches go through this module. The squared distance of two rows is the sum of the
squared differences over the columns, in order, in float64 and without fused multiply-add;
`Measure` defines what categories and missing values add to it. The native kernel searches dense
and sparse rows, and gives the same neighbours of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.neighbors.measure import Measure, measure_of
from poise.core.neighbors.searchers import (
    NativeSearcher,
    Neighbors,
    Searcher,
    SparseSearcher,
    UserSearcher,
    check_nothing_missing,
    in_parts,
)
from poise.core.plan.recipes import Ids
from poise.core.plan.values import rows_at
from poise.core.tables.blocks import Matrix
from poise.core.threads import usable_threads
from poise.core.types import NeighborEstimator


@dataclass(frozen=True, eq=False)
class Index:
    """A set of rows in which neighbours are searched.

    Parameters
    ----------
    values : ndarray or csr_array of shape (n, d), float64
        Columns of numbers, then columns of category codes; NaN marks a missing value.
    n_categorical : int
        Number of columns of category codes, which come last.
    estimator : NeighborEstimator, optional
        The user's neighbour object, which is cloned and fitted on these rows; by default exact
        search.
    measure_of_all : Measure, optional
        The distance measure of a larger set of rows; by default that of these rows.
    """

    values: Matrix
    n_categorical: int = 0
    estimator: NeighborEstimator | None = None
    measure_of_all: Measure | None = None

    @cached_property
    def measure(self) -> Measure:
        """The distance measure of the index."""
        return self.measure_of_all or measure_of(self.values, self.n_categorical)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.values.shape[0])

    def nearest_others(self, rows: Ids, k: int) -> Neighbors:
        """Return the k nearest other rows of some rows of the index.

        Parameters
        ----------
        rows : ndarray of shape (q,), intp
        k : int
            Less than `n_rows`.

        Returns
        -------
        Neighbors
            Two arrays of shape (q, k), nearest first: `rows` (row numbers of the index, -1 where there are fewer) and
            `distances` (squared).
        """
        return self._searcher.nearest(rows_at(self.values, rows), k, rows)

    def nearest(self, points: Matrix, k: int, own: Ids | None = None) -> Neighbors:
        """Return the k nearest rows of points.

        Parameters
        ----------
        points : ndarray or csr_array of shape (q, d)
        k : int
            At most `n_rows`; at most `n_rows` - 1 if `own` is given.
        own : ndarray of shape (q,), intp, optional
            The row of the index that is the point itself and is left out; -1 if there is none.
        """
        return self._searcher.nearest(points, k, own)

    def nearest_others_with_ties(self, rows: Ids, k: int) -> Iterator[tuple[Ids, Neighbors]]:
        """Yield the neighbours of some rows of the index; see `nearest_with_ties`."""
        return self.nearest_with_ties(rows_at(self.values, rows), k, rows)

    def nearest_with_ties(
        self, points: Matrix, k: int, own: Ids | None = None
    ) -> Iterator[tuple[Ids, Neighbors]]:
        """Yield neighbour lists that include all rows at the same distance as the k-th neighbour.

        Yields
        ------
        positions : ndarray of intp
            Positions of the points in this group.
        neighbors : Neighbors
            At least k per point. A list ends with a row beyond the k-th distance, or holds all rows.
        """
        most = self.n_rows - (own is not None)
        waiting, length = np.arange(points.shape[0]), min(k + 1, most)  # no mutant: speed alone
        while len(waiting):
            unfinished = [waiting[:0]]
            for part in in_parts(waiting, length):
                found = self.nearest(points[part], length, None if own is None else own[part])
                ends = found.distances[:, -1] > found.distances[:, k - 1]
                ends |= length == most
                if ends.any():
                    yield part[ends], Neighbors(found.rows[ends], found.distances[ends])
                unfinished.append(part[~ends])
            waiting = np.concatenate(unfinished)
            length = min(2 * length, most)  # no mutant: speed alone

    def kth_distances(self, rows: Ids, k: int) -> NDArray[np.float64]:
        """Return the distance to the k-th nearest other row; infinity if there are fewer rows."""
        if self.n_rows - 1 < k:
            return np.full(len(rows), np.inf)
        return np.ascontiguousarray(self.nearest_others(rows, k).distances[:, -1])

    @property
    def is_native(self) -> bool:
        """Whether the kernel searches: dense rows, and no neighbour object of the user."""
        return self.estimator is None and not sp.issparse(self.values)

    def count_within(
        self, points: Matrix, radii: NDArray[np.float64], stop: int, own: Ids | None = None
    ) -> Ids:
        """Return the number of rows strictly nearer to each point than its squared radius.

        Counting ends at `stop`. Only where `is_native`.
        """
        return cast("NativeSearcher", self._searcher).count_within(points, radii, stop, own)

    @cached_property
    def _searcher(self) -> Searcher:
        threads = usable_threads()
        if self.estimator is not None:
            check_nothing_missing(self.measure)
            return UserSearcher(self.values, self.estimator, self.measure)
        if sp.issparse(self.values):
            return SparseSearcher(self.values, threads)
        return NativeSearcher(self.values, self.measure, threads)
