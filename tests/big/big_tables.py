"""Tables for the tests of poise.big, and the same rows by the in-memory library."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.base import clone

from poise.core.errors import WholeNumbersWarning


def numbers(n: int = 3000, n_classes: int = 2, seed: int = 0, minority: float = 0.05) -> pa.Table:
    """Return a table of numbers whose ids are shuffled; ties and repeated rows are among them."""
    rng = np.random.RandomState(seed)
    label = np.where(rng.rand(n) < minority, rng.randint(1, n_classes, size=n), 0)
    X = rng.randn(n, 4) + 0.8 * label[:, np.newaxis]
    X[: n // 3] = np.rint(X[: n // 3] * 2) / 2
    columns = {f"x{j}": X[:, j] for j in range(4)}
    columns["x3"] = columns["x3"].astype(np.float32)
    ids = rng.permutation(n) * 7 - 100
    return pa.table({"id": ids, **columns, "y": label})


def mixed(n: int = 2500, seed: int = 1) -> pa.Table:
    """Return a table of every kind of column, with gaps, and text for ids and labels."""
    rng = np.random.RandomState(seed)
    label = np.where(rng.rand(n) < 0.08, "rare", "common")
    shift = (label == "rare") * 1.0
    number = rng.randn(n) + shift
    number[rng.rand(n) < 0.05] = np.nan
    day = np.datetime64("2021-03-01T07:30:00", "us") + (rng.rand(n) * 3e13).astype(
        "timedelta64[us]"
    )
    town = np.array(["Aa", "Bb", "Cc", "Dd"])[np.minimum(rng.randint(0, 4, n), 3)]
    return pa.table(
        {
            "y": label,
            "amount": pa.array(number),
            "age": pa.array(rng.randint(18, 90, n), mask=rng.rand(n) < 0.03),
            "day": pa.array(day),
            "town": pa.array(town, mask=rng.rand(n) < 0.04),
            "flag": rng.rand(n) < 0.3,
            "kind": pa.array(np.array(["u", "v"])[rng.randint(0, 2, n)]).dictionary_encode(),
            "size": rng.gamma(2.0, 3.0, n),
            "key": [f"row-{i:05d}" for i in rng.permutation(n)],
        }
    )


def in_memory(sampler: Any, table: pa.Table, target: str, id: str | None) -> pa.Table:  # noqa: A002
    """Return what the in-memory library makes of the rows in the order of their ids, without ids."""
    ordered = table if id is None else table.sort_by(id)
    features = ordered.drop_columns([target] if id is None else [target, id])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WholeNumbersWarning)
        X, y = clone(sampler).fit_resample(features, ordered[target])
    return X.append_column(
        target, pa.chunked_array([pa.array(y.to_pylist(), ordered[target].type)])
    )


def digest(table: pa.Table, target: str) -> str:
    """Return a hash of a table's rows as a multiset: to the last bit, whatever their order."""
    columns = [name for name in table.column_names if name not in ("id", "key")]
    rows = zip(*(map(repr, table[name].to_pylist()) for name in sorted(columns)), strict=True)
    text = "\n".join(sorted("\t".join(row) for row in rows))
    return hashlib.sha256(text.encode()).hexdigest()


def files_of(table: pa.Table, folder: Path, n_files: int, row_group: int = 200) -> Path:
    """Write a table as several Parquet files of uneven lengths; one of them is empty."""
    folder.mkdir()
    ends = np.linspace(0, 1, n_files + 1) ** 1.5 * table.num_rows
    for number, (start, stop) in enumerate(
        zip(ends[:-1].astype(int), ends[1:].astype(int), strict=True)
    ):
        part = table.slice(start, stop - start)
        pq.write_table(part, folder / f"f{number:02d}.parquet", row_group_size=row_group)
    pq.write_table(table.slice(0, 0), folder / "g-empty.parquet")
    return folder
