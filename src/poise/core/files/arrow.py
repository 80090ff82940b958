"""pyarrow, imported when a table is read from or written to a file; and what its schemas say of pandas."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from poise.core.errors import MissingDependencyError


def arrow(module: str | None = None) -> Any:
    """Return pyarrow, or one of its modules.

    Raises
    ------
    MissingDependencyError
        If pyarrow is not installed.
    """
    try:
        return importlib.import_module(f"pyarrow.{module}" if module else "pyarrow")
    except ImportError:
        raise MissingDependencyError(
            'Files need pyarrow. Install it with: pip install "poise[cli]"'
        ) from None


def opened(path: Path, mode: str = "rb") -> Any:
    """Return a file of pyarrow for bytes: of any name that the system knows, unpacked or packed if it ends in .gz.

    Parameters
    ----------
    path : Path
    mode : {"rb", "wb"}
    """
    file = arrow().OSFile(os.fsencode(path), mode)  # a str that is not UTF-8 is refused
    if path.suffix.lower() != ".gz":
        return file
    packed = arrow().CompressedInputStream if mode == "rb" else arrow().CompressedOutputStream
    return packed(file, "gzip")


def index_columns(schema: Any) -> tuple[str, ...]:
    """Return the names of the columns in which pandas stored the index of a frame."""
    try:
        stored = (schema.pandas_metadata or {}).get("index_columns", [])
    except (ValueError, AttributeError, RecursionError):  # others may have written the metadata
        return ()
    stored = stored if isinstance(stored, list) else []
    return tuple(name for name in stored if isinstance(name, str) and name in schema.names)


def nested_columns(schema: Any) -> tuple[str, ...]:
    """Return the names of the columns of lists, structs, maps and bytes, whose values are not features."""
    types = arrow().types
    kinds = (
        types.is_list,
        types.is_large_list,
        types.is_fixed_size_list,
        types.is_struct,
        types.is_map,
        types.is_binary,
        types.is_large_binary,
        types.is_fixed_size_binary,
    )
    return tuple(field.name for field in schema if any(is_kind(field.type) for is_kind in kinds))
