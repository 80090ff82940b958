"""The Spark engine: the same kernels, run where the partitions of a DataFrame are.

Only what Spark Connect knows is used: ``select``, ``mapInArrow``, ``toArrow``, ``range`` and
``unionByName``. Rows of small classes come to the driver and travel to the workers inside a kernel;
where that is too large for a plan, as a file.
"""

from __future__ import annotations

import logging
import pickle
import tempfile
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark import SparkFiles
from pyspark.sql import types as t

from poise.big.methods.decide import decide, refuse_unknown
from poise.big.methods.explain import Explanation, explained, refuse_unfit
from poise.big.methods.session import Work, count_classes
from poise.big.request import Job, read_job
from poise.big.result import BigResampled, manifest_of, result_of
from poise.big.scans.output import Made, MadeRows
from poise.big.scans.scan import Batches, Kernel, Scan
from poise.big.storage.run import work_on
from poise.core.errors import DoesNotFitError, InputError, MissingDependencyError

_log = logging.getLogger(__name__)
_SAMPLE_ROWS = 1000
_MOST_IN_A_PLAN = 64 * 10**6
_MOST_IN_A_FILE = 4 * 10**9
_TYPES = {
    pa.int64(): t.LongType,
    pa.string(): t.StringType,
    pa.float64(): t.DoubleType,
    pa.bool_(): t.BooleanType,
}


def resample(frame: Any, sampler: Any, *, target: str, options: Mapping[str, Any]) -> BigResampled:
    """Resample a Spark DataFrame; see `poise.big.resample`."""
    work, engine = _work(frame, sampler, target, options)
    refuse_unfit(explained(work))
    decision = decide(work)
    out = frame
    if not decision.keep.keeps_all or not decision.keep.layout.schema.equals(work.job.schema):
        schema = engine.struct(decision.keep.layout.schema)
        out = frame.select(*work.job.schema.names).mapInArrow(engine.shipped(decision.keep), schema)
    if decision.made is not None and decision.made.n_rows:
        out = out.unionByName(engine.made(decision.made, decision.keep.layout.schema))
    manifest = manifest_of(work, decision, decision.after) | {
        "engine": "spark",
        "input": {"rows": work.counted.n_rows},
        "seconds": engine.seconds,
    }
    return result_of(work, decision, manifest, decision.after, frame=out)


def explain(frame: Any, sampler: Any, *, target: str, options: Mapping[str, Any]) -> Explanation:
    """Tell what `resample` would do; see `poise.big.explain`."""
    return explained(_work(frame, sampler, target, options)[0])


def _work(frame: Any, sampler: Any, target: str, options: Mapping[str, Any]) -> tuple[Work, Spark]:
    sample = frame.limit(_SAMPLE_ROWS).toArrow()
    job = read_job(sample.schema.remove_metadata(), sampler, target=target, **options)
    refuse_unknown(job)
    _refuse_no_id(job)
    engine = Spark(frame)
    engine.refuse_other_workers()
    return work_on(job, engine, count_classes(job, engine), sample), engine


def _refuse_no_id(job: Job) -> None:
    if job.id is None:
        raise InputError(
            "The rows of a Spark DataFrame have no order of their own, so that a seed would not say which "
            "rows are drawn, nor a result which rows go. Pass id=, a column of unique whole numbers or text; "
            "where there is none, add one and store it first: df.withColumn('id', "
            "monotonically_increasing_id()).write.parquet(path), and read that."
        )


