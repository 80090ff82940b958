"""Three classes: what a wrong decision costs, and decisions with the lowest expected cost."""

import numpy as np
from sklearn.datasets import make_classification
from sklearn.metrics import confusion_matrix

import poise
from poise.decisions import CostMatrix

X, y = make_classification(
    4000, n_informative=5, n_classes=3, weights=[0.85, 0.1], class_sep=0.8, random_state=0
)
y = np.array(["healthy", "mild", "severe"])[y]
# A row for each true class, a column for each decision.
costs = CostMatrix([[0, 1, 2], [4, 0, 1], [20, 8, 0]], classes=["healthy", "mild", "severe"])

setups = {"approaches": ["smote", "class-weights"], "estimators": ["logistic"], "n_repeats": 1}
result = poise.compare(X[:3000], y[:3000], **setups, costs=costs)
print(result.summary())
model = result.recommended().fit(X[:3000], y[:3000])
decided = model.predict(X[3000:])
print(confusion_matrix(y[3000:], decided, labels=costs.classes))
nobody = costs.mean(y[3000:], ["healthy"] * 1000)
print(f"cost per person: {costs.mean(y[3000:], decided):.2f}, all healthy: {nobody:.2f}")
