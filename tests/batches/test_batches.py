"""Batches have the classes in equal parts."""

from __future__ import annotations

import hashlib
import itertools
import json
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


@pytest.mark.parametrize("kind", [int, np.int32, np.int64])
def test_numbers_of_numpy_are_taken(kind: Any) -> None:
    batches = balanced_batches(
        LABELS, kind(6), num_replicas=kind(2), rank=kind(1), random_state=kind(3)
    )
    json.dumps(batches.state_dict())
    same = balanced_batches(LABELS, 6, num_replicas=2, rank=1, random_state=3)
    assert list(batches) == list(same)


def test_an_epoch_as_an_array_has_the_same_batches() -> None:
    batches = balanced_batches(LABELS, 8, num_replicas=2, rank=1)
    rows = batches.rows_of_epoch(2)
    assert rows.shape == (len(batches), 8)
    assert rows.tolist() == list(batches.of_epoch(2))
    assert list(batches) == list(batches.of_epoch(0))


def test_shares_follow_the_scheme() -> None:
    weighted = balanced_batches(LABELS, 10, scheme={"a": 1, "b": 2, "c": 4})  # 70, 40, 40
    assert weighted.shares == {"a": 70 / 150, "b": 40 / 150, "c": 40 / 150}
    shared = balanced_batches(LABELS, 10, shares={"a": 0.5, "b": 0.3, "c": 0.2})
    for batch in shared:
        assert np.unique(LABELS[batch], return_counts=True)[1].tolist() == [5, 3, 2]
    assert len(shared) == 14  # 70 rows of "a", 5 at a time


def test_a_class_with_less_than_a_row_per_batch_has_its_share_of_the_epoch() -> None:
    batches = balanced_batches(LABELS, 4, shares={"a": 0.8, "b": 0.1, "c": 0.1}, epoch="largest")
    labels = LABELS[batches.rows_of_epoch(0)]
    assert len(batches) == 50  # all 20 rows of "b"
    assert [int((labels == label).sum()) for label in "abc"] == [160, 20, 20]
    assert (labels == "c").sum(axis=1).max() == 1


def test_expected_counts_vary_around_the_shares() -> None:
    y = np.repeat([0, 1], [5000, 50])
    batches = balanced_batches(y, 32, counts="expected")
    n_events = (y[batches.rows_of_epoch(0)] == 1).sum(axis=1)
    assert abs(n_events.mean() - 16) < 4 * np.sqrt(8 / len(batches))
    assert 5 < n_events.var() < 12  # the binomial variance is 8
    small = balanced_batches(LABELS, 1, counts="expected")  # fewer rows than classes
    assert {len(batch) for batch in small} == {1}


def test_without_the_last_batch_an_epoch_of_the_smallest_class_repeats_no_row() -> None:
    loaders = [
        balanced_batches(
            np.repeat([0, 1], [900, 103]),
            8,
            epoch="smallest",
            drop_last=True,
            num_replicas=3,
            rank=rank,
        )
        for rank in range(3)
    ]
    assert [len(loader) for loader in loaders] == [8, 8, 8]  # 206 rows, 24 at a time
    rows = np.concatenate([loader.rows_of_epoch(4).ravel() for loader in loaders])
    assert len(np.unique(rows)) == len(rows) == 3 * 8 * 8
    full = balanced_batches(np.repeat([0, 1], [900, 103]), 24, epoch="smallest")
    assert len(full) == 9


def test_processes_share_an_epoch() -> None:
    """Each row of the largest class is drawn by one process, and what they draw is one epoch."""
    y = np.repeat([0, 1], [960, 40])
    loaders = [balanced_batches(y, 8, num_replicas=4, rank=rank) for rank in range(4)]
    drawn = [loader.rows_of_epoch(1) for loader in loaders]
    assert {len(loader) for loader in loaders} == {60}
    assert all((y[rows] == 1).sum(axis=1).tolist() == [4] * 60 for rows in drawn)
    often = np.concatenate([rows[y[rows] == 0] for rows in drawn])
    assert sorted(often.tolist()) == list(range(960))
    one = balanced_batches(y, 32).rows_of_epoch(1)
    assert np.array_equal(np.sort(np.hstack(drawn), axis=1), np.sort(one, axis=1))


def test_small_classes_are_drawn_in_many_passes() -> None:
    y = np.append(np.zeros(5000, dtype=int), 1)
    rows = balanced_batches(y, 2).rows_of_epoch(0)
    assert (rows == 5000).sum(axis=1).tolist() == [1] * 5000


@pytest.mark.parametrize(
    ("counts", "digest"),
    [
        ("exact", "7dc12d3abc76384e10862f9b359ed343"),
        ("expected", "7f923973cbec8989ddad301f93996b59"),
    ],
)
def test_a_random_seed_gives_the_same_batches_as_in_the_last_release(
    counts: Any, digest: str
) -> None:
    """Otherwise training that goes on with another version would repeat some rows: raise the format then."""
    y = np.repeat([0, 1, 2], [5000, 400, 3])
    rows = balanced_batches(y, 24, counts=counts, num_replicas=2, rank=1).rows_of_epoch(3)
    assert hashlib.md5(rows.astype("<i4").tobytes()).hexdigest() == digest


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
        ({"batch_size": 0}, "batch_size=0 must be a whole number from 1"),
        ({"batch_size": 0, "counts": "expected"}, "batch_size=0 must be a whole number from 1"),
        ({"counts": "precise"}, "counts='precise' is not known; it can be 'exact' or 'expected'"),
        ({"drop_last": 1}, "drop_last=1 must be True or False"),
        ({"num_replicas": 0}, "num_replicas=0 must be a whole number of 1 or more"),
        ({"num_replicas": 2.0}, "num_replicas=2.0 must be"),
        ({"rank": 1}, "rank=1 must be a whole number from 0 to 0, because num_replicas=1"),
        ({"rank": -1, "num_replicas": 2}, "rank=-1 must be a whole number from 0 to 1"),
        ({"rank": True, "num_replicas": 2}, "rank=True must be"),
        ({"num_replicas": 10**9}, "makes more than 1,000,000,000 rows"),
        ({"scheme": "cubed"}, "There is no scheme='cubed'"),
        ({"epoch": "smallest", "drop_last": True}, "class 'c' has 10 rows and 0.333 of each batch"),
        (
            {"shares": {"a": 1e-12, "b": 0.5, "c": 0.5 - 1e-12}},
            "An epoch would have .* batches: class 'a' has 70 rows and 1e-12 of each batch. Pass a larger share",
        ),
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
