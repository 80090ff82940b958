"""Results in folders: complete or absent, and resumed after whatever stopped them."""

from __future__ import annotations

import contextlib
import json
import os
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
import pyarrow.dataset as ds
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from big_tables import (
    assert_same_rows,
    in_memory,
    numbers,
)
from pyarrow import fs

from poise import (
    ADASYN,
    SMOTE,
    EditedNearestNeighbours,
    RandomUnderSampler,
    SMOTETomek,
    TomekLinks,
    big,
)
from poise.big import memory
from poise.big.engines import local
from poise.big.engines.local import LocalEngine
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
    result = big.resample(str(source), sampler, target="y", id="id", extra=(), out=tmp_path / "out")
    table = pq.read_table(tmp_path / "out")
    opened = big.resample(str(source), sampler, target="y", id="id", extra=()).reader().read_all()
    assert_same_rows(table, opened)
    assert_same_rows(result.reader().read_all(), opened)
    stored = pq.read_metadata(tmp_path / "out" / "_manifest.parquet").metadata[b"poise"]
    manifest = json.loads(stored)
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


WORKER = """
import sys, time
from poise import *
from poise import big
from poise.big import memory
from poise.big.storage import run
memory._MAX_BATCH_ROWS = 50
run._PIECES_PER_FILE = 2
samplers = [SMOTE(random_state=0), TomekLinks(), SMOTETomek(random_state=0), EditedNearestNeighbours()]
samplers += [ADASYN(random_state=0), RandomUnderSampler(random_state=0)]
sampler = {type(s).__name__: s for s in samplers}[sys.argv[3]]
def slow(done):
    if done.stage == "writing":
        time.sleep(float(sys.argv[4]))
big.resample(sys.argv[1], sampler, target="y", id="id", extra=(), out=sys.argv[2], progress=slow, resume=True)
"""


def start(source: Path, out: Path, method: str, pause: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WORKER, str(source), str(out), method, str(pause)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def finish(source: Path, out: Path, sampler: Any) -> None:
    """Resume a run of the worker in this process."""
    with small_steps():
        big.resample(source, sampler, target="y", id="id", extra=(), out=out, resume=True)


@contextlib.contextmanager
def small_steps() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "_MAX_BATCH_ROWS", 50)
        patch.setattr(run, "_PIECES_PER_FILE", 2)
        yield


def killed(source: Path, out: Path, method: str, n_units: int) -> None:
    """Kill a worker when it has written some units."""
    worker, aside = start(source, out, method, 0.05), out.parent / f".{out.name}.unfinished"
    for _ in range(600):
        if worker.poll() is not None or len(list(aside.glob("_unit-*.json"))) >= n_units:
            break
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
    assert not out.exists()


@contextlib.contextmanager
def counted() -> Iterator[list[str]]:
    """Give a list of what is done from now on: the purposes of scans, and names of written files."""
    done: list[str] = []
    scan, write = LocalEngine.run, run.ResultWriter._write_file

    def counted_scan(self: Any, each: Any) -> Any:
        done.append(each.purpose)
        return scan(self, each)

    def counted_write(self: Any, *arguments: Any) -> Any:
        done.append("written")
        return write(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalEngine, "run", counted_scan)
        patch.setattr(run.ResultWriter, "_write_file", counted_write)
        yield done


SAMPLER_OF = {
    "SMOTE": SMOTE(random_state=0),
    "TomekLinks": TomekLinks(),
    "SMOTETomek": SMOTETomek(random_state=0),
    "EditedNearestNeighbours": EditedNearestNeighbours(),
    "ADASYN": ADASYN(random_state=0),
    "RandomUnderSampler": RandomUnderSampler(random_state=0),
}


