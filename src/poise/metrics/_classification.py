"""Sensitivity, specificity and scores made of them, all from one weighted confusion matrix."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Literal, NamedTuple, ParamSpec

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import confusion_matrix
from sklearn.utils.multiclass import unique_labels

from poise.core.errors import InputError, UnsupportedTypeError, listed
from poise.core.numbers import floats_of, some_weights_of, weights_of
from poise.core.sampling.parameters import (
    ANYTHING,
    ARRAY_LIKE,
    BOOLEAN,
    NONE,
    Allowed,
    checked,
    instance_of,
    integer,
    one_of,
    real,
)
from poise.core.tables.read import read_target
from poise.core.types import Average, choices

Floats = NDArray[np.float64]
# Which parameters of the scores are allowed; `average` is checked by name, with its own words.
_OF_LABELS: dict[str, Allowed] = {
    "y_true": ARRAY_LIKE,
    "y_pred": ARRAY_LIKE,
    "labels": ARRAY_LIKE | NONE,
    "sample_weight": ARRAY_LIKE | NONE,
}
_OF_RATES = _OF_LABELS | {
    "pos_label": ANYTHING,
    "average": instance_of(str, "a str") | NONE,
}
_P = ParamSpec("_P")

_AVERAGES = (*choices(Average), None)


class Outcomes(NamedTuple):
    """Total weights of true and false positives and negatives, one entry per class.

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
        """Total weight of the rows of each class."""
        return self.tp + self.fn

    def only(self, label: Any) -> Outcomes:
        """Return the outcomes of one class."""
        known = self.labels.tolist()
        if len(known) == 1 and label not in known:  # a fold without the class: it has no rows
            rest = self.tp + self.fp + self.fn + self.tn
            nothing = np.zeros(1)
            return Outcomes(nothing, nothing, nothing, rest, np.array([label]))
        if label not in known:
            raise InputError(
                f"pos_label={label!r} is not among the labels {listed(known)}. Pass one of them."
            )
        place = [known.index(label)]
        tp, fp, fn, tn, labels = (part[place] for part in self)
        return Outcomes(tp, fp, fn, tn, labels)

    def summed(self) -> Outcomes:
        """Return the outcomes summed over all classes."""
        tp, fp, fn, tn = (np.array([part.sum()]) for part in self[:4])
        return Outcomes(tp, fp, fn, tn, self.labels[:1])


def outcomes_of(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    labels: Sequence[Any] | None = None,
    sample_weight: ArrayLike | None = None,
) -> Outcomes:
    """Return true and false positives and negatives for each class.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_rows,)
        True and predicted labels.
    labels : sequence, optional
        Classes to include, in this order; by default all, sorted.
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows.

    Returns
    -------
    Outcomes
    """
    true, predicted = _read_labels("y_true", y_true), _read_labels("y_pred", y_pred)
    if len(true) != len(predicted):
        raise InputError(
            f"y_true has {len(true)} rows and y_pred {len(predicted)}. They must describe the same rows."
        )
    if sample_weight is not None:
        sample_weight = weights_of(sample_weight, len(true))
    given = None if labels is None else _read_labels("labels", labels)
    if len({part.dtype.kind == "U" for part in (true, predicted, given) if part is not None}) > 1:
        raise InputError(
            "y_true, y_pred and labels must be labels of one type, all text or all numbers. Convert some of them."
        )
    present: NDArray[Any] = unique_labels(true, predicted)
    known = present if given is None else given
    # Classes that are not included still count as wrong predictions.
    every = np.concatenate([known, np.setdiff1d(present, known)])
    matrix = confusion_matrix(true, predicted, labels=every, sample_weight=sample_weight)
    matrix = matrix.astype(np.float64)
    tp, fp, fn, tn = (
        np.array([_of_class(matrix, code) for code in range(len(known))]).reshape(-1, 4).T
    )
    return Outcomes(tp, fp, fn, tn, known)


