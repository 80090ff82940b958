"""Bagging: any classifier and container, out-of-bag scores, columns, warm start."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from joblib import parallel_config
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import AdaBoostClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import balanced_accuracy_score, recall_score
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import poise
from poise.core.errors import InputError, ParameterError, VanishingClassWarning
from poise.ensemble import (
    BalancedBaggingClassifier,
    BalancedFit,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)
from poise.over_sampling import SMOTE
from poise.under_sampling import EditedNearestNeighbours

X, y = make_classification(400, 6, n_informative=3, weights=[0.85], random_state=0)
FEW = {"n_estimators": 3, "random_state": 0}


class Spy(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
    """Keeps what it is fitted on."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Spy:
        self.X_, self.y_, self.w_, self.classes_ = X, y, sample_weight, np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])


@pytest.mark.parametrize(
    "classifier",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        poise.make_pipeline(StandardScaler(), SMOTE(), LogisticRegression()),
        GridSearchCV(DecisionTreeClassifier(), {"max_depth": [1, 2]}, cv=2),
        KNeighborsClassifier(),
        LinearDiscriminantAnalysis(),
        RidgeClassifier(),
        Spy(),
    ],
    ids=lambda c: type(c).__name__,
)
@pytest.mark.parametrize("kind", [BalancedBaggingClassifier, EasyEnsembleClassifier])
def test_any_classifier_works(kind: Any, classifier: Any) -> None:
    model = kind(estimator=classifier, **FEW).fit(X, y)
    assert model.predict_proba(X).sum(axis=1) == pytest.approx(1)
    assert model.predict(X).shape == y.shape
    assert all(type(member[-1]) is type(classifier) for member in model.estimators_)
    assert hasattr(model, "decision_function") == hasattr(classifier, "decision_function")
    if hasattr(classifier, "decision_function"):
        assert model.decision_function(X).shape == y.shape


def test_members_are_fitted_on_the_rows_that_are_reported() -> None:
    names = np.array(["no", "yes"])[y]
    model = BalancedBaggingClassifier(Spy(), max_samples=0.5, **FEW).fit(X, names)
    for (_, member), rows in zip(model.estimators_, model.estimators_samples_, strict=True):
        np.testing.assert_array_equal(member.X_, X[rows])
        assert member.y_.tolist() == names[rows].tolist()
        assert (member.y_ == "yes").sum() == (member.y_ == "no").sum()
        assert member.w_ is None
    weights = np.arange(400.0)
    weighted = BalancedBaggingClassifier(Spy(), **FEW).fit(X, names, sample_weight=weights)
    for (_, member), rows in zip(weighted.estimators_, weighted.estimators_samples_, strict=True):
        assert member.w_.tolist() == weights[rows].tolist()


@pytest.mark.parametrize("make", [lambda f: f, pl.from_pandas, pa.Table.from_pandas])
def test_frames_stay_frames_also_with_some_columns(make: Any) -> None:
    frame = make(pd.DataFrame(X).add_prefix("f"))
    model = BalancedBaggingClassifier(Spy(), max_features=0.5, **FEW).fit(frame, y)
    for (_, member), columns in zip(model.estimators_, model.estimators_features_, strict=True):
        assert type(member.X_) is type(frame)
        names = getattr(member.X_, "column_names", None) or list(member.X_.columns)
        assert list(names) == [f"f{j}" for j in columns]
    assert model.feature_names_in_.tolist() == [f"f{j}" for j in range(6)]


def test_a_classifier_that_reads_categories_gets_them() -> None:
    frame = pd.DataFrame({"a": X[:, 0], "town": pd.Categorical(["u", "v"] * 200)})
    boosting = HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=3)
    for kind in (BalancedBaggingClassifier, EasyEnsembleClassifier):
        assert set(kind(estimator=boosting, **FEW).fit(frame, y).predict(frame)) <= {0, 1}
    sampler = SMOTE(categorical_features=["town"])
    model = BalancedBaggingClassifier(boosting, sampler=sampler, **FEW).fit(frame, y)
    assert recall_score(y, model.predict(frame)) > 0.3


def test_sparse_tables_and_lists_can_be_passed() -> None:
    expected = BalancedBaggingClassifier(**FEW, max_features=0.5).fit(X, y).predict(X)
    for table in (sp.csr_array(X), sp.csc_matrix(X), X.tolist()):
        model = BalancedBaggingClassifier(**FEW, max_features=0.5).fit(table, y.tolist())
        assert model.predict(table).tolist() == expected.tolist()


