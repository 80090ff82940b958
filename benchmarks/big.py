"""Streamed resampling: time and peak memory, compared with copying the rows and with Spark.

    python benchmarks/big.py [--rows 20000000] [--folder DIR] [--method NAME] [--no-spark]

Makes a table of 12 columns (an id, ten features in single precision, a label with 0.5 % in the rare class)
in
20 Parquet files, and a second table of a tenth of the size, and resamples both with each method, each run
in a
separate process. The copy reads the same columns as often as the method, with pyarrow.dataset, and writes
the
same number of rows: once with the default options of pyarrow, once with those of Poise (numbers without
dictionaries). Peak memory is the largest resident set of the process (VmHWM). Spark is PySpark in local[2]
on
the same files; a hash that does not depend on the order of rows compares its rows with those of the local
engine. Results go to benchmarks/results/big.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

RESULTS = Path(__file__).parent / "results" / "big.json"
N_FILES, N_FEATURES, RARE = 20, 10, 0.005
MEMORY = {
    "RandomUnderSampler": "600MB",
    "SMOTE": "600MB",
    "TomekLinks": "1500MB",
    "EditedNearestNeighbours": "1500MB",
}
# Without the column `_new`, unchanged files are links; ids of new rows let Spark's rows be compared.
ROLES: dict[str, Any] = {"id": "id", "extra": (), "carry_columns": {"id": "negative"}}
ON_SPARK = ("RandomUnderSampler", "SMOTE")
READING = {"batch_size": 1 << 17, "batch_readahead": 2, "fragment_readahead": 1}


def make_table(folder: Path, n_rows: int) -> None:
    """Write the table; a few directions have most of the variance, as in real tables."""
    if folder.exists():
        return
    aside = folder.with_suffix(".unfinished")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    mixing = np.random.RandomState(1).randn(4, N_FEATURES)
    for number, ids in enumerate(np.array_split(np.arange(n_rows), N_FILES)):
        rng = np.random.RandomState(number)
        label = (rng.rand(len(ids)) < RARE).astype(np.int8)
        X = rng.randn(len(ids), 4) @ mixing + 0.3 * rng.randn(len(ids), N_FEATURES)
        X = (X + label[:, np.newaxis] * mixing[0]).astype(np.float32)
        columns = {f"x{j}": X[:, j] for j in range(N_FEATURES)}
        table = pa.table({"id": ids, **columns, "y": label})
        pq.write_table(table, aside / f"rows-{number:02d}.parquet", use_dictionary=False)
    aside.rename(folder)


def sampler_of(method: str) -> Any:
    import poise

    sampler = getattr(poise, method)()
    return sampler.set_params(random_state=0) if "random_state" in sampler.get_params() else sampler


def run_poise(folder: Path, method: str, out: Path) -> dict[str, Any]:
    from poise import big

    start = time.perf_counter()
    result = big.resample(
        folder, sampler_of(method), target="y", out=out, memory=MEMORY[method], **ROLES
    )
    return {
        "seconds": time.perf_counter() - start,
        "after": {str(k): v for k, v in result.counts_after.items()},
        "passes": result.manifest["passes"],
        "peak_mb": peak_megabytes(),
        "rows_hash": hash_of_rows(out) if method in ON_SPARK else None,
    }


def run_copy(folder: Path, method: str, out: Path, **options: Any) -> dict[str, Any]:
    """Read the columns that a method reads, and write the number of rows that it writes."""
    dataset = ds.dataset(folder)
    start = time.perf_counter()
    n_passes = 2 if method == "RandomUnderSampler" else 1
    for _ in range(n_passes):
        n_rows = sum(b.num_rows for b in dataset.to_batches(columns=["id", "y"], **READING))
    share = {"SMOTE": 1 - 2 * RARE, "RandomUnderSampler": 2 * RARE}
    most, written = int(n_rows * share.get(method, 1.0)), 0
    out.mkdir()
    with pq.ParquetWriter(out / "copy.parquet", dataset.schema, **options) as writer:
        for batch in dataset.to_batches(**READING):
            if written < most:
                writer.write_batch(batch.slice(0, most - written))
                written += batch.num_rows
    return {"seconds": time.perf_counter() - start, "peak_mb": peak_megabytes()}


def run_same_copy(folder: Path, method: str, out: Path) -> dict[str, Any]:
    return run_copy(folder, method, out, use_dictionary=False)


def run_spark(folder: Path, method: str, out: Path) -> dict[str, Any]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from pyspark.sql import SparkSession

    from poise import big

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.memory", "4g").getOrCreate()
    frame = session.read.parquet(str(folder))
    start = time.perf_counter()
    result = big.resample(frame, sampler_of(method), target="y", memory=MEMORY[method], **ROLES)
    result.frame.write.parquet(str(out))
    seconds = time.perf_counter() - start
    session.stop()
    return {"seconds": seconds, "rows_hash": hash_of_rows(out)}


def hash_of_rows(folder: Path) -> str:
    """Return a hash of the rows that does not depend on their order; ids are unique."""
    total, n_rows = np.uint64(0), 0
    for batch in ds.dataset(folder, format="parquet").to_batches(**READING):
        total += hashes(batch).sum(dtype=np.uint64)
        n_rows += batch.num_rows
    return f"{n_rows} rows, {int(total):016x}"


def hashes(batch: pa.RecordBatch) -> np.ndarray:
    state = np.zeros(batch.num_rows, dtype=np.uint64)
    for name in sorted(batch.schema.names):
        values = batch[name].to_numpy()
        bits = values.view(f"u{values.dtype.itemsize}").astype(np.uint64)
        state = (state ^ bits) * np.uint64(0x9E3779B97F4A7C15)
        state ^= state >> np.uint64(29)
    return state


def peak_megabytes() -> float:
    """Return the largest resident set of this process; getrusage would include its parent's."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))


