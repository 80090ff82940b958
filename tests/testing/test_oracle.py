"""The reference implementations give the answers that can be computed by hand."""

from __future__ import annotations

import math

from poise.testing import oracle


def test_a_distance_is_scaled_up_from_the_columns_known_in_both_rows() -> None:
    assert oracle.squared_distance([1.0, math.nan, 0.0], [4.0, 2.0, math.nan]) == 27.0
    assert oracle.squared_distance([1.0, math.nan], [math.nan, 2.0]) is None


def test_two_different_categories_cost_the_mismatch_whatever_their_codes() -> None:
    assert oracle.squared_distance([0.0, 9.0], [0.0, 1.0], n_nominal=1, mismatch=0.25) == 0.25


def test_other_rows_at_one_distance_are_in_the_order_of_their_numbers() -> None:
    assert oracle.nearest_others([[0.0], [1.0], [-1.0], [0.0]], 3)[0].tolist() == [3, 1, 2]


def test_coincident_rows_of_two_classes_are_a_tomek_link() -> None:
    assert oracle.in_tomek_links([[0.0], [0.0], [5.0]], [0, 1, 0]).tolist() == [True, True, False]


def test_all_neighbours_of_the_class_must_be_strictly_nearer_than_an_enemy() -> None:
    X, y = [[0.0], [1.0], [-1.0], [9.0]], [0, 0, 1, 1]
    assert oracle.edited_out(X, y, 1).tolist() == [True, False, True, True]


def test_the_own_class_wins_an_even_vote() -> None:
    X, y = [[0.0], [1.0], [2.0]], [0, 0, 1]
    assert oracle.edited_out(X, y, 2, "mode").tolist() == [False, False, True]
