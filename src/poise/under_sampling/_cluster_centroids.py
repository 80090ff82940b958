"""Cluster centroids: the rows of a larger class are replaced by the centres of its clusters."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.cluster import KMeans

from poise.core.errors import EstimatorError
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids, Mean
from poise.core.sampling.allocation import Counts, rows_to_keep
from poise.core.sampling.parameters import (
    BALANCE,
    BOOLEAN,
    CONSTRAINTS,
    NONE,
    RANDOM_STATE,
    fitted,
    having,
    one_of,
    parameter,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Needs, Resampler
from poise.core.types import (
    Balance,
    Constraints,
    Estimator,
    Seed,
    UnderStrategy,
    Voting,
    choices,
)


@sampler
class ClusterCentroids(Resampler):
    """Under-sample by replacing the rows of a class by the means of its clusters.

    The class is divided into as many clusters as rows are wanted. "soft" returns the mean of the
    rows of each cluster, "hard" the row of the cluster that is nearest to the mean.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes shrink, and to how many rows; see `RandomUnderSampler`.
    balance : {"class", "class-group"}, default="class"
        What is balanced: classes, or the rows of each class in each group of `groups` (cells). For cells
        the keys of `sampling_strategy` are pairs ``(class, group)``.
    random_state : int, RandomState or None, default=None
        Random seed of the clustering; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    estimator : clustering estimator, optional
        Must have a parameter `n_clusters` and, after fitting, `labels_`; by default
        ``sklearn.cluster.KMeans``. ``MiniBatchKMeans`` is much faster on large classes.
    voting : {"auto", "hard", "soft"}, default="auto"
        "hard" returns rows, "soft" means; see above. "auto" is "hard" for sparse tables, and
        "soft" otherwise.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are neither searched nor blended, such as identifiers and
        names. New rows get "seed" (the value of their seed row; also for a list), "missing",
        "negative" (numbers below zero), "new" (missing if the column can hold that, otherwise
        negative), or, for a whole number, numbers from it on.
    constraints : list of rules, or None, default=None
        What new rows keep: `Sum`, `LessEqual`, `OneHot` and `Between` of `poise.constraints`. Rows of X
        that break a rule raise an error; a new row that breaks one gets the total of its parts, or
        these columns from one parent.

    Attributes
    ----------
    plan_ : Plan
        Which rows are kept, and which rows each mean is of.
    sampling_strategy_ : dict
        Number of output rows of each class that may shrink, by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row number of each output row; only with "hard".
    voting_ : {"hard", "soft"}
        What "auto" became.
    estimator_ : clustering estimator
        The fitted estimator of the last class that was reduced; only set if there is one.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    InputError
        If a column is not numeric, or a value is missing.

    Notes
    -----
    Cost: one clustering of each class into as many clusters as rows are wanted; O(n_c m d) per
    iteration of k-means, for n_c rows of the class, m rows wanted and d columns. If the estimator
    finds fewer clusters (because rows are equal), rows are split off the largest clusters.

    References
    ----------
    .. [1] Yen, S.-J. and Lee, Y.-S. (2009). Cluster-based under-sampling approaches for imbalanced
       data distributions. Expert Systems with Applications 36, 5718-5727.
       doi:10.1016/j.eswa.2008.06.108

    Examples
    --------
    >>> import numpy as np
    >>> from poise.under_sampling import ClusterCentroids
    >>> X = np.array([[0.0], [0.2], [5.0], [5.2], [9.0], [9.5]])
    >>> sampler = ClusterCentroids(random_state=0)
    >>> X_new, y_new = sampler.fit_resample(X, [0, 0, 0, 0, 1, 1])
    >>> sorted(X_new.ravel().tolist())
    [0.1, 5.1, 9.0, 9.5]
    """

    why_removed: ClassVar[str] = "replaced by the mean of its cluster"

    needs: ClassVar[Needs] = "numbers"
    balances_groups: ClassVar[bool] = True

    sampling_strategy: UnderStrategy = parameter(default="auto")
    balance: Balance = parameter(default="class", allowed=BALANCE)
    random_state: Seed = parameter(default=None, allowed=RANDOM_STATE)
    shuffle: bool = parameter(default=False, allowed=BOOLEAN)
    estimator: Estimator | None = parameter(default=None, allowed=having("fit") | NONE)
    constraints: Constraints | None = parameter(default=None, allowed=CONSTRAINTS)
    voting: Voting = parameter(default="auto", allowed=one_of(*choices(Voting)))

    estimator_: Any = fitted()
    voting_: Literal["hard", "soft"] = fitted()

    def make_plan(self, problem: Problem, rng: np.random.RandomState) -> tuple[Plan, Counts]:
        to_keep = rows_to_keep(self.sampling_strategy, problem.labels)
        is_hard = self.voting == "hard" or (self.voting == "auto" and problem.is_sparse)
        problem.found["voting_"] = "hard" if is_hard else "soft"
        kept, made = np.ones(problem.n_rows, dtype=bool), []
        for code, n_rows in to_keep.items():
            members = problem.labels.members(code)
            if n_rows == len(members):
                continue
            clusters, problem.found["estimator_"] = self._clusters(
                problem.moderate_numbers[members], n_rows, rng
            )
            kept[members] = False
            central = members[most_central(problem.moderate_numbers[members], clusters)]
            if is_hard:
                kept[central] = True
            else:
                made.append(means_of(members, clusters, central))
        ids = np.arange(problem.n_rows + sum(map(len, made)))
        order = ids[np.concatenate([kept, np.ones(len(ids) - len(kept), dtype=bool)])]
        return Plan(problem.n_rows, tuple(made), order), to_keep

    def _clusters(
        self, values: Any, n_clusters: int, rng: np.random.RandomState
    ) -> tuple[Ids, Any]:
        """Return the cluster of each row, of exactly `n_clusters`, none empty; and the estimator."""
        estimator = KMeans() if self.estimator is None else clone(self.estimator)
        known = estimator.get_params()
        if "n_clusters" not in known:
            raise EstimatorError(
                f"estimator={self.estimator!r} has no parameter n_clusters. Pass a clustering "
                "estimator that has it, such as sklearn.cluster.MiniBatchKMeans()."
            )
        estimator.set_params(n_clusters=n_clusters)
        if "random_state" in known:
            estimator.set_params(random_state=int(rng.randint(np.iinfo(np.int32).max)))
        estimator.fit(values)
        # An estimator without labels assigns rows to its clusters when asked.
        found = estimator.labels_ if hasattr(estimator, "labels_") else estimator.predict(values)
        return made_exact(np.asarray(found, dtype=np.intp), n_clusters), estimator


def made_exact(clusters: Ids, n_clusters: int) -> Ids:
    """Number clusters from 0; if there are too few, split rows off the largest.

    Examples
    --------
    >>> made_exact(np.array([7, 7, 7, 2]), 3).tolist()
    [2, 1, 1, 0]
    """
    _, numbered = np.unique(clusters, return_inverse=True)
    numbered = numbered.astype(np.intp)
    n_found = int(numbered.max()) + 1
    while n_found < n_clusters:
        largest = np.bincount(numbered).argmax()
        numbered[np.flatnonzero(numbered == largest)[0]] = n_found
        n_found += 1
    return numbered


def most_central(values: Any, clusters: Ids) -> Ids:
    """Return for each cluster the row nearest to its mean; if several are, the first."""
    dense = values.toarray() if hasattr(values, "toarray") else values
    counts = np.bincount(clusters)
    means = np.zeros((len(counts), dense.shape[1]))
    np.add.at(means, clusters, dense)
    means /= counts[:, np.newaxis]
    distances: NDArray[np.float64] = ((dense - means[clusters]) ** 2).sum(axis=1)
    order = np.lexsort((distances, clusters))
    return order[np.cumsum(counts) - counts]


def means_of(members: Ids, clusters: Ids, central: Ids) -> Mean:
    """Return a recipe for the mean of each cluster of a class.

    Parameters
    ----------
    members : ndarray of shape (n_c,), intp
        Rows of the class.
    clusters : ndarray of shape (n_c,), intp
        Cluster of each row.
    central : ndarray of shape (n_clusters,), intp
        The row nearest to the mean of each cluster: the source of the new row in the lineage.
    """
    order, counts = np.argsort(clusters, kind="stable"), np.bincount(clusters)
    starts = np.concatenate([[0], np.cumsum(counts)])
    return Mean(central, starts, members[order], np.repeat(1 / counts, counts))
