"""Every public entry point, with every kind of label, weight, member, frame, nesting, routing and copy.

Samplers, classifiers and functions of labels stand in one table each; what a row of them does not
take part in is stated, with the reason. A public name that is in no table fails the last test.
"""

from __future__ import annotations

import importlib
import inspect
import pickle
import pkgutil
from collections import Counter
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.metrics import brier_score_loss, make_scorer
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline as make_plain_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import poise
from poise import comparison, decisions, ensemble, metrics, utils, weights
from poise._api import make_sampler
from poise._methods import METHODS
from poise.base import Cleaner, UnderSampler
from poise.core.errors import PoiseError, UnsupportedTypeError
from poise.datasets import make_imbalance
from poise.forensics import assert_no_leak, check_folds, check_split, find_synthetic
from poise.model_selection import InstanceHardnessCV
from poise.plot import before_after_data

rng = np.random.default_rng(0)
y = rng.permutation(np.repeat([0, 1], [110, 30]))
X = (rng.normal(size=(140, 3)) + y[:, None]).round(2)
FRAME = pd.DataFrame(X, columns=["a", "b", "c"]).assign(
    town=pd.Categorical(np.array(["Ulm", "Bonn", "Ulm"])[rng.integers(0, 3, 140)])
)
WEIGHTS = rng.uniform(0.5, 2.0, 140)
LABELS = {  # in the order of 0 and 1, so that the same rows are drawn
    "text": np.array(["no", "yes"]),
    "booleans": np.array([False, True]),
    "from 1": np.array([1, 2]),
    "negative": np.array([-7, 3]),
    "whole decimals": np.array([1.0, 10.0]),
    "objects": np.array(["no", "yes"], dtype=object),
}
of_labels = pytest.mark.parametrize("names", LABELS.values(), ids=LABELS)


# The tables


def _some_of_each(X: Any, y: Any) -> Any:  # what FunctionSampler calls
    return np.concatenate([np.flatnonzero(y == label)[:25] for label in np.unique(y)])


OF_METHODS: dict[str, dict[str, Any]] = {
    "smote-nc": {"categorical_features": [2]},
    "kmeans-smote": {"kmeans_estimator": 2, "cluster_balance_threshold": 0.1},
}
SAMPLERS: dict[str, Any] = {
    name: make_sampler(name, 0, **OF_METHODS.get(name, {})) for name in METHODS
}
SAMPLERS |= {
    "Chain": poise.Chain(poise.TomekLinks(), poise.RandomOverSampler(random_state=0)),
    "FunctionSampler": poise.FunctionSampler(_some_of_each),
    "PrevalenceWeights": decisions.PrevalenceWeights(poise.SMOTE(random_state=0)),
    "Pipeline of samplers": poise.make_pipeline(StandardScaler(), poise.SMOTE(random_state=0)),
}
of_samplers = pytest.mark.parametrize("name", SAMPLERS)


def classifiers(member: Any) -> dict[str, Any]:
    """Return everything that is fitted like a classifier, around a given one."""
    over = poise.RandomOverSampler(random_state=0)
    costs = decisions.CostMatrix.of_two(false_positive=1, false_negative=10)
    tuning = {"cv": 3}
    return {
        "Pipeline": poise.make_pipeline(over, member),
        "ResampledClassifier": decisions.ResampledClassifier(over, member, cv=3),
        "ReweightedClassifier": decisions.ReweightedClassifier(member, cv=3),
        "ComparedClassifier": comparison.ComparedClassifier(over, member),
        "FixedThreshold": decisions.FixedThreshold(0.3).classifier(member),
        "CostThreshold": decisions.CostThreshold(costs).classifier(member),
        "LowestCost": decisions.LowestCost(costs).classifier(member, **tuning),
        "TunedThreshold": decisions.TunedThreshold().classifier(member, **tuning),
        "AlertBudget": decisions.AlertBudget(3, 10).classifier(member, **tuning),
        "RecallAtPrecision": decisions.RecallAtPrecision(0.2).classifier(member, **tuning),
        "BalancedFit": ensemble.BalancedFit(member, random_state=0),
        "BalancedBaggingClassifier": ensemble.BalancedBaggingClassifier(member, 3, random_state=0),
        "EasyEnsembleClassifier": ensemble.EasyEnsembleClassifier(3, member, random_state=0),
        "RUSBoostClassifier": ensemble.RUSBoostClassifier(member, n_estimators=3, random_state=0),
        "BalancedRandomForestClassifier": ensemble.BalancedRandomForestClassifier(
            5, max_depth=3, random_state=0
        ),
    }


