"""How resampling changes probabilities, and how much of it prior correction undoes.

    python benchmarks/probabilities.py [DRAWS]

Two studies, written to benchmarks/results/probabilities.md:

1. The 24 scenarios of van den Goorbergh et al. (2022): logistic regression, 2,500 or 5,000 rows, 3 to
   24 correlated columns, 30, 10 or 1 % events; unchanged rows, random under- and over-sampling, SMOTE.
2. Boosted trees on a small two-column table with 10 % events, like those of blog posts.

Each figure is a median over random draws, measured on test rows.
"""

from __future__ import annotations

import itertools
import sys
import warnings
from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from poise import SMOTE, RandomOverSampler, RandomUnderSampler
from poise.decisions import ResampledClassifier
from poise.metrics import calibration_fit

RESULT = Path(__file__).parent / "results" / "probabilities.md"
SCENARIOS = list(itertools.product((2500, 5000), (3, 6, 12, 24), (0.3, 0.1, 0.01)))
ARMS = {
    "as it is": None,
    "random under": RandomUnderSampler(random_state=0),
    "random over": RandomOverSampler(random_state=0),
    "SMOTE": SMOTE(random_state=0),
}
N_TEST = 20_000


def logistic_rows(
    n: int, d: int, prevalence: float, seed: int, n_test: int = N_TEST
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return training and test rows of a logistic model whose area under the curve is about .75.

    Columns are normal with a correlation of .2; all have the same coefficient.
    """
    rng = np.random.RandomState(seed)
    shared = rng.standard_normal((n + n_test, 1))
    X = np.sqrt(0.2) * shared + np.sqrt(0.8) * rng.standard_normal((n + n_test, d))
    z = X.sum(axis=1) / np.sqrt(d * 0.8 + d * d * 0.2)  # of variance 1
    if prevalence < 0.05:  # rarer events need less spread for the same area
        z = z * 0.97
    intercept = brentq(lambda a: expit(a + z).mean() - prevalence, -20, 20)
    y = (rng.uniform(size=n + n_test) < expit(intercept + z)).astype(int)
    return X[:n], y[:n], X[n:], y[n:]


def judged(y: np.ndarray, p: np.ndarray) -> dict[str, float]:
    """Return the AUC, the calibration and the scores of probabilities."""
    fit = calibration_fit(y, p)
    return {
        "auc": float(roc_auc_score(y, p)),
        "log loss": float(log_loss(y, p)),
        "brier": float(brier_score_loss(y, p)),
        "in the large": fit.in_the_large,
        "slope": fit.slope,
    }


def compare(
    model: object, rows: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
) -> dict[tuple[str, str], dict[str, float]]:
    """Return the figures by approach and stage ("raw", "corrected")."""
    X, y, X_test, y_test = rows
    found = {}
    for arm, sampler in ARMS.items():
        if sampler is None:
            p = model.fit(X, y).predict_proba(X_test)[:, 1]  # type: ignore[attr-defined]
            found[arm, "raw"] = judged(y_test, p)
            continue
        fitted = ResampledClassifier(sampler, model, calibrate=None).fit(X, y)
        raw = fitted.estimator_.predict_proba(X_test)[:, 1]
        found[arm, "raw"] = judged(y_test, raw)
        found[arm, "corrected"] = judged(y_test, fitted.predict_proba(X_test)[:, 1])
    return found


def median_of(
    draws: list[dict[tuple[str, str], dict[str, float]]],
) -> dict[tuple[str, str], dict[str, float]]:
    """Return the median over draws of each figure."""
    return {
        key: {name: float(np.median([draw[key][name] for draw in draws])) for name in draws[0][key]}
        for key in draws[0]
    }


def scenario(n: int, d: int, prevalence: float, n_draws: int, n_test: int = N_TEST) -> dict:
    """Return the medians of one of the 24 scenarios."""
    model = LogisticRegression(C=np.inf, max_iter=1000)
    return median_of(
        [compare(model, logistic_rows(n, d, prevalence, seed, n_test)) for seed in range(n_draws)]
    )


def blog_table(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the table of the blog posts: two columns, 10 % events, 1,000 training and 11,000 test rows."""
    X, y = make_classification(
        12_000,
        n_features=2,
        n_redundant=0,
        n_clusters_per_class=1,
        weights=[0.9],
        flip_y=0.01,
        random_state=seed,
    )
    return X[:1000], y[:1000], X[1000:], y[1000:]


def trees(n_draws: int) -> dict:
    """Return the medians for boosted trees on the blog posts' table."""
    model = HistGradientBoostingClassifier(random_state=0)
    return median_of([compare(model, blog_table(seed)) for seed in range(n_draws)])


COLUMNS = ("auc", "in the large", "slope", "log loss", "brier")


def rows_of(found: dict, *first: str) -> list[str]:
    """Return Markdown rows of one comparison."""
    lines = []
    for (arm, stage), figures in found.items():
        cells = [*first, arm if stage == "raw" else f"{arm}, corrected"]
        lines.append(f"| {' | '.join(cells + [f'{figures[name]:.3f}' for name in COLUMNS])} |")
    return lines


def main(n_draws: int) -> None:
    """Run both studies and write the page."""
    warnings.simplefilter("ignore")
    head = f"| approach | {' | '.join(COLUMNS)} |\n|---|{'---|' * len(COLUMNS)}"
    lines = [
        "# Probabilities after resampling",
        "",
        f"Medians over {n_draws} draws; `python benchmarks/probabilities.py {n_draws}`. *Corrected*: with "
        "prior correction (`poise.decisions.ResampledClassifier`). *In the large* (average bias of the log-odds): "
        "0 is right, below 0 the probabilities are too high; *slope*: 1 is right.",
        "",
        "## Boosted trees on the blog posts' table (10 % events)",
        "",
        head,
        *rows_of(trees(n_draws)),
        "",
        "## Logistic regression, 24 scenarios (van den Goorbergh et al. 2022)",
        "",
        head.replace("| approach", "| rows, columns, events | approach").replace(
            "|---|", "|---|---|", 1
        ),
    ]
    for n, d, prevalence in SCENARIOS:
        found = scenario(n, d, prevalence, n_draws)
        lines += rows_of(found, f"{n}, {d}, {prevalence:.0%}")
        print(
            n, d, prevalence, {k[0]: round(v["log loss"], 3) for k, v in found.items()}, flush=True
        )
    RESULT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"Written: {RESULT}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
