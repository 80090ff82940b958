"""What the over-samplers have in common: exact counts, labels of any kind, warnings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from overlapping import X, Y, table
from sklearn.cluster import DBSCAN
from sklearn.linear_model import LogisticRegression

from poise.core.errors import InputError, NothingToDoWarning, UnsupportedTypeError
from poise.over_sampling import (
    ADASYN,
    MGS,
    ROSE,
    SVMSMOTE,
    KMeansSMOTE,
    PolynomFitSMOTE,
    ProWSyn,
    SafeLevelSMOTE,
)

KINDS = [ADASYN, MGS, ROSE, SVMSMOTE, KMeansSMOTE, PolynomFitSMOTE, ProWSyn, SafeLevelSMOTE]


def sampler_of(kind: Any) -> Any:
    more = {"cluster_balance_threshold": 0.05} if kind is KMeansSMOTE else {}
    return kind(random_state=0, **more)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_counts_are_exact(kind: Any, n_classes: int) -> None:
    values, labels = table(n_classes)
    y_new = sampler_of(kind).fit_resample(values, labels)[1]
    assert set(np.bincount(y_new)) == {np.bincount(labels).max()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("labels", [["no", "yes", "maybe"], [-1, 0, 1]])
def test_labels_are_only_names(kind: Any, labels: list[Any]) -> None:
    values, codes = table(3)
    order = np.argsort(np.argsort(np.array(labels)))
    plain = sampler_of(kind).fit_resample(values, order[codes])[0]
    named = sampler_of(kind).fit_resample(values, np.array(labels)[codes])[0]
    np.testing.assert_array_equal(named, plain)


@pytest.mark.parametrize("kind", [ADASYN, SVMSMOTE, KMeansSMOTE])
def test_a_class_that_cannot_grow_stays_and_a_warning_names_the_reason(kind: Any) -> None:
    values, labels = X.copy(), Y
    sampler = kind(random_state=0)
    if kind is ADASYN:
        values[Y == 1] += 100
    elif kind is SVMSMOTE:
        values = np.random.RandomState(0).randn(*X.shape)
        labels = np.zeros(len(X), dtype=int)
        labels[[0, 133, 266]] = 1
        sampler.set_params(k_neighbors=2)
    else:
        sampler.set_params(cluster_balance_threshold=1.0, kmeans_estimator=1)
    with pytest.warns(NothingToDoWarning, match=f"{kind.__name__} adds no rows to class 1"):
        X_new, _ = sampler.fit_resample(values, labels)
    np.testing.assert_array_equal(X_new, values)


@pytest.mark.parametrize(
    ("sampler", "words"),
    [
        (SVMSMOTE(svm_estimator=LogisticRegression()), "has no support_"),
        (KMeansSMOTE(kmeans_estimator=DBSCAN(eps=1e-9)), "no cluster"),
    ],
)
@pytest.mark.filterwarnings("ignore::poise.core.errors.NothingToDoWarning")
def test_unsuitable_estimators_raise_or_add_nothing(sampler: Any, words: str) -> None:
    if "support" in words:
        with pytest.raises(UnsupportedTypeError, match=words):
            sampler.fit_resample(X, Y)
    else:
        assert len(sampler.fit_resample(X, Y)[0]) == len(Y)


@pytest.mark.parametrize("kind", [SVMSMOTE, KMeansSMOTE, ROSE])
def test_text_raises_if_numbers_are_needed(kind: Any) -> None:
    frame = pd.DataFrame(X).assign(town="Rome")
    frame.columns = frame.columns.astype(str)
    with pytest.raises(InputError, match="column 'town' holds text or categories"):
        kind().fit_resample(frame, Y)
