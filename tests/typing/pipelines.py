"""A pipeline with a sampler, in a cross-validation and in a search."""

from typing import Any, assert_type

import numpy as np
import sklearn.pipeline
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.preprocessing import StandardScaler

from poise import Pipeline, Plan, make_pipeline
from poise.over_sampling import SMOTE
from poise.typing import Classifier, Sampler
from poise.under_sampling import EditedNearestNeighbours, TomekLinks

y = np.array([0] * 110 + [1] * 40)
X = np.random.default_rng(0).normal(size=(150, 3)) + y[:, None]

model = make_pipeline(
    StandardScaler(), SMOTE(random_state=0), LogisticRegression(), memory=None, verbose=False
)
assert_type(model, Pipeline)
assert_type(model.fit(X, y), Pipeline)
assert_type(model.plan_, Plan)
assert_type(model.steps, list[tuple[str, Any]])
assert_type(model.to_inference(), sklearn.pipeline.Pipeline)
assert len(model.predict(X)) == 150


def share_of_events(classifier: Classifier) -> float:
    """Return the share of rows that any classifier calls an event."""
    classifier.fit(X, y)
    predicted: NDArray[np.intp] = classifier.predict(X)
    return float(predicted.mean())


# A pipeline is a classifier, and a pipeline of samplers alone is a sampler.
assert 0 < share_of_events(model) < 1
assert 0 < share_of_events(LogisticRegression()) < 1
search = GridSearchCV(model, {"smote__k_neighbors": [3, 5]}, cv=StratifiedKFold(3))
assert 0 < share_of_events(search) < 1
cleaning: Sampler = make_pipeline(TomekLinks(), EditedNearestNeighbours(kind_sel="mode"))
X_clean, y_clean = cleaning.fit_resample(X, y)
assert len(X_clean) == len(y_clean) < 150
