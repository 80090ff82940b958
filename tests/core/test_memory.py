"""The memory of the machine is known, or is all that can be addressed."""

from __future__ import annotations

import os
import sys

import pytest

from poise.core.memory import memory_of_machine


def test_the_memory_of_this_machine_is_a_number_of_bytes() -> None:
    assert 1 << 26 < memory_of_machine() <= sys.maxsize


def test_memory_that_is_not_known_limits_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sysconf", raising=False)
    assert memory_of_machine.__wrapped__() == sys.maxsize