CLASSIFIERS = classifiers(DecisionTreeClassifier(max_depth=3, random_state=0))
of_classifiers = pytest.mark.parametrize("name", CLASSIFIERS)


def _proba(y: Any) -> Any:
    """Return probabilities that depend on the rows alone."""
    return 1 / (1 + np.exp(1 - X[: len(y)].sum(axis=1)))


def _guess(y: Any) -> Any:
    """Return predicted labels that depend on the rows alone."""
    (often, _), (rare, _) = Counter(np.asarray(y).tolist()).most_common()
    return np.where(X[: len(y), 0] > 0.5, rare, often)


def _codes_of(diagnosis: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.status) for finding in diagnosis.findings]


def compared(y: Any, **parameters: Any) -> Any:
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    quick = {"approaches": ["smote"], "cv": 2, "n_repeats": 1, "progress": False}
    found = poise.compare(X, y, **quick | {"estimators": {"tree": tree}} | parameters)
    measured = [values for key, values in found.values.items() if key.metric != "fit_seconds"]
    values = np.concatenate(measured)
    assert np.isfinite(values).mean() > 0.9
    return np.nan_to_num(values, nan=-1.0)


def _drawn(y: Any) -> Any:
    new = poise.resample(X, y)
    return before_after_data(X, y, new.X, new.plan).segments


def _report(y: Any) -> list[list[float]]:
    report = metrics.classification_report_imbalanced(y, _guess(y), output_dict=True)
    return [list(row.values()) for row in report.values() if isinstance(row, dict)]


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "resample": lambda y: poise.resample(X, y).X,
    "make_imbalance": lambda y: make_imbalance(
        X, y, sampling_strategy={max(np.unique(y)): 10, min(np.unique(y)): 40}, random_state=0
    )[0],
    "balanced_batches": lambda y: np.array(list(poise.balanced_batches(y, 10))),
    "check_sampling_strategy": lambda y: list(
        utils.check_sampling_strategy("auto", y, "over-sampling").values()
    ),
    "InstanceHardnessCV": lambda y: next(InstanceHardnessCV(GaussianNB()).split(X, y))[1],
    "compare": compared,
    "diagnose": lambda y: _codes_of(poise.diagnose(X, y)),
    "diagnose_resampled": lambda y: _codes_of(poise.diagnose_resampled(poise.SMOTE(), X, y)),
    "find_synthetic": lambda y: find_synthetic(X, y).is_synthetic,
    "check_split": lambda y: check_split(X[:100], y[:100], X[100:], y[100:]).verdict,
    "check_folds": lambda y: check_folds(X, y, cv=3).verdict,
    "assert_no_leak": lambda y: assert_no_leak(X[:100], y[:100], X[100:], y[100:]),
    "before_after_data": _drawn,
    "cross_fitted": lambda y: decisions.cross_fitted(GaussianNB(), X, y, X[:9]).proba,
    "class_prior": lambda y: list(decisions.class_prior(y).values()),
    "estimate_prior": lambda y: (
        decisions.estimate_prior(np.c_[1 - _proba(y), _proba(y)], decisions.class_prior(y)).prior
    ),
    "shift_prior": lambda y: decisions.shift_prior(
        np.c_[1 - _proba(y), _proba(y)],
        decisions.class_prior(y),
        dict.fromkeys(decisions.class_prior(y), 0.5),
    ),
    "classification_report_imbalanced": _report,
    "class_weights": lambda y: list(weights.class_weights(y).values()),
    "sample_weights": weights.sample_weights,
    "weight_parameters": lambda y: list(
        weights.weight_parameters(y, library="sklearn", scheme="sqrt")["class_weight"].values()
    ),
    "CostMatrix": lambda y: decisions.CostMatrix.of_two(false_positive=1, false_negative=5).mean(
        y, _guess(y)
    ),
}
for _function, *_extra in (
    (decisions.cost_curve,),
    (decisions.threshold_curve,),
    (decisions.reliability_curve,),
    (metrics.brier_score_parts,),
    (metrics.log_loss_parts,),
    (metrics.calibration_fit,),
    (metrics.calibration_in_the_large,),
    (metrics.calibration_slope,),
    (metrics.expected_calibration_error,),
    (metrics.excess_calibration_error,),
    (metrics.net_benefit, 0.3),
    (metrics.precision_at_k, 20),
):
    FUNCTIONS[_function.__name__] = partial(
        lambda y, function, extra: function(y, _proba(y), *extra), function=_function, extra=_extra
    )
