"""Kernels where the rows are on another machine: rows in the driver's types, and a report for the driver.

An engine may declare that columns have no missing values, and its workers may see other types than its
driver, or names that the engine can parse. Kernels see none of these: all rows are converted first. A DataFrame
that is computed again for every pass may give other rows each time; the reports show it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from poise.big.scans.arrow import conformed
from poise.big.scans.order import rows_number
from poise.big.scans.scan import Batches, Kernel
from poise.core import errors
from poise.core.errors import PoiseError

REPORT = "__poise_report"


@dataclass(frozen=True, eq=False)
class Converted:
    """A kernel that reads rows with the names and types of a schema.

    Attributes
    ----------
    kernel : Kernel
    rows : pyarrow.Schema
        Of all columns, in the order in which they come.
    """

    kernel: Kernel
    rows: pa.Schema

    def __call__(self, batches: Batches) -> Batches:
        yield from self.kernel(conformed(batch, self.rows) for batch in batches)


@dataclass(frozen=True, eq=False)
class Reported:
    """A kernel that also reports to the driver: a number of the rows that were read, or an error.

    An error is part of what is found, because an engine shortens the message of an exception, and may run
    the same rows several times before it gives up.

    Attributes
    ----------
    kernel : Kernel
    rows : pyarrow.Schema
        Of all columns, in the order in which they come.
    columns : tuple of str
        Columns that the kernel reads.
    watched : tuple of str
        The column of ids, and the target.
    found : pyarrow.Schema
        Of what the kernel yields.
    """

    kernel: Kernel
    rows: pa.Schema
    columns: tuple[str, ...]
    watched: tuple[str, str]
    found: pa.Schema

    def __call__(self, batches: Batches) -> Batches:
        number = 0

        def counted() -> Batches:
            nonlocal number
            for given in batches:
                batch = conformed(given, self.rows)
                number += rows_number(*(batch[name] for name in self.watched))
                yield batch.select(self.columns)

        try:
            read = counted()
            for batch in self.kernel(read):
                yield _with_report(batch, pa.nulls(batch.num_rows, pa.string()))
            _exhaust(read)  # rows that the kernel does not need
            yield self._report(number=number % 2**64)
        except PoiseError as error:
            _exhaust(batches)  # the engine expects that all rows are read
            yield self._report(error=_name_of(error), message=str(error))

    def _report(self, **facts: int | str) -> pa.RecordBatch:
        nothing = pa.RecordBatch.from_pylist([{}], schema=self.found)
        return _with_report(nothing, pa.array([json.dumps(facts)]))


def _exhaust(batches: Batches) -> None:
    for _ in batches:
        pass


def _name_of(error: PoiseError) -> str:
    """Return the name of the first class of an error that is Poise's own."""
    kinds = type(error).__mro__
    return next(kind.__name__ for kind in kinds if kind.__module__ == errors.__name__)


def schema_with_report(found: pa.Schema) -> pa.Schema:
    """Return the schema of what `Reported` yields."""
    return found.append(pa.field(REPORT, pa.string()))


def _with_report(batch: pa.RecordBatch, report: pa.Array) -> pa.RecordBatch:
    schema = schema_with_report(batch.schema)
    return pa.record_batch([*batch.columns, report], schema=schema)


def without_reports(table: pa.Table) -> tuple[pa.Table, int]:
    """Return what a kernel found, and the number of all rows that were read.

    Raises
    ------
    PoiseError
        The error that a worker reported.
    """
    reports = [json.loads(text) for text in table[REPORT].drop_null().to_pylist()]
    _raise_first_error(reports)
    rows = [
        batch.filter(batch[REPORT].is_null()) if batch[REPORT].null_count < len(batch) else batch
        for batch in table.to_batches()
    ]
    number = sum(report["number"] for report in reports) % 2**64
    return pa.Table.from_batches(rows, table.schema).drop_columns([REPORT]), number


def _raise_first_error(reports: Iterable[dict[str, Any]]) -> None:
    for report in reports:
        if "error" in report:
            raise getattr(errors, report["error"])(report["message"])
