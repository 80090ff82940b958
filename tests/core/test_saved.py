"""Everything that Poise writes and reads again carries a format, and another one raises an error that names its writer."""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import json
import pickle
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.base import BaseEstimator

import poise
from poise import Plan
from poise.batches import balanced_batches
from poise.big.storage.folder import Folder
from poise.cli._commands import run
from poise.cli._model import StoredModel
from poise.comparison import Comparison
from poise.core import saved
from poise.core.errors import FileError
from poise.core.saved import FORMATS, PickledWithVersion, format_entries
from poise.over_sampling import SMOTE

SOURCE = Path(poise.__file__).parent
rng = np.random.RandomState(0)
X, y = rng.randn(60, 2), np.repeat([0, 1], [45, 15])
TABLE = pa.table({"a": X[:, 0], "b": X[:, 1], "label": y})


def as_of(monkeypatch: pytest.MonkeyPatch, number: int, version: str) -> None:
    """Write in another format, as another version of Poise."""
    monkeypatch.setattr(saved, "FORMATS", dict.fromkeys(FORMATS, number))
    monkeypatch.setattr(saved, "poise_version", lambda: version)


def plan(folder: Path) -> Callable[[], Any]:
    path = folder / "plan.npz"
    SMOTE(random_state=0).fit(X, y).plan_.save(path)
    return lambda: Plan.load(path)


def comparison(folder: Path) -> Callable[[], Any]:
    path = folder / "comparison.json"
    compare().to_json(path)
    return lambda: Comparison.load(path)


def compare(**options: Any) -> Any:
    return poise.compare(
        X, y, approaches=["as-is"], estimators=["tree"], cv=3, n_repeats=1, **options
    )


def unfinished_comparison(folder: Path) -> Callable[[], Any]:
    path = folder / "resume"
    compare(resume=path)
    return lambda: compare(resume=path)


def result(folder: Path) -> Callable[[], Any]:
    def resample(**options: Any) -> Any:
        out = folder / "out"
        source = folder / "source.parquet"
        return poise.big.resample(source, SMOTE(random_state=0), target="label", out=out, **options)

    pq.write_table(TABLE, folder / "source.parquet")
    resample()
    return lambda: resample(if_exists="skip")


def unfinished_result(folder: Path) -> Callable[[], Any]:
    unfinished = Folder(folder / "out")
    with unfinished.open({"method": "SMOTE", "seed": 0}):
        pass

    def resume() -> None:
        with unfinished.open({"method": "SMOTE", "seed": 0}, resume=True):
            pass

    return resume


def loader_state(_: Path) -> Callable[[], Any]:
    state = json.loads(json.dumps(balanced_batches(y, 4).state_dict()))
    return lambda: balanced_batches(y, 4).load_state_dict(state)


def pickled(_: Path) -> Callable[[], Any]:
    stored = pickle.dumps(SMOTE(random_state=0).fit(X, y))
    return lambda: pickle.loads(stored)


def model(folder: Path) -> Callable[[], Any]:
    path = folder / "model.skops"
    pq.write_table(TABLE, folder / "table.parquet")
    words = ["fit", str(folder / "table.parquet"), "-t", "label", "-e", "logistic"]
    assert run([*words, "--out", str(path)]) == 0
    return lambda: StoredModel.load(path)


READERS = {
    "model": model,
    "plan": plan,
    "comparison": comparison,
    "unfinished comparison": unfinished_comparison,
    "result": result,
    "unfinished result": unfinished_result,
    "loader state": loader_state,
    "pickle": pickled,
}
NOT_READ = {"diagnosis"}


def test_every_kind_is_tested() -> None:
    assert READERS.keys() | NOT_READ == FORMATS.keys()


@pytest.mark.parametrize("kind", READERS)
def test_what_was_written_is_read(kind: str, tmp_path: Path) -> None:
    READERS[kind](tmp_path)()


