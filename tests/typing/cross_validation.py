"""Folds by hardness, a balanced ensemble, and batches for a network."""

from collections.abc import Iterator
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from poise.batches import BalancedBatches, balanced_batches
from poise.datasets import Dataset, load_ecoli, make_imbalance
from poise.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier
from poise.model_selection import InstanceHardnessCV
from poise.over_sampling import RandomOverSampler
from poise.pipeline import Pipeline

data: Any = make_classification(200, weights=[0.8], random_state=0)
X, y = data

folds = InstanceHardnessCV(LogisticRegression(), n_splits=3)
assert_type(folds.split(X, y), Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]])
for train, test in folds.split(X, y):
    assert len(train) + len(test) == 200

bagging = BalancedBaggingClassifier(
    DecisionTreeClassifier(max_depth=3),
    n_estimators=3,
    sampler=RandomOverSampler(random_state=0),
    random_state=np.random.RandomState(0),
)
assert_type(bagging.fit(X, y), BalancedBaggingClassifier)
assert_type(bagging.estimators_, list[Pipeline])
assert_type(bagging.predict_proba(X), NDArray[np.float64])
assert_type(bagging.n_classes_, int)
forest = BalancedRandomForestClassifier(
    5, criterion="entropy", class_weight="balanced", random_state=0
)
assert_type(forest.fit(X, y), BalancedRandomForestClassifier)

batches = balanced_batches(y, batch_size=16, epoch="smallest")
assert_type(batches, BalancedBatches)
for batch in batches:
    assert_type(batch, list[int])

ecoli = load_ecoli()
assert_type(ecoli, Dataset)
assert_type(ecoli.counts, dict[Any, int])
X_part, y_part = make_imbalance(X, y, sampling_strategy={1: 10}, random_state=0)
assert len(X_part) == len(y_part)
