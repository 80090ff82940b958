"""Copies: repeats count only if they are many, spread over rows, and more than natural."""

from __future__ import annotations

import numpy as np
import pytest

from poise.diagnosis._copies import (
    _first_of_group,
    _is_beyond,
    _Repeats,
    copies_across,
    copies_in,
)
from poise.diagnosis._evidence import SURE, read_parts


def repeats(
    size: int, n_found: int = 400, n_different: int = 200, natural: float = 0.0
) -> _Repeats:
    """Return the repeats of a largest class of 1,000 rows and of another class."""
    return _Repeats(
        n=np.array([1000, size]),
        n_found=np.array([0, n_found]),
        n_different=np.array([0, n_different]),
        n_distinct=np.array([1000, size - n_found]),
        size=np.array([1000, size]),
        natural=natural,
        largest=0,
    )


@pytest.mark.parametrize(("n_found", "is_beyond"), [(310, False), (330, False), (400, True)])
def test_repeats_must_exceed_three_times_the_natural_rate(n_found: int, is_beyond) -> None:
    assert _is_beyond(n_found, 1000, natural=0.1) == is_beyond


@pytest.mark.parametrize(
    ("size", "classes"), [(29, []), (30, [1]), (1000, [1]), (1100, [1]), (1101, [])]
)
def test_only_classes_up_to_the_largest_are_copied(size: int, classes: list[int]) -> None:
    assert repeats(size, n_found=min(size // 2, 400), n_different=size // 2).are_copied() == classes


def test_many_copies_of_one_row_are_not_over_sampling() -> None:
    assert repeats(1000, n_different=1).are_copied() == []


def test_natural_repeats_give_no_verdict() -> None:
    verdict, reason = repeats(1000, natural=0.21).evidence(None, "Rows repeat")
    assert verdict == "cannot tell"
    assert "21% of the largest class repeat by nature" in reason


def test_a_repeated_row_is_later_than_the_first_of_its_class() -> None:
    first, is_copy = _first_of_group(np.array([5, 5, 5, 7]), np.array([0, 1, 0, 0]))
    assert first.tolist() == [0, 1, 0, 3]
    assert is_copy.tolist() == [False, False, True, False]


def test_each_copy_is_listed_with_the_row_that_it_repeats() -> None:
    rng = np.random.RandomState(0)
    few = rng.normal(size=(30, 3))
    X = np.vstack([rng.normal(size=(100, 3)), few, few, few])
    evidence, copies = copies_in(read_parts(X, np.arange(190) >= 100, "X", "y"))
    assert evidence.verdict == "copied"
    assert copies.tolist() == [[row, 100 + (row - 100) % 30] for row in range(130, 190)]


def test_most_rows_must_be_copies() -> None:
    assert repeats(1000, n_found=round(1000 * SURE)).are_copied() == [1]
    assert repeats(1000, n_found=round(1000 * SURE) - 1).are_copied() == []


def verdict_on_test_rows(train: list[list[float]], test: list[list[float]]) -> str:
    """Return the verdict on the values of two classes in both parts."""
    X = np.concatenate([*train, *test])
    y = np.concatenate([np.repeat([0, 1], list(map(len, part))) for part in (train, test)])
    return copies_across(read_parts(X[:, None], y, "X", "y"), sum(map(len, train)))[0].verdict


def test_rows_that_repeat_in_training_repeat_by_nature() -> None:
    others = [float(100 + i // 2) for i in range(300)]
    pairs = [float(i // 2) for i in range(100)]
    assert verdict_on_test_rows([others, pairs], [[500.0], pairs[:30]]) != "leak"
    assert verdict_on_test_rows([others, pairs[::2]], [[500.0], pairs[:30]]) == "leak"


def test_test_rows_must_repeat_three_tenths_of_the_distinct_rows() -> None:
    others = [float(i) for i in range(100, 400)]
    tens = [float(i % 10) for i in range(30)]
    for n_repeated, verdict in ((4, "leak"), (2, "cannot tell")):
        test = [float(i % n_repeated) for i in range(30)]
        assert verdict_on_test_rows([others, tens], [[500.0], test]) == verdict


def test_repeats_must_be_rarer_by_chance_than_one_in_ten_thousand() -> None:
    # At a rate of one half: 20 coins show 19 heads or more 21 times in 2**20, and 18 or more 211 times.
    assert _is_beyond(19, 20, natural=1 / 6)
    assert not _is_beyond(18, 20, natural=1 / 6)


def test_the_natural_rate_is_that_of_the_rows_and_of_one_repeat_in_two_more() -> None:
    # 12 of 28 rows are twins, and (12 + 1) / (28 + 2) = 43 %; 6 of 28 repeat an earlier row, 7 / 30 = 23 %.
    largest = [float(i // 2) for i in range(12)] + [float(i) for i in range(100, 116)]
    small = [float(i) for i in range(200, 212)]
    train, test = np.array(largest + small), np.array([500.0, 501.0])
    y = np.repeat([0, 1, 0, 1], [28, 12, 1, 1])
    read = read_parts(np.concatenate([train, test])[:, None], y, "X", "y")
    assert "43% of the largest class repeat by nature" in copies_across(read, 40)[0].reason
    alone = read_parts(train[:, None], y[:40], "X", "y")
    assert "23% of the largest class repeat by nature" in copies_in(alone)[0].reason


def test_repeats_must_be_two_percent_of_the_rows_beyond_the_natural_rate() -> None:
    # Half of 100,000 rows may repeat by nature; chance alone would explain 50,600.
    assert not _is_beyond(52_000, 100_000, natural=1 / 6)
    assert _is_beyond(52_001, 100_000, natural=1 / 6)
    assert not _is_beyond(100, 100, natural=0.4)


def test_five_percent_of_repeats_are_suspicious_and_fewer_are_not() -> None:
    assert repeats(1000, n_found=50).evidence(None, "Rows repeat").verdict == "cannot tell"
    assert repeats(1000, n_found=49).evidence(None, "Rows repeat").verdict == "clean"
    natural = repeats(1000, n_found=49, natural=0.2)  # more than a fifth would give no verdict
    assert natural.evidence(None, "Rows repeat").verdict == "clean"


def test_a_largest_class_of_twelve_rows_is_enough_to_judge_repeats() -> None:
    for size, verdict in ((12, "clean"), (11, "too few")):
        few = repeats(5, n_found=0)._replace(size=np.array([size, 5]))
        assert few.evidence(None, "Rows repeat").verdict == verdict


def test_copies_must_be_of_three_tenths_of_the_rows_that_repeat_or_of_all() -> None:
    assert repeats(1000, n_found=400, n_different=120).are_copied() == [1]
    assert repeats(1000, n_found=400, n_different=119).are_copied() == []
    assert repeats(500, n_found=400, n_different=30).are_copied() == [1]  # of 100 distinct rows
    assert repeats(500, n_found=400, n_different=29).are_copied() == []
