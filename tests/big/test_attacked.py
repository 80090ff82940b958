"""Strange tables, each of which once gave other rows than memory, or a traceback."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from big_tables import digest, in_memory

from poise import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    RandomOverSampler,
    SMOTETomek,
    TomekLinks,
    big,
)
from poise.big import memory as _room
from poise.combine import Chain
from poise.core.errors import InputError, TooFewRowsError, UnsupportedTypeError

ENN = EditedNearestNeighbours


def stamps(numbers: list[int], unit: str = "s") -> pa.Array:
    return pa.array(numbers, pa.int64()).cast(pa.timestamp(unit))


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
def test_rows_are_those_of_memory(name: str, monkeypatch: Any) -> None:
    columns, sampler, block_rows = CASES[name]
    monkeypatch.setattr(_room, "_MIN_BLOCK_ROWS", block_rows)
    monkeypatch.setattr(_room, "_MAX_BLOCK_ROWS", block_rows)
    table = pa.table(columns)
    found = big.resample(table, sampler, target="y").reader().read_all()
    assert found.schema.equals(table.schema)
    assert digest(found, "y") == digest(in_memory(sampler, table, "y", None), "y")


@pytest.mark.filterwarnings("ignore::poise.core.errors.PoiseWarning")
def test_removed_rows_say_when_times_begin_and_are_no_seeds() -> None:
    table = pa.table(
        {
            "x": [7.0, 1, 0, 8, 8, 8, 7, 7],
            "t": stamps([56, 64, 76, 61, 21, 3, 19, 19]),
            "y": [1, 0, 0, 1, 1, 0, 1, 1],
        }
    )
    smote, enn = SMOTE(k_neighbors=1, random_state=0), ENN(n_neighbors=1, sampling_strategy="all")
    found = big.resample(
        table,
        SMOTEENN(smote=smote, enn=enn, random_state=0),
        target="y",
        order="clean-then-oversample",
    )
    expected = in_memory(Chain(enn, smote, random_state=0), table, "y", None)
    assert digest(found.reader().read_all(), "y") == digest(expected, "y")


@contextlib.contextmanager
def warnings_ignored() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def ordered(order: list[str], indices: list[int]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array(indices, pa.int8()), pa.array(order), ordered=True
    )


def test_ordered_categories_of_two_orders_are_refused(tmp_path: Path) -> None:
    for number, order in enumerate([["lo", "mid", "hi"], ["hi", "lo", "mid"]]):
        size = ordered(order, [i % 3 for i in range(20)])
        pq.write_table(pa.table({"x": X20, "size": size, "y": Y20}), tmp_path / f"{number}.parquet")
    with pytest.raises(
        InputError, match="'size' holds ordered categories, whose order is not the same"
    ):
        big.resample(str(tmp_path), TomekLinks(), target="y")


def test_ids_without_room_for_new_ones_are_refused_before_the_work() -> None:
    for ids, words in (
        (
            pa.array(range(108, 128), pa.int8()),
            "int8 up to 127, which leaves no room for 8 new ids",
        ),
        (pa.array([2**63 - 20 + i for i in range(20)]), "leaves no room"),
        (pa.array([2**63 + i for i in range(20)], pa.uint64()), "leaves no room"),
    ):
        table = pa.table({"id": ids, "x": X20, "y": Y20})
        with pytest.raises(InputError, match=words):
            big.resample(table, SMOTE(random_state=0), target="y", id="id")
        assert big.resample(table, TomekLinks(), target="y", id="id").reader().read_all().num_rows


def test_neighbours_beyond_the_table_are_refused_as_in_memory() -> None:
    table = pa.table({"x": np.arange(6.0), "y": [0, 0, 0, 0, 1, 1]})
    with pytest.raises(
        TooFewRowsError, match="needs more than n_neighbors=6 rows; the table has 6"
    ):
        big.resample(table, ENN(n_neighbors=6), target="y")


def test_minus_zero_is_the_class_zero() -> None:
    table = pa.table({"x": np.arange(6.0) + 0.3, "y": [1.0, 1.0, 1.0, 1.0, 0.0, -0.0]})
    result = big.resample(table, SMOTE(k_neighbors=1, random_state=0), target="y")
    assert result.counts_after == {0.0: 4, 1.0: 4}


def test_lists_are_no_labels() -> None:
    table = pa.table({"x": X20, "y": [[label] for label in Y20]})
    with pytest.raises(InputError, match="which cannot be labels"):
        big.resample(table, "smote", target="y")


def test_decimals_that_would_be_searched_unrounded_are_refused() -> None:
    x = pa.array([Decimal(i) for i in (0, 2, 0, 5, 1, 4)], pa.decimal128(5, 0))
    table = pa.table({"x": x, "y": [1, 0, 0, 0, 1, 0]})
    sampler = SMOTETomek(smote=SMOTE(k_neighbors=1, random_state=0))
    with pytest.raises(UnsupportedTypeError, match="'x' holds decimals"):
        big.resample(table, sampler, target="y")


def test_a_class_that_is_cleaned_away_cannot_grow() -> None:
    x = np.arange(20.0)
    table = pa.table({"x": x, "y": [int(i % 7 == 3) for i in range(20)]})
    enn = ENN(n_neighbors=3, sampling_strategy="all")
    with pytest.raises(TooFewRowsError, match="has no rows left after cleaning"):
        big.resample(table, SMOTEENN(enn=enn), target="y", order="clean-then-oversample")


def test_many_rows_in_few_places_are_looked_at_once_a_place() -> None:
    rng = np.random.RandomState(0)
    places = rng.randint(0, 4, size=(20_000, 2)).astype(float) + 0.5
    table = pa.table({"a": places[:, 0], "b": places[:, 1], "y": (rng.rand(20_000) < 0.1) * 1})
    for sampler in (TomekLinks(), ENN(sampling_strategy="all")):
        with warnings_ignored():
            found = big.resample(table, sampler, target="y").reader().read_all()
            assert found.num_rows == in_memory(sampler, table, "y", None).num_rows
