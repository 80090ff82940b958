"""ResampledClassifier: probabilities for the original class shares, and the calibration error that is left."""

from __future__ import annotations

import pickle
from typing import Any

import imblearn.over_sampling
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from logistic import logistic_table
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import check_estimator

import poise
from poise import SMOTE, RandomOverSampler, RandomUnderSampler
from poise.core.errors import (
    InputError,
    MovedSharesWarning,
    ParameterError,
    TooFewRowsError,
    UnsupportedTypeError,
    WholeNumbersWarning,
)
from poise.decisions import PrevalenceWeights, ResampledClassifier, class_prior, shift_prior
from poise.metrics import calibration_fit, calibration_in_the_large

LR = LogisticRegression()


X, Y = logistic_table(3000)
XT, YT = logistic_table(20_000, seed=1)


@pytest.mark.parametrize(
    "resampler", [RandomUnderSampler(random_state=0), RandomOverSampler(random_state=0)]
)
def test_the_shift_is_exact_for_a_logistic_model(resampler: Any) -> None:
    plain = LogisticRegression(C=np.inf).fit(X, Y)
    model = ResampledClassifier(resampler, LogisticRegression(C=np.inf), calibrate="check").fit(
        X, Y
    )
    found = model.residual_.shifted[0]
    assert abs(found.in_the_large) < 3 * found.in_the_large_error
    assert model.trained_prior_ == {0: 0.5, 1: 0.5}
    p = model.predict_proba(XT)[:, 1]
    # Only the intercept changes: the remaining error is that of all rows, up to sampling variation.
    as_is = calibration_in_the_large(YT, plain.predict_proba(XT)[:, 1])
    assert abs(calibration_in_the_large(YT, p) - as_is) < 0.15
    assert abs(calibration_in_the_large(YT, model.estimator_.predict_proba(XT)[:, 1])) > 2
    assert log_loss(YT, p) < log_loss(YT, plain.predict_proba(XT)) + 0.005


def test_the_shift_undoes_class_weights_exactly() -> None:
    # With weights, no rows are drawn: the likelihood itself is that of a shifted intercept.
    weighted = LogisticRegression(C=np.inf, class_weight="balanced").fit(X, Y)
    trained = class_prior(Y, class_weight="balanced")
    p = shift_prior(weighted.predict_proba(XT), trained, class_prior(Y))[:, 1]
    plain = LogisticRegression(C=np.inf).fit(X, Y).predict_proba(XT)[:, 1]
    assert np.abs(p - plain).max() < 0.05
    assert abs(p.mean() - plain.mean()) < 0.002


@pytest.mark.parametrize("resampler", [RandomUnderSampler(random_state=0), SMOTE(random_state=0)])
def test_correction_keeps_the_area_under_the_curve(resampler: Any) -> None:
    model = ResampledClassifier(resampler, LR, calibrate="sigmoid").fit(X, Y)
    raw = roc_auc_score(YT, model.estimator_.predict_proba(XT)[:, 1])
    assert roc_auc_score(YT, model.predict_proba(XT)[:, 1]) == pytest.approx(raw, abs=1e-9)


