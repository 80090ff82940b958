"""poise.diagnose: coded checks of a table before it is resampled."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from threading import Timer
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from poise.core.errors import InputError, UnknownNameError, listed, nearest_name
from poise.core.plan.recipes import Ids
from poise.core.progress import Progress, Report, report_for
from poise.core.sampling.checks import check_magnitudes
from poise.core.sampling.seeds import check_seed
from poise.core.tables.convert import labels_once
from poise.core.threads import thread_limit
from poise.core.types import ColumnKinds, Integer
from poise.diagnosis import _columns, _geometry, _related, _remedies, _rows
from poise.diagnosis._classes import (
    FEWEST_CHECKED,
    ExaminedClasses,
    described_classes,
    found_in_classes,
    picture_of_confusions,
)
from poise.diagnosis._examined import Examined
from poise.diagnosis._finding import ISSUE, PASSED, Check, CheckFunction, Finding
from poise.diagnosis._result import Diagnosis
from poise.study.event_table import EventTable, Floats, read_event_table
from poise.study.minority_kinds import KINDS, N_AROUND
from poise.study.parameters import check_labelling, read_n_jobs

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
    (_columns.NUMBERS_AS_TEXT, _columns.numbers_held_as_text),
    (_related.REPEATED_IDENTIFIER, _related.repeated_identifier),
    (_related.MISSING_VALUE_MARK, _related.missing_value_mark),
    (_related.NEAR_DUPLICATE_COLUMN, _related.near_duplicate_column),
    (_related.SUM_OF_COLUMNS, _related.sum_of_columns),
    (_related.ONE_HOT_COLUMNS, _related.one_hot_columns),
)
_POINTS = 500  # drawn for each kind of row
_SECONDS_OF_SILENCE = 2.0  # no mutant: a matter of taste


def diagnose(
    X: Any,
    y: Any = None,
    *,
    target: Any = None,
    pos_label: Any = None,
    column_kinds: ColumnKinds | None = None,
    mute: Iterable[str] = (),
    random_state: Integer = 0,
    n_jobs: int | None = None,
    progress: bool | Report | None = None,
) -> Diagnosis:
    """Check a table before it is resampled: what would go wrong, and what would work better.

    Parameters
    ----------
    X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        May have text, categories, dates and missing values. On a sparse matrix the checks run that need no neighbours.
    y : array-like of shape (n_rows,), optional
        Labels. The event is the class of interest. With more than two classes, each is checked against the rest, unless
        `pos_label` names one. If they are a column of X, leave y out and pass `target`.
    target : str, optional
        Name of the column of X that holds the labels.
    pos_label : label, optional
        Label of the event; by default the rarest label of two, and every class of several.
    column_kinds : dict, optional
        Kinds of columns by name or position; see `poise.SMOTE`.
    mute : iterable of str
        Codes or names of checks to leave out.
    random_state : int, default=0
        Random seed of the folds and of simulated labels.
    n_jobs : int, optional
        Number of threads; by default all cores.
    progress : bool or callable, optional
        Whether to report each check after the first two seconds on stderr, or a function that is called with a `Progress`; by default,
        if stderr is a terminal.

    Returns
    -------
    Diagnosis

    Raises
    ------
    InputError
        If y has a single class, or X has values that cannot be used.
    UnknownNameError
        If `mute` names a check that does not exist.

    Notes
    -----
    Neighbours are searched once, in columns of unit standard deviation. Classifiers (logistic regression
    and gradient boosting, five folds) are fitted on at most 20,000 rows.

    Examples
    --------
    >>> import poise
    >>> from sklearn.datasets import make_classification
    >>> X, y = make_classification(400, n_features=4, weights=[0.85], random_state=0)
    >>> found = poise.diagnose(X, y, mute=["class-overlap", "class-weights"])
    >>> [finding.name for finding in found.findings if finding.status == "issue"]
    []
    """
    n_jobs = read_n_jobs(n_jobs)
    check_labelling(pos_label, column_kinds)
    check_seed(random_state)
    muted = _muted(mute)
    X, y = labels_once(X, y, target)
    rows = read_event_table(
        X,
        y,
        pos_label,
        column_kinds,
        or_rest=pos_label is not None,
        or_several=pos_label is None,
        or_sparse=True,
    )
    with thread_limit(n_jobs):
        return diagnosis_of(rows, muted, int(random_state), report_for(progress))


def diagnosis_of(
    rows: EventTable,
    muted: Collection[str] = (),
    random_seed: int = 0,
    report: Report | None = None,
) -> Diagnosis:
    """Run the checks on an event table, except those with the codes in `muted`; `report` is called with the progress."""
    if not rows.is_sparse:
        check_magnitudes(rows.numbers, rows.names)
    table = Examined(rows.of_event, random_seed)
    wanted = [(check, run) for check, run in CHECKS if check.code not in muted]
    facts = facts_of(rows) | {"muted": sorted(muted)}
    if rows.is_sparse:
        wanted = [
            (check, run if check.name in _OF_SPARSE else _not_of_sparse(check))
            for check, run in wanted
        ]
    if not rows.several:
        findings = [run(table) for _, run in _announced(wanted, report)]
        findings = _with_void(findings, table)
        return Diagnosis(facts, findings, _row_columns(table), points_of(table))
    classes = ExaminedClasses(rows, random_seed)
    findings = [
        _of_classes(classes, table, check, run) for check, run in _announced(wanted, report)
    ]
    return Diagnosis(
        facts,
        _with_void(findings, table),
        _row_columns_of_classes(classes),
        _titled(points_of(table), f"Rows of {rows.event} by kind"),
        described_classes(classes),
        picture_of_confusions(classes),
    )


def _announced(
    wanted: Sequence[tuple[Check, CheckFunction]], report: Report | None
) -> Iterator[tuple[Check, CheckFunction]]:
    """Yield checks, and report each that is running when two seconds are over, or that begins later."""
    start = time.monotonic()
    for n_done, (check, run) in enumerate(wanted):
        if report is None:
            yield check, run
            continue
        running = Progress(f"checking {check.name}", n_done, len(wanted), "checks")
        left = _SECONDS_OF_SILENCE - (time.monotonic() - start)
        if left <= 0:
            report(running)
            yield check, run
            continue
        timer = Timer(left, report, (running,))
        timer.daemon = True
        timer.start()
        try:
            yield check, run
        finally:
            timer.cancel()


# Checks of one class against the rest, and the number of rows that a class needs; the others are of the whole table.
_OF_CLASSES = {
    "class-overlap": FEWEST_CHECKED,
    "repeated-rows": FEWEST_CHECKED,
    "tiny-clusters": FEWEST_CHECKED,
    "minority-kinds": FEWEST_CHECKED,
    "leaking-column": FEWEST_CHECKED,
    "one-class-category": FEWEST_CHECKED,
    "too-few-rows": 1,
    "contradictory-rows": 1,
}
# Checks of sparse matrices: those that need no neighbours and no columns of numbers.
_OF_SPARSE = (
    "class-overlap",
    "too-few-rows",
    "contradictory-rows",
    "repeated-rows",
    "leaking-column",
    "enough-rows",
    "detectable-difference",
    "near-constant-column",
    "class-weights",
)


def _not_of_sparse(check: Check) -> CheckFunction:
    return lambda _: check.not_applicable(
        "This check does not read sparse matrices, such as counts of words."
    )


_OF_ONE_CLASS = ("enough-rows", "detectable-difference", "class-weights")


def _of_classes(
    classes: ExaminedClasses, rarest: Examined, check: Check, run: CheckFunction
) -> Finding:
    """Return what a check finds in a table of several classes."""
    if check.name in _OF_CLASSES:
        return found_in_classes(classes, check, run, _OF_CLASSES[check.name])
    if check.name in _OF_ONE_CLASS:
        return check.not_applicable(
            "It is about one class against the rest. Pass pos_label= (--event) to check one."
        )
    return run(rarest)


def _with_void(findings: list[Finding], table: Examined) -> list[Finding]:
    """Return findings, those of equal rows as not applicable if an identifier makes every row different."""
    by_code = {found.code: found for found in findings}
    if table.rows.is_sparse:
        return findings
    of_names = by_code.get(_columns.IDENTIFIER_COLUMN.code) or _columns.identifier_column(table)
    if of_names.status != ISSUE:
        return findings
    names = of_names.evidence["columns"]
    message = (
        f"{_columns.joined(names)} {'makes' if len(names) == 1 else 'make'} every row different, so no row can equal "
        f"another. Leave {'it' if len(names) == 1 else 'them'} out of X to check."
    )
    for check in (_rows.CONTRADICTORY_ROWS, _rows.REPEATED_ROWS):
        if check.code in by_code and by_code[check.code].status == PASSED:
            by_code[check.code] = check.not_applicable(message)
    return list(by_code.values())


def facts_of(rows: EventTable) -> dict[str, Any]:
    """Return the size of the table and its event."""
    found = {
        "n_rows": rows.n_rows,
        "n_columns": rows.numbers.shape[1],
        "n_events": rows.n_events,
        "event": str(rows.event),
    }
    return found | ({"n_classes": len(rows.several)} if rows.several else {})


def _muted(mute: Iterable[str]) -> set[str]:
    code_of = {key: check.code for check, _ in CHECKS for key in (check.code, check.name)}
    if not isinstance(mute, Iterable):
        raise InputError(f"mute={mute!r} must be a list of codes or names of checks.")
    names = [mute] if isinstance(mute, str) else list(mute)
    for name in names:
        if name not in code_of:
            known = [check.name for check, _ in CHECKS]
            raise UnknownNameError(
                f"There is no check {name!r}; the checks are {listed(known, limit=None)}, or their codes, {CHECKS[0][0].code} to "
                f"{CHECKS[-1][0].code}.{nearest_name(name, list(code_of))}"
            )
    return {code_of[name] for name in names}


def _row_columns(table: Examined) -> dict[str, Any]:
    """Return what the checks found for each row, as columns."""
    rows = table.rows
    n_same = np.full(rows.n_rows, -1)
    if table.n_events >= 2 and rows.n_rows > N_AROUND and not rows.is_sparse:
        near = table.around.rows
        n_same[table.events] = ((near >= 0) & rows.is_event[near]).sum(axis=1)
    return {
        "row": np.arange(rows.n_rows),
        "is_event": rows.is_event,
        "kind": _kind_of_rows(table),
        "neighbors_of_event": n_same,
        "is_contradictory": table.is_contradictory,
        "is_repeated": table.is_repeated,
    }


def _row_columns_of_classes(classes: ExaminedClasses) -> dict[str, Any]:
    """Return what the checks found for each row of several classes: relative to its own class."""
    rows = classes.rows
    codes = np.asarray(rows.codes)
    own: dict[str, Any] = {}
    for code, table in classes.tables.items():
        for name, values in _row_columns(table).items():
            own[name] = np.where(codes == code, values, own.get(name, values))
    return {
        "row": np.arange(rows.n_rows),
        "class": np.asarray([str(label) for label in rows.several])[codes],
        "kind": own["kind"],
        "neighbors_of_class": own["neighbors_of_event"],
        "is_contradictory": own["is_contradictory"],
        "is_repeated": own["is_repeated"],
    }


def _titled(points: dict[str, Any] | None, title: str) -> dict[str, Any] | None:
    return None if points is None else {**points, "title": title}


def points_of(table: Examined, more: Mapping[str, Floats] | None = None) -> dict[str, Any] | None:
    """Project rows onto their first two principal components; None with fewer than two numeric columns.

    Parameters
    ----------
    table : Examined
    more : mapping of str to ndarray of shape (m, n_columns), optional
        Further rows in standard units, by the name of their group.
    """
    rows = table.rows
    if rows.is_sparse:
        return None
    values = rows.standard[:, : rows.n_numbers]
    low, high = (end.reduce(values, axis=0) for end in (np.fmin, np.fmax))
    varying = np.flatnonzero(high > low)
    if len(varying) < 2 or rows.n_rows < 3:
        return None
    middle = np.nanmedian(values[:, varying], axis=0)
    kind = _kind_of_rows(table)
    groups = {"other": values[~rows.is_event], **{k: values[kind == k] for k in KINDS}}
    groups |= {name: part[:, : rows.n_numbers] for name, part in (more or {}).items()}
    drawn = {name: part[_evenly(len(part))][:, varying] for name, part in groups.items()}
    filled = {name: np.where(np.isnan(part), middle, part) for name, part in drawn.items()}
    real = np.concatenate([filled[name] for name in ("other", *KINDS)])
    with np.errstate(invalid="ignore"):  # columns that hardly vary overflow in the division
        plane = PCA(2, random_state=0).fit(real)
    shares = np.nan_to_num(plane.explained_variance_ratio_)
    n_drawn, n_all = (sum(map(len, parts.values())) for parts in (drawn, groups))
    return {
        "points": plane.transform(np.concatenate(list(filled.values()))).round(3).tolist(),
        "kind": np.repeat(list(filled), [len(part) for part in filled.values()]).tolist(),
        "counts": {name: len(part) for name, part in groups.items()},
        "axes": [f"principal component {i + 1} ({shares[i]:.0%})" for i in range(2)],
        "drawn": f"{n_drawn:,} of {n_all:,} rows",
    }


def _evenly(n: int) -> Ids:
    return np.unique(np.linspace(0, max(n - 1, 0), min(n, _POINTS)).astype(np.intp))[:n]


def _kind_of_rows(table: Examined) -> NDArray[np.str_]:
    """Return the kind of each row of the event, and an empty string for other rows."""
    kind = np.full(table.rows.n_rows, "", dtype="<U10")
    if table.n_events >= 2 and table.rows.n_rows > N_AROUND and not table.rows.is_sparse:
        kind[table.events] = np.array(KINDS)[table.kinds]
    return kind
