"""Does the stable ABI make the kernel slower?

    python3.12 benchmarks/stable_abi.py [--repeats 15]

Builds two wheels of the checkout for the Python that runs this, one for the stable ABI and one for this Python alone,
and measures both in turns, each turn in a new process with one thread: searches, counts and blends of large tables, and
many calls on a small one, where the cost of a call shows. A turn counts the fastest of five runs. Needs Python 3.12 or later and numpy, scipy, scikit-learn and
narwhals beside it. Prints the median CPU and wall time of each, and the median of the ratios of each turn; results go
to benchmarks/results/stable_abi.json. Takes about five minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "stable_abi.json"
RUNS = 5  # of each task in a process, of which the fastest counts
BUILDS = {"stable ABI": "cp312", "this Python alone": ""}  # wheel.py-api


def build(py_api: str, folder: Path) -> str:
    """Build a wheel and install it into a folder; return the name of its compiled module."""
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    made = [*pip, "wheel", "--no-deps", "-C", f"wheel.py-api={py_api}", "-w", str(folder / "wheel")]
    subprocess.run([*made, str(ROOT)], check=True)
    wheel = str(next((folder / "wheel").glob("*.whl")))
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder), wheel], check=True)
    return next((folder / "poise" / "native").glob("_kernel*.so")).name


def tasks() -> dict[str, Callable[[], object]]:
    """Return what is measured, by name."""
    from poise import native

    rng = np.random.default_rng(0)
    X, wide, small = (
        rng.normal(size=(100_000, 5)),
        rng.normal(size=(8_000, 40)),
        rng.normal(size=(50, 2)),
    )
    everyone = np.arange(len(X))
    tree, wide_tree, small_tree = (native.Tree(table, 1) for table in (X, wide, small))
    radii = np.full(len(X), 0.1)
    seeds, partners = rng.integers(0, len(X), (2, 1_000_000))
    gaps, out = rng.uniform(size=1_000_000), np.empty((1_000_000, 5))
    return {
        "an index of 100,000 x 5": lambda: native.Tree(X, 1),
        "5 neighbours in 100,000 x 5": lambda: tree.nearest(X, 5, everyone),
        "5 neighbours in 8,000 x 40": lambda: wide_tree.nearest(wide, 5),
        "rows within a radius in 100,000 x 5": lambda: tree.count_within(X, radii, 10, everyone),
        "1,000,000 new rows of 5 columns": lambda: native.blend(
            X, seeds, partners, gaps, None, out, 1
        ),
        "5,000 searches in 50 x 2": lambda: [small_tree.nearest(small, 5) for _ in range(5000)],
    }


def measure() -> dict[str, tuple[float, float]]:
    """Return the least CPU and wall seconds of each task, of runs after one that is not measured."""
    least = {}
    for name, task in tasks().items():
        task()
        runs = [seconds(task) for _ in range(RUNS)]
        least[name] = (min(cpu for cpu, _ in runs), min(wall for _, wall in runs))
    return least


def seconds(task: Callable[[], object]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    task()
    return time.process_time() - cpu, time.perf_counter() - wall


def measured_in(folder: Path) -> dict[str, tuple[float, float]]:
    """Measure in a new process with the package of a folder."""
    command = [sys.executable, __file__, "--measure"]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    run = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def compared(turns: list[dict[str, dict[str, tuple[float, float]]]]) -> dict[str, dict[str, float]]:
    """Return medians over the turns, for each task."""
    stable, own = BUILDS
    rows = {}
    for task in turns[0][stable]:
        pairs = [(turn[stable][task], turn[own][task]) for turn in turns]
        rows[task] = {
            **{
                f"{clock} ms, {build}": round(1000 * statistics.median(p[b][c] for p in pairs), 2)
                for c, clock in enumerate(("CPU", "wall"))
                for b, build in enumerate(BUILDS)
            },
            "ratio of CPU": round(statistics.median(a[0] / b[0] for a, b in pairs), 4),
            "ratio of wall": round(statistics.median(a[1] / b[1] for a, b in pairs), 4),
        }
    return rows


def main(repeats: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folders = {label: Path(name) / str(i) for i, label in enumerate(BUILDS)}
        modules = {label: build(BUILDS[label], folder) for label, folder in folders.items()}
        turns = []
        for turn in range(repeats):
            order = list(BUILDS) if turn % 2 == 0 else list(BUILDS)[::-1]
            turns.append({label: measured_in(folders[label]) for label in order})
    rows = compared(turns)
    for task, row in rows.items():
        print(
            f"{task:<38}{row['ratio of CPU']:>8.3f} of the CPU time, {row['ratio of wall']:.3f} of the wall time"
        )
    found = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "modules": modules,
        "turns": repeats,
        "runs in a turn": RUNS,
        "tasks": rows,
        "largest ratio of CPU": max(row["ratio of CPU"] for row in rows.values()),
    }
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--measure", action="store_true", help="measure the package on the path")
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure()))
    else:
        main(asked.repeats)
