"""Random over-sampling: copies of random rows, exact or with random noise added."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from numbers import Real
from typing import Any, ClassVar, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import InputError, listed
from poise.core.neighbors.magnitudes import spans_of
from poise.core.plan.recipes import Ids, Jitter, Recipe, noise_blocks
from poise.core.sampling.allocation import Counts
from poise.core.sampling.draws import Copies, draw
from poise.core.sampling.parameters import NONE, fitted, instance_of, parameter, real, sampler
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import LooksAt, Needs, OverSampler
from poise.core.tables.blocks import Matrix
from poise.core.types import Number

_SMALL = (
    1e-130  # smaller deviations may have lost digits of their squares; no mutant: any such number
)


@sampler
class RandomOverSampler(OverSampler):
    """Over-sample by copying random rows of a class, drawn with replacement.

    Any table can be used, also with text, dates and missing values, because no value is computed.
    With `shrinkage` the method is the smoothed bootstrap: normal noise is added to the copies, and
    all columns must be numeric.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to how many rows: "auto" (all but the largest class, to its size),
        "minority", "not minority", "not majority" or "all"; for two classes, the ratio of the
        smaller to the larger; a dictionary ``{label: rows wanted}``; or a function of y that
        returns such a dictionary. `poise.Ratio` takes ratios to the largest class for any
        number of classes.
    balance : {"class", "class-group"}, default="class"
        What is balanced: classes, or the rows of each class in each group of `groups` (cells). For cells
        the keys of `sampling_strategy` are pairs ``(class, group)``, and each new row is made from rows
        of one cell.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    shrinkage : float, dict of label to float, or None, default=None
        Scale of the noise: 1 follows Silverman's rule for the number of rows of the whole table,
        0 adds nothing.
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are neither searched nor blended, such as identifiers and
        names. New rows get "seed" (the value of their seed row; also for a list), "missing",
        "negative" (numbers below zero), "new" (missing if the column can hold that, otherwise
        negative), or, for a whole number, numbers from it on.
    constraints : list of rules, or None, default=None
        What new rows keep: `Sum`, `LessEqual`, `OneHot` and `Between` of `poise.constraints`. Rows of X
        that break a rule raise an error; a new row that breaks one gets the total of its parts, or
        these columns from one parent.

    Attributes
    ----------
    plan_ : Plan
        Which rows are kept and which are copied; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows added to each class, by label.
    sample_indices_ : ndarray of shape (n_output,)
        Input row number of each output row; only if no noise is added.
    shrinkage_ : dict of label to float, or None
        The factor of each class that grows; None without noise.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    InputError
        If fewer rows are requested than a class has, or noise for a column that is not numeric.

    Notes
    -----
    Cost: O(n + m) for n rows and m new rows; with noise O(n + m d) for d columns, in blocks of
    bounded memory. The noise in a column has the standard deviation
    ``shrinkage * (4 / ((d + 2) n)) ** (1 / (d + 4)) * std``, where std is the standard deviation
    of the column within the class.

    References
    ----------
    .. [1] Menardi, G. and Torelli, N. (2014). Training and assessing classification rules with
       imbalanced data. Data Mining and Knowledge Discovery 28, 92-122.
       doi:10.1007/s10618-012-0295-5

    Examples
    --------
    >>> import numpy as np
    >>> from poise.over_sampling import RandomOverSampler
    >>> X = np.array([["a"], ["b"], ["c"]])
    >>> RandomOverSampler(random_state=0).fit_resample(X, [0, 0, 1])[0].tolist()
    [['a'], ['b'], ['c'], ['c']]
    """

    shrinkage: Number | dict[Any, Any] | None = parameter(
        default=None, allowed=real(0, np.inf, closed="left") | instance_of(dict, "a dict") | NONE
    )

    shrinkage_: dict[Any, Any] | None = fitted()

    def grow(self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState) -> Recipe:
        copies = self.source(problem, code)
        drawn = draw(copies, n_rows, rng)
        if self.shrinkage is None:
            return drawn
        factor = _factor_of(self.shrinkage, problem.labels.classes[code])
        scale = factor * noise_scale(problem.numbers, copies.members)
        return jittered(drawn.source, scale, rng)

    def source(self, problem: Problem, code: int) -> Copies:
        return Copies(problem.labels.members(code))

    looks_at: ClassVar[LooksAt | None] = "own class"

    def extra_attributes(self, problem: Problem, amounts: Counts) -> dict[str, Any]:
        if self.shrinkage is None:
            return {"shrinkage_": None}
        labels = [problem.labels.classes[code] for code in amounts]
        return {"shrinkage_": {label: _factor_of(self.shrinkage, label) for label in labels}}

    @property
    def needs(self) -> Literal["rows", "numbers"]:  # type: ignore[override]  # follows shrinkage
        """What the sampler reads: values are only needed to add noise to them."""
        return "rows" if self.shrinkage is None else "numbers"


@sampler
class ROSE(OverSampler):
    """Over-sample by the smoothed bootstrap: copies of random rows, with normal noise added.

    The scale of the noise in a column is the bandwidth of a kernel density estimate of the class,
    by Silverman's rule for the number of rows and the standard deviation of the class.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable, default="auto"
        Which classes grow, and to how many rows; see `RandomOverSampler`.
    balance : {"class", "class-group"}, default="class"
        What is balanced: classes, or the rows of each class in each group of `groups` (cells). For cells
        the keys of `sampling_strategy` are pairs ``(class, group)``, and each new row is made from rows
        of one cell.
    random_state : int, RandomState or None, default=None
        Random seed; with None, each call draws differently.
    shuffle : bool, default=False
        Whether the output rows come in random order; the order is drawn last, so the rows are the same.
    shrinkage : float, default=1.0
        Factor by which the bandwidth is multiplied (`hmult` in the R package of the authors).
    carry_columns : list of columns, dict of column to what new rows get, or None, default=None
        Columns, by name or position, that are neither searched nor blended, such as identifiers and
        names. New rows get "seed" (the value of their seed row; also for a list), "missing",
        "negative" (numbers below zero), "new" (missing if the column can hold that, otherwise
        negative), or, for a whole number, numbers from it on.
    constraints : list of rules, or None, default=None
        What new rows keep: `Sum`, `LessEqual`, `OneHot` and `Between` of `poise.constraints`. Rows of X
        that break a rule raise an error; a new row that breaks one gets the total of its parts, or
        these columns from one parent.

    Attributes
    ----------
    plan_ : Plan
        Which row each new row is a noisy copy of; see `plan_.lineage()`.
    sampling_strategy_ : dict
        Number of rows added to each class, by label.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Column names of X, if it has names that are all strings.

    Raises
    ------
    InputError
        If a column is not numeric, or a value is missing.

    Notes
    -----
    Cost: O(n + m d) for n rows, m new rows and d columns, in blocks of bounded memory.
    `RandomOverSampler` with `shrinkage` takes the number of rows of the whole table, as
    imbalanced-learn does, and therefore adds less noise.

    References
    ----------
    .. [1] Menardi, G. and Torelli, N. (2014). Training and assessing classification rules with
       imbalanced data. Data Mining and Knowledge Discovery 28, 92-122.
       doi:10.1007/s10618-012-0295-5

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise.over_sampling import ROSE
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> X_new, y_new = ROSE(random_state=0).fit_resample(X, y)
    >>> int((y_new == 1).sum()) == int((y_new == 0).sum())
    True
    """

    needs: ClassVar[Needs] = "numbers"
    balances_groups: ClassVar[bool] = True

    shrinkage: float = parameter(default=1.0, allowed=real(0, np.inf, closed="left"))

    def grow(self, problem: Problem, code: int, n_rows: int, rng: np.random.RandomState) -> Recipe:
        members = problem.labels.members(code)
        source = draw(Copies(members), n_rows, rng).seeds
        n, d = len(members), problem.numbers.shape[1]
        smoothing = (4 / ((d + 2) * n)) ** (1 / (d + 4))
        # The sample standard deviation (divided by n - 1), as sd in R.
        deviation = _deviation(problem.numbers[members]) * np.sqrt(n / max(n - 1, 1))
        return jittered(source, self.shrinkage * smoothing * deviation, rng)


def _factor_of(shrinkage: Number | Mapping[Any, float], label: object) -> float:
    if not isinstance(shrinkage, Mapping):
        return float(shrinkage)
    if label not in shrinkage:
        raise InputError(
            f"shrinkage has no factor for class {label!r}, which grows; it has {listed(shrinkage)}"
            ". Add this class, or pass one number for all classes."
        )
    factor = shrinkage[label]
    if not isinstance(factor, Real) or not factor >= 0:
        raise InputError(f"shrinkage for class {label!r} is {factor!r}; it must be 0 or more.")
    return float(factor)


def noise_scale(values: Matrix, members: Ids) -> NDArray[np.float64]:
    """Return the scale of the noise per column: Silverman's rule times the standard deviation.

    Parameters
    ----------
    values : ndarray or csr_array of shape (n, d)
        The whole table.
    members : ndarray of intp
        Rows of the class.

    Returns
    -------
    ndarray of shape (d,), float64
    """
    n_rows, n_columns = values.shape
    # n counts the rows of the whole table, as in imbalanced-learn, so that the new rows agree.
    smoothing = (4 / ((n_columns + 2) * n_rows)) ** (1 / (n_columns + 4))
    return smoothing * _deviation(values[members])


def _deviation(values: Any) -> NDArray[np.float64]:
    """Return the standard deviation of each column; squares that overflow or vanish are computed in other units."""
    deviations = _plain_deviation(values)
    # NaN, of infinite sums, is doubtful too.
    doubtful = np.flatnonzero(~((deviations > _SMALL) & (deviations < 1 / _SMALL)))
    if not len(doubtful):
        return deviations
    spans = spans_of(values[:, doubtful])
    exponents = np.zeros(len(deviations), dtype=np.intp)
    largest = np.maximum(np.abs(spans.low), np.abs(spans.high))
    exponents[doubtful[spans.columns]] = np.frexp(largest)[1]
    if not exponents.any():  # columns of zeros
        return deviations
    return np.ldexp(_plain_deviation(_divided(values, exponents)), exponents)


def _divided(values: Any, exponents: Ids) -> Any:
    if not sp.issparse(values):
        return np.ldexp(values.astype(np.float64), -exponents)
    data = np.ldexp(values.data.astype(np.float64), -exponents[values.indices])
    return sp.csr_array((data, values.indices, values.indptr), values.shape)


def _plain_deviation(values: Any) -> NDArray[np.float64]:
    with np.errstate(over="ignore", invalid="ignore"):
        if not sp.issparse(values):
            return np.asarray(values.std(axis=0, dtype=np.float64))
        mean = values.mean(axis=0)
        return np.sqrt(np.maximum(values.multiply(values).mean(axis=0) - mean**2, 0))


def jittered(source: Ids, scale: NDArray[np.float64], rng: np.random.RandomState) -> Jitter:
    """Return noisy copies of the source rows, and advance the generator past their noise."""
    recipe = Jitter(source, scale, deepcopy(rng))
    for _ in noise_blocks(rng, len(source), len(scale)):
        pass
    return recipe
