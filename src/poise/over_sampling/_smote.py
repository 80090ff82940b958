"""SMOTE and SMOTE-NC: new rows between a row and one of its nearest neighbours of the class."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from poise.core.neighbors.index import count_of, estimator_of
from poise.core.plan.recipes import Recipe
from poise.core.sampling.draws import SeedNeighborPairs, draw, in_class
from poise.core.sampling.parameters import MIXED, N_JOBS, NEIGHBORS, NOMINAL, RANDOM
from poise.core.sampling.problem import Problem, check_more_rows_than
from poise.core.sampling.resampler import OverSampler


class SMOTE(OverSampler):
    """Over-sample by interpolating between rows of a class and their nearest neighbours.

    A new row lies on the segment from a row of the class to one of its k nearest others of the
    same class, at a uniformly drawn gap; one gap serves all columns. Any table goes in: each
    column is blended by its kind, and comes back as what it was (see ``docs/methods.md``).

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what: "auto" (all but the largest, to its size),
        "minority", "not minority", "not majority", "all"; a ratio of the smaller to the larger
        of two classes; ``{label: rows wanted}``; or a function of y that returns such a
        dictionary.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    k_neighbors : int or neighbour object, default=5
        How many nearest others a partner is drawn from. An object with `fit` and `kneighbors`,
        such as ``sklearn.neighbors.NearestNeighbors(metric="manhattan")``, is cloned and asked
        for its `n_neighbors` others; it searches numbers without gaps alone.
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns that are categories whatever their dtype; "auto" goes by the dtypes.
    column_kinds : dict or None, default=None
        Kinds of columns by name or position: "continuous", "integer", "bool" or "categorical".
    nominal : {"donor", "vote"}, default="donor"
        Where a new row's categories come from: all from its nearer parent, so that shares are kept
        and only combinations that exist appear; or each from a vote of the seed's k neighbours.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        Where neighbours are searched: the columns' own units, each divided by its standard
        deviation or its interquartile range, or what a transformer of scikit-learn, fitted on
        all rows, makes of the numbers. Rows are always blended in the table's own units.
    within_groups : bool, default=False
        Whether partners are of the seed's group; `fit_resample` is then given ``groups``.
    n_jobs : int or None, default=None
        Threads of the search; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Seed, partner and gap of each new row; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Rows added by label.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Raises
    ------
    TooFewRowsError
        When a class that grows has no more than `k_neighbors` rows.
    InputError
        For infinite numbers, columns that cannot be searched (lists and the like), kinds that do
        not fit, or fewer rows asked for than there are.

    Warns
    -----
    WholeNumbersWarning
        When columns of floats hold whole numbers and their kind was not said.

    Notes
    -----
    The draws need only the class's size, so they come first, and only the rows that were drawn
    are searched: one search for each distinct seed, then O(m d) for m new rows.
    Whole numbers are rounded to the nearest, half to even; flags, like categories, are the nearer
    parent's. A value is missing exactly where the seed's is. Two categories that differ add the
    squared median of the class's standard deviations to a squared distance, as in SMOTE-NC.

    References
    ----------
    .. [1] Chawla, N. V., Bowyer, K. W., Hall, L. O. and Kegelmeyer, W. P. (2002). SMOTE:
       Synthetic Minority Over-sampling Technique. JAIR 16, 321-357.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.over_sampling import SMOTE
    >>> X = np.arange(12).reshape(6, 2) / 8
    >>> smote = SMOTE(k_neighbors=1, random_state=0)
    >>> X_new, y_new = smote.fit_resample(X, [0, 0, 0, 0, 1, 1])
    >>> y_new
    [0, 0, 0, 0, 1, 1, 1, 1]
    >>> smote.plan_.lineage().seed[-2:].tolist()
    [4, 5]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM | N_JOBS | MIXED | NOMINAL | {"k_neighbors": NEIGHBORS}
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        categorical_features: Any = "auto",
        column_kinds: Any = None,
        nominal: str = "donor",
        neighbor_space: Any = "raw",
        within_groups: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.categorical_features = categorical_features
        self.column_kinds = column_kinds
        self.nominal = nominal
        self.neighbor_space = neighbor_space
        self.within_groups = within_groups
        self.n_jobs = n_jobs

    def _grow(self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState) -> Recipe:
        return draw(self._source(problem, code), n_rows, rng)

    def _source(self, problem: Problem, code: int) -> SeedNeighborPairs:
        return _pairs(problem, code, self.k_neighbors, is_voted=self.nominal == "vote")


class SMOTENC(OverSampler):
    """SMOTE for numbers and categories, each category voted by the neighbours.

    As `SMOTE` with ``nominal="vote"``: a new row's value in a categorical column is the most
    frequent among the k nearest others of its seed. Frequent categories become more frequent so,
    and combinations can appear that no row has; `SMOTE` itself takes all categories from the
    nearer parent.

    Parameters
    ----------
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns that are categories; "auto" goes by the dtypes.
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    k_neighbors : int or neighbour object, default=5
        How many nearest others a partner is drawn from, and vote.
    column_kinds : dict or None, default=None
        Kinds of other columns by name or position; see `SMOTE`.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        Where neighbours are searched; see `SMOTE`.
    within_groups : bool, default=False
        Whether partners and voters are of the seed's group.
    n_jobs : int or None, default=None
        Threads of the search; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Seed, partner, gap and voters of each new row.
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
    Costs what `SMOTE` costs, and O(k^2) a column for each distinct seed. No table of dummies is
    built. Missing voters are passed over; a tie goes to the nearest voter among the tied values.

    References
    ----------
    .. [1] Chawla, N. V., Bowyer, K. W., Hall, L. O. and Kegelmeyer, W. P. (2002). SMOTE:
       Synthetic Minority Over-sampling Technique. JAIR 16, 321-357. Section 6.1.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.over_sampling import SMOTENC
    >>> X = [[0.1, "a"], [0.4, "b"], [1.3, "a"], [1.7, "a"], [2.2, "b"], [2.5, "b"]]
    >>> smote = SMOTENC(k_neighbors=1, random_state=0)
    >>> X_new, y_new = smote.fit_resample(X, [0, 0, 0, 0, 1, 1])
    >>> [row[1] for row in X_new[6:]]
    ['b', 'b']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM | N_JOBS | MIXED | {"k_neighbors": NEIGHBORS}
    )

    def __init__(
        self,
        categorical_features: Any = "auto",
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        column_kinds: Any = None,
        neighbor_space: Any = "raw",
        within_groups: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.categorical_features = categorical_features
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.column_kinds = column_kinds
        self.neighbor_space = neighbor_space
        self.within_groups = within_groups
        self.n_jobs = n_jobs

    def _grow(self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState) -> Recipe:
        return draw(self._source(problem, code), n_rows, rng)

    def _source(self, problem: Problem, code: int) -> SeedNeighborPairs:
        return _pairs(problem, code, self.k_neighbors, is_voted=True)


def _pairs(problem: Problem, code: int, k_neighbors: Any, *, is_voted: bool) -> SeedNeighborPairs:
    """Return the pairs of a row of a class and one of its k nearest others of the class."""
    k, estimator = count_of(k_neighbors), estimator_of(k_neighbors)
    check_more_rows_than(problem, code, "k_neighbors", k, "RandomOverSampler")
    members = problem.labels.members(code)
    neighbors_of = in_class(problem, code, k, estimator)
    return SeedNeighborPairs(members, neighbors_of, k, is_voted)
