"""SMOTE and Borderline-SMOTE: new rows between a row and one of its nearest neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import StrOptions

from poise.core import parameters
from poise.core.errors import NothingToDoWarning, warn
from poise.core.neighbors import Index, count_of, estimator_of
from poise.core.recipes import Ids, Recipe, Segment
from poise.core.resampler import (
    OverSampler,
    Problem,
    refuse_too_few,
    refuse_too_small_a_table,
)

_INSTEAD = "RandomOverSampler"


class SMOTE(OverSampler):
    """Over-sample by interpolating between rows of a class and their nearest neighbours.

    A new row lies on the segment from a row of the class to one of its k nearest others of the
    same class, at a uniformly drawn gap; one gap serves all columns.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what: "auto" (all but the largest, to its size),
        "minority", "not minority", "not majority", "all"; a ratio of the smaller to the larger
        of two classes; ``{label: rows wanted}``; or a function of y that returns such a
        dictionary.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    k_neighbors : int or neighbour object, default=5
        How many nearest others a partner is drawn from. An object with `fit` and `kneighbors`,
        such as ``sklearn.neighbors.NearestNeighbors(metric="manhattan")``, is cloned and asked
        for its `n_neighbors` others.
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

    Raises
    ------
    TooFewRowsError
        When a class that grows has no more than `k_neighbors` rows.
    InputError
        For columns that are no finite numbers, or fewer rows asked for than there are.

    Notes
    -----
    The draws need only the class's size, so they come first, and only the rows that were drawn
    are searched: one search for each distinct seed, then O(m d) for m new rows.
    Integer columns are rounded to the nearest whole number, half to even.

    References
    ----------
    .. [1] Chawla, N. V., Bowyer, K. W., Hall, L. O. and Kegelmeyer, W. P. (2002). SMOTE:
       Synthetic Minority Over-sampling Technique. JAIR 16, 321-357.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.over_sampling import SMOTE
    >>> X = np.arange(12.0).reshape(6, 2)
    >>> smote = SMOTE(k_neighbors=1, random_state=0)
    >>> X_new, y_new = smote.fit_resample(X, [0, 0, 0, 0, 1, 1])
    >>> y_new
    [0, 0, 0, 0, 1, 1, 1, 1]
    >>> smote.plan_.lineage().seed[-2:].tolist()
    [4, 5]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        parameters.RANDOM | parameters.N_JOBS | {"k_neighbors": parameters.NEIGHBORS}
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.n_jobs = n_jobs

    def _grow(self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState) -> Recipe:
        k = count_of(self.k_neighbors)
        refuse_too_few("SMOTE", problem, code, "k_neighbors", k, _INSTEAD)
        members = problem.labels.members(code)
        index = problem.index_of(members, estimator_of(self.k_neighbors))
        everyone = np.arange(len(members))
        return between_neighbors(everyone, within(index, k), k, n_rows, rng).moved(members)


