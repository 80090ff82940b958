"""The neighbourhood cleaning rule: edited rows go, and those that get a rare row wrong."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from poise.core.neighbors.index import count_of, estimator_of
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.editing import Judge, Mask
from poise.core.sampling.parameters import N_JOBS, NEIGHBORS, SHARED, SPACE
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Cleaner, mask_of


class NeighbourhoodCleaningRule(Cleaner):
    """Remove rows that their neighbours outvote, and rows that outvote one of the smallest class.

    First go the rows of the classes cleaned that the vote of their k nearest others gets wrong
    (edited nearest neighbours, "mode"). Then, for each row of the smallest class that the vote gets
    wrong, those of its k nearest others that are of a cleaned class larger than
    `threshold_cleaning` times the smallest.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes lose rows: "auto" (all but the smallest), "majority", "not minority",
        "not majority", "all", a list of labels, or a function of y.
    n_neighbors : int or neighbour object, default=3
        How many nearest others vote. An object with `fit` and `kneighbors` is cloned and asked
        for its `n_neighbors` others.
    threshold_cleaning : float, default=0.5
        How large a class must be, in sizes of the smallest, to lose rows in the second step.
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
        When the table has no more than `n_neighbors` rows.

    Notes
    -----
    One search of all rows for each row of the classes cleaned and of the smallest.

    References
    ----------
    .. [1] Laurikkala, J. (2001). Improving identification of difficult small classes by balancing
       class distribution. AIME 2001, 63-66.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.under_sampling import NeighbourhoodCleaningRule
    >>> X, y = make_classification(weights=[0.8], random_state=0)
    >>> len(NeighbourhoodCleaningRule().fit_resample(X, y)[0])
    81
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        SHARED
        | SPACE
        | N_JOBS
        | {
            "n_neighbors": NEIGHBORS,
            "threshold_cleaning": [Interval(Real, 0, None, closed="neither")],
        }
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        n_neighbors: Any = 3,
        threshold_cleaning: float = 0.5,
        column_kinds: Any = None,
        neighbor_space: Any = "raw",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.n_neighbors = n_neighbors
        self.threshold_cleaning = threshold_cleaning
        self.column_kinds = column_kinds
        self.neighbor_space = neighbor_space
        self.n_jobs = n_jobs

    def _remove(
        self,
        problem: Problem,
        codes: list[int],
        rng: np.random.RandomState,  # noqa: ARG002  # the rule draws nothing
    ) -> Mask:
        k, estimator = count_of(self.n_neighbors), estimator_of(self.n_neighbors)
        check_larger_table(problem.method_name, problem.n_rows, "n_neighbors", k)
        counts, code_of = problem.labels.counts, problem.labels.codes
        smallest = int(counts.argmin())
        rows = np.flatnonzero(np.isin(code_of, [*codes, smallest]))
        judge = Judge(problem, rows, k, estimator)
        outvoted = judge.lost(k, "mode")
        is_of_smallest = code_of[outvoted] == smallest
        edited = outvoted[np.isin(code_of[outvoted], codes)]

        large = [c for c in codes if counts[c] > self.threshold_cleaning * counts[smallest]]
        around = np.unique(judge.listed(outvoted[is_of_smallest], k))
        around = around[around >= 0]
        blamed = around[np.isin(code_of[around], large) & (code_of[around] != smallest)]
        return mask_of(np.union1d(edited, blamed), problem.n_rows)
