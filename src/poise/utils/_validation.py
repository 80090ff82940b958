"""Check targets, strategies and neighbour objects of samplers that are classes of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target

from poise.core.errors import InputError, MethodError, UnsupportedTypeError, listed
from poise.core.sampling.allocation import classes_to_clean, rows_to_add, rows_to_keep
from poise.core.tables.aligned import number_rows, take
from poise.core.tables.convert import in_container_of
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import read_target
from poise.core.types import SamplingType, choices

_SAMPLING_TYPES = choices(SamplingType)


class ArraysTransformer:
    """Return arrays to the containers that X and y had.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    y : array-like of shape (n_rows,), (n_rows, 1), or one-hot (n_rows, n_classes)
    """

    def __init__(self, X: Any, y: Any) -> None:
        self._X, self._y = X, y

    def transform(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Return resampled rows and labels in the containers of the input.

        Parameters
        ----------
        X : ndarray or sparse matrix of shape (n_output, n_columns)
        y : ndarray of shape (n_output,) or one-hot (n_output, n_classes)

        Raises
        ------
        MethodError
            If X and y have different lengths, or y is a column of a frame and a label is not one of it.
        """
        is_list = isinstance(self._X, list) and not sp.issparse(X)  # of a frame, its values
        X = np.asarray(X) if is_list or not hasattr(X, "shape") else X
        labels = labels_of(np.asarray(y.toarray() if sp.issparse(y) else y))
        if X.shape[0] != len(labels):
            raise MethodError(
                f"The sampler returned {X.shape[0]} rows and {len(labels)} labels. Return one label per row."
            )
        if isinstance(self._y, list) or (
            isinstance(self._y, np.ndarray) and self._y.shape[1:] in ((), (1,))
        ):
            y_new = labels.tolist() if isinstance(self._y, list) else _as_dtype_of(self._y, labels)
            return in_container_of(self._X, X), y_new
        # Each label is taken from the first row that has it, so that it keeps its container and dtype.
        known, first = np.unique(check_target_type(self._y), return_index=True)
        unknown = np.setdiff1d(labels, known)
        if len(unknown):
            raise MethodError(
                f"The sampler returned the labels {listed(unknown.tolist())}, which y does not have. Return labels of y."
            )
        rows = first[np.searchsorted(known, labels)]
        y_new = number_rows(take(self._y, rows))
        return in_container_of(self._X, X), y_new


def _as_dtype_of(y: NDArray[Any], labels: NDArray[Any]) -> NDArray[Any]:
    """Return labels in the dtype of y, if they stay the same in it."""
    if y.dtype.kind not in "biufO" or labels.dtype.kind not in "biufO":
        return labels
    try:
        converted = labels.astype(y.dtype)
    except (ValueError, TypeError, OverflowError):  # objects that are not numbers
        return labels
    return converted if (converted == labels).all() else labels


def labels_of(y: Any) -> NDArray[Any]:
    """Return the value of each row as an array of shape (n_rows,); of a one-hot target, the column."""
    values = read_target(y)
    if values.ndim < 2:
        return values
    if values.shape[1:] == (1,):
        return values[:, 0]
    if values.ndim > 2 or not values.shape[1] or values.dtype.kind not in "biuf":
        raise InputError(
            f"y has the shape {values.shape} and dtype {values.dtype}. Pass one label per row, or one column of 0 and 1 "
            "per class."
        )
    return values.argmax(axis=1)


