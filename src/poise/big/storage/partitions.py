"""Folders named ``key=value``: which rows belong to which, kept from the source to the result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa

from poise.big.scans.arrow import cast_column, one_array

_MISSING = "__HIVE_DEFAULT_PARTITION__"  # Hive's name of a folder whose rows have no value


def folder_in_path(path: str, keys: Sequence[str]) -> str | None:
    """Return the folders ``key=value`` of a file; None if a key is not in its path.

    Examples
    --------
    >>> folder_in_path("/data/year=2024/raw/month=5/a.parquet", ["year", "month"])
    'year=2024/month=5'
    """
    names = [name for name in PurePosixPath(path).parent.parts if name.partition("=")[0] in keys]
    found = names[-len(keys) :] if keys else []
    is_complete = sorted(name.partition("=")[0] for name in found) == sorted(keys)
    return "/".join(found) if is_complete else None


def folder_of(values: Mapping[str, Any]) -> str:
    """Return the folders of rows with certain values, named as Hive and Spark do.

    Examples
    --------
    >>> folder_of({"day": "2024-05-01", "town": "a/b", "code": None})
    'day=2024-05-01/town=a%2Fb/code=__HIVE_DEFAULT_PARTITION__'
    """
    names = {
        key: _MISSING if value is None else quote(str(value), safe=" ")
        for key, value in values.items()
    }
    return "/".join(f"{key}={name}" for key, name in names.items())


def split_by_folder(
    batch: pa.RecordBatch, keys: Sequence[str], folders: Mapping[tuple[Any, ...], str]
) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Yield the rows of each folder.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
    keys : sequence of str
        Columns that are keys of folders.
    folders : mapping of values to str
        Folders of the source; rows with other values get a new one.
    """
    codes = np.zeros(batch.num_rows, dtype=np.int64)
    for key in keys:
        column = one_array(batch[key])
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        n_values = len(column.dictionary)
        codes = codes * (n_values + 1) + column.indices.fill_null(n_values).to_numpy()
    groups = pa.array(codes).dictionary_encode()
    # numpy sorts small numbers without comparisons.
    which = groups.indices.to_numpy().astype(np.min_scalar_type(len(groups.dictionary)))
    ordered = batch.take(pa.array(np.argsort(which, kind="stable")))
    ends = np.cumsum(np.bincount(which, minlength=len(groups.dictionary))).tolist()
    for start, end in zip([0, *ends], ends, strict=False):
        values = tuple(ordered[key][start].as_py() for key in keys)
        folder = folders.get(values) or folder_of(dict(zip(keys, values, strict=True)))
        yield folder, ordered.slice(start, end - start)


def spilled(batches: Iterator[tuple[str, pa.RecordBatch]], path: Path) -> Iterator[str]:
    """Write batches to a file, and yield the folder of each.

    Categories are written as plain values, because a file has one dictionary per column.
    """
    with ExitStack() as stack:
        writer = None
        for folder, batch in batches:
            columns = [
                c.cast(c.type.value_type) if pa.types.is_dictionary(c.type) else c
                for c in batch.columns
            ]
            plain = pa.record_batch(columns, names=batch.schema.names)
            if writer is None:
                writer = stack.enter_context(pa.ipc.new_file(str(path), plain.schema))
            writer.write_batch(plain)
            yield folder


def with_types(rows: pa.Table, schema: pa.Schema) -> pa.RecordBatch:
    """Return rows with the types of a schema."""
    columns = [one_array(cast_column(one_array(rows[f.name]), f.type)) for f in schema]
    return pa.record_batch(columns, schema=schema)
