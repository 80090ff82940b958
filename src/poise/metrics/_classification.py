"""Sensitivity, specificity and their means, all from one weighted confusion matrix."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import confusion_matrix
from sklearn.utils.multiclass import unique_labels

from poise.core.errors import InputError, listed

Floats = NDArray[np.float64]
_AVERAGES = ("binary", "micro", "macro", "weighted", None)


class Outcomes(NamedTuple):
    """Weights of true and false positives and negatives, one entry a class.

    Attributes
    ----------
    tp, fp, fn, tn : ndarray of shape (n_classes,), float64
    labels : ndarray of shape (n_classes,)
    """

    tp: Floats
    fp: Floats
    fn: Floats
    tn: Floats
    labels: NDArray[Any]

    @property
    def support(self) -> Floats:
        """Weight of the rows of each class."""
        return self.tp + self.fn

    def only(self, label: Any) -> Outcomes:
        """Return the outcomes of one class."""
        known = self.labels.tolist()
        if label not in known:
            raise InputError(f"pos_label={label!r} is not among the labels {listed(known)}.")
        place = [known.index(label)]
        tp, fp, fn, tn, labels = (part[place] for part in self)
        return Outcomes(tp, fp, fn, tn, labels)

    def summed(self) -> Outcomes:
        """Return the outcomes of all classes together."""
        tp, fp, fn, tn = (np.array([part.sum()]) for part in self[:4])
        return Outcomes(tp, fp, fn, tn, self.labels[:1])


def outcomes_of(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    labels: Sequence[Any] | None = None,
    sample_weight: ArrayLike | None = None,
) -> Outcomes:
    """Return the outcomes of each class.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_rows,)
    labels : sequence, optional
        The classes to tell of, in this order; by default all, sorted.
    sample_weight : array-like of shape (n_rows,), optional
    """
    present = unique_labels(y_true, y_pred)
    known = present if labels is None else np.asarray(labels)
    # Classes that were not asked for still count as wrong answers.
    every = np.concatenate([known, np.setdiff1d(present, known)])
    matrix = confusion_matrix(y_true, y_pred, labels=every, sample_weight=sample_weight)
    matrix = matrix.astype(np.float64)
    tp, fp, fn, tn = (
        np.array([_of_class(matrix, code) for code in range(len(known))]).reshape(-1, 4).T
    )
    return Outcomes(tp, fp, fn, tn, known)


def _of_class(matrix: Floats, code: int) -> tuple[float, float, float, float]:
    # Cells are added and never subtracted, so that no rate falls below 0 by rounding.
    others = np.arange(len(matrix)) != code
    return (
        float(matrix[code, code]),
        float(matrix[others, code].sum()),
        float(matrix[code, others].sum()),
        float(matrix[np.ix_(others, others)].sum()),
    )


def sensitivity_specificity_support(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: Sequence[Any] | None = None,
    pos_label: Any = 1,
    average: str | None = None,
    sample_weight: ArrayLike | None = None,
) -> tuple[Any, Any, Any]:
    """Return sensitivity, specificity and support of each class, or their average.

    Sensitivity (recall) is the share of a class that is found, specificity the share of the other
    rows that is not taken for it.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_rows,)
    labels : sequence, optional
        The classes to tell of, in this order; by default all, sorted.
    pos_label : label, default=1
        The class that "binary" tells of.
    average : {None, "binary", "micro", "macro", "weighted"}, default=None
        None tells of each class, "micro" of all decisions together, "macro" takes the plain mean,
        "weighted" that by support.
    sample_weight : array-like of shape (n_rows,), optional

    Returns
    -------
    sensitivity, specificity : float or ndarray of shape (n_classes,)
    support : ndarray of shape (n_classes,), or None where averaged

    Warns
    -----
    UndefinedMetricWarning
        Where a rate has no rows; it is 0 then.

    Examples
    --------
    >>> sensitivity_specificity_support([0, 0, 1, 1], [0, 1, 1, 1], average="binary")
    (1.0, 0.5, None)
    """
    _check_known(average)
    each = outcomes_of(y_true, y_pred, labels, sample_weight)
    seen = each.only(pos_label) if average == "binary" else each
    seen = each.summed() if average == "micro" else seen
    sensitivity = _rate(seen.tp, seen.fn, "Sensitivity", "true")
    specificity = _rate(seen.tn, seen.fp, "Specificity", "other")
    if average is None:
        return sensitivity, specificity, each.support
    weights = each.support if average == "weighted" else None
    return _mean(sensitivity, weights), _mean(specificity, weights), None


def _check_known(average: str | None, known: tuple[str | None, ...] = _AVERAGES) -> None:
    if average not in known:
        raise InputError(f"average={average!r} is not known; it can be {listed(known, 6)}.")


def _rate(right: Floats, wrong: Floats, what: str, rows: str) -> Floats:
    total = right + wrong
    if (total == 0).any():
        warnings.warn(
            f"{what} is ill-defined and set to 0 for classes without {rows} rows.",
            UndefinedMetricWarning,
            stacklevel=3,
        )
    return np.divide(right, total, out=np.zeros_like(right), where=total > 0)


def _mean(values: Floats, weights: Floats | None) -> float:
    if weights is not None and weights.sum() == 0:
        return 0.0
    return float(np.average(values, weights=weights))


def sensitivity_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: Sequence[Any] | None = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    sample_weight: ArrayLike | None = None,
) -> Any:
    """Return the share of a class that is found: tp / (tp + fn).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_rows,)
    labels, pos_label, average, sample_weight
        See `sensitivity_specificity_support`.

    Returns
    -------
    float or ndarray of shape (n_classes,)

    Examples
    --------
    >>> sensitivity_score([0, 0, 1, 1], [0, 1, 1, 0])
    0.5
    """
    return sensitivity_specificity_support(
        y_true,
        y_pred,
        labels=labels,
        pos_label=pos_label,
        average=average,
        sample_weight=sample_weight,
    )[0]


def specificity_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: Sequence[Any] | None = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    sample_weight: ArrayLike | None = None,
) -> Any:
    """Return the share of the other rows that is not taken for a class: tn / (tn + fp).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_rows,)
    labels, pos_label, average, sample_weight
        See `sensitivity_specificity_support`.

    Returns
    -------
    float or ndarray of shape (n_classes,)

    Examples
    --------
    >>> specificity_score([0, 0, 0, 0, 1], [0, 0, 0, 1, 1])
    0.75
    """
    return sensitivity_specificity_support(
        y_true,
        y_pred,
        labels=labels,
        pos_label=pos_label,
        average=average,
        sample_weight=sample_weight,
    )[1]


def geometric_mean_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: Sequence[Any] | None = None,
    pos_label: Any = 1,
    average: str | None = "multiclass",
    sample_weight: ArrayLike | None = None,
    correction: float = 0.0,
) -> Any:
    """Return the geometric mean of the classes' sensitivities, or of sensitivity and specificity.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_rows,)
    labels, pos_label, sample_weight
        See `sensitivity_specificity_support`.
    average : {"multiclass", None, "binary", "micro", "macro", "weighted"}, default="multiclass"
        "multiclass" is the root of the product of all sensitivities; the others are of
        ``sqrt(sensitivity * specificity)`` of each class, and its averages.
    correction : float, default=0
        What a sensitivity of 0 is put to, so that one class does not decide alone.

    Returns
    -------
    float or ndarray of shape (n_classes,)

    References
    ----------
    .. [1] Kubat, M. and Matwin, S. (1997). Addressing the curse of imbalanced training sets:
       one-sided selection. ICML 1997, 179-186.

    Examples
    --------
    >>> round(geometric_mean_score([0, 0, 1, 1], [0, 1, 1, 1]), 3)
    0.707
    """
    _check_known(average, ("multiclass", *_AVERAGES))
    if average in ("multiclass", "macro", "weighted", None):
        sensitivity, specificity, support = sensitivity_specificity_support(
            y_true, y_pred, labels=labels, sample_weight=sample_weight
        )
        if average == "multiclass":
            counted = np.where(sensitivity == 0, correction, sensitivity)
            return float(np.prod(counted) ** (1 / len(counted))) if len(counted) else 0.0
        each = np.sqrt(sensitivity * specificity)
        return each if average is None else _mean(each, support if average == "weighted" else None)
    sensitivity, specificity, _ = sensitivity_specificity_support(
        y_true,
        y_pred,
        labels=labels,
        pos_label=pos_label,
        average=average,
        sample_weight=sample_weight,
    )
    return float(np.sqrt(sensitivity * specificity))


def make_index_balanced_accuracy(
    *, alpha: float = 0.1, squared: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that weighs a score by which class it serves.

    The index of balanced accuracy is ``(1 + alpha * (sensitivity - specificity)) * score ** 2``.

    Parameters
    ----------
    alpha : float, default=0.1
    squared : bool, default=True
        Whether the score is squared first.

    Returns
    -------
    callable
        From a score to its index.

    References
    ----------
    .. [1] García, V., Sánchez, J. S. and Mollineda, R. A. (2012). On the effectiveness of
       preprocessing methods when dealing with different levels of class imbalance. Knowledge-Based
       Systems 25, 13-21.

    Examples
    --------
    >>> iba = make_index_balanced_accuracy()(geometric_mean_score)
    >>> round(iba([0, 0, 1, 1], [0, 1, 1, 1], average="binary"), 3)
    0.525
    """

    def decorate(score: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(score)
        def index(*arguments: Any, **named: Any) -> Any:
            value = score(*arguments, **named)
            bound = inspect.signature(score).bind(*arguments, **named)
            bound.apply_defaults()
            known = inspect.signature(sensitivity_specificity_support).parameters
            given = {name: bound.arguments[name] for name in known if name in bound.arguments}
            if given.get("average") == "multiclass":
                given["average"] = "macro"
            sensitivity, specificity, _ = sensitivity_specificity_support(
                given.pop("y_true"), given.pop("y_pred"), **given
            )
            dominance = sensitivity - specificity
            return (1 + alpha * dominance) * (value**2 if squared else value)

        return index

    return decorate


def macro_averaged_mean_absolute_error(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return the mean over the classes of their mean absolute errors, for ordered classes.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_rows,)
        Numbers.
    sample_weight : array-like of shape (n_rows,), optional

    Returns
    -------
    float

    References
    ----------
    .. [1] Baccianella, S., Esuli, A. and Sebastiani, F. (2009). Evaluation measures for ordinal
       regression. ISDA 2009, 283-287.

    Examples
    --------
    >>> macro_averaged_mean_absolute_error([1, 1, 1, 2], [1, 1, 2, 1])
    0.6666666666666666
    """
    true, predicted = np.asarray(y_true), np.asarray(y_pred)
    if true.shape != predicted.shape or true.ndim != 1:
        raise InputError(
            f"y_true and y_pred must be of one length; they have the shapes {true.shape} and "
            f"{predicted.shape}."
        )
    weights = np.ones(len(true)) if sample_weight is None else np.asarray(sample_weight)
    errors = np.abs(predicted.astype(np.float64) - true)
    # A label that is only ever predicted is no class: it has no rows to be wrong about.
    means = [
        np.average(errors[true == label], weights=weights[true == label])
        for label in np.unique(true)
        if weights[true == label].sum() > 0
    ]
    return float(np.mean(means))


def classification_report_imbalanced(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: Sequence[Any] | None = None,
    target_names: Sequence[str] | None = None,
    sample_weight: ArrayLike | None = None,
    digits: int = 2,
    alpha: float = 0.1,
    output_dict: bool = False,
    zero_division: float = 0.0,
) -> Any:
    """Return a table of each class's precision, recall, specificity, F1, G-mean, IBA and support.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_rows,)
    labels : sequence, optional
        The classes to tell of, in this order; by default all, sorted.
    target_names : sequence of str, optional
        What to call them.
    sample_weight : array-like of shape (n_rows,), optional
    digits : int, default=2
    alpha : float, default=0.1
        Of the index of balanced accuracy of the G-mean.
    output_dict : bool, default=False
        Whether to return the numbers instead of text.
    zero_division : float, default=0
        What a rate without rows is.

    Returns
    -------
    str, or dict of label to dict of number

    Examples
    --------
    >>> print(classification_report_imbalanced([0, 0, 0, 1], [0, 0, 1, 1]))
                      pre       rec       spe        f1       geo       iba       sup
    <BLANKLINE>
              0      1.00      0.67      1.00      0.80      0.82      0.64         3
              1      0.50      1.00      0.67      0.67      0.82      0.69         1
    <BLANKLINE>
    avg / total      0.88      0.75      0.92      0.77      0.82      0.66         4
    <BLANKLINE>
    """
    each = outcomes_of(y_true, y_pred, labels, sample_weight)
    names = [str(label) for label in each.labels] if target_names is None else list(target_names)
    if len(names) != len(each.labels):
        raise InputError(
            f"target_names has {len(names)} names; there are {len(each.labels)} classes."
        )
    columns = _columns_of(each, alpha, zero_division)
    averages = {name: _mean(values, each.support) for name, values in columns.items()}
    if not output_dict:
        return _as_text(names, columns, averages, each.support, digits)
    report: dict[Any, Any] = {
        name: {what: float(values[i]) for what, values in columns.items()}
        | {"sup": float(each.support[i])}
        for i, name in enumerate(names)
    }
    report |= {f"avg_{what}": value for what, value in averages.items()}
    return report | {"total_support": float(each.support.sum())}


def _columns_of(each: Outcomes, alpha: float, zero_division: float) -> dict[str, Floats]:
    def rate(right: Floats, wrong: Floats) -> Floats:
        total = right + wrong
        return np.divide(right, total, out=np.full_like(right, zero_division), where=total > 0)

    precision, recall = rate(each.tp, each.fp), rate(each.tp, each.fn)
    specificity = rate(each.tn, each.fp)
    f1 = rate(2 * each.tp, each.fp + each.fn)
    geometric = np.sqrt(recall * specificity)
    iba = (1 + alpha * (recall - specificity)) * geometric**2
    names = ("pre", "rec", "spe", "f1", "geo", "iba")
    return dict(zip(names, (precision, recall, specificity, f1, geometric, iba), strict=True))


def _as_text(
    names: list[str],
    columns: dict[str, Floats],
    averages: dict[str, float],
    support: Floats,
    digits: int,
) -> str:
    width = max(len("avg / total"), *(len(name) for name in names))
    total = float(support.sum())

    def line(name: str, values: Sequence[float], rows: float) -> str:
        cells = "".join(f"{value:>{digits + 8}.{digits}f}" for value in values)
        return f"{name:>{width}}{cells}{rows:>{digits + 8}g}"

    head = " " * width + "".join(f"{name:>{digits + 8}}" for name in [*columns, "sup"])
    body = [
        line(name, [float(values[i]) for values in columns.values()], float(support[i]))
        for i, name in enumerate(names)
    ]
    return "\n".join([head, "", *body, "", line("avg / total", list(averages.values()), total), ""])
