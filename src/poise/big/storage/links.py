"""Files of the source that become a part of the result as they are: links to them, or copies."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from poise.big.storage.files import Part
from poise.core.errors import FileError

HARD, SYMBOLIC, COPY = "hard link", "symbolic link", "copy"


def place(source: Path, target: Path, links: str) -> str:
    """Link to a file of the source, or copy it, and return which of them was done.

    Parameters
    ----------
    source, target : Path
    links : {"hard", "copy", "symbolic"}
        Where the file system has no hard link to this file, the file is copied.

    Raises
    ------
    FileError
        If symbolic links are not allowed.
    """
    target.unlink(missing_ok=True)
    if links == "symbolic":
        try:
            target.symlink_to(source)
        except OSError as error:
            raise FileError(
                f"{str(target)!r} cannot be a symbolic link: {error.strerror or error}. Pass links='copy' (--links copy)."
            ) from error
        return SYMBOLIC
    if links == "hard":
        try:
            os.link(source, target)
        except OSError:  # another device, no support, or a file of another user
            pass
        else:
            return HARD
    target.touch(mode=0o600)
    shutil.copyfile(source, target)
    return COPY


def can_link(parts: Sequence[Part], folder: Path, links: str) -> bool:
    """Return whether all files of a source can be in the result without a copy of their bytes."""
    files = [part.file for part in parts]
    if links == "copy" or None in files:
        return False
    device = folder.stat().st_dev
    return links == "symbolic" or all(f is not None and f.stat().st_dev == device for f in files)
