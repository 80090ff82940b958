"""The content of a source: digests of its files, computed once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from big_tables import numbers

from poise.big.storage import contents
from poise.big.storage.contents import open_contents
from poise.big.storage.digests import digest_of_file
from poise.big.storage.source import open_source
from poise.core.errors import FileError


def test_each_part_has_the_digest_of_its_file(source: Path) -> None:
    with open_contents(open_source(source), {}) as found:
        assert found is not None
        expected = {str(path): digest_of_file(path) for path in sorted(source.iterdir())}
        assert found.by_name() == expected
        states = found.states()
    assert [digest for _, _, digest in states.values()] == list(expected.values())


def test_a_stream_has_no_content() -> None:
    with open_contents(open_source(numbers(10)), {}) as found:
        assert found is None


def test_files_as_they_were_are_not_read_again(source: Path, monkeypatch: Any) -> None:
    with open_contents(open_source(source), {}) as found:
        assert found is not None
        known, before = found.states(), found.digest_of_all()
    (source / "f02.parquet").write_bytes((source / "f03.parquet").read_bytes())
    read: list[str] = []

    def noted(path: Path, *rest: Any) -> str:
        read.append(path.name)
        return digest_of_file(path, *rest)

    monkeypatch.setattr(contents, "digest_of_file", noted)
    with open_contents(open_source(source), known) as found:
        assert found is not None
        assert found.digest_of_all() != before
    assert read == ["f02.parquet"]


def test_the_thread_ends_with_the_run(source: Path) -> None:
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), open_contents(open_source(source), {}):
        raise KeyboardInterrupt
    assert threading.active_count() == before


def test_a_file_that_is_gone_is_named(source: Path) -> None:
    opened = open_source(source)
    assert opened.parts
    (source / "f04.parquet").unlink()
    with open_contents(opened, {}) as found:
        assert found is not None
        with pytest.raises(FileError, match=r"f04.parquet' cannot be read"):
            found.digest_of_all()
