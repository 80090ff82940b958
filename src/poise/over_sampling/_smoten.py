"""SMOTE-N: new rows of categories; each value is the most frequent among neighbours."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.preprocessing import OrdinalEncoder

from poise.core.neighbors.parameter import count_of, estimator_of
from poise.core.neighbors.value_difference import class_shares, nearest_by_value_difference
from poise.core.plan.recipes import Recipe, Segment, Vote
from poise.core.sampling.allocation import Counts
from poise.core.sampling.few_rows import neighbors_to_search
from poise.core.sampling.fitted import encoder_of, neighbors_object
from poise.core.sampling.parameters import (
    FEW_ROWS,
    N_JOBS,
    NEIGHBORS,
    NONE,
    fitted,
    having,
    parameter,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import OverSampler
from poise.core.tables.declared import Declared
from poise.core.types import FewRows, KNeighbors, Transformer


@sampler
class SMOTEN(OverSampler):
    """SMOTE for tables of categories: each value is the most frequent among near rows.

    Every column is treated as categories, whatever its dtype. Distances are computed by the value
    difference metric: two categories are near if the classes have similar shares among the rows of
    each. For a new row a row of the class is drawn (the seed row). In each column, the new row gets
    the most frequent value among the seed row and its `k_neighbors` nearest neighbours of the
    class. A tie between values is decided by the nearest of these rows that has one of them; the
    seed row counts as the nearest.

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
    categorical_encoder : transformer, optional
        Accepted for code that sets it, without effect: nothing is encoded.
    k_neighbors : int or neighbour object, default=5
        Number of nearest neighbours that vote together with the seed row. An object gets the distances
        of all pairs of rows of the class, with ``metric="precomputed"`` if it has this parameter.
    on_few_rows : {"raise", "fewer-neighbors", "copy"}, default="raise"
        What is done with a class of `k_neighbors` rows or fewer. "raise": TooFewRowsError; "fewer-neighbors":
        all of its other rows are the neighbours; "copy": its rows are copied at random. A class of one
        row is copied in both cases, and a warning names the classes.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are neither searched nor blended, such as identifiers and
        names. New rows get "seed" (the value of their seed row; also for a list), "missing",
        "negative" (numbers below zero), "new" (missing if the column can hold that, otherwise
        negative), or, for a whole number, numbers from it on.
    constraints : list of rules, or None, default=None
        What new rows keep: `OneHot` of `poise.constraints`, the only rule about categories. Rows of X
        that break it raise an error; its columns are elected together.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Seed row and voters of each new row; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows added to each class, by label.
    categorical_encoder_ : transformer
        A copy of `categorical_encoder`, or ``OrdinalEncoder()``; not fitted.
    nn_k_ : neighbour object
        With one neighbour more than `k_neighbors`; not fitted.
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
    Cost: with two classes, one neighbour search for each distinct seed row, as in `SMOTE`, because
    the metric is then Euclidean. With more classes, every distinct seed row is compared with every
    row of its class: O(q n_c d) time for q seed rows, n_c rows of the class and d columns, in
    blocks of bounded memory. Missing values are ignored in distances and votes; a value that is
    missing in the seed row is missing in the new row.

    References
    ----------
    .. [1] Chawla, N. V., Bowyer, K. W., Hall, L. O. and Kegelmeyer, W. P. (2002). SMOTE:
       Synthetic Minority Over-sampling Technique. JAIR 16, 321-357. Section 6.2.
       doi:10.1613/jair.953

    Examples
    --------
    >>> from poise.over_sampling import SMOTEN
    >>> X = [["red", "s"], ["red", "m"], ["blue", "s"], ["blue", "m"], ["green", "l"], ["green", "m"]]
    >>> X_new, y_new = SMOTEN(k_neighbors=1, random_state=0).fit_resample(X, [0, 0, 0, 0, 1, 1])
    >>> [row[0] for row in X_new[6:]]
    ['green', 'green']
    """

    categorical_encoder: Transformer | None = parameter(
        default=None, allowed=having("fit", "transform") | NONE
    )
    k_neighbors: KNeighbors = parameter(default=5, allowed=NEIGHBORS)
    on_few_rows: FewRows = parameter(default="raise", allowed=FEW_ROWS)
    n_jobs: int | None = parameter(default=None, allowed=N_JOBS)

    balances_groups: ClassVar[bool] = True
    few_rows_parameter: ClassVar[str | None] = "k_neighbors"
    nn_k_: Any = fitted()
    categorical_encoder_: Any = fitted()

    @property
    def declared(self) -> Declared:
        """Every column is declared categorical."""
        return Declared(categorical="all")

    def grow(self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState) -> Recipe:
        k = count_of(self.k_neighbors)
        k = neighbors_to_search(problem, code, "k_neighbors", k, self.on_few_rows)
        members, classes = problem.labels.members(code), problem.class_labels
        n_classes = len(classes.classes)
        shares = class_shares(problem.values, classes.codes, n_classes)
        drawn, place = np.unique(rng.randint(0, len(members), size=n_rows), return_inverse=True)
        estimator = estimator_of(self.k_neighbors)
        values = problem.values[members]
        nearest = nearest_by_value_difference(values, shares, drawn, k, estimator).rows
        voters = np.column_stack([drawn, np.where(nearest < 0, drawn[:, np.newaxis], nearest)])
        seeds = drawn[place]
        return Vote(Segment(seeds, seeds, np.zeros(n_rows)), voters, place).moved(members)

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:  # noqa: ARG002  # as in Resampler
        default = OrdinalEncoder(dtype=np.int32)
        return {
            "nn_k_": neighbors_object(self.k_neighbors),
            "categorical_encoder_": encoder_of(self.categorical_encoder, default),
        }
