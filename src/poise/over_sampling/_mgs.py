"""MGS: new rows drawn from a Gaussian (normal) distribution around a row and its neighbours."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from poise.core.plan.recipes import Mean, Recipe
from poise.core.sampling.draws import in_class
from poise.core.sampling.few_rows import neighbors_to_search
from poise.core.sampling.parameters import COUNT, FEW_ROWS, parameter, sampler
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import MixedOverSampler
from poise.core.types import FewRows


@sampler
class MGS(MixedOverSampler):
    """Over-sample from Gaussian distributions, each of a row and its nearest neighbours.

    For each new row a row of the class is drawn (the seed row). The new row is drawn from the
    Gaussian (normal) distribution with the mean and the covariance of the seed row and its `k_neighbors`
    nearest neighbours of the class. It is a weighted sum of these rows, with weights that can be
    negative, so it can lie outside of their convex hull. Categories and flags (booleans) are those
    of the seed row.

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
        Number of nearest neighbours that define a distribution together with the seed row. The paper
        takes the number of columns.
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
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        How columns are scaled before distances are computed; see `SMOTE`.
    within_groups : bool, default=False
        Whether the neighbours must belong to the group of the seed row; see `SMOTE`.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Which rows each new row was made from; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows added to each class, by label.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If a class to be enlarged has `k_neighbors` rows or fewer.

    Notes
    -----
    Cost: one neighbour search within the class for each distinct seed row, then O(m k d) for m new
    rows of d columns. The covariance matrix is not computed: with z_i independent and standard
    normal, ``mean + sum(z_i * (x_i - mean)) / sqrt(k + 1)`` has this covariance.

    References
    ----------
    .. [1] Sakho, A., Malherbe, E. and Scornet, E. (2024). Do we need rebalancing strategies? A
       theoretical and empirical study around SMOTE and its variants. arXiv:2402.03819.
       doi:10.48550/arXiv.2402.03819

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import MGS
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = MGS(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    k_neighbors: int = parameter(default=5, allowed=COUNT)
    on_few_rows: FewRows = parameter(default="raise", allowed=FEW_ROWS)

    balances_groups: ClassVar[bool] = True
    few_rows_parameter: ClassVar[str | None] = "k_neighbors"

    def grow(self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState) -> Recipe:
        members = problem.labels.members(code)
        k = neighbors_to_search(problem, code, "k_neighbors", self.k_neighbors, self.on_few_rows)
        seeds = members[rng.randint(0, len(members), size=n_rows)]
        drawn, place = np.unique(seeds, return_inverse=True)
        found = in_class(problem, code, k)(drawn)
        # If a seed row has fewer than k neighbours, it takes the places of the missing ones.
        around = np.column_stack([drawn, np.where(found < 0, drawn[:, np.newaxis], found)])
        z = rng.standard_normal((n_rows, k + 1))
        weights = (1 + np.sqrt(k + 1) * (z - z.mean(axis=1, keepdims=True))) / (k + 1)
        starts = np.arange(n_rows + 1) * (k + 1)
        rows = around[place]
        return Mean(rows[:, 0], starts, rows.ravel(), weights.ravel())
