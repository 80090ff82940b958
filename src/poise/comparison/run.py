"""Run a comparison fold by fold: fit every arm (an approach with an estimator) and keep its scores."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel, delayed
from threadpoolctl import threadpool_limits

from poise.comparison.approaches import Approach
from poise.comparison.estimators import Estimator, Form
from poise.comparison.folds import Fold
from poise.comparison.signature import hashes_of
from poise.comparison.store import ArmFold, Results, Store
from poise.core.errors import EstimatorError
from poise.core.interrupts import end_with
from poise.core.progress import Progress, Report
from poise.core.sampling.seeds import fresh, seeded
from poise.core.threads import thread_limit
from poise.decisions import ReweightedClassifier
from poise.decisions._reweighted import takes_weights
from poise.study.event_table import EventTable, Floats
from poise.study.models import encoder, prepared_sampler, weighing_classes


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
    encoders = encoders_of(rows, fold, estimators)
    parts = parallel(
        delayed(_run_approach)(os.getpid(), rows, fold, approach, estimators, encoders)
        for approach in approaches
    )
    return {
        (name, approach.name, fold.number): result
        for approach, part in zip(approaches, parts, strict=True)
        for name, result in part.items()
    }


def encoders_of(rows: EventTable, fold: Fold, estimators: Sequence[Estimator]) -> dict[Form, Any]:
    """Return the encoders that estimators need, fitted on the training part of a fold as it is."""
    forms = {estimator.form for estimator in estimators}
    needed: list[Form] = [form for form in ("encoded", "sparse") if form in forms]
    X = rows.take(fold.train, as_given=False) if needed else None
    return {form: encoder(rows, sparse=form == "sparse").fit(X) for form in needed}


class _Part(NamedTuple):
    """What an estimator is fitted and tested on."""

    X: Any
    y: Any
    test: Any
    seconds: float
    notes: tuple[str, ...]


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
    found: dict[str, ArmFold] = {}
    # Libraries as well: several threads for each of several approaches would wait for each other.
    with thread_limit(1), threadpool_limits(1):
        parts: dict[Form, _Part | str] = {}
        for estimator in estimators:
            form = estimator.form
            if form not in parts and form in encoders:
                if "numbers" not in parts:
                    parts["numbers"] = _resampled(rows, fold, approach, as_given=False)
                parts[form] = _encoded(parts["numbers"], encoders[form])
            elif form not in parts:
                parts[form] = _resampled(rows, fold, approach, as_given=estimator.as_given)
            found[estimator.name] = _fitted(rows, fold, approach, estimator, parts[form])
    return found


def _resampled(rows: EventTable, fold: Fold, approach: Approach, *, as_given: bool) -> _Part | str:
    """Return what estimators are fitted and tested on, or the message of what the sampler raised."""
    X, y = rows.take(fold.train, as_given=as_given), rows.labels[fold.train]
    test = rows.take(fold.test, as_given=as_given)
    start = time.perf_counter()
    if approach.sampler is None:
        return _Part(X, y, test, 0.0, ())
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            sampler = prepared_sampler(
                approach.sampler, rows, as_given=as_given, random_seed=fold.random_seed
            )
            X, y = sampler.fit_resample(X, y)
    except Exception as error:  # noqa: BLE001  # whatever a sampler raises is a row in the table
        return f"{type(error).__name__}: {error}"
    if not len(y):
        return "the sampler left no rows"
    return _Part(X, y, test, time.perf_counter() - start, _texts(caught))


def _encoded(part: _Part | str, fitted: Any) -> _Part | str:
    """Return the rows as an encoder makes them."""
    if isinstance(part, str):
        return part
    start = time.perf_counter()
    try:
        X, test = fitted.transform(part.X), fitted.transform(part.test)
    except Exception as error:  # noqa: BLE001  # a sampler can return anything
        return f"{type(error).__name__}: {error}"
    return part._replace(X=X, test=test, seconds=part.seconds + time.perf_counter() - start)


def _fitted(
    rows: EventTable, fold: Fold, approach: Approach, estimator: Estimator, part: _Part | str
) -> ArmFold:
    empty = np.empty(0)
    if isinstance(part, str):
        return ArmFold(empty, status=part)
    model = _model(approach, estimator)
    if model is None:
        lacks = "takes no sample_weight" if approach.scheme else "has no class_weight"
        return ArmFold(empty, status=f"not applicable: the estimator {lacks}")
    start = time.perf_counter()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model = seeded(model, fold.random_seed).fit(part.X, part.y)
            seconds = part.seconds + time.perf_counter() - start
            scores, is_probability = _scores(model, part.test, rows.event)
    except Exception as error:  # noqa: BLE001  # as above
        return ArmFold(empty, status=f"{type(error).__name__}: {error}")
    is_event = np.asarray(part.y) == rows.event
    prior = 0.5 if approach.weighs_classes else float(is_event.mean())
    texts = tuple(dict.fromkeys((*part.notes, *_texts(caught))))
    return ArmFold(scores, is_probability, prior, seconds, "", texts)


def _model(approach: Approach, estimator: Estimator) -> Any | None:
    """Return a new classifier of an arm; None if the estimator cannot be weighted."""
    if approach.weighs_classes:
        return weighing_classes(estimator.model)
    if approach.scheme is None:
        return fresh(estimator.model)
    return (
        ReweightedClassifier(fresh(estimator.model), approach.scheme)
        if takes_weights(estimator.model)
        else None
    )


def _scores(model: Any, X: Any, event: Any) -> tuple[Floats, bool]:
    """Return scores of the event: probabilities if the model has them, else decision values."""
    place = model.classes_.tolist().index(event)
    if hasattr(model, "predict_proba"):
        found = np.asarray(model.predict_proba(X)[:, place], dtype=np.float64)
        if not ((found >= 0) & (found <= 1)).all():
            raise EstimatorError("predict_proba returned values that are not from 0 to 1")
        return found, True
    values = np.asarray(model.decision_function(X), dtype=np.float64)
    if not np.isfinite(values).all():
        raise EstimatorError("decision_function returned values that are not finite")
    return (values if place == 1 else -values), False


def _texts(caught: Sequence[warnings.WarningMessage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))
