"""Running a comparison: fold by fold, every approach and estimator; scores are kept, nothing judged."""

from __future__ import annotations

import hashlib
import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray
from sklearn.base import clone

from poise.comparison.approaches import Approach, Learner
from poise.comparison.folds import Fold
from poise.core.errors import FileError
from poise.core.models import prepared_sampler, seeded, weighing_classes
from poise.core.rows import Floats, Rows
from poise.core.threads import at_most

Progress = Callable[[int, int, float], None]


@dataclass(frozen=True, eq=False)
class ArmFold:
    """What one estimator on one approach gave in one fold.

    Attributes
    ----------
    scores : ndarray of shape (n_test,), float64
        Probabilities of the event, or decision values; empty where it failed.
    is_probability : bool
    trained_prior : float
        Share of the event that the estimator saw, weights counted.
    seconds : float
        Of resampling and fitting.
    status : str
        "" where all went well, else why there are no scores.
    notes : tuple of str
        Warnings.
    """

    scores: Floats
    is_probability: bool = True
    trained_prior: float = float("nan")
    seconds: float = 0.0
    status: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Runs:
    """All scores of a comparison.

    Attributes
    ----------
    rows : Rows
    folds : list of Fold
        Those that were done.
    n_planned : int
        Folds that were to be done.
    approaches, learners : list of str
    results : dict of (learner, approach, fold number) to ArmFold
    """

    rows: Rows
    folds: list[Fold]
    n_planned: int
    approaches: list[str]
    learners: list[str]
    results: dict[tuple[str, str, int], ArmFold] = field(repr=False)


def run(
    rows: Rows,
    folds: Sequence[Fold],
    approaches: Sequence[Approach],
    learners: Sequence[Learner],
    *,
    n_jobs: int | None,
    progress: Progress | None,
    time_budget: float | None,
    resume: str | Path | None,
) -> Runs:
    """Fit every arm in every fold.

    Stops after a whole fold where the time is up, and where it is interrupted; what is done is
    returned, so that all arms have the same folds.
    """
    store = _Store(resume, _signature(rows, folds, approaches, learners))
    results = store.load()
    start, n_new = time.monotonic(), 0
    done: list[Fold] = []
    n_workers = effective_n_jobs(-1 if n_jobs is None else n_jobs)
    try:
        with Parallel(n_jobs=n_workers) as parallel:
            for fold in folds:
                keys = [(x.name, a.name, fold.number) for a in approaches for x in learners]
                if not all(key in results for key in keys):
                    elapsed = time.monotonic() - start
                    if time_budget is not None and done and elapsed > time_budget:
                        break
                    parts = parallel(
                        delayed(_run_approach)(rows, fold, approach, learners)
                        for approach in approaches
                    )
                    new = {
                        (name, approach.name, fold.number): found
                        for approach, part in zip(approaches, parts, strict=True)
                        for name, found in part.items()
                    }
                    results |= new
                    store.add(new)
                    n_new += 1
                done.append(fold)
                if progress is not None:
                    elapsed = time.monotonic() - start
                    left = (len(folds) - len(done)) * elapsed / max(n_new, 1)
                    progress(len(done), len(folds), left)
    except KeyboardInterrupt:
        if not done:
            raise
    return Runs(
        rows,
        done,
        len(folds),
        [approach.name for approach in approaches],
        [learner.name for learner in learners],
        results,
    )


def line_on_stderr(n_done: int, n_folds: int, seconds_left: float) -> None:
    """Tell how far it is, on one line."""
    left = f"{seconds_left:.0f} s" if seconds_left < 120 else f"{seconds_left / 60:.0f} min"
    end = "\n" if n_done == n_folds else ""
    sys.stderr.write(f"\rfold {n_done} of {n_folds}, about {left} left   {end}")
    sys.stderr.flush()


def _run_approach(
    rows: Rows, fold: Fold, approach: Approach, learners: Sequence[Learner]
) -> dict[str, ArmFold]:
    """Resample a fold's training part once for each form of the table, and fit every estimator."""
    found: dict[str, ArmFold] = {}
    with at_most(1):
        resampled: dict[bool, Any] = {}
        for learner in learners:
            if learner.as_given not in resampled:
                resampled[learner.as_given] = _resampled(rows, fold, approach, learner.as_given)
            found[learner.name] = _fitted(
                rows, fold, approach, learner, resampled[learner.as_given]
            )
    return found


def _resampled(rows: Rows, fold: Fold, approach: Approach, as_given: bool) -> Any:  # noqa: FBT001  # private
    """Return (X, y, seconds, notes), or what went wrong."""
    X, y = rows.take(fold.train, as_given=as_given), rows.labels[fold.train]
    start = time.perf_counter()
    if approach.sampler is None:
        return X, y, 0.0, ()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            sampler = prepared_sampler(approach.sampler, rows, as_given=as_given, seed=fold.seed)
            X, y = sampler.fit_resample(X, y)
    except Exception as error:  # noqa: BLE001  # whatever a sampler raises is a row in the table
        return f"{type(error).__name__}: {error}"
    return X, y, time.perf_counter() - start, _texts(caught)