for _function in (
    metrics.sensitivity_score,
    metrics.specificity_score,
    metrics.sensitivity_specificity_support,
    metrics.geometric_mean_score,
):
    FUNCTIONS[_function.__name__] = partial(
        lambda y, function: function(y, _guess(y), average="macro"), function=_function
    )


# Labels


@cache
def expected(name: str) -> Any:
    """Return what an entry point makes of the labels 0 and 1."""
    if name in SAMPLERS:
        return clone(SAMPLERS[name]).fit_resample(X, y)
    if name in CLASSIFIERS:
        model = clone(CLASSIFIERS[name]).fit(X, y)
        return model.predict(X), model.predict_proba(X)
    return _values(FUNCTIONS[name](y))


def _values(found: Any) -> list[Any]:
    parts = vars(found) if hasattr(found, "__dict__") else {"": found}
    return [np.asarray(part).tolist() for name, part in parts.items() if name != "pos_label"]


@of_labels
@of_samplers
def test_a_sampler_takes_labels_as_names(name: str, names: Any) -> None:
    X_new, labels = clone(SAMPLERS[name]).fit_resample(X, names[y])
    np.testing.assert_array_equal(X_new, expected(name)[0])
    assert labels.dtype == names.dtype
    assert labels.tolist() == names[expected(name)[1]].tolist()


@of_labels
@of_classifiers
def test_a_classifier_takes_labels_as_names(name: str, names: Any) -> None:
    model = clone(CLASSIFIERS[name]).fit(X, names[y])
    predicted, proba = expected(name)
    assert model.classes_.tolist() == names.tolist()
    assert model.predict(X).tolist() == names[predicted].tolist()
    np.testing.assert_array_equal(model.predict_proba(X), proba)


@of_labels
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_takes_labels_as_names(name: str, names: Any) -> None:
    assert _values(FUNCTIONS[name](names[y])) == expected(name)


# Entry points with an event: the rarest class, wherever its label sorts.
RARE_FIRST = {
    "text": ["good", "bad"],
    "numbers": [2, 1],
    "booleans": [True, False],
    "a category": ["stayed", "churned"],
}
WITH_EVENT = [
    "compare",
    "diagnose",
    "InstanceHardnessCV",
    "CostMatrix",
    "cost_curve",
    "threshold_curve",
    "reliability_curve",
    "brier_score_parts",
    "log_loss_parts",
    "calibration_fit",
    "calibration_in_the_large",
    "calibration_slope",
    "expected_calibration_error",
    "excess_calibration_error",
    "net_benefit",
    "precision_at_k",
    "FixedThreshold",
    "CostThreshold",
    "LowestCost",
    "TunedThreshold",
    "AlertBudget",
    "RecallAtPrecision",
    "ResampledClassifier",
]


