"""Scores of a fold agree with scikit-learn to the last bit, ties included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from poise.comparison import scores


def fold(seed: int) -> tuple[Any, Any]:
    """Return events and probabilities; every other seed has many ties."""
    rng = np.random.RandomState(seed)
    n = rng.randint(20, 500)
    is_event = rng.uniform(size=n) < 0.2
    is_event[:2] = True, False
    p = rng.uniform(size=n)
    return is_event, p.round(1) if seed % 2 else p


@pytest.mark.parametrize("seed", range(20))
def test_scores_of_rankings_and_probabilities_are_scikit_learns(seed: int) -> None:
    is_event, p = fold(seed)
    assert scores.roc_auc(is_event, p) == metrics.roc_auc_score(is_event, p)
    assert scores.average_precision(is_event, p) == metrics.average_precision_score(is_event, p)
    assert scores.brier_score(is_event, p) == metrics.brier_score_loss(is_event, p)
    is_certain = ((p == 0) | (p == 1)).any()
    inner = np.clip(p, 0.5 / len(p), 1 - 0.5 / len(p)) if is_certain else p
    assert scores.log_loss(is_event, p) == metrics.log_loss(is_event, inner, labels=[False, True])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("f1", metrics.f1_score),
        ("mcc", metrics.matthews_corrcoef),
        ("balanced_accuracy", metrics.balanced_accuracy_score),
        ("recall", metrics.recall_score),
    ],
)
def test_scores_of_alerts_are_scikit_learns(name: str, expected: Any) -> None:
    is_event, p = fold(0)
    for threshold in (0.1, 0.5, 0.9):
        found = scores.score_of_alerts(name, is_event, p >= threshold)
        assert found == pytest.approx(expected(is_event, p >= threshold), abs=1e-12)


def test_certain_and_wrong_is_a_loss_of_half_a_row() -> None:
    """In a fold of four rows, all probabilities are moved to 1/8 to 7/8 if some are 0 or 1."""
    is_event = np.array([True, False, True, False])
    wrong = scores.log_loss(is_event, np.array([0.0, 1.0, 0.9, 0.5]))
    assert wrong == pytest.approx(metrics.log_loss(is_event, [1 / 8, 7 / 8, 7 / 8, 0.5]))
    close = np.array([1e-9, 0.2, 0.9, 0.5])
    assert scores.log_loss(is_event, close) == pytest.approx(metrics.log_loss(is_event, close))
