"""What moves class shares is found wherever it is set, and taken back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import poise
from poise.core.errors import UnsupportedTypeError
from poise.decisions import PrevalenceWeights, ResampledClassifier
from poise.decisions._shares import moved_by, trained_prior
from poise.ensemble import BalancedBaggingClassifier

X, Y = make_classification(3000, weights=[0.95], class_sep=0.6, flip_y=0, random_state=0)
BALANCED = LogisticRegression(class_weight="balanced")
PLAIN = LogisticRegression()
SHARES = {0: 0.95, 1: 0.05}


class Boosted(ClassifierMixin, BaseEstimator):
    """Has the parameters of XGBoost, LightGBM and CatBoost, and is a weighted logistic regression."""

    def __init__(
        self,
        scale_pos_weight: Any = None,
        is_unbalance: Any = None,
        auto_class_weights: Any = None,
        class_weights: Any = None,
    ) -> None:
        self.scale_pos_weight = scale_pos_weight
        self.is_unbalance = is_unbalance
        self.auto_class_weights = auto_class_weights
        self.class_weights = class_weights

    def fit(self, X: Any, y: Any) -> Boosted:
        self.classes_, share = np.unique(y), np.mean(y)
        weight = self.scale_pos_weight or 1.0
        if self.is_unbalance or self.auto_class_weights == "Balanced":
            weight = (1 - share) / share
        elif self.auto_class_weights == "SqrtBalanced":
            weight = np.sqrt((1 - share) / share)
        elif self.class_weights is not None:
            weight = self.class_weights[1] / self.class_weights[0]
        self.model_ = LogisticRegression().fit(X, y, np.where(y == 1, weight, 1.0))
        return self

    def predict_proba(self, X: Any) -> Any:
        return self.model_.predict_proba(X)


MODELS = {
    "class_weight": BALANCED,
    "a dictionary": LogisticRegression(class_weight={0: 1, 1: 5}),
    "a pipeline": make_pipeline(StandardScaler(), BALANCED),
    "a search": GridSearchCV(PLAIN, {"class_weight": ["balanced"]}, cv=2),
    "a vote": VotingClassifier([("a", BALANCED), ("b", BALANCED)], voting="soft"),
    "scale_pos_weight": Boosted(scale_pos_weight=19),
    "is_unbalance": Boosted(is_unbalance=True),
    "auto_class_weights": Boosted(auto_class_weights="Balanced"),
    "square roots": Boosted(auto_class_weights="SqrtBalanced"),
    "class_weights": Boosted(class_weights=[1, 12]),
}


@pytest.mark.parametrize("name", MODELS)
def test_weights_are_taken_back_wherever_they_are_set(name: str) -> None:
    model = ResampledClassifier(None, MODELS[name]).fit(X, Y)
    assert model.trained_prior_[1] > 0.15
    assert model.estimator_.predict_proba(X)[:, 1].mean() > 0.12
    assert model.predict_proba(X)[:, 1].mean() == pytest.approx(Y.mean(), abs=0.012)


def test_weights_inside_a_calibrated_classifier_do_not_count() -> None:
    inner = CalibratedClassifierCV(BALANCED, cv=2)
    assert ResampledClassifier(None, inner).fit(X, Y).trained_prior_[1] == pytest.approx(Y.mean())
    assert list(moved_by(PrevalenceWeights(poise.SMOTE()))) == []
    assert list(moved_by(Boosted(scale_pos_weight=1, auto_class_weights="None"))) == []


SEARCH = GridSearchCV(PLAIN, {"class_weight": ["balanced"]}, cv=2)
BY_CODE = LogisticRegression(class_weight={0: 1, 1: 20})


@pytest.mark.parametrize(
    ("model", "is_moved"),
    [
        (make_pipeline(SelectFromModel(BALANCED), PLAIN), False),  # of a transformer
        (VotingClassifier([("a", SEARCH)], voting="soft"), True),
        (VotingClassifier([("a", BY_CODE)], voting="soft"), True),  # labels are renumbered inside
        (BaggingClassifier(SEARCH, 2, random_state=0), True),
        (BaggingClassifier(BY_CODE, 2, random_state=0), True),
        (StackingClassifier([("a", BALANCED)], PLAIN, cv=2), False),
        (OneVsRestClassifier(BALANCED), True),
    ],
)
def test_only_weights_of_what_predicts_are_taken_back(model: Any, is_moved: Any) -> None:
    y = np.array(["good", "late"])[Y]
    found = ResampledClassifier(None, model).fit(X, y)
    assert (found.trained_prior_["late"] > 0.2) == is_moved
    assert found.predict_proba(X)[:, 1].mean() == pytest.approx(Y.mean(), abs=0.02)


def test_what_cannot_be_taken_back_is_refused() -> None:
    uncorrected = ResampledClassifier(poise.SMOTE(random_state=0), PLAIN, correct_prior=False)
    with pytest.raises(
        UnsupportedTypeError, match="ResampledClassifier inside the estimator changes"
    ):
        ResampledClassifier(None, uncorrected).fit(X, Y)
    three = np.where(X[:, 0] > 1, 2, Y)
    with pytest.raises(
        UnsupportedTypeError, match="trains each of its classifiers on other shares"
    ):
        ResampledClassifier(None, OneVsRestClassifier(BALANCED)).fit(X, three)


def test_members_of_different_shares_and_samplers_inside_are_refused() -> None:
    vote = VotingClassifier([("a", BALANCED), ("b", PLAIN)], voting="soft").fit(X, Y)
    with pytest.raises(UnsupportedTypeError, match=r"different class shares.* ResampledClassifier"):
        trained_prior(vote, Y, None)
    inside = GridSearchCV(poise.make_pipeline(poise.SMOTE(), PLAIN), {}, cv=2).fit(X, Y)
    with pytest.raises(UnsupportedTypeError, match="SMOTE inside the estimator changes"):
        trained_prior(inside, Y, None)


def test_balanced_ensembles_are_trained_on_equal_shares() -> None:
    bags = BalancedBaggingClassifier(PLAIN, 3, random_state=0).fit(X, Y)
    assert trained_prior(bags, Y, None) == pytest.approx({0: 0.5, 1: 0.5})
    few = bags.set_params(sampling_strategy={0: 300})
    with pytest.raises(UnsupportedTypeError, match="BalancedBaggingClassifier inside"):
        trained_prior(few, Y, None)


def test_what_moves_shares_is_named_with_its_value_and_its_estimator() -> None:
    (weights,) = moved_by(BALANCED)
    assert str(weights) == "class_weight='balanced' of LogisticRegression"
    (sampler,) = moved_by(poise.SMOTE())
    assert str(sampler) == "SMOTE"
