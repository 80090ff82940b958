"""Forensic checks: find tables that were over-sampled already, and splits that leak because of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import CannotTellWarning, InputError, PoiseError, warn
from poise.core.plan.recipes import Ids
from poise.core.tables.convert import concat_rows, frame_from_columns, have_one_index
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import check_same_length, length, n_columns_of, read_target
from poise.diagnosis._collinear import Line
from poise.diagnosis._copies import copies_across, copies_in
from poise.diagnosis._evidence import CANNOT_TELL, INTERPOLATED, LEAK, combined_verdict, read_parts
from poise.diagnosis._lines import judged_by_the_largest, lines_across, lines_in


class LeakError(PoiseError, AssertionError):
    """Rows of the test set were made from rows of the training set, or repeat them."""


@dataclass(frozen=True, eq=False)
class _Verdict:
    """A verdict with its reasons and the suspicious rows."""

    verdict: str
    reasons: list[str]
    rows: dict[str, NDArray[Any]] = field(repr=False)

    def summary(self) -> str:
        """Return the verdict and its reasons as text."""
        return "\n".join([f"{self.verdict}: {self.reasons[0]}", *self.reasons[1:]])

    def frame(self, backend: str | None = None) -> Any:
        """Return the suspicious rows as a frame: pandas, polars or pyarrow, if `backend` names one."""
        return frame_from_columns(self.rows, backend)


@dataclass(frozen=True, eq=False)
class SyntheticRows(_Verdict):
    """The verdict of `find_synthetic`.

    Attributes
    ----------
    verdict : {"interpolated", "copied", "clean", "cannot tell"}
    reasons : list of str
    rows : dict of columns
        Suspicious rows: "row", "class", "how" ("between" or "copy"), "first" and "second" (the two rows
        that it lies between; for a copy, the row that it repeats, and -1), and "gap" (the position from
        first, 0, to second, 1).
    is_synthetic : ndarray of shape (n_rows,), bool
    power : dict of label to float
        Share of artificial interpolated rows that the check finds in each class; NaN for a class that was
        not examined.
    """

    is_synthetic: NDArray[np.bool_] = field(repr=False)
    power: dict[Any, float]


@dataclass(frozen=True, eq=False)
class SplitCheck(_Verdict):
    """The verdict of `check_split`.

    Attributes
    ----------
    verdict : {"leak", "clean", "cannot tell"}
    reasons : list of str
    rows : dict of columns
        Suspicious rows of the test set: "row", "class", "how" ("line" or "copy"), the training rows "first"
        and "second" (-1 for a copy), and "gap".
    """

    @property
    def is_leak(self) -> bool:
        """Whether the verdict is "leak"."""
        return self.verdict == LEAK


def find_synthetic(X: Any, y: Any) -> SyntheticRows:
    """Find out whether a table was over-sampled already, by copies or by interpolation.

    A row made by SMOTE or a method of its family lies exactly between two others of its class, and a row
    made by random over-sampling repeats another. The check allows for real rows that do so by chance. If it
    cannot decide, the verdict is "cannot tell", with the reason.

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
    Each row is compared with all pairs of its nearest rows of the class, in raw and in standard units. Rows
    that were rounded afterwards are found if rounding is fine compared with the distance between rows. Rows
    that were blended with another class (Borderline-2) or moved by noise (ROSE) are not on a line, and
    categories chosen by vote leave no trace. O(n k^2 d), with k between 50 and 120 rows around each.

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
    searches = [lines_in(read, code) for code in range(len(read.labels.classes))]
    evidence = [*judged_by_the_largest(searches, INTERPOLATED, "like rows that SMOTE makes")]
    lines = [search.line for search in searches]
    power = {
        label: search.power for label, search in zip(read.labels.classes, searches, strict=True)
    }
    of_copies, copies = copies_in(read)
    evidence.append(of_copies)
    verdict, reasons = combined_verdict(evidence)
    rows = _suspicious_rows(read.labels, lines, copies)
    is_synthetic = np.zeros(len(read.labels.codes), dtype=bool)
    is_synthetic[rows["row"]] = True
    return SyntheticRows(verdict, reasons, rows, is_synthetic, power)


def check_split(X_train: Any, y_train: Any, X_test: Any, y_test: Any) -> SplitCheck:
    """Find out whether test rows were made from training rows: the table was over-sampled before the split.

    If a table is over-sampled before it is split, test rows lie on a line with two training rows, or repeat
    one. The model is then tested on rows that it has seen, and pure noise can reach an AUC of 0.97.

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
    A training set that was over-sampled after the split is not a leak. The share of repeated rows is
    compared with the share of training rows that repeat each other. O(n k^2 d), with k between 50 and 120
    rows around each test row.

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
    searches = [lines_across(read, code, n_train) for code in range(len(read.labels.classes))]
    evidence = judged_by_the_largest(
        searches, LEAK, "as if the table was over-sampled before the split"
    )
    lines = [search.line for search in searches]
    of_copies, copies = copies_across(read, n_train)
    verdict, reasons = combined_verdict([*evidence, of_copies])
    rows = _suspicious_rows(read.labels, lines, copies)
    rows["row"] = rows["row"] - n_train
    rows["how"] = np.where(rows["how"] == "between", "line", "copy")
    return SplitCheck(verdict, reasons, rows)


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
    >>> from sklearn.datasets import load_iris
    >>> from poise.forensics import assert_no_leak
    >>> X, y = load_iris(return_X_y=True)
    >>> assert_no_leak(X[::2], y[::2], X[1::2], y[1::2])
    """
    found = check_split(X_train, y_train, X_test, y_test)
    if found.is_leak:
        raise LeakError(
            f"The test set contains rows made from the training set. {found.reasons[0]} Split first, and resample "
            "only the training part: poise.pipeline.make_pipeline does so in every fold."
        )
    if found.verdict == CANNOT_TELL:
        warn(f"Cannot tell whether the split leaks. {found.reasons[0]}", CannotTellWarning)


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


def _suspicious_rows(known: Labels, lines: Sequence[Line], copies: Ids) -> dict[str, NDArray[Any]]:
    rows = np.concatenate([*(line.rows for line in lines), copies[:, 0]])
    first = np.concatenate([*(line.first for line in lines), copies[:, 1]])
    second = np.concatenate([*(line.second for line in lines), np.full(len(copies), -1)])
    gap = np.concatenate([*(line.gap for line in lines), np.full(len(copies), np.nan)])
    how = np.repeat(["between", "copy"], [len(rows) - len(copies), len(copies)])
    order = np.lexsort((how, rows))
    return {
        "row": rows[order],
        "class": np.array(known.classes)[known.codes[rows[order]]],
        "how": how[order],
        "first": first[order],
        "second": second[order],
        "gap": gap[order],
    }
