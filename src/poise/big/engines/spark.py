"""The Spark engine: scans run where the partitions of a DataFrame are.

It uses only what Spark Connect supports: ``select``, ``mapInArrow``, ``toArrow``, ``range`` and
``unionByName``. The rows in memory come to the driver and travel to the workers inside a kernel; if the
kernel is too large for a plan, it travels as a file.
"""

from __future__ import annotations

import logging
import pickle
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark import SparkFiles
from pyspark.sql import types as t

from poise.big.methods.decide import decide
from poise.big.methods.explain import Explanation, explain_with_kinds, require_fit
from poise.big.methods.session import Session, open_session
from poise.big.methods.steps import Steps
from poise.big.request import Request
from poise.big.result import BigResampled, result_of
from poise.big.scans.output import MadeInMemory, MadeInPieces
from poise.big.scans.scan import Batches, Kernel, Scan
from poise.core.errors import DoesNotFitError, InputError, MissingDependencyError

_log = logging.getLogger(__name__)
_SAMPLE_ROWS = 1000
_MAX_BYTES_IN_PLAN = 64 * 10**6
_MAX_BYTES_IN_FILE = 4 * 10**9
_TYPES = {
    pa.int64(): t.LongType,
    pa.string(): t.StringType,
    pa.float64(): t.DoubleType,
    pa.bool_(): t.BooleanType,
}


def sample_of(frame: Any) -> pa.Table:
    """Return some rows of a DataFrame, with its schema as Arrow's."""
    sample = frame.limit(_SAMPLE_ROWS).toArrow()
    return sample.replace_schema_metadata()


class SparkRun:
    """A request on a Spark DataFrame.

    Parameters
    ----------
    request : Request
    steps : Steps
    frame : pyspark.sql.DataFrame
    sample : pyarrow.Table
        See `sample_of`.

    Raises
    ------
    InputError
        Without an id column.
    MissingDependencyError
        If the workers cannot import the same version of Poise.
    """

    def __init__(self, request: Request, steps: Steps, frame: Any, sample: pa.Table) -> None:
        self.request, self.steps, self.frame, self.sample = request, steps, frame, sample
        _require_id(request)
        self.engine = SparkEngine(frame)
        self.engine.require_same_version()

    def _session(self) -> Session:
        return open_session(self.request, self.steps, self.engine, self.sample)

    def explain(self) -> Explanation:
        """Return what the run would do."""
        return explain_with_kinds(self._session())

    def keep_open(self) -> BigResampled:
        """Return the result as a DataFrame that Spark computes on demand."""
        session, engine, out = self._session(), self.engine, self.frame
        require_fit(session)
        decision = decide(session)
        keep, schema = decision.keep, decision.keep.layout.schema
        if not keep.changes_nothing:
            names = self.request.schema.names
            out = out.select(*names).mapInArrow(engine.portable(keep), engine.struct(schema))
        if decision.made is not None and decision.n_made:
            out = out.unionByName(engine.made(decision.made, schema))
        facts = {
            "engine": "spark",
            "input": {"rows": session.counts.n_rows},
            "seconds": engine.seconds,
        }
        return result_of(session, decision, decision.after, facts, frame=out)


def _require_id(request: Request) -> None:
    if request.id is None:
        raise InputError(
            "The rows of a Spark DataFrame have no fixed order, so a seed alone does not determine the "
            "result. Pass id=, a column of unique whole numbers or text. If there is none, add one and store "
            "it first: df.withColumn('id', monotonically_increasing_id()).write.parquet(path), and read that."
        )


