"""Balanced batches of row numbers, for training in mini-batches; no framework is imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from poise.core.errors import InputError
from poise.core.plan.recipes import Ids
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import read_target

__all__ = ["BalancedBatches", "balanced_batches"]


@dataclass(frozen=True, eq=False)
class BalancedBatches:
    """Batches of row numbers with the classes in equal parts; see `balanced_batches`.

    Iterating gives one epoch, anew each time; `endless` goes on for ever.
    """

    _labels: Labels
    batch_size: int
    epoch: str
    random_state: int

    def __len__(self) -> int:
        """Return the batches of an epoch."""
        counts = self._labels.counts
        longest = counts.max() if self.epoch == "largest" else counts.min()
        return int(-(-longest * len(counts) // self.batch_size))

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the batches of the first epoch; the same ones every time."""
        return self.of_epoch(0)

    def of_epoch(self, number: int) -> Iterator[list[int]]:
        """Yield the batches of an epoch, drawn anew for each.

        Parameters
        ----------
        number : int
            From 0.
        """
        rng = np.random.default_rng([self.random_state, number])
        n_classes = len(self._labels.counts)
        # Position p of the whole epoch is of class p modulo the number of classes.
        n_rows = len(self) * self.batch_size
        rows = np.empty(n_rows, dtype=np.intp)
        for place, code in enumerate(rng.permutation(n_classes).tolist()):
            n = len(range(place, n_rows, n_classes))
            rows[place::n_classes] = _cycled(self._labels.members(code), n, rng)
        for start in range(0, n_rows, self.batch_size):
            yield rng.permutation(rows[start : start + self.batch_size]).tolist()

    def endless(self) -> Iterator[list[int]]:
        """Yield batches for ever, epoch after epoch."""
        number = 0
        while True:
            yield from self.of_epoch(number)
            number += 1


def _cycled(members: Ids, n: int, rng: np.random.Generator) -> Ids:
    """Return so many of a class's rows: all of them once before any is there twice."""
    n_rounds = -(-n // len(members))
    return np.concatenate([rng.permutation(members) for _ in range(n_rounds)])[:n]


def balanced_batches(
    y: Any,
    batch_size: int = 32,
    *,
    epoch: Literal["largest", "smallest"] = "largest",
    random_state: int = 0,
) -> BalancedBatches:
    """Return batches of row numbers with the classes in equal parts.

    Every batch has the classes in equal parts, one row more or less; no batch is short. It is what
    ``torch.utils.data.DataLoader(batch_sampler=...)`` takes; for a generator use `endless`.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        The label of each row.
    batch_size : int, default=32
    epoch : {"largest", "smallest"}, default="largest"
        Whether an epoch goes once through the largest class, and repeats the others, or once through
        the smallest, with other rows of the larger classes in each epoch.
    random_state : int, default=0

    Returns
    -------
    BalancedBatches

    Raises
    ------
    InputError
        For labels that cannot be used, and batches smaller than the number of classes.

    Examples
    --------
    >>> batches = balanced_batches([0] * 90 + [1] * 10, batch_size=4)
    >>> len(batches), [sum(row >= 90 for row in batch) for batch in batches][:3]
    (45, [2, 2, 2])
    """
    known = encode(read_target(y))
    if epoch not in ("largest", "smallest"):
        raise InputError(f"epoch={epoch!r} is not known; it can be 'largest' or 'smallest'.")
    if isinstance(batch_size, bool) or batch_size < len(known.classes):
        raise InputError(
            f"batch_size={batch_size!r} has no room for each of the {len(known.classes)} classes."
        )
    return BalancedBatches(known, int(batch_size), epoch, random_state)
