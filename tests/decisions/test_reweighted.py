"""Class weights whose effect on probabilities is taken back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline as make_plain_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import poise
from poise.core.errors import (
    InputError,
    MovedSharesWarning,
    ParameterError,
    TooFewRowsError,
    UnknownNameError,
    UnsupportedTypeError,
)
from poise.decisions import CostMatrix, ReweightedClassifier, shift_prior
from poise.weights import class_weights, sample_weights
from poise_inference import times_factors

X, y = make_classification(3000, n_informative=4, weights=[0.95], class_sep=0.7, random_state=0)
X3, y3 = make_classification(
    3000, n_classes=3, n_informative=5, weights=[0.85, 0.1], class_sep=0.7, random_state=1
)
NAMES = np.array(["low", "mid", "top"])


@pytest.mark.parametrize("scheme", ["balanced", "sqrt", "effective", "capped", {0: 1, 1: 30}])
def test_the_prior_is_taken_back_exactly(scheme: Any) -> None:
    """Weights change nothing in naive Bayes but its prior, so nothing is left of them."""
    plain = GaussianNB().fit(X, y).predict_proba(X)
    model = ReweightedClassifier(GaussianNB(), scheme, cv=None, cap=3).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), plain, rtol=1e-8, atol=1e-12)
    assert model.estimator_.predict_proba(X)[:, 1].mean() > plain[:, 1].mean() + 0.05
    assert model.odds_factors_ == {0: 1.0, 1: 1.0}


def test_the_prior_of_several_classes_is_taken_back_exactly() -> None:
    plain = GaussianNB().fit(X3, y3).predict_proba(X3)
    model = ReweightedClassifier(GaussianNB(), cv=None).fit(X3, NAMES[y3])
    np.testing.assert_allclose(model.predict_proba(X3), plain, rtol=1e-8, atol=1e-12)
    assert model.trained_prior_ == pytest.approx(dict.fromkeys(NAMES.tolist(), 1 / 3))
    shares = dict(zip(NAMES.tolist(), (np.bincount(y3) / 3000).tolist(), strict=True))
    assert model.deployment_prior_ == pytest.approx(shares)
    assert model.class_weights_ == class_weights(NAMES[y3])


@pytest.mark.parametrize(
    "estimator",
    [LogisticRegression(), HistGradientBoostingClassifier(max_iter=30), GaussianNB()],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize(("table", "labels"), [(X, y), (X3, NAMES[y3])], ids=["two", "three"])
def test_means_of_held_out_rows_are_the_shares(estimator: Any, table: Any, labels: Any) -> None:
    folds = StratifiedKFold(4)
    model = ReweightedClassifier(estimator, cv=folds).fit(table, labels)
    alone = ReweightedClassifier(estimator, cv=None)
    held_out = cross_val_predict(alone, table, labels, cv=folds, method="predict_proba")
    found = times_factors(held_out, np.array(list(model.odds_factors_.values())))
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    np.testing.assert_allclose(found.mean(axis=0), shares, atol=1e-8)
    own = shift_prior(
        model.estimator_.predict_proba(table), model.trained_prior_, model.deployment_prior_
    )
    expected = times_factors(own, np.array(list(model.odds_factors_.values())))
    np.testing.assert_allclose(model.predict_proba(table), expected)
    assert (model.predict(table) == model.classes_[expected.argmax(axis=1)]).all()


@pytest.mark.parametrize(
    ("estimator", "most"),
    [
        (LogisticRegression(), 1.1),
        (RandomForestClassifier(50, random_state=0), 1.25),
        (HistGradientBoostingClassifier(), 1.6),
    ],
    ids=lambda value: type(value).__name__,
)
def test_means_on_new_rows_are_near_the_shares(estimator: Any, most: float) -> None:
    """For forests and boosted trees, by far nearer than after prior correction alone."""
    many, labels = make_classification(
        20_000, n_informative=5, weights=[0.97], class_sep=0.7, flip_y=0.01, random_state=2
    )
    train, test = slice(0, 6000), slice(6000, None)
    away = []
    for cv in (5, None):
        model = ReweightedClassifier(estimator, cv=cv).fit(many[train], labels[train])
        ratio = model.predict_proba(many[test])[:, 1].mean() / labels[test].mean()
        away.append(max(ratio, 1 / ratio))
    assert away[0] < most
    if not isinstance(estimator, LogisticRegression):
        assert away[1] > 2


def test_weights_of_rows_multiply_and_count_in_the_shares() -> None:
    own = np.where(y == 1, 3.0, 1.0) * np.random.default_rng(0).uniform(0.5, 1.5, len(y))
    model = ReweightedClassifier(GaussianNB()).fit(X, y, sample_weight=own)
    assert model.deployment_prior_[1] == pytest.approx(own[y == 1].sum() / own.sum())
    assert model.trained_prior_ == pytest.approx({0: 0.5, 1: 0.5})
    alone = ReweightedClassifier(GaussianNB(), cv=None).fit(X, y, sample_weight=own)
    plain = GaussianNB().fit(X, y, sample_weight=own)
    np.testing.assert_allclose(
        alone.predict_proba(X), plain.predict_proba(X), rtol=1e-8, atol=1e-12
    )
    repeated = np.repeat(np.arange(len(y)), 1 + (y == 1))
    doubled = ReweightedClassifier(GaussianNB(), "sqrt", cv=None).fit(X, y, 1.0 + (y == 1))
    copies = ReweightedClassifier(GaussianNB(), "sqrt", cv=None).fit(X[repeated], y[repeated])
    np.testing.assert_allclose(doubled.predict_proba(X), copies.predict_proba(X), rtol=1e-6)


class Recorder(ClassifierMixin, BaseEstimator):
    """A classifier that keeps what `fit` is given."""

    def __init__(self, share: float = 0.5) -> None:
        self.share = share

    def fit(self, X: Any, y: Any, sample_weight: Any = None, eval_set: Any = None) -> Recorder:
        self.classes_ = np.unique(y)
        self.given_ = (y, sample_weight, eval_set)
        CALLS.append(self.given_)
        return self

    def predict_proba(self, X: Any) -> Any:
        return np.tile([1 - self.share, self.share], (len(X), 1))


CALLS: list[Any] = []


def test_in_a_search_the_weights_are_those_of_each_fold() -> None:
    CALLS.clear()
    grid = {"scheme": ["balanced", "sqrt"], "estimator__share": [0.2]}
    search = GridSearchCV(ReweightedClassifier(Recorder(), cv=None), grid, cv=StratifiedKFold(3))
    few = np.repeat([0, 1], [23, 7])
    search.fit(np.zeros((30, 1)), few)
    folds = [labels for labels, _, _ in CALLS[:6]]
    assert {int((labels == 1).sum()) for labels in folds} == {4, 5}
    for number, (labels, weights, _) in enumerate(CALLS[:6]):
        scheme = "balanced" if number < 3 else "sqrt"
        np.testing.assert_allclose(weights, sample_weights(labels, scheme))


def test_a_validation_table_reaches_every_fit() -> None:
    CALLS.clear()
    validation = [(X[:10], y[:10])]
    ReweightedClassifier(Recorder(), cv=3).fit(X, y, eval_set=validation)
    assert len(CALLS) == 4
    assert all(given is validation for _, _, given in CALLS)


@pytest.mark.parametrize(
    "estimator",
    [
        make_plain_pipeline(StandardScaler(), LogisticRegression()),
        make_plain_pipeline(StandardScaler(), make_plain_pipeline(LogisticRegression())),
        poise.make_pipeline(StandardScaler(), LogisticRegression()),
        GridSearchCV(make_plain_pipeline(StandardScaler(), LogisticRegression()), {}, cv=2),
        VotingClassifier([("only", LogisticRegression())], voting="soft"),
    ],
    ids=["pipeline", "nested", "of Poise", "search", "vote"],
)
def test_weights_reach_the_classifier_inside(estimator: Any) -> None:
    model = ReweightedClassifier(estimator, cv=3).fit(X, y)
    scaled = X if isinstance(estimator, VotingClassifier) else StandardScaler().fit_transform(X)
    weighted = LogisticRegression().fit(scaled, y, sample_weight=sample_weights(y))
    np.testing.assert_allclose(
        model.estimator_.predict_proba(X), weighted.predict_proba(scaled), atol=1e-5
    )
    assert model.predict_proba(X)[:, 1].mean() == pytest.approx(y.mean(), rel=0.05)


def test_costs_give_the_scheme() -> None:
    costs = CostMatrix.of_two(false_positive=1, false_negative=9)
    scheme = costs.class_weights(classes=[0, 1], pos_label=1)
    model = ReweightedClassifier(GaussianNB(), scheme).fit(X, y)
    assert model.class_weights_ == {0: 1.0, 1: 9.0}
    weighted = GaussianNB().fit(X, y, sample_weight=np.where(y == 1, 9.0, 1.0))
    assert (model.estimator_.predict(X) == weighted.predict(X)).all()


def test_certain_probabilities_are_left_alone_with_a_warning() -> None:
    with pytest.warns(MovedSharesWarning, match="too many probabilities are 0 or 1.*or cv=None"):
        model = ReweightedClassifier(DecisionTreeClassifier(random_state=0)).fit(X[:2000], y[:2000])
    assert model.odds_factors_ == {0: 1.0, 1: 1.0}


@pytest.mark.parametrize(
    ("model", "given", "error", "words"),
    [
        (ReweightedClassifier(GaussianNB(), "balance"), {}, UnknownNameError, "Did you mean 'bala"),
        (ReweightedClassifier(GaussianNB(), None), {}, InputError, "scheme=None must be one of"),
        (ReweightedClassifier(GaussianNB(), {0: 1}), {}, InputError, "no weight for class 1"),
        (
            ReweightedClassifier(GaussianNB(), {0: 1, 1: 2, 2: 3}),
            {},
            UnknownNameError,
            "names class 2, and no row has that label.*stratified folds",
        ),
        (ReweightedClassifier(GaussianNB(), {0: 1, 1: 0}), {}, InputError, "class 1 the weight 0"),
        (ReweightedClassifier(GaussianNB(), {0: 1, 1: -1}), {}, InputError, "weight -1; it must"),
        (ReweightedClassifier(GaussianNB(), cap=0), {}, ParameterError, "'cap' parameter"),
        (ReweightedClassifier(GaussianNB(), cv="a"), {}, (ParameterError, InputError), "cv"),
        (ReweightedClassifier(GaussianNB()), {"foo": 1}, InputError, "does not take 'foo'"),
        (
            ReweightedClassifier(GaussianNB()),
            {"sample_weight": np.where(y == 1, 0.0, 1.0)},
            InputError,
            "sample_weight is 0 in every row of class 1",
        ),
        (ReweightedClassifier(RidgeClassifier()), {}, UnsupportedTypeError, "no predict_proba"),
        (
            ReweightedClassifier(KNeighborsClassifier()),
            {},
            UnsupportedTypeError,
            "takes no sample_weight",
        ),
        (
            ReweightedClassifier(make_plain_pipeline(StandardScaler(), KNeighborsClassifier())),
            {},
            UnsupportedTypeError,
            "takes no sample_weight",
        ),
        (
            ReweightedClassifier(LogisticRegression(class_weight="balanced")),
            {},
            InputError,
            "moves the class shares itself, by class_weight='balanced'.*ResampledClassifier",
        ),
        (
            ReweightedClassifier(poise.make_pipeline(poise.SMOTE(), GaussianNB())),
            {},
            InputError,
            "moves the class shares itself, by SMOTE",
        ),
        (
            ReweightedClassifier(make_plain_pipeline(GaussianNB())),
            {"gaussiannb__sample_weight": np.ones(len(y))},
            InputError,
            "Pass them as sample_weight=",
        ),
    ],
)
def test_what_cannot_be_weighted_is_named(model: Any, given: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        model.fit(X, y, **given)


def test_too_few_rows_for_the_folds_name_the_way_out() -> None:
    few = np.repeat([0, 1], [20, 3])
    with pytest.raises(TooFewRowsError, match="Class 1 has 3 rows.*or cv=None"):
        ReweightedClassifier(GaussianNB()).fit(X[:23], few)
    ReweightedClassifier(LogisticRegression(), cv=3).fit(X[:23], few)


def test_folds_that_lack_a_class_are_named() -> None:
    rows = np.arange(len(y))
    lacks = [(rows[y == 0], rows[y == 1])]
    with pytest.raises(TooFewRowsError, match="the training rows of a fold lack it"):
        ReweightedClassifier(GaussianNB(), cv=lacks).fit(X, y)
