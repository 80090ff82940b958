"""Parquet files: found by path or pattern, checked, read in batches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from big_tables import (
    TABLE,
    assert_same_rows,
    files_of,
    in_memory,
    numbers,
    resampled,
)

from poise import (
    SMOTE,
    TomekLinks,
    big,
)
from poise.big.storage.source import open_source
from poise.core.errors import (
    FileError,
    InputError,
    WiderTypeWarning,
)


def test_missing_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(FileError, match=r"There is no file '.*inn'. Did you mean 'in'\?"):
        big.resample(str(tmp_path / "inn"), "smote", target="y")
    with pytest.raises(FileError, match="holds no Parquet file"):
        big.resample(str(tmp_path / "in"), "smote", target="y")
    with pytest.raises(FileError, match="No file matches the pattern"):
        big.resample(str(tmp_path / "in" / "*.parquet"), "smote", target="y")
    with pytest.raises(InputError, match="The source has no row"):
        big.resample(TABLE.slice(0, 0), "smote", target="y")


def test_names_of_files_say_what_they_are(tmp_path: Path) -> None:
    folder = files_of(TABLE, tmp_path / "in[1]", 2)
    assert_same_rows(resampled(str(folder)), resampled(TABLE))
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
    result = big.resample(
        folder / "f00.parquet", SMOTE(random_state=0), target="y", id="id", extra=()
    )
    assert result.reader().schema.names == TABLE.column_names


def test_row_groups_and_wide_tables_are_read_a_part_at_a_time(tmp_path: Path) -> None:

    wide = pa.table({f"x{j}": [0.0] * 5000 for j in range(600)})
    pq.write_table(wide, tmp_path / "wide.parquet")
    sizes = [
        b.num_rows for b in open_source(tmp_path / "wide.parquet").batches(0, wide.column_names)
    ]
    assert sum(sizes) == 5000
    assert max(sizes) < 4000


def test_a_schema_that_names_more_than_the_files_is_refused(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "t.parquet")
    more = TABLE.schema.append(pa.field("z", pa.int64()))
    dataset = ds.dataset([str(tmp_path / "t.parquet")], schema=more)
    with pytest.raises(InputError, match="has no column 'z'"):
        big.resample(dataset, "smote", target="y")


def test_a_truncated_file_is_named(source: Path, tmp_path: Path) -> None:
    file = source / "f02.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(FileError, match=r"cannot be read as Parquet: .* Is it complete"):
        big.resample(str(source), "smote", target="y", out=tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_file_that_is_broken_inside_is_named(source: Path) -> None:
    file = source / "f03.parquet"
    content = bytearray(file.read_bytes())
    content[100:3000] = bytes(2900)
    file.write_bytes(content)
    with pytest.raises(FileError, match=r"f03.parquet' cannot be read as Parquet"):
        big.resample(str(source), "smote", target="y", id="id")


def test_files_whose_columns_differ_are_named_and_read(source: Path) -> None:
    table = numbers(40)
    pq.write_table(table.rename_columns({"x0": "z"}), source / "h.parquet")
    with pytest.warns(WiderTypeWarning, match=r"differ in 2 columns: 'z' is missing in .*f00"):
        assert big.resample(str(source), TomekLinks(), target="y").counts_before[0] > 1400
    text = table.set_column(1, "x0", table["x0"].cast(pa.string()))
    pq.write_table(text, source / "h.parquet")
    with pytest.raises(InputError, match=r"'x0' is string in .*h.parquet' and double in"):
        big.resample(str(source), "smote", target="y")


def test_a_partitioned_data_set_is_read_and_rewritten(tmp_path: Path) -> None:
    table = numbers(800)
    ds.write_dataset(
        table, tmp_path / "in", format="parquet", partitioning=["y"], partitioning_flavor="hive"
    )
    result = big.resample(
        str(tmp_path / "in"), SMOTE(random_state=0), target="y", id="id", out=tmp_path / "out"
    )
    assert not [path for path in (tmp_path / "out").iterdir() if path.is_symlink()]
    found = pq.read_table(tmp_path / "out")
    assert_same_rows(found, in_memory(SMOTE(random_state=0), table, "y", "id"))
    assert result.counts_after[0] == result.counts_after[1]


@pytest.mark.parametrize("own", ["0", 0, 0.0], ids=repr)
@pytest.mark.parametrize("label", ["fine", "3"])
@pytest.mark.parametrize("read", [str, partial(ds.dataset, partitioning="hive")])
def test_a_key_of_folders_that_is_also_a_column_is_refused(
    own: object, label: str, read: Callable[[Path], object], tmp_path: Path
) -> None:
    for key in (label, label + "0"):
        folder = tmp_path / "in" / f"y={key}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"a": range(40), "y": [own] * 40}), folder / "p.parquet")
    with pytest.raises(InputError, match=r"Column 'y' is in the file, and in the name of its fold"):
        try:
            source = read(tmp_path / "in")
        except pa.ArrowException:  # already pyarrow refuses it
            source = tmp_path / "in"
        big.resample(source, "smote", target="y")


def test_a_key_of_two_folders_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "in" / "k=1" / "k=2"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"a": range(40), "y": [0, 1] * 20}), folder / "p.parquet")
    with pytest.raises(InputError, match=r"Column 'k' is in the names of two folders, 'k=...'"):
        big.resample(tmp_path / "in", "smote", target="y")


def test_a_path_that_is_too_long_is_named() -> None:
    for path in ("x" * 5000, "a/*" + "x" * 5000):
        with pytest.raises(FileError, match="File name too long"):
            big.resample(path, "smote", target="y")


def test_empty_files_first_and_last_are_passed_over(tmp_path: Path) -> None:
    table = numbers(400)
    (tmp_path / "in").mkdir()
    for number in range(5):
        part = table if number == 1 else table.slice(0, 0)
        pq.write_table(part, tmp_path / "in" / f"{number}.parquet")
    found = big.resample(str(tmp_path / "in"), TomekLinks(), target="y", id="id")
    expected = in_memory(TomekLinks(), table, "y", "id")
    assert_same_rows(found.reader().read_all(), expected)
