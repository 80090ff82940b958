"""What is needed to run a command again: its words, its input files, and versions."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from poise._resampled import versions

_BLOCK = 1 << 20


def record_of(*sources: Path) -> dict[str, Any]:
    """Return what is needed to run the current command again, in values that JSON can hold.

    Parameters
    ----------
    *sources : Path
        The files that it reads; of a folder or a pattern, which streamed runs read, the manifest of the result has the
        files.
    """
    return {
        "command": ["poise", *click.get_current_context().find_root().obj],
        "folder": str(Path.cwd()),
        "inputs": [_file(path) for path in sources if path.is_file()],
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
    }


def _file(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return {"path": os.fspath(path), "bytes": path.stat().st_size, "sha256": digest.hexdigest()}
