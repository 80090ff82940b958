"""NearMiss: keep the rows of a larger class that are near the smallest class."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from poise.core.errors import TooFewRowsError
from poise.core.neighbors.measure import Measure, distances_between
from poise.core.neighbors.parameter import count_of, estimator_of
from poise.core.plan.recipes import Ids
from poise.core.sampling.allocation import Counts
from poise.core.sampling.fitted import neighbors_object
from poise.core.sampling.parameters import (
    KINDS,
    N_JOBS,
    NEIGHBORS,
    SPACE,
    fitted,
    one_of,
    parameter,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import UnderSampler
from poise.core.tables.blocks import Matrix
from poise.core.threads import usable_threads
from poise.core.types import (
    ColumnKinds,
    KNeighbors,
    NearMissVersion,
    NeighborEstimator,
    SpaceName,
    Transformer,
    choices,
)

_PAIRS_AT_ONCE = 1 << 18  # so that their distances stay in the cache; no mutant: speed alone
_GROUPS = 64  # groups of rows; their largest distances bound the farthest; no mutant: speed alone


@sampler
class NearMiss(UnderSampler):
    """Keep the rows of the larger classes that are near the smallest class.

    Version 1 keeps the rows with the smallest mean distance to their `n_neighbors` nearest rows of
    the smallest class. Version 2 keeps the rows with the smallest mean distance to their
    `n_neighbors` farthest rows of it. Version 3 first selects candidates: the rows that are among
    the `n_neighbors_ver3` nearest rows to at least one row of the smallest class. Of these it keeps
    the rows with the largest mean distance to their `n_neighbors` nearest rows of the smallest
    class. If there are fewer candidates than rows wanted, `n_neighbors_ver3` is increased.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes shrink, and to how many rows: "auto" (all but the smallest class, to its
        size), "majority", "not minority", "not majority" or "all"; for two classes, the ratio of
        the smaller to the larger; a dictionary ``{label: rows wanted}``; or a function of y that
        returns such a dictionary. `poise.Ratio` takes ratios to the largest class for any
        number of classes.
    version : {1, 2, 3}, default=1
        Which rule decides; see above.
    n_neighbors : int or neighbour object, default=3
        Number of rows of the smallest class in each mean distance. An object with `fit` and
        `kneighbors`, such as ``NearestNeighbors(n_neighbors=3, metric="manhattan")``, is cloned; its
        distances are averaged.
    n_neighbors_ver3 : int or neighbour object, default=3
        Number of candidates for each row of the smallest class, in version 3.
    column_kinds : dict or None, default=None
        Column kinds, by column name or position; see `poise.over_sampling.SMOTE`.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are not searched, such as identifiers and names.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        How columns are scaled before distances are computed; see
        `poise.over_sampling.SMOTE`.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Which input rows are kept.
    sampling_strategy_ : dict
        Number of rows kept in each class that may lose rows, by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row number of each output row, in input order.
    nn_ : neighbour object
        With one neighbour more than `n_neighbors`; not fitted.
    nn_ver3_ : neighbour object
        The same for `n_neighbors_ver3`; only set for version 3.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If the smallest class has fewer than `n_neighbors` rows.

    Notes
    -----
    Among rows with the same mean distance, the first in the table are kept. Cost: versions 1 and 3
    make one neighbour search in the smallest class for each row, and version 3 one in the larger
    class for each row of the smallest. Version 2 compares each of n_c rows with all n_s rows of the
    smallest class: O(n_c n_s d) time for d columns, in blocks of bounded memory.

    References
    ----------
    .. [1] Mani, I. and Zhang, J. (2003). kNN approach to unbalanced data distributions: a case study
       involving information extraction. ICML workshop on learning from imbalanced data sets.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.under_sampling import NearMiss
    >>> X, y = make_classification(weights=[0.8], random_state=0)
    >>> X_new, y_new = NearMiss(version=2).fit_resample(X, y)
    >>> int((y_new == 0).sum()) == int((y_new == 1).sum())
    True
    """

    why_removed: ClassVar[str] = (
        "not among the rows of its class that are selected by their distances to the others"
    )

    version: NearMissVersion = parameter(default=1, allowed=one_of(*choices(NearMissVersion)))
    n_neighbors: KNeighbors = parameter(default=3, allowed=NEIGHBORS)
    n_neighbors_ver3: KNeighbors = parameter(default=3, allowed=NEIGHBORS)
    column_kinds: ColumnKinds | None = parameter(default=None, allowed=KINDS)
    neighbor_space: SpaceName | Transformer = parameter(default="raw", allowed=SPACE)
    n_jobs: int | None = parameter(default=None, allowed=N_JOBS)

    nn_: Any = fitted()
    nn_ver3_: Any = fitted()

    def keeper(
        self,
        problem: Problem,
        rng: np.random.RandomState,  # noqa: ARG002  # nothing is drawn
    ) -> Callable[[int, int], Ids]:
        smallest, k = int(problem.labels.counts.argmin()), count_of(self.n_neighbors)
        own = estimator_of(self.n_neighbors)
        rare = problem.labels.members(smallest)
        if len(rare) < k:
            raise TooFewRowsError(
                f"NearMiss needs at least n_neighbors={k} rows in the smallest class; class "
                f"{problem.labels.classes[smallest]!r} has {len(rare)}. Pass n_neighbors={len(rare)} or less, or use "
                "RandomUnderSampler."
            )

        def keep(code: int, n_rows: int) -> Ids:
            members = problem.labels.members(code)
            if code == smallest or n_rows >= len(members):
                return members[:n_rows]
            if self.version == 3:
                near = _candidates(problem, members, rare, n_rows, self.n_neighbors_ver3)
                return near[_first(-_mean_to_nearest(problem, near, rare, k, own), n_rows)]
            if self.version == 1:
                return members[_first(_mean_to_nearest(problem, members, rare, k, own), n_rows)]
            if own is not None:
                return members[_first(_mean_by_object(problem, members, rare, k, own), n_rows)]
            return members[_first(_mean_to_farthest(problem, members, rare, k), n_rows)]

        return keep

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:  # noqa: ARG002  # as in Resampler
        found = {"nn_": neighbors_object(self.n_neighbors)}
        if self.version == 3:
            found["nn_ver3_"] = neighbors_object(self.n_neighbors_ver3)
        return found


def _first(scores: NDArray[np.float64], n_rows: int) -> Ids:
    """Return the positions of the smallest scores; of equal scores, the first."""
    return np.argsort(scores, kind="stable")[:n_rows]


def _mean_to_nearest(
    problem: Problem, rows: Ids, rare: Ids, k: int, own: NeighborEstimator | None
) -> NDArray[np.float64]:
    found = problem.index_of(rare, own, as_all=True).nearest(problem.values[rows], k).distances
    # The distances of a user's object are its own; those of the exact search are squared.
    return (np.sqrt(found) if own is None else found).mean(axis=1)


def _mean_by_object(
    problem: Problem, rows: Ids, rare: Ids, k: int, own: NeighborEstimator
) -> NDArray[np.float64]:
    """Return the mean distance to the k farthest rows, by the distances of the user's object."""
    index = problem.index_of(rare, own, as_all=True)
    return index.nearest(problem.values[rows], len(rare)).distances[:, -k:].mean(axis=1)


