"""Splits for cross-validation that share hard rows out evenly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import BaseCrossValidator, StratifiedKFold, cross_val_predict

from poise.core.errors import InputError, TooFewRowsError, UnknownNameError, listed
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import read_target

__all__ = ["InstanceHardnessCV"]


class InstanceHardnessCV(BaseCrossValidator):  # type: ignore[misc]  # scikit-learn has no type hints
    """Folds in which hard and easy rows of both classes are alike.

    Rows are sorted by class, and within it by the probability that a classifier gives them out of
    fold; every fold gets every `n_splits`-th of them.

    Parameters
    ----------
    estimator : classifier with `predict_proba`
        It is cloned.
    n_splits : int, default=5
    pos_label : label, optional
        The class whose probability sorts the rows; by default the second in sorted order.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise.model_selection import InstanceHardnessCV
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> folds = InstanceHardnessCV(LogisticRegression())
    >>> [int(y[test].sum()) for _, test in folds.split(X, y)]
    [1, 2, 2, 2, 2]
    """

    def __init__(self, estimator: Any, *, n_splits: int = 5, pos_label: Any = None) -> None:
        self.estimator = estimator
        self.n_splits = n_splits
        self.pos_label = pos_label

    def split(
        self,
        X: Any,
        y: Any = None,
        groups: Any = None,  # noqa: ARG002  # as scikit-learn's
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Yield the rows of each training part and each test part.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
            Of two classes.
        groups : ignored

        Raises
        ------
        InputError
            For another number of classes.
        TooFewRowsError
            When a class has fewer rows than there are folds.
        """
        known = encode(read_target(y))
        positive = self._positive(known)
        folds = StratifiedKFold(self.n_splits)
        probability = cross_val_predict(
            clone(self.estimator), X, known.codes, cv=folds, method="predict_proba"
        )[:, positive]
        in_order = np.lexsort((probability, known.codes))
        fold = np.empty(len(in_order), dtype=np.intp)
        fold[in_order] = np.arange(len(in_order)) % self.n_splits
        for number in range(self.n_splits):
            yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)

    def _positive(self, known: Labels) -> int:
        if len(known.classes) != 2:
            raise InputError(
                f"InstanceHardnessCV parts two classes; y has {len(known.classes)}. Use "
                "sklearn.model_selection.StratifiedKFold."
            )
        fewest = int(known.counts.min())
        if fewest < self.n_splits:
            raise TooFewRowsError(
                f"InstanceHardnessCV needs n_splits={self.n_splits} rows in every class; one has "
                f"{fewest}. Pass n_splits={max(fewest, 2)} or less."
            )
        if self.pos_label is None:
            return 1
        if self.pos_label not in known.classes:
            raise UnknownNameError(
                f"pos_label={self.pos_label!r} is not in y; its classes are {listed(known.classes)}."
            )
        return known.classes.index(self.pos_label)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: ARG002  # as scikit-learn's
        """Return the number of folds."""
        return self.n_splits
