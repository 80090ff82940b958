"""Poise and similar packages on the same tasks: times, ratios, their spread, and whether results agree.

    python benchmarks/run.py [WORD ...]      only tasks whose name contains a word, or "growth"

Each package runs in a separate process (importing faiss changes OpenMP for scikit-learn), one after another
on
each task. Writes benchmarks/results/bench.json and bench.md.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
RESULTS = HERE / "results"
THREADS = "2"

SIZES = [
    (1_000, 2),
    (200_000, 2),
    (20_000, 10),
    (100_000, 10),
    (20_000, 20),
    (50_000, 20),
    (20_000, 50),
    (20_000, 100),
    (10_000, 500),
]
# Required ratios to scikit-learn and to the best exact peer, as stated in the documents.
LEAST = {
    (1_000, 2): (3, 1),
    (200_000, 2): (4, 1),
    (20_000, 10): (8, 3),
    (100_000, 10): (20, 3),
    (20_000, 20): (8, 3),
    (50_000, 20): (8, 3),
    (20_000, 50): (6, 3),
    (20_000, 100): (6, 3),
    (10_000, 500): (3, 2),
}
EXACT_PEERS = ("pykdtree", "scipy cKDTree", "faiss flat")
CLEANERS = {"TomekLinks": 20, "EditedNearestNeighbours": 20, "SMOTETomek": 8, "SMOTEENN": 8}
GROWERS = {"SMOTE": 5, "BorderlineSMOTE": 5}
EDITORS = {
    "RepeatedEditedNearestNeighbours": 15,
    "AllKNN": 15,
    "NeighbourhoodCleaningRule": 15,
    "OneSidedSelection": 15,
}
FITTED = ("SVMSMOTE", "KMeansSMOTE")
ENSEMBLES = (
    "BalancedBaggingClassifier",
    "BalancedRandomForestClassifier",
    "EasyEnsembleClassifier",
    "RUSBoostClassifier",
)
RANDOM = {"RandomOverSampler": 10, "RandomUnderSampler": 10}


def tasks() -> list[dict[str, Any]]:
    """Return all tasks: the work, the table, the peers, and the required ratios."""
    found: list[dict[str, Any]] = []
    for kind in ("clusters", "isotropic"):
        for n, d in SIZES:
            to_sklearn, to_best = LEAST[n, d]
            if kind == "isotropic":
                to_sklearn, to_best = (3 if d >= 20 else 0), 0
            peers = {"scikit-learn auto": to_sklearn}
            if kind == "clusters":
                # A peer that takes minutes is left out: faiss compares all pairs of 200,000 rows in two
                # columns,
                # and trees do not help in 100 columns.
                others = EXACT_PEERS if d <= 50 else EXACT_PEERS[2:]
                others = EXACT_PEERS[:2] if d == 2 and n > 10_000 else others
                peers |= dict.fromkeys(others, to_best)
            task = {"work": "knn", "data": kind, "n": n, "d": d, "k": 5}
            found.append(task | {"name": f"5 nearest, {kind}, {n:,} x {d}", "peers": peers})
    methods = [
        (name, "clusters", n, d, 0.05, least)
        for n, d in ((50_000, 20), (200_000, 10))
        for name, least in CLEANERS.items()
    ]
    methods += [
        (name, "clusters", 200_000, 20, share, least)
        for share in (0.05, 0.3)
        for name, least in GROWERS.items()
    ]
    methods += [(name, "mixed frame", 400_000, 6, 0.05, least) for name, least in RANDOM.items()]
    methods += [(name, "text labels", 2_000_000, 2, 0.05, least) for name, least in RANDOM.items()]
    every = {**RANDOM, **GROWERS, **CLEANERS}
    methods += [(name, "clusters", 1_000, 2, 0.1, 1) for name in every]
    methods += [(name, "clusters", 20_000, 20, 0.05, least) for name, least in EDITORS.items()]
    methods += [
        ("CondensedNearestNeighbour", "clusters", 3_000, 10, 0.1, 100),
        ("NearMiss", "clusters", 20_000, 10, 0.05, 20),
        ("ADASYN", "clusters", 200_000, 20, 0.05, 5),
        ("InstanceHardnessThreshold", "clusters", 20_000, 20, 0.05, 5),
    ]
    for method, kind, n, d, minority, least in methods:
        task = {"work": "method", "method": method, "data": kind, "n": n, "d": d}
        name = f"{method}, {kind}, {n:,} x {d}, {minority:.0%}"
        found.append(task | {"minority": minority, "name": name, "peers": {"imblearn": least}})
    # At most 1.2 times the time of the unavoidable parts, and not slower than the peer.
    others = [(m, 20_000, {"imblearn": 0, "fit and one search": 0.83}) for m in FITTED]
    others += [(m, 50_000, {"imblearn": 1}) for m in ENSEMBLES]
    for method, n, peers in others:
        work = "ensemble" if method in ENSEMBLES else "method"
        task = {"work": work, "method": method, "data": "clusters", "n": n, "d": 20}
        name = f"{method}, clusters, {n:,} x 20, 5%"
        found.append(task | {"minority": 0.05, "name": name, "peers": peers})
    return found


def run_peer(task: dict[str, Any], peer: str, folder: str) -> dict[str, Any]:
    """Run one peer on a task; an error is stored as its result."""
    path = os.path.join(folder, f"{peer}.npy")
    words = [sys.executable, str(HERE / "worker.py"), json.dumps(task | {"peer": peer}), path]
    environment = os.environ | {"OMP_NUM_THREADS": THREADS, "OPENBLAS_NUM_THREADS": THREADS}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1:]}
    return json.loads(done.stdout.splitlines()[-1]) | {"result": np.load(path)}


def agreement(mine: np.ndarray, other: np.ndarray) -> float | None:
    """Return the share of equal neighbours or rows, or None if they are not comparable."""
    if mine.ndim != other.ndim or not len(mine):
        return None
    if mine.shape != other.shape:
        return 0.0
    equal = mine == other if mine.dtype.kind in "iu" else np.isclose(mine, other, rtol=1e-6)
    return float(equal.mean())


def compare(task: dict[str, Any]) -> dict[str, Any]:
    """Run Poise and all peers on a task."""
    with tempfile.TemporaryDirectory() as folder:
        ours = run_peer(task, "poise", folder)
        if "error" in ours:
            raise RuntimeError(ours["error"])
        mine = statistics.median(ours["seconds"])
        row: dict[str, Any] = {"name": task["name"], "poise": mine, "peers": {}}
        row |= {"bytes": ours["bytes"]} if "bytes" in ours else {}
        for peer, least in task["peers"].items():
            theirs = run_peer(task, peer, folder)
            if "error" in theirs:
                row["peers"][peer] = {"error": theirs["error"]}
                continue
            seconds = theirs["seconds"]
            spread = [min(seconds) / max(ours["seconds"]), max(seconds) / min(ours["seconds"])]
            row["peers"][peer] = {
                "seconds": statistics.median(seconds),
                "ratio": statistics.median(seconds) / mine,
                "spread": spread,
                "least": least,
                "equal": agreement(ours["result"], theirs["result"]),
            }
            row["peers"][peer] |= {"bytes": theirs["bytes"]} if "bytes" in theirs else {}
    if task["work"] == "knn":
        row["multiply_adds_per_second"] = task["n"] ** 2 * task["d"] / mine
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


def growth() -> list[dict[str, Any]]:
    """Return the slope of log time on log n for several numbers of columns."""
    rows = []
    for kind in ("clusters", "isotropic"):
        for d in (2, 10, 20, 50):
            sizes = [5_000, 10_000, 20_000, 40_000]
            seconds = []
            for n in sizes:
                task = {"work": "knn", "data": kind, "n": n, "d": d, "k": 5, "peers": {}}
                with tempfile.TemporaryDirectory() as folder:
                    seconds.append(statistics.median(run_peer(task, "poise", folder)["seconds"]))
            slope = float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
            rows.append({"data": kind, "columns": d, "slope": slope, "seconds": seconds})
    return rows


def machine() -> dict[str, Any]:
    """Return the processor, the threads and the package versions."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        name = next(
            (x.partition(":")[2].strip() for x in lines if x.startswith("model name")), name
        )
    from importlib.metadata import version

    packages = ("poise", "numpy", "scipy", "scikit-learn", "imbalanced-learn", "pandas")
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "threads": int(THREADS),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in packages},
    }


