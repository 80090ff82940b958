"""Balanced mini-batches of row numbers, for any deep learning framework; none is imported."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np

from poise.core.errors import InputError
from poise.core.numbers import is_whole
from poise.core.plan.recipes import Ids
from poise.core.sampling.seeds import check_seed
from poise.core.saved import PickledWithVersion
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import read_target
from poise.core.types import Column, Epoch, Integer, choices

_LARGEST_BATCH = 10**9  # no mutant: memory alone

__all__ = ["BalancedBatches", "balanced_batches"]


class BalancedBatches(PickledWithVersion):
    """Batches of row numbers with equal shares of all classes; see `balanced_batches`.

    Each iteration yields the batches of the next epoch, beginning with the first. Use `set_epoch` to
    choose which one is next, `of_epoch` for the batches of one epoch, and `endless` for an infinite
    generator.
    """

    def __init__(self, labels: Labels, batch_size: int, epoch: Epoch, random_state: int) -> None:
        self._labels = labels
        self.batch_size = batch_size
        self.epoch = epoch
        self.random_state = random_state
        self._next_epoch = 0

    def __len__(self) -> int:
        """Return the number of batches per epoch."""
        counts = self._labels.counts
        longest = counts.max() if self.epoch == "largest" else counts.min()
        return int(-(-longest * len(counts) // self.batch_size))

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the batches of the next epoch, which it becomes once the first batch is taken."""
        # A DataLoader with workers makes two iterators for an epoch, and takes batches from one of them.
        number = self._next_epoch
        self._next_epoch += 1
        yield from self.of_epoch(number)

    def set_epoch(self, number: int) -> None:
        """Make the next iteration yield the batches of an epoch, and the one after it those of the following.

        Parameters
        ----------
        number : int
            Number of the epoch, counted from 0.
        """
        self._next_epoch = _checked_epoch(number)

    def of_epoch(self, number: int) -> Iterator[list[int]]:
        """Yield the batches of an epoch; every epoch has other batches.

        This does not change which epoch is next.

        Parameters
        ----------
        number : int
            Number of the epoch, counted from 0.

        Yields
        ------
        list of int
            Row numbers of one batch.
        """
        return self._batches(_checked_epoch(number))

    def _batches(self, number: int) -> Iterator[list[int]]:
        rng = np.random.default_rng([self.random_state, number])
        n_classes = len(self._labels.counts)
        # Position p of the epoch gets a row of class p modulo the number of classes, in random order.
        n_rows = len(self) * self.batch_size
        rows = np.empty(n_rows, dtype=np.intp)
        for place, code in enumerate(rng.permutation(n_classes).tolist()):
            n = len(range(place, n_rows, n_classes))
            rows[place::n_classes] = _cycled(self._labels.members(code), n, rng)
        for start in range(0, n_rows, self.batch_size):
            yield rng.permutation(rows[start : start + self.batch_size]).tolist()

    def endless(self) -> Iterator[list[int]]:
        """Yield batches without end, epoch after epoch, beginning with the first."""
        for number in count():
            yield from self.of_epoch(number)


def _checked_epoch(number: Any) -> int:
    if not is_whole(number) or number < 0:
        raise InputError(f"The epoch {number!r} must be a whole number of 0 or more.")
    return int(number)


def _cycled(members: Ids, n: int, rng: np.random.Generator) -> Ids:
    """Return n rows of a class in random order; none occurs twice before all have occurred once."""
    n_rounds = -(-n // len(members))
    return np.concatenate([rng.permutation(members) for _ in range(n_rounds)])[:n]


def balanced_batches(
    y: Column,
    batch_size: Integer = 32,
    *,
    epoch: Epoch = "largest",
    random_state: Integer = 0,
) -> BalancedBatches:
    """Return batches of row numbers with equal shares of all classes.

    In each batch, the numbers of rows of any two classes differ by at most one. All batches have
    the same size. The result can be passed to ``torch.utils.data.DataLoader(batch_sampler=...)``,
    which iterates over it once per epoch: each iteration yields the next epoch.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        The label of each row.
    batch_size : int, default=32
        Number of rows per batch; at least the number of classes.
    epoch : {"largest", "smallest"}, default="largest"
        Length of an epoch. "largest": one pass through the largest class, with rows of the other
        classes repeated. "smallest": one pass through the smallest class, with other rows of the
        larger classes in each epoch.
    random_state : int, default=0
        Random seed; the batches depend on it and on the number of the epoch.

    Returns
    -------
    BalancedBatches

    Raises
    ------
    InputError
        If the labels cannot be used, a parameter is not valid, or a batch is smaller than the number
        of classes.

    Examples
    --------
    >>> batches = balanced_batches([0] * 90 + [1] * 10, batch_size=4)
    >>> len(batches), [sum(row >= 90 for row in batch) for batch in batches][:3]
    (45, [2, 2, 2])
    """
    known = encode(read_target(y))
    if not len(known.codes):
        raise InputError("y is empty. Pass the label of each row.")
    if not isinstance(epoch, str) or epoch not in choices(Epoch):
        raise InputError(f"epoch={epoch!r} is not known; it can be 'largest' or 'smallest'.")
    check_seed(random_state)
    if not is_whole(batch_size) or batch_size > _LARGEST_BATCH:
        raise InputError(
            f"batch_size={batch_size!r} must be a whole number of {_LARGEST_BATCH:,} or less."
        )
    if batch_size < len(known.classes):
        raise InputError(
            f"batch_size={batch_size!r} is too small for one row of each of the {len(known.classes)} "
            f"classes. Pass {len(known.classes)} or more."
        )
    return BalancedBatches(known, int(batch_size), epoch, int(random_state))
