"""Shared by the commands: exit codes, messages on stderr, progress, and checks of paths."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from poise.core.errors import FileError
from poise.core.files import check_writable
from poise.core.files import formats as files

DONE, FOUND, BAD_INPUT, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 130  # exit codes

_SECONDS_WITHOUT_PROGRESS = 1.0


def write_line(message: str) -> None:
    """Print a line on stderr."""
    click.echo(message, err=True)


def check_paths(
    source: Path, written: Mapping[str, Path | None], tables: tuple[str, ...] = ()
) -> None:
    """Raise FileError for a path that cannot be written, is used twice, or has the wrong file type.

    Parameters
    ----------
    source : Path
    written : mapping of option to Path or None
    tables : tuple of options
        Options whose files must be tables.
    """
    seen: dict[Path, str] = {source.resolve(): "the input"}
    for option, path in written.items():
        if path is None:
            continue
        place = path.resolve()
        if place in seen:
            raise FileError(f"{option} {str(path)!r} is also {seen[place]}. Pass another file.")
        seen[place] = option
        if option in tables:
            files.format_of(path)
        check_writable(path)


@contextlib.contextmanager
def warnings_on_stderr() -> Iterator[None]:
    """Print warnings as single lines on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = lambda message, *_, **__: write_line(f"Warning: {message}")
        yield


@contextlib.contextmanager
def stages(console: Console) -> Iterator[Callable[[str], None]]:
    """Yield a function that sets the current stage; it is shown on a terminal if the work takes long."""
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    progress = Progress(*columns, console=console, transient=True)
    task = progress.add_task("", total=None)
    late = threading.Timer(_SECONDS_WITHOUT_PROGRESS, progress.start)
    late.start()
    try:
        yield lambda stage: progress.update(task, description=stage)
    finally:
        late.cancel()
        late.join()
        progress.stop()
