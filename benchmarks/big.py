"""Rows that are not held in memory: time and peak memory against a plain copy, and in-memory rows.

    python benchmarks/big.py [--rows 20000000] [--folder DIR] [--spark]

Makes a table of 12 columns (an id, ten features in single precision, a class of which 0.5 % are
rare) in 20 Parquet files, and streams each method over it, each in a process of its own. The plain
copy reads with pyarrow.dataset the columns that the method reads, as often as it does, and writes
as many rows as it writes. Peak memory is the process's largest resident set. Results go to
benchmarks/results/big.json; `--smaller` adds a tenth of the rows, to show that memory does not grow.
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
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

RESULTS = Path(__file__).parent / "results" / "big.json"
N_FILES, N_FEATURES, RARE = 20, 10, 0.005
MEMORY = {"SMOTE": "600MB", "RandomUnderSampler": "600MB"}
METHODS = ["RandomUnderSampler", "SMOTE", "TomekLinks", "EditedNearestNeighbours"]


def make_table(folder: Path, n_rows: int) -> None:
    """Write the table: a few directions carry most of the spread, as in real tables."""
    if (folder / "done").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mixing = np.random.RandomState(1).randn(4, N_FEATURES)
    for number, ids in enumerate(np.array_split(np.arange(n_rows), N_FILES)):
        rng = np.random.RandomState(number)
        label = (rng.rand(len(ids)) < RARE).astype(np.int8)
        X = rng.randn(len(ids), 4) @ mixing + 0.3 * rng.randn(len(ids), N_FEATURES)
        X = (X + label[:, np.newaxis] * mixing[0]).astype(np.float32)
        columns = {f"x{j}": X[:, j] for j in range(N_FEATURES)}
        table = pa.table({"id": ids, **columns, "y": label})
        pq.write_table(table, folder / f"rows-{number:02d}.parquet", use_dictionary=False)
    (folder / "done").touch()


def run_poise(folder: Path, method: str, out: Path) -> dict[str, Any]:
    import poise
    from poise import big

    samplers = {
        "SMOTE": poise.SMOTE(random_state=0),
        "RandomUnderSampler": poise.RandomUnderSampler(random_state=0),
        "TomekLinks": poise.TomekLinks(),
        "EditedNearestNeighbours": poise.EditedNearestNeighbours(),
    }
    start = time.perf_counter()
    source = str(folder / "*.parquet")
    memory = MEMORY.get(method, "1500MB")
    result = big.resample(source, samplers[method], target="y", id="id", out=out, memory=memory)
    seconds = time.perf_counter() - start
    return {
        "seconds": seconds,
        "after": {str(k): v for k, v in result.counts_after.items()},
        "stages": result.manifest["seconds"],
    }


def run_copy(folder: Path, method: str, out: Path) -> dict[str, Any]:
    """Read what a method reads, and write as many rows as it writes, with what Poise tells the writer."""
    files = sorted(map(str, folder.glob("*.parquet")))
    dataset = ds.dataset(files)
    options = {"batch_size": 1 << 17, "batch_readahead": 2, "fragment_readahead": 1}
    start = time.perf_counter()
    n_rows = sum(batch.num_rows for batch in dataset.to_batches(columns=["id", "y"], **options))
    every = dataset.to_batches(**options)
    written, wanted = (
        0,
        {"SMOTE": int(n_rows * (1 - 2 * RARE)), "RandomUnderSampler": int(2 * RARE * n_rows)},
    )
    most = wanted.get(method, n_rows)
    out.mkdir()
    with pq.ParquetWriter(out / "copy.parquet", dataset.schema, use_dictionary=False) as writer:
        if method == "RandomUnderSampler":
            for batch in dataset.to_batches(columns=["id", "y"], **options):
                batch.num_rows  # noqa: B018  # its pass over ids
        for batch in every:
            if written < most:
                writer.write_batch(batch.slice(0, most - written))
                written += batch.num_rows
    return {"seconds": time.perf_counter() - start}


def in_process(kind: str, folder: Path, method: str) -> dict[str, Any]:
    """Run one measurement in a process of its own."""
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


def peak_megabytes() -> float:
    """Return the largest resident set of this process; getrusage would count its parent's, too."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "poise-big")
    parser.add_argument("--method", action="append")
    parser.add_argument("--one", choices=["poise", "copy"])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    asked = parser.parse_args()
    if asked.one:
        run = run_poise if asked.one == "poise" else run_copy
        found = run(asked.folder, asked.method[0], asked.out)
        found["peak_mb"] = peak_megabytes()
        print(json.dumps(found))
        return
    measured: dict[str, Any] = {"rows": asked.rows, "cores": os.cpu_count(), "methods": {}}
    folder = asked.folder / f"{asked.rows}"
    make_table(folder, asked.rows)
    measured["megabytes_on_disk"] = sum(f.stat().st_size for f in folder.glob("*.parquet")) / 1e6
    for method in asked.method or METHODS:
        is_quick = method in MEMORY
        runs = [
            {kind: in_process(kind, folder, method) for kind in ("copy", "poise")}
            for _ in range(asked.repeat if is_quick else 1)
        ]
        seconds = {
            k: float(np.median([run[k]["seconds"] for run in runs])) for k in ("copy", "poise")
        }
        measured["methods"][method] = {
            "seconds": seconds["poise"],
            "copy_seconds": seconds["copy"],
            "ratio": float(np.median([r["poise"]["seconds"] / r["copy"]["seconds"] for r in runs])),
            "peak_mb": max(run["poise"]["peak_mb"] for run in runs),
            "copy_peak_mb": max(run["copy"]["peak_mb"] for run in runs),
            "after": runs[0]["poise"]["after"],
            "stages": runs[0]["poise"]["stages"],
        }
        told = measured["methods"][method]
        print(
            f"{method:<24} {told['seconds']:8.1f} s, copy {told['copy_seconds']:6.1f} s, ratio {told['ratio']:.2f}, "
            f"peak {told['peak_mb']:.0f} MB (copy {told['copy_peak_mb']:.0f} MB)",
            told["stages"],
            flush=True,
        )
    RESULTS.write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
