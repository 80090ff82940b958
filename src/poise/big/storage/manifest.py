"""The manifest of a result: in the footer of a Parquet file without rows, which every reader accepts.

polars reads no folder in which a file is of another kind, hidden or not, and pyarrow and Spark pass
over names that begin with an underscore. In a folder of partitions the file is in the first of them,
because DuckDB and polars expect the keys of the partitions in the path of each file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from poise.core.errors import FileError
from poise.core.saved import format_entries, require_format

MANIFEST = "_manifest.parquet"
_KEY, _PLACE = b"poise", b"poise_folder"
_INSTEAD = "delete the folder and make the result again; a folder whose manifest is deleted can be read as any other"


def write_manifest(
    path: Path, manifest: Mapping[str, Any], schema: pa.Schema, place: str = "."
) -> None:
    """Write a manifest as a file without rows.

    Parameters
    ----------
    path : Path
    manifest : mapping
        JSON values.
    schema : pyarrow.Schema
        Columns of the files beside it.
    place : str
        Its folder in the result, so that it is not taken for the manifest of one partition.
    """
    text = json.dumps(format_entries("result") | dict(manifest), default=str, ensure_ascii=False)
    with pq.ParquetWriter(path, schema) as writer:
        stored = text.encode("utf-8", "backslashreplace")
        writer.add_key_value_metadata({_KEY: stored, _PLACE: os.fsencode(place)})


def find_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of the result in a folder; None if the folder holds no result of Poise.

    Raises
    ------
    FileError
        If there is a file of its name that cannot be read.
    """
    for path in _places(folder):
        try:
            stored = pq.read_metadata(path).metadata or {}
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(path, str(error)) from error
        place = path.parent.relative_to(folder).as_posix()
        if stored.get(_PLACE) == os.fsencode(place):
            return _parsed(path, stored.get(_KEY, b""))
    return None


def _parsed(path: Path, text: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(text)
        require_format(manifest, "result", f"The result with the manifest {str(path)!r}", _INSTEAD)
        entries = manifest["files"].values()
        if all(isinstance(entry[name], int) for entry in entries for name in ("rows", "bytes")):
            return dict(manifest)
        reason = "an entry of a file is incomplete"
    except FileError:
        raise
    except (ValueError, RecursionError) as error:
        reason = str(error)
    except (AttributeError, TypeError, KeyError):
        reason = "it has no list of files"
    raise _unreadable(path, reason)


def _unreadable(path: Path, reason: str) -> FileError:
    first = reason.strip().partition("\n")[0].rstrip(".")
    return FileError(
        f"The manifest {str(path)!r} cannot be read: {first}. {_INSTEAD[0].upper()}{_INSTEAD[1:]}."
    )


def _places(folder: Path) -> Iterator[Path]:
    """Yield the files with the name of a manifest in a folder and in its partitions."""
    if (folder / MANIFEST).exists():
        yield folder / MANIFEST
    if folder.is_dir():
        for inner in sorted(folder.iterdir()):
            if "=" in inner.name and inner.is_dir():
                yield from _places(inner)
