"""Schemes: how much a row of each class counts, from the number of rows of each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import (
    InputError,
    NothingToDoWarning,
    UnknownNameError,
    listed,
    nearest_name,
    warn,
)
from poise.core.numbers import is_number
from poise.core.sampling.parameters import Allowed, checked, real
from poise.core.tables.convert import have_one_index
from poise.core.tables.labels import Labels, encode, encode_groups
from poise.core.tables.read import read_target
from poise.core.types import Column, Number, Scheme, choices

Floats = NDArray[np.float64]
SCHEMES = choices(Scheme)
DEFAULT_BETA, DEFAULT_CAP = 0.999, 10.0
NUMBERS: dict[str, Allowed] = {
    "beta": real(0, 1, "left"),
    "cap": real(1, np.inf, "left"),
}


@checked(**NUMBERS)
def class_weights(
    y: Column,
    scheme: Scheme | Mapping[Any, Number] = "balanced",
    *,
    beta: Number = DEFAULT_BETA,
    cap: Number = DEFAULT_CAP,
) -> dict[Any, float]:
    """Return the weight of each class.

    Parameters
    ----------
    y : array-like of shape (n_rows,), or one-hot of shape (n_rows, n_classes)
        The labels of the training rows; the classes of a one-hot target are 0, 1, ..., its columns.
    scheme : {"balanced", "sqrt", "effective", "capped"} or dict of label to weight, default="balanced"
        "balanced": all classes get the same total weight (as in scikit-learn). "sqrt": a weight
        is proportional to 1 / sqrt(number of rows). "effective": to 1 / (effective number of rows) [1]_,
        which is (1 - beta^n) / (1 - beta) for n rows. "capped": balanced, but no row weighs more than
        `cap` times as much as a row of the largest class. A dictionary, such as ``costs.class_weights()``
        of a `CostMatrix`, must name every class and is returned as it is given.
    beta : float, default=0.999
        Of "effective": 0 gives equal weights, and near 1 they are balanced.
    cap : float, default=10.0
        Of "capped".

    Returns
    -------
    dict of label to weight, in sorted order of the labels

    Raises
    ------
    UnknownNameError
        If the scheme is unknown, or a dictionary names a label that is not in y.
    InputError
        If a dictionary has no weight for a class, a weight is negative or not finite, or y has several
        labels per row.

    Notes
    -----
    The mean weight of the rows is 1 in every named scheme, so that penalties, learning rates and
    smallest sizes of leaves keep their meaning. Cui et al. scale the weights of the classes to a sum
    of n_classes instead; the ratios are the same.

    Weights make the predicted probabilities of rare classes too high; `ReweightedClassifier` takes this back.

    References
    ----------
    .. [1] Cui, Y., Jia, M., Lin, T.-Y., Song, Y. and Belongie, S. (2019). Class-balanced loss based on
       effective number of samples. CVPR 2019, 9268-9277.
       doi:10.1109/CVPR.2019.00949

    Examples
    --------
    >>> y = ["no"] * 90 + ["yes"] * 10
    >>> class_weights(y)
    {'no': 0.555..., 'yes': 5.0}
    >>> class_weights(y, "sqrt")
    {'no': 0.833..., 'yes': 2.5}
    >>> class_weights(y, "capped", cap=4)
    {'no': 0.769..., 'yes': 3.07...}
    """
    labels = read_labels(y)
    if not isinstance(labels, Labels):
        raise InputError(
            f"y has {labels.shape[1]} columns with several labels per row, so its classes have no single weight. Use "
            "sample_weights(y) for a weight of each row, or weight_parameters(y, library='torch') for one of each column."
        )
    weights = weights_of_classes(labels.counts, labels.classes, scheme, beta=beta, cap=cap)
    return dict(zip(labels.classes, weights.tolist(), strict=True))


@checked(**NUMBERS)
def sample_weights(
    y: Column,
    scheme: Scheme | Mapping[Any, Number] = "balanced",
    groups: Column | None = None,
    *,
    beta: Number = DEFAULT_BETA,
    cap: Number = DEFAULT_CAP,
) -> Floats:
    """Return the weight of each row, for ``fit(X, y, sample_weight=...)`` of any library.

    Parameters
    ----------
    y : array-like of shape (n_rows,), one-hot of shape (n_rows, n_classes), or multi-label of shape (n_rows, n_labels)
        A multi-label target has 0 and 1 in each column, and any number of 1 in a row; the weight of a row is the
        product of its weights in each column, as in scikit-learn's `compute_sample_weight`.
    scheme : {"balanced", "sqrt", "effective", "capped"} or dict of label to weight, default="balanced"
        See `class_weights`. With `groups`, it must be "balanced"; a multi-label target takes no dictionary.
    groups : array-like of shape (n_rows,), optional
        A group for each row, such as a hospital or a sex. The weights then make the class independent of the
        group, and keep the share of each class and of each group: the share of the group times the
        share of the class, divided by the share of rows with both (Kamiran and Calders [1]_). To balance the
        classes as well, multiply by ``sample_weights(y)``.
    beta : float, default=0.999
        Of "effective".
    cap : float, default=10.0
        Of "capped".

    Returns
    -------
    ndarray of shape (n_rows,), float64

    Raises
    ------
    InputError
        As in `class_weights`; if `groups` is of another length, or is passed with another scheme than "balanced".

    Warns
    -----
    NothingToDoWarning
        If a group has no row of a class, so that no weights make the class independent of it.

    Notes
    -----
    O(n). The mean is 1 for named schemes, and with groups if each of them has rows of all classes; it is not
    for multi-label targets, whose products have no fixed mean, and for dictionaries, which are used as given.

    References
    ----------
    .. [1] Kamiran, F. and Calders, T. (2012). Data preprocessing techniques for classification without
       discrimination. Knowledge and Information Systems 33, 1-33.
       doi:10.1007/s10115-011-0463-8

    Examples
    --------
    >>> sample_weights(["no", "no", "no", "yes"]).round(3)
    array([0.667, 0.667, 0.667, 2.   ])
    >>> sample_weights([0, 0, 0, 1, 0, 1], groups=list("aaaabb")).round(3)
    array([0.889, 0.889, 0.889, 1.333, 1.333, 0.667])
    """
    labels = read_labels(y)
    if groups is not None:
        return _of_groups(y, labels, groups, scheme)
    if isinstance(labels, Labels):
        weights = weights_of_classes(labels.counts, labels.classes, scheme, beta=beta, cap=cap)
        return weights[labels.codes]
    of_zero, of_one = weights_of_columns(labels, scheme, beta=beta, cap=cap)
    return np.where(labels, of_one, of_zero).prod(axis=1)


def read_labels(y: Any) -> Labels | NDArray[np.bool_]:
    """Return the labels of a target, or of a multi-label one where it is 1, with a column for each label."""
    values = read_target(y)
    if values.ndim == 2 and values.shape[1] > 1:
        is_one = np.asarray(values == 1, dtype=bool)
        is_known = is_one | np.asarray(values == 0, dtype=bool)
        if is_known.all() and (is_one.sum(axis=1) != 1).any():
            return is_one
    labels = encode(values)
    if not len(labels.codes):
        raise InputError("y is empty, so no class has a weight. Pass one label for each row.")
    return labels


def weights_of_classes(
    totals: NDArray[Any], classes: Sequence[Any], scheme: Any, *, beta: Number, cap: Number
) -> Floats:
    """Return the weight of each class from its number of rows, or their total weight, which is above 0.

    Parameters
    ----------
    totals : ndarray of shape (n_classes,)
    classes : sequence of labels
    scheme, beta, cap
        See `class_weights`.

    Returns
    -------
    ndarray of shape (n_classes,), float64
    """
    if isinstance(scheme, Mapping):
        return _of_dictionary(scheme, classes)
    check_scheme(scheme)
    totals = np.asarray(totals, dtype=np.float64)
    if scheme == "balanced":
        return totals.sum() / (len(totals) * totals)
    if scheme == "sqrt":
        found = totals**-0.5
    elif scheme == "effective":
        with np.errstate(divide="ignore"):  # the logarithm of beta=0
            found = -1 / np.expm1(totals * np.log(beta))
    else:
        found = np.minimum(1 / totals, cap / totals.max())
    return np.asarray(found * (totals.sum() / (found * totals).sum()))


def weights_of_columns(
    is_one: NDArray[np.bool_], scheme: Any, *, beta: Number, cap: Number
) -> Floats:
    """Return the weights of 0 and of 1 in each column of a multi-label target, of shape (2, n_labels).

    A column of equal values has the weight 1.
    """
    if isinstance(scheme, Mapping):
        raise InputError(
            f"scheme={scheme!r:.100} gives weights by label, but y has several labels per row, each of which is 0 or 1. Pass "
            f"one of {listed(SCHEMES)}."
        )
    check_scheme(scheme)
    n_ones = is_one.sum(axis=0)
    found = np.ones((2, len(n_ones)))
    for column, n in enumerate(n_ones.tolist()):
        if 0 < n < len(is_one):
            counts = np.array([len(is_one) - n, n])
            found[:, column] = weights_of_classes(counts, (0, 1), scheme, beta=beta, cap=cap)
    return found


def check_scheme(scheme: Any) -> None:
    """Raise InputError unless a scheme is a dictionary or one of the names."""
    if isinstance(scheme, Mapping):
        return
    if hasattr(scheme, "class_weights"):
        raise InputError(
            f"scheme={scheme!r} is not a dictionary of label to weight. Pass scheme=costs.class_weights()."
        )
    if not isinstance(scheme, str):
        raise InputError(
            f"scheme={scheme!r:.100} must be one of {listed(SCHEMES)}, or a dictionary of label to weight."
        )
    if scheme not in SCHEMES:
        raise UnknownNameError(
            f"There is no scheme={scheme!r}; there are {listed(SCHEMES)}, and dictionaries of label to weight."
            f"{nearest_name(scheme, SCHEMES)}"
        )


def _of_dictionary(scheme: Mapping[Any, Any], classes: Sequence[Any]) -> Floats:
    unknown = [label for label in scheme if label not in classes]
    if unknown:
        raise UnknownNameError(
            f"scheme names class {unknown[0]!r}, and no row has that label; those in y are {listed(classes)}."
            f"{nearest_name(unknown[0], classes)} Leave it out, or pass rows of every class: in a cross-validation, "
            "stratified folds."
        )
    missing = [label for label in classes if label not in scheme]
    if missing:
        raise InputError(
            f"scheme has no weight for class {missing[0]!r} of y; it names {listed(scheme)}. Give every class a weight: 1 "
            "leaves it as it is."
        )
    for label, weight in scheme.items():
        if not is_number(weight) or weight < 0:
            raise InputError(
                f"scheme gives class {label!r} the weight {weight!r}; it must be a finite number of 0 or more. Replace it."
            )
    found = np.array([float(scheme[label]) for label in classes])
    if not found.any():
        raise InputError(
            "scheme gives every class the weight 0; at least one must be above 0. Pass other weights."
        )
    return found


def _of_groups(y: Any, labels: Labels | NDArray[np.bool_], groups: Any, scheme: Any) -> Floats:
    """Return the weights that make the class independent of the group."""
    if not isinstance(labels, Labels):
        raise InputError(
            "groups= needs one class for each row, and y has several labels per row. Pass one column of y."
        )
    if not isinstance(scheme, str) or scheme != "balanced":
        check_scheme(scheme)
        raise InputError(
            f"groups= has weights of its own, which make the class independent of the group, and scheme={scheme!r:.100} has "
            "others. Multiply them: sample_weights(y, groups=groups) * sample_weights(y, scheme)."
        )
    have_one_index(y, groups, "groups", beside="y")
    values = read_target(groups, "groups")
    if len(values) != len(labels.codes):
        raise InputError(
            f"groups has {len(values)} entries and y has {len(labels.codes)}. Pass one group for each row."
        )
    codes, n_classes = encode_groups(values), len(labels.classes)
    n_groups = int(codes.max()) + 1
    cells = codes * n_classes + labels.codes
    counts = np.bincount(cells, minlength=n_groups * n_classes).reshape(n_groups, n_classes)
    if not counts.all():
        group, label = np.argwhere(counts == 0)[0].tolist()
        first = values.reshape(len(values))[int((codes == group).argmax())]
        warn(
            f"Group {first!r} has no row of class {labels.classes[label]!r}, so no weights make the class independent of the "
            "group. Merge small groups, or leave this one out.",
            NothingToDoWarning,
        )
    expected = counts.sum(axis=1, keepdims=True) * (counts.sum(axis=0) / len(cells))
    weights = np.divide(expected, counts, out=np.zeros_like(expected), where=counts > 0)
    return np.asarray(weights.ravel()[cells])
