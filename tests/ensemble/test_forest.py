"""The balanced forest is a forest of scikit-learn, with balanced rows for each tree."""

from __future__ import annotations

import pickle
from typing import Any

import imblearn.ensemble
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import balanced_accuracy_score
from sklearn.tree import DecisionTreeClassifier, export_text, plot_tree

from poise.core.errors import InputError
from poise.ensemble import BalancedRandomForestClassifier
from poise.under_sampling import RandomUnderSampler

X, y = make_classification(600, 8, n_informative=4, weights=[0.9], random_state=0)


def forest(**options: Any) -> BalancedRandomForestClassifier:
    return BalancedRandomForestClassifier(**{"n_estimators": 10, "random_state": 0} | options)


def test_it_is_a_random_forest_of_trees() -> None:
    model = forest().fit(X, y)
    assert isinstance(model, RandomForestClassifier)
    assert all(isinstance(tree, DecisionTreeClassifier) for tree in model.estimators_)
    assert "class" in export_text(model.estimators_[0])
    assert plot_tree(model.estimators_[0], max_depth=1)
    assert model.apply(X).shape == (600, 10)
    indicator, ends = model.decision_path(X)
    assert indicator.shape == (600, ends[-1])
    assert model.feature_importances_.sum() == pytest.approx(1)


@pytest.mark.parametrize("bootstrap", [True, False])
def test_every_tree_is_fitted_on_balanced_rows(*, bootstrap: bool) -> None:
    model = forest(bootstrap=bootstrap, replacement=False).fit(X, np.array(["no", "yes"])[y])
    for tree, rows in zip(model.estimators_, model.estimators_samples_, strict=True):
        assert np.bincount(y[rows]).tolist() == [len(rows) / 2] * 2
        np.testing.assert_allclose(tree.tree_.value[0, 0], 0.5)
        assert tree.tree_.weighted_n_node_samples[0] == len(rows)


def test_a_plain_forest_for_other_tools_predicts_the_same() -> None:
    frame = pd.DataFrame(X).add_prefix("f")
    model = forest(max_depth=3).fit(frame, y)
    plain = model.to_inference()
    assert type(plain) is RandomForestClassifier
    assert plain.max_depth == 3
    assert plain.feature_names_in_.tolist() == list(frame.columns)
    np.testing.assert_array_equal(plain.predict_proba(frame), model.predict_proba(frame))


def test_a_pickle_is_at_most_half_as_large_as_that_of_imbalanced_learn() -> None:
    ours = forest(n_estimators=50).fit(X, y)
    theirs = imblearn.ensemble.BalancedRandomForestClassifier(50, random_state=0).fit(X, y)
    assert len(pickle.dumps(ours)) <= len(pickle.dumps(theirs)) / 2


def test_out_of_bag_scores_are_of_rows_that_trees_have_not_seen() -> None:
    model = forest(n_estimators=40, bootstrap=True, oob_score=True).fit(X, y)
    decision = np.zeros((600, 2))
    for tree, rows in zip(model.estimators_, model.estimators_samples_, strict=True):
        out = np.setdiff1d(np.arange(600), rows)
        decision[out] += tree.predict_proba(X[out])
    decision /= decision.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.oob_decision_function_, decision)
    assert model.oob_score_ == pytest.approx((decision.argmax(axis=1) == y).mean())
    by = forest(n_estimators=40, bootstrap=True, oob_score=balanced_accuracy_score).fit(X, y)
    assert by.oob_score_ == pytest.approx(balanced_accuracy_score(y, decision.argmax(axis=1)))


@pytest.mark.parametrize("weight", ["balanced", "balanced_subsample", {"no": 1, "yes": 5}])
def test_class_weights_are_by_the_users_labels(weight: Any) -> None:
    names = np.array(["no", "yes"])[y]
    strategy = {"no": 60, "yes": 20}
    options = {"sampling_strategy": strategy, "replacement": False, "max_depth": 1}
    model = forest(class_weight=weight, **options).fit(X, names)
    n_no, n_yes = np.bincount(y)
    ratio = {"balanced": n_no / n_yes, "balanced_subsample": 3.0}.get(str(weight), 5.0)
    share = model.estimators_[0].tree_.value[0, 0]
    assert share[1] / share[0] == pytest.approx(20 * ratio / 60)
    weighted = forest(class_weight=weight, **options).fit(X, names, sample_weight=np.full(600, 2.0))
    np.testing.assert_allclose(weighted.predict_proba(X), model.predict_proba(X))


def test_trees_whose_rows_are_not_checked_again_are_the_same() -> None:
    some = forest(bootstrap=True).fit(X, y)
    for tree, rows in zip(some.estimators_, some.estimators_samples_, strict=True):
        alike = clone(tree).fit(X[rows].astype(np.float32), y[rows].astype(np.float64))
        assert export_text(alike) == export_text(tree)
        assert vars(alike).keys() == vars(tree).keys()


def test_missing_values_sparse_tables_and_monotonic_columns() -> None:
    holes = X.copy()
    holes[::7, 0] = np.nan
    assert forest().fit(holes, y).predict(holes).shape == (600,)
    sparse = forest().fit(sp.csc_array(X), y)
    np.testing.assert_array_equal(sparse.predict(sp.csr_array(X)), forest().fit(X, y).predict(X))
    rising = forest(monotonic_cst=[1, *[0] * 7], max_depth=3).fit(X, y)
    low, high = X.copy(), X.copy()
    low[:, 0], high[:, 0] = X[:, 0].min(), X[:, 0].max()
    assert (rising.predict_proba(high)[:, 1] >= rising.predict_proba(low)[:, 1]).all()


def test_more_trees_can_be_added() -> None:
    model = forest(warm_start=True).fit(X, y)
    model.set_params(n_estimators=15).fit(X, y)
    np.testing.assert_array_equal(
        model.predict_proba(X), forest(n_estimators=15).fit(X, y).predict_proba(X)
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_samples": 0.5}, "`max_sample` cannot be set if `bootstrap=False`"),
        ({"oob_score": True}, "only available if bootstrap=True"),
        ({"criterion": "ginny"}, "'criterion' parameter of DecisionTreeClassifier"),
        ({"min_samples_leaf": -1}, "'min_samples_leaf' parameter"),
        ({"n_estimators": 0}, "'n_estimators' parameter of BalancedRandomForestClassifier"),
        ({"class_weight": {0: 1}}, "class_weight|classes"),
    ],
)
def test_parameters_that_cannot_be_raise(options: Any, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        forest(**options).fit(X, np.array(["no", "yes"])[y])


def test_text_columns_raise_with_the_ensemble_that_takes_them() -> None:
    frame = pd.DataFrame({"town": ["u", "v"] * 300})
    with pytest.raises(InputError, match="X holds text: .*use BalancedBaggingClassifier"):
        forest().fit(frame, y)


def test_samplers_and_pipelines_of_the_trees_are_made_when_they_are_read() -> None:
    model = BalancedRandomForestClassifier(4, random_state=0).fit(X, y)
    assert [sampler.random_state for sampler in model.samplers_] == [
        tree.random_state for tree in model.estimators_
    ]
    assert [pipeline[-1] for pipeline in model.pipelines_] == model.estimators_
    assert all(isinstance(pipeline[0], RandomUnderSampler) for pipeline in model.pipelines_)
