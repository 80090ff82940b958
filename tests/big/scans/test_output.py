"""Rows of the result: kept rows, new rows, and their ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from big_tables import (
    TABLE,
    assert_same_rows,
    in_memory,
    mixed,
    numbers,
)
from sklearn.base import clone

from poise import (
    SMOTE,
    SMOTETomek,
    TomekLinks,
    big,
)
from poise.big.request import read_request
from poise.big.scans.output import (
    HashCutoffs,
    KeepRows,
    MadeInMemory,
    MadeInPieces,
    NewValues,
    count_by_class,
    layout_of,
    plan_growth,
)
from poise.core.errors import InputError
from poise.core.sampling.draws import Copies, draw
from poise.core.tables.declared import Declared


def test_new_rows_have_no_id_and_their_seeds_are_named(tmp_path: Path) -> None:
    table = numbers(300)
    result = big.resample(
        table, SMOTE(random_state=0), target="y", id="id", extra=("_new", "_seed")
    )
    rows = result.reader().read_all()
    made = rows.filter(rows["_new"])
    assert made["id"].null_count == made.num_rows
    minority = set(table.filter(table["y"].to_numpy() == 1)["id"].to_pylist())
    assert set(made["_seed"].to_pylist()) <= minority
    assert rows.filter(rows["_new"].to_numpy() == 0)["_seed"].null_count == table.num_rows


def test_new_ids_of_text_from_a_start_that_no_row_has(tmp_path: Path) -> None:
    import pyarrow as pa

    table = mixed(300)
    names = ["new-41", *table["key"].to_pylist()[1:]]
    table = table.set_column(table.column_names.index("key"), "key", pa.array(names))
    smote = SMOTE(random_state=0)
    with pytest.raises(InputError, match="from 41 on, and rows have values up to 41"):
        big.resample(table, smote, target="y", id="key", carry_columns={"key": 41})
    found = big.resample(table, smote, target="y", id="key", carry_columns={"key": 42})
    rows = found.reader().read_all()
    assert rows["key"].to_pylist()[300:302] == ["new-42", "new-43"]
    assert len(set(rows["key"].to_pylist())) == rows.num_rows


@pytest.mark.parametrize("id_column", ["id", None])
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), TomekLinks()], ids=repr)
def test_columns_that_are_not_nullable_stay_so(
    sampler: Any, id_column: str | None, tmp_path: Path
) -> None:
    table = TABLE if id_column else TABLE.drop_columns(["id"])
    table = table.append_column("c", pa.array(["u", "v"] * 350).dictionary_encode())
    strict = pa.schema([pa.field(f.name, f.type, nullable=False) for f in table.schema])
    pq.write_table(table.cast(strict), tmp_path / "t.parquet")
    # A missing id needs a column that can hold it.
    carried = {"id": "negative"} if id_column else None
    result = big.resample(
        tmp_path / "t.parquet", sampler, target="y", id=id_column, extra=(), carry_columns=carried
    )
    found = result.reader().read_all()
    assert not any(field.nullable for field in found.schema)
    assert_same_rows(found, in_memory(sampler, table, "y", id_column))


N_ROWS = 120
INDEXES = [
    pd.Index(np.arange(N_ROWS)[::-1] * 1000),
    pd.Index(np.arange(N_ROWS) + 7, name="number"),
    pd.Index([f"row {i}" for i in range(N_ROWS)], name="name"),
    pd.date_range("2020-01-01", periods=N_ROWS, freq="D", name="day"),
    pd.Index(np.arange(N_ROWS) / 2),
    pd.CategoricalIndex(["u", "v"] * (N_ROWS // 2)),
    pd.MultiIndex.from_arrays([np.arange(N_ROWS) * 2, ["s"] * N_ROWS], names=["first", "second"]),
    pd.Index([*(f"row {i}" for i in range(N_ROWS - 1)), None], name="some missing"),
]


def with_index(index: pd.Index) -> pd.DataFrame:
    rng = np.random.RandomState(0)
    columns = {"x": rng.rand(N_ROWS), "z": rng.rand(N_ROWS)}
    return pd.DataFrame({**columns, "y": ["no"] * 90 + ["yes"] * 30}, index=index)


@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), TomekLinks()], ids=repr)
@pytest.mark.parametrize("index", INDEXES, ids=lambda index: str(index.dtype))
def test_an_index_of_pandas_is_what_it_is_in_memory(
    index: pd.Index, sampler: Any, tmp_path: Path
) -> None:
    frame = with_index(index)
    frame.to_parquet(tmp_path / "t.parquet")
    X, _ = clone(sampler).fit_resample(frame[["x", "z"]], frame["y"])
    for source in (tmp_path / "t.parquet", pa.Table.from_pandas(frame)):
        found = big.resample(source, sampler, target="y").reader().read_all().to_pandas()
        pd.testing.assert_frame_equal(found[["x", "z"]], X)


def test_new_labels_follow_those_of_an_earlier_run() -> None:
    frame = with_index(pd.Index(["new-3", *(f"row {i}" for i in range(N_ROWS - 1))]))
    result = big.resample(pa.Table.from_pandas(frame), SMOTETomek(random_state=0), target="y")
    found = result.reader().read_all().to_pandas()
    assert found.columns.tolist() == ["x", "z", "y"]
    assert found.index.is_unique
    assert {label for label in found.index if label not in frame.index} <= {
        f"new-{number}" for number in range(4, 64)
    }


def test_an_index_can_be_the_id_the_target_or_dropped(tmp_path: Path) -> None:
    frame = with_index(pd.Index(np.arange(N_ROWS)[::-1] * 10, name="number"))
    frame.to_parquet(tmp_path / "t.parquet")
    smote = SMOTE(random_state=0)
    rows = big.resample(tmp_path / "t.parquet", smote, target="y", id="number").reader().read_all()
    assert_same_rows(
        rows.drop_columns(["number"]).replace_schema_metadata(),
        in_memory(smote, pa.Table.from_pandas(frame), "y", "number").drop_columns(["number"]),
    )
    dropped = big.resample(tmp_path / "t.parquet", smote, target="y", drop=("number",))
    assert dropped.reader().schema.names == ["x", "z", "y"]
    frame.set_index("y").to_parquet(tmp_path / "u.parquet")
    grown = big.resample(tmp_path / "u.parquet", smote, target="y")
    assert grown.counts_after == {"no": 90, "yes": 90}


def test_an_index_survives_two_steps_and_files(tmp_path: Path) -> None:
    frame = with_index(pd.Index(np.arange(N_ROWS) * 10))
    frame.to_parquet(tmp_path / "t.parquet")
    first = big.resample(
        tmp_path / "t.parquet", SMOTE(random_state=0), target="y", out=tmp_path / "first"
    )
    second = big.resample(first.out, TomekLinks(), target="y", out=tmp_path / "second")
    found = pd.concat(map(pd.read_parquet, sorted(second.out.glob("*.parquet"))))
    assert found.columns.tolist() == ["x", "z", "y"]
    assert found.index.is_unique


def test_an_index_without_room_for_new_labels_is_named() -> None:
    frame = with_index(pd.Index(np.arange(N_ROWS, dtype=np.int8), name="number"))
    with pytest.raises(InputError, match="leaves no room for 60 new labels of the index"):
        big.resample(pa.Table.from_pandas(frame), "smote", target="y")


SMALL = pa.table({"id": [1, 2, 3, 4], "x": [1.0, 2.0, 3.0, 4.0], "y": ["a", "a", "b", "b"]})
LABELS = pa.array(["a", "b"])


def layout(**options: Any) -> Any:
    arguments = {"target": "y", "id": "id", "memory": "2GB", "rate": None, "extra": ()} | options
    order = "oversample-then-clean"
    return layout_of(read_request(SMALL.schema, SMOTE(random_state=0), order=order, **arguments))


def kept(keep: KeepRows) -> pa.Table:
    return pa.Table.from_batches(keep(iter(SMALL.to_batches(max_chunksize=3))), keep.layout.schema)


def test_rows_that_are_removed_or_above_the_cutoff_go() -> None:
    assert kept(KeepRows(layout(), LABELS)).equals(SMALL)
    assert KeepRows(layout(), LABELS).changes_nothing
    keep = KeepRows(layout(), LABELS, removed=pa.array([2, 3]))
    assert kept(keep)["id"].to_pylist() == [1, 4]
    largest = np.array([2**64 - 1, 0], dtype=np.uint64)
    cutoffs = HashCutoffs(largest, np.array([False, False]), seed=0)
    assert kept(KeepRows(layout(), LABELS, cutoffs=cutoffs))["id"].to_pylist() == [1, 2]
    cutoffs = HashCutoffs(np.full(2, 2**64 - 1, np.uint64), np.array([True, False]), seed=0)
    assert kept(KeepRows(layout(), LABELS, cutoffs=cutoffs))["id"].to_pylist() == [3, 4]


def test_added_columns_are_empty_for_kept_rows() -> None:
    keep = KeepRows(layout(extra=("_seed", "_new"), rate=0.5), LABELS, weights=np.array([2.0, 1.0]))
    assert not keep.changes_nothing
    found = kept(keep).select(["sample_weight", "_seed", "_new"]).to_pydict()
    assert found == {
        "sample_weight": [2.0, 2.0, 1.0, 1.0],
        "_seed": [None] * 4,
        "_new": [False] * 4,
    }


def test_row_numbers_are_read_only_if_rows_go() -> None:
    without_id = layout(id=None)
    assert KeepRows(without_id, LABELS).columns == ["id", "x", "y"]
    assert KeepRows(without_id, LABELS, removed=pa.array([0])).columns[0] == "__poise_row"
    assert KeepRows(layout(), LABELS, removed=pa.array([0])).columns == ["id", "x", "y"]


def test_new_rows_are_made_in_pieces_as_if_all_at_once() -> None:
    source = Copies(np.array([2, 3]))
    expected = draw(source, 25, np.random.RandomState(0)).seeds
    growth = plan_growth(1, source, 25, np.random.RandomState(0), piece_rows=10)
    rows = SMALL.select(["id", "y", "x"])
    made = MadeInPieces(
        layout(extra=("_seed",)), Declared(), rows, LABELS, (growth,), {"id": NewValues(50)}
    )
    assert [batch.num_rows for batch in made.batches()] == [10, 10, 5]
    table = pa.Table.from_batches(list(made.batches()))
    assert table["id"].to_pylist() == list(range(50, 75))
    assert set(table["y"].to_pylist()) == {"b"}
    assert table["_seed"].to_pylist() == SMALL["id"].take(pa.array(expected)).to_pylist()
    assert made.piece(2).equals(list(made.batches())[2])


def test_rows_in_memory_are_pieces_too() -> None:
    made = MadeInMemory(SMALL)
    assert made.n_rows == 4
    assert pa.Table.from_batches(list(made.batches())).equals(SMALL)


def test_rows_are_counted_by_class_on_the_way() -> None:
    counts = np.zeros(2, dtype=int)
    batches = list(
        count_by_class(iter(SMALL.to_batches(max_chunksize=3)), counts, layout(), LABELS)
    )
    assert counts.tolist() == [2, 2]
    assert pa.Table.from_batches(batches).equals(SMALL)