@dataclass(eq=False)
class SparkEngine:
    """Runs scans over the partitions of a DataFrame.

    Attributes
    ----------
    frame : pyspark.sql.DataFrame
        Classic or Connect.
    seconds : dict of str to float
        Duration of each scan.
    """

    frame: Any
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, scan: Scan) -> pa.Table:
        """Return everything that a kernel yields over all partitions."""
        start = time.perf_counter()
        mapped = self.frame.select(*scan.columns).mapInArrow(
            self.portable(scan.kernel), self.struct(scan.found)
        )
        found = _with_own_errors(mapped.toArrow)
        seconds = self.seconds[scan.purpose] = round(time.perf_counter() - start, 3)
        _log.info("%s: %d rows found in %.2f s", scan.purpose, found.num_rows, seconds)
        return found.cast(scan.found)

    def struct(self, schema: pa.Schema) -> t.StructType:
        """Return a schema as Spark's type: the DataFrame's own types for its columns."""
        own = {column.name: column for column in self.frame.schema}
        fields = []
        for column in schema:
            known = own.get(column.name)
            fields.append(known or t.StructField(column.name, self._type_of(column.type)))
        return t.StructType(fields)

    def _type_of(self, kind: pa.DataType) -> t.DataType:
        if kind in _TYPES:
            return _TYPES[kind]()
        # The type of a label or an id is that of a column of the source.
        for column in self.frame.schema:
            if self._arrow_types[column.name] == kind:
                return column.dataType
        raise InputError(f"Spark has no type for {kind}. Cast the column in the source.")

    @cached_property
    def _arrow_types(self) -> dict[str, pa.DataType]:
        return {column.name: column.type for column in self.frame.limit(0).toArrow().schema}

    def portable(self, kernel: Kernel) -> Kernel:
        """Return a kernel small enough for a plan; a large one is sent to the workers as a file.

        Raises
        ------
        DoesNotFitError
            If it is too large even for a file.
        """
        payload = pickle.dumps(kernel)
        if len(payload) <= _MAX_BYTES_IN_PLAN:
            return kernel
        if len(payload) > _MAX_BYTES_IN_FILE:
            raise DoesNotFitError(
                f"Each worker needs {len(payload) / 1e9:.1f} GB of rows, more than can be sent to it. Sample the rows "
                "with RandomUnderSampler first."
            )
        name = f"poise-{uuid.uuid4().hex}.pickle"
        path = Path(_folder_until_exit().name) / name
        path.write_bytes(payload)
        self.frame.sparkSession.addArtifacts(str(path), file=True)
        return KernelInFile(name)

    def made(self, made: MadeInPieces | MadeInMemory, schema: pa.Schema) -> Any:
        """Return new rows as a DataFrame; workers make the pieces."""
        kernel = self.portable(MakePieces(made))
        n_pieces = len(made.pieces)
        # One partition for each task that can run at once, as Spark does by default: some engines run all
        # partitions at once, and each holds the rows in memory and a piece.
        numbers = self.frame.sparkSession.range(0, n_pieces)
        return numbers.mapInArrow(kernel, self.struct(schema))

    def require_same_version(self) -> None:
        """Raise if the workers cannot import the version of Poise that runs here."""
        numbers = self.frame.sparkSession.range(0, 4, 1, 4)
        found = _with_own_errors(numbers.mapInArrow(versions, "version string").toArrow)
        other = set(found["version"].to_pylist()) - {version("poise")}
        if other:
            raise MissingDependencyError(
                f"The workers have Poise {', '.join(sorted(other))}, the driver {version('poise')}. {_FIX}"
            )


_FIX = (
    "Install the same version on every worker (pip install poise), set PYSPARK_PYTHON to the Python that has "
    "it, or ship an environment: "
    "https://spark.apache.org/docs/latest/api/python/user_guide/python_packaging.html"
)


def _with_own_errors(call: Any) -> pa.Table:
    """Call a function of Spark, and raise the errors of Poise that its workers report as such."""
    try:
        return call()
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
    """Yield the version of Poise on a worker."""
    for batch in batches:
        yield pa.record_batch([pa.array([version("poise")] * batch.num_rows)], names=["version"])


@dataclass(frozen=True, eq=False)
class MakePieces:
    """Yields the new rows of the pieces whose numbers are in column ``id``.

    Attributes
    ----------
    made : MadeInPieces or MadeInMemory
    """

    made: MadeInPieces | MadeInMemory

    def __call__(self, batches: Batches) -> Batches:
        """Yield the rows of each piece."""
        for batch in batches:
            for number in np.asarray(batch["id"]).tolist():
                yield self.made.piece(number)


@lru_cache(maxsize=1)
def _folder_until_exit() -> tempfile.TemporaryDirectory[str]:
    # Executors on the driver's machine fetch the file when they need it, possibly much later.
    return tempfile.TemporaryDirectory(prefix="poise-")


@dataclass(frozen=True)
class KernelInFile:
    """A kernel in a file that was sent to every worker.

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
    return pickle.loads(Path(SparkFiles.get(name)).read_bytes())  # noqa: S301  # written by the driver
