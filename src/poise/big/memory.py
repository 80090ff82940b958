"""The room there is: what shipped rows and blocks take of the memory that a run was given."""

from __future__ import annotations

from dataclasses import dataclass

# Python, numpy, scipy, scikit-learn and Arrow with its buffers, as measured by benchmarks/big.py.
BASE_BYTES = 260 * 10**6
_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_MOST_AT_ONCE, _CELLS_AT_ONCE = 1 << 17, 1 << 21
_LEAST_BLOCK, _MOST_BLOCK = 1 << 14, 1 << 20


def rows_at_once(n_columns: int) -> int:
    """Return how many rows are read, made or written at once: fewer of many columns.

    Examples
    --------
    >>> rows_at_once(10), rows_at_once(1000)
    (131072, 2097)
    """
    return min(_MOST_AT_ONCE, max(_CELLS_AT_ONCE // max(n_columns, 1), 256))


@dataclass(frozen=True)
class Room:
    """Bytes that a run may use, and what a row takes.

    Attributes
    ----------
    memory : int
    row_bytes : float
        Of a row with all its columns, as Arrow holds it.
    n_features : int
    """

    memory: int
    row_bytes: float
    n_features: int

    @property
    def piece_rows(self) -> int:
        """How many rows are made at once."""
        return rows_at_once(self.n_features)

    @property
    def shipped_row_bytes(self) -> float:
        """A row that is held to be searched: Arrow's columns twice, numbers, and its place in a tree."""
        return 2 * self.row_bytes + 8 * 3.5 * self.n_features + 64

    def shipped(self, n_rows: int) -> int:
        """Return the bytes that so many shipped rows take."""
        return int(n_rows * self.shipped_row_bytes)

    def left(self, n_shipped: int) -> int:
        """Return the bytes that are left beside shipped rows."""
        return self.memory - BASE_BYTES - self.shipped(n_shipped)

    def block_rows(self, n_shipped: int) -> int:
        """Return how many rows to look at at once: half of what is left."""
        rows = int(self.left(n_shipped) / 2 / self.shipped_row_bytes)
        return min(max(rows, _LEAST_BLOCK), _MOST_BLOCK)

    def left_for_rows(self, n_shipped: int) -> int:
        """Return the bytes, as Arrow counts them, that found rows may take beside shipped ones."""
        share = self.row_bytes / self.shipped_row_bytes
        return max(int(self.left(n_shipped) / 2 * share), 1 << 20)

    def fits(self, n_shipped: int) -> bool:
        """Tell whether so many rows can be shipped, with a block beside them."""
        return self.left(n_shipped) >= 2 * _LEAST_BLOCK * self.shipped_row_bytes

    @property
    def most_shipped(self) -> int:
        """The most rows that can be shipped."""
        spare = self.memory - BASE_BYTES - 2 * _LEAST_BLOCK * self.shipped_row_bytes
        return max(int(spare / self.shipped_row_bytes), 0)


def in_words(n_bytes: float) -> str:
    """Return an amount of memory as one would say it.

    Examples
    --------
    >>> in_words(2_340_000_000), in_words(512)
    ('2.34 GB', '512 bytes')
    """
    for unit, size in reversed(list(_UNITS.items())):
        if n_bytes >= size:
            return (
                f"{n_bytes / size:.3g} {unit}"
                if n_bytes < 10 * size
                else f"{n_bytes / size:,.0f} {unit}"
            )
    return f"{n_bytes:.0f} bytes"
