"""Fraud: which approach costs least where cards repeat, and which 20 payments of the next 2,000 to look at."""

import numpy as np
import pandas as pd

import poise
from poise.decisions import AlertBudget

rng, n = np.random.default_rng(0), 8000
table = pd.DataFrame({"card": rng.integers(0, 2000, n), "amount": rng.lognormal(3, 1, n).round(2)})
table["day"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(n) // 50, "D")
table["abroad"], table["shop"] = rng.random(n) < 0.1, rng.choice(["food", "travel", "games"], n)
risk = -7 + 0.02 * table["amount"] + 4 * table["abroad"] + 2 * (table["shop"] == "games")
fraud = pd.Series(rng.random(n) < 1 / (1 + np.exp(-risk)), name="fraud")

past, new = slice(0, 6000), slice(6000, n)  # folds: tested on later days, and on other cards
setups = {"approaches": ["smote", "class-weights"], "estimators": ["logistic"]}
known = {"costs": (1, 20), "groups": "card", "time": "day"}
result = poise.compare(table[past], fraud[past], **setups, **known)
print(result.summary())
model = result.recommended().set_params(policy=AlertBudget(20, rows=2000))
alarms = model.fit(table[past], fraud[past]).predict(table[new])
print(f"\n{alarms.sum()} of 2,000 payments looked at: {(alarms & fraud[new]).sum()} frauds")
