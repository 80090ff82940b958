"""The tasks of run.py: works, tables, peers, and the ratios that the documents require."""

from __future__ import annotations

import os
from typing import Any

THREADS = 2

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
EXACT_PEERS = ("pykdtree", "scipy cKDTree", "faiss flat", "scikit-learn-intelex")
# Isotropic tables beside those in SIZES: every number of columns is there, and two have one thread.
ISOTROPIC = [
    (20_000, 2, THREADS),
    (20_000, 5, THREADS),
    (10_000, 200, THREADS),
    (8_000, 100, 1),
    (4_000, 500, 1),
]
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
OVERLAPPING = {"EditedNearestNeighbours": 15, "SMOTEENN": 20, "BorderlineSMOTE": 8}
ON_TEXT = {"SMOTE": 5, "TomekLinks": 5, "EditedNearestNeighbours": 5}
# The time on census_kdd relative to that of the byte loop, at most.
ON_MIXED = {
    "EditedNearestNeighbours": 1.05,
    "TomekLinks": 0.3,
    "BorderlineSMOTE": 0.18,
    "SMOTEENN": 4,
    "SMOTETomek": 2,
}
GENERATED = "generated mixed table"
# Real tables and their sizes: they are read where the folder of tables is given.
TABLES = {
    "bank_full": (45_211, 16),
    "adult": (48_842, 14),
    "census_kdd": (299_285, 40),
    "flights_cancelled": (336_776, 13),
}
TURNS = 3
GROWING = {
    GENERATED: ("EditedNearestNeighbours", "TomekLinks", "BorderlineSMOTE"),
    "census_kdd": ("EditedNearestNeighbours",),
}


def knn_task(kind: str, n: int, d: int, peers: dict[str, float], threads: int) -> dict[str, Any]:
    """Return a search for the five nearest other rows of each row."""
    name = f"5 nearest, {kind}, {n:,} x {d}" + (", one thread" if threads == 1 else "")
    task = {"work": "knn", "data": kind, "n": n, "d": d, "k": 5, "threads": threads}
    return task | {"name": name, "peers": peers}


def searches() -> list[dict[str, Any]]:
    """Return the searches in tables of numbers, and in texts."""
    found = []
    for n, d in SIZES:
        to_sklearn, to_best = LEAST[n, d]
        # A peer that takes minutes is left out: faiss compares all pairs of 200,000 rows in two
        # columns, and trees do not help in 100 columns.
        others = EXACT_PEERS if d <= 50 else EXACT_PEERS[2:]
        others = EXACT_PEERS[:2] if d == 2 and n > 10_000 else others
        peers = {"scikit-learn auto": to_sklearn, **dict.fromkeys(others, to_best)}
        found.append(knn_task("clusters", n, d, peers, THREADS))
    sizes = [(*size, THREADS) for size in SIZES] + ISOTROPIC
    for n, d, threads in sorted(sizes, key=lambda size: (size[1], size[0])):
        least = 1.3 if d in (100, 500) else 1
        peers = {"scikit-learn auto": 3 if d >= 20 and threads > 1 else least}
        if n * n * d <= 5e10:  # the others take minutes
            peers |= {"faiss flat": least, "scikit-learn-intelex": least}
        if d == 2:
            peers |= {"pykdtree": 1}
        found.append(knn_task("isotropic", n, d, peers, threads))
    text = {"work": "knn", "data": "sparse text", "n": 20_000, "d": 50_000, "k": 5}
    name = "5 nearest, sparse text, 20,000 x 50,000"
    return [*found, text | {"name": name, "peers": {"scikit-learn auto": 5}}]


