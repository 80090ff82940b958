"""Do the checks of SMOTE's three failures find them, and only them?

    python benchmarks/diagnosis.py [--draws N]

For each failure there are simulated tables with it and without it. For each table: the status of the check,
and the
size of the effect of SMOTE there ("matters"). Results go to benchmarks/results/diagnosis.json.

many-dimensions   Labels that hardly depend on the rows, in few and in many columns. Matters: the share of
held-out
                  rows for which 5-NN predicts the event after SMOTE, with shuffled labels.
class-overlap     Two normal clouds, near and far. Matters: the share of SMOTE's rows in places where the
other class
                  is denser.
tiny-clusters     The event in tight clusters of few rows, or in one cloud. Matters: the share of SMOTE's
rows that are further from every real row of the event than twice the usual distance between those.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest, norm

from poise import SMOTE
from poise.core.neighbors.index import Index
from poise.diagnosis import CHECKS
from poise.diagnosis._examined import Examined
from poise.study.event_table import read_event_table

RESULT = Path(__file__).parent / "results" / "diagnosis.json"
SIZES = ((600, 60), (2000, 100))
Drawn = tuple[np.ndarray, np.ndarray, Callable[[np.ndarray], float]]


def clouds(rng: np.random.RandomState, n: int, n_events: int, d: int, away: float) -> Drawn:
    """Two normal clouds, `away` deviations apart along one column."""
    y = (np.arange(n) < n_events).astype(int)
    X = rng.standard_normal((n, d))
    X[y == 1, 0] += away
    odds = n_events / (n - n_events)

    def elsewhere(new: np.ndarray) -> float:
        log_ratio = norm.logpdf(new[:, 0], away) - norm.logpdf(new[:, 0])
        return float((log_ratio + np.log(odds) < 0).mean())

    return X, y, elsewhere


def clusters(rng: np.random.RandomState, n: int, n_events: int, d: int, size: int) -> Drawn:
    """The event in tight clusters of `size` rows among scattered others."""
    y = (np.arange(n) < n_events).astype(int)
    X = 2 * rng.standard_normal((n, d))
    centers = 2 * rng.standard_normal((-(-n_events // size), d))
    own = np.arange(n_events) // size
    X[y == 1] = centers[own] + 0.15 * rng.standard_normal((n_events, d))

    return X, y, far_from(X[y == 1])


def one_cloud(rng: np.random.RandomState, n: int, n_events: int, d: int, away: float) -> Drawn:
    """Two normal clouds, measured like clusters."""
    X, y, _ = clouds(rng, n, n_events, d, away)
    return X, y, far_from(X[y == 1])


def far_from(real: np.ndarray) -> Callable[[np.ndarray], float]:
    """Return a function that gives the share of rows that are far from all real rows."""
    index = Index(real)
    usual = np.median(index.nearest_others(np.arange(len(real)), 1).distances)
    return lambda new: float((index.nearest(new, 1).distances[:, 0] > 4 * usual).mean())


def columns(rng: np.random.RandomState, n: int, n_events: int, d: int, away: float) -> Drawn:
    """Clouds with a weak label; measured by the predictions of 5-NN after SMOTE on shuffled labels."""
    X, y, _ = clouds(rng, n, n_events, d, away)

    def predicted_event(_: np.ndarray) -> float:
        half = n // 2
        label = rng.permutation(y)[:half]
        X_new, y_new = SMOTE(random_state=rng.randint(1 << 30)).fit_resample(X[:half], label)
        near = Index(X_new).nearest(X[half:], 5).rows
        return float((y_new[near].mean(axis=1) > 0.5).mean())

    return X, y, predicted_event


FAMILIES: dict[str, dict[str, list[tuple[Any, tuple[Any, ...]]]]] = {
    "many-dimensions": {
        "present": [(columns, (d, away)) for d in (100, 300) for away in (0.0, 1.0)],
        "absent": [(columns, (d, away)) for d in (2, 5, 10) for away in (0.0, 1.0, 3.0)],
    },
    "class-overlap": {
        "present": [(clouds, (d, away)) for d in (2, 5, 10) for away in (0.3, 0.7)],
        "absent": [(clouds, (d, away)) for d in (2, 5, 10) for away in (2.5, 4.0)],
    },
    "tiny-clusters": {
        "present": [(clusters, (d, size)) for d in (3, 5, 10) for size in (3, 4, 5)],
        "absent": [
            *((one_cloud, (d, away)) for d in (2, 5, 10) for away in (0.5, 1.5, 3.0)),
            *((clusters, (d, size)) for d in (3, 5, 10) for size in (6, 20, 30)),
        ],
    },
}


def rate(hits: list[bool]) -> dict[str, float]:
    """Return a share with its exact 95 % interval."""
    k, n = sum(hits), len(hits)
    low, high = binomtest(k, n).proportion_ci()
    return {"rate": k / n, "low": float(low), "high": float(high), "draws": n}


def of_family(check: str, members: list[Any], n_draws: int, seed: int = 0) -> dict[str, Any]:
    """Return how often a check raises an issue for a family of tables, and the mean effect of SMOTE."""
    run = next(run for found, run in CHECKS if found.name == check)
    hits, matters = [], []
    for draw, (make, terms) in enumerate(members * n_draws):
        rng = np.random.RandomState(seed + draw)
        n, n_events = SIZES[draw % len(SIZES)]
        X, y, elsewhere = make(rng, n, n_events, *terms)
        hits.append(run(Examined(read_event_table(X, y, 1), draw)).status == "issue")
        X_new, _ = SMOTE(random_state=draw).fit_resample(X, y)
        matters.append(elsewhere(X_new[n:]))
    return rate(hits) | {"matters": float(np.mean(matters))}


def main() -> None:
    """Run all checks and write the results."""
    words = sys.argv[1:]
    n_draws = int(words[words.index("--draws") + 1]) if "--draws" in words else 20
    whole: dict[str, Any] = {}
    for check, families in FAMILIES.items():
        whole[check] = {
            name: of_family(check, members, n_draws) for name, members in families.items()
        }
        for name, found in whole[check].items():
            sys.stdout.write(
                f"{check}, {name}: issue in {found['rate']:.1%} of {found['draws']} ({found['low']:.1%} to "
                f"{found['high']:.1%}); matters in {found['matters']:.0%}\n"
            )
    RESULT.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
