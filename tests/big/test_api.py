"""`resample` and `explain`: every kind of source, and arguments that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from big_tables import (
    TABLE,
    assert_same_rows,
    files_of,
    in_memory,
    mixed,
    numbers,
    resampled,
)

from poise import (
    SMOTE,
    RandomOverSampler,
    TomekLinks,
    big,
)
from poise.core.errors import (
    InputError,
)


def test_every_kind_of_source_gives_the_same_rows(tmp_path: Path) -> None:
    folder = files_of(TABLE, tmp_path / "in", 3)
    pq.write_table(TABLE, tmp_path / "one.parquet")
    relation = duckdb.from_arrow(TABLE)
    sources = [
        str(folder),
        folder,
        str(folder / "*.parquet"),
        tmp_path / "one.parquet",
        ds.dataset(folder),
        ds.dataset(TABLE),
        TABLE,
        pl.from_arrow(TABLE),
        pl.scan_parquet(folder / "*.parquet"),
        relation,
        lambda: TABLE.to_reader(max_chunksize=50),
        lambda: pl.scan_parquet(folder / "*.parquet"),
    ]
    expected = in_memory(SMOTE(random_state=0), TABLE, "y", "id")
    for source in sources:
        assert_same_rows(resampled(source), expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"extra": 5}, "extra=5 must be a tuple"),
        ({"progress": "yes"}, "progress='yes' must be True, False or a function"),
        ({"memory": float("nan")}, "not an amount of memory"),
        ({"memory": float("inf")}, "not an amount of memory"),
        ({"order": "clean-then-oversample"}, "SMOTE has one step"),
        ({"out": 5}, "out=5 is not a path"),
    ],
)
def test_arguments_of_wrong_types_raise(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        big.resample(TABLE, SMOTE(random_state=0), target="y", id="id", **options)


def test_runs_on_streams_cannot_be_resumed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a stream is not"):
        big.resample(numbers(300), "smote", target="y", out=tmp_path / "out", resume=True)


def test_nothing_to_add_is_the_source() -> None:
    sampler = RandomOverSampler(sampling_strategy={1: 36}, random_state=0)
    counts = big.explain(TABLE, sampler, target="y", id="id")
    assert counts.rows_made >= 0
    nothing = RandomOverSampler(sampling_strategy={0: int((TABLE["y"].to_numpy() == 0).sum())})
    assert_same_rows(resampled(TABLE, nothing), TABLE)


def test_schema_that_goes_in_comes_out(tmp_path: Path) -> None:
    table = mixed(400)
    result = big.resample(table, SMOTE(random_state=0), target="y", id="key", extra=())
    assert result.reader().schema.equals(table.schema)


def test_a_generator_draws_what_it_would_in_memory() -> None:

    def sampler() -> SMOTE:
        return SMOTE(random_state=np.random.RandomState(5))

    assert_same_rows(resampled(TABLE, sampler()), in_memory(sampler(), TABLE, "y", "id"))


@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), TomekLinks()], ids=repr)
def test_dropped_columns_are_neither_features_nor_in_the_result(
    sampler: Any, tmp_path: Path
) -> None:
    folder = files_of(TABLE, tmp_path / "in", 3)
    options: Any = {"format": "parquet", "partitioning_flavor": "hive"}
    by_day = TABLE.append_column("day", pa.array([1, 2] * 350))
    ds.write_dataset(by_day, tmp_path / "hive", partitioning=["day"], **options)
    expected = in_memory(sampler, TABLE.drop_columns(["x1", "x3"]), "y", "id")
    for source in (folder, ds.dataset(folder), TABLE, TABLE.to_reader, tmp_path / "hive"):
        of_hive = ("day",) if source == tmp_path / "hive" else ()
        found = resampled(source, sampler, drop=("x3", "x1", *of_hive))
        assert found.column_names == ["id", "x0", "x2", "y"]
        assert_same_rows(found, expected)
    result = big.resample(
        folder, sampler, target="y", id="id", drop=("x3", "x1"), extra=(), out=tmp_path / "out"
    )
    assert not [path for path in result.out.iterdir() if path.is_symlink()]
    assert_same_rows(pq.read_table(result.out), expected)
    assert result.manifest["drop"] == ["x3", "x1"]


def test_an_explanation_of_a_run_without_some_columns_counts_the_others(source: Path) -> None:
    all_of_them, without = (
        big.explain(source, "smote", target="y", id="id", drop=drop) for drop in ((), ("x0", "x1"))
    )
    assert without.passes[2].columns == all_of_them.passes[2].columns - 2
    assert without.passes[2].n_bytes < all_of_them.passes[2].n_bytes
    assert without.passes[-1].purpose == "writing"  # links would have all columns


def test_a_column_of_an_earlier_run_can_be_dropped_for_one_of_this_run() -> None:
    first = resampled(TABLE, extra=("_new",), carry_columns={"id": "negative"})
    with pytest.raises(InputError, match=r"already has a column '_new'.*drop=\('_new',\)"):
        resampled(first, TomekLinks(), extra=("_new",))
    again = resampled(first, TomekLinks(), extra=("_new",), drop=("_new",))
    assert not any(again["_new"].to_pylist())


def test_a_column_that_cannot_be_read_can_be_dropped() -> None:
    nested = TABLE.append_column("list", pa.array([[1]] * 700))
    assert_same_rows(resampled(nested, drop="list"), resampled(TABLE))
