"""Boosting of balanced members, and the member on its own."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from poise.core.errors import ParameterError, TooFewRowsError, UnsupportedTypeError
from poise.ensemble import BalancedFit, RUSBoostClassifier
from poise.over_sampling import SMOTE

X, y = make_classification(600, 8, n_informative=4, weights=[0.9], random_state=0)


def test_stages_end_in_the_prediction() -> None:
    stump = DecisionTreeClassifier(max_depth=2)
    model = RUSBoostClassifier(stump, n_estimators=6, random_state=0).fit(X, y)
    assert list(model.staged_predict(X))[-1].tolist() == model.predict(X).tolist()
    np.testing.assert_array_equal(list(model.staged_predict_proba(X))[-1], model.predict_proba(X))
    last = list(model.staged_decision_function(X))[-1]
    np.testing.assert_array_equal(last, model.decision_function(X))
    assert list(model.staged_score(X, y))[-1] == pytest.approx(model.score(X, y))
    n = len(model.estimators_)
    assert (model.estimator_weights_[:n] > 0).all()
    assert ((model.estimator_errors_[:n] >= 0) & (model.estimator_errors_[:n] <= 0.5)).all()
    assert all(isinstance(member, DecisionTreeClassifier) for member in model.estimators_)
    assert model.estimator_ is stump


def test_members_are_balanced() -> None:
    model = RUSBoostClassifier(n_estimators=1, random_state=0).fit(X, y)
    n_rare = int(y.sum())
    assert model.estimators_[0].tree_.n_node_samples[0] == 2 * n_rare


def test_the_algorithm_has_no_effect_and_warns() -> None:
    plain = RUSBoostClassifier(n_estimators=3, random_state=0).fit(X, y)
    for name in ("SAMME", "SAMME.R"):
        with pytest.warns(FutureWarning, match=f"algorithm='{name}' has no effect"):
            model = RUSBoostClassifier(n_estimators=3, algorithm=name, random_state=0).fit(X, y)
        np.testing.assert_array_equal(model.predict_proba(X), plain.predict_proba(X))


def test_samplers_and_pipelines_of_the_members_are_made_when_they_are_read() -> None:
    model = RUSBoostClassifier(n_estimators=4, random_state=0).fit(X, y)
    seeds = [sampler.random_state for sampler in model.samplers_]
    assert len(set(seeds)) == len(model.estimators_) == len(model.pipelines_)
    assert seeds == [member.random_state for member in model.estimators_]
    for pipeline, member in zip(model.pipelines_, model.estimators_, strict=True):
        assert list(pipeline.named_steps) == ["randomundersampler", "decisiontreeclassifier"]
        assert pipeline[-1] is member


def test_another_algorithm_raises() -> None:
    with pytest.raises(ParameterError, match="'algorithm' parameter .* 'SAMME.R' or 'deprecated'"):
        RUSBoostClassifier(algorithm="SAMME.C").fit(X, y)


def test_weights_reach_the_classifier_of_a_member() -> None:
    weight = np.where(X[:, 0] > 0, 5.0, 0.01)
    plain = BalancedFit(LogisticRegression(), random_state=0).fit(X, y)
    weighted = BalancedFit(LogisticRegression(), random_state=0).fit(X, y, weight)
    assert not np.allclose(plain.estimator_.coef_, weighted.estimator_.coef_)
    assert plain.predict(X).shape == (600,)
    with pytest.raises(UnsupportedTypeError, match="takes no sample_weight"):
        BalancedFit(KNeighborsClassifier()).fit(X, y, weight)


def test_a_member_can_over_sample() -> None:
    model = BalancedFit(LogisticRegression(), SMOTE(), random_state=0).fit(X, y)
    assert model.predict_proba(X)[:, 1].mean() > 2 * y.mean()


def test_a_class_of_one_row_that_boosting_cannot_learn_is_the_reason() -> None:
    X, y = np.random.RandomState(0).rand(60, 2), np.r_[np.zeros(59, int), 1]
    with pytest.raises(TooFewRowsError, match="Class 1 has 1 row"):
        for seed in range(20):
            RUSBoostClassifier(n_estimators=3, random_state=seed).fit(X, y)
