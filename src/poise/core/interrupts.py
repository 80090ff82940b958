"""Long work that hears Ctrl-C, and workers that end with the process that started them."""

from __future__ import annotations

import contextvars
import os
import threading
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

from sklearn import config_context, get_config

Result = TypeVar("Result")

_SECONDS_BETWEEN_LOOKS = 0.5  # no mutant: how soon something is noticed


def interruptible(work: Callable[[], Result]) -> Result:
    """Return the result of work in a library that releases the interpreter and does not look for Ctrl-C.

    The work runs in a thread of its own while the main thread waits, so that an interrupt is raised at
    once. Nothing can stop the thread: it goes on in the background until it is done or the process ends.
    Outside the main thread, which alone hears interrupts, the work is simply done.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    found: list[Result] = []
    raised: list[BaseException] = []
    context, config = contextvars.copy_context(), get_config()

    def run() -> None:
        try:
            with config_context(**config):  # scikit-learn's configuration belongs to a thread
                found.append(context.run(work))
        except BaseException as error:  # noqa: BLE001  # raised again where the work was asked for
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_SECONDS_BETWEEN_LOOKS)  # on Windows, a wait without a limit hears nothing
    if raised:
        raise raised[0]
    return found[0]


def tied(function: Callable[..., Result]) -> Callable[..., Result]:
    """Return a function for joblib whose workers end with this process; see `end_with`."""
    return partial(_call_tied, os.getpid(), function)


def _call_tied(parent: int, function: Callable[..., Result], *args: Any) -> Result:
    if os.getpid() != parent:
        end_with(parent)
    return function(*args)


def end_with(parent: int) -> None:
    """End this process soon after its parent, if that is the process of this number; else do nothing.

    A worker that is busy when its parent is killed or its terminal closed would go on for minutes.
    """
    _watch(parent, os.getpid())


@cache
def _watch(parent: int, own: int) -> None:  # noqa: ARG001  # once in each process, forked ones too
    if os.getppid() == parent:
        threading.Thread(target=_wait_for_the_end, args=(parent,), daemon=True).start()


def _wait_for_the_end(parent: Any) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)
