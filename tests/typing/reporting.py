"""Reports and pictures of a comparison, of a diagnosis, and of a sampler."""

import tempfile
from pathlib import Path
from typing import Any, assert_type

import matplotlib as mpl
from sklearn.datasets import make_classification

import poise
from poise import plot
from poise.plot import BeforeAfter
from poise.typing import MethodName, Picture

mpl.use("Agg")
folder = Path(tempfile.mkdtemp())
data: Any = make_classification(200, n_features=4, weights=[0.8], random_state=0)
X, y = data

result = poise.compare(
    X, y, approaches=["smote"], estimators=["logistic"], cv=3, n_repeats=1, n_jobs=1
)
assert_type(result.to_html(folder / "comparison.html"), str)
assert_type(result.to_json(folder / "comparison.json"), str)
shown: list[Picture] = ["forest", "pr", "threshold"]
for kind in shown:
    result.plot(kind)
result.plot("forest", metric="roc_auc")
frame = result.frame(backend="polars")
assert len(frame)

found = poise.diagnose(X, y, n_jobs=1)
assert_type(found.to_html(folder / "diagnosis.html"), str)
assert_type(found.to_json(), str)

methods: list[MethodName] = ["random-over", "smote", "tomek-links"]
for method in methods:
    before, after = plot.before_after(X, y, poise.make_sampler(method, random_state=0))
    assert after.get_title().startswith("After")
sampler = poise.make_sampler("smote", random_state=0)
X_new, y_new = sampler.fit_resample(X, y)
picture = plot.before_after_data(X, y, X_new, sampler.plan_)
assert_type(picture, BeforeAfter)