def test_the_error_left_after_smote_is_measured_and_recalibrated() -> None:
    # Many columns: SMOTE shrinks the spread of the rare class, and slopes come out too steep.
    rng = np.random.RandomState(0)
    wide = np.column_stack([X, rng.randn(len(X), 26)])
    wide_test = np.column_stack([XT, rng.randn(len(XT), 26)])
    measured = ResampledClassifier(SMOTE(random_state=0), LR, calibrate="check")
    with pytest.warns(MovedSharesWarning, match="still off .* Pass calibrate='sigmoid'"):
        measured.fit(wide, Y)
    recalibrated = clone(measured).set_params(calibrate="sigmoid").fit(wide, Y)
    shifted = measured.residual_.shifted[0]
    true = calibration_fit(YT, measured.predict_proba(wide_test)[:, 1])
    assert shifted.slope < 0.9
    assert abs(shifted.slope - true.slope) < 3 * np.hypot(shifted.slope_error, true.slope_error)
    assert measured.residual_.recalibrated is None
    after = calibration_fit(YT, recalibrated.predict_proba(wide_test)[:, 1])
    assert abs(after.slope - 1) < abs(true.slope - 1) / 2
    assert recalibrated.residual_.shifted == measured.residual_.shifted
    crossed = recalibrated.residual_.recalibrated[0]
    assert abs(crossed.slope - after.slope) < 3 * np.hypot(crossed.slope_error, after.slope_error)
    assert recalibrated.residual_.frame("pandas")["stage"].tolist() == ["shifted", "recalibrated"]


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_each_of_three_classes_is_recalibrated(method: str) -> None:
    values, labels = make_classification(
        1200, n_classes=3, n_informative=4, weights=[0.7, 0.2], random_state=0
    )
    names = np.array(["a", "b", "c"])[labels]
    model = ResampledClassifier(SMOTE(random_state=0), GaussianNB(), calibrate=method)
    p = model.fit(values[:800], names[:800]).predict_proba(values[800:])
    np.testing.assert_allclose(p.sum(axis=1), 1)
    shifted = clone(model).set_params(calibrate=None).fit(values[:800], names[:800])
    p = p.clip(1e-6) / p.clip(1e-6).sum(axis=1, keepdims=True)
    assert log_loss(names[800:], p) < log_loss(names[800:], shifted.predict_proba(values[800:]))
    assert model.residual_.events == ("a", "b", "c")
    assert len(model.residual_.frame("polars")) == 6
    assert set(model.predict(values)) == {"a", "b", "c"}


def test_probabilities_are_corrected_to_the_deployment_prior() -> None:
    at_home = ResampledClassifier(RandomUnderSampler(random_state=0), LR).fit(X, Y)
    abroad = clone(at_home).set_params(deployment_prior={0: 0.99, 1: 0.01}).fit(X, Y)
    assert abroad.deployment_prior_ == {0: 0.99, 1: 0.01}
    expected = shift_prior(at_home.predict_proba(XT), class_prior(Y), [0.99, 0.01])
    np.testing.assert_allclose(abroad.predict_proba(XT), expected)
    uncorrected = clone(at_home).set_params(correct_prior=False).fit(X, Y)
    np.testing.assert_array_equal(
        uncorrected.predict_proba(XT), uncorrected.estimator_.predict_proba(XT)
    )


def test_weights_are_passed_on_and_count_in_the_shares() -> None:
    weights = np.where(Y == 1, 2.0, 1.0)
    model = ResampledClassifier(RandomOverSampler(random_state=0), LR)
    model.fit(X, Y, sample_weight=weights)
    assert model.trained_prior_[1] == pytest.approx(2 / 3)
    assert model.deployment_prior_[1] == pytest.approx(2 * Y.sum() / (len(Y) + Y.sum()))
    assert (
        abs(calibration_in_the_large(Y, model.predict_proba(X)[:, 1], sample_weight=weights)) < 0.1
    )


@pytest.mark.parametrize("names", [["no", "yes"], [1, 2], [-1, 1]])
def test_labels_are_those_of_the_user_out_of_fold_too(names: list[Any]) -> None:
    y = np.array(names)[Y]
    asked = RandomUnderSampler(sampling_strategy={names[0]: 600}, random_state=0)
    weighs = LogisticRegression(class_weight={names[0]: 1, names[1]: 2})
    found = ResampledClassifier(asked, weighs, calibrate="sigmoid").fit(X, y)
    plain = ResampledClassifier(
        RandomUnderSampler(sampling_strategy={0: 600}, random_state=0),
        LogisticRegression(class_weight={0: 1, 1: 2}),
        calibrate="sigmoid",
    ).fit(X, Y)
    assert found.residual_.shifted == plain.residual_.shifted
    np.testing.assert_allclose(found.predict_proba(X), plain.predict_proba(X))