def test_importances_belong_to_their_columns() -> None:
    table, label = make_classification(
        600, 10, n_informative=1, n_redundant=0, n_clusters_per_class=1, weights=[0.8],
        shuffle=False, random_state=0,
    )  # fmt: skip
    for options in ({}, {"bootstrap_features": True}):
        model = BalancedBaggingClassifier(
            n_estimators=30, max_features=0.5, random_state=0, **options
        )
        found = model.fit(table, label).feature_importances_
        assert found.argmax() == 0
        assert found.sum() == pytest.approx(1)
        assert all(len(columns) == 5 for columns in model.estimators_features_)


def test_out_of_bag_scores_are_of_rows_that_members_have_not_seen() -> None:
    model = BalancedBaggingClassifier(n_estimators=40, oob_score=True, random_state=0).fit(X, y)
    assert model.oob_decision_function_.shape == (400, 2)
    assert model.oob_decision_function_.sum(axis=1) == pytest.approx(1)
    predicted = model.oob_decision_function_.argmax(axis=1)
    assert model.oob_score_ == pytest.approx((predicted == y).mean())
    seen = [
        row for row in range(400) if all(row in set(s.tolist()) for s in model.estimators_samples_)
    ]
    assert not seen
    by = BalancedBaggingClassifier(
        n_estimators=40, oob_score=balanced_accuracy_score, random_state=0
    )
    assert by.fit(X, y).oob_score_ == pytest.approx(balanced_accuracy_score(y, predicted))


def test_rows_that_every_member_has_seen_are_nan_and_named_in_a_warning() -> None:
    with pytest.warns(UserWarning, match="rows were in the sample of every member"):
        model = BalancedBaggingClassifier(n_estimators=1, oob_score=True, random_state=0).fit(X, y)
    assert np.isnan(model.oob_decision_function_[model.estimators_samples_[0]]).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"oob_score": True, "bootstrap": False}, "only available if bootstrap=True"),
        ({"oob_score": True, "warm_start": True}, "only available if warm_start=False"),
        ({"max_samples": 401}, "max_samples=401 must be a whole number from 1 to 400"),
        ({"max_features": 0.0}, "max_features=0.0"),
        ({"bootstrap": 1}, "'bootstrap' parameter"),
        ({"sampler": SMOTE}, "is not a sampler"),
        ({"sampling_strategy": {7: 3}}, "no class 7"),
    ],
)
def test_parameters_that_cannot_be_raise(options: Any, words: str) -> None:
    with pytest.raises((InputError, TypeError, LookupError), match=words):
        BalancedBaggingClassifier(**FEW, **options).fit(X, y)


@pytest.mark.parametrize("kind", [BalancedBaggingClassifier, EasyEnsembleClassifier])
def test_more_members_can_be_added(kind: Any) -> None:
    tree = DecisionTreeClassifier()
    model = kind(estimator=tree, warm_start=True, **FEW).fit(X, y)
    first = list(model.estimators_)
    model.set_params(n_estimators=7).fit(X, y)
    assert model.estimators_[:3] == first
    once = kind(estimator=tree, n_estimators=7, random_state=0).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), once.predict_proba(X))
    with pytest.warns(UserWarning, match="without increasing n_estimators"):
        model.fit(X, y)
    with pytest.raises(ParameterError, match="n_estimators=2 must be larger or equal"):
        model.set_params(n_estimators=2).fit(X, y)


def test_members_that_stay_keep_their_columns_and_rows() -> None:
    model = BalancedBaggingClassifier(n_estimators=3, max_features=2, warm_start=True).fit(X, y)
    columns, rows = model.estimators_features_, model.estimators_samples_
    model.set_params(n_estimators=5, max_features=4).fit(X, y)
    for kept, first in ((model.estimators_features_, columns), (model.estimators_samples_, rows)):
        assert [part.tolist() for part in kept[:3]] == [part.tolist() for part in first]
    assert [len(part) for part in model.estimators_features_] == [2, 2, 2, 4, 4]
    assert model.predict(X).shape == y.shape


def test_several_classes_with_text_labels() -> None:
    table, codes = make_classification(
        600, 6, n_informative=4, n_classes=3, weights=[0.7, 0.2], random_state=0
    )
    label = np.array(["c", "a", "b"])[codes]
    model = BalancedBaggingClassifier(LogisticRegression(), **FEW).fit(table, label)
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert model.decision_function(table).shape == model.predict_proba(table).shape == (600, 3)
    for rows in model.estimators_samples_:
        assert len(set(np.unique(label[rows], return_counts=True)[1])) == 1


