"""Checks of paths, and warnings on stderr."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from poise.cli._terminal import check_paths, warnings_on_stderr
from poise.core.errors import FileError, UnsupportedTypeError


def test_a_path_may_be_used_once(tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    check_paths(source, {"--out": out, "--plot": None})
    with pytest.raises(FileError, match=r"--lineage .* is also --out. Pass another file."):
        check_paths(source, {"--out": out, "--lineage": out})
    with pytest.raises(FileError, match="is also the input"):
        check_paths(source, {"--out": tmp_path / "." / "in.csv"})


def test_only_options_for_tables_need_the_ending_of_a_table(tmp_path: Path) -> None:
    check_paths(tmp_path / "in.csv", {"--plot": tmp_path / "p.png"}, ("--out",))
    with pytest.raises(UnsupportedTypeError, match="'p.png' ends in '.png'"):
        check_paths(tmp_path / "in.csv", {"--out": tmp_path / "p.png"}, ("--out",))


def test_a_warning_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings_on_stderr():
        warnings.warn("careful", UserWarning, stacklevel=1)
    assert capsys.readouterr().err == "Warning: careful\n"