@pytest.mark.parametrize("method", SAMPLER_OF)
def test_what_a_killed_process_has_done_is_not_done_again(
    method: str, source: Path, tmp_path: Path
) -> None:
    out, sampler = tmp_path / "out", SAMPLER_OF[method]
    wanted = 8 if method in ("SMOTE", "ADASYN") else 3  # six are links
    killed(source, out, method, wanted)
    aside = tmp_path / ".out.unfinished"
    n_units = len(list(aside.glob("_unit-*.json")))
    with counted() as done:
        finish(source, out, sampler)
    assert {*done} <= {"written"}  # no scan
    with counted() as all_done, small_steps():
        big.resample(source, sampler, target="y", id="id", extra=(), out=tmp_path / "other")
    assert len(done) < all_done.count("written")
    assert n_units >= wanted
    assert not aside.exists()
    opened = big.resample(source, sampler, target="y", id="id", extra=()).reader().read_all()
    assert_same_rows(pq.read_table(out), opened)
    assert big.check(out).is_whole


def test_a_touched_file_costs_nothing_and_a_new_partition_only_what_depends_on_it(
    source: Path, tmp_path: Path
) -> None:
    under = partial(
        big.resample,
        source,
        RandomUnderSampler(random_state=0),
        target="y",
        id="id",
        rate=0.5,
        out=tmp_path / "out",
    )
    with stopped_at_the_end():
        under()
    os.utime(source / "f02.parquet", ns=(1, 1))
    with counted() as done, stopped_at_the_end():
        under(resume=True)
    assert done == []
    late = numbers(200, seed=5)
    late = late.set_column(0, "id", pa.array(range(10**6, 10**6 + 200)))
    pq.write_table(late, source / "f02b.parquet")  # in the middle, so all numbers of parts move
    with counted() as done:
        result = under(resume=True)
    assert done == ["counting classes", "checking that ids differ", "written"]
    expected = pa.concat_tables([numbers(1500), late])
    again = big.resample(
        expected, RandomUnderSampler(random_state=0), target="y", id="id", extra=(), rate=0.5
    )
    assert_same_rows(result.reader().read_all(), again.reader().read_all())


@pytest.mark.parametrize("sampler", SAMPLER_OF.values(), ids=list(SAMPLER_OF))
def test_a_source_that_has_changed_gives_its_own_rows(
    sampler: Any, source: Path, tmp_path: Path
) -> None:
    options: Any = {"target": "y", "id": "id"}
    with stopped_at_the_end():
        big.resample(source, sampler, out=tmp_path / "out", **options)
    late = numbers(200, seed=5)
    late = late.set_column(0, "id", pa.array(range(10**6, 10**6 + 200)))
    pq.write_table(late, source / "f02b.parquet")
    (source / "f03.parquet").unlink()
    rows = pq.read_table(source / "f01.parquet")
    pq.write_table(rows.slice(1), source / "f01.parquet")
    result = big.resample(source, sampler, out=tmp_path / "out", resume=True, **options)
    fresh = big.resample(source, sampler, **options)
    assert_same_rows(result.reader().read_all(), fresh.reader().read_all())
    assert result.counts_after == fresh.counts_after
    assert result.check().is_whole


def test_without_ids_a_new_partition_moves_the_numbers_of_the_rows_after_it(
    source: Path, tmp_path: Path
) -> None:
    without_ids = partial(
        big.resample, source, RandomUnderSampler(random_state=0), target="y", drop=("id",), rate=0.5
    )
    with stopped_at_the_end():
        without_ids(out=tmp_path / "out")
    pq.write_table(numbers(200, seed=5), source / "f02b.parquet")
    with counted() as done:
        result = without_ids(out=tmp_path / "out", resume=True)
    assert done.count("written") == 4  # the new file, and the three after it
    assert_same_rows(result.reader().read_all(), without_ids().reader().read_all())