def test_a_class_that_a_sampler_removes_is_warned_of_once() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(600, 6)), np.repeat([0, 1, 2], [560, 25, 15])
    cleaner = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=5)
    bags = BalancedBaggingClassifier(GaussianNB(), 5, sampler=cleaner, random_state=0)
    with pytest.warns(VanishingClassWarning) as caught:
        bags.fit(X, y)
    assert len(caught) == 1
    assert "of 5 members were fitted without any row of class 1" in str(caught[0].message)


def test_trees_are_fitted_in_threads_and_are_the_same_in_processes() -> None:
    bags = BalancedBaggingClassifier(**FEW, n_jobs=2)
    assert bags._prefers(400) == "threads"
    found = bags.fit(X, y).predict_proba(X)
    with parallel_config(backend="loky"):
        np.testing.assert_array_equal(bags.fit(X, y).predict_proba(X), found)
    assert BalancedBaggingClassifier(GaussianNB())._prefers(400) is None


def test_boosted_trees_are_fitted_in_a_few_threads_if_the_table_is_large() -> None:
    easy = EasyEnsembleClassifier(2, AdaBoostClassifier(n_estimators=2), n_jobs=2, random_state=0)
    easy.fit(X, y)
    assert (easy._prefers(400), easy._prefers(1_000_000)) == (None, "threads")
    assert easy.set_params(n_jobs=64)._prefers(1_000_000) is None
    bayes = AdaBoostClassifier(GaussianNB())
    assert easy.set_params(n_jobs=2, estimator=bayes)._prefers(1_000_000) is None
    large, label = np.tile(X, (250, 1)), np.tile(y, 250)
    easy.set_params(estimator=AdaBoostClassifier(n_estimators=2))
    found = easy.fit(large, label).predict_proba(X)
    with parallel_config(backend="loky"):
        np.testing.assert_array_equal(easy.fit(large, label).predict_proba(X), found)


def test_members_in_threads_warn_once_and_leave_the_filters_of_warnings_as_they_were() -> None:
    bags = BalancedBaggingClassifier(n_estimators=20, sampling_strategy={0: 0}, n_jobs=4)
    filters = list(warnings.filters)
    with pytest.warns(VanishingClassWarning) as caught:
        bags.fit(X, y)
    assert len(caught) == 1
    assert warnings.filters == filters


def test_an_out_of_bag_score_is_a_bool_or_a_function() -> None:
    X, y = np.arange(60.0).reshape(-1, 1), np.repeat([0, 1], [40, 20])
    for ensemble in (BalancedBaggingClassifier(), BalancedRandomForestClassifier(bootstrap=True)):
        with pytest.raises(ParameterError, match="'oob_score' parameter"):
            ensemble.set_params(oob_score="yes").fit(X, y)


def test_one_hot_labels_are_labels_in_every_ensemble() -> None:
    X, y = np.arange(60.0).reshape(-1, 1), np.repeat([0, 1], [40, 20])
    for kind in (
        BalancedFit(GaussianNB()),
        RUSBoostClassifier(n_estimators=2),
        BalancedBaggingClassifier(),
    ):
        assert kind.fit(X, np.eye(2, dtype=int)[y]).classes_.tolist() == [0, 1]


def test_members_are_pipelines_of_a_sampler_and_a_classifier() -> None:
    for kind in (BalancedBaggingClassifier, EasyEnsembleClassifier):
        model = kind(estimator=DecisionTreeClassifier(max_depth=2), replacement=True, **FEW).fit(
            X, y
        )
        assert len(model) == len(model.estimators_) == len(list(model))
        for member in model:
            assert list(member.named_steps) == ["sampler", "classifier"]
            assert member.steps[0][1].replacement
            assert member[-1].get_depth() <= 2
            assert member.predict(X).shape == y.shape
        assert model[0] is model.estimators_[0]
        assert isinstance(model.sampler_, poise.RandomUnderSampler)
        assert list(model.estimator_.named_steps) == ["sampler", "classifier"]
    seeds = [member[0].random_state for member in model]
    assert len(set(seeds)) == len(seeds)
    smote = BalancedBaggingClassifier(sampler=SMOTE(k_neighbors=2), **FEW).fit(X, y)
    assert [member[0].k_neighbors for member in smote] == [2] * len(smote)
