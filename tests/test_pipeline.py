"""A pipeline resamples only in fit, together with everything that has one entry per row."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imblearn.over_sampling
import imblearn.pipeline
import imblearn.under_sampling
import numpy as np
import pandas as pd
import pytest
import sklearn
import sklearn.pipeline
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    StratifiedKFold,
    cross_val_predict,
    cross_validate,
)
from sklearn.pipeline import FeatureUnion
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from poise import SMOTE, RandomUnderSampler, SMOTETomek, TomekLinks
from poise.core.errors import InputError, UnsupportedTypeError
from poise.over_sampling import RandomOverSampler
from poise.pipeline import Pipeline, make_pipeline

X, y = make_classification(n_samples=300, weights=[0.85], n_features=6, random_state=1)


class Recorder(ClassifierMixin, BaseEstimator):
    """A classifier that remembers what it was given."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Recorder:
        self.X_, self.y_, self.sample_weight_, self.groups_ = X, y, sample_weight, groups
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        self.asked_ = X
        return np.full(len(X), self.classes_[0])


class NoPlan(BaseEstimator):
    """A sampler that does not record which input rows its output comes from."""

    def fit_resample(self, X: Any, y: Any) -> Any:
        return X[:50], y[:50]


def test_fit_gives_the_last_step_the_resampled_rows() -> None:
    model = make_pipeline(StandardScaler(), SMOTE(random_state=0), Recorder()).fit(X, y)
    scaled = StandardScaler().fit_transform(X)
    expected = SMOTE(random_state=0).fit_resample(scaled, y)
    np.testing.assert_array_equal(model[-1].X_, expected[0])
    np.testing.assert_array_equal(model[-1].y_, expected[1])


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function", "score"])
def test_nothing_is_resampled_after_fit(method: str) -> None:
    model = make_pipeline(StandardScaler(), SMOTETomek(random_state=0), LogisticRegression())
    model.fit(X, y)
    plain = sklearn.pipeline.make_pipeline(model[0], model[2])
    given = (X, y) if method == "score" else (X,)
    expected = getattr(plain, method)(*given)
    np.testing.assert_array_equal(getattr(model, method)(*given), expected)


def test_a_dummy_sees_only_the_test_rows_in_cross_validation() -> None:
    scores = cross_validate(
        make_pipeline(RandomUnderSampler(random_state=0), DummyClassifier(strategy="prior")),
        X,
        y,
        scoring=["accuracy", "neg_brier_score"],
        error_score="raise",
    )
    # A balanced training part gives a prior of one half, whatever the test part holds.
    np.testing.assert_allclose(scores["test_neg_brier_score"], -0.25)


def test_every_test_row_is_predicted_once() -> None:
    model = make_pipeline(SMOTE(random_state=0), LogisticRegression())
    assert len(cross_val_predict(model, X, y, cv=3)) == len(X)


def test_a_search_over_the_samplers_parameters_works() -> None:
    model = Pipeline([("smote", SMOTE(random_state=0)), ("clf", LogisticRegression())])
    grid = {"smote__k_neighbors": [2, 5], "smote__sampling_strategy": [0.5, 1.0]}
    search = GridSearchCV(model, grid, cv=3, scoring="average_precision").fit(X, y)
    assert search.best_estimator_.named_steps["smote"].plan_.n_rows == len(X)
    search = GridSearchCV(model, {"smote": ["passthrough", TomekLinks()]}, cv=3).fit(X, y)
    assert len(search.predict(X)) == len(X)


