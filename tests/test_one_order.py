"""Law 12: pandas objects with the same index in another order are refused by everything that pairs rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import poise
from poise import decisions, ensemble, forensics, model_selection, plot, weights
from poise.core.errors import InputError
from poise.datasets import make_imbalance

rng = np.random.RandomState(0)
N = 60
X = pd.DataFrame(rng.rand(N, 2), columns=["a", "b"])
Y = pd.Series(np.repeat([0, 1], [45, 15]))
OTHER = Y.sample(frac=1, random_state=0)
NUMBERS = pd.Series(np.arange(N) // 3 + 1.0).sample(frac=1, random_state=1)
MODEL = LogisticRegression()
SMOTE = poise.SMOTE(random_state=0)
QUICK: dict[str, Any] = {"approaches": ["random-over"], "estimators": ["logistic"], "n_jobs": 1}
QUICK |= {"n_repeats": 1, "cv": 2, "progress": False}

FITTED = {
    **{
        name: poise.make_sampler(name) for name in poise.METHODS if name != "kmeans-smote"
    },  # which adds no row here, and warns
    "Chain": poise.Chain(poise.TomekLinks(), SMOTE),
    "FunctionSampler": poise.FunctionSampler(lambda X, y: np.arange(20)),
    "Pipeline": poise.make_pipeline(SMOTE, MODEL),
    "BalancedBagging": ensemble.BalancedBaggingClassifier(n_estimators=2),
    "BalancedRandomForest": ensemble.BalancedRandomForestClassifier(n_estimators=2),
    "EasyEnsemble": ensemble.EasyEnsembleClassifier(n_estimators=2),
    "RUSBoost": ensemble.RUSBoostClassifier(n_estimators=2),
    "BalancedFit": ensemble.BalancedFit(MODEL),
    "ResampledClassifier": decisions.ResampledClassifier(SMOTE, MODEL),
    "ReweightedClassifier": decisions.ReweightedClassifier(MODEL),
    "ThresholdClassifier": decisions.TunedThreshold().classifier(MODEL, cv=3),
}
WEIGHTED = [name for name in FITTED if name not in ("FunctionSampler", "Pipeline")]

CALLS: dict[str, Callable[[], Any]] = {
    "resample": lambda: poise.resample(X, OTHER),
    "resample, groups": lambda: poise.resample(X, Y, groups=NUMBERS),
    "resample, time": lambda: poise.resample(X, Y, time=NUMBERS),
    "compare": lambda: poise.compare(X, OTHER, **QUICK),
    "compare, groups": lambda: poise.compare(X, Y, groups=NUMBERS, **QUICK),
    "compare, time": lambda: poise.compare(X, Y, time=NUMBERS, **QUICK),
    "diagnose": lambda: poise.diagnose(X, OTHER),
    "diagnose_resampled": lambda: poise.diagnose_resampled(SMOTE, X, OTHER),
    "find_synthetic": lambda: forensics.find_synthetic(X, OTHER),
    "check_split, train": lambda: forensics.check_split(X, OTHER, X + 1, Y),
    "check_split, test": lambda: forensics.check_split(X, Y, X + 1, OTHER),
    "cross_fitted": lambda: decisions.cross_fitted(MODEL, X, OTHER, X, cv=3),
    "InstanceHardnessCV": lambda: list(model_selection.InstanceHardnessCV(MODEL).split(X, OTHER)),
    "make_imbalance": lambda: make_imbalance(X, OTHER, sampling_strategy={1: 5}),
    "sample_weights": lambda: weights.sample_weights(Y, groups=NUMBERS),
    "before_after": lambda: plot.before_after(X, OTHER, SMOTE),
}


@pytest.mark.parametrize("name", FITTED)
def test_labels_in_another_order_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"same index in different orders. Pass y.loc\[X.index\]"):
        FITTED[name].fit(X, OTHER)


@pytest.mark.parametrize("name", WEIGHTED)
def test_weights_in_another_order_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="X and sample_weight have the same index in different"):
        FITTED[name].fit(X, Y, sample_weight=NUMBERS)


@pytest.mark.parametrize("name", CALLS)
def test_functions_refuse_another_order(name: str) -> None:
    with pytest.raises(InputError, match="have the same index in different orders"):
        CALLS[name]()


def test_other_labels_and_the_same_order_are_paired_by_position() -> None:
    numbered = X.set_axis(range(1000, 1000 + N), axis="index")
    for table in (X, numbered):
        assert len(poise.resample(table, Y).y) == 90
        assert poise.diagnose(table, Y, mute=["P02", "P16"]).facts["n_rows"] == N


SWAPPED = [name for name in FITTED if name != "Pipeline"]


@pytest.mark.parametrize("name", SWAPPED)
def test_a_table_and_labels_that_are_swapped_are_named(name: str) -> None:
    with pytest.raises(InputError, match=r"y looks like the table \(it has 2 columns\)"):
        FITTED[name].fit(Y, X)


def test_a_function_gets_no_shuffled_labels() -> None:
    for validate in (True, False):
        sampler = poise.FunctionSampler(lambda X, y: (X, y), validate=validate)
        with pytest.raises(InputError, match="same index in different orders"):
            sampler.fit_resample(X, OTHER)