def _read_labels(name: str, values: ArrayLike) -> NDArray[Any]:
    """Return labels as an array that scikit-learn takes, or raise InputError."""
    given = read_target(values, name)
    if given.ndim > 1 and given.shape[1:] != (1,):
        raise InputError(f"{name} must have one column; it has shape {given.shape}.")
    given = given.reshape(len(given))
    if not len(given):
        raise InputError(f"{name} is empty. Pass one label for each row.")
    if given.dtype.kind == "O":
        items = given.tolist()
        given = np.array(items) if len({isinstance(item, str) for item in items}) == 1 else given
        bad = next((item for item in items if not isinstance(item, Hashable)), None)
        if bad is not None or given.dtype.kind == "O" or given.ndim != 1:
            raise InputError(
                f"{name} must hold labels of one type, none of them missing. Convert or drop the others."
            )
    if given.dtype.kind == "f" and not (np.isfinite(given) & (given == np.rint(given))).all():
        raise InputError(
            f"{name} holds labels that are missing, infinite or fractions. Drop these rows, or pass classes."
        )
    return given


def _of_class(matrix: Floats, code: int) -> tuple[float, float, float, float]:
    # Cells are only added, not subtracted, so that rounding cannot make a rate negative.
    others = np.arange(len(matrix)) != code
    return (
        float(matrix[code, code]),
        float(matrix[others, code].sum()),
        float(matrix[code, others].sum()),
        float(matrix[np.ix_(others, others)].sum()),
    )


@checked(**_OF_RATES)
def sensitivity_specificity_support(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: Sequence[Any] | None = None,
    pos_label: Any = 1,
    average: Average | None = None,
    sample_weight: ArrayLike | None = None,
) -> tuple[Any, Any, Any]:
    """Return sensitivity, specificity and support of each class, or their average.

    Sensitivity (recall) is the share of the rows of a class that are predicted as this class.
    Specificity is the share of the rows of other classes that are not predicted as this class.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_rows,)
        True and predicted labels.
    labels : sequence, optional
        Classes to include, in this order; by default all, sorted.
    pos_label : label, default=1
        The class whose rates "binary" returns.
    average : {None, "binary", "micro", "macro", "weighted"}, default=None
        None returns the rates of each class, "micro" those of the outcomes summed over all
        classes, "macro" the mean over the classes, "weighted" the mean weighted by support.
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows.

    Returns
    -------
    sensitivity, specificity : float or ndarray of shape (n_classes,)
    support : ndarray of shape (n_classes,), or None if the rates are averaged
        Number of rows of each class, or their total weight.

    Warns
    -----
    UndefinedMetricWarning
        If a rate is not defined because a class has no rows; it is then 0.
    UserWarning
        If `pos_label` has no effect, because `average` is not "binary".

    Examples
    --------
    >>> sensitivity_specificity_support([0, 0, 1, 1], [0, 1, 1, 1], average="binary")
    (1.0, 0.5, None)
    """
    _check_known(average)
    if pos_label not in (None, 1) and average != "binary":
        warnings.warn(
            f"pos_label={pos_label!r} has no effect with average={average!r}. Pass average='binary', or "
            "use labels=[pos_label] to specify a single class.",
            UserWarning,
            stacklevel=2,
        )
    each = outcomes_of(y_true, y_pred, labels, sample_weight)
    seen = each.only(pos_label) if average == "binary" else each
    seen = each.summed() if average == "micro" else seen
    sensitivity = _rate(seen.tp, seen.fn, "Sensitivity", "true")
    specificity = _rate(seen.tn, seen.fp, "Specificity", "other")
    if average is None:
        support = each.support if sample_weight is not None else each.support.astype(np.intp)
        return sensitivity, specificity, support
    weights = each.support if average == "weighted" else None
    return _mean(sensitivity, weights), _mean(specificity, weights), None


def _check_known(average: str | None, known: tuple[str | None, ...] = _AVERAGES) -> None:
    if average not in known:
        raise InputError(
            f"average={average!r} is not known; it can be {listed(known, limit=None)}."
        )


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


