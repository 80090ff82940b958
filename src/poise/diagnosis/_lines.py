"""Lines: rows of a class that lie exactly between two others of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.core.neighbors.index import Index
from poise.core.plan.recipes import Ids
from poise.diagnosis._collinear import Line, none_of, on_a_line
from poise.diagnosis._evidence import (
    CANNOT_TELL,
    NOT_BEYOND,
    TOO_FEW,
    Evidence,
    Read,
)
from poise.diagnosis._grain import Grain, grain_of
from poise.study.event_table import Floats

FEWEST_COLUMNS = 3
_MOST_MISSING = 0.1  # share of a column's values; columns with more are left out
FEWEST_SEARCHED = 20  # rows of a class; smaller ones were not over-sampled to the size of others
_MOST_NATURAL = 300  # no mutant: rows of a class that others are compared with; speed alone
NO_COLUMNS: Ids = np.empty(0, dtype=np.intp)


class LineSearch(NamedTuple):
    """What the search for lines found in one class.

    Attributes
    ----------
    inconclusive : Evidence or None
        Why no verdict is possible; None if one is.
    message : str
    n_found, n_examined, n_rows : int
        Rows on lines, rows examined, and all rows of the class; these also if the search is inconclusive.
    line : Line
        Rows are row numbers of the table.
    part : Part
        The rows examined, for further searches.
    """

    inconclusive: Evidence | None
    message: str = ""
    n_found: int = 0
    n_examined: int = 0
    n_rows: int = 0
    line: Line = none_of(0)
    part: Part | None = None

    @property
    def share(self) -> float:
        """Share of the examined rows that are on lines."""
        return self.n_found / self.n_examined


class Part(NamedTuple):
    """Rows of one class that are examined, and the rows among which lines are sought.

    Attributes
    ----------
    points, values : ndarray of shape (m, d) and (n, d), float64
        The same array, if rows of a table are compared with each other.
    is_made : ndarray of shape (n,), bool
        Rows of `values` that are on lines themselves.
    n_others : int
        Rows of the class that are not among `values`: those of the test part of a split.
    """

    points: Floats
    values: Floats
    is_made: NDArray[np.bool_]
    n_others: int = 0

    @property
    def both_kept(self) -> float:
        """Probability that both parents of a made row are among `values`: in the training part of a split."""
        share = 1.0 if self.is_one_table else len(self.values) / (len(self.values) + self.n_others)
        return share**2

    @property
    def is_one_table(self) -> bool:
        """Whether rows are compared with other rows of their own table."""
        return self.points is self.values


def lines_in(read: Read, code: int, left_out: Ids = NO_COLUMNS) -> LineSearch:
    """Search for rows of a class that are exactly between two others of it."""
    label, members = read.labels.classes[code], read.labels.members(code)
    n_rows = len(members)
    columns, is_known = usable(read.numbers, left_out)
    members = members[is_known[members]]
    if len(members) < FEWEST_SEARCHED:
        few = f"Class {label!r} has {len(members)} rows, too few to search for lines."
        return LineSearch(Evidence(TOO_FEW, few), n_rows=n_rows)
    values = read.numbers[np.ix_(members, columns)]
    grain = grain_of(values)
    if len(grain.columns) < FEWEST_COLUMNS:
        few = _too_few_columns(label, len(grain.columns))
        return LineSearch(Evidence(CANNOT_TELL, few), n_rows=n_rows)
    some = _sample(read, code, len(members))
    line = _between(values, read.categories[members], grain, some)
    n, n_found = len(some), len(line.rows)
    message = f"{n_found:,} of {n:,} {_rows_of(len(members), n)} of class {label!r} are exactly between two others of it"
    is_made = np.isin(np.arange(len(values)), line.rows)
    whole = line.of(members, members, columns, read.numbers.shape[1])
    part = Part(values, values, is_made)
    return LineSearch(None, message, n_found, n, n_rows, whole, part)


def is_clearly_larger(counts: Ids, code: int) -> bool:
    """Return whether a class is too large to have been over-sampled to the size of another one."""
    return bool(counts[code] > NOT_BEYOND * max(np.delete(counts, code), default=counts[code]))


def _sample(read: Read, code: int, n: int) -> Ids:
    """Return the positions of the rows of a class to examine: some of a class that was not over-sampled."""
    if not is_clearly_larger(read.labels.counts, code) or n <= _MOST_NATURAL:
        return np.arange(n)
    return np.sort(np.random.RandomState(0).permutation(n)[:_MOST_NATURAL])  # no mutant: any


def _rows_of(n_rows: int, n_examined: int) -> str:
    return "rows" if n_examined == n_rows else "examined rows"


def lines_across(read: Read, code: int, n_train: int, left_out: Ids = NO_COLUMNS) -> LineSearch:
    """Search for test rows of a class that are on a line with two training rows of it.

    A test row that equals a training row is left out: it is an end of each segment that starts there, so
    that it is on lines with all rows made from its twin after the split.
    """
    label, members = read.labels.classes[code], read.labels.members(code)
    n_rows = len(members)
    columns, is_known = usable(read.numbers, left_out)
    members = members[is_known[members]]
    train, test = members[members < n_train], members[members >= n_train]
    test = test[_sample(read, code, len(test))]
    if len(train) < FEWEST_SEARCHED or not len(test):
        few = f"Class {label!r} has {len(train)} training rows and {len(test)} test rows, too few to search for lines."
        return LineSearch(Evidence(TOO_FEW, few), n_rows=n_rows)
    values, points = (read.numbers[np.ix_(rows, columns)] for rows in (train, test))
    grain = grain_of(np.concatenate([values, points]))
    if len(grain.columns) < FEWEST_COLUMNS:
        few = _too_few_columns(label, len(grain.columns))
        return LineSearch(Evidence(CANNOT_TELL, few), n_rows=n_rows)
    around = nearest_in_both_units(values, points)
    is_single = ~_are_twins(points, values, around, grain)
    if not is_single.any():
        few = f"All {len(test):,} test rows of class {label!r} repeat a training row, so that no line is evidence."
        return LineSearch(Evidence(TOO_FEW, few), n_rows=n_rows)
    test, points, around = test[is_single], points[is_single], around[is_single]
    also = _shared_categories(read.categories[test], read.categories[train], around)
    line = on_a_line(points, values, around, grain, within=False, log_chance=also)
    message = f"{len(line.rows):,} of {len(test):,} test rows of class {label!r} are on a line with two training rows of it"
    whole = line.of(test, train, columns, read.numbers.shape[1])
    part = Part(points, values, np.zeros(len(values), dtype=bool), n_rows - len(values))
    return LineSearch(None, message, len(line.rows), len(test), n_rows, whole, part)


def _are_twins(points: Floats, values: Floats, around: Ids, grain: Grain) -> NDArray[np.bool_]:
    """Return whether each point equals one of the rows around it, up to rounding."""
    off = np.abs(values[around] - points[:, np.newaxis]) <= 1.25 * grain.step
    return np.asarray((off.all(axis=2) & (around >= 0)).any(axis=1))


def usable(numbers: Floats, left_out: Ids) -> tuple[Ids, NDArray[np.bool_]]:
    """Return the columns with few missing values, and whether each row is complete in them."""
    columns = np.flatnonzero(np.isnan(numbers).mean(axis=0) <= _MOST_MISSING)
    columns = np.setdiff1d(columns, left_out)
    return columns, np.asarray(~np.isnan(numbers[:, columns]).any(axis=1))


def _too_few_columns(label: Any, n: int) -> str:
    return (
        f"Rows of class {label!r} have {n} independent numeric columns; with fewer than {FEWEST_COLUMNS}, rows are "
        "on lines by chance."
    )


def _between(values: Floats, categories: Floats, grain: Grain, some: Ids) -> Line:
    """Return some rows that are between two others; a second search leaves out the rows found by the first."""

    def search(among: Ids, some: Ids) -> Line:
        around = nearest_in_both_units(values[among])[np.searchsorted(among, some)]
        also = _shared_categories(categories[some], categories[among], around)
        line = on_a_line(values[some], values[among], around, grain, within=True, log_chance=also)
        return line.of(some, among, np.arange(values.shape[1]), values.shape[1])

    line = search(np.arange(len(values)), some)
    left = np.setdiff1d(np.arange(len(values)), line.rows)
    if not len(line.rows) or len(left) < FEWEST_SEARCHED:  # no mutant: nothing new is found then
        return line
    again = search(left, np.intersect1d(left, some))
    # Parents that are far apart are hidden by the synthetic rows around them; without these they are near.
    return Line(*(np.concatenate(parts) for parts in zip(line, again, strict=True)))


def nearest_in_both_units(values: Floats, points: Floats | None = None) -> Ids:
    """Return the nearest rows of each row or point, in raw units and in standard units, each once."""
    n_rows = len(values)
    most = 60 if n_rows <= 3000 else 40 if n_rows <= 10_000 else 25  # no mutant: speed alone
    k = min(n_rows - (points is None), most)
    unit = deviations(values)
    found = []
    for units in (np.ones_like(unit), unit):
        index = Index(values / units)
        if points is None:
            found.append(index.nearest_others(np.arange(n_rows), k).rows)
        else:
            found.append(index.nearest(points / units, k).rows)
    ordered = -np.sort(-np.hstack(found), axis=1)
    ordered[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = -1
    ordered = -np.sort(-ordered, axis=1)
    return ordered[:, : int((ordered >= 0).sum(axis=1).max(initial=0))]


def deviations(values: Floats) -> Floats:
    """Return the standard deviation of each column; 1 for a constant one."""
    spread = values.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _shared_categories(points: Floats, values: Floats, around: Ids) -> Floats:
    """Return the log of the chance that a row around each point has all of its categories; 0 if none has.

    Categories of interpolated rows are those of a parent, or those most frequent among its neighbours, which
    the rows made from the same parent share.
    """
    if not points.shape[1]:
        return np.zeros(len(points))
    is_same = (values[around] == points[:, np.newaxis]) & (around >= 0)[:, :, np.newaxis]
    k = (around >= 0).sum(axis=1)
    log_chance = np.log((is_same.sum(axis=1) + 1) / (k[:, np.newaxis] + 1)).sum(axis=1) + np.log(k)
    return np.where(is_same.all(axis=2).any(axis=1), np.minimum(log_chance, 0.0), 0.0)
