"""`poise.big.resample` and `poise.big.explain`: one request, wherever the rows are."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from poise._api import make_sampler
from poise.big.engines.local import Embedded, Progress, Report
from poise.big.memory import in_words
from poise.big.methods.decide import refuse_unknown
from poise.big.methods.explain import Explanation, explained
from poise.big.request import Job, read_job
from poise.big.result import BigResampled
from poise.big.storage.folder import Folder, Remembering
from poise.big.storage.run import Run
from poise.big.storage.source import Source, open_source
from poise.core.errors import (
    DoesNotFitError,
    InputError,
    UnsupportedTypeError,
)

_SECONDS_BETWEEN_LINES = 0.2
_WORTH_KEEPING = 3  # scans


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
        EditedNearestNeighbours, SMOTETomek or SMOTEENN; or the name of such a method, with seed 0.
    target : str
        Column of the classes.
    out : path, optional
        Folder to write; it must not exist. Where rows are only added it holds links to the files of
        the source and new files beside them. Without it nothing is written: see
        `BigResampled.reader`. A Spark DataFrame writes itself.
    id : str, optional
        Column that tells rows apart: whole numbers or text. It is no feature. It must be unique, which is
        checked where it shows: of the rows that are held, and by the counts that come out. Without one, rows
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
        Whether to go on with a run into `out` that was stopped; of files, not of streams.
    progress : bool or callable, optional
        Called with a `Progress` now and then; True writes a line on stderr, the default where that is
        a terminal. Spark shows its own.

    Returns
    -------
    BigResampled

    Raises
    ------
    DoesNotFitError
        When it cannot be done exactly in `memory`; the message says what would fit.
    InputError
        For values, columns or parameters that cannot be used, and a source that changes meanwhile.
        TooFewRowsError, UnknownNameError and ParameterError are such errors.
    UnsupportedTypeError
        For sources and samplers that are not known.
    FileError
        For files that cannot be read or written.
    MissingDependencyError
        Where Spark's workers cannot import Poise.

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
    engine.refuse_changed()  # from here on
    if out is None:
        if resume:
            raise InputError("resume=True goes on with a run into a folder: name it with out=.")
        return Run(job, opened, engine, engine).kept_open()
    if resume and opened.state() is None:
        raise InputError(
            "resume=True needs a source that tells when it has changed, as files do; a stream does not. Delete what "
            "was begun, and run it again without."
        )
    folder = Folder(_folder_of(out, opened))
    folder.refuse_unusable()
    stored = folder.stored_seed() if resume and job.sampler.random_state is None else None
    job = job if stored is None else job.seeded(stored)
    run = Run(job, opened, engine, Remembering(engine, folder))
    told = {"poise": version("poise"), **job.told(), "input": opened.state()}
    try:
        folder.start(told, resume=resume)
        return _finished(run, folder)
    finally:
        folder.unlock()


def _finished(run: Run, folder: Folder) -> BigResampled:
    try:
        return run.written(folder)
    except (InputError, UnsupportedTypeError):
        folder.discard()  # it could not be resumed
        raise
    except DoesNotFitError:
        if folder.n_scans < _WORTH_KEEPING:  # with more memory it could
            folder.discard()
        raise


def _folder_of(out: Any, source: Source) -> Path:
    """Return where a result goes, or raise where it would become a part of its source."""
    if not isinstance(out, str | os.PathLike):
        raise InputError(f"out={out!r} is no path of a folder.")
    place, folder = Path(os.path.abspath(out)), getattr(source, "folder", None)  # noqa: PTH100  # links stay
    if folder is not None and place.parent.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            f"out={str(out)!r} is in the folder of the source, {str(folder)!r}, and would be read as a part of it "
            "the next time. Name a folder elsewhere."
        )
    return place


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
        Run(_job(opened.schema, sampler, target, options), opened, engine, engine).work()
    )


def _is_of_spark(source: Any) -> bool:
    return type(source).__module__.startswith("pyspark.") and hasattr(source, "mapInArrow")


def _spark() -> Any:
    return importlib.import_module("poise.big.engines.spark")


def _sampler(sampler: Any) -> Any:
    return make_sampler(sampler, 0) if isinstance(sampler, str) else sampler


def _job(schema: pa.Schema, sampler: Any, target: str, options: Mapping[str, Any]) -> Job:
    job = read_job(schema, _sampler(sampler), target=target, **options)
    refuse_unknown(job)
    return job


def _report(progress: Any) -> Report | None:
    if progress is None or progress is True:
        return line_on_stderr() if progress or sys.stderr.isatty() else None
    if progress is False:
        return None
    if not callable(progress):
        raise InputError(f"progress={progress!r} must be True, False or a function of a Progress.")
    return progress


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
