"""Scans that count the rows of each class, and that return the rows of some classes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from poise.big.scans.arrow import blocks_of_rows, comparable, largest_number, smallest_number
from poise.big.scans.scan import Batches
from poise.core.errors import InputError
from poise.core.plan.constraints import Constraint
from poise.core.tables.constraints import LISTED, rows_that_break
from poise.core.tables.declared import Declared
from poise.core.tables.read import read_table

_MAX_CLASSES = 10_000


@dataclass(frozen=True, eq=False)
class CheckedRules:
    """The rules of new rows, by which the rows of the source are checked while they are counted.

    Attributes
    ----------
    rules : tuple of Constraint
        About positions among the features.
    features : tuple of str
    declared : Declared
    key : str or None
        The column that identifies a row.
    """

    rules: tuple[Constraint, ...]
    features: tuple[str, ...]
    declared: Declared
    key: str | None

    def broken_in(self, batch: pa.RecordBatch) -> list[tuple[int, list[str]]]:
        """Return for each rule how many rows break it, and some of them as text."""
        features = pa.Table.from_batches([batch]).select(self.features)
        table = read_table(features, self.declared)
        found = []
        for rule in self.rules:
            n_rows, shown = rows_that_break(rule, table, features)
            found.append((n_rows, [f"{self._name(batch, row)}({text})" for row, text in shown]))
        return found

    def _name(self, batch: pa.RecordBatch, row: int) -> str:
        return "" if self.key is None else f"{self.key} {batch[self.key][row].as_py()!r} "


@dataclass(frozen=True, eq=False)
class CountClasses:
    """Yields the number of rows of each class, with facts about columns that new rows go on numbering.

    Attributes
    ----------
    target : str
    numbered : tuple of str
    found : pyarrow.Schema
        Of ``label``, ``rows`` and, for the i-th numbered column, ``smallest_i`` and ``largest_i`` (of the
        numbers that it holds, or that follow ``new-``) and ``missing_i``; for the i-th rule, ``broken_i``
        (how many rows break it) and ``shown_i`` (some of them, as JSON).
    checked : CheckedRules or None
    """

    target: str
    numbered: tuple[str, ...]
    found: pa.Schema
    checked: CheckedRules | None = None

    def __call__(self, batches: Batches) -> Batches:
        counts: dict[Any, int] = {}
        n_numbered = len(self.numbered)
        smallest, largest, n_missing = [0] * n_numbered, [-1] * n_numbered, [0] * n_numbered
        n_rules = 0 if self.checked is None else len(self.checked.rules)
        n_broken, shown = [0] * n_rules, [list[str]() for _ in range(n_rules)]
        for batch in batches:
            if self.checked is not None and batch.num_rows:
                for i, (n_rows, some) in enumerate(self.checked.broken_in(batch)):
                    n_broken[i] += n_rows
                    shown[i] = [*shown[i], *some][:LISTED]
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
        for i in range(n_rules):
            columns[f"broken_{i}"] = ([n_broken[i]] + [0] * n)[:n]
            columns[f"shown_{i}"] = ([json.dumps(shown[i])] + ["[]"] * n)[:n]
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
