"""Run one task of one package in this process: measure its time and save its result.

    python benchmarks/worker.py '{"work": "knn", ...}' RESULT.npy

Prints {"seconds": [...]}: after a run that is not measured, five runs, or more until they take 0.2 seconds
together, or fewer if they exceed 10 seconds (at least one); on Linux also by how many MB the peak of memory
rises while it runs, and for a classifier the size of its pickle. For "matrix product" it prints the rate.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import data
import numpy as np
import scipy.sparse as sp

ENOUGH_RUNS, MOST_RUNS = 5, 100
MEASURABLE_SECONDS, ENOUGH_SECONDS = 0.2, 10.0
KEPT = 4  # the least counts that the byte loop keeps


def knn_of(peer: str, task: dict[str, Any]) -> Callable[[], np.ndarray]:
    """Return a function that builds an index and finds the k nearest other rows of each row."""
    X, k = table_of(task)[0], task["k"]
    if peer == "poise":
        from poise.core.neighbors.index import Index
        from poise.core.threads import thread_limit

        everyone = np.arange(X.shape[0])

        def ours() -> np.ndarray:
            with thread_limit(task.get("n_jobs")):
                return Index(X).nearest_others(everyone, k).rows

        return ours
    if peer == "scikit-learn-intelex":
        from sklearnex.neighbors import NearestNeighbors

        fast = NearestNeighbors(n_neighbors=k)
        return lambda: fast.fit(X).kneighbors(return_distance=False)
    if peer.startswith("scikit-learn"):
        from sklearn.neighbors import NearestNeighbors

        search = NearestNeighbors(n_neighbors=k, algorithm=peer.partition(" ")[2])
        return lambda: search.fit(X).kneighbors(return_distance=False)
    if peer == "scipy cKDTree":
        from scipy.spatial import cKDTree

        return lambda: cKDTree(X).query(X, k + 1, workers=task["threads"])[1][:, 1:]
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


def byte_loop_of(task: dict[str, Any]) -> Callable[[], np.ndarray]:
    """Return a function that counts in how many categories all pairs of rows differ."""
    import byte_loop

    loop = byte_loop.compiled()
    codes = data.category_codes(table_of(task)[0])
    return lambda: byte_loop.least_differences(loop, codes, task["threads"])


def categories_of(task: dict[str, Any]) -> Callable[[], np.ndarray]:
    """Return a function that counts the same with Poise, for the nearest rows alone."""
    from poise.core.neighbors.index import Index

    codes = data.category_codes(table_of(task)[0]).astype(float)
    everyone = np.arange(len(codes))

    def nearest() -> np.ndarray:
        return (
            Index(codes, codes.shape[1]).nearest_others(everyone, KEPT).distances.astype(np.uint8)
        )

    return nearest


def product_rate(task: dict[str, Any]) -> float:
    """Return the multiply-adds per second of the float32 product of the table and its transpose.

    A block of rows at a time, whose products take at most 64 MB, for up to a second.
    """
    X = table_of(task)[0].astype(np.float32)
    n_rows = len(X)
    size = max(1, min(n_rows, 16_000_000 // n_rows))
    columns, out = np.ascontiguousarray(X.T), np.empty((size, n_rows), np.float32)
    np.matmul(X[:size], columns, out=out)
    done, seconds = 0, 0.0
    while seconds < 1.0 and done < 5 * n_rows:
        start = time.perf_counter()
        np.matmul(X[:size], columns, out=out)
        seconds += time.perf_counter() - start
        done += size
    return done * n_rows * X.shape[1] / seconds


def sampler_of(peer: str, task: dict[str, Any]) -> Any:
    """Return the sampler of that name, drawing the same rows in both libraries."""
    import importlib

    name = task["method"]
    for module in ("over_sampling", "under_sampling", "combine"):
        package = "poise" if peer == "poise" else "imblearn"
        found = getattr(importlib.import_module(f"{package}.{module}"), name, None)
        if found is not None:
            state = 0 if peer == "poise" else np.random.RandomState(0)
            draws = "random_state" in found().get_params()
            given = {"random_state": state} if draws else {}
            given |= {"n_jobs": task["n_jobs"]} if "n_jobs" in task else {}
            # Version 2 is the expensive one.
            return found(**given, version=2) if name == "NearMiss" else found(**given)
    raise LookupError(name)


def table_of(task: dict[str, Any]) -> tuple[Any, Any]:
    """Return the task's table and labels; a task without a minority has no labels."""
    kind, n_rows = task["data"], task["n"]
    if kind in data.LABELLED:
        return data.LABELLED[kind](n_rows)
    if kind not in data.KINDS:
        return data.stored_table(task["tables"], kind, n_rows)
    if "minority" not in task:
        return data.KINDS[kind](n_rows, task["d"]), None
    return data.labelled(kind, n_rows, task["d"], task["minority"])


