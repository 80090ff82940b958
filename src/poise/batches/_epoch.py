"""The batches of an epoch: how many rows of which class each batch has, and which rows they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poise.core.plan.recipes import Ids

Numbers = NDArray[Any]  # of rows: 32 bits wide where they fit, which halves the memory

_BLOCK = 1 << 16  # rows that are drawn at a time; it stays in the cache
_READ = 1 << 20  # labels that are read at a time
_FEW_CLASSES = (
    8  # up to here, comparing with each bound is faster than a search; no mutant: speed alone
)
_FEW = 50  # numpy draws n of more than 50 n rows without a permutation of them all
_GOLDEN = (math.sqrt(5) - 1) / 2
_MORE, _PASS, _CLASSES, _ORDER = 1, 2, 3, 4  # what is drawn: part of the key of each generator


@dataclass(frozen=True, eq=False)
class Members:
    """The rows of each class: `rows[bounds[code]:bounds[code + 1]]`, ascending."""

    rows: Numbers
    bounds: Ids

    @classmethod
    def of(cls, codes: Ids, counts: Ids) -> Members:
        """Group row numbers by class, with no more memory than the result and a block of rows."""
        bounds = np.concatenate([[0], np.cumsum(counts)])
        rows = np.empty(len(codes), dtype=np.int32 if len(codes) < 1 << 31 else np.int64)
        filled = bounds[:-1].copy()
        size = max(_READ, len(counts))
        for start in range(0, len(codes), size):
            block = codes[start : start + size].astype(_small(len(counts)))
            order = np.argsort(block, kind="stable")
            found = np.bincount(block, minlength=len(counts))
            places = np.repeat(filled - np.cumsum(found) + found, found) + np.arange(len(block))
            rows[places] = order + start
            filled += found
        return cls(rows, bounds)

    def of_class(self, code: int) -> Numbers:
        """Return the rows of a class."""
        return self.rows[self.bounds[code] : self.bounds[code + 1]]


class Passes:
    """Pass after pass through the rows of one class, each in another random order.

    Parameters
    ----------
    members : ndarray of shape (n,)
    n_together : int
        Number of passes that are drawn at a time.
    total : int or None
        Number of rows that will be taken, if it is known.
    draw : callable
        Returns the random generator for the passes with a number.
    """

    def __init__(
        self,
        members: Numbers,
        n_together: int,
        total: int | None,
        draw: Callable[[int], np.random.Generator],
    ) -> None:
        self._members = members
        self._n_together = n_together
        self._span = n_together * len(members)
        self._total = total
        self._draw = draw
        self._number = -1
        self._rows: Numbers = members[:0]

    def take(self, start: int, stop: int) -> Numbers:
        """Return the rows at the positions from `start` to `stop` of all passes."""
        pieces = []
        while start < stop:
            number, within = divmod(start, self._span)
            end = min(stop, start - within + self._span)
            pieces.append(self._drawn(number)[within : within + end - start])
            start = end
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def _drawn(self, number: int) -> Numbers:
        if number != self._number:
            self._rows = self._members[:0]  # frees those before
            self._rows, self._number = self._draw_passes(number), number
        return self._rows

    def _draw_passes(self, number: int) -> Numbers:
        rng, members = self._draw(number), self._members
        needed = self._span if self._total is None else self._total - number * self._span
        if needed * _FEW < len(members):
            return rng.choice(members, needed, replace=False)
        table = np.tile(members, (self._n_together, 1))
        return rng.permuted(table, axis=1, out=table).ravel()


class ExactClasses:
    """Numbers of rows of each class in each batch, all rounded up or down from the exact numbers.

    A class with `parts[code]` parts of a batch gets the whole number below its exact number of rows
    in every batch, and one more in as many batches as its number in the epoch demands. That number is
    rounded by the largest remainders; of equal remainders the one is rounded up that comes first in a
    random order of the classes. Batches with one more row are spread evenly over the epoch.
    """

    def __init__(
        self, parts: list[int], batch_size: int, n_batches: int, rng: np.random.Generator
    ) -> None:
        total, order = sum(parts), rng.permutation(len(parts)).tolist()
        whole, rest = zip(*(divmod(part * batch_size, total) for part in parts), strict=True)
        n_more = n_batches * (batch_size - sum(whole))
        more = _largest_remainders([rest[code] * n_batches for code in order], total, n_more)
        # McNaughton's rule: laid end to end around a circle of batches, the additional rows are equally many in
        # each batch, and no class has two there.
        starts = np.cumsum([0, *more[:-1]])
        self._whole = np.array(whole, dtype=np.int64)
        self._more, self._starts = np.empty((2, len(parts)), dtype=np.int64)
        self._more[order], self._starts[order] = more, starts
        self._n_batches, self._stride = n_batches, _stride(n_batches)
        self._shift = int(rng.integers(n_batches))

    @property
    def totals(self) -> list[int]:
        """Number of rows of each class in the epoch."""
        return (self._whole * self._n_batches + self._more).tolist()

    def counts(self, start: int, stop: int) -> Ids:
        """Return the counts of some batches, with a row per batch and a column per class."""
        places = (np.arange(start, stop) * self._stride + self._shift) % self._n_batches
        since = (places[:, None] - self._starts) % self._n_batches
        return self._whole + (since < self._more)

    def codes(self, start: int, stop: int) -> Ids:
        """Return the class of each row of some batches, one batch after the other."""
        counts = self.counts(start, stop)
        codes = np.arange(counts.shape[1], dtype=_small(counts.shape[1]))
        return np.repeat(np.tile(codes, len(counts)), counts.ravel())


class DrawnClasses:
    """Classes that are drawn for each row: batches have the shares of the classes on average."""

    def __init__(
        self,
        shares: NDArray[np.float64],
        batch_size: int,
        draw: Callable[[int], np.random.Generator],
    ) -> None:
        self._bounds = np.cumsum(shares)[:-1]
        self._batch_size = batch_size
        self._draw = draw
        self.totals = [None] * len(shares)

    def codes(self, start: int, stop: int) -> Ids:
        """Return the class of each row of some batches, one batch after the other."""
        uniforms = self._draw(start).random((stop - start) * self._batch_size)
        small = _small(len(self.totals))
        if len(self._bounds) > _FEW_CLASSES:  # no mutant: the same codes, found faster
            return np.searchsorted(self._bounds, uniforms, side="right").astype(small)
        codes = np.zeros(len(uniforms), dtype=small)
        for bound in self._bounds:
            codes += uniforms >= bound
        return codes


def _small(n: int) -> type[np.signedinteger[Any]]:
    """Return the type of codes below n that is sorted fastest: numpy sorts 16 bits by radix."""
    return np.int16 if n < 1 << 15 else np.int64


def _largest_remainders(numerators: list[int], denominator: int, total: int) -> list[int]:
    """Round fractions with the sum `total` to whole numbers with that sum; of equal remainders the first goes up."""
    rounded, rests = zip(*(divmod(n, denominator) for n in numerators), strict=True)
    n_up = total - sum(rounded)
    is_up = set(sorted(range(len(rests)), key=lambda i: -rests[i])[:n_up])
    return [n + (i in is_up) for i, n in enumerate(rounded)]


def _stride(n: int) -> int:
    """Return a step that visits all of n places, each far from those before it."""
    step = max(1, round(n * _GOLDEN))
    while math.gcd(step, n) > 1:
        step += 1
    return step


@dataclass(frozen=True, eq=False)
class Epochs:
    """All that the epochs have in common.

    With several processes, a step is one batch of each. The rows of a step are the same for any number of
    processes with the same number of rows together.

    Attributes
    ----------
    members : Members
    parts : list of int
        Share of each class in a batch, in parts of their sum.
    batch_size : int
        Number of rows of a batch in one process.
    n_batches : int
        Number of batches per epoch in each process.
    is_exact : bool
        Whether each batch has the numbers of rows that the shares demand; otherwise they do on average.
    n_processes, process : int
        Number of processes, and which one this is.
    random_state : int
    """

    members: Members
    parts: list[int]
    batch_size: int
    n_batches: int
    is_exact: bool
    n_processes: int
    process: int
    random_state: int

    @property
    def shares(self) -> NDArray[np.float64]:
        """Share of each class in a batch."""
        total = sum(self.parts)
        return np.array([part / total for part in self.parts])

    def tables(self, number: int, first: int = 0) -> Iterator[Numbers]:
        """Yield the batches of an epoch as tables with a batch per row, from batch `first` on."""
        step, n_classes = self.batch_size * self.n_processes, len(self.parts)
        block = max(1, max(_BLOCK, 64 * n_classes) // max(step, n_classes))
        classes = self._classes(number, step)
        passes = self._passes(number, classes.totals)
        taken = np.zeros(n_classes, dtype=np.int64)
        for start in range(0, self.n_batches, block):
            stop = min(start + block, self.n_batches)
            codes = classes.codes(start, stop)
            before, taken = taken, taken + np.bincount(codes, minlength=n_classes)
            if stop <= first:
                continue
            present = np.flatnonzero(taken > before).tolist()
            found = [passes[code].take(int(before[code]), int(taken[code])) for code in present]
            rows = np.empty(len(codes), dtype=self.members.rows.dtype)
            rows[np.argsort(codes, kind="stable")] = np.concatenate(found)
            own = self._own(rows.reshape(-1, step), start)
            if self.is_exact:  # otherwise the classes are in random order
                rng = self._generator(number, _ORDER, start, self.process)
                own = rng.permuted(own, axis=1)
            yield own[max(0, first - start) :]

    def _own(self, steps: Numbers, start: int) -> Numbers:
        """Return the rows of this process: those of each class are dealt like cards."""
        n = self.n_processes
        if n == 1:  # no mutant: the same rows, without copying them
            return steps
        first = (self.process - np.arange(start, start + len(steps))) % n
        return np.take_along_axis(steps, first[:, None] + np.arange(0, steps.shape[1], n), axis=1)

    def _classes(self, number: int, step: int) -> ExactClasses | DrawnClasses:
        if self.is_exact:
            rng = self._generator(number, _MORE)
            return ExactClasses(self.parts, step, self.n_batches, rng)
        return DrawnClasses(self.shares, step, partial(self._generator, number, _CLASSES))

    def _passes(self, number: int, totals: Sequence[int | None]) -> list[Passes]:
        # The classes together hold as many rows as there are, or as a block has.
        every = [self.members.of_class(code) for code in range(len(totals))]
        return [
            Passes(
                members,
                max(1, _BLOCK // (len(totals) * len(members))),
                total,
                partial(self._generator, number, _PASS, code),
            )
            for code, (members, total) in enumerate(zip(every, totals, strict=True))
        ]

    def _generator(self, *key: int) -> np.random.Generator:
        """Return the generator of a key: one per epoch, purpose and part, so that an epoch can begin anywhere."""
        return np.random.default_rng(np.random.SeedSequence(self.random_state, spawn_key=key))
