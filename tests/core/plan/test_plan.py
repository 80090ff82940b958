"""A plan holds where each row comes from, and gives the same rows in every container."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_column import NUMBERS, Y, smote

from poise.core.errors import DoesNotFitError, InputError, UnsupportedTypeError
from poise.core.plan.making import assembly_of, made_cells
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Copy, Segment
from poise.core.plan.values import Cells

HALFWAY = Segment(np.array([0, 2]), np.array([1, 0]), np.array([0.5, 0.25]))
X = np.array([[0.0, 10.0], [2.0, 20.0], [4.0, 40.0]])


def test_the_default_order_is_kept_rows_then_made_rows() -> None:
    plan = Plan(3, (HALFWAY,))
    assert plan.order.tolist() == [0, 1, 2, 3, 4]
    assert plan.is_new.tolist() == [False, False, False, True, True]
    assert repr(plan) == "<Plan: 3 rows in, 3 kept, 2 new>"


def test_lineage_has_partner_and_gap_only_for_blended_rows() -> None:
    lineage = Plan(3, (HALFWAY, Copy(np.array([2])))).lineage()
    assert lineage.origin.tolist() == ["kept"] * 3 + ["blended"] * 2 + ["copied"]
    assert lineage.seed.tolist() == [0, 1, 2, 0, 2, 2]
    assert lineage.partner.tolist() == [-1, -1, -1, 1, 0, -1]
    assert np.isnan(lineage.gap).tolist() == [True] * 3 + [False] * 2 + [True]


def test_taking_rows_makes_repeats_copies() -> None:
    plan = Plan.taking(4, [3, 1, 3, 3])
    assert plan.lineage().origin.tolist() == ["kept", "kept", "copied", "copied"]
    assert plan.source.tolist() == [1, 3, 3, 3]
    assert plan.only_originals


def test_taking_no_rows_is_an_empty_plan() -> None:
    assert len(Plan.taking(3, [])) == 0


def test_an_order_outside_the_ids_raises() -> None:
    with pytest.raises(ValueError, match="outside"):
        Plan(2, (), np.array([2]))


def test_a_plan_and_its_recipes_cannot_be_changed() -> None:
    plan = Plan(3, (HALFWAY,))
    with pytest.raises(ValueError, match="read-only"):
        plan.order[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        plan.made[0].gap[0] = 1.0  # type: ignore[attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.n_rows = 4  # type: ignore[misc]


def test_a_composed_plan_equals_one_plan_after_the_other() -> None:
    first = Plan(3, (HALFWAY,))
    second = Plan(5, (Copy(np.array([4])), Segment(*map(np.array, ([3], [4], [0.5])))), [4, 5, 6])
    both = first.then(second)
    np.testing.assert_array_equal(both.apply(X), second.apply(first.apply(X)))


def test_composed_lineage_is_in_rows_of_the_input() -> None:
    first = Plan(3, (HALFWAY,))
    second = Plan(5, (Segment(np.array([3]), np.array([4]), np.array([0.5])),), [5])
    lineage = first.then(second).lineage()
    assert (lineage.seed.tolist(), lineage.partner.tolist()) == ([0], [2])
    parents = first.then(second).parents().toarray()
    assert parents.tolist() == [[True, True, True]]


def test_a_second_plan_for_another_number_of_rows_raises() -> None:
    with pytest.raises(ValueError, match="5 rows"):
        Plan(3).then(Plan(5))


def test_descendants_are_the_output_rows_that_depend_on_a_row() -> None:
    plan = Plan(3, (HALFWAY, Copy(np.array([3]))))
    assert plan.descendants([1]).tolist() == [1, 3, 5]
    by_matrix = np.flatnonzero(plan.parents().toarray()[:, 1])
    assert by_matrix.tolist() == [1, 3, 5]


@given(st.lists(st.integers(0, 5), max_size=8), st.lists(st.integers(0, 5), max_size=4))
def test_descendants_agree_with_parents(taken: list[int], asked: list[int]) -> None:
    plan = Plan.taking(6, taken)
    matrix = plan.parents().toarray()
    expected = np.flatnonzero(matrix[:, asked].any(axis=1)) if asked else []
    np.testing.assert_array_equal(plan.descendants(asked), expected)


def test_apply_can_repeat_the_value_of_the_seed_row() -> None:
    groups = np.array(["a", "b", "c"])
    assert Plan(3, (HALFWAY,)).apply(groups, "seed").tolist() == ["a", "b", "c", "a", "c"]


def test_apply_raises_for_another_length() -> None:
    with pytest.raises(ValueError, match="2 entries"):
        Plan(3).apply(np.zeros(2))


def test_an_assembly_puts_taken_and_made_rows_in_order() -> None:
    plan = Plan(3, (HALFWAY,), [4, 1, 3, 0])
    taken, made, order = assembly_of(plan)
    stacked = np.concatenate([X[taken], made_cells(plan, [Cells(X)])[0].values[made]])
    np.testing.assert_array_equal(stacked[order], plan.apply(X))


def test_the_order_of_an_assembly_is_none_if_rows_are_in_order() -> None:
    assert assembly_of(Plan(3, (HALFWAY,))).order is None


@pytest.mark.parametrize("row", [7, -3, 10**10])
def test_a_plan_refers_only_to_rows_that_exist(row: int) -> None:
    with pytest.raises(InputError, match="row numbers outside"):
        Plan(2, (Segment(np.array([0]), np.array([row]), np.array([1.0])),))
    with pytest.raises(InputError, match="different lengths"):
        Plan(2, (Segment(np.array([0, 1]), np.array([1, 0]), np.array([1.0])),))


def test_descendants_need_rows_that_exist() -> None:
    plan = smote().fit(NUMBERS[:, None], Y).plan_
    for rows in ([999], [-1]):
        with pytest.raises(InputError, match="row numbers outside"):
            plan.descendants(rows)
    assert plan.descendants(Y == 0).tolist() == plan.descendants(np.flatnonzero(Y == 0)).tolist()


@pytest.mark.parametrize("rows", [[0.0, 1.0], ["a"], [[0, 1]], [[0], [0, 1]], [None], 3])
def test_rows_are_whole_numbers(rows: Any) -> None:
    plan = Plan.taking(4, [0, 1])
    for use in (
        lambda: Plan(4, (), rows),
        lambda: Plan.taking(4, rows),
        lambda: plan.descendants(rows),
    ):
        with pytest.raises(InputError, match="rows must be whole numbers"):
            use()


def test_a_mask_has_one_entry_per_row() -> None:
    mask = np.array([True, False, True])
    assert (
        Plan.taking(3, mask).order.tolist()
        == Plan.taking(3, mask.tolist()).order.tolist()
        == [0, 2]
    )
    for use in (Plan.taking(4, [0]).descendants, lambda mask: Plan.taking(4, mask)):
        with pytest.raises(InputError, match="the mask has 3 entries; the plan is for 4 rows"):
            use(mask)
    with pytest.raises(InputError, match="rows must be whole numbers"):
        Plan(3, (), mask)  # an order of ids, for which there are no masks


@pytest.mark.parametrize("n_rows", [-1, 2.5, "3", True, None])
def test_a_plan_is_for_a_whole_number_of_rows(n_rows: Any) -> None:
    for make in (Plan, lambda n_rows: Plan.taking(n_rows, [0])):
        with pytest.raises(InputError, match=f"n_rows={n_rows!r} must be a whole number"):
            make(n_rows)


def test_a_plan_for_more_rows_than_memory_can_number_raises() -> None:
    with pytest.raises(DoesNotFitError, match="n_rows=1000000000000000 .* memory of this machine"):
        Plan.taking(10**15, [0])


@pytest.mark.parametrize("made", [[1], ["Copy"], [Plan(3)]])
def test_a_plan_is_made_of_recipes(made: Any) -> None:
    with pytest.raises(InputError, match="pass recipes"):
        Plan(3, made)


def test_parts_are_plans_of_the_same_rows() -> None:
    with pytest.raises(InputError, match="a part is a plan for 2 rows; the table has 3"):
        Plan.adding(3, [Plan(2, (Copy(np.array([0])),), [2])])


@pytest.mark.parametrize("how", ["blend", "seed", "missing"])
def test_a_masked_array_is_refused(how: Any) -> None:
    values = np.ma.masked_array([1.0, -999.0, 3.0], mask=[0, 1, 0])
    with pytest.raises(UnsupportedTypeError, match="masked array, whose mask would be lost"):
        Plan.taking(3, [0, 1, 1]).apply(values, how)


def test_a_part_whose_arrays_are_wrong_is_refused_before_it_is_counted() -> None:
    with pytest.raises(InputError, match="the row numbers of a recipe are"):
        Plan.adding(3, [Copy(np.array(1))])


@pytest.mark.parametrize("shape", [(0,), (0, 2), (0, 2, 2)])
def test_no_rows_have_no_values(shape: Any) -> None:
    with pytest.raises(InputError, match="X is empty"):
        Plan(0).apply(np.empty(shape))


def test_a_plan_is_made_of_several_recipes_and_followed_by_a_plan() -> None:
    recipe = Copy(np.array([0]))
    with pytest.raises(InputError, match="made is a Copy; pass a tuple of recipes"):
        Plan(2, recipe)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="the second plan is a NoneType; pass a Plan"):
        Plan(2, (recipe,)).then(None)  # type: ignore[arg-type]
