"""Scans that count the rows of each class, and that return the rows of some classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from poise.big.scans.arrow import blocks_of_rows, comparable, largest_number, smallest_number
from poise.big.scans.scan import Batches
from poise.core.errors import InputError

_MAX_CLASSES = 10_000


@dataclass(frozen=True, eq=False)
class CountClasses:
    """Yields the number of rows of each class, with facts about columns that new rows go on numbering.

    Attributes
    ----------
    target : str
    numbered : tuple of str
    found : pyarrow.Schema
        Of ``label``, ``rows`` and, for the i-th numbered column, ``smallest_i`` and ``largest_i`` (of the
        numbers that it holds, or that follow ``new-``) and ``missing_i``.
    """

    target: str
    numbered: tuple[str, ...]
    found: pa.Schema

    def __call__(self, batches: Batches) -> Batches:
        counts: dict[Any, int] = {}
        n_numbered = len(self.numbered)
        smallest, largest, n_missing = [0] * n_numbered, [-1] * n_numbered, [0] * n_numbered
        for batch in batches:
            for entry in pc.value_counts(comparable(batch[self.target])).to_pylist():
                counts[entry["values"]] = counts.get(entry["values"], 0) + entry["counts"]
            if len(counts) > _MAX_CLASSES:
                raise InputError(
                    f"Column {self.target!r} has more than {_MAX_CLASSES:,} different values: this looks like "
                    "regression (or an identifier). Poise balances classes; bin the target first."
                )
            for i, name in enumerate(self.numbered):
                n_missing[i] += batch[name].null_count
                smallest[i] = min(smallest[i], smallest_number(batch[name]))
                largest[i] = max(largest[i], largest_number(batch[name]))
        n = len(counts)
        columns = {"label": list(counts), "rows": list(counts.values())}
        for i in range(len(self.numbered)):
            columns[f"smallest_{i}"] = [smallest[i]] * n
            columns[f"largest_{i}"] = [largest[i]] * n
            columns[f"missing_{i}"] = ([n_missing[i]] + [0] * n)[:n]
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
