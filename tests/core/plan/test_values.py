"""New values have the kind and dtype of their column."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_column import N, segments

from poise.core.plan.values import blend, to_dtype

ONE = np.ones(1)


def between(seed: float, partner: float, gap: float, dtype: str) -> np.generic:
    ends = np.array([seed, partner], dtype=dtype)
    return blend(ends[:1], ends[1:], gap * ONE, None)[0]


def test_whole_numbers_are_rounded_half_to_even_and_not_truncated() -> None:
    assert [between(0, 10, gap, "i8") for gap in (0.05, 0.15, 0.16, 0.25)] == [0, 2, 2, 2]
    assert between(0, -10, 0.16, "i8") == -2


def test_unsigned_numbers_blend_downward() -> None:
    assert between(200, 100, 0.5, "u1") == 150


def test_a_flag_is_that_of_the_nearer_parent() -> None:
    flags = np.array([True, True]), np.array([False, False])
    assert blend(*flags, np.array([0.4, 0.6]), None).tolist() == [True, False]


def test_a_flag_at_a_gap_of_one_half_is_that_of_the_partner() -> None:
    assert not blend(np.array([True]), np.array([False]), np.array([0.5]), None)[0]


def test_float32_is_subtracted_in_float32_and_added_in_float64() -> None:
    seed, partner = np.float32([0.1]), np.float32([0.7])
    expected = np.float32(seed.astype("f8") + 0.3 * (partner - seed).astype("f8"))
    assert blend(seed, partner, np.array([0.3]), None) == expected


@pytest.mark.parametrize("dtype", ["i1", "u1", "i4", "i8", "u8"])
def test_extrapolation_stays_within_the_bounds_of_the_type(dtype: str) -> None:
    bounds = np.iinfo(dtype)
    beyond = to_dtype(np.array([-1e30, 1e30]), np.dtype(dtype))
    assert beyond[0] == bounds.min
    assert bounds.max - 2**11 < int(beyond[1]) <= bounds.max


@given(st.integers(-100, 100), st.integers(-100, 100), st.floats(0, 1, exclude_max=True))
def test_whole_numbers_stay_between_their_parents(seed: int, partner: int, gap: float) -> None:
    value = int(between(seed, partner, gap, "i2"))
    assert min(seed, partner) <= value <= max(seed, partner)


@pytest.mark.parametrize(
    ("low", "high", "dtype"), [(2**60 + 1, 2**60 + 1, "i8"), (2**64 - 9, 2**64 - 1, "u8")]
)
def test_integers_beyond_float64_stay_between_their_parents(
    low: int, high: int, dtype: str
) -> None:
    seed, partner = np.array([low] * 5, dtype=dtype), np.array([high] * 5, dtype=dtype)
    made = blend(seed, partner, np.linspace(0, 0.99, 5), None)
    assert ((made >= seed) & (made <= partner)).all()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_a_difference_that_overflows_does_not_make_infinity(dtype: str) -> None:
    largest = np.finfo(dtype).max
    ends = np.array([-largest], dtype=dtype), np.array([largest], dtype=dtype)
    assert blend(*ends, np.array([0.5]), None)[0] == 0.0


def test_the_parents_are_not_changed() -> None:
    seed, partner = np.array([1.0]), np.array([3.0])
    blend(seed, partner, np.array([0.5]), np.array([0.5]))
    assert (seed[0], partner[0]) == (1.0, 3.0)


@pytest.mark.parametrize("dtype", ["u8", "i8"])
def test_large_whole_numbers_are_blended(dtype: str) -> None:
    base = 2**62 if dtype == "i8" else 2**63
    values = np.array([base + 1000 * i for i in range(N)], dtype=dtype)
    new, (seed, partner, gap) = segments(values)
    expected = 1000 * seed + np.rint(gap * 1000.0 * (partner - seed))
    assert (new - np.array(base, dtype)).tolist() == expected.astype(int).tolist()
