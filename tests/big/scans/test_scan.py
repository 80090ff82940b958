"""Scans: kernels travel to workers, and users can tell the passes apart."""

from __future__ import annotations

import pickle

import pyarrow as pa

from poise.big.scans.classes import RowsOfClasses
from poise.big.scans.scan import Purpose, Scan


def test_purposes_are_distinct() -> None:
    purposes = [text for name, text in vars(Purpose).items() if name.isupper()]
    assert len(set(purposes)) == len(purposes) == 13


def test_a_kernel_gives_the_same_after_pickling() -> None:
    table = pa.table({"x": range(10)})
    scan = Scan(Purpose.LOAD_ROWS, RowsOfClasses("x", pa.array([2, 5])), ("x",), table.schema)
    kernel = pickle.loads(pickle.dumps(scan.kernel))
    found = pa.Table.from_batches(kernel(iter(table.to_batches(max_chunksize=2))), scan.found)
    assert found["x"].to_pylist() == [2, 5]
