"""How many threads to use: one limit for all that a call does, searches and blending alike."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

import joblib
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
from threadpoolctl import threadpool_limits

from poise.core.errors import InputError

_FEW_ROWS = 5000
_LIMIT: ContextVar[int | None] = ContextVar("_LIMIT", default=None)


@contextmanager
def thread_limit(n_jobs: int | None) -> Iterator[None]:
    """Limit what `usable_threads` gives inside to `n_jobs`; None leaves it as it is."""
    token = _LIMIT.set(usable_threads(n_jobs))
    try:
        yield
    finally:
        _LIMIT.reset(token)


def usable_threads(n_jobs: int | None = None) -> int:
    """Return the threads to use.

    None means the limit of `thread_limit`, without one all that the process may use, 1 in a joblib
    worker.
    """
    if n_jobs == 0:
        raise InputError("n_jobs=0 means no work at all. Pass None for all cores, or 1 or more.")
    if n_jobs is not None:
        return n_jobs if n_jobs > 0 else max(1, _cores() + 1 + n_jobs)
    limit = _LIMIT.get()
    if limit is not None:
        return limit
    backend, _ = joblib.parallel.get_active_backend()
    if backend.nesting_level:
        return 1
    # Obeys OMP_NUM_THREADS and threadpoolctl, as scikit-learn does.
    return min(_cores(), int(_openmp_effective_n_threads()))


def _cores() -> int:
    known = _cores_of_the_machine()
    has_affinity = hasattr(os, "sched_getaffinity")
    return min(known, len(os.sched_getaffinity(0))) if has_affinity else known


@cache
def _cores_of_the_machine() -> int:
    # Reads the limits of the container, which takes longer than a small search.
    return joblib.cpu_count()


def limited_for(n_rows: int) -> threadpool_limits:
    """Limit the threads of classifiers to `usable_threads`, and to one on few rows.

    Many short loops cost more in waiting for threads than in work.
    """
    return threadpool_limits(1 if n_rows <= _FEW_ROWS else usable_threads())