@checked(**_OF_RATES)
def sensitivity_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: Sequence[Any] | None = None,
    pos_label: Any = 1,
    average: Average | None = "binary",
    sample_weight: ArrayLike | None = None,
) -> Any:
    """Return sensitivity (recall): the share of a class that is predicted as this class.

    It is tp / (tp + fn), for tp true positives and fn false negatives.

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


@checked(**_OF_RATES)
def specificity_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: Sequence[Any] | None = None,
    pos_label: Any = 1,
    average: Average | None = "binary",
    sample_weight: ArrayLike | None = None,
) -> Any:
    """Return specificity: the share of the other classes that is not predicted as this class.

    It is tn / (tn + fp), for tn true negatives and fp false positives.

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


@checked(**_OF_RATES, correction=real(0, 1))
def geometric_mean_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: Sequence[Any] | None = None,
    pos_label: Any = 1,
    average: Average | Literal["multiclass"] | None = "multiclass",
    sample_weight: ArrayLike | None = None,
    correction: float = 0.0,
) -> Any:
    """Return the geometric mean of the sensitivities of all classes.

    With another `average`, the geometric mean of sensitivity and specificity.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_rows,)
        True and predicted labels.
    labels, pos_label, sample_weight
        See `sensitivity_specificity_support`.
    average : {"multiclass", None, "binary", "micro", "macro", "weighted"}, default="multiclass"
        "multiclass" is the k-th root of the product of the sensitivities of k classes. None is
        ``sqrt(sensitivity * specificity)`` for each class; the others are its averages, or of
        averaged rates for "micro".
    correction : float, default=0.0
        Value that replaces a sensitivity of 0 in "multiclass", so that one class alone does not
        make the score 0.

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
    if average is None or average == "multiclass" or average in ("macro", "weighted"):
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


@checked(alpha=real(-np.inf, np.inf, closed="neither"), squared=BOOLEAN)
def make_index_balanced_accuracy(
    *, alpha: float = 0.1, squared: bool = True
) -> Callable[[Callable[_P, Any]], Callable[_P, Any]]:
    """Return a decorator that makes a score the index of balanced accuracy of that score.

    The index is ``(1 + alpha * (sensitivity - specificity)) * score ** 2``. It rewards a higher
    sensitivity than specificity.

    Parameters
    ----------
    alpha : float, default=0.1
        Weight of the difference.
    squared : bool, default=True
        Whether to square the score first.

    Returns
    -------
    callable
        Takes a score function and returns a function with the same parameters, which include `y_true`
        and `y_pred`. If it has no parameter `average`, the rates are those of class 1 (of two classes),
        or else the means over the classes.

    References
    ----------
    .. [1] García, V., Sánchez, J. S. and Mollineda, R. A. (2012). On the effectiveness of
       preprocessing methods when dealing with different levels of class imbalance. Knowledge-Based
       Systems 25, 13-21.
       doi:10.1016/j.knosys.2011.06.013

    Examples
    --------
    >>> iba = make_index_balanced_accuracy()(geometric_mean_score)
    >>> round(iba([0, 0, 1, 1], [0, 1, 1, 1], average="binary"), 3)
    0.525
    """

    def decorate(score: Callable[_P, Any]) -> Callable[_P, Any]:
        parameters = inspect.signature(score).parameters

        @functools.wraps(score)
        def index(*arguments: _P.args, **named: _P.kwargs) -> Any:
            if not {"y_true", "y_pred"} <= set(parameters):
                raise UnsupportedTypeError(
                    f"{score.__name__} takes {listed(parameters)}. The index needs a score of labels, which takes "
                    "y_true and y_pred."
                )
            value = score(*arguments, **named)
            bound = inspect.signature(score).bind(*arguments, **named)
            bound.apply_defaults()
            known = inspect.signature(sensitivity_specificity_support).parameters
            given = {name: bound.arguments[name] for name in known if name in bound.arguments}
            if "average" not in given:
                is_binary = len(unique_labels(given["y_true"], given["y_pred"])) <= 2
                given["average"] = "binary" if is_binary else "macro"
            elif given["average"] == "multiclass":
                given["average"] = "macro"
            sensitivity, specificity, _ = sensitivity_specificity_support(
                given.pop("y_true"), given.pop("y_pred"), **given
            )
            dominance = sensitivity - specificity
            return (1 + alpha * dominance) * (value**2 if squared else value)

        return index

    return decorate


@checked(y_true=ARRAY_LIKE, y_pred=ARRAY_LIKE, sample_weight=ARRAY_LIKE | NONE)
def macro_averaged_mean_absolute_error(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return the mean absolute error per class, averaged over the classes (for ordered classes).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_rows,)
        True and predicted labels; they must be numbers.
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows.

    Returns
    -------
    float
        In the units of the labels.

    Raises
    ------
    InputError
        If `y_true` and `y_pred` are not of one length.

    References
    ----------
    .. [1] Baccianella, S., Esuli, A. and Sebastiani, F. (2009). Evaluation measures for ordinal
       regression. ISDA 2009, 283-287.
       doi:10.1109/ISDA.2009.230

    Examples
    --------
    >>> macro_averaged_mean_absolute_error([1, 1, 1, 2], [1, 1, 2, 1])
    0.6666666666666666
    """
    true, predicted = floats_of("y_true", y_true), floats_of("y_pred", y_pred)
    for name, given in (("y_true", true), ("y_pred", predicted)):
        if not np.isfinite(given).all():
            raise InputError(
                f"{name} must hold finite numbers; some are missing or infinite. Drop these rows."
            )
    if true.shape != predicted.shape or true.ndim != 1:
        raise InputError(
            f"y_true and y_pred must be one-dimensional and of one length; they have the shapes "
            f"{true.shape} and {predicted.shape}."
        )
    if not len(true):
        raise InputError("y_true is empty. Pass one label for each row.")
    weights = (
        np.ones(len(true)) if sample_weight is None else some_weights_of(sample_weight, len(true))
    )
    errors = np.abs(predicted - true)
    # A label that occurs only in y_pred has no rows, and therefore no error of its own.
    means = [
        np.average(errors[true == label], weights=weights[true == label])
        for label in np.unique(true)
        if weights[true == label].sum() > 0
    ]
    return float(np.mean(means))


