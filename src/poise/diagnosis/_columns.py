"""Checks of single columns: names of rows, leaks, categories of one class, constants, dates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from poise.diagnosis._examined import Examined, auc_with_interval
from poise.diagnosis._finding import ERROR, WARNING, Check, Finding
from poise.study.event_table import EventTable, Floats

IDENTIFIER_COLUMN = Check(
    "P09",
    "identifier-column",
    WARNING,
    "A column that names rows tells nothing of new ones; blended, it names rows that do not exist.",
)
LEAKING_COLUMN = Check(
    "P10",
    "leaking-column",
    ERROR,
    (
        "A column that tells the classes apart all alone was mostly made from the label, or after it; models are then "
        "better on paper than in use (Kaufman et al. 2012)."
    ),
)
ONE_CLASS_CATEGORY = Check(
    "P11",
    "one-class-category",
    WARNING,
    (
        "A category that only one class has decides every row that has it, and new rows inherit it from one parent: "
        "combinations arise that nobody has seen (Sakho et al. 2025)."
    ),
)
CONSTANT_COLUMN = Check(
    "P14",
    "near-constant-column",
    WARNING,
    "A column that hardly varies adds nothing, and in standard units its few other values decide who is a neighbour.",
)
DATE_COLUMN = Check(
    "P15",
    "date-like-column",
    WARNING,
    (
        "Rows of different times are no exchangeable draws: random folds let a model learn from the future, and a blend of "
        "two dates is a third one."
    ),
)

_LEAKS = 0.995  # AUC of a single column
_DISTINCT = 0.95
_SAME = 0.995
_ALPHA = 1e-3
_FEWEST = 5  # rows of a category
_MOST_LISTED = 50


def identifier_column(table: Examined) -> Finding:
    """Columns whose values are nearly all different, and are no measurements."""
    rows = table.rows
    if rows.n_rows < 20:
        return IDENTIFIER_COLUMN.not_applicable("Fewer than 20 rows.")
    names = [rows.names[j] for j in range(rows.numbers.shape[1]) if _is_identifier(rows, j)]
    if not names:
        return IDENTIFIER_COLUMN.passed("No column names the rows.", columns=[])
    return IDENTIFIER_COLUMN.issue(
        f"{_joined(names)} {'is' if len(names) == 1 else 'are'} different in nearly every row, as names and "
        "numbers of rows are.",
        "Leave it out of X; where it names groups of rows, pass it as groups=.",
        columns=names,
    )


def _is_identifier(rows: EventTable, j: int) -> bool:
    values = rows.numbers[:, j]
    known = values[~np.isnan(values)]
    if len(known) < 0.5 * len(values) or len(np.unique(known)) < _DISTINCT * len(known):
        return False
    if rows.kinds.get(j) == "categorical":
        return True
    return not _is_date(rows, j) and counts_rows(known)


def counts_rows(known: Floats) -> bool:
    """Tell whether values are whole numbers, all different, and dense or in order: a count of rows."""
    if not (known == np.rint(known)).all() or len(np.unique(known)) < _DISTINCT * len(known):
        return False
    is_dense = np.ptp(known) <= 3 * len(known)
    is_ordered = bool((np.diff(known) > 0).all() or (np.diff(known) < 0).all())
    return bool(is_dense or is_ordered)


def leaking_column(table: Examined) -> Finding:
    """Columns that tell the classes apart all alone."""
    rows = table.rows
    if min(table.n_events, table.n_others) < 5:
        return LEAKING_COLUMN.not_applicable("Fewer than 5 rows of a class.")
    found = {}
    for j in range(rows.numbers.shape[1]):
        auc = _auc_alone(rows, j, table.seed)
        if auc >= _LEAKS:
            found[rows.names[j]] = round(auc, 4)
    if not found:
        return LEAKING_COLUMN.passed("No column tells the classes apart all alone.", columns={})
    return LEAKING_COLUMN.issue(
        f"{_joined(list(found))} tell{'s' if len(found) == 1 else ''} the classes apart all alone (AUC "
        f"{min(found.values()):.3f} or more).",
        "Check that it is known before the event happens. If it is made from it, leave it out.",
        columns=found,
    )


def _auc_alone(rows: EventTable, j: int, seed: int) -> float:
    """Return the AUC of a column, categories by their share of the event in other rows; gaps are a value."""
    values, is_event = rows.numbers[:, j], rows.is_event
    if rows.kinds.get(j) == "categorical":
        scores = _share_elsewhere(values, is_event, seed)
        return auc_with_interval(is_event, scores)[0]
    gap = np.isnan(values)
    alone = [np.where(gap, end, values) for end in (-np.inf, np.inf)] if gap.any() else [values]
    auc = [auc_with_interval(is_event, scores)[0] for scores in alone]
    return max(max(one, 1 - one) for one in auc)


def _share_elsewhere(values: Floats, is_event: NDArray[np.bool_], seed: int) -> Floats:
    """Return the share of the event in a row's category, among rows of the other four folds."""
    codes = np.unique(values, return_inverse=True)[1].reshape(-1)
    fold = np.random.RandomState(seed).randint(5, size=len(codes))
    scores = np.empty(len(codes))
    for k in range(5):
        inside = fold == k
        n, n_events = (
            np.bincount(codes[~inside], weights, minlength=codes.max() + 1)
            for weights in (None, is_event[~inside])
        )
        prior = is_event[~inside].mean()
        scores[inside] = ((n_events + prior) / (n + 1))[codes[inside]]
    return scores


