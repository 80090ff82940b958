"""
Report it in a paper
====================

What does a reader need to trust a comparison on imbalanced data, and how do you get it out of Poise?
A table, a figure and a paragraph, all made from one result, so that no number is copied by hand.
"""

# %%
# The comparison
# --------------
# White wines, of which few are poor. The metric and the margin (how small a difference does not matter) are chosen
# before the run, and stand in the code.

import tempfile
import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.preprocessing import StandardScaler

import poise
from poise import SMOTE, make_pipeline
from poise.datasets import load_wine_quality
from poise.decisions import ResampledClassifier, reliability_curve
from poise.metrics import calibration_fit

wine = load_wine_quality()
X = wine.frame("pandas")
y = X.pop(wine.target)
names = {
    "class-weights": "class weights",
    "random-under": "random under-sampling",
    "smote": "SMOTE",
}
compared = poise.compare(
    X,
    y,
    approaches=list(names),
    estimators=["logistic", "boosting"],
    primary_metric="average_precision",
    equivalence_margin={"average_precision": 0.02},
    n_repeats=2,
    random_state=0,
    n_jobs=1,
    progress=False,
)

# %%
# By default, probabilities also use what the same approach did on other tables. In a paper about one table, use the
# data of that table alone: tests for difference and equivalence, with Holm's correction. Nothing is fitted again.

result = compared.judged(effect_prior="flat")
print(result.advice[0])
facts = result.facts

# %%
# What to report
# --------------
# * the **share of events**, because average precision and precision depend on it
#   (`Richardson et al. 2024 <https://doi.org/10.1016/j.patter.2024.100994>`__);
# * the **folds**, and that everything that learns from data (imputing, scaling, resampling) was done inside them;
# * **ranking, probabilities and decisions** separately, each difference with an interval. Folds share training rows, so
#   the usual t-test over folds does not hold (`Nadeau and Bengio 2003 <https://doi.org/10.1023/A:1024068626366>`__);
# * the **threshold** of each decision, and on which rows it was chosen;
# * **calibration**, before and after correction: balancing makes probabilities too high
#   (`van den Goorbergh et al. 2022 <https://doi.org/10.1093/jamia/ocac093>`__);
# * **versions and seeds**.
#
# For prediction models in medicine, `TRIPOD+AI <https://doi.org/10.1136/bmj-2023-078378>`__ has a checklist. Most
# of the facts are in the result:

for name in ("n_rows", "n_events", "share", "n_columns", "folds", "random_state", "versions"):
    print(f"{name:<14}{facts[name]}")

# %%
# The table
# ---------
# Differences from the unchanged rows with 95 % intervals; decisions at thresholds that are tuned for F1; the Brier
# score after the correction for the true share of events. For the Brier score, too, a positive difference is a
# gain.

metrics = {"average_precision": "PR AUC", "roc_auc": "ROC AUC", "brier": "Brier score", "f1": "F1"}
verdicts = result.verdicts("pandas")
fair = verdicts[
    verdicts["metric"].isin(metrics)
    & verdicts["prior"].isin(["", "corrected"])
    & verdicts["threshold"].isin(["", "tuned"])
]
digits = dict.fromkeys(metrics, 3) | {"brier": 4}


def with_interval(metric, row):
    """Return a gain with its interval."""
    gain, low, high = (f"{row[part]:+.{digits[metric]}f}" for part in ("gain", "low", "high"))
    return f"{gain} ({low}, {high})"


estimators = {"logistic": "logistic regression", "boosting": "boosted trees"}
table = {}
for estimator, title in estimators.items():
    own = fair[fair["estimator"] == estimator]
    unchanged = own.groupby("metric")["baseline"].first()
    table[title, "unchanged"] = {metrics[m]: f"{unchanged[m]:.{digits[m]}f}" for m in metrics}
    for approach, label in names.items():
        rows = own[own["approach"] == approach].set_index("metric")
        table[title, label] = {metrics[m]: with_interval(m, rows.loc[m]) for m in metrics}
table = pd.DataFrame(table).T
table