@pytest.mark.parametrize("kind", RARE_FIRST)
@pytest.mark.parametrize("name", WITH_EVENT)
@pytest.mark.filterwarnings("ignore::poise.core.errors.EventWarning")
def test_the_event_is_the_rarest_class_wherever_its_label_sorts(name: str, kind: str) -> None:
    labels: Any = np.array(RARE_FIRST[kind])[y]
    if kind == "a category":
        labels = pd.Series(pd.Categorical(labels))
    if name in CLASSIFIERS:
        model = clone(CLASSIFIERS[name]).fit(X, labels)
        assert model.pos_label_ == RARE_FIRST[kind][1]
        is_event = model.predict(X) == RARE_FIRST[kind][1]
        assert is_event.tolist() == (expected(name)[0] == 1).tolist()
    else:
        assert _values(FUNCTIONS[name](labels)) == expected(name)


WITH_STRATEGY = [
    name
    for name, entry in (SAMPLERS | CLASSIFIERS).items()
    if "sampling_strategy" in entry.get_params(deep=False)
]


@pytest.mark.parametrize("names", [LABELS["text"], LABELS["from 1"]], ids=["text", "from 1"])
@pytest.mark.parametrize("name", WITH_STRATEGY)
def test_a_strategy_names_the_classes_of_the_user(name: str, names: Any) -> None:
    """Of labels 1 and 2, a strategy for class 1 must not be taken for the class at position 1."""
    entry = (SAMPLERS | CLASSIFIERS)[name]
    outcomes = []
    for labels in (np.array([0, 1]), names):
        strategy: Any = [labels[0]]
        if name in CLASSIFIERS or isinstance(entry, UnderSampler | poise.ClusterCentroids):
            strategy = {labels[0]: 40, labels[1]: 20}
        elif not isinstance(entry, Cleaner):
            strategy = {labels[1]: 60}
        changed = clone(entry).set_params(sampling_strategy=strategy)
        if name in CLASSIFIERS:
            outcomes.append(changed.fit(X, labels[y]).predict_proba(X))
        else:
            outcomes.append(changed.fit_resample(X, labels[y])[0])
    np.testing.assert_array_equal(outcomes[1], outcomes[0])


# Weights


@of_samplers
def test_a_sampler_carries_weights_and_none_of_them_changes_the_rows(name: str) -> None:
    sampler = clone(SAMPLERS[name])
    weights = np.where(np.arange(140) % 7 == 0, 0.0, WEIGHTS)
    if "sample_weight" not in inspect.signature(sampler.fit_resample).parameters:
        assert name in {"FunctionSampler", "Pipeline of samplers"}  # through a Pipeline: below
        return
    X_new, labels = sampler.fit_resample(X, y, sample_weight=weights)
    np.testing.assert_array_equal(X_new, expected(name)[0])
    if name == "PrevalenceWeights":
        totals = np.bincount(labels, sampler.sample_weight_)
        np.testing.assert_allclose(totals, np.bincount(y, weights))
    else:
        kept = ~sampler.plan_.is_new
        rows = sampler.plan_.source[kept]
        assert sampler.aligned_["sample_weight"].shape == labels.shape
        np.testing.assert_array_equal(sampler.aligned_["sample_weight"][kept], weights[rows])


# Of a tree with pure leaves, ReweightedClassifier says that their probabilities of 0 and 1 stay.
OF_PURE_LEAVES = pytest.mark.filterwarnings("ignore::poise.core.errors.MovedSharesWarning")


# Weights that differ can make a tie larger than a budget.
@pytest.mark.filterwarnings("ignore::poise.exceptions.CannotTellWarning")
@OF_PURE_LEAVES
@of_classifiers
def test_equal_weights_change_nothing_and_unequal_ones_do(name: str) -> None:
    _, proba = expected(name)
    ones = clone(CLASSIFIERS[name]).fit(X, y, sample_weight=np.ones(140))
    np.testing.assert_allclose(ones.predict_proba(X), proba)
    weights = np.where(y == 1, 50.0, 1.0)
    weights[np.flatnonzero(y == 0)[:40]] = 0
    weighted = clone(CLASSIFIERS[name]).fit(X, y, sample_weight=weights)
    assert weighted.predict_proba(X)[:, 1].mean() > proba[:, 1].mean() + 0.02


