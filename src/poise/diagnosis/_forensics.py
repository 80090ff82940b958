"""Forensics: tables that were over-sampled already, and splits that leak because they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.stats import binom

from poise.core import labels, tables
from poise.core.blocks import searched
from poise.core.checks import refuse_wild_numbers
from poise.core.errors import CannotTellWarning, InputError, PoiseError, UnsupportedTypeError, warn
from poise.core.frames import frame_from_columns
from poise.core.kinds import Declared
from poise.core.labels import Labels
from poise.core.neighbors import Index
from poise.core.recipes import Ids
from poise.core.repeats import equal_groups
from poise.diagnosis._collinear import Floats, Grain, Line, grain_of, on_a_line
from poise.diagnosis._columns import counts_rows

INTERPOLATED, COPIED, CLEAN, CANNOT_TELL, LEAK, TOO_FEW = (
    "interpolated",
    "copied",
    "clean",
    "cannot tell",
    "leak",
    "too few",
)
_FEWEST_ROWS = 12  # of a class, to look for lines in it
_FEWEST_COLUMNS = 3
_MOST_GAPS = 0.1  # of a column's values, else it is left out
_SURE, _SUSPICIOUS = 0.15, 0.05  # shares of a class on lines: natural ones reach a tenth
_FEWEST_FOUND = 3
_NOT_BEYOND = 1.1  # of the largest class: as far as classes are made to grow
_SPREAD = 0.3  # of copies, or of rows, that must repeat different rows
_LEAST_POWER = 0.5
_NATURAL_REPEATS = 0.2  # from here on repeats tell nothing
_ALPHA = 1e-4
_PLANTED = 200
_LOOKED_AT = 2000


class LeakError(PoiseError, AssertionError):
    """Rows of a test set are made of rows of its training set, or repeat them."""


class Evidence(NamedTuple):
    """What one look at a table says."""

    verdict: str
    reason: str


class _Read(NamedTuple):
    """A table as it is examined: its numbers, these with the codes of categories, and its labels."""

    numbers: Floats
    whole: Floats
    labels: Labels


@dataclass(frozen=True, eq=False)
class SyntheticRows:
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

    verdict: str
    reasons: list[str]
    rows: dict[str, NDArray[Any]] = field(repr=False)
    is_synthetic: NDArray[np.bool_] = field(repr=False)
    power: dict[Any, float]

    def summary(self) -> str:
        """Return the verdict with its reasons."""
        return "\n".join([f"{self.verdict}: {self.reasons[0]}", *self.reasons[1:]])

    def frame(self, backend: str | None = None) -> Any:
        """Return the suspects as a frame of a library that is installed."""
        return frame_from_columns(self.rows, backend)


@dataclass(frozen=True, eq=False)
class SplitCheck:
    """Whether a test set is made of its training set.

    Attributes
    ----------
    verdict : {"leak", "clean", "cannot tell"}
    reasons : list of str
    rows : dict of columns
        Suspects of the test set: "row", "class", "how" ("line" or "copy"), and the training rows "first"
        and "second" (-1 of copies).
    """

    verdict: str
    reasons: list[str]
    rows: dict[str, NDArray[Any]] = field(repr=False)

    @property
    def is_leak(self) -> bool:
        """Whether the verdict is "leak"."""
        return self.verdict == LEAK

    def summary(self) -> str:
        """Return the verdict with its reasons."""
        return "\n".join([f"{self.verdict}: {self.reasons[0]}", *self.reasons[1:]])

    def frame(self, backend: str | None = None) -> Any:
        """Return the suspects as a frame of a library that is installed."""
        return frame_from_columns(self.rows, backend)


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
    read = _read(X, y, "X", "y")
    looks = [_lines_in(read, code) for code in range(len(read.labels.classes))]
    evidence = [*_judged_by_the_largest(looks, INTERPOLATED, "as rows of SMOTE are")]
    lines = [look.line for look in looks]
    power = {label: look.power for label, look in zip(read.labels.classes, looks, strict=True)}
    copies, of_copies = _copies_in(read)
    evidence.append(of_copies)
    verdict, reasons = _together(evidence)
    rows = _suspects(read.labels, lines, copies)
    is_synthetic = np.zeros(len(read.labels.codes), dtype=bool)
    is_synthetic[rows["row"]] = True
    return SyntheticRows(verdict, reasons, rows, is_synthetic, power)


def _together(evidence: Sequence[Evidence]) -> tuple[str, list[str]]:
    """Return the gravest verdict, its reasons first."""
    order = (LEAK, INTERPOLATED, COPIED, CANNOT_TELL, CLEAN, TOO_FEW)
    ranked = sorted(evidence, key=lambda found: order.index(found.verdict))
    gravest = ranked[0].verdict
    return CANNOT_TELL if gravest == TOO_FEW else gravest, list(
        dict.fromkeys(found.reason for found in ranked)
    )


def _read(X: Any, y: Any, name: str, name_of_y: str) -> _Read:
    if sp.issparse(X):
        raise UnsupportedTypeError(
            f"{name} is a sparse matrix, whose rows are mostly zeros and on lines by nature. Pass its dense "
            f"columns, {name}[:, columns].toarray()."
        )
    table = tables.read_table(X, Declared())
    known = labels.encode(tables.read_target(y))
    tables.refuse_other_length(name_of_y, len(known.codes), table.n_rows)
    whole, n_categorical = searched(table.blocks)
    whole = np.asarray(whole, dtype=np.float64)
    numbers = whole[:, : whole.shape[1] - n_categorical]
    refuse_wild_numbers(numbers, [f"a column of {name}"] * numbers.shape[1])
    # A column that counts the rows (an index that was written along) is of no row's making.
    is_count = [len(numbers) > _FEWEST_ROWS and counts_rows(column) for column in numbers.T]
    is_count += [False] * n_categorical
    kept = np.flatnonzero(~np.array(is_count, dtype=bool))
    return _Read(numbers[:, kept[kept < numbers.shape[1]]], whole[:, kept], known)


def _usable(numbers: Floats) -> tuple[Ids, NDArray[np.bool_]]:
    """Return the columns that are mostly there, and the rows that know them all."""
    columns = np.flatnonzero(np.isnan(numbers).mean(axis=0) <= _MOST_GAPS)
    return columns, np.asarray(~np.isnan(numbers[:, columns]).any(axis=1))


class _Look(NamedTuple):
    """What was seen of the lines of one class.

    Attributes
    ----------
    silent : Evidence or None
        Why nothing can be said, where it cannot.
    told : str
    n_found, n_looked_at, n_rows : int
        Rows on lines, rows that were looked at, and rows of the class.
    line : Line
    power : float
        Share of planted rows that are found.
    """

    silent: Evidence | None
    told: str = ""
    n_found: int = 0
    n_looked_at: int = 0
    n_rows: int = 0
    line: Line = Line(*(np.empty(0, dtype=np.intp),) * 3, np.empty(0))
    power: float = float("nan")


def _judged_by_the_largest(looks: Sequence[_Look], found: str, because: str) -> list[Evidence]:
    """Return what lines say of each class, the one with most rows off lines being as nature made it.

    Over-sampling makes a small class as large as the largest, and leaves that one alone.
    """
    seen = [look for look in looks if look.silent is None]
    evidence = [look.silent for look in looks if look.silent is not None]
    if not seen:
        return evidence
    largest = max(seen, key=lambda look: look.n_looked_at - look.n_found)
    natural = largest.n_found / largest.n_looked_at
    for look in seen:
        share = look.n_found / look.n_looked_at
        is_some = look.n_found >= _FEWEST_FOUND
        is_beyond = share >= max(_SURE, 2 * natural) and look.n_rows <= _NOT_BEYOND * largest.n_rows
        if look is not largest and is_some and is_beyond:
            evidence.append(Evidence(found, f"{look.told}, {because}."))
        elif look.power < _LEAST_POWER:
            evidence.append(Evidence(CANNOT_TELL, _too_coarse(look)))
        elif share >= _SUSPICIOUS and is_some:
            why = (
                f"{look.told}: more than chance, but rows that follow each other in time, or columns that follow from "
                "each other, have as many."
            )
            evidence.append(Evidence(CANNOT_TELL, why))
        else:
            planted = f"; of rows planted there, {look.power:.0%} are found (fewer if they were changed after)."
            evidence.append(Evidence(CLEAN, look.told + planted))
    return evidence


def _lines_in(read: _Read, code: int) -> _Look:
    """Look for rows of a class that are between two others of it."""
    label, members = read.labels.classes[code], read.labels.members(code)
    columns, is_known = _usable(read.numbers)
    members = members[is_known[members]]
    if len(members) < _FEWEST_ROWS:
        return _Look(
            Evidence(
                TOO_FEW, f"Class {label!r} has {len(members)} rows, too few to look for lines."
            )
        )
    values = read.numbers[np.ix_(members, columns)]
    grain = grain_of(values)
    if len(grain.columns) < _FEWEST_COLUMNS:
        return _Look(Evidence(CANNOT_TELL, _too_few_columns(label, len(grain.columns))))
    line = _between(values, grain)
    told = f"{len(line.rows):,} of {len(members):,} rows of class {label!r} are exactly between two others of it"
    whole = Line(members[line.rows], members[line.first], members[line.second], line.gap)
    power = _power(values, grain, line)
    return _Look(None, told, len(line.rows), len(members), len(members), whole, power)


def _too_few_columns(label: Any, n: int) -> str:
    return (
        f"Rows of class {label!r} have {n} columns of numbers that vary on their own; with fewer than "
        f"{_FEWEST_COLUMNS} a line through a row is no proof."
    )


def _too_coarse(look: _Look) -> str:
    return (
        f"{look.told}, but of rows planted there {look.power:.0%} are found: values are too coarse (whole numbers, few "
        "decimals) against the distance of rows."
    )


def _between(values: Floats, grain: Grain) -> Line:
    """Return rows that are between two others, looking twice: the second time without those found."""
    line = on_a_line(values, values, _around(values), grain, within=True)
    left = np.setdiff1d(np.arange(len(values)), line.rows)
    if not len(line.rows) or len(left) < _FEWEST_ROWS:
        return line
    # Parents that are far apart have many made rows around them; among the real ones they are near.
    again = on_a_line(values[left], values[left], _around(values[left]), grain, within=True)
    again = Line(left[again.rows], left[again.first], left[again.second], again.gap)
    return Line(*(np.concatenate(parts) for parts in zip(line, again, strict=True)))


def _around(values: Floats, points: Floats | None = None) -> Ids:
    """Return the nearest rows of each, in raw units and in units of each column's deviation."""
    n_rows = len(values)
    k = min(n_rows - (points is None), 60 if n_rows <= 3000 else 40 if n_rows <= 10_000 else 25)
    spread = values.std(axis=0)
    unit = np.where(spread > 0, spread, 1.0)
    found = []
    for units in (np.ones_like(unit), unit):
        index = Index(values / units)
        if points is None:
            found.append(index.nearest_others(np.arange(n_rows), k).rows)
        else:
            found.append(index.nearest(points / units, k).rows)
    return np.hstack(found)


