"""Copies: repeats count only if they are many, spread over rows, and more than natural."""

from __future__ import annotations

import numpy as np
import pytest

from poise.diagnosis._copies import (
    _come_after,
    _first_of_group,
    _growth,
    _is_beyond,
    _Repeats,
    copies_across,
    copies_in,
)
from poise.diagnosis._evidence import SURE, read_parts


def repeats(
    size: int,
    n_found: int = 600,
    n_different: int = 200,
    natural: float = 0.0,
    n_later: int | None = None,
) -> _Repeats:
    """Return the repeats of a largest class of 1,000 rows and of another class."""
    return _Repeats(
        n=np.array([1000, size]),
        n_found=np.array([0, n_found]),
        n_later=np.array([0, n_found if n_later is None else n_later]),
        n_different=np.array([0, n_different]),
        n_distinct=np.array([1000, size - n_found]),
        size=np.array([1000, size]),
        natural=natural,
        largest=0,
    )


@pytest.mark.parametrize(("n_found", "is_beyond"), [(310, False), (330, False), (400, True)])
def test_repeats_must_exceed_three_times_the_natural_rate(n_found: int, is_beyond) -> None:
    assert _is_beyond(n_found, 1000, natural=0.1) == is_beyond


def test_only_classes_up_to_the_largest_are_copied() -> None:
    for size, classes in ((1100, [1]), (1101, [])):
        assert repeats(size, n_found=700, n_different=300).are_copied() == classes


@pytest.mark.parametrize(("n_later", "classes"), [(500, []), (559, []), (560, [1])])
def test_half_of_a_class_can_repeat_by_nature(n_later: int, classes: list[int]) -> None:
    # At a rate of one half, 560 of 1,000 or more happen by chance once in ten thousand times.
    assert repeats(1000, n_later=n_later).are_copied() == classes


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
    X = np.vstack([rng.normal(size=(130, 3)), few, few, few, few])
    evidence, copies = copies_in(read_parts(X, np.arange(250) >= 130, "X", "y"))
    assert evidence.verdict == "copied"
    assert copies.rows.tolist() == list(range(160, 250))
    assert copies.first.tolist() == [130 + (row - 130) % 30 for row in range(160, 250)]
    assert set(copies.how) == {"copy"}


def test_equal_rows_are_pairs_if_nothing_shows_which_one_was_first() -> None:
    rng = np.random.RandomState(0)
    few = rng.normal(size=(30, 3))
    X = np.vstack([few, few, few, few, rng.normal(size=(130, 3))])[rng.permutation(250)]
    y = np.isin(X[:, 0], few[:, 0])
    evidence, copies = copies_in(read_parts(X, y, "X", "y"))
    assert evidence.verdict == "copied"
    assert sorted(copies.rows.tolist()) == np.flatnonzero(y).tolist()
    assert (X[copies.rows] == X[copies.first]).all()
    assert (copies.rows != copies.first).all()
    assert set(copies.how) == {"pair"}


def test_copies_that_were_appended_come_after_nearly_all_originals() -> None:
    originals = np.arange(100)
    assert _come_after(np.arange(100, 130), originals)
    assert not _come_after(np.arange(1, 60, 2), np.setdiff1d(np.arange(130), np.arange(1, 60, 2)))
    # One original of 100 after all copies is allowed, two are not.
    for n_after, appended in ((1, True), (2, False)):
        rows = np.r_[np.arange(100 - n_after), np.arange(200, 200 + n_after)]
        assert _come_after(np.arange(150, 180), rows) == appended


def test_enough_of_the_examined_rows_must_be_copies() -> None:
    enough = round(1000 * SURE)
    assert repeats(1000, n_found=enough, n_later=600).are_copied() == [1]
    assert repeats(1000, n_found=enough - 1, n_later=600).are_copied() == []


def test_the_growth_of_a_class_after_the_split_follows_from_the_test_part() -> None:
    assert _growth(np.array([300, 300]), np.array([100, 10])).tolist() == [1.0, 10.0]
    assert _growth(np.array([300, 33]), np.array([100, 10])).tolist() == [1.0, 1.0]
    # 33 of 10 expected is too many for chance, 12 is not; a class without test rows says nothing.
    assert _growth(np.array([300, 90]), np.array([100, 9]))[1] == pytest.approx(10 / 3)
    assert _growth(np.array([300, 36]), np.array([100, 10]))[1] == 1.0
    assert _growth(np.array([300, 50]), np.array([100, 0])).tolist() == [1.0, 1.0]
    assert _growth(np.array([30, 50]), np.array([4, 1])).tolist() == [1.0, 1.0]


def test_copies_of_training_rows_made_after_the_split_are_no_leak() -> None:
    rng = np.random.RandomState(0)
    others, few = rng.normal(size=(400, 3)), rng.normal(size=(40, 3))
    twins = np.vstack([few, few[:20]])  # a third of the class repeats by nature
    split = rng.permutation(60)
    train, test = twins[split[:45]], twins[split[45:]]
    copied = train[rng.randint(45, size=300)]
    X = np.vstack([others[:300], copied, others[300:], test])
    y = np.repeat([0, 1, 0, 1], [300, 300, 100, 15])
    assert copies_across(read_parts(X, y, "X", "y"), 600)[0].verdict != "leak"


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
    for n_different, verdict in ((4, "leak"), (2, "cannot tell")):
        tens = [float(i % 10) for i in range(90)]
        test = [float(i % n_different) for i in range(30)]
        assert (
            verdict_on_test_rows([others, tens], [[float(i) for i in range(500, 600)], test])
            == verdict
        )


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
    assert repeats(1000, n_found=600, n_different=120).are_copied() == [1]  # of 400 distinct rows
    assert repeats(1000, n_found=600, n_different=119).are_copied() == []
    assert repeats(1000, n_found=200, n_different=60, n_later=600).are_copied() == [1]
    assert repeats(1000, n_found=200, n_different=59, n_later=600).are_copied() == []
