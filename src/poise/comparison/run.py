"""Run a comparison fold by fold: fit every arm (an approach with an estimator) and keep its scores."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel, delayed
from threadpoolctl import threadpool_limits

from poise.comparison.approaches import Approach
from poise.comparison.estimators import Estimator, Form
from poise.comparison.fitting import NotApplicableError, Parts, encoders_of, fit_arm, settled
from poise.comparison.folds import Fold
from poise.comparison.signature import hashes_of
from poise.comparison.store import ArmFold, Results, Store
from poise.core.interrupts import end_with
from poise.core.progress import Progress, Report
from poise.core.threads import thread_limit
from poise.study.event_table import EventTable


@dataclass(frozen=True, eq=False)
class Runs:
    """All scores of a comparison.

    Attributes
    ----------
    rows : EventTable
    folds : list of Fold
        Those that were run.
    n_planned : int
        Number of folds in the plan.
    arms : list of (estimator, approach)
    results : dict of (estimator, approach, fold number) to ArmFold
    seconds : float
        Time for all folds.
    """

    rows: EventTable
    folds: list[Fold]
    n_planned: int
    arms: list[tuple[str, str]]
    results: Results = field(repr=False)
    seconds: float = 0.0


def run(
    rows: EventTable,
    folds: Sequence[Fold],
    approaches: Sequence[Approach],
    estimators: Sequence[Estimator],
    *,
    n_jobs: int | None,
    report: Report | None,
    time_budget: float | None,
    resume: str | Path | None,
) -> Runs:
    """Fit every arm in every fold.

    Ends after a complete fold when the time is up, and on an interrupt; the folds run so far are
    returned, so that all arms have the same ones.
    """
    store, results = None, {}
    if resume is not None:
        store = Store(Path(resume), hashes_of(rows, folds, approaches, estimators))
        results = store.load({fold.number: len(fold.test) for fold in folds})
    arms = [(estimator.name, approach.name) for estimator in estimators for approach in approaches]
    needs_given = any(estimator.as_given for estimator in estimators)
    # Text in frames takes long to send to workers.
    rows_to_fit = rows if needs_given else replace(rows, given=None)
    start, n_new = time.monotonic(), 0
    done: list[Fold] = []
    try:
        with Parallel(n_jobs=effective_n_jobs(-1 if n_jobs is None else n_jobs)) as parallel:
            for fold in folds:
                if not all((*arm, fold.number) in results for arm in arms):
                    if _is_over(time_budget, start, done):
                        break
                    new = _run_fold(
                        parallel, rows_to_fit, fold, _slowest_first(approaches, results), estimators
                    )
                    results |= new
                    if store is not None:
                        store.add(new)
                    n_new += 1
                done.append(fold)
                if report is not None:
                    seconds_left = (
                        (time.monotonic() - start) / max(n_new, 1) * (len(folds) - len(done))
                    )
                    report(_progress(len(done), len(folds), seconds_left))
    except KeyboardInterrupt:
        if not done:
            raise
    return Runs(rows, done, len(folds), arms, results, time.monotonic() - start)


def _slowest_first(approaches: Sequence[Approach], results: Results) -> list[Approach]:
    """Return the approaches in falling order of their time so far, so that none of the long ones starts last."""
    seconds = dict.fromkeys((approach.name for approach in approaches), 0.0)
    for (_, name, _), arm in results.items():
        seconds[name] = seconds.get(name, 0.0) + arm.seconds
    return sorted(approaches, key=lambda approach: -seconds[approach.name])


def _progress(n_done: int, n_folds: int, seconds_left: float) -> Progress:
    return Progress("comparing", n_done, n_folds, "folds", seconds_left=seconds_left)


def _is_over(time_budget: float | None, start: float, done: Sequence[Fold]) -> bool:
    """Tell whether the time is up; at least one fold is always run."""
    return time_budget is not None and bool(done) and time.monotonic() - start > time_budget


def _run_fold(
    parallel: Parallel,
    rows: EventTable,
    fold: Fold,
    approaches: Sequence[Approach],
    estimators: Sequence[Estimator],
) -> Results:
    """Return the results of every arm in a fold; approaches run in parallel."""
    encoders = encoders_of(rows, fold.train, estimators)
    parts = parallel(
        delayed(_run_approach)(os.getpid(), rows, fold, approach, estimators, encoders)
        for approach in approaches
    )
    return {
        (name, approach.name, fold.number): result
        for approach, part in zip(approaches, parts, strict=True)
        for name, result in part.items()
    }


def _run_approach(
    parent: int,
    rows: EventTable,
    fold: Fold,
    approach: Approach,
    estimators: Sequence[Estimator],
    encoders: dict[Form, Any],
) -> dict[str, ArmFold]:
    """Resample a fold's training part once for each form of the table, and fit every estimator.

    In a worker, end with the process `parent`.
    """
    if os.getpid() != parent:
        end_with(parent)
    # Libraries as well: several threads for each of several approaches would wait for each other.
    with thread_limit(1), threadpool_limits(1):
        parts = Parts(rows, encoders, fold.random_seed)
        return {one.name: _scored_or_why(parts, fold, approach, one) for one in estimators}


def _scored_or_why(parts: Parts, fold: Fold, approach: Approach, estimator: Estimator) -> ArmFold:
    """Return the scores of an arm for the test part of a fold, or why there are none: a row in the table of results."""
    try:
        return _scored(parts, fold, approach, estimator)
    except NotApplicableError as error:
        return ArmFold(np.empty(0), status=str(error))
    except Exception as error:  # noqa: BLE001  # samplers and estimators can raise anything
        return ArmFold(np.empty(0), status=f"{type(error).__name__}: {error}")


def _scored(parts: Parts, fold: Fold, approach: Approach, estimator: Estimator) -> ArmFold:
    start = time.perf_counter()
    approach = settled(parts, fold.train, approach, estimator)
    seconds = time.perf_counter() - start
    part, model = fit_arm(parts, fold.train, approach, estimator)
    test = part.encoded(parts.rows.take(fold.test, as_given=estimator.as_given))
    scores, is_probability = model.scores_of(test)
    notes = tuple(dict.fromkeys((*part.notes, *model.notes)))
    seconds += part.seconds + model.seconds
    return ArmFold(scores, is_probability, model.trained_prior, seconds, "", notes)
