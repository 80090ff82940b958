"""Progress off a terminal: a line every ten seconds, as text or as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from poise.cli._terminal import write_line
from poise.core.progress import Progress, Report

SECONDS_BETWEEN_LINES = 10.0


def log_lines(*, as_json: bool = False, clock: Callable[[], float] = time.monotonic) -> Report:
    """Return a function that writes the progress of a long call on stderr, at most every ten seconds.

    Parameters
    ----------
    as_json : bool, default=False
        Whether each line is a JSON object with the keys ``time`` (UTC), ``stage``, ``done``, ``total``, ``unit``,
        ``bytes`` and ``seconds_left``; totals and times that are not known are null.
    clock : callable, optional
        Returns seconds.
    """
    start = clock()
    last = start
    began: dict[str, float] = {}

    def report(done: Progress) -> None:
        nonlocal last
        now = clock()
        since = began.setdefault(done.stage, now)
        if now - last < SECONDS_BETWEEN_LINES:
            return
        last = now
        known = replace(done, seconds_left=_seconds_left(done, now - since))
        write_line(_as_json(known) if as_json else f"{_as_clock(now - start)} {known}")

    return report


def _seconds_left(done: Progress, seconds: float) -> float | None:
    """Return the estimated time until the stage ends, in proportion to what is done; None if it is not known."""
    if done.seconds_left is not None or not done.n_done or done.n_total < done.n_done:
        return done.seconds_left
    return seconds * (done.n_total - done.n_done) / done.n_done


def _as_clock(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    return f"[{hours}:{rest // 60:02d}:{rest % 60:02d}]"


def _as_json(done: Progress) -> str:
    left = done.seconds_left
    facts: dict[str, Any] = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "stage": done.stage,
        "done": done.n_done,
        "total": done.n_total or None,
        "unit": done.unit,
        "bytes": done.n_bytes or None,
        "seconds_left": None if left is None else round(left, 1),
    }
    return json.dumps(facts)
