"""Lines: whether more rows of a class lie exactly between two others than in the largest class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poise.core.neighbors.index import Index
from poise.core.plan.recipes import Ids
from poise.diagnosis._collinear import NO_LINE, Grain, Line, grain_of, on_a_line
from poise.diagnosis._evidence import (
    CANNOT_TELL,
    CLEAN,
    FEWEST_ROWS,
    NOT_BEYOND,
    SURE,
    SUSPICIOUS,
    TOO_FEW,
    Evidence,
    Read,
)
from poise.study.event_table import Floats

_FEWEST_COLUMNS = 3
_MOST_MISSING = 0.1  # share of a column's values; columns with more are left out
_FEWEST_FOUND = 3
_LEAST_POWER = 0.5
_N_ARTIFICIAL = 200  # no mutant: the size of a simulation
_MOST_EXAMINED = 2000  # no mutant: speed alone


class LineSearch(NamedTuple):
    """What the search for lines found in one class.

    Attributes
    ----------
    inconclusive : Evidence or None
        Why no verdict is possible; None if one is.
    message : str
    n_found, n_examined, n_rows : int
        Rows on lines, rows examined, and rows of the class.
    line : Line
    power : float
        Share of artificial interpolated rows that the search finds.
    """

    inconclusive: Evidence | None
    message: str = ""
    n_found: int = 0
    n_examined: int = 0
    n_rows: int = 0
    line: Line = NO_LINE
    power: float = float("nan")


def judged_by_the_largest(
    searches: Sequence[LineSearch], found: str, because: str
) -> list[Evidence]:
    """Judge the rows on lines of each class, compared with the largest class.

    Over-sampling makes small classes at most as large as the largest one and leaves that one unchanged, so
    the class with the most rows off lines shows how many are on lines by nature.

    Parameters
    ----------
    searches : sequence of LineSearch
        One per class.
    found : str
        The verdict for a class with too many rows on lines.
    because : str
        The end of its reason.

    Returns
    -------
    list of Evidence
    """
    seen = [search for search in searches if search.inconclusive is None]
    evidence = [search.inconclusive for search in searches if search.inconclusive is not None]
    if not seen:
        return evidence
    largest = max(seen, key=lambda search: search.n_examined - search.n_found)
    natural = largest.n_found / largest.n_examined
    for search in seen:
        share = search.n_found / search.n_examined
        is_some = search.n_found >= _FEWEST_FOUND
        is_beyond = share >= max(SURE, 2 * natural) and search.n_rows <= NOT_BEYOND * largest.n_rows
        if search is not largest and is_some and is_beyond:
            evidence.append(Evidence(found, f"{search.message}, {because}."))
        elif search.power < _LEAST_POWER:
            evidence.append(Evidence(CANNOT_TELL, _too_coarse(search)))
        elif share >= SUSPICIOUS and is_some:
            why = (
                f"{search.message}: more than by chance, but rows in a sequence of time, or columns that are computed from each "
                "other, can have as many."
            )
            evidence.append(Evidence(CANNOT_TELL, why))
        else:
            artificial = f"; of artificial interpolated rows, {search.power:.0%} are found (fewer if rows were changed afterwards)."
            evidence.append(Evidence(CLEAN, search.message + artificial))
    return evidence


def lines_in(read: Read, code: int) -> LineSearch:
    """Search for rows of a class that are exactly between two others of it."""
    label, members = read.labels.classes[code], read.labels.members(code)
    columns, is_known = _usable(read.numbers)
    members = members[is_known[members]]
    if len(members) < FEWEST_ROWS:
        return LineSearch(
            Evidence(
                TOO_FEW, f"Class {label!r} has {len(members)} rows, too few to search for lines."
            )
        )
    values = read.numbers[np.ix_(members, columns)]
    grain = grain_of(values)
    if len(grain.columns) < _FEWEST_COLUMNS:
        return LineSearch(Evidence(CANNOT_TELL, _too_few_columns(label, len(grain.columns))))
    line = _between(values, grain)
    message = f"{len(line.rows):,} of {len(members):,} rows of class {label!r} are exactly between two others of it"
    whole = Line(members[line.rows], members[line.first], members[line.second], line.gap)
    power = _power(np.delete(values, line.rows, axis=0))
    return LineSearch(None, message, len(line.rows), len(members), len(members), whole, power)


def lines_across(read: Read, code: int, n_train: int) -> LineSearch:
    """Search for test rows of a class that are on a line with two training rows of it."""
    label, members = read.labels.classes[code], read.labels.members(code)
    columns, is_known = _usable(read.numbers)
    members = members[is_known[members]]
    train, test = members[members < n_train], members[members >= n_train]
    if len(train) < FEWEST_ROWS or not len(test):
        few = f"Class {label!r} has {len(train)} training rows and {len(test)} test rows, too few to search for lines."
        return LineSearch(Evidence(TOO_FEW, few))
    values, points = (read.numbers[np.ix_(rows, columns)] for rows in (train, test))
    grain = grain_of(np.concatenate([values, points]))
    if len(grain.columns) < _FEWEST_COLUMNS:
        return LineSearch(Evidence(CANNOT_TELL, _too_few_columns(label, len(grain.columns))))
    line = on_a_line(points, values, _around(values, points), grain, within=False)
    message = f"{len(line.rows):,} of {len(test):,} test rows of class {label!r} are on a line with two training rows of it"
    whole = Line(test[line.rows], train[line.first], train[line.second], line.gap)
    power = _power(values)
    return LineSearch(None, message, len(line.rows), len(test), len(members), whole, power)


def _usable(numbers: Floats) -> tuple[Ids, NDArray[np.bool_]]:
    """Return the columns with few missing values, and whether each row is complete in them."""
    columns = np.flatnonzero(np.isnan(numbers).mean(axis=0) <= _MOST_MISSING)
    return columns, np.asarray(~np.isnan(numbers[:, columns]).any(axis=1))


def _too_few_columns(label: Any, n: int) -> str:
    return (
        f"Rows of class {label!r} have {n} independent numeric columns; with fewer than {_FEWEST_COLUMNS}, rows are "
        "on lines by chance."
    )


def _too_coarse(search: LineSearch) -> str:
    return (
        f"{search.message}, but of artificial interpolated rows only {search.power:.0%} are found: values are too coarse (whole "
        "numbers, few decimals) compared with the distance between rows."
    )


def _between(values: Floats, grain: Grain) -> Line:
    """Return rows that are between two others; a second search leaves out the rows found by the first."""
    line = on_a_line(values, values, _around(values), grain, within=True)
    left = np.setdiff1d(np.arange(len(values)), line.rows)
    if not len(line.rows) or len(left) < FEWEST_ROWS:  # no mutant: nothing new is found then
        return line
    # Parents that are far apart are hidden by the synthetic rows around them; without these they are near.
    again = on_a_line(values[left], values[left], _around(values[left]), grain, within=True)
    again = Line(left[again.rows], left[again.first], left[again.second], again.gap)
    return Line(*(np.concatenate(parts) for parts in zip(line, again, strict=True)))


def _around(values: Floats, points: Floats | None = None) -> Ids:
    """Return the nearest rows of each row or point, in raw units and in standard units."""
    n_rows = len(values)
    most = 60 if n_rows <= 3000 else 40 if n_rows <= 10_000 else 25  # no mutant: speed alone
    k = min(n_rows - (points is None), most)
    unit = _deviations(values)
    found = []
    for units in (np.ones_like(unit), unit):
        index = Index(values / units)
        if points is None:
            found.append(index.nearest_others(np.arange(n_rows), k).rows)
        else:
            found.append(index.nearest(points / units, k).rows)
    return np.hstack(found)


def _deviations(values: Floats) -> Floats:
    """Return the standard deviation of each column; 1 for a constant one."""
    spread = values.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _power(real: Floats) -> float:
    """Return the share of artificial interpolated rows that the search finds among the real rows of a class."""
    if len(real) < FEWEST_ROWS:
        return float("nan")
    rng = np.random.RandomState(0)  # no mutant: any draw will do
    base = real[np.sort(rng.permutation(len(real))[:_MOST_EXAMINED])]
    index = Index(base / _deviations(base))
    around = index.nearest_others(np.arange(len(base)), 5)  # no mutant: any few neighbours
    seed = rng.randint(len(base), size=_N_ARTIFICIAL)
    partner = around.rows[seed, rng.randint(around.rows.shape[1], size=_N_ARTIFICIAL)]
    artificial = base[seed] + rng.uniform(size=(_N_ARTIFICIAL, 1)) * (base[partner] - base[seed])
    # Samplers round only columns of whole numbers.
    is_whole = (base == np.rint(base)).all(axis=0)
    artificial = np.where(is_whole, np.rint(artificial), artificial)
    whole = np.concatenate([base, artificial])
    around_all = _around(whole)[len(base) :]
    return (
        len(on_a_line(artificial, whole, around_all, grain_of(whole), within=True).rows)
        / _N_ARTIFICIAL
    )
