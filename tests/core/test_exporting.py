"""Exported classifiers: the same labels and probabilities to the last bit, and no Poise."""

from __future__ import annotations

import ast
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import poise.decisions
import poise.ensemble
import poise_inference
from poise import SMOTE, FunctionSampler, RandomUnderSampler, make_pipeline
from poise.core.errors import FileError, UnsupportedTypeError
from poise.core.exporting import Exportable, exported
from poise.decisions import (
    AlertBudget,
    CostMatrix,
    CostThreshold,
    FixedThreshold,
    ResampledClassifier,
    ReweightedClassifier,
    ThresholdClassifier,
    TunedThreshold,
)
from poise.ensemble import (
    BalancedBaggingClassifier,
    BalancedFit,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)

LINE = LogisticRegression()
TREE = DecisionTreeClassifier(max_depth=4, random_state=0)
SAMPLER = SMOTE(random_state=0)
COSTS = CostMatrix([[0, 1, 2], [5, 0, 1], [9, 3, 0]], classes=["a", "b", "c"])


def table(n_classes: int = 2) -> tuple[np.ndarray, np.ndarray]:
    X, y = make_classification(
        400, 6, n_informative=4, n_classes=n_classes, weights=[0.8, 0.12], random_state=0
    )
    return X, np.array(["a", "b", "c"])[y]


OF_TWO = {
    "prior": ResampledClassifier(SAMPLER, LINE),
    "no prior": ResampledClassifier(SAMPLER, LINE, correct_prior=False),
    "deployment": ResampledClassifier(SAMPLER, TREE, deployment_prior={"a": 0.99, "b": 0.01}),
    "sigmoid": ResampledClassifier(SAMPLER, TREE, calibrate="sigmoid", pos_label="a"),
    "isotonic": ResampledClassifier(SAMPLER, LINE, calibrate="isotonic", deployment_prior=0.01),
    "threshold": ThresholdClassifier(TunedThreshold("f1"), ResampledClassifier(SAMPLER, LINE)),
    "other event": ThresholdClassifier(TunedThreshold("f1", pos_label="a"), LINE),
    "budget": ThresholdClassifier(AlertBudget(20, rows=400), ReweightedClassifier(LINE)),
    "cost": ThresholdClassifier(
        CostThreshold(CostMatrix.of_two(false_positive=1, false_negative=9)), LINE
    ),
}
OF_ANY = {
    "reweighted": ReweightedClassifier(TREE),
    "reweighted by prior": ReweightedClassifier(LINE, "sqrt", cv=None),
    "largest": ThresholdClassifier(FixedThreshold(), ResampledClassifier(None, LINE)),
    "calibrated": ResampledClassifier(SAMPLER, TREE, calibrate="isotonic"),
    "forest": BalancedRandomForestClassifier(7, random_state=0),
    "bagging": BalancedBaggingClassifier(random_state=0),
    "columns": BalancedBaggingClassifier(max_features=3, random_state=0),
    "votes": BalancedBaggingClassifier(LinearSVC(), 5, max_features=0.5, random_state=0),
    "pipelines": BalancedBaggingClassifier(
        make_pipeline(StandardScaler(), RandomUnderSampler(random_state=0), LINE), random_state=0
    ),
    "easy": EasyEnsembleClassifier(3, random_state=0),
    "boosting": RUSBoostClassifier(n_estimators=5, random_state=0),
    "fit": BalancedFit(ReweightedClassifier(LINE), SAMPLER),
}
OF_THREE = {
    "costs": ThresholdClassifier(CostThreshold(COSTS), LINE),
    "thresholds": ThresholdClassifier(TunedThreshold("f1"), TREE),
}
EVERY = [
    *((name, model, 2) for name, model in {**OF_TWO, **OF_ANY}.items()),
    *((name, model, 3) for name, model in {**OF_ANY, **OF_THREE}.items()),
]


def without_c(X: Any, y: Any) -> tuple[Any, Any]:
    keep = (np.asarray(y) != "c") | (X[0, 0] > 0)  # in some members
    return X[keep], np.asarray(y)[keep]


