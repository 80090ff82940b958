"""`poise.big.resample` and `poise.big.explain`, the same for files, streams and Spark."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sklearn.base import clone

from poise._api import make_sampler
from poise.big.engines.local import LocalRun
from poise.big.methods.explain import Explanation
from poise.big.methods.steps import read_steps
from poise.big.progress import Report, report_for
from poise.big.request import read_request
from poise.big.result import BigResampled
from poise.big.storage.folder import Folder, path_of_result
from poise.big.storage.reading import SourceReader
from poise.big.storage.source import open_source
from poise.core.errors import InputError, UnsupportedTypeError
from poise.core.resampler import Resampler


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
    sampler = _checked_sampler(sampler)
    if _is_spark(source):
        if out is not None or resume:
            raise InputError(
                "A Spark DataFrame is returned, not written: omit out= and resume=, and write it "
                "yourself, for example result.frame.write.parquet(path)."
            )
        return _spark_run(source, sampler, target, options).keep_open()
    opened = open_source(source)
    request = read_request(opened.schema, sampler, target=target, **options)
    steps = read_steps(request)
    reader = SourceReader(opened, report_for(progress))
    if out is None:
        if resume:
            raise InputError("resume=True continues a run into a folder: name it with out=.")
        return LocalRun(request, steps, reader).keep_open()
    state = opened.state_when_opened
    if resume and state is None:
        raise InputError(
            "resume=True needs a source whose changes can be detected. Files are, a stream is not. Delete the "
            "unfinished result, and run again without resume."
        )
    folder = Folder(path_of_result(out, opened.folder))
    folder.check_writable()
    stored = folder.stored_seed() if resume and sampler.random_state is None else None
    request = request if stored is None else request.with_seed(stored)
    settings = {"poise": version("poise"), **request.settings, "input": state}
    with folder.open(settings, resume=resume):
        return LocalRun(request, steps, reader).write(folder)


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
    sampler = _checked_sampler(sampler)
    if _is_spark(source):
        return _spark_run(source, sampler, target, options).explain()
    opened = open_source(source)
    request = read_request(opened.schema, sampler, target=target, **options)
    return LocalRun(request, read_steps(request), SourceReader(opened)).explain()


def _checked_sampler(sampler: Any) -> Resampler:
    """Return a copy of a sampler, or the sampler of a name, with its parameters checked."""
    if isinstance(sampler, str):
        sampler = make_sampler(sampler, 0)
    if isinstance(sampler, type) or not isinstance(sampler, Resampler):
        raise UnsupportedTypeError(
            f"sampler={sampler!r} is not a sampler of Poise. Pass one, such as SMOTE(random_state=0), or "
            "the name of a method that `poise methods` lists."
        )
    sampler = clone(sampler)
    sampler.check_parameters()
    return sampler


def _is_spark(source: Any) -> bool:
    return type(source).__module__.startswith("pyspark.") and hasattr(source, "mapInArrow")


def _spark_run(frame: Any, sampler: Resampler, target: str, options: Mapping[str, Any]) -> Any:
    from poise.big.engines import spark  # noqa: PLC0415  # pyspark is optional

    sample = spark.sample_of(frame)
    request = read_request(sample.schema, sampler, target=target, **options)
    return spark.SparkRun(request, read_steps(request), frame, sample)
