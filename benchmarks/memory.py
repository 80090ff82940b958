"""How much memory does SMOTE need in addition to its input and output?

The limit is a quarter of input + output from 20 columns; with fewer columns, 32 bytes more per new row.
Each
size runs in a separate process, and its peak resident memory is measured.

    python benchmarks/memory.py
"""

from __future__ import annotations

import json
import subprocess
import sys

PROBE = """
import json, resource, sys
import numpy as np
from poise import SMOTE
n, d, share, dtype = json.loads(sys.argv[1])
rng = np.random.default_rng(0)
X = rng.standard_normal((n, d), dtype=np.float32).astype(dtype)
y = (rng.random(n) < share).astype(int)
SMOTE(random_state=0).fit_resample(X[:1000], y[:1000])  # what loading takes is not counted
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
X_new, y_new = SMOTE(random_state=0).fit_resample(X, y)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([X.nbytes + y.nbytes, X_new.nbytes + y_new.nbytes, len(X_new) - n, peak - before]))
"""


def main() -> None:
    print(f"{'table':<28}{'input':>8}{'output':>8}{'beside':>8}{'allowed':>9}   (MB)")
    for case in (
        (1_000_000, 5, 0.05, "f8"),
        (1_000_000, 5, 0.3, "f8"),
        (1_000_000, 20, 0.05, "f8"),
        (1_000_000, 20, 0.3, "f8"),
        (1_000_000, 20, 0.05, "f4"),
        (300_000, 100, 0.05, "f8"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", PROBE, json.dumps(case)],
            capture_output=True,
            text=True,
            check=True,
        )
        given, made, new, grown = json.loads(done.stdout)
        allowed = 0.25 * (given + made) + (32 * new if case[1] < 20 else 0)
        name = f"{case[0]:,} x {case[1]} {case[3]}, {case[2]:.0%}"
        megabytes = [x / 1e6 for x in (given, made, grown - made, allowed)]
        print(f"{name:<28}" + "".join(f"{x:>8.0f}" for x in megabytes))


if __name__ == "__main__":
    main()
