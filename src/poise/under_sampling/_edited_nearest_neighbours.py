"""Edited nearest neighbours: rows go that their neighbours would not vote for."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from poise.core import parameters
from poise.core.neighbors import Neighbors, count_of, estimator_of
from poise.core.recipes import Ids
from poise.core.resampler import Cleaner, Problem, Rows, refuse_too_small_a_table


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
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.n_neighbors = n_neighbors
        self.kind_sel = kind_sel
        self.n_jobs = n_jobs

    def _remove(self, problem: Problem, codes: list[int]) -> Rows:
        k = count_of(self.n_neighbors)
        refuse_too_small_a_table("EditedNearestNeighbours", problem, "n_neighbors", k)
        estimator = estimator_of(self.n_neighbors)
        index = problem.index if estimator is None else problem.index_of(None, estimator)
        classes = problem.labels.codes
        rows = np.flatnonzero(np.isin(classes, codes))
        has_lost = has_a_foe_too_near if self.kind_sel == "all" else is_outvoted
        removed = np.zeros(problem.n_rows, dtype=bool)
        for positions, found in index.nearest_others_with_ties(rows, k):
            part = rows[positions]
            removed[part] = has_lost(classes[part], classes[found.rows], found, k)
        return removed


def has_a_foe_too_near(own: Ids, around: Ids, found: Neighbors, k: int) -> Rows:
    """Tell which rows do not have k of their class strictly nearer than their nearest foe.

    Parameters
    ----------
    own : ndarray of shape (n,)
        Class of each row.
    around : ndarray of shape (n, length)
        Classes of the nearest others, all that tie with the k-th included.
    found : Neighbors
        Their distances.
    k : int
    """
    # k of the class are nearer exactly when all up to the k-th distance are of the class.
    up_to_kth = found.distances <= found.distances[:, [k - 1]]
    return ((around != own[:, np.newaxis]) & up_to_kth).any(axis=1)


def is_outvoted(own: Ids, around: Ids, found: Neighbors, k: int) -> Rows:
    """Tell which rows another class outvotes among k, in some order of equally distant rows.

    Takes what `has_a_foe_too_near` takes.
    """
    kth = found.distances[:, [k - 1]]
    is_sure, is_tied = found.distances < kth, found.distances == kth
    places = k - is_sure.sum(axis=1)
    is_own = around == own[:, np.newaxis]
    tied_foes = (is_tied & ~is_own).sum(axis=1)
    # The order that is worst for a row fills the open places with foes first.
    own_votes = (is_sure & is_own).sum(axis=1) + np.maximum(places - tied_foes, 0)
    outvoted = np.zeros(len(own), dtype=bool)
    for foe in np.unique(around):
        is_foe = (around == foe) & ~is_own
        votes = (is_sure & is_foe).sum(axis=1)
        votes += np.minimum((is_tied & is_foe).sum(axis=1), places)
        outvoted |= votes > own_votes
    return outvoted
