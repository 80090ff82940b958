"""Forensic checks: find tables that were over-sampled already, and splits that leak because of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import CannotTellWarning, InputError, PoiseError, listed, warn
from poise.core.files import json_value
from poise.core.saved import PickledWithVersion
from poise.core.tables.arrays import n_columns_of
from poise.core.tables.convert import concat_rows, frame_from_columns, have_one_index
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import check_same_length, length, read_target
from poise.core.types import Backend, SplitVerdict, SyntheticVerdict
from poise.diagnosis._collinear import Line
from poise.diagnosis._copies import Copies, copies_across, copies_in
from poise.diagnosis._evidence import (
    CANNOT_TELL,
    CLEAN,
    COPIED,
    INTERPOLATED,
    LEAK,
    combined_verdict,
    read_parts,
)
from poise.diagnosis._judging import judged_by_others
from poise.diagnosis._lines import lines_across, lines_in


class LeakError(PoiseError, AssertionError):
    """Rows of the test set were made from rows of the training set, or repeat them."""


# Of honest tables and splits that nobody tuned on: `benchmarks/forensics_rates.py`, half B.
_SURE = (
    "of honest tables and splits in the benchmark, at most 1 in 100 gets this verdict; a class whose rows nature put on "
    "lines, unlike those of other classes, can get it too (values interpolated over time, mixtures in fixed shares)"
)
_MOST_LISTED = 100
_RESTORE = "Ask for the table before it was over-sampled, or take out the rows with is_synthetic before you split it."
_ADVICE = {
    LEAK: (
        "Split first, and resample only the training part: poise.pipeline.make_pipeline does so in every fold. If the table "
        "came resampled, ask for the one before that."
    ),
    INTERPOLATED: _RESTORE,
    COPIED: _RESTORE,
    CANNOT_TELL: "Ask where the table comes from. If you split before you resample, the split is honest.",
    CLEAN: "",
}


@dataclass(frozen=True, eq=False)
class Verdict(PickledWithVersion):
    """A verdict with its reasons and the suspicious rows.

    Attributes
    ----------
    verdict : str
    reasons : list of str
        The reason of the verdict first.
    rows : dict of columns
        The suspicious rows.
    """

    verdict: str
    reasons: list[str]
    rows: dict[str, NDArray[Any]] = field(repr=False)

    @property
    def certainty(self) -> str:
        """How sure the verdict is."""
        if self.verdict == CLEAN:
            return "rows that were changed in more columns, rounded to the decimals of the table, or moved by noise, are not always found"
        return "no verdict is possible" if self.verdict == CANNOT_TELL else _SURE

    @property
    def advice(self) -> str:
        """What to do; empty if nothing needs to be done."""
        return _ADVICE[self.verdict]

    def summary(self) -> str:
        """Return the verdict, its reasons, the rows, how sure it is, and what to do, as text."""
        lines = [f"{self.verdict}: {self.reasons[0]}", *self.reasons[1:]]
        if len(self.rows["row"]) and self.verdict not in (CLEAN, CANNOT_TELL):
            lines.append(f"Rows: {self.named_rows()} (.frame() has all).")
        lines.append(f"Certainty: {self.certainty}.")
        return "\n".join([*lines, f"To do: {self.advice}"] if self.advice else lines)

    def named_rows(self) -> str:
        """Return the first suspicious rows as text."""
        return listed(np.unique(self.rows["row"]).tolist())

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain values for JSON, with at most 100 suspicious rows."""
        n_rows = len(self.rows["row"])
        columns = {name: column[:_MOST_LISTED].tolist() for name, column in self.rows.items()}
        return {
            "verdict": self.verdict,
            "reasons": self.reasons,
            "certainty": self.certainty,
            "advice": self.advice,
            "suspicious_rows": n_rows,
            "rows": [
                {name: json_value(column[i]) for name, column in columns.items()}
                for i in range(min(n_rows, _MOST_LISTED))
            ],
        }

    def frame(self, backend: Backend | None = None) -> Any:
        """Return the suspicious rows as a frame: pandas, polars or pyarrow, if `backend` names one."""
        return frame_from_columns(self.rows, backend)


@dataclass(frozen=True, eq=False)
class SyntheticRows(Verdict):
    """The verdict of `find_synthetic`.

    Attributes
    ----------
    verdict : {"interpolated", "copied", "clean", "cannot tell"}
    reasons : list of str
    rows : dict of columns
        Suspicious rows: "row", "class", "how" ("between", "copy" or "pair"), "first" and "second" (the two
        rows that it lies between; for a copy, the row that it repeats, and -1), and "gap" (the position from
        first, 0, to second, 1). A "pair" are two equal rows, each with the other as "first", if the order of
        the rows does not show which one is the copy.
    is_synthetic : ndarray of shape (n_rows,), bool
        Rows that are between others, and copies; of equal rows, all but the first. All False unless the
        verdict is "interpolated" or "copied".
    power : dict of label to float
        Share of artificial interpolated rows that the check finds in each class; NaN where it was not
        measured: in the largest class, in classes that are too small, and if a verdict was found without it.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import SMOTE, forensics
    >>> X, y = make_classification(600, weights=[0.9], random_state=0)
    >>> found = forensics.find_synthetic(*SMOTE(random_state=0).fit_resample(X, y))
    >>> int(found.is_synthetic[:600].sum()), int(found.is_synthetic[600:].sum())  # of 479 new rows
    (0, 477)
    """

    verdict: SyntheticVerdict
    is_synthetic: NDArray[np.bool_] = field(repr=False)
    power: dict[Any, float]


