"""How much memory a run may use, and how many rows fit in it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import Any

import pyarrow as pa

from poise.core.errors import InputError

# As benchmarks/big_memory.py measures it: 220 MB of imports (Python, numpy, scipy, scikit-learn, Arrow, and
# pandas, which Arrow imports if it is there), 60 MB that Arrow's allocators keep, and five batches of rows
# (decoded, read ahead, processed, made, written).
BASE_BYTES = 320 * 10**6
_MIN_MEMORY = 400 * 10**6
_KEPT_BY_ALLOCATORS = 1.25  # bytes of the process for each byte in use
_MAX_BATCH_ROWS, _MAX_BATCH_CELLS, _MAX_BATCH_BYTES = 1 << 17, 1 << 21, 1 << 23
_MIN_BATCH_ROWS = 256
_MIN_BLOCK_ROWS, _MAX_BLOCK_ROWS = 1 << 14, 1 << 20


def rows_per_batch(n_columns: int) -> int:
    """Return how many rows to read, make or write at once: fewer rows for more columns.

    Examples
    --------
    >>> rows_per_batch(10), rows_per_batch(1000)
    (131072, 2097)
    """
    return min(_MAX_BATCH_ROWS, max(_MAX_BATCH_CELLS // max(n_columns, 1), _MIN_BATCH_ROWS))


def rows_of_size(row_bytes: float) -> int:
    """Return how many rows of a size to read, make or write at once.

    Examples
    --------
    >>> rows_of_size(10.0), rows_of_size(800.0)
    (131072, 10485)
    """
    return min(_MAX_BATCH_ROWS, max(int(_MAX_BATCH_BYTES / max(row_bytes, 1.0)), _MIN_BATCH_ROWS))


@dataclass(frozen=True)
class MemoryBudget:
    """The memory limit of a run, and the estimated size of a row.

    Rows "in memory" stay in memory during a run; the other rows are read one block at a time.

    Attributes
    ----------
    limit : int
        Bytes that the run may use.
    row_bytes : float
        Size of a row with all its columns in Arrow's format.
    n_features : int
    """

    limit: int
    row_bytes: float
    n_features: int

    @property
    def piece_rows(self) -> int:
        """Number of new rows to make at once."""
        return min(rows_per_batch(self.n_features), rows_of_size(self.row_bytes))

    @property
    def block_row_bytes(self) -> float:
        """Size of a row of a block that is searched: Arrow's columns twice, numbers, tree, distances."""
        return _KEPT_BY_ALLOCATORS * (2 * self.row_bytes + 8 * 5 * self.n_features + 64)

    @property
    def kept_row_bytes(self) -> float:
        """Size of a row in memory: the same, and its numbers again, which are read with every block."""
        return self.block_row_bytes + _KEPT_BY_ALLOCATORS * 8 * 3 * self.n_features

    @property
    def found_row_bytes(self) -> float:
        """Size of a row that a scan finds: Arrow's columns twice, numbers, distances."""
        return self.block_row_bytes - _KEPT_BY_ALLOCATORS * 8 * 2.5 * self.n_features

    def bytes_of_rows(self, n_in_memory: int, n_found: int = 0) -> int:
        """Return the size of rows in memory, and of rows that a scan finds."""
        return int(n_in_memory * self.kept_row_bytes + n_found * self.found_row_bytes)

    @property
    def piece_bytes(self) -> int:
        """What making new rows takes, one piece at a time."""
        return int(self.piece_rows * self.block_row_bytes)

    def bytes_left(self, n_in_memory: int, n_found: int = 0) -> int:
        """Return how many bytes are left beside these rows."""
        return self.limit - BASE_BYTES - self.bytes_of_rows(n_in_memory, n_found)

    def block_rows(self, n_in_memory: int, n_found: int = 0) -> int:
        """Return how many rows to process at once: what fits in half of the bytes left."""
        rows = int(self.bytes_left(n_in_memory, n_found) / 2 / self.block_row_bytes)
        return min(max(rows, _MIN_BLOCK_ROWS), _MAX_BLOCK_ROWS)

    def block_rows_in_pairs(self, n_in_memory: int) -> int:
        """Return how many rows to process at once together with as many that a scan has found."""
        return max(self.block_rows(n_in_memory) // 2, _MIN_BLOCK_ROWS)

    def bytes_for_neighbors(self, n_in_memory: int) -> int:
        """Return how many bytes a scan may keep beside the rows in memory: half of those left."""
        return max(self.bytes_left(n_in_memory) // 2, 1 << 20)

    def bytes_for_found_rows(self, n_in_memory: int) -> int:
        """Return the same in Arrow's format, for rows of which a block is read as numbers at a time."""
        return int(self.bytes_for_neighbors(n_in_memory) / _KEPT_BY_ALLOCATORS)

    def fits(self, n_in_memory: int, n_found: int = 0) -> bool:
        """Return whether these rows leave room for a block of other rows."""
        left = self.bytes_left(n_in_memory, n_found)
        return left >= 2 * _MIN_BLOCK_ROWS * self.block_row_bytes

    @property
    def max_rows_in_memory(self) -> int:
        """The largest number of rows that fit in memory."""
        spare = self.limit - BASE_BYTES - 2 * _MIN_BLOCK_ROWS * self.block_row_bytes
        return max(int(spare / self.kept_row_bytes), 0)


def release_memory() -> None:
    """Give memory that allocators keep for reuse back to the system."""
    pa.default_memory_pool().release_unused()
    # This trims the heap of malloc, which holds numpy's arrays too.
    pa.system_memory_pool().release_unused()


def parse_bytes(memory: Any) -> int:
    """Return an amount of memory in bytes.

    Examples
    --------
    >>> parse_bytes("600MB"), parse_bytes(2_000_000_000)
    (600000000, 2000000000)
    """
    amount = -1.0
    if isinstance(memory, Real) and not isinstance(memory, bool):
        amount = float(memory)
    elif isinstance(memory, str):
        found = re.fullmatch(r"\s*(\d+\.?\d*)\s*([KMGT]?)(I?)B?\s*", memory.upper())
        if found:
            power = " KMGT".index(found[2] or " ")
            amount = float(found[1]) * (1024 if found[3] else 1000) ** power
    if not 0 <= amount < math.inf:
        raise InputError(
            f"memory={memory!r} is not an amount of memory. Pass bytes, or text such as '2GB' or '600MB'."
        )
    if amount < _MIN_MEMORY:
        raise InputError(
            f"memory={memory!r} is less than Python, numpy and Arrow need by themselves. Pass "
            "'400MB' or more."
        )
    return int(amount)
