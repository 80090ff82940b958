"""
Churn: text columns, missing values, and what new rows look like
================================================================

What happens to categories, whole numbers, dates and missing cells when a table is balanced, and does it help a churn model? From a data
frame as it is, without encoding or imputing first, to a model that scores new customers.
"""

# %%
# The table
# ---------
# Five thousand customers, few of whom leave. There are two columns of text, whole numbers, a flag, a date, and
# amounts with two decimals. Cells are missing for a reason: a customer who never called has no reason of a call, and unhappy
# customers answer the survey (``score``, from 1 to 10) less often. pandas stores whole numbers with missing cells as floats.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

import poise

rng, n = np.random.default_rng(1), 5000
table = pd.DataFrame(
    {
        "customer": [f"C{number:05d}" for number in rng.permutation(n)],
        "plan": rng.choice(["basic", "family", "student"], n, p=[0.5, 0.35, 0.15]),
        "months": rng.geometric(0.04, n).clip(max=120),
        "bill": rng.gamma(9, 4, n).round(2),
        "reason": rng.choice(["price", "fault", "question"], n, p=[0.25, 0.3, 0.45]),
        "calls": rng.poisson(1.1, n),
        "score": rng.binomial(9, 0.65, n) + 1.0,
        "paperless": rng.random(n) < 0.6,
        "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 2000, n), "D"),
    }
)
table.loc[table["calls"] == 0, "reason"] = None
unhappy = table["score"] <= 6
table.loc[rng.random(n) < np.where(unhappy, 0.6, 0.25), "score"] = np.nan
leaves = (
    -4.4
    - 0.03 * table["months"]
    + 0.03 * table["bill"]
    + 1.6 * (table["reason"] == "price")
    + 1.0 * (table["reason"] == "fault")
    + 1.0 * unhappy
    + 0.7 * ((table["plan"] == "student") & (table["bill"] > 40))
    + 0.2 * table["calls"]
)
churned = pd.Series(rng.random(n) < 1 / (1 + np.exp(-leaves)), name="churned").map(
    {True: "left", False: "stayed"}
)
print(churned.value_counts().to_dict())
table.head()

# %%
# How each column is read
# -----------------------
# By its dtype: text and categories, flags, dates, whole numbers and other numbers. ``poise.infer_column_kinds`` names
# the columns whose values say more than their dtype: here the scores, floats that are all whole.

kinds = poise.infer_column_kinds(table)
print(kinds)
pd.DataFrame({"dtype": table.dtypes.astype(str), "missing": table.isna().mean().round(2)})

# %%
# What new rows look like
# -----------------------
# Split first; only the training part is balanced. ``customer`` identifies the rows: with ``id=``, it is not a feature, and new
# rows get no customer number.

train, test, left_train, left_test = train_test_split(
    table, churned, stratify=churned, random_state=0
)
result = poise.resample(
    train, left_train, method="smote", id="customer", column_kinds=kinds, random_state=0
)
print(result.summary().split("\n\n")[0])

# %%
# ``frame()`` is the table with its labels, in pandas again. ``audit_frame()`` adds where each row comes from. Three new rows,
# each after the two rows that it lies between:

result.frame().tail(3)

# %%

audit = result.audit_frame()
by_customer = train.assign(churned=left_train).set_index("customer")
shown = {}
for number, (label, row) in enumerate(audit[audit["_new"]].head(3).iterrows(), 1):
    shown[f"{number}: seed {row['_seed']}"] = by_customer.loc[row["_seed"]]
    shown[f"{number}: partner {row['_partner']}"] = by_customer.loc[row["_partner"]]
    shown[f"{number}: new, {row['_gap']:.0%} of the way"] = audit.loc[label, by_customer.columns]
pd.DataFrame(shown).T

# %%
# Whole numbers are interpolated and rounded, dates lie between those of the parents, and categories and flags are copied from the nearer
# parent, all from the same one. A cell is missing where that of the seed row is. Amounts get more than two decimals: they
# are interpolated, and not rounded.
#
# Do all new rows keep what real rows keep? One rule is broken: that there is a reason if and only if there was a call. A sampler does not
# know relations between columns; check yours. :doc:`/constraints` has those that Poise can keep.

frame = result.frame()
real, new = frame[~result.is_new & (frame["churned"] == "left")], frame[result.is_new]
no_call = (new["calls"] == 0) != new["reason"].isna()
print(f"rows with a reason without a call, or a call without a reason: {no_call.mean():.1%}")
print("months and scores that are not whole:", int((new[["months", "score"]] % 1 > 0).sum().sum()))
pairs = set(zip(new["plan"], new["reason"].fillna("-"), strict=True))
known = set(zip(real["plan"], real["reason"].fillna("-"), strict=True))
print("plans with reasons that no real row has:", len(pairs - known))
pd.DataFrame(
    {
        "left, real": real[["reason", "score"]].isna().mean(),
        "left, new": new[["reason", "score"]].isna().mean(),
    }
).map("{:.1%}".format)

# %%
# The usual alternative is to fill missing cells and to encode categories first, and then to blend everything as numbers. Here is the score
# in the real rows and in new rows of both kinds.

filled = train[["months", "bill", "calls"]].assign(
    score=train["score"].fillna(train["score"].median()),
    plan=train["plan"].astype("category").cat.codes,
    reason=train["reason"].fillna("none").astype("category").cat.codes,
)
blended = poise.resample(
    filled.astype(float),
    left_train,
    method="smote",
    column_kinds=dict.fromkeys(filled, "continuous"),
    random_state=0,
)
blended = blended.X[blended.is_new]

