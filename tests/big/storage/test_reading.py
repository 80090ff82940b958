"""A source that changes during a run raises an error."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from big_tables import (
    TABLE,
    numbers,
)

from poise import (
    TomekLinks,
    big,
)
from poise.big.storage.reading import SourceReader, prefetched
from poise.big.storage.source import open_source
from poise.core.errors import (
    InputError,
)


def test_a_stream_with_other_rows_the_second_time_is_refused() -> None:
    lengths = iter([0, 700, 700, 650, 700])
    with pytest.raises(InputError, match="700 rows in an earlier pass and 650 in this one"):
        big.resample(lambda: TABLE.slice(0, next(lengths)), TomekLinks(), target="y", id="id")


def test_a_source_that_changes_between_passes_is_refused(source: Path, tmp_path: Path) -> None:
    def change(done: big.Progress) -> None:
        if done.stage == "loading rows into memory" and done.n_done >= 1500:
            os.utime(source / "f01.parquet", ns=(1, 1))

    with pytest.raises(InputError, match=r"has changed since it was opened \(.*f01.parquet\)"):
        big.resample(
            str(source), TomekLinks(), target="y", id="id", out=tmp_path / "out", progress=change
        )
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_files_that_come_or_go_between_passes_are_seen(source: Path, tmp_path: Path) -> None:
    def change(done: big.Progress) -> None:
        if done.stage == "loading rows into memory" and done.n_done >= 1500:
            pq.write_table(numbers(20), source / "z-new.parquet")

    with pytest.raises(InputError, match=r"has changed since it was opened \(.*z-new"):
        big.resample(
            str(source), TomekLinks(), target="y", id="id", out=tmp_path / "out", progress=change
        )


def test_rows_without_ids_are_numbered_through_all_parts(source: Path) -> None:
    reader = SourceReader(open_source(source))
    batches = reader.batches("reading", ["x0", "__poise_row"])
    table = pa.Table.from_batches(list(batches))
    assert table.column_names == ["x0", "__poise_row"]
    assert table["__poise_row"].to_pylist() == list(range(1500))
    assert reader.n_rows == 1500


def test_progress_ends_with_all_rows(source: Path) -> None:
    done: list[big.Progress] = []
    reader = SourceReader(open_source(source), done.append)
    list(reader.batches("reading", ["x0"]))
    assert [each.n_total for each in done] == [*([0] * (len(done) - 1)), 1500]
    assert done[-1].n_done == 1500
    assert done[-1].n_bytes >= 8 * 1500


def test_a_sample_has_rows_of_the_first_the_middle_and_the_last_part(source: Path) -> None:
    opened = open_source(source)
    sample = SourceReader(opened).sample(2)
    firsts = [next(opened.batches(part, ["id"]))["id"][0].as_py() for part in (0, 2, 4)]
    assert sample.num_rows == 6
    assert sample["id"].to_pylist()[::2] == firsts


def test_items_are_prefetched_in_order_and_generators_closed() -> None:
    closed = []

    def numbers_forever() -> Any:
        try:
            yield from itertools.count()
        finally:
            closed.append(True)

    items = prefetched(numbers_forever())
    assert list(itertools.islice(items, 5)) == [0, 1, 2, 3, 4]
    items.close()
    assert closed == [True]
