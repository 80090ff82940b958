"""The local engine: files in any order, and the run of a request."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from big_tables import (
    assert_same_rows,
    files_of,
    in_memory,
    numbers,
)

from poise import (
    SMOTE,
    EditedNearestNeighbours,
    RandomOverSampler,
    TomekLinks,
    big,
)
from poise.big.engines.local import LocalEngine
from poise.big.scans.classes import RowsOfClasses
from poise.big.scans.scan import Scan
from poise.big.storage.reading import SourceReader
from poise.big.storage.source import open_source


def test_a_class_may_be_in_one_file_alone(tmp_path: Path) -> None:
    table = numbers(1200).sort_by("y")
    source = files_of(table, tmp_path / "in", 6)
    for sampler in (SMOTE(random_state=0), TomekLinks(), EditedNearestNeighbours()):
        found = big.resample(str(source), sampler, target="y", id="id").reader().read_all()
        assert_same_rows(found, in_memory(sampler, table, "y", "id"))


def test_order_of_columns_in_files_does_not_matter(tmp_path: Path) -> None:
    table = numbers(300)
    folder = files_of(table.slice(0, 150), tmp_path / "in", 1)

    pq.write_table(table.slice(150).select(table.column_names[::-1]), folder / "z.parquet")
    result = big.resample(str(folder), RandomOverSampler(random_state=0), target="y", id="id")
    expected = in_memory(RandomOverSampler(random_state=0), table, "y", "id")
    assert_same_rows(result.reader().read_all(), expected)


def test_the_engine_runs_a_kernel_over_all_parts_and_notes_its_time(tmp_path: Path) -> None:
    source = open_source(files_of(numbers(300), tmp_path / "in", 3))
    engine = LocalEngine(SourceReader(source))
    schema, kernel = pa.schema([("y", pa.int64())]), RowsOfClasses("y", pa.array([1]))
    found = engine.run(Scan("loading", kernel, ("y",), schema))
    assert found["y"].to_pylist() == [1] * numbers(300)["y"].to_pylist().count(1)
    assert [one["purpose"] for one in engine.passes] == ["loading"]


def test_the_manifest_names_the_engine_and_the_source(tmp_path: Path) -> None:
    source = files_of(numbers(300), tmp_path / "in", 3)
    out = tmp_path / "out"
    manifest = big.resample(source, TomekLinks(), target="y", id="id", out=out).manifest
    assert manifest["engine"] == "local"
    assert manifest["input"]["rows"] == 300
    assert len(manifest["input"]["files"]) == 4
    purposes = [one["purpose"] for one in manifest["passes"]]
    assert (purposes[0], purposes[-1]) == ("counting classes", "writing")
    peaks = [one["peak_bytes"] for one in manifest["passes"]]
    assert 0 < peaks[0] <= peaks[-1] <= manifest["peak_bytes"]
    assert sum(one["seconds"] for one in manifest["passes"]) <= manifest["seconds"] + 0.01


def test_an_open_result_can_be_read_twice() -> None:
    result = big.resample(numbers(300), SMOTE(random_state=0), target="y", id="id")
    first, second = (result.reader().read_all() for _ in range(2))
    assert first.equals(second)
    assert np.bincount(first["y"].to_numpy()).tolist() == list(result.counts_after.values())
