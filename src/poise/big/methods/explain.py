"""Estimate what a run will do before it does it: passes, bytes, memory, and whether it fits."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from poise.big.memory import BASE_BYTES
from poise.big.methods.clean import class_to_stream, cleaning_of
from poise.big.methods.over import OverSampling
from poise.big.methods.pace import Pace
from poise.big.methods.passes import Part, expected_passes
from poise.big.methods.session import Session
from poise.big.methods.under import UnderSampling
from poise.big.scans.repeated import n_parts
from poise.big.scans.scan import SEARCHES, Purpose
from poise.core.errors import DoesNotFitError, InputError, listed
from poise.core.progress import format_bytes, format_seconds
from poise.core.saved import PickledWithVersion
from poise.core.tables.read import read_table

_PIECE_BYTES = 6_000  # two states of the random generator
_SECONDS_PER_VALUE = 2e-8  # to blend a value of a new row, as benchmarks/big.py measures it


class Disk(NamedTuple):
    """The disk that a result is written to.

    Attributes
    ----------
    path : str
    free : int
        Free bytes.
    row_bytes : float
        Estimated size of a row of the result.
    """

    path: str
    free: int
    row_bytes: float


class Pass(NamedTuple):
    """A pass over the rows.

    Attributes
    ----------
    purpose : str
    columns : int
        Number of columns that are read.
    n_bytes : int
        Size in Arrow's format; compressed files are smaller.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from poise import SMOTE, big
    >>> table = pa.table({"x": range(100), "y": [0] * 90 + [1] * 10})
    >>> needs = big.explain(table, SMOTE(), target="y")
    >>> [each.purpose for each in needs.passes]
    ['counting classes', 'loading rows into memory', 'writing']
    """

    purpose: str
    columns: int
    n_bytes: int


@dataclass(frozen=True)
class Explanation(PickledWithVersion):
    """What a run does, and what it needs.

    Attributes
    ----------
    method : str
        Name of the sampler.
    how : str
        Which rows are in memory, or in which order the steps are run.
    n_rows : int
        Rows of the source.
    passes : tuple of Pass
        Includes the pass that writes the result.
    rows_in_memory, bytes_in_memory : int
        Rows that stay in memory (on Spark, of each worker) while the others are read in blocks.
    rows_made : int
        New rows.
    bytes_written : int
    block_rows : int
        Rows per block.
    memory : int
        Estimated peak memory in bytes.
    memory_limit : int
        Bytes that the run may use.
    distances : int
        Pairs of rows in the searches; with few columns, a tree skips most of them.
    exact : bool
        Always true: a sampler that cannot be run exactly is rejected.
    fits : bool
        Whether `memory` is within `memory_limit`.
    instead : str
        If it does not fit: what would.
    disk : str or None
        Where the result is written; None for a Spark DataFrame.
    disk_bytes, disk_free : int
        Estimated size of what is written there (compressed), and the free space.
    kinds : dict of str to str
        Kind of each column that is a feature.
    carried : dict of str to str or int
        What new rows get in the columns that are neither searched nor blended.
    seconds : float or None
        Estimated duration, from the time that some rows of the source take; None if it is not estimated.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from poise import SMOTE, big
    >>> table = pa.table({"x": range(100), "y": [0] * 90 + [1] * 10})
    >>> needs = big.explain(table, SMOTE(), target="y")
    >>> needs.how, needs.bytes_read
    ('the classes that grow are in memory', 5600)
    """

    method: str
    how: str
    n_rows: int
    passes: tuple[Pass, ...]
    rows_in_memory: int
    bytes_in_memory: int
    rows_made: int
    bytes_written: int
    block_rows: int
    memory: int
    memory_limit: int
    distances: int
    exact: bool
    fits: bool
    instead: str
    disk: str | None = None
    disk_bytes: int = 0
    disk_free: int = 0
    kinds: Mapping[str, str] = field(default_factory=dict)
    carried: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None

    @property
    def fits_disk(self) -> bool:
        """Whether what is written fits in the free space of the disk."""
        return self.disk is None or self.disk_bytes <= self.disk_free

    @property
    def bytes_read(self) -> int:
        """Bytes that all passes read, in Arrow's format."""
        return sum(each.n_bytes for each in self.passes)

    def to_dict(self) -> dict[str, Any]:
        """Return all values as a dictionary that can be written as JSON.

        Returns
        -------
        dict
        """
        passes = [each._asdict() for each in self.passes]
        others = {"passes": passes, "bytes_read": self.bytes_read, "fits_disk": self.fits_disk}
        return asdict(self) | others

    def __str__(self) -> str:
        lines = [f"{self.method} on {self.n_rows:,} rows: {self.how}", ""]
        lines += [
            f"  pass {i}  {each.purpose} ({each.columns} column{'s' * (each.columns != 1)}, "
            f"{format_bytes(each.n_bytes)})"
            for i, each in enumerate(self.passes, 1)
        ]
        in_memory = f"{self.rows_in_memory:,} rows, {format_bytes(self.bytes_in_memory)}"
        lines += [
            "",
            f"  in memory  {in_memory}",
            f"  new rows   {self.rows_made:,}",
            f"  reads      {format_bytes(self.bytes_read)}, writes {format_bytes(self.bytes_written)}",
            f"  memory     {format_bytes(self.memory)} of {format_bytes(self.memory_limit)}",
            f"  distances  at most {self.distances:.2g} pairs of rows",
            f"  exact      {'yes' if self.exact else 'no'}",
        ]
        if self.disk is not None:
            disk = f"{format_bytes(self.disk_bytes)} of {format_bytes(self.disk_free)} free"
            lines.append(f"  disk       about {disk}")
        if self.seconds is not None:
            lines.append(
                f"  time       about {format_seconds(max(self.seconds, 1.0))} on this machine"
            )
        if self.kinds:
            columns = {
                **self.kinds,
                **{name: f"carried ({how})" for name, how in self.carried.items()},
            }
            lines += ["", "  columns", *_by_kind(columns)]
        if not self.fits:
            lines += ["", f"  Does not fit. {self.instead}"]
        if not self.fits_disk:
            lines += ["", f"  Does not fit on the disk: {_too_large(self)}"]
        return "\n".join(lines)


