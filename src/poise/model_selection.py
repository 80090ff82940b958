"""Cross-validation splits that distribute hard rows evenly over the folds."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import BaseCrossValidator, StratifiedKFold

from poise.core.errors import InputError, TooFewRowsError, UnsupportedTypeError
from poise.core.sampling.constructors import names_parameters
from poise.core.sampling.held_out import held_out_probabilities
from poise.core.saved import PickledWithVersion
from poise.core.tables.convert import check_one_order
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import read_target
from poise.core.types import Classifier

__all__ = ["InstanceHardnessCV"]


@names_parameters
class InstanceHardnessCV(PickledWithVersion, BaseCrossValidator):  # type: ignore[misc]  # scikit-learn has no type hints
    """Stratified folds that each get a similar number of easy and of hard rows of both classes.

    The hardness of a row is measured by the probability that a classifier predicts for it in
    cross-validation. Rows are sorted by class and, within each class, by this probability; they
    are then dealt to the folds in turn.

    Parameters
    ----------
    estimator : classifier with `predict_proba`
        Classifier that measures hardness; it is cloned.
    n_splits : int, default=5
        Number of folds.
    pos_label : label, optional
        The class whose predicted probability is used; by default the class with the fewest rows, and of two
        equal ones the one that sorts last.

    Notes
    -----
    Cost: `n_splits` fits of the classifier per call of `split`, and O(n log n) for n rows.

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

    def __init__(self, estimator: Classifier, *, n_splits: int = 5, pos_label: Any = None) -> None:
        self.estimator = estimator
        self.n_splits = n_splits
        self.pos_label = pos_label

    def split(
        self,
        X: Any,
        y: Any = None,
        groups: Any = None,
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Yield the row numbers of the training part and of the test part of each split.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
            Labels of two classes.
        groups : object
            Ignored, with a warning.

        Yields
        ------
        train, test : ndarray of intp

        Raises
        ------
        InputError
            If there are not exactly two classes.
        TooFewRowsError
            If a class has fewer rows than there are folds.
        UnknownNameError
            If `pos_label` is not in y.
        """
        check_one_order(X, y=y)
        if groups is not None:
            warnings.warn(
                "The groups parameter is ignored by InstanceHardnessCV. To keep groups together, use "
                "sklearn.model_selection.StratifiedGroupKFold.",
                UserWarning,
                stacklevel=2,
            )
        if isinstance(self.estimator, type) or not hasattr(self.estimator, "predict_proba"):
            raise UnsupportedTypeError(
                f"estimator={self.estimator!r} must be a classifier with predict_proba. Calibrate it with "
                "sklearn.calibration.CalibratedClassifierCV, or pass another classifier."
            )
        labels = encode(read_target(y))
        positive = self._positive(labels)
        folds = StratifiedKFold(self.n_splits)
        probability = held_out_probabilities(self.estimator, X, labels, folds)[:, positive]
        in_order = np.lexsort((probability, labels.codes))
        fold = np.empty(len(in_order), dtype=np.intp)
        fold[in_order] = np.arange(len(in_order)) % self.n_splits
        for number in range(self.n_splits):
            yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)

    def _positive(self, labels: Labels) -> int:
        if len(labels.classes) != 2:
            raise InputError(
                f"InstanceHardnessCV needs two classes; y has {len(labels.classes)}. Use "
                "sklearn.model_selection.StratifiedKFold."
            )
        fewest = int(labels.counts.min())
        if fewest < self.n_splits:
            raise TooFewRowsError(
                f"InstanceHardnessCV needs n_splits={self.n_splits} rows in every class; one class "
                f"has {fewest}. Pass n_splits={max(fewest, 2)} or less."
            )
        return labels.event_code(self.pos_label)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: ARG002  # the signature of scikit-learn
        """Return the number of folds."""
        return self.n_splits
