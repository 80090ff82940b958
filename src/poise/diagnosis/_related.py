"""Checks of values and columns that are not what they seem: marks of missing values, and columns made of others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.tables.constraints import one_hot_in
from poise.core.tables.read import read_table
from poise.core.tables.suspicious import kinds_of_text, numbers_as_text
from poise.diagnosis._columns import joined
from poise.diagnosis._examined import Examined
from poise.diagnosis._finding import NOTE, WARNING, Check, Finding
from poise.study.event_table import EventTable, Floats

REPEATED_IDENTIFIER = Check(
    "P18",
    "repeated-identifier",
    WARNING,
    (
        "Rows of one customer or patient resemble each other. If some are trained on and others tested, a model is rewarded "
        "for recognising them, and looks better than it will be for new ones."
    ),
)
MISSING_VALUE_MARK = Check(
    "P19",
    "missing-value-mark",
    WARNING,
    (
        "A number such as -999 that means a missing value is read as a number: it is far from all others, and a blend with it is a "
        "value that nobody has."
    ),
)
NEAR_DUPLICATE_COLUMN = Check(
    "P20",
    "near-duplicate-column",
    NOTE,
    "Two columns that say the same count twice in every distance, and a blend need not keep them equal.",
)
SUM_OF_COLUMNS = Check(
    "P21",
    "sum-of-columns",
    NOTE,
    "New rows are blended column by column and rounded, so a total need not be the sum of its parts any more.",
)
ONE_HOT_COLUMNS = Check(
    "P22",
    "one-hot-columns",
    NOTE,
    "Blended rows have values between 0 and 1 in columns of which exactly one is 1, so they are of no category or of two.",
)

_MOST_OF_A_GROUP, _FEWEST_GROUPS = 0.1, 10  # of an identifier: share of the rows, different values
_OFTEN, _ROWS_PER_VALUE = 0.5, 10.0  # share of the rows with a repeated value; rows per value
_ROWS_PER_CODE = 100.0  # rows per value of codes such as C0123, which may be groups too
_MARKS = (-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, 999.0, 9999.0, 99999.0, 999999.0)
_HOW = {
    True: "far from all other values",
    False: "which is the only negative value and the most frequent one",
}
_FEWEST_MARKED, _MANY_VALUES = 0.005, 10  # share of the rows; different values
_SAME, _EXACT = 0.99999, 1e-9  # correlation; error of a sum, in deviations
_MOST_ROWS, _MOST_COLUMNS = 1000, 300  # no mutant: speed alone


def repeated_identifier(table: Examined) -> Finding:
    """Find columns of text with very many values, most of which occur in a few rows: groups of rows."""
    rows = table.rows
    if rows.n_rows < 50:
        return REPEATED_IDENTIFIER.not_applicable("Fewer than 50 rows.")
    found: dict[str, dict[str, Any]] = {}
    possible: dict[str, dict[str, Any]] = {}
    numbers, kinds = numbers_as_text(rows.given, rows.declared), kinds_of_text(rows.given)
    for j in (one for one in rows.categorical if rows.columns[one] not in numbers):
        kind = kinds.get(rows.columns[j])
        if kind == "dates":
            continue
        codes = rows.numbers[:, j]
        values, counts = np.unique(codes[~np.isnan(codes)], return_counts=True)
        if len(values) < _FEWEST_GROUPS or counts.max() > _MOST_OF_A_GROUP * rows.n_rows:
            continue
        per_value = counts.sum() / len(values)
        is_repeated = counts[counts > 1].sum() >= _OFTEN * counts.sum()
        one = {"values": len(values), "rows_per_value": round(per_value, 1)}
        # Of towns and models, a few are frequent; identifiers have a few rows each.
        if is_repeated and per_value <= _ROWS_PER_VALUE:
            found[rows.names[j]] = one
        elif is_repeated and kind == "codes" and per_value <= _ROWS_PER_CODE:
            possible[rows.names[j]] = one
    if not found and possible:
        name, one = next(iter(possible.items()))
        return REPEATED_IDENTIFIER.tip(
            f"{joined(list(possible))} {'holds' if len(possible) == 1 else 'hold'} codes ({name}: {one['values']:,} values, "
            f"{one['rows_per_value']} rows each on average), which may be customers or cards, or products and places.",
            "If they are customers, cards or patients, pass the column as groups= to poise.compare (--groups), which keeps the rows of one "
            "value on one side of every split.",
            columns=possible,
        )
    if not found:
        return REPEATED_IDENTIFIER.passed(
            "No column of text identifies groups of rows.", columns={}
        )
    name, one = next(iter(found.items()))
    of_which = "" if len(found) == 1 else f"{name}: "
    return REPEATED_IDENTIFIER.issue(
        f"{joined(list(found))} {'has' if len(found) == 1 else 'have'} many values with a few rows each ({of_which}{one['values']:,} values, "
        f"{one['rows_per_value']} rows each on average), like the customer or the patient of a row.",
        "Pass it as groups= to poise.compare (--groups), which keeps the rows of one value on one side of every split, and leave it out of the "
        "model with carry_columns= (--carry).",
        columns=found,
    )


def missing_value_mark(table: Examined) -> Finding:
    """Find numbers such as -999 that stand alone at the end of a column and occur often."""
    rows = table.rows
    found = {}
    for j in range(rows.n_numbers):
        mark = _mark_in(rows.numbers[:, j])
        if mark is not None and j not in rows.time_columns:
            found[rows.names[j]] = mark
    if not found:
        return MISSING_VALUE_MARK.passed("No number stands for missing values.", columns={})
    shown = "; ".join(
        f"{name} holds {one['value']:g} in {one['rows']:,} rows, {_HOW[one['is_far']]}"
        for name, one in list(found.items())[:3]
    )
    more = f"; and so do {len(found) - 3} more columns" if len(found) > 3 else ""
    return MISSING_VALUE_MARK.issue(
        f"{shown}{more}.",
        "If it means that the value is missing, replace it by a missing value, such as numpy.nan (--na in commands); samplers and "
        "poise.compare take missing values.",
        columns=found,
    )


def _mark_in(values: Floats) -> dict[str, Any] | None:
    """Return a number that stands for missing values, how often it occurs, and whether it is far from all others."""
    known = values[~np.isnan(values)]
    different, counts = np.unique(known, return_counts=True)
    if len(different) < 5:
        return None
    for place, beside in ((0, 1), (-1, -2)):
        value, n = float(different[place]), int(counts[place])
        rest = np.delete(different, place)
        gap, spread = abs(value - float(different[beside])), float(np.ptp(rest))
        is_sign = value < 0 <= rest.min() and value in _MARKS
        is_far = value in _MARKS and gap > spread
        if n >= max(_FEWEST_MARKED * len(known), 3) and (
            is_far or (is_sign and _stands_out(n, counts, place))
        ):
            return {"value": value, "rows": n, "is_far": is_far}
    return None


def _stands_out(n: int, counts: NDArray[np.intp], place: int) -> bool:
    """Tell whether a value is more frequent than every other one of many."""
    return bool(len(counts) >= _MANY_VALUES and n > 1.5 * np.delete(counts, place).max())


def near_duplicate_column(table: Examined) -> Finding:
    """Find pairs of columns of which one says what the other says: equal up to unit and sign, or the same categories."""
    rows = table.rows
    values = _some_numbers(rows)
    found = []
    if values.shape[1] > 1:
        with np.errstate(invalid="ignore", divide="ignore"):
            correlation = np.nan_to_num(np.corrcoef(values, rowvar=False))
        for a, b in np.argwhere(np.triu(np.abs(correlation) >= _SAME, 1)).tolist():
            found.append((rows.names[a], rows.names[b]))
    found += [
        (rows.names[a], rows.names[b])
        for place, a in enumerate(rows.categorical)
        for b in rows.categorical[place + 1 :]
        if _same_categories(rows.numbers[:, a], rows.numbers[:, b])
    ]
    if not found:
        return NEAR_DUPLICATE_COLUMN.passed("No two columns say the same.", pairs=[])
    first, second = found[0]
    more = f", and so do {len(found) - 1} other pairs" if len(found) > 1 else ""
    return NEAR_DUPLICATE_COLUMN.tip(
        f"{first} and {second} say the same{more}.",
        f"Leave one of them out, such as {second}.",
        pairs=found[:50],
    )


def _same_categories(first: Floats, second: Floats) -> bool:
    """Tell whether each category of one column goes with one category of the other, in both directions."""
    few = slice(None, None, max(len(first) // _MOST_ROWS, 1))
    return _go_together(first[few], second[few]) and _go_together(first, second)


def _go_together(first: Floats, second: Floats) -> bool:
    a, b = (np.unique(codes, return_inverse=True)[1].ravel() for codes in (first, second))
    n_first, n_second = int(a.max()) + 1, int(b.max()) + 1
    if n_first != n_second or n_first < 2:
        return False
    return len(np.unique(a * n_second + b)) == n_first


def _some_numbers(rows: EventTable) -> Floats:
    """Return the columns of numbers in evenly spaced rows, missing values as the mean."""
    some = np.unique(np.linspace(0, rows.n_rows - 1, _MOST_ROWS).astype(np.intp))
    values = rows.numbers[some, : rows.n_numbers]
    is_missing = np.isnan(values)
    filled = np.where(is_missing, 0.0, values)
    n_known = np.maximum((~is_missing).sum(axis=0), 1)
    return np.where(is_missing, filled.sum(axis=0) / n_known, values)


def sum_of_columns(table: Examined) -> Finding:
    """Find columns of numbers that are the sum of others in every row."""
    rows = table.rows
    if not 3 <= rows.n_numbers <= _MOST_COLUMNS or rows.n_rows < 30:
        return SUM_OF_COLUMNS.not_applicable(
            "Fewer than 3 columns of numbers, more than 300, or fewer than 30 rows."
        )
    found = [one for one in _sums(_some_numbers(rows)) if _holds_everywhere(rows, *one)]
    if not found:
        return SUM_OF_COLUMNS.passed("No column is the sum of others.", sums=[])
    named = [
        {"total": rows.columns[t], "parts": [rows.columns[p] for p in parts]} for t, parts in found
    ]
    first = named[0]
    rule = f"Sum({first['total']!r}, {first['parts']!r})"
    more = f"; {len(named) - 1} more are alike" if len(named) > 1 else ""
    return SUM_OF_COLUMNS.tip(
        f"column {first['total']!r} is the sum of {', '.join(map(repr, first['parts'][:5]))}{' and others' if len(first['parts']) > 5 else ''} in "
        f"every row{more}.",
        f"Leave the total out, or keep the rule: constraints=[{rule}] from poise.constraints.",
        sums=named[:50],
    )


def _sums(values: Floats) -> list[tuple[int, list[int]]]:
    """Return columns that are sums of others, and the others, from least squares that are exact."""
    spread = values.std(axis=0)
    varying = np.flatnonzero(spread > 0)
    found, totals = [], set()
    for total in varying.tolist():
        others = [j for j in varying.tolist() if j != total and j not in totals]
        if len(others) < 2 or len(others) >= len(values):
            continue
        weights, *_ = np.linalg.lstsq(values[:, others], values[:, total], rcond=None)
        parts = [j for j, weight in zip(others, weights, strict=True) if abs(weight - 1) < 1e-6]
        off = (
            np.abs(values[:, parts].sum(axis=1) - values[:, total]).max()
            if len(parts) > 1
            else np.inf
        )
        if off <= _EXACT * spread[total] and _are_needed(values[:, parts], spread[total]):
            found.append((total, parts))
            totals.add(total)
    return found


def _holds_everywhere(rows: EventTable, total: int, parts: list[int]) -> bool:
    """Tell whether a sum that some rows suggest holds in every row without a missing value."""
    off = rows.numbers[:, parts].sum(axis=1) - rows.numbers[:, total]
    return bool(np.nanmax(np.abs(off)) <= _EXACT * np.nanstd(rows.numbers[:, total]))


def _are_needed(parts: Floats, spread: float) -> bool:
    """Tell whether no part is negligible beside the total."""
    return bool((parts.std(axis=0) > _EXACT * spread).all())


def one_hot_columns(table: Examined) -> Finding:
    """Find columns of 0 and 1 of which each row has exactly one 1."""
    rows = table.rows
    if rows.given is None or rows.is_embedded:
        return ONE_HOT_COLUMNS.not_applicable("Only the numbers of the table are known.")
    read = read_table(rows.given, rows.declared)
    groups = one_hot_in(read.blocks)
    names = read.names
    found = [[p if names is None else names[p] for p in group] for group in groups]
    if not found:
        return ONE_HOT_COLUMNS.passed("No columns of numbers look one-hot encoded.", groups=[])
    more = (
        f", and {len(found) - 1} more group{'s' if len(found) > 2 else ''}"
        if len(found) > 1
        else ""
    )
    rule = f"OneHot({found[0]!r:.200})"
    return ONE_HOT_COLUMNS.tip(
        f"The {len(found[0])} columns {', '.join(map(repr, found[0][:3]))}{', ...' if len(found[0]) > 3 else ''} look one-hot encoded{more}: each row has exactly one 1.",
        f"Pass the column that they were made from instead, or keep the rule: constraints=[{rule}] from poise.constraints.",
        groups=found[:50],
    )
