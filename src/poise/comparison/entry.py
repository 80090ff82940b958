"""poise.compare: approaches to imbalance, on the user's own table, inside the folds."""

from __future__ import annotations

import platform
import sys
import time as clock
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from poise.comparison.approaches import read_approaches, read_learners
from poise.comparison.folds import make_folds, usable
from poise.comparison.metrics import (
    METRICS,
    Terms,
    described,
    instability_of,
    of_scores,
    recall_by_kind,
    values_of,
)
from poise.comparison.result import Comparison
from poise.comparison.run import Progress, Runs, line_on_stderr, run
from poise.comparison.status_and_curves import before_and_after, curves_of, status_of
from poise.core.checks import refuse_no_seed
from poise.core.errors import InputError
from poise.core.rows import Rows, read_rows
from poise.core.statistics import Design, smallest_difference
from poise.decisions import CostMatrix
from poise.diagnosis._diagnose import diagnosis_of
from poise.diagnosis._geometry import CLASS_OVERLAP
from poise.diagnosis._remedies import CLASS_WEIGHTS
from poise.diagnosis._rows import DETECTABLE_DIFFERENCE

_TOLD_BY_COMPARING = {CLASS_OVERLAP.code, CLASS_WEIGHTS.code, DETECTABLE_DIFFERENCE.code}


def compare(
    X: Any,
    y: Any,
    *,
    approaches: Any = None,
    estimators: Any = None,
    ratios: Any = None,
    cv: Any = 5,
    n_repeats: int | None = None,
    groups: Any = None,
    time: Any = None,
    costs: CostMatrix | None = None,
    precision: float = 0.5,
    pos_label: Any = None,
    column_kinds: Any = None,
    random_state: int = 0,
    n_jobs: int | None = None,
    progress: bool | Progress | None = None,
    time_budget: float | None = None,
    resume: str | Path | None = None,
) -> Comparison:
    """Compare what can be done about imbalance, on a table of your own.

    Everything happens inside the folds, the same folds for all; thresholds are tuned on the scores of
    the other folds; differences to the table as it is, its threshold tuned, come with intervals that
    hold although folds overlap, and with a verdict.

    Parameters
    ----------
    X : array-like or frame of shape (n_rows, n_columns)
        Text, categories, dates and gaps are fine.
    y : array-like of shape (n_rows,)
        Labels of two classes.
    approaches : list of names and samplers, or dict of them by name, optional
        "as-is", "class-weights", any of `poise.METHODS` ("smote@0.5" does half of what SMOTE does), any
        object with `fit_resample`. By default as-is, class-weights, random-over, random-under, smote,
        borderline-smote, smote-tomek and smote-enn.
    estimators : list of names and classifiers, or dict of them by name, optional
        "logistic", "boosting" (both by default), "tree", "k-nn", any classifier (behind imputing,
        scaling and encoding), any pipeline (on the table as it is passed).
    ratios : list of float, optional
        Every sampler of Poise's also with these shares of the rows that it makes and of those that it
        removes, such as [0.25, 0.5]: a curve from nothing to all. Smaller shares are parts of larger ones.
    cv : int, splitter or iterable of (train, test), default=5
    n_repeats : int, optional
        Of the folds; by default 5 below 10,000 rows, else 2.
    groups : array-like of shape (n_rows,), optional
        Kept whole in the folds.
    time : array-like of shape (n_rows,), optional
        Folds walk forward in it: earlier rows train, later ones test.
    costs : CostMatrix, optional
        Of two classes, the same for all rows; where its `classes` are not these labels, the event second.
    precision : float, default=0.5
        The least that "recall at precision" asks for.
    pos_label : label, optional
        The event; by default the rarer label.
    column_kinds : dict, optional
        Kinds of columns by name or position; see `poise.SMOTE`.
    random_state : int, default=0
        The result is the same for any `n_jobs`.
    n_jobs : int, optional
        Approaches run at once; by default all cores.
    progress : bool or callable, optional
        Called with (folds done, folds, seconds left); by default a line where stderr is a terminal.
    time_budget : float, optional
        Seconds after which no new fold is begun.
    resume : str or Path, optional
        A file where whole folds are kept; a later call with the same setup goes on from it.

    Returns
    -------
    Comparison
        An interrupt (Ctrl-C) returns the folds that are done.

    Raises
    ------
    InputError
        For other than two classes, and values that cannot be used.
    TooFewRowsError
        Where folds would have too few rows of the event.
    FileError
        Where `resume` is of another setup.

    Notes
    -----
    One fit for each fold, approach and estimator. What a sampler or an estimator raises is told in
    `status`, and the rest goes on.

    References
    ----------
    .. [1] Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning
       52, 239-281.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from poise import compare
    >>> X, y = make_classification(300, weights=[0.85], random_state=0)
    >>> result = compare(
    ...     X, y, approaches=["smote"], estimators=["logistic"], n_repeats=1, n_jobs=1
    ... )
    >>> result.approaches, sorted(result.verdict_columns())[:3]
    (['as-is', 'smote'], ['approach', 'baseline', 'estimator'])
    """
    _refuse_parameters(costs, precision, random_state, time_budget)
    rows = read_rows(X, y, pos_label, column_kinds)
    costs = None if costs is None else costs.for_event(rows.event)
    arms = read_approaches(approaches, ratios)
    learners = read_learners(estimators, rows)
    folds, told = usable(rows, make_folds(rows, cv, n_repeats, groups, time, random_state))
    diagnosis = diagnosis_of(rows, _TOLD_BY_COMPARING, int(random_state))
    told += [f"{found.message} {found.advice}" for found in diagnosis.at_least("error")]
    design = Design(
        rows.n_rows,
        rows.n_events,
        len(folds),
        float(np.mean([len(fold.test) for fold in folds])),
        float(np.mean([len(fold.train) for fold in folds])),
    )
    if progress is None:
        progress = sys.stderr.isatty()
    report = (line_on_stderr if progress else None) if isinstance(progress, bool) else progress
    smallest = smallest_differences(design)
    if report is line_on_stderr:
        sys.stderr.write(
            f"These folds tell unlike models apart from a difference of {smallest['roc_auc']:.3f} in ROC "
            f"AUC on; models that are alike, from less on.\n"
        )
    start = clock.monotonic()
    runs = run(
        rows,
        folds,
        arms,
        learners,
        n_jobs=n_jobs,
        progress=report,
        time_budget=time_budget,
        resume=resume,
    )
    terms = Terms(precision, costs, is_ordered=time is not None)
    facts = _facts(rows, runs, design, random_state, precision, costs) | {
        "seconds": round(clock.monotonic() - start, 1),
        "warnings": told,
        "folds": _told_of_folds(cv, groups, time, runs),
        "shares": {arm.name: [arm.whole, arm.share] for arm in arms if arm.whole},
    }
    return Comparison(
        facts=facts,
        values=values_of(runs, terms),
        described=described(runs) | instability_of(runs) | recall_by_kind(runs, terms),
        status=status_of(runs),
        curves=curves_of(runs)
        | {
            "scatter": before_and_after(rows, arms, random_state),
            "diagnosis": [asdict(found) for found in diagnosis.ordered],
        },
        smallest=smallest,
    )


