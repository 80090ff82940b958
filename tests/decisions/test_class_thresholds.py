"""Thresholds of several classes, beside a search over a grid and those of two classes."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from poise.core.errors import InputError
from poise.decisions import (
    CostMatrix,
    LowestCost,
    RecallAtPrecision,
    ThresholdClassifier,
    TunedThreshold,
)
from poise.decisions._class_thresholds import class_thresholds, decided_by
from poise.metrics._confusion import CLASS_METRICS, confusion

RNG = np.random.RandomState(1)
CODES = np.repeat([0, 1, 2], [150, 40, 10])
PROBA = RNG.dirichlet([2, 1, 0.5], 200) + 0.8 * np.eye(3)[CODES] * RNG.rand(200, 1)
PROBA = PROBA / PROBA.sum(axis=1, keepdims=True)


def value(name: str, thresholds: Any, weights: Any = None) -> float:
    return float(CLASS_METRICS[name](confusion(CODES, decided_by(PROBA, thresholds), 3, weights)))


@pytest.mark.parametrize("name", list(CLASS_METRICS))
@pytest.mark.parametrize("weights", [None, RNG.rand(200) + 0.1])
def test_thresholds_are_about_as_good_as_the_best_of_a_grid(name: str, weights: Any) -> None:
    found = class_thresholds(CODES, PROBA, CLASS_METRICS[name], weights)
    assert found.sum() == pytest.approx(1)
    assert (found > 0).all()
    steps = np.linspace(0.02, 0.96, 48)
    grid = [np.array([a, b, 1 - a - b]) for a, b in product(steps, steps) if a + b < 0.99]
    best = max(value(name, one, weights) for one in grid)
    at = value(name, found, weights)
    assert at >= value(name, np.ones(3), weights)
    assert at >= best - 0.02


def test_two_classes_have_the_threshold_of_the_event() -> None:
    y, p = (CODES > 0).astype(int), 1 - PROBA[:, 0]
    policy = TunedThreshold("f1")
    both = policy.class_thresholds(y, np.c_[1 - p, p])
    own = policy.threshold(y, p, pos_label=1)
    assert ((p >= both[1]) == (p >= own)).mean() > 0.97
    f1 = CLASS_METRICS["f1"]
    at_own = f1(confusion(y, (p >= own).astype(int), 2))  # F1 of the event alone was tuned for
    assert f1(confusion(y, (p >= both[1]).astype(int), 2)) >= at_own - 0.01


def test_a_tie_is_decided_for_the_first_class() -> None:
    assert decided_by(np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([0.5, 0.5])).tolist() == [0, 1]


@pytest.mark.parametrize("name", list(CLASS_METRICS))
def test_thresholds_of_any_probabilities_are_finite_and_never_worse_than_equal_ones(
    name: str,
) -> None:
    rng, value_of = np.random.RandomState(0), CLASS_METRICS[name]
    for number in range(60):
        n_classes = rng.randint(2, 6)
        codes = np.r_[np.arange(n_classes), rng.randint(0, n_classes, 30)]
        if number % 2:  # of 1 down to 1e-300
            logs = rng.normal(size=(len(codes), n_classes)) * rng.choice([1, 30, 300])
            proba = np.exp(logs - logs.max(axis=1, keepdims=True))
            proba /= proba.sum(axis=1, keepdims=True)
        else:  # with many ties, as those of k-NN
            proba = rng.multinomial(5, np.ones(n_classes) / n_classes, len(codes)) / 5
        found = class_thresholds(codes, proba, value_of)
        assert (found > 0).all()
        assert found.sum() == pytest.approx(1)
        values = [
            value_of(confusion(codes, decided_by(proba, one), n_classes))
            for one in (found, np.full(n_classes, 1 / n_classes))
        ]
        assert values[0] >= values[1]


def test_probabilities_of_zero_and_one_are_decided() -> None:
    sure = np.eye(3)[CODES]
    assert (decided_by(sure, class_thresholds(CODES, sure, CLASS_METRICS["f1"])) == CODES).all()


def test_costs_move_thresholds() -> None:
    labels = np.array(["a", "b", "c"])[CODES]
    costs = CostMatrix([[0, 1, 1], [1, 0, 1], [50, 50, 0]], ["a", "b", "c"])
    found = LowestCost(costs).class_thresholds(labels, PROBA)
    assert found.argmin() == 2
    mean = costs.costs[CODES, decided_by(PROBA, found)].mean()
    assert mean < costs.costs[CODES, PROBA.argmax(axis=1)].mean()


def test_what_cannot_be_tuned_is_refused() -> None:
    for policy in (RecallAtPrecision(0.5), TunedThreshold("youden")):
        with pytest.raises(InputError, match="between an event and all other rows; y has 3"):
            policy.class_thresholds(CODES, PROBA)
    with pytest.raises(InputError, match=r"shape \(200, 2\); y_true has 200 rows of 3 classes"):
        TunedThreshold().class_thresholds(CODES, PROBA[:, :2] / PROBA[:, :2].sum(1)[:, None])
    with pytest.raises(InputError, match="The costs have"):
        LowestCost(CostMatrix(1 - np.eye(4))).class_thresholds(CODES, PROBA)
    with pytest.raises(InputError, match="The costs are of two classes"):
        LowestCost((1, 5)).class_thresholds(CODES, PROBA)
    with pytest.raises(InputError, match="names an event, and thresholds of 3 classes"):
        TunedThreshold(pos_label=2).classifier(LogisticRegression()).fit(PROBA, CODES)
    with pytest.raises(InputError, match="names an event, and tuned for f1 decides between 3"):
        ThresholdClassifier(TunedThreshold(), LogisticRegression(), pos_label=2).fit(PROBA, CODES)
    with pytest.raises(InputError, match="weight"):
        TunedThreshold().class_thresholds(CODES, PROBA, sample_weight=-np.ones(200))
