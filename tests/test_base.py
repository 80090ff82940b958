"""The worked example of a user's own method keeps the contract."""

from __future__ import annotations

import doctest
import sys
import types
from pathlib import Path

import pytest

from poise.testing import check_resampler


def test_the_worked_example_keeps_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[1] / "docs" / "own_method.md").read_text(encoding="utf-8")
    examples = doctest.DocTestParser().get_examples(page)
    module = types.ModuleType("my_method")
    monkeypatch.setitem(sys.modules, "my_method", module)
    for example in examples[:3]:  # the imports and the class
        exec(example.source, module.__dict__)  # our own page
    for container in ("numpy float64", "mixed pandas", "mixed pyarrow", "csr_array", "lists"):
        check_resampler(module.CloseSMOTE(), [container])
