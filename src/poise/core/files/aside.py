"""Write files aside: under a temporary name, renamed only when they are complete."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from poise.core.errors import DiskError, FileError

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
# Renaming a file over one of these would not reach the process that reads them.
_OF_PROCESSES = ("/dev/", "/proc/")


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Yield a temporary path; move the file to `path` if no error occurs.

    A file that exists is replaced in one step, and keeps its permissions and, where that is allowed, its
    owner. What is not a regular file, such as a device or a pipe, is written to, never replaced.

    Raises
    ------
    FileError
        If the folder does not exist or is not writable.
    DiskError
        If the disk is full or fails.
    """
    check_writable(path)
    given, path = path, resolved(path)  # replace the target of a symbolic link, not the link
    is_replaced = _is_regular(given)
    try:
        folder = path.parent if is_replaced else None
        handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=folder)
        os.close(handle)
    except OSError as error:
        raise _not_written(path, error) from error
    aside = Path(name)
    try:
        yield aside
        if is_replaced:
            _give_permissions(aside, path)
            aside.replace(path)
        else:
            with aside.open("rb") as source, given.open("wb") as target:
                shutil.copyfileobj(source, target)
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise _not_written(path, error) from error
    finally:
        aside.unlink(missing_ok=True)


def _is_regular(path: Path) -> bool:
    """Return whether a path is free, or a regular file that can be replaced."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return True
    return stat.S_ISREG(found.st_mode) and not str(path.absolute()).startswith(_OF_PROCESSES)


def _give_permissions(aside: Path, path: Path) -> None:
    """Give a new file the permissions of the one that it replaces, or else the usual ones."""
    try:
        old = path.stat()
    except FileNotFoundError:
        # mkstemp makes files that only the owner can read.
        mask = os.umask(0)  # no mutant: set back at once
        os.umask(mask)
        aside.chmod(0o666 & ~mask)
        return
    with contextlib.suppress(PermissionError):  # only root can give files away
        os.chown(aside, old.st_uid, old.st_gid)
    aside.chmod(stat.S_IMODE(old.st_mode))


def resolved(path: Path) -> Path:
    """Return a path without symbolic links.

    Raises
    ------
    RuntimeError
        If the links form a loop.
    """
    place = path.resolve()
    # Since Python 3.13 a loop comes to a link. Path.is_symlink raises for a name that is too long.
    if os.path.islink(place):  # noqa: PTH114
        raise RuntimeError(f"Symlink loop from {str(path)!r}")
    return place


def check_writable(path: Path) -> None:
    """Raise FileError if the file could not be written; call this before long work."""
    try:
        folder = (resolved(path) if path.is_symlink() else path).parent
        is_folder, is_special = path.is_dir(), not _is_regular(path)
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name that is too long
        raise _not_written(path, error) from error
    if is_folder:
        raise FileError(f"{str(path)!r} is a folder. Pass the path of a file in it.")
    if is_special:
        return
    if path.exists() and not os.access(path, os.W_OK):
        raise FileError(
            f"The file {str(path)!r} is read-only. Change its permissions, or write elsewhere."
        )
    if not folder.is_dir():
        raise FileError(
            f"There is no folder {str(folder)!r} to write {path.name!r} to. Create it first."
        )
    if not os.access(folder, os.W_OK):
        raise FileError(
            f"The folder {str(folder)!r} is not writable. Change its permissions, or write elsewhere."
        )


def _not_written(path: Path, error: BaseException) -> FileError:
    """Return the error for a file that cannot be written."""
    kind, rest = (
        (DiskError, " Free some space, or write elsewhere.")
        if is_of_disk(error)
        else (FileError, "")
    )
    return kind(f"{shortened(path)} cannot be written: {first_line(error)}{rest}")


def is_of_disk(error: BaseException) -> bool:
    """Return whether an error says that a disk is full, or fails."""
    return isinstance(error, DiskError) or (isinstance(error, OSError) and error.errno in _DISK)


def shortened(path: Path) -> str:
    """Return a path for messages; the middle of a very long one is left out."""
    text = repr(str(path))
    return text if len(text) <= 200 else f"{text[:90]}...{text[-90:]}"


def first_line(error: BaseException) -> str:
    """Return the first line of a message of another package, with a full stop."""
    text = getattr(error, "strerror", None) or str(error).strip().partition("\n")[0]
    return text if text.endswith(".") else f"{text}."


def written(text: str, path: str | Path | None) -> str:
    """Return a text, and write it to a file if a path is given (safely; see `written_aside`)."""
    if path is not None:
        with written_aside(Path(path)) as aside:
            aside.write_text(text, encoding="utf-8")
    return text


def json_value(value: Any) -> Any:
    """Return a value as JSON types: lists, Python numbers, and None for numbers that are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> json_value({"auc": np.array([0.5, np.nan]), "n": np.int64(3)})
    {'auc': [0.5, None], 'n': 3}
    """
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if hasattr(value, "tolist"):  # numpy's arrays and numbers
        return json_value(value.tolist())
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
