"""Ensembles of balanced members find rare rows, store no data and work as estimators."""

from __future__ import annotations

import pickle
from typing import Any

import imblearn.ensemble
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score, roc_auc_score
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from poise.core.errors import UnsupportedTypeError
from poise.ensemble import (
    BalancedBaggingClassifier,
    BalancedFit,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)
from poise.over_sampling import SMOTE

X, y = make_classification(
    n_samples=1500, n_features=8, n_informative=4, weights=[0.94], class_sep=0.9, random_state=0
)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
ENSEMBLES = [
    BalancedBaggingClassifier(random_state=0),
    EasyEnsembleClassifier(5, random_state=0),
    BalancedRandomForestClassifier(30, random_state=0),
    # Boosted stumps stop after one or two members on this table, as in imbalanced-learn.
    RUSBoostClassifier(DecisionTreeClassifier(max_depth=4), n_estimators=20, random_state=0),
]
every = pytest.mark.parametrize("ensemble", ENSEMBLES, ids=lambda e: type(e).__name__)


def _auc(model: Any) -> float:
    found = model.fit(X_train, y_train).predict_proba(X_test)[:, 1]
    return float(roc_auc_score(y_test, found))


@every
def test_rare_rows_are_found_about_as_well_as_by_imbalanced_learn(ensemble: Any) -> None:
    kind = getattr(imblearn.ensemble, type(ensemble).__name__)
    known = kind().get_params()
    given = {
        k: v for k, v in ensemble.get_params(deep=False).items() if k in known and v is not None
    }
    ours, theirs = (
        np.mean([_auc(clone(model).set_params(random_state=seed)) for seed in range(6)])
        for model in (ensemble, kind(**given))
    )
    assert ours > theirs - 0.04
    assert recall_score(y_test, clone(ensemble).fit(X_train, y_train).predict(X_test)) > 0.6


@every
def test_the_same_random_state_gives_the_same_members(ensemble: Any) -> None:
    first, second = (clone(ensemble).fit(X_train, y_train).predict_proba(X_test) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@every
def test_labels_are_only_names(ensemble: Any) -> None:
    plain = clone(ensemble).fit(X_train, y_train).predict(X_test)
    named = clone(ensemble).fit(X_train, np.array(["no", "yes"])[y_train]).predict(X_test)
    assert named.tolist() == np.array(["no", "yes"])[plain].tolist()


@every
def test_it_can_be_cross_validated_cloned_and_pickled(ensemble: Any) -> None:
    assert len(cross_val_score(ensemble, X_train, y_train, cv=3)) == 3
    fitted = clone(ensemble).fit(X_train, y_train)
    again = pickle.loads(pickle.dumps(fitted))  # its own pickle
    np.testing.assert_array_equal(again.predict(X_test), fitted.predict(X_test))
    assert fitted.n_features_in_ == 8
    assert len(fitted.estimators_) == len(fitted.ensemble_.estimators_)


def test_every_member_is_fitted_to_balanced_rows() -> None:
    forest = BalancedRandomForestClassifier(10, random_state=0).fit(X_train, y_train)
    for member in forest.estimators_:
        weights = member.estimator_.tree_.value[0, 0]
        np.testing.assert_allclose(weights, 0.5)
    assert forest.feature_importances_.sum() == pytest.approx(1)


def test_pickles_are_no_larger_than_scikit_learns_own() -> None:
    rows = np.flatnonzero(y_train == 1)
    balanced = np.r_[rows, np.flatnonzero(y_train == 0)[: len(rows)]]
    ours = BalancedRandomForestClassifier(30, random_state=0).fit(X_train, y_train)
    theirs = RandomForestClassifier(30, random_state=0).fit(X_train[balanced], y_train[balanced])
    trees = sum(len(pickle.dumps(tree)) for tree in theirs.estimators_)
    assert len(pickle.dumps(ours)) < 1.35 * trees
    bag = BalancedBaggingClassifier(random_state=0).fit(X_train, y_train)
    plain = BaggingClassifier(random_state=0).fit(X_train, y_train)
    assert len(pickle.dumps(bag)) < 1.1 * len(pickle.dumps(plain))


def test_weights_reach_the_members() -> None:
    weight = np.where(X_train[:, 0] > 0, 5.0, 0.01)
    plain = BalancedFit(LogisticRegression(), random_state=0).fit(X_train, y_train)
    weighted = BalancedFit(LogisticRegression(), random_state=0).fit(X_train, y_train, weight)
    assert not np.allclose(plain.estimator_.coef_, weighted.estimator_.coef_)
    with pytest.raises(UnsupportedTypeError, match="takes no sample_weight"):
        BalancedFit(KNeighborsClassifier()).fit(X_train, y_train, weight)


def test_members_can_over_sample() -> None:
    bag = BalancedBaggingClassifier(DecisionTreeClassifier(), sampler=SMOTE(), random_state=0)
    assert recall_score(y_test, bag.fit(X_train, y_train).predict(X_test)) > 0.4


def test_more_members_can_be_added() -> None:
    bag = BalancedBaggingClassifier(n_estimators=3, warm_start=True, random_state=0).fit(
        X_train, y_train
    )
    bag.set_params(n_estimators=7).fit(X_train, y_train)
    assert len(bag.estimators_) == 7
