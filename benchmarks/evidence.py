"""Are the verdicts of poise.compare right? False alarms, noise, and published figures.

    python benchmarks/evidence.py [alarms] [noise] [blog] [spread] [study FOLDER] [--draws N]

Results go to benchmarks/results/evidence.json, one entry per study; docs/evidence.md presents them.

alarms   Models with exactly equal expected skill (exchangeable groups of columns), 300 rows, 45 events,
         logistic regression, 5 x 5 folds: how often each test finds a difference at 5 %.
noise    Random labels: in how many tables all simultaneous AUC intervals contain 0.5.
blog     The 900/100 table of the blog posts: three models, with and without resampling.
spread   Blagus and Lusa (2013): the effect of SMOTE on the variance, and on k-NN in many columns.
study    Every table of two classes in a folder of Parquet files (target: a column of that name):
         eight approaches, four estimators, tuned thresholds and 0.5.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.stats import binomtest, ttest_1samp, wilcoxon
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from poise import SMOTE, RandomOverSampler, RandomUnderSampler, SMOTETomek, compare, make_pipeline
from poise.comparison.folds import make_folds
from poise.comparison.gains import gains_of
from poise.comparison.metrics import Key
from poise.comparison.run import ArmFold, Runs
from poise.comparison.scored_fold import DecisionSettings
from poise.decisions import TunedThreshold
from poise.metrics import calibration_fit
from poise.study.event_table import read_event_table
from poise.study.statistics import corrected_t, holm

RESULT = Path(__file__).parent / "results" / "evidence.json"
STUDY = RESULT.with_name("study.json")
N_ROWS, N_EVENTS, N_GROUPS, N_COLUMNS = 300, 45, 4, 3
JUDGED = {
    "ROC AUC": (None, None, "roc_auc"),
    "log loss": ("as trained", None, "log_loss"),
    "F1, tuned": (None, "tuned", "f1"),
}


def grouped_rows(
    seed: int, strengths: tuple[float, ...], n: int = N_ROWS, n_events: int = N_EVENTS
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows with groups of columns; each group predicts the event independently with its strength.

    Given the class, columns are independent and normal, so groups of the same strength are exchangeable.
    """
    rng = np.random.RandomState(seed)
    y = (np.arange(n) < n_events).astype(int)
    shift = np.repeat(strengths, N_COLUMNS) / np.sqrt(N_COLUMNS)
    return rng.standard_normal((n, len(shift))) + y[:, None] * shift, y


def of_groups(seed: int, strengths: tuple[float, ...], n_repeats: int = 5) -> dict[Key, np.ndarray]:
    """Return the values of models that see one group of columns each, in repeats of five folds."""
    X, y = grouped_rows(seed, strengths)
    rows = read_event_table(X, y)
    folds = make_folds(rows, 5, n_repeats, None, None, seed)
    names = [f"group {g}" for g in range(len(strengths))]
    results = {}
    for g, name in enumerate(names):
        part = X[:, g * N_COLUMNS : (g + 1) * N_COLUMNS]
        for fold in folds:
            model = LogisticRegression().fit(part[fold.train], y[fold.train])
            scores = model.predict_proba(part[fold.test])[:, 1]
            prior = float(y[fold.train].mean())
            results["logistic", name, fold.number] = ArmFold(scores, trained_prior=prior)
    runs = Runs(rows, folds, len(folds), [("logistic", name) for name in names], results)
    return gains_of(runs, DecisionSettings()).by_fold


def tests_of(values: dict[Key, np.ndarray], n_groups: int) -> dict[str, dict[str, list[float]]]:
    """Return p-values of each test of every group compared with the first, by metric."""
    found: dict[str, dict[str, list[float]]] = {}
    for title, parts in JUDGED.items():
        base = values[Key("logistic", "group 0", *parts)]
        found[title] = {"corrected t": [], "paired t": [], "Wilcoxon": []}
        for g in range(1, n_groups):
            d = values[Key("logistic", f"group {g}", *parts)] - base
            found[title]["corrected t"].append(corrected_t(d, 1 / 4).p_value)
            found[title]["paired t"].append(float(ttest_1samp(d, 0).pvalue))
            found[title]["Wilcoxon"].append(float(wilcoxon(d).pvalue))
    return found


