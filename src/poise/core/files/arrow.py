"""pyarrow, imported when a table is read from or written to a file."""

from __future__ import annotations

import importlib
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
