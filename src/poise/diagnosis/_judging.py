"""Whether more rows of a class lie exactly between two others than nature and chance explain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import binom

from poise.core.plan.recipes import Ids
from poise.diagnosis._collinear import Line, none_of
from poise.diagnosis._evidence import (
    CANNOT_TELL,
    CLEAN,
    NOT_BEYOND,
    SURE,
    SUSPICIOUS,
    Evidence,
    Read,
)
from poise.diagnosis._lines import NO_COLUMNS, LineSearch, is_clearly_larger
from poise.diagnosis._sensitivity import MOST_MADE, Sensitivity, changed_columns, sensitivity

_FEWEST_FOUND = 3
_FEWEST_ACCUSED = 12  # rows on lines; a few can be related by nature
_ALPHA = 1e-4
_GROWN = 0.5  # of the largest class: smaller classes were not over-sampled to its size
_BY_NATURE = (
    ": more than by chance, but rows in a sequence of time, or columns that are computed from each other, can have "
    "as many."
)


class Judged(NamedTuple):
    """What was found in all classes.

    Attributes
    ----------
    evidence : list of Evidence
    lines : list of Line
        The suspicious rows of each class; none of a class that is clean.
    power : list of float
        Share of artificial interpolated rows that are found in each class; NaN if it was not measured.
    """

    evidence: list[Evidence]
    lines: list[Line]
    power: list[float]


def judged_by_others(
    search: Callable[[int, Ids], LineSearch],
    read: Read,
    found: str,
    because: str,
) -> Judged:
    """Judge the rows on lines of each class, compared with the other classes.

    Over-sampling makes small classes at most as large as the largest one and leaves that one unchanged, so
    the other class with the most rows off lines shows how many are on lines by nature. If few rows are on lines,
    they are sought again with one or two columns left out, which may have been changed afterwards.

    Parameters
    ----------
    search : callable
        Searches the class of a code, without some columns.
    read : Read
    found : str
        The verdict for a class with too many rows on lines.
    because : str
        The end of its reason.

    Returns
    -------
    Judged
    """
    if len(read.labels.classes) < 2:
        why = f"All rows are of class {read.labels.classes[0]!r}: what nature does is seen in another class."
        no_line = none_of(read.numbers.shape[1])
        return Judged([Evidence(CANNOT_TELL, why)], [no_line], [float("nan")])
    searches = [search(code, NO_COLUMNS) for code in range(len(read.labels.classes))]
    seen = [code for code, one in enumerate(searches) if one.inconclusive is None]
    natural = {code: _most_off_lines(searches, seen, code) for code in seen}
    others = {code: None if c is None else searches[c] for code, c in natural.items()}
    accused = {code: "" for code in seen if _is_beyond(searches[code], others[code])}
    if not accused:
        for code, again, changed in _with_columns_left_out(search, searches, natural):
            searches[code] = again
            names = " and ".join(read.names[j] for j in changed)
            are = "are" if len(changed) > 1 else "is"
            accused[code] = f", if {names}, changed afterwards, {are} left out"
    power, most_made = [float("nan")] * len(searches), [0.0] * len(searches)
    most_rows = max(one.n_rows for one in searches)
    judged = {
        code: _unsearched(one.inconclusive, one.n_rows, most_rows)
        for code, one in enumerate(searches)
        if one.inconclusive is not None
    }
    for code in seen:
        if code in accused:
            judged[code] = Evidence(found, f"{searches[code].message}{accused[code]}, {because}.")
        elif accused or is_clearly_larger(read.labels.counts, code):
            judged[code] = _of_largest(searches[code])
        else:
            tested = sensitivity(searches[code])
            judged[code] = _not_beyond(searches[code], others[code], tested)
            power[code], most_made[code] = tested.power, max(tested.most_made, *tested.most_changed)
    # The reason of the class of which most rows may have been made comes first.
    order = sorted(range(len(searches)), key=lambda code: -most_made[code])
    lines = [
        none_of(read.numbers.shape[1]) if judged[code].verdict == CLEAN else one.line
        for code, one in enumerate(searches)
    ]
    return Judged([judged[code] for code in order], lines, power)


def _with_columns_left_out(
    search: Callable[[int, Ids], LineSearch],
    searches: Sequence[LineSearch],
    natural: Mapping[int, int | None],
) -> Iterator[tuple[int, LineSearch, Ids]]:
    """Yield the classes that have too many rows on lines without the columns that were changed, and these."""
    for code, other in natural.items():
        changed = changed_columns(searches[code])
        if len(changed) and other is not None:
            again = search(code, changed)
            if _is_beyond(again, search(other, changed)):
                yield code, again, changed


def _most_off_lines(searches: Sequence[LineSearch], seen: Sequence[int], code: int) -> int | None:
    """Return the other class with the most rows off lines; None if there is none."""
    others = [c for c in seen if c != code]
    n_off = [searches[c].n_examined - searches[c].n_found for c in others]
    return others[int(np.argmax(n_off))] if others else None


def _unsearched(inconclusive: Evidence, n_rows: int, most_rows: int) -> Evidence:
    """Return why a class was not searched; this matters unless it is too small to have been over-sampled."""
    can_be_made = n_rows > _GROWN * most_rows
    return Evidence(CANNOT_TELL, inconclusive.reason) if can_be_made else inconclusive


def _of_largest(one: LineSearch) -> Evidence:
    """Return whether few enough rows of a class that was not over-sampled are on lines to judge others by it."""
    if one.share < SURE:
        return Evidence(CLEAN, f"{one.message}.")
    return Evidence(CANNOT_TELL, f"{one.message}{_BY_NATURE}")


def _is_beyond(one: LineSearch, other: LineSearch | None) -> bool:
    """Return whether far more rows of a class are on lines than nature, seen in another one, and chance explain."""
    if one.inconclusive is not None or other is None or other.inconclusive is not None:
        return False
    natural = max(2 * other.share, SUSPICIOUS)
    is_many = one.share >= max(SURE, natural) and one.n_found >= _FEWEST_ACCUSED
    is_by_chance = binom.sf(one.n_found - 1, one.n_examined, min(natural, 1.0)) > _ALPHA
    return bool(is_many and not is_by_chance and one.n_rows <= NOT_BEYOND * other.n_rows)


def _not_beyond(one: LineSearch, other: LineSearch | None, tested: Sensitivity) -> Evidence:
    """Return whether a class without too many rows on lines is clean, or why this cannot be known."""
    one_changed, two_changed = tested.most_changed
    is_some = one.n_found >= _FEWEST_FOUND and one.share >= SUSPICIOUS
    if tested.most_made > MOST_MADE:
        why = (
            f"{one.message}, but of artificial interpolated rows only {tested.power:.0%} are found, so that up to "
            f"{tested.most_made:.0%} of the class can be interpolated: it has too few rows, or values are too coarse (whole "
            "numbers, few decimals) compared with the distance between rows."
        )
    elif is_some and (other is None or one.share > 2 * other.share):
        why = f"{one.message}{_BY_NATURE}"
    elif one_changed > MOST_MADE:
        why = (
            f"{one.message}; but if one column was changed afterwards, up to {one_changed:.0%} of the class can be interpolated, "
            "because too few numeric columns are left."
        )
    else:
        why = (
            f"{one.message}; of artificial interpolated rows, {tested.power:.0%} are found, so that at most "
            f"{tested.most_made:.0%} of the class can be interpolated ({one_changed:.0%} if one column was replaced by its "
            f"logarithm or ranks afterwards, {two_changed:.0%} if two were)."
        )
        return Evidence(CLEAN, why)
    return Evidence(CANNOT_TELL, why)