RUNS = {"poise": run_poise, "copy": run_copy, "same copy": run_same_copy, "spark": run_spark}


def in_process(kind: str, folder: Path, method: str) -> dict[str, Any]:
    """Run one measurement in a separate process."""
    out = Path(tempfile.mkdtemp(dir=folder.parent)) / "out"
    command = [sys.executable, __file__, "--one", kind, "--folder", str(folder), "--method", method]
    try:
        done = subprocess.run(
            [*command, "--out", str(out)], check=True, capture_output=True, text=True
        )
    except subprocess.CalledProcessError as error:
        sys.stderr.write(error.stderr)
        raise
    finally:
        shutil.rmtree(out.parent, ignore_errors=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(folder: Path, method: str, repeat: int, *, with_spark: bool) -> dict[str, Any]:
    kinds = ["copy", "same copy", "poise"]
    runs = [{kind: in_process(kind, folder, method) for kind in kinds} for _ in range(repeat)]
    seconds = {kind: float(np.median([run[kind]["seconds"] for run in runs])) for kind in kinds}
    first = runs[0]["poise"]
    measured: dict[str, Any] = {
        "memory_given": MEMORY[method],
        "seconds": seconds["poise"],
        "copy_seconds": seconds["copy"],
        "same_copy_seconds": seconds["same copy"],
        "peak_mb": max(run["poise"]["peak_mb"] for run in runs),
        "after": first["after"],
        "passes": first["passes"],
    }
    if with_spark and method in ON_SPARK:
        on_spark = in_process("spark", folder, method)
        measured["spark_seconds"] = on_spark["seconds"]
        measured["spark_rows_are_the_same"] = on_spark["rows_hash"] == first["rows_hash"]
        measured["rows_hash"] = first["rows_hash"]
    return measured


def lines(measured: dict[str, Any]) -> Iterator[str]:
    yield "| method | rows | seconds | a copy | same writer | peak MB | Spark local[2] |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for n_rows, methods in measured["rows"].items():
        for method, result in methods.items():
            ratios = [
                result["seconds"] / result[name] for name in ("copy_seconds", "same_copy_seconds")
            ]
            spark = f"{result['spark_seconds']:.0f} s" if "spark_seconds" in result else ""
            if "spark_seconds" in result:
                spark += ", same rows" if result["spark_rows_are_the_same"] else ", OTHER ROWS"
            yield (
                f"| {method} | {int(n_rows):,} | {result['seconds']:.1f} | {ratios[0]:.1f}x | {ratios[1]:.1f}x | "
                f"{result['peak_mb']:.0f} | {spark} |"
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "poise-big")
    parser.add_argument("--method", action="append", choices=list(MEMORY))
    parser.add_argument("--no-spark", action="store_true")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--one", choices=list(RUNS))
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(RUNS[asked.one](asked.folder, asked.method[0], asked.out)))
        return
    measured: dict[str, Any] = {"cores": os.cpu_count(), "columns": N_FEATURES + 2, "rows": {}}
    has_java = shutil.which("java") is not None and not asked.no_spark
    for n_rows in (asked.rows // 10, asked.rows):
        folder = asked.folder / f"{n_rows}"
        make_table(folder, n_rows)
        megabytes = sum(f.stat().st_size for f in folder.iterdir()) / 1e6
        print(f"{n_rows:,} rows, {megabytes:.0f} MB", flush=True)
        measured["rows"][n_rows] = {
            method: measure(
                folder,
                method,
                asked.repeat if method in ON_SPARK else 1,
                with_spark=has_java and n_rows == asked.rows,
            )
            for method in asked.method or MEMORY
        }
    RESULTS.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    print("\n".join(lines(measured)))


if __name__ == "__main__":
    main()
