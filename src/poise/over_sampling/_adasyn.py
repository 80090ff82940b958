"""ADASYN: more new rows where more of a row's neighbours are of other classes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from poise.core.errors import NothingToDoWarning, warn
from poise.core.neighbors.index import count_of, estimator_of
from poise.core.plan.recipes import Recipe
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.draws import SeedNeighborPairs, draw, in_class
from poise.core.sampling.parameters import MIXED, N_JOBS, NEIGHBORS, NOMINAL, RANDOM
from poise.core.sampling.problem import Problem, check_more_rows_than
from poise.core.sampling.resampler import OverSampler


class ADASYN(OverSampler):
    """Over-sample by interpolation, in proportion to how many foes are near.

    Each row of a class is the seed of so many new rows as its share of foes among its
    `n_neighbors` nearest others demands; partners are its nearest others of the class.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    n_neighbors : int or neighbour object, default=5
        How many nearest others are looked at, among all rows and within the class.
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns that are categories whatever their dtype; see `SMOTE`.
    column_kinds : dict or None, default=None
        Kinds of columns by name or position; see `SMOTE`.
    nominal : {"donor", "vote"}, default="donor"
        Where a new row's categories come from; see `SMOTE`.
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
        When a class that grows has no more than `n_neighbors` rows.

    Warns
    -----
    NothingToDoWarning
        When no row of a class has a foe near; the class then stays as it is.

    Notes
    -----
    A search of all rows for each row of the classes that grow, and of the class for each seed.
    Shares are made whole by largest remainder, so that exactly as many rows are added as asked for.

    References
    ----------
    .. [1] He, H., Bai, Y., Garcia, E. A. and Li, S. (2008). ADASYN: adaptive synthetic sampling
       approach for imbalanced learning. IJCNN 2008, 1322-1328.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import ADASYN
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = ADASYN(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM | N_JOBS | MIXED | NOMINAL | {"n_neighbors": NEIGHBORS}
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        n_neighbors: Any = 5,
        categorical_features: Any = "auto",
        column_kinds: Any = None,
        nominal: str = "donor",
        neighbor_space: Any = "raw",
        within_groups: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.n_neighbors = n_neighbors
        self.categorical_features = categorical_features
        self.column_kinds = column_kinds
        self.nominal = nominal
        self.neighbor_space = neighbor_space
        self.within_groups = within_groups
        self.n_jobs = n_jobs

    def _grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | None:
        pairs = self._source(problem, code)
        return None if pairs is None else draw(pairs, n_rows, rng)

    def _source(self, problem: Problem, code: int) -> SeedNeighborPairs | None:
        k, estimator = count_of(self.n_neighbors), estimator_of(self.n_neighbors)
        check_more_rows_than(problem, code, "n_neighbors", k, "RandomOverSampler")
        check_larger_table(problem.method_name, problem.n_rows, "n_neighbors", k)
        members, codes = problem.labels.members(code), problem.labels.codes
        index = problem.index_of(None, estimator)
        around = index.nearest_others(members, k).rows
        n_enemies = ((around >= 0) & (codes[around] != code)).sum(axis=1)
        if not n_enemies.any():
            warn(
                f"ADASYN adds no rows to class {problem.labels.classes[code]!r}: none of its rows has a "
                f"row of another class among its n_neighbors={k} nearest. Try SMOTE.",
                NothingToDoWarning,
            )
            return None
        neighbors_of = in_class(problem, code, k, estimator)
        is_voted, shares = self.nominal == "vote", n_enemies.astype(np.float64)
        return SeedNeighborPairs(members, neighbors_of, k, is_voted, shares)