@of_classifiers
def test_members_without_weights_are_fitted_or_refused_by_name(name: str) -> None:
    member = make_plain_pipeline(StandardScaler(), KNeighborsClassifier(5))
    model = classifiers(member)[name]
    if name in {"RUSBoostClassifier", "ReweightedClassifier"}:
        with pytest.raises(PoiseError, match="takes no sample_weight"):
            model.fit(X, y)
        return
    assert set(model.fit(X, y).predict(X)) <= {0, 1}
    if name != "BalancedRandomForestClassifier":
        with pytest.raises((PoiseError, ValueError, TypeError), match="sample_weight"):
            clone(model).fit(X, y, sample_weight=WEIGHTS)


# Frames

OF_NUMBERS = dict.fromkeys(("svm-smote", "kmeans-smote", "rose", "cluster-centroids"), "'town'")
OF_NUMBERS["Pipeline of samplers"] = "Bonn"  # the message is of StandardScaler


@of_samplers
def test_a_frame_with_categories_is_resampled_or_its_column_is_named(name: str) -> None:
    sampler = clone(SAMPLERS[name])
    if name == "smote-nc":
        sampler.set_params(categorical_features=["town"])
    before, label = FRAME.copy(), pd.Series(y, name="late")
    if name in OF_NUMBERS:
        with pytest.raises(ValueError, match=OF_NUMBERS[name]):
            sampler.fit_resample(FRAME, label)
    else:
        X_new, y_new = sampler.fit_resample(FRAME, label)
        assert X_new.columns.tolist() == FRAME.columns.tolist()
        assert X_new["town"].dtype == FRAME["town"].dtype
        assert (y_new.name, len(y_new)) == ("late", len(X_new))
    pd.testing.assert_frame_equal(FRAME, before)


@of_classifiers
def test_members_receive_frames_with_their_categories(name: str) -> None:
    member = HistGradientBoostingClassifier(categorical_features="from_dtype", max_iter=3)
    model = classifiers(member)[name]
    if name in {"RUSBoostClassifier", "BalancedRandomForestClassifier"}:  # they take arrays
        with pytest.raises(ValueError, match="Ulm|Bonn|town"):
            model.fit(FRAME, y)
        return
    model.fit(FRAME, y)
    assert model.predict_proba(FRAME).shape == (140, 2)
    assert model.n_features_in_ == 4 or name == "Pipeline"


# Nesting


@of_samplers
def test_a_sampler_is_searched_and_cross_validated_inside_a_pipeline(name: str) -> None:
    parameters = SAMPLERS[name].get_params(deep=False)
    grid = {"sampler__random_state": [0, 1]} if "random_state" in parameters else {}
    model = poise.make_pipeline(clone(SAMPLERS[name]), GaussianNB())
    model.steps[0] = ("sampler", model.steps[0][1])
    search = GridSearchCV(model, grid or {"gaussiannb__var_smoothing": [1e-9, 1e-3]}, cv=2)
    assert set(search.fit(X, LABELS["text"][y]).predict(X)) == {"no", "yes"}
    with pytest.raises((PoiseError, TypeError), match="fit_transform|transform"):
        make_plain_pipeline(clone(SAMPLERS[name]), GaussianNB()).fit(X, y)


# Members of an ensemble are fitted on few rows, where more of them share a probability than a budget allows.
@pytest.mark.filterwarnings("ignore::poise.exceptions.CannotTellWarning")
@of_classifiers
def test_a_classifier_works_inside_every_meta_estimator(name: str) -> None:
    labels = LABELS["text"][y]
    model = clone(CLASSIFIERS[name])
    for outer in (
        make_plain_pipeline(StandardScaler(), model),
        poise.make_pipeline(StandardScaler(), model),
        CalibratedClassifierCV(model, cv=2),
        VotingClassifier([("one", model), ("two", GaussianNB())], voting="soft"),
        ensemble.BalancedBaggingClassifier(model, 2, random_state=0),
        decisions.FixedThreshold(0.4).classifier(model, pos_label="yes"),
        GridSearchCV(model, {_parameter_of(model): [2, 3]}, cv=2),
        decisions.ResampledClassifier(poise.TomekLinks(), model, cv=2),
    ):
        if isinstance(model, decisions.ThresholdClassifier) and "Bagging" in type(outer).__name__:
            with pytest.raises(UnsupportedTypeError, match="on resampled rows.* Put the sampler"):
                outer.fit(X, labels)
            continue
        if name == "Pipeline" and isinstance(outer, decisions.ResampledClassifier):
            with pytest.raises(PoiseError, match="pipeline with a sampler.* Pass the sampler"):
                outer.fit(X, labels)
            continue
        found = clone(outer).fit(X, labels)
        assert set(found.predict(X)) <= {"no", "yes"}
        assert found.predict_proba(X).shape == (140, 2)


