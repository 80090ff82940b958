"""What samplers ask about all rows of a source, each answered by a scan."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from poise.big.earlier import NO_ROWS, EarlierRows
from poise.big.memory import MemoryBudget
from poise.big.methods.passes import PlannedPass
from poise.big.methods.steps import Steps
from poise.big.request import ROW, Request
from poise.big.scans.arrow import (
    check_row_count,
    comparable,
    concat_tables,
    is_among,
    joinable_schema,
    positions_in,
    sorted_unique,
    value_type,
    with_floats,
)
from poise.big.scans.classes import CheckedRules, CountClasses, RowsOfClasses
from poise.big.scans.extremes import ExtremeRows, LoadRows, Reader, SumMoments, total_moments
from poise.big.scans.nearest import NearestRows
from poise.big.scans.repeated import MOST_LISTED, n_parts
from poise.big.scans.scan import Engine, Kernel, Purpose, Scan
from poise.core.errors import InputError, listed
from poise.core.neighbors.equal_rows import first_of_each
from poise.core.neighbors.measure import Measure, cost_of_mismatch
from poise.core.neighbors.moments import Moments, scale_of
from poise.core.plan.constraints import Rules
from poise.core.plan.recipes import Ids
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Resampler
from poise.core.sampling.space import read_space
from poise.core.tables.constraints import LISTED, raise_broken, read_rules
from poise.core.tables.declared import Declared
from poise.core.tables.labels import Labels, check_number_of_classes, encode_items
from poise.core.tables.read import read_table, read_target

_CHECKED_ROWS = 4096


class ClassCounts(NamedTuple):
    """The classes of the source.

    Attributes
    ----------
    labels : Labels
        With the number of rows per class, but without the codes of the rows.
    values : pyarrow.Array
        The classes in the order of their codes.
    ends : dict of str to two ints
        The smallest and the largest number of each numbered column. An index with missing labels is not
        among them.
    n_rows : int
        Rows of all classes.
    """

    labels: Labels
    values: pa.Array
    ends: dict[str, tuple[int, int]]
    n_rows: int

    def of(self, codes: Sequence[int]) -> pa.Array:
        """Return some of the classes."""
        return self.values.take(pa.array(list(codes), pa.int64()))


def _purpose_of_load(codes: Sequence[int]) -> str:
    return Purpose.LOAD_ROWS if len(codes) else Purpose.FIND_RANGES


def count_classes(request: Request, engine: Engine, rules: Rules | None = None) -> ClassCounts:
    """Count the rows of each class: one pass over the target, the id column and an index.

    Raises
    ------
    InputError
        For missing labels and ids, for targets that look like those of a regression, and if a row breaks a rule.
    """
    label_type = value_type(request.schema.field(request.target).type)
    n_numbered = len(request.numbered)
    facts = [
        f"{fact}_{i}" for i in range(n_numbered) for fact in ("smallest", "largest", "missing")
    ]
    numbers = [pa.field(name, pa.int64()) for name in ("rows", *facts)]
    found = pa.schema([pa.field("label", label_type), *numbers])
    columns: tuple[str, ...] = (request.target, *request.numbered)
    checked = None
    if rules is not None:
        checked = CheckedRules(rules.rules, request.features, request.declared, request.id)
        columns = tuple(dict.fromkeys((*columns, *request.features)))
        for i in range(len(rules.rules)):
            found = found.append(pa.field(f"broken_{i}", pa.int64()))
            found = found.append(pa.field(f"shown_{i}", pa.string()))
    kernel = CountClasses(request.target, request.numbered, found, checked)
    table = engine.run(Scan(Purpose.COUNT_CLASSES, kernel, columns, found))
    counts = table.group_by("label").aggregate([("rows", "sum")])
    _require_labels_and_ids(request, table, counts)
    for i, rule in enumerate(request.sampler.rules_of_new_rows if rules is not None else ()):
        n_broken = pc.sum(table[f"broken_{i}"]).as_py()
        if n_broken:
            shown = sorted(
                text for some in table[f"shown_{i}"].to_pylist() for text in json.loads(some)
            )
            raise_broken(rule, n_broken, shown[:LISTED])
    labels = encode_items(read_target(counts["label"]))
    order = np.argsort(labels.codes)
    n_per_class = counts["rows_sum"].to_numpy()[order]
    without_codes = Labels(np.zeros(0, dtype=np.intp), labels.classes, n_per_class)
    check_number_of_classes(without_codes)
    values = counts["label"].combine_chunks().take(pa.array(order))
    ends = {
        name: (pc.min(table[f"smallest_{i}"]).as_py(), pc.max(table[f"largest_{i}"]).as_py())
        for i, name in enumerate(request.numbered)
        if name in request.carried or not pc.sum(table[f"missing_{i}"]).as_py()
    }
    return ClassCounts(without_codes, values, ends, int(n_per_class.sum()))


def _rules_of(request: Request, sample: pa.Table) -> Rules | None:
    """Return the rules of new rows, about positions among the features; rows are not checked yet."""
    given = request.sampler.rules_of_new_rows
    if not given or not sample.num_rows:
        return None
    numbered = [column for rule in given for column in rule.columns if isinstance(column, int)]
    if numbered:
        raise InputError(
            f"constraints names column {numbered[0]!r} by its position, and streamed columns are known by name. Pass its name."
        )
    features = sample.slice(0, _CHECKED_ROWS).select(request.features)
    return read_rules(given, read_table(features, request.declared), features, checks_rows=False)


def _require_labels_and_ids(request: Request, table: pa.Table, counts: pa.Table) -> None:
    if not table.num_rows:
        raise InputError(
            "The source has no row. Check the filter or the folder that it comes from."
        )
    n_missing = 0 if request.id is None else pc.sum(table["missing_0"]).as_py()
    if n_missing:
        raise InputError(
            f"Column {request.id!r} identifies rows, and is missing in {n_missing:,} of them. Fill it, or name another "
            "column. New rows of an earlier run have no id, and are marked in its column _new."
        )
    is_missing = pc.is_null(counts["label"], nan_is_null=True)
    n_missing = pc.sum(counts["rows_sum"].filter(is_missing)).as_py()
    if n_missing:
        raise InputError(
            f"Column {request.target!r} has {n_missing:,} missing labels. A row without a label cannot be "
            "balanced: drop such rows first."
        )


def _require_different_ids(session: Session) -> None:
    """Raise InputError if two rows have one id: they would be one row, or lost."""
    request = session.request
    if request.id is None:
        return
    parts = n_parts(session.counts.n_rows, session.budget.bytes_left(0) // 2)
    found = session.engine.repeated(request.schema.field(request.id), parts)
    if len(found):
        some = f"{len(found):,}" if len(found) < MOST_LISTED else f"at least {MOST_LISTED:,}"
        raise InputError(
            f"Column {request.id!r} identifies rows, and {some} of its values are in several rows: "
            f"{listed(sorted(found.to_pylist()))}. Drop the repeated rows, or name another column."
        )


@dataclass(frozen=True, eq=False)
class Session:
    """A request with the class counts of its source, and the scans that answer what samplers ask.

    Attributes
    ----------
    request : Request
    steps : Steps
        Of the sampler.
    engine : Engine
    counts : ClassCounts
    budget : MemoryBudget
    sample : pyarrow.Table
        Some rows of the source.
    are_linked : bool
        Whether the result links to the files of the source if all rows stay.
    earlier : EarlierRows
        Rows of a finished result that the run adds to.
    rules : Rules or None
        What new rows keep, about positions among the features.
    """

    request: Request
    steps: Steps
    engine: Engine
    counts: ClassCounts
    budget: MemoryBudget
    sample: pa.Table
    are_linked: bool = False
    earlier: EarlierRows = NO_ROWS
    rules: Rules | None = None
    _rows: dict[tuple[int, ...], pa.Table] = field(default_factory=dict)
    _extreme_rows: list[pa.Table] = field(default_factory=list)  # one table, once they are found

    @property
    def declared(self) -> Declared:
        return self.request.declared

    @property
    def space(self) -> str:
        """The space in which neighbours are searched."""
        return str(getattr(self.request.sampler, "neighbor_space", "raw"))

    @cached_property
    def row_schema(self) -> pa.Schema:
        """Schema of rows in memory: key, target, features, and what new rows have from their seed rows."""
        request = self.request
        repeated = [name for name in request.index if name not in self.counts.ends]
        repeated += [name for name, how in request.carried.items() if how == "seed"]
        names = (request.target, *request.features, *repeated)
        fields = [request.schema.field(name) for name in names]
        is_numbered = request.id is None
        key = pa.field(ROW, pa.int64()) if is_numbered else request.schema.field(request.key)
        return with_floats(joinable_schema([key, *fields]), request.as_floats)

    def rows_of(self, codes: Sequence[int]) -> pa.Table:
        """Return the rows of some classes, in the order of their keys."""
        if not len(codes):
            return self.row_schema.empty_table()
        self.load(codes)
        return self._rows[tuple(codes)]

    @property
    def extreme_rows(self) -> pa.Table:
        """Rows that show the range of every column, and more than the neighbours that are searched."""
        self.load(())
        return self._extreme_rows[0]

    @property
    def needs_ranges(self) -> bool:
        """Whether a step depends on rows of other classes than those that it changes: at least on ranges."""
        over = self.steps.over
        if over is None or over.needs == "rows":
            return self.steps.cleaner is not None
        is_alone = self.steps.cleaner is None and over.looks_at == "own class"
        return not is_alone or self.has_times or self.space != "raw"

    def load(self, codes: Sequence[int]) -> None:
        """Find, in one pass, the rows of some classes, and those that show ranges if these are needed.

        What is known is not searched again.
        """
        wanted_codes = () if tuple(codes) in self._rows else tuple(codes)
        finds_ranges = self.needs_ranges and not self._extreme_rows
        if not wanted_codes and not finds_ranges:
            return
        labels = self.counts.of(wanted_codes)
        in_range = ExtremeRows(self.request.features, self.steps.n_searched + 1)
        wanted = RowsOfClasses(self.request.target, labels)
        kernel = LoadRows(wanted, in_range) if finds_ranges else wanted
        found = self.find_rows(_purpose_of_load(codes), kernel)
        if finds_ranges:
            extreme = in_range.select(concat_tables([found]))
            self._extreme_rows.append(sorted_unique(extreme, self.request.key))
        if wanted_codes:
            is_wanted = pc.is_in(comparable(found[self.request.target]), value_set=labels)
            rows = found.filter(is_wanted) if finds_ranges else found
            expected = int(self.counts.labels.counts[list(wanted_codes)].sum())
            check_row_count(expected, rows.num_rows, f"Class {labels.to_pylist()}")
            self._rows[wanted_codes] = rows

    def find_rows(self, purpose: str, kernel: Kernel) -> pa.Table:
        """Return the rows that a kernel yields, each key once, in the order of the keys."""
        scan = Scan(purpose, kernel, tuple(self.row_schema.names), self.row_schema)
        return sorted_unique(self.engine.run(scan), self.request.key)

    @cached_property
    def has_times(self) -> bool:
        types = (value_type(self.request.schema.field(n).type) for n in self.request.features)
        return any(map(pa.types.is_temporal, types))

    @cached_property
    def n_categories_in_sample(self) -> int:
        """Number of columns with categories."""
        return self._reader(self.sample).n_categorical

    def passes_to_load(self, codes: Sequence[int], load: Callable[[], None]) -> list[PlannedPass]:
        """Return the pass that `load` makes, if there is anything to load."""
        answers: list[Hashable] = [("rows", tuple(codes))] if len(codes) else []
        answers += ["ranges"] if self.needs_ranges else []
        return [PlannedPass(_purpose_of_load(codes), load, tuple(answers))] if answers else []

    def passes_over_columns(self, measure: Callable[[], None] | None) -> list[PlannedPass]:
        """Return the passes that find the scales, and the cost of two categories."""
        passes = []
        if self.space == "standard":
            passes.append(PlannedPass(Purpose.MEASURE_COLUMNS, lambda: self.scale, ("scale",)))
        if measure is not None and self.n_categories_in_sample:
            passes.append(PlannedPass(Purpose.MEASURE_COLUMNS, measure))
        return passes

    def joined(self, *tables: pa.Table) -> pa.Table:
        """Return rows of several tables, each key once, in the order of their keys."""
        return sorted_unique(concat_tables(tables), self.request.key)

    def codes_of(self, rows: pa.Table) -> Ids:
        """Return the class of each row."""
        return positions_in(rows[self.request.target], self.counts.values).astype(np.intp)

    def problem(
        self,
        sampler: Resampler,
        rows: pa.Table,
        mismatch: float | None = None,
        removed: pa.Table | None = None,
    ) -> Problem:
        """Return some of the rows as the in-memory problem of a sampler.

        Parameters
        ----------
        sampler : Resampler
        rows : pyarrow.Table
        mismatch : float, optional
            Cost of two different categories, if it is not computed for each class.
        removed : pyarrow.Table, optional
            Rows that belong to no class any more, although times still count from them.
        """
        labels = Labels(self.codes_of(rows), self.counts.labels.classes)
        if removed is not None:
            is_removed = is_among(rows, removed, self.request.key)
            codes = np.where(is_removed, len(labels.classes), labels.codes)
            labels = Labels(codes, (*labels.classes, None))
        method_name = type(sampler).__name__
        if sampler.needs == "rows":
            return Problem(labels, method_name=method_name)
        features = read_table(rows.select(self.request.features), self.declared)
        space = read_space(features, method_name, self.space, self.scale, mismatch)
        own_class_only = getattr(sampler, "looks_at", None) == "own class"
        return Problem(labels, space, method_name, own_class_only=own_class_only)

    def _reader(self, rows: pa.Table, scale: NDArray[np.float64] | None = None) -> Reader:
        request = self.request
        return Reader(rows.select(request.features), self.declared, request.method, scale)

    def reader(self, rows: pa.Table) -> Reader:
        """Return the reader of other rows together with some rows."""
        return self._reader(rows, self.scale)

    @cached_property
    def scale(self) -> NDArray[np.float64] | None:
        """Divisors of the numeric columns before neighbours are searched."""
        if self.space == "raw":
            return None
        in_units_of_the_table = np.ones(1)
        return scale_of(self._moments(self._reader(self.extreme_rows, in_units_of_the_table)))

    def _moments(self, reader: Reader) -> Moments:
        """Return the moments of all rows."""
        kernel = SumMoments(reader, self.budget.block_rows(0))
        scan = Scan(Purpose.MEASURE_COLUMNS, kernel, self.request.features, kernel.found)
        return total_moments(self.engine.run(scan).to_pydict())

    def mismatch(self, added: pa.Table | None = None) -> float | None:
        """Return the cost of two different categories among all rows and added ones, if there are any."""
        reader = self.reader(self.extreme_rows)
        if not reader.n_categorical:
            return None
        moments = self._moments(reader)
        if added is not None:
            moments += reader.moments(added)
        return cost_of_mismatch(moments)

    def nearest_rows(
        self,
        rows: pa.Table,
        queries: Ids,
        codes: Sequence[int],
        measure: Measure,
        *,
        k: int,
        with_ties: bool,
        radii: NDArray[np.float64],
        are_among: bool = False,
        purpose: str = Purpose.FIND_NEAREST,
    ) -> pa.Table:
        """Return the rows of some classes that are among the k nearest of given rows.

        Parameters
        ----------
        rows : pyarrow.Table
        queries : ndarray of intp
            Positions of the given rows whose neighbours are searched.
        codes : sequence of int
            The classes.
        measure : Measure
        k : int
        with_ties : bool
            Whether to return all rows as near as the k-th.
        radii : ndarray of shape (n_queries,), float64
            Rows beyond these (squared) distances are not needed.
        are_among : bool
            Whether the queries may be of these classes themselves.
        purpose : str
        """
        if not len(queries) or not len(codes):
            return rows.slice(0, 0)
        request, n_rows = self.request, rows.num_rows
        reader, keys = self.reader(rows), None
        if are_among:
            keys = rows[request.key].take(pa.array(queries)).combine_chunks()
        else:  # equal points have the same neighbours
            first = first_of_each(np.column_stack([reader.read([])[0][queries], radii]))
            queries, radii = queries[first], radii[first]
        kernel = NearestRows(
            reader,
            measure,
            request.target,
            request.key,
            self.counts.of(codes),
            queries,
            keys,
            k,
            with_ties,
            radii,
            self.budget.block_rows(n_rows),
            self.budget.bytes_for_neighbors(n_rows),
        )
        return self.find_rows(purpose, kernel)


def open_session(
    request: Request,
    steps: Steps,
    engine: Engine,
    sample: pa.Table,
    *,
    are_linked: bool = False,
    earlier: EarlierRows = NO_ROWS,
) -> Session:
    """Count the classes, and return the request with the numbers that it needs.

    Parameters
    ----------
    request : Request
    steps : Steps
    engine : Engine
    sample : pyarrow.Table
        Some rows of the source, from which the size of a row is estimated.
    are_linked : bool
        See `Session`.
    earlier : EarlierRows
    """
    rules = _rules_of(request, sample)
    counts = count_classes(request, engine, rules)
    row_bytes = max(sample.nbytes / max(sample.num_rows, 1), 8.0)
    budget = MemoryBudget(request.memory, row_bytes, len(request.features))
    session = Session(request, steps, engine, counts, budget, sample, are_linked, earlier, rules)
    _require_different_ids(session)
    # Raises for columns whose type is not supported.
    read_table(sample.slice(0, _CHECKED_ROWS).select(request.features), request.declared)
    return session
