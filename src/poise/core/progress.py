"""Progress reports of long calls; the default writes one line to stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from poise.core.errors import InputError

_SECONDS_BETWEEN_LINES = 0.2  # no mutant: a matter of taste
_SECONDS_IN_MINUTES = 120  # longer times are shown in minutes; no mutant: a matter of taste
UNITS_OF_BYTES = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


@dataclass(frozen=True)
class Progress:
    """The progress of a long call.

    Attributes
    ----------
    stage : str
        Name of the current stage.
    n_done, n_total : int
        Units done in this stage and in total; `n_total` is 0 while the total is unknown.
    unit : str
        Plural name of the unit, such as "rows" or "folds".
    n_bytes : int
        Bytes read or written in this stage; 0 if they are not counted.
    seconds_left : float or None
        Estimated seconds until the stage ends; None if there is no estimate.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from poise import SMOTE, big
    >>> table = pa.table({"x": range(100), "y": [0] * 90 + [1] * 10})
    >>> seen = []
    >>> result = big.resample(table, SMOTE(), target="y", progress=seen.append)
    >>> seen[-1].stage, seen[-1].n_done, seen[-1].is_over
    ('loading rows into memory', 100, True)
    """

    stage: str
    n_done: int
    n_total: int
    unit: str = "rows"
    n_bytes: int = 0
    seconds_left: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether all units of the stage are done."""
        return self.n_done == self.n_total

    def __str__(self) -> str:
        of = f" of {self.n_total:,}" if self.n_total else ""
        line = f"{self.stage}: {self.n_done:,}{of} {self.unit}"
        line += f", {format_bytes(self.n_bytes)}" if self.n_bytes else ""
        left = self.seconds_left
        return line if left is None else f"{line}, about {format_seconds(left)} left"


Report: TypeAlias = Callable[[Progress], object]


def report_for(progress: Any) -> Report | None:
    """Return the function to call with each `Progress`, or None for no reports.

    Parameters
    ----------
    progress : bool, callable or None
        True writes to stderr; None does so if stderr is a terminal; False gives no reports.

    Raises
    ------
    InputError
        If `progress` is another object.
    """
    if progress is None or progress is True:
        return line_on_stderr() if progress or sys.stderr.isatty() else None
    if progress is False:
        return None
    if not callable(progress):
        raise InputError(
            f"progress={progress!r} must be True, False or a function that accepts a Progress."
        )
    return progress


def line_on_stderr() -> Report:
    """Return a function that writes each `Progress` on one line of stderr."""
    last_time, last_stage = 0.0, ""

    def write_line(done: Progress) -> None:
        nonlocal last_time, last_stage
        now = time.monotonic()
        is_soon = now - last_time < _SECONDS_BETWEEN_LINES
        if is_soon and done.stage == last_stage and not done.is_over:
            return
        last_time, last_stage = now, done.stage
        sys.stderr.write(f"\r{done!s:<78}" + ("\n" if done.is_over else ""))
        sys.stderr.flush()

    return write_line


def format_seconds(seconds: float) -> str:
    """Format a duration as text.

    Examples
    --------
    >>> format_seconds(90), format_seconds(600)
    ('90 s', '10 min')
    """
    return f"{seconds:.0f} s" if seconds < _SECONDS_IN_MINUTES else f"{seconds / 60:.0f} min"


def format_bytes(n_bytes: float) -> str:
    """Format a number of bytes as text.

    Examples
    --------
    >>> format_bytes(2_340_000_000), format_bytes(512)
    ('2.34 GB', '512 bytes')
    """
    for unit, size in reversed(list(UNITS_OF_BYTES.items())):
        if n_bytes >= size:
            return (
                f"{n_bytes / size:.3g} {unit}"
                if n_bytes < 10 * size
                else f"{n_bytes / size:,.0f} {unit}"
            )
    return f"{n_bytes:.0f} bytes"
