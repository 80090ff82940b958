"""Results in folders: whole or not there, and gone on with after whatever stopped them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from big_tables import digest, files_of, in_memory, numbers

from poise import SMOTE, EditedNearestNeighbours, RandomUnderSampler, TomekLinks, big
from poise.big.storage.folder import Folder
from poise.core.errors import FileError, InputError

SAMPLERS = [SMOTE(random_state=0), TomekLinks(), RandomUnderSampler(random_state=0)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return files_of(numbers(1500), tmp_path / "in", 5)


@pytest.mark.parametrize("sampler", SAMPLERS, ids=repr)
def test_a_folder_holds_the_rows_and_a_manifest(sampler: Any, source: Path, tmp_path: Path) -> None:
    result = big.resample(str(source), sampler, target="y", id="id", out=tmp_path / "out")
    table = pq.read_table(tmp_path / "out")
    opened = big.resample(str(source), sampler, target="y", id="id").reader().read_all()
    assert digest(table, "y") == digest(opened, "y") == digest(result.reader().read_all(), "y")
    manifest = json.loads((tmp_path / "out" / "_manifest.json").read_text(encoding="utf-8"))
    counts = np.bincount(table["y"].to_numpy()).tolist()
    assert [entry["after"] for entry in manifest["classes"].values()] == counts
    assert manifest["seed"] == (None if isinstance(sampler, TomekLinks) else 0)
    assert manifest["exact"] is True
    assert manifest["input"]["rows"] == 1500
    assert {"python", "numpy", "pyarrow"} <= set(manifest["versions"])
    assert sorted(manifest["files"]) == sorted(
        p.name for p in (tmp_path / "out").iterdir() if not p.name.startswith("_")
    )
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_rows_that_are_only_added_to_are_linked_to(source: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in source.iterdir()}
    big.resample(str(source), SMOTE(random_state=0), target="y", id="id", out=tmp_path / "out")
    links = [path for path in (tmp_path / "out").iterdir() if path.is_symlink()]
    assert sorted(path.resolve() for path in links) == sorted(before)
    assert {path: path.read_bytes() for path in source.iterdir()} == before


def test_columns_that_are_added_make_a_new_data_set(source: Path, tmp_path: Path) -> None:
    options: Any = {"target": "y", "id": "id", "extra": ("_new",), "out": tmp_path / "out"}
    big.resample(str(source), SMOTE(random_state=0), **options)
    assert not [path for path in (tmp_path / "out").iterdir() if path.is_symlink()]
    table = pq.read_table(tmp_path / "out")
    assert table.filter(table["_new"]).num_rows == table.num_rows - 1500


def test_what_exists_is_not_written_over(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(FileError, match="already exists. Choose another folder, or delete it"):
        big.resample(str(source), "smote", target="y", out=tmp_path / "out")
    with pytest.raises(FileError, match="There is no folder"):
        big.resample(str(source), "smote", target="y", out=tmp_path / "none" / "out")


WORKER = """
import sys, time, warnings
from poise import SMOTE, TomekLinks, big
from poise.big import memory as _room
from poise.big.storage import run as _run
_room._MAX_BATCH_ROWS = 50
_run._PIECES_PER_FILE = 2
sampler = {"smote": SMOTE(random_state=0), "tomek": TomekLinks()}[sys.argv[3]]
def slow(done):
    if done.stage == "writing":
        time.sleep(float(sys.argv[4]))
