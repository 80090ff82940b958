"""Batches have the classes in equal parts."""

from __future__ import annotations

import itertools
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


def test_epochs_differ_and_depend_on_the_random_state() -> None:
    batches = balanced_batches(LABELS, 6, random_state=4)
    assert list(batches) == list(balanced_batches(LABELS, 6, random_state=4))
    assert list(batches) != list(batches.of_epoch(1))
    forever = batches.endless()
    first = list(itertools.islice(forever, len(batches)))
    second = list(itertools.islice(forever, len(batches)))
    assert first == list(batches)
    assert second == list(batches.of_epoch(1))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"batch_size": 2}, "too small for one row of each of the 3 classes"),
        ({"epoch": "all"}, "'largest' or 'smallest'"),
    ],
)
def test_impossible_batches_raise(given: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        balanced_batches(LABELS, **given)
