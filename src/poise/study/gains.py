"""The gain of one approach over another with its error: from the rows, from repeats, and from folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.study.statistics import Basis, Measured, measured_by_folds

Floats = NDArray[np.float64]
_LEAST_FREEDOM = 2.0
_ALIKE = 0.5


class Variance(NamedTuple):
    """A variance with its degrees of freedom.

    Attributes
    ----------
    variance : float
    freedom : float
        Degrees of freedom (Satterthwaite).
    """

    variance: float
    freedom: float


def variance_of_rows(
    change: Floats, classes: NDArray[Any], groups: NDArray[np.intp] | None = None
) -> Variance:
    """Return the variance of a difference from the influence of each row on it.

    Influences are centred within the classes, because folds and new samples keep their shares, and squared.
    Rows of one group are added before they are squared: they are not independent.

    Parameters
    ----------
    change : ndarray of shape (n_rows,)
        The influence of each row on one value, less that on the other.
    classes : ndarray of shape (n_rows,)
        The class of each row, such as whether it is an event.
    groups : ndarray of shape (n_rows,), optional
        The number of each row's group.

    Returns
    -------
    Variance
        With degrees of freedom 2 (sum c^2)^2 / sum over classes of (sum c^4 - (sum c^2)^2 / n); with groups,
        2 (sum g^2)^2 / sum g^4 of their sums, at most their number less 1.

    Examples
    --------
    >>> found = variance_of_rows(np.array([0.1, -0.1, 0.0, 0.0]), np.array([True, True, False, False]))
    >>> round(found.variance, 3), found.freedom
    (0.02, 2.0)
    """
    change = change.copy()
    sides = [classes == one for one in np.unique(classes)[::-1]]
    for side in sides:
        change[side] -= change[side].mean()
    if groups is not None:
        _, numbers = np.unique(groups, return_inverse=True)
        by_group = np.bincount(numbers, change)
        n, of_groups = len(by_group), by_group**2
        variance = float(of_groups.sum() * n / max(n - 1, 1))
        # Few large groups carry the variance of many: Satterthwaite's number, at most that of the groups less 1.
        fourth = float((of_groups**2).sum())
        freedom = 2 * float(of_groups.sum()) ** 2 / fourth if fourth > 0 else n - 1.0
        return Variance(variance, min(max(freedom, 1.0), max(n - 1.0, 1.0)))
    squares = change**2
    variance = float(squares.sum())
    spread = sum(
        max(float((squares[side] ** 2).sum() - squares[side].sum() ** 2 / side.sum()), 0.0)
        for side in sides
    )
    most = max(float(len(change) - len(sides)), _LEAST_FREEDOM)
    freedom = 2 * variance**2 / spread if spread > 0 else most
    return Variance(variance, min(max(freedom, _LEAST_FREEDOM), most))


@dataclass(frozen=True, eq=False)
class Gain:
    """What every verdict on a difference is computed from. Positive gains are better.

    Attributes
    ----------
    by_repeat : ndarray of shape (n_repeats,)
        The gain in each repeat of the folds, over all its test rows together.
    weights : ndarray of shape (n_repeats,)
        The share of each repeat in the mean; the last one is smaller if its folds were not all run.
    by_fold : ndarray of shape (n_folds,)
        The gain in each fold; NaN in folds without a value.
    row_variance, freedom : float
        See `Variance`; NaN if no influences are known.
    likeness : float
        Correlation of the rows' influences on the ROC AUC of the two approaches: near 1 if they rank alike.
    """

    by_repeat: Floats
    weights: Floats
    by_fold: Floats
    row_variance: float
    freedom: float
    likeness: float

    @property
    def mean(self) -> float:
        """The gain, averaged over repeats."""
        return float(self.weights @ self.by_repeat)

    @property
    def n_whole_repeats(self) -> int:
        """Number of repeats of which all folds were run."""
        return int((self.weights == self.weights.max()).sum())

    @property
    def between_repeats(self) -> float:
        """Variance of the gain between complete repeats, which new folds and seeds make; NaN if there is one."""
        whole = self.by_repeat[self.weights == self.weights.max()]
        return float(whole.var(ddof=1)) if len(whole) > 1 else float("nan")


def measured(
    gain: Gain, ratio: float, between: Variance | None = None, *, with_folds: bool = False
) -> Measured:
    """Return a gain with the error of rows and repeats.

    The variance is (1 + ratio) times that of the rows, plus that between repeats divided by their number. The
    first factor stands for the training rows, which differ as well in new samples. Between dissimilar models, training
    rows count for more than that: where the likeness is below 0.5, the variance
    of the corrected resampled t-test is added.

    Parameters
    ----------
    gain : Gain
    ratio : float
        Number of test rows divided by number of training rows in a fold.
    between : Variance, optional
        Variance between repeats to use instead of the gain's own, such as the mean over approaches.
    with_folds : bool
        Whether the error is at least that of the corrected resampled t-test. It always is with a single repeat.

    References
    ----------
    .. [1] Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52,
       239-281. doi:10.1023/A:1024068626366
    """
    n_repeats = gain.n_whole_repeats
    if between is None:
        between = Variance(gain.between_repeats, max(n_repeats - 1.0, 1.0))
    parts = [Variance((1 + ratio) * gain.row_variance, gain.freedom)]
    if np.isfinite(between.variance):
        parts.append(Variance(between.variance / n_repeats, between.freedom))
    by_rows = _summed(gain.mean, parts, "rows")
    by_folds = measured_by_folds(gain.by_fold, ratio)._replace(mean=gain.mean)
    is_unlike = not gain.likeness >= _ALIKE  # NaN is unlike
    if np.isnan(by_rows.error) or (is_unlike and np.isinf(by_folds.error)):
        return by_folds
    if is_unlike:
        return _summed(gain.mean, [*parts, Variance(by_folds.error**2, by_folds.freedom)], "both")
    if (with_folds or n_repeats == 1) and by_folds.error > by_rows.error:
        return by_folds
    return by_rows


def _summed(mean: float, parts: list[Variance], basis: Basis) -> Measured:
    """Return a gain with the error of independent variances together, by Satterthwaite's degrees of freedom."""
    variance = sum(part.variance for part in parts)
    spread = sum(part.variance**2 / part.freedom for part in parts)
    freedom = variance**2 / spread if spread > 0 else parts[0].freedom
    return Measured(mean, float(np.sqrt(variance)), float(freedom), basis)
