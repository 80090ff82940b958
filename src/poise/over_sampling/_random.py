"""Random over-sampling: rows drawn again, exactly or with a little noise around them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from numbers import Real
from typing import Any, ClassVar, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from poise.core.errors import InputError, listed
from poise.core.plan.recipes import Ids, Jitter, Recipe, noise_blocks
from poise.core.sampling.draws import Copies, draw
from poise.core.sampling.parameters import RANDOM
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import OverSampler
from poise.core.tables.blocks import Matrix


class RandomOverSampler(OverSampler):
    """Over-sample by drawing rows of a class again, with replacement.

    Takes any table: text, dates, gaps and all, because no value is computed. With `shrinkage`
    it is the smoothed bootstrap: normal noise is added, and the columns must be numbers.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what: "auto" (all but the largest, to its size),
        "minority", "not minority", "not majority", "all"; a ratio of the smaller to the larger
        of two classes; ``{label: rows wanted}``; or a function of y that returns such a
        dictionary.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    shrinkage : float, dict of label to float, or None, default=None
        Scale of the noise; 1 is Silverman's rule on all rows' number, 0 adds nothing.

    Attributes
    ----------
    plan_ : Plan
        Which rows stay and which are copied; `plan_.lineage()` tells them apart.
    sampling_strategy_ : dict
        Rows added by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row of each output row; only without noise.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Raises
    ------
    InputError
        When less rows are asked for than there are, or noise for a column of no numbers.

    Notes
    -----
    O(n + m) for m new rows; with noise O(n + m d) in blocks, so that the noise is never held
    whole. The noise in a column is normal with standard deviation
    ``shrinkage * (4 / ((d + 2) n)) ** (1 / (d + 4)) * std``, where std is the class's.

    References
    ----------
    .. [1] Menardi, G. and Torelli, N. (2014). Training and assessing classification rules with
       imbalanced data. Data Mining and Knowledge Discovery 28, 92-122.

    Examples
    --------
    >>> import numpy as np
    >>> from poise.over_sampling import RandomOverSampler
    >>> X = np.array([["a"], ["b"], ["c"]])
    >>> RandomOverSampler(random_state=0).fit_resample(X, [0, 0, 1])[0].tolist()
    [['a'], ['b'], ['c'], ['c']]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = RANDOM | {
        "shrinkage": [Interval(Real, 0, None, closed="left"), dict, None],
    }

    def __init__(
        self, *, sampling_strategy: Any = "auto", random_state: Any = None, shrinkage: Any = None
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.shrinkage = shrinkage

    def _grow(self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState) -> Recipe:
        copies = self._source(problem, code)
        drawn = draw(copies, n_rows, rng)
        if self.shrinkage is None:
            return drawn
        factor = _factor_of(self.shrinkage, problem.labels.classes[code])
        scale = factor * noise_scale(problem.numbers, copies.members)
        return jittered(drawn.source, scale, rng)

    def _source(self, problem: Problem, code: int) -> Copies:
        return Copies(problem.labels.members(code))

    @property
    def needs(self) -> Literal["rows", "numbers"]:  # type: ignore[override]  # follows shrinkage
        """What the method reads: numbers only to add noise to them."""
        return "rows" if self.shrinkage is None else "numbers"


class ROSE(OverSampler):
    """Over-sample by the smoothed bootstrap: rows drawn again, with normal noise around them.

    The noise has in each column the class's own bandwidth for density estimates: Silverman's rule
    on the class's number of rows and its deviation.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to what; see `RandomOverSampler`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.
    shrinkage : float, default=1.0
        Factor of the bandwidth (`hmult` in the paper's package).

    Attributes
    ----------
    plan_ : Plan
        Which rows new ones lie around; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Rows added by label.
    n_features_in_ : int
    feature_names_in_ : ndarray of str

    Raises
    ------
    InputError
        For columns that are no numbers, and missing values.

    Notes
    -----
    O(n + m d) for m new rows; the noise is never held whole. `RandomOverSampler` with `shrinkage` takes
    the number of rows of the whole table instead, as imbalanced-learn does, and so scatters less.

    References
    ----------
    .. [1] Menardi, G. and Torelli, N. (2014). Training and assessing classification rules with
       imbalanced data. Data Mining and Knowledge Discovery 28, 92-122.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import ROSE
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = ROSE(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    needs = "numbers"

    _parameter_constraints: ClassVar[dict[str, Any]] = RANDOM | {
        "shrinkage": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self, *, sampling_strategy: Any = "auto", random_state: Any = None, shrinkage: float = 1.0
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.shrinkage = shrinkage

    def _grow(self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState) -> Recipe:
        members = problem.labels.members(code)
        source = members[rng.randint(0, len(members), size=n_rows)]
        n, d = len(members), problem.numbers.shape[1]
        smoothing = (4 / ((d + 2) * n)) ** (1 / (d + 4))
        # The sample deviation, of n - 1, as R's sd has it.
        deviation = _deviation(problem.numbers[members]) * np.sqrt(n / max(n - 1, 1))
        return jittered(source, self.shrinkage * smoothing * deviation, rng)


def _factor_of(shrinkage: float | Mapping[Any, float], label: object) -> float:
    if not isinstance(shrinkage, Mapping):
        return float(shrinkage)
    if label not in shrinkage:
        raise InputError(
            f"shrinkage has no factor for class {label!r}, which grows; it has {listed(shrinkage)}"
            ". Add one, or pass a single number for all."
        )
    factor = shrinkage[label]
    if not isinstance(factor, Real) or not factor >= 0:
        raise InputError(f"shrinkage for class {label!r} is {factor!r}; it must be 0 or more.")
    return float(factor)


def noise_scale(values: Matrix, members: Ids) -> NDArray[np.float64]:
    """Return the bandwidth of each column: Silverman's rule times the class's deviation.

    Parameters
    ----------
    values : ndarray or csr_array of shape (n, d)
    members : ndarray of intp
        Rows of the class.
    """
    n_rows, n_columns = values.shape
    # The rule's n is that of the whole table, as in imbalanced-learn, so that the rows agree.
    smoothing = (4 / ((n_columns + 2) * n_rows)) ** (1 / (n_columns + 4))
    return smoothing * _deviation(values[members])


def _deviation(values: Any) -> NDArray[np.float64]:
    if not sp.issparse(values):
        return np.asarray(values.std(axis=0, dtype=np.float64))
    mean = values.mean(axis=0)
    return np.sqrt(np.maximum(values.multiply(values).mean(axis=0) - mean**2, 0))


def jittered(source: Ids, scale: NDArray[np.float64], rng: np.random.RandomState) -> Jitter:
    """Return rows scattered around their sources, and move the stream past their noise."""
    recipe = Jitter(source, scale, deepcopy(rng))
    for _ in noise_blocks(rng, len(source), len(scale)):
        pass
    return recipe
