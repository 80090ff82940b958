"""polynom-fit-SMOTE: new rows at even steps on lines within a class."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.utils.random import sample_without_replacement

from poise.core.errors import TooFewRowsError
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids, Mean, Recipe, Segment
from poise.core.sampling.parameters import FEW_ROWS, KINDS, one_of, parameter, sampler
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import OverSampler
from poise.core.types import CategoricalFeatures, ColumnKinds, FewRows, Topology, choices


@sampler
class PolynomFitSMOTE(OverSampler):
    """Over-sample at even steps on lines from each row to the class mean, or between rows.

    "star" has one line from each row to the mean of the class, "mesh" one between every two rows,
    and "bus" one from each row to the next row of the class in the table. The new rows are spread
    evenly over the lines; if the number of lines does not divide them, random lines get one more.

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
    topology : {"star", "mesh", "bus"}, default="star"
        Which lines the new rows lie on; see above.
    on_few_rows : {"raise", "fewer-neighbors", "copy"}, default="raise"
        What is done with a class of one row. "raise": TooFewRowsError; "fewer-neighbors" or
        "copy": the row is copied, and a warning names the class.
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

    Attributes
    ----------
    plan_ : Plan
        Which rows each new row was made from; see `plan_.lineage()`. With "star", the
        mean is a row of the plan that does not appear in the output.
    sampling_strategy_ : dict
        Number of rows added to each class, by label.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If a class to be enlarged has only one row.

    Notes
    -----
    Cost: O((n + m) d) for m new rows, n rows of the class and d columns; no neighbours are
    searched. With "star", a new row takes the categories, flags (booleans) and missing values of
    the row at which its line starts. In the mean, a missing value is replaced by the value of the
    row of the class that has the fewest missing values; in a column of whole numbers the mean is
    rounded.

    The new rows of "bus" depend on the order of the table. So would those of the fourth topology
    of the paper, a polynomial in the row number, which was the weakest there and is left out.

    References
    ----------
    .. [1] Gazzah, S. and Essoukri Ben Amara, N. (2008). New oversampling approaches based on
       polynomial fitting for imbalanced data sets. DAS 2008, 677-684.
       doi:10.1109/DAS.2008.74
    .. [2] Kovács, G. (2019). An empirical comparison and evaluation of minority oversampling
       techniques on a large number of imbalanced datasets. Applied Soft Computing 83, 105662: first
       of 85 methods there.
       doi:10.1016/j.asoc.2019.105662

    Examples
    --------
    >>> import numpy as np
    >>> from poise.over_sampling import PolynomFitSMOTE
    >>> X = np.array([[0.5], [1.5], [2.5], [3.5], [10.5], [20.5]])
    >>> X_new, y_new = PolynomFitSMOTE(random_state=0).fit_resample(X, [0, 0, 0, 0, 1, 1])
    >>> X_new[6:].tolist()
    [[13.0], [18.0]]
    """

    topology: Topology = parameter(default="star", allowed=one_of(*choices(Topology)))
    on_few_rows: FewRows = parameter(default="raise", allowed=FEW_ROWS)
    categorical_features: CategoricalFeatures = parameter(default="auto")
    column_kinds: ColumnKinds | None = parameter(default=None, allowed=KINDS)

    balances_groups: ClassVar[bool] = True

    def grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | Plan:
        members = problem.labels.members(code)
        values, n = problem.values[members], len(members)  # reading checks that they are finite
        if n < 2:
            raise TooFewRowsError(
                f"PolynomFitSMOTE needs two rows in every class it grows; class "
                f"{problem.labels.classes[code]!r} has {n}. Use RandomOverSampler, or pass on_few_rows='copy'."
            )
        if self.topology == "star":
            row, gap = even_steps(n, n_rows, rng)
            full = 0  # no mutant: of sparse rows, any one
            if not sp.issparse(values):
                full = int(np.isnan(values).sum(axis=1).argmin())
            return _toward_the_mean(problem.n_rows, members, members[full], members[row], gap)
        if self.topology == "bus":
            row, gap = even_steps(n - 1, n_rows, rng)
            return Segment(members[row], members[row + 1], gap)
        line, gap = even_steps(n * (n - 1) // 2, n_rows, rng)
        # Place the rows in a ring and number the pairs by their distance in it: each occurs once.
        row, apart = line % n, line // n + 1
        return Segment(members[row], members[(row + apart) % n], gap)


def even_steps(
    n_lines: int, n_rows: int, rng: np.random.RandomState
) -> tuple[Ids, NDArray[np.float64]]:
    """Spread new rows over lines, at even steps between the two ends of each line.

    Parameters
    ----------
    n_lines : int
        Number of lines.
    n_rows : int
        Number of new rows.
    rng : RandomState
        Draws the lines that get one row more than the others.

    Returns
    -------
    line : ndarray of shape (n_rows,), intp
        Line of each new row, in ascending order.
    gap : ndarray of shape (n_rows,), float64
        Position of each new row on its line: 0 at the start, 1 at the end.

    Examples
    --------
    >>> line, gap = even_steps(2, 4, np.random.RandomState(0))
    >>> line.tolist(), gap.round(2).tolist()
    ([0, 0, 1, 1], [0.33, 0.67, 0.33, 0.67])
    """
    on_each, left = divmod(n_rows, n_lines)
    longer = sample_without_replacement(n_lines, left, random_state=rng).astype(np.intp)
    every = np.repeat(np.arange(n_lines if on_each else 0), on_each)
    line = np.sort(np.concatenate([every, longer]))
    starts = np.flatnonzero(np.diff(line, prepend=-1))  # no mutant: any number below 0
    on_line = np.diff(starts, append=n_rows)
    step = np.arange(n_rows) - np.repeat(starts, on_line) + 1
    return line, step / np.repeat(on_line + 1, on_line)


def _toward_the_mean(
    n_rows: int, members: Ids, full: int, rows: Ids, gap: NDArray[np.float64]
) -> Plan:
    """Return a plan of new rows between the given rows and the mean of their class.

    In the mean, a missing value is replaced by the value of the row `full`.
    """
    n = len(members)
    mean = Mean(np.array([full]), np.array([0, n]), members, np.full(n, 1 / n))
    ends = np.column_stack([rows, np.full(len(rows), n_rows)])
    weights = np.column_stack([1 - gap, gap])
    starts = np.arange(len(rows) + 1) * 2
    between = Mean(rows, starts, ends.ravel(), weights.ravel())
    return Plan(n_rows, (mean, between), n_rows + 1 + np.arange(len(rows)))