def test_the_number_of_jobs_does_not_change_the_scores() -> None:
    model = make_pipeline(SMOTE(random_state=0), LogisticRegression())
    one, two = (cross_validate(model, X, y, n_jobs=n)["test_score"] for n in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_scikit_learn_recognises_it_as_a_classifier() -> None:
    model = make_pipeline(SMOTE(), LogisticRegression())
    assert is_classifier(model)
    assert isinstance(model, sklearn.pipeline.Pipeline)
    assert model.fit(X, y).classes_.tolist() == [0, 1]
    assert repr(clone(model)) == repr(model)
    assert "SMOTE" in model._repr_html_()


def test_a_nested_pipeline_resamples_in_fit_and_transforms_after() -> None:
    inner = make_pipeline(StandardScaler(), SMOTE(random_state=0))
    nested = make_pipeline(inner, PCA(2), LogisticRegression()).fit(X, y)
    flat = make_pipeline(StandardScaler(), SMOTE(random_state=0), PCA(2), LogisticRegression())
    flat.fit(X, y)
    np.testing.assert_allclose(nested.predict_proba(X), flat.predict_proba(X))
    np.testing.assert_array_equal(nested.plan_.order, flat.plan_.order)


def test_a_nested_pipeline_may_end_in_a_transformer() -> None:
    inner = make_pipeline(SMOTE(random_state=0), PCA(2))
    nested = make_pipeline(inner, Recorder()).fit(X, y)
    assert nested[-1].X_.shape == (len(nested.plan_), 2)
    nested.predict(X)
    assert nested[-1].asked_.shape == (len(X), 2)


def test_a_nested_pipeline_of_transformers_alone_keeps_parameters_of_rows() -> None:
    nested = make_pipeline(make_pipeline(StandardScaler(), PCA(2)), Recorder())
    weights = np.arange(300.0)
    nested.fit(X, y, recorder__sample_weight=weights)
    np.testing.assert_array_equal(nested[-1].sample_weight_, weights)


def test_the_plan_joins_all_samplers_and_has_row_numbers_of_the_input() -> None:
    model = make_pipeline(SMOTE(random_state=0), StandardScaler(), TomekLinks(), Recorder())
    model.fit(X, y)
    np.testing.assert_array_equal(y[model.plan_.source], model[-1].y_)
    assert model.plan_.n_rows == 300


def test_fit_resample_never_loses_y() -> None:
    ends = ["passthrough", None, StandardScaler(), TomekLinks()]
    for last in ends:
        model = Pipeline([("smote", SMOTE(random_state=0)), ("last", last)])
        X_new, y_new = model.fit_resample(X, y)
        assert len(X_new) == len(y_new) > 300


def test_fit_then_transform_returns_one_row_per_row_of_x() -> None:
    model = make_pipeline(SMOTE(random_state=0), StandardScaler()).fit(X, y)
    transformed = model.transform(X)
    assert transformed.shape == X.shape
    np.testing.assert_allclose(model.inverse_transform(transformed), X)
    plain = make_pipeline(StandardScaler(), PCA(1)).fit_transform(X)
    assert plain.shape == (len(X), 1)


def _with_sampler() -> Pipeline:
    return make_pipeline(StandardScaler(), RandomOverSampler(random_state=0))


@pytest.mark.parametrize(
    "model",
    [
        sklearn.pipeline.make_pipeline(_with_sampler(), DummyClassifier()),
        make_pipeline(ColumnTransformer([("n", _with_sampler(), [0])]), DummyClassifier()),
        make_pipeline(FeatureUnion([("n", _with_sampler())]), DummyClassifier()),
        make_pipeline(
            FeatureUnion([("n", make_pipeline(_with_sampler(), PCA(1)))]), DummyClassifier()
        ),
        GridSearchCV(
            sklearn.pipeline.make_pipeline(_with_sampler(), DummyClassifier()),
            {"dummyclassifier__strategy": ["prior"]},
            error_score="raise",
        ),
    ],
    ids=["pipeline", "columns", "union", "nested", "search"],
)
def test_a_sampler_that_would_have_no_effect_raises_with_the_way_out(model: Any) -> None:
    with pytest.raises(UnsupportedTypeError, match="would have no effect.*poise.make_pipeline"):
        model.fit(X, y)


def test_a_pipeline_in_a_pipeline_of_poise_resamples() -> None:
    model = make_pipeline(_with_sampler(), DummyClassifier()).fit(X, y)
    assert model[-1].class_prior_.tolist() == [0.5, 0.5]


def test_a_list_that_merely_has_as_many_entries_as_rows_is_not_resampled() -> None:
    class Named(DummyClassifier):  # type: ignore[misc]  # scikit-learn has no type hints
        """Keeps its fit parameters."""

        def fit(self, X: Any, y: Any, sample_weight: Any = None, **given: Any) -> Named:
            self.given_ = given | {"sample_weight": sample_weight}
            return super().fit(X, y)

    table, label = np.arange(400.0).reshape(20, 20), np.repeat([0, 1], [15, 5])
    names = [f"column {j}" for j in range(20)]
    model = make_pipeline(RandomOverSampler(random_state=0), Named())
    model.fit(
        table,
        label,
        named__feature_name=names,
        named__text=np.array(names),
        named__extra=np.arange(20.0),
        named__sample_weight=[1.0] * 20,
    )
    given = model[-1].given_
    assert given["feature_name"] == names
    assert len(given["text"]) == 20
    assert len(given["extra"]) == len(given["sample_weight"]) == 30


class Boosted(DummyClassifier):  # type: ignore[misc]  # scikit-learn has no type hints
    """Takes the fit parameters of a boosting package."""

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, eval_set: Any = None, verbose: Any = None
    ) -> Boosted:
        self.weight_, self.eval_set_, self.verbose_ = sample_weight, eval_set, verbose
        return super().fit(X, y)


