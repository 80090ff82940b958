"""SMOTE and SMOTE-NC: new rows between a row and one of its nearest neighbours of its class."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.preprocessing import OneHotEncoder

from poise.core.neighbors.moments import moments_of
from poise.core.neighbors.parameter import count_of, estimator_of
from poise.core.plan.recipes import Ids
from poise.core.sampling.allocation import Counts
from poise.core.sampling.draws import SeedNeighborPairs, in_class
from poise.core.sampling.few_rows import neighbors_to_search
from poise.core.sampling.fitted import encoder_of, neighbors_in_class
from poise.core.sampling.parameters import (
    FEW_ROWS,
    NEIGHBORS,
    NOMINAL,
    NONE,
    fitted,
    having,
    parameter,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import SmoteFamily
from poise.core.types import CategoricalFeatures, FewRows, KNeighbors, Nominal, Transformer


@sampler
class SMOTE(SmoteFamily):
    """Over-sample by interpolating between rows of a class and their nearest neighbours.

    A new row lies on the segment from a row of the class (its seed row) to one of the
    `k_neighbors` nearest neighbours of that row in the same class (its partner). Its position on
    the segment, the gap, is drawn uniformly from 0 (the seed row) to 1 (the partner), once for all
    columns. Any table can be used: each column is blended according to its kind and keeps its
    dtype (see ``docs/methods.md``).

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to how many rows: "auto" (all but the largest class, to its size),
        "minority", "not minority", "not majority" or "all"; for two classes, the ratio of the
        smaller to the larger; a dictionary ``{label: rows wanted}``; or a function of y that
        returns such a dictionary. `poise.Ratio` takes ratios to the largest class for any
        number of classes.
    balance : {"class", "class-group"}, default="class"
        What is balanced: classes, or the rows of each class in each group of `groups` (cells). For cells
        the keys of `sampling_strategy` are pairs ``(class, group)``, and each new row is made from rows
        of one cell.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    k_neighbors : int or neighbour object, default=5
        Number of nearest neighbours of the seed row among which the partner is drawn. An object
        with `fit` and `kneighbors`, such as ``NearestNeighbors(metric="manhattan")`` of
        scikit-learn, is cloned and searches its own number of neighbours, not counting the row
        itself; all columns must then be numeric and without missing values.
    on_few_rows : {"raise", "fewer-neighbors", "copy"}, default="raise"
        What is done with a class of `k_neighbors` rows or fewer. "raise": TooFewRowsError; "fewer-neighbors":
        all of its other rows are the neighbours; "copy": its rows are copied at random. A class of one
        row is copied in both cases, and a warning names the classes.
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns to treat as categories, whatever their dtype; "auto" decides by dtype.
    column_kinds : dict or None, default=None
        Column kinds, by column name or position: "continuous", "integer", "bool" or
        "categorical".
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
        How the categories of a new row are chosen. "donor": all of them are copied from the
        nearer parent (the seed row or the partner), so that frequencies are preserved and only
        combinations that occur in the table appear. "vote": each is the most frequent value among
        the k neighbours of the seed row.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        How columns are scaled before distances are computed. "raw": not at all; "standard":
        divided by their standard deviation; "robust": divided by their interquartile range; a
        scikit-learn transformer: fitted on all rows and applied to the numeric columns. New rows
        are always blended from the unscaled values.
    within_groups : bool, default=False
        Whether the partner must belong to the group of the seed row; pass ``groups`` to
        `fit_resample`.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Seed row, partner and gap of each new row; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows added to each class, by label.
    nn_k_ : neighbour object
        With one neighbour more than `k_neighbors`, because a row is its own nearest neighbour; fitted to
        the rows of the last class that grew, if all columns are complete numbers. Not in pickles.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If a class to be enlarged has `k_neighbors` rows or fewer.
    InputError
        If a number is infinite, a column has values without a distance (such as lists), a declared
        kind does not fit its column, or fewer rows are requested than a class has.

    Warns
    -----
    WholeNumbersWarning
        If a column of floats holds only whole numbers, and its kind is not declared.

    Notes
    -----
    Cost: one neighbour search within the class for each distinct seed row, then O(m d) for m new
    rows of d columns. Seed rows are drawn first, so that other rows need no search.

    New values in a column of whole numbers are rounded to the nearest whole number (2.5 becomes 2,
    as in numpy). Flags (booleans), like categories, are copied from the nearer parent. A new value
    is missing if and only if the value of the seed row is missing. In distances, two different
    categories count as in SMOTE-NC: they add the squared median of the standard deviations of the
    numeric columns within the class to the squared distance.

    References
    ----------
    .. [1] Chawla, N. V., Bowyer, K. W., Hall, L. O. and Kegelmeyer, W. P. (2002). SMOTE:
       Synthetic Minority Over-sampling Technique. JAIR 16, 321-357.
       doi:10.1613/jair.953

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

    k_neighbors: KNeighbors = parameter(default=5, allowed=NEIGHBORS)
    on_few_rows: FewRows = parameter(default="raise", allowed=FEW_ROWS)
    nominal: Nominal = parameter(default="donor", allowed=NOMINAL)

    few_rows_parameter: ClassVar[str | None] = "k_neighbors"
    nn_k_: Any = fitted()

    def pairs(self, problem: Problem, code: int) -> SeedNeighborPairs:
        return pairs_in_class(problem, code, self.k_neighbors, self.on_few_rows)

    holds_rows: ClassVar[frozenset[str]] = frozenset({"nn_k_"})

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:
        return {"nn_k_": neighbors_in_class(problem, amounts, self.k_neighbors)}


