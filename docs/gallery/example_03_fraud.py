"""
Card fraud, from the table to the daily alerts
==============================================

Which model, which threshold and which rule decide about payments when fraud is rare, cards repeat and time passes? A made-up
table goes through all steps: diagnosis, comparison, threshold, alert budget, and a check for CI.
"""

# %%
# The table
# ---------
# Forty days of payments by 2,500 cards. Some cards are stolen: for two days, the thief pays along with the owner, more often
# abroad, for electronics and games, and with larger amounts than the owner's. Columns about the past of a card
# (``times usual``, ``hours since last``) use earlier payments alone, as they would in production. They are missing
# for the first payment of a card.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split

import poise
from poise.decisions import AlertBudget, CostMatrix
from poise.forensics import LeakError, assert_no_leak

rng = np.random.default_rng(7)
SHOPS = ["food", "travel", "electronics", "games"]
usual = rng.lognormal(3.3, 0.6, 2500)  # what each card usually pays
often = rng.gamma(2, 1, 2500)
begins = rng.uniform(0, 38, 2500)  # when a card is stolen, if it is


def payments(cards, days, hours, shops, abroad, factor, fraud):
    """Return payments of the cards."""
    return pd.DataFrame(
        {
            "card": [f"C{card:04d}" for card in cards],
            "at": pd.Timestamp("2026-03-01") + pd.to_timedelta(24 * days + hours, "h"),
            "amount": (usual[cards] * factor).round(2),
            "shop": rng.choice(SHOPS, len(cards), p=shops),
            "abroad": rng.random(len(cards)) < abroad,
            "km from home": rng.lognormal(2 + 0.7 * fraud, 1, len(cards)),
            "seconds to pay": rng.lognormal(2.5 - 0.3 * fraud, 0.5, len(cards)),
            "fraud": fraud,
        }
    )


owners = rng.choice(2500, 19_650, p=often / often.sum())
days, hours = rng.integers(0, 40, len(owners)), rng.normal(14, 4, len(owners)).clip(0, 23.9)
honest = payments(
    owners, days, hours, [0.55, 0.15, 0.15, 0.15], 0.05, rng.lognormal(0, 0.7, len(owners)), 0
)
stolen = np.repeat(rng.choice(2500, 140, replace=False), rng.integers(1, 5, 140))
hours = rng.exponential(8, len(stolen)).clip(0, 47)
thieves = payments(
    stolen,
    begins[stolen],
    hours,
    [0.15, 0.2, 0.35, 0.3],
    0.4,
    rng.lognormal(0.8, 0.9, len(stolen)),
    1,
)
table = pd.concat([honest, thieves]).sort_values("at", ignore_index=True)
of_card = table.groupby("card")
average = of_card["amount"].transform(lambda amounts: amounts.expanding().mean().shift())
table["times usual"] = table["amount"] / average
table["hours since last"] = of_card["at"].diff().dt.total_seconds() / 3600
table["hour"] = table["at"].dt.hour + table["at"].dt.minute / 60
table["day"] = table.pop("at").dt.normalize()
fraud = table.pop("fraud")
print(f"{len(table):,} payments, {fraud.sum()} frauds ({fraud.mean():.1%})")
table.head()

# %%
# The last ten days are put aside. They are used once, at the end.

is_past = table["day"] < "2026-03-31"
past, past_fraud = table[is_past], fraud[is_past]
new, new_fraud = table[~is_past], fraud[~is_past]
print(f"before: {len(past):,} payments, {past_fraud.sum()} frauds")
print(f"after:  {len(new):,} payments, {new_fraud.sum()} frauds")

# %%
# 1. Diagnose
# -----------
# The three findings to act on first.

for finding in poise.diagnose(past, past_fraud).first:
    print(f"{finding.name}: {finding.message}\n    -> {finding.advice}\n")

# %%
# 2. Compare
# ----------
# A false alarm costs 5 euros (a call to the customer). A missed fraud costs its amount; the comparison takes one value for all
# payments, here the mean amount of past frauds. With ``groups`` and ``time``, each test part holds later payments of other cards.

