"""Streamed rows equal those of the in-memory library, to the last bit, for any block sizes and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from big_tables import (
    assert_same_rows,
    digest,
    files_of,
    in_memory,
    mixed,
    numbers,
    resampled,
    small_blocks,
    stamps,
)

from poise import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    SMOTENC,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    Proportion,
    RandomOverSampler,
    Ratio,
    SMOTETomek,
    TomekLinks,
    big,
)
from poise.combine import Chain

OVER = [
    SMOTE(random_state=0),
    SMOTE(random_state=3, k_neighbors=3, nominal="vote", sampling_strategy=Proportion(0.4)),
    SMOTENC(random_state=0),
    SMOTE(random_state=1, sampling_strategy=Ratio(0.6)),
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
    "numbers": (numbers(500, minority=0.08), "y", "id"),
    "three classes": (numbers(500, n_classes=3, minority=0.25), "y", "id"),
    "mixed": (mixed(400), "y", "key"),
    "without ids": (numbers(500, seed=5, minority=0.08).drop_columns(["id"]), "y", None),
}


# Blocks of few rows for every table; all rows in one block for the table with the most kinds of columns.
BLOCKS = [*((name, 41) for name in TABLES), ("mixed", 10_000)]


@pytest.mark.filterwarnings("ignore::poise.core.errors.VanishingClassWarning")
@pytest.mark.parametrize("sampler", OVER + CLEANING + COMBINED, ids=repr)
@pytest.mark.parametrize(("name", "block_rows"), BLOCKS)
def test_rows_are_those_of_memory(
    name: str, sampler: Any, block_rows: int, monkeypatch: Any, tmp_path: Path
) -> None:
    table, target, id_column = TABLES[name]
    small_blocks(monkeypatch, block_rows)
    source = files_of(table, tmp_path / "in", 4)
    result = big.resample(str(source), sampler, target=target, id=id_column)
    expected = in_memory(sampler, table, target, id_column)
    assert_same_rows(result.reader().read_all(), expected, target)
    assert sum(result.counts_after.values()) == expected.num_rows


def test_rows_do_not_depend_on_the_order_they_are_stored_in(tmp_path: Path) -> None:
    table = numbers(900)
    found = set()
    for number, rows in enumerate([table, table.sort_by("x0"), table.sort_by("id")]):
        source = files_of(rows, tmp_path / f"in{number}", 3)
        found.add(digest(resampled(str(source), SMOTE(random_state=0))))
    assert len(found) == 1


@pytest.mark.parametrize(
    "sampler", [SMOTETomek(random_state=0), SMOTEENN(random_state=0)], ids=repr
)
@pytest.mark.parametrize(
    "table", [numbers(500, minority=0.08), mixed(400)], ids=["numbers", "mixed"]
)
def test_cleaned_first_is_the_chain_of_the_two_steps(
    sampler: Any, table: Any, monkeypatch: Any, tmp_path: Path
) -> None:

    id_column = "id" if "id" in table.column_names else "key"
    small_blocks(monkeypatch, 53)
    source = files_of(table, tmp_path / "in", 3)
    result = big.resample(
        str(source), sampler, target="y", id=id_column, order="clean-then-oversample"
    )
    over, cleaner = sampler.over_sampler(), sampler.cleaner()
    cleaner.sampling_strategy = "auto"  # the smallest class is left whole
    expected = in_memory(Chain(cleaner, over, random_state=0), table, "y", id_column)
    assert_same_rows(result.reader().read_all(), expected)
    assert result.manifest["order"] == "clean-then-oversample"


ENN = EditedNearestNeighbours


HALF_NULL = pa.array([None] * 17 + [1, 2, 3], pa.int64())


OTHER_HALF = pa.array([1, 2, 3, 4, 5] * 3 + [1, 2] + [None] * 3, pa.int64())


NULL_IN_DICTIONARY = pa.DictionaryArray.from_arrays(
    pa.array([i % 3 for i in range(20)], pa.int8()), pa.array(["a", None, "b"])
)


FULL_DICTIONARY = pa.DictionaryArray.from_arrays(
    pa.array(range(20), pa.int8()), pa.array([str(i) for i in range(128)])
)


X20, Y20 = np.random.RandomState(0).rand(20), [0] * 14 + [1] * 6


CASES: dict[str, tuple[dict[str, Any], Any, int]] = {
    "a last block of one row": ({"x": [54, 76, 80, 75], "y": [0, 0, 1, 0]}, TomekLinks(), 2),
    "blocks of less than k rows": (
        {"x": [37, 35, 33, 13, 22, 30, 19, 9, 15], "y": [0, 2, 1, 0, 0, 2, 2, 0, 0]},
        ENN(kind_sel="mode", n_neighbors=5, sampling_strategy="all"),
        2,
    ),
    "all missing among suspects": (
        {
            "x": [4, 8, 8],
            "t": pa.array([None, None, 8], pa.int64()),
            "z": [0, 7, 1],
            "y": [0, 0, 1],
        },
        ENN(n_neighbors=1),
        100,
    ),
    "times of suspects": (
        {"t": stamps([4000012, 6000018, 7000021, 7000021, 5000015], "ms"), "y": [0, 0, 1, 0, 1]},
        ENN(kind_sel="mode", n_neighbors=2, sampling_strategy=[0]),
        2,
    ),
    "durations": (
        {
            "d": pa.array([-40, -34, -48, -16, -37], pa.int64()).cast(pa.duration("s")),
            "y": [0, 0, 0, 1, 1],
        },
        TomekLinks(),
        2,
    ),
    "overflow, links": ({"x": [3e200, 5e200, -1e200], "y": [1, 1, 0]}, TomekLinks(), 100),
    "overflow, edited": ({"x": [3e200, 1e200, -1e200], "y": [0, 1, 0]}, ENN(n_neighbors=1), 100),
    "overflow, borderline": (
        {"x": [5e200, -1e200, -1e200, 3e200, 1e200], "y": [1, 0, 0, 1, 0]},
        BorderlineSMOTE(k_neighbors=1, m_neighbors=2, random_state=0),
        100,
    ),
    "large and small numbers, standard units": (
        {
            "x": np.array([5, -1, -1, 3, 1, 4, 2]) * 2.0**664,
            "z": np.array([1, 3, 2, 2, 1, 7, 3]) * 2.0**-664,
            "y": [1, 0, 0, 1, 0, 1, 0],
        },
        TomekLinks(neighbor_space="standard"),
        3,
    ),
    "a small column beside ordinary ones": (
        {
            "x": np.array([0, 2, 0, 3, 0, 4, 0]) * 2.0**-664,
            "z": np.array([1, 3, 2, 2, 1, 7, 3]) * 1.0,
            "y": [1, 0, 0, 1, 0, 1, 0],
        },
        BorderlineSMOTE(k_neighbors=1, m_neighbors=2, random_state=0),
        2,
    ),
    "a feature of a name of ours": (
        {
            "sample_weight": np.arange(6.0),
            "_new": [1] * 6,
            "_seed": [2] * 6,
            "y": [0, 0, 0, 0, 1, 1],
        },
        RandomOverSampler(random_state=0),
        100,
    ),
    "minus zero among labels": (
        {"x": np.arange(6.0), "y": [-0.0, 0.0, 0.0, 0.0, 1.0, 1.0]},
        ENN(n_neighbors=1),
        100,
    ),
    "rows that know no column in common": (
        {"x": HALF_NULL, "z": OTHER_HALF, "y": [0] * 17 + [1] * 3},
        ENN(n_neighbors=7, sampling_strategy="all"),
        100,
    ),
    "none near, borderline": (
        {"x": HALF_NULL, "z": OTHER_HALF, "y": [0] * 17 + [1] * 3},
        BorderlineSMOTE(k_neighbors=1, m_neighbors=10, random_state=0),
        100,
    ),
    "a gap in a dictionary": ({"x": X20, "c": NULL_IN_DICTIONARY, "y": Y20}, TomekLinks(), 7),
    "made of a gap in a dictionary": (
        {"x": X20, "c": NULL_IN_DICTIONARY, "y": Y20},
        ADASYN(random_state=0, n_neighbors=2),
        7,
    ),
    "a dictionary without room": (
        {"x": X20, "c": FULL_DICTIONARY, "y": Y20},
        SMOTETomek(random_state=0),
        7,
    ),
    "a target in a dictionary of numbers": (
        {"x": X20, "y": pa.array(Y20).dictionary_encode()},
        SMOTE(random_state=0),
        7,
    ),
    "a target in half precision": (
        {"x": X20, "y": pa.array(np.array(Y20, dtype=np.float16))},
        SMOTE(random_state=0),
        7,
    ),
    "classes of one size": (
        {"x": X20, "y": [0, 1] * 10},
        SMOTETomek(random_state=0, sampling_strategy={0: 14}),
        7,
    ),
}


@pytest.mark.filterwarnings("ignore::poise.core.errors.PoiseWarning")
@pytest.mark.parametrize("name", CASES)
def test_rows_of_unusual_tables_are_those_of_memory(name: str, monkeypatch: Any) -> None:
    columns, sampler, block_rows = CASES[name]
    small_blocks(monkeypatch, block_rows, 1 << 17)
    table = pa.table(columns)
    found = big.resample(table, sampler, target="y").reader().read_all()
    assert found.schema.equals(table.schema)
    assert_same_rows(found, in_memory(sampler, table, "y", None))


def test_rows_that_differ_are_named() -> None:
    table = pa.table({"id": [7, 8, 9], "x": [1.0, 2.0, 2.0], "y": [0, 0, 1]})
    other = pa.table({"id": [7, 8, None], "x": [1.0, 2.0, 3.0], "y": [0, 1, 1]})
    assert_same_rows(table, table.take(pa.array([2, 0, 1])))
    with pytest.raises(AssertionError) as error:
        assert_same_rows(table, other)
    assert str(error.value).splitlines() == [
        "rows per class: found {'0': 2, '1': 1}, expected {'0': 1, '1': 2}",
        "only found: 1 rows",
        "  8",
        "only expected: 1 rows",
        "  a row of 3.0 1",
    ]