@pytest.mark.parametrize("pack", [lambda pair: [pair], lambda pair: pair], ids=["list", "pair"])
def test_fit_parameters_without_a_step_are_for_the_last_one(pack: Any) -> None:
    model = make_pipeline(StandardScaler(), RandomOverSampler(random_state=0), Boosted())
    model.fit(X, y, eval_set=pack((X[:50], y[:50])), verbose=3)
    found = model[-1].eval_set_
    values, label = found[0] if isinstance(found, list) else found
    np.testing.assert_allclose(values, model[0].transform(X[:50]))
    assert label is not None
    assert model[-1].verbose_ == 3
    nested = make_pipeline(StandardScaler(), make_pipeline(RandomOverSampler(), Boosted()))
    nested.fit(X, y, eval_set=[(X[:50], y[:50])])
    np.testing.assert_allclose(nested[-1][-1].eval_set_[0][0], nested[0].transform(X[:50]))
    with pytest.raises(UnsupportedTypeError, match="eval_set must hold pairs"):
        model.fit(X, y, eval_set=[X[:50]])


def test_a_fit_parameter_that_several_steps_take_or_none_raises() -> None:
    model = make_pipeline(StandardScaler(), RandomOverSampler(), Boosted())
    with pytest.raises(InputError, match="can be for the steps 'standardscaler', 'boosted'"):
        model.fit(X, y, sample_weight=np.ones(len(X)))
    with pytest.raises(InputError, match="does not accept the callback parameter"):
        model.fit(X, y, callback=3)
    only = make_pipeline(RandomOverSampler(random_state=0), Boosted())
    only.fit(X, y, sample_weight=np.arange(len(X)))
    assert only[-1].weight_.tolist() == only[0].plan_.source.tolist()


GROUPS = np.arange(len(X)) % 7


def test_groups_reach_samplers_that_stay_within_them() -> None:
    model = make_pipeline(
        StandardScaler(), SMOTE(within_groups=True, random_state=0), LogisticRegression()
    )
    lineage = model.fit(X, y, groups=GROUPS).plan_.lineage()
    is_new = lineage.partner >= 0
    assert (GROUPS[lineage.seed[is_new]] == GROUPS[lineage.partner[is_new]]).all()
    outer = make_pipeline(make_pipeline(SMOTE(within_groups=True)), LogisticRegression())
    assert outer.fit(X, y, groups=GROUPS).predict(X).shape == y.shape
    with pytest.raises(InputError, match="does not accept the groups parameter"):
        make_pipeline(SMOTE(), LogisticRegression()).fit(X, y, groups=GROUPS)


def test_groups_are_passed_once_to_folds_and_samplers() -> None:
    model = make_pipeline(SMOTE(within_groups=True, k_neighbors=2), LogisticRegression())
    with pytest.raises(InputError, match="enable_metadata_routing=True"):
        GridSearchCV(model, {"smote__k_neighbors": [1]}, cv=GroupKFold(2), error_score="raise").fit(
            X, y, groups=GROUPS
        )
    with config_context(enable_metadata_routing=True):
        search = GridSearchCV(model, {"smote__k_neighbors": [1, 2]}, cv=GroupKFold(2))
        assert search.fit(X, y, groups=GROUPS).best_score_ > 0
        found = cross_validate(
            model, X, y, params={"groups": GROUPS}, cv=GroupKFold(2), error_score="raise"
        )
        assert len(found["test_score"]) == 2


def test_fit_predict_returns_one_prediction_per_row_of_x() -> None:
    model = make_pipeline(RandomUnderSampler(), KMeans(2, random_state=0))
    assert model.fit_predict(X, y).shape == (300,)
    plain = make_pipeline(StandardScaler(), KMeans(2, random_state=0))
    expected = KMeans(2, random_state=0).fit_predict(StandardScaler().fit_transform(X))
    np.testing.assert_array_equal(plain.fit_predict(X), expected)


def test_methods_exist_if_the_last_step_has_them() -> None:
    assert not hasattr(make_pipeline(SMOTE(), LogisticRegression()), "transform")
    assert not hasattr(make_pipeline(SMOTE(), LogisticRegression()), "fit_resample")
    assert not hasattr(make_pipeline(SMOTE(), StandardScaler()), "predict")
    assert hasattr(make_pipeline(StandardScaler(), SMOTE()), "transform")


def test_feature_names_skip_samplers() -> None:
    frame = pd.DataFrame(X, columns=list("abcdef"))
    model = make_pipeline(SelectKBest(k=2), SMOTE()).set_output(transform="pandas")
    model.fit(frame, y)
    assert len(model.get_feature_names_out()) == 2
    assert model.feature_names_in_.tolist() == list("abcdef")


def test_weights_of_a_later_step_are_resampled_with_the_rows() -> None:
    weights, groups = np.arange(300.0), np.arange(300)
    model = make_pipeline(SMOTE(random_state=0), Recorder())
    model.fit(X, y, recorder__sample_weight=weights, recorder__groups=groups)
    np.testing.assert_allclose(model[-1].sample_weight_, model.plan_.apply(weights))
    np.testing.assert_array_equal(model[-1].groups_, model.plan_.source)


def test_weights_are_resampled_by_the_sample_indices_of_other_packages() -> None:
    foreign = imblearn.under_sampling.RandomUnderSampler(random_state=0)
    model = make_pipeline(foreign, Recorder())
    model.fit(X, y, recorder__sample_weight=np.arange(300.0))
    np.testing.assert_array_equal(model[-1].sample_weight_, foreign.sample_indices_)
    assert not hasattr(model, "plan_")


