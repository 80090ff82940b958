"""Interrupts: heard while a library works, and workers that do not outlive their parent."""

from __future__ import annotations

import contextvars
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.svm import SVC

import poise
from poise.core.interrupts import end_with, fitted_in_process, interruptible, tied

IS_MAIN = threading.current_thread() is threading.main_thread()
needs_main = pytest.mark.skipif(not IS_MAIN, reason="only the main thread hears interrupts")


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )


@needs_main
def test_an_interrupt_is_raised_while_the_work_goes_on() -> None:
    is_over, began = threading.Event(), threading.Event()

    def interrupt() -> None:
        began.wait()
        os.kill(os.getpid(), signal.SIGINT)

    def work() -> None:
        began.set()
        is_over.wait()

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        interruptible(work)
    assert not is_over.is_set()
    is_over.set()


def in_main(work: Callable[[], object]) -> object:
    return interruptible(work)


def in_a_thread(work: Callable[[], object]) -> object:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(interruptible(work)))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize("call", [in_main, in_a_thread])
def test_the_result_is_that_of_the_work(call: Callable[[Callable[[], object]], object]) -> None:
    assert call(lambda: 5) == 5


def test_errors_and_warnings_come_through() -> None:
    def work() -> None:
        warnings.warn("careful", UserWarning, stacklevel=1)
        raise ValueError("no")

    with pytest.warns(UserWarning, match="careful"), pytest.raises(ValueError, match="no"):
        interruptible(work)


def test_settings_of_the_caller_hold_for_the_work() -> None:
    number = contextvars.ContextVar("number", default=0)
    number.set(7)
    with sklearn.config_context(assume_finite=True):
        found = interruptible(lambda: (number.get(), sklearn.get_config()["assume_finite"]))
    assert found == (7, True)


def test_another_process_than_the_parent_is_not_waited_for() -> None:
    before = threading.active_count()
    end_with(os.getpid())
    assert threading.active_count() == before


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it looks into /proc")
def test_a_worker_ends_with_its_parent(tmp_path: Path) -> None:
    worker = (
        "import os, sys, time; from poise.core.interrupts import end_with;"
        "end_with(int(sys.argv[1])); open(sys.argv[2], 'w').write(str(os.getpid())); time.sleep(600)"
    )
    path = tmp_path / "number"
    parent = (
        "import os, subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {worker!r}, str(os.getpid()), {str(path)!r}])\n"
        f"while not os.path.exists({str(path)!r}) or not open({str(path)!r}).read(): time.sleep(.05)\n"
        "os.kill(os.getpid(), 9)"
    )
    assert run(parent).returncode == -9
    number = int(path.read_text())
    for _ in range(600):
        if not is_running(number):
            break
        time.sleep(0.1)
    assert not is_running(number)


def test_a_function_for_workers_gives_its_result_and_looks_for_its_parent_there() -> None:
    assert tied(max)(2, 5) == 5
    code = (
        "import threading; from joblib import Parallel, delayed; from poise.core.interrupts import tied\n"
        "def work():\n"
        "    def number_of_threads(doubled): return 2 * doubled, threading.active_count()\n"
        "    return number_of_threads  # local, so that it travels by value\n"
        "for function in (work(), tied(work())):\n"
        "    found = Parallel(n_jobs=2)(delayed(function)(4) for _ in range(2))\n"
        "    print({result for result, _ in found}, min(n for _, n in found))\n"
    )
    done = run(code)
    before, after = (line.split() for line in done.stdout.splitlines())
    assert before[0] == after[0] == "{8}", done.stderr
    assert int(after[1]) > int(before[1])


PARALLEL = re.compile(r"delayed\((?!tied\()(?!_run_approach\))")


def test_every_worker_of_ours_ends_with_its_parent() -> None:
    source = Path(poise.__file__).parent
    free = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if PARALLEL.search(path.read_text("utf-8"))
    }
    assert free == {"ensemble/_forest.py"}  # whose members are fitted in threads


def is_running(number: int) -> bool:
    """Tell whether a process runs; one that has ended may wait for its end to be read."""
    state = Path(f"/proc/{number}/stat")
    return state.exists() and state.read_text().split()[2] != "Z"


TABLE = np.random.RandomState(0).randn(200, 3)
LABELS = np.repeat([0, 1], [150, 50])


def test_a_fit_in_a_process_is_the_same_to_the_last_bit() -> None:
    apart = fitted_in_process(SVC(random_state=0), TABLE, LABELS)
    here = SVC(random_state=0).fit(TABLE, LABELS)
    assert (apart.support_ == here.support_).all()
    assert (apart.dual_coef_ == here.dual_coef_).all()


def test_errors_and_warnings_of_the_process_come_through() -> None:
    with pytest.raises(ValueError, match="greater than one|more than one"):
        fitted_in_process(SVC(), TABLE, LABELS * 0)
    with pytest.warns(UserWarning, match="ConvergenceWarning|terminated early"):
        fitted_in_process(SVC(max_iter=1), TABLE, LABELS)


def test_in_another_thread_the_fit_is_in_place() -> None:
    svm, found = SVC(), []
    thread = threading.Thread(target=lambda: found.append(fitted_in_process(svm, TABLE, LABELS)))
    thread.start()
    thread.join()
    assert found == [svm]


@needs_main
def test_an_interrupt_stops_the_process() -> None:
    code = (
        "import os, signal, sys, threading, time, numpy as np\n"
        "from sklearn.svm import SVC\n"
        "from poise.core.interrupts import fitted_in_process\n"
        "r = np.random.RandomState(0); X, y = r.randn(40_000, 20), r.randint(0, 2, 40_000)\n"
        "def children(): return open(f'/proc/self/task/{os.getpid()}/children').read().split()\n"
        "def stop():\n"
        "    while not children(): time.sleep(0.05)\n"
        "    time.sleep(1); seen.extend(children()); os.kill(os.getpid(), signal.SIGINT)\n"
        "seen = []; threading.Thread(target=stop).start()\n"
        "try: fitted_in_process(SVC(), X, y)\n"
        "except KeyboardInterrupt: print(len(seen), len(children()))\n"
    )
    done = run(code)
    assert done.stdout == "1 0\n", done.stderr
    assert done.stderr == ""
