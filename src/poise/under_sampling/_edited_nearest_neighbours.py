"""Edited nearest neighbours: rows go that their neighbours would not vote for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import StrOptions

from poise.core import parameters
from poise.core.neighbors import NeighborEstimator, count_of, estimator_of
from poise.core.problem import Problem
from poise.core.recipes import Ids
from poise.core.resampler import Cleaner, Rows, refuse_too_small_a_table


class EditedNearestNeighbours(Cleaner):
    """Remove rows whose nearest others are of other classes.

    "all" keeps a row when at least k rows of its class are strictly nearer than its nearest
    row of another class. "mode" removes it when, in some order of equally distant rows, another
    class outvotes its own among the first k; its own class wins an even vote. Both are rules on
    values alone: the order of the rows cannot change what is removed.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes lose rows: "auto" (all but the smallest), "majority", "not minority",
        "not majority", "all", a list of labels, or a function of y.
    n_neighbors : int or neighbour object, default=3
        How many nearest others vote. An object with `fit` and `kneighbors` is cloned and asked
        for its `n_neighbors` others.
    kind_sel : {"all", "mode"}, default="all"
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

    Raises
    ------
    TooFewRowsError
        When the table has no more than `n_neighbors` rows.

    Warns
    -----
    VanishingClassWarning
        When a class loses all of its rows.

    Notes
    -----
    One search of all rows for each row of the classes cleaned.

    References
    ----------
    .. [1] Wilson, D. L. (1972). Asymptotic properties of nearest neighbor rules using edited
       data. IEEE Transactions on Systems, Man, and Cybernetics 2, 408-421.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.under_sampling import EditedNearestNeighbours
    >>> X = np.array([[0.0], [1.0], [3.0], [8.0], [9.0]])
    >>> enn = EditedNearestNeighbours(n_neighbors=1)
    >>> enn.fit_resample(X, [0, 0, 0, 0, 1])[0].ravel().tolist()
    [0.0, 1.0, 3.0, 9.0]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        parameters.SHARED
        | parameters.SPACE
        | parameters.N_JOBS
        | {
            "n_neighbors": parameters.NEIGHBORS,
            "kind_sel": [StrOptions({"all", "mode"})],
        }
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        n_neighbors: Any = 3,
        kind_sel: str = "all",
        column_kinds: Any = None,
        neighbor_space: Any = "raw",
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.n_neighbors = n_neighbors
        self.kind_sel = kind_sel
        self.column_kinds = column_kinds
        self.neighbor_space = neighbor_space
        self.n_jobs = n_jobs

    def _remove(self, problem: Problem, codes: list[int]) -> Rows:
        k = count_of(self.n_neighbors)
        refuse_too_small_a_table("EditedNearestNeighbours", problem, "n_neighbors", k)
        codes_of_rows = problem.labels.codes
        rows = np.flatnonzero(np.isin(codes_of_rows, codes))
        has_lost = has_a_foe_too_near if self.kind_sel == "all" else is_outvoted
        removed = np.zeros(problem.n_rows, dtype=bool)
        for part, voters in _voters(problem, rows, k, estimator_of(self.n_neighbors)):
            removed[part] = has_lost(codes_of_rows[part], voters, k)
        return removed


class Voters(NamedTuple):
    """The others that may vote on each row: all up to the k-th distance that can matter.

    Attributes
    ----------
    classes : ndarray of shape (n, length), intp
        -1 where there is nobody: rows that know no column in common do not vote.
    distances : ndarray of shape (n, length), float64
        Those beyond the k-th distance have no vote.
    kth : ndarray of shape (n, 1), float64
        Distance of the k-th nearest other.
    """

    classes: Ids
    distances: NDArray[np.float64]
    kth: NDArray[np.float64]


def _voters(
    problem: Problem, rows: Ids, k: int, estimator: NeighborEstimator | None
) -> Iterator[tuple[Ids, Voters]]:
    """Yield rows with their voters."""
    index = problem.index if estimator is None else problem.index_of(None, estimator)
    found = index.nearest_others(rows, min(k + 1, problem.n_rows - 1))
    kth = found.distances[:, [k - 1]]
    is_tied = ((found.distances[:, k:] == kth) & (found.rows[:, k:] >= 0)).any(axis=1)
    near = found.rows[~is_tied, :k]
    classes = np.where(near >= 0, problem.labels.codes[near], -1)
    yield rows[~is_tied], Voters(classes, found.distances[~is_tied, :k], kth[~is_tied])
    if is_tied.any():
        yield rows[is_tied], _voters_by_class(problem, rows[is_tied], kth[is_tied], k, estimator)


def _voters_by_class(
    problem: Problem,
    rows: Ids,
    kth: NDArray[np.float64],
    k: int,
    estimator: NeighborEstimator | None,
) -> Voters:
    """Return the k nearest of every class: of one class, more than k votes never matter."""
    parts = []
    for code in range(len(problem.labels.classes)):
        members = problem.labels.members(code)
        index = problem.index_of(members, estimator, as_all=True)
        distances = np.full((len(rows), k), np.inf)
        is_own = problem.labels.codes[rows] == code
        others, foes = min(k, len(members) - 1), min(k, len(members))
        if others and is_own.any():
            own = np.searchsorted(members, rows[is_own])
            distances[is_own, :others] = index.nearest_others(own, others).distances
        if not is_own.all():
            points = problem.values[rows[~is_own]]
            distances[~is_own, :foes] = index.nearest(points, foes).distances
        parts.append(distances)
    classes = np.repeat(np.arange(len(parts)), k)
    shape = len(rows), len(classes)
    return Voters(np.broadcast_to(classes, shape), np.concatenate(parts, axis=1), kth)


def has_a_foe_too_near(own: Ids, voters: Voters, k: int) -> Rows:  # noqa: ARG001  # as is_outvoted
    """Tell which rows do not have k of their class strictly nearer than their nearest foe.

    Parameters
    ----------
    own : ndarray of shape (n,)
        Class of each row.
    voters : Voters
    k : int
    """
    # k of the class are nearer exactly when all up to the k-th distance are of the class.
    is_foe = (voters.classes != own[:, np.newaxis]) & (voters.classes >= 0)
    return (is_foe & (voters.distances <= voters.kth)).any(axis=1)


def is_outvoted(own: Ids, voters: Voters, k: int) -> Rows:
    """Tell which rows another class outvotes among k, in some order of equally distant rows.

    Takes what `has_a_foe_too_near` takes.
    """
    is_sure, is_tied = voters.distances < voters.kth, voters.distances == voters.kth
    places = k - is_sure.sum(axis=1)
    is_own = voters.classes == own[:, np.newaxis]
    is_foe = ~is_own & (voters.classes >= 0)
    tied_foes = (is_tied & is_foe).sum(axis=1)
    # The order that is worst for a row fills the open places with foes first.
    own_votes = (is_sure & is_own).sum(axis=1) + np.maximum(places - tied_foes, 0)
    outvoted = np.zeros(len(own), dtype=bool)
    for foe in np.unique(voters.classes[voters.classes >= 0]):
        is_of_foe = (voters.classes == foe) & is_foe
        votes = (is_sure & is_of_foe).sum(axis=1)
        votes += np.minimum((is_tied & is_of_foe).sum(axis=1), places)
        outvoted |= votes > own_votes
    return outvoted