def _by_kind(kinds: Mapping[str, str]) -> list[str]:
    """Return the names of the columns of each kind, as lines of text."""
    names: dict[str, list[str]] = {}
    for name, kind in kinds.items():
        names.setdefault(kind, []).append(name)
    width = max(map(len, names))
    return [f"    {kind:<{width}}  {listed(of_kind, 10)}" for kind, of_kind in names.items()]


def _too_large(needs: Explanation) -> str:
    """Return what is written, what is free, and what would fit the disk."""
    if needs.rows_made:
        way = f"Pass a sampling_strategy with fewer than {needs.rows_made:,} new rows"
    else:
        way = "Free some space"
    return (
        f"{needs.method} would write about {format_bytes(needs.disk_bytes)}, and {needs.disk!r} has "
        f"{format_bytes(needs.disk_free)} free. {way}, or pass an out= on another disk."
    )


def require_fit(session: Session, disk: Disk | None = None) -> None:
    """Raise if a run would need more memory than it may use, or more space than a disk has."""
    needs = explain_session(session, disk)
    if needs.fits and needs.fits_disk:
        return
    if needs.fits:
        raise DoesNotFitError(_too_large(needs))
    limit = f"memory is {format_bytes(needs.memory_limit)}. {needs.instead}"
    if not needs.rows_in_memory:
        raise DoesNotFitError(
            f"{needs.method} needs about {format_bytes(needs.memory)} to read the rows in blocks; {limit}"
        )
    raise DoesNotFitError(
        f"{needs.method} would keep {needs.rows_in_memory:,} rows in memory while it reads the others, which "
        f"takes about {format_bytes(needs.memory)}; {limit}"
    )


def explain_session(session: Session, disk: Disk | None = None) -> Explanation:
    """Return what the run of a request will do, and what it writes to a disk."""
    return _Estimate(session).explanation(disk)