@pytest.mark.parametrize(
    "sampler", [poise.EditedNearestNeighbours(), PrevalenceWeights(SMOTE(random_state=0))]
)
def test_class_weights_count_in_the_trained_prior(sampler: Any) -> None:
    weighs = LogisticRegression(class_weight="balanced")
    takes_weights = not isinstance(sampler, PrevalenceWeights)  # a pipeline asks for step names
    for model in (weighs, make_pipeline(StandardScaler(), weighs))[: 1 + takes_weights]:
        fitted = ResampledClassifier(sampler, model, calibrate="sigmoid").fit(X, Y)
        assert fitted.trained_prior_ == {0: 0.5, 1: 0.5}
        assert abs(fitted.residual_.shifted[0].in_the_large) < 0.4


def test_any_splitter_measures_the_rows_that_it_holds_out() -> None:
    groups = np.arange(len(Y)) // 3
    model = ResampledClassifier(
        RandomUnderSampler(random_state=0), LR, calibrate="check", cv=GroupKFold(3)
    )
    assert model.fit(X, Y, groups=groups).residual_.n_rows == len(Y)
    with pytest.raises(InputError, match="Pass groups as"):
        model.fit(X, Y)
    model.set_params(cv=TimeSeriesSplit(4)).fit(X, Y)
    assert model.residual_.n_rows == len(Y) * 4 // 5
    pairs = (pair for pair in StratifiedKFold(3).split(X, Y))
    assert model.set_params(cv=pairs).fit(X, Y).residual_.n_rows == len(Y)
    with pytest.raises(
        TooFewRowsError, match="Class 1 has 0 rows, and the training rows of a fold lack it"
    ):
        model.set_params(cv=[(np.flatnonzero(Y == 0), np.arange(9))]).fit(X, Y)


# As a scikit-learn classifier


@pytest.mark.parametrize(
    "resampler",
    [
        SMOTE(random_state=0),
        poise.SMOTEENN(random_state=0),
        imblearn.over_sampling.SMOTE(random_state=0),
    ],
)
def test_it_works_in_searches_pipelines_and_cross_validation(resampler: Any) -> None:
    names = np.where(Y == 1, "churns", "stays")
    model = make_pipeline(StandardScaler(), ResampledClassifier(resampler, LR, cv=2))
    scores = cross_validate(model, X[:600], names[:600], cv=3, scoring=["roc_auc", "neg_log_loss"])
    assert (scores["test_roc_auc"] > 0.7).all()
    assert (scores["test_neg_log_loss"] > -0.4).all()
    grid = {"resampledclassifier__estimator__C": [0.1, 1.0]}
    search = GridSearchCV(model, grid, cv=2, scoring="neg_log_loss").fit(X[:600], names[:600])
    assert search.best_estimator_.classes_.tolist() == ["churns", "stays"]
    loaded = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(loaded.predict(X), search.predict(X))


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_frames_go_in(frame: Any) -> None:
    table = (
        frame(X[:500], columns=list("abcd"))
        if frame is pd.DataFrame
        else frame(X[:500], schema=list("abcd"))
    )
    model = ResampledClassifier(SMOTE(random_state=0), LR, calibrate="isotonic")
    p = model.fit(table, Y[:500]).predict_proba(table)
    plain = clone(model).fit(X[:500], Y[:500]).predict_proba(X[:500])
    np.testing.assert_allclose(p, plain)
    assert model.feature_names_in_.tolist() == list("abcd")
    assert model.n_features_in_ == 4


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("resampler", "calibrate"),
    [
        (RandomOverSampler(random_state=0), "check"),
        (SMOTE(k_neighbors=1, random_state=0), "isotonic"),
        (PrevalenceWeights(RandomOverSampler(random_state=0)), None),
    ],
    ids=["over", "smote", "weights"],
)
def test_scikit_learns_checks_pass(resampler: Any, calibrate: str | None) -> None:
    model = ResampledClassifier(resampler, LR, calibrate=calibrate, cv=2)
    results = check_estimator(model, on_fail=None, on_skip=None)
    # A row of weight 2 counts as one row when rows are drawn.
    drawn = {f"check_sample_weight_equivalence_on_{kind}_data" for kind in ("dense", "sparse")}
    # Columns of objects are read as categories, or raise an error of Poise.
    drawn.add("check_dtype_object")
    # A column of labels is read without a warning, as by the samplers.
    drawn.add("check_supervised_y_2d")
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    unexpected = {
        name: error
        for name, error in failed.items()
        if name not in drawn and not isinstance(error.__context__ or error, TooFewRowsError)
    }
    assert not unexpected


