"""Whether the folds of a cross-validation test on rows that were made from their training rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import check_cv

from poise.core.errors import InputError
from poise.core.plan.recipes import Ids
from poise.core.tables.aligned import take
from poise.core.tables.convert import have_one_index
from poise.core.tables.labels import encode
from poise.core.tables.read import (
    check_not_swapped,
    check_same_length,
    length,
    read_target,
)
from poise.core.types import Column, Folds, SplitVerdict
from poise.diagnosis._copies import Copies
from poise.diagnosis._evidence import CANNOT_TELL, CLEAN, LEAK
from poise.diagnosis._forensics import SplitCheck, Verdict, check_split, suspicious_rows


@dataclass(frozen=True, eq=False)
class FoldsCheck(Verdict):
    """The verdict of `check_folds`.

    Attributes
    ----------
    verdict : {"leak", "clean", "cannot tell"}
    reasons : list of str
        Those of the folds with this verdict first.
    rows : dict of columns
        Suspicious rows: "fold", and the columns of `SplitCheck.rows` with row numbers of the whole table. The
        column "how" is "new" for a new row in a test part.
    folds : list of SplitCheck
        The verdict on each fold, with row numbers of its parts.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import forensics, resample
    >>> X, y = make_classification(600, weights=[0.9], random_state=0)
    >>> too_early = resample(X, y, method="smote", random_state=0)
    >>> found = forensics.check_folds(too_early.X, too_early.y, cv=3)
    >>> found.is_leak, [fold.verdict for fold in found.folds]
    (True, ['leak', 'leak', 'leak'])
    """

    verdict: SplitVerdict
    folds: list[SplitCheck] = field(repr=False)

    @property
    def is_leak(self) -> bool:
        """Whether the verdict is "leak"."""
        return self.verdict == LEAK

    @property
    def certainty(self) -> str:
        """How sure the verdict is."""
        if self._is_known:
            return "is_new says so"
        return f"for each fold, {super().certainty}" if self.is_leak else super().certainty

    @property
    def advice(self) -> str:
        """What to do; empty if nothing needs to be done."""
        if self._is_known:
            return "Drop the rows of is_new, and resample inside each fold: poise.pipeline.make_pipeline does so."
        return super().advice

    @property
    def _is_known(self) -> bool:
        return self.is_leak and "new" in self.rows["how"]


def check_folds(
    X: Any, y: Any, *, cv: Folds, groups: Column | None = None, is_new: Column | None = None
) -> FoldsCheck:
    """Find out whether a cross-validation of a table that may have been resampled tests on rows it trained on.

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_columns)
    y : array-like of shape (n_rows,)
    cv : int, splitter or iterable of (train, test)
        As in `sklearn.model_selection.cross_val_score`.
    groups : array-like of shape (n_rows,), optional
        Groups of rows for the splitter.
    is_new : array-like of shape (n_rows,), bool, optional
        Which rows a sampler made, such as `poise.resample(...).is_new`. New rows in a test part are a leak,
        without any search: they were made from rows of the training part, or stand in for real ones.

    Returns
    -------
    FoldsCheck

    Raises
    ------
    InputError
        If lengths differ, labels are missing, or `is_new` is not one True or False per row.

    Notes
    -----
    One `check_split` per fold, at most 1 in 100 of which calls an honest split a leak.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> import poise
    >>> X, y = make_classification(600, weights=[0.9], random_state=0)
    >>> poise.forensics.check_folds(X, y, cv=3).verdict
    'clean'
    >>> too_early = poise.resample(X, y, method="smote", random_state=0)
    >>> poise.forensics.check_folds(too_early.X, too_early.y, cv=3).verdict
    'leak'
    >>> found = poise.forensics.check_folds(too_early.X, too_early.y, cv=3, is_new=too_early.is_new)
    >>> print(found.reasons[0])
    Fold 1: 119 of 360 test rows are new rows: a model is tested on rows that a sampler made.
    """
    check_not_swapped(X, y)
    have_one_index(X, y, "y")  # raises for the same index in different orders
    target = read_target(y)
    n_rows = length(X)
    check_same_length("y", len(target), n_rows)
    if is_new is not None:
        have_one_index(X, is_new, "is_new")
    codes = encode(target).codes
    mask = None if is_new is None else _mask(is_new, n_rows)
    splits = _splits(cv, codes, groups)
    folds = [_check_fold(X, y, train, test, mask) for train, test in splits]
    verdicts = [fold.verdict for fold in folds]
    verdict = next(one for one in (LEAK, CANNOT_TELL, CLEAN) if one in verdicts)
    order = sorted(range(len(folds)), key=lambda number: verdicts[number] != verdict)
    reasons = [f"Fold {number + 1}: {folds[number].reasons[0]}" for number in order]
    return FoldsCheck(verdict, reasons, _rows_of(folds, splits), folds)


def _splits(cv: Any, codes: Ids, groups: Any) -> list[tuple[Ids, Ids]]:
    """Return the row numbers of the training and the test part of each fold."""
    n_rows = len(codes)
    given = None if groups is None else encode(read_target(groups, "groups")).codes
    if given is not None:
        check_same_length("groups", len(given), n_rows)
    try:
        splitter = check_cv(cv, codes, classifier=True)
        parts = list(splitter.split(np.empty((n_rows, 0)), codes, given))
        splits = [(np.arange(n_rows)[train], np.arange(n_rows)[test]) for train, test in parts]
    except (ValueError, TypeError, IndexError) as error:
        raise InputError(f"cv={cv!r} cannot split these {n_rows:,} rows: {error}") from error
    if not splits:
        raise InputError(f"cv={cv!r} has no folds.")
    if any(np.ndim(rows) != 1 or not len(rows) for fold in splits for rows in fold):
        raise InputError(f"cv={cv!r} has a fold without training rows or without test rows.")
    return splits


def _mask(is_new: Any, n_rows: int) -> NDArray[np.bool_]:
    mask = np.asarray(is_new)
    if mask.dtype != bool or mask.shape != (n_rows,):
        raise InputError(
            f"is_new must have one True or False for each of the {n_rows:,} rows of X, but it is an array of "
            f"{mask.dtype} of shape {mask.shape}. Pass poise.resample(...).is_new."
        )
    return mask


def _check_fold(
    X: Any, y: Any, train: Ids, test: Ids, is_new: NDArray[np.bool_] | None
) -> SplitCheck:
    if is_new is None or not is_new[test].any():
        return check_split(take(X, train), take(y, train), take(X, test), take(y, test))
    rows = np.flatnonzero(is_new[test])
    reason = f"{len(rows):,} of {len(test):,} test rows are new rows: a model is tested on rows that a sampler made."
    labels = encode(read_target(take(y, test)))
    new = Copies(rows, np.full(len(rows), -1), np.full(len(rows), "new"))
    return SplitCheck(LEAK, [reason], suspicious_rows(labels, [], new))


def _rows_of(folds: list[SplitCheck], splits: list[tuple[Ids, Ids]]) -> dict[str, NDArray[Any]]:
    """Return the suspicious rows of all folds, in the row numbers of the whole table."""
    parts = []
    for number, (fold, (train, test)) in enumerate(zip(folds, splits, strict=True)):
        ends = {
            name: np.where(fold.rows[name] >= 0, train[fold.rows[name]], -1)
            for name in ("first", "second")
        }
        rows = {"row": test[fold.rows["row"]]} | ends
        parts.append({"fold": np.full(len(rows["row"]), number + 1)} | fold.rows | rows)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
