"""Columns that are probably not what their dtype says: names of rows, and numbers held as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from poise.core.errors import IdentifierWarning, NumbersAsTextWarning, listed, warn
from poise.core.tables.carried import read_carried
from poise.core.tables.declared import Declared
from poise.core.tables.frames import column_names, read_frame
from poise.core.tables.series import is_number, is_text, with_nan

_DISTINCT = 0.95
_FEWEST_ROWS = 20
# Rows in which values of text are counted.
_HEAD = 10_000  # no mutant: speed alone
_NUMBER = re.compile(r"\s*[+-]?\d[\d.,' ]*([eE][+-]?\d+)?\s*")
_FRACTION_OR_SIGN = re.compile(r"\s*-|.*\d[.,]\d")
_MOSTLY = 0.8
_FEW, _MANY = 10, 20  # different values of a column of codes


def counts_rows(known: NDArray[np.floating]) -> bool:
    """Return whether values are whole numbers, nearly all different, and dense or sorted, like row numbers."""
    if not len(known) or not (known == np.rint(known)).all():
        return False
    is_dense = np.ptp(known) <= 3 * len(known)
    is_ordered = bool((np.diff(known) > 0).all() or (np.diff(known) < 0).all())
    if not (is_dense or is_ordered):
        return False
    return bool(len(np.unique(known)) >= _DISTINCT * len(known))


def is_calendar(values: NDArray[np.floating]) -> bool:
    """Return whether whole numbers look like calendar days (20240131) or seconds since 1970."""
    known = values[~np.isnan(values)]
    if len(known) < 10 or not (known == np.rint(known)).all() or len(np.unique(known)) < 5:
        return False
    year, month, day = known // 10_000, known // 100 % 100, known % 100
    is_day = (
        (year >= 1900) & (year <= 2100) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    )
    is_second = (known >= 946_684_800) & (known <= 4_102_444_800)
    return bool(is_day.all() or is_second.all())


def identifier_columns(X: Any) -> list[Any]:
    """Return the names of the columns of a frame that name or number its rows."""
    frame = read_frame(X)
    if frame is None or len(frame) < _FEWEST_ROWS:
        return []
    return [column.name for column in frame.iter_columns() if _is_identifier(column)]


def _is_identifier(column: Any) -> bool:
    if is_number(column):
        values = with_nan(column)
        known = values[~np.isnan(values)]
        is_filled = len(known) >= 0.5 * len(values)
        return is_filled and counts_rows(known) and not is_calendar(known)
    if not is_text(column):
        return False
    head = column.head(_HEAD)
    known = head.drop_nulls()
    return len(known) >= 0.5 * len(head) and known.n_unique() >= _DISTINCT * len(known)


def warn_of_identifiers(X: Any, carried: Any = None) -> None:
    """Warn about columns that name or number the rows and are not carried: new values identify nothing."""
    known = _carried_names(X, carried)
    found = [name for name in identifier_columns(X) if name not in known]
    if found:
        is_one = len(found) == 1
        warn(
            f"Column{'' if is_one else 's'} {listed(found)} {'has' if is_one else 'have'} a different value in nearly "
            "every row, like a name or a row number: neighbours depend on it, and new rows get values that identify "
            f"nothing. Carry {'it' if is_one else 'them'} along with carry_columns={found!r:.200} (--carry), or leave "
            f"{'it' if is_one else 'them'} out with X.drop(columns=...) (--drop).",
            IdentifierWarning,
        )


def _carried_names(X: Any, carried: Any) -> set[Any]:
    """Return the names of the carried columns of a frame."""
    frame = read_frame(X)
    names = [] if frame is None else column_names(X)
    return {names[j] for j in read_carried(carried, names, len(names))} if names else set()


def numbers_as_text(X: Any, declared: Declared) -> dict[Any, float]:
    """Return the share of values that look like numbers, for columns of text of which most do.

    Columns of few whole numbers are left out, because they may be codes, and so are columns that the
    user declared, or gave a categorical dtype.

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_columns)
    declared : Declared
    """
    if sp.issparse(X):
        return {}  # it holds numbers
    columns = list(_texts(X))
    names = [name for name, _ in columns]
    known = {
        **declared.by_position(names, len(columns)),
        **read_carried(declared.carried, names, len(columns)),
    }
    found = {}
    for position, (name, cells) in enumerate(columns):
        share = 0.0 if position in known else _numeric_share(cells)
        if share:
            found[name] = share
    return found


_CODE = re.compile(r"[A-Za-z]{0,6}[-_# ]?\d{2,}[A-Za-z]?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T].*)?")


def kinds_of_text(X: Any) -> dict[Any, str]:
    """Return what columns of text hold, where it shows: "codes" such as C0123, or "dates".

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_columns)
    """
    if sp.issparse(X):
        return {}
    found = {}
    for name, cells in _texts(X):
        for kind, pattern in (("codes", _CODE), ("dates", _DATE)):
            if cells and sum(
                bool(pattern.fullmatch(cell.strip())) for cell in cells
            ) >= _MOSTLY * len(cells):
                found[name] = kind
    return found


def _texts(X: Any) -> Iterator[tuple[Any, set[str]]]:
    """Yield the name of each column with its different values of text."""
    frame = None if isinstance(X, np.ndarray | list | tuple) else read_frame(X)
    if frame is None:
        head = np.asarray(X, dtype=object)[:_HEAD]
        named: Iterable[tuple[Any, list[Any]]] = enumerate(head.T.tolist())
    else:
        named = (
            (
                column.name,
                column.head(_HEAD).unique().to_list() if is_text(column) else [],
            )
            for column in frame.iter_columns()
        )
    for name, cells in named:
        yield name, {cell for cell in cells if isinstance(cell, str) and cell.strip()}


def _numeric_share(cells: set[str]) -> float:
    looks = [cell for cell in cells if _NUMBER.fullmatch(cell)]
    share = len(looks) / len(cells) if cells else 0.0
    has_fractions = sum(bool(_FRACTION_OR_SIGN.match(cell)) for cell in looks) >= 2
    are_padded = any(re.match(r"\s*0\d", cell) for cell in looks)
    are_enough = len(cells) >= (_FEW if has_fractions else _MANY)
    return share if share >= _MOSTLY and are_enough and not are_padded else 0.0


def warn_of_numbers_as_text(X: Any, declared: Declared) -> None:
    """Warn about columns of text that hold numbers, each of which becomes a category."""
    for name, share in numbers_as_text(X, declared).items():
        warn(
            f"Column {name!r} is text, but {share:.0%} of its different values look like numbers, and each becomes a "
            "category. Convert it first, for example with pandas.to_numeric(X[...], errors='coerce'), after "
            ".str.replace(',', '.') if it has decimal commas; if the values are names, give it a categorical dtype.",
            NumbersAsTextWarning,
        )
