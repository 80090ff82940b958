"""Run one task of one package in this process: measure its time and save its result.

    python benchmarks/worker.py '{"work": "knn", ...}' RESULT.npy

Prints {"seconds": [...]}: after a run that is not measured, five runs, or fewer if they exceed 10 seconds
(at
least one); for a classifier also the size of its pickle.
"""

from __future__ import annotations

import json
import pickle
import sys
import time
from collections.abc import Callable
from typing import Any

import data
import numpy as np

ENOUGH_RUNS, ENOUGH_SECONDS = 5, 10.0


def knn_of(peer: str, X: np.ndarray, k: int) -> Callable[[], np.ndarray]:
    """Return a function that builds an index and finds the k nearest other rows of each row."""
    if peer == "poise":
        from poise.core.neighbors.index import Index

        everyone = np.arange(len(X))
        return lambda: Index(X).nearest_others(everyone, k).rows
    if peer.startswith("scikit-learn"):
        from sklearn.neighbors import NearestNeighbors

        search = NearestNeighbors(n_neighbors=k, algorithm=peer.partition(" ")[2])
        return lambda: search.fit(X).kneighbors(return_distance=False)
    if peer == "scipy cKDTree":
        from scipy.spatial import cKDTree

        return lambda: cKDTree(X).query(X, k + 1, workers=-1)[1][:, 1:]
    if peer == "pykdtree":
        from pykdtree.kdtree import KDTree

        return lambda: KDTree(X).query(X, k + 1)[1][:, 1:]
    import faiss

    single = X.astype(np.float32)

    def flat() -> np.ndarray:
        index = faiss.IndexFlatL2(X.shape[1])
        index.add(single)
        return index.search(single, k + 1)[1][:, 1:]

    return flat


def sampler_of(peer: str, name: str) -> Any:
    """Return the sampler of that name, drawing the same rows in both libraries."""
    import importlib

    for module in ("over_sampling", "under_sampling", "combine"):
        package = "poise" if peer == "poise" else "imblearn"
        found = getattr(importlib.import_module(f"{package}.{module}"), name, None)
        if found is not None:
            state = 0 if peer == "poise" else np.random.RandomState(0)
            draws = "random_state" in found().get_params()
            given = {"random_state": state} if draws else {}
            # Version 2 is the expensive one.
            return found(**given, version=2) if name == "NearMiss" else found(**given)
    raise LookupError(name)


def resampling_of(peer: str, task: dict[str, Any]) -> Callable[[], Any]:
    """Return a function that resamples the task's table."""
    n_rows = task["n"]
    if task["data"] == "mixed frame":
        X, y = data.mixed_frame(n_rows)
    elif task["data"] == "text labels":
        X, y = data.text_labels(n_rows)
    else:
        X, y = data.labelled(task["data"], n_rows, task["d"], task["minority"])
    return lambda: sampler_of(peer, task["method"]).fit_resample(X, y)


def parts_of(task: dict[str, Any]) -> Callable[[], Any]:
    """Return a function with only the unavoidable parts of a method: its fit and one search."""
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.svm import SVC

    from poise.core.neighbors.index import Index

    X, y = data.labelled(task["data"], task["n"], task["d"], task["minority"])
    rare = np.flatnonzero(y == 1)

    def svm() -> np.ndarray:
        support = SVC(gamma="scale").fit(X, y).support_
        return Index(X).nearest_others(np.intersect1d(support, rare), 10).rows

    def k_means() -> np.ndarray:
        MiniBatchKMeans(random_state=0).fit_predict(X)
        return Index(X[rare]).nearest_others(np.arange(len(rare)), 2).rows

    return {"SVMSMOTE": svm, "KMeansSMOTE": k_means}[task["method"]]


def ensemble_of(peer: str, task: dict[str, Any]) -> Callable[[], Any]:
    """Return a function that fits an ensemble."""
    import importlib

    X, y = data.labelled(task["data"], task["n"], task["d"], task["minority"])
    package = "poise" if peer == "poise" else "imblearn"
    kind = getattr(importlib.import_module(f"{package}.ensemble"), task["method"])
    jobs = {"n_jobs": 2} if "n_jobs" in kind().get_params() else {}
    return lambda: kind(random_state=0, **jobs).fit(X, y)


def comparable(result: Any) -> np.ndarray:
    """Return the values that must be equal between packages: neighbours, or sorted sums of rows."""
    if isinstance(result, np.ndarray):
        return result
    if hasattr(result, "predict"):
        return np.zeros(0)  # random draws differ, so the members differ
    X, y = result
    if hasattr(X, "select_dtypes"):
        X = X.select_dtypes("number").fillna(-1.0).to_numpy()
    weights = np.cos(np.arange(X.shape[1]))
    is_last = np.asarray(y) == max(set(np.asarray(y).tolist()))
    return np.sort(np.asarray(X, dtype=float) @ weights + 1000.0 * is_last)


def main(task: dict[str, Any], path: str) -> None:
    """Run a task and print its times."""
    if task["work"] == "knn":
        run = knn_of(task["peer"], data.KINDS[task["data"]](task["n"], task["d"]), task["k"])
    elif task["peer"] == "fit and one search":
        run = parts_of(task)
    elif task["work"] == "ensemble":
        run = ensemble_of(task["peer"], task)
    else:
        run = resampling_of(task["peer"], task)
    seconds: list[float] = []
    start = time.perf_counter()
    result = run()
    first = time.perf_counter() - start
    while len(seconds) < ENOUGH_RUNS and sum(seconds) + first < ENOUGH_SECONDS:
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    np.save(path, comparable(result))
    size = {"bytes": len(pickle.dumps(result))} if hasattr(result, "predict") else {}
    print(json.dumps({"seconds": seconds or [first]} | size))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2])