def as_markdown(report: dict[str, Any]) -> str:
    """Return the report as a page."""
    peak = report["limits"]["multiply_adds_per_second"]
    lines = [
        "# Benchmarks",
        "",
        f"{report['machine']['processor']}, {report['machine']['threads']} threads, "
        f"{', '.join(f'{k} {v}' for k, v in report['machine']['versions'].items())}. "
        "Medians of up to five runs, each peer in its own process; the ratio is the peer's time over "
        "Poise's, with the least and greatest that the runs allow. Made by `make bench`. "
        "Some methods make other rows than the peer on purpose; docs/methods.md names them.",
        "",
        f"A float32 matrix product reaches {peak / 1e9:.0f} G multiply-adds per second here, a "
        f"copy {report['limits']['bytes_copied_per_second'] / 1e9:.0f} GB per second.",
        "",
        "| work | Poise | peer | its time | ratio | spread | required | results equal |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in report["rows"]:
        for peer, found in row["peers"].items():
            if "error" in found:
                lines.append(
                    f"| {row['name']} | {row['poise']:.4f} s | {peer} | {found['error']} | | | | |"
                )
                continue
            low, high = found["spread"]
            equal = "" if found["equal"] is None else f"{found['equal']:.2%}"
            if "bytes" in found:
                equal = f"pickle {row['bytes'] / 1e3:,.0f} kB, its {found['bytes'] / 1e3:,.0f} kB"
            asked = f"{found['least']}x" if found["least"] else ""
            lines.append(
                f"| {row['name']} | {row['poise']:.4f} s | {peer} | {found['seconds']:.4f} s | "
                f"**{found['ratio']:.1f}x** | {low:.1f}-{high:.1f} | {asked} | {equal} |"
            )
    lines += [
        "",
        "## Against the machine's limit",
        "",
        "All pairs times columns per second, relative to the multiply-adds of a matrix product: above 100 % "
        "if the tree skips rows.",
        "",
        "| work | multiply-adds per second | share |",
        "|---|---|---|",
    ]
    for row in report["rows"]:
        if "multiply_adds_per_second" in row:
            rate = row["multiply_adds_per_second"]
            lines.append(f"| {row['name']} | {rate / 1e9:.0f} G | {rate / peak:.0%} |")
    lines += [
        "",
        "## Growth with the number of rows",
        "",
        "Slope of log time on log n from 5,000 to 40,000 rows: 1 is linear, 2 is all pairs.",
        "",
        "| data | columns | slope |",
        "|---|---|---|",
    ]
    lines += [f"| {g['data']} | {g['columns']} | {g['slope']:.2f} |" for g in report["growth"]]
    return "\n".join(lines) + "\n"


def main(words: list[str]) -> None:
    """Run the tasks and write the report; stored results of other tasks are kept."""
    RESULTS.mkdir(exist_ok=True)
    stored = RESULTS / "bench.json"
    report = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {"rows": []}
    order = [task["name"] for task in tasks()]
    report |= {"machine": machine(), "limits": limits()}
    for task in tasks():
        if words and not any(word in task["name"] for word in words):
            continue
        row = compare(task)
        message = ", ".join(
            f"{peer} {found.get('ratio', 0):.2f}x ({found.get('equal') or 0:.2%})"
            if "ratio" in found
            else f"{peer} {found['error']}"
            for peer, found in row["peers"].items()
        )
        print(f"{task['name']:<55} {row['poise']:.4f} s; {message}", flush=True)
        rows = [row, *(old for old in report["rows"] if old["name"] != row["name"])]
        report["rows"] = sorted(rows, key=lambda row: order.index(row["name"]))
        stored.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if not words or "growth" in words or "growth" not in report:
        report["growth"] = growth()
        stored.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    stored.with_suffix(".md").write_text(as_markdown(report), encoding="utf-8")
    print(f"Written: {stored} and bench.md")


if __name__ == "__main__":
    main(sys.argv[1:])
