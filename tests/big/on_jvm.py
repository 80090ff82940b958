"""Run by test_spark.py: compares the rows that Spark on a JVM gives with those of memory.

`on_jvm.py FOLDER` starts Spark in this process, `on_jvm.py FOLDER local[2]` a Spark Connect server beside it, and
`on_jvm.py FOLDER sc://localhost:15002` uses a running server, for which pyspark-client is enough.
"""

from __future__ import annotations

import json
import sys
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from big_tables import (
    assert_same_rows,
    every_type,
    expected_rows,
    files_of,
    in_folders,
    numbers,
    streamed_samplers,
    unusual_names,
    without_types,
)

from poise import SMOTE, EditedNearestNeighbours, big
from poise.big.scans.arrow import without_constraints
from poise.core.errors import InputError

SAMPLERS = streamed_samplers()


def cases(spark: Any, samplers: dict[str, Any], folder: Path) -> Iterator[tuple[str, Any, Any]]:
    """Yield a name, a DataFrame and a sampler."""
    # Spark makes decimals of uint64, and dictionaries of no table.
    table = without_types(every_type(), "uint8", "uint16", "uint32", "uint64", "kind")
    frame = spark.createDataFrame(table)
    for name, sampler in samplers.items():
        yield name, frame, sampler
    stored = spark.read.parquet(str(files_of(every_type(), folder / "stored", 2)))
    parts = in_folders(table.select(["id", "float64", "text or missing", "y"]), folder / "parts")
    in_parts = spark.read.parquet(str(parts))
    assert dict(in_parts.dtypes)["part"] == "date"
    named = spark.createDataFrame(unusual_names(numbers(400)))
    for sampler in (SMOTE(random_state=0), EditedNearestNeighbours()):
        yield f"{sampler!r}, stored", stored, sampler
        yield f"{sampler!r}, in folders", in_parts, sampler
        yield f"{sampler!r}, unusual names", named, sampler


def difference(frame: Any, sampler: Any) -> str:
    """Return "same", or how the rows and types of a result differ from those of memory."""
    result = big.resample(frame, sampler, target="y", id="id", extra=())
    table, found = frame.toArrow(), result.frame.toArrow()
    try:
        assert result.frame.drop("id").schema == frame.drop("id").schema
        in_types = found.cast(without_constraints(table.schema))
        assert_same_rows(in_types, expected_rows(sampler, table))
    except AssertionError as error:
        return str(error)
    return "same"


def error_of(frame: Any, sampler: Any) -> str:
    """Return the message of the error that a run raises."""
    try:
        big.resample(frame, sampler, target="y", id="id")
    except InputError as error:
        return str(error)
    return "no error"


def with_other_ids(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield rows with other ids each time."""
    for batch in batches:
        ids = pa.array([uuid.uuid4().hex for _ in range(batch.num_rows)])
        yield pa.record_batch([ids, batch["x0"], batch["y"]], names=["id", "x0", "y"])


def session(remote: str | None) -> Any:
    """Return a session of Spark in this process, or of a Spark Connect server."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    builder = builder.remote(remote) if remote else builder.master("local[2]")
    if not (remote or "").startswith("sc://"):  # a running server has its own settings
        builder = builder.config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.session.timeZone", "Europe/Berlin")
    return builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()


def main(folder: Path, remote: str | None = None) -> None:
    from poise.big.engines import spark as engine

    warnings.simplefilter("ignore")
    spark = session(remote)
    # All samplers run on another Connect server; see test_spark.py.
    samplers = {} if remote else SAMPLERS
    found = {
        name: difference(frame, sampler) for name, frame, sampler in cases(spark, samplers, folder)
    }
    engine._MAX_BYTES_IN_PLAN = 1000  # larger kernels are sent as files
    table = numbers(400)
    for sampler in (SMOTE(random_state=0), EditedNearestNeighbours()):
        found[f"{sampler!r} from a file"] = difference(spark.createDataFrame(table), sampler)
    frame = spark.createDataFrame(table)
    random = frame.mapInArrow(with_other_ids, "id string, x0 double, y long")
    found["other rows"] = error_of(random, SMOTE(random_state=0))
    infinite = frame.selectExpr("id", "if(id = 5, double('inf'), x0) as x0", "y")
    found["infinite"] = error_of(infinite, EditedNearestNeighbours())
    spark.stop()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