def test_metadata_is_routed() -> None:
    weights = np.where(Y == 1, 2.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        asks = LogisticRegression().set_fit_request(sample_weight=True)
        model = ResampledClassifier(RandomOverSampler(random_state=0), asks)
        model.fit(X, Y, sample_weight=weights)
        assert model.trained_prior_[1] == pytest.approx(2 / 3)
        calibrated = ResampledClassifier(SMOTE(random_state=0), asks, calibrate="sigmoid")
        calibrated.fit(X, Y, sample_weight=weights)
        assert calibrated.residual_.n_rows == len(Y)
        model.set_score_request(sample_weight=True)  # needed by scikit-learn 1.7
        scores = cross_validate(model, X, Y, params={"sample_weight": weights}, cv=2)
        assert len(scores["test_score"]) == 2


@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        (
            ResampledClassifier(SMOTE(), LinearSVC()),
            UnsupportedTypeError,
            "Wrap it: sklearn.calibration",
        ),
        (ResampledClassifier(SMOTE, LR), UnsupportedTypeError, "Pass an instance"),
        (ResampledClassifier(StandardScaler(), LR), UnsupportedTypeError, "has no fit_resample"),
        (
            ResampledClassifier(SMOTE(), LogisticRegression),
            UnsupportedTypeError,
            "has no predict_proba",
        ),
        (
            ResampledClassifier(SMOTE(), LR, calibrate="platt"),
            ParameterError,
            "'calibrate' parameter",
        ),
        (
            ResampledClassifier(SMOTE(), LR, deployment_prior={0: 0.5}),
            InputError,
            "share for class 1",
        ),
        (
            ResampledClassifier(SMOTE(), LR, deployment_prior=[0.9, 0.2]),
            InputError,
            "adds up to 1.1",
        ),
        (
            ResampledClassifier(poise.make_pipeline(StandardScaler(), SMOTE()), LR),
            UnsupportedTypeError,
            "Put the transformers before the classifier",
        ),
        (
            ResampledClassifier(SMOTE(), poise.make_pipeline(SMOTE(), LR)),
            UnsupportedTypeError,
            "a pipeline with a sampler",
        ),
        (
            ResampledClassifier(SMOTE(), LR, correct_prior=False, deployment_prior=0.1),
            InputError,
            "Pass only one of them",
        ),
        (
            poise.Chain(PrevalenceWeights(SMOTE())),
            UnsupportedTypeError,
            "PrevalenceWeights(Chain(...))",
        ),
        (PrevalenceWeights(SMOTE), UnsupportedTypeError, "Pass an instance"),
    ],
)
def test_invalid_models_raise_an_error_with_the_way_out(model: Any, error: Any, words: str) -> None:
    with pytest.raises(error) as caught:
        getattr(model, "fit_resample", getattr(model, "fit", None))(X, Y)
    assert words in str(caught.value)


