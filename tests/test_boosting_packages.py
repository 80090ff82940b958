"""XGBoost, LightGBM and CatBoost: early stopping, native categories, weights (`make check-boosting`)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, softmax
from sklearn.preprocessing import StandardScaler

from poise import SMOTE, RandomUnderSampler, compare, make_pipeline
from poise.decisions import ResampledClassifier, ReweightedClassifier
from poise.ensemble import BalancedBaggingClassifier
from poise.weights import FocalObjective, class_weights, sample_weights, weight_parameters

rng = np.random.RandomState(0)
N = 400
FRAME = pd.DataFrame({"a": rng.normal(size=N), "b": rng.normal(size=N)})
TOWN = pd.Series(pd.Categorical(rng.choice(["u", "v", "w"], N)), name="town")
Y = ((FRAME["a"] + (TOWN == "u") + rng.normal(size=N)) > 1.6).astype(int)
MIXED = FRAME.assign(town=TOWN)


def _xgboost(**options: Any) -> Any:
    xgboost = pytest.importorskip("xgboost")
    return xgboost.XGBClassifier(n_estimators=20, **{"enable_categorical": True} | options)


def _lightgbm(**options: Any) -> Any:
    lightgbm = pytest.importorskip("lightgbm")
    return lightgbm.LGBMClassifier(n_estimators=20, verbose=-1, **options)


def _catboost(**options: Any) -> Any:
    catboost = pytest.importorskip("catboost")
    return catboost.CatBoostClassifier(
        n_estimators=20, verbose=0, allow_writing_files=False, thread_count=1, **options
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("make", "options", "rounds"),
    [
        (_xgboost, {"early_stopping_rounds": 3}, "best_iteration"),
        (_lightgbm, {"early_stopping_round": 3, "metric": "auc"}, "best_iteration_"),
        (_catboost, {"early_stopping_rounds": 3}, "best_iteration_"),
    ],
)
def test_a_validation_table_stops_early(make: Any, options: Any, rounds: str) -> None:
    model = make_pipeline(StandardScaler(), SMOTE(random_state=0), make(**options))
    model.fit(FRAME[:300], Y[:300], eval_set=[(FRAME[300:], Y[300:])])
    assert getattr(model[-1], rounds) >= 0
    resampled = ResampledClassifier(
        RandomUnderSampler(random_state=0), make(**options), calibrate=None
    )
    reweighted = ReweightedClassifier(make(**options), "sqrt", cv=3)
    for wrapped in (resampled, reweighted):
        wrapped.fit(FRAME[:300], Y[:300], eval_set=[(FRAME[300:], Y[300:])])
        assert wrapped.predict_proba(FRAME).shape == (N, 2)
        assert getattr(wrapped.estimator_, rounds) >= 0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [_xgboost, _lightgbm, _catboost])
def test_categories_are_native(make: Any) -> None:
    classifier = make(cat_features=["town"]) if make is _catboost else make()
    for model in (
        make_pipeline(RandomUnderSampler(random_state=0), classifier),
        BalancedBaggingClassifier(classifier, n_estimators=2, random_state=0),
        ResampledClassifier(SMOTE(random_state=0), classifier, cv=2),
        ReweightedClassifier(classifier, cv=2),
    ):
        found = model.fit(MIXED, Y).predict_proba(MIXED)
        assert found.shape == (N, 2)
        assert found[Y == 1, 1].mean() > found[Y == 0, 1].mean() + 0.1


SCHEMES = ["balanced", "sqrt", "effective", "capped"]
THREE = np.where(FRAME["b"] > 1.2, 2, Y)


def _by_row(make: Any, scheme: str, y: Any, scale: float, **options: Any) -> Any:
    """Return probabilities of a model with row weights of a scheme, multiplied by a number."""
    weights = sample_weights(y, scheme, beta=0.99, cap=2) * scale
    return make(**options).fit(FRAME, y, sample_weight=weights).predict_proba(FRAME)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_weight_of_xgboost_is_that_of_the_rows(scheme: str) -> None:
    # Row weights move XGBoost's bins and its start, too.
    options = {"tree_method": "exact", "base_score": 0.5, "enable_categorical": False}
    parameters = weight_parameters(Y, library="xgboost", scheme=scheme, beta=0.99, cap=2)
    found = _xgboost(**parameters, **options).fit(FRAME, Y).predict_proba(FRAME)
    of_first = class_weights(Y, scheme, beta=0.99, cap=2)[0]
    np.testing.assert_allclose(
        found, _by_row(_xgboost, scheme, Y, 1 / of_first, **options), atol=1e-5
    )
    plain = _xgboost(**options).fit(FRAME, Y).predict_proba(FRAME)
    assert found[:, 1].mean() > plain[:, 1].mean() + 0.01


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("names", [["a", "b", "c"], [7, 8, 9]])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_weights_of_lightgbm_are_those_of_the_rows(scheme: str, names: Any) -> None:
    for y in (np.array(names)[Y], np.array(names)[THREE]):
        parameters = weight_parameters(y, library="lightgbm", scheme=scheme, beta=0.99, cap=2)
        found = _lightgbm(**parameters).fit(FRAME, y).predict_proba(FRAME)
        np.testing.assert_allclose(found, _by_row(_lightgbm, scheme, y, 1.0), atol=1e-6)
        assert not np.allclose(found, _lightgbm().fit(FRAME, y).predict_proba(FRAME), atol=1e-3)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("names", [["a", "b", "c"], [7, 8, 9]])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_weights_of_catboost_are_those_of_the_rows(scheme: str, names: Any) -> None:
    for y in (np.array(names)[Y], np.array(names)[THREE]):
        parameters = weight_parameters(y, library="catboost", scheme=scheme, beta=0.99, cap=2)
        found = _catboost(**parameters).fit(FRAME, y).predict_proba(FRAME)
        is_automatic = "auto_class_weights" in parameters
        # CatBoost's own weights give the largest class 1.
        scale = 1 / min(class_weights(y, scheme).values()) if is_automatic else 1.0
        np.testing.assert_allclose(found, _by_row(_catboost, scheme, y, scale), atol=1e-6)
        assert not np.allclose(found, _catboost().fit(FRAME, y).predict_proba(FRAME), atol=1e-3)


def _probabilities(make: Any, model: Any) -> Any:
    """Return those of a model with an objective of its own, for which LightGBM predicts logits."""
    found = model.predict_proba(FRAME)
    if make is _xgboost:
        return found
    return softmax(found, axis=1) if found.ndim == 2 else np.c_[expit(-found), expit(found)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [_xgboost, _lightgbm])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_focal_loss_is_minimised(make: Any, n_classes: int) -> None:
    y = Y if n_classes == 2 else THREE
    weights = sample_weights(y)
    for gamma in (0.0, 2.0):
        focal = FocalObjective(gamma)
        model = make(objective=focal).fit(FRAME, y, sample_weight=weights)
        found = _probabilities(make, model)
        assert found.shape == (N, n_classes)
        logits = np.log(found[:, 1] / found[:, 0]) if n_classes == 2 else np.log(found)
        start = np.zeros_like(logits)
        losses = [np.average(focal.loss(y, at), weights=weights) for at in (start, logits)]
        assert losses[1] < 0.7 * losses[0]


@pytest.mark.filterwarnings("ignore")
def test_without_focus_it_is_the_log_loss_of_lightgbm() -> None:
    own = _lightgbm(boost_from_average=False).fit(FRAME, Y).predict_proba(FRAME)
    found = _lightgbm(objective=FocalObjective(gamma=0.0)).fit(FRAME, Y)
    np.testing.assert_allclose(_probabilities(_lightgbm, found), own, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_without_focus_it_is_the_log_loss_of_xgboost() -> None:
    own = _xgboost(base_score=0.5).fit(FRAME, Y).predict_proba(FRAME)
    found = _xgboost(objective=FocalObjective(gamma=0.0), base_score=0.5).fit(FRAME, Y)
    np.testing.assert_allclose(_probabilities(_xgboost, found), own, atol=1e-4)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [_xgboost, _lightgbm, _catboost])
def test_means_of_reweighted_models_on_new_rows_are_near_the_shares(make: Any) -> None:
    draw = np.random.RandomState(1)
    many = draw.normal(size=(12_000, 4))
    labels = (many[:, 0] + draw.normal(size=12_000) > 2.9).astype(int)  # 2 % are events
    train, test = slice(0, 4000), slice(4000, None)
    model = ReweightedClassifier(make()).fit(many[train], labels[train])
    ratio = model.predict_proba(many[test])[:, 1].mean() / labels[test].mean()
    assert 0.6 < ratio < 1.6
    weighted = model.estimator_.predict_proba(many[test])[:, 1].mean() / labels[test].mean()
    assert weighted > 2


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rounds", [None, 3])
def test_they_are_compared_and_deployed_with_labels_of_text(rounds: int | None) -> None:
    early = {"early_stopping_rounds": rounds} if rounds else {}
    estimators = {
        "xgboost": _xgboost(n_jobs=1, **early),
        "lightgbm": _lightgbm(n_jobs=1, **({"early_stopping_round": rounds} if rounds else {})),
        "catboost": _catboost(**early),
    }
    labels = np.where(Y == 1, "bad", "good")
    result = compare(
        MIXED,
        labels,
        approaches=["class-weights", "smote"],
        estimators=estimators,
        cv=3,
        n_repeats=1,
        n_jobs=1,
        progress=False,
    )
    assert not [
        notes
        for notes in result.status.values()
        if any("failed" in n or "not app" in n for n in notes)
    ]
    for name in estimators:
        auc = result.mean((name, "smote", None, None, "roc_auc"))
        assert auc > 0.7
        model = result.unfitted("smote", name).fit(MIXED, labels)
        assert set(model.predict(MIXED)) == {"bad", "good"}
        bad = model.predict_proba(MIXED)[:, 0]
        assert bad[Y == 1].mean() > 2 * bad[Y == 0].mean()
