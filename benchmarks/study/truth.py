"""The truth panel: what comparisons of 40 and 150 events say, beside the truth on the rows that were left out.

    python benchmarks/study/truth.py FOLDER [--jobs N] [--only WORD ...] [--draws N]

FOLDER    the tables that collect.py made; the twelve held-out origins are used here, and nowhere else

Each table is cut to 40 and to 150 events at its own prevalence, three times. On each part, eight approaches are
compared with logistic regression and histogram boosting in 5 x 5 folds, as `poise.compare` does. The truth of an
approach is what it scores on the rows that are left, fitted on all rows of a part; the *expected* difference of a
table and size is the mean over those three parts and as many more parts as --draws says (default 20), of which only
the truth is computed. Results go to benchmarks/results/truth/NAME@SIZE#DRAW.parquet and NAME@SIZE.parquet.
"""

from __future__ import annotations

import argparse
import json
import traceback
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from design import Table, catalogue, cut, usable_columns
from held_out import HELD_OUT
from joblib import Parallel, delayed
from run import is_kept, lines_of
from threadpoolctl import threadpool_limits

from poise.comparison.approaches import read_approaches
from poise.comparison.estimators import read_estimators
from poise.comparison.folds import Fold, make_folds
from poise.comparison.gains import arm_of
from poise.comparison.metrics import Key
from poise.comparison.run import Runs, run
from poise.comparison.scored_fold import DecisionSettings
from poise.core.files import written_aside
from poise.study.event_table import EventTable, read_event_table

RESULTS = Path(__file__).parents[1] / "results" / "truth"
SIZES, N_DRAWS = (40, 150), 3
ESTIMATORS = ["logistic", "boosting"]
MOST_LEFT = 20_000  # rows that the truth is measured on
FIRST_SEED = 1000


def part_of(frame: pd.DataFrame, n_events: int, draw: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a part of a table with so many events, and at most 20,000 of the rows that are left."""
    part, left = cut(frame, n_events, FIRST_SEED + draw)
    if len(left) > MOST_LEFT:
        left = left.sample(MOST_LEFT, random_state=draw).reset_index(drop=True)
    columns = list(usable_columns(part).columns)
    return part[columns], left[columns]


def compared(part: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the gains of all arms on a part, as in the study."""
    rows = read_event_table(part.drop(columns="target"), part["target"].to_numpy(), 1)
    return lines_of(fits(rows, make_folds(rows, 5, 5, None, None, 0)))


def fits(rows: EventTable, folds: list[Fold]) -> Runs:
    """Return the scores of all arms in some folds."""
    return run(
        rows,
        folds,
        read_approaches(None),
        read_estimators(ESTIMATORS, rows),
        n_jobs=1,
        report=None,
        time_budget=None,
        resume=None,
    )


def true_values(part: pd.DataFrame, left: pd.DataFrame, draw: int) -> list[dict[str, Any]]:
    """Return what each arm scores on the rows that are left, fitted on all rows of the part.

    Thresholds are those that are best for out-of-fold scores of the part, as a user would choose them.
    """
    both = pd.concat([part, left], ignore_index=True)
    rows = read_event_table(both.drop(columns="target"), both["target"].to_numpy(), 1)
    n = len(part)
    inner = read_event_table(part.drop(columns="target"), part["target"].to_numpy(), 1)
    folds = make_folds(inner, 5, 1, None, None, FIRST_SEED + draw)
    # Fold 5 is tested on what is left; the others, within the part, choose its threshold.
    last = Fold(0, len(folds), np.arange(n), np.arange(n, len(both)), FIRST_SEED + draw)
    runs = fits(rows, [*folds, last])
    found: list[dict[str, Any]] = []
    for estimator, approach in runs.arms:
        arm = arm_of(runs, estimator, approach, DecisionSettings())
        found += [
            key._asdict() | {"draw": draw, "true": float(arm.by_fold[key[2:]][-1])}
            for key in (Key(estimator, approach, *parts) for parts in arm.outcomes)
            if is_kept(key)
        ]
    return found


def written(lines: list[dict[str, Any]], about: dict[str, Any], name: str) -> None:
    """Write lines to a file of the results."""
    RESULTS.mkdir(exist_ok=True)
    table = pa.Table.from_pylist(lines).replace_schema_metadata({"truth": json.dumps(about)})
    with written_aside(RESULTS / f"{name}.parquet") as aside:
        pq.write_table(table, aside, compression="zstd", compression_level=19)


def one(table: Table, size: int, draws: list[int], folder: Path) -> None:
    """Run one draw with its comparison, or the truth of several draws without."""
    warnings.simplefilter("ignore")
    is_compared = len(draws) == 1
    name = f"{table.name}@{size}" + (f"#{draws[0]}" if is_compared else "")
    if (RESULTS / f"{name}.parquet").exists():
        return
    frame = pd.read_parquet(folder / f"{table.name}.parquet")
    lines: list[dict[str, Any]] = []
    try:
        with threadpool_limits(1):
            for draw in draws:
                part, left = part_of(frame, size, draw)
                lines += compared(part) if is_compared else true_values(part, left, draw)
    except Exception:  # noqa: BLE001  # whatever happens to one table must not end the run
        print(f"{name} failed:\n{traceback.format_exc()}", flush=True)
        return
    about = {
        "table": table.name,
        "origin": table.origin,
        "size": size,
        "draws": draws,
        "n_rows": len(part),
        "n_left": len(left),
        "n_events_left": int(left["target"].sum()),
    }
    written(lines, about, name)
    print(name, flush=True)


def panel() -> list[tuple[Table, int]]:
    """Return the held-out tables and sizes; of each origin the table with the most events."""
    largest: dict[str, Table] = {}
    for table in catalogue():
        if table.origin in HELD_OUT:
            known = largest.get(table.origin, table)
            largest[table.origin] = max(known, table, key=lambda one: one.n_events)
    return [(table, size) for size in SIZES for table in largest.values()]


def main() -> None:
    """Run what has no results yet: comparisons first, then the truth."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--draws", type=int, default=20)
    given = parser.parse_args()
    every = [[draw] for draw in range(N_DRAWS)] + [list(range(N_DRAWS + given.draws))]
    tasks = [
        (table, size, draws)
        for draws in every
        for table, size in panel()
        if not given.only or any(word in f"{table.name}@{size}" for word in given.only)
    ]
    with Parallel(n_jobs=given.jobs, pre_dispatch="n_jobs") as pool:
        pool(delayed(one)(*task, given.folder) for task in tasks)


if __name__ == "__main__":
    main()
