"""SMOTE-N: new rows of categories alone, each value voted by a row and its neighbours."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.utils import Tags

from poise.core.neighbors.index import count_of
from poise.core.neighbors.value_difference import class_shares, nearest_by_value_difference
from poise.core.plan.recipes import Recipe, Segment, Vote
from poise.core.sampling.parameters import COUNT, N_JOBS, RANDOM
from poise.core.sampling.problem import Problem, check_more_rows_than
from poise.core.sampling.resampler import OverSampler
from poise.core.tables.kinds import Declared


class SMOTEN(OverSampler):
    """SMOTE for tables of categories: neighbours by the value difference metric, values by vote.

    Every column is taken as categories, whatever its dtype. Two categories are near when the
    classes occur alike among their rows. A new row has in each column the most frequent value
    among a row of the class and its k nearest others; a tie goes to the nearest, the row itself
    first.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    k_neighbors : int, default=5
        How many nearest others vote beside the row itself.
    n_jobs : int or None, default=None
        Threads of the search; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Seed and voters of each new row.
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
    With two classes the metric is Euclidean and rows are found as in `SMOTE`; with more, every
    seed drawn is compared with every row of its class, in blocks: O(q n_c d) time. A missing
    value has no distance and no vote, and stays missing in the rows that its row is the seed of.

    References
    ----------
    .. [1] Chawla, N. V., Bowyer, K. W., Hall, L. O. and Kegelmeyer, W. P. (2002). SMOTE:
       Synthetic Minority Over-sampling Technique. JAIR 16, 321-357. Section 6.2.

    Examples
    --------
    >>> from poise.over_sampling import SMOTEN
    >>> X = [["red", "s"], ["red", "m"], ["blue", "s"], ["blue", "m"], ["green", "l"], ["green", "m"]]
    >>> X_new, y_new = SMOTEN(k_neighbors=1, random_state=0).fit_resample(X, [0, 0, 0, 0, 1, 1])
    >>> [row[0] for row in X_new[6:]]
    ['green', 'green']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = RANDOM | N_JOBS | {"k_neighbors": COUNT}

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: int = 5,
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.n_jobs = n_jobs

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        return tags

    @property
    def declared(self) -> Declared:
        """Every column is categories."""
        return Declared(categorical="all")

    def _grow(self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState) -> Recipe:
        k = count_of(self.k_neighbors)
        check_more_rows_than(problem, code, "k_neighbors", k, "RandomOverSampler")
        members, n_classes = problem.labels.members(code), len(problem.labels.classes)
        shares = class_shares(problem.values, problem.labels.codes, n_classes)
        drawn, ballot = np.unique(rng.randint(0, len(members), size=n_rows), return_inverse=True)
        nearest = nearest_by_value_difference(problem.values[members], shares, drawn, k).rows
        voters = np.column_stack([drawn, np.where(nearest < 0, drawn[:, np.newaxis], nearest)])
        seeds = drawn[ballot]
        return Vote(Segment(seeds, seeds, np.zeros(n_rows)), voters, ballot).moved(members)
