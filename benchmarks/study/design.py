"""What the reference study runs: which tables, cut to how many events, with which estimators."""

from __future__ import annotations

import csv
import hashlib
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
RECORD = HERE / "tables.csv"
SIZES = (12, 40, 150, 500)  # events
MOST_CELLS = 2_000_000
MOST_ROWS = {12: 4_000, 40: 8_000, 150: 6_000, 500: 6_000}
UNTUNED = ("logistic", "boosting", "k-nn", "forest")
TUNED = ("xgboost", "lightgbm", "catboost")
ESTIMATORS = {
    12: ("logistic", "boosting"),
    40: ("logistic", "boosting", "k-nn"),
    150: (*UNTUNED, *TUNED),
    500: ("logistic", "boosting"),
}
N_HELD_OUT, LEAST_ROWS, LEAST_EVENTS = 12, 5_000, 300
N_MARKS = 64  # one row in so many has a mark


@dataclass(frozen=True)
class Table:
    """A table of the catalogue.

    Attributes
    ----------
    name, origin, sha256 : str
    n_rows, n_columns, n_events : int
    """

    name: str
    origin: str
    sha256: str
    n_rows: int
    n_columns: int
    n_events: int


@dataclass(frozen=True)
class Job:
    """One table, cut to a number of events at its own prevalence.

    Attributes
    ----------
    table : Table
    size : int
        The number of events that estimators and priors are chosen by: 12, 40, 150 or 500.
    n_events : int
        The events that are drawn; fewer than the size if the table has no more.
    """

    table: Table
    size: int
    n_events: int

    @property
    def name(self) -> str:
        """Name of the files of the job."""
        return f"{self.table.name}@{self.size}"

    @property
    def n_rows(self) -> int:
        """Number of rows that are drawn."""
        return round(self.n_events * self.table.n_rows / self.table.n_events)


def catalogue() -> list[Table]:
    """Return the tables that tables.csv lists."""
    with RECORD.open(encoding="utf-8", newline="") as file:
        return [
            Table(
                line["name"],
                line["origin"],
                line["sha256"],
                *(int(line[name]) for name in ("rows", "columns", "events")),
            )
            for line in csv.DictReader(file)
        ]


def eligible_origins(tables: list[Table]) -> list[str]:
    """Return the origins with a table that is large enough to hold the truth: above 5,000 rows, from 300 events."""
    return sorted(
        {
            table.origin
            for table in tables
            if table.n_rows > LEAST_ROWS and table.n_events >= LEAST_EVENTS
        }
    )


def held_out_origins(tables: list[Table]) -> list[str]:
    """Return the origins of the truth panel: the first 12 of those eligible, by the sha256 of their names."""
    found = eligible_origins(tables)
    return sorted(found, key=lambda name: hashlib.sha256(name.encode()).hexdigest())[:N_HELD_OUT]


def jobs_of(table: Table) -> list[Job]:
    """Return the sizes that a table is cut to: 12, 40, 150 and 500 events, as far as it has them and is not too large.

    A table of 20 to 39 events is used whole as one of 40.
    """
    found = [Job(table, size, min(size, table.n_events)) for size in SIZES if _has(table, size)]
    return [
        job
        for job in found
        if job.n_rows <= MOST_ROWS[job.size] and job.n_rows * table.n_columns <= MOST_CELLS
    ]


def _has(table: Table, size: int) -> bool:
    """Tell whether a table has the events of a size; half of 40 are enough."""
    return table.n_events >= (size // 2 if size == 40 else size)


def cut(frame: pd.DataFrame, n_events: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a random part with so many events at the table's prevalence, and the rows that are left."""
    rng = np.random.RandomState(seed)
    is_event = frame["target"].to_numpy() == 1
    drawn = np.zeros(len(frame), dtype=bool)
    n_others = round(n_events * (~is_event).sum() / is_event.sum())
    for side, n in ((is_event, n_events), (~is_event, n_others)):
        drawn[rng.permutation(np.flatnonzero(side))[:n]] = True
    return frame[drawn].reset_index(drop=True), frame[~drawn].reset_index(drop=True)


def usable_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table without columns that have one value, as a part of a table can have."""
    features = frame.drop(columns="target")
    several = [name for name in features if len(features[name].unique()) > 1]
    return frame[[*several, "target"]]


def marks_of(frame: pd.DataFrame) -> list[int]:
    """Return 32-bit hashes of those rows whose hash is divisible by 64: the same ones in every part of a table."""
    digests = [
        int.from_bytes(hashlib.blake2b(row.encode(), digest_size=8).digest(), "little")
        for row in rows_as_text(frame)
    ]
    return sorted({(digest >> 6) & 0xFFFFFFFF for digest in digests if digest % N_MARKS == 0})


def rows_as_text(frame: pd.DataFrame) -> list[str]:
    """Return each row as a text of its values."""
    columns = [
        [repr(float(value)) for value in frame[name]]
        if pd.api.types.is_numeric_dtype(frame[name].dtype)
        else ["" if pd.isna(value) else str(value) for value in frame[name]]
        for name in frame.columns
    ]
    return ["\t".join(row) for row in zip(*columns, strict=True)]


# Classifiers that `poise.compare` does not know by name: module, class, and what keeps them silent and on one thread.
CLASSIFIERS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "forest": ("sklearn.ensemble", "RandomForestClassifier", {"n_jobs": 1}),
    "xgboost": ("xgboost", "XGBClassifier", {"n_jobs": 1, "verbosity": 0}),
    "lightgbm": ("lightgbm", "LGBMClassifier", {"n_jobs": 1, "verbose": -1}),
    "catboost": (
        "catboost",
        "CatBoostClassifier",
        {"thread_count": 1, "verbose": False, "allow_writing_files": False},
    ),
}


def new_estimator(name: str, parameters: dict[str, Any]) -> Any:
    """Return what `poise.compare` takes: a name, or a classifier with tuned parameters."""
    if name not in CLASSIFIERS:
        return name
    module, kind, usual = CLASSIFIERS[name]
    return getattr(importlib.import_module(module), kind)(**usual, **parameters)


# What 20 random trials draw from; each library by the names of its own parameters.
GRIDS: dict[str, dict[str, list[Any]]] = {
    "xgboost": {
        "n_estimators": [50, 100, 200],
        "learning_rate": [0.03, 0.1, 0.3],
        "max_depth": [2, 3, 4, 6],
        "min_child_weight": [1, 3, 10],
        "subsample": [0.7, 1.0],
        "colsample_bytree": [0.5, 1.0],
    },
    "lightgbm": {
        "n_estimators": [50, 100, 200],
        "learning_rate": [0.03, 0.1, 0.3],
        "num_leaves": [4, 8, 16, 31],
        "min_child_samples": [5, 10, 20],
        "subsample": [0.7, 1.0],
        "subsample_freq": [1],
        "colsample_bytree": [0.5, 1.0],
    },
    "catboost": {
        "iterations": [50, 100, 200],
        "learning_rate": [0.03, 0.1, 0.3],
        "depth": [2, 3, 4, 6],
        "l2_leaf_reg": [1, 3, 10],
    },
}