def _power(values: Floats, grain: Grain, line: Line) -> float:
    """Return the share of rows that are found, of some that are planted between rows of the class."""
    rng = np.random.RandomState(0)
    real = np.setdiff1d(np.arange(len(values)), line.rows)
    if len(real) < _FEWEST_ROWS:
        return float("nan")
    real = np.sort(rng.permutation(real)[:_LOOKED_AT])
    base = values[real]
    around = Index(base / np.where(grain.spread > 0, grain.spread, 1)).nearest_others(
        np.arange(len(base)), min(5, len(base) - 1)
    )
    seed = rng.randint(len(base), size=_PLANTED)
    partner = around.rows[seed, rng.randint(around.rows.shape[1], size=_PLANTED)]
    planted = base[seed] + rng.uniform(size=(_PLANTED, 1)) * (base[partner] - base[seed])
    # Samplers give whole numbers back as such; other values they leave as they come.
    is_whole = (base == np.rint(base)).all(axis=0)
    planted = np.where(is_whole, np.rint(planted), planted)
    whole = np.concatenate([base, planted])
    around_all = _around(whole)[len(base) :]
    return len(on_a_line(planted, whole, around_all, grain_of(whole), within=True).rows) / _PLANTED


def _copies_in(read: _Read) -> tuple[Ids, Evidence]:
    """Look for classes whose rows repeat far more often than those of the largest class.

    Returns
    -------
    copies : ndarray of shape (n_copies, 2), intp
        Rows of such classes that repeat an earlier one, and that one.
    Evidence
    """
    codes, counts = read.labels.codes, read.labels.counts
    first, is_copy = _first_of_group(equal_groups(read.whole), codes)
    n_copies = np.bincount(codes[is_copy], minlength=len(counts))
    # Copying makes a small class large; how often rows repeat by nature, the largest one tells.
    largest = int(np.argmax(counts - n_copies))
    if counts[largest] < _FEWEST_ROWS:
        few = Evidence(TOO_FEW, "No class has rows enough for repeats to tell anything.")
        return np.empty((0, 2), dtype=np.intp), few
    natural = (n_copies[largest] + 1) / (counts[largest] + 2)
    n_repeated = np.array(
        [len(np.unique(first[is_copy & (codes == c)])) for c in range(len(counts))]
    )
    beyond = {
        code: n_copies[code] / counts[code]
        for code in range(len(counts))
        if code != largest
        and counts[code] <= _NOT_BEYOND * counts[largest]
        and _is_beyond(n_copies[code], counts[code], natural)
    }
    made = [
        code
        for code, share in beyond.items()
        if share >= _SURE
        and _is_of_many(n_repeated[code], n_copies[code], counts[code] - n_copies[code])
    ]
    rows = np.flatnonzero(is_copy & np.isin(codes, made))
    told = _shares_told(read.labels, n_copies, counts) + " repeat an earlier row"
    if made:
        verdict = Evidence(COPIED, f"{told}: far more than in the largest class.")
    elif natural > _NATURAL_REPEATS:
        verdict = Evidence(CANNOT_TELL, f"{told} by nature, so copies cannot be told from them.")
    elif max(beyond.values(), default=0.0) >= _SUSPICIOUS:
        verdict = Evidence(
            CANNOT_TELL, f"{told}: more than in the largest class, but it may be by nature."
        )
    else:
        verdict = Evidence(CLEAN, f"{told}.")
    return np.column_stack([rows, first[rows]]), verdict


