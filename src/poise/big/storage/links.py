"""Links of a result to the files of its source: the manifest holds what these files were like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from poise.core.errors import FileError

MANIFEST = "_manifest.json"


def check_links(folder: Path) -> None:
    """Raise if a folder is a result with links to files that have changed since they were linked to.

    The manifest holds the size of each file, and the time of its last change.

    Raises
    ------
    FileError
    """
    for name, before in _links_in_manifest(folder).items():
        path = folder / name
        if not path.is_symlink():
            continue  # the result was copied, and has files instead of links
        there = path.exists()
        if there and size_and_time(path) == before:
            continue
        what = "has changed" if there else "has been moved or deleted"
        raise FileError(
            f"The source of {str(folder)!r} has changed: {str(path.readlink())!r}, to which the result links, {what} since "
            "the result was made. Restore the file as it was, or delete the result and make it again."
        )


def _links_in_manifest(folder: Path) -> dict[str, Any]:
    """Return what the manifest of a result says about its links; nothing for folders of others."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return dict(manifest["linked"])
    except (OSError, ValueError, RecursionError, TypeError, KeyError):
        return {}


def size_and_time(path: Path) -> list[int]:
    """Return the size of a file, and the time of its last change in nanoseconds."""
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]
