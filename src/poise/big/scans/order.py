"""Numbers that change when a source gives its rows in another order, or other rows."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pyarrow as pa

from poise.big.request import Request
from poise.big.scans.arrow import comparable, one_array
from poise.big.scans.hashes import Words, hashes_of, mix_bits

_MOST_FEATURES = 2
_WIDTHS = (8, 16, 32, 64)


def columns_in_order(request: Request) -> tuple[str, ...]:
    """Return columns whose order shows whether rows keep their numbers; none if ids identify the rows."""
    if request.id is not None:
        return ()
    kinds = {name: request.schema.field(name).type for name in request.features}
    # Sums of a query may differ in their last bit each time: floats come last.
    features = sorted(
        filter(lambda name: _is_plain(kinds[name]), kinds),
        key=lambda name: pa.types.is_floating(kinds[name]),
    )
    return (request.target, *(features or list(kinds))[:_MOST_FEATURES])


def order_number(column: pa.Array, before: int) -> int:
    """Return a number that depends on values and their positions; those of batches are summed modulo 2**64.

    Parameters
    ----------
    column : pyarrow.Array
    before : int
        Number of rows before these.

    Examples
    --------
    >>> whole, parts = pa.array([5, 6, 7]), (pa.array([5, 6]), pa.array([7]))
    >>> order_number(whole, 0) == (order_number(parts[0], 0) + order_number(parts[1], 2)) % 2**64
    True
    >>> order_number(pa.array([6, 5, 7]), 0) == order_number(whole, 0)
    False
    """
    words = mix_bits(_plain_words(column) if _is_plain(column.type) else _value_words(column))
    places = np.arange(2 * before + 1, 2 * (before + len(words)) + 1, 2, dtype=np.uint64)
    return int(np.dot(words, places))


def rows_number(ids: pa.Array, labels: pa.Array) -> int:
    """Return a number that depends on rows and not on their order; those of batches are summed modulo 2**64.

    Parameters
    ----------
    ids : pyarrow.Array of integers or text
    labels : pyarrow.Array

    Examples
    --------
    >>> ids, labels = pa.array([5, 6, 7]), pa.array(["no", "no", "yes"])
    >>> rows_number(ids, labels) == rows_number(ids[::-1], labels[::-1])
    True
    >>> rows_number(ids, labels) == rows_number(ids, labels[::-1])
    False
    """
    if not len(ids):
        return 0
    nothing = 0 if pa.types.is_integer(ids.type) else ""
    words = hashes_of(ids.fill_null(nothing) if ids.null_count else ids, 0)
    return int(mix_bits(words ^ mix_bits(_value_words(labels))).sum())


def _is_plain(kind: pa.DataType) -> bool:
    """Return whether values are stored side by side in whole bytes."""
    return bool(pa.types.is_primitive(kind) and kind.bit_width in _WIDTHS)


def _plain_words(column: pa.Array) -> Words:
    """Return the bits of each value; 0 for missing values."""
    data = column.buffers()[1]
    if data is None or column.null_count == len(column):
        return np.zeros(len(column), dtype=np.uint64)
    bits = np.frombuffer(data, dtype=f"u{column.type.bit_width // 8}")
    words = bits[column.offset :][: len(column)].astype(np.uint64)
    if column.null_count:
        words[column.is_null().to_numpy(zero_copy_only=False)] = 0
    return words


def _value_words(column: Any) -> Words:
    """Return a number for each value, made from its text."""
    codes = one_array(comparable(column)).dictionary_encode(null_encoding="encode")
    texts = (repr(value).encode() for value in codes.dictionary.to_pylist())
    numbers = np.array([zlib.crc32(text) for text in texts], dtype=np.uint64)
    return numbers[codes.indices.to_numpy(zero_copy_only=False)]
