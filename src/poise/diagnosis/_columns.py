"""Checks of single columns: identifiers, leaks, categories of one class, constants, dates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from poise.core.tables.suspicious import counts_rows, is_calendar, numbers_as_text
from poise.diagnosis._examined import Examined, auc_with_interval
from poise.diagnosis._finding import WARNING, Check, Finding
from poise.study.event_table import EventTable, Floats
from poise.study.statistics import N_FOLDS

IDENTIFIER_COLUMN = Check(
    "P09",
    "identifier-column",
    WARNING,
    "An identifier says nothing about new rows, and a blend of two identifiers names a row that does not exist.",
)
LEAKING_COLUMN = Check(
    "P10",
    "leaking-column",
    WARNING,
    (
        "A column that separates the classes alone was usually made from the label, or recorded after it; models then "
        "look better in tests than in use (Kaufman et al. 2012)."
    ),
)
ONE_CLASS_CATEGORY = Check(
    "P11",
    "one-class-category",
    WARNING,
    (
        "A category that occurs in one class alone decides every row that has it. New rows inherit it from one parent, "
        "so combinations arise that do not exist (Sakho et al. 2025)."
    ),
)
CONSTANT_COLUMN = Check(
    "P14",
    "near-constant-column",
    WARNING,
    "A column that hardly varies adds no information, and in standard units its few other values decide which rows are neighbours.",
)
DATE_COLUMN = Check(
    "P15",
    "date-like-column",
    WARNING,
    (
        "Rows of different times are not exchangeable: random folds let a model learn from the future, and a blend of "
        "two dates is a third date."
    ),
)

NUMBERS_AS_TEXT = Check(
    "P17",
    "numbers-as-text",
    WARNING,
    (
        "Numbers that are held as text become categories: each value is as far from the next as from any other, and new "
        "rows repeat values instead of blending them."
    ),
)

_LEAKS, _TELLS = 0.995, 0.9  # AUC of a single column; difference of two shares
_DISTINCT, _MOST = 0.95, 0.5  # shares of the rows
_SAME = 0.995
_ALPHA = 1e-3
_FEWEST = 5  # rows of a category
_FEWEST_DAYS = 20  # different days in a column that counts them
_MOST_LISTED, _SHOWN = 50, 3


def identifier_column(table: Examined) -> Finding:
    """Find columns that number or name the rows: nearly all values differ, and they are not measurements."""
    rows = table.rows
    if rows.n_rows < 20:
        return IDENTIFIER_COLUMN.not_applicable("Fewer than 20 rows.")
    found = [j for j in range(rows.numbers.shape[1]) if _is_identifier(rows, j)]
    names = [rows.names[j] for j in found]
    if not names:
        return IDENTIFIER_COLUMN.passed("No column is an identifier.", columns=[])
    return IDENTIFIER_COLUMN.issue(
        f"{joined(names)} {'has' if len(names) == 1 else 'have'} a different value in nearly every row, like a "
        "name or a row number.",
        f"Resample with carry_columns={[rows.columns[j] for j in found]!r:.200} (--carry), and leave it out of the model. If it identifies groups of rows, such as customers, pass it as groups=.",
        columns=names,
    )


def _is_identifier(rows: EventTable, j: int) -> bool:
    values = rows.numbers[:, j]
    known = values[~np.isnan(values)]
    if len(known) < 0.5 * len(values):
        return False
    if rows.kinds.get(j) == "categorical":
        return len(np.unique(known)) >= _DISTINCT * len(known)
    is_whole = bool((known == np.rint(known)).all())
    return is_whole and not _is_date(rows, j) and counts_rows(known)


def leaking_column(table: Examined) -> Finding:
    """Find columns that separate the classes alone."""
    rows = table.rows
    if min(table.n_events, table.n_others) < 5:
        return LEAKING_COLUMN.not_applicable("Fewer than 5 rows of a class.")
    found = {}
    for j in _leading_terms(rows) if rows.is_sparse else range(rows.numbers.shape[1]):
        auc = _auc_alone(rows, j, table.random_seed)
        if auc >= _LEAKS:
            found[rows.names[j]] = round(auc, 4)
    if not found:
        return LEAKING_COLUMN.passed("No column separates the classes alone.", columns={})
    return LEAKING_COLUMN.issue(
        f"{joined(list(found))} separate{'s' if len(found) == 1 else ''} the classes alone (AUC of "
        f"{'' if len(found) == 1 else 'at least '}{min(found.values()):.3f}).",
        "Check that its value is known before the event happens. If it is made from the event, leave it out.",
        columns=found,
    )


def _auc_alone(rows: EventTable, j: int, random_seed: int) -> float:
    """Return the AUC of one column; categories are scored by the share of events in other folds."""
    values, is_event = rows.numbers[:, j], rows.is_event
    if rows.is_sparse:
        values = np.asarray(rows.numbers[:, [j]].toarray()).ravel()
    if rows.kinds.get(j) == "categorical":
        scores = _share_elsewhere(values, is_event, random_seed)
        return auc_with_interval(is_event, scores)[0]
    is_missing = np.isnan(values)
    # Missing values count as one value, below or above all others.
    ends = (-np.inf, np.inf)
    alone = [np.where(is_missing, end, values) for end in ends] if is_missing.any() else [values]
    auc = [auc_with_interval(is_event, scores)[0] for scores in alone]
    return max(max(one, 1 - one) for one in auc)


def _share_elsewhere(values: Floats, is_event: NDArray[np.bool_], random_seed: int) -> Floats:
    """Return the share of events in the category of each row, among rows of the other four folds."""
    codes = np.unique(values, return_inverse=True)[1].reshape(-1)
    fold = np.random.RandomState(random_seed).randint(N_FOLDS, size=len(codes))
    scores = np.empty(len(codes))
    for k in range(N_FOLDS):
        inside = fold == k
        n, n_events = (
            np.bincount(codes[~inside], weights, minlength=codes.max() + 1)
            for weights in (None, is_event[~inside])
        )
        prior = is_event[~inside].mean()
        scores[inside] = ((n_events + prior) / (n + 1))[codes[inside]]
    return scores


def one_class_category(table: Examined) -> Finding:
    """Find categories that occur in one class alone, more often than chance explains."""
    rows = table.rows
    if not rows.categorical:
        return ONE_CLASS_CATEGORY.not_applicable("No column is categorical.")
    prevalence = table.n_events / rows.n_rows
    found, never_event = [], []
    n_values = sum(len(np.unique(rows.numbers[:, j])) for j in rows.categorical)
    for j in rows.categorical:
        values = rows.numbers[:, j]
        known = np.flatnonzero(~np.isnan(values))
        codes = values[known].astype(np.intp)
        n, n_events = (np.bincount(codes, w) for w in (None, rows.is_event[known]))
        for code in np.flatnonzero(n >= _FEWEST).tolist():
            example = int(known[(codes == code).argmax()])
            if n_events[code] == n[code] and prevalence ** n[code] < _ALPHA / n_values:
                found.append(
                    {"column": rows.names[j], "rows": int(n[code]), "example_row": example}
                )
            elif n_events[code] == 0 and binom.cdf(0, n[code], prevalence) < _ALPHA / n_values:
                never_event.append(
                    {"column": rows.names[j], "rows": int(n[code]), "example_row": example}
                )
    evidence = {"only_event": found[:_MOST_LISTED], "never_event": never_event[:_MOST_LISTED]}
    if found:
        return ONE_CLASS_CATEGORY.issue(
            f"{_counted(found)} {'occurs' if len(found) == 1 else 'occur'} in rows of the event alone.",
            "Check that such a value is known before the event happens, and merge rare categories.",
            **evidence,
        )
    if never_event:
        return ONE_CLASS_CATEGORY.tip(
            f"{_counted(never_event)} never {'occurs' if len(never_event) == 1 else 'occur'} with the event, in more rows than chance explains.",
            "A simple rule can decide such rows. New rows will not have these categories.",
            **evidence,
        )
    return ONE_CLASS_CATEGORY.passed("No category occurs in one class alone.", **evidence)


def _counted(categories: list[dict[str, Any]]) -> str:
    columns = list(dict.fromkeys(one["column"] for one in categories))
    return f"{len(categories)} categor{'y' if len(categories) == 1 else 'ies'} of {joined(columns)}"


def _leading_terms(rows: EventTable) -> list[int]:
    """Return the columns of a sparse matrix that may separate the classes.

    They are other than 0 in very different shares of the two classes, or in most rows.
    """
    is_there = rows.numbers.astype(bool).astype(np.float64)
    shares = [is_there[part].mean(axis=0) for part in (rows.is_event, ~rows.is_event)]
    difference = np.abs(np.asarray(shares[0] - shares[1])).ravel()
    is_full = np.asarray(is_there.mean(axis=0)).ravel() > _MOST
    return np.flatnonzero((difference >= _TELLS) | is_full).tolist()


def near_constant_column(table: Examined) -> Finding:
    """Find columns with the same value in nearly all rows."""
    rows = table.rows
    shares = {}
    if rows.is_sparse:
        high, low = (end(axis=0).toarray().ravel() for end in (rows.numbers.max, rows.numbers.min))
        shares = {rows.names[j]: 1.0 for j in np.flatnonzero(high == low).tolist()}
    for j, name in enumerate(() if rows.is_sparse else rows.names):
        _, counts = np.unique(rows.numbers[:, j], return_counts=True)
        if counts.max() >= _SAME * rows.n_rows:
            shares[name] = float(counts.max() / rows.n_rows)
    if not shares:
        return CONSTANT_COLUMN.passed("Every column varies.", columns={})
    message = "; ".join(
        _how_constant(name, share, rows.n_rows) for name, share in list(shares.items())[:_SHOWN]
    )
    message += f"; and {len(shares) - _SHOWN} more." if len(shares) > _SHOWN else "."
    is_whole = [share == 1 for share in shares.values()]
    them, their = ("them", "their") if len(shares) > 1 else ("it", "its")
    unless = (
        "" if all(is_whole) else f", unless {their} few other values belong to rows of the event"
    )
    advice = f"Leave {them} out{unless}."
    if any(is_whole):
        return CONSTANT_COLUMN.issue(message, advice, columns=shares)
    return CONSTANT_COLUMN.tip(message, advice, columns=shares)


def _how_constant(name: str, share: float, n_rows: int) -> str:
    """Return in how many rows the value of a column differs from its usual one."""
    n_other = n_rows - round(share * n_rows)
    if not n_other:
        return f"{name} has the same value in every row"
    return f"{name} has the same value in all but {n_other:,} of {n_rows:,} rows"


def date_like_column(table: Examined) -> Finding:
    """Find columns of dates, by their type or by their values."""
    rows = table.rows
    found = _dates(rows)
    names = [rows.names[j] for j in found]
    if not names:
        return DATE_COLUMN.passed("No column holds dates.", columns=[])
    return DATE_COLUMN.issue(
        f"{joined(names)} {'holds' if len(names) == 1 else 'hold'} dates.",
        f"Pass time={rows.columns[found[0]]!r} (--time) to the sampler and to poise.compare, which then tests on rows that are later than those it trains on; or leave it out.",
        columns=names,
    )


def numbers_held_as_text(table: Examined) -> Finding:
    """Find columns of text whose values look like numbers."""
    rows = table.rows
    if not rows.categorical:
        return NUMBERS_AS_TEXT.not_applicable("No column holds text.")
    shares = numbers_as_text(rows.given, rows.declared)
    found = {f"column {name!r}": round(share, 4) for name, share in shares.items()}
    if not found:
        return NUMBERS_AS_TEXT.passed("No column of text looks like numbers.", columns={})
    return NUMBERS_AS_TEXT.issue(
        f"{joined(list(found))} {'holds' if len(found) == 1 else 'hold'} text; "
        f"{_at_least(min(found.values()))} looks like numbers.",
        "Convert it to numbers, for example with pandas.to_numeric(X[...], errors='coerce'); if the values are names, "
        "declare it categorical.",
        columns=found,
    )


def _at_least(share: float) -> str:
    return "all of it" if share == 1 else f"at least {share:.0%}"


def _dates(rows: EventTable) -> list[int]:
    return [j for j in range(rows.n_numbers) if _is_date(rows, j)]


def _is_date(rows: EventTable, j: int) -> bool:
    values = rows.numbers[:, j]
    return j in rows.time_columns or is_calendar(values) or _counts_days(values)


def _counts_days(values: Floats) -> bool:
    """Tell whether whole numbers rise with the rows, several rows each: days since a first one, of rows in order of time."""
    known = values[~np.isnan(values)]
    if len(known) < len(values) or len(known) < _FEWEST_DAYS or not (known == np.rint(known)).all():
        return False
    steps = np.diff(known)
    n_days = int((steps > 0).sum()) + 1
    is_dense = bool(np.ptp(known) <= 3 * n_days)
    return bool((steps >= 0).all() and _FEWEST_DAYS <= n_days <= 0.9 * len(known) and is_dense)


def joined(names: list[Any]) -> str:
    """Return names as text, at most three of them."""
    if len(names) > 3:
        return ", ".join(map(str, names[:3])) + f" and {len(names) - 3} more"
    return " and ".join(
        [", ".join(map(str, names[:-1])), str(names[-1])] if len(names) > 1 else map(str, names)
    )
