"""
A rare disease with forty events
================================

What can forty events show, and what can they not? A small clinical table, a simple model, probabilities that can be checked, and a
threshold with its uncertainty.
"""

# %%
# The table
# ---------
# 1,200 made-up patients, of whom 40 get the disease, and eight measurements in standard units. The first four are related to
# the disease, which the analyst does not know. Because the table is made up, there is a second one from the same source, with
# 200,000 patients. It stands for the truth, which no real study has, and is used only to check what was concluded.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

import poise
from poise import SMOTE, make_pipeline
from poise.decisions import LowestCost, reliability_curve, threshold_curve
from poise.metrics import calibration_fit

NAMES = ["age", "marker A", "marker B", "pressure", "marker C", "marker D", "weight", "pulse"]
rng = np.random.default_rng(11)


def patients(n):
    """Return patients and whether they get the disease."""
    values = rng.normal(size=(n, len(NAMES)))
    values[:, 4] = 0.6 * values[:, 1] + 0.8 * values[:, 4]  # marker C goes with marker A
    odds = -4.3 + values[:, :4] @ [0.7, 0.9, 0.6, 0.4] + 0.3 * values[:, 1] * values[:, 2]
    sick = rng.random(n) < 1 / (1 + np.exp(-odds))
    return pd.DataFrame(values, columns=NAMES), pd.Series(sick.astype(int), name="disease")


everyone, disease = patients(200_000)
source, found = patients(20_000)
share = disease.mean()
chosen = np.r_[found[found == 1].index[:40], found[found == 0].index[:1160]]
chosen = np.sort(chosen)
X, y = source.loc[chosen].reset_index(drop=True), found[chosen].reset_index(drop=True)
print(f"{len(y):,} patients, {y.sum()} events ({y.mean():.1%}); in the large table {share:.1%}")

# %%
# Which approach?
# ---------------
# Logistic regression and boosted trees, with the rows as they are, class weights, under-sampling and SMOTE. The advice:

result = poise.compare(
    X,
    y,
    approaches=["class-weights", "random-under", "smote"],
    estimators=["logistic", "boosting"],
    n_repeats=3,
)
print(*result.advice[:2], *[line for line in result.advice if "events (" in line], sep="\n\n")

# %%
# What rests on these forty events, and what does not
# ---------------------------------------------------
# By default the verdicts also use what the same approaches did on the tables of a reference study
# (:doc:`/compare`). ``judged(effect_prior="flat")`` leaves that out, and nothing is fitted again. For each approach, the
# picture shows the probability of a gain worth having (PR AUC higher by more than 0.02), of a difference that does not matter, and of
# a loss.

