"""
Calibration after resampling
============================

What do SMOTE and under-sampling do to predicted probabilities, and how are they made right again? For a logistic
regression and a forest: as it is, resampled, with the prior taken back, and calibrated on held-out rows.
"""

# %%
# A table with enough test rows
# -----------------------------
# Probabilities of rare events need many rows to be measured, so the table is made up: five in a hundred rows are
# events, 5,000 rows are for training and 15,000 for measuring. A missed event costs 20, a false alarm 1.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from poise import SMOTE, RandomUnderSampler
from poise.decisions import CostMatrix, ResampledClassifier, reliability_curve, shift_prior
from poise.metrics import calibration_fit

X, y = make_classification(
    20_000,
    n_features=12,
    n_informative=6,
    weights=[0.95],
    class_sep=0.4,
    flip_y=0,
    random_state=0,
)
X, X_test, y, y_test = train_test_split(X, y, stratify=y, train_size=5_000, random_state=0)
costs = CostMatrix.of_two(false_positive=1, false_negative=20, classes=[0, 1])
print(f"training: {y.sum()} events in {len(y):,} rows; test: {y_test.sum()} in {len(y_test):,}")

models = {
    "logistic regression": LogisticRegression(),
    "forest": RandomForestClassifier(50, min_samples_leaf=5, random_state=0),
}
samplers = {
    "SMOTE": SMOTE(random_state=0),
    "under-sampling": RandomUnderSampler(random_state=0),
}

# %%
# One fit, three probabilities
# ----------------------------
# ``ResampledClassifier`` resamples in ``fit``. With ``calibrate="sigmoid"`` it also fits a calibrator (Platt
# scaling) on original rows that were held out in training. The steps can be looked at one by one: ``estimator_`` is
# the classifier that was fitted on resampled rows, and ``shift_prior`` divides its odds by the ratio by which the
# sampler changed the shares.

found, fitted = {}, {}
for title, model in models.items():
    plain = model.fit(X, y).predict_proba(X_test)[:, 1]
    alone = ResampledClassifier(None, model, calibrate="sigmoid").fit(X, y)
    for sampler_name, sampler in samplers.items():
        corrected = ResampledClassifier(sampler, model, calibrate="sigmoid").fit(X, y)
        raw = corrected.estimator_.predict_proba(X_test)
        shifted = shift_prior(raw, corrected.trained_prior_, corrected.deployment_prior_)
        fitted[title, sampler_name] = corrected
        found[title, sampler_name] = {
            "as it is": plain,
            "as it is, calibrated": alone.predict_proba(X_test)[:, 1],
            "resampled": raw[:, 1],
            "prior taken back": shifted[:, 1],
            "and calibrated": corrected.predict_proba(X_test)[:, 1],
        }

# %%
# Reliability curves
# ------------------
# Points on the diagonal are right: of rows with a probability of 10 %, one in ten is an event. Below it,
# probabilities are too high. Bars are 95 % intervals.

colors = {
    "as it is": "#4a90bd",
    "resampled": "#c2410c",
    "prior taken back": "0.6",
    "and calibrated": "0.1",
}
figure, panels = plt.subplots(2, 2, figsize=(9, 8), sharex=True, sharey=True, layout="constrained")
for axes, ((title, sampler_name), of_steps) in zip(panels.flat, found.items(), strict=True):
    axes.plot([1e-3, 1], [1e-3, 1], color="0.8", linewidth=1)
    for name, color in colors.items():
        curve = reliability_curve(y_test, of_steps[name], n_bins=10, pos_label=1)
        error = [curve.observed - curve.low, curve.high - curve.observed]
        axes.errorbar(
            curve.predicted,
            curve.observed,
            yerr=error,
            fmt="o-",
            markersize=4,
            linewidth=1.3,
            capsize=2,
            color=color,
            label=name,
        )
    axes.set(xscale="log", yscale="log", xlim=(8e-4, 1.2), ylim=(8e-4, 1.2))
    axes.set_title(f"{title}, {sampler_name}")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axes.grid(alpha=0.3)
for axes in panels[1]:
    axes.set_xlabel("predicted probability")
for axes in panels[:, 0]:
    axes.set_ylabel("share of events")
figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)

