"""Condensing: of a larger class, only the rows that a nearest neighbour rule needs."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import distances_between
from poise.core.neighbors.tomek import in_links
from poise.core.plan.recipes import Ids
from poise.core.sampling.editing import Mask
from poise.core.sampling.parameters import COUNT, N_JOBS, RANDOM, SPACE
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Cleaner


class CondensedNearestNeighbour(Cleaner):
    """Keep of each larger class the rows that are needed to classify the others of it.

    The store starts with the smallest class and `n_seeds_S` rows drawn from the class. A row of
    the class that the `n_neighbors` nearest rows of the store get wrong joins it; the class is gone
    through until the store gets every row right (Hart's rule). An even vote, and an equal distance,
    go to the row's own class.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes lose rows: "auto" (all but the smallest), "majority", "not minority",
        "not majority", "all", a list of labels, or a function of y.
    random_state : int, RandomState or None, default=None
        Seed of the draw; None draws anew each time.
    n_neighbors : int, default=1
        How many nearest rows of the store vote.
    n_seeds_S : int, default=1
        How many rows of each class the store starts with.
    column_kinds : dict or None, default=None
        Kinds of columns by name or position; see `poise.over_sampling.SMOTE`.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        Where neighbours are searched; see `poise.over_sampling.SMOTE`.
    n_jobs : int or None, default=None
        Threads of the search; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
    sampling_strategy_ : dict
        Rows kept of each class that may lose some, by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row of each output row, in input order.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Notes
    -----
    A search for each row of a class among the smallest, then O(n_c d) for each row that joins: no
    classifier is fitted. The result depends on the order of the rows, as the rule does.

    References
    ----------
    .. [1] Hart, P. (1968). The condensed nearest neighbor rule. IEEE Transactions on Information
       Theory 14, 515-516.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.under_sampling import CondensedNearestNeighbour
    >>> X, y = make_classification(weights=[0.8], random_state=0)
    >>> len(CondensedNearestNeighbour(random_state=0).fit_resample(X, y)[0])
    35
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM | SPACE | N_JOBS | {"n_neighbors": COUNT, "n_seeds_S": COUNT}
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        n_neighbors: int = 1,
        n_seeds_S: int = 1,
        column_kinds: Any = None,
        neighbor_space: Any = "raw",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.n_neighbors = n_neighbors
        self.n_seeds_S = n_seeds_S
        self.column_kinds = column_kinds
        self.neighbor_space = neighbor_space
        self.n_jobs = n_jobs

    def _remove(self, problem: Problem, codes: list[int], rng: np.random.RandomState) -> Mask:
        smallest = int(problem.labels.counts.argmin())
        removed = np.zeros(problem.n_rows, dtype=bool)
        for code in codes:
            members = problem.labels.members(code)
            seeds = seeds_of(members, self.n_seeds_S, rng)
            if code == smallest:
                continue
            enemies = problem.index_of(problem.labels.members(smallest), as_all=True)
            rank = ranks(self.n_neighbors)
            kept = condensed(problem, members, np.searchsorted(members, seeds), enemies, rank)
            removed[np.delete(members, kept)] = True
        return removed


class OneSidedSelection(Cleaner):
    """Drop the rows of each larger class that are far from the border, then clean Tomek links.

    Of a class, `n_seeds_S` rows drawn and the rows that the `n_neighbors` nearest of the smallest class
    and these seeds get wrong are kept; then the kept rows of the classes cleaned that are in Tomek
    links go.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes lose rows: "auto" (all but the smallest), "majority", "not minority",
        "not majority", "all", a list of labels, or a function of y.
    random_state : int, RandomState or None, default=None
        Seed of the draw; None draws anew each time.
    n_neighbors : int, default=1
        How many nearest rows vote.
    n_seeds_S : int, default=1
        How many rows of each class are drawn.
    column_kinds : dict or None, default=None
        Kinds of columns by name or position; see `poise.over_sampling.SMOTE`.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        Where neighbours are searched; see `poise.over_sampling.SMOTE`.
    n_jobs : int or None, default=None
        Threads of the search; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
    sampling_strategy_ : dict
        Rows kept of each class that may lose some, by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row of each output row, in input order.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Notes
    -----
    Two searches for each row of a class, and Tomek links of what is left.

    References
    ----------
    .. [1] Kubat, M. and Matwin, S. (1997). Addressing the curse of imbalanced training sets:
       one-sided selection. ICML 1997, 179-186.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.under_sampling import OneSidedSelection
    >>> X, y = make_classification(weights=[0.8], random_state=0)
    >>> len(OneSidedSelection(random_state=0).fit_resample(X, y)[0])
    62
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        CondensedNearestNeighbour._parameter_constraints
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        n_neighbors: int = 1,
        n_seeds_S: int = 1,
        column_kinds: Any = None,
        neighbor_space: Any = "raw",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.n_neighbors = n_neighbors
        self.n_seeds_S = n_seeds_S
        self.column_kinds = column_kinds
        self.neighbor_space = neighbor_space
        self.n_jobs = n_jobs

    def _remove(self, problem: Problem, codes: list[int], rng: np.random.RandomState) -> Mask:
        smallest = int(problem.labels.counts.argmin())
        is_kept = np.ones(problem.n_rows, dtype=bool)
        rank = ranks(self.n_neighbors)
        for code in codes:
            members = problem.labels.members(code)
            seeds = seeds_of(members, self.n_seeds_S, rng)
            if code == smallest:
                continue
            enemies = problem.index_of(problem.labels.members(smallest), as_all=True)
            own = problem.index_of(seeds, as_all=True)
            to_enemy = _distance_to(enemies, problem.values[members], rank.enemy)
            to_own = _distance_to(own, problem.values[members], rank.own)
            is_kept[members] = (to_enemy < to_own) | np.isin(members, seeds)
        left = np.flatnonzero(is_kept)
        index = problem.index_of(left, as_all=True)
        links = left[in_links(index, problem.labels.codes[left])]
        is_kept[links[np.isin(problem.labels.codes[links], codes)]] = False
        return ~is_kept


def seeds_of(members: Ids, n_seeds: int, rng: np.random.RandomState) -> Ids:
    """Return rows drawn from a class; one that is drawn twice is there once."""
    # Drawn with replacement, as in imbalanced-learn.
    return np.unique(members[rng.randint(0, len(members), size=n_seeds)])


class Ranks(NamedTuple):
    """Of k voters, which nearest foe must be nearer than which nearest own row to win the vote."""

    own: int
    enemy: int


def ranks(k: int) -> Ranks:
    """Return which ranks decide a vote of k of two classes; an even vote is for the own class.

    Examples
    --------
    >>> ranks(1), ranks(4)
    (Ranks(own=1, foe=1), Ranks(own=2, foe=3))
    """
    return Ranks((k + 1) // 2, k // 2 + 1)


def _distance_to(index: Index, points: Any, rank: int) -> NDArray[np.float64]:
    """Return the distance of points to their rank-th nearest row; infinity where there is none."""
    if index.n_rows < rank:
        return np.full(points.shape[0], np.inf)
    return index.nearest(points, rank).distances[:, -1]


def _with_one_more(
    nearest: NDArray[np.float64], further: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the smallest distances of each row, ascending, when each has one more."""
    if nearest.shape[1] == 1:
        return np.minimum(nearest, further[:, np.newaxis])
    return np.sort(np.column_stack([nearest, further]), axis=1)[:, :-1]


def condensed(problem: Problem, members: Ids, seeds: Ids, enemies: Index, rank: Ranks) -> Ids:
    """Return which of a class's rows, counted in it, are in the store when nothing joins any more.

    Parameters
    ----------
    problem : Problem
    members : ndarray of intp
        Rows of the class.
    seeds : ndarray of intp
        Those in the store from the start, counted in the class.
    enemies : Index
        The smallest class, all of it in the store.
    rank : Ranks
    """
    # By columns, so that a row's distance to all others is added up along memory.
    values, measure = problem.values[members], enemies.measure
    values = values if measure.is_partial or problem.is_sparse else np.asfortranarray(values)
    to_enemy = _distance_to(enemies, values, rank.enemy)
    # Of every row, its nearest rows of its class in the store, as many as the vote looks at.
    to_own = np.full((len(members), rank.own), np.inf)
    is_stored = np.zeros(len(members), dtype=bool)
    waiting, start = list(seeds), 0
    while True:
        for row in waiting:
            is_stored[row] = True
            further = distances_between(values[[row]], values, measure)[0]
            to_own = _with_one_more(to_own, further)
        # Distances to the store only shrink, so a row that is right stays right: one pass is
        # Hart's rule.
        is_wrong = (to_enemy < to_own[:, -1]) & ~is_stored
        ahead = np.flatnonzero(is_wrong[start:])
        if not len(ahead):
            return np.flatnonzero(is_stored)
        waiting = [start + int(ahead[0])]
        start = waiting[0] + 1
