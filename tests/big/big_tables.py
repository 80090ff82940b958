"""Tables for the tests of poise.big, and the same rows by the in-memory library."""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sklearn.base import clone

import poise
from poise import SMOTE, RandomUnderSampler, big
from poise.big import memory
from poise.big.methods.steps import streamed_names
from poise.core.errors import WholeNumbersWarning

IDS = ("id", "key")


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
    """Return a table with every kind of column, missing values, and text for ids and labels."""
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


def every_type(n: int = 240, seed: int = 2) -> pa.Table:
    """Return a table with every type of column, once with missing values and once declared without any."""
    rng = np.random.RandomState(seed)
    label = np.where(rng.rand(n) < 0.2, "rare", "common")
    whole = [rng.randint(0, 100, n) + 20 * (label == "rare") for _ in range(8)]
    names = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
    columns = {
        **{name: values.astype(name) for name, values in zip(names, whole, strict=True)},
        "float32": (rng.randn(n) * 20).astype(np.float32),
        "float64": rng.randn(n) * 20,
        "decimal": pa.array([Decimal(int(cents)).scaleb(-2) for cents in rng.randint(0, 9999, n)]),
        "flag": rng.rand(n) < 0.4,
        "text": rng.choice(["a", "b", "c"], n),
        "long": pa.array(rng.choice(["a", "b", "c"], n)).cast(pa.large_string()),
        "kind": pa.array(rng.choice(["u", "v", "w"], n)).dictionary_encode(),
        "date": pa.array(rng.randint(18000, 18090, n).astype(np.int32)).cast(pa.date32()),
        "local": stamps(rng.randint(0, 10**7, n), "us"),
        "instant": stamps(rng.randint(0, 10**7, n), "us").cast(pa.timestamp("us", "UTC")),
    }
    table = {"id": pa.array(rng.permutation(n) * 3 - 50)}
    for name, values in columns.items():
        table[name] = pa.array(values)
        is_missing = pa.array(rng.rand(n) < 0.05)
        table[f"{name} or missing"] = pc.if_else(
            is_missing, None, table[name].take(pa.array(rng.permutation(n)))
        )
    table["y"] = pa.array(label)
    fields = [
        pa.field(name, column.type, nullable="missing" in name) for name, column in table.items()
    ]
    return pa.table(table, pa.schema(fields))


def streamed_samplers() -> dict[str, Any]:
    """Return every sampler that can be streamed, by its name."""
    classes = [getattr(poise, name) for name in streamed_names()]
    return {kind.__name__: kind(**_seeded(kind)) for kind in classes}


def _seeded(kind: Any) -> dict[str, int]:
    parameters = kind().get_params(deep=False)
    return {"random_state": 0} if "random_state" in parameters else {}


def without_types(table: pa.Table, *names: str) -> pa.Table:
    """Return the table of `every_type` without some types."""
    return table.drop_columns([name for name in table.column_names if name.split()[0] in names])


def expected_rows(sampler: Any, table: pa.Table) -> pa.Table:
    """Return the rows of the in-memory library; for a sampler that draws by hashes, those of a table."""
    if isinstance(sampler, RandomUnderSampler):
        return resampled(table, sampler, extra=())
    return in_memory(sampler, table, "y", "id")


def in_folders(table: pa.Table, folder: Path, name: str = "part") -> Path:
    """Write a table as files in folders named ``part=2024-01-01`` and so on."""
    for number in range(3):
        place = folder / f"{name}=2024-01-0{number + 1}"
        place.mkdir(parents=True)
        pq.write_table(table.slice(number * 80, 80), place / "rows.parquet")
    return folder


