"""Scans: what one pass over the rows finds, as functions from batches to batches.

A kernel is given an iterator of record batches and yields record batches: the form that Spark's
``mapInArrow`` and a loop over files share. Each sees some of the rows, in any grouping; what several
kernels yield is put together by concatenation. They hold tables and arrays alone, and so travel.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.big._hash import hashes_of
from poise.core import checks
from poise.core.blocks import Matrix, searched
from poise.core.errors import DoesNotFitError, InputError
from poise.core.kinds import Declared
from poise.core.moments import moments_of
from poise.core.neighbors import Index, Measure
from poise.core.problem import UnitDeviations, labels_as_searched
from poise.core.recipes import Ids
from poise.core.tables import read_table

Batches = Iterator[pa.RecordBatch]
_NUMBERS = ("continuous", "integer", "bool")


class Kernel(Protocol):
    """What is done with the rows of a pass."""

    def __call__(self, batches: Batches) -> Batches: ...


@dataclass(frozen=True, eq=False)
class Scan:
    """A pass over the rows.

    Attributes
    ----------
    name : str
        What it does, for a reader.
    kernel : Kernel
    columns : tuple of str
        Those that it reads.
    found : pyarrow.Schema
        Of what it yields.
    """

    name: str
    kernel: Kernel
    columns: tuple[str, ...]
    found: pa.Schema


def blocks_of_rows(batches: Batches, n_rows: int) -> Iterator[pa.Table]:
    """Yield batches as tables of so many rows; only the last may be smaller."""
    waiting: list[pa.RecordBatch] = []
    n_waiting = 0
    for batch in batches:
        rest = batch
        while n_waiting + rest.num_rows >= n_rows:
            head = rest.slice(0, n_rows - n_waiting)
            yield pa.Table.from_batches([*waiting, head])
            rest, waiting, n_waiting = rest.slice(head.num_rows), [], 0
        if rest.num_rows:
            waiting.append(rest)
            n_waiting += rest.num_rows
    if waiting:
        yield pa.Table.from_batches(waiting)


def codes_in(column: Any, labels: pa.Array) -> NDArray[np.int64]:
    """Return which of the labels each value is, -1 for none."""
    found = pc.index_in(plain(column), value_set=labels)
    found = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False)).astype(np.int64)


def plain(column: Any) -> Any:
    """Return a column of dictionaries as one of values."""
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return column


def value_type(kind: pa.DataType) -> pa.DataType:
    """Return the type of a column's values."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


# ----------------------------------------------------------------------------- classes and their rows


@dataclass(frozen=True, eq=False)
class Census:
    """Counts rows by class, and looks at the column that identifies them.

    Attributes
    ----------
    target : str
    id : str or None
    """

    target: str
    id: str | None
    label_type: pa.DataType

    @property
    def found(self) -> pa.Schema:
        """The classes' rows; the largest number that an id has, or that follows ``new-``."""
        numbers = [pa.field(name, pa.int64()) for name in ("rows", "largest", "lacking")]
        return pa.schema([pa.field("label", self.label_type), *numbers])

    def __call__(self, batches: Batches) -> Batches:
        counts: dict[Any, int] = {}
        largest, lacking = -1, 0
        for batch in batches:
            for entry in pc.value_counts(plain(batch[self.target])).to_pylist():
                counts[entry["values"]] = counts.get(entry["values"], 0) + entry["counts"]
            if self.id is not None:
                lacking += batch[self.id].null_count
                largest = max(largest, largest_number(batch[self.id]))
        labels = list(counts)
        n = len(labels)
        columns = [list(counts.values()), [largest] * n, [lacking] + [0] * (n - 1) if n else []]
        yield pa.record_batch(
            [pa.array(labels, self.label_type), *map(_int64, columns)], schema=self.found
        )


def _int64(values: Any) -> pa.Array:
    return pa.array(values, pa.int64())


def largest_number(ids: Any) -> int:
    """Return the largest of some ids, or of the numbers in ids such as ``new-7``; -1 for none."""
    if not len(ids):
        return -1
    if pa.types.is_integer(ids.type):
        most = pc.max(ids).as_py()
        return -1 if most is None else int(most)
    made = ids.filter(pc.match_substring_regex(ids, r"^new-[0-9]{1,18}$"))
    if not len(made):
        return -1
    return int(pc.max(pc.utf8_slice_codeunits(made, 4).cast(pa.int64())).as_py())


@dataclass(frozen=True, eq=False)
class RowsOf:
    """Yields the rows of some classes.

    Attributes
    ----------
    target : str
    labels : pyarrow.Array
    """

    target: str
    labels: pa.Array

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            is_one = pc.is_in(plain(batch[self.target]), value_set=self.labels)
            if pc.any(is_one).as_py():
                yield batch.filter(is_one)


