"""The scripts of the reference study, for the tests of its tables and of its statistics."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks" / "study"
MODULES = [path.stem for path in sorted(FOLDER.glob("*.py"))]


@pytest.fixture(scope="module")
def study() -> Iterator[SimpleNamespace]:
    """Yield every script as a module, by its name."""
    sys.path.insert(0, str(FOLDER))
    try:
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in MODULES})
    finally:
        sys.path.remove(str(FOLDER))
        for name in MODULES:
            sys.modules.pop(name, None)
