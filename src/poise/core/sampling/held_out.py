"""Probabilities of rows by classifiers that were not fitted on them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from poise.core.interrupts import tied
from poise.core.plan.recipes import Ids
from poise.core.tables.aligned import take
from poise.core.tables.labels import Labels


def held_out_probabilities(
    classifier: Any, X: Any, labels: Labels, folds: Any, n_jobs: int | None = None
) -> NDArray[np.float64]:
    """Return the probability of each class for each row, by cross-validation.

    Unlike ``sklearn.model_selection.cross_val_predict``, the classifier gets the user's labels, so that
    its ``class_weight`` can be by label.

    Parameters
    ----------
    classifier : classifier with predict_proba
        It is cloned.
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    labels : Labels
    folds : splitter
        Every training part must have all classes.
    n_jobs : int, optional

    Returns
    -------
    ndarray of shape (n_rows, n_classes), float64
        In the order of the codes.
    """
    target, found = labels.of_rows, np.empty((len(labels.codes), len(labels.classes)))
    parts = list(folds.split(np.zeros(len(target)), labels.codes))
    each = Parallel(n_jobs=n_jobs)(
        delayed(tied(_of_part))(clone(classifier), X, target, train, test) for train, test in parts
    )
    for (_, test), probabilities in zip(parts, each, strict=True):
        found[test] = probabilities
    return found


def _of_part(
    classifier: Any, X: Any, target: NDArray[Any], train: Ids, test: Ids
) -> NDArray[np.float64]:
    return np.asarray(classifier.fit(take(X, train), target[train]).predict_proba(take(X, test)))
