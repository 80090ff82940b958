"""Borderline-SMOTE: new rows from the rows of a class that are mostly among other classes."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import StrOptions

from poise.core.errors import NothingToDoWarning, warn
from poise.core.neighbors.index import count_of, estimator_of
from poise.core.plan.recipes import Recipe
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.draws import SeedNeighborPairs, among, draw, in_class
from poise.core.sampling.parameters import MIXED, N_JOBS, NEIGHBORS, NOMINAL, RANDOM
from poise.core.sampling.problem import Problem, check_more_rows_than
from poise.core.sampling.resampler import OverSampler

_INSTEAD = "RandomOverSampler"


class BorderlineSMOTE(OverSampler):
    """SMOTE from the rows of a class that are in danger: mostly, but not all, among foes.

    A row is in danger when at least half, but not all, of its m nearest others are of other
    classes. "borderline-1" takes partners from the class; "borderline-2" from all rows, going
    at most half of the way to a partner of another class.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    k_neighbors : int or neighbour object, default=5
        How many nearest others a partner is drawn from.
    m_neighbors : int or neighbour object, default=10
        How many nearest others decide whether a row is in danger.
    kind : {"borderline-1", "borderline-2"}, default="borderline-1"
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns that are categories whatever their dtype; see `SMOTE`.
    column_kinds : dict or None, default=None
        Kinds of columns by name or position; see `SMOTE`.
    nominal : {"donor", "vote"}, default="donor"
        Where a new row's categories come from; see `SMOTE`.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        Where neighbours are searched; see `SMOTE`.
    within_groups : bool, default=False
        Whether partners are of the seed's group; danger is judged among all rows.
    n_jobs : int or None, default=None
        Threads of the search; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Seed, partner and gap of each new row; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Rows added by label, as asked for; a class without danger rows gets none.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Raises
    ------
    TooFewRowsError
        When a class that grows has no more than `k_neighbors` rows, or the table no more than
        `m_neighbors`.

    Warns
    -----
    NothingToDoWarning
        When no row of a class is in danger; the class then stays as it is.

    Notes
    -----
    One search of all rows for each row of the classes that grow, one in the class for each
    danger row drawn. As in imbalanced-learn, a gap of "borderline-2" toward a foe is the
    product of U(0, 1) and U(0, 0.5); the paper draws U(0, 0.5).

    References
    ----------
    .. [1] Han, H., Wang, W.-Y. and Mao, B.-H. (2005). Borderline-SMOTE: a new over-sampling
       method in imbalanced data sets learning. ICIC 2005, 878-887.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import BorderlineSMOTE
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = BorderlineSMOTE(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM
        | N_JOBS
        | MIXED
        | NOMINAL
        | {
            "k_neighbors": NEIGHBORS,
            "m_neighbors": NEIGHBORS,
            "kind": [StrOptions({"borderline-1", "borderline-2"})],
        }
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        m_neighbors: Any = 10,
        kind: str = "borderline-1",
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
        self.m_neighbors = m_neighbors
        self.kind = kind
        self.categorical_features = categorical_features
        self.column_kinds = column_kinds
        self.nominal = nominal
        self.neighbor_space = neighbor_space
        self.within_groups = within_groups
        self.n_jobs = n_jobs

    @property
    def partners(self) -> Literal["own class", "any class"]:
        """Classes of the partners: any class for "borderline-2"."""
        return "any class" if self.kind == "borderline-2" else "own class"

    def _grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | None:
        pairs = self._source(problem, code)
        return None if pairs is None else draw(pairs, n_rows, rng)

    def _source(self, problem: Problem, code: int) -> SeedNeighborPairs | None:
        k, m = count_of(self.k_neighbors), count_of(self.m_neighbors)
        check_more_rows_than(problem, code, "k_neighbors", k, _INSTEAD)
        check_larger_table(problem.method_name, problem.n_rows, "m_neighbors", m)
        members, codes = problem.labels.members(code), problem.labels.codes
        index = problem.index_of(None, estimator_of(self.m_neighbors))
        around = index.nearest_others(members, m).rows
        is_there = around >= 0
        danger = members[is_in_danger(is_there & (codes[around] != code), is_there)]
        if not len(danger):
            _warn_of_no_danger(problem, code, m)
            return None
        is_voted, estimator = self.nominal == "vote", estimator_of(self.k_neighbors)
        if self.kind == "borderline-1":
            return SeedNeighborPairs(danger, in_class(problem, code, k, estimator), k, is_voted)
        anyone = among(problem, None, k, estimator)
        return SeedNeighborPairs(danger, anyone, k, is_voted, is_enemy=codes != code)


def _warn_of_no_danger(problem: Problem, code: int, m: int) -> None:
    warn(
        f"BorderlineSMOTE adds no rows to class {problem.labels.classes[code]!r}: none of its "
        f"rows is in danger (at least half, but not all, of m_neighbors={m} nearest rows of "
        "other classes). The class is well apart, or all noise; try another m_neighbors, or SMOTE.",
        NothingToDoWarning,
    )


def is_in_danger(
    is_enemy: NDArray[np.bool_], is_there: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Tell which rows are in danger, from masks of shape (n, m) of foes among neighbours.

    Parameters
    ----------
    is_enemy : ndarray of shape (n, m), bool
    is_there : ndarray of shape (n, m), bool, optional
        False where a row has fewer than m neighbours.

    Examples
    --------
    >>> is_in_danger(np.array([[True, True], [True, False], [False, False]])).tolist()
    [False, True, False]
    """
    # Han et al. 2005, step 2: m/2 <= foes < m; a row among foes alone is noise.
    m = is_enemy.shape[1] if is_there is None else is_there.sum(axis=1)
    n_enemies = is_enemy.sum(axis=1)
    return (2 * n_enemies >= m) & (n_enemies < m)
