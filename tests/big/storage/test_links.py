"""Unchanged files of a source in a result: hard links, copies, or symbolic links."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from big_tables import assert_same_rows, files_of, in_memory, numbers

from poise import SMOTE, EditedNearestNeighbours, TomekLinks, big
from poise.big.storage.links import can_link
from poise.big.storage.source import open_source
from poise.core.errors import FileError, UnknownNameError

SMOTE_0 = SMOTE(random_state=0)


def resampled(source: Path, out: Path, **options: Any) -> Any:
    options = {"extra": ()} | options
    return big.resample(source, SMOTE_0, target="y", id="id", out=out, **options)


def hows(result: Any) -> set[str]:
    return {entry["how"] for entry in result.manifest["files"].values()}


def test_unchanged_files_are_hard_links_so_a_source_may_be_moved(
    source: Path, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in source.iterdir()}
    result = resampled(source, tmp_path / "out")
    assert hows(result) == {"hard link", "written"}
    linked = {path.stat().st_ino for path in result.out.iterdir()}
    assert {path.stat().st_ino for path in before} <= linked
    assert {path: path.read_bytes() for path in source.iterdir()} == before
    source.rename(tmp_path / "moved")
    assert_same_rows(result.reader().read_all(), in_memory(SMOTE_0, numbers(1500), "y", "id"))
    assert result.check().is_whole


def test_the_permissions_of_the_source_stay(source: Path, tmp_path: Path) -> None:
    for path in source.iterdir():
        path.chmod(0o640)
    result = resampled(source, tmp_path / "out")
    assert {path.stat().st_mode & 0o777 for path in source.iterdir()} == {0o640}
    assert (result.out / "made-00000.parquet").stat().st_mode & 0o777 != 0o600


def test_copies_share_nothing_with_the_source(source: Path, tmp_path: Path) -> None:
    result = resampled(source, tmp_path / "out", links="copy")
    assert hows(result) == {"copy", "written"}
    pq.write_table(numbers(40), source / "f03.parquet")
    assert result.check().is_whole
    assert_same_rows(result.reader().read_all(), in_memory(SMOTE_0, numbers(1500), "y", "id"))


def test_another_disk_gets_copies(source: Path, tmp_path: Path, monkeypatch: Any) -> None:
    def refused(source: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refused)
    result = resampled(source, tmp_path / "out")
    assert hows(result) == {"copy", "written"}
    assert result.check().is_whole


def test_symbolic_links_are_made_only_when_asked_for(source: Path, tmp_path: Path) -> None:
    result = resampled(source, tmp_path / "out", links="symbolic")
    assert hows(result) == {"symbolic link", "written"}
    links = {path.resolve() for path in result.out.iterdir() if path.is_symlink()}
    assert links == set(source.iterdir())
    (source / "f03.parquet").unlink()
    with pytest.raises(
        FileError, match=r"f03.parquet' is missing \(it shares its content with '.*f03"
    ):
        result.reader()
    with pytest.raises(FileError, match="is missing"):
        resampled(result.out, tmp_path / "again")


def test_symbolic_links_that_are_not_allowed_raise(
    source: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    def refused(self: Path, target: Path) -> None:
        raise OSError("a required privilege is not held")

    monkeypatch.setattr(Path, "symlink_to", refused)
    with pytest.raises(FileError, match=r"cannot be a symbolic link: a required .*links='copy'"):
        resampled(source, tmp_path / "out", links="symbolic")


@pytest.mark.parametrize("links", ["hard", "symbolic"])
def test_a_source_that_is_rewritten_in_place_is_noticed(
    links: str, source: Path, tmp_path: Path
) -> None:
    result = resampled(source, tmp_path / "out", links=links)
    pq.write_table(numbers(40), source / "f03.parquet")
    message = r"'part-00003-f03.parquet' has [\d,]+ bytes, and had .*f03.*make the result again"
    with pytest.raises(FileError, match=message):
        result.reader()
    with pytest.raises(FileError, match="is not as it was written"):
        resampled(result.out, tmp_path / "again")


def test_a_file_that_is_only_touched_is_the_same(source: Path, tmp_path: Path) -> None:
    result = resampled(source, tmp_path / "out")
    os.utime(source / "f03.parquet", ns=(1, 1))
    assert result.reader().read_all().num_rows == sum(result.counts_after.values())
    changed = bytearray((source / "f03.parquet").read_bytes())
    changed[100] ^= 1
    (source / "f03.parquet").write_bytes(changed)
    with pytest.raises(FileError, match="f03.parquet' has other content"):
        result.reader()


@pytest.mark.parametrize("sampler", [TomekLinks(), EditedNearestNeighbours()], ids=repr)
def test_files_of_which_a_cleaner_removes_no_row_are_linked(sampler: Any, tmp_path: Path) -> None:
    table = numbers(900)
    rare = table.filter(table["y"].to_numpy() == 1)
    common = table.filter(table["y"].to_numpy() == 0)
    source = files_of(common, tmp_path / "in", 2)
    pq.write_table(rare, source / "rare.parquet")
    result = big.resample(source, sampler, target="y", id="id", extra=(), out=tmp_path / "out")
    files = result.manifest["files"]
    assert files["part-00003-rare.parquet"]["how"] == "hard link"
    assert files["part-00000.parquet"]["how"] == "written"
    assert_same_rows(result.reader().read_all(), in_memory(sampler, table, "y", "id"))
    assert sum(result.counts_after.values()) == result.reader().read_all().num_rows


def test_added_and_left_out_columns_make_new_files(source: Path, tmp_path: Path) -> None:
    added = resampled(source, tmp_path / "added", extra=("_new",))
    left_out = resampled(source, tmp_path / "left_out", drop=("x0",))
    assert hows(added) == hows(left_out) == {"written"}
    table = pq.read_table(added.out)
    assert table.filter(table["_new"]).num_rows == table.num_rows - 1500


def test_a_long_name_is_left_out(tmp_path: Path) -> None:
    table = numbers(300)
    (tmp_path / "in").mkdir()
    for name in ("a", "x" * 242):
        pq.write_table(table.slice(150 * (name != "a"), 150), tmp_path / "in" / f"{name}.parquet")
    result = resampled(tmp_path / "in", tmp_path / "out")
    assert {"part-00000-a.parquet", "part-00001.parquet"} <= set(result.manifest["files"])
    assert_same_rows(result.reader().read_all(), in_memory(SMOTE_0, table, "y", "id"))


@pytest.mark.parametrize("sampler", [SMOTE_0, TomekLinks()], ids=repr)
def test_files_of_equal_content_are_all_in_the_result(sampler: Any, tmp_path: Path) -> None:
    source = files_of(numbers(400), tmp_path / "in", 2)
    for name in ("empty-1", "empty-2"):
        pq.write_table(numbers(0), source / f"{name}.parquet")
    result = big.resample(source, sampler, target="y", id="id", extra=(), out=tmp_path / "out")
    names = {name for name in result.manifest["files"] if "empty" in name}
    assert names == {
        "part-00000-empty-1.parquet",
        "part-00001-empty-2.parquet",
        "part-00004-g-empty.parquet",
    }
    assert result.check().is_whole
    assert_same_rows(result.reader().read_all(), in_memory(sampler, numbers(400), "y", "id"))


def test_rows_that_stay_are_in_the_order_of_the_source(tmp_path: Path) -> None:
    table = numbers(900)
    rare, common = (table.filter(table["y"].to_numpy() == code) for code in (1, 0))
    source = files_of(common, tmp_path / "in", 2)
    pq.write_table(rare, source / "f00b.parquet")
    result = big.resample(source, TomekLinks(), target="y", id="id", extra=(), out=tmp_path / "out")
    opened = big.resample(source, TomekLinks(), target="y", id="id", extra=()).reader().read_all()
    assert "part-00001-f00b.parquet" in result.manifest["files"]
    assert result.reader().read_all()["id"].equals(opened["id"])


def test_other_names_of_links_are_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"links='soft' is not known; .*'symbolic'"):
        resampled(source, tmp_path / "out", links="soft")


def test_what_needs_no_space_is_known_before(source: Path, tmp_path: Path) -> None:
    parts = open_source(source).parts
    assert can_link(parts, tmp_path, "hard")
    assert not can_link(parts, tmp_path, "copy")
    assert not can_link(open_source(numbers(10)).parts, tmp_path, "hard")
    if Path("/dev/shm").is_dir() and Path("/dev/shm").stat().st_dev != tmp_path.stat().st_dev:
        assert not can_link(parts, Path("/dev/shm"), "hard")
        assert can_link(parts, Path("/dev/shm"), "symbolic")