def _mean_to_farthest(problem: Problem, rows: Ids, rare: Ids, k: int) -> NDArray[np.float64]:
    measure, values = problem.index.measure, problem.values
    n_at_once = max(1, _PAIRS_AT_ONCE // len(rare))  # no mutant: memory alone
    farthest = _farthest_plain if measure.is_plain and not problem.is_sparse else _farthest

    def mean(start: int) -> NDArray[np.float64]:
        points = values[rows[start : start + n_at_once]]
        return np.sqrt(farthest(points, values[rare], k, measure)).mean(axis=1)

    # The pool uses all threads, so that each matrix product must use one.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(usable_threads()) as pool:
        return np.concatenate(list(pool.map(mean, range(0, len(rows), n_at_once))))


def _farthest(points: Matrix, rare: Matrix, k: int, measure: Measure) -> NDArray[np.float64]:
    """Return the k largest squared distances from each point, ascending."""
    distances, n_rare = distances_between(points, rare, measure), rare.shape[0]
    # Rows without a filled column in common have an unknown distance, not a large one.
    known = np.where(np.isfinite(distances), distances, 0.0)
    return np.sort(np.partition(known, n_rare - k, axis=1)[:, n_rare - k :], axis=1)


def _farthest_plain(
    points: Matrix,
    rare: Matrix,
    k: int,
    measure: Measure,  # noqa: ARG001  # same signature as _farthest
) -> NDArray[np.float64]:
    """Return the same for complete numbers, measuring only rows that may be among the farthest."""
    query, row = divmod(np.flatnonzero(_may_be_farthest(points, rare, k)), len(rare))
    exact = np.zeros(len(query))
    for j in range(points.shape[1]):  # in the order in which a neighbour search adds them
        difference = points[query, j] - rare[row, j]
        exact += difference * difference
    order = np.lexsort((exact, query))
    ends = np.cumsum(np.bincount(query, minlength=len(points)))
    return exact[order][ends[:, np.newaxis] - np.arange(k, 0, -1)]


def _may_be_farthest(points: Matrix, rare: Matrix, k: int) -> NDArray[np.bool_]:
    """Return a mask (point, row) that contains the k farthest rows of each point, and few others."""
    centre = rare.mean(axis=0)
    a, b = _about_unit_size(points - centre, rare - centre)
    of_a, of_b = (np.einsum("ij,ij->i", rows, rows) for rows in (a, b))
    # Squared distances without |a|^2, which is the same for all rows of a point.
    n_groups = max(k, _GROUPS)
    n_in_group = -(-len(rare) // n_groups)
    rough = np.full((len(a), n_in_group * n_groups), -np.inf, dtype=np.float32)
    np.subtract(of_b, 2 * (a @ b.T), out=rough[:, : len(rare)])
    largest = rough.reshape(len(a), n_in_group, n_groups).max(axis=1)
    # At least k rows are as far as the k-th largest of the maxima of the groups.
    least = np.partition(largest, n_groups - k, axis=1)[:, n_groups - k]
    # Twice the bound of the rounding error of a float32 distance.
    size = (np.sqrt(of_a) + np.sqrt(of_b.max())) ** 2  # no mutant: a larger bound is safe
    error = (points.shape[1] + 8) * 2.0**-21 * size  # no mutant: as above
    return rough[:, : len(rare)] >= (least - error)[:, np.newaxis]


def _about_unit_size(a: Matrix, b: Matrix) -> tuple[Matrix, Matrix]:
    """Return two tables in float32, divided by a power of two so that their squares fit."""
    largest = max(np.abs(a).max(), np.abs(b).max())  # no mutant: any power near it will do
    exponent = -np.frexp(largest)[1]
    return np.ldexp(a, exponent).astype(np.float32), np.ldexp(b, exponent).astype(np.float32)


def _candidates(problem: Problem, members: Ids, rare: Ids, n_rows: int, neighbors: Any) -> Ids:
    """Return at least `n_rows` rows of a class, each near to some row of the smallest class."""
    index = problem.index_of(members, estimator_of(neighbors), as_all=True)
    k = min(count_of(neighbors), len(members))
    while True:
        near = np.unique(index.nearest(problem.values[rare], k).rows)
        near = near[near >= 0]
        if len(near) >= n_rows:
            return members[near]
        if k == len(members):
            return members
        k = min(2 * k, len(members))
