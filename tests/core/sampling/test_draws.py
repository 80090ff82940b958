"""New rows drawn in pieces are equal to those of a single draw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from poise.core.errors import MethodError
from poise.core.neighbors.index import Index
from poise.core.plan.recipes import Segment
from poise.core.sampling.draws import (
    Copies,
    SeedNeighborPairs,
    checked_pairs,
    concat_drawn,
    draw,
    drawn_again,
    gaps_from,
    neighbors_in,
    pieces_of,
    searched_once,
    segment_of,
    some_of,
)
from poise.core.sampling.problem import Problem
from poise.core.tables.labels import encode

N_ROWS = 40
SEEDS = np.arange(3, 33, 3)
NEIGHBORS = np.random.RandomState(0).randint(0, N_ROWS, size=(N_ROWS, 4))
NEIGHBORS[6, 2:] = -1
NEIGHBORS[9] = -1


def pairs(**parts: Any) -> SeedNeighborPairs:
    return SeedNeighborPairs(SEEDS, lambda rows: NEIGHBORS[rows], 4, **parts)


SOURCES = {
    "pairs": pairs(),
    "votes": pairs(is_voted=True),
    "shares": pairs(shares=np.linspace(0.5, 3.0, len(SEEDS))),
    "enemies": pairs(is_enemy=np.arange(N_ROWS) % 3 == 0),
    "votes and enemies": pairs(is_voted=True, is_enemy=np.arange(N_ROWS) % 2 == 0),
    "copies": Copies(SEEDS),
}


def arrays_of(made: Any) -> list[Any]:
    if hasattr(made, "source"):
        return [made.source]
    segment = segment_of(made)
    reach = np.ones(len(segment)) if segment.reach is None else segment.reach
    voters = made.voters[made.ballot] if hasattr(made, "voters") else segment.seed
    return [segment.seed, segment.partner, segment.gap, reach, voters]


@pytest.mark.parametrize("piece_rows", [1, 7, 29, 1000])
@pytest.mark.parametrize("name", SOURCES)
def test_pieces_equal_the_rows_of_one_draw_and_leave_the_same_generator_state(
    name: str, piece_rows: int
) -> None:
    source, whole, cut = SOURCES[name], np.random.RandomState(5), np.random.RandomState(5)
    expected = arrays_of(draw(source, 29, whole))
    pieces = pieces_of(source, 29, cut, piece_rows)
    # From the last piece to the first, and twice: no piece depends on another, or on being drawn before.
    drawn = [arrays_of(drawn_again(source, p, 29)) for p in [*pieces, *pieces[::-1]]][::-1]
    for array, *parts in zip(expected, *drawn[: len(pieces)], strict=True):
        np.testing.assert_array_equal(np.concatenate(parts), array)
    assert whole.uniform() == cut.uniform()


@pytest.mark.parametrize("name", SOURCES)
def test_rows_that_were_drawn_can_be_joined_and_taken_in_any_order(name: str) -> None:
    source = SOURCES[name]
    complete = draw(source, 60, np.random.RandomState(0))
    pieces = pieces_of(source, 60, np.random.RandomState(0), 25)
    joined = concat_drawn([drawn_again(source, piece, 60) for piece in pieces])
    rows = np.random.RandomState(1).permutation(60)[:17]
    some = some_of(joined, rows)
    for found, taken, expected in zip(
        arrays_of(joined), arrays_of(some), arrays_of(complete), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(taken, expected[rows])
    if hasattr(some, "voters"):
        assert len(some.voters) == len(np.unique(some.ballot))


def test_neighbours_that_were_searched_before_give_the_same_rows() -> None:
    shuffled = SeedNeighborPairs(SEEDS[::-1], lambda rows: NEIGHBORS[rows], 4)
    made = [draw(p, 50, np.random.RandomState(1)) for p in (shuffled, searched_once(shuffled))]
    for first, second in zip(*map(arrays_of, made), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_seed_row_with_few_neighbours_uses_these_and_one_without_is_repeated() -> None:
    made = segment_of(draw(pairs(), 4000, np.random.RandomState(0)))
    assert set(made.partner[made.seed == 6].tolist()) == set(NEIGHBORS[6, :2].tolist())
    assert set(made.partner[made.seed == 9].tolist()) == {9}


def test_seed_rows_get_exactly_their_shares() -> None:
    source = pairs(shares=np.array([0, 0, 1, 1, 2, 0, 0, 0, 0, 4.0]))
    made = segment_of(draw(source, 16, np.random.RandomState(0)))
    assert np.bincount(made.seed, minlength=N_ROWS)[SEEDS].tolist() == [
        0,
        0,
        2,
        2,
        4,
        0,
        0,
        0,
        0,
        8,
    ]


def test_new_rows_use_at_most_half_of_a_segment_to_an_enemy() -> None:
    source = SOURCES["enemies"]
    made = segment_of(draw(source, 500, np.random.RandomState(0)))
    assert isinstance(source, SeedNeighborPairs)
    assert source.is_enemy is not None
    is_enemy = source.is_enemy[made.partner]
    assert made.effective_gap[is_enemy].max() < 0.5 < made.effective_gap[~is_enemy].max()


OWN = Problem(encode(np.repeat(["no", "yes"], [30, 10])), method_name="Own")


def of_yes(seeds: Any = None, k: Any = 2, **parts: Any) -> SeedNeighborPairs:
    seeds = np.arange(30, 40) if seeds is None else seeds
    return SeedNeighborPairs(seeds, lambda rows: np.tile(rows[:, np.newaxis], 2), k, **parts)


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ([1, 2], "a list. Return poise.base.SeedNeighborPairs, or None"),
        (of_yes(np.arange(10)), "seed rows of other classes. Number rows in the table, not in the"),
        (of_yes(np.array([], dtype=int)), r"seeds of shape \(0,\) .* at least one"),
        (of_yes(np.array([[31]])), r"seeds of shape \(1, 1\)"),
        (of_yes(np.array([31.0])), "dtype float64. Return row numbers"),
        (of_yes(np.array([31, 40])), r"seeds of shape \(2,\)"),
        (of_yes(np.array([-1, 31])), r"seeds of shape \(2,\)"),
        (of_yes(k=0), "k=0. Return the number of neighbours"),
        (of_yes(k=2.0), "k=2.0"),
        (of_yes(shares=np.ones(3)), r"shares of shape \(3,\) for 10 seed rows"),
        (of_yes(shares=np.full(10, np.nan)), "not finite or all 0"),
        (of_yes(shares=np.zeros(10)), "not finite or all 0"),
        (of_yes(shares=np.r_[-1.0, np.ones(9)]), "shares that are negative"),
        (of_yes(gap_ends=(np.zeros((10, 3)), np.ones((10, 3)))), r"gap_ends of shapes .*\(10, 3\)"),
        (
            of_yes(gap_ends=(np.zeros((10, 2)), np.full((10, 2), np.inf))),
            "ends that are not finite",
        ),
        (of_yes(gap_ends=(np.zeros((10, 2)),)), r"gap_ends of shapes \[\(10, 2\)\]"),
        (of_yes(is_enemy=np.zeros(39, bool)), r"is_enemy of shape \(39,\) and dtype bool"),
        (of_yes(is_enemy=np.zeros(40)), r"is_enemy of shape \(40,\) and dtype float64"),
    ],
)
def test_a_slip_in_pairs_is_an_error_that_names_it(returned: Any, words: str) -> None:
    with pytest.raises(MethodError, match=f"Own.pairs returned, for class 'yes',.* {words}"):
        checked_pairs(returned, OWN, 1)


def test_pairs_whose_arrays_fit_are_accepted() -> None:
    ends = (np.zeros((10, 2)), np.ones((10, 2)))
    for fitting in (
        None,
        of_yes(),
        of_yes(shares=np.arange(10.0)),
        of_yes(k=np.int64(2)),
        of_yes(gap_ends=ends),
    ):
        assert checked_pairs(fitting, OWN, 1) is fitting


def test_rows_are_between_a_seed_row_and_its_neighbour_and_gaps_between_their_ends() -> None:
    ends = np.array([[0.0, 0.25], [0.5, 0.875]]), np.array([[1.0, 0.75], [1.0, 0.875]])
    found = np.array([[0, 1], [3, -1]])  # row 2 has one neighbour only, which is chosen twice
    pairs = SeedNeighborPairs(np.array([4, 2]), lambda _: found, 2, gap_ends=ends)
    position, column = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    made = pairs.rows_between(position, column, np.full(4, 0.25))
    assert isinstance(made, Segment)
    assert made.seed.tolist() == [4, 4, 2, 2]
    assert made.partner.tolist() == [0, 1, 3, 3]
    assert made.gap.tolist() == [0.25, 0.375, 0.625, 0.625]


@pytest.mark.parametrize(
    "found", [np.zeros((10, 3), int), np.zeros(10, int), np.zeros((10, 2)), [[1, 2]]]
)
def test_neighbours_of_another_shape_are_an_error_that_names_it(found: Any) -> None:
    wrong = SeedNeighborPairs(np.arange(10), lambda rows: found, 2)
    with pytest.raises(MethodError, match=r"neighbors_of returned .* and k=2. Return row numbers"):
        draw(wrong, 200, np.random.RandomState(0))


@pytest.mark.parametrize(
    "gaps",
    [np.zeros(3), np.full(20, np.nan), np.full(20, "a"), np.zeros((20, 1)), np.zeros(20, bool)],
)
def test_gaps_that_are_not_one_finite_number_each_are_an_error_that_names_it(gaps: Any) -> None:
    with pytest.raises(MethodError, match=r"gaps\(\) returned .* for 20 uniform numbers"):
        gaps_from(np.linspace(0, 0.9, 20), lambda uniforms: gaps)


def test_neighbours_in_a_group_are_as_many_as_there_are() -> None:
    index = Index(np.array([[0.0], [1.0], [5.0], [5.5], [7.0]]))
    found = neighbors_in(index, 3, np.array([4, 4, 4, 9, 2]))(np.array([0, 2, 3, 4]))
    assert found.tolist() == [[1, 2, -1], [1, 0, -1], [-1, -1, -1], [-1, -1, -1]]