@dataclass(frozen=True, eq=False)
class SplitCheck(Verdict):
    """The verdict of `check_split`.

    Attributes
    ----------
    verdict : {"leak", "clean", "cannot tell"}
    reasons : list of str
    rows : dict of columns
        Suspicious rows of the test set: "row", "class", "how" ("line" or "pair"), the training rows "first"
        and "second" (-1 for a pair), and "gap" (the position from first, 0, to second, 1, or beyond). A "pair"
        is a test row that equals the training row "first": a split does not show which of them is the copy.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import SMOTE, forensics
    >>> X, y = make_classification(600, weights=[0.9], random_state=0)
    >>> X, y = SMOTE(random_state=0).fit_resample(X, y)
    >>> found = forensics.check_split(X[::2], y[::2], X[1::2], y[1::2])
    >>> print(found.reasons[0])
    155 of 274 test rows of class 1 are on a line with two training rows of it, as if the table was over-sampled before the split.
    >>> found.rows["how"][:3].tolist()
    ['line', 'line', 'line']
    """

    verdict: SplitVerdict

    @property
    def is_leak(self) -> bool:
        """Whether the verdict is "leak"."""
        return self.verdict == LEAK


def find_synthetic(X: Any, y: Any) -> SyntheticRows:
    """Find out whether a table was over-sampled already, by copies or by interpolation.

    A row made by SMOTE or a method of its family lies exactly between two others of its class, and a row
    made by random over-sampling repeats another. The check allows for real rows that do so by chance. If it
    cannot decide, the verdict is "cannot tell", with the reason. Of real tables that were not over-sampled,
    at most 1 in 100 is accused.

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_columns)
    y : array-like of shape (n_rows,)

    Returns
    -------
    SyntheticRows

    Raises
    ------
    InputError
        If labels are missing, or X and y differ in length.
    UnsupportedTypeError
        If X is a sparse matrix.

    Notes
    -----
    Each row is compared with all pairs of its nearest rows of the class, in raw and in standard units, with
    the rounding that samplers do and the rounding of a whole table. If nothing is found, up to two columns may
    be off the line, because they may have been changed afterwards (a logarithm, ranks). Artificial
    interpolated rows measure what the search would find; the verdict is "clean" only if at most half of a
    class can be interpolated, even if one column was changed (the reason says how much if two were). A class
    of which at most half of the rows repeat others is not called copied, because rows can repeat by nature.
    Rows that were moved by noise (ROSE) are not on a line. O(n k^2 d), with k between 50 and 120 rows around
    each.

    References
    ----------
    .. [1] Ganev, G. et al. (2026). SMOTE and Mirrors: exposing privacy leakage from synthetic minority
       oversampling. ICLR. arXiv:2510.15083.
       doi:10.48550/arXiv.2510.15083

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import SMOTE, forensics
    >>> X, y = make_classification(600, weights=[0.9], random_state=0)
    >>> forensics.find_synthetic(X, y).verdict
    'clean'
    >>> forensics.find_synthetic(*SMOTE(random_state=0).fit_resample(X, y)).verdict
    'interpolated'
    """
    read = read_parts(X, y, "X", "y")
    judged = judged_by_others(
        partial(lines_in, read), read, INTERPOLATED, "like rows that SMOTE makes"
    )
    power = dict(zip(read.labels.classes, judged.power, strict=True))
    of_copies, copies = copies_in(read)
    verdict, reasons = combined_verdict([*judged.evidence, of_copies])
    rows = suspicious_rows(read.labels, judged.lines, copies)
    is_synthetic = np.zeros(len(read.labels.codes), dtype=bool)
    if verdict in (INTERPOLATED, COPIED):
        is_made = (rows["how"] == "between") | (rows["row"] > rows["first"])
        is_synthetic[rows["row"][is_made]] = True
    return SyntheticRows(cast("SyntheticVerdict", verdict), reasons, rows, is_synthetic, power)


