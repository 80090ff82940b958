"""How fast are SMOTE, Tomek links and edited nearest neighbours on sparse text?

Poise, the search alone with scikit-learn's products, and imbalanced-learn run in turns, each in a process of its
own, on a generated table: columns of Zipf's frequencies, TF-IDF values, rows of norm 1, two classes (5 %). Least seconds
of all runs and their ratios are printed; the rows of Poise and imbalanced-learn are compared.

    python benchmarks/sparse_rows.py [ROWS [TURNS]]
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

N_COLUMNS, N_WORDS, N_TOPICS = 50_000, 60, 20
METHODS = ("SMOTE", "TomekLinks", "EditedNearestNeighbours")
LIBRARIES = ("poise", "scikit-learn", "imbalanced-learn")


def text(n_rows: int) -> tuple[sp.csr_matrix, Any]:
    """Return rows of 60 words, a third of them of the topic of the row; the rare class has three topics."""
    rng = np.random.RandomState(0)
    frequency = np.cumsum(1 / np.arange(1, N_COLUMNS + 1))
    frequency /= frequency[-1]
    own_words = [rng.permutation(N_COLUMNS) for _ in range(N_TOPICS)]
    y = (rng.random_sample(n_rows) < 0.05).astype(int)
    columns, counts = [], []
    for topic in np.where(y == 1, rng.randint(0, 3, n_rows), rng.randint(1, N_TOPICS, n_rows)):
        words = np.searchsorted(frequency, rng.random_sample(4 * N_WORDS))
        words = np.where(rng.random_sample(len(words)) < 0.3, own_words[topic][words], words)
        found, n = np.unique(words, return_counts=True)
        chosen = np.sort(rng.permutation(len(found))[:N_WORDS])
        columns.append(found[chosen])
        counts.append(n[chosen])
    lengths = np.cumsum([0, *map(len, columns)])
    shape = n_rows, N_COLUMNS
    X = sp.csr_matrix(
        (np.concatenate(counts).astype(float), np.concatenate(columns), lengths), shape
    )
    X.data *= (
        np.log((1 + n_rows) / (1 + np.bincount(X.indices, minlength=N_COLUMNS)))[X.indices] + 1
    )
    X.data /= np.repeat(np.sqrt(X.multiply(X).sum(axis=1).A1), np.diff(X.indptr))
    return X, y


def work_of(library: str, method: str, X: Any, y: Any) -> Callable[[], Any]:
    """Return what is timed: a method, or its search among the same rows."""
    if library == "scikit-learn":
        from sklearn.neighbors import NearestNeighbors

        rare, many = X[y == 1], X[y == 0]
        rows, points, k = {"SMOTE": (rare, rare, 6), "TomekLinks": (X, rare, 3)}.get(
            method, (X, many, 5)
        )
        return lambda: NearestNeighbors(algorithm="brute").fit(rows).kneighbors(points, k)
    if library == "poise":
        import poise as package

        sampler = getattr(package, method)()
    else:
        from imblearn import over_sampling, under_sampling

        sampler = getattr(over_sampling if method == "SMOTE" else under_sampling, method)()
    if method == "SMOTE":
        sampler.set_params(random_state=np.random.RandomState(0))
    return lambda: sampler.fit_resample(X, y)


def run(library: str, method: str, n_rows: int) -> None:
    """Print the seconds of a run, and a sum over the rows that it returns."""
    X, y = text(n_rows)
    work_of(library, method, X[:500], y[:500])()  # imports, first calls
    work, start = work_of(library, method, X, y), time.perf_counter()
    found = work()
    seconds = time.perf_counter() - start
    # In any order: imbalanced-learn returns kept rows class by class.
    total = (
        0.0 if library == "scikit-learn" else float(((found[0] @ np.arange(N_COLUMNS)) ** 2).sum())
    )
    print(json.dumps({"seconds": seconds, "rows": found[0].shape[0], "sum": total}))


def main(n_rows: int, turns: int) -> None:
    print(f"{n_rows:,} x {N_COLUMNS:,}, {N_WORDS} entries a row; least seconds of {turns}")
    for method in METHODS:
        runs: dict[str, list[dict[str, float]]] = {library: [] for library in LIBRARIES}
        for _ in range(turns):
            for library in LIBRARIES:
                command = [sys.executable, __file__, "--run", library, method, str(n_rows)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                runs[library].append(json.loads(done.stdout))
        own, peer = runs["poise"][0], runs["imbalanced-learn"][0]
        is_same = own["rows"] == peer["rows"] and np.isclose(own["sum"], peer["sum"], rtol=1e-7)
        least = {library: min(run["seconds"] for run in runs[library]) for library in LIBRARIES}
        parts = [f"{library} {s:.3f} ({s / least['poise']:.1f}x)" for library, s in least.items()]
        print(f"{method:<25}{', '.join(parts)}; {'same' if is_same else 'DIFFERENT'} rows")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main(*(int(given) for given in sys.argv[1:]), *(20_000, 3)[len(sys.argv) - 1 :])
