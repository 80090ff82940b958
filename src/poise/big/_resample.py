"""`poise.big.resample` and `poise.big.explain`: one request, wherever the rows are."""

from __future__ import annotations

import hashlib
import importlib
import json
import logging
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import poise
from poise._api import make_sampler
from poise.big._explain import Explanation, explained, refuse_unfit
from poise.big._job import Job, in_words, read_job
from poise.big._kernels import codes_in, refuse_lost_rows
from poise.big._methods import Decision, decide, refuse_unknown
from poise.big._output import Folder, Remembering, write_batches
from poise.big._room import Room
from poise.big._source import Source, open_source
from poise.big._work import Counted, Engine, Work, count_classes
from poise.big.stream import Embedded, Progress, Report
from poise.core.errors import (
    DoesNotFitError,
    InputError,
    UnsupportedTypeError,
)
from poise.core.recipes import Ids

_log = logging.getLogger(__name__)
_PIECES_A_FILE = 16
_SAMPLE_ROWS = 4096
_SECONDS_BETWEEN_LINES = 0.2


@dataclass(frozen=True, eq=False, repr=False)
class BigResampled:
    """A resampled table that is not held in memory.

    Attributes
    ----------
    manifest : dict
        What was done: versions, parameters, seed, schema, counts, rates, what was read, seconds. It is
        also in the folder, as ``_manifest.json``.
    counts_before, counts_after : dict of label to int
        Rows of each class. Those after a `rate` are known when the rows have been written; before
        that they are what is expected.
    rates : dict of label to float, or None
        The chance that a row of each class had to stay.
    out : Path or None
        The folder that holds the result.
    frame : pyspark.sql.DataFrame or None
        The rows, where the source is one of Spark; nothing is made before it is asked.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from poise import SMOTE, big
    >>> table = pa.table({"x": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], "y": [0, 0, 0, 0, 1, 1]})
    >>> result = big.resample(table, SMOTE(k_neighbors=1, random_state=0), target="y")
    >>> result.counts_after
    {0: 4, 1: 4}
    >>> result.reader().read_all()["y"].to_pylist()
    [0, 0, 0, 0, 1, 1, 1, 1]
    """

    manifest: dict[str, Any]
    counts_before: dict[Any, int]
    counts_after: dict[Any, int]
    rates: dict[Any, float] | None
    out: Path | None
    frame: Any
    _batches: Callable[[], Iterator[pa.RecordBatch]] | None = field(default=None)
    _schema: pa.Schema | None = field(default=None)

    def __repr__(self) -> str:
        before, after = sum(self.counts_before.values()), sum(self.counts_after.values())
        place = f", in {str(self.out)!r}" if self.out is not None else ""
        return f"<BigResampled: {before:,} rows in, {after:,} out{place}>"

    @property
    def prior_before(self) -> dict[Any, float]:
        """The classes' shares in the source; `poise.decisions.shift_prior` leads back to them."""
        return _shares(self.counts_before)

    @property
    def prior_after(self) -> dict[Any, float]:
        """The classes' shares in the result."""
        return _shares(self.counts_after)

    def reader(self) -> pa.RecordBatchReader:
        """Return the rows as an Arrow stream; the source is read again for it.

        Returns
        -------
        pyarrow.RecordBatchReader

        Raises
        ------
        UnsupportedTypeError
            For a Spark DataFrame, whose rows are in `frame`.
        """
        if self._batches is None or self._schema is None:
            raise UnsupportedTypeError("These rows are Spark's: take them from .frame.")
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())


def _shares(counts: Mapping[Any, int]) -> dict[Any, float]:
    total = max(sum(counts.values()), 1)
    return {label: count / total for label, count in counts.items()}


