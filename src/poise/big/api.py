"""`poise.big.resample` and `poise.big.explain`, the same for files, streams and Spark."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from sklearn.base import clone

from poise._api import make_sampler
from poise._methods import MethodName
from poise.big.engines.local import LocalRun
from poise.big.methods.explain import Explanation
from poise.big.methods.steps import read_steps, require_extendable
from poise.big.request import Request, known_name, read_request
from poise.big.result import BigResampled
from poise.big.scans.order import columns_in_order
from poise.big.storage.folder import IF_EXISTS, LINKS, Folder, check_source_stays, path_of_result
from poise.big.storage.reading import SourceReader
from poise.big.storage.source import Source, open_source
from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.progress import Report, report_for
from poise.core.sampling.resampler import Resampler
from poise.core.types import CarriedColumns, IfExists, LineageColumn, Links, Number, Order


def resample(
    source: Any,
    sampler: Resampler | MethodName,
    *,
    target: str,
    out: str | Path | None = None,
    id: str | None = None,  # noqa: A002  # the word that users have for it
    memory: str | int = "2GB",
    rate: Number | Mapping[Any, Number] | None = None,
    order: Order = "oversample-then-clean",
    extra: tuple[LineageColumn, ...] | list[LineageColumn] | None = None,
    drop: tuple[str, ...] = (),
    carry_columns: CarriedColumns | None = None,
    groups: str | None = None,
    time: str | None = None,
    resume: bool = False,
    restart: bool = False,
    if_exists: IfExists = "fail",
    links: Links = "hard",
    progress: bool | Report | None = None,
) -> BigResampled:
    """Resample a table that is larger than memory, or spread over several machines.

    The result has the rows that `fit_resample` of the same sampler returns for the table in the order
    of `id`, whatever the sizes of blocks, the number of files, partitions and threads, and the engine.
    One exception: `RandomUnderSampler` draws rows by a hash of their ids, not by row number. New rows reveal
    the real rows that they were made from; to share a result, share counts, a plan without the data, or
    coarser categories instead.

    Parameters
    ----------
    source : path, pattern, pyarrow dataset, Arrow stream, or Spark DataFrame
        A Parquet file, a folder or pattern of them; a polars LazyFrame, a DuckDB relation, any other
        object with ``__arrow_c_stream__`` that can be read again, or a function that returns one.
    sampler : sampler or str
        RandomOverSampler, SMOTE, SMOTENC, BorderlineSMOTE, ADASYN, RandomUnderSampler, TomekLinks,
        EditedNearestNeighbours, SMOTETomek or SMOTEENN; or the name of such a method, with seed 0.
    target : str
        Column of the classes.
    out : path, optional
        Folder to write. Files of the source of which all rows stay as they are become `links` in it,
        and folders named ``key=value`` are kept. Without `out` nothing is written: see
        `BigResampled.reader`. Not for a Spark DataFrame, which you write yourself.
    id : str, optional
        Column that identifies rows, of whole numbers or text. It is not a feature, and its values must be
        unique. New rows have no id (see `carry_columns` for others), and the column ``_new`` marks them.
        Without `id`, rows are identified by their position in the files; a Spark DataFrame needs `id`.
    memory : str or int, default="2GB"
        Memory that the process may use, in bytes or as text.
    rate : float or dict of label to float, optional
        For RandomUnderSampler: the probability that a row stays, for all classes but the smallest, or
        for each class in the dict. Rows get a column ``sample_weight`` of one over their rate.
    order : {"oversample-then-clean", "clean-then-oversample"}
        For SMOTETomek and SMOTEENN. The first is the published order, for which all new rows must fit
        in memory.
    extra : tuple of {"_new", "_origin", "_seed", "_partner", "_gap"}, optional
        Columns to add: whether a row is new, how it was made, the ids (or numbers) of the two rows that it
        is between, and where it is between them; missing for kept rows. By default ``_new`` if rows have
        ids and some are new.
    drop : tuple of str
        Columns to leave out: they are not features, and not in the result.
    carry_columns : dict of column to what new rows get, or list of columns, optional
        Columns that are neither searched nor blended. New rows get "seed" (the value of their seed row;
        also for a list), "missing" or "new" (both missing), "negative" (numbers below zero), or, for a
        whole number, numbers from it on (``new-7``, ... for text). By default that of the sampler. Columns
        that are the names of folders (``day=2024-01-01``), and columns of lists, structs and bytes, are
        carried from the seed row.
    groups : str, optional
        Column of groups, which is not a feature: a new row is of the group of its seed row.
    time : str, optional
        Column with the time of each row: a new row has the latest time of the rows that it depends on.
        The order of the rows does not change.
    resume : bool, default=False
        Whether to continue an unfinished run into `out`. What depends on files that have changed, or on
        another version of Poise, is done again. For files, not for streams.
    restart : bool, default=False
        Whether to delete what an unfinished run into `out` has done, and start again.
    if_exists : {"fail", "skip", "extend", "replace"}
        If `out` holds a complete result: raise an error; return it if it was made with the same
        arguments from files with the same content; add to it what the source has more; or replace it
        when the new result is complete (what an unfinished run has done is deleted too, without `resume`).
        "extend" is for over-samplers, and for RandomUnderSampler with `rate`. Files of the result stay as
        they are. With a rate, only files that were added are read, and the result is that of a run over the
        whole source. Over-samplers read the source again and make the new rows that classes lack; these are
        not the rows of a run over the whole source, whose random draws depend on the sizes of the classes.
    links : {"hard", "copy", "symbolic"}
        How unchanged files of the source become a part of the result. Hard links share the content
        with the source: a source that is rewritten in place changes the result, which
        `BigResampled.check` finds. Where the file system has no hard links, such as between two disks,
        files are copied. Symbolic links need the source in its place.
    progress : bool or callable, optional
        A function that is called with a `Progress` after each batch; True writes a line on stderr,
        which is the default if stderr is a terminal. Spark shows its own progress.

    Returns
    -------
    BigResampled

    Raises
    ------
    DoesNotFitError
        If the exact result does not fit in `memory`, or not on the disk of `out`; the message says
        what would fit.
    InputError
        For values, columns or parameters that cannot be used, and for a source that changes during
        the run. Subclasses are TooFewRowsError, UnknownNameError and ParameterError.
    UnsupportedTypeError
        For sources and samplers that are not supported.
    FileError
        For files that cannot be read or written.
    MissingDependencyError
        If Spark's workers cannot import Poise.

    See Also
    --------
    explain : Describe a run without doing it.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from poise import RandomUnderSampler, big
    >>> table = pa.table({"x": range(100), "y": [0] * 90 + [1] * 10})
    >>> result = big.resample(table, RandomUnderSampler(random_state=0), target="y")
    >>> result
    <BigResampled: 100 rows in, 20 out>
    """
    columns = {"extra": extra, "drop": drop, "carry_columns": carry_columns, "groups": groups}
    options = {"id": id, "memory": memory, "rate": rate, "order": order, "time": time, **columns}
    is_spark, sampler = _is_spark(source), _checked_sampler(sampler)
    links = known_name("links", links, LINKS)
    if_exists = known_name("if_exists", if_exists, IF_EXISTS)
    given = {"resume": resume, "restart": restart, "if_exists": if_exists != "fail"}
    given["links"] = links != "hard"
    if is_spark:
        if out is not None or any(given.values()):
            raise InputError(
                "A Spark DataFrame is returned, not written: omit out= and what belongs to it, and write it "
                "yourself, for example result.frame.write.parquet(path)."
            )
        return _spark_run(source, sampler, target, options).keep_open()
    opened, request = _opened(source, sampler, target, options)
    steps = read_steps(request)
    reader = SourceReader(opened, report_for(progress), columns_in_order(request))
    if out is None:
        for name in (name for name, is_given in given.items() if is_given):
            raise InputError(
                f"{name}= is for results that are written to a folder: name it with out=."
            )
        return LocalRun(request, steps, reader).keep_open()
    _check_retry(opened, resume=resume, restart=restart, if_exists=if_exists)
    if if_exists == "extend":
        require_extendable(request, steps)
    folder = Folder(path_of_result(out, opened.folder), if_exists)
    folder.restore_replaced()
    folder.check_writable()
    check_source_stays(folder, [part.name for part in opened.parts if opened.is_local])
    stored = None if sampler.random_state is not None else folder.stored_seed(resume=resume)
    request = request if stored is None else request.with_seed(stored)
    run = LocalRun(request, steps, reader)
    if if_exists == "skip" and folder.exists:
        result = run.reuse(folder)
        folder.delete_unfinished()
        return result
    if if_exists == "extend" and folder.exists:
        return run.extend(folder, links=links, resume=resume, restart=restart)
    with folder.open(request.settings, resume=resume, restart=restart):
        return run.write(folder, links=links)


def _check_retry(source: Source, *, resume: bool, restart: bool, if_exists: str) -> None:
    """Raise for arguments about earlier runs that contradict each other, or that a stream cannot have."""
    if resume and restart:
        raise InputError(
            "resume=True continues an unfinished run, and restart=True deletes it. Pass one of them."
        )
    if source.state_when_opened is not None:
        return
    if if_exists in ("skip", "extend"):
        raise InputError(
            f"if_exists={if_exists!r} needs a source whose content can be compared. Files are, a stream is not. Pass "
            "if_exists='replace' to make the result again."
        )
    if resume:
        raise InputError(
            "resume=True needs a source whose changes can be detected. Files are, a stream is not. Pass "
            "restart=True to start again."
        )


def explain(
    source: Any,
    sampler: Resampler | MethodName,
    *,
    target: str,
    out: str | Path | None = None,
    id: str | None = None,  # noqa: A002  # as in resample
    memory: str | int = "2GB",
    rate: Number | Mapping[Any, Number] | None = None,
    order: Order = "oversample-then-clean",
    extra: tuple[LineageColumn, ...] | list[LineageColumn] | None = None,
    drop: tuple[str, ...] = (),
    carry_columns: CarriedColumns | None = None,
    groups: str | None = None,
    time: str | None = None,
    if_exists: IfExists = "fail",
) -> Explanation:
    """Describe what `resample` would do, and whether it fits in memory and on the disk.

    This reads only the column of the classes, the column `id` if there is one, and a sample of rows.

    Parameters
    ----------
    source, sampler, target, id, memory, rate, order, extra, drop, carry_columns, groups, time
        As in `resample`.
    out : path, optional
        Where the result would be written: it is checked as by `resample`, and its size is compared with the
        free space there; by default in the current folder. Not for a Spark DataFrame.
    if_exists : {"fail", "skip", "replace", "extend"}
        As in `resample`.

    Returns
    -------
    Explanation
        Print it, or use its attributes.

    Raises
    ------
    InputError, UnsupportedTypeError, FileError
        As `resample`. A run that does not fit raises no error here.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from poise import SMOTE, big
    >>> table = pa.table({"x": range(100), "y": [0] * 90 + [1] * 10})
    >>> needs = big.explain(table, SMOTE(), target="y")
    >>> needs.rows_in_memory, needs.rows_made, needs.fits
    (10, 80, True)
    """
    columns = {"extra": extra, "drop": drop, "carry_columns": carry_columns, "groups": groups}
    options = {"id": id, "memory": memory, "rate": rate, "order": order, "time": time, **columns}
    sampler = _checked_sampler(sampler)
    if _is_spark(source):
        if out is not None:
            raise InputError("A Spark DataFrame is returned, not written: omit out=.")
        return _spark_run(source, sampler, target, options).explain()
    opened, request = _opened(source, sampler, target, options)
    place = path_of_result(".", None)
    if out is not None:
        place = path_of_result(out, opened.folder)
        Folder(place, known_name("if_exists", if_exists, IF_EXISTS)).check_writable()
    return LocalRun(request, read_steps(request), SourceReader(opened)).explain(place)


def _checked_sampler(sampler: Any) -> Resampler:
    """Return a copy of a sampler, or the sampler of a name, with its parameters checked."""
    if isinstance(sampler, str):
        sampler = make_sampler(cast("MethodName", sampler), 0)
    if isinstance(sampler, type) or not isinstance(sampler, Resampler):
        raise UnsupportedTypeError(
            f"sampler={sampler!r} is not a sampler of Poise. Pass one, such as SMOTE(random_state=0), or "
            "the name of a method that `poise methods` lists."
        )
    sampler = clone(sampler)
    sampler.check_parameters()
    return sampler


def _opened(
    source: Any, sampler: Resampler, target: str, options: Mapping[str, Any]
) -> tuple[Source, Request]:
    """Return a source without the columns that are dropped, and the request for it."""
    opened = open_source(source)
    request = read_request(
        opened.schema, sampler, target=target, partition=opened.unstored, **options
    )
    return (opened.without(request.drop) if request.drop else opened), request


def _is_spark(source: Any) -> bool:
    return type(source).__module__.startswith("pyspark.") and hasattr(source, "mapInArrow")


def _spark_run(frame: Any, sampler: Resampler, target: str, options: Mapping[str, Any]) -> Any:
    from poise.big.engines import spark  # noqa: PLC0415  # pyspark is optional

    sample = spark.sample_of(frame)
    request = read_request(sample.schema, sampler, target=target, **options)
    frame, sample = frame.drop(*request.drop), sample.drop_columns(list(request.drop))
    return spark.SparkRun(request, read_steps(request), frame, sample)
