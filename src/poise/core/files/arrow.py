"""pyarrow, imported when a table is read from or written to a file."""

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
