"""What the methods ask of an engine: classes and their rows, what all rows look like, who is near."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.big.memory import Room
from poise.big.request import ROW, Job
from poise.big.scans.classes import Census, FirstRows, RowsOf
from poise.big.scans.extremes import Anchors, Reader, SumMoments
from poise.big.scans.nearest import Near
from poise.big.scans.scan import (
    Scan,
    array_of,
    codes_in,
    held_schema,
    plain,
    refuse_lost_rows,
    sorted_by,
    stacked,
    value_type,
)
from poise.core.blocks import Matrix
from poise.core.errors import InputError
from poise.core.kinds import Declared
from poise.core.labels import Labels, encode_items, refuse_too_many_classes
from poise.core.moments import Moments, scale_of
from poise.core.neighbors import Measure, cost_of_mismatch
from poise.core.problem import Problem, Whole
from poise.core.recipes import Ids
from poise.core.resampler import Resampler
from poise.core.tables import read_table, read_target


class Engine(Protocol):
    """Where the rows are."""

    def run(self, scan: Scan) -> pa.Table:
        """Return all that the kernel yields over all rows, in any order."""
        ...


class Counted(NamedTuple):
    """The classes of the source.

    Attributes
    ----------
    labels : Labels
        With the counts of all rows and none of their codes.
    values : pyarrow.Array
        The classes in the order of the codes.
    largest_id : int
        See `Census`.
    """

    labels: Labels
    values: pa.Array
    largest_id: int

    @property
    def n_rows(self) -> int:
        return int(self.labels.counts.sum())

    def of(self, codes: Sequence[int]) -> pa.Array:
        """Return some of the classes."""
        return self.values.take(pa.array(list(codes), pa.int64()))


def count_classes(job: Job, engine: Engine) -> Counted:
    """Return the classes of the source: one pass over the target, and over `id` where there is one.

    Raises
    ------
    InputError
        For missing labels and ids, and targets that look like a regression's.
    """
    kernel = Census(job.target, job.id, value_type(job.schema.field(job.target).type))
    columns = (job.target,) if job.id is None else (job.target, job.id)
    table = engine.run(Scan("counting classes", kernel, columns, kernel.found))
    if not table.num_rows:
        raise InputError(
            "The source has no row. Check the filter or the folder that it comes from."
        )
    if pc.sum(table["lacking"]).as_py():
        raise InputError(
            f"Column {job.id!r} identifies rows and is missing in {pc.sum(table['lacking']).as_py():,} "
            "of them. Fill it, or name another column."
        )
    counts = table.group_by("label").aggregate([("rows", "sum")])
    _refuse_missing(job.target, counts)
    labels = encode_items(read_target(counts["label"]))
    order = np.argsort(labels.codes)
    known = counts["rows_sum"].to_numpy()[order]
    whole = Labels(np.zeros(0, dtype=np.intp), labels.classes, known)
    refuse_too_many_classes(whole)
    values = array_of(counts["label"]).take(pa.array(order))
    return Counted(whole, values, pc.max(table["largest"]).as_py())


def _refuse_missing(target: str, counts: pa.Table) -> None:
    is_missing = pc.is_null(counts["label"], nan_is_null=True)
    n_missing = pc.sum(counts["rows_sum"].filter(is_missing)).as_py()
    if n_missing:
        raise InputError(
            f"Column {target!r} has {n_missing:,} missing labels. A row without a label cannot be "
            "balanced: drop such rows first."
        )


@dataclass(frozen=True, eq=False)
class Work:
    """A request on rows that have been counted.

    Attributes
    ----------
    job : Job
    engine : Engine
    counted : Counted
    room : Room
    sample : pyarrow.Table
        Some rows of the source.
    are_linked : bool
        Whether rows that all stay need not be written.
    """

    job: Job
    engine: Engine
    counted: Counted
    room: Room
    sample: pa.Table
    are_linked: bool = False
    _rows: dict[tuple[int, ...], pa.Table] = field(default_factory=dict)

    @property
    def declared(self) -> Declared:
        return self.job.sampler.declared

    def rows_of(self, codes: Sequence[int]) -> pa.Table:
        """Return the rows of some classes, in the order of their keys."""
        if not len(codes):
            return self.row_schema.empty_table()
        if tuple(codes) not in self._rows:
            self._rows[tuple(codes)] = self._collected(codes)
        return self._rows[tuple(codes)]

    def _collected(self, codes: Sequence[int]) -> pa.Table:
        job = self.job
        kernel = RowsOf(job.target, self.counted.of(codes))
        found = self._scan("collecting the shipped rows", kernel)
        ordered = in_key_order(found, job.key)
        expected = int(self.counted.labels.counts[list(codes)].sum())
        refuse_lost_rows(expected, ordered.num_rows, f"Class {self.counted.of(codes).to_pylist()}")
        return ordered

    def _scan(self, name: str, kernel: Any) -> pa.Table:
        """Return rows with all their columns."""
        return self.engine.run(Scan(name, kernel, tuple(self.job.columns), self.row_schema))

    @property
    def row_schema(self) -> pa.Schema:
        """Key, target, features."""
        job = self.job
        key = pa.field(ROW, pa.int64()) if job.id is None else job.schema.field(job.id)
        fields = [key, *(job.schema.field(name) for name in job.columns[1:])]
        return held_schema(fields)

    @cached_property
    def has_times(self) -> bool:
        types = [value_type(self.job.schema.field(name).type) for name in self.job.features]
        return any(pa.types.is_temporal(kind) for kind in types)

    @cached_property
    def sample_categories(self) -> int:
        """How many columns are categories."""
        return Reader(self.sample.select(self.job.features), self.declared, "").n_categorical

    @cached_property
    def anchors(self) -> pa.Table:
        """Rows that show the ranges of all columns."""
        kernel = Anchors(tuple(self.job.features))
        found = self._scan("finding all ranges", kernel)
        return in_key_order(kernel.of(stacked([found])), self.job.key)

    def joined(self, *tables: pa.Table) -> pa.Table:
        """Return rows of several tables, each once, in the order of their keys."""
        return in_key_order(stacked(tables), self.job.key)

    def with_more_than(self, n_rows: int, rows: pa.Table) -> pa.Table:
        """Return rows, and any others where there are no more than so many, as a method may ask for."""
        if rows.num_rows > n_rows or self.counted.n_rows <= n_rows:
            return rows
        return self.joined(rows, self._scan("filling up", FirstRows(n_rows + 1)))

    def codes_of(self, rows: pa.Table) -> Ids:
        """Return the class of each row."""
        return codes_in(rows[self.job.target], self.counted.values).astype(np.intp)

    def table_of(self, rows: pa.Table) -> Any:
        """Return rows as a table of features."""
        return read_table(rows.select(self.job.features), self.declared)

    def problem(
        self,
        sampler: Resampler,
        rows: pa.Table,
        mismatch: float | None = None,
        removed: pa.Table | None = None,
    ) -> Problem:
        """Return the problem that a method meets on some of the rows.

        Parameters
        ----------
        sampler : Resampler
        rows : pyarrow.Table
        mismatch : float, optional
            Of all rows, where it is not that of each class.
        removed : pyarrow.Table, optional
            Rows that are of no class any more, though they say where times begin.
        """
        labels = Labels(self.codes_of(rows), self.counted.labels.classes)
        if removed is not None:
            gone = is_among(rows, removed, self.job.key)
            codes = np.where(gone, len(labels.classes), labels.codes)
            labels = Labels(codes, (*labels.classes, None))
        asker = type(sampler).__name__
        return Problem(
            labels,
            self.table_of(rows),
            asker,
            self.job.space,
            whole=Whole(self.scale, mismatch),
        )

    def reader(self, rows: pa.Table) -> Reader:
        """Return what reads blocks in the terms of some rows."""
        features = rows.select(self.job.features)
        return Reader(features, self.declared, self.job.method, self.scale)

    @cached_property
    def scale(self) -> NDArray[np.float64] | None:
        """What numbers are divided by where neighbours are searched."""
        if self.job.space == "raw":
            return None
        features = self.anchors.select(self.job.features)
        return scale_of(self.moments(Reader(features, self.declared, self.job.method)))

    def moments(self, reader: Reader) -> Moments:
        """Return the moments of all rows as a reader reads them."""
        kernel = SumMoments(reader, self.room.block_rows(0))
        columns = tuple(self.job.features)
        found = self.engine.run(Scan("measuring every column", kernel, columns, kernel.found))
        return merged(found.to_pydict())

    def mismatch(self, added: pa.Table | None = None) -> float | None:
        """Return what two different categories cost among all rows, and some more; None where there are none."""
        reader = self.reader(self.anchors)
        if not reader.n_categorical:
            return None
        moments = self.moments(reader)
        if added is not None:
            moments += reader.moments(added)
        return cost_of_mismatch(moments)

    def near(
        self,
        rows: pa.Table,
        queries: Ids,
        codes: Sequence[int],
        measure: Measure,
        *,
        k: int,
        with_ties: bool,
        radii: NDArray[np.float64],
        are_among: bool = False,
        name: str = "looking for the nearest rows",
    ) -> pa.Table:
        """Return rows of some classes that are among the k nearest of rows at hand; see `Near`.

        Parameters
        ----------
        rows : pyarrow.Table
        queries : ndarray of intp
            Which of the rows are asked.
        codes : sequence of int
        measure : Measure
        k : int
        with_ties : bool
        radii : ndarray of shape (n_queries,), float64
        are_among : bool
            Whether the rows that ask may be of these classes.
        name : str
            What it is for.
        """
        if not len(queries) or not len(codes):
            return rows.slice(0, 0)
        keys = rows[self.job.key].take(pa.array(queries)) if are_among else None
        reader = self.reader(rows)
        if not are_among:  # rows in one place have the same rows near
            first = _one_a_place(reader.read([])[0][queries], radii)
            queries, radii = queries[first], radii[first]
        kernel = Near(
            reader,
            measure,
            self.job.target,
            self.job.key,
            self.counted.of(codes),
            queries,
            None if keys is None else keys.combine_chunks(),
            k,
            with_ties,
            radii,
            self.room.block_rows(rows.num_rows),
            self.room.left_for_rows(rows.num_rows),
        )
        return in_key_order(self._scan(name, kernel), self.job.key)


def _one_a_place(values: Matrix, radii: NDArray[np.float64]) -> Ids:
    """Return the first of the points in each place that look equally far."""
    whole = np.ascontiguousarray(np.column_stack([values, radii]) + 0.0)
    places = whole.view(np.dtype((np.void, whole.itemsize * whole.shape[1])))[:, 0]
    return np.sort(np.unique(places, return_index=True)[1])


def merged(found: Mapping[str, Sequence[Any]]) -> Moments:
    """Return the moments that several kernels yielded, as those of all their rows."""
    n_columns = max(found["column"], default=-1) + 1
    sums = [[0] * n_columns for _ in range(3)]
    for total, name in zip(sums, ("count", "sum", "squares"), strict=True):
        for column, text in zip(found["column"], found[name], strict=True):
            total[column] += int(text)
    return Moments(*(tuple(total) for total in sums))


def in_key_order(rows: pa.Table, key: str) -> pa.Table:
    """Return rows in the order of their keys, each once."""
    ordered = sorted_by(rows, key)
    if ordered.num_rows < 2:
        return ordered
    keys = array_of(plain(ordered[key]))
    is_new = pc.not_equal(keys[1:], keys[:-1])
    if pc.all(is_new).as_py():
        return ordered
    return ordered.filter(pa.chunked_array([pa.array([True]), is_new]))


def is_among(rows: pa.Table, others: pa.Table, key: str) -> NDArray[np.bool_]:
    """Tell which rows have the key of one of some others."""
    found = pc.is_in(rows[key], value_set=others[key].combine_chunks())
    return np.asarray(found.to_numpy(), dtype=bool)
