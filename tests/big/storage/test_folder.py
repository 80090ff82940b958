"""The folder of a result: never overwritten, never inside its source."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poise import (
    SMOTE,
    big,
)
from poise.big.storage.folder import Folder, path_of_result
from poise.big.storage.store import StoredFile, Unit
from poise.core.errors import (
    FileError,
    InputError,
)
from poise.core.saved import format_entries


def test_existing_results_are_not_overwritten(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(FileError, match="already exists. Choose another folder, or delete it"):
        big.resample(str(source), "smote", target="y", out=tmp_path / "out")
    with pytest.raises(FileError, match="There is no folder"):
        big.resample(str(source), "smote", target="y", out=tmp_path / "none" / "out")


def test_a_result_cannot_be_inside_its_source(source: Path) -> None:
    with pytest.raises(InputError, match="is inside the folder of the source"):
        big.resample(
            str(source), SMOTE(random_state=0), target="y", id="id", extra=(), out=source / "out"
        )


ROWS = pa.schema([("x", pa.int64())])


def write(folder: Folder, key: str) -> StoredFile:
    """Store a unit of one file, and return the file."""
    with folder.store.file(folder.store.file_name(key)) as path:
        pq.write_table(pa.table({"x": [1, 2]}), path)
        size = path.stat().st_size
    file = StoredFile(folder.store.file_name(key), "", 2, size, "0" * 64, [1, 1])
    folder.store.add_unit(key, Unit((file,), 2))
    return file


def test_a_folder_has_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    with folder.open({"seed": 3, "parameters": {"k": 5}}):
        file = write(folder, "a")
        assert not folder.out.exists()
        assert folder.stored_seed(resume=True) == 3
        assert folder.stored_seed(resume=False) is None
        folder.finish({"day=1/a.parquet": file}, {"files": {}}, ROWS)
    names = sorted(str(path.relative_to(folder.out)) for path in folder.out.rglob("*.parquet"))
    assert names == ["day=1/_manifest.parquet", "day=1/a.parquet"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_only_the_owner_can_read_what_is_unfinished(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    before = os.umask(0o022)
    try:
        with folder.open({}):
            file = write(folder, "a")
            with folder.store.file("rows") as path:
                assert path.stat().st_mode & 0o777 == 0o600
            folder.store.add_table("k", pa.table({"x": [1]}))
            modes = {path.stat().st_mode & 0o777 for path in folder.aside.iterdir()}
            assert (modes, folder.aside.stat().st_mode & 0o777) == ({0o600}, 0o700)
            folder.finish({"a.parquet": file}, {"files": {}}, ROWS)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in folder.out.iterdir()} == {0o644}
    assert folder.out.stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files have no names here")
def test_all_is_on_the_disk_before_the_folder_has_its_name(
    tmp_path: Path, source: Path, monkeypatch: Any
) -> None:
    done: list[str] = []
    real, rename = os.fsync, Path.rename

    def note(handle: int) -> None:
        done.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        real(handle)

    def renamed(self: Path, target: Path) -> Path:
        if target == tmp_path / "out":
            done.append("renamed")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(Path, "rename", renamed)
    result = big.resample(
        source, SMOTE(random_state=0), target="y", out=tmp_path / "out", links="copy"
    )
    files = [n for n in done if n.endswith(".parquet") and n != "_writing-_manifest.parquet"]
    assert len(files) == len(result.manifest["files"]) == 7
    assert done[-4:] == ["_writing-_manifest.parquet", "result", "renamed", tmp_path.name]


def test_a_link_in_the_place_of_the_hidden_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "file").touch()
    (tmp_path / ".out.unfinished").symlink_to(tmp_path / "others")
    folder = Folder(tmp_path / "out")
    with pytest.raises(FileError, match="is a link, and not the folder"), folder.open({}):
        pass
    with pytest.raises(FileError, match="is a link"), folder.open({}, restart=True):
        pass
    assert (tmp_path / "others" / "file").exists()


def test_a_folder_is_resumed_with_its_complete_files(tmp_path: Path) -> None:
    settings = {"seed": 3, "parameters": {"k": 5}}
    first = Folder(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt), first.open(settings):
        for key in ("a", "b", "c"):
            write(first, key)
        (first.aside / "b-0.parquet").write_text("cut")
        (first.aside / "c-0.parquet").unlink()
        (first.aside / "_writing-rows").touch()
        raise KeyboardInterrupt
    again = Folder(tmp_path / "out")
    with again.open(settings, resume=True):
        assert again.store.unit("a") is not None
        assert again.store.unit("b") is None
        assert again.store.unit("c") is None
        assert not (again.aside / "_writing-rows").exists()
    with (
        pytest.raises(FileError, match=r"is unfinished. Pass resume=True .* or restart=True"),
        again.open(settings),
    ):
        pass
    with (
        pytest.raises(InputError, match=r"had another k \(5, and now 6\), .* restart=True"),
        again.open(settings | {"parameters": {"k": 6}}, resume=True),
    ):
        pass
    with again.open(settings | {"parameters": {"k": 6}}, restart=True):
        assert again.store.unit("a") is None


STATED = [
    json.dumps({**format_entries("unfinished result"), "settings": settings})
    for settings in (None, 3, {"parameters": 3}, {"seed": "0"})
]
DAMAGED = ["", "\udcff", "[" * 100_000, "5", "[]", *STATED]


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:60])
def test_damaged_settings_of_a_run_are_named(text: str, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    folder.aside.mkdir()
    record = folder.aside / "_settings.json"
    record.write_text(text, encoding="utf-8", errors="surrogateescape")
    message = r"_settings.json' cannot be read: .* Pass restart=True"
    with pytest.raises(FileError, match=message):
        folder.stored_seed(resume=True)
    with pytest.raises(FileError, match=message), folder.open({}, resume=True):
        pass
    with folder.open({}, restart=True):
        assert folder.stored_seed(resume=True) is None


def test_a_result_is_replaced_at_the_end_and_not_before(tmp_path: Path) -> None:
    old = Folder(tmp_path / "out")
    with old.open({}):
        old.finish(
            {"a.parquet": write(old, "a")}, {"files": {"a.parquet": {"rows": 0, "bytes": 0}}}, ROWS
        )
    with pytest.raises(FileError, match="if_exists='replace'"):
        old.check_writable()
    new = Folder(tmp_path / "out", "replace")
    new.check_writable()
    with new.open({}):
        file = write(new, "b")
        assert (new.out / "a.parquet").exists()
        new.finish({"b.parquet": file}, {"files": {}}, ROWS)
    assert sorted(path.name for path in new.out.iterdir()) == ["_manifest.parquet", "b.parquet"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_run_that_is_killed_between_two_results_leaves_the_old_one(
    tmp_path: Path, monkeypatch: Any
) -> None:
    old = Folder(tmp_path / "out")
    with old.open({}):
        old.finish(
            {"a.parquet": write(old, "a")}, {"files": {"a.parquet": {"rows": 0, "bytes": 0}}}, ROWS
        )
    new, rename = Folder(tmp_path / "out", "replace"), Path.rename

    def killed(self: Path, target: Path) -> Path:
        if self.name == "result":
            raise KeyboardInterrupt
        return rename(self, target)

    with (
        monkeypatch.context() as patch,
        pytest.raises(KeyboardInterrupt),
        new.open({}),
    ):
        file = write(new, "b")
        patch.setattr(Path, "rename", killed)
        new.finish({"b.parquet": file}, {"files": {}}, ROWS)
    assert not new.out.exists()
    again = Folder(tmp_path / "out", "replace")
    with again.open({}):
        assert (again.out / "a.parquet").exists()


def test_what_is_no_result_is_neither_replaced_nor_kept(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for if_exists in ("replace", "skip"):
        with pytest.raises(FileError, match="is not a complete result of poise.big, so if_exists="):
            Folder(tmp_path / "out", if_exists).check_writable()


def test_a_folder_that_was_deleted_while_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: Any
) -> None:
    fcntl = pytest.importorskip("fcntl", reason="Windows has no locks of this kind")
    folder, flock = Folder(tmp_path / "out"), fcntl.flock
    waits = [True]

    def other_process_finishes(handle: int, how: int) -> None:
        flock(handle, how)
        if waits.pop() if waits else False:
            shutil.rmtree(folder.aside)

    monkeypatch.setattr(fcntl, "flock", other_process_finishes)
    with folder.open({}):
        assert (folder.aside / "_settings.json").exists()


def test_a_name_that_is_too_long_raises_before_the_work(source: Path, tmp_path: Path) -> None:
    for name in ("x" * 245, "x" * 300, "x" * 5000):
        for resume in (False, True):
            with pytest.raises(FileError, match="cannot be written: .*File name too long"):
                big.resample(source, "smote", target="y", out=tmp_path / name, resume=resume)


def test_a_folder_that_cannot_be_resumed_is_deleted(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    with pytest.raises(InputError, match="no labels"), folder.open({}):
        raise InputError("no labels")
    assert not folder.aside.exists()


def test_paths_of_results_are_absolute_and_outside_the_source(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert path_of_result("out", None) == tmp_path / "out"
    assert path_of_result("out", tmp_path / "in") == tmp_path / "out"
    with pytest.raises(InputError, match="is inside the folder of the source"):
        path_of_result("in/out", tmp_path / "in")
