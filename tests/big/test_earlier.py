"""The rows of a finished result that a run adds to."""

from __future__ import annotations

import pyarrow as pa

from poise.big.earlier import NO_ROWS, EarlierRows


def test_totals_are_those_of_all_classes() -> None:
    earlier = EarlierRows(read={"a": 9, "b": 2}, kept={"a": 5, "b": 2}, made={"a": 0, "b": 3})
    assert (earlier.n_kept, earlier.n_made) == (7, 3)
    assert (NO_ROWS.n_kept, NO_ROWS.n_made) == (0, 0)


def test_rows_that_were_read_count_like_those_of_a_scan() -> None:
    facts = [pa.field(f"{fact}_0", pa.int64()) for fact in ("smallest", "largest", "missing")]
    found = pa.schema([("label", pa.int8()), ("rows", pa.int64()), *facts])
    table = EarlierRows(read={"0": 90, "1": 10}).read_as_table(found)
    assert table.to_pylist() == [
        {"label": label, "rows": rows, "smallest_0": 0, "largest_0": -1, "missing_0": 0}
        for label, rows in ((0, 90), (1, 10))
    ]