def _shares_told(known: Labels, n_found: Ids, n: Ids, what: str = "rows") -> str:
    return ", ".join(
        f"{n_found[code]:,} of {n[code]:,} {what} of class {label!r}"
        for code, label in enumerate(known.classes)
        if n[code]
    )


def _is_of_many(n_different: int, n_copies: int, n_distinct: float) -> bool:
    """Tell whether copies are of many rows, as drawn ones are; blank forms are all of one."""
    return bool(n_different >= _SPREAD * min(n_copies, n_distinct))


def _is_beyond(n_found: int, n: int, natural: float) -> bool:
    """Tell whether so many repeats are beyond three times the natural rate, and not by luck."""
    rate = min(3 * natural, 1.0)
    return bool(n_found > (rate + 0.02) * n and binom.sf(n_found - 1, n, rate) < _ALPHA)


def _first_of_group(group: Ids, codes: Ids) -> tuple[Ids, NDArray[np.bool_]]:
    """Return the first row of the same values and class, and whether a row is a later one."""
    _, first, of_row = np.unique(
        group * (codes.max() + 1) + codes, return_index=True, return_inverse=True
    )
    first_row = first[of_row.reshape(-1)]
    return first_row, np.asarray(first_row != np.arange(len(codes)))


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
    X = tables.one_below_the_other(X_train, X_test, ("X_train", "X_test"))
    parts = [_labels_of(*part) for part in (("train", X_train, y_train), ("test", X_test, y_test))]
    y = np.concatenate(parts)
    read, n_train = _read(X, y, "X_train and X_test", "y_train and y_test"), len(parts[0])
    looks = [_lines_across(read, code, n_train) for code in range(len(read.labels.classes))]
    evidence = _judged_by_the_largest(
        looks, LEAK, "as where a table was over-sampled before it was split"
    )
    lines = [look.line for look in looks]
    of_copies, copies = _copies_across(read, n_train)
    verdict, reasons = _together([*evidence, of_copies])
    rows = _suspects(read.labels, lines, copies)
    rows["row"] = rows["row"] - n_train
    rows["how"] = np.where(rows["how"] == "between", "line", "copy")
    return SplitCheck(verdict, reasons, rows)


