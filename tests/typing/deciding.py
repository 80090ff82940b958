"""Decisions by cost and by policy, and probabilities for the original shares."""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from poise import SMOTE
from poise.decisions import (
    AlertBudget,
    CostMatrix,
    CostThreshold,
    FixedThreshold,
    LowestCost,
    PrevalenceWeights,
    RecallAtPrecision,
    ResampledClassifier,
    Residual,
    ThresholdClassifier,
    ThresholdCurve,
    TunedThreshold,
    class_prior,
    cross_fitted,
    estimate_prior,
    shift_prior,
    threshold_curve,
)

data: Any = make_classification(600, weights=[0.85], random_state=0)
X, y = data

model = ResampledClassifier(
    SMOTE(random_state=0), LogisticRegression(), calibrate="sigmoid", cv=3
).fit(X, y)
assert_type(model, ResampledClassifier)
p = model.predict_proba(X)
assert_type(p, NDArray[np.float64])
assert_type(model.residual_, Residual | None)
assert_type(model.deployment_prior_, dict[Any, float])

policies = [
    FixedThreshold(0.3),
    TunedThreshold("mcc"),
    RecallAtPrecision(0.3),
    AlertBudget(100, rows=600),
    LowestCost((1, 9)),
    CostThreshold((1, 9)),
]
for policy in policies:
    decider = policy.classifier(LogisticRegression(), cv=3)
    assert_type(decider, ThresholdClassifier)
    assert_type(decider.fit(X, y).predict(X), NDArray[Any])
    assert_type(decider.threshold_, float | None)
assert_type(ThresholdClassifier(TunedThreshold(), LogisticRegression()), ThresholdClassifier)
assert_type(CostThreshold((1, 9)).costs, CostMatrix)
assert_type(TunedThreshold("f1").threshold(y, p[:, 1]), float)

curve = threshold_curve(y, p[:, 1], costs=(1, 9))
assert_type(curve, ThresholdCurve)
assert_type(curve.metric("recall"), NDArray[np.float64])
assert_type(shift_prior(p, {0: 0.8, 1: 0.2}, [0.9, 0.1], classes=[0, 1]), NDArray[np.float64])
assert_type(class_prior(y, class_weight="balanced"), dict[Any, float])
held_out = cross_fitted(LogisticRegression(), X, y, X[:100], cv=3)
estimate = estimate_prior(held_out.proba, y_true=held_out.y_true, proba_true=held_out.proba_true)
assert_type(estimate.prior, NDArray[np.float64])

weighted = PrevalenceWeights(SMOTE(random_state=0))
X_new, y_new = weighted.fit_resample(X, y)
assert_type(weighted.sample_weight_, NDArray[np.float64])