def one_class_category(table: Examined) -> Finding:
    """Categories that one class alone has, beyond what its size explains."""
    rows = table.rows
    if not rows.categorical:
        return ONE_CLASS_CATEGORY.not_applicable("No column is categorical.")
    prevalence = table.n_events / rows.n_rows
    found, of_others = [], []
    n_looked_at = sum(len(np.unique(rows.numbers[:, j])) for j in rows.categorical)
    for j in rows.categorical:
        values = rows.numbers[:, j]
        known = np.flatnonzero(~np.isnan(values))
        codes = values[known].astype(np.intp)
        n, n_events = (np.bincount(codes, w) for w in (None, rows.is_event[known]))
        for code in np.flatnonzero(n >= _FEWEST).tolist():
            example = int(known[(codes == code).argmax()])
            if n_events[code] == n[code] and prevalence ** n[code] < _ALPHA / n_looked_at:
                found.append(
                    {"column": rows.names[j], "rows": int(n[code]), "example_row": example}
                )
            elif n_events[code] == 0 and binom.cdf(0, n[code], prevalence) < _ALPHA / n_looked_at:
                of_others.append(
                    {"column": rows.names[j], "rows": int(n[code]), "example_row": example}
                )
    evidence = {"only_event": found[:_MOST_LISTED], "never_event": of_others[:_MOST_LISTED]}
    if found:
        return ONE_CLASS_CATEGORY.issue(
            f"{_counted(found)} occur in rows of the event alone.",
            "Check that they are known before the event; merge rare categories.",
            **evidence,
        )
    if of_others:
        return ONE_CLASS_CATEGORY.tip(
            f"{_counted(of_others)} never occur with the event, in more rows than chance explains.",
            "Such rows can be decided by a rule; new rows will not have these categories.",
            **evidence,
        )
    return ONE_CLASS_CATEGORY.passed("No category belongs to one class alone.", **evidence)


def _counted(categories: list[dict[str, Any]]) -> str:
    columns = list(dict.fromkeys(one["column"] for one in categories))
    return (
        f"{len(categories)} categor{'y' if len(categories) == 1 else 'ies'} of {_joined(columns)}"
    )


def near_constant_column(table: Examined) -> Finding:
    """Columns of which nearly all rows have the same value."""
    rows = table.rows
    shares = {}
    for j, name in enumerate(rows.names):
        _, counts = np.unique(rows.numbers[:, j], return_counts=True)
        if counts.max() >= _SAME * rows.n_rows:
            shares[name] = round(float(counts.max() / rows.n_rows), 4)
    if not shares:
        return CONSTANT_COLUMN.passed("Every column varies.", columns={})
    message = f"{_joined(list(shares))} {'is' if len(shares) == 1 else 'are'} the same in {min(shares.values()):.1%} of the rows or more."
    advice = "Leave it out, unless the few other rows are those of the event."
    if any(share == 1 for share in shares.values()):
        return CONSTANT_COLUMN.issue(message, advice, columns=shares)
    return CONSTANT_COLUMN.tip(message, advice, columns=shares)


def date_like_column(table: Examined) -> Finding:
    """Columns of dates, by their type or by their numbers."""
    rows = table.rows
    names = [rows.names[j] for j in _dates(rows)]
    if not names:
        return DATE_COLUMN.passed("No column is a date.", columns=[])
    return DATE_COLUMN.issue(
        f"{_joined(names)} {'holds' if len(names) == 1 else 'hold'} dates.",
        f"Pass time={names[0]} to the sampler and to poise.compare, which then walks forward; or leave it out.",
        columns=names,
    )


def _dates(rows: EventTable) -> list[int]:
    return [j for j in range(rows.n_numbers) if _is_date(rows, j)]


def _is_date(rows: EventTable, j: int) -> bool:
    return j in rows.time_columns or _is_calendar(rows.numbers[:, j])


def _is_calendar(values: Floats) -> bool:
    """Tell whether whole numbers read as days of the calendar (20240131) or as seconds of this century."""
    known = values[~np.isnan(values)]
    if len(known) < 10 or not (known == np.rint(known)).all() or len(np.unique(known)) < 5:
        return False
    year, month, day = known // 10_000, known // 100 % 100, known % 100
    is_day = (
        (year >= 1900) & (year <= 2100) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    )
    is_second = (known >= 946_684_800) & (known <= 4_102_444_800)
    return bool(is_day.all() or is_second.all())


def _joined(names: list[Any]) -> str:
    if len(names) > 3:
        return ", ".join(map(str, names[:3])) + f" and {len(names) - 3} more"
    return " and ".join(
        [", ".join(map(str, names[:-1])), str(names[-1])] if len(names) > 1 else map(str, names)
    )
