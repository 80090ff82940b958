"""Scans: a pass over all rows, described by a function from record batches to record batches.

A kernel receives an iterator of record batches and yields record batches: the form that Spark's
``mapInArrow`` and a loop over files share. Each call sees some of the rows, in any grouping; the
results of several calls are concatenated. Kernels hold only tables and arrays, so they can be pickled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from poise.core.memory import peak_memory

Batches: TypeAlias = Iterator[pa.RecordBatch]


class Purpose:
    """Purposes of the passes over the rows, as users read them in progress reports and plans."""

    COUNT_CLASSES = "counting classes"
    CHECK_IDS = "checking that ids differ"
    LOAD_ROWS = "loading rows into memory"
    FIND_RANGES = "finding the range of each column"
    MEASURE_COLUMNS = "computing the variance of each column"
    FIND_NEAREST = "finding nearest neighbours"
    CHECK_MUTUAL = "checking mutual neighbours"
    FIND_OUTVOTED = "finding candidates for removal"
    CHECK_CANDIDATES = "checking candidates against their own class"
    CHOOSE_ROWS = "choosing the rows to keep"
    CHECK_SOURCE = "checking that the source gives the same rows again"
    READ_RESULT = "reading"
    WRITE_RESULT = "writing"


# Passes that compute distances to every row.
SEARCHES = (
    Purpose.FIND_NEAREST,
    Purpose.CHECK_MUTUAL,
    Purpose.FIND_OUTVOTED,
    Purpose.CHECK_CANDIDATES,
)


def pass_facts(purpose: str, rows_found: int, seconds: float) -> dict[str, Any]:
    """Return what the manifest says about a pass; the peak of memory is that of the process until its end."""
    return {
        "purpose": purpose,
        "rows_found": rows_found,
        "seconds": round(seconds, 3),
        "peak_bytes": peak_memory(),
    }


class Kernel(Protocol):
    """The function that a pass applies to the rows."""

    def __call__(self, batches: Batches) -> Batches: ...


@dataclass(frozen=True, eq=False)
class Scan:
    """A pass over the rows.

    Attributes
    ----------
    purpose : str
        See `Purpose`.
    kernel : Kernel
    columns : tuple of str
        Columns that the kernel reads.
    found : pyarrow.Schema
        Schema of the batches that the kernel yields.
    """

    purpose: str
    kernel: Kernel
    columns: tuple[str, ...]
    found: pa.Schema


class Engine(Protocol):
    """Runs scans where the rows are."""

    def run(self, scan: Scan) -> pa.Table:
        """Return everything that the kernel yields over all rows, in any order."""
        ...

    def repeated(self, field: pa.Field, parts: int) -> pa.Array:
        """Return some values of a column that are in several rows; none if all differ."""
        ...