# ---------------------------------------------------------------------------- what all rows look like


@dataclass(frozen=True, eq=False)
class Anchors:
    """Yields rows that show the range of every column, its gaps, and two of its categories.

    A part of a table that holds these rows has the same columns with weight, the same first time
    and the same gaps as the whole. What it yields of what it yielded is what it would yield of all.

    Attributes
    ----------
    features : tuple of str
    """

    features: tuple[str, ...]

    def __call__(self, batches: Batches) -> Batches:
        kept: pa.Table | None = None
        for batch in batches:
            table = pa.Table.from_batches([batch])
            if table.num_rows:
                kept = self.of(table if kept is None else stacked([kept, table]))
        if kept is not None:
            yield from kept.combine_chunks().to_batches()

    def of(self, table: pa.Table) -> pa.Table:
        """Return the rows of a table that show its ranges."""
        rows: set[int] = set()
        for name in self.features:
            rows |= ends_of(table[name])
        return table.take(sorted(rows)) if rows else table.slice(0, 1)


def ends_of(column: pa.ChunkedArray) -> set[int]:
    """Return where a column has its lowest value, its highest, one that is no number, and none."""
    column = plain(column)
    rows = set()
    if column.null_count:
        rows.add(pc.index(pc.is_null(column), True).as_py())
    if pa.types.is_floating(column.type):
        is_nan = pc.is_nan(column).fill_null(fill_value=False)
        if pc.any(is_nan).as_py():
            rows.add(pc.index(is_nan, True).as_py())
    if column.null_count < len(column):
        ends = _ends(column)
        rows |= {pc.index(column, end).as_py() for end in ends if end.is_valid}
    return {row for row in rows if row >= 0}


def _ends(column: pa.ChunkedArray) -> list[pa.Scalar]:
    try:
        found = pc.min_max(column)
        return [found["min"], found["max"]]
    except pa.ArrowNotImplementedError:
        return []  # a kind that has no order is refused when it is read


@dataclass(frozen=True, eq=False)
class SumMoments:
    """Yields the exact moments of the numeric columns, a row a column.

    Attributes
    ----------
    reader : Reader
    """

    reader: Reader
    block_rows: int

    found = pa.schema(
        [("column", pa.int64()), *((n, pa.string()) for n in ("count", "sum", "squares"))]
    )

    def __call__(self, batches: Batches) -> Batches:
        total = None
        for block in blocks_of_rows(batches, self.block_rows):
            _, values = self.reader.read([block])
            part = moments_of(values[:, : values.shape[1] - self.reader.n_categorical])
            total = part if total is None else total + part
        if total is not None:
            texts = [
                pa.array(list(map(str, part))) for part in (total.counts, total.sums, total.squares)
            ]
            columns = [_int64(range(len(total.counts))), *texts]
            yield pa.record_batch(columns, schema=self.found)


