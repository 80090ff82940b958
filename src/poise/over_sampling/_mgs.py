"""MGS: new rows from a Gaussian around a row and its nearest neighbours of the class."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from poise.core.plan.recipes import Mean, Recipe
from poise.core.sampling.draws import in_class
from poise.core.sampling.parameters import COUNT, MIXED, N_JOBS, RANDOM
from poise.core.sampling.problem import Problem, check_more_rows_than
from poise.core.sampling.resampler import OverSampler


class MGS(OverSampler):
    """Over-sample from the Gaussian of a row and its k nearest others of the class.

    A new row has the mean and the covariance of a seed and its neighbours. It is a weighted sum of
    these rows, so it lies in what they span, also beyond their hull; categories and flags are the
    seed's.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    k_neighbors : int, default=5
        How many nearest others make up a Gaussian with the seed. The paper takes the number of
        columns.
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns that are categories whatever their dtype; see `SMOTE`.
    column_kinds : dict or None, default=None
        Kinds of columns by name or position; see `SMOTE`.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        Where neighbours are searched; see `SMOTE`.
    within_groups : bool, default=False
        Whether partners are of the seed's group; see `SMOTE`.
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

    Notes
    -----
    One search for each distinct seed, O(m k d) for m new rows; no covariance is ever computed: with z
    normal, ``mean + sum(z_i * (x_i - mean)) / sqrt(k + 1)`` has it.

    References
    ----------
    .. [1] Sakho, A., Malherbe, E. and Scornet, E. (2024). Do we need rebalancing strategies? A
       theoretical and empirical study around SMOTE and its variants. arXiv:2402.03819.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import MGS
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = MGS(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM | N_JOBS | MIXED | {"k_neighbors": COUNT}
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: int = 5,
        categorical_features: Any = "auto",
        column_kinds: Any = None,
        neighbor_space: Any = "raw",
        within_groups: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.categorical_features = categorical_features
        self.column_kinds = column_kinds
        self.neighbor_space = neighbor_space
        self.within_groups = within_groups
        self.n_jobs = n_jobs

    def _grow(self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState) -> Recipe:
        k, members = self.k_neighbors, problem.labels.members(code)
        check_more_rows_than(problem, code, "k_neighbors", k, "RandomOverSampler")
        seeds = members[rng.randint(0, len(members), size=n_rows)]
        drawn, ballot = np.unique(seeds, return_inverse=True)
        found = in_class(problem, code, k)(drawn)
        # Where a neighbour is lacking, the seed stands in for it.
        around = np.column_stack([drawn, np.where(found < 0, drawn[:, np.newaxis], found)])
        z = rng.standard_normal((n_rows, k + 1))
        weights = (1 + np.sqrt(k + 1) * (z - z.mean(axis=1, keepdims=True))) / (k + 1)
        starts = np.arange(n_rows + 1) * (k + 1)
        rows = around[ballot]
        return Mean(rows[:, 0], starts, rows.ravel(), weights.ravel())