def _parameter_of(model: Any) -> str:
    """Return the name of the depth of its trees, wherever they are in a classifier."""
    return next(name for name in model.get_params() if name.split("__")[-1] == "max_depth")


# Metadata routing


@pytest.fixture
def routing() -> Any:
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@OF_PURE_LEAVES
@of_classifiers
@pytest.mark.usefixtures("routing")
def test_weights_that_are_requested_arrive(name: str) -> None:
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).set_fit_request(sample_weight=True)
    model = classifiers(tree)[name]
    if name == "Pipeline":
        model.steps[0][1].set_fit_request(sample_weight=True)
    else:
        model.set_fit_request(sample_weight=True)
    given = {"sample_weight": np.where(y == 1, 50.0, 1.0)}
    brier = make_scorer(brier_score_loss, response_method="predict_proba")
    brier.set_score_request(sample_weight=False)
    plain, weighted = (
        cross_validate(model, X, y, params=params, cv=3, scoring=brier, error_score="raise")
        for params in ({}, given)
    )
    assert (weighted["test_score"] != plain["test_score"]).all()
    probable = clone(model).fit(X, y, **given).predict_proba(X)[:, 1].mean()
    assert probable > expected(name)[1][:, 1].mean() + 0.02


@of_classifiers
@pytest.mark.usefixtures("routing")
def test_weights_that_nobody_requested_raise(name: str) -> None:
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    with pytest.raises((UnsetMetadataPassedError, PoiseError, TypeError), match="sample_weight"):
        cross_validate(
            classifiers(tree)[name], X, y, params={"sample_weight": WEIGHTS}, error_score="raise"
        )


@of_samplers
@pytest.mark.usefixtures("routing")
def test_a_sampler_works_with_routing(name: str) -> None:
    np.testing.assert_array_equal(clone(SAMPLERS[name]).fit_resample(X, y)[0], expected(name)[0])
    model = poise.make_pipeline(clone(SAMPLERS[name]), GaussianNB())
    assert len(cross_validate(model, X, y, cv=2, error_score="raise")["test_score"]) == 2


