"""Digests: of the bytes of files, and of what a stored step depends on, the same in every process."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import pickle
from pathlib import Path
from threading import Event
from typing import Any

import pyarrow as pa

_SLICE_ROWS = 1 << 16
_READ_BYTES = 1 << 20
# Fields of kernels that say how many rows are processed at once, which changes no result.
_LIMITS = {"block_rows", "most_bytes"}


def digest_of_file(path: Path, stop: Event | None = None) -> str:
    """Return the SHA-256 digest of a file's bytes, as hexadecimal digits; of a part of them after `stop`."""
    found = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while (data := file.read(_READ_BYTES)) and not (stop is not None and stop.is_set()):
            found.update(data)
    return found.hexdigest()


def digest_of(*values: Any) -> str:
    """Return a digest of values that equal values have too, in other processes and later.

    Dataclasses are known by their fields, Arrow columns by their rows (not by their chunks or by what
    is stored under a missing value), other objects by their pickle. Arrays are not copied.
    """
    stream, buffers = hashlib.sha256(), hashlib.sha256()

    def add_buffer(buffer: pickle.PickleBuffer) -> None:
        with buffer.raw() as raw:
            buffers.update(raw.nbytes.to_bytes(8, "little"))
            buffers.update(raw)

    _StablePickler(_Sink(stream), add_buffer).dump(values)
    return hashlib.sha256(stream.digest() + buffers.digest()).hexdigest()


class _Sink(io.RawIOBase):
    """A file that only updates a hash."""

    def __init__(self, hasher: Any) -> None:
        self._hasher = hasher

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._hasher.update(data)
        return memoryview(data).nbytes


class _StablePickler(pickle.Pickler):
    def __init__(self, file: Any, buffer_callback: Any) -> None:
        super().__init__(file, protocol=5, buffer_callback=buffer_callback)

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, pa.Table | pa.RecordBatch):
            columns = [_digest_of_column(column) for column in value.columns]
            return _Stated, (value.schema.names, columns)
        if isinstance(value, pa.Array | pa.ChunkedArray):
            return _Stated, (_digest_of_column(value),)
        # Of its fields alone: values that its properties have cached may be there or not.
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [each.name for each in dataclasses.fields(value) if each.name not in _LIMITS]
            return _Stated, (type(value), [(name, getattr(value, name)) for name in names])
        return NotImplemented


class _Stated:
    """Stands for an object in a pickle that is only hashed."""

    def __init__(self, *state: Any) -> None:
        raise NotImplementedError


def _digest_of_column(column: pa.Array | pa.ChunkedArray) -> str:
    """Return a digest of the type and the values of a column."""
    found = hashlib.sha256(f"{column.type} {len(column)}".encode())
    for start in range(0, len(column), _SLICE_ROWS):
        part = column.slice(start, _SLICE_ROWS)
        if pa.types.is_dictionary(part.type):
            part = part.cast(part.type.value_type)
        if isinstance(part, pa.ChunkedArray):
            part = pa.concat_arrays(part.chunks)
        is_known, values = part.is_valid(), part.drop_null()
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.uint8())
        for each in (is_known.cast(pa.uint8()), values):
            found.update(pa.record_batch([each], names=["values"]).serialize())
    return found.hexdigest()
