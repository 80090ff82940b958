"""What the over-samplers have in common: exact counts, labels of any kind, warnings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from overlapping import X, Y, table
from sklearn.cluster import DBSCAN, KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OrdinalEncoder
from sklearn.svm import SVC
from towns import CATEGORIES, FRAME

from poise.core.errors import (
    InputError,
    NothingToDoWarning,
    ParameterError,
    TooFewRowsError,
    UnsupportedTypeError,
)
from poise.over_sampling import (
    ADASYN,
    MGS,
    ROSE,
    SMOTE,
    SMOTEN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    KMeansSMOTE,
    PolynomFitSMOTE,
    ProWSyn,
    RandomOverSampler,
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


@pytest.mark.parametrize(
    "kind", [ADASYN, MGS, SMOTE, SMOTEN, SVMSMOTE, BorderlineSMOTE, KMeansSMOTE, SafeLevelSMOTE]
)
@pytest.mark.filterwarnings("ignore::poise.core.errors.NothingToDoWarning")
def test_a_class_that_grows_needs_more_rows_than_neighbours(kind: Any) -> None:
    sampler = kind(random_state=0)
    name = "n_neighbors" if kind is ADASYN else "k_neighbors"
    for n_rows, words in (
        (
            4,
            f"class 'rare' has 4. Pass {name}=3 or less, or use RandomOverSampler; or pass on_few_rows='fewer-neighbors'.",
        ),
        (
            2,
            f"class 'rare' has 2. Pass {name}=1, or use RandomOverSampler; or pass on_few_rows='fewer-neighbors'.",
        ),
        (1, "class 'rare' has 1. Use RandomOverSampler; or pass on_few_rows='copy'."),
    ):
        labels = np.repeat(["rare", "common"], [n_rows, len(X) - n_rows])
        with pytest.raises(TooFewRowsError) as caught:
            sampler.set_params(**{name: 4}).fit(X, labels)
        assert str(caught.value) == (
            f"{kind.__name__} needs more than {name}=4 rows in every class it grows; {words}"
        )
    labels = np.repeat(["rare", "common"], [5, len(X) - 5])
    assert sampler.fit(X, labels).plan_.n_rows == len(X)


@pytest.mark.parametrize(
    "sampler",
    [ADASYN(n_neighbors=8), SafeLevelSMOTE(k_neighbors=8), SVMSMOTE(k_neighbors=2, m_neighbors=8)],
)
def test_a_table_needs_more_rows_than_neighbours(sampler: Any) -> None:
    with pytest.raises(TooFewRowsError, match=r"_neighbors=8 rows"):
        sampler.fit(X[:8], [0, 0, 0, 0, 0, 1, 1, 1])


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


DEFAULTS = {
    ADASYN: {"n_neighbors": 5},
    BorderlineSMOTE: {"k_neighbors": 5, "m_neighbors": 10},
    KMeansSMOTE: {"k_neighbors": 2},
    MGS: {"k_neighbors": 5},
    ProWSyn: {"k_neighbors": 5, "n_levels": 5, "theta": 1.0},
    ROSE: {"shrinkage": 1.0},
    SafeLevelSMOTE: {"k_neighbors": 5},
    SMOTE: {"k_neighbors": 5},
    SMOTEN: {"k_neighbors": 5},
    SMOTENC: {"k_neighbors": 5},
    SVMSMOTE: {"k_neighbors": 5, "m_neighbors": 10, "out_step": 0.5, "within_groups": False},
}


@pytest.mark.parametrize("kind", DEFAULTS)
def test_numbers_have_the_documented_defaults(kind: Any) -> None:
    values, labels = (FRAME, FRAME.index % 5 == 0) if kind is SMOTENC else (X, Y)
    given = sampler_of(kind).fit(values, labels).get_params()
    assert {name: given[name] for name in DEFAULTS[kind]} == DEFAULTS[kind]


@pytest.mark.parametrize(
    ("kind", "name", "allowed", "refused"),
    [
        (KMeansSMOTE, "kmeans_estimator", [1, KMeans(2), None], [0, "two"]),
        (KMeansSMOTE, "cluster_balance_threshold", ["auto", 0, 1, 0.5], [-0.1, 1.1, "most"]),
        (KMeansSMOTE, "density_exponent", ["auto", -1.5, 2.0], [np.inf, "two"]),
        (ProWSyn, "theta", [0, 2.0], [-0.1, np.inf]),
        (RandomOverSampler, "shrinkage", [None, 0, 0.5, {1: 0.5}], [-0.1, "half"]),
        (ROSE, "shrinkage", [0, 0.5], [-0.1, None]),
        (SVMSMOTE, "out_step", [0, 1], [-0.1, 1.1]),
        (SVMSMOTE, "svm_estimator", [None, SVC()], ["svc"]),
    ],
)
@pytest.mark.filterwarnings("ignore::poise.core.errors.NothingToDoWarning")
def test_parameters_are_checked_up_to_the_ends_of_their_ranges(
    kind: Any, name: str, allowed: list[Any], refused: list[Any]
) -> None:
    for value in allowed:
        kind(random_state=0, **{name: value}).fit(X, Y)
    for value in refused:
        with pytest.raises(ParameterError, match=f"'{name}' parameter of {kind.__name__} must be"):
            kind(random_state=0, **{name: value}).fit(X, Y)


def test_an_encoder_of_categories_needs_the_methods_of_one() -> None:
    for kind, parameters in ((SMOTEN, {}), (SMOTENC, {"categorical_features": CATEGORIES})):
        values, labels = FRAME[CATEGORIES] if kind is SMOTEN else FRAME, FRAME.index % 5 == 0
        for encoder in (None, OrdinalEncoder()):
            kind(categorical_encoder=encoder, **parameters).fit(values, labels)
        with pytest.raises(ParameterError, match="'categorical_encoder' parameter"):
            kind(categorical_encoder="ordinal", **parameters).fit(values, labels)
