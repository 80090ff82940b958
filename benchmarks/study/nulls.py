"""Tables on which all approaches are equally good: how often a comparison says otherwise.

    python benchmarks/study/nulls.py [--only WORD ...] [--draws N] [--jobs N]

Each setting draws tables with exchangeable groups of three columns; given the class, columns are independent and
normal, and each approach sees its own group, so that all are equally good in expectation. "seeds" compares random
under-samples that differ by their seed. Every draw is judged as `poise.compare` judges it, with the reference and with
the flat prior. Gains and errors go to benchmarks/results/nulls/NAME.parquet, one file per setting; settings that are
there are not run again.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from joblib import Parallel, delayed
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from poise import RandomUnderSampler
from poise.comparison import Comparison
from poise.comparison.approaches import AS_IS
from poise.comparison.class_metrics import metrics_for
from poise.comparison.facts import facts_of_costs, reason_for_folds
from poise.comparison.folds import make_folds
from poise.comparison.gains import gains_of
from poise.comparison.metrics import margins
from poise.comparison.run import ArmFold, Runs
from poise.comparison.scored_fold import DecisionSettings
from poise.core.files import written_aside
from poise.decisions import CostMatrix
from poise.study.event_table import read_event_table
from poise.study.gains import measured
from poise.study.reference import prior_of

RESULTS = Path(__file__).parents[1] / "results" / "nulls"
N_COLUMNS = 3
EMPTY: dict[str, Any] = dict.fromkeys(
    (
        *(
            "estimator",
            "approach",
            "prior",
            "threshold",
            "metric",
            "seed",
            "prior_of_effect",
            "advised",
        ),
        *("mean", "error", "freedom", "basis", "margin", "is_fair", "verdict"),
    )
)
STRENGTH = np.sqrt(2) * 0.8416  # of a group of columns: a ROC AUC of 0.8 if the model is known
COSTS = CostMatrix.of_two(false_positive=1, false_negative=10)
MODELS: dict[str, Callable[[int], Any]] = {
    "logistic": lambda _: make_pipeline(StandardScaler(), LogisticRegression()),
    "k-nn": lambda _: make_pipeline(StandardScaler(), KNeighborsClassifier()),
    "tree": lambda seed: DecisionTreeClassifier(random_state=seed),
    "boosting": lambda seed: HistGradientBoostingClassifier(max_iter=40, random_state=seed),
}


@dataclass(frozen=True)
class Setting:
    """How tables are drawn and compared.

    Attributes
    ----------
    estimators : tuple of str
    n_rows, n_events : int
    n_arms : int
        Approaches for each estimator, the baseline included.
    kind : {"columns", "seeds"}
        What approaches differ in.
    order : {"", "time", "series", "groups"}
        Folds forward in time, with independent columns or with those of an autoregressive series, or with groups of ten
        rows that share half of their variance and mostly the class.
    n_repeats : int
    draws : int
    n_classes : int
        With three, there are twice as many rows of the second class as events, which are of the third.
    """

    estimators: tuple[str, ...]
    n_rows: int
    n_events: int
    n_arms: int = 2
    kind: str = "columns"
    order: str = ""
    n_repeats: int = 5
    draws: int = 400
    n_classes: int = 2

    @property
    def name(self) -> str:
        """Name of the file of the setting."""
        parts = [
            "+".join(self.estimators),
            str(self.n_rows),
            str(self.n_events),
            f"{self.n_arms} arms",
        ]
        parts += [part for part in (self.kind, self.order) if part not in ("", "columns")]
        parts += [f"{self.n_classes} classes"] if self.n_classes > 2 else []
        return " ".join(parts)


LOGISTIC, KNN, TREE, BOOSTING = (("logistic",), ("k-nn",), ("tree",), ("boosting",))
SETTINGS = [
    *(
        Setting(LOGISTIC, n, e)
        for n, e in ((300, 45), (200, 60), (500, 25), (2000, 20), (2000, 600))
    ),
    Setting(LOGISTIC, 20_000, 200, n_repeats=2),
    *(Setting(KNN, 500, e) for e in (25, 150)),
    *(Setting(TREE, 500, e) for e in (25, 150)),
    Setting(BOOSTING, 400, 80),
    *(Setting(LOGISTIC, n, e, order="time") for n, e in ((500, 150), (2000, 100))),
    Setting(LOGISTIC, 500, 150, order="series"),
    *(Setting(LOGISTIC, n, e, order="groups") for n, e in ((500, 150), (2000, 100))),
    Setting(LOGISTIC, 1000, 50, kind="seeds"),
    Setting(("logistic", "k-nn"), 500, 50, n_arms=8),
    Setting(("logistic", "k-nn"), 400, 20, n_arms=8),
    Setting(LOGISTIC, 500, 50, n_arms=8, kind="seeds"),
]
# Beside those that acceptance needs.
OF_CLASSES = [
    Setting(LOGISTIC, 600, 40, n_classes=3, draws=200),
    Setting(LOGISTIC, 3000, 100, n_classes=3, draws=200),
]


def drawn_table(setting: Setting, rng: np.random.RandomState) -> tuple[Any, Any, Any]:
    """Return columns, labels and groups of a table."""
    n, e = setting.n_rows, setting.n_events
    d = N_COLUMNS * (setting.n_arms if setting.kind == "columns" else 1)
    noise = rng.standard_normal((n, d))
    y, groups = rng.permutation(np.arange(n) < e).astype(int), None
    if setting.order == "groups":
        groups = np.arange(n) // 10
        tendency = np.repeat(rng.standard_normal(n // 10), 10) + 0.5 * rng.standard_normal(n)
        y = (np.argsort(np.argsort(-tendency)) < e).astype(int)
        shared = np.repeat(rng.standard_normal((n // 10, d)), 10, axis=0)
        noise = np.sqrt(0.5) * shared + np.sqrt(0.5) * noise
    if setting.order == "series":
        for row in range(1, n):
            noise[row] = 0.9 * noise[row - 1] + np.sqrt(1 - 0.9**2) * noise[row]
    if setting.n_classes > 2:
        y = 2 * y + rng.permutation((y == 0) & (np.cumsum(y == 0) <= 2 * e)) * (y == 0)
        # Each class but the first has a column of its own in every group.
        of_column = np.arange(d) % N_COLUMNS + 1
        return noise + (y[:, None] == of_column) * STRENGTH, y, groups
    return noise + y[:, None] * STRENGTH / np.sqrt(N_COLUMNS), y, groups


def fitted(setting: Setting, estimator: str, arm: int, X: Any, y: Any, fold: Any) -> ArmFold:
    """Return the scores of one arm in a fold."""
    seed = fold.random_seed + arm
    rows = fold.train
    if setting.kind == "seeds":
        sampler = RandomUnderSampler(random_state=seed).fit(X[rows], y[rows])
        rows, columns = rows[sampler.sample_indices_], slice(None)
    else:
        columns = slice(arm * N_COLUMNS, (arm + 1) * N_COLUMNS)
    model = MODELS[estimator](seed).fit(X[rows, columns], y[rows])
    scores = model.predict_proba(X[fold.test, columns])
    if setting.n_classes > 2:
        shares = np.bincount(y[rows]) / len(rows)
        return ArmFold(scores, trained_prior=tuple(shares.tolist()))
    return ArmFold(scores[:, 1], trained_prior=float(y[rows].mean()))


def comparison(setting: Setting, seed: int) -> Comparison:
    """Return a table's comparison, from scores that are fitted here."""
    rng = np.random.RandomState([seed, setting.n_rows, setting.n_events])
    X, y, groups = drawn_table(setting, rng)
    is_several = setting.n_classes > 2
    rows = read_event_table(X, y, None if is_several else 1, or_several=is_several)
    costs = None if is_several else COSTS
    is_timed = setting.order in ("time", "series")
    when = np.arange(len(y)) if is_timed else None
    folds = make_folds(rows, 5, None if is_timed else setting.n_repeats, groups, when, seed)
    names = [AS_IS, *(f"arm {arm}" for arm in range(1, setting.n_arms))]
    arms = [(estimator, name) for estimator in setting.estimators for name in names]
    results = {
        (estimator, name, fold.number): fitted(setting, estimator, arm, X, y, fold)
        for estimator in setting.estimators
        for arm, name in enumerate(names)
        for fold in folds
    }
    runs = Runs(rows, folds, len(folds), arms, results)
    found = gains_of(runs, DecisionSettings(0.5, costs, is_ordered=is_timed), groups)
    facts = {"n_rows": len(y), "n_events": rows.n_events, "precision": 0.5, "warnings": []}
    facts |= {"classes": list(map(str, rows.several)), "class_shares": []}
    if is_several:
        facts["class_shares"] = list(rows.prior_of(np.arange(len(y))))
    facts |= facts_of_costs(rows, costs)
    facts |= {
        "n_folds": len(folds),
        "n_planned": len(folds),
        "ratio": float(np.mean([len(f.test) / len(f.train) for f in folds])),
        "with_folds": reason_for_folds(5, groups, when),
        "effect_prior": "reference",
        "primary_metric": "average_precision",
        "margins": margins(None, facts, metrics_for(rows.several)),
        "families": {name: name if name in ("logistic", "k-nn") else "" for name in MODELS},
        "weights_of_repeats": [1.0],
    }
    # What approaches are called decides the prior: that of the study for under-sampling, else the usual one.
    method = "random-under" if setting.kind == "seeds" else ""
    facts["event"] = str(rows.event)
    margins_of = {name: m.usual_margin(facts) for name, m in metrics_for(rows.several).items()}
    priors = {}
    for key in found.gains:
        (location, scale), n = prior_of(
            "" if is_several else facts["families"][key.estimator],
            method,
            key.value,
            setting.n_events,
            measured(found.gains[key], facts["ratio"]).error / margins_of[key.metric],
        )
        priors[key] = (0.0 if method else location, scale, n)
    status = {arm: [] for arm in arms}
    return Comparison(facts, found.by_fold, found.by_repeat, found.gains, priors, {}, status, {})


