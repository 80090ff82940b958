"""Ids that are in several rows: found by their hashes, a part of these at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from poise.big.scans.hashes import Words, hashes_of
from poise.big.scans.scan import Batches, Purpose, Scan

MOST_LISTED = 1000
_BYTES_PER_HASH = 16  # collected, and sorted in one array


def n_parts(n_rows: int, n_bytes: int) -> int:
    """Return in how many passes the hashes of all rows fit in some bytes.

    Examples
    --------
    >>> n_parts(10_000_000, 200_000_000), n_parts(10_000_000, 50_000_000)
    (1, 4)
    """
    return max(-(-n_rows * _BYTES_PER_HASH // max(n_bytes, 1)), 1)


def repeated_values(run: Callable[[Scan], pa.Table], field: pa.Field, parts: int) -> pa.Array:
    """Return some values of a column that are in several rows, at most 1,000; none if all differ.

    Parameters
    ----------
    run : callable
        Runs a scan over all rows in one call of its kernel.
    field : pyarrow.Field
        A column of whole numbers or text without missing values.
    parts : int
        Number of passes; in each, a part of the hashes is in memory.
    """
    for part in range(parts):
        kernel = RepeatedHashes(field.name, part, parts)
        found = run(Scan(Purpose.CHECK_IDS, kernel, (field.name,), kernel.found))
        if not found.num_rows:
            continue
        # Values that differ may have the same hash, once in a million runs.
        hashes = found["hash"].to_numpy().view(np.uint64)
        own = pa.schema([field])
        rows = run(Scan(Purpose.CHECK_IDS, ValuesOfHashes(field.name, hashes), own.names, own))
        counts = pc.value_counts(rows[field.name].combine_chunks())
        repeated = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
        if len(repeated):
            return repeated
    return pa.array([], field.type)


@dataclass(frozen=True, eq=False)
class RepeatedHashes:
    """Yields the hashes that several rows have, of a part of all hashes.

    Attributes
    ----------
    column : str
    part, parts : int
    """

    column: str
    part: int
    parts: int

    found: ClassVar[pa.Schema] = pa.schema([("hash", pa.int64())])

    def __call__(self, batches: Batches) -> Batches:
        collected = [np.empty(0, np.uint64)]
        for batch in batches:
            hashes = hashes_of(batch[self.column], 0)
            is_own = slice(None) if self.parts == 1 else hashes % np.uint64(self.parts) == self.part
            collected.append(hashes[is_own])
        every = np.concatenate(collected)
        collected.clear()
        every.sort()
        twice = np.unique(every[1:][every[1:] == every[:-1]])[:MOST_LISTED]
        yield pa.record_batch([pa.array(twice.view(np.int64))], schema=self.found)


@dataclass(frozen=True, eq=False)
class ValuesOfHashes:
    """Yields the values of a column whose hashes are given.

    Attributes
    ----------
    column : str
    hashes : ndarray of uint64
        In ascending order.
    """

    column: str
    hashes: Words

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            # Sorted, because the table that numpy 2.0 and 2.1 may use cannot hold words above 2**63.
            is_wanted = np.isin(hashes_of(batch[self.column], 0), self.hashes, kind="sort")
            if is_wanted.any():
                yield batch.select([self.column]).filter(pa.array(is_wanted))
