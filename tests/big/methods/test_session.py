"""Counted rows: labels, and neighbours that are searched once per point."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from big_tables import (
    TABLE,
    in_memory,
)

from poise import (
    SMOTE,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    RandomOverSampler,
    SMOTETomek,
    TomekLinks,
    big,
)
from poise.big.engines.local import LocalEngine
from poise.big.methods.session import Session, open_session
from poise.big.methods.steps import read_steps
from poise.big.request import read_request
from poise.big.scans.scan import Purpose
from poise.big.storage.reading import SourceReader
from poise.big.storage.source import open_source
from poise.core.errors import (
    InputError,
)


def test_labels_are_checked_as_in_memory() -> None:
    label = TABLE["y"].to_pylist()
    place = TABLE.column_names.index("y")
    for values, words in (
        ([None, *label[1:]], "has 1 missing labels"),
        ([x + 0.5 for x in label], "fractional numbers such as"),
        (list(range(700)), "700 different values in 700 rows"),
        ([0] * 700, "more than 1 class"),
    ):
        with pytest.raises(InputError, match=words):
            big.resample(TABLE.set_column(place, "y", pa.array(values)), "smote", target="y")


def test_a_target_of_very_many_values_is_refused_at_once() -> None:
    import numpy as np

    table = pa.table({"x": np.arange(20_000) / 3, "y": np.arange(20_000)})
    with pytest.raises(InputError, match="more than 10,000 different values"):
        big.resample(table, "smote", target="y")


def test_minus_zero_is_the_class_zero() -> None:
    table = pa.table({"x": np.arange(6.0) + 0.3, "y": [1.0, 1.0, 1.0, 1.0, 0.0, -0.0]})
    result = big.resample(table, SMOTE(k_neighbors=1, random_state=0), target="y")
    assert result.counts_after == {0.0: 4, 1.0: 4}


@contextlib.contextmanager
def warnings_ignored() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


ENN = EditedNearestNeighbours


def test_equal_points_are_searched_once() -> None:
    rng = np.random.RandomState(0)
    places = rng.randint(0, 4, size=(20_000, 2)).astype(float) + 0.5
    table = pa.table({"a": places[:, 0], "b": places[:, 1], "y": (rng.rand(20_000) < 0.1) * 1})
    for sampler in (TomekLinks(), ENN(sampling_strategy="all")):
        with warnings_ignored():
            found = big.resample(table, sampler, target="y").reader().read_all()
            assert found.num_rows == in_memory(sampler, table, "y", None).num_rows


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


def test_infinite_values_raise() -> None:
    import numpy as np

    values = TABLE["x0"].to_numpy().copy()
    values[5] = np.inf
    infinite = TABLE.set_column(1, "x0", pa.array(values))
    with pytest.raises(InputError, match=r"TomekLinks .*'x0'"):
        big.resample(infinite, TomekLinks(), target="y", id="id")


def session(table: pa.Table, sampler: Any, id: str | None = "id") -> Session:  # noqa: A002
    options: Any = {"memory": "2GB", "rate": None, "order": "oversample-then-clean", "extra": ()}
    request = read_request(table.schema, sampler, target="y", id=id, **options)
    reader = SourceReader(open_source(table))
    return open_session(request, read_steps(request), LocalEngine(reader), reader.sample(100))


def test_classes_are_counted_in_sorted_order() -> None:
    table = pa.table({"id": [5, 3, 8], "x": [0.5, 1.5, 2.5], "y": ["b", "a", "b"]})
    counts = session(table, SMOTE()).counts
    assert counts.values.to_pylist() == list(counts.labels.classes) == ["a", "b"]
    assert counts.labels.counts.tolist() == [1, 2]
    assert (counts.ends, counts.n_rows) == ({"id": (0, 8)}, 3)


def test_rows_of_classes_are_in_the_order_of_their_keys_and_loaded_once() -> None:
    table = pa.table({"id": [5, 3, 8, 1], "x": [0.5, 1.5, 2.5, 3.5], "y": ["b", "a", "b", "a"]})
    opened = session(table, SMOTE())
    assert opened.rows_of([1])["id"].to_pylist() == [5, 8]
    assert opened.rows_of([1]) is opened.rows_of([1])
    assert opened.rows_of([0, 1])["id"].to_pylist() == [1, 3, 5, 8]
    numbered = session(table.drop_columns(["id"]), SMOTE(), id=None)
    assert numbered.rows_of([0])["__poise_row"].to_pylist() == [1, 3]


def test_one_pass_loads_rows_and_finds_the_range_of_every_column() -> None:
    table = pa.table({"id": [5, 3, 8, 1], "x": [0.5, 9.5, 2.5, 3.5], "y": ["b", "a", "b", "a"]})
    opened = session(table, TomekLinks())
    loaded, extreme = opened.rows_of([1]), opened.extreme_rows
    assert loaded["id"].to_pylist() == [5, 8]
    assert extreme["id"].to_pylist() == [3, 5]  # the largest x and the smallest
    assert opened.rows_of([0])["id"].to_pylist() == [1, 3]
    purposes = [each["purpose"] for each in opened.engine.passes]
    assert purposes[2:] == [Purpose.LOAD_ROWS, Purpose.LOAD_ROWS]
    only_ranges = session(table, TomekLinks())
    assert only_ranges.extreme_rows.equals(extreme)
    assert only_ranges.engine.passes[-1]["purpose"] == Purpose.FIND_RANGES


@pytest.mark.parametrize(
    ("sampler", "needs_ranges"),
    [
        (SMOTE(), False),
        (SMOTE(neighbor_space="standard"), True),
        (BorderlineSMOTE(), True),
        (RandomOverSampler(), False),
        (TomekLinks(), True),
        (SMOTETomek(), True),
    ],
    ids=repr,
)
def test_ranges_are_found_for_samplers_that_depend_on_other_rows(
    sampler: Any, *, needs_ranges: bool
) -> None:
    table = pa.table({"id": range(4), "x": [0.5, 2.5, 0.5, 2.5], "y": [0, 0, 0, 1]})
    assert session(table, sampler).needs_ranges is needs_ranges
    with_time = table.append_column("t", pa.array([1, 2, 3, 4], pa.timestamp("s")))
    has_neighbours = not isinstance(sampler, RandomOverSampler)
    assert session(with_time, sampler).needs_ranges is has_neighbours


def test_numbers_are_scaled_by_the_deviation_among_all_rows() -> None:
    table = pa.table({"id": range(4), "x": [0.5, 2.5, 0.5, 2.5], "y": [0, 0, 0, 1]})
    assert session(table, SMOTE()).scale is None
    assert session(table, SMOTE(neighbor_space="standard")).scale.tolist() == [1.0]