def explain_with_kinds(
    session: Session, disk: Disk | None = None, pace: Pace | None = None
) -> Explanation:
    """Return the same, with the kind of each feature, as some rows of the source show it, and the time."""
    features = session.request.features
    blocks = read_table(session.sample.select(features), session.declared).blocks
    kind_of = {int(p): block.kind for block in blocks for p in block.positions}
    kinds = {name: str(kind_of[position]) for position, name in enumerate(features)}
    needs = replace(explain_session(session, disk), kinds=kinds, carried=session.request.carried)
    return needs if pace is None else replace(needs, seconds=_seconds(needs, pace, len(features)))


def _seconds(needs: Explanation, pace: Pace, n_features: int) -> float:
    """Return how long a run takes, from the time that some rows take."""
    n_all = max((each.columns for each in needs.passes), default=1)
    read = sum(pace.read * needs.n_rows * each.columns / n_all for each in needs.passes)
    searches = sum(each.purpose in SEARCHES for each in needs.passes)
    searched = pace.search(needs.n_rows, needs.rows_in_memory, needs.block_rows)
    n_kept = needs.n_rows if needs.passes[-1].purpose == Purpose.WRITE_RESULT else 0
    made = needs.rows_made * (pace.write + _SECONDS_PER_VALUE * n_features)
    return read + searches * searched + n_kept * pace.write + made


def forecast(session: Session) -> list[Part]:
    """Return the parts of a run in order, as far as the class counts of the source say."""
    steps, labels = session.steps, session.counts.labels
    if steps.under is not None:
        return [UnderSampling(session, steps.under)]
    if steps.cleaner is None:
        return [OverSampling(session, steps.over, labels)] if steps.over is not None else []
    if steps.over is None or steps.cleans_first:
        parts: list[Part] = [cleaning_of(session, steps.cleaner, labels, class_to_stream(labels))]
        if steps.over is not None:
            with suppress(InputError):  # the counts may be valid after cleaning
                parts.append(OverSampling(session, steps.over, labels))
        return parts
    over = OverSampling(session, steps.over, labels)
    grown = labels.counts.copy()
    grown[list(over.to_add)] += list(over.to_add.values())
    streamed = class_to_stream(labels, grown > labels.counts)
    return [over, cleaning_of(session, steps.cleaner, labels.with_counts(grown), streamed)]