miss = round(float(past["amount"][past_fraud == 1].mean()))
boosting = HistGradientBoostingClassifier(
    max_leaf_nodes=6, learning_rate=0.05, min_samples_leaf=40, random_state=0
)
result = poise.compare(
    past,
    past_fraud,
    approaches=["class-weights", "random-under", "smote"],
    estimators={"logistic": "logistic", "boosting": boosting},
    groups="card",
    time="day",
    costs=(5, miss),
)
print(f"costs: false alarm 5, missed fraud {miss}\n")
print(*result.advice[:3], sep="\n\n")

# %%
# All approaches, in the metric that decides. A positive gain is a lower cost for each payment; the interval is that of these
# data alone, and the last three columns are probabilities of a gain worth having, of a difference that does not matter,
# and of a loss.

verdicts = result.verdicts("pandas")
by_cost = verdicts[(verdicts["metric"] == "cost") & (verdicts["threshold"] == "tuned")]
columns = [
    "estimator",
    "approach",
    "gain",
    "low",
    "high",
    "p_gain",
    "p_equal",
    "p_loss",
    "verdict",
]
by_cost[columns].round(2)

# %%
# All are open: the intervals reach from losses to gains. The advice says how many frauds would settle some of them.

print(next(line for line in result.advice if "are open" in line))

# %%
# No gain worth having is likely, so the rows stay as they are.
#
# 3. The recommended model
# ------------------------
# It is fitted on all past payments. Its threshold comes from rows that are held out in turn, in the order of time.

model = result.recommended().fit(past, past_fraud, groups=past["card"])
probability = model.predict_proba(new)[:, 1]
print(f"threshold tuned for cost: {model.threshold_:.3f}")
print(f"mean probability {probability.mean():.4f}, share of frauds {new_fraud.mean():.4f}")

# %%
# 4. An alert budget
# ------------------
# A team can call ten customers a day, and about 500 payments come in. ``AlertBudget`` finds the threshold
# with which at most ten of 500 payments are alerts. On new days the number varies around that.

budget = AlertBudget(10, rows=500)
limited = result.recommended().set_params(policy=budget).fit(past, past_fraud, groups=past["card"])
alerts = limited.predict(new) == 1
by_day = pd.DataFrame(
    {"right": alerts & (new_fraud == 1), "false": alerts & (new_fraud == 0)}
).groupby(new["day"])
per_day = by_day.sum()

figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
labels = per_day.index.strftime("%d %b")
axes.bar(labels, per_day["right"], color="#c2410c", label="frauds")
axes.bar(labels, per_day["false"], bottom=per_day["right"], color="0.75", label="false alarms")
axes.axhline(10, color="0.2", linestyle="--", linewidth=1, label="budget")
missed = new_fraud.sum() - per_day["right"].sum()
axes.set(
    ylabel="alerts a day",
    title=f"{per_day['right'].sum()} frauds among {per_day.to_numpy().sum()} alerts; {missed} frauds missed",
)
axes.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.12), frameon=False)
axes.tick_params(axis="x", labelsize=8)

# %%
# 5. What each rule costs
# -----------------------
# On the last ten days, with the amount of each payment as the cost of missing it. One threshold for all payments ignores that a fraud
# of 300 is worth more calls than one of 10. If probabilities are right, an alert pays from a probability of
# 5 / (5 + amount); a ``CostMatrix`` with a cost for each row decides that way.

costs = CostMatrix.of_two(false_positive=5, false_negative=new["amount"].to_numpy(), classes=[0, 1])
rules = {
    "no alerts": np.zeros(len(new), dtype=int),
    "threshold 0.5": (probability >= 0.5).astype(int),
    "budget of 10 a day": alerts.astype(int),
    "threshold tuned for cost": model.predict(new),
    "by the amount": costs.decide(probability),
}

# %%
# The intervals are from 1,000 samples of cards, with replacement, because payments of one card are not independent. The last
# column is the difference from the tuned threshold, on the same samples.

