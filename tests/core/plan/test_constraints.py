"""Rules that new rows keep: what they say of a row, and how a row that breaks one is repaired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from poise.core.errors import InputError
from poise.core.plan.constraints import Between, Constraint, LessEqual, OneHot, Rules, Sum
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Mean, Segment


def between(seed: int, partner: int, gap: float) -> Segment:
    return Segment(np.array([seed]), np.array([partner]), np.array([gap]))


def keeping(X: Any, recipe: Any, *rules: Constraint) -> Plan:
    return Plan(len(X), (recipe,)).keeping(Rules(rules, X.shape[1]))


@pytest.mark.parametrize(
    ("rule", "row", "holds"),
    [
        (Sum(0, [1, 2]), [3, 1, 2], True),
        (Sum(0, [1, 2]), [4, 1, 2], False),
        (Sum(0, [1, 2]), [0.3, 0.1, 0.2], True),
        (Sum(0, [1, 2]), [0.3 + 1e-8, 0.1, 0.2], False),
        (LessEqual(0, 1), [2, 2, 0], True),
        (LessEqual(0, 1), [3, 2, 0], False),
        (OneHot([0, 1, 2]), [0, 1, 0], True),
        (OneHot([0, 1, 2]), [0, 0, 0], False),
        (OneHot([0, 1, 2]), [1, 1, 0], False),
        (OneHot([0, 1, 2]), [1, 0.5, 0], False),
        (Between(0, 0, 2), [2, 0, 0], True),
        (Between(0, 0, 2), [-1, 0, 0], False),
        (Between(0, None, 2), [3, 0, 0], False),
    ],
)
def test_a_rule_holds_where_it_says(rule: Constraint, row: list[float], holds: bool) -> None:  # noqa: FBT001  # a table
    columns = {place: np.array([value]) for place, value in enumerate(row)}
    assert rule.holds(columns).tolist() == [holds]


def test_whole_sums_that_leave_int64_do_not_hold() -> None:
    large = np.array([2**62])
    values = {0: large, 1: large, 2: np.array([-(2**63)])}
    assert Sum(2, [0, 1]).holds(values).tolist() == [False]


def test_float32_sums_have_a_wider_tolerance() -> None:
    parts = {1: np.array([0.1], np.float32), 2: np.array([0.7], np.float32)}
    values = {0: parts[1] + parts[2], **parts}
    assert Sum(0, [1, 2]).holds(values).tolist() == [True]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sum("t", []), r"parts=\[\] of Sum names 0 columns. Pass at least 1."),
        (lambda: Sum("t", "ab"), "parts='ab' of Sum is not a list. Pass a list of columns."),
        (lambda: Sum("t", ["a", "t"]), "Sum names column 't' twice. Leave one of them out."),
        (lambda: OneHot(["a"]), r"columns=\['a'\] of OneHot names 1 columns. Pass at least 2."),
        (lambda: LessEqual("a", "a"), "LessEqual names column 'a' twice"),
        (lambda: Between("a"), "Between.*allows no value, or all. Pass finite numbers low <= high"),
        (lambda: Between("a", 2, 1), r"Between\('a', 2, 1\) allows no value, or all"),
        (lambda: Between("a", float("nan")), "allows no value, or all"),
        (lambda: Between(["a"], 0), "Between names a column .*Pass the name or the position"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_a_total_is_computed_from_its_parts() -> None:
    X = np.array([[1, 2, 3], [2, 5, 7]])
    plain = Plan(2, (between(0, 1, 0.5),)).apply(X)[2]
    repaired = keeping(X, between(0, 1, 0.5), Sum(2, [0, 1])).apply(X)[2]
    assert plain.tolist() == [2, 4, 5]
    assert repaired.tolist() == [2, 4, 6]


def test_a_total_that_is_a_part_of_another_sum_is_computed_first() -> None:
    X = np.array([[1, 2, 3, 10, 13], [2, 5, 7, 21, 28]])
    rules = Sum(4, [2, 3]), Sum(2, [0, 1])
    assert keeping(X, between(0, 1, 0.5), *rules).apply(X)[2].tolist() == [2, 4, 6, 16, 22]


@pytest.mark.parametrize(("gap", "expected"), [(0.4, [1.0, 0.0]), (0.5, [0.0, 1.0])])
def test_other_columns_come_from_the_nearer_parent(gap: float, expected: list[float]) -> None:
    X = np.array([[1.0, 0.0, 5.0], [0.0, 1.0, 6.0]])
    made = keeping(X, between(0, 1, gap), OneHot([0, 1])).apply(X)[2]
    assert made.tolist() == [*expected, 5.0 + gap]


def test_if_the_computed_total_breaks_another_rule_all_columns_are_copied() -> None:
    X = np.array([[0, 1, 1], [1, 2, 3]])
    rules = Sum(2, [0, 1]), Between(2, None, 3)
    made = keeping(X, between(0, 1, 1.5), *rules).apply(X)[2]
    assert made.tolist() == [1, 2, 3]


def test_a_mean_takes_the_columns_of_its_seed_row() -> None:
    X = np.array([[1.0, 0.0], [0.0, 1.0]])
    mean = Mean(np.array([1]), np.array([0, 2]), np.array([0, 1]), np.array([0.5, 0.5]))
    assert keeping(X, mean, OneHot([0, 1])).apply(X)[2].tolist() == [0.0, 1.0]


def test_a_rule_that_touches_a_missing_value_changes_nothing() -> None:
    X = np.array([[np.nan, 0.0], [0.0, 1.0]])
    made = keeping(X, between(0, 1, 0.75), OneHot([0, 1])).apply(X)[2]
    np.testing.assert_array_equal(made, [np.nan, 0.75])


def test_a_partner_that_lacks_a_value_gives_none() -> None:
    X = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, np.nan]])
    rules = OneHot([0, 1]), LessEqual(0, 2)
    made = keeping(X, between(0, 1, 0.75), *rules).apply(X)[2]
    assert made.tolist() == [1.0, 0.0, 2.0]


def test_rows_that_break_no_rule_are_the_same_to_the_last_bit() -> None:
    rng = np.random.RandomState(0)
    X = np.column_stack([rng.rand(50), rng.rand(50), np.eye(2)[np.arange(50) % 2]])
    ids = rng.randint(50, size=(2, 400))
    made = Segment(*ids, rng.rand(400))
    plain = Plan(50, (made,)).apply(X)
    repaired = keeping(X, made, OneHot([2, 3])).apply(X)
    is_kept = (plain[:, 2] * plain[:, 3] == 0) & (plain[:, 2] + plain[:, 3] == 1)
    assert 50 < is_kept.sum() < 450
    np.testing.assert_array_equal(repaired[is_kept], plain[is_kept])
    np.testing.assert_array_equal(repaired[:, :2], plain[:, :2])
    assert (repaired[:, 2:].sum(axis=1) == 1).all()


@pytest.mark.parametrize("form", [sp.csr_array, sp.csc_array])
def test_a_sparse_matrix_is_repaired_as_an_array(form: Any) -> None:
    rng = np.random.RandomState(1)
    X = np.column_stack([rng.poisson(1, (40, 2)), np.eye(3)[rng.randint(3, size=40)]])
    made = Segment(*rng.randint(40, size=(2, 200)), rng.rand(200) * 2 - 0.5)
    plan = keeping(X, made, OneHot([2, 3, 4]), Between(0, 0, None))
    np.testing.assert_array_equal(plan.apply(form(X)).toarray(), plan.apply(X))
    assert (plan.apply(X)[:, 0] >= 0).all()


def test_rows_made_of_made_rows_start_from_repaired_ones() -> None:
    X = np.array([[1.0, 0.0], [0.0, 1.0]])
    first = keeping(X, between(0, 1, 0.4), OneHot([0, 1]))
    second = keeping(np.zeros((3, 2)), between(2, 1, 0.3), OneHot([0, 1]))
    both = first.then(second)
    np.testing.assert_array_equal(both.apply(X), second.apply(first.apply(X)))
    assert both.apply(X)[3].tolist() == [1.0, 0.0]
    alone = first.then(Plan(3, (between(2, 1, 0.3),)))
    assert alone.apply(X)[3].tolist() == [0.7, 0.3]


def test_a_saved_plan_keeps_its_rules(tmp_path: Path) -> None:
    X = np.array([[1.0, 0.0, 1, 2, 3], [0.0, 1.0, 2, 5, 7]])
    rules = OneHot([0, 1]), Sum(4, [2, 3]), LessEqual(2, 3), Between(0, np.float64(0), 1)
    plan = keeping(X, between(0, 1, 0.4), *rules)
    plan.save(tmp_path / "plan.npz")
    loaded = Plan.load(tmp_path / "plan.npz")
    assert loaded.rules == plan.rules
    np.testing.assert_array_equal(loaded.apply(X), plan.apply(X))


def test_values_of_another_width_are_blended_without_rules() -> None:
    X = np.array([[1.0, 0.0], [0.0, 1.0]])
    plan = keeping(X, between(0, 1, 0.4), OneHot([0, 1]))
    assert plan.apply(np.array([10.0, 20.0])).tolist() == [10.0, 20.0, 14.0]
    assert plan.apply(np.array([[1.0, 0, 0], [0, 1.0, 0]]))[2].tolist() == [0.6, 0.4, 0.0]


def test_rules_and_recipes_must_be_as_many() -> None:
    with pytest.raises(InputError, match="rules has 2 entries; pass one per recipe"):
        Plan(2, (between(0, 1, 0.4),), None, (None, None))
