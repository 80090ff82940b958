"""The Spark engine: scans run where the partitions of a DataFrame are.

It uses only what Spark Connect supports: ``select``, ``toDF``, ``mapInArrow``, ``toArrow``, ``range``
and ``unionByName``. The package ``pyspark-client`` is enough on the driver. The rows in memory come to the driver and travel to the workers inside a kernel; if the
kernel is too large for a plan, it travels as a file.
"""

from __future__ import annotations

import logging
import pickle
import re
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.errors import UnsupportedOperationException
from pyspark.sql import types as t

from poise.big.methods.decide import decide
from poise.big.methods.explain import Explanation, explain_with_kinds, require_fit
from poise.big.methods.session import Session, open_session
from poise.big.methods.steps import Steps
from poise.big.request import Request
from poise.big.result import BigResampled, result_of
from poise.big.scans.arrow import with_floats, without_constraints
from poise.big.scans.output import KeepRows, MadeInMemory, MadeInPieces
from poise.big.scans.remote import (
    Converted,
    Reported,
    schema_with_report,
    without_reports,
)
from poise.big.scans.repeated import MOST_LISTED
from poise.big.scans.scan import Batches, Kernel, Purpose, Scan, pass_facts
from poise.core.errors import DoesNotFitError, InputError, MissingDependencyError
from poise.core.memory import peak_memory

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
    """Return some rows of a DataFrame, with its schema as Arrow's.

    Raises
    ------
    InputError
        If the engine has no type for a column, or one that cannot hold its values.
    """
    try:
        sample = frame.limit(_SAMPLE_ROWS).toArrow()
    except Exception as error:
        if isinstance(error, pa.ArrowInvalid) or "Dictionary(" in str(error):
            raise InputError(
                f"Spark cannot return rows of this DataFrame in the types of its schema ({error}). Cast the "
                "column first: a dictionary with df.withColumn(name, col(name).cast('string')), an unsigned integer "
                "with .cast('bigint')."
            ) from error
        raise
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
        self.request: Request = request
        self.steps: Steps = steps
        self.frame: Any = frame
        self.sample: pa.Table = sample
        _require_id(request)
        self.engine: SparkEngine = SparkEngine(frame, request)
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
            out = engine.kept(keep, schema)
        if decision.made is not None and decision.n_made:
            out = out.unionByName(engine.made(decision.made, schema))
        if out is not self.frame:
            engine.require_two_passes()
        facts = {
            "engine": "spark",
            "input": {"rows": session.counts.n_rows},
            "passes": engine.passes,
            "seconds": round(sum(each["seconds"] for each in engine.passes), 3),
            "peak_bytes": peak_memory(),
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
    request : Request
    passes : list of dict
        What the manifest says about each scan.
    numbers : list of int
        A number of the rows that each scan read; see `poise.big.scans.order.rows_number`.
    """

    frame: Any
    request: Request
    passes: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def run(self, scan: Scan) -> pa.Table:
        """Return everything that a kernel yields over all partitions.

        Raises
        ------
        InputError
            If the rows are not those of the first scan.
        """
        start = time.perf_counter()
        watched = (self.request.key, self.request.target)
        names = tuple(dict.fromkeys((*scan.columns, *watched)))
        rows = with_floats(self._rows(names), self.request.as_floats)
        kernel = Reported(scan.kernel, rows, scan.columns, watched, scan.found)
        mapped = self._mapped(names, kernel, self._found(scan.found))
        found, number = without_reports(_with_own_errors(mapped.toArrow))
        seconds = time.perf_counter() - start
        self.passes.append(pass_facts(scan.purpose, found.num_rows, seconds))
        _log.info("%s: %d rows found in %.2f s", scan.purpose, found.num_rows, seconds)
        self.numbers.append(number)
        _require_same_rows(self.numbers, scan.purpose)
        return found.cast(scan.found)

    def repeated(self, field: pa.Field, parts: int) -> pa.Array:  # noqa: ARG002  # Spark spills to disk
        """Return some values of a column that are in several rows."""
        ids = self.frame.select(_quoted(field.name)).toDF("id")
        counts = ids.groupBy("id").count()
        twice = counts.filter(counts["count"] > 1).select("id").limit(MOST_LISTED)
        return _with_own_errors(twice.toArrow)["id"].combine_chunks()

    def kept(self, keep: KeepRows, schema: pa.Schema) -> Any:
        """Return the rows of the source that stay as a DataFrame."""
        names = self.request.schema.names
        return self._mapped(names, Converted(keep, self._rows(names)), self.struct(schema))

    def require_two_passes(self) -> None:
        """Read the rows again if they were read only once, and raise if they differ."""
        if len(self.numbers) < 2:
            nothing = pa.schema([("nothing", pa.bool_())])
            self.run(Scan(Purpose.CHECK_SOURCE, find_nothing, (), nothing))

    def _mapped(self, names: Sequence[str], kernel: Kernel, found: t.StructType) -> Any:
        columns = self.frame.select(*map(_quoted, names))
        # mapInArrow looks columns up by names that it parses: "a.b" would be a field of a struct.
        renamed = columns.toDF(*(f"c{i}" for i in range(len(names))))
        return renamed.mapInArrow(self.portable(kernel), found)

    def _rows(self, names: Sequence[str]) -> pa.Schema:
        """Return the schema of some columns of the source, as kernels read them."""
        return without_constraints(pa.schema([self.request.schema.field(name) for name in names]))

    def struct(self, schema: pa.Schema) -> t.StructType:
        """Return the schema of a result as Spark's type; columns of the DataFrame have its own types."""
        return t.StructType(
            [t.StructField(each.name, self._type_of(each), each.nullable) for each in schema]
        )

    def _found(self, schema: pa.Schema) -> t.StructType:
        """Return the schema of what a scan finds as Spark's type; the report has no values in other columns."""
        fields = schema_with_report(schema)
        return t.StructType([t.StructField(each.name, self._type_of(each)) for each in fields])

    def _type_of(self, column: pa.Field) -> t.DataType:
        own = {each.name: each.dataType for each in self.frame.schema}
        source = self.request.schema
        # The type of a label or an id is that of a column of the source.
        same = [each.name for each in source if each.type == column.type]
        if column.name in same:
            return own[column.name]
        if column.type in _TYPES:
            return _TYPES[column.type]()
        if same:
            return own[same[0]]
        raise InputError(f"Spark has no type for {column.type}. Cast the column in the source.")

    def portable(self, kernel: Kernel) -> Kernel:
        """Return a kernel small enough for a plan; a large one is sent to the workers as a file.

        Raises
        ------
        DoesNotFitError
            If it is too large even for a file, or the server takes no files.
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
        try:
            self.frame.sparkSession.addArtifacts(str(path), file=True)
        except UnsupportedOperationException as error:
            raise DoesNotFitError(
                f"Each worker needs {len(payload) / 1e6:.1f} MB of rows. A plan holds "
                f"{_MAX_BYTES_IN_PLAN / 1e6:g} MB, and this server takes no files from its clients (addArtifacts: "
                f"{error}). Sample the rows with RandomUnderSampler first, or use a server that takes files, such as "
                "Apache Spark's."
            ) from error
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


def _quoted(name: str) -> str:
    """Return the name of a column as Spark parses it."""
    return f"`{name.replace('`', '``')}`"


_FIX = (
    "Install the same version of Poise on every worker (pip install poise), set PYSPARK_PYTHON to the Python that "
    "has it, or send an environment: spark.addArtifacts('environment.tar.gz#environment', archive=True) and "
    "spark.conf.set('spark.sql.execution.pyspark.python', 'environment/bin/python'). docs/big.md shows how."
)
# Poise without pyarrow raises its own error.
_NOT_FOUND = re.compile(
    r"No module named '(poise|numpy|scipy|sklearn|narwhals|pyarrow)\b[\w.]*'|poise\.big needs pyarrow"
)
# What importing Poise says where the module is not there (poise/_wheels.py).
_WITHOUT_KERNEL = re.compile(
    r"Poise needs its compiled kernel, [\w.]+, (for .+?)\. There is none in "
)
_IN_ZIP = re.compile(r"There is none in [^\n]+\.(zip|whl|egg)[/\\]poise")


def _require_same_rows(numbers: Sequence[int], purpose: str) -> None:
    """Raise if the last pass read other rows than the first one."""
    if numbers[-1] != numbers[0]:
        raise InputError(
            f"The DataFrame gives other rows each time it is computed: ids and labels in the pass {purpose!r} are "
            "not those of the first pass. Possible causes are uuid(), rand() or monotonically_increasing_id() in "
            "a column, limit() or sample() without a fixed order, and a source that another job changes. Store "
            "the rows first and read them again: df.write.parquet(path), then spark.read.parquet(path). Or keep "
            "them in Spark: df.localCheckpoint()."
        )


def find_nothing(batches: Batches) -> Batches:
    """Read all rows."""
    for _ in batches:
        pass
    return iter(())


def _with_own_errors(call: Any) -> pa.Table:
    """Call a function of Spark, and say what to do if its workers lack Poise."""
    try:
        return call()
    except Exception as error:
        text = str(error)
        not_found = _NOT_FOUND.search(text)
        if not_found:
            raise MissingDependencyError(
                f"The workers cannot import Poise: {not_found[0]}. {_FIX}"
            ) from error
        if _IN_ZIP.search(text):
            raise MissingDependencyError(
                "The workers have Poise in a zip file, from which Python cannot load its compiled module. Do not send "
                f"it with pyfile=True. {_FIX}"
            ) from error
        without_kernel = _WITHOUT_KERNEL.search(text)
        if without_kernel:
            raise MissingDependencyError(
                f"The workers have Poise without its compiled module {without_kernel[1]}. {_FIX}"
            ) from error
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
    return pickle.loads(_sent_file(name).read_bytes())  # noqa: S301  # written by the driver


def _sent_file(name: str) -> Path:
    """Return the path of a file on the worker that runs this.

    Raises
    ------
    MissingDependencyError
        If the PySpark of the worker is ``pyspark-client``, which has no ``SparkFiles``.
    """
    try:
        from pyspark import SparkFiles  # noqa: PLC0415  # pyspark-client, enough for a driver, lacks it
    except ImportError as error:
        raise MissingDependencyError(
            f"This worker has the package pyspark-client, which cannot find the file {name} that the driver "
            "sent. Install pyspark instead of it on the workers, in the version of the cluster's Spark."
        ) from error
    return Path(SparkFiles.get(name))
