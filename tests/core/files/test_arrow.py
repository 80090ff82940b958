"""pyarrow is imported when it is needed, and its absence is an error with words."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from poise.core.errors import MissingDependencyError
from poise.core.files.arrow import arrow, opened


def test_the_module_is_the_installed_one() -> None:
    assert arrow() is pa
    assert arrow("csv").__name__ == "pyarrow.csv"


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "poise\[cli\]"'):
        arrow()


@pytest.mark.parametrize("name", [b"\xff.csv", b"a.csv.gz", b"a.CSV.GZ"])
def test_files_of_all_names_are_opened_and_packed_by_their_ending(
    tmp_path: Path, name: bytes
) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    with opened(path, "wb") as stream:
        stream.write(b"a,b\n")
    assert path.read_bytes().startswith(b"\x1f\x8b") == (path.suffix.lower() == ".gz")
    with opened(path) as stream:
        assert stream.read() == b"a,b\n"
