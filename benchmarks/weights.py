"""What class weights do to mean probabilities, what takes it back, and what they cost.

    python benchmarks/weights.py [DRAWS]

Two studies, written to benchmarks/results/weights.md (about six minutes):

1. The mean predicted probability of the event on new rows, divided by its share there (1 is right), and the log loss:
   with balanced weights; with the prior taken back; and with factors of the odds measured on training rows, and on
   held-out rows as `ReweightedClassifier` does. Medians over draws of 8,000 training rows with about 3 % events.
2. CPU time for computing weights, and for all that `ReweightedClassifier(cv=None)` adds to a fit, as a share of
   the fit with these weights: medians over eleven fits.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB
from sklearn.utils.class_weight import compute_sample_weight

from poise.core.threads import thread_limit
from poise.decisions import ReweightedClassifier
from poise.decisions._in_the_large import odds_factors, with_factors
from poise.weights import sample_weights

RESULT = Path(__file__).parent / "results" / "weights.md"
MODELS = {
    "logistic regression": LogisticRegression(max_iter=1000),
    "naive Bayes": GaussianNB(),
    "boosted trees": HistGradientBoostingClassifier(random_state=0),
    "forest, leaves of 20 rows": RandomForestClassifier(100, min_samples_leaf=20, random_state=0),
    "forest": RandomForestClassifier(100, random_state=0),
}
N_TRAIN, N_TEST, N_TIMED = 8_000, 40_000, 100_000
STAGES = (
    "balanced weights",
    "prior taken back",
    "and training rows",
    "and held-out rows",
    "and held-out rows, cv=10",
)


def stages(model: Any, seed: int) -> tuple[list[float], list[float]]:
    """Return the ratio of the mean probability and the share, and the log loss, after each stage."""
    X, y = make_classification(
        N_TRAIN + N_TEST,
        n_informative=5,
        weights=[0.97],
        class_sep=0.7,
        flip_y=0.01,
        random_state=seed,
    )
    X, X_test, y, y_test = X[:N_TRAIN], X[N_TRAIN:], y[:N_TRAIN], y[N_TRAIN:]
    full = ReweightedClassifier(model).fit(X, y)
    weighted = full.estimator_.predict_proba(X_test)
    alone = ReweightedClassifier(model, cv=None).fit(X, y)
    back = alone.predict_proba(X_test)
    shares = np.bincount(y) / len(y)
    factors = odds_factors(alone.predict_proba(X), np.ones(len(y)), shares)
    by_training = back if factors is None else with_factors(back, factors)
    of_ten = ReweightedClassifier(model, cv=10).fit(X, y)
    found = [weighted, back, by_training, *(m.predict_proba(X_test) for m in (full, of_ten))]
    return (
        [float(p[:, 1].mean() / y_test.mean()) for p in found],
        [float(log_loss(y_test, p[:, 1])) for p in found],
    )


def cpu_time(call: Callable[[], Any], n: int = 11) -> float:
    """Return the median CPU time of a call, in seconds."""
    found = []
    for _ in range(n):
        start = time.process_time()
        call()
        found.append(time.process_time() - start)
    return float(np.median(found))


def costs(model: Any) -> tuple[float, float, float, float]:
    """Return the time of a fit with weights, and as shares of it what is added to it.

    Added by the weights, by those of scikit-learn, and by all of ReweightedClassifier.
    """
    X, y = make_classification(N_TIMED, weights=[0.97], random_state=0)
    weights = sample_weights(y)
    fit = cpu_time(lambda: model.fit(X, y, sample_weight=weights))
    alone = cpu_time(lambda: sample_weights(y))
    of_sklearn = cpu_time(lambda: compute_sample_weight("balanced", y))
    around = cpu_time(lambda: ReweightedClassifier(model, cv=None).fit(X, y))
    return fit, alone / fit, of_sklearn / fit, around / fit - 1


def main(n_draws: int) -> None:
    lines = [
        "# Class weights: mean probabilities, and costs",
        "",
        f"`python benchmarks/weights.py {n_draws}`: medians over {n_draws} draws of {N_TRAIN:,} training rows with about 3 % events.",
        "",
        "Mean predicted probability of the event on new rows, divided by its share (1 is right), and in brackets the log loss.",
        "",
        f"| model | {' | '.join(STAGES)} |",
        "|---|" + "---|" * len(STAGES),
    ]
    for name, model in MODELS.items():
        draws = [stages(model, seed) for seed in range(n_draws)]
        ratios, losses = (np.median([draw[part] for draw in draws], axis=0) for part in (0, 1))
        cells = [f"{r:.2f} ({loss:.3f})" for r, loss in zip(ratios, losses, strict=True)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    lines += [
        "",
        f"CPU time on {N_TIMED:,} rows of 20 columns, one thread: of a fit with weights, and what is added to it by computing "
        "the weights, by scikit-learn's `compute_sample_weight`, and by all of `ReweightedClassifier(cv=None)` (checks and weights).",
        "",
        "| model | fit, seconds | weights add | those of scikit-learn add | the classifier adds |",
        "|---|---|---|---|---|",
    ]
    with thread_limit(1):
        for name in ("logistic regression", "boosted trees", "naive Bayes"):
            fit, *added = costs(MODELS[name])
            lines.append(
                f"| {name} | {fit:.3f} | {' | '.join(f'{100 * a:.1f} %' for a in added)} |"
            )
            print(lines[-1], flush=True)
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