@sampler
class SMOTENC(SmoteFamily):
    """SMOTE for numbers and categories: each category is the most frequent among the neighbours.

    The same as `SMOTE` with ``nominal="vote"``: in a categorical column, a new row gets the most
    frequent value among the `k_neighbors` nearest neighbours of its seed row (the row it starts
    from). Frequent categories therefore become more frequent, and combinations can appear that no
    input row has. `SMOTE` by default copies all categories from the nearer parent instead.

    Parameters
    ----------
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns to treat as categories; "auto" decides by dtype.
    categorical_encoder : transformer, optional
        Accepted for code that sets it, without effect: nothing is encoded.
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
    k_neighbors : int or neighbour object, default=5
        Number of nearest neighbours of the seed row, among which the partner is drawn and which
        vote on categories.
    on_few_rows : {"raise", "fewer-neighbors", "copy"}, default="raise"
        What is done with a class of `k_neighbors` rows or fewer. "raise": TooFewRowsError; "fewer-neighbors":
        all of its other rows are the neighbours; "copy": its rows are copied at random. A class of one
        row is copied in both cases, and a warning names the classes.
    column_kinds : dict or None, default=None
        Kinds of the other columns, by column name or position; see `SMOTE`.
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
        Seed row, partner, gap and voters of each new row; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows added to each class, by label.
    nn_k_ : neighbour object
        With one neighbour more than `k_neighbors`, because a row is its own nearest neighbour; fitted to
        the rows of the last class that grew, if all columns are complete numbers. Not in pickles.
    categorical_encoder_ : transformer
        A copy of `categorical_encoder`, or ``OneHotEncoder()``; not fitted.
    categorical_features_, continuous_features_ : ndarray of intp
        Positions of the columns of categories, and of the others.
    median_std_ : dict of label to float
        Median of the standard deviations of the columns of numbers within each class that grows.
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
    Cost: that of `SMOTE`, and O(k^2) per categorical column for each distinct seed row. No one-hot
    encoding takes place. A neighbour whose value is missing does not vote; a tie between values is
    decided by the nearest neighbour that has one of them.

    References
    ----------
    .. [1] Chawla, N. V., Bowyer, K. W., Hall, L. O. and Kegelmeyer, W. P. (2002). SMOTE:
       Synthetic Minority Over-sampling Technique. JAIR 16, 321-357. Section 6.1.
       doi:10.1613/jair.953

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

    categorical_features: CategoricalFeatures = parameter(default="auto", kw_only=False)
    categorical_encoder: Transformer | None = parameter(
        default=None, allowed=having("fit", "transform") | NONE
    )
    k_neighbors: KNeighbors = parameter(default=5, allowed=NEIGHBORS)
    on_few_rows: FewRows = parameter(default="raise", allowed=FEW_ROWS)

    few_rows_parameter: ClassVar[str | None] = "k_neighbors"
    nn_k_: Any = fitted()
    categorical_encoder_: Any = fitted()
    categorical_features_: Ids = fitted()
    continuous_features_: Ids = fitted()
    median_std_: dict[Any, float] = fitted()
    nominal = "vote"

    def pairs(self, problem: Problem, code: int) -> SeedNeighborPairs:
        return pairs_in_class(problem, code, self.k_neighbors, self.on_few_rows)

    holds_rows: ClassVar[frozenset[str]] = frozenset({"nn_k_"})

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:
        blocks = problem.known_space.blocks
        nominal = [block.positions for block in blocks if block.kind == "categorical"]
        others = [block.positions for block in blocks if block.kind != "categorical"]
        labels = problem.labels
        return {
            "nn_k_": neighbors_in_class(problem, amounts, self.k_neighbors),
            "categorical_encoder_": encoder_of(self.categorical_encoder, OneHotEncoder()),
            "categorical_features_": np.sort(np.concatenate([np.empty(0, np.intp), *nominal])),
            "continuous_features_": np.sort(np.concatenate([np.empty(0, np.intp), *others])),
            "median_std_": {labels.classes[code]: _median_std(problem, code) for code in amounts},
        }


def _median_std(problem: Problem, code: int) -> float:
    """Return the median of the standard deviations of the columns of numbers within a class."""
    rows = problem.values[problem.labels.members(code)]
    space = problem.known_space
    exponent = space.scaling.exponent if space.units == "raw" else 0  # values in units of the table
    deviations = moments_of(rows[:, : rows.shape[1] - problem.n_categorical]).deviations()
    median = float(np.median(deviations)) if len(deviations) else 0.0
    return float(np.ldexp(median, -exponent))


def pairs_in_class(
    problem: Problem, code: int, k_neighbors: Any, on_few_rows: FewRows
) -> SeedNeighborPairs:
    """Return all pairs of a row of a class and one of its k nearest neighbours in the class."""
    k, estimator = count_of(k_neighbors), estimator_of(k_neighbors)
    k = neighbors_to_search(problem, code, "k_neighbors", k, on_few_rows)
    members = problem.labels.members(code)
    neighbors_of = in_class(problem, code, k, estimator)
    return SeedNeighborPairs(members, neighbors_of, k)