def smallest_differences(design: Design) -> dict[str, float]:
    """Return for each metric the smallest difference that the folds would find; see `Design`."""
    names = ("roc_auc", "average_precision", "brier", "log_loss", "f1", "mcc")
    return {name: smallest_difference(design, of_scores(name), n_draws=200) for name in names}


def _refuse_parameters(costs: Any, precision: float, random_state: Any, budget: Any) -> None:
    if costs is not None and not (isinstance(costs, CostMatrix) and costs.costs.shape == (2, 2)):
        raise InputError(
            f"costs={costs!r} must be a CostMatrix of two classes, the same for all rows, such as "
            "CostMatrix.of_two(false_positive=1, false_negative=9)."
        )
    if not 0 < precision <= 1:
        raise InputError(f"precision={precision!r} must be above 0 and at most 1.")
    refuse_no_seed(random_state)
    if budget is not None and not budget > 0:
        raise InputError(f"time_budget={budget!r} must be a number of seconds above 0.")


def _facts(
    rows: Rows, runs: Runs, design: Design, seed: int, precision: float, costs: CostMatrix | None
) -> dict[str, Any]:
    trivial = None
    if costs is not None:
        y = rows.is_event.astype(int)
        trivial = min(costs.mean(y, np.full(rows.n_rows, decided)) for decided in (0, 1))
    return {
        "n_rows": rows.n_rows,
        "n_columns": rows.numbers.shape[1],
        "n_events": rows.n_events,
        "event": str(rows.event),
        "n_folds": len(runs.folds),
        "n_planned": runs.n_planned,
        "ratio": design.ratio,
        "random_state": int(seed),
        "precision": precision,
        "trivial_cost": trivial,
        "cost_step": None if costs is None else float(np.abs(costs.costs).max() / design.n_test),
        "events_a_fold": design.n_test * rows.n_events / rows.n_rows,
        "widths": {name: m.width for name, m in METRICS.items() if np.isfinite(m.width)},
        "versions": {name: version(name) for name in ("poise", "scikit-learn", "numpy")}
        | {"python": platform.python_version()},
    }


def _told_of_folds(cv: Any, groups: Any, time: Any, runs: Runs) -> str:
    n_repeats = len({fold.repeat for fold in runs.folds})
    if not isinstance(cv, int):
        return f"{runs.n_planned} folds of {type(cv).__name__}"
    kind = (
        "forward in time"
        if time is not None
        else "grouped, stratified"
        if groups is not None
        else "stratified"
    )
    return f"{n_repeats} x {cv} folds, {kind}"
