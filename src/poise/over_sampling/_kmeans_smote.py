"""k-means SMOTE: SMOTE inside clusters, with more new rows where a class is sparse."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.cluster import MiniBatchKMeans

from poise.core.errors import EstimatorError, InputError, NothingToDoWarning, warn
from poise.core.neighbors.parameter import count_of, estimator_of
from poise.core.plan.recipes import Ids, Recipe
from poise.core.sampling.allocation import Counts, by_shares
from poise.core.sampling.draws import SeedNeighborPairs, among, concat_segments, draw, segment_of
from poise.core.sampling.few_rows import neighbors_to_search
from poise.core.sampling.fitted import neighbors_in_class
from poise.core.sampling.parameters import (
    FEW_ROWS,
    N_JOBS,
    NEIGHBORS,
    NONE,
    fitted,
    having,
    integer,
    one_of,
    parameter,
    real,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Needs, OverSampler
from poise.core.types import Clusterer, FewRows, Integer, KNeighbors, Number

_PAIRS_AT_ONCE = 1 << 21  # no mutant: memory alone


def _relative(logarithms: list[float]) -> NDArray[np.float64]:
    """Return numbers in proportion, from their logarithms; all 1 if they are all 0."""
    given = np.array(logarithms)
    if not np.isfinite(given.max()):
        return (given == given.max()).astype(np.float64)
    return np.exp(given - given.max())


@sampler
class KMeansSMOTE(OverSampler):
    """Cluster the table, then over-sample a class by SMOTE inside its clusters.

    A cluster is used for a class if the class makes up at least `cluster_balance_threshold` of its
    rows, and more than `k_neighbors` rows. The sparser the class in a cluster, the more new rows
    are made there. A new row lies on the segment from a row of the class (its seed row) to one of
    its nearest neighbours of the same class and cluster (its partner).

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to how many rows; see `SMOTE`.
    balance : "class", default="class"
        What is balanced; "class-group", as in `SMOTE`, is not possible, because clusters are chosen by
        their shares of a class.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    k_neighbors : int or neighbour object, default=2
        Number of nearest neighbours of the seed row among which the partner is drawn.
    on_few_rows : {"raise", "fewer-neighbors", "copy"}, default="raise"
        What is done with a class of `k_neighbors` rows or fewer. "raise": TooFewRowsError; "fewer-neighbors":
        all of its other rows are the neighbours; "copy": its rows are copied at random. A class of one
        row is copied in both cases, and a warning names the classes.
    kmeans_estimator : int, clustering estimator or None, default=None
        By default ``sklearn.cluster.MiniBatchKMeans()``. A whole number sets
        its number of clusters.
    cluster_balance_threshold : float or "auto", default="auto"
        Smallest share of the class in a cluster that is used. "auto" is half of the share that
        the class has in the rows that full balance would add.
    density_exponent : float or "auto", default="auto"
        Exponent of the mean distance within a cluster, in the formula of sparsity; "auto" grows
        with the number of rows of the class in the cluster.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are neither searched nor blended, such as identifiers and
        names. New rows get "seed" (the value of their seed row; also for a list), "missing",
        "negative" (numbers below zero), "new" (missing if the column can hold that, otherwise
        negative), or, for a whole number, numbers from it on.
    constraints : list of rules, or None, default=None
        What new rows keep: `Sum`, `LessEqual`, `OneHot` and `Between` of `poise.constraints`. Rows of X
        that break a rule raise an error; a new row that breaks one gets the total of its parts, or
        these columns from one parent.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Which rows each new row was made from; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows requested for each class, by label. A class for which no rows can be made (a warning
        says so) gets none.
    nn_k_ : neighbour object
        With one neighbour more than `k_neighbors`, because a row is its own nearest neighbour; fitted to
        the rows of the last class that grew, if all columns are complete numbers. Not in pickles.
    kmeans_estimator_ : clustering estimator
        The fitted estimator; only set if a class grows.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If a class to be enlarged has `k_neighbors` rows or fewer.
    InputError
        If a column is not numeric, or a value is missing.

    Warns
    -----
    NothingToDoWarning
        If no cluster can be used for a class; the class then stays as it is.

    Notes
    -----
    Cost: one clustering of the table for all classes together, the distances between all rows of
    a class in each cluster (O(n_c^2 d) time for n_c rows and d columns, in blocks of bounded
    memory), and SMOTE in each cluster. Counts are rounded by the largest remainder method.

    References
    ----------
    .. [1] Douzas, G., Bacao, F. and Last, F. (2018). Improving imbalanced learning through a heuristic
       oversampling method based on k-means and SMOTE. Information Sciences 465, 1-20.
       doi:10.1016/j.ins.2018.06.056

    Examples
    --------
    >>> from sklearn.datasets import make_blobs
    >>> from poise.over_sampling import KMeansSMOTE
    >>> X, y = make_blobs([100, 20, 100], centers=[(-10, 0), (0, 0), (10, 0)], random_state=0)
    >>> X_new, y_new = KMeansSMOTE(random_state=0).fit_resample(X, y == 1)
    >>> int(y_new.sum())
    200
    """

    needs: ClassVar[Needs] = "numbers"

    k_neighbors: KNeighbors = parameter(default=2, allowed=NEIGHBORS)
    on_few_rows: FewRows = parameter(default="raise", allowed=FEW_ROWS)
    kmeans_estimator: Integer | Clusterer | None = parameter(
        default=None, allowed=integer(1) | having("fit_predict") | NONE
    )
    cluster_balance_threshold: Literal["auto"] | Number = parameter(
        default="auto", allowed=one_of("auto") | real(0, 1, closed="both")
    )
    density_exponent: Literal["auto"] | Number = parameter(
        default="auto", allowed=one_of("auto") | real(-np.inf, np.inf, closed="neither")
    )
    n_jobs: int | None = parameter(default=None, allowed=N_JOBS)

    few_rows_parameter: ClassVar[str | None] = "k_neighbors"
    nn_k_: Any = fitted()
    kmeans_estimator_: Any = fitted()

    def grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | None:
        k, estimator = count_of(self.k_neighbors), estimator_of(self.k_neighbors)
        few = neighbors_to_search(problem, code, "k_neighbors", k, self.on_few_rows) < k
        clusters = problem.cached("clusters", lambda: self._clusters(problem, rng))
        parts = self._clusters_of_class(problem, code, clusters, 1 if few else k)
        if not parts:
            warn(
                f"KMeansSMOTE adds no rows to class {problem.labels.classes[code]!r}: no cluster "
                f"contains more than {'one row' if few else f'k_neighbors={k} rows'} of the class in a large enough share. Lower "
                "cluster_balance_threshold, ask for more clusters, or use SMOTE.",
                NothingToDoWarning,
            )
            return None
        sparsity = _relative([self._log_sparsity(problem, rows) for rows in parts])
        made = []
        for rows, n in zip(parts, by_shares(n_rows, sparsity).tolist(), strict=True):
            n_own = min(k, len(rows) - 1)
            pairs = SeedNeighborPairs(rows, among(problem, rows, n_own, estimator), n_own)
            made.append(segment_of(draw(pairs, n, rng)))
        return concat_segments(made)

    def _clusters(self, problem: Problem, rng: np.random.RandomState) -> Ids:
        given = self.kmeans_estimator
        if isinstance(given, Integral) and int(given) > problem.n_rows:
            raise InputError(
                f"kmeans_estimator={given} asks for more clusters than the table has rows, {problem.n_rows}. Pass "
                f"{problem.n_rows} or less."
            )
        if given is None or isinstance(given, Integral):
            estimator = MiniBatchKMeans() if given is None else MiniBatchKMeans(int(given))
        else:
            estimator = clone(given)
        if "random_state" in estimator.get_params():
            estimator.set_params(random_state=int(rng.randint(np.iinfo(np.int32).max)))
        clusters = np.asarray(estimator.fit_predict(problem.moderate_numbers))
        if clusters.shape != (problem.n_rows,):
            raise EstimatorError(
                f"kmeans_estimator={given!r} must return one cluster number per row, as KMeans does."
            )
        problem.found["kmeans_estimator_"] = estimator
        return np.unique(clusters, return_inverse=True)[1].astype(np.intp)

    holds_rows: ClassVar[frozenset[str]] = frozenset({"nn_k_"})

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:
        return problem.found | {"nn_k_": neighbors_in_class(problem, amounts, self.k_neighbors)}

    def _clusters_of_class(self, problem: Problem, code: int, clusters: Ids, k: int) -> list[Ids]:
        """Return the rows of the class in each cluster that is used for it."""
        members = problem.labels.members(code)
        sizes = np.bincount(clusters)
        own = np.bincount(clusters[members], minlength=len(sizes))
        least = self.cluster_balance_threshold
        if least == "auto":
            shortfall = problem.labels.counts.max() - problem.labels.counts
            least = shortfall[code] / max(shortfall.sum(), 1) / 2
        chosen = np.flatnonzero((own >= least * sizes) & (own > k))
        return [members[clusters[members] == cluster] for cluster in chosen.tolist()]

    def _log_sparsity(self, problem: Problem, rows: Ids) -> float:
        """Return the logarithm of the sparsity of a class in a cluster, as defined in the paper."""
        n = len(rows)
        exponent = self.density_exponent
        if exponent == "auto":
            # As in imbalanced-learn; the paper takes the number of columns.
            exponent = (np.log(n) / np.log(1.6)) ** 1.8 * 0.16
        values, total = problem.moderate_numbers[rows], 0.0
        values = values.toarray() if problem.is_sparse else values
        n_at_once = max(1, _PAIRS_AT_ONCE // n)  # no mutant: memory alone
        for start in range(0, n, n_at_once):
            total += float(cdist(values[start : start + n_at_once], values).sum())
        if not exponent:
            return -float(np.log(n))
        with np.errstate(divide="ignore"):
            # In units of the table, whose power matters where clusters have different exponents.
            spread = np.log(total / (n * n - n)) - problem.known_space.scaling.exponent * np.log(2)
        return float(exponent * spread - np.log(n))
