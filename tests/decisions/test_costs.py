"""Costs, thresholds and policies: closed forms against plain searches."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, matthews_corrcoef, precision_score, recall_score
from sklearn.model_selection import (
    FixedThresholdClassifier,
    TunedThresholdClassifierCV,
    cross_val_predict,
)
from sklearn.svm import LinearSVC

from poise.core.errors import InputError, UnknownNameError
from poise.decisions import (
    AlertBudget,
    CostMatrix,
    CostThreshold,
    FixedThreshold,
    RecallAtPrecision,
    TunedThreshold,
    threshold_curve,
)
from poise.metrics import geometric_mean_score, precision_at_k

X, Y = make_classification(1500, weights=[0.9], flip_y=0.05, random_state=0)
MODEL = LogisticRegression().fit(X[:750], Y[:750])
P = MODEL.predict_proba(X[750:])[:, 1]
T = Y[750:]


@given(st.floats(0.1, 100), st.floats(0.1, 100), st.floats(-5, 0), st.floats(-5, 0))
def test_at_elkans_threshold_both_decisions_cost_the_same(
    alarm: float, miss: float, right_alarm: float, right_silence: float
) -> None:
    costs = CostMatrix.of_two(
        false_positive=alarm,
        false_negative=miss,
        true_positive=right_alarm,
        true_negative=right_silence,
    )
    each = costs.expected_of_each([costs.threshold])[0]
    assert each[0] == pytest.approx(each[1], abs=1e-9)
    nearby = costs.threshold + np.array([-0.01, 0.01])
    assert costs.decide(nearby.clip(0, 1)).tolist() == [0, 1]


def test_costs_of_each_row_give_each_its_threshold() -> None:
    amounts = np.array([10.0, 100.0, 1000.0])
    costs = CostMatrix.of_two(false_positive=10, false_negative=amounts)
    np.testing.assert_allclose(costs.threshold, 10 / (10 + amounts))
    assert costs.decide([0.3, 0.3, 0.05]).tolist() == [0, 1, 1]
    assert costs.expected([0.3, 0.3, 0.05]).tolist() == pytest.approx([3, 7, 9.5])
    assert costs.take([2]).threshold == pytest.approx([10 / 1010])
    assert costs.mean([1, 0, 1], [0, 1, 1]) == pytest.approx(20 / 3)


def test_a_row_whose_event_is_not_worth_an_alarm_is_decided_plainly() -> None:
    # An alarm costs 5 whatever is true, a miss the amount.
    amounts = [100.0, 3.0, 0.0]
    costs = CostMatrix.of_two(false_positive=5, true_positive=5, false_negative=amounts)
    assert costs.threshold.tolist() == [0.05, np.inf, np.inf]
    assert costs.decide([0.9, 0.9, 0.9]).tolist() == [1, 0, 0]


def test_the_event_may_come_first_in_sorted_order() -> None:
    costs = CostMatrix.of_two(false_positive=1, false_negative=9, classes=["good", "bad"])
    assert costs.classes.tolist() == ["bad", "good"]
    assert costs.mean(["bad", "good"], ["good", "bad"]) == 5
    assert costs.for_event("bad").threshold == pytest.approx(0.1)
    assert costs.for_event("good").threshold == pytest.approx(0.9)
    y = np.array(["good", "bad"])[T]
    by_name = threshold_curve(y, P, costs=costs, pos_label="bad")
    plain = CostMatrix.of_two(false_positive=1, false_negative=9)
    np.testing.assert_allclose(by_name.cost, threshold_curve(T, P, costs=plain).cost)
    names = np.array(["good", "bad"])[Y]
    model = CostThreshold(costs).classifier(LogisticRegression(), pos_label="bad")
    decided = model.fit(X[:750], names[:750]).predict(X[750:])
    proba = model.estimator_.predict_proba(X[750:])
    assert (decided == costs.decide(proba)).all()


def test_labels_may_stand_in_a_column() -> None:
    costs = CostMatrix.of_two(false_positive=1, false_negative=9)
    assert costs.mean(T[:, None], T) == 0
    with pytest.raises(InputError, match="must have one column"):
        costs.mean(np.eye(2), [0, 1])


def test_weights_that_round_or_are_0_change_no_threshold() -> None:
    for seed in range(30):
        rng = np.random.RandomState(seed)
        y = rng.randint(0, 2, 20)
        p, w = np.clip(y * 0.6 + rng.rand(20) * 0.3, 0, 1), rng.rand(20)
        assert np.isfinite(threshold_curve(y, p, sample_weight=w).metric("g_mean")).all()
    y, p, w = [0, 0, 1, 1, 0], [0.2, 0.3, 0.4, 0.5, 0.1], [1, 1, 1, 1, 0]
    costs = CostMatrix.of_two(false_positive=1, false_negative=[9, 8, 7, 6, 5])
    with_row = threshold_curve(y, p, sample_weight=w, costs=costs)
    without = threshold_curve(y[:4], p[:4], costs=costs.take(slice(4)))
    np.testing.assert_allclose(with_row.cost, without.cost)
    np.testing.assert_allclose(with_row.threshold, without.threshold)


def test_a_tuned_precision_is_kept_out_of_fold() -> None:
    for least in (0.7, 0.8, 0.9):
        model = RecallAtPrecision(least).classifier(LogisticRegression(), cv=5).fit(X, Y)
        p = cross_val_predict(LogisticRegression(), X, Y, cv=5, method="predict_proba")[:, 1]
        assert Y[p >= model.best_threshold_].mean() > least - 0.02


def test_three_classes_are_decided_by_expected_cost() -> None:
    costs = CostMatrix([[0, 1, 4], [2, 0, 3], [9, 5, 0]], classes=["a", "b", "c"])
    rng = np.random.RandomState(0)
    proba = rng.dirichlet([1, 1, 1], size=50)
    expected = [min("abc", key=lambda d: p @ costs.costs[:, "abc".index(d)]) for p in proba]
    assert costs.decide(proba).tolist() == expected
    decided = costs.decide(proba)
    best = costs.mean(["a"] * 50, decided)
    assert best == pytest.approx(np.mean([costs.costs[0]["abc".index(d)] for d in decided]))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: CostMatrix([[0, 1], [1, 0], [1, 1]]), "costs has shape (3, 2)"),
        (lambda: CostMatrix([1, 2]), "costs has shape (2,)"),
        (lambda: CostMatrix([[0, np.nan], [1, 0]]), "finite"),
        (lambda: CostMatrix([[0, 1], [1, 0]], classes=["b", "a"]), "sorted order"),
        (lambda: CostMatrix([[0, 1], [1, 0]], classes=["a"]), "costs is of 2 classes"),
        (
            lambda: CostMatrix([[5, 1], [1, 0]]),
            "where 0 is true, to decide 1 costs less than to decide right",
        ),
        (
            lambda: CostMatrix.of_two(false_positive=0, false_negative=5),
            "to decide 0 never costs less than to decide 1",
        ),
        (
            lambda: CostMatrix.of_two(false_positive=[1.0, -1.0], false_negative=[5.0, -1.0]),
            "of row 1 do not belong together: whatever is true",
        ),
        (
            lambda: CostMatrix.of_two(false_positive=[1.0, 2.0], false_negative=[1.0] * 3),
            "shapes (), (2,), (3,), ()",
        ),
        (lambda: CostMatrix(1 - np.eye(3)).threshold, "A threshold is of two classes"),
        (lambda: CostMatrix(1 - np.eye(3)).decide([0.5]), "proba has 2 columns"),
        (lambda: CostMatrix(1 - np.eye(2)).mean([0, 2], [0, 0]), "y_true has the label 2"),
        (lambda: CostMatrix(1 - np.eye(2)).mean([0], [0, 0]), "1 rows and y_pred 2"),
        (
            lambda: CostMatrix.of_two(false_positive=1, false_negative=[1.0, 2.0]).decide([0.5]),
            "2 rows each, and 1 rows were given",
        ),
        (
            lambda: CostThreshold(CostMatrix.of_two(false_positive=1, false_negative=[1.0, 2.0])),
            "differ from row to row",
        ),
        (lambda: CostThreshold(3), "must be a CostMatrix"),
        (lambda: FixedThreshold(1.5), "value=1.5"),
        (lambda: RecallAtPrecision(0), "precision=0"),
        (lambda: AlertBudget(5, rows=3), "alerts=5"),
    ],
)
def test_what_does_not_belong_together_is_told(make: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert words in str(caught.value)


# Thresholds

ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=2, max_size=25)
METRICS = {
    "f1": lambda y, d: f1_score(y, d, zero_division=0),
    "mcc": matthews_corrcoef,
    "g_mean": geometric_mean_score,
}


@pytest.mark.parametrize("metric", sorted(METRICS))
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@given(rows=ROWS.filter(lambda rows: len({row[0] for row in rows}) == 2))
def test_a_tuned_threshold_is_the_best_there_is(metric: str, rows: list[Any]) -> None:
    y, p = np.array([r[0] for r in rows]).astype(int), np.array([r[1] for r in rows]) / 8
    every = [METRICS[metric](y, (p >= t).astype(int)) for t in [*np.unique(p), 1.01]]
    chosen = TunedThreshold(metric).threshold(y, p)
    assert METRICS[metric](y, (p >= chosen).astype(int)) == pytest.approx(max(every))


@given(ROWS.filter(lambda rows: len({row[0] for row in rows}) == 2), st.floats(0.05, 1))
def test_recall_at_precision_is_the_highest_there_is(rows: list[Any], least: float) -> None:
    y, p = np.array([r[0] for r in rows]).astype(int), np.array([r[1] for r in rows]) / 8
    chosen = p >= RecallAtPrecision(least).threshold(y, p)
    precise = {
        t: (precision_score(y, p >= t), recall_score(y, p >= t)) for t in np.unique(p).tolist()
    }
    possible = [recall for precision, recall in precise.values() if precision >= least]
    if possible:
        assert recall_score(y, chosen) == max(possible)
        assert precision_score(y, chosen) >= least
    else:
        assert not chosen.any()


@given(ROWS, st.integers(1, 25))
def test_a_budget_gives_the_most_alerts_that_it_holds(rows: list[Any], alerts: int) -> None:
    y, p = np.array([r[0] for r in rows]).astype(int), np.array([r[1] for r in rows]) / 8
    alerts = min(alerts, len(rows))
    threshold = AlertBudget(alerts, rows=len(rows)).threshold(y, p, pos_label=1)
    n = int((p >= threshold).sum())
    following = p[p < threshold]
    more = n + int((p == following.max()).sum()) if len(following) else np.inf
    assert n <= alerts < more


def test_the_precision_of_a_budget_is_that_of_the_first_k() -> None:
    chosen = AlertBudget(30, rows=len(P)).threshold(T, P) <= P
    assert chosen.sum() == 30
    assert T[chosen].mean() == precision_at_k(T, P, 30)


def test_a_curve_counts_what_each_threshold_does() -> None:
    weights = np.random.RandomState(0).randint(1, 4, len(T))
    costs = CostMatrix.of_two(false_positive=1, false_negative=np.arange(1.0, len(T) + 1))
    curve = threshold_curve(T, P, sample_weight=weights, costs=costs)
    assert curve.cost is not None
    for place in range(0, len(curve.threshold), 37):
        alert = curve.threshold[place] <= P
        assert curve.tp[place] == weights[alert & (T == 1)].sum()
        assert curve.fp[place] == weights[alert & (T == 0)].sum()
        assert curve.fn[place] == weights[~alert & (T == 1)].sum()
        expected = costs.mean(T, alert.astype(int), sample_weight=weights)
        assert curve.cost[place] == pytest.approx(expected)
    assert (np.diff(curve.threshold) < 0).all()


def test_neighbouring_floats_are_told_apart() -> None:
    low = 0.3
    high = float(np.nextafter(low, 1))
    curve = threshold_curve([0, 1], [low, high])
    assert [int((np.array([low, high]) >= t).sum()) for t in curve.threshold] == [0, 1, 2]
    certain = threshold_curve([0, 1], [1.0, 1.0])
    assert (certain.threshold[0] > 1, certain.tp[0]) == (True, 0)


# scikit-learn's classifiers

POLICIES = [
    FixedThreshold(0.2),
    CostThreshold(CostMatrix.of_two(false_positive=1, false_negative=4)),
    TunedThreshold("f1"),
    TunedThreshold("mcc"),
    RecallAtPrecision(0.8),
    AlertBudget(1, rows=20),
]


@pytest.mark.parametrize("policy", POLICIES, ids=str)
@pytest.mark.parametrize("labels", [[0, 1], ["no", "yes"]])
def test_a_policy_makes_scikit_learns_own_classifier(policy: Any, labels: list[Any]) -> None:
    y = np.array(labels)[Y]
    model = clone(policy.classifier(LogisticRegression()))
    kinds = (FixedThresholdClassifier, TunedThresholdClassifierCV)
    assert isinstance(model, kinds)
    model.fit(X[:750], y[:750])
    decided = model.predict(X[750:])
    assert set(decided) <= set(labels)
    loaded = pickle.loads(pickle.dumps(model))
    assert (loaded.predict(X[750:]) == decided).all()
    if isinstance(model, FixedThresholdClassifier):
        assert ((policy.threshold(T, P) <= P) == (decided == labels[1])).all()
    else:
        value, best = (
            policy.score(y[750:], np.array(labels)[(t <= P).astype(int)])
            for t in (model.best_threshold_, policy.threshold(T, P))
        )
        assert value <= best
        # A precision may be missed by a little, and is worth nothing then.
        assert best - 0.15 <= value or isinstance(policy, RecallAtPrecision)


def test_what_has_no_probabilities_is_told_by_scikit_learn() -> None:
    with pytest.raises(AttributeError, match="predict_proba"):
        TunedThreshold().classifier(LinearSVC()).fit(X, Y)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("recall", "see RecallAtPrecision"),
        ("g_means", "Did you mean 'g_mean'"),
        ("auc", "not for 'auc'"),
    ],
)
def test_a_metric_that_no_threshold_can_be_tuned_for_is_told(name: str, words: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        TunedThreshold(name)
    assert words in str(caught.value)
    with pytest.raises(UnknownNameError, match="no metric 'x' of a threshold"):
        threshold_curve(T, P).metric("x")
