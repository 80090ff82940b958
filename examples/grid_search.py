"""A grid search over samplers by name and their neighbours, in folds that keep customers together."""

import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold

import poise
from poise.export import to_inference

X, y = make_classification(3000, weights=[0.95], random_state=0)
customers = np.arange(3000) // 3

pipeline = poise.make_pipeline(poise.SMOTE(), LogisticRegression(max_iter=1000))
names = ["smote", "borderline-smote"]
samplers = [
    poise.make_sampler(name, random_state=0, k_neighbors=k) for name in names for k in (3, 9)
]
grid = {"smote": ["passthrough", *samplers]}  # no resampling may be the best
search = GridSearchCV(pipeline, grid, cv=StratifiedGroupKFold(5), scoring="average_precision")
search.fit(X, y, groups=customers)
print(f"{search.best_params_['smote']}: average precision {search.best_score_:.3f}")
to_inference(search, "searched.joblib")
