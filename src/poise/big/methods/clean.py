"""Cleaners: find the rows on which an in-memory cleaner decides as it would among all rows.

All classes but the largest are in memory; of the largest class, only the rows that matter are found:

- Tomek links: the rows nearest to the other classes, and rows that are even nearer to these.
- Edited nearest neighbours: the rows that other classes may outvote.

A cleaner states its rule as data (`poise.base.MutualRule` or `VoteRule`), from which the scans follow.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from poise.big.methods.passes import PlannedPass, run_passes
from poise.big.methods.session import Session
from poise.big.methods.steps import known_rule
from poise.big.scans.arrow import is_among
from poise.big.scans.outvoted import CountCloserRows, OutvotedCandidates
from poise.big.scans.scan import Purpose, Scan
from poise.core.errors import InputError
from poise.core.neighbors.measure import Measure
from poise.core.plan.recipes import Ids
from poise.core.sampling.allocation import classes_to_clean
from poise.core.sampling.checks import check_larger_table
from poise.core.sampling.problem import Problem
from poise.core.sampling.resampler import Cleaner
from poise.core.sampling.rules import MutualRule, Rule, VoteRule
from poise.core.tables.labels import Labels


def class_to_stream(labels: Labels, is_growing: NDArray[np.bool_] | None = None) -> int:
    """Return the class that does not have to be in memory: the largest one that does not grow.

    Raises
    ------
    InputError
        If every class grows.
    """
    counts = labels.counts if is_growing is None else np.where(is_growing, -1, labels.counts)
    if counts.max() < 0:
        raise InputError(
            "Every class grows, so all rows would have to be in memory. Leave out at least one class."
        )
    return int(counts.argmax())


def cleaning_of(
    session: Session, sampler: Cleaner, labels: Labels, streamed: int, added: pa.Table | None = None
) -> Cleaning:
    """Return the cleaning of a run by the rule of a cleaner.

    Parameters
    ----------
    session : Session
    sampler : Cleaner
    labels : Labels
        With the number of rows per class, added rows included.
    streamed : int
        The class that is not in memory, usually the largest.
    added : pyarrow.Table, optional
        Rows in addition to those of the source, of other classes than the streamed one.
    """
    rule = known_rule(sampler)
    if isinstance(rule, MutualRule):
        return LinkCleaning(session, sampler, labels, streamed, added, rule)
    return VoteCleaning(session, sampler, labels, streamed, added, rule)


@dataclass(eq=False)
class Cleaning(ABC):
    """The cleaning of a run, with all classes but the streamed one in memory; see `cleaning_of`."""

    session: Session
    sampler: Cleaner
    labels: Labels
    streamed: int
    added: pa.Table | None
    rule: Rule

    searches = True

    def __post_init__(self) -> None:
        self.codes: list[int] = classes_to_clean(self.sampler.sampling_strategy, self.labels)
        self.in_memory: pa.Table = self.session.row_schema.empty_table()
        self.mismatch: float | None = None

    @property
    def n_in_memory(self) -> int:
        return int(self.labels.counts.sum() - self.labels.counts[self.streamed])

    @property
    def found_per_row(self) -> int:
        return self.rule.found_per_row

    def passes(self) -> list[PlannedPass]:
        """Return the passes: the other classes and ranges, what depends on all rows, the streamed class."""
        others = [code for code in range(len(self.labels.classes)) if code != self.streamed]
        load = partial(self._load, others)
        return [
            *self.session.passes_to_load(others, load),
            *self.session.passes_over_columns(self._measure),
            *self._searches(),
        ]

    @abstractmethod
    def _searches(self) -> list[PlannedPass]:
        """Return the passes that find rows of the streamed class."""

    @abstractmethod
    def rows_to_remove(self) -> pa.Table:
        """Make the passes, and return the rows that the cleaner removes."""

    def _load(self, codes: list[int]) -> None:
        session, added = self.session, [] if self.added is None else [self.added]
        self.in_memory = session.joined(session.rows_of(codes), *added, session.extreme_rows)

    def _measure(self) -> None:
        self.mismatch = self.session.mismatch(self.added)

    def _problem(self, rows: pa.Table) -> Problem:
        return self.session.problem(self.sampler, rows, self.mismatch)

    @cached_property
    def _in_memory_problem(self) -> Problem:
        return self._problem(self.in_memory)

    @property
    def _measure_of_all(self) -> Measure:
        return self._in_memory_problem.index.measure

    def _nearest(self, rows: pa.Table, queries: Ids, measure: Measure, **options: Any) -> pa.Table:
        """Return rows of the streamed class that are near other rows."""
        return self.session.nearest_rows(rows, queries, [self.streamed], measure, **options)

    def _is_removed(self, rows: pa.Table, codes: list[int]) -> NDArray[np.bool_]:
        """Return which of the rows the in-memory cleaner removes."""
        if not codes:
            return np.zeros(rows.num_rows, dtype=bool)
        rng = deepcopy(self.session.request.stream)
        return np.asarray(self.sampler.remove(self._problem(rows), codes, rng))


class LinkCleaning(Cleaning):
    """Finds the rows in Tomek links.

    At least one row of a link is not of the streamed class. Its nearest rows are candidates for the
    other one; a candidate is linked unless a third row is nearer to it, so these are searched too.
    """

    def _searches(self) -> list[PlannedPass]:
        return [
            PlannedPass(Purpose.FIND_NEAREST, self._find_candidates),
            PlannedPass(Purpose.CHECK_MUTUAL, self._find_nearer_rows),
        ]

    def rows_to_remove(self) -> pa.Table:
        run_passes(self)
        rows = self.in_memory
        if rows.num_rows < 2:
            return rows.slice(0, 0)
        return rows.filter(pa.array(self._is_removed(rows, self.codes)))

    def _find_candidates(self) -> None:
        problem, measure = self._in_memory_problem, self._measure_of_all
        ends = np.flatnonzero(problem.labels.codes != self.streamed)
        reach = problem.index.kth_distances(ends, 1)
        found = self._nearest(self.in_memory, ends, measure, k=1, with_ties=True, radii=reach)
        self.in_memory = self.session.joined(self.in_memory, found)

    def _find_nearer_rows(self) -> None:
        problem, measure = self._problem(self.in_memory), self._measure_of_all
        ends = np.flatnonzero(problem.labels.codes == self.streamed)
        nearest = problem.index.kth_distances(ends, 1)
        nearer = np.where(nearest > 0, np.nextafter(nearest, -np.inf), -1.0)
        third = self._nearest(
            self.in_memory,
            ends,
            measure,
            k=1,
            with_ties=False,
            radii=nearer,
            are_among=True,
            purpose=Purpose.CHECK_MUTUAL,
        )
        self.in_memory: pa.Table = self.session.joined(self.in_memory, third)


class VoteCleaning(Cleaning):
    """Finds the rows that their nearest neighbours outvote."""

    rule: VoteRule

    def __post_init__(self) -> None:
        super().__post_init__()
        self.candidates: pa.Table = self.session.row_schema.empty_table()
        self.outvoted: list[pa.Table] = []

    def _searches(self) -> list[PlannedPass]:
        of_others = [PlannedPass(Purpose.FIND_NEAREST, self._judge_others)]
        is_sure = self.rule.is_exact or not (self._n_classes > 2 or self._has_missing_in_sample)
        of_streamed = [
            PlannedPass(Purpose.FIND_OUTVOTED, self._find_candidates),
            PlannedPass(Purpose.CHECK_CANDIDATES, self._check_candidates),
            PlannedPass(Purpose.FIND_NEAREST, self._judge_candidates, is_expected=not is_sure),
        ]
        cleans_others = any(code != self.streamed for code in self.codes)
        return of_others * cleans_others + of_streamed * (self.streamed in self.codes)

    def rows_to_remove(self) -> pa.Table:
        name, n_rows = type(self.sampler).__name__, int(self.labels.counts.sum())
        check_larger_table(name, n_rows, "n_neighbors", self.rule.k)
        run_passes(self)
        return self.session.joined(self.in_memory.slice(0, 0), *self.outvoted, self.candidates)

    @property
    def _n_classes(self) -> int:
        return len(self.labels.classes)

    @property
    def _has_missing_in_sample(self) -> bool:
        features = self.session.sample.select(self.session.request.features)
        return any(column.null_count for column in features.columns)

    @property
    def _is_exact(self) -> bool:
        """Whether a row of the streamed class goes exactly if too few of its class are near it."""
        is_complete = not self._measure_of_all.is_partial
        return self.rule.is_exact or (self._n_classes == 2 and is_complete)

    def _judge_others(self) -> None:
        problem = self._in_memory_problem
        codes = [code for code in self.codes if code != self.streamed]
        judged = np.flatnonzero(np.isin(problem.labels.codes, codes))
        self.outvoted.append(self._judged(self.in_memory, judged, problem, are_among=False))

    def _judged(
        self, rows: pa.Table, judged: Ids, problem: Problem, *, are_among: bool
    ) -> pa.Table:
        """Return which of some rows the in-memory cleaner removes, after finding their neighbours."""
        if not len(judged):
            return rows.slice(0, 0)
        k = self.rule.k
        radii = problem.index.kth_distances(judged, k)
        found = self._nearest(
            rows,
            judged,
            problem.index.measure,
            k=k,
            with_ties=True,
            radii=radii,
            are_among=are_among,
        )
        table = self.session.joined(rows, found)
        codes = np.unique(problem.labels.codes[judged]).tolist()
        is_judged = is_among(table, rows.take(pa.array(judged)), self.session.request.key)
        return table.filter(pa.array(self._is_removed(table, codes) & is_judged))

    @cached_property
    def _kernel(self) -> OutvotedCandidates:
        session, n_in_memory = self.session, self.in_memory.num_rows
        return OutvotedCandidates(
            session.reader(self.in_memory),
            self._measure_of_all,
            session.request.target,
            session.request.key,
            session.counts.of([self.streamed]),
            np.flatnonzero(self._in_memory_problem.labels.codes != self.streamed),
            self.rule.rank,
            self.rule.wanted,
            self._is_exact,
            session.budget.block_rows_in_pairs(n_in_memory),
            session.budget.bytes_for_found_rows(n_in_memory),
        )

    def _find_candidates(self) -> None:
        self.candidates = self.session.find_rows(Purpose.FIND_OUTVOTED, self._kernel)

    def _check_candidates(self) -> None:
        """Keep the candidates with too few near rows of their own class, counted among all rows."""
        if not self.candidates.num_rows:
            return
        session, kernel = self.session, self._kernel
        count = CountCloserRows(
            kernel.reader,
            self.candidates,
            kernel.measure,
            kernel.target,
            kernel.key,
            kernel.labels,
            kernel.radii_of(self.candidates),
            kernel.wanted,
            kernel.block_rows,
        )
        columns = tuple(session.row_schema.names)
        found = session.engine.run(Scan(Purpose.CHECK_CANDIDATES, count, columns, count.found))
        nearer = np.zeros(self.candidates.num_rows, dtype=np.int64)
        np.add.at(nearer, found["candidate"].to_numpy(), found["nearer"].to_numpy())
        self.candidates = self.candidates.filter(pa.array(nearer < kernel.wanted))

    def _judge_candidates(self) -> None:
        """Keep the candidates that the in-memory cleaner removes, where near rows alone do not decide."""
        if self._is_exact or not self.candidates.num_rows:
            return
        rows = self.session.joined(self.in_memory, self.candidates)
        judged = np.flatnonzero(is_among(rows, self.candidates, self.session.request.key))
        self.candidates = self._judged(rows, judged, self._problem(rows), are_among=True)
