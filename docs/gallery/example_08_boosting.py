"""
Class weights in boosting libraries
===================================

What do ``scale_pos_weight``, ``is_unbalance`` and ``class_weight`` do to the probabilities of boosted trees, and how are
they taken back? XGBoost, LightGBM and scikit-learn are measured on the same table, and decisions are made by cost.
"""

# %%
# A table and three libraries
# ---------------------------
# Twenty thousand rows, about five in a hundred of them events. The table is made up, so that there are enough rows
# to measure probabilities on: half of them are kept for that. A missed event costs 20, a false alarm 1.

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from xgboost import XGBClassifier

from poise.decisions import (
    CostMatrix,
    CostThreshold,
    LowestCost,
    ResampledClassifier,
    ReweightedClassifier,
    reliability_curve,
)
from poise.weights import weight_parameters

X, y = make_classification(
    20_000,
    n_features=12,
    n_informative=6,
    weights=[0.95],
    class_sep=0.4,
    flip_y=0,
    random_state=0,
)
X, X_test, y, y_test = train_test_split(X, y, stratify=y, test_size=0.5, random_state=0)
costs = CostMatrix.of_two(false_positive=1, false_negative=20, classes=[0, 1])
print(f"{y.sum()} events in {len(y):,} training rows ({y.mean():.1%})")
print("weights by library:", weight_parameters(y, library="xgboost"), {"is_unbalance": True})

of_trees = {"learning_rate": 0.1, "random_state": 0}
libraries = {
    "XGBoost": (
        XGBClassifier(n_estimators=100, max_depth=4, n_jobs=1, **of_trees),
        weight_parameters(y, library="xgboost"),
    ),
    "LightGBM": (
        LGBMClassifier(n_estimators=100, num_leaves=15, n_jobs=1, verbose=-1, **of_trees),
        {"is_unbalance": True},
    ),
    "HistGradientBoosting": (
        HistGradientBoostingClassifier(max_iter=100, max_leaf_nodes=15, **of_trees),
        {"class_weight": "balanced"},
    ),
}

# %%
# Four models of each library
# ---------------------------
# * **as it is**: no weights.
# * **weights**: the parameter of the library, so that both classes have the same total weight.
# * **prior taken back**: ``ResampledClassifier(None, model)`` finds the weights in the model and divides the odds
#   by their ratio.
# * **held-out rows**: ``ReweightedClassifier(model)`` sets the weights itself, takes them back, and
#   then corrects the mean on rows that were held out in training.

fitted = {}
for library, (plain, weights) in libraries.items():
    weighted = clone(plain).set_params(**weights)
    fitted[library] = {
        "as it is": plain.fit(X, y),
        "weights": weighted.fit(X, y),
        "prior taken back": ResampledClassifier(None, weighted).fit(X, y),
        "held-out rows": ReweightedClassifier(plain).fit(X, y),
    }
probabilities = {
    library: {name: model.predict_proba(X_test)[:, 1] for name, model in models.items()}
    for library, models in fitted.items()
}
share = y_test.mean()
rows = {}
for library, found in probabilities.items():
    for name, p in found.items():
        rows[library, name] = {
            "ROC AUC": f"{roc_auc_score(y_test, p):.3f}",
            "mean probability": f"{p.mean():.3f}",
            "divided by the share": f"{p.mean() / share:.2f}",
        }
print(f"share of events in the test rows: {share:.3f}")
pd.DataFrame(rows).T

# %%
# **The ranking** hardly changes: read nothing into the third decimal. **The probabilities** become several times
# too high with weights, as they do with over-sampling. The ratio of the weights is known. Taking it back in full
# goes too far here: boosted trees fit their training rows closely, so that weights move the probabilities of new
# rows by less than their ratio. Held-out rows show by how much, and the last model comes close to 1. It takes five
# more fits. Without weights, the mean is a little too low.
#
# Reliability
# -----------
# A model is right where its points lie on the diagonal: of rows with a probability of 10 %, one in ten is an event.
# Both axes are logarithmic, so small probabilities can be read.

colors = {
    "as it is": "#4a90bd",
    "weights": "#c2410c",
    "prior taken back": "0.6",
    "held-out rows": "0.1",
}
figure, panels = plt.subplots(
    1, 3, figsize=(10, 4.2), sharex=True, sharey=True, layout="constrained"
)
for axes, (library, found) in zip(panels, probabilities.items(), strict=True):
    axes.plot([0.001, 1], [0.001, 1], color="0.8", linewidth=1)
    for name, p in found.items():
        curve = reliability_curve(y_test, p, n_bins=8, pos_label=1)
        error = [curve.observed - curve.low, curve.high - curve.observed]
        axes.errorbar(
            curve.predicted,
            curve.observed,
            yerr=error,
            fmt="o-",
            markersize=4,
            linewidth=1.3,
            capsize=2,
            color=colors[name],
            label=name,
        )
    axes.set(xscale="log", yscale="log", title=library, xlabel="predicted probability")
    axes.set(xlim=(8e-4, 1.2), ylim=(8e-4, 1.2))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axes.grid(alpha=0.3)
panels[0].set_ylabel("share of events (95 % interval)")
figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)


# %%
# Points below the diagonal are probabilities that are too high. Weights move the curve to the right, and taking
# their ratio back moves it too far to the left.
#
# Decide by cost
# --------------
# Weights are often set because a missed event costs more. The threshold is the direct way: with right
# probabilities, an alarm is worth it from ``1 / (1 + 20)``. The table has costs per row on the test rows, and in
# brackets the difference from the model as it is with the threshold by cost, with twice its standard error. The
# last column is for weights that must stay: ``LowestCost`` finds its threshold on held-out rows of the training
# part, whether probabilities are right or not.


def with_error(decided, base):
    """Return the mean cost of decisions, and its difference from that of others."""
    difference = costs_of(decided) - costs_of(base)
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    return f"{costs_of(decided).mean():.3f} ({difference.mean():+.3f} ± {2 * error:.3f})"


def costs_of(decided):
    """Return the cost of the decision for each test row."""
    return np.where(y_test == 1, 20 * (decided == 0), decided == 1)


rows = {}
for library, found in probabilities.items():
    base = costs.decide(found["as it is"])
    for name, p in found.items():
        rows[library, name] = {
            "threshold 0.5": with_error((p >= 0.5).astype(int), base),
            "threshold by cost": with_error(costs.decide(p), base),
        }
    lowest = LowestCost((1, 20)).classifier(fitted[library]["prior taken back"].estimator).fit(X, y)
    rows[library, "weights"]["threshold found by labels"] = with_error(lowest.predict(X_test), base)
pd.DataFrame(rows).T.fillna("")

# %%
# * At 0.5, the models as they are miss costly events, and weights seem to be the remedy.
# * With the threshold by cost, the models as they are cost less than half of that. Weights at 0.5 come near it, and
#   so do weights that are taken back, with the threshold by cost.
# * Weights and the threshold by cost together count the costs twice. That is expensive, and Poise warns of it:

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    CostThreshold((1, 20)).classifier(fitted["LightGBM"]["weights"]).fit(X, y)
print(caught[0].message)

# %%
# So what?
# --------
# Leave the weights out and move the threshold, unless a comparison on your table says otherwise. If weights are in
# the model already, find the threshold by labels. If you want weights and right probabilities, use
# ``ReweightedClassifier`` for trees, or ``ResampledClassifier`` with ``calibrate="sigmoid"``
# (:doc:`example_09_calibration`). :doc:`/weights` has the parameters of each library, :doc:`/decisions` the
# thresholds.