def test_an_upgrade_does_all_again_without_an_error(
    source: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    options: Any = {"target": "y", "id": "id", "out": tmp_path / "out"}
    with stopped_at_the_end():
        big.resample(source, TomekLinks(), **options)
    monkeypatch.setattr(run, "version", lambda _: "99.0")
    with counted() as done:
        result = big.resample(source, TomekLinks(), resume=True, **options)
    assert "checking mutual neighbours" in done
    assert done.count("written") == 5
    assert_same_rows(result.reader().read_all(), in_memory(TomekLinks(), numbers(1500), "y", "id"))


def test_another_memory_limit_uses_the_scans_again(source: Path, tmp_path: Path) -> None:
    options: Any = {"target": "y", "id": "id", "out": tmp_path / "out"}
    with stopped_at_the_end():
        big.resample(source, EditedNearestNeighbours(), memory="450MB", **options)
    with counted() as done:
        big.resample(source, EditedNearestNeighbours(), memory="3GB", resume=True, **options)
    assert done == []


def test_a_complete_result_is_kept_or_replaced(source: Path, tmp_path: Path) -> None:
    options: Any = {"target": "y", "id": "id", "out": tmp_path / "out"}
    first = big.resample(source, SMOTE(random_state=0), **options)
    before = {path: path.stat().st_mtime_ns for path in first.out.iterdir()}
    (tmp_path / ".out.unfinished").mkdir()  # a killed run has left it
    with counted() as done:
        again = big.resample(source, SMOTE(random_state=0), if_exists="skip", **options)
    assert done == []
    assert (again.was_there, first.was_there) == (True, False)
    assert again.manifest == json.loads(json.dumps(first.manifest, default=str))
    assert (again.counts_before, again.counts_after) == (first.counts_before, first.counts_after)
    assert_same_rows(again.reader().read_all(), first.reader().read_all())
    assert {path: path.stat().st_mtime_ns for path in first.out.iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]
    with pytest.raises(
        FileError, match=r"made with another random_state \(0, and now 1\). .*'repla"
    ):
        big.resample(source, SMOTE(random_state=1), if_exists="skip", **options)
    replaced = big.resample(source, SMOTE(random_state=1), if_exists="replace", **options)
    assert replaced.manifest["seed"] == 1
    assert replaced.check().is_whole


def test_a_result_without_a_given_seed_is_kept(source: Path, tmp_path: Path) -> None:
    options: Any = {"target": "y", "id": "id", "out": tmp_path / "out", "if_exists": "skip"}
    first = big.resample(source, SMOTE(), **options)
    again = big.resample(source, SMOTE(), **options)
    assert again.was_there
    assert again.manifest["seed"] == first.manifest["seed"]


def test_a_result_of_other_content_or_with_damage_is_not_kept(source: Path, tmp_path: Path) -> None:
    def skip(folder: Path = source, if_exists: str = "skip") -> Any:
        options: Any = {"target": "y", "id": "id", "out": tmp_path / "out"}
        return big.resample(folder, TomekLinks(), if_exists=if_exists, **options)

    result = skip()
    os.utime(source / "f01.parquet", ns=(1, 1))
    assert skip().was_there
    rows = pq.read_table(source / "f01.parquet").sort_by("x0")
    pq.write_table(rows, source / "f01.parquet")
    with pytest.raises(
        FileError, match=r"another content of the source \('.*f01.parquet' differs\)"
    ):
        skip()
    skip(if_exists="replace")
    assert skip().was_there
    source.rename(tmp_path / "moved")
    assert skip(tmp_path / "moved").was_there
    (tmp_path / "moved" / "f04.parquet").unlink()
    with pytest.raises(FileError, match=r"another content .*/in/f04.parquet' differs"):
        skip(tmp_path / "moved")
    (tmp_path / "moved").rename(source)
    (result.out / "part-00002.parquet").unlink()
    with pytest.raises(
        FileError, match="is not as it was written: 'part-00002.parquet' is missing"
    ):
        skip()


@pytest.mark.parametrize("labels", [[True, False], [1, 2], [3.0, 1.0], ["a", "b"]], ids=str)
def test_classes_of_a_result_that_is_kept_have_their_values(
    labels: list[Any], tmp_path: Path
) -> None:
    table = pa.table({"x": range(40), "y": [labels[i % 10 == 0] for i in range(40)]})
    pq.write_table(table, tmp_path / "t.parquet")
    first, again = (
        big.resample(
            tmp_path / "t.parquet",
            RandomUnderSampler(random_state=0),
            target="y",
            rate=0.5,
            out=tmp_path / "out",
            if_exists="skip",
        )
        for _ in range(2)
    )
    assert again.was_there
    assert (again.counts_after, again.rates) == (first.counts_after, first.rates)


def test_streams_are_neither_resumed_nor_kept(tmp_path: Path) -> None:
    options: Any = {"target": "y", "id": "id", "out": tmp_path / "out"}
    with pytest.raises(InputError, match="resume=True needs a source .* Pass restart=True"):
        big.resample(numbers(300), TomekLinks(), resume=True, **options)
    with pytest.raises(InputError, match="if_exists='skip' needs a source .*='replace'"):
        big.resample(numbers(300), TomekLinks(), if_exists="skip", **options)
    with stopped_at_the_end():
        big.resample(numbers(300), TomekLinks(), **options)
    big.resample(numbers(300), TomekLinks(), restart=True, **options)
    again = big.resample(numbers(300), TomekLinks(), if_exists="replace", **options)
    assert again.check().is_whole


def test_files_that_are_not_local_are_known_by_size_and_time(source: Path, tmp_path: Path) -> None:
    def skip() -> Any:
        elsewhere = fs.SubTreeFileSystem(str(source), fs.LocalFileSystem())
        dataset = ds.dataset("/", format="parquet", filesystem=elsewhere)
        options: Any = {"target": "y", "id": "id", "out": tmp_path / "out", "if_exists": "skip"}
        return big.resample(dataset, SMOTE(random_state=0), **options)

    first = skip()
    assert {entry["how"] for entry in first.manifest["files"].values()} == {"written"}
    assert skip().was_there
    os.utime(source / "f01.parquet", ns=(1, 1))
    with pytest.raises(FileError, match="another content of the source"):
        skip()


def test_arguments_about_earlier_runs_need_a_folder_and_agree(source: Path, tmp_path: Path) -> None:
    run_with = partial(big.resample, source, TomekLinks(), target="y", id="id", extra=())
    for options in (
        {"resume": True},
        {"restart": True},
        {"if_exists": "skip"},
        {"links": "copy"},
    ):
        name = next(iter(options))
        with pytest.raises(
            InputError, match=f"{name}= is for results that are written to a folder"
        ):
            run_with(**options)
    with pytest.raises(InputError, match="resume=True continues .* restart=True deletes it"):
        run_with(out=tmp_path / "out", resume=True, restart=True)
    with pytest.raises(InputError, match="if_exists='keep' is not known"):
        run_with(out=tmp_path / "out", if_exists="keep")


def test_a_result_is_not_replaced_by_what_is_made_of_it(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    big.resample(source, TomekLinks(), target="y", id="id", extra=(), out=out)
    for again in (out, out / "part-*.parquet"):
        with pytest.raises(InputError, match="holds a file of the source, .* would be deleted"):
            big.resample(
                again, TomekLinks(), target="y", id="id", extra=(), out=out, if_exists="replace"
            )


def test_a_killed_run_is_continued_or_deleted_as_asked_for(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    killed(source, out, "TomekLinks", 2)
    options: Any = {"target": "y", "id": "id", "out": out}
    with pytest.raises(FileError, match="is unfinished. Pass resume=True"):
        big.resample(source, TomekLinks(), **options)
    with pytest.raises(
        InputError, match=r"had another method \('TomekLinks', and now 'EditedNearestNeighbours'\)"
    ):
        big.resample(source, EditedNearestNeighbours(), resume=True, **options)
    big.resample(source, EditedNearestNeighbours(), restart=True, **options)
    expected = in_memory(EditedNearestNeighbours(), numbers(1500), "y", "id")
    assert_same_rows(pq.read_table(out), expected)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]


def test_a_full_disk_raises_and_the_run_is_resumed(source: Path, tmp_path: Path) -> None:
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))\n"
    out = tmp_path / "out"
    command = [sys.executable, "-c", limited + WORKER, str(source), str(out), "TomekLinks", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "poise.core.errors.DiskError" in done.stderr
    assert "cannot be written" in done.stderr
    assert "pass resume=True" in done.stderr
    assert not out.exists()
    finish(source, out, TomekLinks())
    expected = in_memory(TomekLinks(), numbers(1500), "y", "id")
    assert_same_rows(pq.read_table(out), expected)


def test_two_runs_into_one_folder_are_kept_apart(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    worker = start(source, out, "TomekLinks", 5.0)
    while not list(tmp_path.glob(".out.unfinished/_writing*")):
        time.sleep(0.02)
        assert worker.poll() is None
    with pytest.raises(FileError, match="is being written by another process"):
        big.resample(str(source), TomekLinks(), target="y", id="id", extra=(), out=out, resume=True)
    worker.kill()
    worker.wait()
    finish(source, out, TomekLinks())
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
            big.resample(str(source), TomekLinks(), target="y", id="id", extra=(), out=out)
    big.resample(str(source), TomekLinks(), target="y", id="id", extra=(), out=out, resume=True)
    assert [p.name for p in out.iterdir() if p.name.startswith("_")] == ["_manifest.parquet"]
    assert not (tmp_path / ".out.unfinished").exists()
    assert_same_rows(pq.read_table(out), in_memory(TomekLinks(), numbers(1500), "y", "id"))


@contextlib.contextmanager
def stopped_at_the_end(harm: Callable[[Path], None] = lambda _: None) -> Iterator[None]:
    """Interrupt a run just before it finishes, when something has happened to what it has done."""

    def stop(self: Folder, *_: object) -> None:
        harm(self.aside)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folder, "finish", stop)
        with pytest.raises(KeyboardInterrupt):
            yield


def test_a_finished_file_that_was_cut_is_written_again(source: Path, tmp_path: Path) -> None:
    def harm(aside: Path) -> None:
        part = sorted(aside.glob("[!_]*.parquet"))[1]
        part.write_bytes(part.read_bytes()[:-9])
        for scan in sorted(aside.glob("_scan-*"))[:2]:
            scan.write_bytes(b"broken")

    out = tmp_path / "out"
    with stopped_at_the_end(harm):
        big.resample(str(source), TomekLinks(), target="y", id="id", extra=(), out=out)
    big.resample(str(source), TomekLinks(), target="y", id="id", extra=(), out=out, resume=True)
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
        big.resample(str(source), SMOTE(random_state=0), target="y", id="id", extra=(), out=out)
    big.resample(
        str(source), SMOTE(random_state=0), target="y", id="id", extra=(), out=out, resume=True
    )
    expected = in_memory(SMOTE(random_state=0), numbers(1500), "y", "id")
    assert_same_rows(pq.read_table(out), expected)


def test_a_record_that_counts_other_classes_is_written_again(source: Path, tmp_path: Path) -> None:
    def harm(aside: Path) -> None:
        record = next(aside.glob("_unit-*.json"))
        stored = json.loads(record.read_text(encoding="utf-8"))
        stored["files"][0]["classes"].append(0)
        record.write_text(json.dumps(stored), encoding="utf-8")

    out = tmp_path / "out"
    with stopped_at_the_end(harm):
        big.resample(str(source), TomekLinks(), target="y", id="id", extra=(), out=out)
    with counted() as done:
        big.resample(str(source), TomekLinks(), target="y", id="id", extra=(), out=out, resume=True)
    assert len(done) <= 1
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


def test_a_resumed_run_needs_space_for_what_is_left(
    source: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    out = tmp_path / "out"
    options: Any = {"target": "y", "id": "id"}
    with stopped_at_the_end(lambda aside: max(aside.glob("[!_]*.parquet")).unlink()):
        big.resample(source, RandomUnderSampler(random_state=0), out=out, rate=0.9, **options)
    again = partial(big.resample, source, RandomUnderSampler(random_state=0), rate=0.9, **options)
    monkeypatch.setattr(local, "free_bytes", lambda _: 0)
    with pytest.raises(DoesNotFitError, match="would write about .*0 bytes free. Free some space"):
        again(out=tmp_path / "other")
    with pytest.raises(DoesNotFitError, match="would write about"):
        again(out=out, resume=True)
    assert list((tmp_path / ".out.unfinished").glob("_unit-*.json"))  # kept
    monkeypatch.setattr(local, "free_bytes", lambda _: 20_000)
    again(out=out, resume=True)


def test_another_seed_is_named_and_a_relative_path_is_the_same(
    source: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    with stopped_at_the_end():
        big.resample("in", SMOTE(random_state=0), target="y", id="id", extra=(), out="out")
    with pytest.raises(InputError, match=r"had another random_state \(0, and now 1\)"):
        big.resample(
            source, SMOTE(random_state=1), target="y", id="id", extra=(), out="out", resume=True
        )
    big.resample(
        source, SMOTE(random_state=0), target="y", id="id", extra=(), out="out", resume=True
    )
