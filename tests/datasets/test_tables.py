"""The installed tables are complete, free to use and protected from changes."""

from __future__ import annotations

import copy
import csv
import dataclasses
import math
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from poise.core.errors import InputError
from poise.datasets import _tables
from poise.datasets._tables import Dataset

ROOT = Path(__file__).parents[2]
FILES = ROOT / "src" / "poise" / "datasets" / "files"
SOURCE = ROOT.parent / "shared" / "data"
BACKENDS = ["pandas", "polars", "pyarrow"]

# name: rows, features, nominal features, missing values, classes, rows of the rarest class
FACTS = {
    "ecoli": (336, 7, 0, 0, 8, 2),
    "yeast": (1484, 8, 0, 0, 10, 5),
    "page_blocks": (5472, 10, 0, 0, 5, 28),
    "abalone": (4177, 8, 1, 0, 2, 391),
    "german": (1000, 20, 13, 0, 2, 300),
    "hypothyroid": (3163, 25, 18, 5329, 2, 151),
    "thyroid": (9172, 29, 22, 14629, 2, 228),
    "wine_quality": (4898, 11, 0, 0, 2, 183),
}
FILE_AT_SOURCE = dict.fromkeys(FACTS) | {"abalone": "abalone_7", "thyroid": "thyroid0387_hyper"}
MIXED = [name for name, facts in FACTS.items() if facts[2]]
NUMERIC = [name for name, facts in FACTS.items() if not facts[2]]

needs_source = pytest.mark.skipif(
    not SOURCE.is_dir(), reason="the Parquet files the tables were made from are not here"
)
every_table = pytest.mark.parametrize("name", FACTS)


def load(name: str) -> Dataset:
    loader: Callable[[], Dataset] = getattr(_tables, f"load_{name}")
    return loader()


def parquet(name: str) -> Path:
    return SOURCE / f"{FILE_AT_SOURCE[name] or name}.parquet"


def is_missing(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def cells_missing(values: np.ndarray) -> int:
    return sum(map(is_missing, values.tolist()))


def facts_of(table: Dataset) -> tuple[int, ...]:
    features = [values for name, values in table.columns.items() if name != table.target]
    return (
        len(table.columns[table.target]),
        len(features),
        sum(values.dtype == object for values in features),
        sum(cells_missing(values) for values in features),
        len(table.counts),
        min(table.counts.values()),
    )


@every_table
def test_a_table_has_the_shape_and_the_rare_class_it_is_known_for(name: str) -> None:
    assert facts_of(load(name)) == FACTS[name]


@needs_source
@every_table
def test_the_known_facts_are_those_of_the_manifest(name: str) -> None:
    with (SOURCE / "manifest.csv").open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row["file"] == parquet(name).name)
    names = ("rows", "features", "categorical", "missing_cells", "classes", "minority")
    assert tuple(int(row[key]) for key in names) == FACTS[name]


@needs_source
@every_table
def test_every_value_equals_that_of_the_parquet_file(name: str) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    original = pq.read_table(parquet(name))
    table = load(name)
    assert list(table.columns) == original.column_names
    for column, values in table.columns.items():
        expected = original[column].to_numpy()
        assert values.dtype.kind == expected.dtype.kind
        np.testing.assert_array_equal(values, expected)


