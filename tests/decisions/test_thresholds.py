"""Threshold policies: the best threshold against exhaustive search."""

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
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from poise.core.errors import InputError, UnknownNameError, UnsupportedTypeError
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
    chosen = TunedThreshold(metric).threshold(y, p, pos_label=1)
    assert METRICS[metric](y, (p >= chosen).astype(int)) == pytest.approx(max(every))


@given(ROWS.filter(lambda rows: len({row[0] for row in rows}) == 2), st.floats(0.05, 1))
def test_recall_at_precision_is_the_highest_there_is(rows: list[Any], least: float) -> None:
    y, p = np.array([r[0] for r in rows]).astype(int), np.array([r[1] for r in rows]) / 8
    policy = RecallAtPrecision(least, pos_label=1)
    precise = {
        t: (precision_score(y, p >= t), recall_score(y, p >= t)) for t in np.unique(p).tolist()
    }
    possible = [recall for precision, recall in precise.values() if precision >= least]
    if possible:
        chosen = p >= policy.threshold(y, p)
        assert recall_score(y, chosen) == max(possible)
        assert precision_score(y, chosen) >= least
    else:
        most = max(precision for precision, _ in precise.values())
        with pytest.raises(InputError, match=f"the highest is {most:.3g}, with"):
            policy.threshold(y, p)


@pytest.mark.filterwarnings(
    "ignore::poise.exceptions.CannotTellWarning"
)  # of ties above the budget
@given(ROWS, st.integers(1, 25))
def test_a_budget_gives_the_most_alerts_within_it(rows: list[Any], alerts: int) -> None:
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


def test_a_curve_counts_the_decisions_of_each_threshold() -> None:
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


def test_neighbouring_floats_are_separated() -> None:
    for low in (0.3, float(np.nextafter(0.3, 1))):  # their mean rounds down, and up
        high = float(np.nextafter(low, 1))
        curve = threshold_curve([0, 1], [low, high])
        assert [int((np.array([low, high]) >= t).sum()) for t in curve.threshold] == [0, 1, 2]
    certain = threshold_curve([0, 1], [1.0, 1.0])
    assert (certain.threshold[0] > 1, certain.tp[0]) == (True, 0)


# Classifiers

POLICIES = [
    FixedThreshold(0.2),
    CostThreshold(CostMatrix.of_two(false_positive=1, false_negative=4)),
    TunedThreshold("f1"),
    TunedThreshold("mcc"),
    RecallAtPrecision(0.8),
    AlertBudget(1, rows=20),
]


@pytest.mark.parametrize("policy", POLICIES, ids=str)
@pytest.mark.parametrize("labels", [[0, 1], ["no", "yes"], ["stayed", "churned"]])
def test_a_classifier_uses_the_threshold_of_its_policy(policy: Any, labels: list[Any]) -> None:
    y = np.array(labels)[Y]
    model = clone(policy.classifier(LogisticRegression())).fit(X[:750], y[:750])
    assert model.pos_label_ == labels[1]
    decided = model.predict(X[750:])
    assert ((decided == labels[1]) == (model.threshold_ <= P)).all()
    assert set(decided) == set(labels)
    loaded = pickle.loads(pickle.dumps(model))
    assert (loaded.predict(X[750:]) == decided).all()
    train, p = (X[:750], y[:750]), np.full(750, np.nan)
    for rest, part in StratifiedKFold(5).split(*train):
        p[part] = LogisticRegression().fit(X[rest], Y[rest]).predict_proba(X[part])[:, 1]
    assert model.threshold_ == pytest.approx(policy.threshold(Y[:750], p, pos_label=1))


