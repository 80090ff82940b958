"""Helpers for Arrow columns and tables: comparable values, joined dictionaries, order by key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.core.errors import InputError

_MAX_INT64 = 2**63 - 1


def blocks_of_rows(batches: Iterator[pa.RecordBatch], n_rows: int) -> Iterator[pa.Table]:
    """Yield batches as tables of `n_rows` rows; only the last one may be smaller."""
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


def comparable(column: Any) -> Any:
    """Return a column whose values can be compared: no dictionary, no half precision, no -0.0."""
    column = column.cast(value_type(column.type))
    # Minus zero equals zero; Arrow distinguishes them.
    return pc.add(column, 0.0) if pa.types.is_floating(column.type) else column


def value_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of a column's values after `comparable`."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.float32() if kind == pa.float16() else kind


def positions_in(column: Any, values: pa.Array) -> NDArray[np.int64]:
    """Return the position of each value of a column in an array of values; -1 if it is not there."""
    found = one_array(pc.index_in(comparable(column), value_set=values))
    return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False)).astype(np.int64)


def joinable_type(kind: pa.DataType) -> pa.DataType:
    """Return the type with 32-bit dictionary codes, so that batches with other categories can be appended."""
    if not pa.types.is_dictionary(kind):
        return kind
    return pa.dictionary(pa.int32(), kind.value_type, kind.ordered)


def joinable_schema(fields: Iterable[pa.Field]) -> pa.Schema:
    """Return the schema of rows after `joinable`."""
    return pa.schema([pa.field(field.name, joinable_type(field.type)) for field in fields])


def joinable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows that can be joined with other batches: wide dictionaries without missing values."""
    columns = [
        _with_wide_dictionary(column) if pa.types.is_dictionary(column.type) else column
        for column in batch.columns
    ]
    return pa.record_batch(columns, names=batch.schema.names)


def without_constraints(schema: pa.Schema) -> pa.Schema:
    """Return a schema whose columns may all have missing values, without metadata."""
    return pa.schema([pa.field(field.name, field.type) for field in schema])


def with_floats(schema: pa.Schema, names: Collection[str]) -> pa.Schema:
    """Return a schema in which some columns are floats."""
    return pa.schema([f.with_type(pa.float64()) if f.name in names else f for f in schema])


def as_floats(batch: pa.RecordBatch, names: Collection[str]) -> pa.RecordBatch:
    """Return rows in which some columns of decimals are floats."""
    columns = [
        column.cast(pa.float64(), safe=False) if name in names else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.record_batch(columns, schema=with_floats(batch.schema, names))


def conformed(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return columns with the names and types of a schema.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        With columns in the order of the schema. They may have other names and types, and be declared as
        never missing.
    schema : pyarrow.Schema

    Raises
    ------
    InputError
        If the type of the schema cannot hold the values of a column.
    """
    pairs = zip(batch.columns, schema, strict=True)
    columns = [_conformed_column(column, field) for column, field in pairs]
    return pa.record_batch(columns, schema=schema)


def _conformed_column(column: pa.Array, field: pa.Field) -> pa.Array:
    try:
        return one_array(cast_column(column, field.type))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(
            f"Column {field.name!r} is {field.type} in the schema of the source and {column.type} in its rows, and "
            f"its values cannot be converted: {error}. Cast it to {column.type} or a wider type in the source."
        ) from error


def _with_wide_dictionary(column: Any) -> Any:
    kind = column.type
    if column.dictionary.null_count and not kind.ordered:
        column = column.cast(kind.value_type).dictionary_encode()
    indices = column.indices.cast(pa.int32())
    return pa.DictionaryArray.from_arrays(indices, column.dictionary, ordered=kind.ordered)


def cast_column(column: Any, kind: pa.DataType) -> Any:
    """Return a column of another type; Arrow's own cast makes dictionaries of text only."""
    if column.type == kind or not pa.types.is_dictionary(kind):
        return column.cast(kind)
    if not pa.types.is_dictionary(column.type):
        column = column.cast(kind.value_type).dictionary_encode()
    chunked = pa.chunked_array([column]) if isinstance(column, pa.Array) else column
    chunks = [
        pa.DictionaryArray.from_arrays(
            chunk.indices.cast(kind.index_type), chunk.dictionary, ordered=kind.ordered
        )
        for chunk in chunked.unify_dictionaries().chunks
    ]
    return pa.chunked_array(chunks, kind)


def one_array(column: Any) -> pa.Array:
    """Return a column, chunked or not, as one array."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return array.chunk(0) if isinstance(array, pa.ChunkedArray) else array


def concat_tables(tables: Sequence[pa.Table]) -> pa.Table:
    """Return tables as one, with one dictionary per column."""
    table = pa.concat_tables(tables)
    check_category_orders(table)
    return table.unify_dictionaries()


def check_category_orders(table: pa.Table) -> None:
    """Raise if ordered categories have a different order in different chunks."""
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
    """Return a table in the order of its key; most tables already are."""
    check_category_orders(table)
    column = table[key]
    if pa.types.is_integer(column.type):
        values = column.to_numpy()
        if bool((values[1:] > values[:-1]).all()):
            return table
    return table.sort_by(key)


def sorted_unique(rows: pa.Table, key: str) -> pa.Table:
    """Return rows in the order of their keys, each key once."""
    ordered = sorted_by(rows, key)
    if ordered.num_rows < 2:
        return ordered
    keys = one_array(comparable(ordered[key]))
    is_first = pc.not_equal(keys[1:], keys[:-1])
    if pc.all(is_first).as_py():
        return ordered
    return ordered.filter(pa.chunked_array([pa.array([True]), is_first]))


def is_among(rows: pa.Table, others: pa.Table, key: str) -> NDArray[np.bool_]:
    """Return which rows have the key of one of the other rows."""
    found = pc.is_in(rows[key], value_set=others[key].combine_chunks())
    return np.asarray(found.to_numpy(), dtype=bool)


def largest_number(ids: Any) -> int:
    """Return the largest id, or the largest number in ids such as ``new-7``; -1 if there is none."""
    if not len(ids):
        return -1
    if pa.types.is_integer(ids.type):
        largest = pc.max(ids).as_py()
        return -1 if largest is None else min(int(largest), _MAX_INT64)
    made = ids.filter(pc.match_substring_regex(ids, r"^new-[0-9]{1,18}$"))
    if not len(made):
        return -1
    return int(pc.max(pc.utf8_slice_codeunits(made, 4).cast(pa.int64())).as_py())


def smallest_number(ids: Any) -> int:
    """Return the smallest id; 0 if there is none below, or ids are text."""
    if not len(ids) or not pa.types.is_signed_integer(ids.type):
        return 0
    smallest = pc.min(ids).as_py()
    return 0 if smallest is None else min(int(smallest), 0)


def check_row_count(expected: int, found: int, where: str) -> None:
    """Raise if the number of rows is wrong, because ids repeat or the source has changed."""
    if expected != found:
        raise InputError(
            f"{where}: {expected:,} rows were expected and {found:,} found. Either the column that identifies "
            "rows has the same value in several of them, or the source has changed while it was read."
        )
