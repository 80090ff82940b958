"""A request on the embedded engine: decided, then written to a folder or kept open."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from poise.big.engines.local import Embedded, Progress
from poise.big.memory import Room
from poise.big.methods.decide import Decision, decide
from poise.big.methods.explain import explained, refuse_unfit
from poise.big.methods.session import Counted, Engine, Work, count_classes
from poise.big.methods.under import refuse_other_shares
from poise.big.request import Job
from poise.big.result import BigResampled, manifest_of, result_of
from poise.big.scans.scan import codes_in, held, held_schema, refuse_lost_rows, stacked
from poise.big.storage.folder import Folder, write_batches
from poise.big.storage.source import Source, open_source
from poise.core.recipes import Ids
from poise.core.resampler import warn_of_vanishing

_PIECES_A_FILE = 16
_SAMPLE_ROWS = 4096


class Run:
    """A request on the embedded engine."""

    def __init__(self, job: Job, source: Source, embedded: Embedded, engine: Engine) -> None:
        self.job, self.source, self.embedded, self.engine = job, source, embedded, engine
        self.start = time.perf_counter()

    def work(self) -> Work:
        counted = count_classes(self.job, self.engine)
        self.embedded.n_rows = counted.n_rows
        are_linked = self.source.links is not None
        return work_on(self.job, self.engine, counted, self._sample(), are_linked=are_linked)

    def _sample(self) -> pa.Table:
        """Return some rows of the first part, of one in the middle, and of the last."""
        names, parts = self.source.schema.names, self.source.parts
        with_rows = [number for number, part in enumerate(parts) if part.n_rows != 0]
        chosen = {with_rows[i] for i in (0, len(with_rows) // 2, -1)} if with_rows else set()
        found = []
        for part in sorted(chosen):
            batches = self.source.batches(part, names, _SAMPLE_ROWS)
            found += [held(batch) for batch in islice(batches, 1)]
        return stacked([pa.Table.from_batches(found, held_schema(self.source.schema))])

    def _decided(self) -> tuple[Work, Decision]:
        work = self.work()
        refuse_unfit(explained(work))
        return work, decide(work)

    def kept_open(self) -> BigResampled:
        """Return the result with its rows not made yet."""
        work, decision = self._decided()
        manifest = self._manifest(work, decision, decision.after)

        def batches() -> Iterator[pa.RecordBatch]:
            self.embedded.refuse_changed()
            kept = np.zeros(len(decision.before), dtype=np.intp)
            rows = decision.keep(self.embedded.batches("reading", self._columns(decision)))
            yield from counted(rows, kept, self.job.target, work.counted.values)
            self.embedded.refuse_changed()
            if decision.rates is not None:
                refuse_other_shares(work.counted.labels, decision.rates, kept)
            else:
                n_made = decision.made.n_rows if decision.made else 0
                refuse_lost_rows(int(decision.after.sum()) - n_made, int(kept.sum()), "The result")
            if decision.made is not None:
                yield from decision.made.batches()

        return result_of(work, decision, manifest, decision.after, batches=batches)

    def _columns(self, decision: Decision) -> list[str]:
        names = list(self.source.schema.names)
        is_numbered = not decision.keep.keeps_all and self.job.id is None
        return [self.job.key, *names] if is_numbered else names

    def written(self, folder: Folder) -> BigResampled:
        """Return the result with its rows in a folder."""
        work, decision = self._decided()
        writer = _Writer(self, folder, work, decision)
        writer.write()
        self.embedded.refuse_changed()
        after = writer.counts()
        if decision.rates is not None:
            refuse_other_shares(work.counted.labels, decision.rates, after)
            warn_of_vanishing(work.counted.labels, after)
        else:
            refuse_lost_rows(int(decision.after.sum()), int(after.sum()), "The result")
        manifest = self._manifest(work, decision, after)
        manifest["files"] = writer.names()
        folder.finish(manifest)
        reader = partial(_read_folder, folder.out, decision.keep.layout.schema.names)
        return result_of(work, decision, manifest, after, out=folder.out, batches=reader)

    def _manifest(self, work: Work, decision: Decision, after: Ids) -> dict[str, Any]:
        state = self.source.state()
        text = json.dumps(state, default=str)
        source = {
            "files": state,
            "rows": work.counted.n_rows,
            "fingerprint": hashlib.sha256(text.encode()).hexdigest() if state else None,
        }
        seconds = {**self.embedded.seconds, "all": round(time.perf_counter() - self.start, 3)}
        return manifest_of(work, decision, after) | {
            "engine": "embedded",
            "input": source,
            "seconds": seconds,
        }


def work_on(
    job: Job, engine: Engine, counted: Counted, sample: pa.Table, *, are_linked: bool = False
) -> Work:
    """Return a request on counted rows, of which some are at hand to see what a row takes."""
    row_bytes = max(sample.nbytes / max(sample.num_rows, 1), 8.0)
    work = Work(
        job, engine, counted, Room(job.memory, row_bytes, len(job.features)), sample, are_linked
    )
    work.table_of(sample.slice(0, _SAMPLE_ROWS))  # refuses columns of kinds that are not known
    return work


class _Writer:
    """Writes what stays of every part of the source, and then the new rows."""

    def __init__(self, run: Run, folder: Folder, work: Work, decision: Decision) -> None:
        self.run, self.folder, self.work, self.decision = run, folder, work, decision
        self.rows, self.n_bytes, self._cannot_link = 0, 0, False

    @property
    def links(self) -> list[Path] | None:
        """Files of the source that are part of the result as they are."""
        layout = self.decision.keep.layout
        is_same = self.decision.keep.keeps_all and layout.schema.equals(layout.source)
        return self.run.source.links if is_same and not self._cannot_link else None

    def write(self) -> None:
        if self.links is None or not self._link():
            self._cannot_link = True
            self._write_kept()
        self._write_made()
        if self.rows != self._expected():
            self._report(self.rows)

    @property
    def link_names(self) -> list[str]:
        """Names of the links to files of the source."""
        return [f"source-{number:05d}-{path.name}" for number, path in enumerate(self.links or [])]

    def _link(self) -> bool:
        """Link to the files of the source; False where the system allows no links."""
        names = self.link_names
        are_made = all(map(self.folder.link, names, self.links or []))
        if not are_made:  # rows must not be there twice
            self.folder.unlink(names)
        return are_made

    def _write_kept(self) -> None:
        before, columns = 0, self.run._columns(self.decision)
        for number, part in enumerate(self.run.source.parts):
            name = f"part-{number:05d}.parquet"
            if name in self.folder.done:
                before += self.folder.done[name]["read"]
                continue
            batches = self.run.embedded.batches_of(number, columns, before)
            counts = np.zeros(len(self.decision.before), dtype=np.int64)
            seen = [0]
            kept = self._counted(self.decision.keep(_seen(batches, seen)), counts)
            write_batches(self.folder, name, self.decision.keep.layout.schema, kept, self._tell)
            before += seen[0]
            if part.n_rows is not None:
                refuse_lost_rows(part.n_rows, seen[0], part.name)
            self.folder.add(name, int(counts.sum()), read=seen[0], classes=counts.tolist())
        refuse_lost_rows(self.work.counted.n_rows, before, "The source")

    def _counted(self, batches: Iterator[pa.RecordBatch], counts: Ids) -> Iterator[pa.RecordBatch]:
        return counted(batches, counts, self.run.job.target, self.work.counted.values)

    def _write_made(self) -> None:
        made = self.decision.made
        n_pieces = 0 if made is None else len(made.pieces)
        for number, first in enumerate(range(0, n_pieces, _PIECES_A_FILE)):
            name = f"made-{number:05d}.parquet"
            if name in self.folder.done:
                continue
            assert made is not None  # noqa: S101  # there are pieces
            pieces = range(first, min(first + _PIECES_A_FILE, n_pieces))
            counts = np.zeros(len(self.decision.before), dtype=np.int64)
            rows = self._counted((made.piece(piece) for piece in pieces), counts)
            write_batches(self.folder, name, self.decision.keep.layout.schema, rows, self._tell)
            self.folder.add(name, int(counts.sum()), classes=counts.tolist())

    def counts(self) -> Ids:
        """Return the rows of each class in the result."""
        start = self.decision.before.copy() if self.links is not None else 0 * self.decision.before
        written = [entry["classes"] for entry in self.folder.done.values()]
        return start + np.array(written, dtype=np.int64).reshape(-1, len(start)).sum(axis=0)

    def names(self) -> list[str]:
        """Return the files of the result."""
        return [
            *self.link_names,
            *(name for name, entry in self.folder.done.items() if entry["rows"]),
        ]

    def _tell(self, batch: pa.RecordBatch) -> None:
        self.rows, self.n_bytes = self.rows + batch.num_rows, self.n_bytes + batch.nbytes
        self._report(self._expected())

    def _expected(self) -> int:
        """Return how many rows are to be written."""
        linked = int(self.decision.before.sum()) if self.links is not None else 0
        return int(self.decision.after.sum()) - linked

    def _report(self, n_rows: int) -> None:
        if self.run.embedded.report is not None:
            self.run.embedded.report(Progress("writing", self.rows, n_rows, self.n_bytes))


def counted(
    batches: Iterator[pa.RecordBatch], counts: Ids, target: str, values: pa.Array
) -> Iterator[pa.RecordBatch]:
    """Yield rows, and count them by class on the way."""
    for batch in batches:
        counts += np.bincount(codes_in(batch[target], values), minlength=len(counts))
        yield batch


def _seen(batches: Iterator[pa.RecordBatch], seen: list[int]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        seen[0] += batch.num_rows
        yield batch


def _read_folder(folder: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    source = open_source(folder)
    for part in range(len(source.parts)):
        yield from source.batches(part, columns)