_, card = np.unique(new["card"], return_inverse=True)
drawn = np.random.default_rng(0).multinomial(
    card.max() + 1, np.full(card.max() + 1, 1 / (card.max() + 1)), 1000
)
n_days = new["day"].nunique()


def cost_a_day(decided):
    """Return the cost of decisions a day, and that in each sample of cards."""
    of_row = np.where(new_fraud == 1, new["amount"] * (decided == 0), 5.0 * (decided == 1))
    return of_row.sum() / n_days, drawn @ np.bincount(card, of_row) / n_days


found = {name: cost_a_day(decided) for name, decided in rules.items()}
rows = {}
for name, (cost, samples) in found.items():
    low, high = np.quantile(samples, [0.025, 0.975])
    difference = np.quantile(samples - found["threshold tuned for cost"][1], [0.025, 0.975])
    rows[name] = {
        "alerts a day": f"{rules[name].sum() / n_days:.1f}",
        "frauds found": f"{rules[name][new_fraud == 1].sum()} of {new_fraud.sum()}",
        "cost a day": f"{cost:.0f} ({low:.0f} to {high:.0f})",
        "difference": f"{cost - found['threshold tuned for cost'][0]:+.0f} ({difference[0]:+.0f} to {difference[1]:+.0f})",
    }
pd.DataFrame(rows).T

# %%
# A tuned threshold is cheaper than 0.5, and the interval of the difference excludes zero. The budget costs more, because ten calls a
# day reach fewer frauds: the difference is what the limit costs. Whether deciding by the amount is cheaper than
# one threshold, these ten days cannot show: the interval includes zero.
#
# The same over all thresholds.

thresholds = np.geomspace(0.006, 0.95, 120)
curve = [cost_a_day((probability >= threshold).astype(int)) for threshold in thresholds]
middle = np.array([cost for cost, _ in curve])
low, high = np.quantile([samples for _, samples in curve], [0.025, 0.975], axis=1)

figure, axes = plt.subplots(figsize=(7.5, 4.4), layout="constrained")
axes.fill_between(thresholds, low, high, color="#4a90bd", alpha=0.2, linewidth=0)
axes.plot(thresholds, middle, color="#4a90bd", label="one threshold (95 % band)")
by_amount = found["by the amount"][0]
axes.axhline(by_amount, color="#c2410c", label="by the amount")
axes.axhline(found["no alerts"][0], color="0.6", linestyle=":", label="no alerts")
for threshold, name in [(0.5, "0.5"), (model.threshold_, "tuned"), (limited.threshold_, "budget")]:
    height = np.interp(threshold, thresholds, middle)
    axes.plot(threshold, height, "o", color="#123f5c", zorder=4)
    axes.annotate(
        name, (threshold, height), xytext=(0, -18), textcoords="offset points", ha="center"
    )
axes.set(
    xscale="log",
    xlabel="threshold (probability of fraud, log scale)",
    ylabel="cost a day (euros)",
    ylim=0,
)
axes.set_xticks([0.01, 0.02, 0.05, 0.1, 0.2, 0.5], ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5"])
axes.minorticks_off()
figure.legend(loc="outside upper center", ncols=3, fontsize=9, frameon=False)
axes.grid(alpha=0.3)

# %%
# 6. A check for CI
# -----------------
# Somebody will one day balance the table before splitting it. In a test, ``assert_no_leak`` raises an error then, and on files
# ``poise check-split train.csv test.csv --target fraud`` exits with code 1. The split of this page passes.

assert_no_leak(past, past_fraud, new, new_fraud)

# %%
# The mistake does not.

balanced = poise.resample(table, fraud, method="smote-nc", random_state=0)
wrong = train_test_split(balanced.X, balanced.y, random_state=0)
try:
    assert_no_leak(wrong[0], wrong[2], wrong[1], wrong[3])
except LeakError as error:
    print(error)

# %%
# What to keep
# ------------
# Groups and time decide which folds are honest, and the diagnosis names both columns. Here the threshold matters more than
# the approach. Probabilities from unchanged rows serve every rule: a threshold by cost, one for a budget, one for
# each amount. :doc:`/decisions` has the rules, and :doc:`/production` says how to run the model without Poise.
