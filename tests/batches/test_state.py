"""Training goes on inside an epoch, from a state that is plain values, and only where it was."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest

from poise.batches import BalancedBatches, balanced_batches
from poise.core.errors import FileError, InputError

LABELS = np.repeat(["a", "b", "c"], [70, 20, 10])


def make(y: Any = LABELS, batch_size: int = 6, **given: Any) -> BalancedBatches:
    return balanced_batches(y, batch_size, **given)


def through_json(state: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(state))


@pytest.mark.parametrize("counts", ["exact", "expected"])
@pytest.mark.parametrize("n_taken", [0, 1, 34, 35, 36, 69, 70, 71])
def test_the_rest_of_an_epoch_follows_and_then_the_next(n_taken: int, counts: Any) -> None:
    """An epoch has 35 batches."""
    first = make(counts=counts)
    stream = itertools.chain.from_iterable(itertools.repeat(first))
    taken = list(itertools.islice(stream, n_taken))
    state = through_json(first.state_dict())
    assert (state["epoch"], state["position"]) == divmod(n_taken, 35)
    second = make(counts=counts)
    second.load_state_dict(state)
    assert second.state_dict() == state
    again = itertools.islice(itertools.chain.from_iterable(itertools.repeat(second)), 100 - n_taken)
    assert taken + list(again) == list(itertools.islice(make(counts=counts).endless(), 100))


def test_an_epoch_that_was_left_early_is_not_finished() -> None:
    batches = make()
    next(iter(batches))
    assert batches.state_dict()["position"] == 1
    assert list(batches) == list(batches.of_epoch(1))
    batches.set_epoch(7)
    state = batches.state_dict()
    assert (state["epoch"], state["position"]) == (7, 0)


def test_batches_that_were_taken_ahead_are_not_counted() -> None:
    batches = make()
    list(batches)  # a loader with workers has taken them all
    assert batches.state_dict()["epoch"] == 1
    state = batches.state_dict(position=30)
    assert (state["epoch"], state["position"]) == (0, 30)
    batches.load_state_dict(state)
    assert list(batches) == list(batches.of_epoch(0))[30:]
    assert batches.state_dict(position=35)["epoch"] == 1


@pytest.mark.parametrize("position", [-1, 36, 1.0, True, "3"])
def test_a_position_outside_an_epoch_raises(position: Any) -> None:
    with pytest.raises(
        InputError, match=f"position={position!r} must be a whole number from 0 to 35"
    ):
        make().state_dict(position=position)


def test_training_goes_on_with_another_number_of_processes() -> None:
    two = [make(batch_size=6, num_replicas=2, rank=rank) for rank in range(2)]
    for batches in two:
        list(itertools.islice(batches, 5))
    states = [batches.state_dict() for batches in two]
    assert states[0] == states[1]
    four = [make(batch_size=3, num_replicas=4, rank=rank) for rank in range(4)]
    for batches in four:
        batches.load_state_dict(states[0])
    rest = [list(batches.of_epoch(0))[5:] for batches in two]
    for now, then in zip(zip(*four, strict=True), zip(*rest, strict=True), strict=True):
        assert sorted(itertools.chain(*now)) == sorted(itertools.chain(*then))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"batch_size": 8}, "batch_size * num_replicas was 6 and is 8"),
        ({"num_replicas": 2}, "batch_size * num_replicas was 6 and is 12"),
        ({"epoch": "smallest"}, "epoch was 'largest' and is 'smallest'"),
        ({"counts": "expected"}, "counts was 'exact' and is 'expected'"),
        ({"drop_last": True}, "drop_last was False and is True"),
        ({"random_state": 3}, "random_state was 0 and is 3"),
        ({"scheme": {"a": 1, "b": 1, "c": 1}}, "shares was [0.33"),
        ({"y": LABELS[:99]}, "y had 100 rows and has 99"),
        ({"y": np.repeat(["a", "b"], 50)}, "y had 3 classes and has 2"),
        ({"y": LABELS[::-1]}, "some rows have other labels, or are in another order"),
        ({"y": np.repeat(["a", "b", "d"], [70, 20, 10])}, "some rows have other labels"),
        ({"random_state": 3, "batch_size": 8}, "is 8; random_state was 0 and is 3. Make the"),
    ],
)
def test_a_state_of_other_batches_raises_and_says_what_differs(other: Any, words: str) -> None:
    state = through_json(make().state_dict())
    batches = make(**other)
    with pytest.raises(InputError) as caught:
        batches.load_state_dict(state)
    assert words in str(caught.value)
    assert "call set_epoch(0)" in str(caught.value)
    assert list(batches) == list(batches.of_epoch(0))  # it is as it was


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (None, "A state must be the dict that state_dict returned; this is a NoneType"),
        ("{}", "this is a str"),
        ({"format": 1, "poise": "0.1.0"}, "The state has no 'epoch'"),
        ({"format": 1, "epoch": 0}, "The state has no 'position'"),
        ({"labels": 3}, "The state has 3 as 'labels'"),
        ({"epoch": -1}, "The state has epoch -1; it must be a whole number of 0 or more"),
        ({"epoch": 0.5}, "The state has epoch 0.5"),
        ({"position": 36}, "The state has position 36; it must be a whole number from 0 to 35"),
        ({"position": "1"}, "The state has position '1'"),
    ],
)
def test_what_is_not_a_state_raises(wrong: Any, words: str) -> None:
    is_change = isinstance(wrong, dict) and wrong and "format" not in wrong
    given = make().state_dict() | wrong if is_change else wrong
    with pytest.raises(InputError, match=words):
        make().load_state_dict(given)


@pytest.mark.parametrize("wrong", [{}, {"format": 2, "poise": "9.9.0"}, {"format": "1"}])
def test_a_state_of_another_format_raises(wrong: Any) -> None:
    with pytest.raises(
        FileError, match="The state was written by .* [Bb]egin an epoch with set_epoch."
    ):
        make().load_state_dict(wrong)


def test_the_state_is_small_and_names_its_format() -> None:
    state = make(np.arange(30_000) % 2).state_dict()
    assert list(state) == ["format", "poise", "epoch", "position", "labels", "settings"]
    assert len(json.dumps(state)) < 500
