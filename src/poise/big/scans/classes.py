"""Scans of classes: how many rows each has, the rows of some, and random numbers of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.big.scans.hashes import hashes_of
from poise.big.scans.scan import (
    Batches,
    blocks_of_rows,
    codes_in,
    int64,
    plain,
)
from poise.core.errors import InputError

_LARGEST = 2**63 - 1
_MOST_CLASSES = 10_000


@dataclass(frozen=True, eq=False)
class Census:
    """Counts rows by class, and looks at the column that identifies them.

    Attributes
    ----------
    target : str
    id : str or None
    """

    target: str
    id: str | None
    label_type: pa.DataType

    @property
    def found(self) -> pa.Schema:
        """The classes' rows; the largest number that an id has, or that follows ``new-``."""
        numbers = [pa.field(name, pa.int64()) for name in ("rows", "largest", "lacking")]
        return pa.schema([pa.field("label", self.label_type), *numbers])

    def __call__(self, batches: Batches) -> Batches:
        counts: dict[Any, int] = {}
        largest, lacking = -1, 0
        for batch in batches:
            for entry in pc.value_counts(plain(batch[self.target])).to_pylist():
                counts[entry["values"]] = counts.get(entry["values"], 0) + entry["counts"]
            if len(counts) > _MOST_CLASSES:
                raise InputError(
                    f"Column {self.target!r} has more than {_MOST_CLASSES:,} different values: this looks like "
                    "regression (or an identifier). Poise balances classes; bin the target first."
                )
            if self.id is not None:
                lacking += batch[self.id].null_count
                largest = max(largest, largest_number(batch[self.id]))
        labels = list(counts)
        n = len(labels)
        columns = [list(counts.values()), [largest] * n, [lacking] + [0] * (n - 1) if n else []]
        yield pa.record_batch(
            [pa.array(labels, self.label_type), *map(int64, columns)], schema=self.found
        )


def largest_number(ids: Any) -> int:
    """Return the largest of some ids, or of the numbers in ids such as ``new-7``; -1 for none."""
    if not len(ids):
        return -1
    if pa.types.is_integer(ids.type):
        most = pc.max(ids).as_py()
        return -1 if most is None else min(int(most), _LARGEST)
    made = ids.filter(pc.match_substring_regex(ids, r"^new-[0-9]{1,18}$"))
    if not len(made):
        return -1
    return int(pc.max(pc.utf8_slice_codeunits(made, 4).cast(pa.int64())).as_py())


@dataclass(frozen=True, eq=False)
class RowsOf:
    """Yields the rows of some classes.

    Attributes
    ----------
    target : str
    labels : pyarrow.Array
    """

    target: str
    labels: pa.Array

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            is_one = pc.is_in(plain(batch[self.target]), value_set=self.labels)
            if pc.any(is_one).as_py():
                yield batch.filter(is_one)


def blocks_of_classes(
    batches: Batches, target: str, labels: pa.Array, n_rows: int
) -> Iterator[pa.Table]:
    """Yield the rows of some classes as tables of so many rows; only the last may be smaller."""
    return blocks_of_rows(RowsOf(target, labels)(batches), n_rows)


@dataclass(frozen=True)
class FirstRows:
    """Yields the first rows that it is given.

    Attributes
    ----------
    n_rows : int
    """

    n_rows: int

    def __call__(self, batches: Batches) -> Batches:
        left = self.n_rows
        for batch in batches:
            yield batch.slice(0, left)
            left -= min(left, batch.num_rows)
            if not left:
                return


@dataclass(frozen=True, eq=False)
class Keys:
    """Yields random numbers of rows that are near the place where so many rows would be kept.

    Attributes
    ----------
    target, key : str
    labels : pyarrow.Array
    bounds : ndarray of shape (n_labels, 2), uint64
        Lowest and highest number of interest, by label.
    seed : int
    """

    target: str
    key: str
    labels: pa.Array
    bounds: NDArray[np.uint64]
    seed: int

    found = pa.schema([("label", pa.int64()), ("below", pa.int64()), ("number", pa.int64())])

    def __call__(self, batches: Batches) -> Batches:
        below = np.zeros(len(self.labels), dtype=np.int64)
        for batch in batches:
            label = codes_in(batch[self.target], self.labels)
            is_one = label >= 0
            if not is_one.any():
                continue
            label, numbers = label[is_one], hashes_of(batch[self.key], self.seed)[is_one]
            low, high = self.bounds[label].T
            below += np.bincount(label[numbers < low], minlength=len(below))
            within = (numbers >= low) & (numbers <= high)
            # Spark knows no numbers without sign: the bits travel.
            columns = (
                label[within],
                np.zeros(within.sum(), dtype=np.int64),
                numbers[within].view(np.int64),
            )
            yield pa.record_batch(list(map(int64, columns)), schema=self.found)
        summary = np.arange(len(below)), below, np.zeros(len(below), dtype=np.int64)
        # A row that only tells how many were below has no number; it is marked by a count.
        marked = np.flatnonzero(below)
        yield pa.record_batch([int64(part[marked]) for part in summary], schema=self.found)