views = {
    "with the reference study": result,
    "by these 40 events alone": result.judged(effect_prior="flat"),
}
label_box = {"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1.5}
figure, panels = plt.subplots(1, 2, figsize=(10, 3.9), sharey=True, layout="constrained")
for axes, (title, view) in zip(panels, views.items(), strict=True):
    verdicts = view.verdicts("pandas")
    verdicts = verdicts[verdicts["metric"] == "average_precision"]
    names = verdicts["approach"] + ", " + verdicts["estimator"]
    start = np.zeros(len(verdicts))
    for column, color, label in [
        ("p_loss", "0.6", "loss"),
        ("p_equal", "#c9dff0", "does not matter"),
        ("p_gain", "#c2410c", "gain worth having"),
    ]:
        axes.barh(names, verdicts[column], left=start, color=color, label=label)
        start = start + verdicts[column]
    for row, verdict in enumerate(verdicts["verdict"]):
        axes.text(0.5, row, verdict, ha="center", va="center", fontsize=9, bbox=label_box)
    axes.set(title=title, xlabel="probability", xlim=(0, 1))
figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
axes.invert_yaxis()

# %%
# "Open" means that none of the three is probable enough to be a verdict. Most comparisons are open by these data alone, and
# experience with other tables settles some of them. A report should say which of the two views it takes.
#
# Was that right? With a made-up source it can be checked: forty other tables of the same size, a logistic regression on each, judged on
# 50,000 patients of the large table. The intervals are two standard errors over the forty tables.

large, large_y = everyone.to_numpy()[:50_000], disease.to_numpy()[:50_000]
pool, pool_y = patients(60_000)
pool, pool_y = pool.to_numpy(), pool_y.to_numpy()
sick, well = np.flatnonzero(pool_y == 1), np.flatnonzero(pool_y == 0)
treatments = {
    "as it is": LogisticRegression(),
    "class weights": LogisticRegression(class_weight="balanced"),
    "SMOTE": make_pipeline(SMOTE(random_state=0), LogisticRegression()),
}
scores = []
for _ in range(40):
    rows = np.r_[rng.choice(sick, 40, replace=False), rng.choice(well, 1160, replace=False)]
    scores.append(
        {
            name: average_precision_score(
                large_y, model.fit(pool[rows], pool_y[rows]).predict_proba(large)[:, 1]
            )
            for name, model in treatments.items()
        }
    )
scores = pd.DataFrame(scores)
gains = scores.drop(columns="as it is").sub(scores["as it is"], axis=0)
print(
    f"PR AUC as it is: {scores['as it is'].mean():.3f}, from {scores['as it is'].min():.3f} to {scores['as it is'].max():.3f}"
)
here = {d.approach: d.gain for d in verdicts[verdicts["estimator"] == "logistic"].itertuples()}
for name, approach in [("class weights", "class-weights"), ("SMOTE", "smote")]:
    gain = gains[name]
    print(
        f"gain of {name}: {here[approach]:+.3f} measured in our table; "
        f"{gain.mean():+.3f} ± {2 * gain.sem():.3f} on average, {gain.min():+.3f} to {gain.max():+.3f} in single tables"
    )

# %%
# Our forty events point in the wrong direction: weights and SMOTE seem to gain, and on average they lose a little, less than the
# 0.02 that matters. That is what "practically equal" says, and what forty events alone cannot show.
#
# A simple model
# --------------
# Forty events do not support a search for columns, interactions or hyper-parameters: each choice is one more chance to fit noise. Sample
# sizes for prediction models are in Riley et al. (`2020 <https://doi.org/10.1136/bmj.m441>`__). Here it is a logistic regression of
# all eight measurements with scikit-learn's usual penalty. Everything below uses probabilities of patients that were held out, with the
# mean over ten ways to draw the folds.


def held_out(model):
    """Return the mean held-out probability of each patient over ten draws of the folds."""
    draws = [
        cross_val_predict(
            model,
            X,
            y,
            cv=StratifiedKFold(5, shuffle=True, random_state=seed),
            method="predict_proba",
        )[:, 1]
        for seed in range(10)
    ]
    return np.mean(draws, axis=0)


model = LogisticRegression().fit(X, y)
probability = {name: held_out(treatments[name]) for name in ("as it is", "SMOTE")}
events = (y == 1).to_numpy()

# %%
# How well does it rank? The interval is from 2,000 samples of patients, drawn with replacement within the two groups, and
# describes these predictions; it does not contain the luck of having these forty events to fit on.

sampled = np.random.default_rng(0)
samples = [
    np.r_[sampled.choice(np.flatnonzero(events), 40), sampled.choice(np.flatnonzero(~events), 1160)]
    for _ in range(2000)
]
auc = roc_auc_score(y, probability["as it is"])
low, high = np.quantile(
    [roc_auc_score(events[rows], probability["as it is"][rows]) for rows in samples], [0.025, 0.975]
)
truth = roc_auc_score(disease, model.predict_proba(everyone)[:, 1])
print(f"AUC {auc:.2f} ({low:.2f} to {high:.2f}); of this model in the large table: {truth:.2f}")

# %%
# Are the probabilities right?
# ----------------------------
# Positive bias: risks are too low; negative: too high. Slope below 1: risks are too extreme. Errors are two standard errors.

rows = {}
for name, p in probability.items():
    fit = calibration_fit(y, p)
    rows[name] = {
        "mean risk": f"{p.mean():.3f}",
        "share of events": f"{y.mean():.3f}",
        "bias (log-odds)": f"{fit.in_the_large:+.2f} ± {2 * fit.in_the_large_error:.2f}",
        "slope": f"{fit.slope:.2f} ± {2 * fit.slope_error:.2f}",
    }
pd.DataFrame(rows).T

# %%
# As it is, neither bias nor slope differs from what is right by more than its error. The error is large: forty events would not show a
# moderate fault. After SMOTE the risks are far too high, and forty events are enough to see it. Left: five groups
# of patients by risk, with 95 % intervals; right: the models that were fitted on all 1,200 patients, in the large table.

with_smote = make_pipeline(SMOTE(random_state=0), LogisticRegression()).fit(X, y)
figure, panels = plt.subplots(1, 2, figsize=(9.5, 4.2), sharey=True, layout="constrained")
truths = {
    "as it is": model.predict_proba(everyone)[:, 1],
    "SMOTE": with_smote.predict_proba(everyone)[:, 1],
}
for axes, (title, labels, risks, n_bins) in zip(
    panels,
    [
        ("40 events, held out", y, probability, 5),
        (f"large table, {disease.sum():,} events", disease, truths, 20),
    ],
    strict=True,
):
    for name, color in [("as it is", "#4a90bd"), ("SMOTE", "#f6b26b")]:
        curve = reliability_curve(labels, risks[name], n_bins=n_bins)
        errors = [curve.observed - curve.low, curve.high - curve.observed]
        axes.errorbar(
            100 * curve.predicted,
            100 * curve.observed,
            100 * np.array(errors),
            fmt="o-",
            capsize=3,
            color=color,
            label=name,
            markersize=4,
        )
    axes.plot([0, 35], [0, 35], color="0.6", linestyle=":", label="right")
    axes.set(title=title, xlabel="predicted risk (%)", xlim=(0, 100), ylim=(0, 35))
    axes.grid(alpha=0.3)
panels[0].legend(loc="upper right")
panels[0].set(ylabel="observed share of events (%)")
fit = calibration_fit(disease, truths["as it is"])
print(f"as it is, large table: bias {fit.in_the_large:+.2f}, slope {fit.slope:.2f}")

# %%
# The line as it is lies a little below the diagonal at high risks, in the large table: the forty events could not show that. That balancing
# harms the risks of clinical prediction models was found by van den Goorbergh et al.
# (`2022 <https://doi.org/10.1093/jamia/ocac093>`__). It can be taken back (:doc:`/decisions`), but a ranking that is not
# better gives little reason to balance.
#
# A threshold and its uncertainty
# -------------------------------
# Three rules. *Find nine of ten events*: the threshold is decided by the few events with the lowest risks. *The lowest
# cost*, if a missed event is as bad as twenty false alarms, searched on these patients. *1 / 21*: the threshold of the same costs if
# the risks are right; it needs no search. For the first two, the threshold is chosen again in each of 500 samples of patients.

p = probability["as it is"]


def for_sensitivity(labels, risks):
    """Return the highest threshold that finds nine of ten events."""
    curve = threshold_curve(labels, risks, pos_label=1)
    return curve.threshold[np.argmax(curve.metric("recall") >= 0.9)]


def for_cost(labels, risks):
    """Return the threshold with the lowest cost."""
    return LowestCost((1, 20)).threshold(labels, risks, pos_label=1)


risk = truths["as it is"]


def by_the_costs(_labels, _risks):
    """Return the threshold of the costs alone."""
    return 1 / 21


rules = {"nine of ten found": for_sensitivity, "lowest cost": for_cost, "1 / 21": by_the_costs}
chosen = {
    name: np.array([rule(events[rows], p[rows]) for rows in samples[:500]])
    for name, rule in rules.items()
}
order = np.sort(risk[disease == 1]), np.sort(risk[disease == 0])


def in_the_large_table(threshold):
    """Return the sensitivity, the specificity and the cost per 1,000 patients of thresholds in the large table."""
    sensitivity = 1 - np.searchsorted(order[0], threshold) / len(order[0])
    specificity = np.searchsorted(order[1], threshold) / len(order[1])
    return (
        sensitivity,
        specificity,
        1000 * (20 * share * (1 - sensitivity) + (1 - share) * (1 - specificity)),
    )


rows = {}
for name, rule in rules.items():
    threshold = rule(events, p)
    ends = np.quantile(chosen[name], [0.025, 0.975])
    hits, correct = int((p[events] >= threshold).sum()), int((p[~events] < threshold).sum())
    of_hits = binomtest(hits, 40).proportion_ci(method="wilson")
    real = in_the_large_table(threshold)
    reached = in_the_large_table(chosen[name])
    rows[name] = {
        "threshold": f"{threshold:.3f} ({ends[0]:.3f} to {ends[1]:.3f})",
        "sensitivity, held out": f"{hits} of 40 ({of_hits.low:.0%} to {of_hits.high:.0%})",
        "specificity, held out": f"{correct / 1160:.0%}",
        "sensitivity, large table": f"{real[0]:.0%}",
        "specificity, large table": f"{real[1]:.0%}",
        "cost per 1,000, large table": f"{real[2]:.0f} ({np.quantile(reached[2], 0.025):.0f} to {np.quantile(reached[2], 0.975):.0f})",
    }
pd.DataFrame(rows)

# %%
# Brackets of thresholds and costs are 95 % of the samples; those of sensitivities are Wilson's intervals for the number of
# events. The sensitivity of the first rule was chosen, not measured: the threshold was set so that it comes out, and in the large table it
# is lower. The searched
# threshold for costs varies widely, and is at best as cheap as 1 / 21 in the large table.

figure, panels = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
for name, color in [("nine of ten found", "#c2410c"), ("lowest cost", "#4a90bd")]:
    panels[0].hist(
        100 * chosen[name], bins=np.arange(0, 12, 0.4), color=color, alpha=0.65, label=name
    )
    reached = 100 * in_the_large_table(chosen[name])[0]
    panels[1].hist(reached, bins=np.arange(30, 101, 2.5), color=color, alpha=0.65)
panels[0].axvline(100 / 21, color="0.2", linestyle="--", label="1 / 21")
panels[1].axvline(100 * in_the_large_table(1 / 21)[0], color="0.2", linestyle="--")
panels[0].set(xlabel="threshold chosen (risk in %)", ylabel="samples of 500")
panels[1].set(xlabel="events that it finds in the large table (%)")
panels[0].legend()
panels[1].set_ylim(panels[0].get_ylim())
panels[1].grid(axis="x", alpha=0.3)

# %%
# How many more events?
# ---------------------
# It depends on the question. For a sensitivity of 90 %, the width of the interval depends on the number of events alone:

sizes = [40, 80, 160, 320, 640]
intervals = [binomtest(round(0.9 * size), size).proportion_ci(method="wilson") for size in sizes]
print(
    pd.DataFrame(
        {
            "events": sizes,
            "95 % interval": [f"{100 * i.low:.0f} to {100 * i.high:.0f} %" for i in intervals],
        }
    ).to_string(index=False)
)

# %%
# To settle the comparisons, the advice above has a number, too; with the 40 events alone it is

print(next(line for line in views["by these 40 events alone"].advice if "are open" in line))

# %%
# For a report
# ------------
# * The number of events, and that approach and estimator were compared on the same events.
# * The interval of each figure, and which of them leave out the luck of the patients that the model was fitted on: here those of the AUC
#   and of the thresholds.
# * Bias and slope of held-out risks, with errors, and no balancing unless they survive it.
# * The costs or the sensitivity that set the threshold, fixed before the data are seen. A sensitivity that was reached on the events
#   that set the threshold is not an estimate.
# * A check on new patients before use: on forty events, it cannot be replaced.
