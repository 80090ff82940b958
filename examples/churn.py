"""Churn: text, categories and missing values as they are, from a comparison to a file that runs without Poise."""

import numpy as np
import pandas as pd
from sklearn.metrics import classification_report

import poise

rng, n = np.random.default_rng(0), 4000
table = pd.DataFrame(
    {"customer": [f"C{i:05d}" for i in range(n)], "months": rng.integers(1, 60, n)}
)
table["plan"] = rng.choice(["basic", "family", "student"], n)
table["paid"] = rng.normal(30, 8, n).round(2)
table["last call"] = rng.choice(["complaint", "question"], n)
calm = 1.8 + 0.03 * table["months"] - 2 * (table["last call"] == "complaint")
churned = np.where(rng.random(n) < 1 / (1 + np.exp(calm)), "churned", "stayed")
table = table.mask(rng.random(table.shape) < 0.1)  # one cell in ten is missing

setups = {"approaches": ["smote", "random-under"], "carry_columns": ["customer"], "n_repeats": 1}
result = poise.compare(table[:3000], churned[:3000], **setups, primary_metric="f1")
print(result.summary())
model = result.recommended().fit(table[:3000], churned[:3000])
print(classification_report(churned[3000:], model.predict(table[3000:]), zero_division=0))
model.to_inference("churn.joblib")