def resampling_of(peer: str, task: dict[str, Any]) -> Callable[[], Any]:
    """Return a function that resamples the task's table."""
    X, y = table_of(task)
    return lambda: sampler_of(peer, task).fit_resample(X, y)


def parts_of(task: dict[str, Any]) -> Callable[[], Any]:
    """Return a function with only the unavoidable parts of a method: its fit and one search."""
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.svm import SVC

    from poise.core.neighbors.index import Index

    X, y = table_of(task)
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

    X, y = table_of(task)
    package = "poise" if peer == "poise" else "imblearn"
    kind = getattr(importlib.import_module(f"{package}.ensemble"), task["method"])
    jobs = {"n_jobs": task["threads"]} if "n_jobs" in kind().get_params() else {}
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
    X = X if sp.issparse(X) else np.asarray(X, dtype=float)
    return np.sort(X @ weights + 1000.0 * is_last)


def limit_threads(n_threads: int) -> None:
    """Use that many cores, also in packages that do not read OMP_NUM_THREADS."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:n_threads])


def peak_of_memory() -> float | None:
    """Return the peak of this process's memory in MB, since the last call, where Linux counts it."""
    status, refresh = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not os.access(refresh, os.W_OK):
        return None
    peak = next(x for x in status.read_text("utf-8").splitlines() if x.startswith("VmHWM"))
    refresh.write_text("5", "utf-8")
    return int(peak.split()[1]) / 1024


def run_of(task: dict[str, Any]) -> Callable[[], Any]:
    """Return the function that is measured."""
    if task["peer"] == "byte loop":
        return byte_loop_of(task)
    if task["work"] == "categories":
        return categories_of(task)
    if task["work"] == "knn":
        return knn_of(task["peer"], task)
    if task["peer"] == "fit and one search":
        return parts_of(task)
    make = ensemble_of if task["work"] == "ensemble" else resampling_of
    return make(task["peer"], task)


def measured(run: Callable[[], Any]) -> tuple[list[float], Any]:
    """Return the times of several runs, and the result of the last."""
    seconds: list[float] = []
    start = time.perf_counter()
    result = run()
    first = time.perf_counter() - start
    while (
        len(seconds) < ENOUGH_RUNS
        or (sum(seconds) < MEASURABLE_SECONDS and len(seconds) < MOST_RUNS)
    ) and sum(seconds) + first < ENOUGH_SECONDS:
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    return seconds or [first], result


def main(task: dict[str, Any], path: str) -> None:
    """Run a task and print its times."""
    limit_threads(task["threads"])
    if task["peer"] == "matrix product":
        print(json.dumps({"rate": product_rate(task)}))
        return
    run = run_of(task)
    peak_of_memory()  # from here on
    before = peak_of_memory()
    seconds, result = measured(run)
    after = peak_of_memory()
    np.save(path, comparable(result))
    found: dict[str, Any] = {"seconds": seconds}
    if before is not None and after is not None:
        found["peak_mb"] = after - before
    if hasattr(result, "predict"):
        found["bytes"] = len(pickle.dumps(result))
    print(json.dumps(found))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2])
