"""Approaches compared on a table, with a sampler and a classifier of one's own."""

from typing import Any, assert_type

from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

import poise
from poise.comparison import Comparison
from poise.typing import GainVerdict

data: Any = make_classification(300, weights=[0.8], random_state=0)
X, y = data

result = poise.compare(
    X,
    y,
    approaches={"plain": "smote", "near": poise.SMOTE(k_neighbors=3, random_state=0)},
    estimators=["logistic", LogisticRegression(C=0.1)],
    ratios=[0.5],
    cv=3,
    n_repeats=1,
    costs=(1, 9),
    n_jobs=1,
    progress=False,
)
assert_type(result, Comparison)
assert_type(result.advice, list[str])
assert_type(result.summary(), str)
assert_type(result.approaches, list[str])
assert_type(result.facts, dict[str, Any])
for difference in result.differences:
    assert_type(difference.verdict, GainVerdict)
    assert_type(difference.estimate.low, float)
    assert_type(difference.posterior.gain, float)
assert_type(result.judged(primary_metric="f1", effect_prior="flat"), Comparison)
assert_type(result.smallest_differences, dict[str, float])
assert_type(result.to_markdown(), str)
assert ("logistic", "plain") in result.intervals("roc_auc")
