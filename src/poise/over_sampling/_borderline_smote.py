"""Borderline-SMOTE: SMOTE from the rows whose neighbours are mostly of other classes."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import NothingToDoWarning, warn
from poise.core.neighbors.parameter import count_of, estimator_of
from poise.core.sampling.allocation import Counts
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.draws import SeedNeighborPairs, among, in_class
from poise.core.sampling.few_rows import neighbors_to_search
from poise.core.sampling.fitted import neighbors_in_class, neighbors_object
from poise.core.sampling.parameters import (
    FEW_ROWS,
    NEIGHBORS,
    NOMINAL,
    fitted,
    one_of,
    parameter,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import LooksAt, SmoteFamily
from poise.core.types import BorderlineKind, FewRows, KNeighbors, Nominal, choices


@sampler
class BorderlineSMOTE(SmoteFamily):
    """SMOTE that starts only from rows in danger: those near the border of their class.

    A row is in danger if at least half, but not all, of its `m_neighbors` nearest neighbours
    belong to other classes. Only such rows are seed rows, that is, rows that new rows start from.
    "borderline-1" draws the partner from the class of the seed row. "borderline-2" draws it from
    all rows; if the partner belongs to another class, the new row lies in the half of the segment
    that is nearer to the seed row.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to how many rows; see `SMOTE`.
    balance : {"class", "class-group"}, default="class"
        What is balanced: classes, or the rows of each class in each group of `groups` (cells). For cells
        the keys of `sampling_strategy` are pairs ``(class, group)``, and each new row is made from rows
        of one cell, which "borderline-2" does not do.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    k_neighbors : int or neighbour object, default=5
        Number of nearest neighbours of the seed row among which the partner is drawn.
    on_few_rows : {"raise", "fewer-neighbors", "copy"}, default="raise"
        What is done with a class of `k_neighbors` rows or fewer. "raise": TooFewRowsError; "fewer-neighbors":
        all of its other rows are the neighbours; "copy": its rows are copied at random. A class of one
        row is copied in both cases, and a warning names the classes.
    m_neighbors : int or neighbour object, default=10
        Number of nearest neighbours that decide whether a row is in danger.
    kind : {"borderline-1", "borderline-2"}, default="borderline-1"
        Which rows can be partners; see above.
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns to treat as categories, whatever their dtype; see `SMOTE`.
    column_kinds : dict or None, default=None
        Column kinds, by column name or position; see `SMOTE`.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are neither searched nor blended, such as identifiers and
        names. New rows get "seed" (the value of their seed row; also for a list), "missing",
        "negative" (numbers below zero), "new" (missing if the column can hold that, otherwise
        negative), or, for a whole number, numbers from it on.
    constraints : list of rules, or None, default=None
        What new rows keep: `Sum`, `LessEqual`, `OneHot` and `Between` of `poise.constraints`. Rows of X
        that break a rule raise an error; a new row that breaks one gets the total of its parts, or
        these columns from one parent.
    nominal : {"donor", "vote"}, default="donor"
        How the categories of a new row are chosen; see `SMOTE`.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        How columns are scaled before distances are computed; see `SMOTE`.
    within_groups : bool, default=False
        Whether the partner must belong to the group of the seed row. Groups do not matter for
        whether a row is in danger.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Seed row, partner and gap of each new row; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows requested for each class, by label. A class without rows in danger gets
        none.
    nn_k_ : neighbour object
        With one neighbour more than `k_neighbors`, because a row is its own nearest neighbour; fitted to
        the rows of the last class that grew, if all columns are complete numbers. Not in pickles.
    nn_m_ : neighbour object
        With one neighbour more than `m_neighbors`; not fitted.
    in_danger_indices : dict of label to ndarray of intp
        Rows in danger of each class that grows and has some.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If a class to be enlarged has `k_neighbors` rows or fewer, or the table has `m_neighbors`
        rows or fewer.

    Warns
    -----
    NothingToDoWarning
        If no row of a class is in danger; the class then stays as it is.

    Notes
    -----
    Cost: one neighbour search in the whole table for each row of a class that grows, and one
    search within the class for each row in danger that is drawn. With "borderline-2" and a partner
    of another class, the gap (the position on the segment, 0 at the seed row) is the product of
    U(0, 1) and U(0, 0.5), as in imbalanced-learn; the paper draws U(0, 0.5).

    References
    ----------
    .. [1] Han, H., Wang, W.-Y. and Mao, B.-H. (2005). Borderline-SMOTE: a new over-sampling
       method in imbalanced data sets learning. ICIC 2005, 878-887.
       doi:10.1007/11538059_91

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import BorderlineSMOTE
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = BorderlineSMOTE(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    k_neighbors: KNeighbors = parameter(default=5, allowed=NEIGHBORS)
    on_few_rows: FewRows = parameter(default="raise", allowed=FEW_ROWS)
    m_neighbors: KNeighbors = parameter(default=10, allowed=NEIGHBORS)
    kind: BorderlineKind = parameter(
        default="borderline-1", allowed=one_of(*choices(BorderlineKind))
    )
    nominal: Nominal = parameter(default="donor", allowed=NOMINAL)

    nn_k_: Any = fitted()
    nn_m_: Any = fitted()
    few_rows_parameter: ClassVar[str | None] = "k_neighbors"
    looks_at: ClassVar[LooksAt | None] = "all rows"

    @property
    def balances_groups(self) -> bool:
        """Whether partners are of one cell of class and group: not with "borderline-2"."""
        return self.kind == "borderline-1"

    @property
    def partners(self) -> Literal["own class", "any class"]:
        """Classes of the partners: any class for "borderline-2"."""
        return "any class" if self.kind == "borderline-2" else "own class"

    def pairs(self, problem: Problem, code: int) -> SeedNeighborPairs | None:
        k, m = count_of(self.k_neighbors), count_of(self.m_neighbors)
        n_own = neighbors_to_search(problem, code, "k_neighbors", k, self.on_few_rows)
        check_larger_table(problem.method_name, problem.n_rows, "m_neighbors", m)
        members, is_enemy = problem.labels.members(code), problem.is_enemy(code)
        index = problem.index_of(None, estimator_of(self.m_neighbors))
        around = index.nearest_others(members, m).rows
        is_there = around >= 0
        danger = members[is_in_danger(is_there & (is_enemy[around]), is_there)]
        if not len(danger):
            _warn_of_no_danger(problem, code, m)
            return None
        in_danger = problem.found.setdefault("in_danger_indices", {})
        in_danger[problem.labels.classes[code]] = danger
        estimator = estimator_of(self.k_neighbors)
        if self.kind == "borderline-1":
            return SeedNeighborPairs(danger, in_class(problem, code, n_own, estimator), n_own)
        check_larger_table(problem.method_name, problem.n_rows, "k_neighbors", k)
        all_rows = among(problem, None, k, estimator)
        return SeedNeighborPairs(danger, all_rows, k, is_enemy=is_enemy)

    holds_rows: ClassVar[frozenset[str]] = frozenset({"nn_k_"})

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:
        return {
            "nn_k_": neighbors_in_class(problem, amounts, self.k_neighbors),
            "nn_m_": neighbors_object(self.m_neighbors),
            "in_danger_indices": problem.found.get("in_danger_indices", {}),
        }


def _warn_of_no_danger(problem: Problem, code: int, m: int) -> None:
    warn(
        f"BorderlineSMOTE adds no rows to class {problem.labels.classes[code]!r}: none of its "
        f"rows is in danger (at least half, but not all, of its m_neighbors={m} nearest neighbours "
        "belong to other classes). Either the class is well separated, or all of it lies among "
        "other classes. Try another m_neighbors, or use SMOTE.",
        NothingToDoWarning,
    )


def is_in_danger(
    is_enemy: NDArray[np.bool_], is_there: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Return which rows are in danger: at least half, but not all, of their neighbours are enemies.

    Parameters
    ----------
    is_enemy : ndarray of shape (n, m), bool
        Which of the m neighbours of each row belong to another class.
    is_there : ndarray of shape (n, m), bool, optional
        False in the places of missing neighbours, if a row has fewer than m.

    Returns
    -------
    ndarray of shape (n,), bool

    Examples
    --------
    >>> is_in_danger(np.array([[True, True], [True, False], [False, False]])).tolist()
    [False, True, False]
    """
    # Han et al. 2005, step 2: m/2 <= enemies < m; a row with enemies alone around it is noise.
    m = is_enemy.shape[1] if is_there is None else is_there.sum(axis=1)
    n_enemies = is_enemy.sum(axis=1)
    return (2 * n_enemies >= m) & (n_enemies < m)