# %%
# For LaTeX (package booktabs), and for Markdown:

caption = r"Unchanged rows: value. Others: gain over it (95\,\% interval)."
print(table.to_latex(column_format="llrrrr", caption=caption, multirow=False))

# %%

lines = [["", "", *table.columns], ["---"] * (2 + len(table.columns))]
lines += [[*index, *values] for index, values in zip(table.index, table.to_numpy(), strict=True)]
print("\n".join("| " + " | ".join(line) + " |" for line in lines))

# %%
# The decisions behind F1: the threshold, and what it finds on rows on which it was not chosen. The threshold is one
# of corrected probabilities.

found = {
    (title, names.get(approach, "unchanged")): result.found((estimator, approach))
    for estimator, title in estimators.items()
    for approach in result.approaches
}
pd.DataFrame(found, index=result.found(("logistic", "as-is"))._fields).T[
    ["threshold", "recall", "precision"]
].round(3)

# %%
# Calibration
# -----------
# Probabilities of held-out rows: as it is, after SMOTE, and after SMOTE with the shares corrected. An average bias
# of 0 and a slope of 1 are right.

folds = StratifiedKFold(5, shuffle=True, random_state=0)
logistic = LogisticRegression(max_iter=1000)
smoted = make_pipeline(StandardScaler(), SMOTE(random_state=0), logistic)
corrected = ResampledClassifier(SMOTE(random_state=0), logistic)
models = {
    "unchanged": make_pipeline(StandardScaler(), logistic),
    "SMOTE": smoted,
    "SMOTE, corrected": make_pipeline(StandardScaler(), corrected),
}
proba = {
    name: cross_val_predict(model, X, y, cv=folds, method="predict_proba")[:, 1]
    for name, model in models.items()
}
fits = {name: calibration_fit(y, p) for name, p in proba.items()}
for name, fit in fits.items():
    print(
        f"{name:<17} mean {proba[name].mean():.3f}, average bias {fit.in_the_large:+.2f} "
        f"({fit.in_the_large_error:.2f}), slope {fit.slope:.2f} ({fit.slope_error:.2f})"
    )

# %%
# The figure
# ----------
# For print: as wide as a page (17 cm), letters of 8 points, markers that differ without colour, and vectors (PDF).
# Left: average precision with the margin in grey. Right: calibration of the logistic regression, on logarithmic
# axes because most probabilities are small.

plt.rcParams.update({"font.size": 8, "pdf.fonttype": 42})
figure, (left, right) = plt.subplots(
    1, 2, figsize=(6.7, 2.9), layout="constrained", gridspec_kw={"width_ratios": [1.25, 1]}
)
ranking = verdicts[verdicts["metric"] == "average_precision"].reset_index(drop=True)
left.axvspan(-0.02, 0.02, color="0.9")
left.axvline(0, color="0.6", linewidth=0.8)
for place, row in ranking.iterrows():
    boosted = row["estimator"] == "boosting"
    left.errorbar(
        row["gain"],
        -place - 0.5 * boosted,
        xerr=[[row["gain"] - row["low"]], [row["high"] - row["gain"]]],
        fmt="s" if boosted else "o",
        color="#c2410c" if boosted else "#4a90bd",
        markersize=4,
        capsize=2,
        linewidth=1,
        label=estimators[row["estimator"]] if row["approach"] == "smote" else None,
    )
left.set_yticks(
    [-place - 0.5 * (place >= len(names)) for place in range(len(ranking))],
    [names[approach] for approach in ranking["approach"]],
)
left.set_xlabel("gain in average precision over the unchanged rows")
left.legend(loc="upper left", frameon=False, fontsize=7)

