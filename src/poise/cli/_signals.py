"""Ctrl-C, SIGTERM and SIGHUP end a command in the same way: no traceback, and no incomplete file."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

INTERRUPTED, TERMINATED = 130, 143  # exit codes, as shells have them for SIGINT and SIGTERM

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
_received: list[int] = []


@contextlib.contextmanager
def heard() -> Iterator[None]:
    """Raise KeyboardInterrupt for each of the three signals, and remember which one came."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _received.clear()
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    # nohup and shells that start a command in the background have it ignore a signal; that stays.
    for number in numbers:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)


def _stop(number: int, _: object) -> None:
    _received.append(number)
    raise KeyboardInterrupt


def received() -> bool:
    """Return whether a signal came."""
    return bool(_received)


def exit_code() -> int:
    """Return the exit code for the first signal that came."""
    return TERMINATED if _received and _received[0] != signal.SIGINT else INTERRUPTED


def ended(message: str = "Interrupted. No incomplete file was written.") -> int:
    """Print that the command was stopped, and return its exit code."""
    with contextlib.suppress(OSError, ValueError):  # the terminal may be gone
        sys.stderr.write(f"{message}\n")
    return exit_code()
