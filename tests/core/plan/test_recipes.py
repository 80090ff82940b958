"""Recipes compute the values of new rows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from poise.core.errors import InputError
from poise.core.plan.making import donors_of, made_cells
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Copy, Jitter, Mean, Segment, Vote, winners
from poise.core.plan.values import Cells

HALFWAY = Segment(np.array([0, 2]), np.array([1, 0]), np.array([0.5, 0.25]))
X = np.array([[0.0, 10.0], [2.0, 20.0], [4.0, 40.0]])


def segment(gap: float) -> Segment:
    return Segment(np.array([0]), np.array([1]), np.array([gap]))


def test_a_blended_row_is_seed_plus_gap_times_the_difference_to_the_partner() -> None:
    made = Plan(3, (HALFWAY,)).apply(X)[3:]
    np.testing.assert_array_equal(made, [[1.0, 15.0], [3.0, 32.5]])


def test_a_reach_shortens_the_segment_and_a_negative_gap_extrapolates() -> None:
    segment = Segment(np.array([0, 0]), np.array([1, 1]), np.array([0.5, -1.0]), np.array([0.5, 1]))
    np.testing.assert_array_equal(Plan(3, (segment,)).apply(X)[3:, 0], [0.5, -2.0])
    assert Plan(3, (segment,)).lineage().gap[3:].tolist() == [0.25, -1.0]


@pytest.mark.parametrize("order", [None, [4, 0, 3], [3, 3, 2, 1]])
def test_sparse_and_dense_values_are_made_equal(order: list[int] | None) -> None:
    plan = Plan(3, (HALFWAY, Copy(np.array([3]))), order)
    dense, sparse = (
        made_cells(plan, [Cells(X)])[0].values,
        made_cells(plan, [Cells(sp.csr_array(X))])[0].values,
    )
    np.testing.assert_array_equal(sparse.toarray(), dense)


@pytest.mark.parametrize("dtype", ["u1", "u2", "u8", "i1", "i8", "?", "f4", "f8"])
def test_sparse_and_dense_blends_are_equal_in_every_dtype(dtype: str) -> None:
    rng = np.random.RandomState(0)
    values = rng.choice([0, 0, 1, 3, 7], size=(30, 4)).astype(dtype)
    seed, partner = rng.randint(0, 30, (2, 50))
    plan = Plan(30, (Segment(seed, partner, rng.uniform(size=50)),))
    dense, sparse = (
        made_cells(plan, [Cells(values)])[0].values,
        made_cells(plan, [Cells(sp.csr_array(values))])[0].values,
    )
    np.testing.assert_array_equal(sparse.toarray(), dense)
    assert sparse.dtype == dense.dtype == values.dtype


def test_the_arrays_passed_to_a_recipe_stay_writable() -> None:
    seed = np.array([0])
    Segment(seed, np.array([1]), np.array([0.5]))
    seed[0] = 1


def test_sparse_blending_stores_no_zeros() -> None:
    values = sp.csr_array([[0.0, 1.0], [0.0, -1.0], [5.0, 0.0]])
    made = made_cells(Plan(3, (Segment(*map(np.array, ([0], [1], [0.5]))),)), [Cells(values)])[
        0
    ].values
    assert made.nnz == 0


def jitter(n_rows: int, dtype: str = "f8") -> tuple[np.ndarray, np.ndarray]:
    values = np.arange(6.0).reshape(3, 2).astype(dtype)
    generator = np.random.RandomState(3)
    recipe = Jitter(np.zeros(n_rows, dtype=np.intp), np.array([1.0, 0.0]), generator)
    return values, made_cells(Plan(3, (recipe,)), [Cells(values)])[0].values


def test_noise_is_scaled_by_column_and_is_the_same_each_time() -> None:
    values, made = jitter(4)
    np.testing.assert_array_equal(made[:, 0], np.random.RandomState(3).randn(4, 2)[:, 0])
    np.testing.assert_array_equal(made[:, 1], values[[0] * 4, 1])
    np.testing.assert_array_equal(jitter(4)[1], made)


def test_noise_drawn_in_blocks_equals_one_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = jitter(7)[1]
    monkeypatch.setattr("poise.core.plan.recipes._NOISE_ROWS", 2)
    np.testing.assert_array_equal(jitter(7)[1], whole)


def test_noise_in_whole_numbers_is_rounded() -> None:
    made = jitter(50, "i8")[1]
    assert made.dtype == np.int64
    expected = np.rint(np.random.RandomState(3).randn(50, 2)[:, 0])
    np.testing.assert_array_equal(made[:, 0], expected)


@pytest.mark.parametrize(("gap", "donor"), [(0.0, 0), (0.49, 0), (0.5, 1), (1.0, 1)])
def test_a_category_is_from_the_nearer_parent_and_halfway_from_the_partner(
    gap: float, donor: int
) -> None:
    codes = np.array([[0], [1]], dtype=np.int32)
    assert donors_of(Plan(2, (segment(gap),)), codes, is_voted=False).tolist() == [[donor]]


def test_a_partner_that_misses_a_category_of_the_seed_row_gives_none() -> None:
    codes = np.array([[0, 5], [1, -1]], dtype=np.int32)
    assert donors_of(Plan(2, (segment(0.9),)), codes, is_voted=False).tolist() == [[0, 0]]


def test_the_nearest_of_the_most_frequent_votes_wins() -> None:
    votes = np.array([[7, 3, 3, 7], [1, -1, 2, 2], [-1, -1, -1, -1]], dtype=np.int32)
    elected, has_winner = winners(votes)
    assert elected.tolist() == [0, 2, 0]
    assert has_winner.tolist() == [True, True, False]


def test_voters_elect_the_category_and_a_missing_one_stays_missing() -> None:
    vote = Vote(segment(0.2), np.array([[1, 2, 3]]), np.array([0]))
    codes = np.array([[0, -1], [1, 1], [2, 1], [2, 1]], dtype=np.int32)
    assert donors_of(Plan(4, (vote,)), codes, is_voted=True).tolist() == [[2, 0]]


def test_a_mean_uses_the_value_of_the_seed_row_for_missing_values() -> None:
    mean = Mean(np.array([0]), np.array([0, 2]), np.array([0, 1]), np.array([0.5, 0.5]))
    values = np.array([[4.0, 1.0, np.nan], [np.nan, 3.0, 5.0]])
    made = made_cells(Plan(2, (mean,)), [Cells(values)])[0].values
    np.testing.assert_array_equal(made, [[4.0, 2.0, np.nan]])


def test_a_mean_of_large_integers_is_exact() -> None:
    mean = Mean(np.array([0]), np.array([0, 2]), np.array([0, 1]), np.array([0.5, 0.5]))
    values = np.array([[2**60 + 1], [2**60 + 5]])
    assert made_cells(Plan(2, (mean,)), [Cells(values)])[0].values.tolist() == [[2**60 + 3]]


def test_arrays_of_a_recipe_have_one_length() -> None:
    with pytest.raises(InputError, match="different lengths"):
        Plan(2, (Mean(np.array([0, 1]), np.array([0, 1]), np.array([0]), np.array([1.0])),))


@pytest.mark.parametrize("row", [-1, 2, 9])
def test_a_copy_of_a_row_that_does_not_exist_raises(row: int) -> None:
    with pytest.raises(InputError, match=r"outside 0\.\.1; only these rows exist"):
        Copy(np.array([0, row])).check(2)


@pytest.mark.parametrize("gap", [np.nan, np.inf])
def test_a_gap_that_is_not_finite_raises(gap: float) -> None:
    with pytest.raises(InputError, match="not a finite number"):
        Plan(2, (Segment(np.array([0]), np.array([1]), np.array([gap])),))


def test_the_arrays_of_a_recipe_cannot_be_written_and_those_of_the_caller_can() -> None:
    seeds = np.array([0, 1])
    recipe = Copy(seeds)
    with pytest.raises(ValueError, match="read-only"):
        recipe.seeds[0] = 1
    seeds[0] = 1


def test_a_mean_has_a_weight_for_each_row() -> None:
    mean = Mean(np.array([0]), np.array([0, 2]), np.array([0, 1]), np.array([1.0]))
    with pytest.raises(ValueError, match="length"):
        mean.check(2)


@pytest.mark.parametrize("far", [-1, 5])
def test_ids_outside_the_table_raise(far: int) -> None:
    far_ids, near, one = np.array([far]), np.array([0]), np.array([1.0])
    for recipe in (
        Copy(far_ids),
        Segment(far_ids, near, one),
        Segment(near, far_ids, one),
        Mean(far_ids, np.array([0, 1]), near, one),
        Mean(near, np.array([0, 1]), far_ids, one),
    ):
        with pytest.raises(ValueError, match="outside 0..4"):
            recipe.check(5)


@pytest.mark.parametrize("dtype", ["i8", "f8"])
def test_a_mean_leaves_out_the_values_that_a_mask_marks(dtype: str) -> None:
    seeds, starts = np.array([0, 1]), np.array([0, 2, 4])
    mean = Mean(seeds, starts, np.array([0, 1, 0, 1]), np.full(4, 0.5))
    values = np.array([[4, 1], [90, 3]], dtype=dtype)
    missing = np.array([[False, False], [True, False]])
    made = made_cells(Plan(2, (mean,)), [Cells(values, missing)])[0]
    assert made.values[:, 1].tolist() == [2, 2]
    assert made.values[0, 0] == 4
    assert made.missing.tolist() == [[False, False], [True, False]]


ROWS, GAPS, RNG = np.array([0, 1]), np.array([0.5, 0.5]), np.random.RandomState(0)
BAD_ROWS: list[Any] = [
    [0, 1],
    None,
    GAPS,
    ROWS[:, None],
    np.array(["0", "1"]),
    np.array([True, False]),
]
BAD_NUMBERS: list[Any] = [
    [0.5, 0.5],
    None,
    GAPS[:, None],
    np.array(["0", "1"]),
    GAPS * np.nan,
    GAPS * 1j,
]


@pytest.mark.parametrize("bad", BAD_ROWS, ids=repr)
def test_rows_of_a_recipe_are_whole_numbers(bad: Any) -> None:
    segment, voters, starts = Segment(ROWS, ROWS, GAPS), np.array([[0], [1]]), np.array([0, 1, 2])
    for recipe in (
        Copy(bad),
        Segment(bad, ROWS, GAPS),
        Segment(ROWS, bad, GAPS),
        Vote(segment, voters, bad),
        Vote(segment, bad if np.ndim(bad) < 2 else GAPS[:, None], ROWS),
        Mean(bad, starts, ROWS, GAPS),
        Mean(ROWS, bad, ROWS, GAPS),
        Mean(ROWS, starts, bad, GAPS),
        Jitter(bad, GAPS, RNG),
    ):
        with pytest.raises(InputError, match="the row numbers of a recipe are"):
            Plan(2, (recipe,))


@pytest.mark.parametrize("bad", BAD_NUMBERS, ids=repr)
def test_gaps_and_weights_are_finite_numbers(bad: Any) -> None:
    for recipe in (
        Segment(ROWS, ROWS, bad),
        *([] if bad is None else [Segment(ROWS, ROWS, GAPS, bad)]),
        Mean(ROWS, np.array([0, 1, 2]), ROWS, bad),
    ):
        with pytest.raises(InputError, match="of a recipe are|is not a finite number"):
            Plan(2, (recipe,))


@pytest.mark.parametrize("starts", [[], [0], [0, 2, 0], [1, 1, 2], [0, 1, 1], [0, 0, 2], [0, 2]])
def test_the_terms_of_a_mean_are_those_between_its_starts(starts: Any) -> None:
    with pytest.raises(InputError, match="starts of a Mean must rise|different lengths"):
        Plan(2, (Mean(ROWS, np.array(starts, dtype=int), ROWS, GAPS),))


def test_row_numbers_may_be_of_any_dtype_of_whole_numbers() -> None:
    rows = [
        Segment(ROWS.astype(dtype), ROWS[::-1].astype(dtype), GAPS) for dtype in ("u8", ">i4", "i1")
    ]
    assert Plan(2, tuple(rows)).apply(np.array([0.0, 1.0])).tolist() == [0, 1] + [0.5] * 6


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (Vote(Copy(ROWS), np.array([[0], [1]]), ROWS), "segment of a Vote is a Copy"),  # type: ignore[arg-type]  # the slip
        (Vote(Segment(ROWS, ROWS, GAPS), np.zeros((2, 0), int), ROWS), "has no voters"),
        (Jitter(ROWS, GAPS, 3), "generator of a Jitter is a int"),  # type: ignore[arg-type]  # the slip
        (Jitter(ROWS, np.array(["a"]), RNG), "the scales of a recipe are of shape"),
    ],
)
def test_parts_of_a_recipe_are_what_it_states(recipe: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Plan(2, (recipe,))


def test_noise_for_fewer_columns_than_the_table_has_raises() -> None:
    plan = Plan(2, (Jitter(ROWS, GAPS, RNG),))
    with pytest.raises(InputError, match="adds noise to 2 columns; the table has at least 3"):
        made_cells(plan, [Cells(np.ones((2, 3)))])


def _whole(numbers: list[Fraction], dtype: str) -> list[int]:
    """Return fractions rounded and within the range of a dtype; numpy's floats are left out."""
    bounds = np.iinfo(dtype)
    return [min(max(round(number), int(bounds.min)), int(bounds.max)) for number in numbers]