def resample(
    source: Any,
    sampler: Any,
    *,
    target: str,
    out: str | Path | None = None,
    id: str | None = None,  # noqa: A002  # the word that users have for it
    memory: str | int = "2GB",
    rate: float | Mapping[Any, float] | None = None,
    order: str = "oversample-then-clean",
    extra: tuple[str, ...] = (),
    resume: bool = False,
    progress: bool | Report | None = None,
) -> BigResampled:
    """Resample a table that is larger than memory, or spread over machines.

    Every row is as `fit_resample` of the same sampler makes or keeps it on the table in the order of
    `id`; only `RandomUnderSampler` draws in another way, by a hash of each row's id. Chunks, files,
    partitions, threads and the engine change nothing.

    Parameters
    ----------
    source : path, pattern, pyarrow dataset, Arrow stream, or Spark DataFrame
        A Parquet file, a folder or pattern of them; a polars LazyFrame, a DuckDB relation, anything
        with ``__arrow_c_stream__`` that can be read again, or a function that returns it.
    sampler : sampler or str
        RandomOverSampler, SMOTE, SMOTENC, BorderlineSMOTE, ADASYN, RandomUnderSampler, TomekLinks,
        EditedNearestNeighbours, SMOTETomek or SMOTEENN; or the name of such a method.
    target : str
        Column of the classes.
    out : path, optional
        Folder to write; it must not exist. Where rows are only added it holds links to the files of
        the source and new files beside them. Without it nothing is written: see
        `BigResampled.reader`. A Spark DataFrame writes itself.
    id : str, optional
        Column that tells rows apart: whole numbers or text, unique. It is no feature. Without one, rows
        are told apart by their place in the files; a Spark DataFrame has no places and needs one.
    memory : str or int, default="2GB"
        What the process may take, in bytes or as text.
    rate : float or dict of label to float, optional
        With RandomUnderSampler: the chance that a row stays, of all classes but the smallest or by
        label. Rows then have a column ``sample_weight``, one over their rate.
    order : {"oversample-then-clean", "clean-then-oversample"}
        Of SMOTETomek and SMOTEENN. The first is the published one, and must hold all made rows.
    extra : tuple of {"_new", "_seed"}
        Columns to add: whether a row is new, and the id (or number) of the row that it was made from.
    resume : bool, default=False
        Whether to go on with a run into `out` that was stopped.
    progress : bool or callable, optional
        Called with a `Progress` now and then; True writes a line on stderr, the default where that is
        a terminal.

    Returns
    -------
    BigResampled

    Raises
    ------
    DoesNotFitError
        When it cannot be done exactly in `memory`; the message says what would fit.
    InputError
        For values, columns or parameters that cannot be used, and a source that changes meanwhile.
    UnsupportedTypeError
        For sources and samplers that are not known.
    FileError
        For files that cannot be read or written.

    See Also
    --------
    explain : Tells what it would do.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from poise import RandomUnderSampler, big
    >>> table = pa.table({"x": range(100), "y": [0] * 90 + [1] * 10})
    >>> result = big.resample(table, RandomUnderSampler(random_state=0), target="y")
    >>> result
    <BigResampled: 100 rows in, 20 out>
    """
    options = {"id": id, "memory": memory, "rate": rate, "order": order, "extra": extra}
    if _is_of_spark(source):
        if out is not None or resume:
            raise InputError(
                "A Spark DataFrame is returned, not written: leave out= and resume= out, and write it "
                "yourself, for example result.frame.write.parquet(path)."
            )
        return _spark().resample(source, _sampler(sampler), target=target, options=options)
    opened = open_source(source)
    job = _job(opened.schema, sampler, target, options)
    engine = Embedded(opened, _report(progress))
    if out is None:
        if resume:
            raise InputError("resume=True goes on with a run into a folder: name it with out=.")
        return _Run(job, opened, engine, engine).kept_open()
    folder = Folder(Path(out).absolute())
    folder.refuse_unusable()
    stored = folder.stored_seed() if resume and job.sampler.random_state is None else None
    job = job if stored is None else replace(job, seed=stored)
    run = _Run(job, opened, engine, Remembering(engine, folder))
    folder.start({"poise": poise.__version__, **job.told(), "input": opened.state()}, resume=resume)
    try:
        return run.written(folder)
    except (InputError, UnsupportedTypeError, DoesNotFitError):
        folder.discard()  # it could not be resumed
        raise


def explain(
    source: Any,
    sampler: Any,
    *,
    target: str,
    id: str | None = None,  # noqa: A002  # as in resample
    memory: str | int = "2GB",
    rate: float | Mapping[Any, float] | None = None,
    order: str = "oversample-then-clean",
    extra: tuple[str, ...] = (),
) -> Explanation:
    """Tell what `resample` would do, and whether it fits.

    Only the classes are counted for it, and the column `id` looked at where there is one.

    Parameters
    ----------
    source, sampler, target, id, memory, rate, order, extra
        As in `resample`.

    Returns
    -------
    Explanation
        Print it; its attributes are the numbers.

    Raises
    ------
    InputError, UnsupportedTypeError, FileError
        As `resample`, but for what does not fit: that is told.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from poise import SMOTE, big
    >>> table = pa.table({"x": range(100), "y": [0] * 90 + [1] * 10})
    >>> told = big.explain(table, SMOTE(), target="y")
    >>> told.rows_shipped, told.rows_made, told.fits
    (10, 80, True)
    """
    options = {"id": id, "memory": memory, "rate": rate, "order": order, "extra": extra}
    if _is_of_spark(source):
        return _spark().explain(source, _sampler(sampler), target=target, options=options)
    opened = open_source(source)
    engine = Embedded(opened)
    return explained(
        _Run(_job(opened.schema, sampler, target, options), opened, engine, engine).work()
    )


