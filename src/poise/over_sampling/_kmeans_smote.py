"""k-means SMOTE: new rows inside clusters that a class holds, more where it is thin."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.cluster import MiniBatchKMeans
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from poise.core.errors import NothingToDoWarning, UnsupportedTypeError, warn
from poise.core.neighbors.index import count_of, estimator_of
from poise.core.plan.recipes import Ids, Recipe
from poise.core.sampling.allocation import by_shares
from poise.core.sampling.draws import SeedNeighborPairs, among, concat_segments, draw, segment_of
from poise.core.sampling.parameters import N_JOBS, NEIGHBORS, RANDOM
from poise.core.sampling.problem import Problem, check_more_rows_than
from poise.core.sampling.resampler import OverSampler

_PAIRS_AT_ONCE = 1 << 21


class KMeansSMOTE(OverSampler):
    """Cluster all rows, and over-sample a class by SMOTE inside the clusters that it holds.

    A cluster counts when the class has at least `cluster_balance_threshold` of its rows and more than
    `k_neighbors` of them. The thinner a class is in a cluster, the more new rows it gets there.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    k_neighbors : int or neighbour object, default=2
        How many nearest others a partner is drawn from.
    kmeans_estimator : int, clustering estimator or None, default=None
        By default ``sklearn.cluster.MiniBatchKMeans()``; a number is its clusters.
    cluster_balance_threshold : float or "auto", default="auto"
        "auto" is half of the class's share in all rows that are added.
    density_exponent : float or "auto", default="auto"
        Power of the mean distance in a cluster; "auto" grows with the class's rows there.
    n_jobs : int or None, default=None
        Threads of the search; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Where each new row came from; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Rows added by label.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Raises
    ------
    TooFewRowsError
        When a class that grows has no more than `k_neighbors` rows.
    InputError
        For columns that are no numbers, and missing values.

    Warns
    -----
    NothingToDoWarning
        When a class holds no cluster; it then stays as it is.

    Notes
    -----
    One clustering, whatever the number of classes, and SMOTE in each cluster. Mean distances are taken
    in blocks. Shares are made whole by largest remainder.

    References
    ----------
    .. [1] Douzas, G., Bacao, F. and Last, F. (2018). Improving imbalanced learning through a heuristic
       oversampling method based on k-means and SMOTE. Information Sciences 465, 1-20.

    Examples
    --------
    >>> from sklearn.datasets import make_blobs
    >>> from poise.over_sampling import KMeansSMOTE
    >>> X, y = make_blobs([100, 20, 100], centers=[(-10, 0), (0, 0), (10, 0)], random_state=0)
    >>> X_new, y_new = KMeansSMOTE(random_state=0).fit_resample(X, y == 1)
    >>> int(y_new.sum())
    200
    """

    needs = "numbers"

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM
        | N_JOBS
        | {
            "k_neighbors": NEIGHBORS,
            "kmeans_estimator": [
                Interval(Integral, 1, None, closed="left"),
                HasMethods(["fit_predict"]),
                None,
            ],
            "cluster_balance_threshold": [
                StrOptions({"auto"}),
                Interval(Real, 0, 1, closed="both"),
            ],
            "density_exponent": [
                StrOptions({"auto"}),
                Interval(Real, None, None, closed="neither"),
            ],
        }
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 2,
        kmeans_estimator: Any = None,
        cluster_balance_threshold: Any = "auto",
        density_exponent: Any = "auto",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.kmeans_estimator = kmeans_estimator
        self.cluster_balance_threshold = cluster_balance_threshold
        self.density_exponent = density_exponent
        self.n_jobs = n_jobs

    def _grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | None:
        k, estimator = count_of(self.k_neighbors), estimator_of(self.k_neighbors)
        check_more_rows_than(problem, code, "k_neighbors", k, "RandomOverSampler")
        clusters = problem.cached("clusters", lambda: self._clusters(problem, rng))
        parts = self._clusters_of_class(problem, code, clusters, k)
        if not parts:
            warn(
                f"KMeansSMOTE adds no rows to class {problem.labels.classes[code]!r}: it holds no "
                f"cluster with more than k_neighbors={k} of its rows. Lower cluster_balance_threshold, "
                "ask for more clusters, or use SMOTE.",
                NothingToDoWarning,
            )
            return None
        thinness = np.array([self._thinness(problem, rows) for rows in parts])
        thinness = thinness if thinness.any() else np.ones(len(parts))
        made = []
        for rows, n in zip(parts, by_shares(n_rows, thinness).tolist(), strict=True):
            pairs = SeedNeighborPairs(rows, among(problem, rows, k, estimator), k)
            made.append(segment_of(draw(pairs, n, rng)))
        return concat_segments(made)

    def _clusters(self, problem: Problem, rng: np.random.RandomState) -> Ids:
        given = self.kmeans_estimator
        if given is None or isinstance(given, Integral):
            estimator = MiniBatchKMeans() if given is None else MiniBatchKMeans(int(given))
        else:
            estimator = clone(given)
        if "random_state" in estimator.get_params():
            estimator.set_params(random_state=int(rng.randint(np.iinfo(np.int32).max)))
        clusters = np.asarray(estimator.fit_predict(problem.numbers))
        if clusters.shape != (problem.n_rows,):
            raise UnsupportedTypeError(
                f"kmeans_estimator={given!r} must return a cluster for each row, as KMeans does."
            )
        return np.unique(clusters, return_inverse=True)[1].astype(np.intp)

    def _clusters_of_class(self, problem: Problem, code: int, clusters: Ids, k: int) -> list[Ids]:
        """Return the class's rows in each cluster that it holds."""
        members = problem.labels.members(code)
        sizes = np.bincount(clusters)
        own = np.bincount(clusters[members], minlength=len(sizes))
        least = self.cluster_balance_threshold
        if least == "auto":
            missing_name = problem.labels.counts.max() - problem.labels.counts
            least = missing_name[code] / max(missing_name.sum(), 1) / 2
        held = np.flatnonzero((own >= least * sizes) & (own > k))
        return [members[clusters[members] == cluster] for cluster in held.tolist()]

    def _thinness(self, problem: Problem, rows: Ids) -> float:
        """Return how thin a class is in a cluster (the paper's sparsity)."""
        n = len(rows)
        exponent = self.density_exponent
        if exponent == "auto":
            # As imbalanced-learn has it; the paper takes the number of columns.
            exponent = (np.log(n) / np.log(1.6)) ** 1.8 * 0.16
        values, total = problem.numbers[rows], 0.0
        values = values.toarray() if problem.is_sparse else values
        n_at_once = max(1, _PAIRS_AT_ONCE // n)
        for start in range(0, n, n_at_once):
            total += float(cdist(values[start : start + n_at_once], values).sum())
        return float((total / (n * n - n)) ** exponent / n)
