"""The embedded engine: one pass after the other over files or streams, in the memory it was given."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from poise.big.request import ROW
from poise.big.scans.scan import Scan, ahead, held
from poise.big.storage.source import Source
from poise.core.errors import FileError, InputError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes
    ----------
    stage : str
    rows, n_rows : int
        Rows seen in this pass, and all of them; `n_rows` is 0 where it is not known yet.
    n_bytes : int
        Bytes of Arrow's columns that the pass has read or written.
    """

    stage: str
    rows: int
    n_rows: int
    n_bytes: int


Report: TypeAlias = Callable[[Progress], object]


@dataclass(eq=False)
class Embedded:
    """Runs kernels over a source in this process.

    Attributes
    ----------
    source : Source
    report : callable or None
    n_rows : int or None
        Rows of the source, once they are counted.
    """

    source: Source
    report: Report | None = None
    n_rows: int | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    _state: list[list[Any]] | None = None

    def run(self, scan: Scan) -> pa.Table:
        """Return all that a kernel yields over all rows."""
        start = time.perf_counter()
        self.refuse_changed()
        batches = map(held, self.batches(scan.name, scan.columns))
        yielded = list(scan.kernel(batches))
        self.seconds[scan.name] = round(time.perf_counter() - start, 3)
        found = pa.Table.from_batches(yielded, schema=scan.found)
        _log.info("%s: %d rows found in %.2f s", scan.name, found.num_rows, self.seconds[scan.name])
        return found

    def batches(self, stage: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows of all parts, numbered where they have no id."""
        before, read = 0, 0
        for part in range(len(self.source.parts)):
            for batch in self.batches_of(part, columns, before):
                before += batch.num_rows
                read += batch.nbytes
                yield batch
                self._tell(stage, before, self.n_rows or 0, read)
        if before != self.n_rows:
            self._tell(stage, before, before, read)
        if self.n_rows is not None and before != self.n_rows:
            raise InputError(
                f"The source gave {self.n_rows:,} rows in an earlier pass and {before:,} in this one. It has "
                "changed, or can be read only once: pass something that gives the same rows every time."
            )
        self.n_rows = before

    def batches_of(
        self, part: int, columns: Sequence[str], before: int
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a part; `before` rows come before it."""
        stored = [name for name in columns if name != ROW]
        try:
            for batch in ahead(self.source.batches(part, stored)):
                if not batch.num_rows:
                    continue
                yield _numbered(batch, before, columns) if ROW in columns else batch
                before += batch.num_rows
        except FileError:
            self.refuse_changed()  # says why, where that is the reason
            raise

    def refuse_changed(self) -> None:
        """Raise where the source is not what it was."""
        state = self.source.state()
        if state is not None and self._state is not None and state != self._state:
            changed = [str(new[0]) for new in state if new not in self._state] or ["a file is gone"]
            raise InputError(
                f"The source has changed since it was first read ({changed[0]}), so that its rows do not fit "
                "together. Run it again when nobody writes to it."
            )
        self._state = state

    def _tell(self, stage: str, rows: int, n_rows: int, n_bytes: int) -> None:
        if self.report is not None:
            self.report(Progress(stage, rows, n_rows, n_bytes))


def _numbered(batch: pa.RecordBatch, before: int, columns: Sequence[str]) -> pa.RecordBatch:
    numbers = pa.array(np.arange(before, before + batch.num_rows))
    arrays = [numbers if name == ROW else batch[name] for name in columns]
    return pa.record_batch(arrays, names=list(columns))
