"""Costs of decisions: closed forms against exhaustive search, ties, and inconsistent costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from poise.core.errors import InputError
from poise.decisions import (
    AlertBudget,
    CostMatrix,
    CostThreshold,
    FixedThreshold,
    RecallAtPrecision,
    threshold_curve,
)

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
    assert costs.decide(nearby.clip(0, 1), classes=[0, 1], pos_label=1).tolist() == [0, 1]


def test_costs_per_row_give_a_threshold_per_row() -> None:
    amounts = np.array([10.0, 100.0, 1000.0])
    costs = CostMatrix.of_two(false_positive=10, false_negative=amounts)
    np.testing.assert_allclose(costs.threshold, 10 / (10 + amounts))
    assert costs.decide([0.3, 0.3, 0.05], classes=[0, 1], pos_label=1).tolist() == [0, 1, 1]
    assert costs.expected([0.3, 0.3, 0.05]).tolist() == pytest.approx([3, 7, 9.5])
    assert costs.take([2]).threshold == pytest.approx([10 / 1010])
    assert costs.mean([1, 0, 1], [0, 1, 1], pos_label=1) == pytest.approx(20 / 3)


def test_a_row_whose_event_is_not_worth_an_alarm_is_never_an_alarm() -> None:
    # An alarm costs 5 whatever is true, a miss the amount.
    amounts = [100.0, 3.0, 0.0]
    costs = CostMatrix.of_two(false_positive=5, true_positive=5, false_negative=amounts)
    assert costs.threshold.tolist() == [0.05, np.inf, np.inf]
    assert costs.decide([0.9, 0.9, 0.9], classes=[0, 1], pos_label=1).tolist() == [1, 0, 0]


def test_the_event_may_come_first_in_sorted_order() -> None:
    costs = CostMatrix.of_two(false_positive=1, false_negative=9, classes=["good", "bad"])
    assert costs.classes.tolist() == ["bad", "good"]
    assert costs.mean(["bad", "good"], ["good", "bad"]) == 5
    assert costs.threshold == pytest.approx(0.1)
    assert costs.decide([0.2, 0.05]).tolist() == ["bad", "good"]
    for event, expected in (("bad", 0.1), ("good", 0.9)):
        threshold = CostThreshold(costs).threshold(None, None, pos_label=event)
        assert threshold == pytest.approx(expected)
    y = np.array(["good", "bad"])[T]
    by_name = threshold_curve(y, P, costs=costs, pos_label="bad")
    plain = CostMatrix.of_two(false_positive=1, false_negative=9)
    np.testing.assert_allclose(by_name.cost, threshold_curve(T, P, costs=plain).cost)
    names = np.array(["good", "bad"])[Y]
    model = CostThreshold(costs).classifier(LogisticRegression(), pos_label="bad")
    decided = model.fit(X[:750], names[:750]).predict(X[750:])
    proba = model.estimator_.predict_proba(X[750:])
    assert (decided == costs.decide(proba)).all()


def test_labels_may_be_a_column() -> None:
    costs = CostMatrix.of_two(false_positive=1, false_negative=9)
    assert costs.mean(T[:, None], T) == 0
    with pytest.raises(InputError, match="must have one column"):
        costs.mean(np.eye(2), [0, 1])


def test_rounding_and_zero_weights_do_not_change_thresholds() -> None:
    for seed in range(30):
        rng = np.random.RandomState(seed)
        y = rng.randint(0, 2, 20)
        p, w = np.clip(y * 0.6 + rng.rand(20) * 0.3, 0, 1), rng.rand(20)
        assert np.isfinite(
            threshold_curve(y, p, sample_weight=w, pos_label=1).metric("g_mean")
        ).all()
    y, p, w = [0, 0, 1, 1, 0], [0.2, 0.3, 0.4, 0.5, 0.1], [1, 1, 1, 1, 0]
    costs = CostMatrix.of_two(false_positive=1, false_negative=[9, 8, 7, 6, 5])
    with_row = threshold_curve(y, p, sample_weight=w, costs=costs, pos_label=1)
    without = threshold_curve(y[:4], p[:4], costs=costs.take(slice(4)))
    np.testing.assert_allclose(with_row.cost, without.cost)
    np.testing.assert_allclose(with_row.threshold, without.threshold)


def test_decisions_among_three_classes_have_the_lowest_expected_cost() -> None:
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
        (lambda: CostMatrix([[0, 1], [1, 0]], classes=["b", "a"]), "must be sorted"),
        (lambda: CostMatrix([[0, 1], [1, 0]], classes=["a"]), "costs has 2 classes"),
        (
            lambda: CostMatrix([[5, 1], [1, 0]]),
            "if 0 is true, deciding 1 costs less than the right decision",
        ),
        (
            lambda: CostMatrix.of_two(false_positive=0, false_negative=5),
            "deciding 0 never costs less than deciding 1",
        ),
        (
            lambda: CostMatrix.of_two(false_positive=[1.0, -1.0], false_negative=[5.0, -1.0]),
            "of row 1 are inconsistent: for every true class",
        ),
        (
            lambda: CostMatrix.of_two(false_positive=[1.0, 2.0], false_negative=[1.0] * 3),
            "shapes (), (2,), (3,), ()",
        ),
        (lambda: CostMatrix(1 - np.eye(3)).threshold, "A threshold is defined for two classes"),
        (
            lambda: CostMatrix(1 - np.eye(3)).decide([0.5], classes=[0, 1, 2]),
            "proba has 2 columns; the costs have 3 classes, 0, 1, 2",
        ),
        (
            lambda: CostMatrix(1 - np.eye(2)).decide([0.5]),
            "Pass classes=model.classes_ or costs with classes",
        ),
        (
            lambda: CostMatrix(1 - np.eye(2)).decide([0.5], classes=["bad", "good"]),
            "no classes, and are thus of 0, 1; y has the labels 'bad', 'good'",
        ),
        (
            lambda: CostMatrix(1 - np.eye(2)).mean([0, 2], [0, 0]),
            "y has the label 2; the costs have the classes 0, 1",
        ),
        (lambda: CostMatrix(1 - np.eye(2)).mean([0], [0, 0]), "1 rows and y_pred 2"),
        (
            lambda: CostMatrix.of_two(false_positive=1, false_negative=[1.0, 2.0]).decide(
                [0.5], classes=[0, 1], pos_label=1
            ),
            "for 2 rows, and 1 rows were given",
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
def test_inconsistent_costs_and_policies_raise_an_error(make: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert words in str(caught.value)


def test_a_tie_of_costs_goes_to_the_later_class() -> None:
    costs = CostMatrix.of_two(false_positive=1, false_negative=3, classes=["a", "b"])
    assert costs.decide([0.25, 0.2499]).tolist() == ["b", "a"]
    even = CostMatrix(1 - np.eye(3), classes=["a", "b", "c"])
    assert even.decide([[0.4, 0.4, 0.2], [0.4, 0.2, 0.4]]).tolist() == ["b", "c"]


@pytest.mark.parametrize(
    "costs", [np.zeros(3), np.zeros((2, 3)), np.zeros((1, 1)), np.zeros((5, 2, 3))]
)
def test_costs_of_another_shape_raise(costs: Any) -> None:
    with pytest.raises(InputError, match=r"it must be \(n_classes, n_classes\)"):
        CostMatrix(costs)


def test_a_miss_that_costs_nothing_is_never_worth_an_alarm() -> None:
    costs = CostMatrix(np.array([[[0.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [2.0, 0.0]]]))
    assert costs.threshold.tolist() == [np.inf, 0.0]


def test_costs_per_row_need_as_many_decisions() -> None:
    costs = CostMatrix(np.ones((3, 2, 2)) * np.arange(1, 4)[:, None, None])
    assert costs.mean([0, 1, 0], [0, 1, 1]) == 2.0
    with pytest.raises(InputError, match="rows"):
        costs.mean([0, 1], [0, 1])
    with pytest.raises(InputError, match="rows"):
        costs.mean([0, 1, 0, 1], [0, 1, 0, 1])


def test_costs_of_an_event_need_to_know_it() -> None:
    costs, p = CostMatrix.of_two(false_positive=1, false_negative=9), np.array([0.05, 0.3])
    both = np.column_stack([p, 1 - p])  # of a classifier whose classes are bad, the event, and good
    decided = costs.decide(p, classes=["bad", "good"], pos_label="bad")
    assert decided.tolist() == ["good", "bad"]
    named = CostMatrix.of_two(false_positive=1, false_negative=9, classes=["good", "bad"])
    assert named.decide(both).tolist() == named.decide(p).tolist() == ["good", "bad"]
    for call, words in (
        (lambda: costs.decide(p), "classes=model.classes_ and pos_label=, the event"),
        (lambda: costs.decide(p, classes=["bad", "good"]), "Pass the event as pos_label="),
        (lambda: costs.expected(both), "which column of proba is that of the event"),
        (
            lambda: CostThreshold(CostMatrix(1 - np.eye(2), ["a", "b"])).threshold(None, None),
            "no event",
        ),
    ):
        with pytest.raises(InputError, match=words):
            call()
    assert CostThreshold(named).threshold(None, None) == pytest.approx(0.1)
    assert threshold_curve([0, 0, 1], [0.1, 0.2, 0.9], costs=(1, 5)).cost is not None
    assert CostThreshold(np.array([1, 9])).costs.threshold == pytest.approx(0.1)


def test_thresholds_of_rows_hold_for_small_costs_too() -> None:
    # False alarms cost 0.2, misses 0.6: alarm from a probability of 0.25; without any loss of a miss, never.
    costs = np.zeros((3, 2, 2))
    costs[:, 0, 1], costs[:, 1, 0] = 0.2, [0.6, 0.0, 0.2]
    np.testing.assert_allclose(CostMatrix(costs).threshold, [0.25, np.inf, 0.5])


def test_costs_cannot_be_changed_afterwards() -> None:
    given = np.array([[0.0, 1.0], [5.0, 0.0]])
    matrix = CostMatrix(given)
    with pytest.raises(ValueError, match="read-only"):
        matrix.costs[0, 1] = 9.0
    given[0, 1] = 9.0
    assert matrix.costs[0, 1] == 1.0


def test_costs_show_their_numbers_or_the_shape_of_those_per_row() -> None:
    costs = CostMatrix([[0, 1], [9, 0]])
    assert repr(costs) == "CostMatrix([[0.0, 1.0], [9.0, 0.0]], classes=None)"
    per_row = CostMatrix(np.tile([[0, 1], [9, 0]], (3, 1, 1)), classes=["a", "b"])
    assert repr(per_row) == "CostMatrix(array of (3, 2, 2), classes=['a', 'b'])"


def test_an_alarm_that_never_costs_more_than_silence_is_always_worth_it() -> None:
    found = CostMatrix.of_two(false_positive=[0.0, 1.0], false_negative=[0.0, 4.0]).threshold
    assert found.tolist() == [0.0, 0.2]


def test_a_tie_of_costs_goes_to_an_event_that_sorts_first() -> None:
    costs = CostMatrix.of_two(false_positive=1, false_negative=1, classes=["z", "a"])
    assert costs.decide([0.5, 0.49]).tolist() == ["a", "z"]


def test_a_label_that_is_only_decided_is_the_rarest() -> None:
    costs = CostMatrix.of_two(false_positive=1, false_negative=9)
    assert costs.mean(["z"], ["a"]) == 1.0


def test_a_wrong_decision_may_cost_as_much_as_the_right_one() -> None:
    costs = CostMatrix([[0, 1, 2], [0, 0, 1], [2, 1, 0]], classes=["a", "b", "c"])
    assert costs.decide([[1, 0, 0]]).tolist() == ["a"]


@pytest.mark.parametrize(("classes", "words"), [("a", "has 1 label"), ("ba", "must be sorted")])
def test_decisions_need_the_sorted_labels(classes: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        CostMatrix([[0, 1], [9, 0]]).decide([0.5], classes=list(classes))


def test_the_threshold_of_costs_whose_sum_overflows_is_right() -> None:
    assert CostMatrix.of_two(false_positive=1e308, false_negative=1e308).threshold == 0.5
    of_rows = CostMatrix.of_two(false_positive=[1e308, 1.0], false_negative=1e308)
    assert of_rows.threshold[0] == 0.5


def test_labels_of_two_types_are_not_made_text() -> None:
    with pytest.raises(InputError, match=r"classes=\[1, 'a'\] has labels of different types"):
        CostMatrix([[0, 1], [1, 0]], classes=[1, "a"])


@pytest.mark.parametrize("rows", [[3], "a", np.ones(5, dtype=bool), [0.5]])
def test_costs_are_taken_of_rows_that_there_are(rows: object) -> None:
    costs = CostMatrix.of_two(false_positive=np.ones(3), false_negative=9)
    with pytest.raises(InputError, match="there are costs for 3 rows"):
        costs.take(rows)


@pytest.mark.parametrize(
    "costs",
    [
        CostMatrix.of_two(false_positive=1, false_negative=9, true_positive=-2, classes=["n", "y"]),
        CostMatrix.of_two(false_positive=3, false_negative=1, classes=["y", "n"]),
        CostMatrix([[0, 2, 2], [5, 1, 5], [9, 9, 0]], classes=["n", "y", "z"]),
    ],
)
def test_class_weights_decide_by_the_largest_probability_as_the_costs_do(costs: CostMatrix) -> None:
    weights = costs.class_weights()
    assert list(weights) == costs.classes.tolist()
    rows = np.random.default_rng(0).dirichlet(np.ones(len(weights)), 500)
    weighted = rows * np.array(list(weights.values()))
    by_weights = costs.classes[weighted.argmax(axis=1)]
    assert by_weights.tolist() == costs.decide(rows).tolist()
    assert len(set(by_weights)) == len(weights)


def test_class_weights_are_the_costs_of_a_wrong_decision() -> None:
    costs = CostMatrix.of_two(false_positive=1, false_negative=9)
    assert costs.class_weights(classes=["a", "b"], pos_label="a") == {"a": 9.0, "b": 1.0}
    assert CostMatrix([[0, 1, 2], [4, 0, 6], [1, 1, 0]]).class_weights() == {0: 1.5, 1: 5.0, 2: 1.0}


def test_costs_without_class_weights_are_named() -> None:
    two = CostMatrix.of_two(false_positive=[1, 2], false_negative=9, classes=["a", "b"])
    with pytest.raises(InputError, match="differ from row to row.*such as their means"):
        two.class_weights()
    with pytest.raises(InputError, match="labels are not known. Pass classes=.*pos_label="):
        CostMatrix.of_two(false_positive=1, false_negative=9).class_weights()
    with pytest.raises(InputError, match="pos_label='c' is not one of the classes 'a', 'b'"):
        CostMatrix.of_two(false_positive=1, false_negative=9).class_weights(
            classes=["a", "b"], pos_label="c"
        )
    with pytest.raises(InputError, match="for class 1, whose weight would be 0"):
        CostMatrix([[0, 1, 2], [0, 0, 0], [2, 1, 0]]).class_weights()
