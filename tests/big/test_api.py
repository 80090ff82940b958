"""`resample` and `explain`: every kind of source, and arguments that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
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
    result = big.resample(table, SMOTE(random_state=0), target="y", id="key")
    assert result.reader().schema.equals(table.schema)


def test_a_generator_draws_what_it_would_in_memory() -> None:

    def sampler() -> SMOTE:
        return SMOTE(random_state=np.random.RandomState(5))

    assert_same_rows(resampled(TABLE, sampler()), in_memory(sampler(), TABLE, "y", "id"))