class _Estimate:
    """What the run of a request needs, estimated from the number of rows of each class."""

    def __init__(self, session: Session) -> None:
        self.session, self.steps, self.n = session, session.steps, session.counts.n_rows
        self.parts = forecast(session)
        over = [part for part in self.parts if isinstance(part, OverSampling)]
        self.n_added = sum(sum(part.to_add.values()) for part in over)
        self.largest = max(self.parts, key=lambda part: part.n_in_memory)
        self.n_in_memory = self.largest.n_in_memory
        n_others = max(self.n - self.n_in_memory, 0)
        self.n_found = min(self.n_in_memory * self.largest.found_per_row, n_others)
        self.expected = expected_passes(self.parts)
        self.n_searches = sum(each.purpose in SEARCHES for each in self.expected)

    def passes(self) -> list[Pass]:
        request, n_all = self.session.request, len(self.session.request.schema.names)
        few = 1 if request.id is None else 2
        columns = {Purpose.CHOOSE_ROWS: few, Purpose.MEASURE_COLUMNS: len(request.features)}
        names = [(Purpose.COUNT_CLASSES, 1 + len(request.numbered))]
        names += [(Purpose.CHECK_IDS, 1)] * self._n_checks()
        names += [(each.purpose, columns.get(each.purpose, n_all)) for each in self.expected]
        keeps_all = self.steps.cleaner is None and self.steps.under is None
        if request.extra or not keeps_all or not self.session.are_linked:
            names.append((Purpose.WRITE_RESULT, n_all))
        return self._sized(names)

    def _n_checks(self) -> int:
        """Return the number of passes over the ids."""
        budget = self.session.budget
        return 0 if self.session.request.id is None else n_parts(self.n, budget.bytes_left(0) // 2)

    def _sized(self, names: list[tuple[str, int]]) -> list[Pass]:
        n_all = len(self.session.request.schema.names)
        n_bytes = self.session.budget.row_bytes * self.n
        # Rows without ids are numbered while they are read.
        numbers = 8 * self.n if self.session.request.id is None else 0
        return [
            Pass(
                purpose,
                columns,
                int(n_bytes * columns / n_all) + numbers * (purpose != Purpose.COUNT_CLASSES),
            )
            for purpose, columns in names
        ]

    def explanation(self, disk: Disk | None) -> Explanation:
        how, n_rows, has_scans = self._how(), (self.n_in_memory, self.n_found), self.n_searches > 0
        n_kept, distances, passes = self._n_kept(), self._distances(), self.passes()
        budget = self.session.budget
        row_bytes, piece_rows = budget.row_bytes, budget.piece_rows
        block = min(budget.block_rows(*n_rows) if has_scans else piece_rows, max(self.n, 1))
        # Blocks are searched before rows are made.
        of_block = int(block * budget.block_row_bytes * has_scans)
        of_made = budget.piece_bytes * min(piece_rows, self.n_added) // piece_rows
        of_pieces = _PIECE_BYTES * (self.n_added // piece_rows)
        memory = BASE_BYTES + budget.bytes_of_rows(*n_rows) + max(of_block, of_made) + of_pieces
        fits = memory <= budget.limit and (not has_scans or budget.fits(*n_rows))
        n_written = self.n_added + n_kept * (passes[-1].purpose == Purpose.WRITE_RESULT)
        return Explanation(
            self.session.request.method,
            how,
            self.n,
            tuple(passes),
            self.n_in_memory,
            int(self.n_in_memory * row_bytes),
            self.n_added,
            int(n_written * row_bytes),
            block,
            memory,
            budget.limit,
            distances,
            exact=True,
            fits=fits,
            instead="" if fits else self._instead(memory, sum(n_rows), of_pieces),
            disk=None if disk is None else disk.path,
            disk_bytes=0 if disk is None else int(n_written * disk.row_bytes),
            disk_free=0 if disk is None else disk.free,
        )

    def _n_kept(self) -> int:
        """Return how many rows of the source are written, at most: those of an earlier result are linked."""
        under = [part for part in self.parts if isinstance(part, UnderSampling)]
        n_kept = int(under[0].n_kept.sum()) if under else self.n
        return max(n_kept - self.session.earlier.n_kept, 0)

    def _how(self) -> str:
        if self.steps.under is not None:
            return "by a rate" if self.session.request.rate is not None else "to exact counts"
        if self.steps.cleaner is None:
            return "the classes that grow are in memory"
        if self.steps.over is None:
            return "all classes but the largest are in memory, the largest is read in blocks"
        spared = "; the smallest class is not cleaned" if self.steps.cleans_first else ""
        return f"in the order {self.session.request.order}{spared}"

    def _distances(self) -> int:
        if not any(part.searches for part in self.parts):
            return 0
        return self.n_in_memory * (self.n_in_memory + self.n_searches * self.n)

    def _instead(self, memory: int, n_total: int, of_pieces: int) -> str:
        enough = format_bytes(np.ceil(1.2 * memory / 1e8) * 1e8)
        suggestions = [f"Pass memory={enough.replace(' ', '')!r} or more"]
        if of_pieces > memory // 2:
            suggestions.append(f"or a sampling_strategy with fewer than {self.n_added:,} new rows")
        elif len(self.parts) > 1 and not self.steps.cleans_first:
            suggestions.append(
                "or order='clean-then-oversample', another estimator that is exact here: the table is cleaned "
                "before rows are made"
            )
            spare = self.session.budget.max_rows_in_memory - n_total + self.n_added
            ratio = max(spare, 0) / max(int(self.session.counts.labels.counts.max()), 1)
            if ratio >= 0.001:
                suggestions.append(f"or a smaller ratio, about sampling_strategy={ratio:.2g}")
        elif n_total:
            suggestions.append("or sample the rows with RandomUnderSampler first")
        return ", ".join(suggestions) + "."
