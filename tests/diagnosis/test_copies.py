"""Copies: repeats count only if they are many, spread over rows, and more than natural."""

from __future__ import annotations

import numpy as np
import pytest

from poise.diagnosis._copies import _first_of_group, _is_beyond, _Repeats, copies_in
from poise.diagnosis._evidence import read_parts


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


@pytest.mark.parametrize(("size", "classes"), [(29, []), (1000, [1]), (1100, [1]), (1101, [])])
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
