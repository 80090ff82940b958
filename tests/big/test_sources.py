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
    with pytest.raises(UnsupportedTypeError, match="which is not an Arrow stream"):
        big.resample(lambda: 3, "smote", target="y")
    with pytest.raises(UnsupportedTypeError, match="source is a int. Pass a Parquet file"):
        big.resample(3, "smote", target="y")


def test_a_stream_with_other_rows_the_second_time_is_refused() -> None:
    lengths = iter([0, 700, 700, 650, 700])
    with pytest.raises(InputError, match="700 rows in an earlier pass and 650 in this one"):
        big.resample(lambda: TABLE.slice(0, next(lengths)), TomekLinks(), target="y", id="id")


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(FileError, match=r"There is no file '.*inn'. Did you mean 'in'\?"):
        big.resample(str(tmp_path / "inn"), "smote", target="y")
    with pytest.raises(FileError, match="holds no Parquet file"):
        big.resample(str(tmp_path / "in"), "smote", target="y")
    with pytest.raises(FileError, match="No file matches the pattern"):
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
    with pytest.raises(InputError, match="identifies rows, and is missing in 1 of them"):
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
        UnsupportedTypeError, match="cannot be done exactly.*Supported are: RandomUnder"
    ):
        big.resample(TABLE, CondensedNearestNeighbour(), target="y")
    with pytest.raises(UnsupportedTypeError, match=r"neighbor_space='robust'.*'raw' or 'standard'"):
        big.resample(TABLE, SMOTE(neighbor_space="robust"), target="y")
    with pytest.raises(UnsupportedTypeError, match="replacement=True"):
        big.resample(TABLE, RandomUnderSampler(replacement=True), target="y")
    with pytest.raises(UnsupportedTypeError, match="searches all rows"):
        big.resample(TABLE, ADASYN(n_neighbors=NearestNeighbors()), target="y")
    with pytest.raises(UnsupportedTypeError, match="is not a sampler of Poise"):
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


def test_names_of_files_say_what_they_are(tmp_path: Path) -> None:
    folder = files_of(TABLE, tmp_path / "in[1]", 2)
    assert rows_of(str(folder)) == rows_of(TABLE)
    (folder / "README.md").write_text("notes", encoding="utf-8")
    with pytest.raises(
        FileError, match=r"also holds 'README.md'. Name the files to read with a pattern"
    ):
        big.resample(str(folder), "smote", target="y")
    (tmp_path / "t.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(FileError, match=r"is not a Parquet file.*format='csv'"):
        big.resample(str(tmp_path / "t.csv"), "smote", target="y")
    with pytest.raises(FileError, match=r"is a URL. Pass it as a dataset"):
        big.resample("s3://bucket/rows", "smote", target="y")
    (tmp_path / "gone.parquet").symlink_to(tmp_path / "nowhere.parquet")
    with pytest.raises(FileError, match="is a broken link"):
        big.resample(str(tmp_path / "gone.parquet"), "smote", target="y")


def test_one_file_of_a_partitioned_folder_has_its_own_columns(tmp_path: Path) -> None:
    folder = files_of(TABLE, tmp_path / "day=2024-01-01", 1)
    result = big.resample(folder / "f00.parquet", SMOTE(random_state=0), target="y", id="id")
    assert result.reader().schema.names == TABLE.column_names


def test_a_filtered_dataset_is_read(tmp_path: Path) -> None:
    import pyarrow.compute as pc

    dataset = ds.dataset(files_of(TABLE, tmp_path / "in", 2)).filter(pc.field("x0") > 0)
    assert rows_of(dataset) == rows_of(dataset.to_table())


def test_a_dataset_of_another_schema_is_written_anew(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "one.parquet")
    narrow = TABLE.schema.set(1, pa.field("x0", pa.float32()))
    dataset = ds.dataset([str(tmp_path / "one.parquet")], schema=narrow)
    result = big.resample(dataset, SMOTE(random_state=0), target="y", id="id", out=tmp_path / "out")
    assert result.reader().read_all().schema.field("x0").type == pa.float32()
    assert rows_of(tmp_path / "out", TomekLinks())


def test_row_groups_and_wide_tables_are_read_a_part_at_a_time(tmp_path: Path) -> None:
    from poise.big.storage.source import open_source

    wide = pa.table({f"x{j}": [0.0] * 5000 for j in range(600)})
    pq.write_table(wide, tmp_path / "wide.parquet")
    sizes = [
        b.num_rows for b in open_source(tmp_path / "wide.parquet").batches(0, wide.column_names)
    ]
    assert sum(sizes) == 5000
    assert max(sizes) < 4000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"extra": 5}, "extra=5 must be a tuple"),
        ({"progress": "yes"}, "progress='yes' must be True, False or a function"),
        ({"memory": float("nan")}, "not an amount of memory"),
        ({"memory": float("inf")}, "not an amount of memory"),
        ({"order": "clean-then-oversample"}, "SMOTE has one step"),
        ({"out": 5}, "out=5 is not a path"),
    ],
)
def test_options_of_wrong_kinds_are_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        big.resample(TABLE, SMOTE(random_state=0), target="y", id="id", **options)


def test_a_target_of_very_many_values_is_refused_at_once() -> None:
    import numpy as np

    table = pa.table({"x": np.arange(20_000) / 3, "y": np.arange(20_000)})
    with pytest.raises(InputError, match="more than 10,000 different values"):
        big.resample(table, "smote", target="y")


@pytest.mark.parametrize("id_column", ["id", None])
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), TomekLinks()], ids=repr)
def test_columns_that_allow_no_gaps_stay_so(
    sampler: Any, id_column: str | None, tmp_path: Path
) -> None:
    table = TABLE if id_column else TABLE.drop_columns(["id"])
    table = table.append_column("c", pa.array(["u", "v"] * 350).dictionary_encode())
    strict = pa.schema([pa.field(f.name, f.type, nullable=False) for f in table.schema])
    pq.write_table(table.cast(strict), tmp_path / "t.parquet")
    result = big.resample(tmp_path / "t.parquet", sampler, target="y", id=id_column)
    found = result.reader().read_all()
    assert not any(field.nullable for field in found.schema)
    assert digest(found, "y") == digest(in_memory(sampler, table, "y", id_column), "y")


def test_a_generator_draws_what_it_would_in_memory() -> None:
    import numpy as np

    def sampler() -> SMOTE:
        return SMOTE(random_state=np.random.RandomState(5))

    assert rows_of(TABLE, sampler()) == digest(in_memory(sampler(), TABLE, "y", "id"), "y")


def test_steps_that_search_elsewhere_are_refused() -> None:
    from poise import SMOTETomek

    sampler = SMOTETomek(tomek=TomekLinks(neighbor_space="standard"))
    with pytest.raises(UnsupportedTypeError, match="searches in another space"):
        big.resample(TABLE, sampler, target="y", id="id")


def test_a_schema_that_names_more_than_the_files_is_refused(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "t.parquet")
    more = TABLE.schema.append(pa.field("z", pa.int64()))
    dataset = ds.dataset([str(tmp_path / "t.parquet")], schema=more)
    with pytest.raises(InputError, match="has no column 'z'"):
        big.resample(dataset, "smote", target="y")
