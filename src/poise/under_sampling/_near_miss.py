"""NearMiss: of a larger class, the rows that are near the smallest, by three rules."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Options
from threadpoolctl import threadpool_limits

from poise.core.neighbors.measure import Measure, distances_between
from poise.core.plan.recipes import Ids
from poise.core.sampling.parameters import COUNT, N_JOBS, SHARED, SPACE
from poise.core.sampling.problem import Problem, check_more_rows_than
from poise.core.sampling.resampler import UnderSampler
from poise.core.tables.blocks import Matrix
from poise.core.threads import usable_threads

_PAIRS_AT_ONCE = 1 << 18  # their distances stay in the cache
_GROUPS = 64  # whose largest distances tell what can be among the farthest


class NearMiss(UnderSampler):
    """Keep the rows of the larger classes that are near the smallest class.

    1. Those with the smallest mean distance to their `n_neighbors` nearest rows of the smallest class.
    2. Those with the smallest mean distance to their `n_neighbors` farthest rows of it.
    3. Of those that are among the `n_neighbors_ver3` nearest of some row of the smallest class, the
       ones with the largest mean distance to their `n_neighbors` nearest rows of it. Where these are
       fewer than wanted, `n_neighbors_ver3` grows until they are enough.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes shrink, and to what: "auto" (all but the smallest, to its size),
        "majority", "not minority", "not majority", "all"; a ratio of the smaller to the larger
        of two classes; ``{label: rows wanted}``; or a function of y that returns such a
        dictionary.
    version : {1, 2, 3}, default=1
    n_neighbors : int, default=3
        How many rows of the smallest class a mean is over.
    n_neighbors_ver3 : int, default=3
        How many nearest rows of a class are candidates, in version 3.
    column_kinds : dict or None, default=None
        Kinds of columns by name or position; see `poise.over_sampling.SMOTE`.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        Where neighbours are searched; see `poise.over_sampling.SMOTE`.
    n_jobs : int or None, default=None
        Threads of the search; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
    sampling_strategy_ : dict
        Rows kept of each class that may lose some, by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row of each output row, in input order.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Raises
    ------
    TooFewRowsError
        When the smallest class has fewer than `n_neighbors` rows.

    Notes
    -----
    Equal means are told apart by row number. Versions 1 and 3 search; version 2 compares each row
    with all of the smallest class, in blocks of bounded memory.

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

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        SHARED
        | SPACE
        | N_JOBS
        | {
            "version": [Options(Integral, {1, 2, 3})],
            "n_neighbors": COUNT,
            "n_neighbors_ver3": COUNT,
        }
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        version: int = 1,
        n_neighbors: int = 3,
        n_neighbors_ver3: int = 3,
        column_kinds: Any = None,
        neighbor_space: Any = "raw",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.version = version
        self.n_neighbors = n_neighbors
        self.n_neighbors_ver3 = n_neighbors_ver3
        self.column_kinds = column_kinds
        self.neighbor_space = neighbor_space
        self.n_jobs = n_jobs

    def _keeper(
        self,
        problem: Problem,
        rng: np.random.RandomState,  # noqa: ARG002  # nothing is drawn
    ) -> Callable[[int, int], Ids]:
        smallest, k = int(problem.labels.counts.argmin()), self.n_neighbors
        check_more_rows_than(problem, smallest, "n_neighbors", k - 1, "RandomUnderSampler")
        rare = problem.labels.members(smallest)

        def keep(code: int, n_rows: int) -> Ids:
            members = problem.labels.members(code)
            if code == smallest or n_rows >= len(members):
                return members[:n_rows]
            if self.version == 3:
                near = _candidates(problem, members, rare, n_rows, self.n_neighbors_ver3)
                return near[_first(-_mean_to_nearest(problem, near, rare, k), n_rows)]
            mean_to = _mean_to_nearest if self.version == 1 else _mean_to_farthest
            return members[_first(mean_to(problem, members, rare, k), n_rows)]

        return keep


