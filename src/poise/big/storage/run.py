"""A resumable run: scans whose results are stored, and files that are written one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

from poise.big.scans.arrow import check_row_count, concat_tables
from poise.big.scans.output import KeepRows, MadeInMemory, MadeInPieces, count_by_class
from poise.big.scans.repeated import repeated_values
from poise.big.scans.scan import Batches, Engine, Purpose, Scan
from poise.big.storage.folder import Folder
from poise.big.storage.reading import SourceReader, prefetched
from poise.big.storage.source import open_source
from poise.core.plan.recipes import Ids
from poise.core.progress import Progress

_PIECES_PER_FILE = 16
_ROW_GROUP = 1 << 18


@dataclass(eq=False)
class CachingEngine:
    """An engine that stores the result of each scan in the folder, so no scan runs twice."""

    engine: Engine
    folder: Folder
    _n_scans: int = 0

    def run(self, scan: Scan) -> pa.Table:
        """Return the result of a scan, read from the folder if the scan was run before."""
        name = f"_scan-{self._n_scans:03d}.arrow"
        self._n_scans += 1
        stored = _stored(self.folder.aside / name)
        if stored is not None and stored.schema.equals(scan.found):
            return stored
        # A file has one dictionary per column.
        found = concat_tables([self.engine.run(scan)])
        with self.folder.file(name) as aside:
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            with pa.ipc.new_file(str(aside), found.schema, options=options) as writer:
                writer.write_table(found)
        return found

    def repeated(self, field: pa.Field, parts: int) -> pa.Array:
        """Return some values of a column that are in several rows."""
        return repeated_values(self.run, field, parts)


def _stored(path: Path) -> pa.Table | None:
    """Return the stored result of a scan; None if there is none, or a damaged file: the scan is run again."""
    if path.exists():
        with suppress(pa.ArrowException, OSError), pa.OSFile(str(path)) as file:
            found = pa.ipc.open_file(file).read_all()
            found.validate(full=True)
            return found
    return None


@dataclass(eq=False)
class ResultWriter:
    """Writes the rows of the source that stay, file by file, and then the new rows.

    Attributes
    ----------
    folder : Folder
    reader : SourceReader
    keep : KeepRows
    made : MadeInPieces, MadeInMemory or None
        New rows.
    before, after : ndarray of shape (n_classes,), intp
        Rows of each class in the source, and those expected in the result.
    """

    folder: Folder
    reader: SourceReader
    keep: KeepRows
    made: MadeInPieces | MadeInMemory | None
    before: Ids
    after: Ids
    _links: dict[str, Path] = field(default_factory=dict)
    _n_rows: int = 0
    _n_bytes: int = 0

    def write(self) -> tuple[Ids, list[str]]:
        """Write all files that are not complete yet.

        Returns
        -------
        counts : ndarray of shape (n_classes,), intp
            Rows of each class in the result.
        names : list of str
            Files of the result.
        """
        self._forget_files_of_other_classes()
        pieces = [] if self.made is None else self.made.pieces
        if not self.keep.changes_nothing or not self._link():
            self._write_kept()
        if self.made is not None:
            self._write_made(self.made, len(pieces))
        if self._n_rows != self._n_expected():
            self._report(self._n_rows)
        done = self.folder.done
        written = np.array([entry["classes"] for entry in done.values()], dtype=np.int64)
        linked = self.before if self._links else 0 * self.before
        counts = linked + written.reshape(-1, len(linked)).sum(axis=0)
        return counts, [*self._links, *(name for name, entry in done.items() if entry["rows"])]

    def _forget_files_of_other_classes(self) -> None:
        """Write files again whose record is damaged: it counts other classes than the source has."""
        done, n_classes = self.folder.done, len(self.before)
        self.folder.done = {n: e for n, e in done.items() if len(e["classes"]) == n_classes}

    def _link(self) -> bool:
        """Link to the files of the source as a part of the result; return whether it worked."""
        paths = self.reader.source.links
        if paths is None:
            return False
        links = {f"source-{number:05d}-{path.name}": path for number, path in enumerate(paths)}
        if all(map(self.folder.link, links, links.values())):
            self._links = links
            return True
        self.folder.unlink(links)  # otherwise rows would be in the result twice
        return False

    def _write_kept(self) -> None:
        before = 0
        for number in range(len(self.reader.source.parts)):
            name = f"part-{number:05d}.parquet"
            if name not in self.folder.done:
                self._write_part(name, number, before)
            before += self.folder.done[name]["read"]
        check_row_count(int(self.before.sum()), before, "The source")

    def _write_part(self, name: str, number: int, before: int) -> None:
        """Write the rows of a part of the source that stay."""
        part, n_read = self.reader.source.parts[number], [0]
        batches = self.reader.batches_of(number, self.keep.columns, before)
        counts = self._write_file(name, self.keep(_count_rows(batches, n_read)))
        if part.n_rows is not None:
            check_row_count(part.n_rows, n_read[0], part.name)
        self.folder.add(name, counts.tolist(), n_read[0])

    def _write_made(self, made: MadeInPieces | MadeInMemory, n_pieces: int) -> None:
        for number, first in enumerate(range(0, n_pieces, _PIECES_PER_FILE)):
            name = f"made-{number:05d}.parquet"
            if name in self.folder.done:
                continue
            pieces = range(first, min(first + _PIECES_PER_FILE, n_pieces))
            counts = self._write_file(name, map(made.piece, pieces))
            self.folder.add(name, counts.tolist())

    def _write_file(self, name: str, batches: Batches) -> Ids:
        """Write rows to a Parquet file, unless there are none, and return their number by class."""
        counts = np.zeros(len(self.before), dtype=np.int64)
        layout = self.keep.layout
        rows = count_by_class(batches, counts, layout, self.keep.labels)
        first = next(rows, None)
        if first is None:
            return counts
        # Numbers seldom repeat: a dictionary of them takes time and saves no space.
        texts = [column.name for column in layout.schema if not _is_number(column.type)]
        with (
            self.folder.file(name) as path,
            pq.ParquetWriter(path, layout.schema, use_dictionary=texts or False) as writer,
        ):
            for batch in prefetched(_chain(first, rows)):
                writer.write_batch(batch, row_group_size=_ROW_GROUP)
                self._n_rows += batch.num_rows
                self._n_bytes += batch.nbytes
                self._report(self._n_expected())
        return counts

    def _n_expected(self) -> int:
        """Return how many rows are to be written."""
        return int(self.after.sum()) - (int(self.before.sum()) if self._links else 0)

    def _report(self, n_rows: int) -> None:
        if self.reader.report is not None:
            done = Progress(Purpose.WRITE_RESULT, self._n_rows, n_rows, n_bytes=self._n_bytes)
            self.reader.report(done)


def _count_rows(batches: Batches, n_rows: list[int]) -> Batches:
    for batch in batches:
        n_rows[0] += batch.num_rows
        yield batch


def _chain(first: pa.RecordBatch, rest: Batches) -> Batches:
    yield first
    yield from rest


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_temporal(kind)
    )


def read_result(folder: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Return the rows of a complete result."""
    source = open_source(folder)
    return (batch for part in range(len(source.parts)) for batch in source.batches(part, columns))