big.resample(sys.argv[1], sampler, target="y", id="id", out=sys.argv[2], progress=slow, resume=True)
"""


def start(source: Path, out: Path, method: str, pause: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WORKER, str(source), str(out), method, str(pause)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def finish(source: Path, out: Path, method: str) -> None:
    command = [sys.executable, "-c", WORKER, str(source), str(out), method, "0"]
    subprocess.run(command, check=True)


@pytest.mark.parametrize("method", ["smote", "tomek"])
def test_a_killed_run_leaves_no_result_and_is_gone_on_with(
    method: str, source: Path, tmp_path: Path
) -> None:
    out, aside = tmp_path / "out", tmp_path / ".out.unfinished"
    worker = start(source, out, method, 0.2)
    wanted = "made-00001.parquet" if method == "smote" else "part-00001.parquet"
    for _ in range(300):
        progress = aside / "_progress.json"
        if worker.poll() is not None or (progress.exists() and wanted in progress.read_text()):
            break
        time.sleep(0.05)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
    assert not out.exists()
    done = (aside / wanted).stat()
    sampler = SMOTE(random_state=0) if method == "smote" else TomekLinks()
    with pytest.raises(FileError, match="is unfinished. Pass resume=True"):
        big.resample(str(source), sampler, target="y", id="id", out=out)
    with pytest.raises(
        InputError,
        match=r"had another method \('TomekLinks', and now|had another method \('SMOTE', and now",
    ):
        big.resample(
            str(source), EditedNearestNeighbours(), target="y", id="id", out=out, resume=True
        )
    finish(source, out, method)
    assert not aside.exists()
    assert (out / wanted).stat().st_mtime_ns == done.st_mtime_ns  # it was not written again
    expected = in_memory(sampler, numbers(1500), "y", "id")
    assert digest(pq.read_table(out), "y") == digest(expected, "y")


def test_a_full_disk_is_told_and_gone_on_with(source: Path, tmp_path: Path) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))\n"
    out = tmp_path / "out"
    command = [sys.executable, "-c", limited + WORKER, str(source), str(out), "tomek", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "poise.core.errors.FileError" in done.stderr
    assert "cannot be written" in done.stderr
    assert "pass resume=True" in done.stderr
    assert not out.exists()
    finish(source, out, "tomek")
    expected = in_memory(TomekLinks(), numbers(1500), "y", "id")
    assert digest(pq.read_table(out), "y") == digest(expected, "y")


def test_a_run_is_not_gone_on_with_on_another_source(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    worker = start(source, out, "tomek", 5.0)
    while not list(tmp_path.glob(".out.unfinished/_writing*")):
        time.sleep(0.02)
        assert worker.poll() is None
    worker.kill()
    worker.wait()
    pq.write_table(numbers(1500, seed=9), source / "f00.parquet")
    with pytest.raises(InputError, match="had another input, so it cannot be resumed"):
        big.resample(str(source), TomekLinks(), target="y", id="id", out=out, resume=True)


def test_a_source_that_changes_between_passes_is_refused(source: Path, tmp_path: Path) -> None:
    def change(done: big.Progress) -> None:
        if done.stage == "loading rows into memory" and done.rows >= 1500:
            os.utime(source / "f01.parquet", ns=(1, 1))

    with pytest.raises(InputError, match=r"has changed since it was opened \(.*f01.parquet\)"):
        big.resample(
            str(source), TomekLinks(), target="y", id="id", out=tmp_path / "out", progress=change
        )
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_truncated_file_is_named(source: Path, tmp_path: Path) -> None:
    file = source / "f02.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(FileError, match=r"cannot be read as Parquet: .* Is it complete"):
        big.resample(str(source), "smote", target="y", out=tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_file_that_is_broken_inside_is_named(source: Path) -> None:
    file = source / "f03.parquet"
    content = bytearray(file.read_bytes())
    content[100:3000] = bytes(2900)
    file.write_bytes(content)
    with pytest.raises(FileError, match=r"f03.parquet' cannot be read as Parquet"):
        big.resample(str(source), "smote", target="y", id="id")


def test_files_whose_columns_differ_are_named(source: Path) -> None:
    table = numbers(10)
    pq.write_table(table.rename_columns({"x0": "z"}), source / "h.parquet")
    with pytest.raises(InputError, match=r"h.parquet' has other columns than .*'x0', 'z'"):
        big.resample(str(source), "smote", target="y")
    cast = table.set_column(1, "x0", table["x0"].cast(pa.float32()))
    pq.write_table(cast, source / "h.parquet")
    with pytest.raises(InputError, match=r"'x0' is float in .*h.parquet' and double in"):
        big.resample(str(source), "smote", target="y")


def test_a_class_may_be_in_one_file_alone(tmp_path: Path) -> None:
    table = numbers(1200).sort_by("y")
    source = files_of(table, tmp_path / "in", 6)
    for sampler in (SMOTE(random_state=0), TomekLinks(), EditedNearestNeighbours()):
        found = big.resample(str(source), sampler, target="y", id="id").reader().read_all()
        assert digest(found, "y") == digest(in_memory(sampler, table, "y", "id"), "y")


def test_a_partitioned_data_set_is_read_and_rewritten(tmp_path: Path) -> None:
    table = numbers(800)
    ds.write_dataset(
        table, tmp_path / "in", format="parquet", partitioning=["y"], partitioning_flavor="hive"
    )
    result = big.resample(
        str(tmp_path / "in"), SMOTE(random_state=0), target="y", id="id", out=tmp_path / "out"
    )
    assert not [path for path in (tmp_path / "out").iterdir() if path.is_symlink()]
    found = pq.read_table(tmp_path / "out")
    assert digest(found, "y") == digest(in_memory(SMOTE(random_state=0), table, "y", "id"), "y")
    assert result.counts_after[0] == result.counts_after[1]


def test_two_runs_into_one_folder_are_kept_apart(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    worker = start(source, out, "tomek", 5.0)
    while not list(tmp_path.glob(".out.unfinished/_writing*")):
        time.sleep(0.02)
        assert worker.poll() is None
    with pytest.raises(FileError, match="is being written by another process"):
        big.resample(str(source), TomekLinks(), target="y", id="id", out=out, resume=True)
    worker.kill()
    worker.wait()
    finish(source, out, "tomek")
    expected = in_memory(TomekLinks(), numbers(1500), "y", "id")
    assert digest(pq.read_table(out), "y") == digest(expected, "y")


def test_a_run_stopped_before_the_rename_is_gone_on_with(
    source: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    def stopped(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", stopped)
        with pytest.raises(KeyboardInterrupt):
            big.resample(str(source), TomekLinks(), target="y", id="id", out=out)
    big.resample(str(source), TomekLinks(), target="y", id="id", out=out, resume=True)
    assert not [
        p.name for p in out.iterdir() if p.name.startswith("_") and p.name != "_manifest.json"
    ]


@contextlib.contextmanager
def stopped_at_the_end(harm: Callable[[Path], None] = lambda _: None) -> Iterator[None]:
    """Interrupt a run just before it finishes, when something has happened to what it has done."""

    def stop(self: Folder, manifest: object) -> None:
        harm(self.aside)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folder, "finish", stop)
        with pytest.raises(KeyboardInterrupt):
            yield


def test_a_finished_file_that_was_cut_is_written_again(source: Path, tmp_path: Path) -> None:
    def harm(aside: Path) -> None:
        part = aside / "part-00001.parquet"
        part.write_bytes(part.read_bytes()[:-9])
        (aside / "_scan-000.arrow").write_bytes(b"broken")

    out = tmp_path / "out"
    with stopped_at_the_end(harm):
        big.resample(str(source), TomekLinks(), target="y", id="id", out=out)
    big.resample(str(source), TomekLinks(), target="y", id="id", out=out, resume=True)
    expected = in_memory(TomekLinks(), numbers(1500), "y", "id")
    assert digest(pq.read_table(out), "y") == digest(expected, "y")


def test_another_seed_is_named_and_a_relative_path_is_the_same(
    source: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with stopped_at_the_end():
        big.resample("in", SMOTE(random_state=0), target="y", id="id", out="out")
    with pytest.raises(InputError, match=r"had another random_state \(0, and now 1\)"):
        big.resample(source, SMOTE(random_state=1), target="y", id="id", out="out", resume=True)
    big.resample(source, SMOTE(random_state=0), target="y", id="id", out="out", resume=True)


def test_files_that_come_or_go_between_passes_are_seen(source: Path, tmp_path: Path) -> None:
    def change(done: big.Progress) -> None:
        if done.stage == "loading rows into memory" and done.rows >= 1500:
            pq.write_table(numbers(20), source / "z-new.parquet")

    with pytest.raises(InputError, match=r"has changed since it was opened \(.*z-new"):
        big.resample(
            str(source), TomekLinks(), target="y", id="id", out=tmp_path / "out", progress=change
        )


def test_a_link_that_leads_nowhere_is_told(source: Path, tmp_path: Path) -> None:
    result = big.resample(
        str(source), SMOTE(random_state=0), target="y", id="id", out=tmp_path / "out"
    )
    (source / "f03.parquet").unlink()
    with pytest.raises(FileError, match="is a broken link"):
        result.reader().read_all()


def test_a_result_does_not_go_into_its_source(source: Path) -> None:
    with pytest.raises(InputError, match="is inside the folder of the source"):
        big.resample(str(source), SMOTE(random_state=0), target="y", id="id", out=source / "out")


def test_a_result_in_a_folder_can_be_pickled(source: Path, tmp_path: Path) -> None:
    import pickle

    result = big.resample(str(source), TomekLinks(), target="y", id="id", out=tmp_path / "out")
    again = pickle.loads(pickle.dumps(result))
    assert digest(again.reader().read_all(), "y") == digest(pq.read_table(result.out), "y")


def test_where_links_are_not_allowed_rows_are_written(
    source: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    def refused(self: Path, target: Path) -> None:
        raise OSError("a required privilege is not held")

    monkeypatch.setattr(Path, "symlink_to", refused)
    result = big.resample(
        str(source), SMOTE(random_state=0), target="y", id="id", out=tmp_path / "out"
    )
    expected = in_memory(SMOTE(random_state=0), numbers(1500), "y", "id")
    assert digest(result.reader().read_all(), "y") == digest(expected, "y")


def test_streams_are_not_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a stream is not"):
        big.resample(numbers(300), "smote", target="y", out=tmp_path / "out", resume=True)


def test_empty_files_first_and_last_are_passed_over(tmp_path: Path) -> None:
    table = numbers(400)
    (tmp_path / "in").mkdir()
    for number in range(5):
        part = table if number == 1 else table.slice(0, 0)
        pq.write_table(part, tmp_path / "in" / f"{number}.parquet")
    found = big.resample(str(tmp_path / "in"), TomekLinks(), target="y", id="id")
    expected = in_memory(TomekLinks(), table, "y", "id")
    assert digest(found.reader().read_all(), "y") == digest(expected, "y")
