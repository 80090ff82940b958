"""XGBoost, LightGBM and CatBoost with early stopping and native categories (extra test-boosting)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from poise import SMOTE, RandomUnderSampler, make_pipeline
from poise.decisions import ResampledClassifier
from poise.ensemble import BalancedBaggingClassifier

rng = np.random.RandomState(0)
N = 400
FRAME = pd.DataFrame({"a": rng.normal(size=N), "b": rng.normal(size=N)})
TOWN = pd.Series(pd.Categorical(rng.choice(["u", "v", "w"], N)), name="town")
Y = ((FRAME["a"] + (TOWN == "u") + rng.normal(size=N)) > 1.6).astype(int)
MIXED = FRAME.assign(town=TOWN)


def _xgboost(**options: Any) -> Any:
    xgboost = pytest.importorskip("xgboost")
    return xgboost.XGBClassifier(n_estimators=20, enable_categorical=True, **options)


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
    resampled.fit(FRAME[:300], Y[:300], eval_set=[(FRAME[300:], Y[300:])])
    assert resampled.predict_proba(FRAME).shape == (N, 2)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [_xgboost, _lightgbm, _catboost])
def test_categories_are_native(make: Any) -> None:
    classifier = make(cat_features=["town"]) if make is _catboost else make()
    for model in (
        make_pipeline(RandomUnderSampler(random_state=0), classifier),
        BalancedBaggingClassifier(classifier, n_estimators=2, random_state=0),
        ResampledClassifier(SMOTE(random_state=0), classifier, cv=2),
    ):
        found = model.fit(MIXED, Y).predict_proba(MIXED)
        assert found.shape == (N, 2)
        assert found[Y == 1, 1].mean() > found[Y == 0, 1].mean() + 0.1
