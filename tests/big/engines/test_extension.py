"""Results to which a later run adds what the source has more."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from big_tables import (
    assert_same_rows,
    files_of,
    in_memory,
    mixed,
    numbers,
    rows_of,
    streamed_samplers,
)
from sklearn.base import clone

from poise import (
    SMOTE,
    SMOTEENN,
    EditedNearestNeighbours,
    RandomUnderSampler,
    SMOTETomek,
    TomekLinks,
    big,
)
from poise.big.engines import local
from poise.big.engines.local import LocalEngine
from poise.big.storage.files import Files
from poise.big.storage.folder import Folder
from poise.big.storage.manifest import MANIFEST, write_manifest
from poise.core.errors import DoesNotFitError, FileError, InputError, LockedError
from poise.core.sampling.resampler import OverSampler

OVER = [each for each in streamed_samplers().values() if isinstance(each, OverSampler)]


def day(number: int, n: int = 300, labels: tuple[Any, Any] = (0, 1)) -> pa.Table:
    """Return the rows of a day; ids of different days differ."""
    table = numbers(n, seed=number)
    label = pa.array([labels[y] for y in table["y"].to_pylist()])
    ids = pa.array(np.random.RandomState(number).permutation(n) + n * number)
    return table.set_column(0, "id", ids).set_column(table.num_columns - 1, "y", label)


def add_day(folder: Path, number: int, table: pa.Table | None = None) -> Path:
    """Write the rows of a day to a folder of its name."""
    place = folder / f"day={number}"
    place.mkdir(parents=True)
    pq.write_table(day(number) if table is None else table, place / "rows.parquet")
    return folder


@pytest.fixture
def days(tmp_path: Path) -> Path:
    """Return a folder of two days."""
    return add_day(add_day(tmp_path / "days", 2), 6)


def extended(
    source: Any, out: Path, sampler: Any = None, if_exists: str = "extend", **options: Any
) -> Any:
    sampler = sampler or SMOTE(random_state=0)
    options = {"target": "y", "id": "id"} | options
    return big.resample(source, sampler, out=out, if_exists=if_exists, **options)


@contextmanager
def parts_read() -> Iterator[set[str]]:
    """Collect the names of the parts from which rows are read."""
    read: set[str] = set()
    original = Files.batches

    def noted(self: Files, part: int, *args: Any) -> Any:
        read.add(Path(self.parts[part].name).parent.name)
        return original(self, part, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Files, "batches", noted)
        yield read


def inodes(out: Path) -> set[int]:
    return {path.stat().st_ino for path in out.rglob("[!_]*.parquet")}


@pytest.mark.parametrize("rate", [0.2, {0: 0.1, 1: 0.7}], ids=str)
def test_runs_by_a_rate_over_each_day_are_one_run_over_all(rate: Any, tmp_path: Path) -> None:
    tables = [day(number) for number in range(4)]
    pq.write_table(pa.concat_tables(tables), tmp_path / "all.parquet")
    options: Any = {"target": "y", "id": "id", "rate": rate}
    sampler = RandomUnderSampler(random_state=3)
    each = [big.resample(table, sampler, **options).reader().read_all() for table in tables]
    at_once = big.resample(tmp_path / "all.parquet", sampler, **options).reader().read_all()
    assert_same_rows(pa.concat_tables(each), at_once)
    assert sorted(pa.concat_tables(each)["id"].to_pylist()) == sorted(at_once["id"].to_pylist())


def test_a_rate_reads_only_what_was_added_and_gives_the_rows_of_one_run(
    days: Path, tmp_path: Path
) -> None:
    options: Any = {"sampler": RandomUnderSampler(random_state=0), "rate": 0.3}
    result = extended(days, tmp_path / "out", **options)
    for number in (7, 4, 1):  # after the days that are there, between them, and before
        add_day(days, number)
        kept = inodes(result.out)
        with parts_read() as read:
            result = extended(days, tmp_path / "out", **options)
        assert read == {f"day={number}"}
        assert kept < inodes(result.out)
        at_once = extended(days, tmp_path / "all", if_exists="replace", **options)
        rows, expected = (each.reader().read_all() for each in (result, at_once))
        assert_same_rows(rows, expected)
        assert rows["id"].to_pylist() == expected["id"].to_pylist()
        assert result.counts_before == at_once.counts_before
        assert result.counts_after == at_once.counts_after
        assert result.manifest["files"] == at_once.manifest["files"]
        assert result.manifest["exact"] is True
        assert result.check().is_whole
        assert extended(days, tmp_path / "out", if_exists="skip", **options).was_there
    parts = [each["parts"] for each in result.manifest["extended"]]
    assert [[Path(p).parent.name for p in each] for each in parts] == [
        ["day=7"],
        ["day=4"],
        ["day=1"],
    ]


def test_rows_without_ids_keep_their_positions_or_are_refused(days: Path, tmp_path: Path) -> None:
    options: Any = {"sampler": RandomUnderSampler(random_state=0), "rate": 0.3, "id": None}
    options["carry_columns"] = ["id"]
    extended(days, tmp_path / "out", **options)
    result = extended(add_day(days, 8), tmp_path / "out", **options)
    at_once = extended(days, tmp_path / "all", **options)
    assert result.manifest["files"] == at_once.manifest["files"]
    add_day(days, 3)
    with pytest.raises(FileError, match=r"day=3/rows.parquet' comes before files .*'replace'"):
        extended(days, tmp_path / "out", **options)
    options = {"id": None, "extra": ("_seed",)}
    extended(days, tmp_path / "seeds", **options)
    with pytest.raises(FileError, match="comes before files that the result has already"):
        extended(add_day(days, 1), tmp_path / "seeds", **options)
    assert not (tmp_path / ".seeds.unfinished").exists()
    extended(days, tmp_path / "smote", id=None)
    assert extended(add_day(days, 0), tmp_path / "smote", id=None).check().is_whole


@pytest.mark.parametrize("sampler", OVER, ids=repr)
def test_new_rows_are_made_only_for_what_is_missing(sampler: Any, tmp_path: Path) -> None:
    table, out = mixed(1500), tmp_path / "out"
    source = files_of(table.slice(0, 900), tmp_path / "in", 3)
    options: Any = {"target": "y", "id": "key", "if_exists": "extend"}
    first = big.resample(source, sampler, out=out, **options)
    old, kept = first.reader().read_all(), inodes(out)
    pq.write_table(table.slice(900), source / "f01-later.parquet")
    second = big.resample(source, sampler, out=out, **options)
    rows = second.reader().read_all()
    assert kept < inodes(out)
    added = Counter(rows_of(rows)) - Counter(rows_of(old))
    assert added.total() == rows.num_rows - old.num_rows
    made = rows.filter(pc.is_null(rows["key"]))
    assert second.counts_after == dict.fromkeys(["common", "rare"], second.counts_before["common"])
    assert second.manifest["new_rows"] == made.num_rows
    fact = second.manifest["extended"][0]
    assert fact["new_rows"] == {"common": 0, "rare": made.num_rows - first.manifest["new_rows"]}
    assert second.manifest["exact"] is False
    # They are those that the sampler makes in memory from all rows, with the seed of the manifest.
    n_wanted = second.counts_before["rare"] + fact["new_rows"]["rare"]
    as_one = clone(sampler).set_params(
        sampling_strategy={"rare": n_wanted}, random_state=fact["seed"]
    )
    expected = in_memory(as_one, table, "y", "key")
    made_now = Counter(rows_of(rows)) - Counter(rows_of(old)) - Counter(rows_of(table.slice(900)))
    of_memory = expected.filter(pc.is_null(expected["key"])).select(rows.column_names[:-1])
    assert made_now == Counter(rows_of(of_memory))


def test_an_extension_is_the_same_twice_and_differs_from_one_run(
    days: Path, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        extended(days, tmp_path / name)
    add_day(days, 4)
    first, second = (extended(days, tmp_path / name) for name in ("a", "b"))
    assert first.manifest["files"].keys() == second.manifest["files"].keys()
    digests = [[f["sha256"] for f in each.manifest["files"].values()] for each in (first, second)]
    assert digests[0] == digests[1]
    at_once = extended(days, tmp_path / "all")
    assert at_once.counts_after == first.counts_after
    assert Counter(rows_of(at_once.reader().read_all())) != Counter(
        rows_of(first.reader().read_all())
    )


def test_a_result_is_extended_day_after_day(days: Path, tmp_path: Path) -> None:
    out, options = tmp_path / "out", {"carry_columns": {"id": "negative"}}
    extended(days, out, **options)
    for number in (7, 4):
        rows = extended(add_day(days, number), out, **options).reader().read_all()
        ids = rows["id"].to_pylist()
        assert len(set(ids)) == len(ids)
        new = sorted(i for i in ids if i < 0)
        assert new == list(range(-len(new), 0))
        assert pc.sum(pc.and_(rows["_new"], pc.less(rows["id"], 0))).as_py() == len(new)
    names = {path.relative_to(out).parent.name for path in out.rglob("made-*")}
    assert names == {"day=2", "day=6", "day=7", "day=4"}
    table = pq.read_table(out)
    assert table.num_rows == rows.num_rows
    assert big.check(out).is_whole
    (tmp_path / ".out.unfinished").mkdir()  # a killed run has left it
    again = extended(days, out, **options)
    assert again.was_there
    assert sorted(p.name for p in tmp_path.iterdir()) == ["days", "out"]
    assert len({0, *(each["seed"] for each in again.manifest["extended"])}) == 3
    assert [each["new_rows"]["0"] for each in again.manifest["extended"]] == [0, 0]
    assert extended(days, out, if_exists="skip", **options).was_there
    one = extended(days, out, if_exists="replace", **options)
    assert (one.manifest["extended"], one.manifest["exact"]) == ([], True)


def test_numbers_of_new_rows_go_on_and_are_never_those_of_a_row(days: Path, tmp_path: Path) -> None:
    text = {"carry_columns": {"name": 5}}
    for path in sorted(days.rglob("*.parquet")):
        table = pq.read_table(path, partitioning=None)
        pq.write_table(table.append_column("name", pa.array(["x"] * table.num_rows)), path)
    extended(days, tmp_path / "text", **text)
    later = day(7).append_column("name", pa.array(["x"] * 300))
    rows = extended(add_day(days, 7, later), tmp_path / "text", **text).reader().read_all()
    names = sorted(int(name[4:]) for name in rows["name"].to_pylist() if name.startswith("new-"))
    assert names == list(range(5, 5 + len(names)))
    negative = {"carry_columns": {"id": "negative"}}
    extended(days, tmp_path / "negative", **negative)
    below = later.slice(0, 3).set_column(0, "id", pa.array([-3, -2, -1]))
    add_day(days, 8, below)
    with pytest.raises(
        InputError, match="numbers from -1 on in column 'id', and rows .* if_exists='replace'"
    ):
        extended(days, tmp_path / "negative", **negative)
    assert not (tmp_path / ".negative.unfinished").exists()


def test_rows_that_classes_do_not_need_any_more_stay(days: Path, tmp_path: Path) -> None:
    first = extended(days, tmp_path / "out")
    rare = day(7).filter(pc.equal(day(7)["y"], 1))
    many = pa.concat_tables([rare] * 60)
    many = many.set_column(0, "id", pa.array(np.arange(many.num_rows) + 10_000))
    second = extended(add_day(days, 7, many), tmp_path / "out")
    n_made = first.manifest["new_rows"]
    more = second.counts_before[1] - second.counts_before[0]
    assert more > 0
    assert second.counts_after == {
        0: second.counts_before[1],
        1: second.counts_before[1] + n_made,
    }
    assert second.manifest["extended"][0]["not_needed"] == {"1": n_made}
    assert second.manifest["extended"][0]["new_rows"] == {"0": more, "1": 0}


@pytest.mark.parametrize("rate", [None, 0.3])
def test_a_day_without_rows_adds_none(rate: float | None, days: Path, tmp_path: Path) -> None:
    sampler = SMOTE(random_state=0) if rate is None else RandomUnderSampler(random_state=0)
    options: Any = {"sampler": sampler, "rate": rate}
    first = extended(days, tmp_path / "out", **options)
    second = extended(add_day(days, 4, day(4).slice(0, 0)), tmp_path / "out", **options)
    assert second.counts_after == first.counts_after
    assert second.manifest["extended"][0]["rows"] == 0
    assert sum(second.manifest["extended"][0]["new_rows"].values()) == 0
    assert_same_rows(second.reader().read_all(), first.reader().read_all())
    assert second.check().is_whole


@pytest.mark.parametrize("labels", [("no", "yes"), (False, True), (2.0, 1.0)], ids=str)
def test_a_class_may_come_later(labels: tuple[Any, Any], tmp_path: Path) -> None:
    source = add_day(tmp_path / "days", 1, day(1, labels=labels))
    options: Any = {"sampler": RandomUnderSampler(random_state=0), "rate": {labels[0]: 0.4}}
    for name, each in (("rate", options), ("smote", {})):
        extended(source, tmp_path / name, **each)
    if isinstance(labels[0], bool):
        add_day(source, 0, day(0, labels=labels))
    else:
        third = "a" if isinstance(labels[0], str) else 0.0
        add_day(source, 0, day(0, labels=(labels[0], third)))
    for name, each in (("rate", options), ("smote", {})):
        result = extended(source, tmp_path / name, **each)
        at_once = extended(source, tmp_path / "all", if_exists="replace", **each)
        assert result.counts_before == at_once.counts_before
        assert result.counts_after == at_once.counts_after
        found = Counter(result.reader().read_all()["y"].to_pylist())
        assert found == Counter(result.counts_after)


@pytest.mark.parametrize("links", ["hard", "copy", "symbolic"])
def test_links_and_copies_stay_what_they_are(links: str, days: Path, tmp_path: Path) -> None:
    options: Any = {"id": None, "carry_columns": ["id"], "links": links}
    first = extended(days, tmp_path / "out", **options)
    second = extended(add_day(days, 4), tmp_path / "out", **options)
    how = {"hard": "hard link", "copy": "copy", "symbolic": "symbolic link"}[links]
    kinds = Counter(entry["how"] for entry in second.manifest["files"].values())
    n_made = len(list(second.out.rglob("made-*")))
    assert kinds == {how: 3, "written": n_made}
    assert n_made > len(list(first.manifest["files"])) - 2
    assert second.check().is_whole
    assert len([p for p in second.out.rglob("*") if p.is_symlink()]) == 3 * (links == "symbolic")


@pytest.mark.parametrize(("links", "how"), [("hard", "copy"), ("symbolic", "symbolic link")])
def test_files_are_copied_where_there_are_no_hard_links(
    links: str, how: str, days: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    def no_link(*_: Any, **__: Any) -> None:
        raise OSError("no hard links here")

    options: Any = {"id": None, "carry_columns": ["id"], "links": links}
    extended(days, tmp_path / "out", **options)
    monkeypatch.setattr(os, "link", no_link)
    result = extended(add_day(days, 4), tmp_path / "out", **options)
    assert result.check().is_whole
    assert result.counts_after[0] == result.counts_after[1]
    entries = result.manifest["files"].values()
    assert Counter(e["how"] for e in entries if "source" in e) == {how: 3}
    n_links = sum(path.is_symlink() for path in result.out.rglob("*"))
    assert n_links == 3 * (links == "symbolic")
    assert all(("time" in e) == (how != "copy") for e in entries if "source" in e)


def test_only_what_is_added_needs_space_on_the_disk(
    days: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    options: Any = {"sampler": RandomUnderSampler(random_state=0), "rate": 0.3}
    extended(days, tmp_path / "out", **options)
    add_day(days, 4)
    sampler, rate = options.values()
    needs = big.explain(days, sampler, target="y", id="id", rate=rate)
    monkeypatch.setattr(local, "free_bytes", lambda _: needs.disk_bytes - 1)
    with pytest.raises(DoesNotFitError, match="free"):
        extended(days, tmp_path / "out", if_exists="replace", **options)
    assert len(extended(days, tmp_path / "out", **options).manifest["extended"]) == 1


def test_parts_that_have_changed_or_are_missing_are_named(days: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    extended(days, out)
    path = add_day(days, 4) / "day=2" / "rows.parquet"
    rows = pq.read_table(path, partitioning=None)
    os.utime(path, ns=(1, 1))
    path.unlink()
    with pytest.raises(FileError, match=r"day=2/rows.parquet' is missing, .*'replace'"):
        extended(days, out)
    pq.write_table(rows.slice(1), path)
    with pytest.raises(FileError, match=r"day=2/rows.parquet' has changed, .*'replace'"):
        extended(days, out)
    path.unlink()
    pq.write_table(rows, path)
    days.rename(tmp_path / "moved")
    assert extended(tmp_path / "moved", out).check().is_whole
    assert sorted(p.name for p in tmp_path.iterdir()) == ["moved", "out"]


def test_a_result_of_other_settings_or_columns_or_with_damage_is_not_extended(
    days: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = extended(days, out)
    add_day(days, 4)
    with pytest.raises(FileError, match=r"another random_state \(0, and now 1\).*'replace'"):
        extended(days, out, SMOTE(random_state=1))
    wider = add_day(days, 5, day(5).append_column("more", pa.array([0.5] * 300)))
    with (
        pytest.warns(Warning, match="'more' is missing"),
        pytest.raises(FileError, match=r"another type of column more \(None, and now 'double'\)"),
    ):
        extended(wider, out)
    (days / "day=5" / "rows.parquet").unlink()
    next(result.out.rglob("made-*")).unlink()
    with pytest.raises(FileError, match="is not as it was written: .* is missing"):
        extended(days, out)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["days", "out"]


def test_the_rate_of_a_class_must_stay(days: Path, tmp_path: Path) -> None:
    options: Any = {"sampler": RandomUnderSampler(random_state=0), "rate": 0.3}
    extended(days, tmp_path / "out", **options)
    rare = pa.concat_tables([day(7).filter(pc.equal(day(7)["y"], 1))] * 60)
    rare = rare.set_column(0, "id", pa.array(np.arange(rare.num_rows) + 10_000))
    add_day(days, 7, rare)
    with pytest.raises(
        InputError, match=r"class 0 in the result have the rate 0.3, .* rate is 1, .*'replace'"
    ):
        extended(days, tmp_path / "out", **options)
    assert not (tmp_path / ".out.unfinished").exists()


@pytest.mark.parametrize(
    "sampler",
    [
        RandomUnderSampler(random_state=0),
        TomekLinks(),
        EditedNearestNeighbours(),
        SMOTETomek(random_state=0),
        SMOTEENN(random_state=0),
    ],
    ids=repr,
)
def test_methods_that_decide_about_all_rows_are_refused(
    sampler: Any, days: Path, tmp_path: Path
) -> None:
    name = type(sampler).__name__
    words = "keeps other rows" if name == "RandomUnderSampler" else "decides again about all rows"
    with pytest.raises(InputError, match=rf"and {name} {words} .* if_exists='replace'") as error:
        extended(days, tmp_path / "out", sampler)
    assert ("rate=" in str(error.value)) == (name == "RandomUnderSampler")


def test_streams_are_not_extended(days: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="if_exists='extend' needs a source .*='replace'"):
        extended(day(1), tmp_path / "out")
    big.resample(
        pq.read_table(days),
        SMOTE(random_state=0),
        target="y",
        id="id",
        out=tmp_path / "out",
        carry_columns={"day": "seed"},
    )
    with pytest.raises(FileError, match=r"another source \(a stream, and now files\)"):
        extended(days, tmp_path / "out", carry_columns={"day": "seed"})


def test_an_extension_without_a_given_seed_keeps_that_of_the_result(
    days: Path, tmp_path: Path
) -> None:
    first = extended(days, tmp_path / "out", SMOTE())
    second = extended(add_day(days, 4), tmp_path / "out", SMOTE())
    assert second.manifest["seed"] == first.manifest["seed"]
    assert len(second.manifest["extended"]) == 1


@pytest.mark.parametrize("rate", [None, 0.3])
def test_an_extension_that_was_stopped_is_resumed(
    rate: float | None, days: Path, tmp_path: Path
) -> None:
    sampler = SMOTE(random_state=0) if rate is None else RandomUnderSampler(random_state=0)
    options: Any = {"sampler": sampler, "rate": rate}
    out = tmp_path / "out"
    for name in ("out", "other"):
        extended(days, tmp_path / name, **options)
    before = {path: path.stat().st_ino for path in out.rglob("*.parquet")}
    add_day(days, 4)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folder, "finish", stop)
        with pytest.raises(KeyboardInterrupt):
            extended(days, out, **options)
    assert {path: path.stat().st_ino for path in out.rglob("*.parquet")} == before
    assert big.check(out).is_whole
    with pytest.raises(FileError, match="is unfinished. Pass resume=True"):
        extended(days, out, **options)
    scans: list[str] = []
    original = LocalEngine.run
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            LocalEngine, "run", lambda e, scan: (scans.append(scan.purpose), original(e, scan))[1]
        )
        result = extended(days, out, resume=True, **options)
    assert bool(scans) == (rate is not None)
    expected = extended(days, tmp_path / "other", **options)
    assert_same_rows(result.reader().read_all(), expected.reader().read_all())
    assert result.check().is_whole
    assert not (tmp_path / ".out.unfinished").exists()


@contextmanager
def killed_between_the_two_names(out: Path) -> Iterator[None]:
    """Stop a run after the earlier result has lost its name, and before the new one gets it."""
    rename = Path.rename

    def stopped(self: Path, target: Path) -> Path:
        if target == out:
            raise KeyboardInterrupt
        return rename(self, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", stopped)
        with pytest.raises(KeyboardInterrupt):
            yield
    assert not out.exists()


def test_a_run_killed_between_the_two_names_loses_nothing(days: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = extended(days, out)
    add_day(days, 4)
    with killed_between_the_two_names(out):
        extended(days, out)
    result = extended(days, out, resume=True)
    assert len(result.manifest["extended"]) == 1
    assert result.manifest["new_rows"] > first.manifest["new_rows"]
    assert result.check().is_whole
    with killed_between_the_two_names(out):
        extended(days, out, if_exists="replace")
    assert extended(days, out, if_exists="skip").manifest["extended"]
    with killed_between_the_two_names(out):
        extended(days, out, if_exists="replace")
    with pytest.raises(FileError, match="already exists"):
        extended(days, out, if_exists="fail")


def test_a_result_that_another_run_has_written_meanwhile_is_left(
    days: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    extended(days, out)
    add_day(days, 4)
    original = Folder.open

    def late(self: Folder, *args: Any, **options: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Folder, "open", original)
            extended(days, out)
        return original(self, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folder, "open", late)
        with pytest.raises(InputError, match="Another run has written the result in .* Run again"):
            extended(days, out)
    assert big.check(out).is_whole
    folder = Folder(out, "extend")
    (tmp_path / ".out.unfinished" / "replaced").mkdir(parents=True)
    with folder.open({}), pytest.raises(LockedError):
        (tmp_path / ".out.unfinished" / "replaced").mkdir()
        Folder(out, "extend").restore_replaced()


@pytest.mark.parametrize("if_exists", ["skip", "extend"])
def test_a_manifest_without_an_entry_is_named(if_exists: str, source: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"target": "y", "id": "id", "out": tmp_path / "out"}
    result = big.resample(source, SMOTE(random_state=0), **options)
    changed = {name: value for name, value in result.manifest.items() if name != "numbers"}
    write_manifest(result.out / MANIFEST, changed, pa.schema([("x", pa.int64())]))
    with pytest.raises(FileError, match=r"has no 'numbers': it was changed.*if_exists='replace'"):
        big.resample(source, SMOTE(random_state=0), if_exists=if_exists, **options)
