"""The disk that a result is written to: its free space, and the size of a row on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from poise.big.storage.source import Source


def free_bytes(path: Path) -> int:
    """Return the free space of the disk that a path is on, or would be on."""
    there = next(place for place in (path, *path.parents) if place.exists())
    return shutil.disk_usage(there).free


def row_bytes_on_disk(source: Source, sample: pa.Table, n_rows: int) -> float:
    """Return the size of a row in a compressed file: as in the source or as a sample is written, the smaller.

    Parameters
    ----------
    source : Source
    sample : pyarrow.Table
        Rows of the source.
    n_rows : int
        Rows of the source.
    """
    of_sample = _compressed_bytes(sample) / max(sample.num_rows, 1)
    sizes = [size for _, size, _ in source.state_when_opened or []]
    # A small sample repeats fewer values than a file, and is compressed less.
    return min(of_sample, sum(sizes) / max(n_rows, 1)) if sizes else of_sample


def _compressed_bytes(rows: pa.Table) -> int:
    sink = pa.BufferOutputStream()
    try:
        pq.write_table(rows, sink)
    except pa.ArrowNotImplementedError:  # Parquet has no such type, so no file can be written
        return rows.nbytes
    groups = pq.read_metadata(pa.BufferReader(sink.getvalue())).to_dict()["row_groups"]
    return sum(part["total_compressed_size"] for group in groups for part in group["columns"])
