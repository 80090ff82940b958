"""The neighbourhood cleaning rule: clean the neighbourhoods of the rows of a small class."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from poise.core.neighbors.parameter import count_of, estimator_of
from poise.core.plan.recipes import Ids
from poise.core.sampling.allocation import Counts, classes_to_clean
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.editing import Judge, Mask
from poise.core.sampling.fitted import neighbors_object
from poise.core.sampling.parameters import (
    NEIGHBORS,
    NONE,
    fitted,
    instance_of,
    parameter,
    real,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Cleaner, mask_of
from poise.core.types import KNeighbors


@sampler
class NeighbourhoodCleaningRule(Cleaner):
    """Remove rows that their neighbours misclassify, and rows that misclassify the smallest class.

    A row is misclassified if another class has more of its `n_neighbors` nearest neighbours than
    its own class. The first step removes the misclassified rows of the classes to be cleaned, as
    `EditedNearestNeighbours` does with ``kind_sel="mode"``. The second step considers the
    misclassified rows of the smallest class. It removes those of their nearest neighbours that
    belong to a class to be cleaned, if that class has more than `threshold_cleaning` times as many
    rows as the smallest.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes may lose rows: "auto" (all but the smallest), "majority", "not minority",
        "not majority", "all", a list of labels, or a function of y that returns such a list.
    edited_nearest_neighbours : cleaning method, optional
        What the first step removes instead, with its own parameters, such as
        ``EditedNearestNeighbours(kind_sel="all")``.
    n_neighbors : int or neighbour object, default=3
        Number of nearest neighbours that vote. An object with `fit` and `kneighbors` is cloned and
        searches its own number of neighbours, not counting the row itself.
    threshold_cleaning : float, default=0.5
        A class loses rows in the second step only if it is larger than this many times the
        smallest class.
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
    classes_to_clean_ : list of labels
        Classes that are large enough to lose rows from the neighbourhoods of the smallest class.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If the table has `n_neighbors` rows or fewer.

    Notes
    -----
    Cost: one neighbour search in the whole table for each row of the smallest class and of the
    classes to be cleaned.

    References
    ----------
    .. [1] Laurikkala, J. (2001). Improving identification of difficult small classes by balancing
       class distribution. AIME 2001, 63-66.
       doi:10.1007/3-540-48229-6_9

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.under_sampling import NeighbourhoodCleaningRule
    >>> X, y = make_classification(weights=[0.8], random_state=0)
    >>> len(NeighbourhoodCleaningRule().fit_resample(X, y)[0])
    81
    """

    why_removed: ClassVar[str] = (
        "its neighbours are mostly of other classes, or it is such a neighbour of a row of the smallest class"
    )

    edited_nearest_neighbours: Cleaner | None = parameter(
        default=None,
        allowed=instance_of(Cleaner, "a cleaning method of Poise") | NONE,
    )
    n_neighbors: KNeighbors = parameter(default=3, allowed=NEIGHBORS)
    threshold_cleaning: float = parameter(default=0.5, allowed=real(0, np.inf, closed="neither"))

    nn_: Any = fitted()
    classes_to_clean_: list[Any] = fitted()

    def remove(
        self,
        problem: Problem,
        codes: list[int],
        rng: np.random.RandomState,
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
        if self.edited_nearest_neighbours is not None:
            edited = self._edited_by(self.edited_nearest_neighbours, problem, rng)

        large = [c for c in codes if counts[c] > self.threshold_cleaning * counts[smallest]]
        around = np.unique(judge.listed(outvoted[is_of_smallest], k))
        around = around[around >= 0]
        blamed = around[np.isin(code_of[around], large) & (code_of[around] != smallest)]
        problem.found["classes_to_clean_"] = [problem.labels.classes[code] for code in large]
        return mask_of(np.union1d(edited, blamed), problem.n_rows)

    def _edited_by(self, cleaner: Cleaner, problem: Problem, rng: np.random.RandomState) -> Ids:
        """Return the rows that the cleaning method of the user removes."""
        cleaner.check_parameters()
        own = problem.for_method(type(cleaner).__name__, self.neighbor_space)
        codes = classes_to_clean(cleaner.sampling_strategy, problem.labels)
        return np.flatnonzero(cleaner.remove(own, codes, rng))

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:  # noqa: ARG002  # as in Resampler
        return problem.found | {"nn_": neighbors_object(self.n_neighbors)}
