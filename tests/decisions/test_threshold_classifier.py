"""One classifier for all policies: the right event, costs of several classes, and what it refuses."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict, cross_validate
from sklearn.naive_bayes import GaussianNB

from poise import SMOTE, RandomOverSampler, make_pipeline
from poise.core.errors import (
    CannotTellWarning,
    InputError,
    MovedSharesWarning,
    ParameterError,
    TooFewRowsError,
    UnsupportedTypeError,
)
from poise.decisions import (
    AlertBudget,
    CostMatrix,
    CostThreshold,
    FixedThreshold,
    LowestCost,
    RecallAtPrecision,
    ResampledClassifier,
    ThresholdClassifier,
    TunedThreshold,
    threshold_curve,
)
from poise.ensemble import (
    BalancedBaggingClassifier,
    BalancedFit,
    BalancedRandomForestClassifier,
)

X, Y = make_classification(1500, weights=[0.95], random_state=0, class_sep=0.8)
LR = LogisticRegression()
POLICIES = {
    "alerts": (AlertBudget(50, rows=1500), 40),
    "precision": (RecallAtPrecision(0.5), 10),
    "costs": (CostThreshold(CostMatrix.of_two(false_positive=1, false_negative=20)), 100),
    "pair": (CostThreshold((1, 20)), 100),
    "f1": (TunedThreshold("f1"), 20),
    "lowest cost": (LowestCost((1, 20)), 60),
    "fixed": (FixedThreshold(0.1), 50),
}
# The rarest label sorts first in all but the last.
NAMES = {
    "text": ["good", "bad"],
    "numbers": [2, 1],
    "booleans": [True, False],
    "rare last": ["no", "yes"],
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("policy", POLICIES)
def test_the_event_is_the_rarest_class_wherever_it_sorts(policy: str, names: list[Any]) -> None:
    rule, fewest = POLICIES[policy]
    y = np.array(names)[Y]
    model = clone(rule.classifier(LR, cv=3)).fit(X, y)
    assert model.pos_label_ == names[1]
    decided = model.predict(X)
    assert fewest <= (decided == names[1]).sum() <= 700
    plain = rule.classifier(LR, cv=3).fit(X, Y).predict(X)
    assert ((decided == names[1]) == (plain == 1)).all()
    series = pd.Series(pd.Categorical(y))
    assert (rule.classifier(LR, cv=3).fit(X, series).predict(X) == decided).all()


def test_the_event_can_be_passed_to_the_policy_and_to_the_classifier() -> None:
    y = np.array(["good", "bad"])[Y]
    for model in (
        AlertBudget(50, rows=1500, pos_label="good").classifier(LR, cv=3),
        AlertBudget(50, rows=1500).classifier(LR, cv=3, pos_label="good"),
    ):
        model.fit(X, y)
        assert model.pos_label_ == "good"
        assert (model.predict(X) == "good").sum() <= 60
    with pytest.raises(InputError, match="pos_label='god' .* Did you mean 'good'"):
        ThresholdClassifier(FixedThreshold(), LR, pos_label="god").fit(X, y)


def test_costs_of_other_labels_are_refused() -> None:
    y = np.array(["good", "bad"])[Y]
    for costs in (CostMatrix([[0, 1], [20, 0]]), CostMatrix([[0, 1], [20, 0]], ["fine", "fraud"])):
        with pytest.raises(InputError, match=r"y has the labels 'bad', 'good'\. Pass CostMatrix"):
            CostThreshold(costs).classifier(LR).fit(X, y)
    named = CostMatrix([[0, 20], [1, 0]], classes=["bad", "good"])  # missing a bad one costs 20
    pair = CostThreshold((1, 20)).classifier(LR).fit(X, y)
    assert CostThreshold(named).classifier(LR).fit(X, y).threshold_ == pair.threshold_


def test_the_threshold_of_lowest_cost_is_that_of_the_curve() -> None:
    y = np.array(["good", "bad"])[Y]
    model = LowestCost((1, 20)).classifier(LR, cv=3).fit(X, y)
    p = cross_val_predict(LR, X, Y, cv=3, method="predict_proba")[:, 1]
    cost = threshold_curve(Y, p, costs=(1, 20), pos_label=1)
    assert model.threshold_ == pytest.approx(cost.threshold[cost.cost.argmin()])
    named = CostMatrix([[0, 20], [1, 0]], classes=["bad", "good"])
    assert LowestCost(named).classifier(LR, cv=3).fit(X, y).threshold_ == model.threshold_
    with pytest.raises(InputError, match="y has the labels 'bad', 'good'"):
        LowestCost(CostMatrix(1 - np.eye(3))).classifier(LR).fit(X, y)


def test_costs_of_several_classes_are_one_classifier() -> None:
    X3, y3 = make_classification(900, n_informative=4, n_classes=3, random_state=0)
    labels = np.array(["a", "b", "c"])[y3]
    costs = CostMatrix([[0, 1, 9], [5, 0, 2], [9, 9, 0]], classes=["a", "b", "c"])
    model = CostThreshold(costs).classifier(LR).fit(X3, labels)
    assert model.threshold_ is None
    expected = costs.decide(LogisticRegression().fit(X3, labels).predict_proba(X3))
    assert (pickle.loads(pickle.dumps(model)).predict(X3) == expected).all()
    for policy in (
        AlertBudget(5, rows=9),
        TunedThreshold("youden"),
        RecallAtPrecision(0.5),
        FixedThreshold(0.3),
    ):
        with pytest.raises(InputError, match=r"y has 3 classes, 'a', 'b', 'c'\. Pass y == "):
            policy.classifier(LR).fit(X3, labels)


def test_a_cost_threshold_on_balanced_rows_warns_and_names_the_cure() -> None:
    policy = CostThreshold((1, 20))
    balanced = (
        make_pipeline(SMOTE(random_state=0), LR),
        LogisticRegression(class_weight="balanced"),
        BalancedRandomForestClassifier(5, random_state=0),
    )
    for model in balanced:
        with pytest.warns(
            MovedSharesWarning, match=r"needs right probabilities.* ResampledClassifier"
        ):
            policy.classifier(model).fit(X, Y)
    for right in (LR, ResampledClassifier(SMOTE(random_state=0), LR)):
        policy.classifier(right).fit(X, Y)


def test_a_policy_behind_a_sampler_is_refused() -> None:
    """It would find its threshold on balanced rows, for the class that is then rarest."""
    policy = AlertBudget(50, rows=1500).classifier(LR, cv=3)
    with pytest.raises(
        UnsupportedTypeError, match=r"inside: policy.classifier\(poise.make_pipeline"
    ):
        make_pipeline(SMOTE(random_state=0), policy).fit(X, Y)
    for ensemble in (BalancedBaggingClassifier(policy), BalancedFit(policy)):
        with pytest.raises(UnsupportedTypeError, match="on resampled rows"):
            ensemble.fit(X, Y)


def test_the_event_is_passed_on_to_every_fold() -> None:
    """In a training fold with as many rows of both classes, the label that sorts last would be the event."""
    rng = np.random.default_rng(1)
    y = np.array(["bad"] * 100 + ["good"] * 101)
    table = rng.normal(size=(201, 2)) + (y == "bad")[:, None]
    inside = ResampledClassifier(RandomOverSampler(random_state=0), LR, deployment_prior=0.1)
    model = AlertBudget(20, rows=201).classifier(inside, cv=3).fit(table, y)
    named = AlertBudget(20, rows=201).classifier(clone(inside).set_params(pos_label="bad"), cv=3)
    assert model.estimator_.pos_label_ == "bad"
    assert model.threshold_ == named.fit(table, y).threshold_


def test_groups_are_handed_on_and_odd_labels_are_named() -> None:
    groups = np.arange(1500) // 150
    inside = ResampledClassifier(SMOTE(within_groups=True, k_neighbors=1, random_state=0), LR)
    TunedThreshold().classifier(inside, cv=GroupKFold(2)).fit(X, Y, groups=groups)
    days = np.array(["2026-01-01", "2026-01-02"], dtype="M8[D]")[Y]
    for model in (FixedThreshold().classifier(LR), ResampledClassifier(None, LR)):
        with pytest.raises(
            ValueError, match="Pass text, whole numbers or booleans|Unknown label type"
        ):
            model.fit(X, days)
    with pytest.raises(InputError, match="y has 3 classes.* Pass CostMatrix"):
        CostThreshold((1, 2)).classifier(LR).fit(X, np.arange(1500) % 3)


def test_weights_and_groups_reach_the_folds() -> None:
    groups, weights = np.arange(1500) // 10, np.where(Y == 1, 3.0, 1.0)
    model = TunedThreshold().classifier(LR, cv=GroupKFold(3))
    assert model.fit(X, Y, groups=groups).threshold_ > 0
    with pytest.raises(InputError, match="Pass groups as groups="):
        model.fit(X, Y)
    weighted = TunedThreshold("accuracy").classifier(LR, cv=3)
    assert weighted.fit(X, Y, weights).predict(X).sum() > weighted.fit(X, Y).predict(X).sum()
    with pytest.raises(InputError, match="does not take 'colour'"):
        model.fit(X, Y, colour=3)


def test_it_is_cross_validated_and_too_few_rows_raise() -> None:
    model = AlertBudget(5, rows=100).classifier(LR, cv=3)
    assert len(cross_validate(model, X, Y, cv=3, error_score="raise")["test_score"]) == 3
    with pytest.raises(TooFewRowsError, match="Class True has 2 rows, and cv=3 folds need as many"):
        model.fit(X[:50], np.arange(50) > 47)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"policy": "f1"}, "'policy' parameter of ThresholdClassifier must be an object"),
        ({"cv": 1}, "'cv' parameter"),
        (
            {"n_jobs": "all"},
            "'n_jobs' parameter of ThresholdClassifier must be an int in the range",
        ),
    ],
)
def test_parameters_are_checked_before_anything_is_fitted(parameters: Any, words: str) -> None:
    given = {"policy": TunedThreshold(), "estimator": LogisticRegression()} | parameters
    with pytest.raises(ParameterError, match=words):
        ThresholdClassifier(**given).fit(X, Y)


def test_a_budget_of_alerts_that_no_threshold_keeps_is_said() -> None:
    proba = np.repeat([1.0, 0.5], [40, 60])
    with pytest.warns(CannotTellWarning, match=r"40\.00% of the rows share.*10 alerts in 100 rows"):
        threshold = AlertBudget(10, rows=100).threshold(np.arange(100) < 20, proba)
    assert threshold > 1
    assert AlertBudget(40, rows=100).threshold(np.arange(100) < 20, proba) < 1


def test_stacks_have_probabilities_before_they_are_fitted() -> None:
    X, y = make_classification(200, weights=[0.8], random_state=0)
    stack = StackingClassifier([("a", LogisticRegression()), ("b", GaussianNB())], cv=2)
    model = FixedThreshold(0.3).classifier(stack, cv=2).fit(X, y)
    assert model.predict_proba(X).shape == (200, 2)