looks = {
    "unchanged": ("o", "#4a90bd"),
    "SMOTE": ("s", "#c2410c"),
    "SMOTE, corrected": ("^", "#f6b26b"),
}
ends = [0.002, 1]
right.plot(ends, ends, color="0.6", linewidth=0.8)
for name, (marker, color) in looks.items():
    curve = reliability_curve(y, proba[name], n_bins=8)
    shown = curve.observed > 0
    right.errorbar(
        curve.predicted[shown],
        curve.observed[shown],
        yerr=[
            (curve.observed - curve.low)[shown],
            (curve.high - curve.observed)[shown],
        ],
        fmt=marker,
        color=color,
        markersize=4,
        capsize=2,
        linewidth=1,
        label=name,
    )
right.set(
    xscale="log",
    yscale="log",
    xlim=ends,
    ylim=ends,
    xlabel="predicted probability",
    ylabel="observed share of events",
)
right.legend(loc="upper left", frameon=False, fontsize=7)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "figure.pdf"
    figure.savefig(path)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")

# %%
# The paragraph
# -------------
# A draft of the methods and results, with the numbers of this run. *Open* means that these
# data decide neither way.


def difference(estimator, approach):
    """Return a gain in average precision with its interval and verdict, in words."""
    is_it = (ranking["estimator"] == estimator) & (ranking["approach"] == approach)
    row = ranking[is_it].iloc[0]
    return (
        f"{names[approach]} {row['gain']:+.3f} (95 % interval {row['low']:+.3f} to "
        f"{row['high']:+.3f}; {row['verdict']})"
    )


versions = facts["versions"]
baseline = ranking.groupby("estimator")["baseline"].first()
results = [
    f"With {title}, average precision was {baseline[estimator]:.3f} on the unchanged rows; the "
    f"differences were {', '.join(difference(estimator, approach) for approach in names)}."
    for estimator, title in estimators.items()
]
fit = fits["SMOTE"]
paragraph = f"""
The table has {facts["n_rows"]:,} rows, of which {facts["n_events"]} ({facts["share"]:.1%}) are
events. We compared {", ".join(names.values())} with the unchanged rows, by
{" and ".join(estimators.values())}, in cross-validation ({facts["folds"]}; seed
{facts["random_state"]}). Scaling and resampling were fitted on the training part of each fold
alone. The primary metric was average precision, with a margin of
{facts["margins"]["average_precision"]}. Thresholds were tuned for F1 on the folds that were not
scored. Intervals allow for training rows that folds share; verdicts use tests of difference, with
Holm's correction, and of equivalence. {" ".join(results)} In a separate cross-validation
(5 folds, seed 0), the mean probability of the logistic regression after SMOTE was
{proba["SMOTE"].mean():.3f}, and {proba["SMOTE, corrected"].mean():.3f} after correction for the
share of events, which is {facts["share"]:.3f}; the calibration slope was {fit.slope:.2f}. We used Poise
{versions["poise"]}, scikit-learn {versions["scikit-learn"]}, numpy {versions["numpy"]} and Python
{versions["python"]}.
"""
print(textwrap.fill(" ".join(paragraph.split()), 100))

# %%
# What to keep, and what to cite
# ------------------------------
# ``compared.save("comparison.json")`` keeps every number of every fold; ``compared.to_html("report.html")`` makes
# the supplement. The table is cited as

print(wine.citation)

# %%
# * Poise: ``CITATION.cff`` in its repository has the entry, with the version.
# * SMOTE: Chawla et al. 2002, `doi:10.1613/jair.953 <https://doi.org/10.1613/jair.953>`__.
# * That balancing harms probabilities: van den Goorbergh et al. 2022,
#   `doi:10.1093/jamia/ocac093 <https://doi.org/10.1093/jamia/ocac093>`__.
# * Tests that allow for shared training rows: Nadeau and Bengio 2003,
#   `doi:10.1023/A:1024068626366 <https://doi.org/10.1023/A:1024068626366>`__.
# * How precision-recall curves depend on the share of events: Richardson et al. 2024,
#   `doi:10.1016/j.patter.2024.100994 <https://doi.org/10.1016/j.patter.2024.100994>`__.
# * Reporting of prediction models: Collins et al. 2024, TRIPOD+AI,
#   `doi:10.1136/bmj-2023-078378 <https://doi.org/10.1136/bmj-2023-078378>`__.