def _labels_of(name: str, X: Any, y: Any) -> NDArray[Any]:
    """Return the label of each row of a part."""
    target = tables.read_target(y)
    tables.refuse_other_length(f"y_{name}", len(target), tables.length(X))
    if not len(target):
        raise InputError(f"X_{name} has no rows. Check the file or the filter that it came from.")
    try:
        known = labels.encode(target)
    except InputError as error:
        raise InputError(f"y_{name}: {error}") from error
    return np.array(known.classes)[known.codes]


def _lines_across(read: _Read, code: int, n_train: int) -> _Look:
    """Look for test rows of a class that are on a line with two training rows of it."""
    label, members = read.labels.classes[code], read.labels.members(code)
    columns, is_known = _usable(read.numbers)
    members = members[is_known[members]]
    train, test = members[members < n_train], members[members >= n_train]
    if len(train) < _FEWEST_ROWS or not len(test):
        few = f"Class {label!r} has {len(train)} rows to train on and {len(test)} to test on: no lines are sought."
        return _Look(Evidence(TOO_FEW, few))
    values, points = (read.numbers[np.ix_(rows, columns)] for rows in (train, test))
    grain = grain_of(np.concatenate([values, points]))
    if len(grain.columns) < _FEWEST_COLUMNS:
        return _Look(Evidence(CANNOT_TELL, _too_few_columns(label, len(grain.columns))))
    line = on_a_line(points, values, _around(values, points), grain, within=False)
    told = f"{len(line.rows):,} of {len(test):,} test rows of class {label!r} are on a line with two training rows of it"
    whole = Line(test[line.rows], train[line.first], train[line.second], line.gap)
    nothing = line._replace(rows=line.rows[:0])
    power = _power(values, grain, nothing)
    return _Look(None, told, len(line.rows), len(test), len(members), whole, power)