def check_split(X_train: Any, y_train: Any, X_test: Any, y_test: Any) -> SplitCheck:
    """Find out whether test rows were made from training rows: the table was over-sampled before the split.

    If a table is over-sampled before it is split, test rows lie on a line with two training rows, or repeat
    one. The model is then tested on rows that it has seen, and pure noise can reach an AUC of 0.97. A
    training part that was over-sampled after the split is not a leak. Of honest splits of real tables, at
    most 1 in 100 is called a leak.

    Parameters
    ----------
    X_train, X_test : array-like or frame of shape (n_rows, n_columns)
        The same columns.
    y_train, y_test : array-like of shape (n_rows,)

    Returns
    -------
    SplitCheck

    Raises
    ------
    InputError
        If the tables have different columns, or labels are missing.
    UnsupportedTypeError
        If X is a sparse matrix.

    Notes
    -----
    Test rows that equal a training row are left out of the search for lines: each is an end of all segments
    that start at its twin. Rows that repeat are compared with the rows of the training part that repeat each
    other, as many as it had before it was resampled. Rows that were copied until at most half of a class
    repeats are not called a leak, because rows can repeat by nature. See `find_synthetic` for the search.
    O(n k^2 d), with k between 50 and 120 rows around each test row.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.model_selection import train_test_split
    >>> from poise import SMOTE, forensics
    >>> X, y = make_classification(600, weights=[0.9], random_state=0)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> forensics.check_split(X_train, y_train, X_test, y_test).verdict
    'clean'
    >>> X_new, y_new = SMOTE(random_state=0).fit_resample(X, y)
    >>> X_train, X_test, y_train, y_test = train_test_split(X_new, y_new, random_state=0)
    >>> forensics.check_split(X_train, y_train, X_test, y_test).is_leak
    True
    """
    if n_columns_of(X_test) == 0 < n_columns_of(y_train):
        raise InputError(
            "y_train looks like a table and X_test like labels: the order is X_train, y_train, X_test, y_test (train_test_split "
            "of scikit-learn returns X_train, X_test, y_train, y_test)."
        )
    have_one_index(X_train, y_train, "y_train")  # raises for the same index in different orders
    have_one_index(X_test, y_test, "y_test")
    X = concat_rows(X_train, X_test, ("X_train", "X_test"))
    parts = [_labels_of(*part) for part in (("train", X_train, y_train), ("test", X_test, y_test))]
    y = np.concatenate(parts)
    read, n_train = read_parts(X, y, "X_train and X_test", "y_train and y_test"), len(parts[0])
    judged = judged_by_others(
        lambda code, left_out: lines_across(read, code, n_train, left_out),
        read,
        LEAK,
        "as if the table was over-sampled before the split",
    )
    of_copies, copies = copies_across(read, n_train)
    verdict, reasons = combined_verdict([*judged.evidence, of_copies])
    rows = suspicious_rows(read.labels, judged.lines, copies)
    rows["row"] = rows["row"] - n_train
    rows["how"] = np.where(rows["how"] == "between", "line", rows["how"])
    return SplitCheck(cast("SplitVerdict", verdict), reasons, rows)


def assert_no_leak(X_train: Any, y_train: Any, X_test: Any, y_test: Any) -> None:
    """Raise LeakError if test rows were made from training rows; for notebooks and tests.

    Parameters
    ----------
    X_train, y_train, X_test, y_test
        See `check_split`.

    Raises
    ------
    LeakError
        If the verdict of `check_split` is "leak".

    Warns
    -----
    CannotTellWarning
        If the verdict is "cannot tell".

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.model_selection import train_test_split
    >>> from poise.forensics import assert_no_leak
    >>> X, y = make_classification(600, weights=[0.9], random_state=0)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> assert_no_leak(X_train, y_train, X_test, y_test)
    """
    found = check_split(X_train, y_train, X_test, y_test)
    if found.is_leak:
        raise LeakError(
            f"The test set contains rows made from the training set: {found.reasons[0]} Rows of X_test: {found.named_rows()}. "
            f"{found.advice} Certainty: {found.certainty}."
        )
    if found.verdict == CANNOT_TELL:
        why = f"Cannot tell whether the split leaks. {found.reasons[0]} {found.advice}"
        warn(why, CannotTellWarning)


def _labels_of(name: str, X: Any, y: Any) -> NDArray[Any]:
    """Return the labels of the training or the test part, checked."""
    target = read_target(y)
    check_same_length(f"y_{name}", len(target), length(X))
    if not len(target):
        raise InputError(f"X_{name} has no rows. Check the file or the filter that it came from.")
    try:
        known = encode(target)
    except InputError as error:
        raise InputError(f"y_{name}: {error}") from error
    return np.array(known.classes)[known.codes]


def suspicious_rows(
    known: Labels, lines: Sequence[Line], copies: Copies
) -> dict[str, NDArray[Any]]:
    rows = np.concatenate([*(line.rows for line in lines), copies.rows])
    first = np.concatenate([*(line.first for line in lines), copies.first])
    second = np.concatenate([*(line.second for line in lines), np.full(len(copies.rows), -1)])
    gap = np.concatenate([*(line.gap for line in lines), np.full(len(copies.rows), np.nan)])
    how = np.concatenate([np.full(len(rows) - len(copies.rows), "between"), copies.how])
    order = np.lexsort((how, rows))
    return {
        "row": rows[order],
        "class": np.array(known.classes)[known.codes[rows[order]]],
        "how": how[order],
        "first": first[order],
        "second": second[order],
        "gap": gap[order],
    }
