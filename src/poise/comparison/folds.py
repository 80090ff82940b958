"""The folds of a comparison: the same for every arm, numbered over all repeats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit

from poise.core.errors import InputError, TooFewRowsError
from poise.core.plan.recipes import Ids
from poise.core.tables.aligned import times_of
from poise.core.tables.read import check_same_length
from poise.study.event_table import EventTable
from poise.study.parameters import read_count, read_groups
from poise.study.statistics import N_FOLDS, default_repeats

_LEAST_TIMES = 3
_NEEDED = 6  # of each class to train on: SMOTE's five neighbours, and the row itself


@dataclass(frozen=True, eq=False)
class Fold:
    """One fold.

    Attributes
    ----------
    repeat, number : int
    train, test : ndarray of intp
    random_seed : int
        Random seed of samplers and estimators in this fold; the same for every arm.
    """

    repeat: int
    number: int
    train: Ids
    test: Ids
    random_seed: int


class ForwardInTime(TimeSeriesSplit):  # type: ignore[misc]  # scikit-learn has no type hints
    """Folds that are tested on later rows than they are trained on; with groups, on rows of other groups too."""

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Ids, Ids]]:
        """Yield the training and the test rows of each fold, for rows in the order of time."""
        for train, test in super().split(X, y):
            if groups is None:
                yield train, test
            else:
                known = np.asarray(groups)
                yield train[~np.isin(known[train], known[test])], test


def make_folds(
    rows: EventTable, cv: Any, n_repeats: int | None, groups: Any, time: Any, random_state: int
) -> list[Fold]:
    """Return folds, those of the first repeat first.

    Parameters
    ----------
    rows : EventTable
    cv : int, splitter, or iterable of (train, test)
        A number of folds is stratified, keeps `groups` together, and goes forward in `time`; a splitter
        is used as it is.
    n_repeats : int, optional
        By default 5 below 10,000 rows, else 2.
    groups, time : array-like of shape (n_rows,), optional
    random_state : int
    """
    order = _read_order(rows, time)
    codes = None if groups is None else read_groups(groups, rows.n_rows)
    if isinstance(cv, int):
        _check_number(cv, rows, codes, time)
    parts: list[tuple[int, Ids, Ids]] = []
    for repeat in range(_repeats(rows, cv, n_repeats, time)):
        splitter = _splitter(cv, codes, time, np.random.RandomState([random_state, repeat]))
        parts += [(repeat, *pair) for pair in _split(splitter, rows, codes, order)]
    random_seeds = np.random.RandomState([random_state, 1_000_003]).randint(
        2**31 - 1, size=len(parts)
    )
    return [
        Fold(repeat, number, train, test, int(random_seed))
        for number, ((repeat, train, test), random_seed) in enumerate(
            zip(parts, random_seeds, strict=True)
        )
    ]


def _read_order(rows: EventTable, time: Any) -> Ids | None:
    """Return the place of each row's time among the different times; None without times."""
    if time is None:
        return None
    times = times_of(time)
    check_same_length("time", len(times), rows.n_rows)
    distinct, of_row = np.unique(times, return_inverse=True)
    if len(distinct) < _LEAST_TIMES:
        raise InputError(
            f"time has {len(distinct)} different value{'s' if len(distinct) > 1 else ''}, so rows cannot be put in order by it. "
            "Pass the times of the rows, or leave time out."
        )
    return np.asarray(of_row)


def _split(
    splitter: Any, rows: EventTable, groups: NDArray[Any] | None, times: Ids | None
) -> Iterator[tuple[Ids, Ids]]:
    """Yield the sorted row numbers of the training and the test part of each fold.

    With times, rows of the earliest time that is tested are not trained on: they are not older.
    """
    order = np.arange(rows.n_rows) if times is None else np.argsort(times, kind="stable")
    in_order = None if groups is None else groups[order]
    for number, pair in enumerate(_pairs(splitter, rows, in_order)):
        train, test = _checked(pair, number, rows.n_rows)
        train, test = order[train], order[test]
        if times is not None:
            train = train[times[train] < times[test].min()]
        yield np.sort(train), np.sort(test)


def _pairs(splitter: Any, rows: EventTable, groups: NDArray[Any] | None) -> list[Any]:
    """Return what a splitter or an iterable gives for each fold."""
    if not hasattr(splitter, "split"):
        return list(splitter)
    try:
        return list(splitter.split(np.zeros(rows.n_rows), rows.truth, groups))
    except (ValueError, TypeError) as error:
        raise InputError(
            f"cv={splitter!r} cannot split this table: {error} Pass a number of folds, such as cv={N_FOLDS}, or "
            "what the splitter needs."
        ) from error


def _checked(pair: Any, number: int, n_rows: int) -> tuple[Ids, Ids]:
    """Return the row numbers of both parts of a fold; raise InputError if they are not."""
    where = f"Fold {number} of cv"
    if not isinstance(pair, list | tuple | np.ndarray) or len(pair) != 2:
        raise InputError(
            f"{where} is {pair!r:.100}. Pass pairs of training and test row numbers, or a number of folds."
        )
    train, test = (_row_numbers(part, where, n_rows) for part in pair)
    n_both = len(np.intersect1d(train, test))
    if n_both:
        raise InputError(
            f"{where} has {n_both} test rows that are also training rows, so it would test a model on what it has seen. "
            "Leave them out of one part."
        )
    return train, test


