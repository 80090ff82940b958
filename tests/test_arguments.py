"""Every argument of decisions, metrics, batches and ensembles: a wrong value is refused by its name."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from poise import (
    SMOTE,
    SVMSMOTE,
    ClusterCentroids,
    InstanceHardnessThreshold,
    KMeansSMOTE,
    decisions,
    ensemble,
    metrics,
    weights,
)
from poise.batches import balanced_batches
from poise.core.errors import PoiseError
from poise.model_selection import InstanceHardnessCV

NAN, INF = float("nan"), float("inf")
Y = [0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1]
P = [0.1, 0.2, 0.3, 0.8, 0.4, 0.7, 0.9, 0.2, 0.6, 0.5, 0.1, 0.6]
X = np.array([[p, p * p] for p in P])
W = [1.0] * 12
NUMBERS = (None, "a", NAN, -1, INF, 10**400, [[1, 2], [3]])
COLUMNS = (
    None,
    "a",
    3,
    ["a"] * 12,
    [NAN] * 12,
    [None] * 12,
    [INF] * 12,
    [[1, 2], [3]],
    [[[1]]] * 12,
    P[:5],
)
LABELS = (None, 3, [NAN] * 12, [None] * 12, [INF] * 12, [[1, 2], [3]], [[[1]]] * 12, Y[:5])
WEIGHTS = (
    "a",
    3,
    ["a"] * 12,
    [NAN] * 12,
    [-1] * 12,
    [INF] * 12,
    [[1, 2], [3]],
    [[[1]]] * 12,
    W[:5],
)
# Per function: a right value and wrong ones for each argument.
Calls = tuple[Callable[..., Any], Mapping[str, Any], Mapping[str, tuple[Any, ...]]]
OF_PROBA = {"y_true": LABELS, "proba": (*COLUMNS, [-1] * 12), "sample_weight": WEIGHTS}
GIVEN = {"y_true": Y, "proba": P, "sample_weight": W}
OF_PRED = {"y_true": LABELS, "y_pred": LABELS, "sample_weight": WEIGHTS}
DECIDED = {"y_true": Y, "y_pred": Y[::-1], "sample_weight": W}
SHARES = ("a", NAN, -1, INF, [0.5], ["a", "b"], [NAN, 1], [[0.5, 0.5], [1]])
WEIGHING = {
    "y": (None, 3, [], [NAN] * 12, [None] * 12, [INF] * 12, [[1, 2], [3]], [[[1]]] * 12),
    "scheme": (
        *NUMBERS,
        {},
        {0: 1},
        {0: 1, 1: NAN},
        {0: 1, 1: -1},
        {0: 0, 1: 0},
        {0: 1, 1: 1, 2: 1},
    ),
    "beta": (*NUMBERS, 1),
    "cap": (*NUMBERS, 0.5),
}
COSTS = decisions.CostMatrix.of_two(false_positive=1, false_negative=4)

CALLS: dict[str, Calls] = {
    name: (getattr(metrics, name), GIVEN, OF_PROBA)
    for name in (
        "brier_score_parts",
        "calibration_fit",
        "calibration_in_the_large",
        "calibration_slope",
        "log_loss_parts",
    )
}
CALLS |= {
    name: (
        getattr(metrics, name),
        GIVEN,
        OF_PROBA | {"n_bins": (*NUMBERS, 2.5, 0), "strategy": NUMBERS},
    )
    for name in ("expected_calibration_error", "excess_calibration_error")
}
CALLS |= {
    name: (getattr(metrics, name), DECIDED, OF_PRED | {"labels": ("a", 3, [NAN, 1], [[1, 2], [3]])})
    for name in (
        "classification_report_imbalanced",
        "geometric_mean_score",
        "sensitivity_score",
        "sensitivity_specificity_support",
        "specificity_score",
    )
}


def fit_of(name: str) -> Callable[..., Any]:
    """Return the `fit` of a new ensemble of a class."""

    def fit(**given: Any) -> Any:
        kind = getattr(ensemble, name)
        own = (
            {"estimator": DecisionTreeClassifier()}
            if name == "BalancedFit"
            else {"n_estimators": 2}
        )
        return kind(**own, random_state=0).fit(**given)

    return fit


BAD_ENSEMBLE = {
    "X": (None, "a", 3, [["a", "b"]] * 12, [[INF, 1]] * 12, X[:5], [[[1]]] * 12),
    "y": LABELS,
    "sample_weight": WEIGHTS,
}
CALLS |= {name: (fit_of(name), {"X": X, "y": Y}, BAD_ENSEMBLE) for name in ensemble.__all__}
CALLS |= {
    "macro_averaged_mean_absolute_error": (
        metrics.macro_averaged_mean_absolute_error,
        DECIDED,
        OF_PRED,
    ),
    "precision_at_k": (
        metrics.precision_at_k,
        {"y_true": Y, "scores": P, "k": 3},
        {"y_true": LABELS, "scores": COLUMNS, "k": (*NUMBERS, 2.5, 13)},
    ),
    "net_benefit": (
        metrics.net_benefit,
        GIVEN | {"threshold": 0.2},
        OF_PROBA | {"threshold": NUMBERS},
    ),
    "make_index_balanced_accuracy": (
        metrics.make_index_balanced_accuracy,
        {},
        {"alpha": (None, "a", NAN, INF, [1]), "squared": (None, "a", 3)},
    ),
    "ValueDifferenceMetric": (
        lambda X, y, **given: metrics.ValueDifferenceMetric(**given).fit(X, y),
        {"X": [[0], [1]] * 6, "y": Y},
        {
            "X": ([["a"]] * 12, [[0.5]] * 12, [[-1]] * 12),
            "n_categories": (None, "a", 3, [1], [NAN]),
            "k": NUMBERS,
            "r": NUMBERS,
        },
    ),
    "class_prior": (
        decisions.class_prior,
        {"y": Y},
        {
            "y": (None, 3, [NAN] * 12, [[1, 2], [3]], [[[1]]] * 12),
            "sample_weight": WEIGHTS,
            "class_weight": (
                "a",
                3,
                [1, 2],
                {0: "a"},
                {0: NAN},
                {0: -1},
                {0: INF},
                {0: None},
                {0: 0, 1: 0},
            ),
        },
    ),
    "shift_prior": (
        decisions.shift_prior,
        {"proba": P, "trained": 0.5, "deployed": 0.1},
        {"proba": (*COLUMNS[:-1], [-1] * 12), "trained": SHARES, "deployed": SHARES},
    ),
    "shift_prior by label": (
        decisions.shift_prior,
        {"proba": P, "trained": {0: 0.5, 1: 0.5}, "deployed": {0: 0.9, 1: 0.1}, "pos_label": 1},
        {
            name: ({0: "a", 1: 0.5}, {0: NAN, 1: 0.5}, {0: -1, 1: 2}, {0: None, 1: 0.5})
            for name in ("trained", "deployed")
        },
    ),
    "estimate_prior": (
        decisions.estimate_prior,
        {"proba": P, "trained": 0.5},
        {"proba": (*COLUMNS[:-1], [-1] * 12), "trained": SHARES, "confidence": NUMBERS},
    ),
    "estimate_prior of labelled rows": (
        decisions.estimate_prior,
        {"proba": P, "y_true": Y, "proba_true": P},
        {"y_true": (3, [NAN] * 12, [[1, 2], [3]]), "proba_true": COLUMNS[1:]},
    ),
    "CostMatrix": (
        decisions.CostMatrix,
        {"costs": [[0, 1], [4, 0]]},
        {
            "costs": (
                None,
                "a",
                3,
                [["a", 1], [1, 0]],
                [[0, 1], [1]],
                [[0, NAN], [1, 0]],
                [[0, INF], [1, 0]],
            ),
            "classes": ("a", 3, [None, 1], [NAN, 1], [1, "a"], [1], [[1, 2], [3]], [1, 0]),
        },
    ),
    "CostMatrix.of_two": (
        decisions.CostMatrix.of_two,
        {"false_positive": 1, "false_negative": 4},
        {
            "false_positive": ("a", None, NAN, INF, [[1, 2], [3]]),
            "false_negative": ("a", None, NAN, INF, ["a"]),
            "true_positive": ("a", NAN, INF),
            "classes": ("a", 3, [None, 1], [1, "a"], [1]),
        },
    ),
    "CostMatrix.class_weights": (
        COSTS.class_weights,
        {"classes": [0, 1], "pos_label": 1},
        {"classes": (None, "a", 3, [None, 1], [1, "a"], [1]), "pos_label": (None, 2, "a")},
    ),
    "CostMatrix.mean": (COSTS.mean, DECIDED, OF_PRED),
    "CostMatrix.decide": (
        COSTS.decide,
        {"proba": P, "classes": [0, 1], "pos_label": 1},
        {"proba": (*COLUMNS[:-1], [-1] * 12), "classes": ("a", 3, [None, 1], [1, "a"], [1])},
    ),
    "CostThreshold": (
        decisions.CostThreshold,
        {"costs": (1, 4)},
        {"costs": (None, "a", 3, (1,), (NAN, 1), ("a", 1), (1, INF))},
    ),
    "FixedThreshold": (decisions.FixedThreshold, {"value": 0.5}, {"value": (*NUMBERS, 2)}),
    "TunedThreshold": (decisions.TunedThreshold, {"metric": "f1"}, {"metric": NUMBERS}),
    "TunedThreshold.threshold": (
        decisions.TunedThreshold("f1").threshold,
        GIVEN,
        OF_PROBA,
    ),
    "RecallAtPrecision": (
        decisions.RecallAtPrecision,
        {"precision": 0.5, "confidence": 0.9},
        {"precision": NUMBERS, "confidence": NUMBERS[1:]},
    ),
    "LowestCost": (
        decisions.LowestCost,
        {"costs": (1, 9)},
        {"costs": ("a", 3, (1,), (NAN, 1), ("a", 1))},
    ),
    "AlertBudget": (
        decisions.AlertBudget,
        {"alerts": 1, "rows": 4},
        {"alerts": NUMBERS, "rows": NUMBERS},
    ),
    "threshold_curve": (
        decisions.threshold_curve,
        GIVEN,
        OF_PROBA | {"costs": ("a", 3, (1,), (NAN, 1), ("a", 1))},
    ),
    "cost_curve": (decisions.cost_curve, GIVEN, OF_PROBA | {"n_points": (*NUMBERS, 2.5, 0)}),
    "reliability_curve": (
        decisions.reliability_curve,
        GIVEN,
        OF_PROBA | {"n_bins": (*NUMBERS, 2.5), "strategy": NUMBERS, "confidence": NUMBERS},
    ),
    "PrevalenceWeights": (
        lambda sample_weight: decisions.PrevalenceWeights(SMOTE(k_neighbors=1)).fit_resample(
            X, Y, sample_weight=sample_weight
        ),
        {"sample_weight": W},
        {"sample_weight": WEIGHTS},
    ),
    "ResampledClassifier": (
        lambda sample_weight: decisions.ResampledClassifier(None, DecisionTreeClassifier()).fit(
            X, Y, sample_weight
        ),
        {"sample_weight": W},
        {"sample_weight": WEIGHTS},
    ),
    "ReweightedClassifier": (
        lambda sample_weight=None, **given: decisions.ReweightedClassifier(
            LogisticRegression(), **{"cv": 3} | given
        ).fit(X, Y, sample_weight),
        {"sample_weight": W},
        {name: wrong for name, wrong in WEIGHING.items() if name != "y"}
        | {"sample_weight": WEIGHTS, "cv": ("a", NAN, -1, INF, 1, [[1, 2], [3]])},
    ),
    "ThresholdClassifier": (
        lambda sample_weight: decisions.ThresholdClassifier(
            decisions.FixedThreshold(), LogisticRegression()
        ).fit(X, Y, sample_weight),
        {"sample_weight": W},
        {"sample_weight": WEIGHTS},
    ),
    "cross_fitted": (
        lambda **given: decisions.cross_fitted(LogisticRegression(), X, X_new=X, **given),
        {"y": Y, "cv": 2},
        {"y": (None, 3, [NAN] * 12, [[1, 2], [3]]), "cv": ("a", NAN, -1, INF, 1, [[1, 2], [3]])},
    ),
    "balanced_batches": (
        balanced_batches,
        {"y": Y, "batch_size": 4},
        {
            "y": (None, 3, [], [NAN] * 12, [[1, 2], [3]], [[[1]]] * 12),
            "batch_size": (*NUMBERS, 2.5, 1),
            "epoch": NUMBERS,
            "random_state": (*NUMBERS, 2.5),
            "scheme": (*NUMBERS, {0: 1}, {0: 1, 1: NAN}, {0: 1, 1: -1}, {0: 1, 1: 1, 2: 1}),
            "shares": (*NUMBERS[1:], {0: 1}, {0: 1, 1: NAN}, {0: 0.5, 1: 0.6}),
            "counts": NUMBERS,
            "drop_last": NUMBERS,
            "num_replicas": (*NUMBERS, 2.5, 0),
            "rank": (*NUMBERS, 2.5, 1),
        },
    ),
    "class_weights": (weights.class_weights, {"y": Y}, WEIGHING),
    "sample_weights": (
        weights.sample_weights,
        {"y": Y, "groups": P},
        WEIGHING | {"groups": (3, [[1, 2], [3]], [[[1]]] * 12, P[:5])},
    ),
    "weight_parameters": (
        weights.weight_parameters,
        {"y": Y, "library": "xgboost"},
        WEIGHING | {"library": NUMBERS},
    ),
    "logit_adjustment": (
        weights.logit_adjustment,
        {"prior": [0.9, 0.1]},
        {"prior": (None, *SHARES, [0, 1]), "tau": NUMBERS},
    ),
    "FocalObjective": (
        weights.FocalObjective,
        {"gamma": 2},
        {"gamma": NUMBERS, "alpha": ("a", NAN, -1, INF, 1, [NAN, 1], [-1, 1], [[1, 2], [3]])},
    ),
    "FocalObjective.loss": (
        weights.FocalObjective().loss,
        {"y_true": Y, "y_pred": P},
        {"y_true": (None, "a", [NAN] * 12, [2] * 12, Y[:5]), "y_pred": (None, "a", 3, P[:5])},
    ),
    "SMOTE": (
        lambda sample_weight: SMOTE(k_neighbors=2).fit_resample(X, Y, sample_weight=sample_weight),
        {"sample_weight": W},
        {"sample_weight": [wrong for wrong in WEIGHTS if wrong != 3]},  # "3 is not an array"
    ),
}
CASES = [
    (name, argument, wrong)
    for name, (_, _, arguments) in CALLS.items()
    for argument, values in arguments.items()
    for wrong in values
]


def test_every_public_function_is_called() -> None:
    known = {name.partition(".")[0].partition(" ")[0] for name in CALLS}
    results = {
        "CalibrationFit",
        "ScoreParts",
        "CostCurve",
        "CrossFitted",
        "PriorEstimate",
        "ReliabilityCurve",
        "Residual",
        "ThresholdCurve",
    }
    public = [name for part in (metrics, decisions, ensemble, weights) for name in part.__all__]
    assert known | results >= set(public)


@pytest.mark.parametrize("name", CALLS)
def test_right_arguments_are_taken(name: str) -> None:
    function, right, _ = CALLS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function(**right)


@pytest.mark.parametrize(("name", "argument", "wrong"), CASES)
def test_a_wrong_argument_is_refused_by_its_name(name: str, argument: str, wrong: Any) -> None:
    function, right, _ = CALLS[name]
    with warnings.catch_warnings(), pytest.raises(PoiseError) as raised:
        warnings.simplefilter("ignore")
        function(**{**right, argument: wrong})
    words = str(raised.value)
    known_as = ("y ", "y_true") if argument in ("y_true", "y_pred", "y") else (argument,)
    assert any(word in words for word in (argument, *known_as)), words


_NO_ESTIMATORS = (5, "tree", LogisticRegression, LinearRegression())
_TAKE_ESTIMATORS: dict[str, Callable[[Any], Any]] = {
    "cross_fitted": lambda e: decisions.cross_fitted(e, X, Y, X),
    "ResampledClassifier": lambda e: decisions.ResampledClassifier(SMOTE(), e).fit(X, Y),
    "ReweightedClassifier": lambda e: decisions.ReweightedClassifier(e).fit(X, Y),
    "ThresholdClassifier": lambda e: decisions.ThresholdClassifier(
        decisions.TunedThreshold(), e
    ).fit(X, Y),
    "InstanceHardnessCV": lambda e: list(InstanceHardnessCV(e, n_splits=2).split(X, Y)),
    "InstanceHardnessThreshold": lambda e: InstanceHardnessThreshold(estimator=e).fit(X, Y),
    "bagging": lambda e: ensemble.BalancedBaggingClassifier(e, n_estimators=2).fit(X, Y),
    "easy": lambda e: ensemble.EasyEnsembleClassifier(2, e).fit(X, Y),
    "boosting": lambda e: ensemble.RUSBoostClassifier(e, n_estimators=2).fit(X, Y),
}


@pytest.mark.parametrize("estimator", _NO_ESTIMATORS, ids=str)
@pytest.mark.parametrize("name", _TAKE_ESTIMATORS)
def test_an_estimator_is_an_instance_of_a_classifier(name: str, estimator: Any) -> None:
    with pytest.raises(PoiseError, match="estimator"):
        _TAKE_ESTIMATORS[name](estimator)


@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(k_neighbors=NearestNeighbors),
        SVMSMOTE(svm_estimator=SVC),
        KMeansSMOTE(kmeans_estimator=KMeans),
        ClusterCentroids(estimator=KMeans),
    ],
    ids=str,
)
def test_a_sampler_takes_instances_not_classes(sampler: Any) -> None:
    with pytest.raises(PoiseError, match="parameter of .* must be"):
        sampler.fit(X, Y)


@pytest.mark.parametrize("n_jobs", [0, 2**70, -(2**70), "2", 2.0])
@pytest.mark.parametrize(
    "fit",
    [
        lambda n: decisions.cross_fitted(LogisticRegression(), X, Y, X, cv=2, n_jobs=n),
        lambda n: decisions.ResampledClassifier(SMOTE(), LogisticRegression(), n_jobs=n).fit(X, Y),
        lambda n: decisions.ThresholdClassifier(
            decisions.TunedThreshold(), LogisticRegression(), n_jobs=n
        ).fit(X, Y),
        lambda n: decisions.ReweightedClassifier(LogisticRegression(), n_jobs=n).fit(X, Y),
        lambda n: ensemble.BalancedBaggingClassifier(n_estimators=2, n_jobs=n).fit(X, Y),
        lambda n: ensemble.BalancedRandomForestClassifier(n_estimators=2, n_jobs=n).fit(X, Y),
        lambda n: ensemble.EasyEnsembleClassifier(n_estimators=2, n_jobs=n).fit(X, Y),
    ],
)
def test_a_number_of_processes_that_cannot_be_is_refused(fit: Any, n_jobs: Any) -> None:
    with pytest.raises(PoiseError, match="'n_jobs' parameter of"):
        fit(n_jobs)
