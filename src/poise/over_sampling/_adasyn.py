"""ADASYN: the more neighbours of other classes a row has, the more new rows start from it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from poise.core.errors import NothingToDoWarning, warn
from poise.core.neighbors.parameter import count_of, estimator_of
from poise.core.sampling.allocation import Counts
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.draws import SeedNeighborPairs, in_class
from poise.core.sampling.few_rows import neighbors_to_search
from poise.core.sampling.fitted import neighbors_object
from poise.core.sampling.parameters import FEW_ROWS, NEIGHBORS, NOMINAL, fitted, parameter, sampler
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import LooksAt, SmoteFamily
from poise.core.types import FewRows, KNeighbors, Nominal


@sampler
class ADASYN(SmoteFamily):
    """Over-sample by interpolation, mostly from rows that have neighbours of other classes.

    The number of new rows that start from a row (their seed row) is proportional to the share of
    other classes among its `n_neighbors` nearest neighbours in the whole table. Each new row lies
    on the segment from its seed row to a partner: one of the `n_neighbors` nearest neighbours of
    the seed row in its own class.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to how many rows; see `SMOTE`.
    balance : {"class", "class-group"}, default="class"
        What is balanced: classes, or the rows of each class in each group of `groups` (cells). For cells
        the keys of `sampling_strategy` are pairs ``(class, group)``, and each new row is made from rows
        of one cell.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    n_neighbors : int or neighbour object, default=5
        Number of nearest neighbours, both in the whole table (to count other classes) and
        within the class (to draw the partner).
    on_few_rows : {"raise", "fewer-neighbors", "copy"}, default="raise"
        What is done with a class of `n_neighbors` rows or fewer. "raise": TooFewRowsError; "fewer-neighbors":
        all of its other rows are the neighbours; "copy": its rows are copied at random. A class of one
        row is copied in both cases, and a warning names the classes.
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
        Whether the partner must belong to the group of the seed row; see `SMOTE`.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Which rows each new row was made from; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows requested for each class, by label. A class for which no rows can be made (a warning
        says so) gets none.
    nn_ : neighbour object
        With one neighbour more than `n_neighbors`; not fitted.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If a class to be enlarged has `n_neighbors` rows or fewer.

    Warns
    -----
    NothingToDoWarning
        If no row of a class has a neighbour of another class; the class then stays as it is.

    Notes
    -----
    Cost: one neighbour search in the whole table for each row of a class that grows, and one
    search within the class for each seed row. Counts are rounded by the largest remainder method,
    so that exactly the requested number of rows is added.

    References
    ----------
    .. [1] He, H., Bai, Y., Garcia, E. A. and Li, S. (2008). ADASYN: adaptive synthetic sampling
       approach for imbalanced learning. IJCNN 2008, 1322-1328.
       doi:10.1109/IJCNN.2008.4633969

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import ADASYN
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = ADASYN(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    n_neighbors: KNeighbors = parameter(default=5, allowed=NEIGHBORS)
    on_few_rows: FewRows = parameter(default="raise", allowed=FEW_ROWS)
    nominal: Nominal = parameter(default="donor", allowed=NOMINAL)

    nn_: Any = fitted()
    balances_groups: ClassVar[bool] = True
    few_rows_parameter: ClassVar[str | None] = "n_neighbors"
    looks_at: ClassVar[LooksAt | None] = "all rows"

    def pairs(self, problem: Problem, code: int) -> SeedNeighborPairs | None:
        k, estimator = count_of(self.n_neighbors), estimator_of(self.n_neighbors)
        n_own = neighbors_to_search(problem, code, "n_neighbors", k, self.on_few_rows)
        check_larger_table(problem.method_name, problem.n_rows, "n_neighbors", k)
        members, is_enemy = problem.labels.members(code), problem.is_enemy(code)
        index = problem.index_of(None, estimator)
        around = index.nearest_others(members, k).rows
        n_enemies = ((around >= 0) & (is_enemy[around])).sum(axis=1)
        if not n_enemies.any():
            warn(
                f"ADASYN adds no rows to class {problem.labels.classes[code]!r}: none of its rows has a "
                f"row of another class among its n_neighbors={k} nearest neighbours. Use SMOTE.",
                NothingToDoWarning,
            )
            return None
        neighbors_of = in_class(problem, code, n_own, estimator)
        return SeedNeighborPairs(members, neighbors_of, n_own, shares=n_enemies.astype(np.float64))

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:  # noqa: ARG002  # as in Resampler
        return {"nn_": neighbors_object(self.n_neighbors)}
