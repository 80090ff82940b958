"""The memory of the machine is known, or is all that can be addressed."""

from __future__ import annotations

import os
import sys

import pytest

from poise.core.memory import memory_of_machine, peak_memory


def test_the_memory_of_this_machine_is_a_number_of_bytes() -> None:
    assert 1 << 26 < memory_of_machine() <= sys.maxsize


def test_memory_that_is_not_known_limits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sysconf", raising=False)
    assert memory_of_machine.__wrapped__() == sys.maxsize


def test_the_peak_of_the_process_is_known_and_never_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    before = peak_memory()
    assert before is not None
    held = bytearray(before + (64 << 20))  # more than it ever had
    held[:: 1 << 12] = b"x" * len(held[:: 1 << 12])
    assert peak_memory() > before
    monkeypatch.setattr("poise.core.memory.resource", None)
    assert peak_memory() is None
