"""Sources: files, patterns, datasets and streams that can be read again; others are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from big_tables import digest, files_of, in_memory, mixed, numbers

from poise import SMOTE, RandomOverSampler, TomekLinks, big
from poise.core.errors import (
    FileError,
    InputError,
    UnknownNameError,
    UnsupportedTypeError,
)

TABLE = numbers(700)


def rows_of(source: Any, sampler: Any = None, **options: Any) -> str:
    sampler = sampler or SMOTE(random_state=0)
    options = {"target": "y", "id": "id"} | options
    return digest(big.resample(source, sampler, **options).reader().read_all(), "y")


def test_every_way_to_give_the_same_rows(tmp_path: Path) -> None:
    folder = files_of(TABLE, tmp_path / "in", 3)
    pq.write_table(TABLE, tmp_path / "one.parquet")
    relation = duckdb.from_arrow(TABLE)
    sources = [
        str(folder),
        folder,
        str(folder / "*.parquet"),
        tmp_path / "one.parquet",
        ds.dataset(folder),
        ds.dataset(TABLE),
        TABLE,
        pl.from_arrow(TABLE),
        pl.scan_parquet(folder / "*.parquet"),
        relation,
        lambda: TABLE.to_reader(max_chunksize=50),
        lambda: pl.scan_parquet(folder / "*.parquet"),
    ]
    expected = digest(in_memory(SMOTE(random_state=0), TABLE, "y", "id"), "y")
    for source in sources:
        assert rows_of(source) == expected, source


def test_text_of_polars_is_read(tmp_path: Path) -> None:
    table = mixed(500)
    plain = table.set_column(
        table.column_names.index("kind"), "kind", table["kind"].cast(pa.string())
    )
    found = big.resample(pl.from_arrow(plain), TomekLinks(), target="y", id="key").reader()
    expected = in_memory(TomekLinks(), plain, "y", "key")
    assert digest(found.read_all(), "y") == digest(expected, "y")


def test_what_can_be_read_only_once_is_refused() -> None:
    with pytest.raises(UnsupportedTypeError, match="can be read only once.*Pass a function"):
        big.resample(TABLE.to_reader(), "smote", target="y")
    reader = TABLE.to_reader()
    with pytest.raises(UnsupportedTypeError, match="returned the same reader twice"):
        big.resample(lambda: reader, "smote", target="y")
    with pytest.raises(UnsupportedTypeError, match="which is no Arrow stream"):
        big.resample(lambda: 3, "smote", target="y")
    with pytest.raises(UnsupportedTypeError, match="source is a int. Pass a Parquet file"):
        big.resample(3, "smote", target="y")


def test_a_stream_with_other_rows_the_second_time_is_refused() -> None:
    lengths = iter([0, 700, 700, 650, 700])
    with pytest.raises(InputError, match="700 rows in an earlier pass and 650 in this one"):
        big.resample(lambda: TABLE.slice(0, next(lengths)), TomekLinks(), target="y", id="id")


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(FileError, match=r"There is no '.*inn'. Did you mean 'in'\?"):
        big.resample(str(tmp_path / "inn"), "smote", target="y")
    with pytest.raises(FileError, match="holds no Parquet file"):
        big.resample(str(tmp_path / "in"), "smote", target="y")
    with pytest.raises(FileError, match="No file is named like"):
        big.resample(str(tmp_path / "in" / "*.parquet"), "smote", target="y")
    with pytest.raises(InputError, match="The source has no row"):
        big.resample(TABLE.slice(0, 0), "smote", target="y")


def test_columns_that_are_not_there_are_told() -> None:
    with pytest.raises(
        UnknownNameError, match="no column 'Y', which target names.*Did you mean 'y'"
    ):
        big.resample(TABLE, "smote", target="Y")
    with pytest.raises(UnknownNameError, match="no column 'ID', which id names"):
        big.resample(TABLE, "smote", target="y", id="ID")
    with pytest.raises(InputError, match="holds double; a column that identifies rows"):
        big.resample(TABLE, "smote", target="y", id="x0")
    with pytest.raises(InputError, match="id='y' is the target"):
        big.resample(TABLE, "smote", target="y", id="y")
    lacking = TABLE.set_column(0, "id", pa.array([None, *range(699)]))
    with pytest.raises(InputError, match="identifies rows and is missing in 1 of them"):
        big.resample(lacking, "smote", target="y", id="id")


def test_labels_are_checked_as_in_memory() -> None:
    label = TABLE["y"].to_pylist()
    place = TABLE.column_names.index("y")
    for values, words in (
        ([None, *label[1:]], "has 1 missing labels"),
        ([x + 0.5 for x in label], "fractional numbers such as"),
        (list(range(700)), "700 different values in 700 rows"),
        ([0] * 700, "only one class"),
    ):
        with pytest.raises(InputError, match=words):
            big.resample(TABLE.set_column(place, "y", pa.array(values)), "smote", target="y")


def test_values_that_cannot_be_searched_are_refused() -> None:
    import numpy as np

    values = TABLE["x0"].to_numpy().copy()
    values[5] = np.inf
    infinite = TABLE.set_column(1, "x0", pa.array(values))
    with pytest.raises(InputError, match=r"TomekLinks .*'x0'"):
        big.resample(infinite, TomekLinks(), target="y", id="id")
    nested = TABLE.append_column("list", pa.array([[1]] * 700))
    with pytest.raises(InputError, match="'list' holds values of type"):
        big.resample(nested, "smote", target="y", id="id")


def test_samplers_that_cannot_be_streamed_say_what_can() -> None:
    from sklearn.neighbors import NearestNeighbors

    from poise import ADASYN, CondensedNearestNeighbour, RandomUnderSampler, SMOTETomek

    with pytest.raises(
        UnsupportedTypeError, match="cannot be done exactly.*These can: RandomUnder"
    ):
        big.resample(TABLE, CondensedNearestNeighbour(), target="y")
    with pytest.raises(UnsupportedTypeError, match=r"neighbor_space='robust'.*'raw' or 'standard'"):
        big.resample(TABLE, SMOTE(neighbor_space="robust"), target="y")
    with pytest.raises(UnsupportedTypeError, match="replacement=True"):
        big.resample(TABLE, RandomUnderSampler(replacement=True), target="y")
    with pytest.raises(UnsupportedTypeError, match="looks at all rows"):
        big.resample(TABLE, ADASYN(n_neighbors=NearestNeighbors()), target="y")
    with pytest.raises(UnsupportedTypeError, match="is no sampler of Poise"):
        big.resample(TABLE, SMOTE, target="y")
    with pytest.raises(InputError, match="is a function of y, and y is not held"):
        big.resample(TABLE, SMOTE(sampling_strategy=lambda y: {1: 9}), target="y")
    with pytest.raises(UnsupportedTypeError, match="with ADASYN"):
        big.resample(TABLE, SMOTETomek(smote=ADASYN()), target="y")


def test_own_neighbour_objects_work_within_a_class() -> None:
    from sklearn.neighbors import NearestNeighbors

    sampler = SMOTE(k_neighbors=NearestNeighbors(n_neighbors=4, metric="manhattan"), random_state=0)
    assert rows_of(TABLE, sampler) == digest(in_memory(sampler, TABLE, "y", "id"), "y")


def test_nothing_to_add_is_the_source() -> None:
    sampler = RandomOverSampler(sampling_strategy={1: 36}, random_state=0)
    counts = big.explain(TABLE, sampler, target="y", id="id")
    assert counts.rows_made >= 0
    nothing = RandomOverSampler(sampling_strategy={0: int((TABLE["y"].to_numpy() == 0).sum())})
    assert rows_of(TABLE, nothing) == digest(TABLE, "y")


def test_classes_can_be_whole_numbers_in_floats_flags_or_dates() -> None:
    import datetime as dt

    place = TABLE.column_names.index("y")
    label = TABLE["y"].to_numpy()
    day = dt.date(2024, 1, 1)
    for values in (
        pa.array(label.astype(float)),
        pa.array(label == 1),
        pa.array([day.replace(day=1 + x) for x in label.tolist()]),
        pa.array([str(x) for x in label]).dictionary_encode(),
    ):
        table = TABLE.set_column(place, "y", values)
        result = big.resample(table, SMOTE(random_state=0), target="y", id="id")
        counts = list(result.counts_after.values())
        assert counts[0] == counts[1]
        assert result.reader().read_all().schema.field("y").type == values.type
