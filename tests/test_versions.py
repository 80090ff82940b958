"""Versions are printed for reports of faults."""

from __future__ import annotations

import pytest

import poise
from poise._versions import _version


def test_versions_of_poise_and_what_it_uses_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    poise.show_versions()
    printed = capsys.readouterr().out
    assert f"poise: {poise.__version__}" in printed
    assert "sklearn: " in printed
    assert _version("no-such-package") is None
