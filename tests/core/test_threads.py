"""One limit on threads holds for a whole call."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import joblib
import pytest
from threadpoolctl import threadpool_limits

from poise.core.errors import InputError
from poise.core.threads import thread_limit, usable_threads


@pytest.mark.parametrize(("n_jobs", "expected"), [(1, 1), (3, 3), (-1, joblib.cpu_count())])
def test_n_jobs_sets_the_number_of_threads(n_jobs: int, expected: int) -> None:
    assert usable_threads(n_jobs) == expected


def test_the_limit_of_a_call_ends_with_the_call() -> None:
    before = usable_threads()  # OMP_NUM_THREADS may limit it
    with thread_limit(3):
        assert usable_threads() == 3
        with thread_limit(None):
            assert usable_threads() == 3
    with thread_limit(1):
        assert usable_threads() == 1
    assert usable_threads() == before


def test_n_jobs_zero_raises() -> None:
    with pytest.raises(InputError, match="must not be 0"):
        usable_threads(0)


def test_all_cores_are_used_unless_a_limit_is_set() -> None:
    code = "from poise.core.threads import usable_threads as t; print(t(None))"
    for limit, expected in (("1", 1), ("64", joblib.cpu_count())):
        environment = os.environ | {"OMP_NUM_THREADS": limit}
        run: Any = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env=environment
        )
        assert int(run.stdout) == expected
    with threadpool_limits(1):
        assert usable_threads() == 1


def test_a_joblib_worker_uses_one_thread() -> None:
    code = (
        "import joblib; from poise.core.threads import usable_threads as t;"
        "print(joblib.Parallel(n_jobs=2)(joblib.delayed(t)(None) for _ in range(2)))"
    )
    run: Any = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert run.stdout.strip() == b"[1, 1]"


def test_a_number_of_threads_that_no_machine_has_is_cut() -> None:
    assert usable_threads(2**70) == 1024


@pytest.mark.parametrize("n_jobs", ["2", 1.5])
def test_n_jobs_that_is_no_whole_number_raises(n_jobs: Any) -> None:
    with pytest.raises(InputError, match=f"n_jobs={n_jobs!r} must be a whole number"):
        usable_threads(n_jobs)
