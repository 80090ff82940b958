"""Metrics of confusion matrices, beside those of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    recall_score,
)

from poise.metrics._confusion import CLASS_METRICS, confusion

RNG = np.random.RandomState(0)
TRUE, DECIDED = RNG.randint(0, 4, 200), RNG.randint(0, 4, 200)
DECIDED = np.where(RNG.rand(200) < 0.5, TRUE, DECIDED)
WEIGHTS = RNG.rand(200)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_matrices_and_metrics_are_those_of_scikit_learn(weights: Any) -> None:
    n = confusion(TRUE, DECIDED, 4, weights)
    of_rows = {"sample_weight": weights}
    assert n == pytest.approx(confusion_matrix(TRUE, DECIDED, **of_rows))
    recalls = recall_score(TRUE, DECIDED, average=None, **of_rows)
    expected = {
        "f1": f1_score(TRUE, DECIDED, average="macro", **of_rows),
        "mcc": matthews_corrcoef(TRUE, DECIDED, **of_rows),
        "balanced_accuracy": balanced_accuracy_score(TRUE, DECIDED, **of_rows),
        "g_mean": np.prod(recalls) ** 0.25,
        "accuracy": accuracy_score(TRUE, DECIDED, **of_rows),
    }
    assert expected.keys() == CLASS_METRICS.keys()
    for name, value in expected.items():
        assert CLASS_METRICS[name](n) == pytest.approx(value), name
        of_several = CLASS_METRICS[name](np.stack([n, 2 * n, np.eye(4)]))
        assert of_several == pytest.approx([value, value, 1]), name


def test_what_is_undefined_is_zero() -> None:
    one_column = confusion(np.array([0, 1, 2]), np.array([0, 0, 0]), 3)
    assert CLASS_METRICS["mcc"](one_column) == 0
    assert CLASS_METRICS["g_mean"](one_column) == 0
    assert CLASS_METRICS["f1"](np.zeros((3, 3))) == 0
