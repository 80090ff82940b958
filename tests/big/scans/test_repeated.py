"""Ids that are in several rows are named, by every method and on every engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from big_tables import numbers

from poise import SMOTE, RandomUnderSampler, TomekLinks, big
from poise.big.scans import repeated
from poise.big.scans.repeated import RepeatedHashes, repeated_values
from poise.core.errors import InputError

rng = np.random.RandomState(0)
TABLE = numbers(500)


def run_on(ids: pa.Array) -> Any:
    """Return a function that runs scans over a column in batches of 100 rows."""
    table = pa.table({"id": ids})

    def run(scan: Any) -> pa.Table:
        return pa.Table.from_batches(list(scan.kernel(iter(table.to_batches(100)))), scan.found)

    return run


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("make", [lambda ids: ids, lambda ids: [f"é{i}" for i in ids]])
def test_values_in_several_rows_are_found_in_any_number_of_passes(make: Any, parts: int) -> None:
    ids = [*range(1000), 7, 7, 990]
    kind = pa.array(make([1])).type
    shuffled = pa.array(make([ids[i] for i in rng.permutation(len(ids))]), kind)
    field = pa.field("id", kind)
    found = [
        value
        for part in range(parts)
        for value in RepeatedHashes("id", part, parts)(iter([pa.record_batch([shuffled], ["id"])]))
    ]
    assert sum(batch.num_rows for batch in found) == 2
    some = repeated_values(run_on(shuffled), field, parts).to_pylist()
    assert some
    assert set(some) <= set(make([7, 990]))
    different = pa.array(make(range(1000)), kind)
    assert not len(repeated_values(run_on(different), field, parts))


def test_different_values_with_one_hash_are_not_reported(monkeypatch: Any) -> None:
    monkeypatch.setattr(repeated, "hashes_of", lambda ids, _: np.zeros(len(ids), np.uint64))
    assert not len(repeated_values(run_on(pa.array([1, 2, 3])), pa.field("id", pa.int64()), 1))
    found = repeated_values(run_on(pa.array([1, 2, 2])), pa.field("id", pa.int64()), 1)
    assert found.to_pylist() == [2]


@pytest.mark.parametrize("sampler", [SMOTE(), RandomUnderSampler(), TomekLinks()], ids=repr)
def test_every_method_names_them(sampler: Any) -> None:
    ids = TABLE["id"].to_pylist()
    ids[10], ids[400] = ids[11], ids[11]
    table = TABLE.set_column(0, "id", pa.array(ids))
    for call in (big.resample, big.explain):
        with pytest.raises(InputError, match=rf"1 of its values are in several rows: {ids[11]}\."):
            call(table, sampler, target="y", id="id")


def test_explain_lists_the_pass() -> None:
    purposes = [each.purpose for each in big.explain(TABLE, SMOTE(), target="y", id="id").passes]
    assert purposes[:2] == ["counting classes", "checking that ids differ"]
    without = big.explain(TABLE.drop_columns(["id"]), SMOTE(), target="y").passes
    assert "checking that ids differ" not in [each.purpose for each in without]
