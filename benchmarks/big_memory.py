"""Streamed resampling: peak memory of the process against the memory that it may use.

    python benchmarks/big_memory.py [--rows 1 2 4 8] [--method NAME ...] [--memory 500MB] [--folder DIR]
    python benchmarks/big_memory.py --copy 10 --memory 1GB [--repeat 3]
    python benchmarks/big_memory.py --spark 8 [--memory 2GB]

The first writes the table of `nightly_table.py` (`--plain`) with 1, 2, 4 and 8 million rows, and resamples it
with each method, each run in a separate process. Peak memory is the largest resident set of the process
(VmHWM), which may exceed `memory` by at most 250 MB. A run that does not fit in `memory` is refused with what
would fit, and is repeated with that (or twice the memory, if it says so); both are measured. SMOTETomek and SMOTEENN clean first. All sizes and
methods take about 30 minutes on two idle cores; the stored results have no SMOTETomek and SMOTEENN on 8 million.

The second compares SMOTE on 10 million rows with copying the files with pyarrow, in turns: SMOTE with the
column `_new`, which writes every row, and without it, which links the files of the source; the copy of the
source alone, and of as many rows as SMOTE writes. The third measures SMOTE on a DataFrame of pysail, whose
server runs in the process that drives it, beside a copy by pysail of the source twice.

Results go to benchmarks/results/big_memory.json, one part for each command.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from nightly_table import write_table

RESULTS = Path(__file__).parent / "results" / "big_memory.json"
METHODS = (
    "RandomUnderSampler",
    "RandomOverSampler",
    "SMOTE",
    "BorderlineSMOTE",
    "ADASYN",
    "TomekLinks",
    "EditedNearestNeighbours",
    "SMOTETomek",
    "SMOTEENN",
)
CLEAN_FIRST = ("SMOTETomek", "SMOTEENN")
MOST_ABOVE_MB = 250


SERVERS: list[Any] = []  # of pysail: one ends when nothing refers to it


def sampler_of(method: str) -> Any:
    import poise

    sampler = getattr(poise, method)()
    return sampler.set_params(random_state=0) if "random_state" in sampler.get_params() else sampler


def run_poise(folder: Path, method: str, memory: str, out: Path, **options: Any) -> dict[str, Any]:
    from poise import big
    from poise.core.errors import DoesNotFitError

    order = "clean-then-oversample" if method in CLEAN_FIRST else "oversample-then-clean"
    start = time.perf_counter()
    try:
        result = big.resample(
            folder,
            sampler_of(method),
            target="fraud",
            id="id",
            out=out,
            memory=memory,
            order=order,
            **options,
        )
    except DoesNotFitError as error:
        return {"refused": str(error), "peak_mb": peak_megabytes()}
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "peak_mb": peak_megabytes(),
        "after": {str(k): v for k, v in result.counts_after.items()},
        "passes": result.manifest["passes"],
    }


def run_poise_linked(folder: Path, method: str, memory: str, out: Path) -> dict[str, Any]:
    """Resample without the column `_new`, so that the files of the source are linked and not written."""
    return run_poise(folder, method, memory, out, extra=())


def run_copy(folder: Path, method: str, memory: str, out: Path) -> dict[str, Any]:  # noqa: ARG001
    """Copy each file with pyarrow, with its default options."""
    start = time.perf_counter()
    for file in sorted(map(str, folder.rglob("[!._]*.parquet"))):
        place = out / Path(file).relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetFile(file) as source, pq.ParquetWriter(place, source.schema_arrow) as copy:
            for batch in source.iter_batches(1 << 17):
                copy.write_batch(batch)
    return {"seconds": round(time.perf_counter() - start, 2), "peak_mb": peak_megabytes()}


def peak_megabytes() -> int:
    """Return the largest resident set of this process; getrusage would include its parent's."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) // 1000 for line in lines if line.startswith("VmHWM"))


def run_two_copies(folder: Path, method: str, memory: str, out: Path) -> dict[str, Any]:
    """Write as many rows as SMOTE does: the source, and a new row for almost each of its rows."""
    start = time.perf_counter()
    for name in ("kept", "made"):
        run_copy(folder, method, memory, out / name)
    return {"seconds": round(time.perf_counter() - start, 2), "peak_mb": peak_megabytes()}


def run_pysail(folder: Path, method: str, memory: str, out: Path) -> dict[str, Any]:
    from poise import big

    frame, start = _frame_of_pysail(folder), time.perf_counter()
    result = big.resample(frame, sampler_of(method), target="fraud", id="id", memory=memory)
    decided = {"seconds": round(time.perf_counter() - start, 2), "peak_mb": peak_megabytes()}
    result.frame.write.parquet(str(out))
    return {
        "decided": decided,
        "seconds": round(time.perf_counter() - start, 2),
        "peak_mb": peak_megabytes(),
    }


