"""Candidates for removal, and the check of each against its own class."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from poise.big.scans.extremes import Reader
from poise.big.scans.outvoted import CountCloserRows, OutvotedCandidates
from poise.core.errors import DoesNotFitError
from poise.core.neighbors.measure import Measure
from poise.core.tables.declared import Declared

ENEMIES = pa.table({"x": [0.0]})
# Row 1 is alone beside the enemy; rows 2 to 4 are nearer to each other than to it.
ROWS = pa.table({"id": [1, 2, 3, 4], "x": [0.5, 10.0, 11.0, 12.0], "y": [0] * 4})
MEASURE = Measure()


def candidates(block_rows: int, wanted: int = 1, most_bytes: int = 10**6) -> OutvotedCandidates:
    reader = Reader(ENEMIES, Declared(), "EditedNearestNeighbours")
    labels, enemies = pa.array([0]), np.array([0])
    return OutvotedCandidates(
        reader,
        MEASURE,
        "y",
        "id",
        labels,
        enemies,
        rank=1,
        wanted=wanted,
        needs_enemy=True,
        block_rows=block_rows,
        most_bytes=most_bytes,
    )


def ids(kernel: OutvotedCandidates, n_rows: int = 2) -> list[int]:
    found = pa.Table.from_batches(kernel(iter(ROWS.to_batches(max_chunksize=n_rows))))
    return found["id"].to_pylist()


@pytest.mark.parametrize("block_rows", [1, 2, 3, 100])
def test_candidates_contain_the_outvoted_rows(block_rows: int) -> None:
    assert ids(candidates(100)) == [1]
    assert 1 in ids(candidates(block_rows))  # with small blocks there may be more


def test_candidates_are_those_of_a_plain_loop_however_many_are_read_at_once() -> None:
    x = np.random.RandomState(0).randn(300)
    table = pa.table({"id": np.arange(300), "x": x, "y": [0] * 300})
    distances = abs(x[:, np.newaxis] - x)
    np.fill_diagonal(distances, np.inf)
    expected = np.flatnonzero((distances < abs(x)[:, np.newaxis]).sum(axis=1) < 9)
    for block_rows in (7, 50, 1000):
        kernel = candidates(block_rows, wanted=9)
        found = pa.Table.from_batches(kernel(iter(table.to_batches(max_chunksize=40))))
        count = CountCloserRows(
            kernel.reader,
            found,
            MEASURE,
            "y",
            "id",
            kernel.labels,
            kernel.radii_of(found),
            wanted=9,
            block_rows=block_rows,
        )
        counted = pa.Table.from_batches(count(iter(table.to_batches(max_chunksize=40))))
        safe = counted.filter(pc.greater_equal(counted["nearer"], 9))["candidate"].to_numpy()
        left = np.delete(found["id"].to_numpy(), safe)
        np.testing.assert_array_equal(left, expected)


def test_too_many_candidates_raise() -> None:
    with pytest.raises(DoesNotFitError, match="1 candidates for removal in memory"):
        ids(candidates(1, most_bytes=1))


@pytest.mark.parametrize("block_rows", [1, 3, 100])
def test_closer_rows_are_counted_in_every_part(block_rows: int) -> None:
    kernel = candidates(1)
    some = ROWS.take(pa.array([0, 1]))
    radii = kernel.radii_of(some)
    assert radii.tolist() == [0.25, 100.0]
    count = CountCloserRows(
        kernel.reader,
        some,
        MEASURE,
        "y",
        "id",
        kernel.labels,
        radii,
        wanted=5,
        block_rows=block_rows,
    )
    found = pa.Table.from_batches(count(iter(ROWS.to_batches(max_chunksize=2)))).to_pydict()
    assert found == {"candidate": [1], "nearer": [3]}  # a row is not counted for itself
