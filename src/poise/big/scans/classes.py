"""Scans that count the rows of each class, and that return the rows of some classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from poise.big.scans.arrow import blocks_of_rows, comparable, largest_number
from poise.big.scans.scan import Batches
from poise.core.errors import InputError

_MAX_CLASSES = 10_000


@dataclass(frozen=True, eq=False)
class CountClasses:
    """Yields the number of rows of each class, with facts about the id column.

    Attributes
    ----------
    target : str
    id : str or None
    found : pyarrow.Schema
        Of ``label``, ``rows``, ``largest_id`` (the largest number that an id holds, or that follows
        ``new-``) and ``missing_ids``.
    """

    target: str
    id: str | None
    found: pa.Schema

    def __call__(self, batches: Batches) -> Batches:
        counts: dict[Any, int] = {}
        largest, n_missing = -1, 0
        for batch in batches:
            for entry in pc.value_counts(comparable(batch[self.target])).to_pylist():
                counts[entry["values"]] = counts.get(entry["values"], 0) + entry["counts"]
            if len(counts) > _MAX_CLASSES:
                raise InputError(
                    f"Column {self.target!r} has more than {_MAX_CLASSES:,} different values: this looks like "
                    "regression (or an identifier). Poise balances classes; bin the target first."
                )
            if self.id is not None:
                n_missing += batch[self.id].null_count
                largest = max(largest, largest_number(batch[self.id]))
        n = len(counts)
        columns = {
            "label": list(counts),
            "rows": list(counts.values()),
            "largest_id": [largest] * n,
            "missing_ids": [n_missing] + [0] * (n - 1) if n else [],
        }
        yield pa.RecordBatch.from_pydict(columns, schema=self.found)


@dataclass(frozen=True, eq=False)
class RowsOfClasses:
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
            is_wanted = pc.is_in(comparable(batch[self.target]), value_set=self.labels)
            if pc.any(is_wanted).as_py():
                yield batch.filter(is_wanted)


def blocks_of_classes(
    batches: Batches, target: str, labels: pa.Array, n_rows: int
) -> Iterator[pa.Table]:
    """Yield the rows of some classes as tables of `n_rows` rows; only the last may be smaller."""
    return blocks_of_rows(RowsOfClasses(target, labels)(batches), n_rows)
