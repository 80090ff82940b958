"""Shared by the commands: exit codes, text on stdout and stderr, progress, and checks of paths."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from poise.core.errors import (
    DiskError,
    DoesNotFitError,
    FileError,
    LockedError,
    NumbersAsTextWarning,
    PoiseError,
    nearest_name,
)
from poise.core.files import check_writable, resolved
from poise.core.files.aside import first_line, shortened
from poise.core.files.formats import format_of

# The table of exit codes is in poise.cli; those of signals are in poise.cli._signals.
DONE, FOUND, BAD_INPUT, INTERNAL, CANNOT_TELL, DOES_NOT_FIT, LOCKED, DISK = range(8)
_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (DiskError, DISK),
    (LockedError, LOCKED),
    (DoesNotFitError, DOES_NOT_FIT),
    (MemoryError, DOES_NOT_FIT),
)

PICTURES = (".png", ".svg", ".pdf", ".jpg", ".jpeg")
PAGES = (".html", ".htm")

_SECONDS_WITHOUT_PROGRESS = 1.0
# Control characters but for tab and line feed, separators of lines, marks that turn the direction of
# text, and bytes that are not text: they could change the window title, hide or reorder what is shown.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def exit_code_of(error: BaseException) -> int:
    """Return the exit code for an error that Poise raised on purpose."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), BAD_INPUT)


def visible(text: str) -> str:
    r"""Return a text with control characters written as escapes.

    Examples
    --------
    >>> visible("yes\x1b[2J")
    'yes\\x1b[2J'
    """
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def print_text(text: str) -> None:
    """Print a text and a line feed on stdout; a reader that has left is not an error.

    Raises
    ------
    DiskError
        If stdout is a file on a full disk.
    """
    _print(text, sys.stdout)


_lines_are_json = False


def write_json_lines(*, is_wanted: bool) -> None:
    """Choose whether messages on stderr are lines of JSON."""
    global _lines_are_json  # noqa: PLW0603  # as the stream itself, of the whole process
    _lines_are_json = is_wanted


def write_line(message: str) -> None:
    """Print a line on stderr, as text or as a JSON object with ``time`` and ``message``."""
    if _lines_are_json and not message.startswith("{"):
        now = datetime.now(UTC).isoformat(timespec="seconds")
        message = json.dumps({"time": now, "message": message})
    with contextlib.suppress(OSError):  # nowhere is left to say that stderr is closed
        _print(message, sys.stderr)


def _print(text: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    shown = f"{visible(text)}\n".encode(encoding, "backslashreplace").decode(encoding)
    try:
        stream.write(shown)
        stream.flush()
    except BrokenPipeError:
        # What is still buffered must not fail again when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise DiskError(
            f"Standard output cannot be written: {error.strerror}. Free some space, or write elsewhere."
        ) from error


def write_each(
    *outputs: tuple[str, Path | None, Callable[[Path], object]],
) -> tuple[int, dict[str, str]]:
    """Write each output by itself, so that one that fails does not lose the others.

    Parameters
    ----------
    *outputs : (str, Path or None, callable)
        Its name, where it is written, and the function that writes it.

    Returns
    -------
    code : int
        The exit code: that of the first error, or `DONE`.
    done : dict of name to path
        The outputs that were written.
    """
    code, done = DONE, {}
    for name, path, write in outputs:
        if path is None:
            continue
        try:
            write(path)
        except PoiseError as error:
            write_line(f"Error: {error}")
            code = code or exit_code_of(error)
        else:
            done[name] = str(path)
    return code, done


def check_paths(
    source: Path,
    written: Mapping[str, Path | None],
    endings: Mapping[str, tuple[str, ...] | None] | None = None,
) -> None:
    """Raise FileError for a path that cannot be written, is used twice, or has the wrong file type.

    Parameters
    ----------
    source : Path
    written : mapping of option to Path or None
    endings : mapping of option to endings, optional
        Endings that the file of an option may have; None: those of tables.
    """
    seen: dict[Path, str] = {_place(source): "the input"}
    for option, path in written.items():
        if path is None:
            continue
        place = _place(path)
        if place in seen:
            raise FileError(f"{option} {str(path)!r} is also {seen[place]}. Pass another file.")
        check_writable(path)
        if _is_file(path):
            seen[place] = option
            _check_ending(option, path, (endings or {}).get(option, ()))


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder; FileError if it cannot be a path."""
    try:
        return path.is_dir()
    except (OSError, ValueError) as error:
        raise FileError(f"{shortened(path)} cannot be read: {first_line(error)}") from error


def _place(path: Path) -> Path:
    try:
        return resolved(path)
    except (OSError, RuntimeError, ValueError) as error:
        raise FileError(
            f"{str(path)!r} cannot be used: {error}. Pass the path of a file."
        ) from error


def _is_file(path: Path) -> bool:
    """Return whether a path is free, or a file; a device or a pipe may be used twice, and under any name."""
    return path.is_file() or not path.exists()


def _check_ending(option: str, path: Path, endings: tuple[str, ...] | None) -> None:
    if endings is None:
        format_of(path)
    elif endings and path.suffix.lower() not in endings:
        raise FileError(
            f"{option} {path.name!r} must end in {'' if len(endings) == 1 else 'one of '}{', '.join(endings)}, so that no table is replaced by mistake."
            f"{nearest_name(path.suffix, endings)}"
        )


@contextlib.contextmanager
def warnings_on_stderr() -> Iterator[None]:
    """Print warnings as single lines on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        # Of text in a CSV file the notes say more, with the options that read it as numbers.
        warnings.simplefilter("ignore", NumbersAsTextWarning)
        warnings.showwarning = lambda message, *_, **__: write_line(f"Warning: {message}")
        yield


@contextlib.contextmanager
def stages(console: Console) -> Iterator[Callable[[str], None]]:
    """Yield a function that sets the current stage; it is shown on a terminal if the work takes long."""
    if not console.is_terminal:
        yield lambda _: None
        return
    # Without markup, because stages name files and methods.
    shown = TextColumn("{task.description}", markup=False)
    columns = SpinnerColumn(), shown, TimeElapsedColumn()
    progress = Progress(*columns, console=console, transient=True)
    task = progress.add_task("", total=None)
    late = threading.Timer(_SECONDS_WITHOUT_PROGRESS, progress.start)
    late.start()
    try:
        yield lambda stage: progress.update(task, description=visible(stage))
    finally:
        late.cancel()
        late.join()
        progress.stop()