def unusual_names(table: pa.Table) -> pa.Table:
    """Return the columns of `numbers` with names that scans or Spark give a meaning, and one of text."""
    names = ["id", "rows", "label", "number", "a.`b", "y"]
    text = pa.array(["u", "v"] * (table.num_rows // 2))
    return table.rename_columns(names).append_column("below", text)


def in_memory(sampler: Any, table: pa.Table, target: str, id: str | None) -> pa.Table:  # noqa: A002
    """Return what the in-memory library makes of the rows in the order of their ids.

    Kept rows have their ids, new rows have none.
    """
    ordered = table if id is None else table.sort_by(id)
    features = ordered.drop_columns([target] if id is None else [target, id])
    fitted = clone(sampler)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", WholeNumbersWarning)
        X, y = fitted.fit_resample(features, ordered[target])
    rows = X.append_column(
        target, pa.chunked_array([pa.array(y.to_pylist(), ordered[target].type)])
    )
    if id is None:
        return rows
    order = fitted.plan_.order
    return rows.append_column(
        id, ordered[id].take(pa.array(order, mask=order >= fitted.plan_.n_rows))
    )


def rows_of(table: pa.Table) -> list[tuple[str, ...]]:
    """Return each row as text, to the last bit, without its id and the mark of new rows."""
    columns = sorted(name for name in table.column_names if name not in (*IDS, "_new"))
    return list(zip(*(map(repr, table[name].to_pylist()) for name in columns), strict=True))


def digest(table: pa.Table) -> str:
    """Return a hash of a table's rows as a multiset."""
    text = "\n".join(sorted("\t".join(row) for row in rows_of(table)))
    return hashlib.sha256(text.encode()).hexdigest()


def assert_same_rows(found: pa.Table, expected: pa.Table, target: str = "y") -> None:
    """Compare tables as multisets of rows; name the ids on one side only and the rows per class."""
    found_rows, expected_rows = rows_of(found), rows_of(expected)
    if Counter(found_rows) == Counter(expected_rows):
        return
    raise AssertionError(
        f"rows per class: found {_counts(found, target)}, expected {_counts(expected, target)}\n"
        f"only found: {_ids_without(found, found_rows, expected_rows)}\n"
        f"only expected: {_ids_without(expected, expected_rows, found_rows)}"
    )


def _counts(table: pa.Table, target: str) -> dict[Any, int]:
    return dict(sorted(Counter(map(str, table[target].to_pylist())).items()))


def _ids_without(
    table: pa.Table, rows: list[tuple[str, ...]], others: list[tuple[str, ...]]
) -> str:
    """Return the ids of rows without an equal row among others; new rows are shown by their values."""
    left, found = Counter(others), []
    names = [name for name in IDS if name in table.column_names]
    ids = table[names[0]].to_pylist() if names else [None] * table.num_rows
    for id_, row in zip(ids, rows, strict=True):
        left[row] -= 1
        if left[row] < 0:
            found.append("a row of " + " ".join(row) if id_ is None else repr(id_))
    return f"{len(found)} rows" + "".join(f"\n  {text}" for text in found[:10])


def small_blocks(monkeypatch: Any, block_rows: int, piece_rows: int = 97) -> None:
    """Search blocks of few rows, and make few new rows at once."""
    monkeypatch.setattr(memory, "_MIN_BLOCK_ROWS", block_rows)
    monkeypatch.setattr(memory, "_MAX_BLOCK_ROWS", block_rows)
    monkeypatch.setattr(memory, "_MAX_BATCH_ROWS", piece_rows)


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


def resampled(source: Any, sampler: Any = None, **options: Any) -> pa.Table:
    """Return all rows of a result; by default of SMOTE, with the columns of `numbers` and no others."""
    sampler = sampler or SMOTE(random_state=0)
    options = {"target": "y", "id": "id", "extra": ()} | options
    return big.resample(source, sampler, **options).reader().read_all()


def stamps(numbers: Any, unit: str = "s") -> pa.Array:
    """Return whole numbers as times."""
    return pa.array(numbers, pa.int64()).cast(pa.timestamp(unit))


TABLE = numbers(700)
