"""ProWSyn: the nearer a rare row is to its foes, the more new rows it gets."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from poise.core.errors import NothingToDoWarning, warn
from poise.core.plan.recipes import Ids, Recipe, Segment
from poise.core.sampling.allocation import by_shares
from poise.core.sampling.parameters import COUNT, KINDS, N_JOBS, RANDOM, SPACE
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import OverSampler


class ProWSyn(OverSampler):
    """Over-sample with weights that fall with the distance from the other classes.

    The rows of a class that are among the `k_neighbors` nearest of any foe are its first level.
    Without them the next level is found, and so on; the last of `n_levels` has the rest. A row of
    level l weighs exp(-theta (l - 1)) and gets its share of the new rows, each on the segment to a
    drawn row of the same level.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    k_neighbors : int, default=5
        How many nearest rows of the class each foe puts into a level.
    n_levels : int, default=5
        How many levels there are.
    theta : float, default=1.0
        How fast weights fall from level to level; 0 weighs all alike.
    categorical_features : "auto", "all", list of names or positions, or mask, default="auto"
        Columns that are categories whatever their dtype; see `SMOTE`.
    column_kinds : dict or None, default=None
        Kinds of columns by name or position; see `SMOTE`.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        Where neighbours are searched; see `SMOTE`.
    n_jobs : int or None, default=None
        Threads of the search; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Seed, partner and gap of each new row; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Rows added by label.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Warns
    -----
    NothingToDoWarning
        When no level of a class has two rows; the class then stays as it is.

    Notes
    -----
    One search for each foe and level among the rows of the class that are left. A level with one row
    gives none: it has nobody to be blended with. The paper is not exact on where partners come from;
    they are of the row's own level, as in the comparison of [2]_.

    References
    ----------
    .. [1] Barua, S., Islam, M. M. and Murase, K. (2013). ProWSyn: Proximity weighted synthetic
       oversampling technique for imbalanced data set learning. PAKDD 2013, 317-328.
    .. [2] Kovács, G. (2019). An empirical comparison and evaluation of minority oversampling
       techniques on a large number of imbalanced datasets. Applied Soft Computing 83, 105662: second
       of 85 methods there.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import ProWSyn
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = ProWSyn(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM
        | N_JOBS
        | KINDS
        | SPACE
        | {
            "k_neighbors": COUNT,
            "n_levels": COUNT,
            "theta": [Interval(Real, 0, None, closed="left")],
        }
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: int = 5,
        n_levels: int = 5,
        theta: float = 1.0,
        categorical_features: Any = "auto",
        column_kinds: Any = None,
        neighbor_space: Any = "raw",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.n_levels = n_levels
        self.theta = theta
        self.categorical_features = categorical_features
        self.column_kinds = column_kinds
        self.neighbor_space = neighbor_space
        self.n_jobs = n_jobs

    def _grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | None:
        levels = proximity_levels(problem, code, self.k_neighbors, self.n_levels)
        # Counted from the first level that can give: the weights' ratios stay, and do not underflow.
        giving = [(number, rows) for number, rows in enumerate(levels) if len(rows) > 1]
        if not giving:
            warn(
                f"ProWSyn adds no rows to class {problem.labels.classes[code]!r}: none of its "
                f"{len(levels)} levels has two rows. Raise k_neighbors, lower n_levels, or use SMOTE.",
                NothingToDoWarning,
            )
            return None
        weights = [
            np.full(len(rows), np.exp(-self.theta * (number - giving[0][0])))
            for number, rows in giving
        ]
        on_each = by_shares(n_rows, np.concatenate(weights))
        ends = np.cumsum([len(rows) for _, rows in giving])[:-1]
        parts = [
            _within(rows, shares, rng)
            for (_, rows), shares in zip(giving, np.split(on_each, ends), strict=True)
        ]
        seed, partner = (np.concatenate(part) for part in zip(*parts, strict=True))
        return Segment(seed, partner, rng.uniform(size=n_rows))


def proximity_levels(problem: Problem, code: int, k: int, n_levels: int) -> list[Ids]:
    """Return the rows of a class, by how near they are to those of the others.

    Parameters
    ----------
    problem : Problem
    code : int
    k : int
        How many nearest rows of the class each foe puts into a level.
    n_levels : int

    Returns
    -------
    list of ndarray of intp
        Nearest first; at most `n_levels`, the last with all that are left.
    """
    enemies = problem.values[problem.labels.codes != code]
    left = problem.labels.members(code)
    levels: list[Ids] = []
    while len(left) > k and len(levels) < n_levels - 1:
        found = problem.index_of(left, as_all=True).nearest(enemies, k).rows
        is_near = np.zeros(len(left), dtype=bool)
        is_near[found[found >= 0]] = True
        if not is_near.any():  # foes that know no column in common with these rows
            break
        levels.append(left[is_near])
        left = left[~is_near]
    return [*levels, left] if len(left) else levels


def _within(rows: Ids, on_each: Ids, rng: np.random.RandomState) -> tuple[Ids, Ids]:
    """Return each row so many times, with another of the rows, drawn."""
    seed = np.repeat(np.arange(len(rows)), on_each)
    other = rng.randint(1, len(rows), size=len(seed))
    return rows[seed], rows[(seed + other) % len(rows)]