def check_target_type(y: Any, indicate_one_vs_all: bool = False) -> Any:  # noqa: FBT001, FBT002  # the peer's signature
    """Return the label of each row as an array.

    Parameters
    ----------
    y : array-like of shape (n_rows,), (n_rows, 1), or one-hot (n_rows, n_classes)
    indicate_one_vs_all : bool, default=False
        Whether to return a pair: the labels, and whether y was one-hot.

    Returns
    -------
    y : ndarray of shape (n_rows,)
        Of a one-hot target, the number of the column.
    is_one_vs_all : bool
        Only if `indicate_one_vs_all` is True.

    Raises
    ------
    InputError
        If a row has several labels.

    Examples
    --------
    >>> check_target_type([[0, 1], [1, 0]]).tolist()
    [1, 0]
    """
    is_one_hot = type_of_target(y) == "multilabel-indicator"
    if is_one_hot:
        cells = y.toarray() if sp.issparse(y) else np.asarray(y)
        several = np.flatnonzero((cells != 0).sum(axis=1) > 1)
        if len(several):
            raise InputError(
                f"Multilabel and multioutput targets are not supported. Row {several[0]} of y has several labels: "
                "resample for one of them at a time."
            )
        labels = cells.argmax(axis=1)
    else:
        labels = column_or_1d(y)
    return (labels, is_one_hot) if indicate_one_vs_all else labels


def check_sampling_strategy(
    sampling_strategy: Any, y: Any, sampling_type: SamplingType, **kwargs: Any
) -> Any:
    """Return a sampling strategy as a number of rows by label.

    Parameters
    ----------
    sampling_strategy : str, float, dict, list or callable
        The parameter of a sampler.
    y : array-like of shape (n_rows,)
        The labels.
    sampling_type : {"over-sampling", "under-sampling", "clean-sampling", "ensemble", "bypass"}
    **kwargs
        Passed to a callable beside y.

    Returns
    -------
    dict of label to int
        "over-sampling": number of rows to add. "under-sampling": number of rows to keep.
        "clean-sampling": the number of rows of the smallest class, for each class to clean. With the
        other types, `sampling_strategy` itself.

    Raises
    ------
    InputError
        If the strategy is invalid for these labels.

    Examples
    --------
    >>> check_sampling_strategy("auto", [0, 0, 0, 1], "over-sampling")
    {1: 2}
    """
    if sampling_type not in _SAMPLING_TYPES:
        raise InputError(
            f"sampling_type={sampling_type!r} is not known; it can be {listed(_SAMPLING_TYPES)}."
        )
    if sampling_type in ("ensemble", "bypass"):
        return sampling_strategy
    labels = encode(np.asarray(y))
    if callable(sampling_strategy) and kwargs:
        sampling_strategy = sampling_strategy(y, **kwargs)
    if sampling_type == "clean-sampling":
        codes = classes_to_clean(sampling_strategy, labels)
        return by_label(labels, dict.fromkeys(codes, int(labels.counts.min())))
    counts = rows_to_add if sampling_type == "over-sampling" else rows_to_keep
    return by_label(labels, counts(sampling_strategy, labels))


def by_label(labels: Labels, counts: dict[int, int]) -> dict[Any, int]:
    """Return numbers of rows by label instead of by class code."""
    return {labels.classes[code]: count for code, count in counts.items()}


def check_neighbors_object(nn_name: str, nn_object: Any, additional_neighbor: int = 0) -> Any:
    """Return an object that finds neighbours, for a number or an object of the user.

    Parameters
    ----------
    nn_name : str
        Name of the parameter for messages.
    nn_object : int or estimator
    additional_neighbor : int, default=0
        Added to a number: 1 if the rows that are searched are their own nearest neighbours.

    Returns
    -------
    estimator
        A `NearestNeighbors` for a number; otherwise a clone of the object.

    Raises
    ------
    UnsupportedTypeError
        If the object does not find neighbours.

    Examples
    --------
    >>> check_neighbors_object("k_neighbors", 5, additional_neighbor=1)
    NearestNeighbors(n_neighbors=6)
    """
    if isinstance(nn_object, int | np.integer) and not isinstance(nn_object, bool):
        return NearestNeighbors(n_neighbors=int(nn_object) + additional_neighbor)
    if not all(callable(getattr(nn_object, name, None)) for name in ("fit", "kneighbors")):
        raise UnsupportedTypeError(
            f"{nn_name}={nn_object!r} does not find neighbours. Pass a number, or an object such as "
            "sklearn.neighbors.NearestNeighbors(n_neighbors=5)."
        )
    return clone(nn_object)