def _is_of_spark(source: Any) -> bool:
    return type(source).__module__.startswith("pyspark.") and hasattr(source, "mapInArrow")


def _spark() -> Any:
    return importlib.import_module("poise.big.spark")


def _sampler(sampler: Any) -> Any:
    return make_sampler(sampler, 0) if isinstance(sampler, str) else sampler


def _job(schema: pa.Schema, sampler: Any, target: str, options: Mapping[str, Any]) -> Job:
    job = read_job(schema, _sampler(sampler), target=target, **options)
    refuse_unknown(job)
    return job


def _report(progress: Any) -> Report | None:
    if progress is None:
        progress = sys.stderr.isatty()
    return (line_on_stderr() if progress else None) if isinstance(progress, bool) else progress


def line_on_stderr() -> Report:
    """Return a function that tells how far a run is, on one line."""
    last_time, last_stage = 0.0, ""

    def tell(done: Progress) -> None:
        nonlocal last_time, last_stage
        now = time.monotonic()
        is_over = done.rows == done.n_rows
        if now - last_time < _SECONDS_BETWEEN_LINES and done.stage == last_stage and not is_over:
            return
        last_time, last_stage = now, done.stage
        of = f" of {done.n_rows:,}" if done.n_rows else ""
        line = f"{done.stage}: {done.rows:,}{of} rows, {in_words(done.n_bytes)}"
        sys.stderr.write(f"\r{line:<78}" + ("\n" if is_over else ""))
        sys.stderr.flush()

    return tell


class _Run:
    """A request on the embedded engine."""

    def __init__(self, job: Job, source: Source, embedded: Embedded, engine: Engine) -> None:
        self.job, self.source, self.embedded, self.engine = job, source, embedded, engine
        self.start = time.perf_counter()

    def work(self) -> Work:
        counted = count_classes(self.job, self.engine)
        self.embedded.n_rows = counted.n_rows
        return work_on(self.job, self.engine, counted, self._sample())

    def _sample(self) -> pa.Table:
        names = self.source.schema.names
        for part in range(len(self.source.parts)):
            for batch in self.source.batches(part, names):
                if batch.num_rows:
                    return pa.Table.from_batches([batch.slice(0, _SAMPLE_ROWS)])
        return self.source.schema.empty_table()

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
            yield from decision.keep(self.embedded.batches("reading", self._columns(decision)))
            for number in range(len(decision.made.pieces) if decision.made else 0):
                yield decision.made.piece(number)  # type: ignore[union-attr]  # there is one

        return self._result(work, decision, manifest, decision.after, None, batches)

    def _columns(self, decision: Decision) -> list[str]:
        names = list(self.source.schema.names)
        is_numbered = decision.keep.needs_key and self.job.id is None
        return [self.job.key, *names] if is_numbered else names

    def written(self, folder: Folder) -> BigResampled:
        """Return the result with its rows in a folder."""
        work, decision = self._decided()
        writer = _Writer(self, folder, work, decision)
        writer.write()
        self.embedded.refuse_changed()
        after = writer.counts()
        if decision.rates is None:
            refuse_lost_rows(int(decision.after.sum()), int(after.sum()), "The result")
        manifest = self._manifest(work, decision, after)
        manifest["files"] = writer.names()
        folder.finish(manifest)
        reader = _reader_of(folder.out, decision.keep.layout.schema)
        return self._result(work, decision, manifest, after, folder.out, reader)

    def _result(
        self,
        work: Work,
        decision: Decision,
        manifest: dict[str, Any],
        after: Ids,
        out: Path | None,
        batches: Callable[[], Iterator[pa.RecordBatch]],
    ) -> BigResampled:
        return result_of(work, decision, manifest, after, out=out, batches=batches)

    def _manifest(self, work: Work, decision: Decision, after: Ids) -> dict[str, Any]:
        state = self.source.state()
        text = json.dumps(state, default=str)
        source = {
            "files": state,
            "rows": work.counted.n_rows,
            "fingerprint": hashlib.sha256(text.encode()).hexdigest(),
        }
        seconds = {**self.embedded.seconds, "all": round(time.perf_counter() - self.start, 3)}
        return manifest_of(work, decision, after) | {
            "engine": "embedded",
            "input": source,
            "seconds": seconds,
        }


