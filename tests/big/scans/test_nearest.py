"""The scan for nearest rows, compared with a search of all rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from poise.big.scans.extremes import Reader
from poise.big.scans.nearest import NearestRows
from poise.core.errors import DoesNotFitError
from poise.core.neighbors.measure import Measure
from poise.core.tables.declared import Declared

POINTS = pa.table({"x": [0.0, 10.0]})
ROWS = pa.table({"id": [1, 2, 3, 4, 5, 6], "x": [1.0, -1.0, 3.0, 9.0, 11.0, 30.0], "y": [0] * 6})


def near(k: int, *, block_rows: int, most_bytes: int = 10**6, **options: Any) -> list[int]:
    with_ties = options.get("with_ties", False)
    radii = np.array(options.get("radii", [np.inf, np.inf]))
    kernel = NearestRows(
        Reader(POINTS, Declared(), "TomekLinks"),
        Measure(),
        "y",
        "id",
        pa.array([0]),
        np.array([0, 1]),
        None,
        k,
        with_ties,
        radii,
        block_rows,
        most_bytes,
    )
    found = list(kernel(iter(ROWS.to_batches(max_chunksize=2))))
    return sorted(pa.Table.from_batches(found)["id"].to_pylist()) if found else []


@pytest.mark.parametrize("block_rows", [1, 2, 100])
def test_rows_are_the_nearest_whatever_the_blocks(block_rows: int) -> None:
    assert near(1, block_rows=block_rows) == [1, 4]  # of equally near rows, the smallest keys
    assert near(1, block_rows=block_rows, with_ties=True) == [1, 2, 4, 5]
    assert near(3, block_rows=block_rows) == [1, 2, 3, 4, 5]


def test_rows_beyond_the_radius_are_not_found() -> None:
    assert near(2, block_rows=2, radii=[1.0, 0.5]) == [1, 2]
    assert near(2, block_rows=2, radii=[0.5, 0.5]) == []


def test_too_many_found_rows_raise() -> None:
    with pytest.raises(DoesNotFitError, match="has to keep 1 neighbours in memory.*twice"):
        near(1, block_rows=1, most_bytes=1)