@dataclass(eq=False)
class Spark:
    """Runs kernels over the partitions of a DataFrame.

    Attributes
    ----------
    frame : pyspark.sql.DataFrame
        Classic or Connect.
    seconds : dict
        What each scan took.
    """

    frame: Any
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, scan: Scan) -> pa.Table:
        """Return all that a kernel yields over all partitions."""
        start = time.perf_counter()
        mapped = self.frame.select(*scan.columns).mapInArrow(
            self.shipped(scan.kernel), self.struct(scan.found)
        )
        found = _told_in_our_words(mapped.toArrow)
        self.seconds[scan.name] = round(time.perf_counter() - start, 3)
        _log.info("%s: %d rows found in %.2f s", scan.name, found.num_rows, self.seconds[scan.name])
        return found.cast(scan.found)

    def struct(self, schema: pa.Schema) -> t.StructType:
        """Return Spark's words for a schema: its own for its columns, the plain ones for ours."""
        own = {column.name: column for column in self.frame.schema}
        fields = []
        for column in schema:
            known = own.get(column.name)
            fields.append(known or t.StructField(column.name, self._type_of(column.type)))
        return t.StructType(fields)

    def _type_of(self, kind: pa.DataType) -> t.DataType:
        if kind in _TYPES:
            return _TYPES[kind]()
        # A label's or an id's: of some column of the source.
        for column in self.frame.schema:
            if self._arrow_types[column.name] == kind:
                return column.dataType
        raise InputError(f"{kind} is no type that Spark knows.")

    @cached_property
    def _arrow_types(self) -> dict[str, pa.DataType]:
        return {column.name: column.type for column in self.frame.limit(0).toArrow().schema}

    def shipped(self, kernel: Kernel) -> Kernel:
        """Return a kernel that can travel in a plan.

        Raises
        ------
        DoesNotFitError
            Where it is too large for a file, too.
        """
        payload = pickle.dumps(kernel)
        if len(payload) <= _MOST_IN_A_PLAN:
            return kernel
        if len(payload) > _MOST_IN_A_FILE:
            raise DoesNotFitError(
                f"What every worker needs takes {len(payload) / 1e9:.1f} GB, more than can be sent to them. Take "
                "a part of the rows first, with RandomUnderSampler."
            )
        name = f"poise-{uuid.uuid4().hex}.pickle"
        path = Path(_folder_until_exit().name) / name
        path.write_bytes(payload)
        self.frame.sparkSession.addArtifacts(str(path), file=True)
        return FromFile(name)

    def made(self, made: Made | MadeRows, schema: pa.Schema) -> Any:
        """Return new rows as a DataFrame: a worker makes a piece where it is."""
        kernel = self.shipped(Pieces(made))
        n_pieces = len(made.pieces)
        session = self.frame.sparkSession
        numbers = session.range(0, n_pieces, 1, min(n_pieces, 200))
        return numbers.mapInArrow(kernel, self.struct(schema))

    def refuse_other_workers(self) -> None:
        """Raise where workers cannot import Poise, or another one than here."""
        numbers = self.frame.sparkSession.range(0, 4, 1, 4)
        found = _told_in_our_words(numbers.mapInArrow(versions, "version string").toArrow)
        others = set(found["version"].to_pylist()) - {version("poise")}
        if others:
            raise MissingDependencyError(
                f"The workers have Poise {', '.join(sorted(others))}, the driver {version('poise')}. {_FIX}"
            )


_FIX = (
    "Install the same version on every worker (pip install poise), set PYSPARK_PYTHON to the Python that has "
    "it, or ship an environment: "
    "https://spark.apache.org/docs/latest/api/python/user_guide/python_packaging.html"
)


def _told_in_our_words(act: Any) -> pa.Table:
    try:
        return act()
    except Exception as error:
        text = str(error)
        if "No module named 'poise" in text or "No module named 'pyarrow" in text:
            raise MissingDependencyError(f"The workers cannot import Poise. {_FIX}") from error
        for kind in (InputError, DoesNotFitError):
            _, is_there, rest = text.partition(f"{kind.__name__}: ")
            if is_there:
                raise kind(rest.strip().partition("\n")[0]) from error
        raise


def versions(batches: Batches) -> Batches:
    """Yield the version of Poise that a worker has."""
    for batch in batches:
        yield pa.record_batch([pa.array([version("poise")] * batch.num_rows)], names=["version"])


@dataclass(frozen=True, eq=False)
class Pieces:
    """Makes the pieces whose numbers it is given.

    Attributes
    ----------
    made : Made or MadeRows
    """

    made: Made | MadeRows

    def __call__(self, batches: Batches) -> Batches:
        """Yield the rows of each piece."""
        for batch in batches:
            for number in np.asarray(batch["id"]).tolist():
                yield self.made.piece(number)


@lru_cache(maxsize=1)
def _folder_until_exit() -> tempfile.TemporaryDirectory[str]:
    # Executors of a driver's own fetch the file when they need it, which may be long after.
    return tempfile.TemporaryDirectory(prefix="poise-")


@dataclass(frozen=True)
class FromFile:
    """A kernel that is in a file that was sent to every worker.

    Attributes
    ----------
    name : str
    """

    name: str

    def __call__(self, batches: Batches) -> Batches:
        """Yield what the kernel yields."""
        yield from _loaded(self.name)(batches)


@lru_cache(maxsize=2)
def _loaded(name: str) -> Any:
    return pickle.loads(Path(SparkFiles.get(name)).read_bytes())  # noqa: S301  # the driver's own