def test_weights_raise_if_a_sampler_cannot_resample_them() -> None:
    model = make_pipeline(NoPlan(), Recorder())
    model.fit(X, y)
    with pytest.raises(InputError, match="NoPlan does not record which input rows"):
        model.fit(X, y, recorder__sample_weight=np.arange(300.0))


def test_parameters_without_one_entry_per_row_are_unchanged() -> None:
    model = make_pipeline(SMOTE(random_state=0), Recorder())
    model.fit(X, y, recorder__groups="all")
    assert model[-1].groups_ == "all"


def test_a_parameter_of_a_sampler_is_not_ignored() -> None:
    model = make_pipeline(SMOTE(random_state=0), Recorder())
    model.fit(X, y, smote__sample_weight=np.arange(300.0))
    assert len(model[0].aligned_["sample_weight"]) == len(model.plan_)
    with pytest.raises(TypeError, match="nonsense"):
        model.fit(X, y, smote__nonsense=1)


def test_a_parameter_of_an_unknown_step_raises() -> None:
    model = make_pipeline(SMOTE(), Recorder())
    with pytest.raises(InputError, match="does not accept the weights parameter"):
        model.fit(X, y, weights=np.ones(300))
    with pytest.raises(InputError, match="Did you mean 'recorder'"):
        model.fit(X, y, recoder__sample_weight=np.ones(300))


def test_metadata_that_fit_resample_of_a_sampler_requests_is_routed() -> None:
    class ByCost(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no type hints
        """A sampler of another package, with an argument of its own."""

        def fit_resample(self, X: Any, y: Any, cost: Any = None) -> Any:
            self.cost_ = cost
            return X, y

    with config_context(enable_metadata_routing=True):
        sampler = ByCost().set_fit_resample_request(cost=True)
        model = make_pipeline(sampler, LogisticRegression()).fit(X, y, cost=np.arange(300))
        assert model[0].cost_.tolist() == list(range(300))


def test_routed_metadata_reaches_samplers_and_follows_the_rows() -> None:
    weights, groups = np.arange(300.0), np.arange(300) % 7
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(
            StandardScaler().set_fit_request(sample_weight=False),
            SMOTE(random_state=0).set_fit_request(groups=True),
            Recorder().set_fit_request(sample_weight=True, groups=True),
        )
        model.fit(X, y, sample_weight=weights, groups=groups)
    np.testing.assert_array_equal(model[1].aligned_["groups"], groups[model.plan_.source])
    np.testing.assert_allclose(model[-1].sample_weight_, model.plan_.apply(weights))
    np.testing.assert_array_equal(model[-1].groups_, groups[model.plan_.source])


def test_routed_metadata_reaches_steps_of_a_nested_pipeline() -> None:
    groups = np.arange(300) % 7
    with sklearn.config_context(enable_metadata_routing=True):
        sampler = SMOTE(random_state=0).set_fit_request(groups=True)
        inner = make_pipeline(StandardScaler(), sampler)
        model = make_pipeline(inner, Recorder().set_fit_request(groups=True))
        model.fit(X, y, groups=groups)
    expected = groups[model.plan_.source]
    np.testing.assert_array_equal(model[0][1].aligned_["groups"], expected)
    np.testing.assert_array_equal(model[-1].groups_, expected)


def test_routed_metadata_reaches_a_last_transformer_of_fit_resample() -> None:
    weights = np.arange(300.0) + 1
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        model = make_pipeline(SMOTE(random_state=0), scaler)
        X_new, _ = model.fit_resample(X, y, sample_weight=weights)
    grown = SMOTE(random_state=0).fit_resample(X, y)[0]
    expected = StandardScaler().fit_transform(grown, sample_weight=model.plan_.apply(weights))
    np.testing.assert_allclose(X_new, expected)


def test_routed_metadata_reaches_fit_predict() -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        clusters = KMeans(2, random_state=0).set_fit_request(sample_weight=True)
        plain = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), clusters)
        weights = np.where(y == 1, 50.0, 1.0)
        found = plain.fit_predict(X, y, sample_weight=weights)
    scaled = StandardScaler().fit_transform(X)
    expected = KMeans(2, random_state=0).fit_predict(scaled, sample_weight=weights)
    np.testing.assert_array_equal(found, expected)


def test_metadata_that_no_step_requests_raises() -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(SMOTE(), Recorder())
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            model.fit(X, y, sample_weight=np.ones(300))


@pytest.mark.skipif(
    sklearn.__version__.startswith("1.7"),
    reason="scikit-learn 1.7 routes no weights to a pipeline's score",
)
def test_routing_works_in_cross_validation() -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(
            SMOTE(random_state=0),
            LogisticRegression()
            .set_fit_request(sample_weight=True)
            .set_score_request(sample_weight=True),
        )
        scores = cross_validate(
            model, X, y, params={"sample_weight": np.ones(300)}, error_score="raise"
        )
    assert len(scores["test_score"]) == 5


