"""The scan for neighbours: rows that are among the k nearest of some point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.big.memory import in_words
from poise.big.scans.classes import blocks_of_classes
from poise.big.scans.extremes import Reader
from poise.big.scans.scan import (
    Batches,
    array_of,
    codes_in,
    sorted_by,
    stacked,
)
from poise.core.blocks import Matrix
from poise.core.errors import DoesNotFitError
from poise.core.neighbors import Index, Measure
from poise.core.recipes import Ids


class Pairs(NamedTuple):
    """Which row is near which point, and how near."""

    point: Ids
    row: Ids
    distance: NDArray[np.float64]

    def take(self, which: Any) -> Pairs:
        return Pairs(*(part[which] for part in self))


def _both(first: Pairs, second: Pairs) -> Pairs:
    return Pairs(*(np.concatenate(parts) for parts in zip(first, second, strict=True)))


@dataclass(frozen=True, eq=False)
class Near:
    """Yields the rows of some classes that are among the k nearest of some point.

    Only the k best are kept as blocks go by. Equally distant rows go by the order of the key, or are
    all kept.

    Attributes
    ----------
    reader : Reader
    measure : Measure
    target, key : str
    labels : pyarrow.Array
        The classes whose rows are looked at.
    queries : ndarray of intp
        Which of the reader's points are asked.
    keys : pyarrow.Array or None
        The queries' keys, where they may be among the rows themselves.
    k : int
    with_ties : bool
    radii : ndarray of shape (n_queries,), float64
        Rows beyond these (squared) distances matter to no one.
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
            # Rows are numbered through those kept so far and then this block's.
            n_kept = 0 if kept is None else kept.num_rows
            used = np.unique(found.row)
            new = in_order.take(used)
            kept = new if kept is None else stacked([kept, new])
            row = n_kept + np.searchsorted(used, found.row)
            best, kth = self._best(best, found._replace(row=row), kept)
            kept, best = _compact(kept, best)
            self._refuse_too_many(kept, best)
            radii = np.minimum(radii, kth)
        if kept is not None:
            yield from kept.combine_chunks().to_batches()

    def _in_block(self, block: pa.Table, radii: NDArray[np.float64]) -> Pairs:
        points, values = self.reader.read([block])
        points = points[self.queries]
        index = Index(values, self.reader.n_categorical, None, self.measure)
        own = None if self.keys is None else codes_in(self.keys, array_of(block[self.key]))
        # A search that ends at the first row within reach is far cheaper than one for the nearest.
        with np.errstate(over="ignore"):
            reach = np.nextafter(radii, np.inf)
        is_near = index.count_within(points, reach, 1, own) > 0
        asked = np.flatnonzero(is_near | np.isinf(radii))
        pairs = [Pairs(asked[:0], asked[:0], radii[:0])]
        for part, of_block in _by_place(asked, own):
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
        """Return the best pairs of old and new ones, and the k-th distance of points with new ones.

        Only these points are looked at; for others it is infinity.
        """
        is_touched = np.zeros(len(self.queries), dtype=bool)
        is_touched[found.point] = True
        untouched, touched = best.take(~is_touched[best.point]), best.take(is_touched[best.point])
        every = _both(touched, found)
        ties = (
            np.zeros(len(every.row), dtype=np.int64)
            if self.with_ties
            else _ranks(kept, self.key)[every.row]
        )
        every = every.take(np.lexsort((ties, every.distance, every.point)))
        place = _place_in_group(every.point)
        kth = _kth(every, place, self.k, len(self.queries))
        is_chosen = every.distance <= kth[every.point] if self.with_ties else place < self.k
        return _both(untouched, every.take(is_chosen)), kth

    def _refuse_too_many(self, kept: pa.Table, best: Pairs) -> None:
        n_bytes = kept.nbytes + 3 * sum(part.nbytes for part in best)
        if n_bytes > self.most_bytes:
            raise DoesNotFitError(
                f"{self.reader.asker} holds {kept.num_rows:,} rows near the rows that it ships (many are equally "
                f"near) when {in_words(n_bytes)} of {in_words(self.most_bytes)} for them are used. Pass twice the "
                "memory, or take a part of the rows first, with RandomUnderSampler."
            )


def _by_place(asked: Ids, own: Ids | None) -> list[tuple[Ids, Ids | None]]:
    """Return the points that are not rows of the block, then those that are with their places in it.

    A point that is not has one row more to find.
    """
    if own is None:
        return [(asked, None)]
    is_here = own[asked] >= 0
    return [(asked[~is_here], None), (asked[is_here], own[asked[is_here]])]


def _place_in_group(point: Ids) -> Ids:
    """Return where in its run each entry of sorted points is."""
    starts = np.flatnonzero(np.r_[True, point[1:] != point[:-1]][: len(point)])
    lengths = np.diff(np.r_[starts, len(point)])
    return np.arange(len(point)) - np.repeat(starts, lengths)


def _kth(ordered: Pairs, place: Ids, k: int, n_points: int) -> NDArray[np.float64]:
    """Return the k-th distance of every point; infinity where it has fewer."""
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
