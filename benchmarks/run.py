"""Poise and similar packages on the same tasks: times, ratios, their spread, and whether results agree.

    python benchmarks/run.py [--tables FOLDER] [--turns N] [--try] [--pages] [WORD ...]

Runs the tasks whose name contains one of the words, or all; those that measure growth and threads are named
"growth, ..." and "threads, ...". Each package runs in a separate process (importing faiss changes OpenMP for
scikit-learn), one after another on each task, and in turns if there are several.

--tables   a folder of real tables as Parquet files, with the label in the column "target"; without it, tasks
           on real tables are left out, and their stored results stay
--turns    how often Poise and its peers run in turns (3 on mixed tables and for threads, else 1)
--try      a tenth of the rows, one turn: shows that tasks run, and stores nothing
--pages    only write the pages anew from the stored results

Writes benchmarks/results/bench.json and bench.md, and the README's item on speed.
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
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import Any

import bench_page
import numpy as np
from bench_tasks import THREADS, growth_tasks, tasks, thread_tasks

HERE = Path(__file__).parent
RESULTS = HERE / "results"
README = HERE.parent / "README.md"
LEAST_TRIED = 1_000


def run_peer(task: dict[str, Any], peer: str, folder: str) -> dict[str, Any]:
    """Run one peer on a task; an error is stored as its result."""
    path = Path(folder) / f"{peer}.npy"
    words = [sys.executable, str(HERE / "worker.py"), json.dumps(task | {"peer": peer}), str(path)]
    n_threads = str(task["threads"])
    environment = os.environ | {"OMP_NUM_THREADS": n_threads, "OPENBLAS_NUM_THREADS": n_threads}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1:]}
    found = json.loads(done.stdout.splitlines()[-1])
    return found | {"result": np.load(path)} if "seconds" in found else found


def run_poise(task: dict[str, Any]) -> dict[str, Any]:
    """Run Poise alone on a task."""
    with tempfile.TemporaryDirectory() as folder:
        found = run_peer(task, "poise", folder)
    if "error" in found:
        raise RuntimeError(f"{task['name']}: {found['error']}")
    return found


def agreement(mine: np.ndarray, other: np.ndarray) -> float | None:
    """Return the share of equal neighbours or rows, or None if they are not comparable."""
    if mine.ndim != other.ndim or not len(mine):
        return None
    if mine.shape != other.shape:
        return 0.0
    equal = mine == other if mine.dtype.kind in "iu" else np.isclose(mine, other, rtol=1e-6)
    return float(equal.mean())


def spread_of(theirs: list[float], mine: list[float]) -> list[float]:
    """Return the least and greatest ratio that the runs allow."""
    return [min(theirs) / max(mine), max(theirs) / min(mine)]


def in_turns(task: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Run Poise and all peers, one after another, as often as the task says; times are joined."""
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(task["turns"]):
            for peer in ("poise", *task["peers"]):
                if "error" in found.get(peer, {}):
                    continue
                one = run_peer(task, peer, folder)
                if peer == "poise" and "error" in one:
                    raise RuntimeError(f"{task['name']}: {one['error']}")
                if "seconds" in one and peer in found:
                    one["seconds"] = found[peer]["seconds"] + one["seconds"]
                found[peer] = one
    return found


def compare(task: dict[str, Any]) -> dict[str, Any]:
    """Run Poise and all peers on a task."""
    found = in_turns(task)
    ours = found.pop("poise")
    mine = statistics.median(ours["seconds"])
    row: dict[str, Any] = {"name": task["name"], "poise": mine, "peers": {}}
    row |= {name: ours[name] for name in ("bytes", "peak_mb") if name in ours}
    for peer, theirs in found.items():
        if "error" in theirs:
            row["peers"][peer] = {"error": theirs["error"]}
            continue
        seconds = statistics.median(theirs["seconds"])
        row["peers"][peer] = {
            "seconds": seconds,
            "ratio": seconds / mine,
            "spread": spread_of(theirs["seconds"], ours["seconds"]),
            "most" if peer == "byte loop" else "least": task["peers"][peer],
            "equal": agreement(ours["result"], theirs["result"]),
        }
        row["peers"][peer] |= {
            name: theirs[name] for name in ("bytes", "peak_mb") if name in theirs
        }
    if task["work"] == "knn" and task["data"] != "sparse text":
        row["half_pairs_per_second"] = task["n"] ** 2 * task["d"] / 2 / mine
        with tempfile.TemporaryDirectory() as folder:
            row["product_per_second"] = run_peer(task, "matrix product", folder)["rate"]
    return row


def limits() -> dict[str, float]:
    """Return the limits of this machine: multiply-adds of a matrix product, bytes of a copy."""
    a = np.random.default_rng(0).standard_normal((3000, 3000)).astype(np.float32)
    block = np.ones(50_000_000)
    other = np.empty_like(block)
    products, copies = [], []
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        products.append(time.perf_counter() - start)
        start = time.perf_counter()
        np.copyto(other, block)
        copies.append(time.perf_counter() - start)
    return {
        "multiply_adds_per_second": 3000**3 / min(products),
        "bytes_copied_per_second": 2 * block.nbytes / min(copies),
    }


def growth(task: dict[str, Any]) -> dict[str, Any]:
    """Return the slope of log time on log n."""
    sizes = task["sizes"]
    seconds = [statistics.median(run_poise(task | {"n": n})["seconds"]) for n in sizes]
    slope = float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
    return {"name": task["name"], "sizes": sizes, "slope": slope, "seconds": seconds}