def work_on(job: Job, engine: Engine, counted: Counted, sample: pa.Table) -> Work:
    """Return a request on counted rows, of which some are at hand to see what a row takes."""
    row_bytes = max(sample.nbytes / max(sample.num_rows, 1), 8.0)
    work = Work(job, engine, counted, Room(job.memory, row_bytes, len(job.features)), sample)
    work.table_of(sample.slice(0, _SAMPLE_ROWS))  # refuses columns of kinds that are not known
    return work


def result_of(
    work: Work,
    decision: Decision,
    manifest: dict[str, Any],
    after: Ids,
    *,
    out: Path | None = None,
    frame: Any = None,
    batches: Callable[[], Iterator[pa.RecordBatch]] | None = None,
) -> BigResampled:
    """Return what the user gets."""
    classes = work.counted.labels.classes
    rates = None
    if decision.rates is not None:
        rates = dict(zip(classes, decision.rates.tolist(), strict=True))
    return BigResampled(
        manifest,
        dict(zip(classes, decision.before.tolist(), strict=True)),
        dict(zip(classes, np.asarray(after).tolist(), strict=True)),
        rates,
        out,
        frame,
        batches,
        decision.keep.layout.schema,
    )


def manifest_of(work: Work, decision: Decision, after: Ids) -> dict[str, Any]:
    """Return what was done, as plain values."""
    classes = [str(label) for label in work.counted.labels.classes]
    pairs = zip(decision.before.tolist(), np.asarray(after).tolist(), strict=True)
    counts = {
        label: {"before": before, "after": count}
        for label, (before, count) in zip(classes, pairs, strict=True)
    }
    rates = (
        None if decision.rates is None else dict(zip(classes, decision.rates.tolist(), strict=True))
    )
    versions = {"python": platform.python_version()}
    versions |= {name: importlib.import_module(name).__version__ for name in ("numpy", "pyarrow")}
    return {
        "poise": poise.__version__,
        "versions": versions,
        **work.job.told(),
        "memory": work.job.memory,
        "exact": True,
        "classes": counts,
        "new_rows": decision.made.n_rows if decision.made is not None else 0,
        "rates": rates,
        "schema": {f.name: str(f.type) for f in decision.keep.layout.schema},
    }


class _Writer:
    """Writes what stays of every part of the source, and then the new rows."""

    def __init__(self, run: _Run, folder: Folder, work: Work, decision: Decision) -> None:
        self.run, self.folder, self.work, self.decision = run, folder, work, decision
        self.rows, self.n_bytes = 0, 0

    @property
    def links(self) -> list[Path] | None:
        """Files of the source that are part of the result as they are."""
        layout = self.decision.keep.layout
        is_same = self.decision.keep.keeps_all and layout.schema.equals(layout.source)
        return self.run.source.links if is_same else None

    def write(self) -> None:
        links = self.links
        if links is None:
            self._write_kept()
        else:
            for number, path in enumerate(links):
                self.folder.link(f"source-{number:05d}-{path.name}", path)
        self._write_made()

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
        target, values = self.run.job.target, self.work.counted.values
        for batch in batches:
            counts += np.bincount(codes_in(batch[target], values), minlength=len(counts))
            yield batch

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
        links = self.links or []
        linked = [f"source-{number:05d}-{path.name}" for number, path in enumerate(links)]
        return [*linked, *(name for name, entry in self.folder.done.items() if entry["rows"])]

    def _tell(self, batch: pa.RecordBatch) -> None:
        self.rows, self.n_bytes = self.rows + batch.num_rows, self.n_bytes + batch.nbytes
        if self.run.embedded.report is not None:
            expected = int(np.maximum(self.decision.after, 0).sum())
            expected -= int(self.decision.before.sum()) if self.links is not None else 0
            self.run.embedded.report(Progress("writing", self.rows, expected, self.n_bytes))


def _seen(batches: Iterator[pa.RecordBatch], seen: list[int]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        seen[0] += batch.num_rows
        yield batch


def _reader_of(out: Path, schema: pa.Schema) -> Callable[[], Iterator[pa.RecordBatch]]:
    def batches() -> Iterator[pa.RecordBatch]:
        source = open_source(out)
        for part in range(len(source.parts)):
            yield from source.batches(part, schema.names)

    return batches
