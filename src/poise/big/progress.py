"""Progress reports of a run, and the default report: one line on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from poise.big.memory import format_bytes
from poise.core.errors import InputError

_SECONDS_BETWEEN_LINES = 0.2


@dataclass(frozen=True)
class Progress:
    """How far a run has come.

    Attributes
    ----------
    stage : str
        Purpose of the current pass over the rows.
    rows, n_rows : int
        Rows processed in this pass, and their total; `n_rows` is 0 while the total is unknown.
    n_bytes : int
        Bytes that the pass has read or written, in Arrow's format.
    """

    stage: str
    rows: int
    n_rows: int
    n_bytes: int


Report: TypeAlias = Callable[[Progress], object]


def report_for(progress: Any) -> Report | None:
    """Return the function to call with each `Progress`, or None for no reports.

    Parameters
    ----------
    progress : bool, callable or None
        None means True if stderr is a terminal.
    """
    if progress is None or progress is True:
        return line_on_stderr() if progress or sys.stderr.isatty() else None
    if progress is False:
        return None
    if not callable(progress):
        raise InputError(f"progress={progress!r} must be True, False or a function of a Progress.")
    return progress


def line_on_stderr() -> Report:
    """Return a function that writes each `Progress` on one line of stderr."""
    last_time, last_stage = 0.0, ""

    def write_line(done: Progress) -> None:
        nonlocal last_time, last_stage
        now = time.monotonic()
        is_over = done.rows == done.n_rows
        if now - last_time < _SECONDS_BETWEEN_LINES and done.stage == last_stage and not is_over:
            return
        last_time, last_stage = now, done.stage
        of = f" of {done.n_rows:,}" if done.n_rows else ""
        line = f"{done.stage}: {done.rows:,}{of} rows, {format_bytes(done.n_bytes)}"
        sys.stderr.write(f"\r{line:<78}" + ("\n" if is_over else ""))
        sys.stderr.flush()

    return write_line
