"""The names of the methods, and what is printed about them without importing them."""

from __future__ import annotations

import subprocess
import sys

import pytest

import poise
from poise.cli._commands import _first_lines


def test_every_method_has_the_first_line_of_its_docstring() -> None:
    documented = _first_lines()
    for kind in poise.METHODS.values():
        assert documented[kind] == getattr(poise, kind).__doc__.strip().splitlines()[0]


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["methods"], ["-h"]])
def test_what_needs_no_table_imports_no_large_package(words: list[str]) -> None:
    code = (
        "import sys; from poise.cli._commands import run; "
        f"run({words}); print({{'numpy', 'scipy', 'sklearn', 'pyarrow', 'pandas'}} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"