def _first(scores: NDArray[np.float64], n_rows: int) -> Ids:
    """Return the positions of the smallest scores; equal ones by position."""
    return np.argsort(scores, kind="stable")[:n_rows]


def _mean_to_nearest(problem: Problem, rows: Ids, rare: Ids, k: int) -> NDArray[np.float64]:
    index = problem.index_of(rare, as_all=True)
    return np.sqrt(index.nearest(problem.values[rows], k).distances).mean(axis=1)


def _mean_to_farthest(problem: Problem, rows: Ids, rare: Ids, k: int) -> NDArray[np.float64]:
    measure, values = problem.index.measure, problem.values
    n_at_once = max(1, _PAIRS_AT_ONCE // len(rare))
    farthest = _farthest_plain if measure.is_plain and not problem.is_sparse else _farthest

    def mean(start: int) -> NDArray[np.float64]:
        points = values[rows[start : start + n_at_once]]
        return np.sqrt(farthest(points, values[rare], k, measure)).mean(axis=1)

    # Each thread multiplies for itself.
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(usable_threads()) as pool:
        return np.concatenate(list(pool.map(mean, range(0, len(rows), n_at_once))))


def _farthest(points: Matrix, rare: Matrix, k: int, measure: Measure) -> NDArray[np.float64]:
    """Return the k largest squared distances of each point, ascending."""
    distances = distances_between(points, rare, measure)
    # Rows that know no column in common are not far, they are unknown.
    known = np.where(np.isfinite(distances), distances, 0.0)
    return np.sort(np.partition(known, len(rare) - k, axis=1)[:, len(rare) - k :], axis=1)


def _farthest_plain(
    points: Matrix,
    rare: Matrix,
    k: int,
    measure: Measure,  # noqa: ARG001  # as _farthest
) -> NDArray[np.float64]:
    """Return the same for plain numbers: only rows that may be among the farthest are measured."""
    query, row = divmod(np.flatnonzero(_may_be_farthest(points, rare, k)), len(rare))
    exact = np.zeros(len(query))
    for j in range(points.shape[1]):  # in order, as a search adds them
        difference = points[query, j] - rare[row, j]
        exact += difference * difference
    order = np.lexsort((exact, query))
    ends = np.cumsum(np.bincount(query, minlength=len(points)))
    return exact[order][ends[:, np.newaxis] - np.arange(k, 0, -1)]


def _may_be_farthest(points: Matrix, rare: Matrix, k: int) -> NDArray[np.bool_]:
    """Return a mask of (point, row) that holds the k farthest rows of each point, and few more."""
    centre = rare.mean(axis=0)
    a, b = (points - centre).astype(np.float32), (rare - centre).astype(np.float32)
    of_a, of_b = (np.einsum("ij,ij->i", rows, rows) for rows in (a, b))
    # Squared distances but for |a|^2, which is the same for all rows of a point.
    n_groups = max(k, _GROUPS)
    n_in_group = -(-len(rare) // n_groups)
    rough = np.full((len(a), n_in_group * n_groups), -np.inf, dtype=np.float32)
    np.subtract(of_b, 2 * (a @ b.T), out=rough[:, : len(rare)])
    largest = rough.reshape(len(a), n_in_group, n_groups).max(axis=1)
    # At least k rows are as far as the k-th largest of the groups' largest.
    least = np.partition(largest, n_groups - k, axis=1)[:, n_groups - k]
    blur = (points.shape[1] + 8) * 2.0**-22 * (np.sqrt(of_a) + np.sqrt(of_b.max())) ** 2
    return rough[:, : len(rare)] >= (least - 2 * blur)[:, np.newaxis]


def _candidates(problem: Problem, members: Ids, rare: Ids, n_rows: int, k: int) -> Ids:
    """Return the rows of a class that are near some row of the smallest, at least `n_rows`."""
    index = problem.index_of(members, as_all=True)
    k = min(k, len(members))
    while True:
        near = np.unique(index.nearest(problem.values[rare], k).rows)
        near = near[near >= 0]
        if len(near) >= n_rows:
            return members[near]
        if k == len(members):
            return members
        k = min(2 * k, len(members))