def methods() -> list[dict[str, Any]]:
    """Return the methods that imbalanced-learn has too."""
    every = {**RANDOM, **GROWERS, **CLEANERS}
    cases: list[tuple[str, str, int, int, float, float]] = [
        *(
            (name, "clusters", n, d, 0.05, least)
            for n, d in ((50_000, 20), (200_000, 10))
            for name, least in CLEANERS.items()
        ),
        *(
            (name, "clusters", 200_000, 20, share, least)
            for share in (0.05, 0.3)
            for name, least in GROWERS.items()
        ),
        *(
            (name, "overlapping clusters", n, 20, 0.05, least)
            for n in (50_000, 200_000)
            for name, least in OVERLAPPING.items()
        ),
        *((name, "sparse text", 20_000, 50_000, 0.05, least) for name, least in ON_TEXT.items()),
        *((name, "mixed frame", 400_000, 6, 0.05, least) for name, least in RANDOM.items()),
        *((name, "text labels", 2_000_000, 2, 0.05, least) for name, least in RANDOM.items()),
        *((name, "clusters", 1_000, 2, 0.1, 1) for name in every),
        *((name, "clusters", 20_000, 20, 0.05, least) for name, least in EDITORS.items()),
        ("CondensedNearestNeighbour", "clusters", 3_000, 10, 0.1, 100),
        ("NearMiss", "clusters", 20_000, 10, 0.05, 20),
        ("ADASYN", "clusters", 200_000, 20, 0.05, 5),
        ("InstanceHardnessThreshold", "clusters", 20_000, 20, 0.05, 5),
    ]
    found: list[dict[str, Any]] = []
    for method, kind, n, d, minority, least in cases:
        task = {"work": "method", "method": method, "data": kind, "n": n, "d": d}
        name = f"{method}, {kind}, {n:,} x {d:,}, {minority:.0%}"
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


def mixed(folder: str | None) -> list[dict[str, Any]]:
    """Return the methods on mixed tables, which the byte loop is the peer of."""
    found = []
    for kind, (n, d) in {GENERATED: (100_000, 32), **TABLES}.items():
        task: dict[str, Any] = {"data": kind, "n": n, "d": d, "turns": TURNS}
        task |= {} if kind == GENERATED else {"tables": folder}
        name = f"4 nearest by categories alone, {kind}, {n:,} rows"
        found.append(task | {"work": "categories", "name": name, "peers": {"byte loop": 0}})
        for method, most in ON_MIXED.items():
            name = f"{method}, {kind}, {n:,} x {d}"
            peers = {"byte loop": most if kind == "census_kdd" else 0}
            found.append(task | {"work": "method", "method": method, "name": name, "peers": peers})
    return found


def tasks(folder: str | None) -> list[dict[str, Any]]:
    """Return all tasks; those on real tables have no folder if none is given."""
    found = [*searches(), *methods(), *mixed(folder)]
    return [{"threads": THREADS, "turns": 1, **task} for task in found]


def growth_tasks(folder: str | None) -> list[dict[str, Any]]:
    """Return the works whose time is measured for several numbers of rows."""
    found: list[dict[str, Any]] = []
    for kind in ("clusters", "isotropic"):
        for d in (2, 10, 20, 50):
            task = {"work": "knn", "data": kind, "d": d, "k": 5}
            task |= {"name": f"growth, 5 nearest, {kind}, {d} columns"}
            found.append(task | {"sizes": [5_000, 10_000, 20_000, 40_000]})
    for kind, names in GROWING.items():
        sizes = [20_000, 50_000, 120_000, 300_000 if kind == GENERATED else TABLES[kind][0]]
        for method in names:
            task = {"work": "method", "method": method, "data": kind, "sizes": sizes}
            task |= {} if kind == GENERATED else {"tables": folder}
            found.append(task | {"name": f"growth, {method}, {kind}"})
    return [{"threads": THREADS, **task} for task in found]


def thread_tasks(folder: str | None) -> list[dict[str, Any]]:
    """Return the works whose time is measured for several numbers of threads."""
    found: list[dict[str, Any]] = []
    for kind, n, d in (("clusters", 100_000, 10), ("isotropic", 20_000, 100)):
        task = {"work": "knn", "data": kind, "n": n, "d": d, "k": 5}
        found.append(task | {"name": f"threads, 5 nearest, {kind}, {n:,} x {d}"})
    for kind, names in GROWING.items():
        n = 100_000 if kind == GENERATED else TABLES[kind][0]
        for method in names:
            task = {"work": "method", "method": method, "data": kind, "n": n}
            task |= {} if kind == GENERATED else {"tables": folder}
            found.append(task | {"name": f"threads, {method}, {kind}, {n:,} rows"})
    n_cores = os.cpu_count() or 1
    jobs = sorted({1, min(2, n_cores), n_cores})
    return [{"threads": n_cores, "turns": TURNS, "jobs": jobs, **task} for task in found]
