"""How long a run would take: how fast this machine reads, searches and writes some rows of the source."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from poise.big.scans.extremes import Reader
from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import measure_of
from poise.core.tables.declared import Declared

_MOST_POINTS = 1 << 13
_FRACTION = 4  # the smaller of the two sizes at which searches are timed


@dataclass(frozen=True)
class Pace:
    """Seconds of one row in each kind of work.

    Attributes
    ----------
    read : float
        To read all columns of a row.
    write : float
        To write a row to a compressed file.
    index : float
        To prepare a row of a block for a search.
    query : float
        To search the neighbours of a row in a block of `block_rows`.
    growth : float
        The power of the size of the block with which `query` grows: near 0 in few columns, 1 where all
        rows are compared.
    block_rows : int
    """

    read: float
    write: float
    index: float = 0.0
    query: float = 0.0
    growth: float = 0.0
    block_rows: int = 1

    def search(self, n_rows: int, n_queries: int, block_rows: int) -> float:
        """Return the seconds of one pass that searches the neighbours of some rows among all."""
        block = max(min(block_rows, n_rows), 1)
        of_query = self.query * (block / self.block_rows) ** self.growth
        return n_rows * self.index + n_rows / block * n_queries * of_query


def pace_of(
    read: Callable[[], pa.Table], features: tuple[str, ...], declared: Declared, k: int
) -> Pace:
    """Measure how fast this machine works on some rows.

    Parameters
    ----------
    read : callable
        Reads the rows.
    features : tuple of str
        Columns that are searched.
    declared : Declared
    k : int
        Number of neighbours that are searched; 0 if none are.
    """
    seconds, rows = _timed(read)
    n = max(rows.num_rows, 1)
    written, _ = _timed(lambda: pq.write_table(rows, pa.BufferOutputStream()))
    pace = Pace(seconds / n, written / n)
    if not k or rows.num_rows <= _FRACTION * (k + 1):
        return pace
    return _with_searches(pace, rows.slice(0, _MOST_POINTS).select(features), declared, k)


def _with_searches(pace: Pace, rows: pa.Table, declared: Declared, k: int) -> Pace:
    """Return the pace with that of searches, timed at two sizes."""
    reading, (points, n_categorical) = _timed(lambda: _as_points(rows, declared))
    measure = measure_of(points, n_categorical)
    n_few = len(points) // _FRACTION
    found = []
    for block in (points[:n_few], points):
        index = Index(block, n_categorical, None, measure)
        built, _ = _timed(partial(index.nearest, points[:1], k))
        searched, _ = _timed(partial(index.nearest, points[:n_few], k))
        found.append((built / len(block), searched / n_few))
    (_, few), (built_row, many) = found
    growth = float(np.clip(np.log(many / few) / np.log(_FRACTION), 0.0, 1.0))
    return Pace(pace.read, pace.write, built_row + reading / len(points), many, growth, len(points))


def _as_points(rows: pa.Table, declared: Declared) -> tuple[Any, int]:
    reader = Reader(rows, declared, "")
    return reader.read([])[0], reader.n_categorical


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = work()
    return max(time.perf_counter() - start, 1e-9), found