@pytest.mark.parametrize(("number", "version"), [(0, "0.0.7"), (9, "9.1.0")])
@pytest.mark.parametrize("kind", READERS)
def test_another_format_raises_an_error_that_names_the_version_that_wrote_it(
    kind: str, number: int, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        as_of(other, number, version)
        read = READERS[kind](tmp_path)
    words = (
        rf"was written by Poise {version}, in format {number} of an? {kind}, and Poise \S+ reads only "
        rf"format {FORMATS[kind]}\. Install Poise {version} to read it, or .*\.$"
    )
    with pytest.raises(FileError, match=words):
        read()


@pytest.mark.parametrize("kind", [kind for kind in READERS if kind != "unfinished comparison"])
def test_another_version_with_the_same_format_is_read(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        other.setattr(saved, "poise_version", lambda: "0.0.7")
        read = READERS[kind](tmp_path)
    read()


def test_a_diagnosis_states_its_format() -> None:
    stored = json.loads(poise.diagnose(X, y).to_json())
    assert stored.items() >= format_entries("diagnosis").items()


@pytest.mark.parametrize("writer", [None, 5, "1.0\x1b[31m", "1" * 1000])
def test_a_writer_that_is_not_a_version_is_not_shown(writer: Any) -> None:
    with pytest.raises(FileError, match="a version of Poise that is not stated, in format 7") as e:
        saved.require_format({"format": 7, "poise": writer}, "plan", "'p'", "make it again")
    assert str(e.value).endswith("reads only format 2. Make it again.")


@pytest.mark.parametrize("number", [None, True, 1.0, "1"])
def test_a_format_that_is_not_a_number_raises(number: Any) -> None:
    with pytest.raises(FileError, match=f"not stated, with format={re.escape(repr(number))}, and"):
        saved.require_format({"format": number}, "plan", "'p'", "make it again")


def test_a_format_that_is_not_stated_raises() -> None:
    with pytest.raises(FileError, match="not stated, without the number of its format, and"):
        saved.require_format({}, "plan", "'p'", "make it again")


# Modules that turn objects into bytes, files or pickles: the kind of what they write, or why it has none.
WRITERS = {
    "core/exporting.py": "an exported model, which is read by joblib or skops without Poise",
    "big/scans/classes.py": "rows that break a rule, within one pass",
    "big/engines/local.py": "settings and states as JSON compares them; nothing is written",
    "big/engines/spark.py": "pickles for workers, which must have the same version of Poise",
    "big/methods/pace.py": "a file in memory, to time it",
    "big/scans/remote.py": "from a worker to the driver, which have the same version",
    "big/storage/digests.py": "hashed, and not kept",
    "big/storage/disk.py": "a file in memory, to know its size",
    "big/storage/folder.py": "unfinished result",
    "big/storage/manifest.py": "result",
    "big/storage/run.py": "files of rows, whose manifest states the format",
    "big/storage/store.py": "a part of an unfinished result, used again by the same version alone",
    "cli/_check.py": "printed for other programs",
    "cli/_compare.py": "a comparison, with the record of its run",
    "cli/_diagnose.py": "printed for other programs",
    "cli/_fit.py": "printed for other programs",
    "cli/_log.py": "a log",
    "cli/_model.py": "model",
    "cli/_predict.py": "a table",
    "cli/_resample.py": "printed for other programs, and columns of lineage as a table",
    "cli/_terminal.py": "printed for other programs",
    "cli/_values.py": "a value in a message",
    "cli/_writing.py": "tables of the user",
    "comparison/result.py": "comparison",
    "comparison/store.py": "unfinished comparison",
    "core/files/aside.py": "writes what it is given",
    "core/files/formats.py": "tables of the user",
    "core/interrupts.py": "pickles for a process of its own",
    "core/plan/storage.py": "plan",
    "diagnosis/_result.py": "diagnosis",
    "testing/_contract.py": "read at once",
}
STATES = {"batches/_state.py": "loader state"}  # plain values, which users write
WRITING = {
    "dump",
    "dump_skops",
    "dumps",
    "save",
    "savez",
    "savez_compressed",
    "tofile",
    "to_csv",
    "to_parquet",
    "write_bytes",
    "write_text",
    "write_table",
    "write_feather",
    "new_file",
    "new_stream",
    "ParquetWriter",
    "Pickler",
    "RecordBatchFileWriter",
}


def names_called(path: Path) -> set[str]:
    calls = [
        node.func
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    return {getattr(call, "attr", getattr(call, "id", "")) for call in calls}


def test_every_module_that_writes_says_what() -> None:
    found = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if names_called(path) & WRITING
    }
    assert sorted(found) == sorted(WRITERS)


def test_every_kind_has_one_module_that_writes_it_and_states_its_format() -> None:
    of_kind = {what: module for module, what in (WRITERS | STATES).items() if what in FORMATS}
    assert {*of_kind, "pickle"} == FORMATS.keys()
    stating = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if "format_entries" in names_called(path)
    }
    # A result that is not in a folder has a manifest too.
    assert stating == {*of_kind.values(), "core/saved.py", "big/result.py"}


def classes() -> Iterator[type[Any]]:
    """Yield every class of Poise that has instances with a state of their own."""
    for module in pkgutil.walk_packages(poise.__path__, "poise."):
        # The second needs pyspark, and its objects go to workers of the same version alone.
        if module.name in ("poise.cli.__main__", "poise.big.engines.spark"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(value) and value.__module__ == module.name:
                yield value


def public_classes() -> Iterator[type[Any]]:
    """Yield the classes that a public module of Poise lists."""
    for name in poise.__all__:
        value = getattr(poise, name)
        listed = [getattr(value, each) for each in getattr(value, "__all__", [])]
        yield from filter(inspect.isclass, [value, *listed])


# Public classes whose objects are not stored, or are not of Poise.
NOT_STORED = {
    "Container": "an entry in the list of the contract's containers",
    "Difference": "an entry in a ResultCheck",
    "MutualRule": "a constant of a class",
    "Problem": "what a method is given while it plans",
    "Progress": "what a function is called with while a call runs",
    "SamplerMixin": "a base without a state",
    "SeedNeighborPairs": "what a method returns while it plans",
    "Substitution": "decorates functions",
    "VoteRule": "a constant of a class",
}


def test_every_estimator_and_every_public_class_is_pickled_with_its_version() -> None:
    found = {each for each in classes() if issubclass(each, BaseEstimator)}
    found |= {each for each in public_classes() if each.__module__.startswith("poise")}
    without = {
        each.__name__
        for each in found
        if not issubclass(each, PickledWithVersion | BaseException | tuple)
        and not getattr(each, "_is_protocol", False)
    }
    assert without == NOT_STORED.keys()


STAMPED = sorted(
    {
        each
        for each in classes()
        if issubclass(each, PickledWithVersion) and not inspect.isabstract(each)
    }
    - {PickledWithVersion},
    key=lambda each: each.__qualname__,
)


@pytest.mark.parametrize("kind", STAMPED, ids=lambda kind: kind.__name__)
def test_no_object_is_restored_from_another_format(kind: type[Any]) -> None:
    empty = object.__new__(kind)
    state = PickledWithVersion.__getstate__(empty)
    assert state["_poise_format"] == FORMATS["pickle"]
    state |= {"_poise_format": 9, "_poise_version": "9.1.0"}
    with pytest.raises(
        FileError, match=rf"This {kind.__name__} was written by Poise 9\.1\.0, in format 9"
    ):
        empty.__setstate__(state)
    with pytest.raises(FileError, match="a version of Poise that is not stated"):
        empty.__setstate__({})


class OwnState(SMOTE):
    """A class that stores a state of its own choice."""

    def __getstate__(self) -> dict[str, Any]:
        return {"random_state": self.random_state}


def test_a_class_of_others_may_choose_what_it_stores() -> None:
    state = OwnState(random_state=3).__getstate__()
    again = OwnState()
    again.__setstate__(state)
    assert again.random_state == 3
    with pytest.raises(FileError, match="This OwnState was written by Poise 9.1.0"):
        again.__setstate__({"_poise_format": 9, "_poise_version": "9.1.0"})


def test_copies_are_made_as_before() -> None:
    sampler = SMOTE(random_state=0).fit(X, y)
    for again in (copy.copy(sampler), copy.deepcopy(sampler)):
        assert not any(name.startswith("_poise") for name in vars(again))
        np.testing.assert_array_equal(again.plan_.order, sampler.plan_.order)
