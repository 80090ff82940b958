"""poise.diagnose: coded checks of a table before it is resampled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.decomposition import PCA

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.minority_kinds import KINDS
from poise.core.rows import read_rows
from poise.core.threads import at_most
from poise.diagnosis import _columns, _geometry, _remedies, _rows
from poise.diagnosis._examined import N_NEIGHBORS, Examined
from poise.diagnosis._finding import Check, CheckFunction
from poise.diagnosis._result import Diagnosis

CHECKS: tuple[tuple[Check, CheckFunction], ...] = (
    (_geometry.MANY_DIMENSIONS, _geometry.many_dimensions),
    (_geometry.CLASS_OVERLAP, _geometry.class_overlap),
    (_geometry.TINY_CLUSTERS, _geometry.tiny_clusters),
    (_rows.TOO_FEW_ROWS, _rows.too_few_rows),
    (_geometry.MINORITY_KINDS, _geometry.minority_kinds),
    (_rows.CONTRADICTORY_ROWS, _rows.contradictory_rows),
    (_rows.REPEATED_ROWS, _rows.repeated_rows),
    (_geometry.UNSCALED_COLUMNS, _geometry.unscaled_columns),
    (_columns.IDENTIFIER_COLUMN, _columns.identifier_column),
    (_columns.LEAKING_COLUMN, _columns.leaking_column),
    (_columns.ONE_CLASS_CATEGORY, _columns.one_class_category),
    (_rows.ENOUGH_ROWS, _rows.enough_rows),
    (_rows.DETECTABLE_DIFFERENCE, _rows.detectable_difference),
    (_columns.CONSTANT_COLUMN, _columns.near_constant_column),
    (_columns.DATE_COLUMN, _columns.date_like_column),
    (_remedies.CLASS_WEIGHTS, _remedies.class_weights),
)
_POINTS = 2000


def diagnose(
    X: Any,
    y: Any,
    *,
    pos_label: Any = None,
    column_kinds: Any = None,
    mute: Iterable[str] = (),
    random_state: int = 0,
    n_jobs: int | None = None,
) -> Diagnosis:
    """Tell what a table is like before it is resampled: what would go wrong, and what would serve better.

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_columns)
        Text, categories, dates and gaps are fine.
    y : array-like of shape (n_rows,)
        Labels. Of more than two classes, one is the event and the others are the rest.
    pos_label : label, optional
        The event; by default the rarest label.
    column_kinds : dict, optional
        Kinds of columns by name or position; see `poise.SMOTE`.
    mute : iterable of str
        Codes or names of checks to leave out.
    random_state : int, default=0
        Seed of folds and of simulated labels.
    n_jobs : int, optional
        Threads; by default all cores.

    Returns
    -------
    Diagnosis

    Raises
    ------
    InputError
        For one class, and values that cannot be used.
    UnknownNameError
        For checks that do not exist.
    UnsupportedTypeError
        For sparse matrices.

    Notes
    -----
    Neighbours are found once, in standard units. Classifiers (logistic regression, boosting; five folds)
    see at most 20,000 rows.

    Examples
    --------
    >>> import poise
    >>> from sklearn.datasets import make_classification
    >>> X, y = make_classification(400, n_features=4, weights=[0.85], random_state=0)
    >>> found = poise.diagnose(X, y, mute=["class-overlap", "class-weights"])
    >>> [finding.name for finding in found.findings if finding.status == "issue"]
    []
    """
    if isinstance(random_state, bool) or not isinstance(random_state, int | np.integer):
        raise InputError(f"random_state={random_state!r} must be a whole number from 0 on.")
    muted = _muted(mute)
    rows = read_rows(X, y, pos_label, column_kinds, or_rest=True)
    table = Examined(rows, int(random_state))
    with at_most(n_jobs):
        findings = [run(table) for check, run in CHECKS if check.code not in muted]
        columns = _columns_of_rows(table)
        points = _points(table, columns)
    facts = {
        "n_rows": rows.n_rows,
        "n_columns": rows.numbers.shape[1],
        "n_events": rows.n_events,
        "event": str(rows.event),
        "muted": sorted(muted),
    }
    return Diagnosis(facts, findings, columns, points)


def _muted(mute: Iterable[str]) -> set[str]:
    code_of = {key: check.code for check, _ in CHECKS for key in (check.code, check.name)}
    names = [mute] if isinstance(mute, str) else list(mute)
    for name in names:
        if name not in code_of:
            known = [check.name for check, _ in CHECKS]
            raise UnknownNameError(
                f"There is no check {name!r}; there are {listed(known, 20)}.{nearest_name(name, known)}"
            )
    return {code_of[name] for name in names}


def _columns_of_rows(table: Examined) -> dict[str, Any]:
    """Return what is known of each row, as columns."""
    rows = table.rows
    kind = np.full(rows.n_rows, "", dtype="<U10")
    n_same = np.full(rows.n_rows, -1)
    if table.n_events >= 2 and rows.n_rows > N_NEIGHBORS:
        kind[table.events] = np.array(KINDS)[table.kinds]
        near = table.around.rows
        n_same[table.events] = ((near >= 0) & rows.is_event[near]).sum(axis=1)
    n_events, n_all = (np.bincount(table.repeats, w)[table.repeats] for w in (rows.is_event, None))
    return {
        "row": np.arange(rows.n_rows),
        "is_event": rows.is_event,
        "kind": kind,
        "neighbors_of_event": n_same,
        "is_contradictory": (n_events > 0) & (n_events < n_all),
        "is_repeated": np.where(rows.is_event, n_events, n_all - n_events) > 1,
    }


def _points(table: Examined, columns: dict[str, Any]) -> dict[str, Any] | None:
    """Return rows as points of the plane in which they vary most; None for fewer than two numbers."""
    rows = table.rows
    values = rows.standard[:, : rows.n_numbers]
    low, high = (end.reduce(values, axis=0) for end in (np.fmin, np.fmax))
    varying = np.flatnonzero(high > low)
    if len(varying) < 2 or rows.n_rows < 3:
        return None
    values = values[:, varying]
    filled = np.where(np.isnan(values), np.nanmedian(values, axis=0), values)
    plane = PCA(2, random_state=0).fit(filled)
    others = np.flatnonzero(~rows.is_event)
    drawn = [
        members[np.unique(np.linspace(0, len(members) - 1, _POINTS // 2).astype(np.intp))]
        for members in (others, table.events)
    ]
    chosen = np.concatenate(drawn)
    shares = plane.explained_variance_ratio_
    return {
        "points": plane.transform(filled[chosen]).round(3).tolist(),
        "kind": np.where(rows.is_event[chosen], columns["kind"][chosen], "other").tolist(),
        "axes": [f"principal component {i + 1} ({shares[i]:.0%})" for i in range(2)],
        "drawn": f"{len(chosen):,} of {rows.n_rows:,} rows",
    }