@needs_source
def test_the_files_can_be_rebuilt_byte_for_byte(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    script = ROOT / "tools" / "build_datasets.py"
    subprocess.run([sys.executable, script, SOURCE, "--to", tmp_path], check=True)
    for shipped in sorted(FILES.glob("*.npz")):
        with zipfile.ZipFile(shipped) as old, zipfile.ZipFile(tmp_path / shipped.name) as new:
            assert old.namelist() == new.namelist()
            assert all(old.read(member) == new.read(member) for member in old.namelist())


def test_there_is_one_file_for_each_loader_and_no_other() -> None:
    assert {path.stem for path in FILES.glob("*.npz")} == set(FACTS)
    loaders = {name for name in dir(_tables) if name.startswith("load_")}
    assert loaders == {f"load_{name}" for name in FACTS}


def test_the_files_stay_under_half_a_megabyte() -> None:
    assert sum(path.stat().st_size for path in FILES.iterdir()) < 500_000


@every_table
def test_no_file_needs_pickle(name: str) -> None:
    with np.load(FILES / f"{name}.npz", allow_pickle=False) as stored:
        assert all(stored[key].dtype.kind in "ifbU" for key in stored.files)


@every_table
def test_integers_take_the_smallest_type_on_disk(name: str) -> None:
    with np.load(FILES / f"{name}.npz", allow_pickle=False) as stored:
        whole = [stored[key] for key in stored.files if stored[key].dtype.kind == "i"]
    for values in whole:
        half = np.iinfo(f"i{max(values.dtype.itemsize // 2, 1)}")
        fits_in_half = half.min <= values.min() and values.max() <= half.max
        assert values.dtype == np.int8 or not fits_in_half


@every_table
def test_a_column_is_int64_float64_or_strings(name: str) -> None:
    for values in load(name).columns.values():
        assert values.dtype in (np.int64, np.float64, np.dtype(object))
        if values.dtype == object:
            assert {type(cell) for cell in values} <= {str, type(None)}


@every_table
def test_the_target_is_the_last_column_and_has_no_missing_value(name: str) -> None:
    table = load(name)
    assert list(table.columns)[-1] == table.target
    assert cells_missing(table.columns[table.target]) == 0


def test_tables_load_where_no_frame_library_is_installed() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['pandas', 'polars', 'pyarrow']));"
        "from poise.datasets._tables import load_thyroid; print(len(load_thyroid().to_dict()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "30"


@every_table
def test_columns_cannot_be_written_to_or_replaced(name: str) -> None:
    table = load(name)
    for values in table.columns.values():
        with pytest.raises(ValueError, match="read-only"):
            values[0] = values[1]
    with pytest.raises(TypeError):
        table.columns["new"] = np.zeros(3)  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.name = "mine"  # type: ignore[misc]


def test_the_original_arrays_stay_writable() -> None:
    values = np.zeros(3)
    Dataset("t", "T", "a", {"a": values}, "here", "CC0", "me", "")
    values[0] = 1.0


def test_to_dict_gives_copies_that_do_not_touch_the_table() -> None:
    table = load("ecoli")
    copied = table.to_dict()
    copied["mcg"][:] = -1.0
    assert table.columns["mcg"].min() >= 0.0


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))]
)
def test_a_copied_or_pickled_table_is_the_same_and_still_read_only(
    again: Callable[[Dataset], Dataset],
) -> None:
    table = load("hypothyroid")
    other = again(table)
    assert repr(other) == repr(table)
    assert (other.source, other.citation, other.note) == (table.source, table.citation, table.note)
    for name, values in table.columns.items():
        np.testing.assert_array_equal(other.columns[name], values)
        assert not other.columns[name].flags.writeable


@pytest.mark.parametrize("backend", BACKENDS)
@every_table
def test_a_frame_holds_all_columns_in_order_in_each_library(name: str, backend: str) -> None:
    pytest.importorskip(backend)
    table = load(name)
    frame = table.frame(backend)
    assert type(frame).__module__.partition(".")[0] in (backend, f"{backend}_lib")
    assert list(getattr(frame, "column_names", frame.columns)) == list(table.columns)
    assert frame.shape == (FACTS[name][0], FACTS[name][1] + 1)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["german", "thyroid"])
