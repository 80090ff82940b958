"""ProWSyn: the nearer a row is to other classes, the more new rows start from it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from poise.core.errors import NothingToDoWarning, warn
from poise.core.plan.recipes import Ids, Recipe, Segment
from poise.core.sampling.allocation import by_shares
from poise.core.sampling.parameters import (
    COUNT,
    FEW_ROWS,
    KINDS,
    N_JOBS,
    SPACE,
    parameter,
    real,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import OverSampler
from poise.core.types import CategoricalFeatures, ColumnKinds, FewRows, SpaceName, Transformer


@sampler
class ProWSyn(OverSampler):
    """Over-sample mostly near the other classes: weights fall with the distance from them.

    The rows of a class are divided into levels. Level 1 holds its rows that are among the
    `k_neighbors` nearest to any row of another class. Level 2 is found in the same way among the
    remaining rows, and so on; the last of `n_levels` levels holds all rows that remain. A row of
    level l has the weight exp(-theta (l - 1)), and the number of new rows that start from it (as
    their seed row) is proportional to its weight. A new row lies on the segment from its seed row
    to a partner, a random other row of the same level.

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
    k_neighbors : int, default=5
        Number of rows of the class that each row of another class assigns to a level: those
        nearest to it.
    on_few_rows : {"raise", "fewer-neighbors", "copy"}, default="raise"
        What is done with a class of one row. "raise": it stays as it is, with a warning; "fewer-neighbors" or
        "copy": the row is copied, and a warning names the class.
    n_levels : int, default=5
        Number of levels.
    theta : float, default=1.0
        How fast the weights fall from level to level; 0 gives every row the same weight.
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
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        How columns are scaled before distances are computed; see `SMOTE`.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Seed row, partner and gap of each new row; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows requested for each class, by label. A class for which no rows can be made (a warning
        says so) gets none.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Warns
    -----
    NothingToDoWarning
        If no level of a class has two rows; the class then stays as it is.

    Notes
    -----
    Cost: for each level, one neighbour search among the remaining rows of the class for each row
    of another class. No new row starts from a level with a single row, as there is no partner. The
    paper does not say exactly where partners come from; here they are of the same level, as in the
    comparison of [2]_.

    References
    ----------
    .. [1] Barua, S., Islam, M. M. and Murase, K. (2013). ProWSyn: Proximity weighted synthetic
       oversampling technique for imbalanced data set learning. PAKDD 2013, 317-328.
       doi:10.1007/978-3-642-37456-2_27
    .. [2] Kovács, G. (2019). An empirical comparison and evaluation of minority oversampling
       techniques on a large number of imbalanced datasets. Applied Soft Computing 83, 105662: second
       of 85 methods there.
       doi:10.1016/j.asoc.2019.105662

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import ProWSyn
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = ProWSyn(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    k_neighbors: int = parameter(default=5, allowed=COUNT)
    on_few_rows: FewRows = parameter(default="raise", allowed=FEW_ROWS)
    n_levels: int = parameter(default=5, allowed=COUNT)
    theta: float = parameter(default=1.0, allowed=real(0, np.inf, closed="left"))
    categorical_features: CategoricalFeatures = parameter(default="auto")
    column_kinds: ColumnKinds | None = parameter(default=None, allowed=KINDS)
    neighbor_space: SpaceName | Transformer = parameter(default="raw", allowed=SPACE)
    n_jobs: int | None = parameter(default=None, allowed=N_JOBS)

    balances_groups: ClassVar[bool] = True

    def grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | None:
        levels = proximity_levels(problem, code, self.k_neighbors, self.n_levels)
        usable = [(number, rows) for number, rows in enumerate(levels) if len(rows) > 1]
        if not usable:
            warn(
                f"ProWSyn adds no rows to class {problem.labels.classes[code]!r}: none of its "
                f"{len(levels)} levels has two rows. Raise k_neighbors, lower n_levels, or use SMOTE.",
                NothingToDoWarning,
            )
            return None
        # Relative to the first usable level: the same ratios, without underflow.
        weights = [
            np.full(len(rows), np.exp(-self.theta * (number - usable[0][0])))
            for number, rows in usable
        ]
        n_of_each = by_shares(n_rows, np.concatenate(weights))
        ends = np.cumsum([len(rows) for _, rows in usable])[:-1]
        parts = [
            _pairs_within(rows, counts, rng)
            for (_, rows), counts in zip(usable, np.split(n_of_each, ends), strict=True)
        ]
        seed, partner = (np.concatenate(part) for part in zip(*parts, strict=True))
        return Segment(seed, partner, rng.uniform(size=n_rows))


def proximity_levels(problem: Problem, code: int, k: int, n_levels: int) -> list[Ids]:
    """Divide the rows of a class into levels, by how near they are to other classes.

    Parameters
    ----------
    problem : Problem
    code : int
        Code of the class.
    k : int
        Number of rows of the class that each enemy (row of another class) assigns to a level.
    n_levels : int
        Largest number of levels.

    Returns
    -------
    list of ndarray of intp
        Rows of each level, the nearest level first; the last one holds all remaining rows.
    """
    enemies = problem.values[problem.is_enemy(code)]
    left = problem.labels.members(code)
    levels: list[Ids] = []
    while len(levels) < n_levels - 1:
        if len(left) <= k:  # no mutant: all of k rows are near, and none are left
            break
        found = problem.index_of(left, as_all=True).nearest(enemies, k).rows
        is_near = np.zeros(len(left), dtype=bool)
        is_near[found[found >= 0]] = True
        if not is_near.any():  # these rows share no filled column with any enemy
            break
        levels.append(left[is_near])
        left = left[~is_near]
    return [*levels, left] if len(left) else levels


def _pairs_within(rows: Ids, n_of_each: Ids, rng: np.random.RandomState) -> tuple[Ids, Ids]:
    """Return seed rows, each repeated as often as given, and a random other row as partner."""
    seed = np.repeat(np.arange(len(rows)), n_of_each)
    other = rng.randint(1, len(rows), size=len(seed))
    return rows[seed], rows[(seed + other) % len(rows)]
