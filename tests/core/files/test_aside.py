"""Files are written completely or not at all, and what is not a file is never replaced."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from poise.core.errors import DiskError, FileError
from poise.core.files.aside import check_writable, first_line, shortened, written, written_aside


def test_a_failure_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    written("old", path)
    with pytest.raises(ZeroDivisionError), written_aside(path) as aside:
        aside.write_text("half")
        _ = 1 / 0
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_symbolic_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    written("new", link)
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_missing_folder_raises(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no folder.*Create it first"):
        written("text", tmp_path / "none" / "t.txt")
    with pytest.raises(FileError, match="is a folder"):
        written("text", tmp_path)


def test_a_written_file_has_the_usual_permissions_and_the_mask_stays(tmp_path: Path) -> None:
    mask = os.umask(0o024)
    try:
        with written_aside(tmp_path / "a.txt") as aside:
            aside.write_text("text")
        assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o642
        assert os.umask(0o024) == 0o024
    finally:
        os.umask(mask)


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "private.csv"
    path.touch()
    for mode in (0o600, 0o644):
        path.chmod(mode)
        written("text", path)
        assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_that_is_replaced_keeps_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.touch()
    os.chown(path, 12_345, 23_456)
    written("text", path)
    assert (path.stat().st_uid, path.stat().st_gid) == (12_345, 23_456)


def test_a_file_is_replaced_in_one_step_by_one_beside_it(tmp_path: Path) -> None:
    path, same = tmp_path / "t.txt", tmp_path / "same.txt"
    written("old", path)
    os.link(path, same)
    with written_aside(path) as aside:
        assert aside.parent == path.parent
        aside.write_text("new")
    assert (path.read_text(), same.read_text()) == ("new", "old")


def test_no_file_stays_open(tmp_path: Path) -> None:
    n_open = len(list(Path("/proc/self/fd").iterdir()))
    written("text", tmp_path / "t.txt")
    assert len(list(Path("/proc/self/fd").iterdir())) == n_open


def test_an_error_of_the_writer_keeps_its_words(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="^cannot hold it$"), written_aside(tmp_path / "t.txt"):
        raise FileError("cannot hold it")


def test_a_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    written("text", path)
    reader.join()
    assert read == ["text"]
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_to_and_stays() -> None:
    before = Path("/dev/null").stat()
    written("text", "/dev/null")
    assert stat.S_ISCHR(before.st_mode)
    assert Path("/dev/null").stat().st_ino == before.st_ino


def test_a_full_disk_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="No space left on device. Free some space"):
        written("text", "/dev/full")
    with pytest.raises(DiskError), written_aside(tmp_path / "a.txt"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_paths_that_cannot_be_files_raise_an_error_with_words(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(FileError, match="cannot be written"):
        check_writable(loop)
    with pytest.raises(FileError, match="File name too long"):
        check_writable(tmp_path / ("x" * 300))
    with pytest.raises(FileError, match="cannot be written: File name too long"):
        written("text", tmp_path / f"t.{'x' * 250}")  # too long for a name beside it
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "none" / "t.txt")
    with pytest.raises(FileError, match="There is no folder '.*none' to write"):
        check_writable(dangling)


def test_the_middle_of_a_long_path_is_left_out() -> None:
    assert shortened(Path("x" * 198)) == f"'{'x' * 198}'"
    assert shortened(Path("x" * 199)) == f"'{'x' * 89}...{'x' * 89}'"


def test_the_first_line_of_a_message_ends_in_one_full_stop() -> None:
    assert first_line(ValueError("first\nsecond")) == "first."
    assert first_line(ValueError("first.")) == "first."
    assert first_line(OSError(errno.ENOSPC, "No space")) == "No space."

    assert len(shortened(Path("x" * 5000))) < 200


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to every file")
def test_a_file_that_is_read_only_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(FileError, match="is read-only"):
        check_writable(path)
