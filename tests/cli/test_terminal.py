"""Checks of paths, warnings on stderr, and text that cannot harm a terminal."""

from __future__ import annotations

import io
import os
import sys
import warnings
from pathlib import Path

import pytest
from rich.console import Console

from poise.cli import _terminal
from poise.cli._terminal import (
    BAD_INPUT,
    DISK,
    DOES_NOT_FIT,
    DONE,
    LOCKED,
    PAGES,
    PICTURES,
    check_paths,
    exit_code_of,
    print_text,
    stages,
    visible,
    warnings_on_stderr,
    write_each,
)
from poise.core.errors import (
    DiskError,
    DoesNotFitError,
    FileError,
    InputError,
    LockedError,
    UnsupportedTypeError,
)


def test_a_path_may_be_used_once(tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    check_paths(source, {"--out": out, "--plot": None})
    with pytest.raises(FileError, match=r"--lineage .* is also --out. Pass another file."):
        check_paths(source, {"--out": out, "--lineage": out})
    with pytest.raises(FileError, match="is also the input"):
        check_paths(source, {"--out": tmp_path / "." / "in.csv"})


def test_a_device_may_be_used_twice_and_needs_no_ending(tmp_path: Path) -> None:
    null = Path("/dev/null")
    check_paths(tmp_path / "in.csv", {"--out": null, "--json": null}, {"--out": None})


def test_each_option_has_its_endings(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    check_paths(source, {"--plot": tmp_path / "p.SVG"}, {"--plot": PICTURES, "--out": None})
    with pytest.raises(UnsupportedTypeError, match="'p.png' ends in '.png'"):
        check_paths(source, {"--out": tmp_path / "p.png"}, {"--out": None})
    with pytest.raises(FileError, match=r"must end in one of .png.*Did you mean '.png'"):
        check_paths(source, {"--plot": tmp_path / "p.pgn"}, {"--plot": PICTURES})
    with pytest.raises(FileError, match=r"--out 'data.parquet' must end in one of .html"):
        check_paths(source, {"--out": tmp_path / "data.parquet"}, {"--out": PAGES})


def test_a_loop_of_links_is_an_error_with_words(tmp_path: Path) -> None:
    loop = tmp_path / "loop.csv"
    loop.symlink_to(loop)
    with pytest.raises(FileError, match="cannot be used: .*loop"):
        check_paths(loop, {"--out": None})


def test_a_warning_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings_on_stderr():
        warnings.warn("careful", UserWarning, stacklevel=1)
    assert capsys.readouterr().err == "Warning: careful\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("yes\x1b]0;pwned\x07", "yes\\x1b]0;pwned\\x07"),
        ("a\rb\x9b", "a\\rb\\x9b"),
        ("a\u202eb\u2028c", "a\\u202eb\\u2028c"),
        ("name\udcff", "name\\udcff"),
        ("two\nlines\tand a tab, \u00e9, \u4e2d", "two\nlines\tand a tab, \u00e9, \u4e2d"),
    ],
)
def test_control_characters_are_written_as_escapes(
    capsys: pytest.CaptureFixture[str], text: str, shown: str
) -> None:
    assert visible(text) == shown
    print_text(text)
    assert capsys.readouterr().out == f"{shown}\n"


def test_an_encoding_that_lacks_a_character_gets_its_escape(monkeypatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    print_text("caf\u00e9")
    assert stream.buffer.getvalue() == b"caf\\xe9\n"


def test_a_reader_that_has_left_is_not_an_error(monkeypatch) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        print_text("text")
        print_text("more")


def test_a_full_disk_under_stdout_is_an_error(monkeypatch) -> None:
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(DiskError, match="Standard output cannot be written: No space left"):
            print_text("text")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("x"), BAD_INPUT),
        (FileError("x"), BAD_INPUT),
        (DiskError("x"), DISK),
        (LockedError("x"), LOCKED),
        (DoesNotFitError("x"), DOES_NOT_FIT),
        (MemoryError(), DOES_NOT_FIT),
    ],
)
def test_each_cause_has_its_exit_code(error: Exception, code: int) -> None:
    assert exit_code_of(error) == code


def test_the_codes_are_those_of_the_documented_table() -> None:
    codes = (_terminal.DONE, _terminal.FOUND, _terminal.BAD_INPUT, _terminal.INTERNAL)
    assert (*codes, _terminal.CANNOT_TELL, DOES_NOT_FIT, LOCKED, DISK) == tuple(range(8))


def test_an_output_that_fails_does_not_lose_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: Path) -> None:
        raise DiskError("The disk is full.")

    second = tmp_path / "b.txt"
    code, done = write_each(
        ("a", tmp_path / "a.txt", fails), ("b", second, lambda p: p.touch()), ("c", None, fails)
    )
    assert (code, done) == (DISK, {"b": str(second)})
    assert second.exists()
    assert capsys.readouterr().err == "Error: The disk is full.\n"
    assert write_each(("b", second, lambda p: p.touch())) == (DONE, {"b": str(second)})


def test_a_stage_that_names_a_file_is_not_markup() -> None:
    console = Console(file=io.StringIO(), force_terminal=True)
    with stages(console) as stage:
        stage("reading [/]\x1b.csv")


def test_a_name_that_is_too_long_is_an_error_with_words(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be written: File name too long"):
        check_paths(tmp_path / "in.csv", {"--out": tmp_path / f"{'n' * 252}.csv"})
    with pytest.raises(FileError, match="cannot be used"):
        check_paths(tmp_path / "a\0.csv", {})