@checked(
    **_OF_LABELS,
    target_names=ARRAY_LIKE | NONE,
    digits=integer(0),
    alpha=real(-np.inf, np.inf, closed="neither"),
    output_dict=BOOLEAN,
    zero_division=one_of("warn") | real(0, 1) | instance_of(float, "nan"),
)
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
    """Return precision, recall, specificity, F1, G-mean, IBA and support of each class as a table.

    The columns are pre (precision), rec (recall), spe (specificity), f1 (F1 score), geo (the
    geometric mean of recall and specificity), iba (index of balanced accuracy) and sup (support,
    the number of rows or their total weight).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_rows,)
        True and predicted labels.
    labels : sequence, optional
        Classes to include, in this order; by default all, sorted.
    target_names : sequence of str, optional
        Names of the classes in the table.
    sample_weight : array-like of shape (n_rows,), optional
        Weights of the rows.
    digits : int, default=2
        Number of decimals.
    alpha : float, default=0.1
        Parameter of the index of balanced accuracy; see `make_index_balanced_accuracy`.
    output_dict : bool, default=False
        Whether to return a dictionary instead of text.
    zero_division : float, default=0.0
        Value of a rate that is not defined because it has no rows.

    Returns
    -------
    str, or dict of label to dict of number

    Raises
    ------
    InputError
        If the number of `target_names` is not the number of classes.

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
            f"target_names has {len(names)} names; there are {len(each.labels)} classes. Pass one "
            "name for each."
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
