"""Every ensemble finds rare rows, and does with labels, weights, frames and clones what users expect."""

from __future__ import annotations

import pickle
from typing import Any

import imblearn.ensemble
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.metrics import recall_score, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import check_estimator

from poise.core.errors import InputError, MethodError, ParameterError, UnsupportedTypeError
from poise.ensemble import (
    BalancedBaggingClassifier,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)
from poise.pipeline import Pipeline

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
KINDS_OF_LABELS = {
    "text": np.array(["no", "yes"]),
    "text, rare first": np.array(["stayed", "churned"]),
    "booleans": np.array([False, True]),
    "not from 0": np.array([1, 2]),
    "negative": np.array([-1, 5]),
}


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
    models = [clone(ensemble).set_params(random_state=seed) for seed in range(6)]
    ours = np.mean([_auc(model) for model in models])
    theirs = np.mean([_auc(kind(**given | {"random_state": seed})) for seed in range(6)])
    assert ours > theirs - 0.04
    assert np.mean([recall_score(y_test, model.predict(X_test)) for model in models]) > 0.6


@every
@pytest.mark.parametrize("names", KINDS_OF_LABELS.values(), ids=KINDS_OF_LABELS)
def test_labels_are_only_names(ensemble: Any, names: Any) -> None:
    plain = clone(ensemble).fit(X_train, y_train)
    named = clone(ensemble).fit(X_train, names[y_train])
    assert named.classes_.tolist() == sorted(names.tolist())
    if names.tolist() == sorted(names.tolist()):  # otherwise the order of the draws is another one
        assert named.predict(X_test).tolist() == names[plain.predict(X_test)].tolist()
    assert set(named.predict(X_test).tolist()) == set(names.tolist())
    counts = dict.fromkeys(names.tolist(), 20)
    few = clone(ensemble).set_params(sampling_strategy=counts).fit(X_train, names[y_train])
    for rows in getattr(few, "estimators_samples_", []):
        assert np.bincount(y_train[rows]).tolist() == [20, 20]


@every
def test_labels_can_be_categories_and_the_table_a_frame(ensemble: Any) -> None:
    frame = pd.DataFrame(X_train).add_prefix("f")
    label = pd.Series(pd.Categorical(np.array(["no", "yes"])[y_train]))
    model = clone(ensemble).fit(frame, label)
    assert model.feature_names_in_.tolist() == list(frame.columns)
    assert set(model.predict(frame)) == {"no", "yes"}
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[frame.columns[::-1]])


