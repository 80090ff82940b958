"""SVM-SMOTE: SMOTE that starts only from the support vectors of a class."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone
from sklearn.svm import SVC

from poise.core.errors import EstimatorError, InputError, NothingToDoWarning, warn
from poise.core.interrupts import fitted_in_process, interruptible
from poise.core.neighbors.parameter import count_of, estimator_of
from poise.core.plan.recipes import Ids, Recipe, Segment
from poise.core.sampling.allocation import Counts
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.draws import SeedNeighborPairs, concat_segments, draw, in_class, segment_of
from poise.core.sampling.few_rows import neighbors_to_search
from poise.core.sampling.fitted import neighbors_in_class, neighbors_object
from poise.core.sampling.parameters import (
    BOOLEAN,
    FEW_ROWS,
    N_JOBS,
    NEIGHBORS,
    NONE,
    SPACE,
    fitted,
    having,
    parameter,
    real,
    sampler,
)
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Needs, OverSampler
from poise.core.types import Classifier, FewRows, KNeighbors, SpaceName, Transformer

_ROWS_IN_PROCESS = 5_000  # fits of more take longer than to start a process


@sampler
class SVMSMOTE(OverSampler):
    """Over-sample from the support vectors of a class, inward or outward.

    The seed rows (the rows that new rows start from) are the support vectors of a classifier. A
    support vector is in danger if at least half, but not all, of its `m_neighbors` nearest
    neighbours belong to other classes; new rows then lie between it and a neighbour of its class
    (inward). It is safe if fewer than half do; new rows then lie on the other side of it, away from
    a neighbour of its class (outward), by at most `out_step` of the distance. It is not used if all
    of its neighbours belong to other classes. A random share, around one half, of the new rows
    starts from each kind; if there are no support vectors of one kind, all start from the other.

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
    k_neighbors : int or neighbour object, default=5
        Number of nearest neighbours of the seed row among which the partner is drawn.
    on_few_rows : {"raise", "fewer-neighbors", "copy"}, default="raise"
        What is done with a class of `k_neighbors` rows or fewer. "raise": TooFewRowsError; "fewer-neighbors":
        all of its other rows are the neighbours; "copy": its rows are copied at random. A class of one
        row is copied in both cases, and a warning names the classes.
    m_neighbors : int or neighbour object, default=10
        Number of nearest neighbours that decide whether a support vector is in danger or safe.
    svm_estimator : classifier with `support_`, optional
        Classifier whose support vectors are used; by default ``sklearn.svm.SVC()``.
    out_step : float, default=0.5
        Largest distance of a new row from a safe support vector, as a share of the distance
        between that vector and its neighbour.
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
        How columns are scaled before distances are computed; see `SMOTE`. The classifier
        is fitted on the unscaled values.
    within_groups : bool, default=False
        Whether the partner must belong to the group of the seed row; see `SMOTE`.
    n_jobs : int or None, default=None
        Number of threads; None uses every core that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Which rows each new row was made from; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows requested for each class, by label. A class for which no rows can be made (a warning
        says so) gets none.
    nn_k_ : neighbour object
        With one neighbour more than `k_neighbors`, because a row is its own nearest neighbour; fitted to
        the rows of the last class that grew, if all columns are complete numbers. Not in pickles.
    nn_m_ : neighbour object
        With one neighbour more than `m_neighbors`; not fitted.
    svm_estimator_ : classifier
        The fitted classifier; only set if a class grows. Not in pickles.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    TooFewRowsError
        If a class to be enlarged has `k_neighbors` rows or fewer, or the table has `m_neighbors`
        rows or fewer.
    InputError
        If a column is not numeric, or a value is missing.

    Warns
    -----
    NothingToDoWarning
        If no support vector of a class is safe or in danger; the class then stays as it is.

    Notes
    -----
    Cost: one fit of the classifier for all classes together (O(n^2 d) or more for n rows and d
    columns), one neighbour search in the whole table for each support vector, and one within the
    class for each distinct seed row.

    Ctrl-C is heard while the default classifier is fitted: above 5,000 rows this is done in a process of
    its own, which is then stopped. When it is heard with an `svm_estimator` of your own depends on that
    estimator: scikit-learn's support vector machines hear it after the fit.

    References
    ----------
    .. [1] Nguyen, H. M., Cooper, E. W. and Kamei, K. (2011). Borderline over-sampling for imbalanced
       data classification. IJKESDP 3, 4-21.
       doi:10.1504/IJKESDP.2011.039875

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import SVMSMOTE
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = SVMSMOTE(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    needs: ClassVar[Needs] = "numbers"

    @property
    def gap_range(self) -> tuple[float, float]:
        """New rows lie up to `out_step` beyond a safe support vector."""
        return -self.out_step, 1.0

    k_neighbors: KNeighbors = parameter(default=5, allowed=NEIGHBORS)
    on_few_rows: FewRows = parameter(default="raise", allowed=FEW_ROWS)
    m_neighbors: KNeighbors = parameter(default=10, allowed=NEIGHBORS)
    svm_estimator: Classifier | None = parameter(
        default=None, allowed=having("fit", "predict") | NONE
    )
    out_step: float = parameter(default=0.5, allowed=real(0, 1, closed="both"))
    neighbor_space: SpaceName | Transformer = parameter(default="raw", allowed=SPACE)
    within_groups: bool = parameter(default=False, allowed=BOOLEAN)
    n_jobs: int | None = parameter(default=None, allowed=N_JOBS)

    balances_groups: ClassVar[bool] = True
    few_rows_parameter: ClassVar[str | None] = "k_neighbors"
    nn_k_: Any = fitted()
    nn_m_: Any = fitted()
    svm_estimator_: Any = fitted()

    def grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | None:
        k = count_of(self.k_neighbors)
        k = neighbors_to_search(problem, code, "k_neighbors", k, self.on_few_rows)
        # Drawn for every class, as in imbalanced-learn, although the classifier is fitted once.
        svm_random_state = (
            int(rng.randint(np.iinfo(np.int32).max)) if self.svm_estimator is None else None
        )
        safe, danger = self._support(problem, code, svm_random_state)
        if not len(safe) and not len(danger):
            warn(
                f"SVMSMOTE adds no rows to class {problem.labels.classes[code]!r}: all neighbours of "
                "its support vectors belong to other classes. Use SMOTE.",
                NothingToDoWarning,
            )
            return None
        n_inward = int(rng.beta(10, 10) * (n_rows + 1))
        if not len(danger) or not len(safe):
            n_inward = n_rows if len(danger) else 0
        neighbors_of = in_class(problem, code, k, estimator_of(self.k_neighbors))
        parts = []
        for seeds, n, step in ((danger, n_inward, 1.0), (safe, n_rows - n_inward, -self.out_step)):
            if len(seeds):
                segment = segment_of(draw(SeedNeighborPairs(seeds, neighbors_of, k), n, rng))
                parts.append(Segment(segment.seed, segment.partner, step * segment.gap))
        return concat_segments(parts)

    def _support(self, problem: Problem, code: int, random_state: int | None) -> tuple[Ids, Ids]:
        """Return the safe support vectors of a class, and those in danger."""
        m = count_of(self.m_neighbors)
        check_larger_table(problem.method_name, problem.n_rows, "m_neighbors", m)
        codes = problem.labels.codes
        support = problem.cached("support", lambda: self._fitted_support(problem, random_state))
        support = support[codes[support] == code]
        index = problem.index_of(None, estimator_of(self.m_neighbors))
        n_enemies = problem.is_enemy(code)[index.nearest_others(support, m).rows].sum(axis=1)
        # Nguyen et al. 2011: a support vector with enemies alone around it is noise.
        return support[2 * n_enemies < m], support[(2 * n_enemies >= m) & (n_enemies < m)]

    def _fitted_support(self, problem: Problem, random_state: int | None) -> Ids:
        X, y = problem.moderate_numbers, problem.class_labels.of_rows
        if random_state is None:
            svm = clone(self.svm_estimator).fit(X, y)
        else:
            svm = _fitted(SVC(random_state=random_state), X, y)
        if not hasattr(svm, "support_"):
            raise EstimatorError(
                f"svm_estimator={self.svm_estimator!r} has no support_ after fitting. Pass a support "
                "vector machine, such as sklearn.svm.SVC()."
            )
        problem.found["svm_estimator_"] = svm
        return np.asarray(svm.support_, dtype=np.intp)

    holds_rows: ClassVar[frozenset[str]] = frozenset({"nn_k_", "svm_estimator_"})

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:
        return problem.found | {
            "nn_k_": neighbors_in_class(problem, amounts, self.k_neighbors),
            "nn_m_": neighbors_object(self.m_neighbors),
        }


def _fitted(svm: SVC, X: Any, y: Any) -> SVC:
    """Return a support vector machine after fitting; raise InputError if its numbers overflow.

    libsvm does not hear Ctrl-C: a short fit goes on in a thread, a long one is stopped with its process.
    """
    try:
        if X.shape[0] > _ROWS_IN_PROCESS:
            return fitted_in_process(svm, X, y)
        return interruptible(lambda: svm.fit(X, y))
    except ValueError as error:
        raise InputError(
            f"SVMSMOTE cannot fit its support vector machine: {error} Scale the columns first, for example with "
            "sklearn.preprocessing.StandardScaler, or change the unit."
        ) from error