figure, panels = plt.subplots(1, 3, figsize=(9.5, 3.4), sharey=True, layout="constrained")
panels[0].set_ylabel("share of the rows")
for axes, (title, scores, color) in zip(
    panels,
    [
        ("real customers who left", real["score"], "#c2410c"),
        ("new rows of this page", new["score"], "#f6b26b"),
        ("new rows, filled and encoded first", blended["score"], "0.6"),
    ],
    strict=True,
):
    share = np.full(scores.notna().sum(), 1 / len(scores))
    axes.hist(scores.dropna(), bins=np.arange(0.875, 10.2, 0.25), weights=share, color=color)
    axes.bar(-0.5, scores.isna().mean(), width=0.8, color=color, hatch="//", edgecolor="white")
    axes.set_title(title, fontsize=10)
    axes.set_xlabel("score in the survey")
    axes.set_xticks([-0.5, 2, 4, 6, 8, 10], ["missing", 2, 4, 6, 8, 10])

# %%
# Filled and blended, the scores have fractions and a peak at the median, and the missing cells are gone, which were
# a sign of churn.
#
# Does it help?
# -------------
# Everything happens inside the folds of the training part: filling, encoding, balancing, and the choice of the threshold.

compared = poise.compare(
    train,
    left_train,
    approaches=["class-weights", "random-under", "smote"],
    estimators=["logistic", "boosting"],
    carry_columns=["customer"],
    column_kinds=kinds,
    n_repeats=2,
)
print(*compared.advice[:2], sep="\n\n")

# %%
# Gains in average precision (PR AUC) over the unchanged rows with the same estimator, with intervals from these data alone, and the
# probability of a gain worth having (more than 0.02).

verdicts = compared.verdicts("pandas")
ranking = verdicts[verdicts["metric"] == "average_precision"]
ranking[["estimator", "approach", "value", "gain", "low", "high", "p_gain", "verdict"]].round(3)

# %%
# Good rows do not make a better model: no approach has a gain worth having here. What does help is to move the threshold.
#
# On customers the model has not seen
# -----------------------------------
# The recommended model, fitted on the training part, and the same with SMOTE, on the test part. The curve says how many of
# those who left are among the customers with the highest probabilities; the bands are from 500 samples of test rows.

models = {
    "as it is (recommended)": (compared.recommended(), "#4a90bd"),
    "SMOTE": (compared.unfitted("smote", compared.estimators[0]), "#f6b26b"),
}
left, drawn = (left_test == "left").to_numpy(), np.random.default_rng(0)
samples = [drawn.integers(0, len(left), len(left)) for _ in range(500)]
contacted = np.linspace(0, 1, 101)


def found_among(probability, rows):
    """Return the share of events among the rows with the highest probabilities, for shares of rows."""
    events = left[rows][np.argsort(-probability[rows], kind="stable")]
    return (
        np.interp(contacted, np.arange(len(rows) + 1) / len(rows), np.r_[0, events.cumsum()])
        / events.sum()
    )


figure, axes = plt.subplots(figsize=(7, 4.4), layout="constrained")
curves = {}
for name, (model, color) in models.items():
    model.fit(train, left_train)
    event = list(model.classes_).index("left")
    probability = model.predict_proba(test)[:, event]
    curves[name] = np.array([found_among(probability, rows) for rows in samples])
    low, high = np.quantile(curves[name], [0.025, 0.975], axis=0)
    axes.fill_between(100 * contacted, 100 * low, 100 * high, color=color, alpha=0.25, linewidth=0)
    middle = found_among(probability, np.arange(len(left)))
    axes.plot(100 * contacted, 100 * middle, color=color, linewidth=2, label=name)
    alarms = model.predict(test) == "left"
    axes.plot(
        100 * alarms.mean(),
        100 * alarms[left].mean(),
        "o",
        color=color,
        markeredgecolor="0.2",
        zorder=4,
    )
    print(
        f"{name}: threshold {model.threshold_:.2f}, mean probability {probability.mean():.3f} (share {left.mean():.3f}), "
        f"{alarms[left].sum()} of {left.sum()} found with {alarms.sum()} alarms"
    )
axes.plot([0, 100], [0, 100], color="0.6", linestyle=":", label="at random")
axes.set(
    xlabel="customers contacted, those with the highest probability first (%)",
    ylabel="of those who left, found (%)",
    xlim=(0, 100),
    ylim=(0, 101),
)
axes.legend(loc="lower right")
axes.grid(alpha=0.3)
low, high = np.quantile(
    100 * (curves["SMOTE"] - curves["as it is (recommended)"])[:, 20], [0.025, 0.975]
)
print(
    f"SMOTE, a fifth contacted: {low:+.0f} to {high:+.0f} percentage points found (95 % interval)"
)

# %%
# The circles are the tuned thresholds. The two curves lie within each other's bands, and the interval of their difference includes
# zero. A new customer may have missing cells, and a plan that the table does not have.

model = models["as it is (recommended)"][0]
someone = test.head(2).assign(plan=["business", None], customer="C99999")
print(model.predict_proba(someone)[:, event].round(3), model.predict(someone))

# %%
# To run it elsewhere, ``model.to_inference("churn.joblib")`` writes a file that does not need Poise: :doc:`/production`.
# How each kind of column is blended is in :doc:`/how_it_works`.
