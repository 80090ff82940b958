"""The reference study: gains of approaches to class imbalance on many tables, with what their errors need.

    python benchmarks/study/run.py FOLDER [--hours H] [--jobs N] [--only WORD ...] [--again]

FOLDER    the tables that collect.py made; scores are kept in FOLDER/scores, so that an interrupted run continues,
          and results can be computed anew without fitting anything
--hours   no new table starts after so many hours of CPU, those of earlier runs included (default 10)
--jobs    tables at a time (default: all cores)
--only    only the jobs whose names contain one of the words
--again   compute all results anew from the scores

Each table is cut to 12, 40, 150 and 500 events at its own prevalence, as far as it has them. Eight approaches, 5 x 5
folds; logistic regression, histogram boosting, k-NN and a random forest as they are, XGBoost, LightGBM and CatBoost
with parameters of 20 random trials on the table as it is, the same for all approaches. Results go to
benchmarks/results/study/NAME@SIZE.parquet, one line per estimator, approach and metric.
The twelve held-out origins are never run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
import traceback
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from design import (
    ESTIMATORS,
    GRIDS,
    TUNED,
    Job,
    catalogue,
    cut,
    jobs_of,
    marks_of,
    new_estimator,
    usable_columns,
)
from held_out import HELD_OUT, refuse_held_out
from joblib import Parallel, delayed
from sklearn.model_selection import RandomizedSearchCV
from threadpoolctl import threadpool_limits

from poise.comparison.approaches import read_approaches
from poise.comparison.estimators import read_estimators
from poise.comparison.folds import make_folds
from poise.comparison.gains import gains_of
from poise.comparison.metrics import METRICS, Key
from poise.comparison.run import Runs, run
from poise.comparison.scored_fold import AS_TRAINED, CORRECTED, DecisionSettings
from poise.core.files import written_aside
from poise.study.event_table import EventTable, read_event_table
from poise.study.models import encoded, encoder

RESULTS = Path(__file__).parents[1] / "results" / "study"
N_FOLDS = N_REPEATS = 5
N_TRIALS = 20
CLAIMS = hashlib.sha256(Path(__file__).with_name("claims.md").read_bytes()).hexdigest()
SEED = 0
PACKAGES = ("poise", "scikit-learn", "numpy", "xgboost-cpu", "lightgbm", "catboost")
KEPT = {  # beside what is compared at the same kind of threshold
    (CORRECTED, None, "log_loss"),
    (CORRECTED, None, "brier"),
    (AS_TRAINED, "0.5", "f1"),
}


def tuned_parameters(name: str, rows: EventTable) -> dict[str, Any]:
    """Return the parameters of a boosting library that are best for the table as it is."""
    search = RandomizedSearchCV(
        encoded(new_estimator(name, {}), rows),
        {f"model__{parameter}": values for parameter, values in GRIDS[name].items()},
        n_iter=N_TRIALS,
        scoring="neg_log_loss",
        cv=3,
        random_state=SEED,
        refit=False,
    ).fit(rows.numbers, rows.labels)
    return {key.partition("__")[2]: value for key, value in search.best_params_.items()}


def tuned(job: Job, rows: EventTable, folder: Path) -> dict[str, dict[str, Any]]:
    """Return the tuned parameters of each library that the job runs; kept in a file."""
    path = folder / f"{job.name}.json"
    if path.exists():
        return json.loads(path.read_text(encoding="utf-8"))
    names = [name for name in ESTIMATORS[job.size] if name in TUNED]
    found = {name: tuned_parameters(name, rows) for name in names}
    with written_aside(path) as aside:
        aside.write_text(json.dumps(found), encoding="utf-8")
    return found


def fitted(job: Job, rows: EventTable, folder: Path) -> tuple[Runs, dict[str, Any]]:
    """Return the scores of every arm in every fold; those in the job's file are not computed again."""
    parameters = tuned(job, rows, folder)
    estimators = {
        name: new_estimator(name, parameters.get(name, {})) for name in ESTIMATORS[job.size]
    }
    runs = run(
        rows,
        make_folds(rows, N_FOLDS, N_REPEATS, None, None, SEED),
        read_approaches(None),
        read_estimators(estimators, rows),
        n_jobs=1,
        report=None,
        time_budget=None,
        resume=folder / f"{job.name}.jsonl",
    )
    return runs, parameters


def is_kept(key: Key) -> bool:
    """Tell whether a value is stored: those of a metric with verdicts that are compared like with like, and a few more."""
    if not METRICS[key.metric].has_verdict:
        return False
    parts = (key.prior, key.threshold)
    return parts == METRICS[key.metric].baseline or (*parts, key.metric) in KEPT


