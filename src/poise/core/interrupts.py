"""Long work that hears Ctrl-C, and workers that end with the process that started them."""

from __future__ import annotations

import contextvars
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar

from sklearn import config_context, get_config

from poise.core.errors import EstimatorError

Result = TypeVar("Result")

_SECONDS_BETWEEN_LOOKS = 0.5  # no mutant: how soon something is noticed


def interruptible(work: Callable[[], Result]) -> Result:
    """Return the result of work in a library that releases the interpreter and does not look for Ctrl-C.

    The work runs in a thread of its own while the main thread waits, so that an interrupt is raised at
    once. Nothing can stop the thread: it goes on in the background until it is done, and the process waits
    for it before it ends, since Python may crash if it ends under a thread. So this is for work of seconds.
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

    thread = threading.Thread(target=run)
    thread.start()
    while thread.is_alive():
        thread.join(_SECONDS_BETWEEN_LOOKS)  # on Windows, a wait without a limit hears nothing
    if raised:
        raise raised[0]
    return found[0]


_FIT = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from poise.core.interrupts import fit_for_parent; fit_for_parent()"
)


def fitted_in_process(estimator: Any, X: Any, y: Any) -> Any:
    """Return an estimator fitted in a process of its own, which an interrupt stops.

    For fits of many seconds in a library that cannot be interrupted; starting the process takes about one.
    The fit is the same to the last bit. In a worker of joblib or multiprocessing, which its parent can
    stop, and outside the main thread, the estimator is fitted in place.
    """
    in_worker = multiprocessing.parent_process() is not None
    if in_worker or threading.current_thread() is not threading.main_thread():
        return estimator.fit(X, y)
    given = pickle.dumps(sys.path) + pickle.dumps((os.getpid(), get_config(), estimator, X, y))
    command = [sys.executable, "-c", _FIT]
    # In a session of its own, so that Ctrl-C reaches this process alone.
    with subprocess.Popen(  # noqa: S603  # the same Python
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            returned = process.communicate(given)[0]
        except BaseException:
            process.kill()
            process.wait()
            raise
    if process.returncode:
        raise EstimatorError(
            f"The process that fits {estimator!r} ended with code {process.returncode}: it was killed, or the memory did "
            "not suffice. Pass fewer rows, or an estimator of your own."
        )
    fitted, noticed = pickle.loads(returned)  # noqa: S301  # what the own process has written
    for warning in noticed:
        warnings.warn(warning, stacklevel=2)
    if isinstance(fitted, Exception):
        raise fitted
    return fitted


def fit_for_parent() -> None:
    """Fit the estimator that arrives on stdin, and write it, or its error, and its warnings to stdout."""
    parent, config, estimator, X, y = pickle.load(sys.stdin.buffer)  # noqa: S301  # of the parent
    end_with(parent)
    with os.fdopen(os.dup(1), "wb") as stream:
        os.dup2(2, 1)  # what a library prints must not get between
        with warnings.catch_warnings(record=True) as noticed, config_context(**config):
            warnings.simplefilter("always")
            try:
                fitted = estimator.fit(X, y)
            except Exception as error:  # noqa: BLE001  # raised again in the parent
                fitted = error
        pickle.dump((fitted, [one.message for one in noticed]), stream)


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
