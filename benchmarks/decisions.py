"""Whether the promises of `poise.decisions` hold: precision with confidence, and intervals of class shares.

    python benchmarks/decisions.py [DRAWS]

Two studies on simulated tables, written to benchmarks/results/decisions.md:

1. `RecallAtPrecision`: the share of tables in which the true precision of the chosen threshold is below its target.
2. `estimate_prior` with `cross_fitted`: the share of tables in which the 95 % interval holds the true share.

Intervals of these shares are Clopper-Pearson's, at 95 %.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import binomtest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from poise import SMOTE, make_pipeline
from poise.core.errors import InputError
from poise.decisions import RecallAtPrecision, cross_fitted, estimate_prior

RESULT = Path(__file__).parent / "results" / "decisions.md"
MODELS = {
    "logistic regression": LogisticRegression(),
    "boosting": HistGradientBoostingClassifier(max_iter=50, random_state=0),
    "SMOTE, logistic regression": make_pipeline(SMOTE(random_state=0), LogisticRegression()),
}
# Rows, share of events in training, and among 2,000 new rows.
SETTINGS = [(500, 0.1, 0.1), (500, 0.1, 0.03), (2000, 0.05, 0.2)]
SIZES = [(500, 25), (2000, 100), (5000, 100)]  # rows and events


def rows(rng: np.random.Generator, n: int, n_events: int, apart: float = 0.6) -> tuple:
    """Return a table of five columns; events are shifted, and wider in the first column."""
    X, y = rng.normal(size=(n, 5)), (np.arange(n) < n_events).astype(int)
    X[:n_events, 0] *= 1.3
    X[:n_events] += apart
    return X, y


def is_imprecise(
    n: int, n_events: int, target: float, confidence: float | None, seed: int
) -> float:
    """Return whether the chosen threshold is less precise than promised; NaN if none was chosen."""
    rng = np.random.default_rng(seed)
    X, y = rows(rng, n, n_events, 0.8)
    X_new, y_new = rows(rng, 200_000, round(200_000 * n_events / n), 0.8)
    policy = RecallAtPrecision(target, confidence=confidence)
    try:
        model = policy.classifier(LogisticRegression(), cv=5).fit(X, y)
    except InputError:
        return np.nan
    is_alert = model.predict(X_new) == 1
    return float(is_alert.any() and y_new[is_alert].mean() < target)


def is_covered(name: str, n: int, share: float, share_new: float, seed: int) -> float:
    """Return whether the interval holds the true share of events."""
    rng = np.random.default_rng(seed)
    X, y = rows(rng, n, max(10, rng.binomial(n, share)))
    X_new, _ = rows(rng, 2000, rng.binomial(2000, share_new))
    order = rng.permutation(n)
    found = cross_fitted(MODELS[name], X[order], y[order], X_new)
    prior = estimate_prior(found.proba, y_true=found.y_true, proba_true=found.proba_true)
    return float(prior.low[1] <= share_new <= prior.high[1])


def with_interval(hits: list[float]) -> str:
    """Return a share with its interval, of the tables that gave an answer."""
    known = [hit for hit in hits if not np.isnan(hit)]
    low, high = binomtest(int(sum(known)), len(known)).proportion_ci(0.95, "exact")
    return f"{np.mean(known):.1%} ({low:.1%} to {high:.1%})"


def main(n_draws: int) -> None:
    """Run both studies and write the page."""
    warnings.simplefilter("ignore")
    lines = [
        "# Promises of decisions",
        "",
        f"{n_draws} simulated tables for each figure; `python benchmarks/decisions.py {n_draws}`.",
        "",
        "## `RecallAtPrecision`, true precision on 200,000 new rows below its target",
        "",
        "| rows, events | target | without confidence | confidence=0.9 | tables without a threshold, at 0.9 |",
        "|---|---|---|---|---|",
    ]
    with Parallel(n_jobs=-1) as parallel:
        for n, n_events in SIZES:
            for target in (0.3, 0.5):
                cells = []
                for confidence in (None, 0.9):
                    hits = parallel(
                        delayed(is_imprecise)(n, n_events, target, confidence, seed)
                        for seed in range(n_draws)
                    )
                    cells.append(
                        with_interval(hits) if not np.isnan(hits).all() else "no threshold"
                    )
                cells.append(f"{np.isnan(hits).mean():.0%}")
                lines.append(f"| {n}, {n_events} | {target} | {' | '.join(cells)} |")
                print(lines[-1], flush=True)
        lines += [
            "",
            "## `estimate_prior` with `cross_fitted`, 95 % intervals that hold the true share of 2,000 new rows",
            "",
            "| model | rows, share | true share | covered |",
            "|---|---|---|---|",
        ]
        for name in MODELS:
            for n, share, share_new in SETTINGS:
                hits = parallel(
                    delayed(is_covered)(name, n, share, share_new, seed) for seed in range(n_draws)
                )
                lines.append(f"| {name} | {n}, {share} | {share_new} | {with_interval(hits)} |")
                print(lines[-1], flush=True)
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"Written: {RESULT}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
