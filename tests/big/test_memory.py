"""Amounts of memory, and how many rows fit in them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poise.big.memory import (
    BASE_BYTES,
    MemoryBudget,
    parse_bytes,
    rows_of_size,
    rows_per_batch,
)
from poise.core.errors import InputError
from poise.core.progress import format_bytes


def test_memory_is_an_amount() -> None:
    assert parse_bytes("1.5 GB") == 1_500_000_000
    assert parse_bytes("1GiB") == 1 << 30
    for wrong in ("much", -1, True, None, "..GB"):
        with pytest.raises(InputError, match="is not an amount of memory. Pass bytes"):
            parse_bytes(wrong)
    with pytest.raises(InputError, match="less than Python, numpy and Arrow need"):
        parse_bytes("399MB")


def test_bytes_are_formatted_with_three_digits_or_none() -> None:
    sizes = (999, 1000, 1_234_567, 12_345_678, 9_999_000_000_000)
    assert [format_bytes(size) for size in sizes] == [
        "999 bytes",
        "1 KB",
        "1.23 MB",
        "12 MB",
        "10 TB",
    ]


def test_wide_tables_are_read_fewer_rows_at_once() -> None:
    assert rows_per_batch(0) == rows_per_batch(16) == 1 << 17
    assert rows_per_batch(32) == 1 << 16
    assert rows_per_batch(10**6) == 256


def test_large_rows_are_read_fewer_at_once() -> None:
    assert rows_of_size(0.0) == rows_of_size(64.0) == 1 << 17
    assert rows_of_size(1 << 13) == 1 << 10
    assert rows_of_size(1e9) == 256
    wide = MemoryBudget(limit=10**9, row_bytes=8192.0, n_features=2)
    assert wide.piece_rows == 1 << 10


def test_more_rows_in_memory_leave_room_for_smaller_blocks() -> None:
    budget = MemoryBudget(limit=BASE_BYTES + 400 * 10**6, row_bytes=80.0, n_features=10)
    assert budget.block_row_bytes == 1.25 * (2 * 80 + 40 * 10 + 64)
    assert budget.kept_row_bytes == 1.25 * (2 * 80 + 64 * 10 + 64)
    assert budget.found_row_bytes == 1.25 * (2 * 80 + 20 * 10 + 64)
    assert budget.bytes_left(1000) == 400 * 10**6 - 1_080_000
    assert budget.bytes_left(1000, 2000) == 400 * 10**6 - 1_080_000 - 1_060_000
    blocks = [budget.block_rows(n_rows) for n_rows in (0, 300_000, 10**7)]
    assert blocks == [256_410, 48_717, 1 << 14]
    assert budget.block_rows(0, 400_000) == 120_512
    assert budget.fits(budget.max_rows_in_memory)
    assert not budget.fits(budget.max_rows_in_memory + 2)
    assert not budget.fits(budget.max_rows_in_memory, 5)


def test_what_may_be_found_is_half_of_what_is_left() -> None:
    budget = MemoryBudget(limit=BASE_BYTES + 400 * 10**6, row_bytes=80.0, n_features=10)
    assert budget.bytes_for_neighbors(0) == 200 * 10**6
    assert budget.bytes_for_found_rows(0) == 160 * 10**6  # allocators keep a fourth more
    assert budget.block_rows_in_pairs(0) == budget.block_rows(0) // 2
    assert budget.block_rows_in_pairs(10**7) == budget.block_rows(10**7) == 1 << 14


PEAK_OF_A_RUN = """
import sys
from pathlib import Path
from poise import RandomUnderSampler, big
result = big.resample(sys.argv[1], RandomUnderSampler(), target="y", out=sys.argv[2], memory="400MB")
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_long_texts_stay_within_the_limit_and_250_mb(tmp_path: Path) -> None:
    n_rows = 100_000
    texts = pa.array([str(number) * 4000 for number in range(10)])
    codes = np.arange(n_rows) % 10
    table = pa.table({"x": range(n_rows), "text": texts.take(pa.array(codes)), "y": codes % 2})
    pq.write_table(table, tmp_path / "in.parquet")
    del table  # 400 MB
    command = [sys.executable, "-c", PEAK_OF_A_RUN, tmp_path / "in.parquet", tmp_path / "out"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert int(done.stdout) < 650_000
