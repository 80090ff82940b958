"""Safe-level SMOTE: new rows lie nearer to the end that has more of its own class around."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import NothingToDoWarning, warn
from poise.core.plan.recipes import Ids, Recipe
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.draws import KnownNeighbors, SeedNeighborPairs, in_class
from poise.core.sampling.parameters import COUNT, MIXED, N_JOBS, NOMINAL, RANDOM
from poise.core.sampling.problem import Problem, check_more_rows_than
from poise.core.sampling.resampler import OverSampler


class SafeLevelSMOTE(OverSampler):
    """SMOTE that keeps to the safe end of each segment.

    A row's safe level is how many of its k nearest others are of its class. A new row lies in the
    part of the segment that is nearer to the safer end; where the partner has no friend around, the
    seed is repeated, and pairs of two rows without friends are not drawn.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    k_neighbors : int, default=5
        How many nearest others a partner is drawn from, and make up the safe level.
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
        When a class that grows has no more than `k_neighbors` rows.

    Warns
    -----
    NothingToDoWarning
        When no row of a class has a friend around; the class then stays as it is.

    Notes
    -----
    A search of all rows, and one of the class, for each row of the classes that grow.

    References
    ----------
    .. [1] Bunkhumpornpat, C., Sinapiromsaran, K. and Lursinsap, C. (2009). Safe-Level-SMOTE.
       PAKDD 2009, 475-482.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import SafeLevelSMOTE
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = SafeLevelSMOTE(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM | N_JOBS | MIXED | NOMINAL | {"k_neighbors": COUNT}
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: int = 5,
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

    def _grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | None:
        k, members = self.k_neighbors, problem.labels.members(code)
        check_more_rows_than(problem, code, "k_neighbors", k, "RandomOverSampler")
        check_larger_table(problem.method_name, problem.n_rows, "k_neighbors", k)
        around = problem.index.nearest_others(members, k).rows
        level = ((around >= 0) & (problem.labels.codes[around] == code)).sum(axis=1)
        partners = in_class(problem, code, k)(members)
        level_of = np.zeros(problem.n_rows, dtype=np.intp)
        level_of[members] = level
        can_be = (partners >= 0) & ((level[:, np.newaxis] > 0) | (level_of[partners] > 0))
        pairs = np.flatnonzero(can_be)
        if not len(pairs):
            warn(
                f"SafeLevelSMOTE adds no rows to class {problem.labels.classes[code]!r}: none of its "
                f"rows has one of the class among its k_neighbors={k} nearest. Try SMOTE.",
                NothingToDoWarning,
            )
            return None
        pair = pairs[rng.randint(0, len(pairs), size=n_rows)]
        position, column = pair // k, pair % k
        gap = safe_gaps(level[position], level_of[partners[position, column]], rng)
        known = KnownNeighbors(members, partners)
        of_class = SeedNeighborPairs(members, known, k, is_voted=self.nominal == "vote")
        return of_class.rows_between(position, column, gap)


def safe_gaps(of_seed: Ids, of_partner: Ids, rng: np.random.RandomState) -> NDArray[np.float64]:
    """Return gaps that keep to the safer end.

    Parameters
    ----------
    of_seed, of_partner : ndarray of shape (m,), intp
        Safe levels; not both 0.
    rng : RandomState
        Draws one number a row.
    """
    u = rng.uniform(size=len(of_seed))
    with np.errstate(divide="ignore"):
        ratio = of_seed / of_partner
    # Bunkhumpornpat et al. 2009, the five cases: 0; U(0, 1); U(0, 1 / ratio); U(1 - ratio, 1).
    above = np.where(np.isinf(ratio), 0.0, u / np.maximum(ratio, 1.0))
    part = np.minimum(ratio, 1.0)
    return np.where(ratio >= 1, above, 1 - part + u * part)