def threads(task: dict[str, Any]) -> dict[str, Any]:
    """Return the times for each number of threads, in turns, and the gain over the one before."""
    runs: dict[int, list[float]] = {n: [] for n in task["jobs"]}
    for _ in range(task["turns"]):
        for n in runs:
            runs[n] += run_poise(task | {"n_jobs": n})["seconds"]
    seconds = [statistics.median(run) for run in runs.values()]
    return {
        "name": task["name"],
        "jobs": task["jobs"],
        "seconds": seconds,
        "gains": [before / now for before, now in pairwise(seconds)],
        "spreads": [spread_of(before, now) for before, now in pairwise(runs.values())],
    }


def is_installed(package: str) -> bool:
    """Return whether a package is there: scikit-learn-intelex is not on every processor."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def machine() -> dict[str, Any]:
    """Return the processor, the threads and the package versions."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        name = next(
            (x.partition(":")[2].strip() for x in lines if x.startswith("model name")), name
        )
    packages = ["poise", "numpy", "scipy", "scikit-learn", "imbalanced-learn", "pandas"]
    packages += ["faiss-cpu", "pykdtree", "scikit-learn-intelex"]
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "threads": THREADS,
        "python": platform.python_version(),
        "versions": {package: version(package) for package in packages if is_installed(package)},
    }


def message(row: dict[str, Any]) -> str:
    """Return the results of a task in a line."""
    if "slope" in row:
        times = ", ".join(
            f"{n:,}: {s:.4f} s" for n, s in zip(row["sizes"], row["seconds"], strict=True)
        )
        return f"slope {row['slope']:.2f} ({times})"
    if "gains" in row:
        times = ", ".join(
            f"{n}: {s:.4f} s" for n, s in zip(row["jobs"], row["seconds"], strict=True)
        )
        return f"gains {', '.join(f'{gain:.2f}x' for gain in row['gains'])} ({times})"
    parts = [
        f"{peer} {found['ratio']:.2f}x [{found['spread'][0]:.2f}-{found['spread'][1]:.2f}] "
        f"({'not compared' if found['equal'] is None else format(found['equal'], '.2%')})"
        if "ratio" in found
        else f"{peer} {found['error']}"
        for peer, found in row["peers"].items()
    ]
    if "product_per_second" in row:
        share = row["half_pairs_per_second"] / row["product_per_second"]
        parts.append(f"{share:.0%} of the matrix product")
    return f"{row['poise']:.4f} s; {', '.join(parts)}"


def tried(task: dict[str, Any]) -> dict[str, Any]:
    """Return the task with a tenth of the rows and one turn."""
    fewer = {"turns": 1}
    fewer |= {"n": max(LEAST_TRIED, task["n"] // 10)} if "n" in task else {}
    sizes = {max(LEAST_TRIED, size // 10) for size in task.get("sizes", ())}
    return task | fewer | ({"sizes": sorted(sizes)} if sizes else {})


def stored_report() -> dict[str, Any]:
    """Return the stored results, or none."""
    stored = RESULTS / "bench.json"
    report = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}
    return {"rows": [], "growth": [], "threads": [], **report}


def write_pages(report: dict[str, Any]) -> None:
    """Write the page of results, and the README's item on speed."""
    (RESULTS / "bench.md").write_text(bench_page.as_markdown(report), encoding="utf-8")
    readme = bench_page.with_readme_item(README.read_text(encoding="utf-8"), report)
    README.write_text(readme, encoding="utf-8")


def main(words: list[str], folder: str | None, turns: int | None, *, stores: bool) -> None:
    """Run the tasks and write the report; stored results of other tasks are kept."""
    works: dict[str, tuple[list[dict[str, Any]], Callable[[dict[str, Any]], dict[str, Any]]]] = {
        "rows": (tasks(folder), compare),
        "growth": (growth_tasks(folder), growth),
        "threads": (thread_tasks(folder), threads),
    }
    report = stored_report()
    if stores:
        RESULTS.mkdir(exist_ok=True)
        report |= {"machine": machine(), "limits": limits()}
    for part, (every, run) in works.items():
        order = [task["name"] for task in every]
        for task in every:
            if words and not any(word in task["name"] for word in words):
                continue
            if task.get("tables", "") is None:
                continue
            row = run(task | ({"turns": turns} if turns else {}) if stores else tried(task))
            print(f"{task['name']:<55} {message(row)}", flush=True)
            if not stores:
                continue
            rows = [row, *(old for old in report[part] if old["name"] != row["name"])]
            known = [row for row in rows if row["name"] in order]
            report[part] = sorted(known, key=lambda row: order.index(row["name"]))
            text = json.dumps(report, indent=1) + "\n"
            (RESULTS / "bench.json").write_text(text, encoding="utf-8")
    if stores:
        write_pages(report)
        print(f"Written: {RESULTS / 'bench.json'}, bench.md and the README's item on speed")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--tables", default=os.environ.get("TABLES") or None)
    parser.add_argument("--turns", type=int)
    parser.add_argument("--try", dest="tries", action="store_true")
    parser.add_argument("--pages", action="store_true")
    given = parser.parse_args()
    if given.pages:
        write_pages(stored_report())
    else:
        main(given.words, given.tables, given.turns, stores=not given.tries)
