"""Read a source pass by pass: number its rows, report progress, check that it has not changed."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from poise.big.memory import rows_of_size
from poise.big.request import ROW
from poise.big.scans.arrow import concat_tables, joinable, joinable_schema
from poise.big.scans.order import order_number
from poise.big.storage.source import Source
from poise.core.errors import FileError, InputError
from poise.core.progress import Progress, Report

_END = object()


@dataclass(eq=False)
class SourceReader:
    """Reads a source, as often as asked, and makes sure that the rows stay the same.

    Attributes
    ----------
    source : Source
    report : callable or None
        Called with a `Progress` after each batch.
    in_order : tuple of str
        Columns whose values must come in the same order each time, if changes of the source cannot be
        detected otherwise; see `columns_in_order`.
    n_rows : int or None
        Rows of the source, once they are counted.
    only : tuple of int, optional
        Numbers of the parts that passes read; by default all.
    """

    source: Source
    report: Report | None = None
    in_order: tuple[str, ...] = ()
    n_rows: int | None = None
    only: tuple[int, ...] | None = None
    _numbers: dict[str, int] = field(default_factory=dict)
    _sizes: dict[str, float] = field(default_factory=dict)

    def sample(self, n_rows: int) -> pa.Table:
        """Return up to `n_rows` rows each of the first part, a middle one, and the last.

        Later passes read fewer rows at once if these are large.
        """
        names, parts = self.source.schema.names, self.source.parts
        numbers = [number for number in self._numbers_of_parts if parts[number].n_rows != 0]
        # If the parts that passes read have no rows, others show the columns.
        with_rows = numbers or [number for number, part in enumerate(parts) if part.n_rows != 0]
        chosen = {with_rows[i] for i in (0, len(with_rows) // 2, -1)} if with_rows else set()
        found: list[pa.RecordBatch] = []
        for part in sorted(chosen):
            found += map(joinable, islice(self.source.batches(part, names, n_rows), 1))
        schema = joinable_schema(self.source.schema)
        sample = concat_tables([pa.Table.from_batches(found, schema)])
        n_found = max(sample.num_rows, 1)
        self._sizes = {name: sample[name].nbytes / n_found for name in schema.names}
        return sample

    @property
    def _numbers_of_parts(self) -> Sequence[int]:
        return range(len(self.source.parts)) if self.only is None else self.only

    def batches(self, stage: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of all parts; `columns` may contain the row number."""
        before, n_bytes = 0, 0
        for part in self._numbers_of_parts:
            for batch in self.batches_of(part, columns, before):
                before += batch.num_rows
                n_bytes += batch.nbytes
                yield batch
                if self.report is not None:
                    self.report(Progress(stage, before, self.n_rows or 0, n_bytes=n_bytes))
        if before != self.n_rows and self.report is not None:
            self.report(Progress(stage, before, before, n_bytes=n_bytes))
        if self.n_rows is not None and before != self.n_rows:
            raise InputError(
                f"The source gave {self.n_rows:,} rows in an earlier pass and {before:,} in this one. Either it "
                "has changed, or it can be read only once. Pass a source that gives the same rows every time."
            )
        self.n_rows = before

    def batches_of(
        self, part: int, columns: Sequence[str], before: int
    ) -> Generator[pa.RecordBatch, None, None]:
        """Yield the rows of a part; `before` is the number of rows in the parts before it."""
        stored = [name for name in columns if name != ROW]
        is_watched = self.source.state_when_opened is None
        numbers = {name: 0 for name in self.in_order if is_watched and name in stored}
        try:
            most_rows = rows_of_size(sum(self._sizes.get(name, 0.0) for name in stored))
            for batch in prefetched(self.source.batches(part, stored, most_rows)):
                if not batch.num_rows:
                    continue
                for name in numbers:
                    numbers[name] += order_number(batch[name], before)
                yield _numbered(batch, before, columns) if ROW in columns else batch
                before += batch.num_rows
        except FileError:
            self.check_unchanged()  # gives the reason, if the source has changed
            raise
        if numbers and self.n_rows in (None, before):  # otherwise the number of rows is the reason
            self._check_order(numbers)

    def _check_order(self, numbers: Mapping[str, int]) -> None:
        """Raise if rows came in another order than in the first pass that read the same columns."""
        for name, number in numbers.items():
            if self._numbers.setdefault(name, number % 2**64) != number % 2**64:
                raise InputError(
                    f"The source gave its rows in another order than in an earlier pass, or other rows (column {name!r} "
                    "differs). Without ids, rows are known by their position. Pass id=, a column that identifies "
                    "rows, or a source in a fixed order, such as a sorted query."
                )

    def check_unchanged(self) -> None:
        """Raise if the source has changed since it was opened."""
        state, before = self.source.state(), self.source.state_when_opened
        if state is not None and before is not None and state != before:
            changed = [str(new[0]) for new in state if new not in before] or ["a file was deleted"]
            raise InputError(
                f"The source has changed since it was opened ({changed[0]}), so its rows do not match those read "
                "before. Run again when no other process writes to it."
            )


def prefetched(items: Iterator[Any]) -> Generator[Any, None, None]:
    """Yield items while a thread computes the next one."""
    try:
        with ThreadPoolExecutor(1) as worker:
            waiting = worker.submit(next, items, _END)
            while (item := waiting.result()) is not _END:
                waiting = worker.submit(next, items, _END)
                yield item
    finally:
        if hasattr(items, "close"):  # a generator may hold a file open
            items.close()


def _numbered(batch: pa.RecordBatch, before: int, columns: Sequence[str]) -> pa.RecordBatch:
    numbers = pa.array(np.arange(before, before + batch.num_rows))
    arrays = [numbers if name == ROW else batch[name] for name in columns]
    return pa.record_batch(arrays, names=list(columns))