def lines_of(runs: Runs) -> list[dict[str, Any]]:
    """Return one line per gain: the estimate by repeat and by fold, and the variance of its rows."""
    found = gains_of(runs, DecisionSettings())
    lines = []
    for key, gain in found.gains.items():
        if is_kept(key):
            base = Key(key.estimator, "as-is", *METRICS[key.metric].baseline, key.metric)
            lines.append(
                key._asdict()
                | {
                    "value": float(found.by_repeat[key].mean()),
                    "baseline": float(found.by_repeat[base].mean()),
                    "by_repeat": gain.by_repeat.astype(np.float32),
                    "weights": gain.weights.astype(np.float32),
                    "by_fold": gain.by_fold.astype(np.float32),
                    "row_variance": gain.row_variance,
                    "freedom": gain.freedom,
                    "likeness": gain.likeness,
                }
            )
    return lines


def status_of(runs: Runs) -> dict[str, str]:
    """Return why an arm has no scores, for those that failed in a fold."""
    return {
        f"{estimator} {approach}": result.status
        for (estimator, approach, _), result in runs.results.items()
        if result.status
    }


def one(job: Job, tables: Path) -> None:
    """Run a job and store its results."""
    warnings.simplefilter("ignore")
    refuse_held_out([job.table.origin], [job.table.sha256], [])
    folder = tables / "scores"
    folder.mkdir(exist_ok=True)
    frame, _ = cut(pd.read_parquet(tables / f"{job.table.name}.parquet"), job.n_events, SEED)
    marks = marks_of(frame)
    frame = usable_columns(frame)
    is_continued = (folder / f"{job.name}.jsonl").exists()
    start = time.process_time()
    with threadpool_limits(1):
        rows = read_event_table(frame.drop(columns="target"), frame["target"].to_numpy(), 1)
        runs, parameters = fitted(job, rows, folder)
    seconds = time.process_time() - start
    if is_continued:  # the fits of earlier runs count as well
        seconds = max(seconds, sum(result.seconds for result in runs.results.values()))
    about = {
        "table": job.table.name,
        "origin": job.table.origin,
        "sha256": job.table.sha256,
        "size": job.size,
        "n_rows": rows.n_rows,
        "n_events": rows.n_events,
        "n_columns": rows.numbers.shape[1],
        "n_categorical": len(rows.categorical),
        "n_encoded": encoder(rows).fit_transform(rows.numbers).shape[1],
        "seconds": round(seconds, 1),
        "parameters": parameters,
        "failed": status_of(runs),
        "marks": marks,
        "claims": CLAIMS,
        "versions": {name: version(name) for name in PACKAGES},
    }
    table = pa.Table.from_pylist(lines_of(runs)).replace_schema_metadata(
        {"study": json.dumps(about)}
    )
    RESULTS.mkdir(exist_ok=True)
    with written_aside(RESULTS / f"{job.name}.parquet") as aside:
        pq.write_table(table, aside, compression="zstd", compression_level=19)
    print(f"{job.name}: {rows.n_rows} rows, {seconds:.0f} s", flush=True)


def reported(job: Job, tables: Path) -> None:
    """Run a job; an error is printed, and the other jobs go on."""
    try:
        one(job, tables)
    except Exception:  # noqa: BLE001  # whatever happens to one table must not end the run
        print(f"{job.name} failed:\n{traceback.format_exc()}", flush=True)


def about(path: Path) -> dict[str, Any]:
    """Return what a file of results says about its table."""
    return dict(json.loads(pq.read_schema(path).metadata[b"study"]))


def all_jobs(words: list[str]) -> list[Job]:
    """Return the jobs of all tables that are not held out, the smallest first."""
    found = [job for table in catalogue() if table.origin not in HELD_OUT for job in jobs_of(table)]
    found = [job for job in found if not words or any(word in job.name for word in words)]
    return sorted(found, key=lambda job: job.n_rows * len(ESTIMATORS[job.size]))


def spent() -> float:
    """Return the hours of CPU that the stored results took."""
    return sum(about(path)["seconds"] for path in RESULTS.glob("[!.]*.parquet")) / 3600


def main() -> None:
    """Run the jobs that have no results yet, until the hours are spent."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args()
    waiting = [
        job
        for job in all_jobs(given.only)
        if given.again or not (RESULTS / f"{job.name}.parquet").exists()
    ]
    hours = float("inf") if given.again else given.hours
    print(f"{len(waiting)} jobs to run, {hours - spent():.1f} hours of CPU left", flush=True)
    with Parallel(n_jobs=given.jobs, pre_dispatch="n_jobs") as pool:
        pool(delayed(reported)(job, given.folder) for job in until(waiting, hours))


def until(jobs: list[Job], hours: float) -> Iterator[Job]:
    """Yield jobs as long as the stored results took fewer hours of CPU."""
    for job in jobs:
        if spent() >= hours:
            print("The hours are spent; run it again with more --hours for the rest.", flush=True)
            return
        yield job


if __name__ == "__main__":
    main()
