"""A resumable run: scans whose results are stored, and files that are written one after the other."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from itertools import groupby
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from poise.big.memory import release_memory
from poise.big.request import ROW
from poise.big.scans.arrow import check_row_count, concat_tables, conformed
from poise.big.scans.output import KeepRows, MadeInMemory, MadeInPieces, count_by_class
from poise.big.scans.repeated import repeated_values
from poise.big.scans.scan import Batches, Engine, Purpose, Scan
from poise.big.storage.check import require_as_written, size_and_time
from poise.big.storage.contents import Contents
from poise.big.storage.digests import digest_of, digest_of_file
from poise.big.storage.extending import NO_FILES, EarlierFiles, Entry
from poise.big.storage.folder import Folder, write_errors
from poise.big.storage.links import COPY, HARD, SYMBOLIC, place
from poise.big.storage.partitions import name_of_values, rows_by_folder
from poise.big.storage.reading import SourceReader, prefetched
from poise.big.storage.source import open_source
from poise.big.storage.store import StoredFile, Unit, sync
from poise.core.plan.recipes import Ids
from poise.core.progress import Progress

_PIECES_PER_FILE = 16
_DRAWN_ROWS = 1 << 19  # a row that is drawn, and not made yet, takes about 50 bytes
_ROW_GROUP = 1 << 18
_LONGEST_NAME = 255
_NO_ROWS = np.zeros(0, dtype=np.intp)


@dataclass(eq=False)
class CachingEngine:
    """An engine that stores the result of each scan, so that no scan with the same result runs twice.

    Attributes
    ----------
    engine : Engine
    folder : Folder
    schema : pyarrow.Schema
        Of the source.
    contents : Contents or None
        None for a source whose content is unknown: then nothing is stored.
    """

    engine: Engine
    folder: Folder
    schema: pa.Schema
    contents: Contents | None

    def run(self, scan: Scan) -> pa.Table:
        """Return the result of a scan, as it was stored if the same scan was run on the same content."""
        if self.contents is None:
            return self.engine.run(scan)
        store = self.folder.store
        fields = [self.schema.field(name) for name in scan.columns if name != ROW]
        # Before the scan, because a kernel may change while it runs.
        kernel = digest_of(version("poise"), scan.kernel, scan.columns, fields, scan.found)
        if store.n_scans:  # otherwise the scan need not wait for the content
            found = store.table(digest_of(kernel, self.contents.digest_of_all()), scan.found)
            if found is not None:
                return found
        # A file has one dictionary per column.
        found = concat_tables([self.engine.run(scan)])
        key = digest_of(kernel, self.contents.digest_of_all())
        with write_errors(self.folder.out):
            if not store.n_scans:
                store.add_sources(self.contents.states())
            store.add_table(key, found)
        return found

    def repeated(self, field: pa.Field, parts: int) -> pa.Array:
        """Return some values of a column that are in several rows."""
        return repeated_values(self.run, field, parts)


@dataclass(eq=False)
class ResultWriter:
    """Writes the rows of the source that stay, file by file, and then the new rows.

    Files of the source of which all rows stay as they are become links, or copies. So do the files of an
    earlier result that the run adds to.

    Attributes
    ----------
    folder : Folder
    reader : SourceReader
    contents : Contents or None
    keep : KeepRows
    made : MadeInPieces, MadeInMemory or None
        New rows.
    before, after : ndarray of shape (n_classes,), intp
        Rows of each class in the source, and those expected in the result.
    links : {"hard", "copy", "symbolic"}
    earlier_files : EarlierFiles
    earlier_kept, earlier_made : ndarray of shape (n_classes,), intp, or int
        Rows of each class in these files: those of the source, and new ones.
    """

    folder: Folder
    reader: SourceReader
    contents: Contents | None
    keep: KeepRows
    made: MadeInPieces | MadeInMemory | None
    before: Ids
    after: Ids
    links: str = "hard"
    earlier_files: EarlierFiles = NO_FILES
    earlier_kept: Ids | int = 0
    earlier_made: Ids | int = 0
    _n_rows: int = 0
    _n_bytes: int = 0

    @property
    def schema(self) -> pa.Schema:
        """Columns of the files: without those that the names of folders give."""
        keys, schema = self.reader.source.partition, self.keep.layout.schema
        return pa.schema([f for f in schema if f.name not in keys], metadata=schema.metadata)

    def write(self) -> tuple[Ids, dict[str, StoredFile]]:
        """Write all files that are not complete yet.

        Returns
        -------
        counts : ndarray of shape (n_classes,), intp
            Rows of each class in the result.
        files : dict of path to StoredFile
            Files of the result, by their path in it.
        """
        kept, made = dict(self._kept()), dict(self._made())
        if self._n_rows != self._n_expected:
            self._report(self._n_rows)
        counts = self.earlier_kept + self._counts(kept)
        counts = self.before if self.keep.keeps_all else counts
        return counts + self.earlier_made + self._counts(made), kept | made

    def _counts(self, files: Mapping[str, StoredFile]) -> Ids:
        classes = np.array([file.classes for file in files.values()], dtype=np.int64)
        return np.asarray(classes.reshape(-1, len(self.before)).sum(axis=0))

    def _kept(self) -> Iterator[tuple[str, StoredFile]]:
        before, facts = 0, digest_of(version("poise"), self.keep, self.schema, self.links)
        is_numbered, n_equal = ROW in self.keep.columns, Counter[str | int]()
        for number, part in enumerate(self.reader.source.parts):
            content = number if self.contents is None else self.contents.key(number)
            n_equal[content] += (
                1  # files of equal content, such as empty ones, have units of their own
            )
            key = digest_of(facts, content, n_equal[content], before if is_numbered else None)
            unit = (
                self._taken(number)
                or self._stored(key)
                or self._add(key, self._placed_or_written(key, number, before))
            )
            for file in unit.files:
                name = _name_of_part(number, None if file.source is None else Path(part.name).name)
                yield f"{file.folder}/{name}".lstrip("/"), file
            before += unit.n_read
        check_row_count(int(self.before.sum()), before, "The source")

    def _taken(self, number: int) -> Unit | None:
        """Return the files that the earlier result has for a part of the source; None if it has not read it."""
        found = self.earlier_files.of_part.get(number)
        if found is None:
            return None
        n_rows = self.reader.source.parts[number].n_rows
        return Unit(tuple(self._taken_file(*each) for each in found.items()), n_rows or 0)

    def _taken_file(self, path: str, entry: Entry) -> StoredFile:
        """Link to a file of the earlier result, or copy it; its classes are among those of the result."""
        name, how = self.folder.store.file_name(digest_of("earlier", path)), entry["how"]
        file = self.earlier_files.folder / path
        with write_errors(self.folder.out), self.folder.store.file(name) as target:
            if how == SYMBOLIC:
                place(file.readlink(), target, "symbolic")
            elif place(file, target, "hard") == COPY:
                sync(target)
                how = COPY if how == HARD else how
        self._n_rows += entry["rows"]
        folder = PurePosixPath(path).parent.as_posix()
        return StoredFile(
            name,
            "" if folder == "." else folder,
            entry["rows"],
            entry["bytes"],
            entry["sha256"],
            [0] * len(self.before),
            how,
            entry.get("source"),
            entry.get("time") if how != COPY else None,
        )

    def _stored(self, key: str) -> Unit | None:
        unit = self.folder.store.unit(key)
        if unit is None or any(len(file.classes) != len(self.before) for file in unit.files):
            return None
        self._n_rows += sum(file.rows for file in unit.files)
        return unit

    def _add(self, key: str, unit: Unit) -> Unit:
        with write_errors(self.folder.out):
            self.folder.store.add_unit(key, unit)
        return unit

    def _placed_or_written(self, key: str, number: int, before: int) -> Unit:
        """Link to a part of the source, or write the rows of it that stay."""
        part, n_read = self.reader.source.parts[number], [0]
        placed = self._placed(key, number, before)
        if placed is not None:
            self._n_rows += placed.rows
            return Unit((placed,), placed.rows)
        batches = self.reader.batches_of(number, self.keep.columns, before)
        rows = self.keep(_count_rows(batches, n_read))
        file = self._write_file(key, part.folder, rows)
        if part.n_rows is not None:
            check_row_count(part.n_rows, n_read[0], part.name)
        return Unit(() if file is None else (file,), n_read[0])

    def _placed(self, key: str, number: int, before: int) -> StoredFile | None:
        """Link to a file of the source, or copy it; None if the result needs a file of its own."""
        part, store = self.reader.source.parts[number], self.folder.store
        if part.file is None or self.contents is None or not self.keep.adds_nothing:
            return None
        classes = self._classes_if_all_stay(number, before)
        if classes is None:
            return None
        name = store.file_name(key)
        with write_errors(self.folder.out), store.file(name) as path:
            how = place(part.file, path, self.links)
            if how == COPY:
                sync(path)
        size, time = size_and_time(part.file)
        return StoredFile(
            name,
            part.folder,
            part.n_rows or 0,
            size,
            self.contents.digest(number),
            classes,
            how,
            str(part.file),
            None if how == COPY else time,
        )

    def _classes_if_all_stay(self, number: int, before: int) -> list[int] | None:
        """Return the rows of each class in a part; None if some rows are removed, zeros if none ever is."""
        counts = np.zeros(len(self.before), dtype=np.int64)
        if self.keep.keeps_all:
            return [int(n) for n in counts]
        batches = self.reader.batches_of(number, self.keep.columns_that_decide, before)
        with closing(batches):
            for batch in count_by_class(batches, counts, self.keep.layout, self.keep.labels):
                if not self.keep.keeps_all_of(batch):
                    return None
        return [int(n) for n in counts]

    def _made(self) -> Iterator[tuple[str, StoredFile]]:
        for path, entry in self.earlier_files.made.items():
            yield path, self._taken_file(path, entry)
        if self.made is None:
            return
        n_pieces, first_number = len(self.made.pieces), self.earlier_files.next_made
        facts = digest_of(version("poise"), self.made, self.schema, list(self._folders.items()))
        n_at_once = _PIECES_PER_FILE
        if self.reader.source.partition:  # these are drawn at once, to be sorted by folder
            n_at_once = max(min(n_at_once, _DRAWN_ROWS // self.made.piece_rows), 1)
        for number, first in enumerate(range(0, n_pieces, n_at_once), first_number):
            pieces = range(first, min(first + n_at_once, n_pieces))
            key = digest_of(facts, pieces)
            unit = self._stored(key)
            if unit is None:
                written = self._write_new(key, pieces)
                unit = self._add(key, Unit(tuple(written)))
            for file in unit.files:
                yield f"{file.folder}/made-{number:05d}.parquet".lstrip("/"), file

    @cached_property
    def _folders(self) -> dict[str, str]:
        """The folder of each combination of keys in the source."""
        parts = reversed(self.reader.source.parts)
        return {name_of_values(part.values): part.folder for part in parts}

    def _write_new(self, key: str, pieces: range) -> Iterator[StoredFile]:
        """Write new rows to the folders of their values, one file after the other."""
        assert self.made is not None  # noqa: S101  # `_made` knows
        if not self.reader.source.partition:
            file = self._write_file(key, "", map(self.made.piece, pieces))
            yield from () if file is None else (file,)
            return
        with closing(prefetched(self._blocks_by_folder(pieces))) as blocks:
            for number, (folder, found) in enumerate(groupby(blocks, key=itemgetter(0))):
                file = self._write_file(key, folder, (rows for _, rows in found), number)
                yield from () if file is None else (file,)
        release_memory()  # malloc keeps what a thread has freed, and the next group has another thread

    def _blocks_by_folder(self, pieces: range) -> Iterator[tuple[str, pa.RecordBatch]]:
        """Yield new rows folder by folder: they are sorted when they are drawn, before they are made."""
        assert self.made is not None  # noqa: S101  # as above
        keys, groups = self.reader.source.partition, self.made.drawn(pieces)
        places = [rows_by_folder(group.columns(keys), self._folders) for group in groups]
        for folder in sorted(set().union(*places)):
            for group, of_folder in zip(groups, places, strict=True):
                rows = of_folder.get(folder, _NO_ROWS)
                for start in range(0, len(rows), self.made.piece_rows):
                    yield folder, group.rows(rows[start : start + self.made.piece_rows])

    def _write_file(
        self, key: str, folder: str, batches: Batches, number: int = 0
    ) -> StoredFile | None:
        """Write rows to a Parquet file of a folder; None if there are none.

        A folder ``key=value`` gets a file without rows, because the type of the key is read from the
        names of all folders.
        """
        counts, schema = np.zeros(len(self.before), dtype=np.int64), self.schema
        rows = count_by_class(batches, counts, self.keep.layout, self.keep.labels)
        first = next(rows, None)
        if first is None and not folder:
            return None
        # Numbers seldom repeat: a dictionary of them takes time and saves no space.
        texts = [column.name for column in schema if not _is_number(column.type)]
        name, store = self.folder.store.file_name(key, number), self.folder.store
        with write_errors(self.folder.out), store.file(name) as path:
            with (
                pq.ParquetWriter(path, schema, use_dictionary=texts or False) as writer,
                closing(prefetched(_chain(first, rows))) as ready,
            ):
                for batch in ready:
                    writer.write_batch(batch.select(schema.names), row_group_size=_ROW_GROUP)
                    self._n_rows += batch.num_rows
                    self._n_bytes += batch.nbytes
                    self._report(self._n_expected)
            size, digest = path.stat().st_size, _sealed(path)
        classes = [int(n) for n in counts]
        return StoredFile(name, folder, sum(classes), size, digest, classes)

    @property
    def _n_expected(self) -> int:
        return int(self.after.sum())

    def _report(self, n_rows: int) -> None:
        if self.reader.report is not None:
            done = Progress(Purpose.WRITE_RESULT, self._n_rows, n_rows, n_bytes=self._n_bytes)
            self.reader.report(done)


def _sealed(path: Path) -> str:
    """Wait until a file is on the disk, and return the digest of its content, computed meanwhile."""
    with ThreadPoolExecutor(1) as worker:
        digest = worker.submit(digest_of_file, path)
        sync(path)
        return digest.result()


def entries_of(files: Mapping[str, StoredFile]) -> dict[str, dict[str, Any]]:
    """Return what the manifest says about each file of the result."""
    entries = {}
    for name, file in files.items():
        entry = {"rows": file.rows, "bytes": file.bytes, "sha256": file.digest, "how": file.how}
        links = {"source": file.source, "time": file.time}
        entries[name] = entry | {key: value for key, value in links.items() if value is not None}
    return entries


def _name_of_part(number: int, linked: str | None) -> str:
    """Return the name of a file in the result, in the order of the source, with that of the file that it is."""
    full = f"part-{number:05d}-{linked}"
    is_short = linked is not None and len(os.fsencode(full)) <= _LONGEST_NAME
    return full if is_short else f"part-{number:05d}.parquet"


def _count_rows(batches: Batches, n_rows: list[int]) -> Batches:
    for batch in batches:
        n_rows[0] += batch.num_rows
        yield batch


def _chain(first: pa.RecordBatch | None, rest: Batches) -> Batches:
    yield from () if first is None else (first,)
    yield from rest


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_temporal(kind)
    )


def read_result(folder: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Return the rows of a complete result, with the types that they had when they were written.

    The names of folders do not say whether ``day=2024-05-01`` is a date or text.

    Raises
    ------
    FileError
        If the files of the result are not as they were written.
    """
    require_as_written(folder, may_grow=False)
    source = open_source(folder)
    return (
        conformed(batch, schema)
        for part in range(len(source.parts))
        for batch in source.batches(part, schema.names)
    )