def _fitted(rows: Rows, fold: Fold, approach: Approach, learner: Learner, given: Any) -> ArmFold:
    empty = np.empty(0)
    if isinstance(given, str):
        return ArmFold(empty, status=given)
    X, y, seconds, notes = given
    model = weighing_classes(learner.model) if approach.weighs_classes else clone(learner.model)
    if model is None:
        return ArmFold(empty, status="not applicable: the estimator has no class_weight")
    start = time.perf_counter()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model = seeded(model, fold.seed).fit(X, y)
            seconds += time.perf_counter() - start
            test = rows.take(fold.test, as_given=learner.as_given)
            scores, is_probability = _scores(model, test, rows.event)
    except Exception as error:  # noqa: BLE001  # as above
        return ArmFold(empty, status=f"{type(error).__name__}: {error}")
    is_event = np.asarray(y) == rows.event
    prior = 0.5 if approach.weighs_classes else float(is_event.mean())
    texts = tuple(dict.fromkeys((*notes, *_texts(caught))))
    return ArmFold(scores, is_probability, prior, seconds, "", texts)


def _scores(model: Any, X: Any, event: Any) -> tuple[Floats, bool]:
    """Return how likely the event is, as a probability where the model has them."""
    place = model.classes_.tolist().index(event)
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(X)[:, place], dtype=np.float64), True
    values = np.asarray(model.decision_function(X), dtype=np.float64)
    return (values if place == 1 else -values), False


def _texts(caught: Sequence[warnings.WarningMessage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))


def _signature(
    rows: Rows, folds: Sequence[Fold], approaches: Sequence[Approach], learners: Sequence[Learner]
) -> str:
    """Return a name of the whole setup, so that a file of another one is not gone on with."""
    digest = hashlib.sha256()
    digest.update(np.ascontiguousarray(rows.numbers).tobytes())
    digest.update(rows.is_event.tobytes())
    for fold in folds:
        digest.update(fold.test.tobytes() + fold.train.tobytes() + str(fold.seed).encode())
    arms = [(a.name, a.weighs_classes, a.sampler) for a in approaches]
    arms += [(x.name, x.as_given, x.model) for x in learners]
    for name, flag, part in arms:
        told = None if part is None else (type(part).__name__, part.get_params())
        digest.update(repr((name, flag, told)).encode())
    return digest.hexdigest()


class _Store:
    """Results of whole folds, a line of JSON each, after a first line that names the setup."""

    def __init__(self, path: str | Path | None, signature: str) -> None:
        self._path = None if path is None else Path(path)
        self._signature = signature

    def load(self) -> dict[tuple[str, str, int], ArmFold]:
        """Return what is done, and start the file where there is none."""
        if self._path is None:
            return {}
        try:
            if not self._path.exists():
                self._path.write_text(self._signature + "\n", encoding="utf-8")
                return {}
            first, *lines = self._path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise FileError(
                f"resume={str(self._path)!r} cannot be used: {error.strerror}."
            ) from error
        if first != self._signature:
            raise FileError(
                f"resume={str(self._path)!r} is of another comparison (other rows, folds, approaches, "
                "estimators or seed). Pass another path, or the same setup."
            )
        found = {}
        for line in lines:
            try:
                items = json.loads(line)
            except ValueError:
                break  # the last line of a run that was cut off
            for learner, approach, number, part in items:
                part["scores"] = np.array(part["scores"], dtype=np.float64)
                part["notes"] = tuple(part["notes"])
                found[learner, approach, number] = ArmFold(**part)
        return found

    def add(self, results: dict[tuple[str, str, int], ArmFold]) -> None:
        """Append a fold."""
        if self._path is None:
            return
        items = [
            (*key, {name: _plain(getattr(arm, name)) for name in arm.__dataclass_fields__})
            for key, arm in results.items()
        ]
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(items) + "\n")


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def pooled(runs: Runs, learner: str, approach: str, fold: Fold, *, is_ordered: bool) -> Any:
    """Return labels and scores of other folds of the repeat, on rows that are not in this fold.

    Where rows are in the order of time, only those of earlier folds.
    """
    events, scores = [np.empty(0, dtype=bool)], [np.empty(0)]
    for other in runs.folds:
        if other.repeat != fold.repeat or other.number == fold.number:
            continue
        if is_ordered and other.number > fold.number:
            continue
        arm = runs.results[learner, approach, other.number]
        if arm.status:
            continue
        is_new = ~np.isin(other.test, fold.test)
        events.append(runs.rows.is_event[other.test][is_new])
        scores.append(arm.scores[is_new])
    together: tuple[NDArray[np.bool_], Floats] = (np.concatenate(events), np.concatenate(scores))
    return together