def _copies_across(read: _Read, n_train: int) -> tuple[Evidence, Ids]:
    """Look for classes whose test rows repeat training rows far more often than rows repeat by nature."""
    codes, n_classes = read.labels.codes, len(read.labels.classes)
    group = np.unique(equal_groups(read.whole) * n_classes + codes, return_inverse=True)[1]
    group = group.reshape(-1)
    of_train, of_test = group[:n_train], group[n_train:]
    in_train = np.bincount(of_train, minlength=group.max() + 1)
    n, n_twins, n_distinct = (
        np.bincount(codes[:n_train], weights, minlength=n_classes)
        for weights in (None, in_train[of_train] > 1, 1 / in_train[of_train])
    )
    is_seen = in_train[of_test] > 0
    n_tested, n_seen = (
        np.bincount(codes[n_train:], weights, minlength=n_classes).astype(int)
        for weights in (None, is_seen)
    )
    natural = (n_twins + 1) / (n + 2)
    largest = int(np.argmax(n_distinct))
    if n[largest] < _FEWEST_ROWS:
        few = Evidence(TOO_FEW, "No class has training rows enough for repeats to tell anything.")
        return few, np.empty((0, 2), dtype=np.intp)
    n_different = np.array(
        [len(np.unique(of_test[is_seen & (codes[n_train:] == c)])) for c in range(n_classes)]
    )
    in_both = [
        c for c in range(n_classes) if n[c] and _is_beyond(n_seen[c], n_tested[c], natural[c])
    ]
    more = [c for c in range(n_classes) if _is_beyond(n_seen[c], n_tested[c], natural[largest])]
    copied = [
        c
        for c in more
        if c != largest
        and n_seen[c] >= _SURE * n_tested[c]
        and _is_of_many(n_different[c], n_seen[c], n_distinct[c])
    ]
    leaking = sorted({*in_both, *copied})
    rows = n_train + np.flatnonzero(is_seen & np.isin(codes[n_train:], leaking))
    first = np.full(group.max() + 1, -1, dtype=np.intp)
    first[of_train[::-1]] = np.arange(n_train)[::-1]
    told = _shares_told(read.labels, n_seen, n_tested, "test rows") + " repeat a training row"
    if leaking:
        verdict = Evidence(
            LEAK, f"{told}: they were copied before the split, or are in both parts."
        )
    elif natural[largest] > _NATURAL_REPEATS:
        verdict = Evidence(CANNOT_TELL, f"{told}; {natural[largest]:.0%} repeat by nature.")
    elif more and more != [largest]:
        verdict = Evidence(
            CANNOT_TELL, f"{told}: more than in the largest class, but it may be by nature."
        )
    else:
        verdict = Evidence(CLEAN, f"{told}.")
    return verdict, np.column_stack([rows, first[group[rows]]])


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
