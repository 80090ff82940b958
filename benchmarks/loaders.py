"""How long does an epoch of balanced batches take, and how much memory?

    python benchmarks/loaders.py [--rows 10000000] [--repeats 5]

Draws all batches of one epoch from labels of 10 million rows with 1 % events, each time in a new process, and measures
the seconds, the CPU seconds and the peak memory beside the labels: for making the batches, for the epoch, and for both together. Where
torch is installed, its `WeightedRandomSampler` draws as many rows in batches of the same size, with replacement. Prints
the median of the repeats; results go to benchmarks/results/loaders.json. Takes about three minutes.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).resolve().parent / "results" / "loaders.json"
SHARE = 0.01
CASES: dict[str, dict[str, Any]] = {
    "batches of 32": {"batch_size": 32},
    "batches of 256": {"batch_size": 256},
    "batches of 32, counts in expectation": {"batch_size": 32, "counts": "expected"},
    "batches of 32, a quarter events": {"batch_size": 32, "shares": {0: 0.75, 1: 0.25}},
    "batches of 32, one of 4 processes": {"batch_size": 32, "num_replicas": 4, "rank": 1},
    "batches of 32, epochs of the smallest class": {"batch_size": 32, "epoch": "smallest"},
}
TORCH = "torch, WeightedRandomSampler, batches of 32"


def labels(n_rows: int) -> np.ndarray:
    y = np.zeros(n_rows, dtype=np.int64)
    y[np.random.default_rng(0).choice(n_rows, round(n_rows * SHARE), replace=False)] = 1
    return y


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def batches_of(case: str, y: np.ndarray) -> Any:
    if case != TORCH:
        from poise import balanced_batches

        return balanced_batches(y, **CASES[case])
    import torch
    from torch.utils.data import BatchSampler, WeightedRandomSampler

    counts = np.bincount(y)
    weights = torch.from_numpy(1 / counts[y])
    n_drawn = 2 * int(counts.max())  # as many as in an epoch of the largest class
    return BatchSampler(WeightedRandomSampler(weights, n_drawn), 32, drop_last=False)


def number_of(batches: Iterator[list[int]]) -> tuple[int, int]:
    n_batches = n_rows = 0
    for batch in batches:
        n_batches += 1
        n_rows += len(batch)
    return n_batches, n_rows


def measure(case: str, n_rows: int) -> dict[str, float]:
    number_of(iter(batches_of(case, labels(10_000))))  # what loading takes is not counted
    y = labels(n_rows)
    before, start, start_cpu = peak_mb(), time.perf_counter(), time.process_time()
    batches = batches_of(case, y)
    made = time.perf_counter()
    n_batches, n_drawn = number_of(iter(batches))
    end, cpu = time.perf_counter(), time.process_time() - start_cpu
    return {
        "batches": n_batches,
        "rows drawn": n_drawn,
        "seconds to make": round(made - start, 3),
        "seconds of the epoch": round(end - made, 3),
        "seconds together": round(end - start, 3),
        "CPU seconds together": round(cpu, 3),
        "peak MB beside the labels": round(peak_mb() - before, 1),
    }


def in_new_process(case: str, n_rows: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--rows", str(n_rows), "--measure", case]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def main(n_rows: int, repeats: int) -> None:
    cases = [*CASES, *([TORCH] if importlib.util.find_spec("torch") else [])]
    turns = [{case: in_new_process(case, n_rows) for case in cases} for _ in range(repeats)]
    found = {
        case: {
            name: statistics.median(turn[case][name] for turn in turns) for name in turns[0][case]
        }
        for case in cases
    }
    print(f"{'':<46}{'made s':>8}{'epoch s':>9}{'CPU s':>8}{'peak MB':>9}{'batches':>12}")
    for case, row in found.items():
        print(
            f"{case:<46}{row['seconds to make']:>8.2f}{row['seconds of the epoch']:>9.2f}{row['CPU seconds together']:>8.2f}"
            f"{row['peak MB beside the labels']:>9.0f}{row['batches']:>12,}"
        )
    about = {
        "rows": n_rows,
        "share of events": SHARE,
        "repeats": repeats,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cores": os.cpu_count(),
    }
    RESULTS.write_text(json.dumps(about | {"medians": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--measure", help="a case, measured in this process")
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.measure, asked.rows)))
    else:
        main(asked.rows, asked.repeats)