def test_too_few_rows_for_the_folds_raise_an_error() -> None:
    rare = np.zeros(100, dtype=int)
    rare[[3, 50, 97]] = 1
    model = ResampledClassifier(SMOTE(k_neighbors=1), LR, calibrate="check")
    with pytest.raises(
        TooFewRowsError, match="Class 1 has 3 rows, and cv=5 folds need as many. Pass a cv"
    ):
        model.fit(X[:100], rare)
    model.set_params(calibrate=None).fit(X[:100], rare)
    with pytest.raises(UnsupportedTypeError, match="takes no sample_weight"):
        model.set_params(estimator=KNeighborsClassifier()).fit(
            X[:100], rare, sample_weight=np.ones(100)
        )
    with pytest.raises(InputError, match="metadata routing is enabled"):
        model.fit(X[:100], rare, colour="red")


# Published findings on a small scale; benchmarks/probabilities.py has all of them


def test_the_shift_undoes_the_log_odds_that_smote_adds() -> None:
    # van den Goorbergh et al. 2022, at 1 % events.
    raw, corrected, plain = [], [], []
    for seed in range(3):
        train, test = logistic_table(4000, 10 + seed, 0.01), logistic_table(20_000, 20 + seed, 0.01)
        model = ResampledClassifier(SMOTE(random_state=0), LR, calibrate=None).fit(*train)
        raw.append(calibration_in_the_large(test[1], model.estimator_.predict_proba(test[0])[:, 1]))
        corrected.append(log_loss(test[1], model.predict_proba(test[0])))
        plain.append(log_loss(test[1], clone(LR).fit(*train).predict_proba(test[0])))
    assert -6 < np.median(raw) < -3.5
    assert np.median(corrected) < np.median(plain) * 1.15


def test_the_shift_corrects_trees_after_smote() -> None:
    values, labels = make_classification(
        4000,
        n_features=2,
        n_redundant=0,
        n_clusters_per_class=1,
        weights=[0.9],
        flip_y=0.01,
        random_state=1,
    )
    train, test = (values[:1000], labels[:1000]), (values[1000:], labels[1000:])
    trees = HistGradientBoostingClassifier(random_state=0)
    model = ResampledClassifier(SMOTE(random_state=0), trees, calibrate=None).fit(*train)
    before, after = (log_loss(test[1], m.predict_proba(test[0])) for m in (model.estimator_, model))
    assert after < before


class Boosted(LogisticRegression):  # type: ignore[misc]  # scikit-learn has no type hints
    """Takes a fit parameter of a boosting package."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, eval_set: Any = None) -> Boosted:
        self.eval_set_ = eval_set
        return super().fit(X, y, sample_weight)


def test_fit_parameters_reach_the_classifier_and_groups_the_sampler() -> None:
    X_few, y_few = X[:400], Y[:400]
    groups = np.arange(400) % 5
    model = ResampledClassifier(
        SMOTE(within_groups=True, k_neighbors=1, random_state=0),
        Boosted(),
        calibrate="sigmoid",
        cv=GroupKFold(2),
    )
    model.fit(X_few, y_few, groups=groups, eval_set=[(XT[:9], YT[:9])])
    assert len(model.estimator_.eval_set_[0][0]) == 9
    assert model.residual_.n_rows == 400
    with pytest.raises(InputError, match="Boosted does not take 'callbacks'"):
        model.fit(X_few, y_few, groups=groups, callbacks=[])


def test_columns_of_whole_numbers_are_warned_of_once() -> None:
    whole = pd.DataFrame(np.rint(X[:400] * 10), columns=list("abcd"))
    model = ResampledClassifier(SMOTE(random_state=0), LR, calibrate="sigmoid", cv=3)
    with pytest.warns(WholeNumbersWarning) as caught:
        model.fit(whole, Y[:400])
    (only,) = (str(each.message) for each in caught if each.category is WholeNumbersWarning)
    assert "Columns 'a', 'b', 'c', 'd' hold whole numbers" in only
    assert "column_kinds=poise.infer_column_kinds(X)" in only
