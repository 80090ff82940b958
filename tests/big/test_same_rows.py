"""Streamed rows are the in-memory library's, to the last bit, however the rows are cut up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from big_tables import digest, files_of, in_memory, mixed, numbers

from poise import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    SMOTENC,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    Proportion,
    RandomOverSampler,
    SMOTETomek,
    TomekLinks,
    big,
)
from poise.big import memory as _room

OVER = [
    SMOTE(random_state=0),
    SMOTE(random_state=3, k_neighbors=3, nominal="vote", sampling_strategy=Proportion(0.4)),
    SMOTENC(random_state=0),
    RandomOverSampler(random_state=0),
    BorderlineSMOTE(random_state=0),
    BorderlineSMOTE(random_state=0, kind="borderline-2", nominal="vote"),
    ADASYN(random_state=0, n_neighbors=7),
    SMOTE(random_state=0, neighbor_space="standard"),
    BorderlineSMOTE(random_state=0, neighbor_space="standard"),
]
CLEANING = [
    TomekLinks(),
    TomekLinks(sampling_strategy="all", neighbor_space="standard"),
    EditedNearestNeighbours(),
    EditedNearestNeighbours(n_neighbors=1, neighbor_space="standard"),
    EditedNearestNeighbours(kind_sel="mode", n_neighbors=4),
    EditedNearestNeighbours(kind_sel="mode", sampling_strategy="all"),
    EditedNearestNeighbours(sampling_strategy="all", n_neighbors=5),
]
COMBINED = [
    SMOTETomek(random_state=0),
    SMOTEENN(random_state=1),
    SMOTETomek(random_state=0, neighbor_space="standard"),
]
TABLES: dict[str, tuple[Any, str, str | None]] = {
    "numbers": (numbers(900), "y", "id"),
    "three classes": (numbers(900, n_classes=3, minority=0.25), "y", "id"),
    "mixed": (mixed(800), "y", "key"),
    "without ids": (numbers(900, seed=5).drop_columns(["id"]), "y", None),
}


def cut_up(monkeypatch: Any, block_rows: int, piece_rows: int = 97) -> None:
    """Look at blocks of few rows, and draw few new rows at once."""
    monkeypatch.setattr(_room, "_MIN_BLOCK_ROWS", block_rows)
    monkeypatch.setattr(_room, "_MAX_BLOCK_ROWS", block_rows)
    monkeypatch.setattr(_room, "_MAX_BATCH_ROWS", piece_rows)


@pytest.mark.filterwarnings("ignore::poise.core.errors.VanishingClassWarning")
@pytest.mark.parametrize("block_rows", [41, 10_000])
@pytest.mark.parametrize("sampler", OVER + CLEANING + COMBINED, ids=repr)
@pytest.mark.parametrize("name", TABLES)
def test_rows_are_those_of_memory(
    name: str, sampler: Any, block_rows: int, monkeypatch: Any, tmp_path: Path
) -> None:
    table, target, id_column = TABLES[name]
    cut_up(monkeypatch, block_rows)
    source = files_of(table, tmp_path / "in", 4)
    result = big.resample(str(source), sampler, target=target, id=id_column)
    expected = in_memory(sampler, table, target, id_column)
    found = result.reader().read_all()
    assert digest(found, target) == digest(expected, target)
    assert sum(result.counts_after.values()) == expected.num_rows


def test_rows_do_not_depend_on_the_order_they_are_stored_in(tmp_path: Path) -> None:
    table = numbers(900)
    found = set()
    for number, rows in enumerate([table, table.sort_by("x0"), table.sort_by("id")]):
        source = files_of(rows, tmp_path / f"in{number}", 3)
        result = big.resample(str(source), SMOTE(random_state=0), target="y", id="id")
        found.add(digest(result.reader().read_all().rename_columns(rows.column_names), "y"))
    assert len(found) == 1


def test_order_of_columns_in_files_does_not_matter(tmp_path: Path) -> None:
    table = numbers(300)
    folder = files_of(table.slice(0, 150), tmp_path / "in", 1)
    import pyarrow.parquet as pq

    pq.write_table(table.slice(150).select(table.column_names[::-1]), folder / "z.parquet")
    result = big.resample(str(folder), RandomOverSampler(random_state=0), target="y", id="id")
    expected = in_memory(RandomOverSampler(random_state=0), table, "y", "id")
    assert digest(result.reader().read_all(), "y") == digest(expected, "y")


@pytest.mark.parametrize(
    "sampler", [SMOTETomek(random_state=0), SMOTEENN(random_state=0)], ids=repr
)
@pytest.mark.parametrize("table", [numbers(900), mixed(700)], ids=["numbers", "mixed"])
def test_cleaned_first_is_the_chain_of_the_two_steps(
    sampler: Any, table: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    from poise.combine import Chain

    id_column = "id" if "id" in table.column_names else "key"
    cut_up(monkeypatch, 53)
    source = files_of(table, tmp_path / "in", 3)
    result = big.resample(
        str(source), sampler, target="y", id=id_column, order="clean-then-oversample"
    )
    over, cleaner = sampler._steps()
    cleaner.sampling_strategy = "auto"  # the smallest class is left whole
    expected = in_memory(Chain(cleaner, over, random_state=0), table, "y", id_column)
    assert digest(result.reader().read_all(), "y") == digest(expected, "y")
    assert result.manifest["order"] == "clean-then-oversample"


def test_new_ids_go_on_after_the_largest_and_seeds_are_named(tmp_path: Path) -> None:
    table = numbers(300)
    result = big.resample(
        table, SMOTE(random_state=0), target="y", id="id", extra=("_new", "_seed")
    )
    rows = result.reader().read_all()
    made = rows.filter(rows["_new"])
    largest = max(table["id"].to_pylist())
    assert made["id"].to_pylist() == list(range(largest + 1, largest + 1 + made.num_rows))
    minority = set(table.filter(table["y"].to_numpy() == 1)["id"].to_pylist())
    assert set(made["_seed"].to_pylist()) <= minority
    assert rows.filter(rows["_new"].to_numpy() == 0)["_seed"].null_count == table.num_rows


def test_new_ids_of_text_do_not_repeat_those_there_are(tmp_path: Path) -> None:
    import pyarrow as pa

    table = mixed(300)
    names = ["new-41", *table["key"].to_pylist()[1:]]
    table = table.set_column(table.column_names.index("key"), "key", pa.array(names))
    rows = big.resample(table, SMOTE(random_state=0), target="y", id="key").reader().read_all()
    assert rows["key"].to_pylist()[300:302] == ["new-42", "new-43"]
    assert len(set(rows["key"].to_pylist())) == rows.num_rows


def test_schema_that_goes_in_comes_out(tmp_path: Path) -> None:
    table = mixed(400)
    result = big.resample(table, SMOTE(random_state=0), target="y", id="key")
    assert result.reader().schema.equals(table.schema)
