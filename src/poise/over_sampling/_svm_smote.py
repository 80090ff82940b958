"""SVM-SMOTE: new rows from the support vectors of a class."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone
from sklearn.svm import SVC
from sklearn.utils._param_validation import HasMethods, Interval

from poise.core.errors import NothingToDoWarning, UnsupportedTypeError, warn
from poise.core.neighbors.index import count_of, estimator_of
from poise.core.plan.recipes import Ids, Recipe, Segment
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.draws import SeedNeighborPairs, concat_segments, draw, in_class, segment_of
from poise.core.sampling.parameters import N_JOBS, NEIGHBORS, RANDOM, SPACE
from poise.core.sampling.problem import Problem, check_more_rows_than
from poise.core.sampling.resampler import OverSampler


class SVMSMOTE(OverSampler):
    """Over-sample from the support vectors of a class, toward its rows or away from them.

    Support vectors among foes alone are left out. From those in danger (at least half of their
    `m_neighbors` nearest others are foes) new rows lie toward a neighbour of the class; from the
    safe ones they lie on the other side, at most `out_step` of the way. A random part, around one
    half, comes from each; where one of the two kinds is lacking, all come from the other.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `SMOTE`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    k_neighbors : int or neighbour object, default=5
        How many nearest others a partner is drawn from.
    m_neighbors : int or neighbour object, default=10
        How many nearest others decide what a support vector is.
    svm_estimator : classifier with `support_`, optional
        By default ``sklearn.svm.SVC()``.
    out_step : float, default=0.5
        How far beyond a safe support vector new rows lie at most.
    neighbor_space : {"raw", "standard", "robust"} or transformer, default="raw"
        Where neighbours are searched; see `SMOTE`. The machine is fitted on the table's own numbers.
    within_groups : bool, default=False
        Whether partners are of the seed's group; see `SMOTE`.
    n_jobs : int or None, default=None
        Threads of the search; None uses all cores that the process may use.

    Attributes
    ----------
    plan_ : Plan
        Where each new row came from; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Rows added by label.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Raises
    ------
    TooFewRowsError
        When a class that grows has no more than `k_neighbors` rows, or the table no more than
        `m_neighbors`.
    InputError
        For columns that are no numbers, and missing values.

    Warns
    -----
    NothingToDoWarning
        When all support vectors of a class are among foes alone; the class then stays as it is.

    Notes
    -----
    One fit of the machine, O(n^2 d) or more, whatever the number of classes; one search of all rows
    for each support vector.

    References
    ----------
    .. [1] Nguyen, H. M., Cooper, E. W. and Kamei, K. (2011). Borderline over-sampling for imbalanced
       data classification. IJKESDP 3, 4-21.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import SVMSMOTE
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = SVMSMOTE(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    needs = "numbers"

    @property
    def gap_range(self) -> tuple[float, float]:
        """New rows lie up to `out_step` beyond a safe support vector."""
        return -self.out_step, 1.0

    _parameter_constraints: ClassVar[dict[str, Any]] = (
        RANDOM
        | N_JOBS
        | {
            "k_neighbors": NEIGHBORS,
            "m_neighbors": NEIGHBORS,
            "svm_estimator": [HasMethods(["fit", "predict"]), None],
            "out_step": [Interval(Real, 0, 1, closed="both")],
            "neighbor_space": SPACE["neighbor_space"],
            "within_groups": ["boolean"],
        }
    )

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        m_neighbors: Any = 10,
        svm_estimator: Any = None,
        out_step: float = 0.5,
        neighbor_space: Any = "raw",
        within_groups: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.m_neighbors = m_neighbors
        self.svm_estimator = svm_estimator
        self.out_step = out_step
        self.neighbor_space = neighbor_space
        self.within_groups = within_groups
        self.n_jobs = n_jobs

    def _grow(
        self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState
    ) -> Recipe | None:
        k = count_of(self.k_neighbors)
        check_more_rows_than(problem, code, "k_neighbors", k, "RandomOverSampler")
        # A seed for the machine, drawn for every class as imbalanced-learn has it.
        seed = int(rng.randint(np.iinfo(np.int32).max)) if self.svm_estimator is None else None
        safe, danger = self._support(problem, code, seed)
        if not len(safe) and not len(danger):
            warn(
                f"SVMSMOTE adds no rows to class {problem.labels.classes[code]!r}: all of its support "
                "vectors are among foes alone. Try SMOTE.",
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

    def _support(self, problem: Problem, code: int, seed: int | None) -> tuple[Ids, Ids]:
        """Return the support vectors of a class that are safe, and those in danger."""
        m = count_of(self.m_neighbors)
        check_larger_table(problem.method_name, problem.n_rows, "m_neighbors", m)
        codes = problem.labels.codes
        support = problem.cached("support", lambda: self._fitted_support(problem, seed))
        support = support[codes[support] == code]
        index = problem.index_of(None, estimator_of(self.m_neighbors))
        n_enemies = (codes[index.nearest_others(support, m).rows] != code).sum(axis=1)
        # Nguyen et al. 2011: among foes alone is noise; at least half of them is danger.
        return support[2 * n_enemies < m], support[(2 * n_enemies >= m) & (n_enemies < m)]

    def _fitted_support(self, problem: Problem, seed: int | None) -> Ids:
        machine = SVC(random_state=seed) if seed is not None else clone(self.svm_estimator)
        machine.fit(problem.numbers, problem.labels.codes)
        if not hasattr(machine, "support_"):
            raise UnsupportedTypeError(
                f"svm_estimator={self.svm_estimator!r} has no support_ after fitting. Pass a support "
                "vector machine, such as sklearn.svm.SVC()."
            )
        return np.asarray(machine.support_, dtype=np.intp)
