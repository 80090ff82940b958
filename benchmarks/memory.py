"""How much memory does `fit_resample` need in addition to its input and output?

The limit is 24 bytes per cell of the input. For SMOTE on numbers there is a second one: a quarter of input +
output from 20 columns; with fewer columns, 32 bytes more per new row. Each size runs in a separate process,
and its peak resident memory is measured. With the folder of tables, `census_kdd` is measured as a pandas
frame too.

    python benchmarks/memory.py
    python benchmarks/memory.py --tables folder
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

PROBE = """
import json, os, resource, sys
import numpy as np
import poise
name, table, n, d, share, dtype = json.loads(sys.argv[1])
if table:
    import pandas as pd
    whole = pd.read_parquet(table)
    X, y = whole.drop(columns="target"), whole["target"]
    del whole
    n, d = X.shape
else:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d), dtype=np.float32).astype(dtype)
    y = (rng.random(n) < share).astype(int)
sampler = getattr(poise, name)()
if "random_state" in sampler.get_params():
    sampler.set_params(random_state=0)
few = np.r_[np.flatnonzero(y == y[0])[:500], np.flatnonzero(y != y[0])[:100]]
sampler.fit_resample(*((X.iloc[few], y.iloc[few]) if table else (X[few], y[few])))  # what loading takes is not counted

def size(values):
    if isinstance(values, np.ndarray):
        return values.nbytes
    used = values.memory_usage(index=True)
    return int(used.sum() if hasattr(used, "sum") else used)

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

if os.path.exists("/proc/self/clear_refs"):  # on Linux, the peak of loading is forgotten
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
before = peak()
X_new, y_new = sampler.fit_resample(X, y)
grown = peak() - before
print(json.dumps([size(X) + size(y), size(X_new) + size(y_new), max(0, len(X_new) - n), grown, n * d]))
"""

METHODS = (
    "SMOTE",
    "TomekLinks",
    "EditedNearestNeighbours",
    "BorderlineSMOTE",
    "RandomOverSampler",
    "RandomUnderSampler",
)
NUMBERS = (
    (1_000_000, 5, 0.05, "f8"),
    (1_000_000, 5, 0.3, "f8"),
    (1_000_000, 20, 0.05, "f8"),
    (1_000_000, 20, 0.3, "f8"),
    (1_000_000, 20, 0.05, "f4"),
    (300_000, 50, 0.05, "f8"),
    (300_000, 100, 0.05, "f8"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", help="folder with census_kdd.parquet")
    parser.add_argument("--methods", nargs="+", default=METHODS)
    options = parser.parse_args()
    cases: list[tuple[str, str | None, int, int, float, str]] = [
        (method, None, *numbers) for method in options.methods for numbers in NUMBERS
    ]
    if options.tables:
        table = f"{options.tables}/census_kdd.parquet"
        cases += [(method, table, 0, 0, 0.0, "") for method in options.methods]
    print(f"{'table':<52}{'input':>8}{'output':>8}{'beside':>8}{'allowed':>9}{'B/cell':>8}   (MB)")
    for case in cases:
        done = subprocess.run(
            [sys.executable, "-c", PROBE, json.dumps(case)],
            capture_output=True,
            text=True,
            check=True,
        )
        given, made, new, grown, n_cells = json.loads(done.stdout)
        method, table, n_rows, n_columns, share, dtype = case
        allowed = 24 * n_cells
        if method == "SMOTE" and not table:
            allowed = min(allowed, 0.25 * (given + made) + (32 * new if n_columns < 20 else 0))
        name = "census_kdd" if table else f"{n_rows:,} x {n_columns} {dtype}, {share:.0%}"
        megabytes = [x / 1e6 for x in (given, made, grown - made, allowed)]
        numbers = "".join(f"{x:>8.0f}" for x in megabytes[:3]) + f"{megabytes[3]:>9.0f}"
        print(f"{method + ', ' + name:<52}{numbers}{(grown - made) / n_cells:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
