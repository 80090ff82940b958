"""Mini-batches of row numbers with given shares of the classes, and the loader that hands them out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.batches import _state
from poise.batches._epoch import Epochs, Members
from poise.batches._shares import parts_of
from poise.core.errors import InputError
from poise.core.numbers import is_whole
from poise.core.sampling.seeds import check_seed
from poise.core.saved import PickledWithVersion
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import read_target
from poise.core.types import BatchCounts, Column, Epoch, Integer, Number, Scheme, choices

_LARGEST_BATCH = 10**9  # no mutant: memory alone
_MOST_BATCHES = (1 << 31) - 1  # their numbers are multiplied in 64 bits


class BalancedBatches(PickledWithVersion):
    """Batches of row numbers with given shares of all classes; see `balanced_batches`.

    Each iteration yields the batches of the next epoch, beginning with the first. Use `set_epoch` to
    choose which one is next, `of_epoch` and `rows_of_epoch` for the batches of one epoch, `endless` for an
    infinite generator, and `state_dict` and `load_state_dict` to go on where training was stopped.

    Attributes
    ----------
    batch_size, counts, epoch, drop_last, num_replicas, rank, random_state
        As in `balanced_batches`.
    shares : dict
        Share of each class in the batches, by label.

    Examples
    --------
    >>> from poise import balanced_batches
    >>> batches = balanced_batches([0] * 90 + [1] * 10, batch_size=4, random_state=0)
    >>> for epoch in range(2):
    ...     for rows in batches:
    ...         pass  # train on these rows
    >>> batches.shares, batches.rows_of_epoch(0).shape
    ({0: 0.5, 1: 0.5}, (45, 4))
    """

    def __init__(
        self,
        labels: Labels,
        epochs: Epochs,
        epoch: Epoch,
        counts: BatchCounts,
        *,
        drop_last: bool,
    ) -> None:
        self._classes = labels.classes
        self._epochs = epochs
        self.batch_size = epochs.batch_size
        self.num_replicas = epochs.n_processes
        self.rank = epochs.process
        self.random_state = epochs.random_state
        self.shares = dict(zip(labels.classes, epochs.shares.tolist(), strict=True))
        self.epoch = epoch
        self.counts = counts
        self.drop_last = drop_last
        self._next = (0, 0)  # epoch and position that the next iteration begins with
        self._taken: tuple[int, int] | None = None  # epoch and number of batches, since it began

    def __len__(self) -> int:
        """Return the number of batches per epoch, in each process."""
        return self._epochs.n_batches

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the batches of the next epoch, which it becomes once the first batch is taken."""
        # A DataLoader with workers makes two iterators for an epoch, and takes batches from one of them.
        number, position = self._next
        self._next = (number + 1, 0)
        for batch in self._batches(number, position):
            position += 1
            self._taken = (number, position)
            yield batch

    def set_epoch(self, number: int) -> None:
        """Make the next iteration yield the batches of an epoch, and the one after it those of the following.

        Parameters
        ----------
        number : int
            Number of the epoch, counted from 0.
        """
        self._next, self._taken = (_checked_epoch(number), 0), None

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
        return self._batches(_checked_epoch(number), 0)

    def rows_of_epoch(self, number: int) -> NDArray[np.signedinteger[Any]]:
        """Return the batches of an epoch as one array, from which batches can be taken in any order.

        They are those of `of_epoch`. This does not change which epoch is next.

        Parameters
        ----------
        number : int
            Number of the epoch, counted from 0.

        Returns
        -------
        ndarray of shape (n_batches, batch_size), int32 or int64
            Row numbers, a batch per row; int32 if y has fewer than 2**31 rows.
        """
        tables = self._epochs.tables(_checked_epoch(number))
        out = np.empty((len(self), self.batch_size), dtype=self._epochs.members.rows.dtype)
        start = 0
        for table in tables:
            out[start : start + len(table)] = table
            start += len(table)
        return out

    def endless(self) -> Iterator[list[int]]:
        """Yield batches without end, epoch after epoch, beginning with the first.

        This does not change which epoch is next.
        """
        for number in count():
            yield from self.of_epoch(number)

    def state_dict(self, *, position: int | None = None) -> dict[str, Any]:
        """Return where the loader is: the epoch, and how many of its batches were taken.

        It holds plain values only, also what identifies the labels and the parameters, so that it can be
        written as JSON. It is the same in each process.

        Parameters
        ----------
        position : int, optional
            Number of batches of the current epoch that training has used; by default those that were taken
            from this object. Pass it where batches are taken ahead of training, as a
            ``torch.utils.data.DataLoader`` with workers does.

        Raises
        ------
        InputError
            If `position` is not a number of batches of an epoch.
        """
        number, taken = self._taken or self._next
        if position is not None:
            if not is_whole(position) or not 0 <= position <= len(self):
                raise InputError(
                    f"position={position!r} must be a whole number from 0 to {len(self)}, the number of batches of an "
                    "epoch. Pass how many batches of the current epoch were used."
                )
            taken = int(position)
        if taken == len(self):
            number, taken = number + 1, 0
        return _state.stored(number, taken, self._labels, self._settings)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where a state was stored: the next iteration yields the rest of its epoch.

        Parameters
        ----------
        state : dict
            What `state_dict` returned, for the same labels and parameters. The number of processes may be
            another one, if `batch_size` times `num_replicas` is the same.

        Raises
        ------
        InputError
            If it is not a state, or that of other labels or parameters; the error names what differs.
        """
        place = _state.read(state, self._labels, self._settings, len(self))
        self._next, self._taken = place, None

    @cached_property
    def _labels(self) -> dict[str, Any]:
        return _state.fingerprint(self._epochs.members, self._classes)

    @property
    def _settings(self) -> dict[str, Any]:
        return {
            "batch_size * num_replicas": self.batch_size * self.num_replicas,
            "shares": list(self.shares.values()),
            "counts": self.counts,
            "epoch": self.epoch,
            "drop_last": self.drop_last,
            "random_state": self.random_state,
        }

    def _batches(self, number: int, first: int) -> Iterator[list[int]]:
        for table in self._epochs.tables(number, first):
            yield from table.tolist()


def _checked_epoch(number: Any) -> int:
    if not is_whole(number) or number < 0:
        raise InputError(f"The epoch {number!r} must be a whole number of 0 or more.")
    return int(number)


def balanced_batches(
    y: Column,
    batch_size: Integer = 32,
    *,
    scheme: Scheme | Mapping[Any, Number] = "balanced",
    shares: Mapping[Any, Number] | None = None,
    counts: BatchCounts = "exact",
    epoch: Epoch = "largest",
    drop_last: bool = False,
    num_replicas: Integer = 1,
    rank: Integer = 0,
    random_state: Integer = 0,
) -> BalancedBatches:
    """Return batches of row numbers in which all classes have equal shares, or the shares that you set.

    All batches have the same size. The result can be passed to
    ``torch.utils.data.DataLoader(batch_sampler=...)``, which iterates over it once per epoch: each
    iteration yields the next epoch. It needs 4 bytes of memory per row of y, and up to 4 more while an epoch is
    drawn (twice as much from 2**31 rows on).

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        The label of each row.
    batch_size : int, default=32
        Number of rows per batch. For exact counts in equal shares, at least the number of classes.
    scheme : {"balanced", "sqrt", "effective", "capped"} or dict, default="balanced"
        Weights of the classes, as in `poise.weights.class_weights`, whose result may be passed too. The share of
        a class in the batches is its number of rows times its weight, divided by the sum over all classes.
        "balanced": equal shares. A dict has a weight for each label.
    shares : dict, optional
        Share of each class in the batches, by label, instead of a scheme; they sum to 1.
    counts : {"exact", "expected"}, default="exact"
        "exact": each batch has the number of rows of each class that its share demands, rounded up or
        down, and the whole epoch has too, with largest remainders (of equal ones, those of the classes that
        come first in an order drawn for the epoch). "expected": the class of each row is drawn, so that the
        numbers vary from batch to batch and have the shares on average.
    epoch : {"largest", "smallest"}, default="largest"
        Length of an epoch. "largest": until every row of every class has been drawn, which for equal shares is
        one pass through the largest class; rows of the other classes are repeated. "smallest": until all rows
        of one class have been drawn, for equal shares the smallest; the other classes have other rows in
        each epoch. With expected counts this holds on average.
    drop_last : bool, default=False
        Whether to leave out the last batch of an epoch if it could not be filled without repeating rows of the
        class that sets the length. With ``epoch="smallest"`` and exact counts, no row then occurs twice in an
        epoch.
    num_replicas : int, default=1
        Number of processes of a distributed training.
    rank : int, default=0
        Number of this process, from 0 to ``num_replicas - 1``. Each process gets its own part of every
        epoch, with the same number of batches and the same shares. The batches with one number hold, over
        all processes together, the rows that a batch of one process with ``num_replicas`` times the batch
        size has.
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

    Notes
    -----
    No row of a class is drawn again in an epoch before all rows of the class have been drawn.

    Examples
    --------
    >>> batches = balanced_batches([0] * 90 + [1] * 10, batch_size=4)
    >>> len(batches), [sum(row >= 90 for row in batch) for batch in batches][:3]
    (45, [2, 2, 2])
    >>> batches = balanced_batches([0] * 90 + [1] * 10, batch_size=5, shares={0: 0.8, 1: 0.2})
    >>> len(batches), [sum(row >= 90 for row in batch) for batch in batches][:3]
    (23, [1, 1, 1])
    """
    known = encode(read_target(y))
    if not len(known.codes):
        raise InputError("y is empty. Pass the label of each row.")
    _check_choice("epoch", epoch, choices(Epoch))
    _check_choice("counts", counts, choices(BatchCounts))
    if not isinstance(drop_last, bool):
        raise InputError(f"drop_last={drop_last!r} must be True or False.")
    check_seed(random_state)
    parts = parts_of(known, scheme, shares)
    _check_batch_size(batch_size, num_replicas)
    _check_processes(num_replicas, rank)
    is_equal = len(set(parts)) == 1
    if counts == "exact" and is_equal and batch_size < len(parts):
        raise InputError(
            f"batch_size={batch_size!r} is too small for one row of each of the {len(parts)} "
            f"classes. Pass {len(parts)} or more, or counts='expected'."
        )
    step = int(batch_size) * int(num_replicas)
    epochs = Epochs(
        members=Members.of(known.codes, known.counts),
        parts=parts,
        batch_size=int(batch_size),
        n_batches=_n_batches(known, parts, step, epoch, drop_last=drop_last),
        is_exact=counts == "exact",
        n_processes=int(num_replicas),
        process=int(rank),
        random_state=int(random_state),
    )
    return BalancedBatches(known, epochs, epoch, counts, drop_last=drop_last)


def _check_choice(name: str, value: Any, known: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in known:
        raise InputError(f"{name}={value!r} is not known; it can be {known[0]!r} or {known[1]!r}.")


def _check_batch_size(batch_size: Any, num_replicas: Any) -> None:
    if not is_whole(batch_size) or not 1 <= batch_size <= _LARGEST_BATCH:
        raise InputError(
            f"batch_size={batch_size!r} must be a whole number from 1 to {_LARGEST_BATCH:,}."
        )
    if not is_whole(num_replicas) or num_replicas < 1:
        raise InputError(
            f"num_replicas={num_replicas!r} must be a whole number of 1 or more: the number of processes."
        )
    if int(batch_size) * int(num_replicas) > _LARGEST_BATCH:
        raise InputError(
            f"batch_size={batch_size!r} in each of num_replicas={num_replicas!r} processes makes more than "
            f"{_LARGEST_BATCH:,} rows. Pass a smaller batch_size."
        )


def _check_processes(num_replicas: Any, rank: Any) -> None:
    if not is_whole(rank) or not 0 <= rank < num_replicas:
        raise InputError(
            f"rank={rank!r} must be a whole number from 0 to {num_replicas - 1}, because num_replicas={num_replicas!r}. "
            "Pass the number of this process."
        )


def _n_batches(labels: Labels, parts: list[int], step: int, epoch: str, *, drop_last: bool) -> int:
    """Return the number of steps in which the rows of the class that sets the length are drawn."""
    total = sum(parts)
    needed = [
        Fraction(n * total, part * step)
        for n, part in zip(labels.counts.tolist(), parts, strict=True)
    ]
    steps = max(needed) if epoch == "largest" else min(needed)
    code = needed.index(steps)
    n_batches = math.floor(steps) if drop_last else math.ceil(steps)
    share = f"class {labels.classes[code]!r} has {labels.counts[code]:,} rows and {parts[code] / total:.3g} of each batch"
    if not n_batches:
        raise InputError(
            f"drop_last=True leaves no batch in an epoch: {share}, and {step:,} rows are drawn at a time. Pass "
            "drop_last=False, or a smaller batch_size."
        )
    if n_batches > _MOST_BATCHES:
        raise InputError(
            f"An epoch would have {n_batches:,} batches: {share}. Pass a larger share or batch_size, or "
            "epoch='smallest'."
        )
    return n_batches
