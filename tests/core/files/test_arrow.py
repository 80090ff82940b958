"""pyarrow is imported when it is needed, and its absence is an error with words."""

from __future__ import annotations

import sys

import pyarrow as pa
import pytest

from poise.core.errors import MissingDependencyError
from poise.core.files.arrow import arrow


def test_the_module_is_the_installed_one() -> None:
    assert arrow() is pa
    assert arrow("csv").__name__ == "pyarrow.csv"


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "poise\[cli\]"'):
        arrow()
