"""A folder of files for the commands that stream."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    rng = np.random.RandomState(0)
    for number in range(3):
        label = np.where(rng.rand(200) < 0.1, "yes", "no")
        table = pa.table({"id": np.arange(200) + 200 * number, "x": rng.randn(200), "y": label})
        pq.write_table(table, folder / f"{number}.parquet")
    return folder
