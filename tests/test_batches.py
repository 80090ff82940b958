"""Batches have the classes in equal parts."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import numpy as np
import pytest

from poise.batches import balanced_batches
from poise.core.errors import InputError

LABELS = np.repeat(["a", "b", "c"], [70, 20, 10])


@pytest.mark.parametrize("batch_size", [3, 7, 32])
@pytest.mark.parametrize("epoch", ["largest", "smallest"])
def test_every_batch_has_equal_shares_of_all_classes(batch_size: int, epoch: Any) -> None:
    batches = balanced_batches(LABELS, batch_size, epoch=epoch)
    found = list(batches)
    assert len(found) == len(batches)
    for batch in found:
        assert len(batch) == batch_size
        counts = np.unique(LABELS[batch], return_counts=True)[1]
        assert len(counts) == 3
        assert counts.max() - counts.min() <= 1


def test_an_epoch_goes_through_the_largest_class_or_the_smallest() -> None:
    rows = list(itertools.chain(*balanced_batches(LABELS, 6)))
    assert set(rows) == set(range(100))
    few = list(itertools.chain(*balanced_batches(LABELS, 6, epoch="smallest")))
    assert set(range(90, 100)) <= set(few)
    assert len(few) == 30


def test_each_iteration_is_the_next_epoch() -> None:
    batches = balanced_batches(LABELS, 6, random_state=4)
    epochs = [list(batches.of_epoch(number)) for number in range(4)]
    assert len({str(epoch) for epoch in epochs}) == 4
    assert [list(batches), list(batches)] == epochs[:2]
    batches.set_epoch(1)
    assert [list(batches), list(batches), list(batches)] == epochs[1:]
    assert list(itertools.islice(batches.endless(), 2 * len(batches))) == epochs[0] + epochs[1]
    again = pickle.loads(pickle.dumps(batches))  # its own pickle
    assert list(again) == list(batches.of_epoch(4))


def test_many_epochs_of_the_smallest_class_see_most_rows() -> None:
    y = np.repeat([0, 1], [1000, 10])
    loader = balanced_batches(y, batch_size=10, epoch="smallest")
    seen = {row for _ in range(50) for batch in loader for row in batch if y[row] == 0}
    assert 350 < len(seen) < 450


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"batch_size": 2}, "too small for one row of each of the 3 classes"),
        ({"epoch": "all"}, "'largest' or 'smallest'"),
        ({"batch_size": 6.0}, "batch_size=6.0 must be a whole number"),
        ({"batch_size": True}, "batch_size=True must be a whole number"),
        ({"random_state": -1}, "random_state=-1"),
        ({"random_state": None}, "random_state=None"),
    ],
)
def test_impossible_batches_raise(given: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        balanced_batches(LABELS, **given)


@pytest.mark.parametrize("number", [-1, 1.0, True, "0"])
def test_an_epoch_that_is_not_a_number_raises(number: Any) -> None:
    batches = balanced_batches(LABELS, 6)
    for call in (batches.of_epoch, batches.set_epoch):
        with pytest.raises(InputError, match="must be a whole number of 0 or more"):
            call(number)


def test_an_iterator_that_is_not_used_is_no_epoch() -> None:
    """A DataLoader with workers makes two iterators for each epoch and uses one of them."""
    batches = balanced_batches(np.repeat([0, 1], [50, 10]), 10)
    for number in range(3):
        iter(batches)
        assert list(iter(batches)) == list(batches.of_epoch(number))
