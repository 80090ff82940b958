"""Streamed resampling: peak memory of the process against the memory that it may use.

    python benchmarks/big_memory.py [--rows 1 2 4 8] [--method NAME ...] [--memory 500MB] [--folder DIR]

Writes the table of `nightly_table.py` (`--plain`) with 1, 2, 4 and 8 million rows, and resamples it with each
method, each run in a separate process. Peak memory is the largest resident set of the process (VmHWM); the
limit of a run is `memory` and at most 250 MB in addition. A run that does not fit in `memory` is refused with
what would fit, and is repeated with that. SMOTETomek and SMOTEENN clean first. `--methods-at-most` gives the
largest table of the slow methods. `--spark` measures the Python process that drives Spark instead (pysail).

`--copy 10` compares SMOTE on 10 million rows with copying the files with pyarrow, and exits.
Results go to benchmarks/results/big_memory.json.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
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


def sampler_of(method: str) -> Any:
    import poise

    sampler = getattr(poise, method)()
    return sampler.set_params(random_state=0) if "random_state" in sampler.get_params() else sampler


def run_poise(folder: Path, method: str, memory: str, out: Path) -> dict[str, Any]:
    from poise import big
    from poise.core.errors import DoesNotFitError

    order = "clean-then-oversample" if method in CLEAN_FIRST else "oversample-then-clean"
    start = time.perf_counter()
    try:
        result = big.resample(
            folder, sampler_of(method), target="fraud", id="id", out=out, memory=memory, order=order
        )
    except DoesNotFitError as error:
        return {"refused": str(error), "peak_mb": peak_megabytes()}
    return {
        "seconds": round(time.perf_counter() - start, 2),
        "peak_mb": peak_megabytes(),
        "after": {str(k): v for k, v in result.counts_after.items()},
        "stages": result.manifest["seconds"],
    }


def run_copy(folder: Path, method: str, memory: str, out: Path) -> dict[str, Any]:  # noqa: ARG001
    """Copy each file with pyarrow, with its default options."""
    start = time.perf_counter()
    for file in ds.dataset(folder, partitioning="hive").files:
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


RUNS = {"poise": run_poise, "copy": run_copy}


def in_process(kind: str, folder: Path, method: str, memory: str) -> dict[str, Any]:
    """Run one measurement in a separate process."""
    out = Path(tempfile.mkdtemp(dir=folder.parent)) / "out"
    command = [sys.executable, __file__, "--one", kind, "--folder", str(folder)]
    command += ["--method", method, "--memory", memory, "--out", str(out)]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        sys.stderr.write(error.stderr)
        raise
    finally:
        shutil.rmtree(out.parent, ignore_errors=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=float, nargs="+", default=[1, 2, 4, 8], help="millions")
    parser.add_argument("--method", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--memory", default="500MB")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "bigdata")
    parser.add_argument("--one", choices=list(RUNS))
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    if asked.one:
        run = RUNS[asked.one](asked.folder, asked.method[0], asked.memory, asked.out)
        print(json.dumps(run))
        return
    for millions in asked.rows:
        folder = asked.folder / f"{millions:g}m"
        write_table(folder, int(millions * 1e6), plain=True)
        for method in asked.method:
            run = in_process("poise", folder, method, asked.memory)
            print(
                f"{millions:g} {method:24} {asked.memory} {run.get('seconds', '')} s {run['peak_mb']} MB "
                f"{run.get('refused', '')} {run.get('stages', '')}",
                flush=True,
            )


if __name__ == "__main__":
    main()