def rate(hits: list[bool]) -> dict[str, float]:
    """Return a rate with its exact 95 % interval."""
    k, n = int(np.sum(hits)), len(hits)
    low, high = binomtest(k, n).proportion_ci()
    return {"rate": k / n, "low": float(low), "high": float(high), "draws": n}


def alarms_of_five(n_draws: int) -> dict[str, Any]:
    """Return false alarms for five folds without repeats."""
    return alarms(n_draws, n_repeats=1)


def alarms(n_draws: int, n_repeats: int = 5) -> dict[str, Any]:
    """Return false alarms of each test, for one comparison and for the family of three."""
    strength = np.sqrt(2) * 0.8416  # gives an AUC of 0.8 if the model is known

    def one(seed: int) -> dict[str, dict[str, list[float]]]:
        return tests_of(of_groups(seed, (strength,) * N_GROUPS, n_repeats), N_GROUPS)

    draws = Parallel(n_jobs=-1)(delayed(one)(seed) for seed in range(n_draws))
    found: dict[str, Any] = {}
    for title in JUDGED:
        for test in ("corrected t", "paired t", "Wilcoxon"):
            single = [draw[title][test][0] < 0.05 for draw in draws]
            family = [bool((holm(np.array(draw[title][test])) < 0.05).any()) for draw in draws]
            found[f"{title}, {test}"] = {"one": rate(single), "family after Holm": rate(family)}
    return found


def noise(n_draws: int, n: int = 300, n_events: int = 45) -> dict[str, Any]:
    """Return in how many tables of noise all simultaneous AUC intervals contain 0.5."""
    hits = []
    for seed in range(n_draws):
        rng = np.random.RandomState(seed)
        X, y = rng.standard_normal((n, 5)), (np.arange(n) < n_events).astype(int)
        result = compare(X, y, random_state=seed, progress=False)
        found = result.intervals("roc_auc").values()
        hits.append(all(e.low <= 0.5 <= e.high for e in found))
    return rate(hits)


BLOG_MODELS = {
    "logistic": LogisticRegression(),
    "boosting": HistGradientBoostingClassifier(random_state=0),
    "tree": DecisionTreeClassifier(random_state=0),
}
BLOG_ARMS = {
    "as it is": None,
    "random-over": RandomOverSampler(random_state=0),
    "random-under": RandomUnderSampler(random_state=0),
    "SMOTE": SMOTE(random_state=0),
    "SMOTE + Tomek": SMOTETomek(random_state=0),
    "class weights": "balanced",
}


def blog(n_draws: int) -> dict[str, Any]:
    """Return means over draws of the figures for the table of the blog posts: 1,000 training rows, 11,000 test rows."""
    sums: dict[str, list[float]] = {}
    for seed in range(n_draws):
        X, y = make_classification(
            12_000,
            n_features=2,
            n_redundant=0,
            n_clusters_per_class=1,
            weights=[0.9],
            flip_y=0.01,
            random_state=seed,
        )
        X, X_test, y, y_test = X[:1000], X[1000:], y[:1000], y[1000:]
        for estimator, model in BLOG_MODELS.items():
            for arm, sampler in BLOG_ARMS.items():
                steps = ["passthrough" if sampler in (None, "balanced") else sampler, clone(model)]
                if sampler == "balanced":
                    steps[1].set_params(class_weight="balanced")
                fitted = make_pipeline(*steps)
                folds = StratifiedKFold(5, shuffle=True, random_state=0)
                held_out = cross_val_predict(fitted, X, y, cv=folds, method="predict_proba")[:, 1]
                threshold = TunedThreshold("f1").threshold(y, held_out)
                p = fitted.fit(X, y).predict_proba(X_test)[:, 1]
                fit = calibration_fit(y_test, p)
                figures = {
                    "AUC": roc_auc_score(y_test, p),
                    "AP": average_precision_score(y_test, p),
                    "Brier": brier_score_loss(y_test, p),
                    "in the large": fit.in_the_large,
                    "slope": fit.slope,
                    "F1 at 0.5": f1_score(y_test, p >= 0.5),
                    "F1 tuned": f1_score(y_test, p >= threshold),
                }
                for title, value in figures.items():
                    sums.setdefault(f"{estimator} | {arm} | {title}", []).append(float(value))
    return {key: float(np.mean(values)) for key, values in sums.items()}