# Samplers as parts of ensembles


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("kind", ["BalancedFit", "BalancedBaggingClassifier"])
def test_an_ensemble_uses_every_sampler(kind: str, name: str) -> None:
    """The same members for a seed, of nested samplers too; weights that a sampler computes arrive."""
    model = clone(CLASSIFIERS[kind]).set_params(sampler=clone(SAMPLERS[name]))
    if name == "Pipeline of samplers":
        with pytest.raises(UnsupportedTypeError, match="Put the transformers before"):
            model.fit(X, y)
        return
    for part in model.sampler.get_params():
        if part.rpartition("__")[2] == "random_state":
            model.sampler.set_params(**{part: None})
    first, second = (clone(model).fit(X, y).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    if name == "PrevalenceWeights":
        assert first[:, 1].mean() < 0.3  # the prevalence is 0.21; without the weights 0.4


def test_a_subclass_of_a_sampler_is_not_passed_over() -> None:
    class Few(poise.RandomUnderSampler):
        def fit_resample(self, X: Any, y: Any, **given: Any) -> Any:
            return tuple(part[:20] for part in super().fit_resample(X, y, **given))

    model = ensemble.BalancedBaggingClassifier(sampler=Few(), n_estimators=2, random_state=0)
    counts = [member[-1].tree_.n_node_samples[0] for member in model.fit(X, y).estimators_]
    assert max(counts) <= 20


# Copies and threads


@pytest.mark.parametrize("name", [*SAMPLERS, *CLASSIFIERS])
def test_clones_and_pickles_are_equal_to_the_first(name: str) -> None:
    entry = clone((SAMPLERS | CLASSIFIERS)[name])
    if name in SAMPLERS:
        entry.fit_resample(X, y)
        outcomes = [copy.fit_resample(X, y)[0] for copy in (clone(entry), _pickled(entry))]
        references = [expected(name)[0]] * 2
    else:
        with pytest.raises(NotFittedError):
            entry.predict(X)
        entry.fit(X, y)
        outcomes = [clone(entry).fit(X, y).predict_proba(X), _pickled(entry).predict_proba(X)]
        references = [expected(name)[1]] * 2
    for outcome, reference in zip(outcomes, references, strict=True):
        np.testing.assert_array_equal(outcome, reference)
    again = clone(entry)
    assert not [attribute for attribute in vars(again) if attribute.endswith("_")]
    assert repr(again) == repr((SAMPLERS | CLASSIFIERS)[name])


def _pickled(entry: Any) -> Any:
    return pickle.loads(pickle.dumps(entry))  # its own pickle


WITH_JOBS = [
    name
    for name, entry in (SAMPLERS | CLASSIFIERS).items()
    if "n_jobs" in entry.get_params(deep=False)
]


@pytest.mark.parametrize("name", WITH_JOBS)
def test_the_number_of_jobs_changes_nothing(name: str) -> None:
    entry = clone((SAMPLERS | CLASSIFIERS)[name]).set_params(n_jobs=2)
    if name in SAMPLERS:
        np.testing.assert_array_equal(entry.fit_resample(X, y)[0], expected(name)[0])
    else:
        found = entry.fit(X, y).predict_proba(X)
        np.testing.assert_allclose(found, expected(name)[1], rtol=1e-12)


def test_the_number_of_jobs_changes_no_comparison() -> None:
    assert _values(compared(y, n_jobs=2)) == expected("compare")


# Whether these tables hold everything that is public

ELSEWHERE = {
    "base": "classes to write samplers with, which tests/testing walks",
    "testing": "checks of samplers",
    "big": "samplers on files, whose rows tests/big compares to those of the samplers here",
    "typing": "types to annotate with",
    "export": "takes fitted models, whose decisions tests/test_export compares",
}
NOT_WALKED = {
    "CHECKS": "a table",
    "CONTAINERS": "a table",
    "METHODS": "a table",
    "Proportion": "a strategy, which takes no labels",
    "Ratio": "a strategy, which takes no labels",
    "Plan": "row numbers",
    "Lineage": "row numbers",
    "Pipeline": "in both tables",
    "make_pipeline": "in both tables",
    "is_sampler": "takes no rows",
    "draw": "draws what before_after_data returns",
    "before_after": "draws what before_after_data returns",
    "make_index_balanced_accuracy": "wraps a metric",
    "logit_adjustment": "takes shares",
    "macro_averaged_mean_absolute_error": "of ordered numbers, whose distances count",
    "ValueDifferenceMetric": "of categories in numbers, as in imbalanced-learn",
    "check_target_type": "returns the labels themselves",
    "check_neighbors_object": "takes no rows",
    "fetch_datasets": "takes no rows",
    "raise_isinstance_error": "takes no rows",
}


def test_the_tables_hold_every_public_entry_point() -> None:
    found = {type(entry).__name__ for entry in [*SAMPLERS.values(), *CLASSIFIERS.values()]}
    walked = found | set(FUNCTIONS) | set(CLASSIFIERS) | set(NOT_WALKED)
    missing = set()
    for module in pkgutil.iter_modules(poise.__path__, "poise."):
        public = importlib.import_module(module.name)
        if module.name.rpartition(".")[2] in ELSEWHERE:
            continue
        for name in getattr(public, "__all__", []):
            value = getattr(public, name)
            is_result = isinstance(value, type) and not hasattr(value, "fit")
            if name not in walked and not is_result and not name.startswith("load_"):
                missing.add(f"{module.name}.{name}")
    assert not missing
