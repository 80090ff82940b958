"""The local engine: scans of files and streams in this process, and the run of a request on it."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from poise.big.earlier import NO_ROWS, EarlierRows, by_class
from poise.big.engines.extension import (
    NEW_RESULT,
    EngineOfAddedParts,
    Extension,
    facts_of_extension,
    made_with_another,
    read_extension,
    reads_only_added,
    require_same_rates,
    require_unchanged,
)
from poise.big.memory import release_memory
from poise.big.methods.decide import Decision, decide
from poise.big.methods.explain import Disk, Explanation, explain_with_kinds, forecast, require_fit
from poise.big.methods.pace import pace_of
from poise.big.methods.session import Session, open_session
from poise.big.methods.steps import Steps
from poise.big.methods.under import check_kept_shares
from poise.big.request import Request
from poise.big.result import BigResampled, result_of, result_of_manifest
from poise.big.scans.arrow import as_floats, check_row_count, joinable
from poise.big.scans.output import count_by_class, layout_of
from poise.big.scans.repeated import repeated_values
from poise.big.scans.scan import Batches, Engine, Purpose, Scan, pass_facts
from poise.big.storage.check import require_as_written
from poise.big.storage.contents import Contents, FileState, first_changed, open_contents
from poise.big.storage.disk import free_bytes, row_bytes_on_disk
from poise.big.storage.folder import Folder, first_difference
from poise.big.storage.links import can_link
from poise.big.storage.manifest import find_manifest
from poise.big.storage.reading import SourceReader
from poise.big.storage.run import CachingEngine, ResultWriter, entries_of, read_result
from poise.core.errors import FileError
from poise.core.memory import peak_memory
from poise.core.plan.recipes import Ids
from poise.core.sampling.resampler import warn_of_vanishing

_log = logging.getLogger(__name__)
_SAMPLE_ROWS = 4096
# What a run that keeps or extends a result reads from its manifest.
_NEEDED = ("input", "schema", "classes", "rates", "numbers", "extended")
_TIMED_ROWS = 1 << 15


@dataclass(eq=False)
class LocalEngine:
    """Runs scans over a source in this process.

    Attributes
    ----------
    reader : SourceReader
    floats : frozenset of str
        Columns of decimals that are read as floats.
    passes : list of dict
        What the manifest says about each scan.
    """

    reader: SourceReader
    floats: frozenset[str] = frozenset()
    passes: list[dict[str, Any]] = field(default_factory=list)

    def run(self, scan: Scan) -> pa.Table:
        """Return everything that a kernel yields over all rows."""
        start = time.perf_counter()
        self.reader.check_unchanged()
        batches: Batches = map(joinable, self.reader.batches(scan.purpose, scan.columns))
        if self.floats:
            batches = (as_floats(batch, self.floats) for batch in batches)
        found = pa.Table.from_batches(list(scan.kernel(batches)), schema=scan.found)
        release_memory()
        seconds = time.perf_counter() - start
        self.passes.append(pass_facts(scan.purpose, found.num_rows, seconds))
        _log.info("%s: %d rows found in %.2f s", scan.purpose, found.num_rows, seconds)
        return found

    def repeated(self, field: pa.Field, parts: int) -> pa.Array:
        """Return some values of a column that are in several rows."""
        return repeated_values(self.run, field, parts)


class LocalRun:
    """A request on the local engine: explained, kept open, or written to a folder."""

    def __init__(self, request: Request, steps: Steps, reader: SourceReader) -> None:
        self.request: Request = request
        self.steps: Steps = steps
        self.reader: SourceReader = reader
        self.engine: LocalEngine = LocalEngine(reader, request.as_floats)
        self.start: float = time.perf_counter()

    def _session(
        self,
        engine: Engine,
        *,
        are_linked: bool = False,
        earlier: EarlierRows = NO_ROWS,
    ) -> Session:
        sample = self.reader.sample(_SAMPLE_ROWS)
        session = open_session(
            self.request, self.steps, engine, sample, are_linked=are_linked, earlier=earlier
        )
        if self.reader.only is None:
            self.reader.n_rows = session.counts.n_rows
        return session

    def explain(self, out: Path) -> Explanation:
        """Return what the run would do, and whether it would fit on the disk of a folder."""
        session = self._session(self.engine, are_linked=self._are_linked(out, "hard"))
        size = row_bytes_on_disk(self.reader.source, session.sample, session.counts.n_rows)
        needs = session.steps.n_searched if any(part.searches for part in forecast(session)) else 0
        read = partial(self.reader.sample, _TIMED_ROWS)
        pace = pace_of(read, self.request.features, self.request.declared, needs)
        return explain_with_kinds(session, Disk(str(out), free_bytes(out), size), pace)

    def keep_open(self) -> BigResampled:
        """Return the result without writing it: rows are read and made on demand."""
        session = self._session(self.engine)
        require_fit(session)
        decision = decide(session)

        def batches() -> Iterator[pa.RecordBatch]:
            self.reader.check_unchanged()
            kept, keep = np.zeros(len(decision.before), dtype=np.intp), decision.keep
            rows = keep(self.reader.batches(Purpose.READ_RESULT, keep.columns))
            yield from count_by_class(rows, kept, keep.layout, keep.labels)
            self.reader.check_unchanged()
            _check_counts(session, decision, kept, int(decision.after.sum()) - decision.n_made)
            if decision.made is not None:
                yield from decision.made.batches()

        facts = self._facts(session)
        return result_of(session, decision, decision.after, facts, batches=batches)

    def _are_linked(self, folder: Path, links: str) -> bool:
        place = next(each for each in (folder, *folder.parents) if each.is_dir())
        return can_link(self.reader.source.parts, place, links)

    def write(self, folder: Folder, *, links: str = "hard") -> BigResampled:
        """Write the result to a folder, and return it."""
        with open_contents(self.reader.source, folder.store.sources()) as contents:
            return self._written(folder, contents, links, NEW_RESULT)

    def extend(
        self, folder: Folder, *, links: str = "hard", resume: bool = False, restart: bool = False
    ) -> BigResampled:
        """Add what the source has more to the complete result in a folder, and return it.

        Raises
        ------
        FileError
            If the result is of another request, is not as it was written, or has parts that the source
            does not have any more.
        """
        manifest, source = self._manifest_of_same_settings(folder), self.reader.source
        known = _states_when_read(manifest["input"]) | folder.store.sources()
        with open_contents(source, known) as contents:
            assert contents is not None  # noqa: S101  # streams are refused before
            extension = read_extension(folder.out, manifest, self.request, source.parts, contents)
            if not extension.added:
                folder.delete_unfinished()
                return self._complete(folder, manifest)
            with folder.open(self.request.settings, resume=resume, restart=restart):
                require_unchanged(folder.out, manifest)
                return self._written(folder, contents, links, extension)

    def _engine_of(self, folder: Folder, contents: Contents | None, extension: Extension) -> Engine:
        """Return an engine that reads all parts, or only those that were added where the others do not matter."""
        if extension.added and reads_only_added(self.steps):
            self.reader.only = extension.added
            return EngineOfAddedParts(self.engine, extension.rows)
        return CachingEngine(self.engine, folder, self.reader.source.schema, contents)

    def _written(
        self, folder: Folder, contents: Contents | None, links: str, extension: Extension
    ) -> BigResampled:
        source = self.reader.source
        if extension.added:
            self.request = replace(self.request, stream=np.random.RandomState(extension.seed))
        engine = self._engine_of(folder, contents, extension)
        are_linked = self._are_linked(folder.out.parent, links)
        session = self._session(engine, are_linked=are_linked, earlier=extension.rows)
        size = row_bytes_on_disk(source, session.sample, session.counts.n_rows)
        free = free_bytes(folder.out) + folder.store.n_bytes
        require_fit(session, Disk(str(folder.out), free, size))
        decision = decide(session)
        made, before, after = decision.made, decision.before, decision.after
        classes = session.counts.labels.classes
        require_same_rates(extension, decision, classes)
        writer = ResultWriter(
            folder,
            self.reader,
            contents,
            decision.keep,
            made,
            before,
            after,
            links,
            extension.files,
            by_class(extension.rows.kept, classes),
            by_class(extension.rows.made, classes),
        )
        start = time.perf_counter()
        counts, files = writer.write()
        seconds = time.perf_counter() - start
        self.engine.passes.append(pass_facts(Purpose.WRITE_RESULT, int(counts.sum()), seconds))
        self.reader.check_unchanged()
        _check_counts(session, decision, counts, int(after.sum()))
        if decision.rates is not None:
            warn_of_vanishing(session.counts.labels, counts)
        rows = partial(read_result, folder.out, decision.keep.layout.schema)
        facts = self._facts(session, contents) | {"files": entries_of(files)}
        facts |= facts_of_extension(extension, decision, classes, source.parts)
        result = result_of(session, decision, counts, facts, out=folder.out, batches=rows)
        folder.finish(files, result.manifest, writer.schema)
        return result

    def reuse(self, folder: Folder) -> BigResampled:
        """Return the complete result in a folder.

        Raises
        ------
        FileError
            If it is of another request, or of a source with other content, or is not as it was written.
        """
        manifest = self._manifest_of_same_settings(folder)
        difference = self._other_content(manifest["input"])
        if difference is not None:
            raise made_with_another(folder.out, difference)
        return self._complete(folder, manifest)

    def _complete(self, folder: Folder, manifest: Mapping[str, Any]) -> BigResampled:
        rows = partial(read_result, folder.out, layout_of(self.request).schema)
        return result_of_manifest(manifest, self.request, folder.out, rows)

    def _manifest_of_same_settings(self, folder: Folder) -> dict[str, Any]:
        """Return the manifest of a result that is as it was written, and was made with the same settings."""
        require_as_written(folder.out, may_grow=False, reads_all=True)
        manifest = find_manifest(folder.out) or {}
        absent = [name for name in _NEEDED if name not in manifest]
        if absent:
            raise FileError(
                f"The manifest of {str(folder.out)!r} has no {absent[0]!r}: it was changed. Make the result again: "
                "if_exists='replace' (--if-exists replace)."
            )
        settings = json.loads(json.dumps(self.request.settings, default=str))
        before = {name: manifest.get(name) for name in settings}
        difference = first_difference(before, settings)
        if difference is not None:
            raise made_with_another(folder.out, difference)
        return manifest

    def _other_content(self, before: Mapping[str, Any]) -> str | None:
        """Return in words where the content of the source differs from that of an earlier run."""
        with open_contents(self.reader.source, _states_when_read(before)) as contents:
            now = {} if contents is None else contents.by_name()
        changed = first_changed(before["contents"] or {}, now)
        return None if changed is None else f"content of the source ({changed!r} differs)"

    def _facts(self, session: Session, contents: Contents | None = None) -> dict[str, Any]:
        """Return what the manifest says about the engine and the source."""
        state = self.reader.source.state()
        text = json.dumps(state, default=str)
        source = {
            "files": state,
            "contents": None if contents is None else contents.by_name(),
            "rows": session.counts.n_rows,
            "fingerprint": hashlib.sha256(text.encode()).hexdigest() if state else None,
        }
        return {
            "engine": "local",
            "input": source,
            "passes": self.engine.passes,
            "seconds": round(time.perf_counter() - self.start, 3),
            "peak_bytes": peak_memory(),
        }


def _states_when_read(before: Mapping[str, Any]) -> dict[str, FileState]:
    """Return the size, time and digest of each file of the source, as a manifest has them."""
    known, files = before["contents"] or {}, before["files"] or []
    return {
        path: (size, time, known[path].partition(" ")[0])
        for path, size, time in files
        if path in known
    }


def _check_counts(session: Session, decision: Decision, counts: Ids, expected: int) -> None:
    """Raise if the number of rows in the result is wrong."""
    if decision.rates is None:
        check_row_count(expected, int(counts.sum()), "The result")
    else:
        check_kept_shares(session.counts.labels, decision.rates, counts)
