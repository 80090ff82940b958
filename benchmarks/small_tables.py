"""Is any method slower than imbalanced-learn on a table of 1,000 x 2?

Both run alternately in this process, so that other load affects both; medians are printed.

    python benchmarks/small_tables.py [REPEATS]
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

import imblearn.combine
import imblearn.over_sampling
import imblearn.under_sampling
from sklearn.datasets import make_classification

import poise
from poise._api import make_sampler

# These need categories; benchmarks/mixed.py measures them.
LEFT_OUT = ("smote-nc", "smote-n")
PEERS = (imblearn.over_sampling, imblearn.under_sampling, imblearn.combine)


def peer_of(sampler: type) -> type:
    """Return imbalanced-learn's class of the same name."""
    return next(getattr(m, sampler.__name__) for m in PEERS if hasattr(m, sampler.__name__))


def milliseconds(sampler: Any, X: Any, y: Any) -> float:
    start = time.perf_counter()
    sampler.fit_resample(X, y)
    return 1000 * (time.perf_counter() - start)


def main(repeats: int) -> None:
    X, y = make_classification(
        n_samples=1000,
        n_redundant=0,
        n_features=2,
        n_clusters_per_class=1,
        weights=[0.90],
        random_state=12,
    )
    print(f"{'method':<37}{'poise':>9}{'imblearn':>10}{'ratio':>8}   (median ms of {repeats})")
    for name in sorted(poise.METHODS.keys() - set(LEFT_OUT)):
        mine = type(make_sampler(name))
        if not any(hasattr(module, mine.__name__) for module in PEERS):
            continue
        pairs = [
            (milliseconds(mine(), X, y), milliseconds(peer_of(mine)(), X, y))
            for _ in range(repeats + 1)
        ][1:]
        ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
        print(f"{name:<37}{ours:>9.2f}{theirs:>10.2f}{theirs / ours:>7.1f}x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
