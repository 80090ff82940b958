"""
Search: grids, Optuna, AutoML
=============================

How do you let a search choose the resampling together with the model, and how good is its choice really? Samplers are
parameters like any others; the score of the winner in the search is too high, and new rows show by how much.
"""

# %%
# The tables
# ----------
# Ten tables of 400 rows, one row in twelve is an event, and 3,000 new rows from the same source. You have one
# such table; the others and the new rows are here to see what you cannot see.

import matplotlib.pyplot as plt
import numpy as np
import optuna
import pandas as pd
from scipy.stats import loguniform
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.tree import DecisionTreeClassifier

import poise
from poise import SMOTE, make_sampler
from poise.comparison import ComparedClassifier
from poise.datasets import load_hypothyroid
from poise.decisions import ResampledClassifier
from poise.pipeline import Pipeline

n_tables, n_rows = 10, 400
rows, label = make_classification(
    9400,
    n_features=10,
    n_informative=4,
    weights=[0.92],
    class_sep=0.7,
    random_state=0,
)
tables = [
    (rows[i : i + n_rows], label[i : i + n_rows]) for i in range(0, n_tables * n_rows, n_rows)
]
X_new, y_new = rows[-3000:], label[-3000:]
X, y = tables[0]
print(f"{y.sum()} events in the first table, {y_new.sum()} among the new rows")

# %%
# A grid
# ------
# A step of a pipeline can be replaced by a parameter, and ``"passthrough"`` leaves it out: no resampling must be
# among the candidates. The pipeline resamples the training part of each fold alone. Scores are ROC AUC, whose mean
# does not depend on how many events a fold has.

pipeline = Pipeline([("sampler", "passthrough"), ("model", DecisionTreeClassifier())])
samplers = [
    "passthrough",
    make_sampler("random-under", random_state=0),
    make_sampler("random-over", random_state=0),
    make_sampler("borderline-smote", random_state=0),
    *(
        make_sampler("smote", random_state=0, k_neighbors=k, sampling_strategy=ratio)
        for k in (3, 9)
        for ratio in (0.3, 1.0)
    ),
]
models = [DecisionTreeClassifier(max_depth=depth, random_state=0) for depth in (2, 4, 8)]
folds = StratifiedKFold(5, shuffle=True, random_state=0)
search = GridSearchCV(pipeline, {"sampler": samplers, "model": models}, cv=folds, scoring="roc_auc")
search.fit(X, y)
print(f"{len(search.cv_results_['params'])} candidates, the best:")
print(search.best_params_)
print(
    f"ROC AUC in the search {search.best_score_:.3f}, on new rows {search.score(X_new, y_new):.3f}"
)

# %%
# Optuna
# ------
# ``poise.make_sampler`` makes a sampler from a name, which Optuna can suggest. A parameter that only some methods
# have is suggested for these alone.

optuna.logging.set_verbosity(optuna.logging.WARNING)


def value(trial):
    """Return the mean ROC AUC of a suggestion."""
    name = trial.suggest_categorical("method", ["none", "smote", "random-under", "random-over"])
    sampler = "passthrough"
    if name != "none":
        settings = {"sampling_strategy": trial.suggest_float("ratio", 0.2, 1.0)}
        if name == "smote":
            settings["k_neighbors"] = trial.suggest_int("k_neighbors", 2, 12)
        sampler = make_sampler(name, random_state=0, **settings)
    model = LogisticRegression(C=trial.suggest_float("C", 1e-3, 1e2, log=True))
    pipeline = Pipeline([("sampler", sampler), ("model", model)])
    return cross_val_score(pipeline, X, y, cv=folds, scoring="roc_auc").mean()


study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
study.optimize(value, n_trials=30)
print(f"ROC AUC in the search {study.best_value:.3f}:", study.best_params)

# %%
# Just an estimator
# -----------------
# AutoML tools that take scikit-learn estimators, but no pipelines with samplers, get the resampling inside an
# estimator. ``ResampledClassifier`` resamples in ``fit``, and corrects its probabilities for the shares that it
# changed, so a search may judge them too, here by the log loss.

inside = RandomizedSearchCV(
    ResampledClassifier(SMOTE(random_state=0), LogisticRegression()),
    {
        "resampler": [None, SMOTE(random_state=0), make_sampler("random-under", random_state=0)],
        "estimator__C": loguniform(1e-3, 1e2),
    },
    n_iter=20,
    cv=folds,
    scoring="neg_log_loss",
    random_state=0,
)
inside.fit(X, y)
best = inside.best_params_
print(f"log loss {-inside.best_score_:.3f}: {best['resampler']}, C = {best['estimator__C']:.2g}")

# %%
# ``ComparedClassifier`` is the whole of ``poise.compare`` in an estimator: names of an approach and of a model. It
# takes text and missing values as they are, so a search over names is enough.

thyroid = load_hypothyroid().frame("pandas")
ill = thyroid.pop("target")
names = {"approach": ["as-is", "class-weights", "smote"], "estimator": ["logistic", "tree"]}
by_name = GridSearchCV(
    ComparedClassifier("as-is", "logistic"), names, cv=3, scoring="average_precision"
)
by_name.fit(thyroid, ill == "hypothyroid")
pd.DataFrame(by_name.cv_results_)[
    ["param_approach", "param_estimator", "mean_test_score", "std_test_score"]
].round(3)

