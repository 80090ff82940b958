"""Forensics: tables that were over-sampled already, and splits that leak because they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.errors import CannotTellWarning, InputError, PoiseError, warn
from poise.core.plan.recipes import Ids
from poise.core.tables.convert import concat_rows, frame_from_columns
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import check_same_length, length, read_target
from poise.diagnosis._collinear import Line
from poise.diagnosis._copies import copies_across, copies_in
from poise.diagnosis._evidence import CANNOT_TELL, INTERPOLATED, LEAK, read_parts, together
from poise.diagnosis._lines import judged_by_the_largest, lines_across, lines_in


class LeakError(PoiseError, AssertionError):
    """Rows of a test set are made of rows of its training set, or repeat them."""


@dataclass(frozen=True, eq=False)
class _Suspicion:
    """A verdict with its reasons and the rows under suspicion."""

    verdict: str
    reasons: list[str]
    rows: dict[str, NDArray[Any]] = field(repr=False)

    def summary(self) -> str:
        """Return the verdict with its reasons."""
        return "\n".join([f"{self.verdict}: {self.reasons[0]}", *self.reasons[1:]])

    def frame(self, backend: str | None = None) -> Any:
        """Return the suspects as a frame of a library that is installed."""
        return frame_from_columns(self.rows, backend)


@dataclass(frozen=True, eq=False)
class SyntheticRows(_Suspicion):
    """What was found in a table.

    Attributes
    ----------
    verdict : {"interpolated", "copied", "clean", "cannot tell"}
    reasons : list of str
    rows : dict of columns
        Suspects: "row", "class", "how" ("between" or "copy"), "first" and "second" (the rows that it is
        between; of a copy the row that it repeats, and -1) and "gap".
    is_synthetic : ndarray of shape (n_rows,), bool
    power : dict of label to float
        Share of rows planted by interpolation into a class that are found; NaN where it was not looked at.
    """

    is_synthetic: NDArray[np.bool_] = field(repr=False)
    power: dict[Any, float]


@dataclass(frozen=True, eq=False)
class SplitCheck(_Suspicion):
    """Whether a test set is made of its training set.

    Attributes
    ----------
    verdict : {"leak", "clean", "cannot tell"}
    reasons : list of str
    rows : dict of columns
        Suspects of the test set: "row", "class", "how" ("line" or "copy"), and the training rows "first"
        and "second" (-1 of copies).
    """

    @property
    def is_leak(self) -> bool:
        """Whether the verdict is "leak"."""
        return self.verdict == LEAK


def find_synthetic(X: Any, y: Any) -> SyntheticRows:
    """Tell whether a table was over-sampled already, by copies or by interpolation.

    A row made by SMOTE or one of its family is exactly between two others of its class; a row of random
    over-sampling repeats another. How many real rows would do so is allowed for; where it cannot be
    told, the answer is "cannot tell", with the reason.

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
        For labels that are missing, and tables and labels of other lengths.
    UnsupportedTypeError
        For sparse matrices.

    Notes
    -----
    Each row is looked at with the pairs of its nearest rows of the class, in raw and in standard units.
    Rows rounded after they were made are found where rounding is fine against the distance of rows.
    Partners of other classes (Borderline-2), rows that were moved further (noise, ROSE) and votes on
    categories leave no line. Costs O(n k^2 d) for k between 50 and 120 rows around each.

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
    looks = [lines_in(read, code) for code in range(len(read.labels.classes))]
    evidence = [*judged_by_the_largest(looks, INTERPOLATED, "as rows of SMOTE are")]
    lines = [look.line for look in looks]
    power = {label: look.power for label, look in zip(read.labels.classes, looks, strict=True)}
    of_copies, copies = copies_in(read)
    evidence.append(of_copies)
    verdict, reasons = together(evidence)
    rows = _suspects(read.labels, lines, copies)
    is_synthetic = np.zeros(len(read.labels.codes), dtype=bool)
    is_synthetic[rows["row"]] = True
    return SyntheticRows(verdict, reasons, rows, is_synthetic, power)


def check_split(X_train: Any, y_train: Any, X_test: Any, y_test: Any) -> SplitCheck:
    """Tell whether test rows are made of training rows: over-sampled first, split after.

    A table that is over-sampled before it is split has rows in its test set that are on a line with two
    rows of the training set, or repeat one. A model is then tested on what it has seen, and pure noise can
    score an AUC of .97.

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
        For tables of different columns, and labels that are missing.
    UnsupportedTypeError
        For sparse matrices.

    Notes
    -----
    A training set that was over-sampled after the split passes. Repeats count against the rate at which rows
    of the training set repeat by nature. Costs O(n k^2 d) for k between 50 and 120 rows around each test row.

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
    X = concat_rows(X_train, X_test, ("X_train", "X_test"))
    parts = [_labels_of(*part) for part in (("train", X_train, y_train), ("test", X_test, y_test))]
    y = np.concatenate(parts)
    read, n_train = read_parts(X, y, "X_train and X_test", "y_train and y_test"), len(parts[0])
    looks = [lines_across(read, code, n_train) for code in range(len(read.labels.classes))]
    evidence = judged_by_the_largest(
        looks, LEAK, "as where a table was over-sampled before it was split"
    )
    lines = [look.line for look in looks]
    of_copies, copies = copies_across(read, n_train)
    verdict, reasons = together([*evidence, of_copies])
    rows = _suspects(read.labels, lines, copies)
    rows["row"] = rows["row"] - n_train
    rows["how"] = np.where(rows["how"] == "between", "line", "copy")
    return SplitCheck(verdict, reasons, rows)


def assert_no_leak(X_train: Any, y_train: Any, X_test: Any, y_test: Any) -> None:
    """Raise LeakError where test rows are made of training rows; for notebooks and tests.

    Parameters
    ----------
    X_train, y_train, X_test, y_test
        See `check_split`. Where it cannot be told, a warning says why.

    Raises
    ------
    LeakError

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
            f"The test set is made of the training set. {found.reasons[0]} Split first, and resample the "
            "training part alone: poise.pipeline.make_pipeline does so in every fold."
        )
    if found.verdict == CANNOT_TELL:
        warn(f"Whether the split leaks cannot be told. {found.reasons[0]}", CannotTellWarning)


def _labels_of(name: str, X: Any, y: Any) -> NDArray[Any]:
    """Return the label of each row of a part."""
    target = read_target(y)
    check_same_length(f"y_{name}", len(target), length(X))
    if not len(target):
        raise InputError(f"X_{name} has no rows. Check the file or the filter that it came from.")
    try:
        known = encode(target)
    except InputError as error:
        raise InputError(f"y_{name}: {error}") from error
    return np.array(known.classes)[known.codes]


def _suspects(known: Labels, lines: Sequence[Line], copies: Ids) -> dict[str, NDArray[Any]]:
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