def spread(n_draws: int, columns: tuple[int, ...] = (2, 10, 50, 200, 1000)) -> dict[str, Any]:
    """Return the relative variance of SMOTE's rows, and how often k-NN predicts the rare class for noise."""
    found: dict[str, Any] = {}
    for d in columns:
        ratios, shares = [], []
        for seed in range(n_draws):
            rng = np.random.RandomState(seed)
            X, y = rng.standard_normal((100, d)), (np.arange(100) < 20).astype(int)
            X_new, y_new = SMOTE(random_state=seed).fit_resample(X, y)
            ratios.append(X_new[100:].var(axis=0).mean() / X[:20].var(axis=0).mean())
            model = KNeighborsClassifier().fit(X_new, y_new)
            shares.append(model.predict(rng.standard_normal((200, d))).mean())
        found[str(d)] = {"variance": float(np.mean(ratios)), "said rare": float(np.mean(shares))}
    return found


ESTIMATORS = ["logistic", "boosting", "tree", "k-nn"]
SHOWN = {
    "ROC AUC": (None, None, "roc_auc"),
    "PR AUC": (None, None, "average_precision"),
    "F1 at 0.5": ("as trained", "0.5", "f1"),
    "F1 tuned": (None, "tuned", "f1"),
    "log loss": ("as trained", None, "log_loss"),
    "log loss, corrected": ("corrected", None, "log_loss"),
}


def study(folder: Path, stored: dict[str, Any]) -> dict[str, Any]:
    """Return the means and verdicts for each table, estimator and approach."""
    for path in sorted(folder.glob("*.parquet")):
        frame = pd.read_parquet(path)
        if (
            path.stem in stored
            or "target" not in frame
            or frame["target"].nunique() != 2
            or len(frame) > 30_000
        ):
            continue
        y = frame.pop("target")
        start = time.perf_counter()
        result = compare(frame, y, estimators=ESTIMATORS, n_repeats=1, progress=False)
        verdicts = {d.key: d.verdict for d in result.differences}
        arms = []
        for estimator, approach in result.status:
            keys = {title: Key(estimator, approach, *parts) for title, parts in SHOWN.items()}
            means = {title: result.mean(key) for title, key in keys.items()}
            message = {title: verdicts.get(key) for title, key in keys.items()}
            arms.append(
                {"estimator": estimator, "approach": approach, "means": means, "verdicts": message}
            )
        seconds = round(time.perf_counter() - start, 1)
        stored[path.stem] = {
            "rows": len(frame),
            "events": int(result.facts["n_events"]),
            "seconds": seconds,
            "arms": arms,
        }
        lines = [f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in stored.items()]
        STUDY.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        print(path.stem, seconds, "s;", result.advice[0], flush=True)
    return stored


STUDIES = {
    "alarms": (alarms, 1000),
    "alarms-of-five": (alarms_of_five, 1000),
    "noise": (noise, 50),
    "blog": (blog, 6),
    "spread": (spread, 30),
}


def main(words: list[str]) -> None:
    """Run the studies and store their results."""
    warnings.simplefilter("ignore")
    n_draws = int(words[words.index("--draws") + 1]) if "--draws" in words else None
    if "study" in words:
        folder = Path(words[words.index("study") + 1])
        study(folder, json.loads(STUDY.read_text(encoding="utf-8")) if STUDY.exists() else {})
        words = [*words, "none"]
    for name, (make, usual) in STUDIES.items():
        if any(word in (*STUDIES, "none") for word in words) and name not in words:
            continue
        start = time.perf_counter()
        found = make(n_draws or usual)
        seconds = round(time.perf_counter() - start, 1)
        stored = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
        stored[name] = {"draws": n_draws or usual, "seconds": seconds, "found": found}
        RESULT.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        print(name, seconds, "s", json.dumps(found, indent=1)[:3000], flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