def judged(setting: Setting, seed: int) -> list[dict[str, Any]]:
    """Return one line per gain and prior, with the verdict; and what the headline advises."""
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        result = comparison(setting, seed)
    lines = []
    for prior in ("reference", "flat"):
        again = result.judged(effect_prior=prior)
        differences = again.differences  # computed once: they do not depend on the primary metric
        known = {key.metric for key in again.gains}
        metrics = [name for name, m in again.metrics.items() if m.has_verdict and name in known]
        advised = [
            again.judged(primary_metric=name).advice[0].startswith("Use ") for name in metrics
        ]
        lines += [
            EMPTY | {"seed": seed, "prior_of_effect": prior, "metric": name, "advised": use}
            for name, use in zip(metrics, advised, strict=True)
        ]
        for d in differences:
            gain = again.measured(d.key)
            lines.append(
                EMPTY
                | d.key._asdict()
                | {
                    "seed": seed,
                    "prior_of_effect": prior,
                    "mean": gain.mean,
                    "error": gain.error,
                    "freedom": gain.freedom,
                    "basis": gain.basis,
                    "margin": again.margin_of(again.metrics[d.key.metric]),
                    "is_fair": again.is_fair(d.key),
                    "verdict": d.verdict,
                }
            )
    return lines


def main() -> None:
    """Run the settings that have no results yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--draws", type=int)
    parser.add_argument("--jobs", type=int, default=-1)
    given = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    for setting in [*SETTINGS, *OF_CLASSES]:
        path = RESULTS / f"{setting.name}.parquet"
        if path.exists() or (given.only and not any(word in setting.name for word in given.only)):
            continue
        start, draws = time.perf_counter(), given.draws or setting.draws
        found = Parallel(n_jobs=given.jobs)(delayed(judged)(setting, seed) for seed in range(draws))
        table = pa.Table.from_pylist([line for lines in found for line in lines])
        about = {"draws": draws, "seconds": round(time.perf_counter() - start, 1)}
        with written_aside(path) as aside:
            pq.write_table(
                table.replace_schema_metadata({"null": json.dumps(about)}),
                aside,
                compression="zstd",
                compression_level=19,
            )
        print(setting.name, about, flush=True)


if __name__ == "__main__":
    main()
