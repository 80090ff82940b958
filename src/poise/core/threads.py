"""How many threads to use: one limit per call, for searching and blending."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from numbers import Integral

import joblib
from threadpoolctl import ThreadpoolController, threadpool_limits

from poise.core.errors import InputError

_MOST = 1024  # no mutant: any number that a machine can start
_FEW_ROWS = 5000  # no mutant: speed alone
_LIMIT: ContextVar[int | None] = ContextVar("_LIMIT", default=None)


@contextmanager
def thread_limit(n_jobs: int | None) -> Iterator[None]:
    """Set what `usable_threads` returns inside the block; `n_jobs=None` changes nothing."""
    token = _LIMIT.set(usable_threads(n_jobs))
    try:
        yield
    finally:
        _LIMIT.reset(token)


def usable_threads(n_jobs: int | None = None) -> int:
    """Return the number of threads to use.

    Parameters
    ----------
    n_jobs : int, optional
        A negative number counts down from all cores: -1 is all of them. None means the limit that
        `thread_limit` set; without one, 1 in a joblib worker, and elsewhere all cores that the
        process may use.

    Raises
    ------
    InputError
        If `n_jobs` is 0, or no whole number.
    """
    if n_jobs is not None and not isinstance(n_jobs, Integral):
        raise InputError(f"n_jobs={n_jobs!r} must be a whole number, such as 2, or None.")
    if n_jobs == 0:
        raise InputError("n_jobs must not be 0. Pass None for all cores, or 1 or more.")
    if n_jobs is not None:
        # More threads than any machine has are not started.
        return min(int(n_jobs), _MOST) if n_jobs > 0 else max(1, _cores() + 1 + int(n_jobs))
    limit = _LIMIT.get()
    if limit is not None:
        return limit
    backend, _ = joblib.parallel.get_active_backend()
    if backend.nesting_level:
        return 1
    # As in scikit-learn, OMP_NUM_THREADS and threadpoolctl limit the number.
    return min(_cores(), _openmp_threads())


def _openmp_threads() -> int:
    """Return the number of threads that OpenMP may use, the smallest of the libraries that are loaded."""
    libraries = _openmp_libraries().info()
    if not libraries:  # scikit-learn may load one later
        _openmp_libraries.cache_clear()
        given = os.environ.get("OMP_NUM_THREADS", "")
        return int(given) if given.isdecimal() and int(given) else _cores()
    return min(int(library["num_threads"]) for library in libraries)


@cache
def _openmp_libraries() -> ThreadpoolController:
    # Looking for the libraries takes milliseconds; asking them takes one microsecond.
    return ThreadpoolController().select(user_api="openmp")


def _cores() -> int:
    known = _cores_of_the_machine()
    has_affinity = hasattr(os, "sched_getaffinity")
    return min(known, len(os.sched_getaffinity(0))) if has_affinity else known


@cache
def _cores_of_the_machine() -> int:
    # joblib reads the CPU limits of the container, which takes longer than a small search.
    return joblib.cpu_count()


def limited_for(n_rows: int) -> threadpool_limits:
    """Limit the threads of classifiers to `usable_threads`, or to one for small tables.

    On few rows, starting and joining threads takes longer than the work itself.
    """
    return threadpool_limits(1 if n_rows <= _FEW_ROWS else usable_threads())