@every
def test_the_same_random_state_gives_the_same_members_with_any_number_of_jobs(
    ensemble: Any,
) -> None:
    first, second = (clone(ensemble).fit(X_train, y_train).predict_proba(X_test) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    if hasattr(ensemble, "n_jobs"):
        parallel = clone(ensemble).set_params(n_jobs=2).fit(X_train, y_train)
        np.testing.assert_allclose(parallel.predict_proba(X_test), first, rtol=1e-12)


@every
def test_it_can_be_cross_validated_searched_cloned_and_pickled(ensemble: Any) -> None:
    assert len(cross_val_score(ensemble, X_train, y_train, cv=3)) == 3
    search = GridSearchCV(ensemble, {"n_estimators": [2, 3]}, cv=2).fit(X_train, y_train)
    assert search.best_estimator_.n_estimators in (2, 3)
    fitted = clone(ensemble).fit(X_train, y_train)
    again = pickle.loads(pickle.dumps(fitted))  # its own pickle
    np.testing.assert_array_equal(again.predict(X_test), fitted.predict(X_test))
    assert fitted.n_features_in_ == 8
    assert fitted.n_classes_ == 2
    assert 1 <= len(fitted.estimators_) <= fitted.n_estimators
    assert fitted.feature_importances_.shape == (8,)
    with np.errstate(divide="ignore"):  # the forest's is inherited
        log_proba = fitted.predict_log_proba(X_test)
    np.testing.assert_allclose(np.exp(log_proba), fitted.predict_proba(X_test), atol=1e-12)


@every
def test_row_weights_have_an_effect(ensemble: Any) -> None:
    rng = np.random.default_rng(0)
    table = rng.integers(0, 2, (400, 1)).astype(float)
    label = (rng.random(400) < 0.25).astype(int)
    weights = np.where((table[:, 0] == 1) & (label == 1), 1000.0, 1.0)
    plain = clone(ensemble).fit(table, label).predict_proba([[1.0]])[0, 1]
    weights[label == 0] = [0.0, *weights[label == 0][1:]]  # one weight of 0 is allowed
    weighted = clone(ensemble).fit(table, label, sample_weight=weights)
    assert weighted.predict_proba([[1.0]])[0, 1] > plain + 0.2
    share = clone(ensemble).fit(table, label, sample_weight=weights / weights.sum())
    np.testing.assert_allclose(share.predict_proba(table), weighted.predict_proba(table))


@every
@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"n_estimators": 0}, "'n_estimators' parameter of .* must be an int in the range"),
        ({"n_estimators": 2.5}, "'n_estimators' parameter"),
        ({"random_state": -1}, "'random_state' parameter"),
        ({"replacement": "yes"}, "'replacement' parameter"),
    ],
)
def test_parameters_are_checked_before_the_work(ensemble: Any, parameters: Any, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        clone(ensemble).set_params(**parameters).fit(X_train, y_train)


@every
def test_a_single_class_raises(ensemble: Any) -> None:
    with pytest.raises((InputError, ValueError), match="class"):
        clone(ensemble).fit(X_train, np.zeros(len(X_train)))


CHECKS_THAT_DO_NOT_APPLY = {
    "check_dtype_object": "objects are for the members, which raise what they raise",
    "check_supervised_y_2d": "a column of labels is read without a warning, as by the samplers",
    "check_sample_weight_equivalence_on_dense_data": "a weight is not a number of draws",
    "check_sample_weight_equivalence_on_sparse_data": "a weight is not a number of draws",
}


@every
@pytest.mark.filterwarnings("ignore")
def test_the_checks_of_scikit_learn_pass(ensemble: Any) -> None:
    small = clone(ensemble).set_params(n_estimators=3)
    results = check_estimator(small, on_fail=None, on_skip=None)
    failed = {
        result["check_name"]: result["exception"]
        for result in results
        if result["status"] == "failed" and result["check_name"] not in CHECKS_THAT_DO_NOT_APPLY
    }
    assert not failed
    assert sum(result["status"] == "passed" for result in results) >= 35


def test_members_that_take_no_weights_raise() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    weights = np.ones(len(X_train))
    for ensemble in (BalancedBaggingClassifier, EasyEnsembleClassifier):
        model = ensemble(estimator=KNeighborsClassifier())
        with pytest.raises(UnsupportedTypeError, match="takes no sample_weight"):
            model.fit(X_train, y_train, sample_weight=weights)
    with pytest.raises(UnsupportedTypeError, match="takes no sample_weight"):
        RUSBoostClassifier(KNeighborsClassifier()).fit(X_train, y_train)


@pytest.mark.parametrize("weights", [np.zeros(1125), np.full(1125, -1.0), np.ones(7), ["a"] * 1125])
def test_weights_that_cannot_be_weights_raise(weights: Any) -> None:
    for ensemble in ENSEMBLES[:3]:
        with pytest.raises(InputError, match="sample_weight"):
            clone(ensemble).fit(X_train, y_train, sample_weight=weights)


@pytest.mark.parametrize(
    "hook", ["_validate_estimator", "_fit", "_get_estimator", "_make_sampler_estimator"]
)
def test_a_private_method_that_nothing_calls_is_refused(hook: str) -> None:
    for kind in (
        BalancedBaggingClassifier,
        EasyEnsembleClassifier,
        BalancedRandomForestClassifier,
        RUSBoostClassifier,
    ):
        with pytest.raises(MethodError, match=f"Mine defines {hook}"):
            type("Mine", (kind,), {hook: lambda self: None})
    with pytest.raises(MethodError, match="defines _fit"):
        type("Mine", (Pipeline,), {"_fit": lambda self: None})
    assert issubclass(type("Mine", (Pipeline,), {"fit": lambda self, X, y: self}), Pipeline)
