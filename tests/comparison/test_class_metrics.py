"""Several classes: metrics beside scikit-learn's, their influences, and the whole comparison."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    matthews_corrcoef,
    roc_auc_score,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from poise import compare
from poise.comparison import ComparedClassifier, Comparison
from poise.comparison.class_metrics import (
    LARGEST,
    log_losses_of_classes,
    metrics_for,
    squared_errors_of_classes,
)
from poise.comparison.metrics import METRICS, Decision, Key
from poise.comparison.scored_fold import DecisionSettings, OtherFolds, ScoredFold
from poise.core.errors import FileError, InputError
from poise.decisions import CostMatrix, CostThreshold, FixedThreshold, TunedThreshold
from poise.study.gains import variance_of_rows

LABELS = ["a", "b", "c"]
COSTS = CostMatrix([[0, 1, 2], [2, 0, 2], [9, 6, 0]], LABELS)
BY_PLACE = CostMatrix(COSTS.costs, [0, 1, 2])
RNG = np.random.RandomState(0)
CODES = np.repeat([0, 1, 2], [60, 30, 12])
PROBA = RNG.dirichlet([1, 1, 1], 102) + 1.5 * np.eye(3)[CODES] * RNG.rand(102, 1)
PROBA = PROBA / PROBA.sum(axis=1, keepdims=True)
WEIGHTS = RNG.rand(102) + 0.2
METRICS_OF_3 = metrics_for(LABELS)
SETTINGS = DecisionSettings(costs=BY_PLACE)


def outcome_of(name: str, weights: Any = None) -> Any:
    """Return what a metric is computed from, of all rows in one fold."""
    others = OtherFolds(CODES[::-1], PROBA[::-1], None)
    fold = ScoredFold(CODES, PROBA, {"as trained": PROBA}, others, 0.0, SETTINGS, weights)
    return next(iter(METRICS_OF_3[name].outcomes(fold)))[2]


def value_of(name: str, outcome: Any, weights: Any = None) -> float:
    metric = METRICS_OF_3[name]
    fold = ScoredFold(CODES, PROBA, {}, None, 0.0, SETTINGS, weights)
    return metric.value_of(fold, outcome)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_metrics_of_several_classes_are_those_of_scikit_learn(weights: Any) -> None:
    of_rows = {"sample_weight": weights}
    decided = outcome_of("f1")
    is_class = np.eye(3)[CODES]
    expected = {
        "roc_auc": np.mean([roc_auc_score(k == CODES, PROBA[:, k], **of_rows) for k in range(3)]),
        "average_precision": average_precision_score(is_class, PROBA, **of_rows),
        "log_loss": log_loss(CODES, PROBA, **of_rows),
        "brier": brier_score_loss(CODES, PROBA, **of_rows),
        "f1": f1_score(CODES, decided, average="macro", **of_rows),
        "mcc": matthews_corrcoef(CODES, decided, **of_rows),
        "balanced_accuracy": balanced_accuracy_score(CODES, decided, **of_rows),
        "cost": np.average(COSTS.costs[CODES, decided], weights=weights),
        "roc_auc of b": roc_auc_score(CODES == 1, PROBA[:, 1], **of_rows),
        "average_precision of c": average_precision_score(CODES == 2, PROBA[:, 2], **of_rows),
    }
    recalls = [np.average(decided[k == CODES] == k, weights=None if weights is None else weights[k == CODES]) for k in range(3)]  # fmt: skip
    expected["g_mean"] = np.prod(recalls) ** (1 / 3)
    for name, value in expected.items():
        is_decision = isinstance(METRICS_OF_3[name], Decision)
        found = value_of(name, decided if is_decision else PROBA, weights)
        assert found == pytest.approx(value, abs=1e-12), name


@pytest.mark.parametrize("name", [n for n, m in METRICS_OF_3.items() if m.influence is not None])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_the_influence_of_a_row_is_what_a_little_more_weight_changes(
    name: str, weights: Any
) -> None:
    metric = METRICS_OF_3[name]
    outcome = outcome_of("f1") if isinstance(metric, Decision) else PROBA
    found = metric.influence_of(CODES, outcome, SETTINGS, weights)
    assert found.value == pytest.approx(value_of(name, outcome, weights), abs=1e-12)
    own = np.ones(102) if weights is None else weights
    for row in (0, 61, 101):
        more = own.copy()
        more[row] *= 1 + 1e-6
        change = (value_of(name, outcome, more) - value_of(name, outcome, own)) / 1e-6
        # Influences on areas under ROC curves count n - 1 degrees of freedom; the rarest class has 12 rows.
        slack = np.sqrt(12 / 11) - 1 if "roc_auc" in name else 0
        slack *= abs(found.of_row).max()
        assert found.of_row[row] == pytest.approx(change, rel=1e-4, abs=slack + 1e-8)


def test_two_classes_keep_their_metrics() -> None:
    assert metrics_for([]) is METRICS
    assert METRICS_OF_3["f1"].title == "macro F1"
    many = metrics_for(range(21))
    assert not any(" of " in name for name in many)


def test_errors_of_squared_distances_are_those_of_two_classes_if_there_are_two() -> None:
    p = np.array([0.2, 0.9, 0.4])
    both = squared_errors_of_classes(np.array([0, 1, 1]), np.c_[1 - p, p])
    assert both.tolist() == pytest.approx([0.08, 0.02, 0.72])


def test_probabilities_of_zero_count_only_where_the_class_is_true() -> None:
    p = np.array([[0.7, 0.3, 0.0], [0.2, 0.2, 0.6], [0.0, 0.4, 0.6]])
    assert log_losses_of_classes(np.array([0, 1, 2]), p).mean() == pytest.approx(
        log_loss([0, 1, 2], p)
    )
    assert log_losses_of_classes(np.array([2, 1, 2]), p)[0] == pytest.approx(-np.log(0.5 / 3))


def test_the_variance_of_rows_is_within_each_class() -> None:
    shifted = CODES * 0.5
    assert variance_of_rows(shifted, CODES).variance == pytest.approx(0)
    assert variance_of_rows(shifted, CODES > 0).variance > 0.1


@pytest.fixture(scope="module")
def table() -> tuple[Any, Any]:
    X, y = make_classification(
        420, 6, n_informative=4, n_classes=3, weights=[0.65, 0.25], class_sep=1.2, random_state=1
    )
    return X, np.array(LABELS)[y]


@pytest.fixture(scope="module")
def quick() -> dict[str, Any]:
    return {
        "approaches": ["class-weights", "smote", "balanced-bagging", "tuned-smote"],
        "estimators": ["logistic"],
        "n_repeats": 1,
        "cv": 3,
        "n_jobs": 1,
        "costs": COSTS,
    }


@pytest.fixture(scope="module")
def result(table: Any, quick: dict[str, Any]) -> Comparison:
    return compare(*table, **quick)


def test_several_classes_are_compared_by_means_over_them(result: Comparison) -> None:
    assert result.status == {("logistic", name): [] for name in result.approaches}
    assert result.facts["classes"] == LABELS
    assert result.primary.name == "cost"
    found = {d.key.metric for d in result.differences}
    assert {"roc_auc", "f1", "mcc", "roc_auc of c", "average_precision of a", "cost"} <= found
    assert "recall_at_precision" not in found
    thresholds = {key.threshold for key in result.values if key.metric == "cost"}
    assert thresholds == {"by cost", LARGEST}
    assert result.advice[0].startswith("Leave the rows as they are and decide for the lowest")
    for name in result.approaches:
        arm = ("logistic", name)
        macro, of_class = (
            result.mean(Key(*arm, None, None, metric))
            for metric in ("roc_auc", "average_precision of c")
        )
        assert 0.7 < macro < 1
        assert 0.2 < of_class < 1
        auc = [result.mean(Key(*arm, None, None, f"roc_auc of {one}")) for one in LABELS]
        assert macro == pytest.approx(np.mean(auc))


def test_the_advice_names_classes_and_their_thresholds(result: Comparison) -> None:
    by_f1 = result.judged(primary_metric="f1_macro", effect_prior="flat")
    text = " ".join(by_f1.advice)
    assert "macro F1" in text
    assert "finds of 100 rows each" in text
    assert " of class a, " in text
    assert "more events" not in text
    assert "alarm" not in text
    page = by_f1.to_html()
    assert "3 classes: <b>a</b>" in page
    assert "rows of 3 classes" in by_f1.to_markdown()


def test_more_than_twenty_classes_are_compared_by_their_means(quick: dict[str, Any]) -> None:
    rng = np.random.RandomState(0)
    y = np.repeat(np.arange(22), 9)
    X = rng.randn(198, 3) + 3 * rng.randn(22, 3)[y]
    given = quick | {"approaches": ["random-over"], "estimators": [KNeighborsClassifier(3)]}
    found = compare(X, y, **given | {"costs": None})
    assert not any(" of " in key.metric for key in found.gains)
    assert "(the rarest of 22 classes)" in " ".join(found.advice)
    assert found.to_html().count('<tr class="advised">') <= 1


def test_classes_without_probabilities_are_ranked_and_not_decided(
    table: Any, quick: dict[str, Any]
) -> None:
    given = quick | {"approaches": ["smote"], "estimators": {"svc": LinearSVC()}, "costs": None}
    found = compare(*table, **given)
    assert found.mean(Key("svc", "smote", None, None, "roc_auc")) > 0.7
    assert "wrap it in sklearn.calibration.CalibratedClassifierCV" in found.advice[0]


class Rounded(LogisticRegression):  # type: ignore[misc]
    def predict_proba(self, X: Any) -> Any:
        return np.round(super().predict_proba(X), 1)


def test_rows_that_do_not_add_up_to_one_are_a_failure_of_their_setup(
    table: Any, quick: dict[str, Any]
) -> None:
    given = quick | {"approaches": ["smote"], "estimators": {"bad": Rounded(), "good": "logistic"}}
    found = compare(*table, **given)
    assert "rows that do not add up to 1" in found.status["bad", "smote"][0]
    assert not found.status["good", "smote"]


def test_pictures_of_several_classes_name_the_one_that_they_show(result: Comparison) -> None:
    assert "of c," in result.plot("pr").get_title()
    assert "of c," in result.plot("reliability").get_title()
    with pytest.raises(InputError, match="several have one threshold each"):
        result.plot("threshold")
    with pytest.raises(InputError, match="No approach has decisions in roc_auc"):
        result.plot("gain", metric="roc_auc")
    plt.close("all")


def test_ties_are_decided_as_scikit_learn_decides_them(table: Any) -> None:
    X, y = table
    knn = KNeighborsClassifier(4)
    result = compare(
        X, y, approaches=["class-weights"], estimators={"knn": knn}, n_repeats=1, cv=3, n_jobs=1
    )
    untuned = result.setups.unfitted("as-is", "knn", None).fit(X, y)
    inner = untuned.estimator_
    assert (untuned.predict(X) == inner.predict(X)).all()
    assert untuned.predict(X).dtype == y.dtype


def test_a_saved_comparison_of_several_classes_is_read_again(
    result: Comparison, tmp_path: Path
) -> None:
    path = tmp_path / "found.json"
    result.save(path)
    again = Comparison.load(path)
    assert again.advice == result.advice
    assert again.differences == result.differences
    path.write_text(path.read_text().replace('"classes": ["a", ', '"classes": ["z", "a", '))
    with pytest.raises(FileError, match="damaged"):
        Comparison.load(path)


def test_an_interrupted_comparison_of_several_classes_continues(
    table: Any, quick: dict[str, Any], result: Comparison, tmp_path: Path
) -> None:
    path = tmp_path / "scores.jsonl"
    first = compare(*table, **quick, resume=path, time_budget=1e-9)
    assert first.facts["n_folds"] == 1
    whole = compare(*table, **quick, resume=path)
    assert whole.gains.keys() == result.gains.keys()
    assert [d.verdict for d in whole.differences] == [d.verdict for d in result.differences]


@pytest.mark.parametrize("approach", ["class-weights", "smote", "balanced-bagging"])
def test_probabilities_of_several_classes_are_corrected_for_their_shares(
    table: Any, approach: str
) -> None:
    X, y = table
    model = ComparedClassifier(approach, "logistic").fit(X, y)
    assert model.classes_.tolist() == LABELS
    shares = [np.mean(y == label) for label in LABELS]
    assert list(model.deployment_prior_.values()) == pytest.approx(shares)
    assert list(model.trained_prior_.values()) == pytest.approx([1 / 3] * 3)
    assert model.predict_proba(X).mean(axis=0) == pytest.approx(shares, abs=0.03)
    assert set(model.predict(X)) == set(LABELS)


def test_policies_of_several_classes_are_deployed(table: Any, result: Comparison) -> None:
    X, y = table
    by_cost = result.unfitted("smote", "logistic")
    assert isinstance(by_cost.policy, CostThreshold)
    decided = by_cost.fit(X, y).predict(X)
    assert (decided == COSTS.decide(by_cost.predict_proba(X))).all()
    tuned = result.unfitted("as-is", "logistic", metric="f1")
    assert isinstance(tuned.policy, TunedThreshold)
    model = tuned.fit(X, y)
    assert model.class_thresholds_.sum() == pytest.approx(1)
    expected = (model.predict_proba(X) / model.class_thresholds_).argmax(axis=1)
    assert (model.predict(X) == np.array(LABELS)[expected]).all()
    untuned = result.setups.unfitted("as-is", "logistic", None)
    assert isinstance(untuned.policy, FixedThreshold)
    largest = untuned.fit(X, y)
    assert (largest.predict(X) == largest.classes_[largest.predict_proba(X).argmax(axis=1)]).all()


def test_what_is_found_of_each_class_adds_up_to_balanced_accuracy(result: Comparison) -> None:
    by_class = replace(result, facts=result.facts | {"primary_metric": "balanced_accuracy"})
    arm = ("logistic", "smote")
    found = [by_class.found(arm, label) for label in LABELS]
    untuned = result.mean(Key(*arm, "as trained", LARGEST, "balanced_accuracy"))
    assert np.mean([one.recall_at_half for one in found]) == pytest.approx(untuned, abs=0.01)
    tuned = result.mean(Key(*arm, None, "tuned", "balanced_accuracy"))
    assert np.mean([one.recall for one in found]) == pytest.approx(tuned, abs=0.01)
    assert by_class.found(arm) == found[2]
    assert np.isnan(by_class.found(arm, "none").recall)


def test_weights_of_rows_count_in_several_classes(table: Any, quick: dict[str, Any]) -> None:
    X, y = table
    given = quick | {"approaches": ["smote"]}
    ones = compare(X, y, **given, sample_weight=np.ones(len(y)))
    plain = compare(X, y, **given)
    for key, values in plain.values.items():
        if key.metric != "fit_seconds":
            assert ones.values[key] == pytest.approx(values, abs=1e-9)
    heavy = compare(X, y, **given, sample_weight=np.where(y == "c", 5.0, 1.0))
    assert heavy.facts["class_shares"][2] > 2 * len(y[y == "c"]) / len(y)
