"""Results in folders: complete or absent, and resumed after whatever stopped them."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from big_tables import (
    assert_same_rows,
    in_memory,
    numbers,
)

from poise import (
    SMOTE,
    EditedNearestNeighbours,
    RandomUnderSampler,
    TomekLinks,
    big,
)
from poise.big import memory
from poise.big.engines import local
from poise.big.storage import run
from poise.big.storage.folder import Folder
from poise.core.errors import (
    DoesNotFitError,
    FileError,
    InputError,
)

SAMPLERS = [SMOTE(random_state=0), TomekLinks(), RandomUnderSampler(random_state=0)]


@pytest.mark.parametrize("sampler", SAMPLERS, ids=repr)
def test_a_folder_holds_the_rows_and_a_manifest(sampler: Any, source: Path, tmp_path: Path) -> None:
    result = big.resample(str(source), sampler, target="y", id="id", out=tmp_path / "out")
    table = pq.read_table(tmp_path / "out")
    opened = big.resample(str(source), sampler, target="y", id="id").reader().read_all()
    assert_same_rows(table, opened)
    assert_same_rows(result.reader().read_all(), opened)
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
    smote, out = SMOTE(random_state=0), tmp_path / "out"
    big.resample(str(source), smote, target="y", id="id", extra=(), out=out)
    links = [path for path in (tmp_path / "out").iterdir() if path.is_symlink()]
    assert sorted(path.resolve() for path in links) == sorted(before)
    assert {path: path.read_bytes() for path in source.iterdir()} == before


def test_columns_that_are_added_make_a_new_data_set(source: Path, tmp_path: Path) -> None:
    options: Any = {"target": "y", "id": "id", "extra": ("_new",), "out": tmp_path / "out"}
    big.resample(str(source), SMOTE(random_state=0), **options)
    assert not [path for path in (tmp_path / "out").iterdir() if path.is_symlink()]
    table = pq.read_table(tmp_path / "out")
    assert table.filter(table["_new"]).num_rows == table.num_rows - 1500


WORKER = """
import sys, time
from poise import SMOTE, TomekLinks, big
from poise.big import memory
from poise.big.storage import run
memory._MAX_BATCH_ROWS = 50
run._PIECES_PER_FILE = 2
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
    """Resume a run of the worker in this process."""
    sampler = SMOTE(random_state=0) if method == "smote" else TomekLinks()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "_MAX_BATCH_ROWS", 50)
        patch.setattr(run, "_PIECES_PER_FILE", 2)
        big.resample(str(source), sampler, target="y", id="id", out=out, resume=True)


@pytest.mark.parametrize("method", ["smote", "tomek"])
def test_a_killed_run_leaves_no_result_and_is_resumed(
    method: str, source: Path, tmp_path: Path
) -> None:
    out, aside = tmp_path / "out", tmp_path / ".out.unfinished"
    worker = start(source, out, method, 0.1)
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
    assert_same_rows(pq.read_table(out), expected)