class BorderlineSMOTE(OverSampler):
    """SMOTE from the rows of a class that are in danger: mostly, but not all, among foes.

    A row is in danger when at least half, but not all, of its m nearest others are of other
    classes. "borderline-1" takes partners from the class; "borderline-2" from all rows, going
    at most half of the way to a partner of another class.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    k_neighbors : int or neighbour object, default=5
        How many nearest others a partner is drawn from.
    m_neighbors : int or neighbour object, default=10
        How many nearest others decide whether a row is in danger.
    kind : {"borderline-1", "borderline-2"}, default="borderline-1"
    n_jobs : int or None, default=None
        Threads of the search; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Seed, partner and gap of each new row; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Rows added by label, as asked for; a class without danger rows gets none.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Raises
    ------
    TooFewRowsError
        When a class that grows has no more than `k_neighbors` rows, or the table no more than
        `m_neighbors`.

    Warns
    -----
    NothingToDoWarning
        When no row of a class is in danger; the class then stays as it is.

    Notes
    -----
    One search of all rows for each row of the classes that grow, one in the class for each
    danger row drawn. As in imbalanced-learn, a gap of "borderline-2" toward a foe is the
    product of U(0, 1) and U(0, 0.5); the paper draws U(0, 0.5).

    References
    ----------
    .. [1] Han, H., Wang, W.-Y. and Mao, B.-H. (2005). Borderline-SMOTE: a new over-sampling
       method in imbalanced data sets learning. ICIC 2005, 878-887.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import BorderlineSMOTE
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = BorderlineSMOTE(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        parameters.RANDOM
        | parameters.N_JOBS
        | {
            "k_neighbors": parameters.NEIGHBORS,
            "m_neighbors": parameters.NEIGHBORS,
            "kind": [StrOptions({"borderline-1", "borderline-2"})],
        }
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        m_neighbors: Any = 10,
        kind: str = "borderline-1",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.m_neighbors = m_neighbors
        self.kind = kind
        self.n_jobs = n_jobs

    def _grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | None:
        k, m = count_of(self.k_neighbors), count_of(self.m_neighbors)
        refuse_too_few("BorderlineSMOTE", problem, code, "k_neighbors", k, _INSTEAD)
        refuse_too_small_a_table("BorderlineSMOTE", problem, "m_neighbors", m)
        members, codes = problem.labels.members(code), problem.labels.codes
        index = _index_of_all(problem, self.m_neighbors)
        around = index.nearest_others(members, m).rows
        danger = np.flatnonzero(is_in_danger(codes[around] != code))
        if not len(danger):
            _warn_of_no_danger(problem, code, m)
            return None
        if self.kind == "borderline-1":
            in_class = problem.index_of(members, estimator_of(self.k_neighbors))
            return between_neighbors(danger, within(in_class, k), k, n_rows, rng).moved(members)
        everywhere = _index_of_all(problem, self.k_neighbors)
        segments = between_neighbors(members[danger], within(everywhere, k), k, n_rows, rng)
        return shortened_to_foes(segments, codes[segments.partner] != code, rng)


def _index_of_all(problem: Problem, neighbors: Any) -> Index:
    estimator = estimator_of(neighbors)
    return problem.index if estimator is None else problem.index_of(None, estimator)


def _warn_of_no_danger(problem: Problem, code: int, m: int) -> None:
    warn(
        f"BorderlineSMOTE adds no rows to class {problem.labels.classes[code]!r}: none of its "
        f"rows is in danger (at least half, but not all, of m_neighbors={m} nearest rows of "
        "other classes). The class is well apart, or all noise; try another m_neighbors, or SMOTE.",
        NothingToDoWarning,
    )


def within(index: Index, k: int) -> Callable[[Ids], Ids]:
    """Return the function from rows of an index to their k nearest others."""
    return lambda rows: index.nearest_others(rows, k).rows


def between_neighbors(
    seeds: Ids,
    neighbors_of: Callable[[Ids], Ids],
    k: int,
    n_rows: int,
    rng: np.random.RandomState,
) -> Segment:
    """Draw rows between seeds and one of each seed's k neighbours.

    Only the seeds that were drawn are searched.

    Parameters
    ----------
    seeds : ndarray of shape (n_seeds,), intp
        Rows that may be a seed, each with the same chance.
    neighbors_of : callable
        From rows of shape (q,) to their neighbours of shape (q, k).
    k, n_rows : int
    rng : RandomState
        Draws `n_rows` of n_seeds * k pairs at once, then the gaps.
    """
    pair = rng.randint(0, len(seeds) * k, size=n_rows)
    position = pair // k
    column = pair - position * k
    gap = rng.uniform(size=n_rows)
    is_drawn = np.zeros(len(seeds), dtype=bool)
    is_drawn[position] = True
    among_drawn = np.cumsum(is_drawn) - 1
    table = neighbors_of(seeds[is_drawn])
    return Segment(seeds[position], table[among_drawn[position], column], gap)


def is_in_danger(is_foe: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which rows are in danger, from a mask of shape (n, m) of foes among neighbours.

    Examples
    --------
    >>> is_in_danger(np.array([[True, True], [True, False], [False, False]])).tolist()
    [False, True, False]
    """
    # Han et al. 2005, step 2: m/2 <= foes < m; a row among foes alone is noise.
    n_foes, m = is_foe.sum(axis=1), is_foe.shape[1]
    return (2 * n_foes >= m) & (n_foes < m)


def shortened_to_foes(
    segments: Segment, is_foe: NDArray[np.bool_], rng: np.random.RandomState
) -> Segment:
    """Return segments that go less than half of the way to a partner of another class."""
    reach = np.ones(len(segments))
    reach[is_foe] = rng.uniform(0.0, 0.5, size=int(is_foe.sum()))
    return Segment(segments.seed, segments.partner, segments.gap, reach)