def assert_same(model: Any, plain: Any, X: Any) -> None:
    assert plain.classes_.tolist() == model.classes_.tolist()
    np.testing.assert_array_equal(plain.predict(X), model.predict(X))
    np.testing.assert_array_equal(plain.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(("name", "model", "n_classes"), EVERY, ids=lambda one: str(one)[:12])
def test_predictions_are_the_same_to_the_last_bit(name: str, model: Any, n_classes: int) -> None:
    X, y = table(n_classes)
    for rows in (X, pd.DataFrame(X, columns=list("uvwxyz"))):
        if name == "boosting" and hasattr(rows, "columns"):
            continue  # AdaBoost of scikit-learn makes an array of a frame
        fitted = clone(model).fit(rows[:300], y[:300])
        assert_same(fitted, fitted.to_inference(), rows)


def test_every_classifier_can_be_exported() -> None:
    modules = (poise.decisions, poise.ensemble)
    kinds = {
        kind
        for module in modules
        for name in module.__all__
        if hasattr(kind := getattr(module, name), "predict_proba")
    }
    assert all(issubclass(kind, Exportable) for kind in kinds)
    assert kinds == {type(model) for _, model, _ in EVERY}


def test_the_parts_are_those_of_scikit_learn_where_it_has_them() -> None:
    X, y = table()
    found = {
        name: {**OF_TWO, **OF_ANY}[name].fit(X, y).to_inference()
        for name in ("threshold", "forest", "bagging", "boosting", "cost")
    }
    assert {name: type(one).__name__ for name, one in found.items()} == {
        "threshold": "FixedThresholdClassifier",
        "forest": "RandomForestClassifier",
        "bagging": "VotingClassifier",
        "boosting": "AdaBoostClassifier",
        "cost": "FixedThresholdClassifier",
    }


def test_members_that_lack_a_class_are_exported() -> None:
    X, y = table(3)
    model = BalancedBaggingClassifier(TREE, 5, random_state=0, sampler=FunctionSampler(without_c))
    with pytest.warns(poise.exceptions.VanishingClassWarning):
        model.fit(X, y)
    assert_same(model, model.to_inference(), X)


def test_poise_is_taken_out_of_what_stands_around_it() -> None:
    X, y = table()
    search = GridSearchCV(make_pipeline(SAMPLER, LINE), {"logisticregression__C": [1, 9]}, cv=2)
    around = [
        CalibratedClassifierCV(make_pipeline(StandardScaler(), SAMPLER, LINE), cv=2),
        search,
        Pipeline([("scale", StandardScaler()), ("model", ReweightedClassifier(LINE))]),
        make_pipeline(StandardScaler(), SAMPLER, BalancedBaggingClassifier(random_state=0)),
    ]
    for model in around:
        fitted = ThresholdClassifier(TunedThreshold("f1", pos_label="b"), model, cv=2).fit(X, y)
        assert_same(fitted, fitted.to_inference(), X)
    assert type(exported(search.fit(X, y))) is Pipeline


def test_what_cannot_be_exported_is_named() -> None:
    X, y = table()
    stack = StackingClassifier([("one", BalancedFit(LINE))], LINE, cv=2)
    model = ReweightedClassifier(stack).fit(X, y)
    with pytest.raises(UnsupportedTypeError, match=r"because poise\.ensemble\.BalancedFit stands"):
        model.to_inference()
    with pytest.raises(FileError, match="must end in .joblib or .skops"):
        ReweightedClassifier(LINE).fit(X, y).to_inference("model.pickle")


def test_the_file_is_short_and_imports_only_numpy_and_scikit_learn() -> None:
    text = Path(poise_inference.__file__).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 100
    nodes = list(ast.walk(ast.parse(text)))
    names = {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert names == {"numpy", "sklearn.base"}


WITHOUT_POISE = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "poise":
            raise ImportError("Poise is not here")
sys.meta_path.insert(0, Refuse())
sys.path[:0] = sys.argv[1:]
import joblib, numpy as np
import poise_inference
assert poise_inference.__file__ == sys.argv[1] + "/poise_inference.py", poise_inference.__file__
models, X = joblib.load(sys.argv[1] + "/models.joblib")
found = {name: (model.predict(X), model.predict_proba(X)) for name, model in models.items()}
assert "poise" not in sys.modules
joblib.dump(found, sys.argv[1] + "/found.joblib")
"""


def test_models_run_where_the_file_is_and_poise_is_not(tmp_path: Path) -> None:
    X, y = table(3)
    models = {name: model.fit(X, y) for name, model in {**OF_ANY, **OF_THREE}.items()}
    plain = {
        name: model.to_inference(tmp_path / f"{name}.joblib") for name, model in models.items()
    }
    assert (tmp_path / "poise_inference.py").read_bytes() == Path(
        poise_inference.__file__
    ).read_bytes()
    loaded = {name: joblib.load(tmp_path / f"{name}.joblib") for name in plain}
    joblib.dump((loaded, X), tmp_path / "models.joblib")
    subprocess.run(
        # Without the module site, which would find an editable install of Poise.
        [sys.executable, "-ES", "-c", WITHOUT_POISE, str(tmp_path), sysconfig.get_path("purelib")],
        check=True,
    )
    for name, (labels, proba) in joblib.load(tmp_path / "found.joblib").items():
        np.testing.assert_array_equal(labels, models[name].predict(X))
        np.testing.assert_array_equal(proba, models[name].predict_proba(X))