def test_a_full_disk_raises_and_the_run_is_resumed(source: Path, tmp_path: Path) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))\n"
    out = tmp_path / "out"
    command = [sys.executable, "-c", limited + WORKER, str(source), str(out), "tomek", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "poise.core.errors.DiskError" in done.stderr
    assert "cannot be written" in done.stderr
    assert "pass resume=True" in done.stderr
    assert not out.exists()
    finish(source, out, "tomek")
    expected = in_memory(TomekLinks(), numbers(1500), "y", "id")
    assert_same_rows(pq.read_table(out), expected)


def test_a_run_cannot_be_resumed_on_another_source(source: Path, tmp_path: Path) -> None:
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
    assert_same_rows(pq.read_table(out), expected)


def test_a_run_stopped_before_the_rename_is_resumed(
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
    assert_same_rows(pq.read_table(out), expected)


def test_a_stored_scan_of_another_shape_is_run_again(source: Path, tmp_path: Path) -> None:
    def harm(aside: Path) -> None:
        others = [pa.table({"x": [1]}), pa.table({"label": ["0"], "rows": [1500]})]
        for table, path in zip(others, sorted(aside.glob("_scan-*")), strict=False):
            with pa.ipc.new_file(str(path), table.schema) as writer:
                writer.write_table(table)

    out = tmp_path / "out"
    with stopped_at_the_end(harm):
        big.resample(str(source), SMOTE(random_state=0), target="y", id="id", out=out)
    big.resample(str(source), SMOTE(random_state=0), target="y", id="id", out=out, resume=True)
    expected = in_memory(SMOTE(random_state=0), numbers(1500), "y", "id")
    assert_same_rows(pq.read_table(out), expected)


def test_a_record_that_counts_other_classes_is_written_again(source: Path, tmp_path: Path) -> None:
    def harm(aside: Path) -> None:
        record = aside / "_progress.json"
        stored = json.loads(record.read_text(encoding="utf-8"))
        next(iter(stored["done"].values()))["classes"].append(0)
        record.write_text(json.dumps(stored), encoding="utf-8")

    out = tmp_path / "out"
    with stopped_at_the_end(harm):
        big.resample(str(source), TomekLinks(), target="y", id="id", out=out)
    big.resample(str(source), TomekLinks(), target="y", id="id", out=out, resume=True)
    assert_same_rows(pq.read_table(out), in_memory(TomekLinks(), numbers(1500), "y", "id"))


def test_files_with_other_categories_are_resampled_into_a_folder(tmp_path: Path) -> None:
    parts = []
    for number in range(3):
        values = pa.array([f"{number}", "all"] * 40).dictionary_encode()
        parts.append(pa.table({"k": values, "x": range(80), "y": [0] * 60 + [1] * 20}))
    (tmp_path / "in").mkdir()
    for number, part in enumerate(parts):
        pq.write_table(part, tmp_path / "in" / f"{number}.parquet")
    for sampler in (SMOTE(random_state=0), TomekLinks()):
        out = tmp_path / type(sampler).__name__
        found = big.resample(tmp_path / "in", sampler, target="y", out=out)
        expected = in_memory(sampler, pa.concat_tables(parts).unify_dictionaries(), "y", None)
        assert_same_rows(found.reader().read_all(), expected)


def test_a_source_whose_name_is_too_long_for_a_link_is_written(tmp_path: Path) -> None:
    table = numbers(300)
    (tmp_path / "in").mkdir()
    for name in ("a", "x" * 242):
        pq.write_table(table.slice(150 * (name != "a"), 150), tmp_path / "in" / f"{name}.parquet")
    result = big.resample(
        tmp_path / "in", SMOTE(random_state=0), target="y", id="id", out=tmp_path / "out"
    )
    assert not [path for path in result.out.iterdir() if path.is_symlink()]
    assert_same_rows(result.reader().read_all(), in_memory(SMOTE(random_state=0), table, "y", "id"))


def test_a_resumed_run_needs_space_for_what_is_left(
    source: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    out = tmp_path / "out"
    options: Any = {"target": "y", "id": "id"}
    with stopped_at_the_end(lambda aside: (aside / "part-00001.parquet").unlink()):
        big.resample(source, RandomUnderSampler(random_state=0), out=out, rate=0.9, **options)
    again = partial(big.resample, source, RandomUnderSampler(random_state=0), rate=0.9, **options)
    monkeypatch.setattr(local, "free_bytes", lambda _: 0)
    with pytest.raises(DoesNotFitError, match="would write about .*0 bytes free. Free some space"):
        again(out=tmp_path / "other")
    with pytest.raises(DoesNotFitError, match="would write about"):
        again(out=out, resume=True)
    assert (tmp_path / ".out.unfinished" / "part-00000.parquet").exists()  # kept
    monkeypatch.setattr(local, "free_bytes", lambda _: 20_000)
    again(out=out, resume=True)


def test_another_seed_is_named_and_a_relative_path_is_the_same(
    source: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with stopped_at_the_end():
        big.resample("in", SMOTE(random_state=0), target="y", id="id", out="out")
    with pytest.raises(InputError, match=r"had another random_state \(0, and now 1\)"):
        big.resample(source, SMOTE(random_state=1), target="y", id="id", out="out", resume=True)
    big.resample(source, SMOTE(random_state=0), target="y", id="id", out="out", resume=True)


def test_rows_are_written_if_links_are_not_allowed(
    source: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    def refused(self: Path, target: Path) -> None:
        raise OSError("a required privilege is not held")

    monkeypatch.setattr(Path, "symlink_to", refused)
    result = big.resample(
        str(source), SMOTE(random_state=0), target="y", id="id", out=tmp_path / "out"
    )
    expected = in_memory(SMOTE(random_state=0), numbers(1500), "y", "id")
    assert_same_rows(result.reader().read_all(), expected)
