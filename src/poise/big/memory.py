"""How much memory a run may use, and how many rows fit in it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import Any

from poise.core.errors import InputError

# Python, numpy, scipy, scikit-learn and Arrow with its buffers, as measured by benchmarks/big.py.
BASE_BYTES = 260 * 10**6
_MIN_MEMORY = 300 * 10**6
_MAX_BATCH_ROWS, _MAX_BATCH_CELLS = 1 << 17, 1 << 21
_MIN_BLOCK_ROWS, _MAX_BLOCK_ROWS = 1 << 14, 1 << 20


def rows_per_batch(n_columns: int) -> int:
    """Return how many rows to read, make or write at once: fewer rows for more columns.

    Examples
    --------
    >>> rows_per_batch(10), rows_per_batch(1000)
    (131072, 2097)
    """
    return min(_MAX_BATCH_ROWS, max(_MAX_BATCH_CELLS // max(n_columns, 1), 256))


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
        return rows_per_batch(self.n_features)

    @property
    def searched_row_bytes(self) -> float:
        """Size of a row in memory that is searched: Arrow's columns twice, numbers, tree nodes."""
        return 2 * self.row_bytes + 8 * 3.5 * self.n_features + 64

    def bytes_of_rows(self, n_rows: int) -> int:
        """Return the size of rows in memory that are searched."""
        return int(n_rows * self.searched_row_bytes)

    def bytes_left(self, n_in_memory: int) -> int:
        """Return how many bytes are left beside the rows in memory."""
        return self.limit - BASE_BYTES - self.bytes_of_rows(n_in_memory)

    def block_rows(self, n_in_memory: int) -> int:
        """Return how many rows to process at once: what fits in half of the bytes left."""
        rows = int(self.bytes_left(n_in_memory) / 2 / self.searched_row_bytes)
        return min(max(rows, _MIN_BLOCK_ROWS), _MAX_BLOCK_ROWS)

    def bytes_for_found_rows(self, n_in_memory: int) -> int:
        """Return how many bytes, in Arrow's format, a scan may keep beside the rows in memory."""
        share = self.row_bytes / self.searched_row_bytes
        return max(int(self.bytes_left(n_in_memory) / 2 * share), 1 << 20)

    def fits(self, n_in_memory: int) -> bool:
        """Return whether the rows in memory leave room for a block of other rows."""
        return self.bytes_left(n_in_memory) >= 2 * _MIN_BLOCK_ROWS * self.searched_row_bytes

    @property
    def max_rows_in_memory(self) -> int:
        """The largest number of rows that fit in memory."""
        spare = self.limit - BASE_BYTES - 2 * _MIN_BLOCK_ROWS * self.searched_row_bytes
        return max(int(spare / self.searched_row_bytes), 0)


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
            "'300MB' or more."
        )
    return int(amount)
