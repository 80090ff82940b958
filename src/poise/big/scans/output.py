"""The rows of the result: kernels that keep rows of the source, and new rows made in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.big.memory import rows_per_batch
from poise.big.request import WEIGHT, Request
from poise.big.scans.arrow import cast_column, one_array, positions_in
from poise.big.scans.hashes import hashes_of
from poise.big.scans.scan import Batches
from poise.core.files.lineage import GAP, NEW, ORIGIN, PARTNER, SEED, lineage_columns
from poise.core.plan.constraints import Rules
from poise.core.plan.plan import Plan
from poise.core.plan.recipes import Ids
from poise.core.sampling.draws import (
    Copies,
    Drawn,
    Piece,
    SeedNeighborPairs,
    concat_drawn,
    drawn_again,
    pieces_of,
    searched_once,
    some_of,
)
from poise.core.tables.declared import Declared
from poise.core.tables.read import read_table


@dataclass(frozen=True, eq=False)
class Growth:
    """The new rows of a class, to be drawn in pieces.

    Attributes
    ----------
    code : int
        The class.
    source : SeedNeighborPairs or Copies
        With the neighbours of all seeds.
    pieces : tuple of Piece
    n_rows : int
    """

    code: int
    source: SeedNeighborPairs | Copies
    pieces: tuple[Piece, ...]
    n_rows: int

    def drawn(self, numbers: Sequence[int]) -> Drawn:
        """Draw the rows of some pieces."""
        pieces = [self.pieces[number] for number in numbers]
        # One after the other, because drawing takes several times the memory of what is drawn.
        return concat_drawn([drawn_again(self.source, piece, self.n_rows) for piece in pieces])


def plan_growth(
    code: int,
    source: SeedNeighborPairs | Copies,
    n_rows: int,
    rng: np.random.RandomState,
    piece_rows: int,
) -> Growth:
    """Return what `draw(source, n_rows, rng)` would draw, in pieces, and move the generator past it."""
    if isinstance(source, Copies):
        return Growth(code, source, pieces_of(source, n_rows, rng, piece_rows), n_rows)
    known = searched_once(source)
    pieces = pieces_of(known, n_rows, rng, piece_rows)
    # Gaps of the method's own are numbers in the pieces: workers need not know its class.
    return Growth(code, replace(known, gaps_of=None), pieces, n_rows)


@dataclass(frozen=True, eq=False)
class Layout:
    """The columns of the result.

    Attributes
    ----------
    source : pyarrow.Schema
        Columns of the source.
    schema : pyarrow.Schema
        The same, and those that were added.
    target, key : str
    id : str or None
    features : tuple of str
    extra : tuple of str
    time : str or None
    """

    source: pa.Schema
    schema: pa.Schema
    target: str
    key: str
    id: str | None
    features: tuple[str, ...]
    extra: tuple[str, ...]
    time: str | None = None


def layout_of(request: Request) -> Layout:
    """Return the columns of the result of a request."""
    source, id_name = request.schema, request.id
    row = pa.int64() if id_name is None else source.field(id_name).type
    types = {NEW: pa.bool_(), ORIGIN: pa.string(), SEED: row, PARTNER: row, GAP: pa.float64()}
    weights = [pa.field(WEIGHT, pa.float64())] if request.rate is not None else []
    added = [*weights, *(pa.field(name, types[name]) for name in request.extra)]
    fields = [
        field.with_nullable(True) if field.name in request.missing_in_new_rows else field  # noqa: FBT003  # of pyarrow
        for field in source
    ]
    return Layout(
        source,
        pa.schema([*fields, *added], metadata=source.metadata),
        request.target,
        request.key,
        id_name,
        request.features,
        request.extra,
        request.time,
    )


class NewValues(NamedTuple):
    """What new rows get in a column: missing values, or numbers.

    Attributes
    ----------
    first : int or None
        The number of the first new row; None if values are missing.
    step : int
        From one new row to the next.
    """

    first: int | None
    step: int = 1

    def after(self, n_rows: int) -> NewValues:
        """Return the values of the new rows after some."""
        return self if self.first is None else self._replace(first=self.first + self.step * n_rows)

    def column(self, kind: pa.DataType, rows: Ids) -> pa.Array:
        """Return the values of some new rows, given their positions among all new rows."""
        if self.first is None:
            return pa.nulls(len(rows), kind)
        numbers = pa.array(self.first + self.step * rows)
        if pa.types.is_integer(kind):
            return numbers
        return pc.binary_join_element_wise("new", numbers.cast(pa.string()), "-")


def renumbered(rows: pa.Table, new: Mapping[str, NewValues], schema: pa.Schema) -> pa.Table:
    """Return new rows, after some were removed, with the values of their final order in numbered columns."""
    positions = np.arange(rows.num_rows)
    columns = [
        new[field.name].column(field.type, positions).cast(field.type)
        if field.name in new
        else cast_column(rows[field.name], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


@dataclass(frozen=True, eq=False)
class HashCutoffs:
    """Which rows stay by the hash of their id.

    Attributes
    ----------
    largest : ndarray of shape (n_labels,), uint64
        Largest hash of a row that stays, for each class.
    is_empty : ndarray of shape (n_labels,), bool
        Classes of which no row stays.
    seed : int
        Seed of the hashes.
    """

    largest: NDArray[np.uint64]
    is_empty: NDArray[np.bool_]
    seed: int

    def keeps(self, ids: Any, label: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which rows stay, given their ids and classes."""
        return (hashes_of(ids, self.seed) <= self.largest[label]) & ~self.is_empty[label]


