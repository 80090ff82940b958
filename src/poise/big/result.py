"""What the user gets: the rows, and what was done."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from poise.big.methods.decide import Decision
from poise.big.methods.session import Work
from poise.core.errors import (
    UnsupportedTypeError,
)
from poise.core.recipes import Ids


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
    >>> table = pa.table({"x": [0.1, 0.4, 1.3, 1.7, 2.2, 2.5], "y": [0, 0, 0, 0, 1, 1]})
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
        "poise": version("poise"),
        "versions": versions,
        **work.job.told(),
        "memory": work.job.memory,
        "exact": True,
        "classes": counts,
        "new_rows": decision.made.n_rows if decision.made is not None else 0,
        "rates": rates,
        "schema": {f.name: str(f.type) for f in decision.keep.layout.schema},
    }