def test_a_model_without_probabilities_raises() -> None:
    with pytest.raises(UnsupportedTypeError, match="has no predict_proba"):
        TunedThreshold().classifier(LinearSVC()).fit(X, Y)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("recall", "see RecallAtPrecision"),
        ("g_means", "Did you mean 'g_mean'"),
        ("auc", "metric='auc' cannot be tuned for"),
    ],
)
def test_a_metric_that_cannot_be_tuned_for_raises_an_error(name: str, words: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        TunedThreshold(name)
    assert words in str(caught.value)
    with pytest.raises(UnknownNameError, match="no metric 'x' of a threshold"):
        threshold_curve(T, P).metric("x")


# Precision with confidence


def _true_precision(threshold: float) -> float:
    """Return the precision above a threshold if scores are uniform and events have the probability s^2."""
    return float((1 - threshold**3) / (3 * (1 - threshold)))


def test_the_precision_on_new_rows_is_as_high_as_promised() -> None:
    below: dict[float | None, list[bool]] = {None: [], 0.9: []}
    for seed in range(200):
        rng = np.random.RandomState(seed)
        p = rng.uniform(size=1000)
        y = rng.uniform(size=1000) < p**2
        for confidence, found in below.items():
            policy = RecallAtPrecision(0.6, confidence=confidence, pos_label=True)
            found.append(_true_precision(min(policy.threshold(y, p), 0.999)) < 0.6)
    assert np.mean(below[None]) > 0.3
    assert np.mean(below[0.9]) < 0.12


def test_a_threshold_needs_enough_alerts_to_be_certain() -> None:
    y, p = (
        np.repeat([0, 1], [100, 4]),
        np.concatenate([np.linspace(0, 0.5, 100), [0.6, 0.7, 0.8, 0.9]]),
    )
    policy = RecallAtPrecision(0.5, confidence=0.9)
    assert RecallAtPrecision(0.5).threshold(y, p) < 0.6
    with pytest.raises(
        InputError,
        match=r"0.5 with confidence 0.9 on these 104 rows: the highest is 1, with 4 alerts; what is certain is",
    ):
        policy.threshold(
            y, p
        )  # five starts: 6 right alerts in a row are needed, of 0.5 to the 6th < 0.02
    more = np.concatenate([p, [0.61, 0.62]])
    found = policy.threshold(np.append(y, [1, 1]), more)
    assert (more >= found).sum() >= 6
    with pytest.raises(InputError, match="cannot be used with sample_weight"):
        policy.threshold(y, p, sample_weight=np.ones(104))
    with pytest.raises(InputError, match="every alert on new rows is right"):
        RecallAtPrecision(1.0, confidence=0.9)
    with pytest.raises(InputError, match="confidence=1.5 must be between 0 and 1"):
        RecallAtPrecision(0.5, confidence=1.5)
    assert str(policy) == "recall at precision >= 0.5 with confidence 0.9"


def test_a_policy_of_two_equally_rare_labels_takes_the_one_that_sorts_last() -> None:
    assert TunedThreshold().threshold(["a", "a", "b", "b"], [0.1, 0.2, 0.3, 0.9]) == 0.25


def test_the_error_of_a_precision_that_no_threshold_has_counts_all_rows() -> None:
    words = "0.9 on these 5 rows: the highest is 0.5, with 2 alerts. Pass a lower precision.$"
    with pytest.raises(InputError, match=words):
        RecallAtPrecision(0.9).threshold([1, 0, 0, 0, 1], [0.9, 0.9, 0.1, 0.1, 0.1])


# What policies are made of


@pytest.mark.parametrize(
    ("make", "allowed", "refused"),
    [
        (FixedThreshold, [(0,), (1,), (0.5,)], [(-0.01,), (1.01,)]),
        (RecallAtPrecision, [(0.01,), (1,)], [(0,), (1.01,)]),
        (lambda c: RecallAtPrecision(0.5, confidence=c), [(0.01,), (0.99,)], [(0,), (1,)]),
        (lambda a, n: AlertBudget(a, rows=n), [(1, 1), (1, 9), (9, 9)], [(0, 9), (10, 9)]),
    ],
)
def test_numbers_of_a_policy_are_checked_up_to_their_ends(
    make: Any, allowed: list[Any], refused: list[Any]
) -> None:
    for numbers in allowed:
        assert str(make(*numbers))
    for numbers in refused:
        with pytest.raises(InputError, match="must be"):
            make(*numbers)


def test_policies_know_what_they_need() -> None:
    needs = [(p.needs_rows, p.needs_right_probabilities) for p in POLICIES]
    assert needs == [(False, False), (False, True), *[(True, False)] * 4]


def test_a_fixed_threshold_is_the_same_for_all_rows() -> None:
    assert FixedThreshold().threshold(T, P) == 0.5
    assert FixedThreshold(0.2).threshold(None, None) == 0.2


def test_a_policy_for_an_event_refuses_three_labels_and_costs_of_three_classes_do_not() -> None:
    for policy in (FixedThreshold(0.3), TunedThreshold("youden"), RecallAtPrecision(0.5)):
        assert policy.for_labels(["a", "b"], "b") is policy
        with pytest.raises(InputError, match="y has 3 classes, 'a', 'b', 'c'. Pass y == 'c'"):
            policy.for_labels(["a", "b", "c"], "c")
    for policy in (FixedThreshold(), TunedThreshold()):
        assert policy.for_labels(["a", "b", "c"], "c") == policy
    assert str(CostThreshold(CostMatrix(1 - np.eye(3)))) == "by cost (of 3 classes)"


def test_a_threshold_by_cost_is_that_of_elkan_for_the_event() -> None:
    named = CostThreshold(CostMatrix([[0, 1], [4, 0]], classes=["no", "yes"]))
    assert named.threshold(None, None, pos_label="yes") == pytest.approx(1 / 5)
    assert named.threshold(None, None, pos_label="no") == pytest.approx(4 / 5)
    assert named.threshold(["no", "no", "yes"], None) == pytest.approx(1 / 5)
    assert named.threshold(["no", "yes", "yes"], None) == pytest.approx(4 / 5)
    with pytest.raises(InputError, match="have the classes 'no', 'yes', and no event. Pass pos_"):
        named.threshold(None, None)
    with pytest.raises(InputError, match="differ from row to row, and so does the threshold"):
        CostThreshold(CostMatrix.of_two(false_positive=1, false_negative=[1.0, 2.0]))


def test_scores_of_thresholds_are_recall_or_the_share_of_alerts_and_below_0_if_not_allowed() -> (
    None
):
    curve = threshold_curve([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])  # precision 1, 1/2, 2/3, 1/2
    score = RecallAtPrecision(0.6).value_of(curve)
    assert score.tolist() == pytest.approx([0.0, 0.5, 0.5 - 0.6 - 1, 1.0, 0.5 - 0.6 - 1])
    score = AlertBudget(2, rows=4).value_of(curve)
    assert score.tolist() == pytest.approx([0.0, 0.25, 0.5, -0.25, -0.5])


def test_a_threshold_is_certain_after_as_many_right_alerts_as_a_start_needs() -> None:
    """Half as an error and a precision of a half need 1 right alert; a start at 2, 4, ... as well."""
    policy = RecallAtPrecision(0.5, confidence=0.5)
    right, alerts = np.array([0.0, 1, 2, 2, 3]), np.arange(5.0)
    assert policy._is_certain(right, alerts, 0.5).tolist() == [False, True, True, True, True]
    assert policy._is_certain(right, alerts, 0.25).tolist() == [False, False, True, False, False]


def test_the_error_of_a_precision_with_confidence_names_what_is_certain() -> None:
    y, p = [0] * 5 + [1] * 3, np.linspace(0.1, 0.8, 8)
    bound = 0.02 ** (1 / 3)  # of 3 right alerts of 3, each start with a fifth of the error 0.1
    with pytest.raises(InputError) as caught:
        RecallAtPrecision(0.5, confidence=0.9).threshold(y, p)
    assert str(caught.value) == (
        "No threshold has a precision of 0.5 with confidence 0.9 on these 8 rows: the highest is 1, with 3 "
        f"alerts; what is certain is {bound:.3g} at most. Pass a lower precision, a lower confidence or more rows."
    )
