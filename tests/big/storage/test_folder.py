"""The folder of a result: never overwritten, never inside its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from big_tables import (
    numbers,
)

from poise import (
    SMOTE,
    big,
)
from poise.big.storage.folder import Folder, path_of_result
from poise.core.errors import (
    FileError,
    InputError,
)


def test_existing_results_are_not_overwritten(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(FileError, match="already exists. Choose another folder, or delete it"):
        big.resample(str(source), "smote", target="y", out=tmp_path / "out")
    with pytest.raises(FileError, match="There is no folder"):
        big.resample(str(source), "smote", target="y", out=tmp_path / "none" / "out")


def test_a_result_cannot_be_inside_its_source(source: Path) -> None:
    with pytest.raises(InputError, match="is inside the folder of the source"):
        big.resample(str(source), SMOTE(random_state=0), target="y", id="id", out=source / "out")


def test_a_folder_has_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    with folder.open({"seed": 3, "parameters": {"k": 5}}, resume=False):
        with folder.file("a.parquet") as path:
            pq.write_table(numbers(5), path)
        folder.add("a.parquet", [5])
        assert not folder.out.exists()
        assert folder.stored_seed() == 3
        folder.finish({"rows": 5})
    assert sorted(path.name for path in folder.out.iterdir()) == ["_manifest.json", "a.parquet"]
    assert not folder.aside.exists()


def test_a_folder_is_resumed_with_its_complete_files(tmp_path: Path) -> None:
    settings = {"seed": 3, "parameters": {"k": 5}}
    first = Folder(tmp_path / "out")
    with pytest.raises(KeyboardInterrupt), first.open(settings, resume=False):
        for name in ("a", "b"):
            with first.file(name) as path:
                path.write_text("rows")
            first.add(name, [1])
        (first.aside / "b").write_text("cut")
        raise KeyboardInterrupt
    again = Folder(tmp_path / "out")
    with again.open(settings, resume=True):
        assert list(again.done) == ["a"]
    with pytest.raises(FileError, match="is unfinished. Pass resume=True"):
        again._start(settings, resume=False)
    again.unlock()
    with pytest.raises(
        InputError, match=r"had another k \(5, and now 6\), so it cannot be resumed"
    ):
        again._start(settings | {"parameters": {"k": 6}}, resume=True)
    again.unlock()


GOOD = {"rows": 1, "bytes": 4, "read": 1, "classes": [1, 0]}
DAMAGED = [
    "",
    "\udcff",
    "[" * 100_000,
    "5",
    "[]",
    "{}",
    '{"settings": {}}',
    '{"settings": [], "done": {}}',
    '{"settings": {"parameters": 3}, "done": {}}',
    '{"settings": {"seed": "0"}, "done": {}}',
    '{"settings": {}, "done": []}',
    '{"settings": {}, "done": {"a": 5}}',
    *(
        json.dumps({"settings": {}, "done": {"a": {**GOOD, name: value}}})
        for name in GOOD
        for value in ("1", None, -1, [None], {})
        if (name, value) != ("classes", {})
    ),
]


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:60])
def test_a_damaged_record_of_a_run_is_named(text: str, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    folder.aside.mkdir()
    record = folder.aside / "_progress.json"
    record.write_text(text, encoding="utf-8", errors="surrogateescape")
    for read in (folder.stored_seed, lambda: folder._start({}, resume=True)):
        with pytest.raises(FileError, match=r"_progress.json' cannot be read: .*Delete '.*start"):
            read()
    folder.unlock()


def test_a_name_that_is_too_long_raises_before_the_work(source: Path, tmp_path: Path) -> None:
    for name in ("x" * 245, "x" * 300, "x" * 5000):
        for resume in (False, True):
            with pytest.raises(FileError, match="cannot be written: .*File name too long"):
                big.resample(source, "smote", target="y", out=tmp_path / name, resume=resume)


def test_a_folder_that_cannot_be_resumed_is_deleted(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    with pytest.raises(InputError, match="no labels"), folder.open({}, resume=False):
        raise InputError("no labels")
    assert not folder.aside.exists()


def test_a_file_that_fails_leaves_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "out")
    with folder.open({}, resume=False):
        with pytest.raises(ZeroDivisionError), folder.file("a") as path:
            path.write_text("half")
            1 / 0  # noqa: B018  # fails on purpose
        assert [path.name for path in folder.aside.iterdir() if "a" in path.suffix] == []
        assert not (folder.aside / "a").exists()


def test_paths_of_results_are_absolute_and_outside_the_source(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert path_of_result("out", None) == tmp_path / "out"
    assert path_of_result("out", tmp_path / "in") == tmp_path / "out"
    with pytest.raises(InputError, match="is inside the folder of the source"):
        path_of_result("in/out", tmp_path / "in")
