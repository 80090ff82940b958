"""polynom-fit-SMOTE: new rows at even steps on lines through a class."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.random import sample_without_replacement

from poise.core.errors import TooFewRowsError
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids, Mean, Recipe, Segment
from poise.core.sampling.parameters import KINDS, RANDOM
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import OverSampler


class PolynomFitSMOTE(OverSampler):
    """Over-sample at even steps on lines through a class: to its mean, or from row to row.

    "star" draws a line from each row to the mean of the class; "mesh" one between each two rows;
    "bus" one from each row to the next in the table. Each line gets the same number of new rows,
    as far as they go round; the lines that get one more are drawn.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    topology : {"star", "mesh", "bus"}, default="star"
        Which lines are drawn.
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns that are categories whatever their dtype; see `SMOTE`.
    column_kinds : dict or None, default=None
        Kinds of columns by name or position; see `SMOTE`.

    Attributes
    ----------
    plan_ : Plan
        Where each new row came from; see `plan_.lineage()`. With "star" the mean is a row of the plan
        that is not put out.
    sampling_strategy_ : dict
        Rows added by label.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Raises
    ------
    TooFewRowsError
        When a class that grows has one row only.

    Notes
    -----
    O(n d + m d) for m new rows of a class of n: nothing is searched. With "star", categories, flags
    and gaps are those of the row that the line starts from. Where rows have gaps, the mean takes the
    value of the class's most complete row in their place; in a column of whole numbers the mean is
    rounded.

    The paper's fourth way, a polynomial of the row number, is left out: its rows depend on the order
    of the table, and it was the weakest there. So do those of "bus".

    References
    ----------
    .. [1] Gazzah, S. and Essoukri Ben Amara, N. (2008). New oversampling approaches based on
       polynomial fitting for imbalanced data sets. DAS 2008, 677-684.
    .. [2] Kovács, G. (2019). An empirical comparison and evaluation of minority oversampling
       techniques on a large number of imbalanced datasets. Applied Soft Computing 83, 105662: first
       of 85 methods there.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.over_sampling import PolynomFitSMOTE
    >>> X = np.array([[0.5], [1.5], [2.5], [3.5], [10.5], [20.5]])
    >>> X_new, y_new = PolynomFitSMOTE(random_state=0).fit_resample(X, [0, 0, 0, 0, 1, 1])
    >>> X_new[6:].tolist()
    [[13.0], [18.0]]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM | KINDS | {"topology": [StrOptions({"star", "mesh", "bus"})]}
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        topology: str = "star",
        categorical_features: Any = "auto",
        column_kinds: Any = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.topology = topology
        self.categorical_features = categorical_features
        self.column_kinds = column_kinds

    def _grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | Plan:
        members = problem.labels.members(code)
        values, n = problem.values[members], len(members)  # read here: infinite ones are refused
        if n < 2:
            raise TooFewRowsError(
                f"PolynomFitSMOTE needs two rows in every class it grows; class "
                f"{problem.labels.classes[code]!r} has {n}. Use RandomOverSampler."
            )
        if self.topology == "star":
            row, gap = even_steps(n, n_rows, rng)
            full = 0 if sp.issparse(values) else int(np.isnan(values).sum(axis=1).argmin())
            return _toward_the_mean(problem.n_rows, members, members[full], members[row], gap)
        if self.topology == "bus":
            row, gap = even_steps(n - 1, n_rows, rng)
            return Segment(members[row], members[row + 1], gap)
        line, gap = even_steps(n * (n - 1) // 2, n_rows, rng)
        # Counted by how far apart the two rows stand in a ring, so that each pair comes once.
        row, apart = line % n, line // n + 1
        return Segment(members[row], members[(row + apart) % n], gap)


def even_steps(
    n_lines: int, n_rows: int, rng: np.random.RandomState
) -> tuple[Ids, NDArray[np.float64]]:
    """Spread rows over lines, and evenly between the ends of each.

    Parameters
    ----------
    n_lines, n_rows : int
    rng : RandomState
        Draws the lines that get one row more than the others.

    Returns
    -------
    line : ndarray of shape (n_rows,), intp
        Ascending.
    gap : ndarray of shape (n_rows,), float64

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
    starts = np.flatnonzero(np.diff(line, prepend=-1))
    on_line = np.diff(starts, append=n_rows)
    step = np.arange(n_rows) - np.repeat(starts, on_line) + 1
    return line, step / np.repeat(on_line + 1, on_line)


def _toward_the_mean(
    n_rows: int, members: Ids, full: int, rows: Ids, gap: NDArray[np.float64]
) -> Plan:
    """Return the plan of rows between given ones and the mean of their class.

    Where a row has a gap, its part in the mean is that of the row `full`.
    """
    n = len(members)
    mean = Mean(np.array([full]), np.array([0, n]), members, np.full(n, 1 / n))
    ends = np.column_stack([rows, np.full(len(rows), n_rows)])
    weights = np.column_stack([1 - gap, gap])
    starts = np.arange(len(rows) + 1) * 2
    between = Mean(rows, starts, ends.ravel(), weights.ravel())
    return Plan(n_rows, (mean, between), n_rows + 1 + np.arange(len(rows)))
