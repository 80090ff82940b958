"""Samplers written for imbalanced-learn run on its base classes unchanged."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
import sklearn
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import check_random_state

import poise
from poise import SMOTE, SMOTETomek, TomekLinks
from poise.base import BaseSampler, SamplerMixin, is_sampler
from poise.combine import Chain
from poise.core.errors import InputError, MethodError
from poise.ensemble import BalancedBaggingClassifier, EasyEnsembleClassifier
from poise.over_sampling import BorderlineSMOTE, RandomOverSampler
from poise.over_sampling.base import BaseOverSampler
from poise.pipeline import make_pipeline
from poise.under_sampling import RandomUnderSampler
from poise.under_sampling.base import BaseCleaningSampler, BaseUnderSampler

rng = np.random.RandomState(0)
y = np.repeat([0, 1], [60, 20])
X = rng.randn(80, 3) + y[:, None]


class NoisyCopies(BaseOverSampler):
    """Copies with noise, as a package of others would write it."""

    def __init__(
        self, *, sampling_strategy: Any = "auto", scale: Any = 0.1, random_state: Any = None
    ):
        super().__init__(sampling_strategy=sampling_strategy)
        self.scale = scale
        self.random_state = random_state

    def _fit_resample(self, X: Any, y: Any) -> Any:
        random = check_random_state(self.random_state)
        parts, labels = [X], [y]
        for label, n_rows in self.sampling_strategy_.items():
            rows = random.choice(np.flatnonzero(y == label), size=n_rows)
            noise = self.scale * random.standard_normal((n_rows, X.shape[1]))
            parts.append(sp.csr_matrix(X[rows] + noise) if sp.issparse(X) else X[rows] + noise)
            labels.append(np.full(n_rows, label, dtype=y.dtype))
        stack = sp.vstack if sp.issparse(X) else np.vstack
        return stack(parts), np.concatenate(labels)


class First(BaseUnderSampler):
    def _fit_resample(self, X: Any, y: Any) -> Any:
        kept = [
            np.flatnonzero(y == label)[: self.sampling_strategy_.get(label, len(y))]
            for label in np.unique(y)
        ]
        self.sample_indices_ = np.concatenate(kept)
        return X[self.sample_indices_], y[self.sample_indices_]


class Inner(BaseCleaningSampler):
    def _fit_resample(self, X: Any, y: Any) -> Any:
        keep = ~np.isin(y, list(self.sampling_strategy_)) | (np.abs(X).max(axis=1) < 2)
        return X[keep], y[keep], np.flatnonzero(keep)


@pytest.mark.parametrize(
    "make", [np.asarray, pd.DataFrame, pl.DataFrame, sp.csr_matrix, sp.csr_array]
)
@pytest.mark.parametrize("sampler", [NoisyCopies(random_state=0), First()])
def test_rows_come_back_in_the_container_they_came_in(sampler: Any, make: Any) -> None:
    table = make(X)
    X_new, y_new = clone(sampler).fit_resample(table, y)
    assert type(X_new) is type(table) or sp.issparse(X_new)
    assert Counter(y_new.tolist()) == (
        {0: 60, 1: 60} if isinstance(sampler, NoisyCopies) else {0: 20, 1: 20}
    )
    if isinstance(table, pd.DataFrame):
        assert X_new.index.equals(pd.RangeIndex(len(y_new)))


@pytest.mark.parametrize(
    "target",
    [
        y.tolist(),
        y[:, None],
        np.array(["no", "yes"])[y],
        pd.Series(y, index=range(100, 180), name="label"),
        pd.Series(np.array(["no", "yes"])[y], dtype="category"),
        pl.Series("label", y),
        pd.DataFrame({"label": y}),
        np.eye(2, dtype=int)[y],
    ],
    ids=["list", "column", "text", "series", "categories", "polars", "frame", "one-hot"],
)
def test_labels_come_back_in_the_container_they_came_in(target: Any) -> None:
    X_new, y_new = NoisyCopies(random_state=0).fit_resample(pd.DataFrame(X), target)
    assert type(y_new) is type(target)
    assert len(y_new) == len(X_new) == 120
    if isinstance(target, pd.Series):
        assert (y_new.name, y_new.dtype) == (target.name, target.dtype)
        assert y_new.index.equals(X_new.index)
    if isinstance(target, np.ndarray):
        assert y_new.shape == (120, 2) if target.shape[1:] == (2,) else y_new.shape == (120,)


def test_a_frame_keeps_its_names_and_dtypes_and_whole_numbers_are_rounded() -> None:
    frame = pd.DataFrame(
        {"a": X[:, 0].astype("f4"), "n": np.arange(80), "b": pd.array(np.arange(80), "Int64")}
    )
    X_new, _ = NoisyCopies(scale=0.4, random_state=0).fit_resample(frame, y)
    assert X_new.dtypes.equals(frame.dtypes)
    plain = NoisyCopies(scale=0.4, random_state=0).fit_resample(frame.to_numpy(float), y)[0]
    np.testing.assert_array_equal(X_new["n"], np.rint(plain[:, 1]))
    as_list, _ = First().fit_resample(X.tolist(), y)
    assert as_list == X[np.r_[:20, 60:80]].tolist()


def test_strategies_are_those_of_the_type_of_sampler() -> None:
    assert NoisyCopies().fit(X, y).sampling_strategy_ == {1: 40}
    assert First().fit(X, y).sampling_strategy_ == {0: 20}
    assert list(Inner(sampling_strategy=[1]).fit(X, y).sampling_strategy_) == [1]
    with pytest.raises(InputError, match="ratio"):
        NoisyCopies(sampling_strategy=0.1).fit_resample(X, y)
    with pytest.raises(ValueError, match="continuous"):
        NoisyCopies().fit_resample(X, X[:, 0])
    with pytest.raises(ValueError, match="NaN"):
        NoisyCopies().fit_resample(np.where(X > 1, np.nan, X), y)


def test_what_a_sampler_returns_beside_rows_and_labels_follows_them() -> None:
    X_new, y_new, rows = Inner().fit_resample(X, y)
    np.testing.assert_array_equal(X_new, X[rows])
    np.testing.assert_array_equal(y_new, y[rows])


def test_they_have_the_interface_of_estimators() -> None:
    sampler = clone(NoisyCopies(scale=2)).fit(pd.DataFrame(X, columns=["a", "b", "c"]), y)
    assert sampler.get_params()["scale"] == 2
    assert sampler.get_feature_names_out().tolist() == ["a", "b", "c"]
    assert sampler.n_features_in_ == 3
    assert is_sampler(sampler)
    assert sampler.__sklearn_tags__().input_tags.sparse


def test_they_work_in_pipelines_searches_chains_and_ensembles() -> None:
    pipe = make_pipeline(NoisyCopies(random_state=0), LogisticRegression())
    search = GridSearchCV(pipe, {"noisycopies__scale": [0.1, 1.0]}, cv=3).fit(X, y)
    assert search.best_score_ > 0.7
    for sampler in (First(), NoisyCopies(random_state=0)):
        bagging = BalancedBaggingClassifier(
            DecisionTreeClassifier(random_state=0), sampler=sampler, n_estimators=3, random_state=0
        )
        assert bagging.fit(X, y).predict_proba(X).shape == (80, 2)
    X_new, y_new = Chain(NoisyCopies(random_state=0), TomekLinks()).fit_resample(X, y)
    assert len(X_new) == len(y_new) > 80
    assert EasyEnsembleClassifier(n_estimators=2, random_state=0).fit(X, y).score(X, y) > 0.6


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (lambda X, y: (X, y[:-1]), "80 rows and 79 labels"),
        (lambda X, y: (X, y + 5), "labels 5, 6, which y does not have"),
    ],
)
def test_a_wrong_answer_of_a_sampler_is_an_error(returned: Any, words: str) -> None:
    class Wrong(BaseSampler):
        def _fit_resample(self, X: Any, y: Any) -> Any:
            return returned(X, y)

    with pytest.raises(MethodError, match=words):
        Wrong().fit_resample(X, pd.Series(y))


def test_samplers_of_poise_are_samplers_for_code_that_asks() -> None:
    for sampler in (SMOTE(), TomekLinks(), RandomUnderSampler(), SMOTETomek()):
        assert isinstance(sampler, SamplerMixin)
        assert isinstance(sampler, BaseSampler)
    assert issubclass(BorderlineSMOTE, BaseOverSampler)
    assert issubclass(RandomUnderSampler, BaseUnderSampler)
    assert issubclass(TomekLinks, BaseCleaningSampler)
    assert not issubclass(SMOTE, BaseUnderSampler)
    assert not isinstance(LogisticRegression(), SamplerMixin)


# Private methods of others


@pytest.mark.parametrize(
    ("base", "hook", "instead"),
    [
        ("SMOTE", "_fit_resample", "make_plan"),
        ("SMOTE", "_make_samples", "gaps or grow"),
        ("SMOTE", "_generate_samples", "gaps or grow"),
        ("BorderlineSMOTE", "_in_danger_noise", "pairs"),
        ("KMeansSMOTE", "_find_cluster_sparsity", "pairs"),
        ("NearMiss", "_selection_dist_based", "keeper"),
        ("ClusterCentroids", "_generate_sample", "keeper"),
        ("SMOTENC", "_validate_column_types", "column_kinds"),
        ("TomekLinks", "_validate_estimator", "check_parameters"),
        ("RandomOverSampler", "_check_X_y", "fit_resample"),
    ],
)
def test_a_private_hook_that_nothing_calls_is_refused_when_the_class_is_defined(
    base: str, hook: str, instead: str
) -> None:
    with pytest.raises(MethodError, match=f"defines {hook}.*{instead}"):
        type("Mine", (getattr(poise, base),), {hook: lambda self: None})
    mixin = type("Mixin", (), {hook: lambda self: None})
    with pytest.raises(MethodError, match=hook):
        type("Mine", (mixin, getattr(poise, base)), {})


def test_a_subclass_that_overrides_fit_resample_works() -> None:
    class Twice(SMOTE):
        def fit_resample(self, X: Any, y: Any, **params: Any) -> Any:
            X, y = super().fit_resample(X, y, **params)
            return np.vstack([X, X]), np.concatenate([y, y])

    assert len(Twice(random_state=0).fit_resample(X, y)[0]) == 240


def test_packages_can_call_the_samplers_that_they_are_given_on_parts() -> None:
    # As cluster-based over-samplers do: the counts are set before, and a part may have one class.
    sampler = RandomOverSampler(random_state=0)
    sampler.sampling_strategy_ = {1: 3}
    X_new, y_new = sampler._fit_resample(X[60:62], y[60:62])
    assert y_new.tolist() == [1] * 5
    np.testing.assert_array_equal(X_new[:2], X[60:62])
    smote = SMOTE(k_neighbors=2, random_state=0)
    smote.sampling_strategy_ = {1: 7}
    X_new, y_new = smote._fit_resample(X[50:], y[50:])
    assert Counter(y_new.tolist()) == {0: 10, 1: 27}
    assert TomekLinks()._fit_resample(X, y)[0].shape == TomekLinks().fit_resample(X, y)[0].shape


def test_metadata_requests_of_fit_resample_reach_it_through_a_pipeline() -> None:
    class ByCost(BaseSampler):
        def fit_resample(self, X: Any, y: Any, cost: Any = None) -> Any:
            self.cost_ = cost
            return X, y

        def _fit_resample(self, X: Any, y: Any, **params: Any) -> Any:
            return X, y

    cost = rng.rand(80, 2, 2)
    with sklearn.config_context(enable_metadata_routing=True):
        for sampler in (
            ByCost().set_fit_resample_request(cost=True),
            clone(ByCost().set_fit_resample_request(cost=True)),
        ):
            pipe = make_pipeline(sampler, LogisticRegression()).fit(X, y, cost=cost)
            assert pipe[0].cost_ is cost
        renamed = ByCost().set_fit_resample_request(cost="price")
        pipe = make_pipeline(renamed, LogisticRegression()).fit(X, y, price=cost)
        assert pipe[0].cost_ is cost