@pytest.mark.parametrize("place", ["everywhere", "lowest", "highest"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", ">u2", ">i8"])
def test_whole_numbers_of_every_dtype_are_averaged_and_blended_without_overflow(
    dtype: str, place: str
) -> None:
    bounds, rng = np.iinfo(dtype), np.random.RandomState(0)
    low, high = int(bounds.min), int(bounds.max)
    near = rng.randint(0, 9, 8).tolist()
    spread = [low + (high - low) * part // 8 for part in near]
    x = {
        "everywhere": spread,
        "lowest": [low + i for i in near],
        "highest": [high - i for i in near],
    }[place]
    mean = Mean(
        np.array([2, 3]),
        np.array([0, 2, 4]),
        np.array([2, 3, 4, 5]),
        np.array([0.25, 0.75, -0.5, 1.5]),
    )
    ends = Segment(np.array([0, 1, 6]), np.array([7, 6, 5]), np.array([0.25, 0.75, -0.5]))
    made = Plan(8, (mean, ends)).apply(np.array(x, dtype).reshape(-1, 1))[8:, 0]

    half, quarter = Fraction(1, 2), Fraction(1, 4)
    exact = [quarter * x[2] + 3 * quarter * x[3], -half * x[4] + 3 * half * x[5]]
    exact += [
        x[s] + gap * (x[p] - x[s])
        for s, p, gap in ((0, 7, quarter), (1, 6, 3 * quarter), (6, 5, -half))
    ]
    # Floats hold 53 bits of a difference.
    allowed = max(1, (max(x) - min(x)) >> 50)
    assert made.dtype == np.dtype(dtype)
    off = [abs(int(a) - b) for a, b in zip(made, _whole(exact, dtype), strict=True)]
    assert max(off) <= allowed


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "i1", "i2", "i4"])
def test_a_mean_of_sparse_whole_numbers_is_that_of_dense_ones(dtype: str) -> None:
    bounds = np.iinfo(dtype)
    X = np.array([[0, bounds.max, 1], [2, 0, 1], [3, 0, bounds.min], [3, bounds.max, 0]], dtype)
    mean = Mean(
        np.array([0, 1]),
        np.array([0, 3, 5]),
        np.array([0, 1, 2, 0, 2]),
        np.array([0.25, 0.25, 0.5, 1.5, -0.5]),
    )
    plan = Plan(4, (mean,))
    np.testing.assert_array_equal(plan.apply(sp.csr_array(X)).toarray(), plan.apply(X))


def test_halves_of_sparse_whole_numbers_are_rounded_as_those_of_dense_ones() -> None:
    X = np.array([[0, 1], [1, 2], [2, 3]])
    mean = Mean(np.array([1]), np.array([0, 2]), np.array([1, 2]), np.array([0.5, 0.5]))
    plan = Plan(3, (mean,))
    np.testing.assert_array_equal(plan.apply(sp.csr_array(X)).toarray(), plan.apply(X))