def test_transform_input_is_transformed_and_never_resampled() -> None:
    class Validated(Recorder):
        def fit(self, X: Any, y: Any, X_val: Any = None) -> Validated:
            super().fit(X, y)
            self.X_val_ = X_val
            return self

    with sklearn.config_context(enable_metadata_routing=True):
        model = make_pipeline(
            StandardScaler(),
            SMOTE(random_state=0),
            Validated().set_fit_request(X_val=True),
            transform_input=["X_val"],
        )
        model.fit(X, y, X_val=X)
        scaled = StandardScaler().fit_transform(X)
        np.testing.assert_allclose(model[-1].X_val_, scaled)
        model.fit(X, y, X_val=(X, X[:5]))
        np.testing.assert_allclose(model[-1].X_val_[1], scaled[:5])
    with pytest.raises(InputError, match="needs metadata routing"):
        model.fit(X, y)


def test_memory_caches_samplers_and_gives_the_same_rows(tmp_path: Path) -> None:
    model = make_pipeline(StandardScaler(), SMOTE(random_state=0), Recorder())
    plain = clone(model).fit(X, y)
    for _ in range(2):
        cached = clone(model).set_params(memory=str(tmp_path)).fit(X, y)
        np.testing.assert_array_equal(cached[-1].X_, plain[-1].X_)
        assert len(cached.plan_) == len(plain.plan_)
    assert list(tmp_path.rglob("*.pkl"))


def test_given_steps_stay_unfitted_when_cached(tmp_path: Path) -> None:
    smote = SMOTE(random_state=0)
    make_pipeline(smote, Recorder(), memory=str(tmp_path)).fit(X, y)
    assert not hasattr(smote, "plan_")


def test_time_is_printed_as_by_scikit_learn_if_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for make in (make_pipeline, sklearn.pipeline.make_pipeline):
        make(StandardScaler(), LogisticRegression(), verbose=True).fit(X, y)
        lines = capsys.readouterr().out.splitlines()
        printed.append([line.partition("total=")[0] for line in lines])
    assert printed[0] == printed[1]
    assert "Processing standardscaler" in printed[0][0]


def test_inference_is_a_plain_pipeline_without_samplers() -> None:
    inner = make_pipeline(StandardScaler(), SMOTE(random_state=0))
    model = make_pipeline(inner, TomekLinks(), LogisticRegression()).fit(X, y)
    plain = model.to_inference()
    assert type(plain) is sklearn.pipeline.Pipeline
    assert [name for name, _ in plain.steps] == ["pipeline", "logisticregression"]
    np.testing.assert_array_equal(plain.predict_proba(X), model.predict_proba(X))
    alone = Pipeline([("smote", SMOTE())]).to_inference()
    np.testing.assert_array_equal(alone.fit(X).transform(X), X)


def test_an_unfitted_pipeline_does_not_predict() -> None:
    with pytest.raises(NotFittedError):
        make_pipeline(SMOTE(), LogisticRegression()).predict(X)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "empty"),
        ([("smote", SMOTE)], "is the class SMOTE, and must be an instance. Pass SMOTE()"),
        ([("a", LogisticRegression()), ("b", SMOTE())], "neither a transformer .* nor a sampler"),
        ([("smote", SMOTE()), ("b", 3)], "last step 'b'"),
        (None, "list of .name, estimator. pairs|empty"),
        ([SMOTE(), LogisticRegression()], "Use make_pipeline to have steps named"),
        (
            [
                ("inner", imblearn.pipeline.make_pipeline(StandardScaler(), NoPlan())),
                ("clf", LogisticRegression()),
            ],
            "is a pipeline of imblearn",
        ),
    ],
)
def test_invalid_steps_raise(steps: Any, words: str) -> None:
    with pytest.raises((InputError, UnsupportedTypeError), match=words):
        Pipeline(steps).fit(X, y)


def test_a_class_as_a_step_raises_in_make_pipeline() -> None:
    with pytest.raises(UnsupportedTypeError, match="the class SMOTE, .* Pass SMOTE"):
        make_pipeline(SMOTE, LogisticRegression())


def test_step_names_must_be_unique() -> None:
    with pytest.raises(ValueError, match="unique"):
        Pipeline([("a", SMOTE()), ("a", LogisticRegression())]).fit(X, y)


def test_callbacks_raise_instead_of_being_ignored() -> None:
    with pytest.raises(UnsupportedTypeError, match="callbacks"):
        make_pipeline(SMOTE(), LogisticRegression()).set_callbacks(object())


def test_frames_stay_frames_between_steps() -> None:
    frame = pd.DataFrame(X, columns=list("abcdef"))
    model = make_pipeline(RandomOverSampler(random_state=0), Recorder()).fit(frame, pd.Series(y))
    assert isinstance(model[-1].X_, pd.DataFrame)
    assert isinstance(model[-1].y_, pd.Series)


