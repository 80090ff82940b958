"""Edited nearest neighbours, once or repeated: remove rows that disagree with their neighbours."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from poise.core.neighbors.parameter import count_of, estimator_of
from poise.core.sampling.allocation import Counts
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.editing import Judge, Mask, lost_to_neighbors
from poise.core.sampling.fitted import neighbors_object
from poise.core.sampling.parameters import (
    BOOLEAN,
    COUNT,
    NEIGHBORS,
    fitted,
    one_of,
    parameter,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Cleaner, mask_of
from poise.core.sampling.rules import VoteRule
from poise.core.types import Agreement, KNeighbors, choices

# Extra neighbours to search for each row: they replace those that earlier passes remove.
_SPARE = 12  # no mutant: speed alone


@sampler
class EditedNearestNeighbours(Cleaner):
    """Remove rows whose nearest neighbours belong to other classes.

    With k = `n_neighbors`, "all" keeps a row if at least k rows of its class are strictly nearer
    than its nearest row of another class. "mode" removes a row if another class has more of the k
    nearest neighbours than its own class. If several neighbours are equally distant, so that there
    are several choices of the k nearest, one such choice is enough. Both rules depend on the values
    only: the order of the rows cannot change which rows are removed.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes may lose rows: "auto" (all but the smallest), "majority", "not minority",
        "not majority", "all", a list of labels, or a function of y that returns such a list.
    n_neighbors : int or neighbour object, default=3
        Number of nearest neighbours. An object with `fit` and `kneighbors` is cloned and searches
        its own number of neighbours, not counting the row itself.
    kind_sel : {"all", "mode"}, default="all"
        Which rule decides; see above.
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
    nn_ : neighbour object
        With one neighbour more than `n_neighbors`; not fitted.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If the table has `n_neighbors` rows or fewer.

    Warns
    -----
    VanishingClassWarning
        If a class loses all of its rows.

    Notes
    -----
    Cost: about one neighbour search in the whole table for each row of the classes to be cleaned; usually
    less with up to four classes, where a search for a near row of another class decides most rows.

    References
    ----------
    .. [1] Wilson, D. L. (1972). Asymptotic properties of nearest neighbor rules using edited
       data. IEEE Transactions on Systems, Man, and Cybernetics 2, 408-421.
       doi:10.1109/TSMC.1972.4309137

    Examples
    --------
    >>> import numpy as np
    >>> from poise.under_sampling import EditedNearestNeighbours
    >>> X = np.array([[0.0], [1.0], [3.0], [8.0], [9.0]])
    >>> enn = EditedNearestNeighbours(n_neighbors=1)
    >>> enn.fit_resample(X, [0, 0, 0, 0, 1])[0].ravel().tolist()
    [0.0, 1.0, 3.0, 9.0]
    """

    why_removed: ClassVar[str] = "its nearest neighbours are of other classes"

    n_neighbors: KNeighbors = parameter(default=3, allowed=NEIGHBORS)
    kind_sel: Agreement = parameter(default="all", allowed=one_of(*choices(Agreement)))

    nn_: Any = fitted()

    @property
    def rule(self) -> VoteRule:
        """Rows that their neighbours outvote."""
        k = count_of(self.n_neighbors)
        if self.kind_sel == "all":
            return VoteRule(k, rank=1, wanted=k, is_exact=True)
        return VoteRule(k, rank=k // 2 + 1, wanted=k - k // 2, is_exact=False)

    def remove(
        self,
        problem: Problem,
        codes: list[int],
        rng: np.random.RandomState,  # noqa: ARG002  # the rule is deterministic
    ) -> Mask:
        k = count_of(self.n_neighbors)
        check_larger_table(problem.method_name, problem.n_rows, "n_neighbors", k)
        rows = np.flatnonzero(np.isin(problem.labels.codes, codes))
        lost = lost_to_neighbors(
            problem, rows, self.rule, self.kind_sel, estimator_of(self.n_neighbors)
        )
        return mask_of(lost, problem.n_rows)

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:  # noqa: ARG002  # as in Resampler
        return {"nn_": neighbors_object(self.n_neighbors)}


@sampler
class RepeatedEditedNearestNeighbours(Cleaner):
    """Repeat edited nearest neighbours until no more rows are removed.

    The repetition also stops after `max_iter` passes, when a cleaned class has become smaller than
    the smallest class was at the start, and when a class has lost all of its rows.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes may lose rows: "auto" (all but the smallest), "majority", "not minority",
        "not majority", "all", a list of labels, or a function of y that returns such a list.
    n_neighbors : int or neighbour object, default=3
        Number of nearest neighbours; see `EditedNearestNeighbours`.
    max_iter : int, default=100
        Largest number of passes.
    kind_sel : {"all", "mode"}, default="all"
        Which rule decides; see `EditedNearestNeighbours`.
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
    n_iter_ : int
        Number of passes made, including the last one.
    nn_ : neighbour object
        With one neighbour more than `n_neighbors`; not fitted.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If the table has `n_neighbors` rows or fewer.

    Warns
    -----
    VanishingClassWarning
        If a class loses all of its rows.

    Notes
    -----
    Cost: one neighbour search in the whole table for each row of the classes to be cleaned. It
    finds more neighbours than one pass needs; a row is searched again only when too many of its
    neighbours have been removed.

    References
    ----------
    .. [1] Tomek, I. (1976). An experiment with the edited nearest-neighbor rule. IEEE Transactions on
       Systems, Man, and Cybernetics 6, 448-452.
       doi:10.1109/TSMC.1976.4309523

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.under_sampling import RepeatedEditedNearestNeighbours
    >>> X, y = make_classification(weights=[0.8], random_state=0)
    >>> sampler = RepeatedEditedNearestNeighbours()
    >>> len(sampler.fit_resample(X, y)[0]), sampler.n_iter_
    (93, 2)
    """

    why_removed: ClassVar[str] = "its nearest neighbours are of other classes, in one of the passes"

    n_neighbors: KNeighbors = parameter(default=3, allowed=NEIGHBORS)
    max_iter: int = parameter(default=100, allowed=COUNT)
    kind_sel: Agreement = parameter(default="all", allowed=one_of(*choices(Agreement)))

    nn_: Any = fitted()
    n_iter_: int = fitted()

    def remove(
        self,
        problem: Problem,
        codes: list[int],
        rng: np.random.RandomState,  # noqa: ARG002  # the rule is deterministic
    ) -> Mask:
        k = count_of(self.n_neighbors)
        check_larger_table(problem.method_name, problem.n_rows, "n_neighbors", k)
        rows = np.flatnonzero(np.isin(problem.labels.codes, codes))
        judge = Judge(problem, rows, k, estimator_of(self.n_neighbors), _SPARE)
        for n_iter in range(1, self.max_iter + 1):
            problem.found["n_iter_"] = n_iter
            lost = judge.lost(k, self.kind_sel)
            judge.is_there[lost] = False
            if not len(lost) or has_reversed_majority(problem, judge.is_there):
                break
        return ~judge.is_there

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:  # noqa: ARG002  # as in Resampler
        return problem.found | {"nn_": neighbors_object(self.n_neighbors)}


@sampler
class AllKNN(Cleaner):
    """Apply edited nearest neighbours with one neighbour, then two, up to `n_neighbors`.

    The method stops early when a cleaned class has become smaller than the smallest class was at
    the start (unless `allow_minority`), and when a class has lost all of its rows.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        Which classes may lose rows: "auto" (all but the smallest), "majority", "not minority",
        "not majority", "all", a list of labels, or a function of y that returns such a list.
    n_neighbors : int or neighbour object, default=3
        Number of nearest neighbours in the last pass; see `EditedNearestNeighbours`.
    kind_sel : {"all", "mode"}, default="all"
        Which rule decides; see `EditedNearestNeighbours`.
    allow_minority : bool, default=False
        Whether to continue when a class has become smaller than the smallest class was.
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
    nn_ : neighbour object
        With one neighbour more than `n_neighbors`; not fitted.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If the table has `n_neighbors` rows or fewer.

    Warns
    -----
    VanishingClassWarning
        If a class loses all of its rows.

    Notes
    -----
    Cost: one neighbour search in the whole table for each row of the classes to be cleaned. It
    finds more neighbours than one pass needs; a row is searched again only when too many of its
    neighbours have been removed. A neighbour object keeps its metric in every pass.

    References
    ----------
    .. [1] Tomek, I. (1976). An experiment with the edited nearest-neighbor rule. IEEE Transactions on
       Systems, Man, and Cybernetics 6, 448-452.
       doi:10.1109/TSMC.1976.4309523

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.under_sampling import AllKNN
    >>> X, y = make_classification(weights=[0.8], random_state=0)
    >>> len(AllKNN().fit_resample(X, y)[0])
    93
    """

    why_removed: ClassVar[str] = (
        "its nearest neighbours are of other classes, for one of the numbers of neighbours"
    )

    n_neighbors: KNeighbors = parameter(default=3, allowed=NEIGHBORS)
    kind_sel: Agreement = parameter(default="all", allowed=one_of(*choices(Agreement)))
    allow_minority: bool = parameter(default=False, allowed=BOOLEAN)

    nn_: Any = fitted()

    def remove(
        self,
        problem: Problem,
        codes: list[int],
        rng: np.random.RandomState,  # noqa: ARG002  # the rule is deterministic
    ) -> Mask:
        most = count_of(self.n_neighbors)
        check_larger_table(problem.method_name, problem.n_rows, "n_neighbors", most)
        rows = np.flatnonzero(np.isin(problem.labels.codes, codes))
        judge = Judge(problem, rows, most, estimator_of(self.n_neighbors), _SPARE)
        for k in range(1, most + 1):
            judge.is_there[judge.lost(k, self.kind_sel)] = False
            if has_reversed_majority(problem, judge.is_there, may_be_smallest=self.allow_minority):
                break
        return ~judge.is_there

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:  # noqa: ARG002  # as in Resampler
        return {"nn_": neighbors_object(self.n_neighbors)}


def has_reversed_majority(
    problem: Problem, is_there: Mask, *, may_be_smallest: bool = False
) -> bool:
    """Return whether a class is empty, or smaller than the smallest class was at the start.

    With `may_be_smallest`, only an empty class counts.
    """
    before = problem.labels.counts
    smallest = int(before.argmin())
    counts = np.bincount(problem.labels.codes[is_there], minlength=len(before))
    others = np.delete(counts, smallest)
    is_gone = bool((counts == 0).any())
    return is_gone or (not may_be_smallest and bool((others < before[smallest]).any()))
