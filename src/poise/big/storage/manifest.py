"""The manifest of a result: in the footer of a Parquet file without rows, which every reader accepts.

polars reads no folder in which a file is of another kind, hidden or not, and pyarrow and Spark pass
over names that begin with an underscore. In a folder of partitions the file is in the first of them,
because DuckDB and polars expect the keys of the partitions in the path of each file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from poise.core.errors import FileError

MANIFEST = "_manifest.parquet"
_KEY = b"poise"


def write_manifest(path: Path, manifest: Mapping[str, Any], schema: pa.Schema) -> None:
    """Write a manifest as a file without rows.

    Parameters
    ----------
    path : Path
    manifest : mapping
        JSON values.
    schema : pyarrow.Schema
        Columns of the files beside it.
    """
    text = json.dumps(manifest, default=str, ensure_ascii=False)
    with pq.ParquetWriter(path, schema) as writer:
        writer.add_key_value_metadata({_KEY: text.encode("utf-8", "backslashreplace")})


def find_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of the result in a folder; None if the folder holds no result of Poise.

    Raises
    ------
    FileError
        If there is a file of its name that cannot be read.
    """
    path = next(_places(folder), None)
    if path is None:
        return None
    try:
        stored = pq.read_metadata(path).metadata or {}
        if _KEY not in stored:
            return None
        manifest = json.loads(stored[_KEY])
        entries = manifest["files"].values()
        if all(isinstance(entry[name], int) for entry in entries for name in ("rows", "bytes")):
            return dict(manifest)
        reason = "an entry of a file is incomplete"
    except (pa.ArrowException, OSError, ValueError, RecursionError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")
    except (AttributeError, TypeError, KeyError):
        reason = "it has no list of files"
    raise FileError(
        f"The manifest {str(path)!r} cannot be read: {reason}. Make the result again, or delete the manifest to use "
        "the folder as any other."
    )


def _places(folder: Path) -> Iterator[Path]:
    """Yield the files with the name of a manifest in a folder and in its partitions."""
    if (folder / MANIFEST).exists():
        yield folder / MANIFEST
    if folder.is_dir():
        for inner in sorted(folder.iterdir()):
            if "=" in inner.name and inner.is_dir():
                yield from _places(inner)
