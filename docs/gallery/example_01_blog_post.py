"""
The blog post on SMOTE, done honestly
=====================================

A post balances a made-up table, shows two pictures, and ends there. What would it have found if it had gone on?
"""

# %%
# What the post does
# ------------------
# A thousand rows, a hundred of them rare, in two columns. SMOTE makes 800 new rows, each between a rare row and one of its
# nearest neighbours of the same class.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    TunedThresholdClassifierCV,
    cross_validate,
)
from sklearn.tree import DecisionTreeClassifier

import poise
from poise import SMOTE, RandomOverSampler, RandomUnderSampler, SMOTETomek, make_pipeline

values, labels = make_classification(
    n_samples=1000,
    n_redundant=0,
    n_features=2,
    n_clusters_per_class=1,
    weights=[0.90],
    random_state=12,
)
X, y = pd.DataFrame(values, columns=["x1", "x2"]), pd.Series(labels, name="label")
result = poise.resample(X, y, method="smote", random_state=0)
print(result)
print(result.y.value_counts().to_dict())

# %%
# Where a new row comes from is recorded: its seed row, its partner, and how far it lies between them.

lineage = result.plan.lineage()
new = int(result.is_new.argmax())
print(
    f"row {new}: {lineage.gap[new]:.0%} of the way from row {lineage.seed[new]} to row {lineage.partner[new]}"
)

# %%
# The two pictures of the post: SMOTE, and SMOTE with Tomek links, which then removes pairs of rows of different classes
# that are each other's nearest neighbour.

panels = poise.plot.before_after(X, y, SMOTE(random_state=0))

# %%

panels = poise.plot.before_after(X, y, SMOTETomek(random_state=0))

# %%
# What the post leaves out
# ------------------------
# Does it help? Balance the training part of each fold alone (a pipeline does), and look at more than one number. ROC AUC and
# average precision judge the ranking, the Brier score the probabilities (lower is better), recall and precision the decisions
# at 0.5. Five repeats of ten folds also show which differences are noise.

metrics = {
    "ROC AUC": "roc_auc",
    "average precision": "average_precision",
    "Brier score": "neg_brier_score",
    "recall": "recall",
    "precision": "precision",
}
folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=5, random_state=0)
approaches = {
    "as it is": "passthrough",
    "random over-sampling": RandomOverSampler(random_state=0),
    "random under-sampling": RandomUnderSampler(random_state=0),
    "SMOTE": SMOTE(random_state=0),
    "SMOTE + Tomek links": SMOTETomek(random_state=0),
}


def scores_of(model):
    """Return the scores of a model in each of the fifty folds."""
    found = cross_validate(model, X, y, cv=folds, scoring=list(metrics.values()))
    return pd.DataFrame({name: np.abs(found[f"test_{scorer}"]) for name, scorer in metrics.items()})


logistic = {
    name: scores_of(make_pipeline(step, LogisticRegression())) for name, step in approaches.items()
}
moved = TunedThresholdClassifierCV(LogisticRegression(), scoring="balanced_accuracy", cv=3)
logistic["threshold moved"] = scores_of(moved)
tree = {
    name: scores_of(make_pipeline(step, DecisionTreeClassifier(random_state=0)))
    for name, step in approaches.items()
}

# %%
# A difference with its interval. Folds share training rows, so the standard error is that of Nadeau and Bengio
# (`2003 <https://doi.org/10.1023/A:1024068626366>`__): larger than that of fifty independent values.


def with_interval(scores):
    """Return the mean of each approach, and of its difference from the table as it is, with twice its standard error."""
    rows = {}
    for name, found in scores.items():
        difference = found - scores["as it is"]
        error = difference.std(ddof=1) * np.sqrt(1 / len(found) + 1 / 9)
        rows[name] = [
            f"{found[metric].mean():.3f}"
            + (
                f" ({difference[metric].mean():+.3f} ± {2 * error[metric]:.3f})"
                if name != "as it is"
                else ""
            )
            for metric in metrics
        ]
    return pd.DataFrame(rows, index=list(metrics)).T


with_interval(logistic)

# %%
# **The logistic regression** ranks rows as before: the differences in ROC AUC and average precision are within their
# errors. All approaches raise recall and lower precision, and make the probabilities worse. A moved threshold
# does the same to recall and precision, and leaves the probabilities as they are.

with_interval(tree)

# %%
# **The unpruned tree**, a weak classifier, gains in ROC AUC from SMOTE and loses precision.
#
# One picture of both
# -------------------

figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True, layout="constrained")
for axes, (title, scores) in zip(
    panels, {"logistic regression": logistic, "tree": tree}.items(), strict=True
):
    for name, found in scores.items():
        axes.scatter(found["recall"].mean(), found["precision"].mean(), s=60, zorder=3)
        axes.annotate(
            name,
            (found["recall"].mean(), found["precision"].mean()),
            xytext=(6, 4),
            textcoords="offset points",
            fontsize=9,
        )
    axes.set(title=title, xlabel="events found (recall)", xlim=(0.8, 1.02))
    axes.grid(alpha=0.3)
panels[0].set_ylabel("alarms that are right (precision)")

# %%
# So what?
# --------
# On this table, SMOTE buys recall with precision, as a lower threshold does. All numbers are high because the table is
# easy. On your own, ask: ``poise.compare`` makes this comparison in one call, says how probable a gain worth having is, and
# which threshold to use.

compared = poise.compare(X, y, estimators=["logistic"], n_repeats=1)
print(compared.advice[0])

# %%
# Nothing here is a property of this table alone: :doc:`/right_for_me` says what others found, for and against.