# %%
# How good is the winner?
# -----------------------
# The search reports the highest of many scores, each with an error, so it reports a lucky one. The same grid on
# each of the ten tables; every candidate is then fitted on its table and scored on the new rows.

in_search, on_new = np.empty((2, n_tables, len(samplers) * len(models)))
for i, (X_i, y_i) in enumerate(tables):
    found = GridSearchCV(pipeline, search.param_grid, cv=folds, scoring="roc_auc", refit=False).fit(
        X_i, y_i
    )
    in_search[i] = found.cv_results_["mean_test_score"]
    for j, candidate in enumerate(found.cv_results_["params"]):
        fitted = Pipeline([("sampler", candidate["sampler"]), ("model", candidate["model"])])
        proba = fitted.fit(X_i, y_i).predict_proba(X_new)[:, 1]
        on_new[i, j] = roc_auc_score(y_new, proba)

every, winner = np.arange(n_tables), in_search.argmax(axis=1)
optimism = in_search - on_new
for name, gap in {
    "all candidates": optimism.mean(axis=1),
    "the winner": optimism[every, winner],
    "difference": optimism[every, winner] - optimism.mean(axis=1),
}.items():
    error = gap.std(ddof=1) / np.sqrt(n_tables)
    print(f"{name:<15} search minus new rows {gap.mean():+.3f} ± {2 * error:.3f}")

# %%
# One picture of it
# -----------------
# Taken as they come, candidates are not overestimated; the winner is.
#
# Left: the candidates on the first table. Right: candidates are tried one after the other in random order; the best
# score so far, and what that candidate reaches on new rows, as means over tables and 200 orders.

rng = np.random.default_rng(0)
n_candidates = in_search.shape[1]
best_in_search, best_on_new = np.zeros((2, n_candidates))
for order in (rng.permutation(n_candidates) for _ in range(200)):
    best = order[
        np.array([in_search[:, order[: k + 1]].argmax(axis=1) for k in range(n_candidates)])
    ]
    best_in_search += in_search[every, best].mean(axis=1) / 200
    best_on_new += on_new[every, best].mean(axis=1) / 200

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
colors = {"depth 2": "#4a90bd", "depth 4": "0.6", "depth 8": "#f6b26b"}
for k, (name, color) in enumerate(colors.items()):
    some = slice(k * len(samplers), (k + 1) * len(samplers))
    left.scatter(in_search[0, some], on_new[0, some], s=45, color=color, label=name)
left.scatter(
    in_search[0, winner[0]],
    on_new[0, winner[0]],
    s=160,
    facecolors="none",
    edgecolors="#c2410c",
    linewidths=2,
    label="the winner",
)
ends = [
    min(in_search[0].min(), on_new[0].min()) - 0.01,
    max(in_search[0].max(), on_new[0].max()) + 0.01,
]
left.plot(ends, ends, color="0.6", linewidth=1)
left.set(
    xlabel="ROC AUC in the search",
    ylabel="ROC AUC on new rows",
    title=f"{n_candidates} candidates, one table",
)
left.legend(fontsize=9)
tried = np.arange(1, n_candidates + 1)
right.plot(tried, best_in_search, color="#c2410c", label="in the search")
right.plot(tried, best_on_new, color="#4a90bd", label="on new rows")
right.fill_between(tried, best_on_new, best_in_search, color="#f6b26b", alpha=0.3)
right.set(xlabel="candidates tried", ylabel="mean ROC AUC of the best", title=f"{n_tables} tables")
legend = right.legend(fontsize=9)

# %%
# An honest score
# ---------------
# Put the whole search into the folds (nested cross-validation), or keep a test part that the search does not see. The
# nested score is that of the procedure "search, then fit": it may choose another winner in each fold.

outer = StratifiedKFold(5, shuffle=True, random_state=1)
nested = cross_val_score(search, X, y, cv=outer, scoring="roc_auc")
print(f"in the search {search.best_score_:.3f}")
print(f"nested        {nested.mean():.3f} (standard error {nested.std(ddof=1) / np.sqrt(5):.3f})")
print(f"new rows      {search.score(X_new, y_new):.3f}")

# %%
# ``poise.compare`` nests by itself: a search among its ``estimators`` runs inside the folds, so the advice is about
# scores that no search has seen.

compared = poise.compare(
    X,
    y,
    approaches={"as-is": "as-is", "smote": "smote"},
    estimators={
        "searched": GridSearchCV(LogisticRegression(), {"C": [0.01, 0.1, 1, 10]}, scoring="roc_auc")
    },
    n_repeats=1,
    n_jobs=1,
    progress=False,
    primary_metric="roc_auc",
)
print(compared.advice[0])

# %%
# So what?
# --------
# On new rows, the choice gains from the first few candidates, and then stays (blue line); the score that the search
# reports goes on rising (orange line). How far they part depends on the models, the rows and the number of
# candidates. So search, with ``"passthrough"`` among the candidates, but report the nested score or that of a test
# part.
#
# Thresholds are chosen afterwards, on held-out rows: :doc:`/decisions`. What else belongs into a report is in
# :doc:`example_13_paper`.
