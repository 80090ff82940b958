"""Condensing: keep the rows of a larger class that a nearest neighbour classifier needs."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from poise.core.errors import InputError, TooFewRowsError
from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import distances_between
from poise.core.neighbors.parameter import count_of
from poise.core.neighbors.tomek import in_links
from poise.core.plan.recipes import Ids
from poise.core.sampling.editing import Mask
from poise.core.sampling.parameters import (
    BOOLEAN,
    COUNT,
    RANDOM_STATE,
    fitted,
    instance_of,
    parameter,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Cleaner
from poise.core.types import KNeighbors, Seed

VOTERS = COUNT | instance_of(KNeighborsClassifier, "a KNeighborsClassifier")


@sampler
class CondensedNearestNeighbour(Cleaner):
    """Keep only the rows of each larger class that are needed to classify its other rows.

    The kept set (the "store" of the paper) starts with the smallest class and `n_seeds_S` random
    rows of the class to be reduced. The rows of that class are then visited in order: a row that
    the majority of its `n_neighbors` nearest rows in the store assigns to the smallest class joins
    the store. At the end, the store classifies every row of the class correctly (Hart's rule).
    Ties, of votes or of distances, count for the own class of the row.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes may lose rows: "auto" (all but the smallest), "majority", "not minority",
        "not majority", "all", a list of labels, or a function of y that returns such a list.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    n_neighbors : int or KNeighborsClassifier, default=1
        Number of nearest rows in the store that vote.
    n_seeds_S : int, default=1
        Number of random rows of each class that the store starts with.
    column_kinds : dict or None, default=None
        Column kinds, by column name or position; see `poise.over_sampling.SMOTE`.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are not searched, such as identifiers and names.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        How columns are scaled before distances are computed; see
        `poise.over_sampling.SMOTE`.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Which input rows are kept.
    sampling_strategy_ : dict
        Number of rows kept in each class that may lose rows, by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row number of each output row, in input order.
    estimators_ : list of KNeighborsClassifier
        One for each class that is reduced, fitted to its stored rows and the smallest class (not fitted
        if there are categories or missing values). Not in pickles.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Notes
    -----
    Cost: one neighbour search in the smallest class for each row of a class, then O(n_c d) for each
    row that joins the store, for n_c rows of the class and d columns. No classifier is fitted. The
    result depends on the order of the rows, by definition of the rule.

    References
    ----------
    .. [1] Hart, P. (1968). The condensed nearest neighbor rule. IEEE Transactions on Information
       Theory 14, 515-516.
       doi:10.1109/TIT.1968.1054155

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.under_sampling import CondensedNearestNeighbour
    >>> X, y = make_classification(weights=[0.8], random_state=0)
    >>> len(CondensedNearestNeighbour(random_state=0).fit_resample(X, y)[0])
    35
    """

    why_removed: ClassVar[str] = (
        "the nearest of the rows that stay is of its class, so it says nothing new"
    )

    random_state: Seed = parameter(default=None, allowed=RANDOM_STATE)
    shuffle: bool = parameter(default=False, allowed=BOOLEAN)
    n_neighbors: KNeighbors = parameter(default=1, allowed=VOTERS)

    estimators_: list[Any] = fitted()
    n_seeds_S: int = parameter(default=1, allowed=COUNT)  # noqa: N815  # imbalanced-learn\'s name
    holds_rows: ClassVar[frozenset[str]] = frozenset({"estimators_"})

    def remove(self, problem: Problem, codes: list[int], rng: np.random.RandomState) -> Mask:
        check_voters(problem, number_of_voters(self.n_neighbors))
        smallest = int(problem.labels.counts.argmin())
        removed = np.zeros(problem.n_rows, dtype=bool)
        for code in codes:
            members = problem.labels.members(code)
            start = starting_rows(members, self.n_seeds_S, rng)
            if code == smallest:
                continue
            enemies = problem.index_of(problem.labels.members(smallest), as_all=True)
            rank = ranks(number_of_voters(self.n_neighbors))
            kept = condensed(problem, members, np.searchsorted(members, start), enemies, rank)
            removed[np.delete(members, kept)] = True
            add_classifier(problem, members[kept], self.n_neighbors)
        return removed


@sampler
class OneSidedSelection(Cleaner):
    """Remove the rows of each larger class that are far from the border, then its Tomek links.

    Of each class to be reduced, `n_seeds_S` random rows are kept. Every other row of it is
    classified by its `n_neighbors` nearest rows among these and the smallest class; it is kept if
    the smallest class wins. Afterwards, kept rows of the reduced classes that form a Tomek link
    with a row of another class are removed.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes may lose rows: "auto" (all but the smallest), "majority", "not minority",
        "not majority", "all", a list of labels, or a function of y that returns such a list.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    n_neighbors : int or KNeighborsClassifier, default=1
        Number of nearest rows that vote.
    n_seeds_S : int, default=1
        Number of random rows of each class that are kept.
    column_kinds : dict or None, default=None
        Column kinds, by column name or position; see `poise.over_sampling.SMOTE`.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are not searched, such as identifiers and names.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        How columns are scaled before distances are computed; see
        `poise.over_sampling.SMOTE`.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Which input rows are kept.
    sampling_strategy_ : dict
        Number of rows kept in each class that may lose rows, by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row number of each output row, in input order.
    estimators_ : list of KNeighborsClassifier
        One for each class that is reduced, fitted to its stored rows and the smallest class (not fitted
        if there are categories or missing values). Not in pickles.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Notes
    -----
    Cost: two neighbour searches for each row of a class, and the Tomek links of the remaining rows.

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

    why_removed: ClassVar[str] = (
        "in a Tomek link, or the nearest of the rows that stay is of its class"
    )

    random_state: Seed = parameter(default=None, allowed=RANDOM_STATE)
    shuffle: bool = parameter(default=False, allowed=BOOLEAN)
    n_neighbors: KNeighbors = parameter(default=1, allowed=VOTERS)

    estimators_: list[Any] = fitted()
    n_seeds_S: int = parameter(default=1, allowed=COUNT)  # noqa: N815  # imbalanced-learn\'s name
    holds_rows: ClassVar[frozenset[str]] = frozenset({"estimators_"})

    def remove(self, problem: Problem, codes: list[int], rng: np.random.RandomState) -> Mask:
        check_voters(problem, number_of_voters(self.n_neighbors))
        smallest = int(problem.labels.counts.argmin())
        is_kept = np.ones(problem.n_rows, dtype=bool)
        rank = ranks(number_of_voters(self.n_neighbors))
        for code in codes:
            members = problem.labels.members(code)
            start = starting_rows(members, self.n_seeds_S, rng)
            if code == smallest:
                continue
            enemies = problem.index_of(problem.labels.members(smallest), as_all=True)
            own = problem.index_of(start, as_all=True)
            to_enemy = _distance_to(enemies, problem.values[members], rank.enemy)
            to_own = _distance_to(own, problem.values[members], rank.own)
            is_kept[members] = (to_enemy < to_own) | np.isin(members, start)
            add_classifier(problem, start, self.n_neighbors)
        left = np.flatnonzero(is_kept)
        index = problem.index_of(left, as_all=True)
        links = left[in_links(index, problem.labels.codes[left])]
        is_kept[links[np.isin(problem.labels.codes[links], codes)]] = False
        return ~is_kept


def number_of_voters(n_neighbors: Any) -> int:
    """Return the number of rows that vote: a number, or that of a KNeighborsClassifier.

    Raises
    ------
    InputError
        If the classifier has another metric or other weights than its defaults, which are not used.

    Examples
    --------
    >>> number_of_voters(KNeighborsClassifier(3))
    3
    """
    if isinstance(n_neighbors, KNeighborsClassifier):
        defaults = KNeighborsClassifier(n_neighbors.n_neighbors)
        if any(
            getattr(n_neighbors, name) != getattr(defaults, name)
            for name in ("metric", "p", "weights", "metric_params")
        ):
            raise InputError(
                f"n_neighbors={n_neighbors!r} has a metric or weights of its own, but only its number of "
                "neighbours is used. Pass a number, and neighbor_space= to change the distances."
            )
    return count_of(n_neighbors)


def check_voters(problem: Problem, k: int) -> None:
    """Raise TooFewRowsError if k rows cannot vote: the first vote is that of one row and the smallest class."""
    counts = problem.labels.counts
    smallest = int(counts.argmin())
    if k > counts[smallest] + 1:
        raise TooFewRowsError(
            f"{problem.method_name} cannot let n_neighbors={k} rows vote: the rows that vote first are those of the "
            f"smallest class, {problem.labels.classes[smallest]!r}, which has {counts[smallest]}, and one of another "
            f"class. Pass n_neighbors={counts[smallest] + 1} or less."
        )


def add_classifier(problem: Problem, stored: Ids, n_neighbors: Any) -> None:
    """Add to `estimators_` the classifier of a class: fitted to its stored rows and the smallest class.

    It is not fitted if the table holds categories or missing values.
    """
    labels = problem.labels
    rows = np.union1d(labels.members(int(labels.counts.argmin())), stored)
    classifier = KNeighborsClassifier(min(number_of_voters(n_neighbors), len(rows)))
    values = problem.values[rows]
    if not problem.n_categorical and (problem.is_sparse or not np.isnan(values).any()):
        classifier.fit(values, labels.take(rows).of_rows)
    problem.found.setdefault("estimators_", []).append(classifier)


def starting_rows(members: Ids, n_seeds: int, rng: np.random.RandomState) -> Ids:
    """Return the distinct rows among `n_seeds` random rows of a class."""
    # Drawn with replacement, as in imbalanced-learn.
    return np.unique(members[rng.randint(0, len(members), size=n_seeds)])


class Ranks(NamedTuple):
    """A row loses the vote if its `enemy`-th nearest enemy is nearer than its `own`-th own row.

    Own rows are those of its class, enemies those of the smallest class.
    """

    own: int
    enemy: int


def ranks(k: int) -> Ranks:
    """Return the ranks that decide a vote of k rows of two classes; a tie is for the own class.

    Examples
    --------
    >>> ranks(1), ranks(4)
    (Ranks(own=1, enemy=1), Ranks(own=2, enemy=3))
    """
    return Ranks((k + 1) // 2, k // 2 + 1)


def _distance_to(index: Index, points: Any, rank: int) -> NDArray[np.float64]:
    """Return the distance from each point to its rank-th nearest row; infinite if there is none."""
    if index.n_rows < rank:
        return np.full(points.shape[0], np.inf)
    return index.nearest(points, rank).distances[:, -1]


def _with_one_more(
    nearest: NDArray[np.float64], further: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the smallest distances per row, ascending, after one more distance is added."""
    if nearest.shape[1] == 1:
        return np.minimum(nearest, further[:, np.newaxis])
    return np.sort(np.column_stack([nearest, further]), axis=1)[:, :-1]


def condensed(problem: Problem, members: Ids, start: Ids, enemies: Index, rank: Ranks) -> Ids:
    """Return the positions, within a class, of the rows that end up in the store.

    Parameters
    ----------
    problem : Problem
    members : ndarray of intp
        Rows of the class.
    start : ndarray of intp
        Positions, within the class, of the rows that the store starts with.
    enemies : Index
        Search index of the smallest class, which is in the store as a whole.
    rank : Ranks
        See `ranks`.
    """
    # Column by column in memory: the distances of one row to all others add up column by column.
    values, measure = problem.values[members], enemies.measure
    if not (measure.is_partial or problem.is_sparse):  # no mutant: speed alone
        values = np.asfortranarray(values)
    to_enemy = _distance_to(enemies, values, rank.enemy)
    # Distances from every row to its nearest rows of its class in the store, as many as decide.
    to_own = np.full((len(members), rank.own), np.inf)
    is_stored = np.zeros(len(members), dtype=bool)
    joining, first = list(start), 0
    while True:
        for row in joining:
            is_stored[row] = True
            further = distances_between(values[[row]], values, measure)[0]
            to_own = _with_one_more(to_own, further)
        # Distances to the store only shrink, so a row that is classified correctly stays so: one
        # pass suffices for Hart's rule.
        is_wrong = (to_enemy < to_own[:, -1]) & ~is_stored
        ahead = np.flatnonzero(is_wrong[first:])
        if not len(ahead):
            return np.flatnonzero(is_stored)
        joining = [first + int(ahead[0])]
        first = joining[0] + 1
