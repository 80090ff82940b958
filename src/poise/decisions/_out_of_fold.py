"""Probabilities of rows by copies of a classifier that were not fitted on them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import check_cv
from sklearn.utils.parallel import Parallel, delayed

from poise.core.errors import InputError, TooFewRowsError, WholeNumbersWarning
from poise.core.interrupts import tied
from poise.core.plan.recipes import Ids
from poise.core.sampling.parameters import NONE, having, instance_of, integer
from poise.core.sampling.seeds import fresh
from poise.core.tables.aligned import take
from poise.core.tables.labels import Labels
from poise.pipeline import has_one_entry_per_row

Floats = NDArray[np.float64]
Split = tuple[Ids, Ids]
CV = integer(2) | having("split", "get_n_splits") | instance_of(Iterable, "an iterable") | NONE


def splits_of(cv: Any, X: Any, labels: Labels, groups: Any, way_out: str) -> list[Split]:
    """Return the rows of the training and test part of each fold; every training part has all classes.

    Parameters
    ----------
    cv : int, splitter or iterable
    X : array-like of shape (n_rows, n_columns)
    labels : Labels
    groups : array-like of shape (n_rows,) or None
    way_out : str
        How to do without folds, for messages.

    Raises
    ------
    TooFewRowsError
        If a class has too few rows.
    InputError
        If the splitter raises.
    """
    if isinstance(cv, int) and labels.counts.min() < cv:
        raise _too_few(labels.classes, labels.counts, f"cv={cv} folds need as many", way_out)
    try:
        folds = check_cv(cv, labels.codes, classifier=True)
        splits = list(folds.split(X, labels.of_rows, groups))
    except ValueError as error:
        raise InputError(
            f"cv={cv!r} cannot split these rows: {error} Pass groups as groups=."
        ) from error
    for train, _ in splits:
        counts = np.bincount(labels.codes[train], minlength=len(labels.classes))
        if not counts.all():
            where = "the training rows of a fold lack it"
            raise _too_few(labels.classes, counts, where, way_out)
    return splits


def _too_few(
    classes: Sequence[Any], counts: NDArray[Any], where: str, way_out: str
) -> TooFewRowsError:
    least = int(counts.argmin())
    return TooFewRowsError(
        f"Class {classes[least]!r} has {counts[least]} rows, and {where}. Pass a cv with rows of every class in each "
        f"training part, or {way_out}."
    )


def out_of_fold(
    model: Any,
    X: Any,
    labels: Labels,
    given: dict[str, Any],
    splits: Sequence[Split],
    n_jobs: int | None,
) -> Floats:
    """Return out-of-fold probabilities, averaged over repeats; NaN for rows that are never held out.

    Parameters
    ----------
    model : classifier with `predict_proba`
        It is copied for each fold.
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
    labels : Labels
    given : dict
        Further parameters of `fit`; those with one entry per row are split with the rows.
    splits : sequence of (train, test)
    n_jobs : int or None

    Returns
    -------
    ndarray of shape (n_rows, n_classes)
    """
    target = labels.of_rows
    total = np.zeros((len(target), len(labels.classes)))
    times = np.zeros((len(target), 1))
    parts = Parallel(n_jobs=n_jobs)(
        delayed(tied(_of_fold))(fresh(model), X, target, given, train, test)
        for train, test in splits
    )
    for (_, test), part in zip(splits, parts, strict=True):
        total[test] += part
        times[test] += 1
    return np.divide(total, times, out=np.full_like(total, np.nan), where=times > 0)


def _of_fold(
    model: Any, X: Any, target: NDArray[Any], given: dict[str, Any], train: Ids, test: Ids
) -> Floats:
    own = {
        name: take(values, train) if has_one_entry_per_row(name, values, len(target)) else values
        for name, values in given.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", WholeNumbersWarning
        )  # the fit on all rows warns of the same columns
        model.fit(take(X, train), target[train], **own)
    found: Floats = model.predict_proba(take(X, test))
    return found
