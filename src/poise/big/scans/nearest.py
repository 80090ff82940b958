"""The scan for nearest neighbours: rows that are among the k nearest rows of some point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.big.scans.arrow import concat_tables, one_array, positions_in, sorted_by
from poise.big.scans.classes import blocks_of_classes
from poise.big.scans.extremes import Reader
from poise.big.scans.scan import Batches
from poise.core.errors import DoesNotFitError
from poise.core.neighbors.index import Index
from poise.core.neighbors.measure import Measure
from poise.core.plan.recipes import Ids
from poise.core.progress import format_bytes
from poise.core.tables.blocks import Matrix


class Pairs(NamedTuple):
    """Pairs of a point and a row near it, with their (squared) distance."""

    point: Ids
    row: Ids
    distance: NDArray[np.float64]

    def take(self, which: Any) -> Pairs:
        return Pairs(*(part[which] for part in self))


def _concat(first: Pairs, second: Pairs) -> Pairs:
    return Pairs(*(np.concatenate(parts) for parts in zip(first, second, strict=True)))


@dataclass(frozen=True, eq=False)
class NearestRows:
    """Yields the rows of some classes that are among the k nearest rows of some point.

    Rows are read block by block, and only the k nearest so far are kept. Of equally distant rows,
    those with the smallest keys are kept, or all of them (`with_ties`).

    Attributes
    ----------
    reader : Reader
    measure : Measure
    target, key : str
    labels : pyarrow.Array
        The classes whose rows are searched.
    queries : ndarray of intp
        Positions of the points, among the reader's, whose neighbours are searched.
    keys : pyarrow.Array or None
        Keys of the queries, if these may be among the searched rows.
    k : int
    with_ties : bool
    radii : ndarray of shape (n_queries,), float64
        Rows beyond these (squared) distances are not needed.
    block_rows, most_bytes : int
    """

    reader: Reader
    measure: Measure
    target: str
    key: str
    labels: pa.Array
    queries: Ids
    keys: pa.Array | None
    k: int
    with_ties: bool
    radii: NDArray[np.float64]
    block_rows: int
    most_bytes: int

    def __call__(self, batches: Batches) -> Batches:
        nothing = np.zeros(0, dtype=np.intp)
        best, kept, radii = Pairs(nothing, nothing, np.zeros(0)), None, self.radii.copy()
        for block in blocks_of_classes(batches, self.target, self.labels, self.block_rows):
            in_order = block if self.with_ties else sorted_by(block, self.key)
            found = self._in_block(in_order, radii)
            if not len(found.point):
                continue
            # Row numbers count the rows kept so far, then those of this block.
            n_kept = 0 if kept is None else kept.num_rows
            used = np.unique(found.row)
            new = in_order.take(used)
            kept = new if kept is None else concat_tables([kept, new])
            row = n_kept + np.searchsorted(used, found.row)
            best, kth = self._best(best, found._replace(row=row), kept)
            kept, best = _compact(kept, best)
            self._check_memory(kept, best)
            radii = np.minimum(radii, kth)
        if kept is not None:
            yield from kept.combine_chunks().to_batches()

    def _in_block(self, block: pa.Table, radii: NDArray[np.float64]) -> Pairs:
        points, values = self.reader.read([block])
        points = points[self.queries]
        index = Index(values, self.reader.n_categorical, None, self.measure)
        own = None if self.keys is None else positions_in(self.keys, one_array(block[self.key]))
        # Asking whether any row is within reach is far cheaper than searching for the nearest.
        with np.errstate(over="ignore"):
            reach = np.nextafter(radii, np.inf)
        is_near = index.count_within(points, reach, 1, own) > 0
        near = np.flatnonzero(is_near | np.isinf(radii))
        pairs = [Pairs(near[:0], near[:0], radii[:0])]
        for part, of_block in _outside_and_inside(near, own):
            for positions, (rows, distances) in self._nearest(index, points[part], of_block):
                within = (rows >= 0) & (distances <= radii[part[positions]][:, np.newaxis])
                query, column = np.nonzero(within)
                which = part[positions[query]]
                pairs.append(Pairs(which, rows[query, column], distances[query, column]))
        return Pairs(*(np.concatenate(parts) for parts in zip(*pairs, strict=True)))

    def _nearest(self, index: Index, points: Matrix, own: Ids | None) -> Any:
        k = min(self.k, index.n_rows - (own is not None))
        if not len(points) or k < 1:
            return []
        if self.with_ties:
            return index.nearest_with_ties(points, k, own)
        return [(np.arange(len(points)), index.nearest(points, k, own))]

    def _best(self, best: Pairs, found: Pairs, kept: pa.Table) -> tuple[Pairs, NDArray[np.float64]]:
        """Return the k best of the old and new pairs, and the k-th distance of points with new pairs.

        The k-th distance of the other points is given as infinity.
        """
        is_touched = np.zeros(len(self.queries), dtype=bool)
        is_touched[found.point] = True
        untouched, touched = best.take(~is_touched[best.point]), best.take(is_touched[best.point])
        every = _concat(touched, found)
        ties = (
            np.zeros(len(every.row), dtype=np.int64)
            if self.with_ties
            else _ranks(kept, self.key)[every.row]
        )
        every = every.take(np.lexsort((ties, every.distance, every.point)))
        place = _position_in_run(every.point)
        kth = _kth(every, place, self.k, len(self.queries))
        is_chosen = every.distance <= kth[every.point] if self.with_ties else place < self.k
        return _concat(untouched, every.take(is_chosen)), kth

    def _check_memory(self, kept: pa.Table, best: Pairs) -> None:
        n_bytes = 2 * kept.nbytes + 3 * sum(part.nbytes for part in best)
        if n_bytes > self.most_bytes:
            raise DoesNotFitError(
                f"{self.reader.method_name} has to keep {kept.num_rows:,} neighbours in memory (many are equally near), "
                f"which takes {format_bytes(n_bytes)}; {format_bytes(self.most_bytes)} are left for them. Pass twice "
                "the memory, or sample the rows with RandomUnderSampler first."
            )


def _outside_and_inside(near: Ids, own: Ids | None) -> list[tuple[Ids, Ids | None]]:
    """Return the points outside the block, and the points inside it with their positions in it.

    A point inside the block is not its own neighbour.
    """
    if own is None:
        return [(near, None)]
    is_here = own[near] >= 0
    return [(near[~is_here], None), (near[is_here], own[near[is_here]])]


def _position_in_run(point: Ids) -> Ids:
    """Return the position of each entry within its run of equal points; points are sorted."""
    starts = np.flatnonzero(np.r_[True, point[1:] != point[:-1]][: len(point)])
    lengths = np.diff(np.r_[starts, len(point)])
    return np.arange(len(point)) - np.repeat(starts, lengths)


def _kth(ordered: Pairs, place: Ids, k: int, n_points: int) -> NDArray[np.float64]:
    """Return the k-th distance of every point; infinity for points with fewer pairs."""
    kth = np.full(n_points, np.inf)
    is_kth = place == k - 1
    kth[ordered.point[is_kth]] = ordered.distance[is_kth]
    return kth


def _compact(kept: pa.Table, best: Pairs) -> tuple[pa.Table, Pairs]:
    used, row = np.unique(best.row, return_inverse=True)
    if len(used) == kept.num_rows:
        return kept, best
    return kept.take(used).combine_chunks(), best._replace(row=row)


def _ranks(table: pa.Table, key: str) -> Ids:
    order = pc.sort_indices(table, sort_keys=[(key, "ascending")]).to_numpy()
    ranks = np.empty(len(order), dtype=np.intp)
    ranks[order] = np.arange(len(order))
    return ranks
