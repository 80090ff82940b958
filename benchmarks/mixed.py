"""SMOTE-NC on a mixed table: time, memory and equal rows, compared with imbalanced-learn.

    python benchmarks/mixed.py FILE.parquet TARGET [ROWS]

Each library runs three times in separate processes, on the same frame: text columns are categorical, and a
missing value is a separate category, as imbalanced-learn requires. Poise also runs once on the unchanged
table.
It prints medians, the ratio, peak memory, and the share of new rows with equal numbers.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd


def read(path: str, target: str, n_rows: int | None) -> tuple[pd.DataFrame, pd.Series, list[str]]:
    """Return a stratified part of a table, its labels, and its text columns."""
    frame = pd.read_parquet(path)
    if n_rows is not None and n_rows < len(frame):
        share = n_rows / len(frame)
        frame = (
            frame.groupby(target, group_keys=False).sample(frac=share, random_state=0).sort_index()
        )
    y = frame.pop(target)
    return frame, y, [name for name in frame if frame[name].dtype.kind not in "iufb"]


def run(library: str, path: str, target: str, n_rows: int | None, out: str) -> None:
    """Balance the table once in this process, and print time and memory."""
    X, y, text = read(path, target, n_rows)
    if library == "imbalanced-learn":
        from imblearn.over_sampling import SMOTENC

        X[text] = X[text].fillna("?").astype(object)
        sampler = SMOTENC(text, random_state=np.random.RandomState(0))
    else:
        from poise.over_sampling import SMOTENC

        if library == "poise":
            X[text] = X[text].fillna("?").astype(object)
        sampler = SMOTENC(random_state=0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    X_new, _ = sampler.fit_resample(X, y)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    numbers = X_new.drop(columns=text).to_numpy()[len(X) :]
    np.save(out, numbers)
    print(json.dumps({"seconds": seconds, "before": before / 1024, "peak": peak / 1024}))


def main() -> None:
    """Run both libraries and print the comparison."""
    path, target = sys.argv[1:3]
    n_rows = int(sys.argv[3]) if len(sys.argv) > 3 else None
    results, rows = {}, {}
    for library in ("poise", "poise, table as it is", "imbalanced-learn"):
        runs = []
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                out = str(Path(folder) / "rows.npy")
                words = [
                    sys.executable,
                    __file__,
                    "--run",
                    library,
                    path,
                    target,
                    str(n_rows or 0),
                    out,
                ]
                done = subprocess.run(words, capture_output=True, text=True, check=False)
                if done.returncode:
                    print(f"{library}: failed: {done.stderr.strip().splitlines()[-1:]}")
                    break
                runs.append(json.loads(done.stdout.splitlines()[-1]))
                rows[library] = np.load(out)
        if runs:
            results[library] = runs
            seconds = statistics.median(run["seconds"] for run in runs)
            peak = max(run["peak"] for run in runs)
            print(
                f"{library:24} {seconds:8.2f} s   peak {peak:6.0f} MB (before {runs[0]['before']:.0f})"
            )
    if "imbalanced-learn" in rows:
        mine, other = rows["poise"], rows["imbalanced-learn"]
        ours, theirs = (
            statistics.median(run["seconds"] for run in results[name])
            for name in ("poise", "imbalanced-learn")
        )
        # imbalanced-learn truncates whole numbers, Poise rounds them.
        equal = np.mean(np.abs(mine - other).max(axis=1) <= 1)
        print(f"ratio {theirs / ours:.1f}x; numbers of new rows equal up to rounding: {equal:.2%}")


if __name__ == "__main__":
    if sys.argv[1] == "--run":
        library, path, target, n_rows, out = sys.argv[2:]
        run(library, path, target, int(n_rows) or None, out)
    else:
        main()
