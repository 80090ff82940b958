"""Signals end a command in one way, and are remembered."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from poise.cli import _signals


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_each_signal_raises_and_has_its_exit_code(number: int, code: int, capsys) -> None:
    with _signals.heard():
        assert not _signals.received()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        assert _signals.received()
        assert _signals.exit_code() == code
        assert _signals.ended() == code
    assert "Interrupted" in capsys.readouterr().err


def test_the_first_signal_decides() -> None:
    with _signals.heard():
        for number in (signal.SIGTERM, signal.SIGINT):
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), number)
        assert _signals.exit_code() == 143


def test_handlers_are_put_back_and_an_ignored_signal_stays_ignored() -> None:
    before = signal.getsignal(signal.SIGTERM)
    ignored = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with _signals.heard():
            os.kill(os.getpid(), signal.SIGHUP)
            assert not _signals.received()
        assert signal.getsignal(signal.SIGTERM) is before
    finally:
        signal.signal(signal.SIGHUP, ignored)


def test_another_thread_hears_nothing() -> None:
    handlers = []

    def work() -> None:
        with _signals.heard():
            handlers.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [before]


def test_an_interruption_of_the_imports_has_no_traceback() -> None:
    code = (
        "import builtins, os, signal, sys, poise.cli\n"
        "real = builtins.__import__\n"
        "def broken(name, *rest):\n"
        "    if name == 'poise.cli._commands': os.kill(os.getpid(), signal.SIGINT)\n"
        "    return real(name, *rest)\n"
        "builtins.__import__ = broken\n"
        "sys.argv = ['poise', 'methods']; poise.cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert done.stderr == "Interrupted. No incomplete file was written.\n"