# %%
# The numbers
# -----------


def losses_of(p):
    """Return the log loss of each test row."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return -np.log(np.where(y_test == 1, p, 1 - p))


def costs_of(p):
    """Return the cost of each test row, decided by the threshold 1 / 21."""
    decided = costs.decide(p)
    return np.where(y_test == 1, 20 * (decided == 0), decided == 1)


def with_error(values, base):
    """Return a mean, and its difference from another with twice its standard error."""
    difference = values - base
    error = 2 * difference.std(ddof=1) / np.sqrt(len(difference))
    return f"{values.mean():.3f} ({difference.mean():+.3f} ± {error:.3f})"


rows = {}
for (title, sampler_name), of_steps in found.items():
    base = of_steps["as it is"]
    for name, p in of_steps.items():
        key = (title, name if name.startswith("as it is") else f"{sampler_name}: {name}")
        fit = calibration_fit(y_test, np.clip(p, 1e-6, 1 - 1e-6))
        rows[key] = {
            "mean probability": f"{p.mean():.3f}",
            "bias (log-odds)": f"{fit.in_the_large:+.2f} ± {2 * fit.in_the_large_error:.2f}",
            "slope": f"{fit.slope:.2f} ± {2 * fit.slope_error:.2f}",
            "log loss": with_error(losses_of(p), losses_of(base)),
            "cost per row": with_error(costs_of(p), costs_of(base)),
        }
print(f"share of events in the test rows: {y_test.mean():.3f}")
pd.DataFrame(rows).T

# %%
# Biases and slopes are of the log-odds: 0 and 1 are right (:doc:`/decisions`). In brackets is the difference from
# the model as it is. Errors are twice the standard error over the test rows; they do not count that another
# training table gives other models.
#
# * **Resampled**: the probabilities are much too high, log loss and cost are worse than without resampling.
# * **Prior taken back**: nearly right on average for the logistic regression. The slope stays wrong. For the forest
#   after SMOTE it goes too far, and the bias changes its sign: a forest fits new rows closely, so they do not raise
#   the probabilities of other rows by as much as their number says.
# * **And calibrated**: right on average everywhere, and the slope is much nearer to 1.
#
# Could it be seen in training?
# -----------------------------
# In practice 15,000 further labels are rarely there. ``residual_`` has what was measured on held-out training rows:
# after the prior was taken back, and after the calibrator. With ``calibrate="check"`` Poise warns of the first and
# corrects nothing.

rows = {}
for key, model in fitted.items():
    before, after = model.residual_.shifted[0], model.residual_.recalibrated[0]
    rows[key] = {
        "bias, prior taken back": f"{before.in_the_large:+.2f} ± {2 * before.in_the_large_error:.2f}",
        "slope, prior taken back": f"{before.slope:.2f} ± {2 * before.slope_error:.2f}",
        "bias, calibrated": f"{after.in_the_large:+.2f} ± {2 * after.in_the_large_error:.2f}",
    }
pd.DataFrame(rows).T

# %%
# Was the resampling worth it?
# ----------------------------
# The fair comparison is with a model that is calibrated, too. Negative differences are in favour of resampling.

rows = {}
for (title, sampler_name), of_steps in found.items():
    p, base = of_steps["and calibrated"], of_steps["as it is, calibrated"]
    rows[title, sampler_name] = {
        "log loss": with_error(losses_of(p), losses_of(base)),
        "cost per row": with_error(costs_of(p), costs_of(base)),
    }
pd.DataFrame(rows).T

# %%
# On this table, the forest gains from SMOTE once its probabilities are calibrated; under-sampling makes its log
# loss worse. The logistic regression gets cheaper decisions from both samplers, with nearly the same log loss. A
# likely reason is that the boundary of these classes is not a straight line, and balanced classes move the line
# that is fitted. Another table may answer the other way.
#
# So what?
# --------
# Never use the probabilities of a resampled model as they come. Take the prior back and calibrate, in one call:
# ``ResampledClassifier(sampler, model, calibrate="sigmoid")``. Whether the sampler is worth it at all is a second
# question, which only right probabilities let you ask; ``poise.compare`` asks it on your table (:doc:`/compare`).
# Weights in place of new rows: :doc:`example_08_boosting`.
