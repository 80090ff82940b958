"""Every method on a table with every type of column gives the rows of memory, on each engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from big_tables import (
    assert_same_rows,
    every_type,
    expected_rows,
    files_of,
    in_folders,
    resampled,
    streamed_samplers,
    without_types,
)
from sklearn.base import clone

from poise import SMOTE, EditedNearestNeighbours, RandomOverSampler, big
from poise.big.scans.arrow import without_constraints

pytestmark = pytest.mark.filterwarnings("ignore::poise.core.errors.PoiseWarning")

SAMPLERS = streamed_samplers() | {
    "SMOTE, standard": SMOTE(random_state=0, neighbor_space="standard"),
    "EditedNearestNeighbours, all": EditedNearestNeighbours(
        kind_sel="mode", sampling_strategy="all", neighbor_space="standard"
    ),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_files_give_the_rows_of_memory(name: str, tmp_path: Path) -> None:
    table = every_type()
    found = resampled(files_of(table, tmp_path / "in", 3), SAMPLERS[name], extra=())
    assert found.drop_columns(["id"]).schema.equals(table.drop_columns(["id"]).schema)
    assert_same_rows(found, expected_rows(SAMPLERS[name], table))


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_spark_server_gives_the_rows_of_memory(name: str, sail: Any, tmp_path: Path) -> None:
    table = without_types(every_type(), "kind")  # this server has no dictionaries
    source = files_of(table, tmp_path / "in", 3)
    assert_rows_of_memory(sail.read.parquet(str(source)), SAMPLERS[name])


@pytest.mark.parametrize("name", SAMPLERS)
def test_folders_of_values_give_the_rows_of_memory(name: str, sail: Any, tmp_path: Path) -> None:
    table = every_type().select(["id", "float64", "int32", "text or missing", "y"])
    source = in_folders(table, tmp_path / "in")
    found = resampled(source, SAMPLERS[name], extra=())
    carrying = clone(SAMPLERS[name]).set_params(carry_columns=["part"])
    assert_same_rows(found, expected_rows(carrying, pq.read_table(source)))
    frame = sail.read.parquet(str(source))
    assert dict(frame.dtypes)["part"] == "string"
    assert_rows_of_memory(frame, SAMPLERS[name])


@pytest.mark.parametrize("target", ["int8", "uint64", "decimal", "flag", "long", "date"])
def test_classes_may_be_of_every_type(target: str, sail: Any, tmp_path: Path) -> None:
    source = files_of(every_type().select(["id", "float64", target, "y"]), tmp_path / "in", 2)
    frame = sail.read.parquet(str(source)).withColumnsRenamed({"y": "other", target: "y"})
    assert_rows_of_memory(frame, RandomOverSampler(random_state=0))


def assert_rows_of_memory(frame: Any, sampler: Any) -> None:
    """Compare the rows that Spark gives with those of the same DataFrame in memory, and their types."""
    result = big.resample(frame, sampler, target="y", id="id", extra=())
    table, found = frame.toArrow(), result.frame.toArrow()
    assert result.frame.drop("id").schema == frame.drop("id").schema
    assert_same_rows(found.cast(without_constraints(table.schema)), expected_rows(sampler, table))


def test_new_rows_of_a_spark_server_have_no_id(sail: Any, tmp_path: Path) -> None:
    table = every_type().select(["id", "float64", "int32", "y"])
    assert not table.schema.field("id").nullable
    frame = sail.read.parquet(str(files_of(table, tmp_path / "in", 3)))
    out = big.resample(frame, SMOTE(random_state=0), target="y", id="id").frame.toArrow()
    assert out["id"].is_null().to_pylist() == out["_new"].to_pylist()
    assert out["id"].null_count == out.num_rows - table.num_rows
