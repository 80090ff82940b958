"""A source that changes during a run raises an error."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from big_tables import (
    TABLE,
    assert_same_rows,
    in_memory,
    numbers,
)

from poise import (
    SMOTE,
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


def swapped(table: pa.Table, first: int, second: int) -> pa.Table:
    rows = list(range(table.num_rows))
    rows[first], rows[second] = rows[second], rows[first]
    return table.take(pa.array(rows))


PLAIN = TABLE.drop_columns(["id"])
ORDERS = {
    "reversed": PLAIN.take(pa.array(np.arange(700)[::-1])),
    "two rows": swapped(PLAIN, 5, 600),
    "other rows": PLAIN.set_column(0, "x0", pa.array(np.arange(700) / 3)),
}


@pytest.mark.parametrize("sampler", [TomekLinks(), SMOTE(random_state=0)], ids=repr)
@pytest.mark.parametrize("name", ORDERS)
def test_a_stream_in_another_order_is_refused(sampler: Any, name: str) -> None:
    # Read for the schema, for a sample, to count the classes and to load rows.
    orders = itertools.chain([PLAIN] * 4, itertools.repeat(ORDERS[name]))
    with pytest.raises(InputError, match="rows in another order than .*Pass id=, a column"):
        big.resample(lambda: next(orders), sampler, target="y").reader().read_all()


def test_labels_in_another_order_than_when_they_were_counted_are_refused(tmp_path: Path) -> None:
    orders = itertools.chain([PLAIN] * 3, itertools.repeat(ORDERS["reversed"]))
    with pytest.raises(InputError, match="another order than .*column 'y' differs"):
        big.resample(lambda: next(orders), "smote", target="y", out=tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_a_stream_in_other_batches_or_with_ids_may_come_in_any_order(tmp_path: Path) -> None:
    sizes = itertools.count(7)
    result = big.resample(
        lambda: PLAIN.to_reader(max_chunksize=next(sizes)), TomekLinks(), target="y"
    )
    assert_same_rows(result.reader().read_all(), in_memory(TomekLinks(), PLAIN, "y", None))
    orders = itertools.cycle([TABLE, swapped(TABLE, 5, 600)])
    with_ids = big.resample(lambda: next(orders), TomekLinks(), target="y", id="id")
    assert_same_rows(with_ids.reader().read_all(), in_memory(TomekLinks(), TABLE, "y", "id"))


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


def test_large_rows_are_read_fewer_at_once() -> None:
    texts = pa.table({"x": range(4000), "text": ["a" * 40_000] * 4000})
    reader = SourceReader(open_source(texts))
    lengths = [batch.num_rows for batch in reader.batches("", ["x", "text"])]
    assert max(lengths) == 4000
    reader.sample(10)
    lengths = [batch.num_rows for batch in reader.batches("", ["x", "text"])]
    assert max(lengths) == 256
    assert [batch.num_rows for batch in reader.batches("", ["x"])] == [4000]
