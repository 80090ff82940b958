"""Safe-level SMOTE: new rows lie near the parent that has more neighbours of its own class."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import NothingToDoWarning, warn
from poise.core.plan.recipes import Ids, Recipe
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.draws import KnownNeighbors, SeedNeighborPairs, in_class
from poise.core.sampling.few_rows import neighbors_to_search
from poise.core.sampling.parameters import COUNT, FEW_ROWS, NOMINAL, parameter, sampler
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import MixedOverSampler
from poise.core.types import FewRows, Nominal


@sampler
class SafeLevelSMOTE(MixedOverSampler):
    """SMOTE with new rows near the safer of their two parents.

    The safe level of a row is the number of its `k_neighbors` nearest neighbours (in the whole
    table) that belong to its own class. A new row lies on the segment from a row of the class (its
    seed row) to a neighbour of the same class (its partner), in the part that is nearer to the
    parent with the higher safe level. If the safe level of the partner is 0, the new row is a copy
    of the seed row. If both safe levels are 0, the pair is not used.

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
        Number of nearest neighbours, both to count the safe level in the whole table and to draw
        the partner within the class.
    on_few_rows : {"raise", "fewer-neighbors", "copy"}, default="raise"
        What is done with a class of `k_neighbors` rows or fewer. "raise": TooFewRowsError; "fewer-neighbors":
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
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If a class to be enlarged has `k_neighbors` rows or fewer.

    Warns
    -----
    NothingToDoWarning
        If no row of a class has a neighbour of its own class; the class then stays as it is.

    Notes
    -----
    Cost: two neighbour searches for each row of a class that grows, one in the whole table and one
    within the class.

    References
    ----------
    .. [1] Bunkhumpornpat, C., Sinapiromsaran, K. and Lursinsap, C. (2009). Safe-Level-SMOTE.
       PAKDD 2009, 475-482.
       doi:10.1007/978-3-642-01307-2_43

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import SafeLevelSMOTE
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = SafeLevelSMOTE(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    k_neighbors: int = parameter(default=5, allowed=COUNT)
    on_few_rows: FewRows = parameter(default="raise", allowed=FEW_ROWS)
    nominal: Nominal = parameter(default="donor", allowed=NOMINAL)

    balances_groups: ClassVar[bool] = True
    few_rows_parameter: ClassVar[str | None] = "k_neighbors"

    def grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | None:
        k, members = self.k_neighbors, problem.labels.members(code)
        n_own = neighbors_to_search(problem, code, "k_neighbors", k, self.on_few_rows)
        check_larger_table(problem.method_name, problem.n_rows, "k_neighbors", k)
        around = problem.index.nearest_others(members, k).rows
        level = ((around >= 0) & ~problem.is_enemy(code)[around]).sum(axis=1)
        partners = in_class(problem, code, n_own)(members)
        level_of = np.zeros(problem.n_rows, dtype=np.intp)
        level_of[members] = level
        can_be = (partners >= 0) & ((level[:, np.newaxis] > 0) | (level_of[partners] > 0))
        pairs = np.flatnonzero(can_be)
        if not len(pairs):
            warn(
                f"SafeLevelSMOTE adds no rows to class {problem.labels.classes[code]!r}: none of its "
                f"rows has a row of its class among its k_neighbors={k} nearest neighbours. Use SMOTE.",
                NothingToDoWarning,
            )
            return None
        known = KnownNeighbors(members, partners)
        of_class = SeedNeighborPairs(members, known, n_own, is_voted=self.nominal == "vote")
        choice = pairs[rng.randint(0, len(pairs), size=n_rows)]
        position, column = of_class.chosen(choice, 0, n_rows)
        gap = safe_gaps(level[position], level_of[partners[position, column]], rng)
        return of_class.rows_between(position, column, gap)


def safe_gaps(of_seed: Ids, of_partner: Ids, rng: np.random.RandomState) -> NDArray[np.float64]:
    """Draw gaps (positions on the segment, 0 at the seed row) near the safer parent.

    Parameters
    ----------
    of_seed, of_partner : ndarray of shape (m,), intp
        Safe levels of the seed rows and of their partners; not both 0.
    rng : RandomState
        Draws one number per new row.

    Returns
    -------
    ndarray of shape (m,), float64
    """
    u = rng.uniform(size=len(of_seed))
    with np.errstate(divide="ignore"):
        ratio = of_seed / of_partner
    # Bunkhumpornpat et al. 2009: 0 if the ratio is infinite, U(0, 1) if it is 1, U(0, 1 / ratio)
    # if it is above 1, U(1 - ratio, 1) if it is below 1; in the fifth case both levels are 0.
    above = np.where(np.isinf(ratio), 0.0, u / np.maximum(ratio, 1.0))
    part = np.minimum(ratio, 1.0)  # no mutant: used only below 1
    return np.where(ratio >= 1, above, 1 - part + u * part)  # no mutant: at 1 both are u
