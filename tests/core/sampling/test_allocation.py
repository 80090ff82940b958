"""sampling_strategy, in every form, becomes exact counts or an error that explains itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import poise
from poise import Proportion, Ratio
from poise.core.errors import (
    InputError,
    UnknownNameError,
)
from poise.core.sampling.allocation import (
    by_shares,
    classes_to_clean,
    rarest_of_two,
    rows_to_add,
    rows_to_keep,
)
from poise.core.tables.labels import Labels, encode

TWO = encode(np.repeat(["no", "yes"], [8, 2]))
THREE = encode(np.repeat([0, 1, 2], [10, 4, 6]))


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("auto", {1: 6, 2: 4}),
        ("not majority", {1: 6, 2: 4}),
        ("minority", {1: 6}),
        ("not minority", {0: 0, 2: 4}),
        ("all", {0: 0, 1: 6, 2: 4}),
        ({2: 9, 1: 4}, {1: 0, 2: 3}),
        (lambda y: {2: int((y == 2).sum()) + 1}, {2: 1}),
    ],
)
def test_over_sampling_adds(strategy: Any, expected: dict[int, int]) -> None:
    added = rows_to_add(strategy, THREE)
    assert added == expected
    assert list(added) == sorted(added)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("auto", {0: 4, 2: 4}),
        ("not minority", {0: 4, 2: 4}),
        ("majority", {0: 4}),
        ("not majority", {1: 4, 2: 4}),
        ("all", {0: 4, 1: 4, 2: 4}),
        ({2: 0, 0: 10}, {0: 10, 2: 0}),
    ],
)
def test_under_sampling_keeps(strategy: Any, expected: dict[int, int]) -> None:
    kept = rows_to_keep(strategy, THREE)
    assert kept == expected
    assert list(kept) == sorted(kept)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("auto", [0, 2]),
        ("majority", [0]),
        ("not majority", [1, 2]),
        ("all", [0, 1, 2]),
        ([2, 0, 2], [0, 2]),
        (lambda _: [1], [1]),
    ],
)
def test_cleaning_names_classes(strategy: Any, expected: list[int]) -> None:
    assert classes_to_clean(strategy, THREE) == expected


@pytest.mark.parametrize(("ratio", "added"), [(0.25, 0), (0.5, 2), (1, 6), (np.float32(0.5), 2)])
def test_a_ratio_is_of_the_smaller_to_the_larger(ratio: float, added: int) -> None:
    assert rows_to_add(ratio, TWO) == {1: added}


@pytest.mark.parametrize(("ratio", "kept"), [(0.25, 8), (0.5, 4), (1.0, 2)])
def test_a_ratio_shrinks_the_larger(ratio: float, kept: int) -> None:
    assert rows_to_keep(ratio, TWO) == {0: kept}


@pytest.mark.parametrize("count", range(1, 400))
def test_every_count_can_be_reached_by_its_ratio(count: int) -> None:
    labels = encode(np.repeat([0, 1], [400, 1]))
    assert rows_to_add(count / 400, labels) == {1: count - 1}


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        (0.1, r"asks for 0 rows of class 'yes', which has 2 already \(a ratio of 0.25\)"),
        ({"yes": 2**41}, "more than any memory can hold"),
        (0, "above 0 and at most 1"),
        (1.5, "above 0 and at most 1"),
        ({"no": 3}, "asks for 3 rows of class 'no', which has 8; over-sampling only adds"),
        ({"yes": -1}, "whole number"),
        ({"yes": 2.5}, "whole number"),
        ({"yes": True}, "whole number"),
        ({"yess": 9}, "no class 'yess'.*Did you mean 'yes'"),
        ("majority", "would grow the majority class, which cannot balance anything"),
        ("minorty", "not known.*Did you mean 'minority'"),
        (["yes"], "only cleaning methods"),
        (None, "not understood"),
        (True, "not understood"),
        (lambda _: 3, "must return a dictionary"),
    ],
)
def test_an_impossible_over_sampling_raises(strategy: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        rows_to_add(strategy, TWO)


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        (0.2, "asks for 10 rows of class 'no', which has 8"),
        ({"yes": 3}, "asks for 3 rows of class 'yes', which has 2; under-sampling only removes"),
        ("minority", "would shrink the minority class, which cannot balance anything"),
        (["no"], "only cleaning methods"),
    ],
)
def test_an_impossible_under_sampling_raises(strategy: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        rows_to_keep(strategy, TWO)


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        (0.5, r"Pass a list .* \['no'\]"),
        ({"no": 3}, "RandomUnderSampler"),
        (["nope"], "no class 'nope'"),
        (None, "not understood"),
    ],
)
def test_an_impossible_cleaning_raises(strategy: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        classes_to_clean(strategy, TWO)


def test_a_ratio_of_three_classes_raises_with_an_example() -> None:
    with pytest.raises(InputError, match=r"only defined for two classes.*\{1: 10\}"):
        rows_to_add(0.5, THREE)


@pytest.mark.parametrize("allocate", [rows_to_add, rows_to_keep, classes_to_clean])
def test_a_target_of_one_class_raises(allocate: Any) -> None:
    with pytest.raises(InputError, match="all 3 rows are 'a'"):
        allocate("auto", encode(np.array(["a", "a", "a"])))


def test_errors_are_value_errors_too() -> None:
    with pytest.raises(ValueError, match="no class"):
        rows_to_add({"x": 1}, TWO)
    assert issubclass(UnknownNameError, InputError)


@given(st.integers(0, 1000), st.lists(st.floats(0, 100), min_size=1, max_size=9))
def test_shares_add_up_and_are_off_by_less_than_one(n_rows: int, weights: list[float]) -> None:
    if sum(weights) < 1e-6:
        return
    given_weights = np.array(weights)
    whole = by_shares(n_rows, given_weights)
    assert whole.sum() == n_rows
    assert (np.abs(whole - n_rows * given_weights / given_weights.sum()) < 1 + 1e-6).all()


def test_the_largest_remainders_are_rounded_up() -> None:
    assert by_shares(10, np.array([2.1, 3.6, 4.3])).tolist() == [2, 4, 4]


def test_a_function_of_y_needs_y_in_memory() -> None:
    counted = Labels(TWO.codes[:0], TWO.classes, TWO.counts)
    with pytest.raises(InputError, match="y is not in memory"):
        rows_to_add(lambda _: {"yes": 3}, counted)


def test_a_proportion_fills_part_of_the_difference_to_the_largest_class() -> None:
    labels = np.repeat(["a", "b", "c"], [100, 40, 21])
    values = np.arange(161).reshape(-1, 1)
    sampler = poise.RandomOverSampler(sampling_strategy=Proportion(0.25), random_state=0)
    sampler.fit(values, labels)
    assert sampler.sampling_strategy_ == {"b": 15, "c": 19}
    assert repr(Proportion(0.25)) == "Proportion(share=0.25)"
    with pytest.raises(InputError, match="from 0 to 1"):
        Proportion(2)
    assert Proportion(0).of_counts({"a": 5, "b": 2}) == {"b": 2}


def test_a_ratio_below_that_of_the_table_raises_with_that_of_the_table() -> None:
    with pytest.raises(
        InputError, match=r"asks for 20 rows of class 'no', which has 8 \(a ratio of 0.25"
    ):
        rows_to_keep(0.1, TWO)


def test_the_rarer_of_two_classes_is_the_smaller_or_the_second() -> None:
    for labels, rarest in ((["a", "a", "b"], 1), (["a", "b", "b"], 0), (["a", "b"], 1)):
        assert rarest_of_two(encode(np.array(labels))) == rarest


def test_a_ratio_is_that_of_the_rarer_class_whichever_comes_first() -> None:
    rare_first = encode(np.repeat(["a", "b"], [2, 8]))
    assert rows_to_keep(0.5, rare_first) == {1: 4}
    assert rows_to_add(0.5, rare_first) == {0: 2}
    with pytest.raises(
        InputError, match=r"5 rows of class 'b', which has 4 .a ratio of 0.5 already"
    ):
        rows_to_keep(0.4, encode(np.repeat(["a", "b"], [2, 4])))


def test_bytes_are_no_list_of_labels() -> None:
    with pytest.raises(InputError, match="sampling_strategy=b'auto' is not understood"):
        classes_to_clean(b"auto", encode(np.array([97, 98])))  # type: ignore[arg-type]


@pytest.mark.parametrize("allocate", [rows_to_add, rows_to_keep, classes_to_clean])
def test_a_class_is_no_strategy(allocate: Any) -> None:
    with pytest.raises(InputError, match="is not understood"):
        allocate(Proportion, encode(np.array([0, 0, 1])))


OF_THREE = encode(np.repeat(["a", "b", "c"], [100, 60, 7]))


def test_a_ratio_to_the_largest_class_grows_the_classes_below_it() -> None:
    assert rows_to_add(Ratio(0.5), OF_THREE) == {1: 0, 2: 43}
    assert rows_to_add(Ratio(1), OF_THREE) == {1: 40, 2: 93}
    assert rows_to_add(Ratio({"c": 0.29}), OF_THREE) == {2: 22}  # 0.29 * 100 is below 29
    assert rows_to_add(Ratio({"b": 0.6, "c": 1.0}), OF_THREE) == {1: 0, 2: 93}


def test_a_ratio_shrinks_the_classes_until_the_smallest_has_it() -> None:
    assert rows_to_keep(Ratio(0.1), OF_THREE) == {0: 70, 1: 60}
    assert rows_to_keep(Ratio(0.29), encode(np.repeat(["a", "b"], [200, 29]))) == {0: 100}
    assert rows_to_keep(Ratio({"a": 0.3, "b": 0.6}), OF_THREE) == {0: 30, 1: 60}


@given(st.lists(st.integers(1, 60), min_size=2, max_size=5), st.floats(0.02, 1))
def test_afterwards_every_class_has_the_ratio_or_is_a_row_short(
    sizes: list[int], ratio: float
) -> None:
    labels = encode(np.repeat(np.arange(len(sizes)), sizes))
    added = np.array(sizes)
    for code, n_new in rows_to_add(Ratio(ratio), labels).items():
        assert n_new >= 0
        added[code] += n_new
    assert added.max() == max(sizes)
    assert (added > ratio * added.max() - 1).all()
    kept = np.array(sizes)
    for code, n_kept in rows_to_keep(Ratio(ratio), labels).items():
        assert n_kept <= kept[code]
        kept[code] = n_kept
    assert kept.min() == min(sizes)
    assert kept.min() >= ratio * kept.max() - 1e-6
    assert (kept[np.array(sizes) > kept] > min(sizes) / ratio - 1).all()


def test_a_ratio_of_a_named_class_that_cannot_be_met_raises() -> None:
    with pytest.raises(InputError, match=r"asks for 50 rows of class 'b', which has 60.*only adds"):
        rows_to_add(Ratio({"b": 0.5}), OF_THREE)
    with pytest.raises(
        InputError, match=r"asks for 50 rows of class 'c', which has 7.*only removes"
    ):
        rows_to_keep(Ratio({"c": 0.5}), OF_THREE)
    with pytest.raises(UnknownNameError, match="There is no class 'd'.*'a', 'b', 'c'"):
        rows_to_add(Ratio({"d": 0.5}), OF_THREE)
    with pytest.raises(
        InputError, match=r"Ratio\(ratio=0.5\) asks for a number of rows; a cleaning"
    ):
        classes_to_clean(Ratio(0.5), OF_THREE)


@pytest.mark.parametrize("wrong", [0, 1.5, -0.5, float("nan"), True, "0.5", None, [0.5]])
def test_a_ratio_is_above_0_and_at_most_1(wrong: Any) -> None:
    with pytest.raises(InputError, match="must be a number above 0 and at most 1"):
        Ratio(wrong)
    with pytest.raises(
        InputError, match="for class 'x'; it must be a number above 0 and at most 1"
    ):
        Ratio({"x": wrong})
    with pytest.raises(InputError, match="names no class"):
        Ratio({})


def test_a_ratio_is_a_function_of_y_and_may_be_returned_by_one() -> None:
    y = np.array(OF_THREE.classes)[OF_THREE.codes]
    assert Ratio(0.5)(y) == {"b": 60, "c": 50}
    assert rows_to_add(lambda _: Ratio(0.5), OF_THREE) == {1: 0, 2: 43}
    assert rows_to_keep(lambda _: Ratio(0.5), OF_THREE) == {0: 14, 1: 14}
    counted = Labels(OF_THREE.codes[:0], OF_THREE.classes, OF_THREE.counts)
    assert rows_to_keep(Ratio(0.5), counted) == {0: 14, 1: 14}


def test_a_ratio_of_two_sizes_for_three_classes_points_to_ratio() -> None:
    with pytest.raises(InputError, match=r"Pass poise.Ratio\(0.5\), for each class relative"):
        rows_to_add(0.5, OF_THREE)


def test_a_ratio_leaves_at_least_one_row() -> None:
    labels = encode(np.repeat(["a", "b"], [50, 5]))
    assert rows_to_keep(Ratio({"b": 0.001}), labels) == {1: 1}