# ------------------------------------------------------------------------------------------ neighbours


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads rows as they are searched, in the terms of the points that they are searched for.

    Attributes
    ----------
    points : pyarrow.Table
        Features alone.
    declared : Declared
    asker : str
        Name of the method, for messages.
    scale : ndarray of shape (n_numbers,), float64, or None
        What numbers are divided by.
    """

    points: pa.Table
    declared: Declared
    asker: str
    scale: NDArray[np.float64] | None = None

    @cached_property
    def n_categorical(self) -> int:
        """How many of the last columns are codes of categories."""
        # Of all points: a column whose values are all missing is one of categories.
        blocks = read_table(self.points, self.declared).blocks
        return sum(len(block.positions) for block in blocks if block.kind == "categorical")

    def read(self, tables: Sequence[pa.Table]) -> list[Matrix]:
        """Return the points, then some tables, in one numbering of categories and one origin of times."""
        features = self.points.column_names
        parts = [self.points, *(table.select(features) for table in tables)]
        table = read_table(stacked(parts), self.declared)
        values, n_categorical = searched(table.blocks)
        checks.refuse_infinite(self.asker, values, labels_as_searched(table))
        if self.scale is not None:
            n_numbers = values.shape[1] - n_categorical
            scaled = UnitDeviations(self.scale).transform(values[:, :n_numbers])
            values = np.column_stack([scaled, values[:, n_numbers:]]) if n_categorical else scaled
        return np.split(values, np.cumsum([part.num_rows for part in parts])[:-1])


def stacked(tables: Sequence[pa.Table]) -> pa.Table:
    """Return tables as one, with one dictionary a column."""
    return pa.concat_tables(tables).unify_dictionaries()


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
        mine = RowsOf(self.target, self.labels)(batches)
        for block in blocks_of_rows(mine, self.block_rows):
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
            best = self._best(best, found._replace(row=row), kept)
            kept, best = _compact(kept, best)
            self._refuse_too_many(kept)
            np.minimum.at(radii, best.point, self._reached(best))
        if kept is not None:
            yield from kept.combine_chunks().to_batches()

    def _in_block(self, block: pa.Table, radii: NDArray[np.float64]) -> Pairs:
        points, values = self.reader.read([block])
        points = points[self.queries]
        index = Index(values, self.reader.n_categorical, None, self.measure)
        own = None if self.keys is None else codes_in(self.keys, _array(block[self.key]))
        # A search that ends at the first row within reach is far cheaper than one for the nearest.
        reach = np.nextafter(radii, np.inf)
        asked = np.flatnonzero(index.count_within(points, reach, 1, own) > 0)
        k = min(self.k, index.n_rows - (own is not None))
        pairs = [Pairs(asked[:0], asked[:0], radii[:0])]
        if not len(asked) or k < 1:
            return pairs[0]
        own_asked = None if own is None else own[asked]
        for positions, (rows, distances) in self._nearest(index, points[asked], k, own_asked):
            within = (rows >= 0) & (distances <= radii[asked[positions]][:, np.newaxis])
            query, column = np.nonzero(within)
            pairs.append(
                Pairs(asked[positions[query]], rows[query, column], distances[query, column])
            )
        return Pairs(*(np.concatenate(parts) for parts in zip(*pairs, strict=True)))

    def _nearest(self, index: Index, points: Matrix, k: int, own: Ids | None) -> Any:
        if self.with_ties:
            return index.nearest_with_ties(points, k, own)
        return [(np.arange(len(points)), index.nearest(points, k, own))]

    def _best(self, best: Pairs, found: Pairs, kept: pa.Table) -> Pairs:
        """Return the best pairs of old and new ones; only points with new ones are looked at."""
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
        if self.with_ties:
            kth = _kth(every, place, self.k, len(self.queries))
            chosen = every.take(every.distance <= kth[every.point])
        else:
            chosen = every.take(place < self.k)
        return _both(untouched, chosen)

    def _reached(self, best: Pairs) -> NDArray[np.float64]:
        """Return for each pair how far its point needs to look."""
        order = np.lexsort((best.distance, best.point))
        ordered = best.take(order)
        kth = _kth(ordered, _place_in_group(ordered.point), self.k, len(self.queries))
        return kth[best.point]

    def _refuse_too_many(self, kept: pa.Table) -> None:
        if kept.nbytes > self.most_bytes:
            raise DoesNotFitError(
                f"{self.reader.asker} needs {kept.num_rows:,} rows near the rows that it ships, more than the "
                "memory that it was given holds."
            )


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


def sorted_by(table: pa.Table, key: str) -> pa.Table:
    """Return a table in the order of its key; most are already."""
    column = table[key]
    if pa.types.is_integer(column.type):
        values = column.to_numpy()
        if bool((values[1:] > values[:-1]).all()):
            return table
    return table.sort_by(key)


def _array(column: Any) -> pa.Array:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


# --------------------------------------------------------------------------- rows that may be outvoted


@dataclass(frozen=True, eq=False)
class Suspects:
    """Yields the rows of a class that its own rows near by may not save from being outvoted.

    A row is saved when `wanted` rows of its class are strictly nearer than its `rank`-th nearest
    foe. Rows that are saved by those seen are dropped as blocks go by; the others are suspects.

    Attributes
    ----------
    reader : Reader
        Its points hold all foes.
    measure : Measure
    target, key : str
    labels : pyarrow.Array
        The one class.
    foes : ndarray of intp
        Which of the points are foes.
    rank, wanted : int
    needs_foe : bool
        Whether a row with fewer foes than `rank` is safe.
    block_rows, most_bytes : int
    """

    reader: Reader
    measure: Measure
    target: str
    key: str
    labels: pa.Array
    foes: Ids
    rank: int
    wanted: int
    needs_foe: bool
    block_rows: int
    most_bytes: int

    def __call__(self, batches: Batches) -> Batches:
        suspects: pa.Table | None = None
        counts, radii = np.zeros(0, dtype=np.int64), np.zeros(0)
        mine = RowsOf(self.target, self.labels)(batches)
        for block in blocks_of_rows(mine, self.block_rows):
            before = [] if suspects is None else [suspects]
            points, *earlier, values = self.reader.read([*before, block])
            index = Index(values, self.reader.n_categorical, None, self.measure)
            if suspects is not None:
                counts = counts + index.count_within(earlier[0], radii, self.wanted)
            reach = self.reach(points, values)
            own = index.count_within(values, reach, self.wanted, np.arange(len(values)))
            is_new = own < self.wanted
            if self.needs_foe:
                is_new &= np.isfinite(reach)
            is_left = counts < self.wanted
            new = block.take(np.flatnonzero(is_new))
            suspects = (
                new if suspects is None else stacked([suspects.filter(pa.array(is_left)), new])
            )
            counts = np.concatenate([counts[is_left], own[is_new]])
            radii = np.concatenate([radii[is_left], reach[is_new]])
            if suspects.nbytes > self.most_bytes:
                raise DoesNotFitError(
                    f"{self.reader.asker} has {suspects.num_rows:,} rows that may have to go, more than the "
                    "memory that it was given holds."
                )
        if suspects is not None:
            yield from suspects.combine_chunks().to_batches()

    def reach(self, points: Matrix, values: Matrix) -> NDArray[np.float64]:
        """Return the (squared) distance of each row's `rank`-th nearest foe; infinity where there are fewer."""
        foes = Index(points[self.foes], self.reader.n_categorical, None, self.measure)
        if foes.n_rows < self.rank:
            return np.full(len(values), np.inf)
        return np.ascontiguousarray(foes.nearest(values, self.rank).distances[:, -1])


