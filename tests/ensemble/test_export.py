"""Tools for forests of scikit-learn read a balanced forest (extra test-export)."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification

from poise.ensemble import BalancedRandomForestClassifier

X, y = make_classification(300, 5, n_informative=3, n_redundant=0, weights=[0.85], random_state=0)
X = X.astype(np.float32)
FOREST = BalancedRandomForestClassifier(10, max_depth=4, random_state=0).fit(X, y)


@pytest.mark.filterwarnings("ignore")
def test_shap_explains_the_forest_and_its_plain_form_alike() -> None:
    shap = pytest.importorskip("shap")
    found = np.asarray(shap.TreeExplainer(FOREST).shap_values(X[:7]))
    plain = np.asarray(shap.TreeExplainer(FOREST.to_inference()).shap_values(X[:7]))
    assert found.shape == (7, 5, 2)
    np.testing.assert_array_equal(found, plain)
    base = np.asarray(shap.TreeExplainer(FOREST).expected_value)
    np.testing.assert_allclose(found.sum(axis=1) + base, FOREST.predict_proba(X[:7]), atol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_the_plain_form_is_converted_to_onnx() -> None:
    skl2onnx = pytest.importorskip("skl2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    model = skl2onnx.to_onnx(FOREST.to_inference(), X[:1], options={"zipmap": False})
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    label, proba = session.run(None, {session.get_inputs()[0].name: X})
    assert label.tolist() == FOREST.predict(X).tolist()
    np.testing.assert_allclose(proba, FOREST.predict_proba(X), atol=1e-5)