def _row_numbers(part: Any, where: str, n_rows: int) -> Ids:
    numbers = np.asarray(part) if np.size(part) else np.empty(0, dtype=np.intp)
    if numbers.dtype == bool:
        raise InputError(
            f"{where} has a mask; it must have row numbers. Pass numpy.flatnonzero(mask) instead."
        )
    if numbers.dtype.kind not in "iu" or numbers.ndim != 1:
        raise InputError(
            f"{where} has {part!r:.100} as a part; it must have row numbers. Pass arrays of whole numbers."
        )
    outside = numbers[(numbers < 0) | (numbers >= n_rows)]
    if len(outside):
        raise InputError(
            f"{where} has the row number {outside[0]}; the table has the rows 0 to {n_rows - 1}. Pass row numbers, not "
            "labels of an index."
        )
    return numbers.astype(np.intp)


def read_cv(cv: Any) -> Any:
    """Return a number of folds as an int, and a splitter or pairs of row numbers unchanged.

    Raises
    ------
    InputError
        If it is none of these, or fewer than two folds.
    """
    if isinstance(cv, Integral) and not isinstance(cv, bool):
        return read_count("cv", cv, 2, N_FOLDS)
    is_object = isinstance(cv, Iterable) or (hasattr(cv, "split") and not isinstance(cv, type))
    if isinstance(cv, bool | str | bytes) or not is_object:
        raise InputError(
            f"cv={cv!r} is a {type(cv).__name__}. Pass a number of folds (cv={N_FOLDS}), a splitter such as "
            "StratifiedKFold(), or pairs of training and test row numbers."
        )
    return cv


def usable(rows: EventTable, folds: list[Fold]) -> tuple[list[Fold], list[str]]:
    """Return the folds that can be trained and tested on, and a message for each of the others.

    Raises
    ------
    TooFewRowsError
        If fewer than two are left.
    """
    kept, messages = [], []
    for fold in folds:
        n_train, n_test = (
            np.bincount(rows.truth[_with_weight(rows, part)], minlength=len(rows.classes))
            for part in (fold.train, fold.test)
        )
        if n_train.min() >= _NEEDED and n_test.min() > 0:
            kept.append(fold)
            continue
        label, one = rows.event, len(rows.classes) - 1
        if rows.several:
            one = int(np.argmin(np.where(n_test > 0, n_train, 0)))
            label = rows.several[one]
        messages.append(
            f"Fold {fold.number} is left out: it would train on {n_train[one]} rows of {label!r} and "
            f"{n_train.sum() - n_train[one]} others, and test on {n_test[one]} of {n_test.sum()} rows."
        )
    if len(kept) < 2:
        number = "There is one fold." if kept else "cv gives no fold."
        raise TooFewRowsError(
            f"{messages[0] if messages else number} A fold needs {_NEEDED} rows of each class to "
            f"train on, and one of each to test on; the table has {rows.n_events} of {rows.event!r} "
            f"among {rows.n_rows}. Pass cv= with fewer folds, or collect more rows of {rows.event!r}."
        )
    return kept, messages


def _with_weight(rows: EventTable, part: Ids) -> Ids:
    """Return the rows of a part that have a weight above 0."""
    return part if rows.weights is None else part[rows.weights[part] > 0]


def _repeats(rows: EventTable, cv: Any, n_repeats: int | None, time: Any) -> int:
    if not isinstance(cv, int) or time is not None:
        if n_repeats not in (None, 1):
            raise InputError(
                "n_repeats needs a number of folds in cv; a splitter sets its own repeats."
            )
        return 1
    return n_repeats or default_repeats(rows.n_rows)


def _check_number(cv: int, rows: EventTable, groups: NDArray[Any] | None, time: Any) -> None:
    """Raise TooFewRowsError for more folds than the table can be split into."""
    if time is not None:
        limits = {"older rows": rows.n_rows - 1}
    else:
        limits = {"rows of each class": int(np.bincount(rows.truth).min())}
    if groups is not None:
        limits["groups"] = len(np.unique(groups))
    for what, limit in limits.items():
        if cv > limit:
            one_class = ", pos_label= to compare one class with all others" if rows.several else ""
            raise TooFewRowsError(
                f"cv={cv} folds need at least {cv} {what}; there {'is' if limit == 1 else 'are'} {limit}. Pass fewer "
                f"folds{one_class}, or a table with more."
            )


def _splitter(cv: Any, groups: NDArray[Any] | None, time: Any, rng: np.random.RandomState) -> Any:
    if not isinstance(cv, int):
        return cv
    if time is not None:
        return ForwardInTime(cv)
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    return kind(cv, shuffle=True, random_state=rng)


def folds_in_words(cv: Any, groups: Any, time: Any, folds: Sequence[Fold]) -> str:
    """Return a description of the folds, such as "5 x 5 folds, stratified"."""
    if not isinstance(cv, int):
        return f"{len(folds)} folds of {type(cv).__name__}"
    kind = "stratified" if time is None else "forward in time"
    n_repeats = len({fold.repeat for fold in folds})
    return f"{n_repeats} x {cv} folds, {kind if groups is None else f'grouped, {kind}'}"
