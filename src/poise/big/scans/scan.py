"""Scans: what one pass over the rows finds, as functions from batches to batches.

A kernel is given an iterator of record batches and yields record batches: the form that Spark's
``mapInArrow`` and a loop over files share. Each sees some of the rows, in any grouping; what several
kernels yield is put together by concatenation. They hold tables and arrays alone, and so travel.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.core.errors import InputError

Batches = Iterator[pa.RecordBatch]
_END = object()


class Kernel(Protocol):
    """What is done with the rows of a pass."""

    def __call__(self, batches: Batches) -> Batches: ...


@dataclass(frozen=True, eq=False)
class Scan:
    """A pass over the rows.

    Attributes
    ----------
    name : str
        What it does, for a reader.
    kernel : Kernel
    columns : tuple of str
        Those that it reads.
    found : pyarrow.Schema
        Of what it yields.
    """

    name: str
    kernel: Kernel
    columns: tuple[str, ...]
    found: pa.Schema


def blocks_of_rows(batches: Batches, n_rows: int) -> Iterator[pa.Table]:
    """Yield batches as tables of so many rows; only the last may be smaller."""
    waiting: list[pa.RecordBatch] = []
    n_waiting = 0
    for batch in batches:
        rest = batch
        while n_waiting + rest.num_rows >= n_rows:
            head = rest.slice(0, n_rows - n_waiting)
            yield pa.Table.from_batches([*waiting, head])
            rest, waiting, n_waiting = rest.slice(head.num_rows), [], 0
        if rest.num_rows:
            waiting.append(rest)
            n_waiting += rest.num_rows
    if waiting:
        yield pa.Table.from_batches(waiting)


def ahead(items: Iterator[Any]) -> Iterator[Any]:
    """Yield items while the next one is made in a thread."""
    try:
        with ThreadPoolExecutor(1) as worker:
            waiting = worker.submit(next, items, _END)
            while (item := waiting.result()) is not _END:
                waiting = worker.submit(next, items, _END)
                yield item
    finally:
        if hasattr(items, "close"):  # a generator may hold a file open
            items.close()


def codes_in(column: Any, labels: pa.Array) -> NDArray[np.int64]:
    """Return which of the labels each value is, -1 for none."""
    found = array_of(pc.index_in(plain(column), value_set=labels))
    return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False)).astype(np.int64)


def plain(column: Any) -> Any:
    """Return a column as values that can be compared: no dictionary, no half precision, no -0.0."""
    column = column.cast(value_type(column.type))
    # Minus zero is zero; Arrow tells them apart.
    return pc.add(column, 0.0) if pa.types.is_floating(column.type) else column


def value_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of a column's values, as `plain` gives them."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.float32() if kind == pa.float16() else kind


def held_type(kind: pa.DataType) -> pa.DataType:
    """Return the type in which a column is held: dictionaries have room for those of other parts."""
    if not pa.types.is_dictionary(kind):
        return kind
    return pa.dictionary(pa.int32(), kind.value_type, kind.ordered)


def held_schema(fields: Iterable[pa.Field]) -> pa.Schema:
    """Return the schema of rows as `held` gives them."""
    return pa.schema([pa.field(field.name, held_type(field.type)) for field in fields])


def held(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows as they are held, of `held_type`, with no gap in a dictionary, and gaps allowed elsewhere."""
    columns = [
        _with_room(column) if pa.types.is_dictionary(column.type) else column
        for column in batch.columns
    ]
    return pa.record_batch(columns, names=batch.schema.names)


def _with_room(column: Any) -> Any:
    kind = column.type
    if column.dictionary.null_count and not kind.ordered:
        column = column.cast(kind.value_type).dictionary_encode()
    indices = column.indices.cast(pa.int32())
    return pa.DictionaryArray.from_arrays(indices, column.dictionary, ordered=kind.ordered)


def as_type(column: Any, kind: pa.DataType) -> Any:
    """Return a column of another type; Arrow itself makes dictionaries of text alone."""
    if column.type == kind or not pa.types.is_dictionary(kind):
        return column.cast(kind)
    if not pa.types.is_dictionary(column.type):
        column = column.cast(kind.value_type).dictionary_encode()
    whole = pa.chunked_array([column]) if isinstance(column, pa.Array) else column
    chunks = [
        pa.DictionaryArray.from_arrays(
            chunk.indices.cast(kind.index_type), chunk.dictionary, ordered=kind.ordered
        )
        for chunk in whole.unify_dictionaries().chunks
    ]
    return pa.chunked_array(chunks, kind)


def int64(values: Any) -> pa.Array:
    """Return values as an array of whole numbers."""
    return pa.array(values, pa.int64())


def stacked(tables: Sequence[pa.Table]) -> pa.Table:
    """Return tables as one, with one dictionary a column."""
    whole = pa.concat_tables(tables)
    refuse_other_orders(whole)
    return whole.unify_dictionaries()


def refuse_other_orders(table: pa.Table) -> None:
    """Raise for ordered categories whose order is not the same everywhere."""
    for field in table.schema:
        if not pa.types.is_dictionary(field.type) or not field.type.ordered:
            continue
        orders = {tuple(chunk.dictionary.to_pylist()) for chunk in table[field.name].chunks}
        if len(orders) > 1:
            raise InputError(
                f"Column {field.name!r} holds ordered categories, whose order is not the same in all files or "
                "batches. Give them one order first."
            )


def sorted_by(table: pa.Table, key: str) -> pa.Table:
    """Return a table in the order of its key; most are already."""
    refuse_other_orders(table)
    column = table[key]
    if pa.types.is_integer(column.type):
        values = column.to_numpy()
        if bool((values[1:] > values[:-1]).all()):
            return table
    return table.sort_by(key)


def array_of(column: Any) -> pa.Array:
    """Return a column, in chunks or not, as one array."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def refuse_lost_rows(expected: int, found: int, what: str) -> None:
    """Raise where fewer or more rows are found than there must be: ids repeat, or the source changed."""
    if expected != found:
        raise InputError(
            f"{what}: {expected:,} rows were expected and {found:,} found. Either the column that identifies "
            "rows has the same value in several of them, or the source has changed while it was read."
        )
