"""What becomes of the rows: which stay, with which weight, and new rows made piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.big.memory import rows_at_once
from poise.big.request import NEW, SEED, WEIGHT
from poise.big.scans.hashes import hashes_of
from poise.big.scans.pieces import Growth
from poise.big.scans.scan import Batches, as_type, codes_in
from poise.core.kinds import Declared
from poise.core.plan import Plan
from poise.core.tables import read_table


@dataclass(frozen=True, eq=False)
class Layout:
    """The columns that come out.

    Attributes
    ----------
    source : pyarrow.Schema
    target, key : str
    id : str or None
    extra : tuple of str
    has_weights : bool
    """

    source: pa.Schema
    target: str
    key: str
    id: str | None
    extra: tuple[str, ...]
    has_weights: bool

    @property
    def seed_type(self) -> pa.DataType:
        return pa.int64() if self.id is None else self.source.field(self.id).type

    @property
    def schema(self) -> pa.Schema:
        """The source's columns, and those asked for beside them."""
        types = {NEW: pa.bool_(), SEED: self.seed_type}
        fields = [pa.field(name, types[name]) for name in self.extra]
        weights = [pa.field(WEIGHT, pa.float64())] if self.has_weights else []
        return pa.schema([*self.source, *weights, *fields])


@dataclass(frozen=True, eq=False)
class Keep:
    """Yields the rows that stay.

    Attributes
    ----------
    layout : Layout
    removed : pyarrow.Array or None
        Keys of rows that go.
    labels : pyarrow.Array
    most : ndarray of shape (n_labels,), uint64, or None
        The largest random number with which a row of each class stays.
    is_empty : ndarray of shape (n_labels,), bool, or None
        Classes of which no row stays.
    seed : int
    weights : ndarray of shape (n_labels,), float64, or None
    """

    layout: Layout
    labels: pa.Array
    removed: pa.Array | None = None
    most: NDArray[np.uint64] | None = None
    is_empty: NDArray[np.bool_] | None = None
    seed: int = 0
    weights: NDArray[np.float64] | None = None

    @property
    def keeps_all(self) -> bool:
        return self.removed is None and self.most is None

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            kept = batch if self.keeps_all else batch.filter(self._stays(batch))
            if kept.num_rows:
                yield self._laid_out(kept)

    def _stays(self, batch: pa.RecordBatch) -> pa.Array:
        key = batch[self.layout.key]
        if self.removed is not None:
            return pc.invert(pc.is_in(key, value_set=self.removed))
        label = codes_in(batch[self.layout.target], self.labels)
        assert self.most is not None and self.is_empty is not None  # noqa: S101, PT018  # as keeps_all says
        return pa.array((hashes_of(key, self.seed) <= self.most[label]) & ~self.is_empty[label])

    def _laid_out(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        layout, n = self.layout, batch.num_rows
        columns = [batch[name] for name in layout.source.names]
        if self.weights is not None:
            columns.append(pa.array(self.weights[codes_in(batch[layout.target], self.labels)]))
        nothing = {NEW: pa.array(np.zeros(n, dtype=bool)), SEED: pa.nulls(n, layout.seed_type)}
        columns += [nothing[name] for name in layout.extra]
        return pa.record_batch(columns, schema=layout.schema)


@dataclass(frozen=True, eq=False)
class Made:
    """New rows, piece by piece.

    Attributes
    ----------
    layout : Layout
    declared : Declared
    rows : pyarrow.Table
        The rows that they are made of: key, target, features.
    labels : pyarrow.Array
    growths : tuple of Growth
    first_id : int
        The number of the first new row.
    """

    layout: Layout
    declared: Declared
    rows: pa.Table
    labels: pa.Array
    growths: tuple[Growth, ...]
    first_id: int

    @property
    def n_rows(self) -> int:
        return sum(growth.n_rows for growth in self.growths)

    @cached_property
    def pieces(self) -> list[tuple[int, int, int]]:
        """Growth, piece in it, and new rows before it; in order."""
        found, before = [], 0
        for number, growth in enumerate(self.growths):
            for of_growth, piece in enumerate(growth.pieces):
                found.append((number, of_growth, before))
                before += piece.n_rows
        return found

    @cached_property
    def _table(self) -> Any:
        names = [
            n for n in self.layout.source.names if n not in (self.layout.target, self.layout.id)
        ]
        return read_table(self.rows.select(names), self.declared)

    def piece(self, number: int) -> pa.RecordBatch:
        """Return the rows of a piece."""
        of_growth, of_piece, before = self.pieces[number]
        growth = self.growths[of_growth]
        recipe = growth.recipe(of_piece)
        n_input, n_new = self.rows.num_rows, len(recipe)
        plan = Plan(n_input, (recipe,), n_input + np.arange(n_new))
        features = self._table.output(plan)
        layout = self.layout
        label = self.labels.take(pa.array([growth.code]))
        added = {layout.target: pa.repeat(label[0], n_new)}
        if layout.id is not None:
            added[layout.id] = self._ids(before, n_new)
        if NEW in layout.extra:
            added[NEW] = pa.array(np.ones(n_new, dtype=bool))
        if SEED in layout.extra:
            added[SEED] = self.rows[layout.key].take(pa.array(recipe.seeds))
        columns = [
            as_type(added[field.name] if field.name in added else features[field.name], field.type)
            for field in layout.schema
        ]
        whole = pa.Table.from_arrays(columns, schema=layout.schema).combine_chunks()
        return whole.to_batches()[0]

    def _ids(self, before: int, n_new: int) -> pa.Array:
        first = self.first_id + before
        numbers = pa.array(np.arange(first, first + n_new))
        if pa.types.is_integer(self.layout.seed_type):
            return numbers
        return pc.binary_join_element_wise("new", numbers.cast(pa.string()), "-")

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield all new rows in order."""
        for number in range(len(self.pieces)):
            yield self.piece(number)


@dataclass(frozen=True, eq=False)
class MadeRows:
    """New rows that are there already.

    Attributes
    ----------
    rows : pyarrow.Table
    """

    rows: pa.Table

    @property
    def n_rows(self) -> int:
        return int(self.rows.num_rows)

    @cached_property
    def pieces(self) -> list[pa.RecordBatch]:
        return self.rows.combine_chunks().to_batches(
            max_chunksize=rows_at_once(self.rows.num_columns)
        )

    def piece(self, number: int) -> pa.RecordBatch:
        """Return the rows of a piece."""
        return self.pieces[number]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield all new rows in order."""
        return iter(self.pieces)