def test_scikit_learn_is_not_modified() -> None:
    code = (
        "from sklearn.utils import _metadata_requests as m; before = list(m.SIMPLE_METHODS);"
        "import poise; poise.SMOTE, poise.Pipeline; assert m.SIMPLE_METHODS == before"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_each_training_part_is_resampled_separately() -> None:
    model = make_pipeline(SMOTE(random_state=0), Recorder())
    folds = StratifiedKFold(3)
    fitted = cross_validate(model, X, y, cv=folds, return_estimator=True)["estimator"]
    for estimator, (train, _) in zip(fitted, folds.split(X, y), strict=True):
        kept = ~estimator.plan_.is_new
        np.testing.assert_array_equal(estimator[-1].X_[kept], X[train])


def test_groups_and_times_reach_a_sampler_and_are_resampled_for_later_steps() -> None:
    groups, when = np.arange(len(y)) % 7, np.arange(len(y))[::-1]
    model = make_pipeline(SMOTE(within_groups=True, random_state=0), Recorder())
    model.fit(
        X,
        y,
        smote__groups=groups,
        smote__time=when,
        recorder__groups=groups,
        recorder__sample_weight=when,
    )
    lineage = model.plan_.lineage()
    new = lineage.partner >= 0
    assert (groups[lineage.seed[new]] == groups[lineage.partner[new]]).all()
    assert model[-1].groups_.tolist() == groups[lineage.seed].tolist()
    kept = ~model.plan_.is_new
    assert model[-1].sample_weight_[kept].tolist() == sorted(when.tolist())


def test_samplers_of_other_packages_can_be_steps() -> None:
    other = imblearn.over_sampling.SMOTE(random_state=0)
    model = make_pipeline(other, LogisticRegression())
    assert model.fit(X, y).predict(X[:3]).shape == (3,)


# Everything that has nothing to do with samplers is as in scikit-learn.

FRAME = pd.DataFrame(X, columns=list("abcdef"))
TO_TRANSFORM = [("scale", StandardScaler()), ("pca", PCA(2)), ("last", MinMaxScaler())]
TO_PREDICT = [*TO_TRANSFORM[:2], ("last", LogisticRegression())]
METHODS_OF_A_PIPELINE = [
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "score",
    "score_samples",
    "transform",
    "inverse_transform",
    "fit_transform",
    "fit_predict",
]
AS_IN_SCIKIT_LEARN: dict[str, Callable[[Any], Any]] = {
    "unfitted predict": lambda kind: kind(TO_PREDICT).predict(FRAME),
    "unfitted score": lambda kind: kind(TO_PREDICT).score(FRAME, y),
    "unfitted transform": lambda kind: kind(TO_TRANSFORM).transform(FRAME),
    "unfitted names": lambda kind: kind(TO_TRANSFORM).get_feature_names_out(),
    "unfitted classes": lambda kind: kind(TO_PREDICT).classes_,
    "unfitted check": lambda kind: check_is_fitted(kind(TO_PREDICT)),
    "check": lambda kind: check_is_fitted(kind(TO_PREDICT).fit(FRAME, y)),
    "names": lambda kind: kind(TO_TRANSFORM).fit(FRAME, y).get_feature_names_out(),
    "names of": lambda kind: kind(TO_TRANSFORM).fit(FRAME, y).get_feature_names_out([*"abcdef"]),
    "other names": lambda kind: kind(TO_TRANSFORM).fit(FRAME, y).get_feature_names_out([*"abcdez"]),
    "no names": lambda kind: kind(TO_PREDICT).fit(FRAME, y).get_feature_names_out(),
    "sliced names": lambda kind: kind(TO_PREDICT).fit(FRAME, y)[:-1].get_feature_names_out(),
    "names in": lambda kind: kind(TO_TRANSFORM).fit(FRAME, y).feature_names_in_,
    "columns": lambda kind: kind(TO_TRANSFORM).fit(FRAME, y).n_features_in_,
    "set_output": lambda kind: (
        kind(TO_TRANSFORM).set_output(transform="pandas").fit(FRAME, y).transform(FRAME)
    ),
    "wrong output": lambda kind: (
        kind(TO_TRANSFORM).set_output(transform="panda").fit(FRAME, y).transform(FRAME)
    ),
    "moved columns": lambda kind: kind(TO_PREDICT).fit(FRAME, y).predict(FRAME[[*"bacdef"]]),
    "weighted score": lambda kind: kind(TO_PREDICT).fit(FRAME, y).score(X, y, sample_weight=y + 1),
    "no predict": lambda kind: kind(TO_TRANSFORM).fit(FRAME, y).predict(X),
    "no transform": lambda kind: kind(TO_PREDICT).fit(FRAME, y).transform(X),
    "inverse": lambda kind: kind(TO_TRANSFORM).fit(FRAME, y).inverse_transform(X[:, :2]),
    "passthrough": lambda kind: (
        kind([*TO_TRANSFORM[:2], ("last", "passthrough")]).fit(FRAME, y).transform(X)
    ),
    "idle step": lambda kind: kind([("none", None), *TO_PREDICT]).fit(FRAME, y).predict_proba(X),
    "replaced step": lambda kind: (
        kind(TO_PREDICT).set_params(pca="passthrough").fit(FRAME, y).predict_proba(X)
    ),
    "a tuple of steps": lambda kind: kind(tuple(TO_PREDICT)).fit(FRAME, y).predict_proba(X),
    "memory": lambda kind: kind(TO_PREDICT, memory=3).fit(FRAME, y),
    "verbose": lambda kind: kind(TO_PREDICT, verbose="yes").fit(FRAME, y),
    "transform_input": lambda kind: kind(TO_PREDICT, transform_input=3).fit(FRAME, y),
    "no list": lambda kind: kind({"last": LogisticRegression()}).fit(FRAME, y),
    "empty": lambda kind: kind([]).fit(FRAME, y),
    "the same name": lambda kind: kind([("a", PCA()), ("a", PCA())]).fit(FRAME, y),
    "underscores": lambda kind: kind([("a__b", PCA()), ("c", PCA())]).fit(FRAME, y),
    "taken name": lambda kind: kind([("steps", PCA()), ("c", PCA())]).fit(FRAME, y),
    "predictor first": lambda kind: kind(TO_PREDICT[::-1]).fit(FRAME, y),
    "number last": lambda kind: kind([("a", PCA()), ("b", 3)]).fit(FRAME, y),
    "unknown parameter": lambda kind: kind(TO_PREDICT).set_params(pca__colour=1),
    "unknown fit parameter": lambda kind: kind(TO_PREDICT).fit(FRAME, y, last__colour=1),
    "unknown name": lambda kind: kind(TO_PREDICT)["colour"],
    "every second": lambda kind: kind(TO_PREDICT)[::2],
    "named": lambda kind: repr(kind(TO_PREDICT).named_steps.pca),
    "is a classifier": lambda kind: is_classifier(kind(TO_PREDICT)),
    "tags": lambda kind: repr(get_tags(kind(TO_PREDICT))),
    "methods": lambda kind: [hasattr(kind(TO_TRANSFORM), name) for name in METHODS_OF_A_PIPELINE],
    "its methods": lambda kind: [hasattr(kind(TO_PREDICT), name) for name in METHODS_OF_A_PIPELINE],
}


def _with_an_idle_sampler(steps: Any, **parameters: Any) -> Pipeline:
    """Return a pipeline with a sampler that changes nothing, if the steps are sound."""
    is_list = isinstance(steps, list | tuple) and len(steps) > 1
    idle = RandomOverSampler(sampling_strategy={})
    return Pipeline([("idle", idle), *steps] if is_list else steps, **parameters)


@pytest.mark.parametrize("kind", [Pipeline, _with_an_idle_sampler])
@pytest.mark.parametrize("action", AS_IN_SCIKIT_LEARN.values(), ids=AS_IN_SCIKIT_LEARN)
def test_everything_but_sampling_is_as_in_scikit_learn(
    action: Callable[[Any], Any], kind: Any
) -> None:
    try:
        expected = action(sklearn.pipeline.Pipeline)
    except Exception as error:  # noqa: BLE001  # whichever it raises
        builtin = next(c for c in type(error).__mro__ if c.__module__ == "builtins")
        with pytest.raises(builtin):
            action(kind)
    else:
        found = action(kind)
        assert type(found) is type(expected)
        np.testing.assert_array_equal(found, expected)


# Parameters of fit that hold rows of their own


class Validating(Recorder):
    """Takes what HistGradientBoostingClassifier takes, and a name of each column."""

    def fit(
        self, X: Any, y: Any, X_val: Any = None, y_val: Any = None, names: Any = None
    ) -> Validating:
        super().fit(X, y)
        self.X_val_, self.y_val_, self.names_ = X_val, y_val, names
        return self


def test_a_validation_table_is_transformed_and_never_resampled() -> None:
    model = make_pipeline(StandardScaler(), RandomOverSampler(random_state=0), Validating())
    model.fit(X, y, X_val=X, y_val=y)
    np.testing.assert_allclose(model[-1].X_val_, StandardScaler().fit_transform(X))
    assert model[-1].y_val_ is y


@pytest.mark.parametrize("kind", [list, tuple, pd.Index, pd.Series, np.array])
def test_names_are_not_resampled_whatever_holds_them(kind: Any) -> None:
    names = kind([f"column {i}" for i in range(300)])
    model = make_pipeline(RandomOverSampler(random_state=0), Validating()).fit(X, y, names=names)
    assert len(model[-1].names_) == 300


def test_transformers_that_take_any_keyword_are_no_takers() -> None:
    before = ColumnTransformer([("scaled", StandardScaler(), [0, 1])])
    for first in (
        before,
        sklearn.pipeline.make_pipeline(StandardScaler()),
        FeatureUnion([("a", before)]),
    ):
        model = make_pipeline(first, RandomOverSampler(random_state=0), Validating())
        model.fit(X, y, X_val=X[:7], y_val=y[:7])
        assert model[-1].X_val_.shape == (7, model[-1].X_.shape[1])
    assert make_pipeline(StandardScaler(), Recorder()).fit(X, y, sample_weight=None)


def test_a_step_that_resamples_and_transforms_is_refused() -> None:
    class Both(BaseEstimator):
        def fit(self, X: Any, y: Any) -> Any:
            return self

        def fit_resample(self, X: Any, y: Any) -> Any:
            return X, y

        def transform(self, X: Any) -> Any:
            return X

    with pytest.raises(UnsupportedTypeError, match="has both fit_resample and transform"):
        Pipeline([("both", Both()), ("clf", LogisticRegression())]).fit(X, y)


def test_the_same_sampler_may_be_two_steps() -> None:
    under = RandomUnderSampler(random_state=0)
    pipeline = make_pipeline(under, TomekLinks(), under)
    X_new, _ = pipeline.fit_resample(X, y)
    np.testing.assert_array_equal(X[pipeline.plan_.source], X_new)


def test_idle_steps_are_timed_too(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [("none", None), ("pass", "passthrough"), ("clf", LogisticRegression())]
    Pipeline(steps, verbose=True).fit(X, y)
    printed = capsys.readouterr().out.splitlines()
    assert ["Processing none" in printed[0], "Processing pass" in printed[1], len(printed)] == [
        True,
        True,
        3,
    ]


def test_inverse_transform_is_there_if_every_step_has_it() -> None:
    assert hasattr(make_pipeline(StandardScaler(), SMOTE(), PCA()), "inverse_transform")
    assert not hasattr(make_pipeline(SelectKBest(k=2), Normalizer()), "inverse_transform")


def test_fit_transform_is_that_of_the_steps() -> None:
    # As of encoders that cross-fit, so that rows do not see their own labels.
    class CrossFitted(StandardScaler):  # type: ignore[misc]
        def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
            return super().fit_transform(X, y, **params) + 5

    for steps in ([CrossFitted()], [CrossFitted(), StandardScaler()]):
        expected = sklearn.pipeline.make_pipeline(*steps).fit_transform(X, y)
        np.testing.assert_array_equal(make_pipeline(*steps).fit_transform(X, y), expected)


def test_steps_that_need_no_fit_work_unfitted_with_a_warning() -> None:
    class Ones(BaseEstimator):
        def fit(self, X: Any, y: Any) -> Any:
            return self

        def predict(self, X: Any) -> Any:
            return np.ones(len(X))

    pipe = make_pipeline(SMOTE(), Ones())
    with pytest.warns(FutureWarning, match="This Pipeline instance is not fitted yet"):
        assert pipe.predict(X).tolist() == [1.0] * len(X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(pipe.fit(X, y).predict(X)) == len(X)
        Pipeline([("clf", LogisticRegression().fit(X, y))]).predict(X)


@pytest.mark.skipif(
    sklearn.__version__.startswith("1.7"),
    reason="scikit-learn 1.7 itself warns about steps that are not estimators",
)
def test_a_last_step_of_no_package_predicts_without_a_warning() -> None:
    class Duck:
        def fit(self, X: Any, y: Any) -> Any:
            return self

        def predict(self, X: Any) -> Any:
            return np.zeros(len(X))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not Pipeline([("duck", Duck())]).fit(X, y).predict(X).any()


def test_make_pipeline_checks_its_parameters() -> None:
    with pytest.raises(ValueError, match="'verbose' parameter of make_pipeline must be a bool"):
        make_pipeline(SMOTE(), verbose="yes")


def test_masked_weights_that_would_follow_the_rows_are_refused() -> None:
    X, y = np.arange(20.0).reshape(-1, 1), np.repeat([0, 1], [14, 6])
    weights = np.ma.masked_array(np.ones(20), mask=[True] + [False] * 19)
    model = make_pipeline(RandomUnderSampler(random_state=0), LogisticRegression())
    with pytest.raises(UnsupportedTypeError, match="masked array, whose mask would be lost"):
        model.fit(X, y, logisticregression__sample_weight=weights)


def test_weights_of_another_length_are_refused_with_the_rows_that_were_passed() -> None:
    X, y = np.random.RandomState(0).rand(60, 3), np.repeat([0, 1], [42, 18])
    model = Pipeline([("s", SMOTE()), ("c", LogisticRegression())])
    with pytest.raises(InputError, match="X has 60 rows and sample_weight has 5"):
        model.fit(X, y, c__sample_weight=np.ones(5))
