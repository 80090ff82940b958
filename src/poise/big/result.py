"""The result of a run: the rows or where they are, and the manifest of what was done."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from poise.big.methods.decide import Decision
from poise.big.methods.session import Session
from poise.big.request import Request
from poise.big.scans.arrow import value_type
from poise.big.scans.output import layout_of
from poise.big.storage.check import ResultCheck, check
from poise.core.errors import UnsupportedTypeError
from poise.core.plan.recipes import Ids
from poise.core.saved import PickledWithVersion, format_entries


@dataclass(frozen=True, eq=False, repr=False)
class BigResampled(PickledWithVersion):
    """A resampled table that is not in memory.

    Attributes
    ----------
    manifest : dict
        What was done: versions, parameters, seed, schema, counts, rates, files read, seconds, and in
        ``"extended"`` what each later run has added. The folder contains the same in the footer of
        ``_manifest.parquet``.
    counts_before, counts_after : dict of label to int
        Rows of each class. With a `rate`, counts after it are exact once the rows are written, and
        expected values before.
    rates : dict of label to float, or None
        Probability that a row of each class stays.
    out : Path or None
        The folder that holds the result.
    frame : pyspark.sql.DataFrame or None
        The rows, if the source is a Spark DataFrame; Spark computes them on demand.
    was_there : bool
        Whether the folder held this result already, with ``if_exists="skip"``.

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
    was_there: bool = False
    _batches: Callable[[], Iterator[pa.RecordBatch]] | None = field(default=None)
    _schema: pa.Schema | None = field(default=None)

    def __repr__(self) -> str:
        before, after = sum(self.counts_before.values()), sum(self.counts_after.values())
        place = f", in {str(self.out)!r}" if self.out is not None else ""
        return f"<BigResampled: {before:,} rows in, {after:,} out{place}>"

    @property
    def prior_before(self) -> dict[Any, float]:
        """Share of each class in the source, to which `poise.decisions.shift_prior` can return."""
        return _shares(self.counts_before)

    @property
    def prior_after(self) -> dict[Any, float]:
        """Share of each class in the result."""
        return _shares(self.counts_after)

    def reader(self) -> pa.RecordBatchReader:
        """Return the rows as an Arrow stream, which reads the source again.

        Returns
        -------
        pyarrow.RecordBatchReader

        Raises
        ------
        UnsupportedTypeError
            If the source is a Spark DataFrame; use `frame`.
        FileError
            If files of the result are missing, or not as they were written.
        """
        if self._batches is None or self._schema is None:
            raise UnsupportedTypeError(
                "The result is a Spark DataFrame: take its rows from .frame."
            )
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    def check(self) -> ResultCheck:
        """Compare the files in `out` with the manifest; see `poise.big.check`.

        Returns
        -------
        ResultCheck

        Raises
        ------
        UnsupportedTypeError
            If the result is not in a folder.
        FileError
            If the folder holds no manifest, or one that cannot be read.
        """
        if self.out is None:
            raise UnsupportedTypeError(
                "The result is not in a folder, and has no files that could be checked. Pass out= to write it."
            )
        return check(self.out)


def _shares(counts: Mapping[Any, int]) -> dict[Any, float]:
    total = max(sum(counts.values()), 1)
    return {label: count / total for label, count in counts.items()}


def result_of(
    session: Session,
    decision: Decision,
    after: Ids,
    facts: Mapping[str, Any],
    *,
    out: Path | None = None,
    frame: Any = None,
    batches: Callable[[], Iterator[pa.RecordBatch]] | None = None,
) -> BigResampled:
    """Return the result of a run.

    Parameters
    ----------
    session : Session
    decision : Decision
    after : ndarray of shape (n_classes,), intp
        Rows of each class in the result.
    facts : mapping
        What the manifest says about the engine and the source.
    out : Path, optional
    frame : DataFrame, optional
    batches : callable, optional
        Returns the rows of the result.
    """
    classes, rates = session.counts.labels.classes, None
    if decision.rates is not None:
        rates = dict(zip(classes, decision.rates.tolist(), strict=True))
    before_by_label = dict(zip(classes, decision.before.tolist(), strict=True))
    after_by_label = dict(zip(classes, np.asarray(after).tolist(), strict=True))
    schema = decision.keep.layout.schema
    manifest = {
        **format_entries("result"),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "pyarrow": pa.__version__,
        },
        **session.request.settings,
        "memory": session.request.memory,
        "exact": True,
        "classes": {
            str(label): {"before": before, "after": after_by_label[label]}
            for label, before in before_by_label.items()
        },
        "new_rows": decision.n_made,
        "numbers": {
            name: [new.first, new.step]
            for name, new in decision.numbers.items()
            if new.first is not None
        },
        "rates": None if rates is None else {str(label): rate for label, rate in rates.items()},
        "schema": {column.name: str(column.type) for column in schema},
        **facts,
    }
    return BigResampled(
        manifest,
        before_by_label,
        after_by_label,
        rates,
        out,
        frame,
        _batches=batches,
        _schema=schema,
    )


def result_of_manifest(
    manifest: Mapping[str, Any],
    request: Request,
    out: Path,
    batches: Callable[[], Iterator[pa.RecordBatch]],
) -> BigResampled:
    """Return the complete result that a folder holds.

    Parameters
    ----------
    manifest : mapping
        Of the folder.
    request : Request
        The same request.
    out : Path
    batches : callable
        Returns the rows of the result.
    """
    classes, rates = manifest["classes"], manifest["rates"]
    kind = value_type(request.schema.field(request.target).type)
    labels = dict(zip(classes, pa.array(list(classes)).cast(kind).to_pylist(), strict=True))
    return BigResampled(
        dict(manifest),
        {labels[text]: entry["before"] for text, entry in classes.items()},
        {labels[text]: entry["after"] for text, entry in classes.items()},
        None if rates is None else {labels[text]: rate for text, rate in rates.items()},
        out,
        None,
        was_there=True,
        _batches=batches,
        _schema=layout_of(request).schema,
    )
