"""Folders named ``key=value`` of a source are the folders of the result, which every reader reads."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from big_tables import assert_same_rows, mixed, numbers

from poise import SMOTE, RandomOverSampler, RandomUnderSampler, TomekLinks, big
from poise.big import memory
from poise.big.storage import run
from poise.big.storage.partitions import folder_in_path, folder_of, name_of_values, rows_by_folder
from poise.core.errors import FileError

N_DAYS = 6


def hive_of(table: pa.Table, folder: Path, *keys: str) -> Path:
    """Write a table to folders of some of its columns."""
    partitioning = ds.partitioning(pa.schema([table.schema.field(k) for k in keys]), flavor="hive")
    ds.write_dataset(table, folder, format="parquet", partitioning=partitioning)
    return folder


def with_days(table: pa.Table, n_days: int = N_DAYS) -> pa.Table:
    days = [f"2024-05-{1 + i % n_days:02d}" for i in range(table.num_rows)]
    return table.append_column("day", pa.array(days))


@pytest.fixture
def days(tmp_path: Path) -> Path:
    return hive_of(with_days(numbers(1200)), tmp_path / "in", "day")


def folders(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_dir()}


SAMPLERS = [
    SMOTE(random_state=0),
    RandomOverSampler(random_state=0),
    TomekLinks(),
    RandomUnderSampler(random_state=0),
]


@pytest.mark.parametrize("sampler", SAMPLERS, ids=repr)
def test_a_result_has_the_folders_the_schema_and_the_rows(
    sampler: Any, days: Path, tmp_path: Path
) -> None:
    result = big.resample(days, sampler, target="y", id="id", extra=(), out=tmp_path / "out")
    assert folders(result.out) == folders(days)
    opened = big.resample(days, sampler, target="y", id="id", extra=()).reader()
    assert result.reader().schema == opened.schema
    assert_same_rows(result.reader().read_all(), opened.read_all())
    assert ds.dataset(result.out, partitioning="hive").schema.names == opened.schema.names
    files = [path for path in result.out.rglob("*.parquet") if path.name[0] != "_"]
    assert all("day" not in pq.read_schema(path).names for path in files)
    assert result.check().is_whole


def test_files_of_partitions_are_linked(days: Path, tmp_path: Path) -> None:
    result = big.resample(
        days, SMOTE(random_state=0), target="y", id="id", extra=(), out=tmp_path / "out"
    )
    source = {path.stat().st_ino: path.parent.name for path in days.rglob("*.parquet")}
    linked = {p.stat().st_ino: p.parent.name for p in result.out.rglob("part-*.parquet")}
    assert linked == source
    left_out = big.resample(
        days,
        SMOTE(random_state=0),
        target="y",
        id="id",
        extra=(),
        out=tmp_path / "left_out",
        drop=("day",),
    )
    assert folders(left_out.out) == set()
    assert {p.stat().st_ino for p in left_out.out.glob("part-*")} == set(source)


def test_partitions_whose_rows_all_go_keep_a_file_without_rows(tmp_path: Path) -> None:
    # Without the folder town=x, the other values would be read as numbers.
    table = numbers(600)
    towns = np.where(table["y"].to_numpy() == 1, "1", "2").astype(object)
    towns[np.flatnonzero(table["y"].to_numpy() == 0)[:3]] = "x"
    source = hive_of(table.append_column("town", pa.array(towns)), tmp_path / "in", "town")
    sampler = RandomUnderSampler(sampling_strategy={0: 1}, random_state=0)
    result = big.resample(source, sampler, target="y", id="id", extra=(), out=tmp_path / "out")
    assert folders(result.out) == folders(source)
    assert ds.dataset(result.out, partitioning="hive").schema.field("town").type == pa.string()
    assert result.reader().schema.field("town").type == pa.string()
    assert result.check().is_whole


def test_several_keys_and_the_target_may_be_keys(tmp_path: Path) -> None:
    table = with_days(numbers(900), 3).append_column(
        "year", pa.array([2023 + i % 2 for i in range(900)], pa.int32())
    )
    source = hive_of(table, tmp_path / "in", "year", "day", "y")
    for sampler in (SMOTE(random_state=0), TomekLinks(), RandomUnderSampler(random_state=0)):
        out = tmp_path / type(sampler).__name__
        result = big.resample(source, sampler, target="y", id="id", extra=(), out=out)
        opened = big.resample(source, sampler, target="y", id="id", extra=()).reader().read_all()
        assert_same_rows(result.reader().read_all(), opened)
        assert folders(source) <= folders(out)
        assert result.counts_after == dict(
            sorted((v["values"], v["counts"]) for v in opened["y"].value_counts().to_pylist())
        )


@pytest.mark.parametrize("key", ["town", "kind", "flag"])
def test_every_kind_of_column_goes_to_its_folder(key: str, tmp_path: Path) -> None:
    source = hive_of(mixed(), tmp_path / "in", key)
    options: Any = {"target": "y", "id": "key"}
    result = big.resample(source, SMOTE(random_state=0), out=tmp_path / "out", **options)
    opened = big.resample(source, SMOTE(random_state=0), **options).reader()
    assert result.reader().schema == opened.schema
    assert_same_rows(result.reader().read_all(), opened.read_all())
    assert folders(result.out) == folders(source)


def test_new_rows_go_to_the_folder_of_their_time_which_is_not_always_that_of_their_seed_row(
    tmp_path: Path,
) -> None:
    table = numbers(900)
    table = table.append_column("day", pa.array(np.arange(900) % 7))
    source = hive_of(table, tmp_path / "in", "day")
    options: Any = {"target": "y", "id": "id", "time": "day", "extra": ("_new", "_seed")}
    result = big.resample(source, SMOTE(random_state=0), out=tmp_path / "out", **options)
    opened = big.resample(source, SMOTE(random_state=0), **options).reader().read_all()
    assert_same_rows(result.reader().read_all(), opened)
    made = opened.filter(opened["_new"])
    day_of = dict(zip(table["id"].to_pylist(), table["day"].to_pylist(), strict=True))
    later = made["day"].to_numpy() - [day_of[seed] for seed in made["_seed"].to_pylist()]
    assert later.min() == 0
    assert later.max() > 0


def test_a_dataset_with_partitions_is_written_like_its_folder(days: Path, tmp_path: Path) -> None:
    dataset = ds.dataset(days, format="parquet", partitioning="hive")
    result = big.resample(
        dataset, TomekLinks(), target="y", id="id", extra=(), out=tmp_path / "out"
    )
    assert folders(result.out) == folders(days)
    # Here the names of the folders are not key=value, so the key is a column of the files.
    for place in list(days.iterdir()):
        place.rename(days / place.name.partition("=")[2])
    plain = ds.dataset(
        days, format="parquet", partitioning=ds.partitioning(pa.schema([("day", pa.string())]))
    )
    flat = big.resample(plain, TomekLinks(), target="y", id="id", extra=(), out=tmp_path / "flat")
    assert folders(flat.out) == set()
    assert_same_rows(flat.reader().read_all(), result.reader().read_all())


def test_many_partitions_are_written_in_pieces(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(memory, "_MAX_BATCH_ROWS", 100)
    monkeypatch.setattr(run, "_PIECES_PER_FILE", 3)
    source = hive_of(with_days(numbers(1500), 28), tmp_path / "in", "day")
    options: Any = {"target": "y", "id": "id"}
    result = big.resample(source, SMOTE(random_state=0), out=tmp_path / "out", **options)
    made = sorted(path.name for path in (result.out / "day=2024-05-03").glob("made-*"))
    assert len(made) >= 4
    groups = {pq.read_metadata(p).num_row_groups for p in result.out.rglob("made-*.parquet")}
    assert groups == {1}
    opened = big.resample(source, SMOTE(random_state=0), **options).reader().read_all()
    assert_same_rows(result.reader().read_all(), opened)


def test_rows_go_to_the_folder_of_their_values() -> None:
    keys = pa.record_batch({"a": ["u", None, "u", "v"], "b": [1, 1, 1, 2]})
    found = rows_by_folder(keys, {name_of_values(("u", 1)): "a=u/b=01"})
    assert {folder: rows.tolist() for folder, rows in found.items()} == {
        "a=u/b=01": [0, 2],
        "a=__HIVE_DEFAULT_PARTITION__/b=1": [1],
        "a=v/b=2": [3],
    }


def test_values_that_go_to_one_folder_are_all_there() -> None:
    encoded = pa.DictionaryArray.from_arrays(pa.array([0, 1, None]), pa.array(["a", None]))
    found = rows_by_folder(pa.record_batch({"k": encoded}), {})
    assert {folder: rows.tolist() for folder, rows in found.items()} == {
        "k=a": [0],
        "k=__HIVE_DEFAULT_PARTITION__": [1, 2],
    }
    zeros = rows_by_folder(pa.record_batch({"k": [0.0, -0.0]}), {name_of_values((0.0,)): "k=0"})
    assert {folder: rows.tolist() for folder, rows in zeros.items()} == {"k=0": [0], "k=-0.0": [1]}


def test_hours_of_the_end_of_summer_time_keep_their_folders(tmp_path: Path) -> None:
    names = ["t=2024-10-27 00%3A30%3A00Z", "t=2024-10-27 01%3A30%3A00Z"]
    for name, rows in zip(
        names, (numbers(600).slice(0, 300), numbers(600).slice(300)), strict=True
    ):
        (tmp_path / "in" / name).mkdir(parents=True)
        pq.write_table(rows, tmp_path / "in" / name / "a.parquet")
    schema = pa.schema([("t", pa.timestamp("s", "Europe/Berlin"))])
    options: Any = {"target": "y", "id": "id"}
    dataset = ds.dataset(
        tmp_path / "in", format="parquet", partitioning=ds.partitioning(schema, flavor="hive")
    )
    result = big.resample(dataset, SMOTE(random_state=0), out=tmp_path / "out", **options)
    assert folders(result.out) == set(names)
    opened = big.resample(dataset, SMOTE(random_state=0), **options).reader().read_all()
    assert_same_rows(result.reader().read_all(), opened)


@pytest.mark.parametrize("kind", [pa.date32(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_rows_are_read_back_with_the_types_of_typed_keys(kind: Any, tmp_path: Path) -> None:
    hive_of(with_days(numbers(900), 3), tmp_path / "in", "day")
    partitioning = ds.partitioning(pa.schema([("day", kind)]), flavor="hive")
    if pa.types.is_dictionary(kind):
        partitioning = ds.HivePartitioning.discover(infer_dictionary=True)
    dataset = ds.dataset(tmp_path / "in", format="parquet", partitioning=partitioning)
    options: Any = {"target": "y", "id": "id"}
    result = big.resample(dataset, SMOTE(random_state=0), out=tmp_path / "out", **options)
    opened = big.resample(dataset, SMOTE(random_state=0), **options).reader()
    read = result.reader()
    assert read.schema == opened.schema
    assert_same_rows(read.read_all(), opened.read_all())
    again = big.resample(
        dataset, SMOTE(random_state=0), out=tmp_path / "out", if_exists="skip", **options
    )
    assert again.reader().schema == opened.schema


def test_folders_that_hive_would_write_are_read_back(tmp_path: Path) -> None:
    values = ["a/b", "c d", "50%", "é", "x=y", None]
    for value in values:
        (tmp_path / folder_of({"k": value})).mkdir()
        pq.write_table(pa.table({"x": [1]}), tmp_path / folder_of({"k": value}) / "a.parquet")
    read = ds.dataset(tmp_path, partitioning="hive").to_table()["k"].to_pylist()
    assert sorted(read, key=str) == sorted(values, key=str)


def test_keys_are_taken_from_the_last_folders() -> None:
    assert folder_in_path("/k=0/data/k=1/part.parquet", ["k"]) == "k=1"
    assert folder_in_path("/data/part.parquet", ["k"]) is None
    assert folder_in_path("/data/k=1/part.parquet", []) == ""


def polars_reads(folder: str) -> int:
    import polars as pl

    found = pl.scan_parquet(folder).collect()
    assert "day" in found.columns or "day=" not in str(list(Path(folder).iterdir()))
    return found.height


def duckdb_reads(pattern: str) -> Callable[[str], int]:
    def read(folder: str) -> int:
        import duckdb

        if not pattern and int(duckdb.__version__.partition(".")[0]) < 2:
            pytest.skip(f"duckdb {duckdb.__version__} may read patterns only")
        query = f"SELECT count(*) FROM read_parquet('{folder}{pattern}', hive_partitioning = true)"
        return int(duckdb.connect().execute(query).fetchone()[0])

    return read


def pandas_reads(folder: str) -> int:
    import pandas as pd

    return len(pd.read_parquet(folder))


READERS: dict[str, Callable[[str], int]] = {
    "polars": polars_reads,
    "duckdb, folder": duckdb_reads(""),
    "duckdb, pattern": duckdb_reads("/**/*.parquet"),
    "pyarrow": lambda folder: pq.read_table(folder).num_rows,
    "pyarrow.dataset": lambda folder: ds.dataset(folder, partitioning="hive").count_rows(),
    "pandas": pandas_reads,
}


@pytest.fixture(params=["flat", "hive"])
def written(request: Any, days: Path, source: Path, tmp_path: Path) -> Any:
    folder = days if request.param == "hive" else source
    return big.resample(
        folder, SMOTE(random_state=0), target="y", id="id", extra=(), out=tmp_path / "out"
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "flat").mkdir()
    for number in range(3):
        pq.write_table(numbers(1200).slice(400 * number, 400), tmp_path / f"flat/{number}.parquet")
    return tmp_path / "flat"


@pytest.mark.parametrize("name", READERS)
def test_readers_of_folders_read_a_result(name: str, written: Any) -> None:
    pytest.importorskip(name.partition(",")[0])
    assert READERS[name](str(written.out)) == sum(written.counts_after.values())


def test_spark_reads_a_result(written: Any, sail: Any) -> None:
    read = sail.read.parquet(str(written.out))
    assert read.count() == sum(written.counts_after.values())
    assert set(read.columns) == set(written.reader().schema.names)


def test_one_partition_of_a_result_is_a_source_without_a_manifest(
    days: Path, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"extra": (), "carry_columns": {"id": "negative"}}
    smote = SMOTE(random_state=0)
    result = big.resample(days, smote, target="y", id="id", out=tmp_path / "out", **options)
    first = min(result.out.iterdir())
    assert (first / "_manifest.parquet").exists()
    n_rows = big.explain(first, "smote", target="y", id="id", extra=()).n_rows
    assert n_rows == pq.read_table(first, partitioning=None).num_rows
    shutil.copytree(result.out, tmp_path / "all" / "run=1" / "nested")
    (tmp_path / "all" / "run=1" / "nested").rename(tmp_path / "all" / "run=2")
    assert big.explain(tmp_path / "all", "smote", target="y", id="id", extra=()).n_rows == sum(
        result.counts_after.values()
    )
    with pytest.raises(FileError, match="holds no manifest"):
        big.check(first)


def test_a_result_of_partitions_is_the_source_of_another_run(days: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"extra": (), "carry_columns": {"id": "negative"}}
    smote = SMOTE(random_state=0)
    first = big.resample(days, smote, target="y", id="id", out=tmp_path / "out", **options)
    again = big.resample(
        first.out, TomekLinks(), target="y", id="id", extra=(), out=tmp_path / "again"
    )
    assert folders(again.out) == folders(days)
    shutil.rmtree(first.out / "day=2024-05-02")
    with pytest.raises(FileError, match=r"day=2024-05-02/.* is missing"):
        first.reader()