@dataclass(frozen=True, eq=False)
class Recount:
    """Yields how many rows of a class are strictly nearer to suspects than a distance each.

    Attributes
    ----------
    reader : Reader
        Its points are the suspects.
    measure : Measure
    target, key : str
    labels : pyarrow.Array
    keys : pyarrow.Array
        Of the suspects.
    radii : ndarray of shape (n_suspects,), float64
    wanted : int
        No more are counted.
    block_rows : int
    """

    reader: Reader
    measure: Measure
    target: str
    key: str
    labels: pa.Array
    keys: pa.Array
    radii: NDArray[np.float64]
    wanted: int
    block_rows: int

    found = pa.schema([("suspect", pa.int64()), ("nearer", pa.int64())])

    def __call__(self, batches: Batches) -> Batches:
        counts = np.zeros(len(self.radii), dtype=np.int64)
        mine = RowsOf(self.target, self.labels)(batches)
        for block in blocks_of_rows(mine, self.block_rows):
            points, values = self.reader.read([block])
            left = np.flatnonzero(counts < self.wanted)
            index = Index(values, self.reader.n_categorical, None, self.measure)
            own = codes_in(self.keys, _array(block[self.key]))[left]
            counts[left] += index.count_within(points[left], self.radii[left], self.wanted, own)
        some = np.flatnonzero(counts)
        yield pa.record_batch([_int64(some), _int64(counts[some])], schema=self.found)


# ------------------------------------------------------------------------------------ random under-sampling


@dataclass(frozen=True, eq=False)
class Keys:
    """Yields random numbers of rows that are near the place where so many rows would be kept.

    Attributes
    ----------
    target, key : str
    labels : pyarrow.Array
    bounds : ndarray of shape (n_labels, 2), uint64
        Lowest and highest number of interest, by label.
    seed : int
    """

    target: str
    key: str
    labels: pa.Array
    bounds: NDArray[np.uint64]
    seed: int

    found = pa.schema([("label", pa.int64()), ("below", pa.int64()), ("number", pa.int64())])

    def __call__(self, batches: Batches) -> Batches:
        below = np.zeros(len(self.labels), dtype=np.int64)
        for batch in batches:
            label = codes_in(batch[self.target], self.labels)
            is_one = label >= 0
            if not is_one.any():
                continue
            label, numbers = label[is_one], hashes_of(batch[self.key], self.seed)[is_one]
            low, high = self.bounds[label].T
            below += np.bincount(label[numbers < low], minlength=len(below))
            within = (numbers >= low) & (numbers <= high)
            # Spark knows no numbers without sign: the bits travel.
            columns = (
                label[within],
                np.zeros(within.sum(), dtype=np.int64),
                numbers[within].view(np.int64),
            )
            yield pa.record_batch(list(map(_int64, columns)), schema=self.found)
        summary = np.arange(len(below)), below, np.zeros(len(below), dtype=np.int64)
        # A row that only tells how many were below has no number; it is marked by a count.
        marked = np.flatnonzero(below)
        yield pa.record_batch([_int64(part[marked]) for part in summary], schema=self.found)


def refuse_lost_rows(expected: int, found: int, what: str) -> None:
    """Raise where fewer or more rows are found than there must be: ids repeat, or the source changed."""
    if expected != found:
        raise InputError(
            f"{what}: {expected:,} rows were expected and {found:,} found. Either the column that identifies "
            "rows has the same value in several of them, or the source has changed while it was read."
        )
