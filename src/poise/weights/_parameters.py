"""Weights under the parameter names of each library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.sampling.parameters import checked
from poise.core.tables.labels import Labels
from poise.core.tables.read import read_target
from poise.core.types import Column, Number, Scheme, WeightLibrary, choices
from poise.weights._schemes import (
    DEFAULT_BETA,
    DEFAULT_CAP,
    NUMBERS,
    Floats,
    read_labels,
    weights_of_classes,
    weights_of_columns,
)

LIBRARIES = choices(WeightLibrary)
_BY_CATBOOST = {"balanced": "Balanced", "sqrt": "SqrtBalanced"}


@checked(**NUMBERS)
def weight_parameters(
    y: Column,
    *,
    library: WeightLibrary,
    scheme: Scheme | Mapping[Any, Number] = "balanced",
    beta: Number = DEFAULT_BETA,
    cap: Number = DEFAULT_CAP,
) -> dict[str, Any]:
    """Return the class weights as keyword arguments of a library, under its own names.

    Parameters
    ----------
    y : array-like of shape (n_rows,), or one-hot of shape (n_rows, n_classes)
        For torch also a multi-label target of shape (n_rows, n_labels).
    library : {"sklearn", "xgboost", "lightgbm", "catboost", "torch", "keras"}
        By the name under which it is imported; see the notes.
    scheme : {"balanced", "sqrt", "effective", "capped"} or dict of label to weight, default="balanced"
        See `class_weights`.
    beta : float, default=0.999
        Of "effective".
    cap : float, default=10.0
        Of "capped".

    Returns
    -------
    dict of parameter name to numbers

    Raises
    ------
    UnknownNameError
        If the library or the scheme is unknown.
    InputError
        As in `class_weights`; if the library has no parameter for the weights of this target. The message
        says what to pass instead.

    Notes
    -----
    ============  =========================  ================================================================
    library       keywords                   of
    ============  =========================  ================================================================
    sklearn       class_weight               every classifier that has it; by label
    xgboost       scale_pos_weight           XGBClassifier, two classes
    lightgbm      class_weight               LGBMClassifier; by label
    catboost      auto_class_weights, or     CatBoostClassifier; "balanced" and "sqrt" by name, so that CatBoost
                  class_weights              computes them in every fold, other schemes by label
    torch         pos_weight, or weight      BCEWithLogitsLoss of two classes or several labels, or CrossEntropyLoss
                                             of several classes or a one-hot y; lists, for ``torch.tensor``
    keras         class_weight               ``Model.fit``; by position in the sorted labels
    ============  =========================  ================================================================

    `scale_pos_weight` and `pos_weight` are ratios, with a weight of 1 for the class that sorts first; the positive
    class is the one that sorts last. With `auto_class_weights` the largest class has the weight 1. So the
    mean weight of the rows is not 1; with `sample_weights` it is, in every library.

    Examples
    --------
    >>> y = ["no"] * 90 + ["yes"] * 10
    >>> weight_parameters(y, library="xgboost")
    {'scale_pos_weight': 9.0}
    >>> weight_parameters(y, library="keras", scheme="sqrt")
    {'class_weight': {0: 0.833..., 1: 2.5}}
    >>> weight_parameters([[1, 0, 0], [1, 1, 0], [0, 0, 1], [1, 0, 0]], library="torch")
    {'pos_weight': [0.333..., 3.0, 3.0]}
    """
    if not isinstance(library, str) or library not in LIBRARIES:
        raise UnknownNameError(
            f"library={library!r} is not known; it can be {listed(LIBRARIES, limit=None)}."
            f"{nearest_name(library, LIBRARIES)} sample_weights(y) is for any library."
        )
    labels = read_labels(y)
    if not isinstance(labels, Labels):
        _check_takes_several(library, labels.shape[1])
        return {"pos_weight": _of_columns(labels, scheme, beta, cap)}
    weights = weights_of_classes(labels.counts, labels.classes, scheme, beta=beta, cap=cap)
    if library in ("torch", "keras"):
        return _by_position(library, y, labels, weights, scheme)
    if library == "xgboost":
        return {"scale_pos_weight": _ratio(labels, weights, scheme)}
    if library == "catboost" and isinstance(scheme, str) and scheme in _BY_CATBOOST:
        return {"auto_class_weights": _BY_CATBOOST[scheme]}
    name = "class_weights" if library == "catboost" else "class_weight"
    return {name: dict(zip(labels.classes, weights.tolist(), strict=True))}


def _check_takes_several(library: str, n_labels: int) -> None:
    """Raise InputError if a library has no weights for several labels per row."""
    if library != "torch":
        raise InputError(
            f"y has {n_labels} columns with several labels per row, for which library={library!r} has no class weights. Use "
            "sample_weights(y), a weight for each row, or fit one model for each column."
        )


def _by_position(
    library: str, y: Any, labels: Labels, weights: Floats, scheme: Any
) -> dict[str, Any]:
    """Return the weights by the positions of the classes, which of a one-hot target are its columns."""
    values = read_target(y)
    n_columns = values.shape[1] if values.ndim == 2 else 1
    if n_columns > len(labels.classes):
        empty = min(set(range(n_columns)) - set(labels.classes))
        raise InputError(
            f"Column {empty} of y (counted from 0) has no row with a 1, so its class has no weight. Leave it out, or pass "
            "rows of every class."
        )
    if library == "keras":
        return {"class_weight": dict(enumerate(weights.tolist()))}
    if len(weights) > 2 or n_columns > 1:
        return {"weight": weights.tolist()}
    return {"pos_weight": [_ratio(labels, weights, scheme)]}


def _ratio(labels: Labels, weights: Floats, scheme: Any) -> float:
    """Return the weight of the last of two classes in sorted order, for a weight of 1 of the first."""
    if len(weights) != 2:
        message = (
            f"y has {len(weights)} classes, {listed(labels.classes)}, and scale_pos_weight of XGBoost is for two. Pass "
            f"sample_weight=poise.weights.sample_weights(y, {scheme!r:.100}) to fit."
            if len(weights) > 2
            else f"y has one class, {labels.classes[0]!r}, and a weight of the positive class needs two. Pass training rows of "
            "both classes."
        )
        raise InputError(message)
    if not weights[0]:
        raise InputError(
            f"scheme gives class {labels.classes[0]!r} the weight 0, so that the ratio to it is infinite. Give it a weight "
            "above 0, or leave its rows out."
        )
    return float(weights[1] / weights[0])


def _of_columns(is_one: Any, scheme: Any, beta: Number, cap: Number) -> list[float]:
    without = np.flatnonzero(is_one.all(axis=0) | ~is_one.any(axis=0))
    if len(without):
        raise InputError(
            f"Column {int(without[0])} of y (counted from 0) is {int(is_one[0, without[0]])} in every row, so its label has "
            "no weight. Leave it out, or pass rows with both values."
        )
    of_zero, of_one = weights_of_columns(is_one, scheme, beta=beta, cap=cap)
    found: list[float] = (of_one / of_zero).tolist()
    return found
