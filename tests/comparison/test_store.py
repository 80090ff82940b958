"""The file of complete folds: continued, repaired, refused with a reason, and never the end of a run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from same_values import assert_same_values

import poise
from poise import compare
from poise.comparison import Comparison
from poise.comparison.store import ArmFold, Results, Store
from poise.core.errors import FileError, PoiseWarning
from poise.core.progress import Progress

FULL = Path("/dev/full")
HASHES = {"table": "a1", "folds": "b2"}
SIZES = {0: 3, 1: 2}


def fold(number: int, name: str = "smote") -> Results:
    scores = np.linspace(0, 1, SIZES[number])
    return {
        ("logistic", name, number): ArmFold(scores, trained_prior=0.5, notes=("a", "b")),
        ("logistic", "fails", number): ArmFold(np.empty(0), status="ValueError: no"),
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with two folds."""
    store = Store(tmp_path / "r", HASHES)
    store.load(SIZES)
    store.add(fold(0))
    store.add(fold(1))
    return tmp_path / "r"


def load(path: Path) -> Results:
    return Store(path, HASHES).load(SIZES)


def test_what_was_added_comes_back(path: Path) -> None:
    found = load(path)
    assert found.keys() == (fold(0) | fold(1)).keys()
    arm = found["logistic", "smote", 0]
    assert arm.scores.tolist() == [0.0, 0.5, 1.0]
    assert (arm.trained_prior, arm.notes) == (0.5, ("a", "b"))
    assert found["logistic", "fails", 1].status == "ValueError: no"


def test_a_torn_line_is_cut_off_before_the_next_is_appended(path: Path) -> None:
    whole = path.read_text()
    path.write_text(whole[:-40])
    store = Store(path, HASHES)
    assert {number for *_, number in store.load(SIZES)} == {0}
    store.add(fold(1))
    assert path.read_text() == whole
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "line",
    [
        "5",
        "[[1, 2]]",
        "\x00\x01",
        "[" * 100_000,
        '[["logistic", "smote", 0, {}]]',
        '[["logistic", "smote", 0, 5]]',
        '[["logistic", "smote", 9, {"scores": []}]]',
        '[["logistic", "smote", [0], {"scores": []}]]',
    ],
)
def test_a_damaged_line_is_removed_with_a_warning_and_the_others_stay(
    path: Path, line: str
) -> None:
    first, *folds = path.read_text().splitlines()
    whole = path.read_text()
    path.write_text("\n".join([first, folds[0], line, folds[1]]) + "\n")
    with pytest.warns(PoiseWarning, match="had 1 damaged of 3 lines"):
        found = load(path)
    assert {number for *_, number in found} == {0, 1}
    assert path.read_text() == whole


def test_scores_of_another_number_of_rows_are_damaged(path: Path) -> None:
    with pytest.warns(PoiseWarning, match="had 1 damaged of 2 lines"):
        found = Store(path, HASHES).load({0: 3, 1: 5})
    assert {number for *_, number in found} == {0}


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\xff\xfe\x00", b"5\n", b"{}\n", b"a,b\n1,2\n", b'{"comparison": 5}\n', b"["],
)
def test_a_file_of_something_else_is_refused_and_stays_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "r"
    path.write_bytes(content)
    with pytest.raises(FileError, match="or it is damaged. Delete it, or pass another path"):
        load(path)
    assert path.read_bytes() == content


def test_another_comparison_is_refused_and_what_differs_is_named(path: Path) -> None:
    with pytest.raises(
        FileError,
        match=r"', of Poise \d\S+, belongs to another comparison, which differs in: folds, estimator 'tree'. Pass another",
    ):
        Store(path, {"table": "a1", "folds": "c3", "estimator 'tree'": "d4"}).load(SIZES)


@pytest.mark.parametrize("name", ["none/r", "."])
def test_a_file_that_cannot_be_started_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError):
        load(tmp_path / name)


def test_a_folder_that_is_gone_is_a_warning(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    store = Store(folder / "r", HASHES)
    store.load(SIZES)
    shutil.rmtree(folder)
    with pytest.warns(PoiseWarning, match="The run continues"):
        store.add(fold(0))


@pytest.mark.skipif(not FULL.exists(), reason="the system has no full device")
def test_a_full_disk_is_a_warning(path: Path) -> None:
    store = Store(path, HASHES)
    store.load(SIZES)
    path.unlink()
    path.symlink_to(FULL)
    with pytest.warns(PoiseWarning, match="No space left on device. The run continues"):
        store.add(fold(0))


def test_a_line_that_fits_in_part_leaves_nothing_behind(path: Path) -> None:
    resource = pytest.importorskip("resource")
    whole = path.read_bytes()
    store = Store(path, HASHES)
    store.load(SIZES)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, hard))
    try:
        with pytest.warns(PoiseWarning, match="The run continues"):
            store.add(fold(1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == whole


def call(path: Path, X: Any, y: Any, **given: Any) -> Comparison:
    usual = {"approaches": ["random-over"], "estimators": ["logistic"], "n_repeats": 1, "cv": 3}
    return compare(X, y, **{**usual, "n_jobs": 1, "progress": False, "resume": path, **given})


def test_a_run_goes_on_when_folds_cannot_be_kept(X: Any, y: Any, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()

    def remove_folder(done: Progress) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    with pytest.warns(PoiseWarning, match="a later one will not find this fold"):
        found = call(folder / "r", X, y, progress=remove_folder)
    assert found.facts["n_folds"] == 3


def test_kinds_of_columns_decide_whether_a_comparison_is_resumed(
    X: Any, y: Any, tmp_path: Path
) -> None:
    whole = np.rint(X)
    call(tmp_path / "r", whole, y, approaches=["smote"], column_kinds={0: "integer"})
    with pytest.raises(FileError, match="differs in: names, dtypes or kinds of columns"):
        call(tmp_path / "r", whole, y, approaches=["smote"])
    with pytest.raises(FileError, match="differs in: approach 'smote'. Pass"):
        call(
            tmp_path / "r",
            whole,
            y,
            approaches={"smote": poise.SMOTE(k_neighbors=2)},
            column_kinds={0: "integer"},
        )


def test_costs_and_precision_may_differ_and_are_those_of_the_call(
    X: Any, y: Any, tmp_path: Path
) -> None:
    call(tmp_path / "r", X, y)
    again = {"costs": (1, 5), "precision": 0.7}
    found = call(tmp_path / "r", X, y, **again)
    expected = call(tmp_path / "other", X, y, **again)
    assert_same_values(found, expected)
    first = json.loads((tmp_path / "r").read_text().splitlines()[1])
    assert len(first) == 2