def run_pysail_copy(folder: Path, method: str, memory: str, out: Path) -> dict[str, Any]:  # noqa: ARG001
    frame, start = _frame_of_pysail(folder), time.perf_counter()
    frame.unionByName(frame).write.parquet(str(out))
    return {"seconds": round(time.perf_counter() - start, 2), "peak_mb": peak_megabytes()}


def _frame_of_pysail(folder: Path) -> Any:
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    server = SparkConnectServer()
    server.start(background=True)
    SERVERS.append(server)
    _, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://localhost:{port}").getOrCreate()
    return session.read.parquet(str(folder))


RUNS = {
    "poise": run_poise,
    "poise, linked": run_poise_linked,
    "copy": run_copy,
    "two copies": run_two_copies,
    "pysail": run_pysail,
    "pysail copy": run_pysail_copy,
}


def in_process(kind: str, folder: Path, method: str, memory: str) -> dict[str, Any]:
    """Run one measurement in a separate process."""
    out = Path(tempfile.mkdtemp(dir=folder.parent)) / "out"
    command = [sys.executable, __file__, "--one", kind, "--folder", str(folder)]
    command += ["--method", method, "--memory", memory, "--out", str(out)]
    os.sync()  # what earlier runs wrote is not paid for by this one
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        sys.stderr.write(error.stderr)
        raise
    finally:
        shutil.rmtree(out.parent, ignore_errors=True)
    # A server writes lines of its own.
    return json.loads([line for line in done.stdout.splitlines() if line.startswith("{")][-1])


def table_of(folder: Path, millions: float) -> Path:
    table = folder / f"{millions:g}m"
    write_table(table, int(millions * 1e6), plain=True)
    return table


def within_memory(table: Path, method: str, memory: str) -> dict[str, Any]:
    """Measure a run; if it is refused, measure it again with the memory that the message names."""
    run = in_process("poise", table, method, memory)
    if "refused" not in run:
        return {"memory": memory, **run, "above_mb": run["peak_mb"] - megabytes(memory)}
    enough = re.search(r"Pass memory='(\S+)'", run["refused"])
    more = enough[1] if enough is not None else f"{2 * megabytes(memory)}MB"
    again = within_memory(table, method, more)
    return again | {"refused_with": memory, "peak_mb_refused": run["peak_mb"]}


def megabytes(memory: str) -> int:
    from poise.big.memory import parse_bytes

    return parse_bytes(memory) // 10**6


def measure_memory(asked: argparse.Namespace) -> dict[str, Any]:
    measured = stored().get("memory", {}).get("runs", {})  # sizes of other commands stay
    for millions in asked.rows:
        table = table_of(asked.folder, millions)
        for method in asked.method:
            run = within_memory(table, method, asked.memory)
            measured.setdefault(method, {})[f"{millions:g}"] = run
            print(
                f"| {millions:g} | {method} | {run['memory']} | {run['peak_mb']} MB | "
                f"{run['seconds']} s | {'above' if run['above_mb'] > MOST_ABOVE_MB else 'within'} |",
                flush=True,
            )
            store("memory", {"most_above_mb": MOST_ABOVE_MB, "runs": measured})
        if not asked.keep:
            shutil.rmtree(table)
    return measured


def measure_in_turns(
    asked: argparse.Namespace, part: str, millions: float, kinds: list[str]
) -> None:
    """Measure several kinds of runs in turns, and store the medians."""
    table, memory = table_of(asked.folder, millions), asked.memory
    runs = [
        {kind: in_process(kind, table, "SMOTE", memory) for kind in kinds}
        for _ in range(asked.repeat)
    ]
    measured = {
        kind: {
            "seconds": float(np.median([run[kind]["seconds"] for run in runs])),
            "peak_mb": max(run[kind]["peak_mb"] for run in runs),
        }
        for kind in kinds
    }
    print(json.dumps(measured, indent=1))
    store(part, {"rows": millions * 1e6, "memory": memory, "repeat": asked.repeat, **measured})


def store(part: str, measured: dict[str, Any]) -> None:
    known = stored() | {"cores": os.cpu_count(), part: measured}
    RESULTS.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def stored() -> dict[str, Any]:
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=float, nargs="+", default=[1, 2, 4, 8], help="millions")
    parser.add_argument("--method", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--memory", default="500MB")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "bigdata")
    parser.add_argument("--keep", action="store_true", help="keep the tables")
    parser.add_argument("--copy", type=float, help="millions of rows")
    parser.add_argument("--spark", type=float, help="millions of rows")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--one", choices=list(RUNS))
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.one:
        run = RUNS[asked.one](asked.folder, asked.method[0], asked.memory, asked.out)
        print(json.dumps(run))
    elif asked.copy:
        measure_in_turns(
            asked, "copy", asked.copy, ["poise", "poise, linked", "copy", "two copies"]
        )
    elif asked.spark:
        measure_in_turns(asked, "spark", asked.spark, ["pysail", "pysail copy"])
    else:
        measure_memory(asked)


if __name__ == "__main__":
    main()