def test_a_frame_holds_the_same_values_as_the_columns(name: str, backend: str) -> None:
    pytest.importorskip(backend)
    table = load(name)
    frame = table.frame(backend)
    for column, values in table.columns.items():
        cells = frame[column].to_pylist() if backend == "pyarrow" else frame[column].to_list()
        missing = [is_missing(cell) for cell in cells]
        assert sum(missing) == cells_missing(values)
        filled = [cell for cell, is_gone in zip(cells, missing, strict=True) if not is_gone]
        assert filled == [cell for cell in values.tolist() if not is_missing(cell)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_x_y_separates_the_labels_from_the_features(backend: str) -> None:
    pytest.importorskip(backend)
    table = load("german")
    X, y = table.X_y(backend)
    assert X.shape == (1000, 20)
    assert "target" not in list(getattr(X, "column_names", X.columns))
    np.testing.assert_array_equal(np.asarray(y), table.columns["target"])


def test_without_a_backend_the_frame_is_pandas_when_it_is_installed() -> None:
    pandas = pytest.importorskip("pandas")
    assert isinstance(load("ecoli").frame(), pandas.DataFrame)


def test_where_no_frame_library_is_installed_the_error_names_to_dict() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['pandas', 'polars', 'pyarrow']));"
        "from poise.datasets._tables import load_ecoli; load_ecoli().frame()"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "MissingDependencyError" in done.stderr
    assert ".to_dict()" in done.stderr


@pytest.mark.parametrize("name", NUMERIC)
def test_arrays_are_the_columns_side_by_side(name: str) -> None:
    table = load(name)
    X, y = table.arrays()
    assert X.dtype == np.float64
    features = [values for column, values in table.columns.items() if column != table.target]
    np.testing.assert_array_equal(X.T, features)
    np.testing.assert_array_equal(y, table.columns[table.target])
    assert X.flags.writeable
    assert y.flags.writeable


@pytest.mark.parametrize("name", MIXED)
def test_arrays_of_a_mixed_table_name_the_nominal_columns_and_the_way_out(name: str) -> None:
    table = load(name)
    with pytest.raises(InputError, match=r"X_y\(\)") as error:
        table.arrays()
    for column, values in table.columns.items():
        if values.dtype == object and column != table.target:
            assert repr(column) in str(error.value)


@every_table
def test_counts_are_plain_numbers_by_sorted_label(name: str) -> None:
    counts = load(name).counts
    assert list(counts) == sorted(counts)
    assert sum(counts.values()) == FACTS[name][0]
    assert all(type(count) is int for count in counts.values())
    assert {type(label) for label in counts} <= {int, str}


def test_the_repr_names_the_table_its_size_and_its_classes_largest_first() -> None:
    expected = "<Dataset german: 1000 rows x 21 columns, 2 classes: 1 (700), 2 (300)>"
    assert repr(load("german")) == expected


@every_table
def test_every_table_names_its_licence_source_and_citation(name: str) -> None:
    table = load(name)
    assert table.name == name
    assert table.licence == "CC BY 4.0"
    assert "UCI Machine Learning Repository" in table.source
    assert table.title
    assert table.note


@every_table
def test_the_readme_beside_the_files_cites_every_table_alike(name: str) -> None:
    readme = " ".join((FILES / "README.md").read_text(encoding="utf-8").split())
    assert load(name).citation in readme
    rows, features, *_, classes, _ = FACTS[name]
    assert f"| `{name}.npz` | {rows} | {features} | {classes} |" in readme


@pytest.mark.parametrize(("name", "no"), [("hypothyroid", "n"), ("thyroid", "f")])
def test_a_laboratory_value_is_missing_exactly_where_it_was_not_measured(
    name: str, no: str
) -> None:
    columns = load(name).columns
    for assay in ("TSH", "T3", "TT4", "T4U", "FTI", "TBG"):
        np.testing.assert_array_equal(np.isnan(columns[assay]), columns[f"{assay}_measured"] == no)


@pytest.mark.parametrize(
    ("name", "repeats"),
    [
        ("yeast", 31),
        ("page_blocks", 66),
        ("hypothyroid", 77),
        ("thyroid", 10),
        ("wine_quality", 937),
    ],
)
def test_a_note_names_the_right_number_of_repeated_rows(name: str, repeats: int) -> None:
    table = load(name)
    rows = list(
        zip(*(map(repr, values.tolist()) for values in table.columns.values()), strict=True)
    )
    assert len(rows) - len(set(rows)) == repeats
    assert f"{repeats} rows repeat" in table.note