@dataclass(frozen=True, eq=False)
class KeepRows:
    """Yields the rows of the source that stay, with the columns of the result.

    Attributes
    ----------
    layout : Layout
    labels : pyarrow.Array
    removed : pyarrow.Array or None
        Keys of rows to remove.
    cutoffs : HashCutoffs or None
        Instead of keys to remove.
    weights : ndarray of shape (n_labels,), float64, or None
        Sample weight of the rows of each class.
    """

    layout: Layout
    labels: pa.Array
    removed: pa.Array | None = None
    cutoffs: HashCutoffs | None = None
    weights: NDArray[np.float64] | None = None

    @property
    def keeps_all(self) -> bool:
        return self.removed is None and self.cutoffs is None

    @property
    def adds_nothing(self) -> bool:
        """Whether rows that stay have the columns of the source."""
        return self.layout.schema.names == self.layout.source.names

    @property
    def changes_nothing(self) -> bool:
        """Whether all rows stay as they are."""
        return self.keeps_all and self.adds_nothing

    @property
    def columns_that_decide(self) -> list[str]:
        """Columns that say which rows stay, and their classes."""
        return [self.layout.key, self.layout.target]

    def keeps_all_of(self, batch: pa.RecordBatch) -> bool:
        """Return whether all rows stay; only `columns_that_decide` are read."""
        return self.keeps_all or bool(pc.all(self._stays(batch)).as_py())

    @property
    def columns(self) -> list[str]:
        """Columns of the source that are read, with the row number if it is needed."""
        names = list(self.layout.source.names)
        is_numbered = not self.keeps_all and self.layout.id is None
        return [self.layout.key, *names] if is_numbered else names

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            kept = batch if self.keeps_all else batch.filter(self._stays(batch))
            if kept.num_rows:
                yield self._with_added_columns(kept)

    def _stays(self, batch: pa.RecordBatch) -> pa.Array:
        key = batch[self.layout.key]
        if self.cutoffs is None:
            return pc.invert(pc.is_in(key, value_set=self.removed))
        label = positions_in(batch[self.layout.target], self.labels)
        return pa.array(self.cutoffs.keeps(key, label))

    def _with_added_columns(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        layout, n = self.layout, batch.num_rows
        columns = [batch[name] for name in layout.source.names]
        if self.weights is not None:
            columns.append(pa.array(self.weights[positions_in(batch[layout.target], self.labels)]))
        known = {NEW: np.zeros(n, dtype=bool), ORIGIN: ["kept"] * n}
        columns += [
            pa.array(known[name]) if name in known else pa.nulls(n, layout.schema.field(name).type)
            for name in layout.extra
        ]
        return pa.record_batch(columns, schema=layout.schema)


def count_by_class(batches: Batches, counts: Any, layout: Layout, labels: pa.Array) -> Batches:
    """Yield rows of the result, and add their number by class to `counts`."""
    for batch in batches:
        label = positions_in(batch[layout.target], labels)
        counts += np.bincount(label, minlength=len(counts))
        yield batch


@dataclass(frozen=True, eq=False)
class MadeInPieces:
    """New rows that are drawn and made one piece at a time.

    Attributes
    ----------
    layout : Layout
    declared : Declared
    rows : pyarrow.Table
        The rows that they are made from: key, target, features, an index whose labels are repeated.
    labels : pyarrow.Array
    growths : tuple of Growth
    new : mapping of str to NewValues
        What new rows get in the columns that are neither features nor copied from their seed rows.
    rules : Rules or None
        What new rows keep, about positions among the features.
    """

    layout: Layout
    declared: Declared
    rows: pa.Table
    labels: pa.Array
    growths: tuple[Growth, ...]
    new: Mapping[str, NewValues]
    rules: Rules | None = None

    @property
    def n_rows(self) -> int:
        return sum(growth.n_rows for growth in self.growths)

    @cached_property
    def pieces(self) -> list[tuple[int, int, int]]:
        """For each piece: its growth, its number there, and the number of new rows before it."""
        found, before = [], 0
        for number, growth in enumerate(self.growths):
            for of_growth, piece in enumerate(growth.pieces):
                found.append((number, of_growth, before))
                before += piece.n_rows
        return found

    @property
    def piece_rows(self) -> int:
        """Number of rows of the largest piece; 1 if there is none."""
        return max((growth.pieces[0].n_rows for growth in self.growths), default=1)

    @cached_property
    def features(self) -> Any:
        """The features of the rows that new rows are made from."""
        features = self.rows.select(self.layout.features)
        return read_table(features, self.declared, self.layout.time)

    def drawn(self, numbers: Sequence[int]) -> Sequence[DrawnRows | RowsInMemory]:
        """Draw the rows of consecutive pieces: one group for each growth."""
        groups = []
        for of_growth, found in groupby(numbers, key=lambda number: self.pieces[number][0]):
            pieces = [self.pieces[number] for number in found]
            recipe = self.growths[of_growth].drawn([of_piece for _, of_piece, _ in pieces])
            groups.append(DrawnRows(self, self.growths[of_growth].code, recipe, pieces[0][2]))
        return groups

    def piece(self, number: int) -> pa.RecordBatch:
        """Return the rows of a piece."""
        of_growth, of_piece, _ = self.pieces[number]
        n_rows = self.growths[of_growth].pieces[of_piece].n_rows
        return self.drawn([number])[0].rows(np.arange(n_rows))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield all new rows in order."""
        for number in range(len(self.pieces)):
            yield self.piece(number)


@dataclass(frozen=True, eq=False)
class DrawnRows:
    """New rows of a class that are drawn, and can be made in any order.

    Attributes
    ----------
    made : MadeInPieces
    code : int
        The class.
    recipe : Drawn
    before : int
        Number of new rows before them.
    """

    made: MadeInPieces
    code: int
    recipe: Drawn
    before: int

    def columns(self, names: Sequence[str]) -> pa.RecordBatch:
        """Return some columns of all rows; features, such as the time, only by making the rows."""
        rows, size = np.arange(len(self.recipe)), self.made.piece_rows
        if set(names) & set(self.made.layout.features):
            blocks = [
                self.rows(rows[i : i + size]).select(names) for i in range(0, len(rows), size)
            ]
            return pa.Table.from_batches(blocks).combine_chunks().to_batches()[0]
        columns = [one_array(self._column(name, self.recipe, rows)) for name in names]
        return pa.record_batch(columns, list(names))

    def rows(self, which: Ids) -> pa.RecordBatch:
        """Make some of the rows, in the order in which they are given."""
        made, layout = self.made, self.made.layout
        recipe, n_input = some_of(self.recipe, which), made.rows.num_rows
        plan = Plan(n_input, (recipe,), n_input + np.arange(len(recipe)))
        features = made.features.output(plan.keeping(made.rules))
        columns = {
            name: features[name] if name in layout.features else self._column(name, recipe, which)
            for name in layout.source.names
        }
        if layout.extra:
            columns |= lineage_columns(plan.lineage(), plan.is_new, made.rows[layout.key])
        arrays = [cast_column(columns[field.name], field.type) for field in layout.schema]
        table = pa.Table.from_arrays(arrays, schema=layout.schema).combine_chunks()
        return table.to_batches()[0]

    def _column(self, name: str, recipe: Drawn, which: Ids) -> Any:
        """Return the values of some rows in a column other than features."""
        if name == self.made.layout.target:
            label = self.made.labels.take(pa.array([self.code]))
            return pa.repeat(label[0], len(which))
        if name in self.made.new:
            kind = self.made.layout.source.field(name).type
            return self.made.new[name].column(kind, self.before + which)
        return self.made.rows[name].take(pa.array(recipe.seeds))


@dataclass(frozen=True, eq=False)
class MadeInMemory:
    """New rows that are already in memory.

    Attributes
    ----------
    rows : pyarrow.Table
    """

    rows: pa.Table

    @property
    def n_rows(self) -> int:
        return int(self.rows.num_rows)

    @property
    def piece_rows(self) -> int:
        """Number of rows of the largest piece."""
        return rows_per_batch(self.rows.num_columns)

    @cached_property
    def pieces(self) -> Sequence[pa.RecordBatch]:
        return self.rows.combine_chunks().to_batches(max_chunksize=self.piece_rows)

    def piece(self, number: int) -> pa.RecordBatch:
        """Return the rows of a piece."""
        return self.pieces[number]

    def drawn(self, numbers: Sequence[int]) -> Sequence[DrawnRows | RowsInMemory]:
        """Return the rows of consecutive pieces."""
        pieces = pa.Table.from_batches([self.pieces[number] for number in numbers])
        return [RowsInMemory(pieces.combine_chunks().to_batches()[0])]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield all new rows in order."""
        return iter(self.pieces)


@dataclass(frozen=True, eq=False)
class RowsInMemory:
    """New rows that are already in memory, as `DrawnRows` gives them.

    Attributes
    ----------
    batch : pyarrow.RecordBatch
    """

    batch: pa.RecordBatch

    def columns(self, names: Sequence[str]) -> pa.RecordBatch:
        """Return some columns of all rows."""
        return self.batch.select(names)

    def rows(self, which: Ids) -> pa.RecordBatch:
        """Return some of the rows, in the order in which they are given."""
        return self.batch.take(pa.array(which))
